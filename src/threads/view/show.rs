//! One thread with its replies.

use std::sync::LazyLock;

use askama::Template;

use super::{
    GrowForm, Mini, PolicyLabel, SignField, context, kind_class, kind_nav, policy_labels,
    reply_word, signed,
};
use crate::accounts::view::ByLine;
use crate::accounts::{Action, Author, Signature, Who, Writer};
use crate::attachments::view::AttachForm;
use crate::bridge::view::RelativeView;
use crate::curation::view::Beside;
use crate::db::types::Word;
use crate::drafts::view::DraftBox;
use crate::environment::view::Panel;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::mirror::checklist;
use crate::moderation::ReportReason;
use crate::moderation::view::Notes;
use crate::qr;
use crate::replies::marks::{Counts, Mark};
use crate::replies::view::{MarkButton, Quote, ReplyView, mark_buttons};
use crate::taxonomy::Vocabulary;
use crate::threads::practice::Checked;
use crate::threads::{Cursor, Kind, Labels, Thread, Visibility};
use crate::tryouts::view::TryoutSection;
use crate::web::page::{Choice, Crumb, Layout, Link, Now, When, address};

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
        let unit = [
            practice.unit,
            practice.lessons.map(|lessons| format!("全{lessons}時間")),
        ];
        let unit: Vec<String> = unit.into_iter().flatten().collect();
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
            practice.checked_on.as_deref().map(Checked::in_words),
            practice.os_version,
            practice.app_version,
        ];
        let facts = [
            ("校種・学年", Some(place.join(" "))),
            ("教科・場面", Some(scene.join("／"))),
            ("使ったもの", Some(tools)),
            ("時間", time),
            ("単元・時数", Some(unit.join("・"))),
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
    pub reasons: &'static [Choice],
    /// None for those who may not decide.
    pub visibility_url: Option<String>,
    pub visibilities: Vec<Choice>,
}

/// The same under every post of a page, so made once.
static REASONS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    ReportReason::ALL
        .iter()
        .map(|reason| Choice::new(reason.to_string(), reason.name(), false))
        .collect()
});

impl Care {
    /// `path` is the post's, without a slash at its end. None for those who may do neither.
    pub fn new(path: &str, author: Writer, visibility: Visibility, who: &Who) -> Option<Care> {
        let others = who.can(Action::Post) && !author.is_who(who);
        let moderates = who.can(Action::Moderate);
        if !others && !moderates {
            return None;
        }
        let settable = [
            (Visibility::Visible, "みんなに見える"),
            (Visibility::Held, "確認のため、いったん非公開"),
            (Visibility::Hidden, "非公開"),
        ];
        Some(Care {
            report_url: others.then(|| format!("{path}/reports")),
            reasons: &REASONS,
            visibility_url: moderates.then(|| format!("{path}/visibility")),
            visibilities: settable
                .into_iter()
                .filter(|_| moderates)
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
    /// How it was to be signed; None: as in this thread before.
    pub sealed: Option<bool>,
    /// None for those who always sign with their names.
    pub sign: Option<SignField>,
    /// Idempotency.
    pub key: String,
    pub errors: FieldErrors,
    /// Safe HTML of `body`, where the author asked to see it.
    pub preview_html: Option<String>,
    pub attach: AttachForm,
    pub draft: DraftBox,
}

impl AnswerForm {
    /// Where the form is sent with a file, for the thread at `path`.
    pub fn attach_to(&self, path: &str) -> String {
        format!("{path}/replies")
    }
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
    /// One's own, signed without one's name.
    pub own_sealed: bool,
    /// Where moderators ask for the name of a sealed post.
    pub seal_url: Option<String>,
    pub context: String,
    pub when: When,
    /// When it was changed, if it was; `edits` times.
    pub edited: Option<When>,
    pub edits: i32,
    pub body_html: String,
    pub practice: Option<PracticeView>,
    /// What its author is asked to add.
    pub grow: Option<GrowForm>,
    pub policies: Vec<PolicyLabel>,
    /// Initiatives, tags and tools, each to its list or search.
    pub labels: Vec<Link>,
    pub marks: Vec<MarkButton>,
    pub may_edit: bool,
    pub may_remove: bool,
    /// What trainers have to do with it.
    pub curated: Beside,
    /// What moderators have decided beside.
    pub notes: Notes,
    /// What becomes of a problem with the environment.
    pub environment: Option<Panel>,
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
    /// What became of a practice elsewhere.
    pub tried: Option<TryoutSection>,
    /// The nearest of other school types.
    pub relatives: Vec<RelativeView>,
    /// What stands below a practice on paper.
    pub hand_out: Option<HandOut>,
}

/// The foot of a practice on paper: where it came from, and the way back to its page.
pub struct HandOut {
    /// 「小学校・教諭（令和8年11月20日、最終追記 …）」.
    pub source: String,
    pub url: String,
    /// Inline SVG; None for an address that no code holds.
    pub qr: Option<String>,
}

impl HandOut {
    fn new(
        thread: &Thread,
        author: &Author,
        public_url: &str,
        words: &Vocabulary,
        now: Now,
    ) -> Self {
        let url = format!(
            "{}/t/{}",
            public_url.trim_end_matches('/'),
            thread.short_code
        );
        // Paper outlives 「きのう」.
        let day = |at| {
            let full = now.when(at).full;
            full.split(' ').next().unwrap_or_default().to_owned()
        };
        let written = day(thread.created_at);
        let dates = if thread.revision > 1 {
            format!("{written}、最終追記 {}", day(thread.updated_at))
        } else {
            written
        };
        HandOut {
            source: format!("{}（{dates}）", author.in_few_words(words)),
            qr: qr::svg(&url, "この実践のページを開くQRコード"),
            url,
        }
    }
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
    pub curated: Beside,
    pub notes: Notes,
    pub environment: Option<Panel>,
    pub grow: Option<GrowForm>,
    pub similar: Vec<Mini>,
    pub tried: Option<TryoutSection>,
    pub relatives: Vec<RelativeView>,
    /// The forum's address, for what is printed.
    pub public_url: &'a str,
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
        let locked = thread.lock.is_some();
        ThreadPage {
            layout: layout.titled(&thread.title).at(kind_nav(Some(thread.kind))),
            crumbs: crumbs(thread, words),
            kind_class: kind_class(thread.kind),
            kind: thread.kind.name(),
            reply_word: reply_word(thread.kind),
            question: thread.kind == Kind::Question,
            solved: thread.solved(),
            waiting: !locked
                && thread.kind == Kind::Question
                && thread.reply_count == 0
                && !thread.solved(),
            visibility: thread.visibility,
            title: thread.title.clone(),
            by: ByLine::new(parts.author, words),
            own_sealed: thread.signature.is_sealed() && thread.author.is_who(who),
            seal_url: seal_url("thread", thread.id, &thread.signature, who),
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
            grow: parts.grow,
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
            may_edit: !locked
                && who.can(Action::Edit {
                    author: thread.author,
                }),
            may_remove: thread.visibility != Visibility::Deleted
                && who.can(Action::Remove {
                    author: thread.author,
                }),
            curated: parts.curated,
            notes: parts.notes,
            environment: parts.environment,
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
            answer: Some(parts.answer).filter(|_| open && !locked && who.can(Action::Post)),
            signed: signed(who, words),
            login_url: address("/login", [("next", path.as_str())]),
            similar: parts.similar,
            tried: parts.tried,
            relatives: parts.relatives,
            hand_out: (thread.kind == Kind::Practice)
                .then(|| HandOut::new(thread, parts.author, parts.public_url, words, parts.now)),
            path,
        }
    }
}

/// Where moderators ask for the name behind a post; `kind`: thread or reply.
pub fn seal_url(kind: &str, id: Id, signature: &Signature, who: &Who) -> Option<String> {
    let asks = signature.is_sealed() && who.can(Action::Moderate);
    asks.then(|| format!("/desk/seals/new?{kind}={id}"))
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
    let items = labels.items.iter().map(|tag| {
        let url = address("/threads", [("item", tag.as_str())]);
        Link::new(checklist::label(tag), url)
    });
    initiatives.chain(tags).chain(tools).chain(items).collect()
}
