//! The desk where two moderators open a seal, and what its author is told.

use std::collections::HashMap;

use askama::Template;

use super::{Request, Standing, Subject};
use crate::accounts::{Author, Person, Who};
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::mail::Letter;
use crate::mail::plain::wrapped;
use crate::moderation::Post;
use crate::taxonomy::Vocabulary;
use crate::text::{clean_line, gist};
use crate::web::page::{Crumb, Layout, Nav, Now, When};

/// Characters of a sealed post that are shown.
const EXTRACT: usize = 200;

/// `/threads/{id}` or `/replies/{id}`.
pub fn path_of(post: Post) -> String {
    match post {
        Post::Thread(id) => format!("/threads/{id}"),
        Post::Reply(id) => format!("/replies/{id}"),
    }
}

/// A sealed post as it is shown to those who decide.
pub struct SubjectView {
    /// 「質問」, or 「返信」.
    pub what: &'static str,
    pub title: String,
    pub url: String,
    pub extract: String,
    /// 「小学校の先生」; empty where it is signed with a name by now.
    pub label: String,
}

impl SubjectView {
    pub fn new(post: Post, subject: &Subject, words: &Vocabulary) -> SubjectView {
        let mask = subject.signature().mask();
        SubjectView {
            what: match post {
                Post::Thread(_) => subject.thread.kind.name(),
                Post::Reply(_) => "返信",
            },
            title: subject.thread.title.clone(),
            url: path_of(post),
            extract: gist(subject.body(), EXTRACT),
            label: mask.map(|mask| mask.label(words)).unwrap_or_default(),
        }
    }
}

/// A request with what its reader may do.
pub struct RequestLine {
    pub subject: SubjectView,
    pub reason: String,
    pub asker: String,
    pub asked: When,
    /// What became of it, in words.
    pub standing: String,
    pub decided: Option<When>,
    /// The last moment at which another moderator may agree; None where it is decided or over.
    pub ends: Option<When>,
    /// `/desk/seals/{id}`, where this reader decides.
    pub decide_url: Option<String>,
    /// Where this reader, one of the two, sees the name.
    pub name_url: Option<String>,
}

impl RequestLine {
    fn new(
        (request, subject): &(Request, Subject),
        names: &HashMap<Id, Author>,
        who: &Who,
        words: &Vocabulary,
        now: Now,
    ) -> RequestLine {
        let name = |id: Id| names.get(&id).map(|one| one.name.clone());
        let waits = request.waits(now.at);
        let second = request.second.and_then(name).unwrap_or_default();
        let own = who.id() == Some(request.asker);
        let path = format!("/desk/seals/{}", request.id);
        RequestLine {
            subject: SubjectView::new(request.post, subject, words),
            reason: request.reason.clone(),
            asker: name(request.asker).unwrap_or_default(),
            asked: now.when(request.asked_at),
            standing: match request.standing {
                Standing::Asked if waits && own => "ほかの運営担当の合意を待っています".to_owned(),
                Standing::Asked if waits => "合意を待っています".to_owned(),
                Standing::Asked => "7日のあいだに合意がなく、終わりました".to_owned(),
                Standing::Agreed => format!("{second}が合意しました"),
                Standing::Declined => format!("{second}が見送りました"),
            },
            decided: request.decided_at.map(|at| now.when(at)),
            ends: waits.then(|| now.when(request.ends_at())),
            decide_url: (waits && !own).then(|| path.clone()),
            name_url: request.is_opened_for(who).then(|| format!("{path}/name")),
        }
    }
}

/// `/desk/seals`.
#[derive(Template)]
#[template(path = "seals/list.html")]
pub struct SealsPage {
    pub layout: Layout,
    pub waiting: Vec<RequestLine>,
    pub past: Vec<RequestLine>,
}

impl SealsPage {
    /// `names`: of those who asked and decided.
    pub fn new(
        layout: Layout,
        requests: &[(Request, Subject)],
        names: &HashMap<Id, Author>,
        who: &Who,
        words: &Vocabulary,
        now: Now,
    ) -> SealsPage {
        let (waiting, past) = requests
            .iter()
            .map(|one| RequestLine::new(one, names, who, words, now))
            .partition(|line| line.ends.is_some());
        SealsPage {
            layout: layout.at(Nav::Mine),
            waiting,
            past,
        }
    }
}

fn crumbs() -> Vec<Crumb> {
    vec![
        Crumb::new("マイページ", "/settings"),
        Crumb::new("名前の確認", "/desk/seals"),
    ]
}

/// `/desk/seals/new`.
#[derive(Template)]
#[template(path = "seals/form.html")]
pub struct AskPage {
    pub layout: Layout,
    pub crumbs: Vec<Crumb>,
    pub subject: SubjectView,
    /// `thread` or `reply`, and its id.
    pub field: &'static str,
    pub id: String,
    pub reason: String,
    pub errors: FieldErrors,
}

impl AskPage {
    pub fn new(
        layout: Layout,
        post: Post,
        subject: &Subject,
        reason: String,
        errors: FieldErrors,
        words: &Vocabulary,
    ) -> AskPage {
        let (field, id) = match post {
            Post::Thread(id) => ("thread", id),
            Post::Reply(id) => ("reply", id),
        };
        AskPage {
            layout: layout.at(Nav::Mine),
            crumbs: crumbs(),
            subject: SubjectView::new(post, subject, words),
            field,
            id: id.to_string(),
            reason,
            errors,
        }
    }
}

/// `/desk/seals/{id}/name`: for the two alone.
#[derive(Template)]
#[template(path = "seals/name.html")]
pub struct NamePage {
    pub layout: Layout,
    pub crumbs: Vec<Crumb>,
    pub subject: SubjectView,
    pub name: String,
    pub school_type: String,
    pub reason: String,
}

impl NamePage {
    pub fn new(
        layout: Layout,
        request: &Request,
        subject: &Subject,
        person: &Person,
        words: &Vocabulary,
    ) -> NamePage {
        NamePage {
            layout: layout.at(Nav::Mine),
            crumbs: crumbs(),
            subject: SubjectView::new(request.post, subject, words),
            name: person.name.clone(),
            school_type: words.school_type_name(&person.school_type).to_owned(),
            reason: request.reason.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "mail/seal_opened.txt")]
struct OpenedLetter<'a> {
    name: &'a str,
    title: &'a str,
    url: &'a str,
    reason: &'a str,
}

/// The letter to the author. The template's first line is the subject.
///
/// # Errors
/// `Internal` when the template has no body.
pub fn letter(
    request: &Request,
    subject: &Subject,
    person: &Person,
    public_url: &str,
) -> Result<Letter> {
    let url = format!(
        "{}{}",
        public_url.trim_end_matches('/'),
        path_of(request.post)
    );
    let reason: Vec<String> = request.reason.lines().flat_map(wrapped).collect();
    let letter = OpenedLetter {
        name: &clean_line(&person.name),
        title: &wrapped(&clean_line(&subject.thread.title)).join("\n"),
        url: &url,
        reason: &reason.join("\n"),
    };
    let whole = letter.render().map_err(Error::internal)?;
    let (subject, text) = whole
        .split_once("\n\n")
        .ok_or_else(|| Error::internal("the letter has no body"))?;
    Ok(Letter {
        to: person.email.clone(),
        to_name: person.name.clone(),
        subject: subject.trim().to_owned(),
        text: text.to_owned(),
        ..Letter::default()
    })
}
