//! Words that search takes for one another, kept by those who curate: groups with every state they ever had. A change
//! takes effect with the next search, on every node, because only queries know the words, never the index.

pub mod http;
mod store;
pub mod view;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use search_index::{
    DEFAULT_SYNONYMS, Effect, MAX_GROUP_WORDS, MAX_SYNONYM_CHARS, SynonymGroup, Synonyms,
};

use crate::accounts::{Action, Who};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::text::{Rule, clean_line, fold};

/// Groups of one forum at most, the removed ones not counted.
pub const MAX_GROUPS: usize = 1_000;

pub const NOTE: Rule = Rule {
    field: "note",
    label: "メモ",
    max: 200,
    lines: false,
    hint: "",
};

/// One state of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub id: Id,
    pub group: Id,
    pub synonyms: SynonymGroup,
    pub note: String,
    pub removed: bool,
    /// None: what a new forum begins with.
    pub author: Option<Id>,
    pub at: At,
}

/// A group as typed: one word a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupInput {
    pub words: String,
    pub narrower: String,
    pub effect: String,
    pub note: String,
}

/// How an effect is called in forms.
pub fn effect_slug(effect: Effect) -> &'static str {
    match effect {
        Effect::Expand => "expand",
        Effect::Weak => "weak",
        Effect::Keep => "keep",
    }
}

/// Signs that the text form of a group is written with.
const SIGNS: &[char] = &['|', '｜', '>', '＞', '⊃', '~', '～', '!', '！', '#'];

impl GroupInput {
    /// # Errors
    /// `Invalid` with every field to correct.
    pub fn parse(&self) -> Result<(SynonymGroup, String)> {
        let mut errors = FieldErrors::default();
        let words = lines("words", &self.words, &mut errors);
        let narrower = lines("narrower", &self.narrower, &mut errors);
        let effect = match self.effect.as_str() {
            "" | "expand" => Effect::Expand,
            "weak" => Effect::Weak,
            "keep" => Effect::Keep,
            _ => {
                errors.add("effect", "unknown", "はたらきを選んでください。");
                Effect::Expand
            }
        };
        let different: BTreeSet<String> = words
            .iter()
            .chain(&narrower)
            .map(|word| fold(word))
            .collect();
        let least = if effect == Effect::Keep { 1 } else { 2 };
        if errors.of("words").is_none() {
            if words.is_empty() {
                errors.add("words", "required", "ことばを1行に1つずつ書いてください。");
            } else if different.len() < least {
                errors.add(
                    "words",
                    "too_few",
                    "ちがうことばを2つ以上書いてください。大文字と小文字、ひらがなとカタカナのちがいは、登録しなくても区別せずに探します。",
                );
            } else if words.len() + narrower.len() > MAX_GROUP_WORDS {
                let message = format!("ことばは、合わせて{MAX_GROUP_WORDS}個までです。");
                errors.add("words", "too_many", message);
            }
        }
        let note = match NOTE.parse_optional(&self.note) {
            Ok(note) => note.unwrap_or_default(),
            Err(error) => {
                errors.0.push(error);
                String::new()
            }
        };
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let group = SynonymGroup {
            effect,
            words,
            narrower,
        };
        Ok((group, note))
    }
}

fn lines(field: &str, text: &str, errors: &mut FieldErrors) -> Vec<String> {
    let words: Vec<String> = text
        .lines()
        .map(clean_line)
        .filter(|word| !word.is_empty())
        .collect();
    for word in &words {
        if word.contains(SIGNS) {
            let message = format!("「{word}」の記号は使えません。ことばだけを書いてください。");
            errors.add(field, "signs", message);
            break;
        }
        if word.chars().count() > MAX_SYNONYM_CHARS {
            let message = format!("ことばは{MAX_SYNONYM_CHARS}字までです。");
            errors.add(field, "too_long", message);
            break;
        }
        if fold(word).is_empty() {
            let message = format!("「{word}」には、探せる文字がありません。");
            errors.add(field, "blank", message);
            break;
        }
    }
    words
}

/// Fills the list of a new forum. Does nothing where there ever was a group: a list that was emptied stays empty.
pub fn begin(db: &mut Db, now: At) -> Result<()> {
    if store::stamp(db)?.0 > 0 {
        return Ok(());
    }
    for synonyms in SynonymGroup::parse_all(DEFAULT_SYNONYMS) {
        let id = Id::new(now);
        let state = State {
            id,
            group: id,
            synonyms,
            note: String::new(),
            removed: false,
            author: None,
            at: now,
        };
        store::insert(db, &state)?;
    }
    Ok(())
}

/// The groups in force, oldest first.
pub fn states(db: &mut Db) -> Result<Vec<State>> {
    store::list(db)
}

/// How many states there are, and the last of them.
type Stamp = (i64, Option<Id>);

/// The words in force, made ready once for every change.
pub fn current(db: &mut Db) -> Result<Arc<Synonyms>> {
    static READY: OnceLock<RwLock<HashMap<Stamp, Arc<Synonyms>>>> = OnceLock::new();
    let ready = READY.get_or_init(RwLock::default);
    let stamp = store::stamp(db)?;
    if let Some(known) = ready
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&stamp)
    {
        return Ok(Arc::clone(known));
    }
    let states = states(db)?;
    let groups: Vec<SynonymGroup> = states.into_iter().map(|state| state.synonyms).collect();
    let made = Arc::new(Synonyms::new(&groups));
    let mut ready = ready.write().unwrap_or_else(PoisonError::into_inner);
    if ready.len() >= MAX_READY {
        ready.clear();
    }
    ready.insert(stamp, Arc::clone(&made));
    Ok(made)
}

/// Lists kept ready: one is in force, others are of transactions that began earlier, and of other forums in tests.
const MAX_READY: usize = 16;

/// The groups in force with `wanted` in one of their words, all for an empty one; by their first word.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn list(db: &mut Db, who: &Who, wanted: &str) -> Result<Vec<State>> {
    who.may(Action::Curate)?;
    let key = fold(wanted);
    let mut states = states(db)?;
    states.retain(|state| {
        let mut words = state.synonyms.words.iter().chain(&state.synonyms.narrower);
        key.is_empty() || words.any(|word| fold(word).contains(&key))
    });
    states.sort_by_cached_key(|state| {
        let first = state.synonyms.words.first();
        first.map(|word| fold(word)).unwrap_or_default()
    });
    Ok(states)
}

/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn find(db: &mut Db, who: &Who, group: Id) -> Result<State> {
    who.may(Action::Curate)?;
    store::current(db, group)?.ok_or(Error::NotFound)
}

/// All states of a group, the last first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`.
pub fn history(db: &mut Db, who: &Who, group: Id) -> Result<Vec<State>> {
    who.may(Action::Curate)?;
    let states = store::history(db, group)?;
    if states.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(states)
}

/// Adds a group. Returns its id.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `Invalid`.
pub fn add(db: &mut Db, who: &Who, input: &GroupInput, now: At) -> Result<Id> {
    who.may(Action::Curate)?;
    let (synonyms, note) = input.parse()?;
    room(db)?;
    let id = Id::new(now);
    store::insert(
        db,
        &State {
            id,
            group: id,
            synonyms,
            note,
            removed: false,
            author: who.id(),
            at: now,
        },
    )?;
    Ok(id)
}

/// Changes a group. `seen` is the state that the editor had before them.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` (also when it was changed meanwhile).
pub fn change(
    db: &mut Db,
    who: &Who,
    group: Id,
    seen: &str,
    input: &GroupInput,
    now: At,
) -> Result<()> {
    let present = find(db, who, group)?;
    let (synonyms, note) = input.parse()?;
    if seen != present.id.to_string() {
        let line = present.synonyms.to_string();
        let message = format!(
            "ほかの人が先に書き直しました（いまの内容：{line}）。よければ、もう一度「登録する」を押してください。"
        );
        return Err(Error::field("words", "stale", message));
    }
    if (&synonyms, &note, false) == (&present.synonyms, &present.note, present.removed) {
        return Ok(());
    }
    if present.removed {
        room(db)?;
    }
    store::insert(
        db,
        &State {
            id: Id::new(now),
            group,
            synonyms,
            note,
            removed: false,
            author: who.id(),
            at: now,
        },
    )
}

/// Takes a group out of the list or back into it; it stays in the history.
///
/// # Errors
/// `SignInRequired`, `Forbidden`, `NotFound`, `Invalid` when the list is full.
pub fn set_removed(db: &mut Db, who: &Who, group: Id, removed: bool, now: At) -> Result<()> {
    let present = find(db, who, group)?;
    if present.removed == removed {
        return Ok(());
    }
    if !removed {
        room(db)?;
    }
    store::insert(
        db,
        &State {
            id: Id::new(now),
            removed,
            author: who.id(),
            at: now,
            ..present
        },
    )
}

fn room(db: &mut Db) -> Result<()> {
    if store::count(db)? < MAX_GROUPS {
        return Ok(());
    }
    let message = format!("言いかえは{MAX_GROUPS}組までです。使わないものを外してください。");
    Err(Error::field("words", "full", message))
}

#[cfg(test)]
mod tests {
    use super::{GroupInput, MAX_GROUP_WORDS, MAX_SYNONYM_CHARS};
    use crate::error::Error;

    fn code(words: &str, narrower: &str, effect: &str, note: &str) -> String {
        let input = GroupInput {
            words: words.to_owned(),
            narrower: narrower.to_owned(),
            effect: effect.to_owned(),
            note: note.to_owned(),
        };
        match input.parse() {
            Ok((group, _)) => group.to_string(),
            Err(Error::Invalid(errors)) => errors.0[0].code.clone(),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn a_group_is_one_word_a_line() {
        assert_eq!(
            code(" スプシ \n\n スプレッドシート", "", "", ""),
            "スプシ | スプレッドシート"
        );
        assert_eq!(
            code("会議", "Zoom\nMeet", "weak", ""),
            "~ 会議 > Zoom | Meet"
        );
        assert_eq!(code("クラス", "", "keep", ""), "! クラス");
    }

    #[test]
    fn every_limit_holds_at_its_edge() {
        let word = |chars: usize| "あ".repeat(chars);
        let many = |count: usize| (0..count).map(|n| format!("語{n}\n")).collect::<String>();
        assert!(code(&format!("a\n{}", word(MAX_SYNONYM_CHARS)), "", "", "").contains('|'));
        assert_eq!(
            code(&format!("a\n{}", word(MAX_SYNONYM_CHARS + 1)), "", "", ""),
            "too_long"
        );
        assert!(code(&many(MAX_GROUP_WORDS), "", "", "").contains('|'));
        assert_eq!(code(&many(MAX_GROUP_WORDS), "下位", "", ""), "too_many");
        assert!(code("a\nb", "", "", &word(200)).contains('|'));
        assert_eq!(code("a\nb", "", "", &word(201)), "too_long");
        for (words, expected) in [
            ("", "required"),
            ("サーバ", "too_few"),
            ("サーバ\nさーばー\nｻｰﾊﾞ", "too_few"),
            ("a\nb|c", "signs"),
            ("a\n> b", "signs"),
            ("a\n・・", "blank"),
        ] {
            assert_eq!(code(words, "", "", ""), expected, "{words}");
        }
        assert_eq!(code("a\nb", "", "other", ""), "unknown");
    }
}
