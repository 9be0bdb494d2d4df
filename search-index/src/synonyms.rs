//! Words that mean the same to somebody who searches: groups as data, and their text form, one group a line. They
//! widen a query when it is asked, so that a changed list takes effect at once and the index knows nothing of it.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use crate::analyzer::normalised;
use crate::fold_key;
use crate::query::{Alternative, Atom, Origin, Script, atoms};

/// A group of words, or of short phrases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynonymGroup {
    pub effect: Effect,
    /// Each of them finds all the others.
    pub words: Vec<String>,
    /// Found by each of `words`, but finding nothing themselves.
    pub narrower: Vec<String>,
}

/// What a group does to a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// Threads with another word of the group are found as well, below those with the word itself.
    #[default]
    Expand,
    /// As [`Effect::Expand`], but weighing little: for words that are everywhere.
    Weak,
    /// The words are never expanded, whatever other groups say.
    Keep,
}

/// The list that a new forum begins with, in the form that [`SynonymGroup::parse`] reads.
pub const DEFAULT_SYNONYMS: &str = include_str!("../data/synonyms.txt");

/// Most words of one group, the narrower ones among them.
pub const MAX_GROUP_WORDS: usize = 30;

/// Most characters of one word.
pub const MAX_SYNONYM_CHARS: usize = 40;

impl SynonymGroup {
    /// Reads one line: `a | b > c`, with `~` (weak) or `!` (keep) before it; `⊃` is `>` and full-width signs are
    /// taken as well. Empty words vanish; blank lines and comments (`#`) are `None`.
    pub fn parse(line: &str) -> Option<SynonymGroup> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (effect, rest) = if let Some(rest) = line.strip_prefix(['~', '～']) {
            (Effect::Weak, rest)
        } else if let Some(rest) = line.strip_prefix(['!', '！']) {
            (Effect::Keep, rest)
        } else {
            (Effect::Expand, line)
        };
        let (words, narrower) = rest.split_once(['>', '＞', '⊃']).unwrap_or((rest, ""));
        let list = |text: &str| -> Vec<String> {
            text.split(['|', '｜'])
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(ToOwned::to_owned)
                .collect()
        };
        let group = SynonymGroup {
            effect,
            words: list(words),
            narrower: list(narrower),
        };
        (!group.words.is_empty()).then_some(group)
    }

    /// All groups of a text, line by line.
    pub fn parse_all(text: &str) -> Vec<SynonymGroup> {
        text.lines().filter_map(SynonymGroup::parse).collect()
    }
}

/// The line that [`SynonymGroup::parse`] reads back.
impl std::fmt::Display for SynonymGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.effect {
            Effect::Expand => {}
            Effect::Weak => f.write_str("~ ")?,
            Effect::Keep => f.write_str("! ")?,
        }
        f.write_str(&self.words.join(" | "))?;
        if !self.narrower.is_empty() {
            write!(f, " > {}", self.narrower.join(" | "))?;
        }
        Ok(())
    }
}

/// Groups made ready for widening queries. Cheap to ask, made anew when the groups change.
#[derive(Clone, Debug, Default)]
pub struct Synonyms {
    /// By the first atom of a word; longer words first.
    entries: HashMap<String, Vec<Entry>>,
    groups: Vec<Group>,
    words: Vec<String>,
}

/// A word that is recognised in queries.
#[derive(Clone, Debug)]
struct Entry {
    /// All atoms, the first among them.
    atoms: Vec<String>,
    /// Whether it is written in kana alone: then it must not be cut out of a longer word.
    kana: bool,
    keep: bool,
    groups: Vec<usize>,
}

/// What a recognised word is widened to.
#[derive(Clone, Debug)]
struct Group {
    alternatives: Vec<Alternative>,
}

impl Synonyms {
    pub fn new(groups: &[SynonymGroup]) -> Synonyms {
        let mut made = Synonyms::default();
        for group in groups {
            let origin = match group.effect {
                Effect::Weak => Origin::WeakSynonym,
                Effect::Expand | Effect::Keep => Origin::Synonym,
            };
            let alternatives = group.words.iter().chain(&group.narrower);
            made.groups.push(Group {
                alternatives: alternatives
                    .flat_map(|word| spellings(word))
                    .filter_map(|word| Alternative::new(&word, origin))
                    .collect(),
            });
            let number = made.groups.len() - 1;
            for word in &group.words {
                for spelling in spellings(word) {
                    made.recognise(&spelling, number, group.effect == Effect::Keep);
                }
            }
        }
        for entries in made.entries.values_mut() {
            entries.sort_by_key(|entry| Reverse(entry.atoms.len()));
        }
        made
    }

    /// The default list, ready.
    pub fn default_list() -> Synonyms {
        Synonyms::new(&SynonymGroup::parse_all(DEFAULT_SYNONYMS))
    }

    /// No groups: queries stay as they are.
    pub fn none() -> Synonyms {
        Synonyms::default()
    }

    /// A name and every word that means as much, by [`fold_key`](crate::fold_key): two names that have one of them in common
    /// are names of the same thing. Weak groups say nothing here.
    pub fn names_of(&self, name: &str) -> Vec<String> {
        let term = atoms(&normalised(name));
        let mut all = vec![fold_key(name)];
        let found = self.matches(&term);
        if let [(range, alternatives)] = found.as_slice()
            && *range == (0..term.len())
        {
            let strong = alternatives.iter();
            let strong = strong.filter(|one| one.origin == Origin::Synonym);
            all.extend(strong.map(|one| fold_key(&one.written)));
        }
        all.retain(|key| !key.is_empty());
        all.sort_unstable();
        all.dedup();
        all
    }

    /// All words that are recognised, as they are compared.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    fn recognise(&mut self, word: &str, group: usize, keep: bool) {
        let atoms = atoms(&normalised(word));
        let kana = atoms
            .iter()
            .all(|atom| matches!(atom.script, Script::Katakana | Script::Hiragana));
        let texts: Vec<String> = atoms.into_iter().map(|atom| atom.text).collect();
        let Some(first) = texts.first() else { return };
        let entries = self.entries.entry(first.clone()).or_default();
        match entries.iter_mut().find(|entry| entry.atoms == texts) {
            Some(known) => {
                known.groups.push(group);
                known.keep |= keep;
            }
            None => {
                self.words.push(texts.concat());
                entries.push(Entry {
                    atoms: texts,
                    kana,
                    keep,
                    groups: vec![group],
                });
            }
        }
    }

    /// The known words in a term, from left to right, the longest at each place, with what may stand for them.
    pub(crate) fn matches(&self, term: &[Atom]) -> Vec<(Range<usize>, Vec<Alternative>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = term.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(entry) = self.entry(term, at, rest) else {
                at += 1;
                continue;
            };
            let range = at..at + entry.atoms.len();
            at = range.end;
            let literal: String = entry.atoms.concat();
            let mut alternatives: Vec<Alternative> = Vec::new();
            if !entry.keep {
                let groups = entry
                    .groups
                    .iter()
                    .filter_map(|group| self.groups.get(*group));
                for alternative in groups.flat_map(|group| &group.alternatives) {
                    let known = |one: &Alternative| one.chain == alternative.chain;
                    if alternative.text() != literal && !alternatives.iter().any(known) {
                        alternatives.push(alternative.clone());
                    }
                }
            }
            found.push((range, alternatives));
        }
        found
    }

    /// The longest known word that `rest`, which is `term` from `at` on, begins with.
    fn entry(&self, term: &[Atom], at: usize, rest: &[Atom]) -> Option<&Entry> {
        let first = rest.first()?;
        self.entries.get(&first.text)?.iter().find(|entry| {
            let texts = rest.iter().map(|atom| &atom.text);
            rest.len() >= entry.atoms.len()
                && entry.atoms.iter().zip(texts).all(|(a, b)| a == b)
                && stands_free(term, at..at + entry.atoms.len(), entry)
        })
    }
}

impl Alternative {
    /// As it is compared.
    pub(crate) fn text(&self) -> String {
        self.atoms.iter().map(|atom| atom.text.as_str()).collect()
    }
}

/// Kana words of this length stand out even where other kana touch them.
const LONG_KANA: usize = 4;

/// Whether the atoms are a word of their own: クラス is none in クラスルーム.
fn stands_free(term: &[Atom], range: Range<usize>, entry: &Entry) -> bool {
    let touches = |inner: Option<&Atom>, outer: Option<&Atom>| match (inner, outer) {
        (Some(inner), Some(outer)) => {
            inner.script == outer.script
                && match inner.script {
                    Script::Katakana => true,
                    Script::Hiragana => entry.kana && entry.atoms.len() < LONG_KANA,
                    Script::Kanji => entry.atoms.len() == 1,
                    Script::Latin => false,
                }
        }
        _ => false,
    };
    let before = range.start.checked_sub(1).and_then(|at| term.get(at));
    let after = term.get(range.end);
    let last = range.end.checked_sub(1).and_then(|at| term.get(at));
    !touches(term.get(range.start), before) && !touches(last, after)
}

/// A word, and it without the spaces between Latin words (Google Classroom, GoogleClassroom).
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    let joined: String = word.split_whitespace().collect();
    if joined != word && word.is_ascii() {
        all.push(joined);
    }
    all
}
