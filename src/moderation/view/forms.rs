//! Forms about one thread: lock, move, duplicates; and the author's form that puts a post right.

use askama::Template;

use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::moderation::Place;
use crate::moderation::duplicates::Plan;
use crate::moderation::moves::MoveInput;
use crate::moderation::resubmit::{Answer, Standing};
use crate::taxonomy::Vocabulary;
use crate::threads::view::{Mini, Present, initiative_groups};
use crate::threads::{Kind, Thread};
use crate::web::page::{Choice, Group, Layout, Link};

/// `/threads/{id}/lock`.
#[derive(Template)]
#[template(path = "moderation/lock.html")]
pub struct LockPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    /// The reason while it is locked.
    pub lock: Option<String>,
    pub reason: String,
    pub errors: FieldErrors,
}

impl LockPage {
    pub fn new(layout: Layout, thread: &Thread, reason: String, errors: FieldErrors) -> LockPage {
        LockPage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            lock: thread.lock.clone(),
            reason,
            errors,
        }
    }
}

/// `/threads/{id}/move`.
#[derive(Template)]
#[template(path = "moderation/move.html")]
pub struct MovePage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub kinds: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub policies: Vec<Choice>,
    pub initiatives: Vec<Group>,
    pub tags: String,
    pub reason: String,
    pub errors: FieldErrors,
}

impl MovePage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        typed: &MoveInput,
        errors: FieldErrors,
        words: &Vocabulary,
    ) -> MovePage {
        let kind = Kind::parse(&typed.kind);
        let school_type = words
            .find_school_type(&typed.school_type)
            .map(|found| &found.slug);
        let chosen: Vec<u8> = typed
            .policies
            .iter()
            .filter_map(|wanted| words.find_policy(wanted))
            .map(|policy| policy.number)
            .collect();
        let initiatives: Vec<&str> = typed
            .initiatives
            .iter()
            .filter_map(|wanted| words.find_initiative(wanted))
            .map(|found| found.slug.as_str())
            .collect();
        MovePage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            kinds: Kind::ALL
                .iter()
                .map(|one| Choice::new(one.to_string(), one.name(), kind == Some(*one)))
                .collect(),
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
                    let here = chosen.contains(&policy.number);
                    Choice::new(policy.number.to_string(), &policy.short, here)
                })
                .collect(),
            initiatives: initiative_groups(words, |slug| initiatives.contains(&slug)),
            tags: typed.tags.join("、"),
            reason: typed.reason.clone(),
            errors,
        }
    }
}

/// `/threads/{id}/duplicate`.
#[derive(Template)]
#[template(path = "moderation/duplicate.html")]
pub struct DuplicatePage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    /// The present link.
    pub same: Option<Link>,
    pub of: String,
    pub hows: Vec<Choice>,
    pub reason: String,
    /// Threads that may be the same: whether chosen, id, what it is.
    pub similar: Vec<(bool, String, Mini)>,
    pub errors: FieldErrors,
}

/// `/threads/{id}/duplicate` before a merge.
#[derive(Template)]
#[template(path = "moderation/merge.html")]
pub struct MergePage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    pub target: Link,
    pub of: String,
    pub reason: String,
    pub steps: Vec<String>,
}

impl MergePage {
    pub fn new(layout: Layout, thread: &Thread, plan: &Plan, reason: String) -> MergePage {
        let mut steps =
            vec!["本文は、書いた人・日時をそのままに、まとめる先の返信になります。".to_owned()];
        if plan.replies > 0 {
            steps.push(format!("返信{}件も移ります。", plan.replies));
        }
        if plan.marks > 0 {
            steps.push(format!(
                "「続きを追う」「あとで読む」にしている{}人分のしるしも移ります。",
                plan.marks
            ));
        }
        steps.push(
            "この話題は一覧や検索に出なくなり、これまでのアドレスは、まとめた先に案内します。"
                .to_owned(),
        );
        steps.push("書いた人に、理由といっしょにお知らせします。".to_owned());
        match plan.accepted {
            Some(true) => {
                steps.push("解決した回答は、まとめた先でも解決した回答のままです。".to_owned())
            }
            Some(false) => {
                steps.push("解決した回答は、まとめた先ではふつうの返信になります。".to_owned())
            }
            None => {}
        }
        MergePage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            target: Link::new(&plan.target.title, format!("/threads/{}", plan.target.id)),
            of: plan.target.id.to_string(),
            reason,
            steps,
        }
    }
}

/// `/threads/{id}/resubmit` and `/replies/{id}/resubmit`.
#[derive(Template)]
#[template(path = "moderation/resubmit.html")]
pub struct ResubmitPage {
    pub layout: Layout,
    /// The post's, without a slash at the end.
    pub path: String,
    pub back: String,
    pub reply: bool,
    pub reason: String,
    pub title: String,
    pub body: String,
    pub message: String,
    pub revision: String,
    pub stale: Option<Present>,
    pub errors: FieldErrors,
}

impl ResubmitPage {
    pub fn new(
        layout: Layout,
        place: &Place,
        standing: &Standing,
        answer: Answer,
        errors: FieldErrors,
    ) -> ResubmitPage {
        let back = match &place.reply {
            Some(reply) => format!("/threads/{}#r-{}", place.thread.id, reply.id),
            None => place.post().path(),
        };
        ResubmitPage {
            layout,
            path: place.post().path(),
            back,
            reply: place.reply.is_some(),
            reason: standing
                .reason
                .clone()
                .unwrap_or_else(|| crate::moderation::HELD_BY_REPORT.to_owned()),
            title: answer.title,
            body: answer.body,
            message: answer.message,
            revision: answer
                .revision
                .map(|revision| revision.to_string())
                .unwrap_or_default(),
            stale: None,
            errors,
        }
    }

    /// With the version that was saved meanwhile.
    #[must_use]
    pub fn stale(self, place: &Place) -> ResubmitPage {
        ResubmitPage {
            stale: Some(Present {
                title: place.thread.title.clone(),
                body: place.body().to_owned(),
            }),
            revision: place.revision().to_string(),
            ..self
        }
    }
}
