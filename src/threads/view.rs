//! Pages of threads: home, lists, one thread with its replies, the forms.

use std::collections::HashMap;

use askama::Template;

use super::{
    Cursor, Filter, Kind, Labels, MAX_POLICIES, Practice, Revision, Sort, Summary, Thread,
    ThreadInput, Visibility,
};
use crate::accounts::view::{ByLine, short_position};
use crate::accounts::{Action, Author, Person, Who};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::moderation::ReportReason;
use crate::replies::Reply;
use crate::replies::marks::{Counts, Mark};
use crate::replies::view::{MarkButton, Quote, ReplyView, mark_buttons};
use crate::taxonomy::Vocabulary;
use crate::text::{clean_line, gist};
use crate::web::page::{Choice, Crumb, Group, Layout, Link, Nav, Now, Tab, When, address};

/// Characters of an extract on the page that confirms a removal.
const EXTRACT: usize = 120;

/// A basic policy as a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLabel {
    pub number: u8,
    pub short: String,
}

/// The labels of `numbers`, those that this vocabulary knows.
pub fn policy_labels(numbers: &[u8], words: &Vocabulary) -> Vec<PolicyLabel> {
    numbers
        .iter()
        .filter_map(|number| words.policy(*number))
        .map(|policy| PolicyLabel {
            number: policy.number,
            short: policy.short.clone(),
        })
        .collect()
}

/// The class that gives a kind its own edge.
pub fn kind_class(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "q",
        Kind::Practice => "p",
        Kind::Discussion => "d",
    }
}

/// The verb of the button that writes a thread of this kind.
pub fn kind_verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "質問する",
        Kind::Practice => "実践を書く",
        Kind::Discussion => "意見交換を始める",
    }
}

/// What replies to this kind are called.
pub fn reply_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "回答",
        Kind::Practice => "コメント",
        Kind::Discussion => "意見",
    }
}

fn kind_nav(kind: Option<Kind>) -> Nav {
    match kind {
        Some(Kind::Question) => Nav::Questions,
        Some(Kind::Practice) => Nav::Practices,
        Some(Kind::Discussion) => Nav::Discussions,
        None => Nav::None,
    }
}

/// 「小学校・小5・算数」.
fn context(
    school_type: &str,
    grade: Option<&str>,
    subject: Option<&str>,
    words: &Vocabulary,
) -> String {
    [
        Some(words.school_type_name(school_type)),
        grade.map(|slug| words.grade_name(slug)),
        subject.map(|slug| words.subject_name(slug)),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("・")
}

/// A number and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub label: &'static str,
    pub number: i64,
}

/// A thread in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub url: String,
    pub kind_class: &'static str,
    pub kind: &'static str,
    pub solved: bool,
    /// A question without an answer yet.
    pub waiting: bool,
    /// 「確認のため非公開」…; empty for what all see.
    pub held: &'static str,
    pub context: String,
    pub when: When,
    pub title: String,
    /// The title with marks, where it was searched for; instead of `title`.
    pub title_html: Option<String>,
    pub gist: String,
    /// The place that was found, with marks; instead of `gist`.
    pub gist_html: Option<String>,
    pub policies: Vec<PolicyLabel>,
    pub tags: Vec<String>,
    pub counts: Vec<Count>,
    /// Where the extract comes from a reply: its place on the page.
    pub reply_url: Option<String>,
}

impl Card {
    /// `author` adds the position where the thread names neither grade nor subject.
    pub fn new(
        summary: &Summary,
        author: Option<&Author>,
        counts: Counts,
        words: &Vocabulary,
        now: Now,
    ) -> Card {
        let mut place = context(
            &summary.school_type,
            summary.grade.as_deref(),
            summary.subject.as_deref(),
            words,
        );
        if summary.grade.is_none()
            && summary.subject.is_none()
            && let Some(author) = author
            && author.school_type == summary.school_type
            && !author.departed
            && let Some(position) = author
                .position
                .as_deref()
                .and_then(|slug| words.find_position(slug))
        {
            place = format!("{place}・{}", short_position(&position.name));
        }
        let replies = i64::from(summary.reply_count);
        let answers = Count {
            label: reply_word(summary.kind),
            number: replies,
        };
        let helpful = Count {
            label: "参考",
            number: counts.helpful,
        };
        let numbers = match summary.kind {
            Kind::Question | Kind::Discussion => vec![answers, helpful],
            Kind::Practice => vec![
                helpful,
                Count {
                    label: "試したい",
                    number: counts.want_to_try,
                },
            ],
        };
        let initiatives = summary
            .labels
            .initiatives
            .iter()
            .map(|slug| words.initiative_name(slug).to_owned());
        Card {
            url: format!("/threads/{}", summary.id),
            kind_class: kind_class(summary.kind),
            kind: summary.kind.name(),
            solved: summary.solved,
            waiting: summary.kind == Kind::Question && !summary.solved && replies == 0,
            held: held_words(summary.visibility),
            context: place,
            when: now.when(summary.created_at),
            title: summary.title.clone(),
            title_html: None,
            gist: summary.gist.clone(),
            gist_html: None,
            policies: policy_labels(&summary.labels.policies, words),
            tags: initiatives
                .chain(summary.labels.tags.clone())
                .take(4)
                .collect(),
            counts: numbers,
            reply_url: None,
        }
    }

    /// As a search found it: `title_html` by `search_index::highlight`, `gist_html` by `search_index::excerpt`, from the
    /// text of `reply` where that fits best.
    #[must_use]
    pub fn found(self, title_html: String, gist_html: String, reply: Option<Id>) -> Card {
        Card {
            reply_url: reply.map(|id| format!("/replies/{id}")),
            title_html: Some(title_html),
            gist_html: Some(gist_html),
            ..self
        }
    }
}

fn held_words(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Visible => "",
        Visibility::Held => "確認のため非公開",
        Visibility::Hidden => "非公開",
        Visibility::Deleted => "取り下げ",
    }
}

/// A thread in a short list at the side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mini {
    pub url: String,
    pub title: String,
    pub note: String,
}

impl Mini {
    pub fn new(summary: &Summary, words: &Vocabulary) -> Mini {
        let mut note = context(
            &summary.school_type,
            summary.grade.as_deref(),
            summary.subject.as_deref(),
            words,
        );
        if summary.kind != Kind::Question {
            note = format!("{}・{note}", summary.kind.name());
        }
        let state = if summary.solved {
            "解決しました".to_owned()
        } else {
            format!("{}\u{a0}{}", reply_word(summary.kind), summary.reply_count)
        };
        Mini {
            url: format!("/threads/{}", summary.id),
            title: summary.title.clone(),
            note: format!("{note}・{state}"),
        }
    }
}

/// One of the large tiles of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTile {
    pub number: u8,
    pub short: String,
    /// New threads of this month, where that is known.
    pub month: Option<i64>,
    pub current: bool,
}

fn tiles(words: &Vocabulary, month: &HashMap<u8, i64>, current: Option<u8>) -> Vec<PolicyTile> {
    words
        .policies
        .iter()
        .map(|policy| PolicyTile {
            number: policy.number,
            short: policy.short.clone(),
            month: month.get(&policy.number).copied(),
            current: current == Some(policy.number),
        })
        .collect()
}

/// `/`.
#[derive(Template)]
#[template(path = "threads/home.html")]
pub struct HomePage {
    pub layout: Layout,
    pub policies: Vec<PolicyTile>,
    pub cards: Vec<Card>,
    /// Questions that wait for an answer.
    pub waiting: Vec<Mini>,
    pub city: String,
    pub plan: String,
    pub charter: String,
}

impl HomePage {
    /// `month`: new threads of this month by policy. Visitors who may not read get no cards but an invitation.
    pub fn new(
        layout: Layout,
        words: &Vocabulary,
        month: &HashMap<u8, i64>,
        cards: Vec<Card>,
        waiting: Vec<Mini>,
    ) -> HomePage {
        let counted: HashMap<u8, i64> = words
            .policies
            .iter()
            .map(|policy| {
                let number = policy.number;
                (number, month.get(&number).copied().unwrap_or(0))
            })
            .collect();
        HomePage {
            layout: layout.without_find(),
            policies: tiles(words, &counted, None),
            cards,
            waiting,
            city: words.plan.city.clone(),
            plan: words.plan.name.clone(),
            charter: words.plan.charter.clone(),
        }
    }
}

/// What a policy's own page says above its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHead {
    pub number: u8,
    pub short: String,
    pub name: String,
    pub description: String,
}

/// The form that narrows a list.
pub struct FilterForm {
    pub action: &'static str,
    pub kinds: Vec<Choice>,
    pub policies: Vec<Choice>,
    /// By policy.
    pub initiatives: Vec<Group>,
    pub school_types: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub solved: Vec<Choice>,
    pub tag: String,
    pub sort: String,
}

/// `/threads` and `/policies/{n}`.
#[derive(Template)]
#[template(path = "threads/list.html")]
pub struct ListPage {
    pub layout: Layout,
    /// The path of this list without a query.
    pub path: String,
    /// The kind that is listed; none = all.
    pub kind: &'static str,
    pub unanswered: bool,
    pub policy: Option<PolicyHead>,
    pub policies: Vec<PolicyTile>,
    pub tabs: Vec<Tab>,
    pub chosen: Vec<Link>,
    pub sorts: Vec<Choice>,
    /// What the form for the order must carry along.
    pub kept: Vec<(&'static str, String)>,
    pub form: FilterForm,
    pub cards: Vec<Card>,
    pub next: Option<String>,
    /// Whether this is not the first page: then the first one is linked.
    pub later: bool,
    pub first: String,
}

impl ListPage {
    /// `policy_page`: the list stands on `/policies/{n}` (with `filter.policy` set to it). `after` is the cursor that this
    /// page began at.
    pub fn new(
        layout: Layout,
        filter: &Filter,
        policy_page: bool,
        cards: Vec<Card>,
        after: Option<Cursor>,
        next: Option<Cursor>,
        words: &Vocabulary,
    ) -> ListPage {
        let head = filter
            .policy
            .filter(|_| policy_page)
            .and_then(|number| words.policy(number))
            .map(|policy| PolicyHead {
                number: policy.number,
                short: policy.short.clone(),
                name: policy.name.clone(),
                description: policy.description.clone(),
            });
        let path = match &head {
            Some(head) => format!("/policies/{}", head.number),
            None => "/threads".to_owned(),
        };
        let pairs = filter_pairs(filter, head.is_some());
        let first = with(&path, &pairs, None);
        let unanswered = filter.sort == Sort::Unanswered;
        let current = head.as_ref().map(|head| head.number);
        ListPage {
            layout: layout.at(kind_nav(filter.kind)),
            kind: filter.kind.map_or("", Kind::name),
            unanswered,
            tabs: tabs(&path, &pairs, filter.kind),
            chosen: chosen(&path, &pairs, words),
            sorts: sorts(filter.sort),
            kept: pairs
                .iter()
                .filter(|(name, _)| *name != "sort")
                .cloned()
                .collect(),
            form: filter_form(filter, words),
            policies: tiles(words, &HashMap::new(), current),
            policy: head,
            cards,
            next: next.map(|cursor| with(&path, &pairs, Some(("cursor", cursor.encode())))),
            later: after.is_some(),
            first,
            path,
        }
    }
}

type Pair = (&'static str, String);

fn filter_pairs(filter: &Filter, without_policy: bool) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            pairs.push((name, value));
        }
    };
    add("kind", filter.kind.map(|kind| kind.to_string()));
    if !without_policy {
        add("policy", filter.policy.map(|number| number.to_string()));
    }
    add("initiative", filter.initiative.clone());
    add("school_type", filter.school_type.clone());
    add("subject", filter.subject.clone());
    add("tag", filter.tag.clone());
    add("author", filter.author.map(|id| id.to_string()));
    add("solved", filter.solved.map(|solved| solved.to_string()));
    let sort = Some(filter.sort).filter(|sort| *sort != Sort::New);
    add("sort", sort.map(|sort| sort.to_string()));
    pairs
}

/// `path` with `pairs`, one of them replaced or added.
fn with(path: &str, pairs: &[Pair], other: Option<Pair>) -> String {
    let replaced = other.as_ref().map(|(name, _)| *name);
    let kept = pairs
        .iter()
        .filter(|(name, _)| Some(*name) != replaced)
        .chain(other.as_ref())
        .map(|(name, value)| (*name, value.as_str()));
    address(path, kept)
}

fn without(path: &str, pairs: &[Pair], gone: &str) -> String {
    let kept = pairs
        .iter()
        .filter(|(name, _)| *name != gone)
        .map(|(name, value)| (*name, value.as_str()));
    address(path, kept)
}

fn tabs(path: &str, pairs: &[Pair], present: Option<Kind>) -> Vec<Tab> {
    let all = Tab {
        label: "すべて".to_owned(),
        url: without(path, pairs, "kind"),
        current: present.is_none(),
        count: String::new(),
    };
    let kinds = Kind::ALL.iter().map(|kind| Tab {
        label: kind.name().to_owned(),
        url: with(path, pairs, Some(("kind", kind.to_string()))),
        current: present == Some(*kind),
        count: String::new(),
    });
    std::iter::once(all).chain(kinds).collect()
}

fn chosen(path: &str, pairs: &[Pair], words: &Vocabulary) -> Vec<Link> {
    pairs
        .iter()
        .filter_map(|(name, value)| {
            let label = match *name {
                "policy" => words
                    .find_policy(value)
                    .map_or_else(|| value.clone(), |policy| policy.short.clone()),
                "initiative" => words.initiative_name(value).to_owned(),
                "school_type" => words.school_type_name(value).to_owned(),
                "subject" => words.subject_name(value).to_owned(),
                "tag" => format!("#{value}"),
                "author" => "この人が書いたもの".to_owned(),
                "solved" => solved_words(value).to_owned(),
                _ => return None,
            };
            Some(Link::new(label, without(path, pairs, name)))
        })
        .collect()
}

/// The words for a filter's `true` and `false`.
pub fn solved_words(value: &str) -> &'static str {
    if value == "true" {
        "解決しました"
    } else {
        "まだ解決していません"
    }
}

fn sorts(present: Sort) -> Vec<Choice> {
    Sort::ALL
        .iter()
        .map(|sort| {
            let label = match sort {
                Sort::New => "新しい順",
                Sort::Active => "動きがあった順",
                Sort::Unanswered => "回答待ちの質問",
            };
            Choice::new(sort.to_string(), label, *sort == present)
        })
        .collect()
}

fn filter_form(filter: &Filter, words: &Vocabulary) -> FilterForm {
    let is = |present: &Option<String>, slug: &str| present.as_deref() == Some(slug);
    FilterForm {
        action: "/threads",
        kinds: Kind::ALL
            .iter()
            .map(|kind| Choice::new(kind.to_string(), kind.name(), filter.kind == Some(*kind)))
            .collect(),
        policies: words
            .policies
            .iter()
            .map(|policy| {
                let label = format!("{} {}", policy.number, policy.short);
                let here = filter.policy == Some(policy.number);
                Choice::new(policy.number.to_string(), label, here)
            })
            .collect(),
        initiatives: initiative_groups(words, |slug| is(&filter.initiative, slug)),
        school_types: words
            .school_types
            .iter()
            .filter(|school_type| school_type.tagging)
            .map(|school_type| {
                let here = is(&filter.school_type, &school_type.slug);
                Choice::new(&school_type.slug, &school_type.name, here)
            })
            .collect(),
        subjects: words
            .subjects
            .iter()
            .map(|s| Choice::new(&s.slug, &s.name, is(&filter.subject, &s.slug)))
            .collect(),
        solved: ["true", "false"]
            .into_iter()
            .map(|value| {
                let here = filter
                    .solved
                    .is_some_and(|solved| solved.to_string() == value);
                Choice::new(value, solved_words(value), here)
            })
            .collect(),
        tag: filter.tag.clone().unwrap_or_default(),
        sort: if filter.sort == Sort::New {
            String::new()
        } else {
            filter.sort.to_string()
        },
    }
}

/// The initiatives under their policies.
fn initiative_groups(words: &Vocabulary, chosen: impl Fn(&str) -> bool) -> Vec<Group> {
    words
        .policies
        .iter()
        .map(|policy| Group {
            label: format!("{} {}", policy.number, policy.short),
            choices: words
                .initiatives
                .iter()
                .filter(|initiative| initiative.policy == policy.number)
                .map(|initiative| {
                    let here = chosen(&initiative.slug);
                    Choice::new(&initiative.slug, &initiative.short, here)
                })
                .collect(),
        })
        .collect()
}

/// `/people/{id}`: what somebody has written.
#[derive(Template)]
#[template(path = "threads/person.html")]
pub struct PersonPage {
    pub layout: Layout,
    pub by: ByLine,
    pub own: bool,
    pub cards: Vec<Card>,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
}

impl PersonPage {
    pub fn new(
        layout: Layout,
        person: &Person,
        who: &Who,
        cards: Vec<Card>,
        after: Option<Cursor>,
        next: Option<Cursor>,
        words: &Vocabulary,
    ) -> PersonPage {
        let by = ByLine::new(&person.as_author(), words);
        let first = format!("/people/{}", person.id);
        PersonPage {
            layout: layout.titled(&by.name),
            own: who.id() == Some(person.id),
            by,
            cards,
            next: next.map(|cursor| address(&first, [("cursor", cursor.encode().as_str())])),
            later: after.is_some(),
            first,
        }
    }
}

/// A fact of a practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
}

/// What a practice says beside its body.
#[derive(Clone, Debug, Default)]
pub struct PracticeView {
    pub facts: Vec<Fact>,
    pub steps: Vec<String>,
    pub children: Option<String>,
    pub failed: Option<String>,
    pub care: Option<String>,
}

impl PracticeView {
    fn new(thread: &Thread, words: &Vocabulary) -> PracticeView {
        let practice = thread.practice.clone().unwrap_or_default();
        let time = match (practice.prep_minutes, practice.lesson_minutes) {
            (Some(prep), Some(lesson)) => Some(format!("準備 {prep}分・授業 {lesson}分")),
            (Some(prep), None) => Some(format!("準備 {prep}分")),
            (None, Some(lesson)) => Some(format!("授業 {lesson}分")),
            (None, None) => None,
        };
        let grade = thread.grade.as_deref().map(|slug| words.grade_name(slug));
        let place: Vec<&str> = std::iter::once(words.school_type_name(&thread.school_type))
            .chain(grade)
            .collect();
        let subject = thread
            .subject
            .as_deref()
            .map(|slug| words.subject_name(slug));
        let scene: Vec<&str> = subject
            .into_iter()
            .chain(practice.scene.as_deref())
            .collect();
        let tools = thread.labels.tools.join("、");
        let checked = [
            practice.checked_on.as_deref(),
            practice.app_version.as_deref(),
        ];
        let facts = [
            ("校種・学年", Some(place.join(" "))),
            ("教科・場面", Some(scene.join("／"))),
            ("使ったもの", Some(tools)),
            ("時間", time),
            ("単元", practice.unit),
            ("育てたい力", practice.aim),
            ("準備するもの", practice.materials),
            (
                "確認した日・版",
                Some(checked.into_iter().flatten().collect::<Vec<_>>().join("・")),
            ),
        ];
        PracticeView {
            facts: facts
                .into_iter()
                .filter_map(|(label, value)| {
                    let value = value.filter(|value| !value.is_empty())?;
                    Some(Fact { label, value })
                })
                .collect(),
            steps: practice.steps,
            children: practice.children,
            failed: practice.failed,
            care: practice.care,
        }
    }
}

/// The form that tells the moderators of a post, and the one by which they decide.
pub struct Care {
    /// None for one's own posts.
    pub report_url: Option<String>,
    pub reasons: Vec<Choice>,
    /// None for those who may not decide.
    pub visibility_url: Option<String>,
    pub visibilities: Vec<Choice>,
}

impl Care {
    /// `path` is the post's, without a slash at its end. None for those who may do neither.
    pub fn new(path: &str, author: Id, visibility: Visibility, who: &Who) -> Option<Care> {
        let others = who.can(Action::Post) && who.id() != Some(author);
        if !others && !who.can(Action::Moderate) {
            return None;
        }
        let settable = [
            (Visibility::Visible, "みんなに見える"),
            (Visibility::Held, "確認のため、いったん非公開"),
            (Visibility::Hidden, "非公開"),
        ];
        Some(Care {
            report_url: others.then(|| format!("{path}/reports")),
            reasons: ReportReason::ALL
                .iter()
                .map(|reason| Choice::new(reason.to_string(), reason.name(), false))
                .collect(),
            visibility_url: who
                .can(Action::Moderate)
                .then(|| format!("{path}/visibility")),
            visibilities: settable
                .into_iter()
                .map(|(value, label)| Choice::new(value.to_string(), label, value == visibility))
                .collect(),
        })
    }
}

/// The form for an answer, as it stands.
#[derive(Clone, Debug, Default)]
pub struct AnswerForm {
    pub body: String,
    pub quote: Option<Quote>,
    /// Idempotency.
    pub key: String,
    pub errors: FieldErrors,
    /// Safe HTML of `body`, where the author asked to see it.
    pub preview_html: Option<String>,
}

/// `/threads/{id}`.
#[derive(Template)]
#[template(path = "threads/show.html")]
pub struct ThreadPage {
    pub layout: Layout,
    pub crumbs: Vec<Crumb>,
    pub path: String,
    pub kind_class: &'static str,
    pub kind: &'static str,
    pub reply_word: &'static str,
    pub question: bool,
    pub solved: bool,
    /// A question that nobody has answered yet.
    pub waiting: bool,
    pub visibility: Visibility,
    pub title: String,
    pub by: ByLine,
    pub context: String,
    pub when: When,
    /// When it was changed, if it was; `edits` times.
    pub edited: Option<When>,
    pub edits: i32,
    pub body_html: String,
    pub practice: Option<PracticeView>,
    pub policies: Vec<PolicyLabel>,
    /// Initiatives, tags and tools, each to its list or search.
    pub labels: Vec<Link>,
    pub marks: Vec<MarkButton>,
    pub may_edit: bool,
    pub may_remove: bool,
    pub care: Option<Care>,
    pub accepted_url: Option<String>,
    pub reply_count: i32,
    /// The one that solved it first, where this page has it.
    pub replies: Vec<ReplyView>,
    pub next: Option<String>,
    pub later: bool,
    /// None where no answer can be written: visitors are asked to sign in.
    pub answer: Option<AnswerForm>,
    /// 「小学校・教諭」, as the answer will be signed.
    pub signed: String,
    pub login_url: String,
    pub similar: Vec<Mini>,
}

/// What a thread's page is made of.
pub struct ThreadParts<'a> {
    pub thread: &'a Thread,
    pub author: &'a Author,
    pub who: &'a Who,
    pub counts: Counts,
    /// What `who` has marked on the thread.
    pub own: &'a [Mark],
    /// The replies of this page, oldest first.
    pub replies: Vec<ReplyView>,
    /// The one that solved the question, where this page shows it first (it may be among `replies` too).
    pub accepted: Option<ReplyView>,
    pub after: Option<Cursor>,
    pub next: Option<Cursor>,
    pub answer: AnswerForm,
    pub similar: Vec<Mini>,
    pub words: &'a Vocabulary,
    pub now: Now,
}

impl ThreadPage {
    pub fn new(layout: Layout, parts: ThreadParts<'_>) -> ThreadPage {
        let ThreadParts {
            thread, who, words, ..
        } = parts;
        let path = format!("/threads/{}", thread.id);
        let first = parts.accepted.as_ref().map(|reply| reply.id);
        let others = parts
            .replies
            .into_iter()
            .filter(|reply| Some(reply.id) != first);
        let edits = thread.revision.saturating_sub(1).max(0);
        let open = thread.visibility == Visibility::Visible;
        ThreadPage {
            layout: layout.titled(&thread.title).at(kind_nav(Some(thread.kind))),
            crumbs: crumbs(thread, words),
            kind_class: kind_class(thread.kind),
            kind: thread.kind.name(),
            reply_word: reply_word(thread.kind),
            question: thread.kind == Kind::Question,
            solved: thread.solved(),
            waiting: thread.kind == Kind::Question && thread.reply_count == 0 && !thread.solved(),
            visibility: thread.visibility,
            title: thread.title.clone(),
            by: ByLine::new(parts.author, words),
            context: context(
                &thread.school_type,
                thread.grade.as_deref(),
                thread.subject.as_deref(),
                words,
            ),
            when: parts.now.when(thread.created_at),
            edited: (edits > 0).then(|| parts.now.when(thread.updated_at)),
            edits,
            body_html: thread.body_html.clone(),
            practice: (thread.kind == Kind::Practice || thread.practice.is_some())
                .then(|| PracticeView::new(thread, words)),
            policies: policy_labels(&thread.labels.policies, words),
            labels: label_links(&thread.labels, words),
            marks: mark_buttons(
                &path,
                &[
                    (Mark::Helpful, Some(parts.counts.helpful)),
                    (
                        Mark::WantToTry,
                        Some(parts.counts.want_to_try).filter(|_| thread.kind == Kind::Practice),
                    ),
                    (Mark::Bookmark, None),
                    (Mark::Follow, None),
                ],
                parts.own,
                thread.kind == Kind::Practice,
                who,
            ),
            may_edit: who.can(Action::Edit {
                author: thread.author,
            }),
            may_remove: thread.visibility != Visibility::Deleted
                && who.can(Action::Remove {
                    author: thread.author,
                }),
            care: Care::new(&path, thread.author, thread.visibility, who),
            accepted_url: thread.accepted_reply.map(|id| match first {
                Some(_) => format!("#r-{id}"),
                None => format!("{path}#r-{id}"),
            }),
            reply_count: thread.reply_count,
            replies: parts.accepted.into_iter().chain(others).collect(),
            next: parts
                .next
                .map(|cursor| address(&path, [("cursor", cursor.encode().as_str())]) + "#replies"),
            later: parts.after.is_some(),
            answer: Some(parts.answer).filter(|_| open && who.can(Action::Post)),
            signed: signed(who, words),
            login_url: address("/login", [("next", path.as_str())]),
            similar: parts.similar,
            path,
        }
    }
}

/// How what `who` writes will be signed: 「見本 あおい（小学校・教諭）」.
pub fn signed(who: &Who, words: &Vocabulary) -> String {
    let Who::Member(member) = who else {
        return String::new();
    };
    let position = member
        .position
        .as_deref()
        .and_then(|slug| words.find_position(slug))
        .map(|position| short_position(&position.name));
    let detail: Vec<&str> = std::iter::once(words.school_type_name(&member.school_type))
        .chain(position)
        .filter(|part| !part.is_empty())
        .collect();
    if detail.is_empty() {
        member.name.clone()
    } else {
        format!("{}（{}）", member.name, detail.join("・"))
    }
}

fn crumbs(thread: &Thread, words: &Vocabulary) -> Vec<Crumb> {
    let kind = Crumb::new(thread.kind.name(), format!("/threads?kind={}", thread.kind));
    let policy = thread
        .labels
        .policies
        .first()
        .and_then(|number| words.policy(*number))
        .map(|policy| Crumb::new(&policy.short, format!("/policies/{}", policy.number)));
    [Crumb::new("広場", "/"), kind]
        .into_iter()
        .chain(policy)
        .collect()
}

fn label_links(labels: &Labels, words: &Vocabulary) -> Vec<Link> {
    let initiatives = labels.initiatives.iter().map(|slug| {
        let url = address("/threads", [("initiative", slug.as_str())]);
        Link::new(words.initiative_name(slug), url)
    });
    let tags = labels
        .tags
        .iter()
        .map(|tag| Link::new(tag, address("/threads", [("tag", tag.as_str())])));
    let tools = labels
        .tools
        .iter()
        .map(|tool| Link::new(tool, address("/search", [("q", tool.as_str())])));
    initiatives.chain(tags).chain(tools).collect()
}

/// Whether a thread is written or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormMode {
    New,
    Edit { thread: Id },
}

/// The version that somebody saved meanwhile.
#[derive(Clone, Debug)]
pub struct Present {
    pub title: String,
    pub body: String,
}

/// `/threads/new?kind=` and `/threads/{id}/edit`.
#[derive(Template)]
#[template(path = "threads/form.html")]
pub struct ThreadFormPage {
    pub layout: Layout,
    pub new: bool,
    pub action: String,
    /// Where 「やめる」 leads.
    pub back: String,
    /// 「質問する」, 「実践を書く」 …
    pub verb: &'static str,
    pub kind_word: &'static str,
    pub question: bool,
    pub is_practice: bool,
    pub kinds: Vec<Choice>,
    pub title: String,
    pub body: String,
    pub school_types: Vec<Choice>,
    pub policies: Vec<Choice>,
    /// As many policies were chosen that fewer would be better.
    pub many_policies: bool,
    pub initiatives: Vec<Group>,
    pub subjects: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub tools: String,
    pub tags: String,
    /// Known tags, to choose from while typing.
    pub known_tags: Vec<String>,
    pub practice: Practice,
    /// Whether the fields of a practice are there though the kind cannot be changed any more.
    pub show_practice: bool,
    /// One step a line.
    pub steps: String,
    /// 一斉, 個別, 協働, and what else was written.
    pub scenes: Vec<Choice>,
    pub prep_minutes: String,
    pub lesson_minutes: String,
    /// Whether the optional part holds anything or has an error: then it is open.
    pub details_open: bool,
    pub key: String,
    /// The version that is being changed; empty for new ones.
    pub revision: String,
    pub errors: FieldErrors,
    /// Safe HTML of `body`, where the author asked to see it.
    pub preview_html: Option<String>,
    pub stale: Option<Present>,
    pub signed: String,
    pub similar: Vec<Mini>,
}

impl ThreadFormPage {
    /// `typed`: what the fields hold; `key`: idempotency, for new ones; `revision`: the version that is being changed.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of the one form; a struct would only repeat the fields"
    )]
    pub fn new(
        layout: Layout,
        mode: &FormMode,
        typed: &ThreadInput,
        key: &str,
        revision: Option<i32>,
        errors: FieldErrors,
        who: &Who,
        words: &Vocabulary,
    ) -> ThreadFormPage {
        let kind = Kind::parse(&typed.kind).unwrap_or(Kind::Question);
        let numbers: Vec<u8> = typed
            .policies
            .iter()
            .filter_map(|wanted| words.find_policy(&wanted.0))
            .map(|policy| policy.number)
            .collect();
        let school_type = words
            .find_school_type(&typed.school_type)
            .map(|found| &found.slug);
        let initiatives: Vec<&str> = typed
            .initiatives
            .iter()
            .filter_map(|wanted| words.find_initiative(wanted))
            .map(|found| found.slug.as_str())
            .collect();
        let subject = typed
            .subject
            .as_deref()
            .and_then(|wanted| words.find_subject(wanted))
            .map(|found| &found.slug);
        let grade = typed
            .grade
            .as_deref()
            .and_then(|wanted| words.find_grade(wanted))
            .map(|found| &found.slug);
        let practice = typed.practice.clone().unwrap_or_default();
        let optional = [
            "initiatives",
            "subject",
            "grade",
            "tools",
            "tags",
            "practice",
            "prep_minutes",
            "lesson_minutes",
        ];
        let (action, back) = match mode {
            FormMode::New => ("/threads".to_owned(), format!("/threads?kind={kind}")),
            FormMode::Edit { thread } => (
                format!("/threads/{thread}/edit"),
                format!("/threads/{thread}"),
            ),
        };
        ThreadFormPage {
            layout: layout.at(kind_nav(Some(kind))),
            new: *mode == FormMode::New,
            action,
            back,
            verb: kind_verb(kind),
            kind_word: kind.name(),
            question: kind == Kind::Question,
            is_practice: kind == Kind::Practice,
            kinds: Kind::ALL
                .iter()
                .map(|one| Choice::new(one.to_string(), one.name(), *one == kind))
                .collect(),
            title: typed.title.clone(),
            body: typed.body.clone(),
            school_types: words
                .school_types
                .iter()
                .filter(|one| one.tagging)
                .map(|one| Choice::new(&one.slug, &one.name, school_type == Some(&one.slug)))
                .collect(),
            policies: words
                .policies
                .iter()
                .map(|policy| {
                    let number = policy.number.to_string();
                    let here = numbers.contains(&policy.number);
                    Choice::new(number, &policy.short, here)
                })
                .collect(),
            many_policies: numbers.len() >= MAX_POLICIES,
            details_open: !initiatives.is_empty()
                || subject.is_some()
                || grade.is_some()
                || !typed.tools.is_empty()
                || !typed.tags.is_empty()
                || practice != Practice::default()
                || optional.iter().any(|field| errors.of(field).is_some()),
            initiatives: initiative_groups(words, |slug| initiatives.contains(&slug)),
            subjects: words
                .subjects
                .iter()
                .map(|one| Choice::new(&one.slug, &one.name, subject == Some(&one.slug)))
                .collect(),
            grades: words
                .grades
                .iter()
                .map(|one| Choice::new(&one.slug, &one.name, grade == Some(&one.slug)))
                .collect(),
            tools: typed.tools.join("、"),
            tags: typed.tags.join("、"),
            known_tags: words.tags.iter().map(|tag| tag.name.clone()).collect(),
            show_practice: kind == Kind::Practice || practice != Practice::default(),
            steps: practice.steps.join("\n"),
            scenes: scenes(practice.scene.as_deref()),
            prep_minutes: digits(practice.prep_minutes),
            lesson_minutes: digits(practice.lesson_minutes),
            practice,
            key: key.to_owned(),
            revision: revision
                .map(|number| number.to_string())
                .unwrap_or_default(),
            errors,
            preview_html: None,
            stale: None,
            signed: signed(who, words),
            similar: Vec::new(),
        }
    }

    /// Shows how the text will look; `body_html` by `text::render`.
    #[must_use]
    pub fn previewing(self, body_html: String) -> ThreadFormPage {
        ThreadFormPage {
            preview_html: Some(body_html),
            ..self
        }
    }

    /// Somebody saved `present` meanwhile: it is shown beside what was typed, and the next submit is made over it.
    #[must_use]
    pub fn stale(self, present: &Thread) -> ThreadFormPage {
        ThreadFormPage {
            revision: present.revision.to_string(),
            stale: Some(Present {
                title: present.title.clone(),
                body: present.body.clone(),
            }),
            ..self
        }
    }

    #[must_use]
    pub fn beside(self, similar: Vec<Mini>) -> ThreadFormPage {
        ThreadFormPage { similar, ..self }
    }
}

fn digits(number: Option<u16>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The three ways of working together that the plan names; another word stays as it was written.
fn scenes(present: Option<&str>) -> Vec<Choice> {
    const KNOWN: [&str; 3] = ["一斉", "個別", "協働"];
    KNOWN
        .into_iter()
        .chain(present.filter(|present| !KNOWN.contains(present)))
        .map(|scene| Choice::new(scene, scene, present == Some(scene)))
        .collect()
}

/// The form's content for a thread that is to be changed.
pub fn typed_of(thread: &Thread) -> ThreadInput {
    use super::input::Loose;
    let labels = &thread.labels;
    ThreadInput {
        kind: thread.kind.to_string(),
        title: thread.title.clone(),
        body: thread.body.clone(),
        school_type: thread.school_type.clone(),
        policies: labels
            .policies
            .iter()
            .map(|number| Loose(number.to_string()))
            .collect(),
        initiatives: labels.initiatives.clone(),
        subject: thread.subject.clone(),
        grade: thread.grade.clone(),
        tags: labels.tags.clone(),
        tools: labels.tools.clone(),
        practice: thread.practice.clone(),
    }
}

/// Asks before a post is taken back: `/threads/{id}/remove`, `/replies/{id}/remove`.
#[derive(Template)]
#[template(path = "threads/confirm.html")]
pub struct ConfirmPage {
    pub layout: Layout,
    /// 質問, 実践, 意見交換 or 回答.
    pub what: &'static str,
    pub extract: String,
    /// Whether answers of others go out of sight with it.
    pub with_replies: bool,
    /// Whether it is the answer that solved the question.
    pub accepted: bool,
    pub action: String,
    pub back: String,
}

impl ConfirmPage {
    pub fn thread(layout: Layout, thread: &Thread) -> ConfirmPage {
        ConfirmPage {
            layout,
            what: thread.kind.name(),
            extract: thread.title.clone(),
            with_replies: thread.reply_count > 0,
            accepted: false,
            action: format!("/threads/{}/remove", thread.id),
            back: format!("/threads/{}", thread.id),
        }
    }

    pub fn reply(layout: Layout, reply: &Reply, thread: &Thread) -> ConfirmPage {
        ConfirmPage {
            layout,
            what: reply_word(thread.kind),
            extract: gist(&reply.body, EXTRACT),
            with_replies: false,
            accepted: thread.accepted_reply == Some(reply.id),
            action: format!("/replies/{}/remove", reply.id),
            back: format!("/replies/{}", reply.id),
        }
    }
}

/// A line of an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Not in the version before.
    pub new: bool,
}

/// One version of a text.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: i32,
    pub current: bool,
    pub when: When,
    pub title: String,
    pub title_changed: bool,
    pub lines: Vec<Line>,
    /// Lines of the version before that this one no longer has.
    pub gone: Vec<String>,
}

/// `/threads/{id}/revisions`.
#[derive(Template)]
#[template(path = "threads/revisions.html")]
pub struct RevisionsPage {
    pub layout: Layout,
    pub title: String,
    pub back: String,
    /// The newest first.
    pub versions: Vec<Version>,
}

impl RevisionsPage {
    /// `revisions` as `threads::revisions` gives them; those of replies are left out.
    pub fn new(layout: Layout, thread: &Thread, revisions: &[Revision], now: Now) -> RevisionsPage {
        let mut own: Vec<&Revision> = revisions
            .iter()
            .filter(|revision| revision.reply.is_none())
            .collect();
        own.sort_by_key(|revision| std::cmp::Reverse(revision.number));
        let befores = own.iter().skip(1).map(|revision| Some(*revision));
        let versions = own
            .iter()
            .zip(befores.chain(std::iter::once(None)))
            .map(|(revision, before)| version(revision, before, thread.revision, now))
            .collect();
        RevisionsPage {
            layout: layout.at(kind_nav(Some(thread.kind))),
            title: thread.title.clone(),
            back: format!("/threads/{}", thread.id),
            versions,
        }
    }
}

fn version(revision: &Revision, before: Option<&Revision>, present: i32, now: Now) -> Version {
    let old: Vec<&str> = before.map(|b| b.body.lines().collect()).unwrap_or_default();
    let lines: Vec<&str> = revision.body.lines().collect();
    let blank = |line: &str| clean_line(line).is_empty();
    Version {
        number: revision.number,
        current: revision.number == present,
        when: now.when(revision.written_at),
        title: revision.title.clone().unwrap_or_default(),
        title_changed: before.is_some_and(|before| before.title != revision.title),
        lines: lines
            .iter()
            .map(|line| Line {
                text: (*line).to_owned(),
                new: before.is_some() && !blank(line) && !old.contains(line),
            })
            .collect(),
        gone: old
            .iter()
            .filter(|line| !blank(line) && !lines.contains(line))
            .map(|line| (*line).to_owned())
            .collect(),
    }
}
