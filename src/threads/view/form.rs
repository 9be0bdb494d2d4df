//! Writing and changing a thread, and the question before a post is taken back.

use askama::Template;

use super::{
    Mini, PracticeNumbers, SignField, initiative_groups, kind_nav, kind_verb, reply_word, signed,
};
use crate::accounts::Who;
use crate::attachments::view::AttachForm;
use crate::db::types::Word;
use crate::drafts::view::DraftBox;
use crate::error::FieldErrors;
use crate::id::Id;
use crate::mirror::checklist;
use crate::replies::Reply;
use crate::taxonomy::Vocabulary;
use crate::text::gist;
use crate::threads::{Kind, Loose, MAX_POLICIES, Practice, Thread, ThreadInput, item_slug};
use crate::web::page::{Choice, Group, Layout};

/// Characters of an extract on the page that confirms a removal.
const EXTRACT: usize = 120;

/// The form's names of what a practice says beside its body, but 「うまくいかなかったこと」, which every form has.
const PRACTICE_FIELDS: [&str; 13] = [
    "aim",
    "unit",
    "lessons",
    "prep_minutes",
    "lesson_minutes",
    "scene",
    "materials",
    "steps",
    "children",
    "care",
    "checked_on",
    "os_version",
    "app_version",
];

/// The items of the self-check under their areas; no groups where there is no checklist.
fn item_groups(typed: &[String]) -> Vec<Group> {
    let chosen: Vec<String> = typed.iter().filter_map(|text| item_slug(text)).collect();
    let list = checklist::current().ok();
    let areas = list
        .iter()
        .flat_map(|list| list.areas.iter().map(move |area| (list, area)));
    areas
        .map(|(list, area)| Group {
            label: format!("{} {}", area.letter(), area.short),
            choices: list
                .items_of(area)
                .map(|item| {
                    let (tag, label) = (item.tag(), format!("{} {}", item.number(), item.short));
                    let here = chosen.contains(&tag);
                    Choice::new(tag, label, here)
                })
                .collect(),
        })
        .collect()
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
    /// Items of the self-check, by area.
    pub items: Vec<Group>,
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
    pub numbers: PracticeNumbers,
    /// Whether only what is asked of a new practice is there: the rest is offered after publishing.
    pub short: bool,
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
    /// None for those who always sign with their names.
    pub sign: Option<SignField>,
    pub similar: Vec<Mini>,
    pub attach: AttachForm,
    pub draft: DraftBox,
    /// Whether it comes again with what was typed: nothing of that is kept anywhere yet.
    pub again: bool,
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
            "items",
            "subject",
            "grade",
            "tools",
            "tags",
            "failed",
        ];
        let fields_of_practice_fail = PRACTICE_FIELDS
            .iter()
            .any(|field| errors.of(field).is_some());
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
                || !typed.items.is_empty()
                || subject.is_some()
                || grade.is_some()
                || !typed.tools.is_empty()
                || !typed.tags.is_empty()
                || practice != Practice::default()
                || fields_of_practice_fail
                || optional.iter().any(|field| errors.of(field).is_some()),
            initiatives: initiative_groups(words, |slug| initiatives.contains(&slug)),
            items: item_groups(&typed.items),
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
            numbers: PracticeNumbers::of(&practice),
            short: *mode == FormMode::New && !says_more(&practice) && !fields_of_practice_fail,
            practice,
            key: key.to_owned(),
            revision: revision
                .map(|number| number.to_string())
                .unwrap_or_default(),
            errors,
            preview_html: None,
            stale: None,
            signed: signed(who, words),
            sign: None,
            similar: Vec::new(),
            attach: AttachForm::default(),
            draft: DraftBox::default(),
            again: false,
        }
    }

    /// Whether an item of the self-check is chosen: then they are open.
    fn items_chosen(&self) -> bool {
        self.items
            .iter()
            .any(|group| group.choices.iter().any(|choice| choice.chosen))
    }

    #[must_use]
    pub fn drafting(self, draft: DraftBox) -> ThreadFormPage {
        ThreadFormPage { draft, ..self }
    }

    /// It comes again with what was typed.
    #[must_use]
    pub fn typed(self) -> ThreadFormPage {
        ThreadFormPage {
            again: true,
            ..self
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
    pub fn signing(self, sign: Option<SignField>) -> ThreadFormPage {
        ThreadFormPage { sign, ..self }
    }

    #[must_use]
    pub fn beside(self, similar: Vec<Mini>) -> ThreadFormPage {
        ThreadFormPage { similar, ..self }
    }
}

/// Whether a practice says anything that the short form does not ask for.
fn says_more(practice: &Practice) -> bool {
    let asked = Practice {
        failed: practice.failed.clone(),
        ..Practice::default()
    };
    *practice != asked
}

/// The three ways of working together that the plan names; another word stays as it was written.
pub(super) fn scenes(present: Option<&str>) -> Vec<Choice> {
    const KNOWN: [&str; 3] = ["一斉", "個別", "協働"];
    KNOWN
        .into_iter()
        .chain(present.filter(|present| !KNOWN.contains(present)))
        .map(|scene| Choice::new(scene, scene, present == Some(scene)))
        .collect()
}

/// The form's content for a thread that is to be changed.
pub fn typed_of(thread: &Thread) -> ThreadInput {
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
        items: labels.items.clone(),
        practice: thread.practice.clone(),
        sealed: thread.signature.is_sealed(),
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
