//! How near two threads are, and what they share. The nearness is a sum:
//!
//! | part | at most | why |
//! |---|---|---|
//! | words in common, each by how rare it is among the candidates (cosine) | `WORDS` | the practice itself is in the words |
//! | score of the index against the best candidate's | `INDEX` | knows synonyms and spellings |
//! | the same tag | `TAG` | what its author calls it; the second one half |
//! | subjects of one family | `SUBJECT` | 算数 there is 数学 here |
//! | the same tool, by the synonyms, named in the fields or in the text | `TOOL` | a tool alone makes no relative |
//! | the same initiative | `INITIATIVE` | the plan's own topics |
//! | the same learning scene | `SCENE` | 一斉, 個別, 協働 |
//! | the same policies | `POLICY` | four of them: says little |
//!
//! The weights were chosen on one half of `search-index/eval/bridge.jsonl`; `hiroba bridge eval` measures both.

use std::collections::{BTreeMap, HashMap, HashSet};

use search_index::Synonyms;

use super::near::same_family;
use super::{FIRST_WORDS, beginning};
use crate::id::Id;
use crate::taxonomy::Vocabulary;
use crate::text;
use crate::threads::{self, Thread};

const WORDS: f32 = 2.0;
const INDEX: f32 = 0.5;
const TAG: f32 = 0.2;
const SUBJECT: f32 = 0.2;
const TOOL: f32 = 0.15;
/// Where one names the tool in its fields, the other in its text alone.
const TOOL_IN_TEXT: f32 = 0.1;
const INITIATIVE: f32 = 0.15;
const SCENE: f32 = 0.05;
const POLICY: f32 = 0.2;

/// What is not at least so near is no relative, however few there are.
const NEAR: f32 = 0.3;
/// A word of the title counts as so many of the text; one of a tag or a tool counts as one.
const TITLE: f32 = 1.5;
/// Names of tools shorter than this are not looked for in texts: ap, ai stand inside other words.
const SHORTEST_TOOL: usize = 3;
/// Words in common that a reason names.
const NAMED_WORDS: usize = 2;
/// Parts of a reason.
const PARTS: usize = 3;

/// What two threads share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// As the thread whose relatives are asked for calls it.
    Tool(String),
    Scene(String),
    Tag(String),
    /// Subjects of one family: their names.
    Subject(String, String),
    /// Its short name.
    Initiative(String),
    /// Number and short name.
    Policy(u8, String),
    Word(String),
}

/// A candidate in its place.
#[derive(Clone, Debug)]
pub struct Ranked {
    pub id: Id,
    pub score: f32,
    pub shared: Vec<Shared>,
}

/// A name with everything it is known by.
struct Name {
    written: String,
    keys: Vec<String>,
}

/// What of a thread is compared.
pub struct Side {
    id: Id,
    subject: Option<String>,
    scene: Option<String>,
    policies: Vec<u8>,
    initiatives: Vec<String>,
    tools: Vec<Name>,
    tags: Vec<Name>,
    /// Title and first words, folded, to look names up in.
    folded: String,
    /// Pieces of words, by weight.
    pieces: HashMap<String, f32>,
    /// Whole words, those of the title first, as they are written.
    words: Vec<String>,
}

impl Side {
    pub fn new(thread: &Thread, synonyms: &Synonyms) -> Side {
        let names = |list: &[String]| {
            let names = list.iter().map(|one| Name {
                written: one.clone(),
                keys: synonyms.names_of(one),
            });
            names.collect::<Vec<_>>()
        };
        let body = threads::searched_text(&beginning(&thread.body), thread.practice.as_ref());
        let body: String = body.chars().take(FIRST_WORDS).collect();
        let mut pieces = HashMap::new();
        let mut words = Vec::new();
        for (source, weight) in [(&thread.title, TITLE), (&body, 1.0)] {
            for run in runs(source) {
                run.pieces(|piece| *pieces.entry(piece).or_insert(0.0) += weight);
                if run.is_word() && !words.contains(&run.text) {
                    words.push(run.text);
                }
            }
        }
        for name in thread.labels.tags.iter().chain(&thread.labels.tools) {
            for run in runs(name) {
                run.pieces(|piece| *pieces.entry(piece).or_insert(0.0) += 1.0);
            }
        }
        Side {
            id: thread.id,
            subject: thread.subject.clone(),
            scene: thread
                .practice
                .as_ref()
                .and_then(|practice| practice.scene.clone()),
            policies: thread.labels.policies.clone(),
            initiatives: thread.labels.initiatives.clone(),
            tools: names(&thread.labels.tools),
            tags: names(&thread.labels.tags),
            folded: text::fold(&format!("{} {body}", thread.title)),
            pieces,
            words,
        }
    }

    /// How much a piece weighs: more of it, less for each.
    fn weight(&self, piece: &str, rare: &HashMap<&str, f32>) -> f32 {
        let count = self.pieces.get(piece).copied().unwrap_or_default();
        (1.0 + count).ln() * rare.get(piece).copied().unwrap_or_default()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Kanji,
    Katakana,
    Latin,
}

/// Characters of one script in a row.
struct Run {
    script: Script,
    text: String,
}

impl Run {
    /// Kanji one by one and in pairs; other runs as they are.
    fn pieces(&self, mut take: impl FnMut(String)) {
        if self.script != Script::Kanji {
            if self.text.chars().count() > 1 {
                take(self.text.clone());
            }
            return;
        }
        let mut before = None;
        for c in self.text.chars() {
            take(c.to_string());
            if let Some(before) = before {
                take(String::from_iter([before, c]));
            }
            before = Some(c);
        }
    }

    /// Long enough to be named.
    fn is_word(&self) -> bool {
        let least = match self.script {
            Script::Kanji => 2,
            Script::Katakana | Script::Latin => 3,
        };
        let numeral = self.text.chars().all(|c| c.is_ascii_digit());
        self.text.chars().count() >= least && !numeral && !COMMON.contains(&self.text.as_str())
    }
}

/// Words that stand in every second post: as a reason they say nothing.
const COMMON: &[&str] = &[
    "児童",
    "生徒",
    "園児",
    "学校",
    "授業",
    "先生",
    "担任",
    "学級",
    "教室",
    "端末",
    "自分",
    "時間",
    "場面",
    "学習",
    "活動",
    "全員",
    "一人",
    "二人",
    "一覧",
    "画面",
    "方法",
    "工夫",
    "学年",
    "今年",
    "毎日",
    "毎時間",
    "子",
    "前",
    "後",
    "次",
    "時",
    "人",
    "中",
    "タブレット",
    "小学校",
    "中学校",
    "高校",
    "高等学校",
    "幼稚園",
    "特別支援学校",
    "本人",
    "様子",
    "場所",
    "紹介",
    "準備",
    "必要",
    "最初",
    "最後",
    "今日",
    "次の",
    "本当",
];

fn runs(source: &str) -> Vec<Run> {
    let plain = text::narrow(source).to_lowercase();
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in plain.chars() {
        let script = match c {
            '一'..='鿿' | '々' | '〆' => Script::Kanji,
            'ァ'..='ヺ' | 'ー' => Script::Katakana,
            c if c.is_ascii_alphanumeric() => Script::Latin,
            _ => {
                open = false;
                continue;
            }
        };
        match runs.last_mut() {
            Some(run) if open && run.script == script => run.text.push(c),
            _ => runs.push(Run {
                script,
                text: c.to_string(),
            }),
        }
        open = true;
    }
    runs
}

/// The nearest of `candidates` (with their scores by the index), the nearest first.
pub fn rank(
    own: &Side,
    candidates: &[(Side, f32)],
    words: &Vocabulary,
    limit: usize,
) -> Vec<Ranked> {
    let rare = rarities(own, candidates);
    let norm = |side: &Side| {
        let squares = side.pieces.keys().map(|piece| side.weight(piece, &rare));
        squares.map(|weight| weight * weight).sum::<f32>().sqrt()
    };
    let own_norm = norm(own);
    let best = candidates
        .iter()
        .map(|(_, score)| *score)
        .fold(0.0, f32::max);
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .map(|(side, score)| {
            let common = own
                .pieces
                .keys()
                .filter(|piece| side.pieces.contains_key(*piece));
            let dot: f32 = common
                .map(|piece| own.weight(piece, &rare) * side.weight(piece, &rare))
                .sum();
            let cosine = share(dot, own_norm * norm(side));
            let (by_names, shared) = compare(own, side, &rare, words);
            Ranked {
                id: side.id,
                score: WORDS * cosine + INDEX * share(*score, best) + by_names,
                shared,
            }
        })
        .filter(|one| one.score >= NEAR && !one.shared.is_empty())
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.id.cmp(&a.id)));
    ranked.truncate(limit);
    ranked
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// How rare each piece is among all that are compared: ln((n + 1) / (with it + ½)).
fn rarities<'a>(own: &'a Side, candidates: &'a [(Side, f32)]) -> HashMap<&'a str, f32> {
    let sides = || std::iter::once(own).chain(candidates.iter().map(|(side, _)| side));
    let mut with: HashMap<&str, f32> = HashMap::new();
    for side in sides() {
        for piece in side.pieces.keys() {
            *with.entry(piece.as_str()).or_default() += 1.0;
        }
    }
    let all = sides().count() as f32;
    for count in with.values_mut() {
        *count = ((all + 1.0) / (*count + 0.5)).ln().max(0.0);
    }
    with
}

/// What two threads share in their fields, and what that adds; the weightiest parts of the reason first.
fn compare(
    own: &Side,
    other: &Side,
    rare: &HashMap<&str, f32>,
    words: &Vocabulary,
) -> (f32, Vec<Shared>) {
    let mut sum = 0.0;
    let mut shared = Vec::new();
    let same = |one: &Name, other: &Name| one.keys.iter().any(|key| other.keys.contains(key));
    let in_text = |name: &Name, side: &Side| {
        let mut long = name
            .keys
            .iter()
            .filter(|key| key.chars().count() >= SHORTEST_TOOL);
        long.any(|key| side.folded.contains(key.as_str()))
    };
    let labelled = own
        .tools
        .iter()
        .find(|one| other.tools.iter().any(|two| same(one, two)));
    let told = || {
        let of_own = own.tools.iter().find(|one| in_text(one, other));
        of_own.or_else(|| other.tools.iter().find(|one| in_text(one, own)))
    };
    if let Some(tool) = labelled {
        sum += TOOL;
        shared.push(Shared::Tool(tool.written.clone()));
    } else if let Some(tool) = told() {
        sum += TOOL_IN_TEXT;
        shared.push(Shared::Tool(tool.written.clone()));
    }
    if let (Some(scene), Some(theirs)) = (&own.scene, &other.scene)
        && text::fold(scene) == text::fold(theirs)
    {
        sum += SCENE;
        shared.push(Shared::Scene(scene.clone()));
    }
    let tags = own
        .tags
        .iter()
        .filter(|one| other.tags.iter().any(|two| same(one, two)));
    for (place, tag) in tags.take(2).enumerate() {
        sum += if place == 0 { TAG } else { TAG / 2.0 };
        shared.push(Shared::Tag(tag.written.clone()));
    }
    if let (Some(subject), Some(theirs)) = (&own.subject, &other.subject)
        && same_family(subject, theirs)
    {
        sum += SUBJECT;
        let names = [subject, theirs].map(|slug| words.subject_name(slug).to_owned());
        let [here, there] = names;
        shared.push(Shared::Subject(here, there));
    }
    if let Some(slug) = own
        .initiatives
        .iter()
        .find(|slug| other.initiatives.contains(slug))
    {
        sum += INITIATIVE;
        let known = words.initiatives.iter().find(|one| one.slug == **slug);
        let name = known.map_or(slug.as_str(), |one| one.short.as_str());
        shared.push(Shared::Initiative(name.to_owned()));
    }
    let policies: Vec<u8> = own
        .policies
        .iter()
        .copied()
        .filter(|one| other.policies.contains(one))
        .collect();
    let most = own.policies.len().max(other.policies.len());
    sum += POLICY * share(policies.len() as f32, most as f32);
    // A word is named once: not as a tag and as a word.
    let said: HashSet<String> = shared.iter().map(|one| text::fold(one.name())).collect();
    let room = PARTS.saturating_sub(shared.len()).min(NAMED_WORDS);
    for word in common_words(own, other, rare, room + said.len()) {
        let key = text::fold(&word);
        let named = shared
            .iter()
            .filter(|one| matches!(one, Shared::Word(_)))
            .count();
        if named < room && !said.iter().any(|one| one.contains(&key)) {
            shared.push(Shared::Word(word));
        }
    }
    if shared.is_empty()
        && let Some(policy) = policies.first().and_then(|number| words.policy(*number))
    {
        shared.push(Shared::Policy(policy.number, policy.short.clone()));
    }
    shared.truncate(PARTS);
    (sum, shared)
}

/// Words of `own` that the other has too, the rarest first.
fn common_words(own: &Side, other: &Side, rare: &HashMap<&str, f32>, most: usize) -> Vec<String> {
    let mut found: BTreeMap<usize, (&String, f32)> = BTreeMap::new();
    for (place, word) in own.words.iter().enumerate() {
        if !other.words.contains(word) {
            continue;
        }
        let mut weight = 0.0_f32;
        for run in runs(word) {
            run.pieces(|piece| {
                weight = weight.max(rare.get(piece.as_str()).copied().unwrap_or_default())
            });
        }
        found.insert(place, (word, weight));
    }
    let mut found: Vec<(usize, (&String, f32))> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.1.total_cmp(&a.1.1).then(a.0.cmp(&b.0)));
    found
        .into_iter()
        .take(most)
        .map(|(_, (word, _))| word.clone())
        .collect()
}

impl Shared {
    /// What it is called, without how it is shared.
    pub fn name(&self) -> &str {
        match self {
            Shared::Tool(name)
            | Shared::Scene(name)
            | Shared::Tag(name)
            | Shared::Subject(name, _)
            | Shared::Initiative(name)
            | Shared::Policy(_, name)
            | Shared::Word(name) => name,
        }
    }

    /// In which field it is shared, for programs.
    pub fn what(&self) -> &'static str {
        match self {
            Shared::Tool(_) => "tool",
            Shared::Scene(_) => "scene",
            Shared::Tag(_) => "tag",
            Shared::Subject(..) => "subject",
            Shared::Initiative(_) => "initiative",
            Shared::Policy(..) => "policy",
            Shared::Word(_) => "word",
        }
    }
}

/// 「同じロイロノート・協働の場面」, 「算数と数学、「録音」の話」: everything that is shared, in words.
pub fn reason(shared: &[Shared]) -> String {
    let mut same: Vec<String> = Vec::new();
    let mut subjects = None;
    let mut words: Vec<String> = Vec::new();
    for one in shared {
        match one {
            Shared::Tool(name) | Shared::Tag(name) | Shared::Initiative(name) => {
                same.push(name.clone());
            }
            Shared::Scene(name) => same.push(format!("{name}の場面")),
            Shared::Subject(here, there) if here == there => same.push(here.clone()),
            Shared::Subject(here, there) => subjects = Some(format!("{here}と{there}")),
            Shared::Policy(number, name) => same.push(format!("基本方針{number} {name}")),
            Shared::Word(word) => words.push(format!("「{word}」")),
        }
    }
    let same = (!same.is_empty()).then(|| format!("同じ{}", same.join("・")));
    let words = (!words.is_empty()).then(|| format!("{}の話", words.concat()));
    let parts: Vec<String> = [same, subjects, words].into_iter().flatten().collect();
    parts.join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sentences_of_what_is_shared() {
        let text = |shared: &[Shared]| reason(shared);
        let s = |text: &str| text.to_owned();
        assert_eq!(
            text(&[Shared::Tool(s("ロイロノート")), Shared::Scene(s("協働"))]),
            "同じロイロノート・協働の場面"
        );
        assert_eq!(
            text(&[
                Shared::Subject(s("算数"), s("数学")),
                Shared::Word(s("録音"))
            ]),
            "算数と数学、「録音」の話"
        );
        assert_eq!(
            text(&[Shared::Policy(4, s("学校を動かす"))]),
            "同じ基本方針4 学校を動かす"
        );
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn runs_part_where_the_script_changes() {
        let texts: Vec<String> = runs("ＡＩで下書き、クラスルームの2人")
            .into_iter()
            .map(|run| run.text)
            .collect();
        assert_eq!(texts, ["ai", "下書", "クラスルーム", "2", "人"]);
    }
}
