//! The form by which two threads about one topic are linked or merged.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use crate::accounts::{Action, Who};
use crate::app::App;
use crate::attachments;
use crate::clock::At;
use crate::curation;
use crate::db::Db;
use crate::drafts;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::view::{DuplicatePage, MergePage};
use crate::replies;
use crate::search;
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads;
use crate::threads::view::Mini;
use crate::web::form::{Form, Query};
use crate::web::page::{Choice, Link};
use crate::web::respond;

/// Threads that are offered as perhaps the same.
const SIMILAR: usize = 6;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct DuplicateForm {
    /// The other thread: its address, short code or id. One of the offered goes before what was typed.
    of: String,
    offered: String,
    /// `link` or `merge`.
    how: String,
    reason: String,
    /// `1`: after the question what will happen.
    confirmed: String,
}

impl DuplicateForm {
    fn target(&self) -> &str {
        if self.offered.is_empty() {
            &self.of
        } else {
            &self.offered
        }
    }
}

/// `?of=` names the other thread beforehand.
pub async fn form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(typed): Query<DuplicateForm>,
) -> Result<HttpResponse> {
    form_page(&app, credentials, *id, typed, FieldErrors::default()).await
}

async fn form_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    typed: DuplicateForm,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Arrange)?;
            let thread = threads::find(db, who, id)?;
            let words = taxonomy::current(db)?;
            let found =
                search::similar(db, who, &house.searcher, &thread.title, Some(id), SIMILAR)?;
            let same: Vec<Id> = thread.duplicate_of.into_iter().collect();
            let same = threads::visible(db, who, &same)?.pop();
            let how = |value: &str, label: &str| {
                let chosen = value == typed.how || (value == "link" && typed.how.is_empty());
                Choice::new(value, label, chosen)
            };
            Ok(DuplicatePage {
                layout: house.frame(who),
                path: format!("/threads/{id}"),
                title: thread.title,
                same: same.map(|one| Link::new(&one.title, format!("/threads/{}", one.id))),
                hows: vec![
                    how("link", "つなぐ（どちらも残し、この話題に案内を出します）"),
                    how(
                        "merge",
                        "まとめる（返信をもう一つの話題に移し、この話題のアドレスは案内だけになります）",
                    ),
                ],
                similar: found
                    .iter()
                    .map(|one| (one.id.to_string(), Mini::new(one, &words)))
                    .map(|(value, mini)| (value == typed.offered, value, mini))
                    .collect(),
                of: typed.of,
                reason: typed.reason,
                errors,
            })
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn send(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<DuplicateForm>,
) -> Result<HttpResponse> {
    let id = *id;
    let done = match (form.how.as_str(), form.confirmed.as_str()) {
        ("merge", "1") => merge(&app, credentials.clone(), id, form.clone()).await,
        ("merge", _) => ask(&app, credentials.clone(), id, form.clone()).await,
        _ => link(&app, credentials.clone(), id, form.clone()).await,
    };
    match done {
        Err(Error::Invalid(errors)) => form_page(&app, credentials, id, form, errors).await,
        done => done,
    }
}

async fn link(
    app: &App,
    credentials: Credentials,
    id: Id,
    form: DuplicateForm,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        super::link(db, who, id, form.target(), &form.reason, now)
    })
    .await?;
    Ok(respond::see_other(&format!("/threads/{id}?done=linked")))
}

/// Says what a merge will do; nothing is done yet.
async fn ask(
    app: &App,
    credentials: Credentials,
    id: Id,
    form: DuplicateForm,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let plan = super::plan(db, who, id, form.target())?;
            let thread = threads::find(db, who, id)?;
            Ok(MergePage::new(
                house.frame(who),
                &thread,
                &plan,
                form.reason,
            ))
        })
        .await?;
    respond::page(&page)
}

/// Merges with the pictures of the opening words: the same for the form and the API. Returns the other thread.
pub fn merge_whole(
    db: &mut Db,
    who: &Who,
    thread: Id,
    typed: &str,
    reason: &str,
    now: At,
) -> Result<Id> {
    let (target, opening) = super::merge(db, who, thread, typed, reason, now)?;
    let opening = replies::find(db, who, opening)?;
    let post = attachments::Post::Reply {
        reply: opening.id,
        thread: target,
    };
    attachments::also_in(db, thread, post, now)?;
    replies::api::note_files(db, &opening, now)?;
    drafts::carry(db, thread, target)?;
    curation::carry(db, thread, target, now)?;
    Ok(target)
}

async fn merge(
    app: &App,
    credentials: Credentials,
    id: Id,
    form: DuplicateForm,
) -> Result<HttpResponse> {
    let target = app
        .write_as(credentials, move |db, who, now| {
            merge_whole(db, who, id, form.target(), &form.reason, now)
        })
        .await?;
    Ok(respond::see_other(&format!(
        "/threads/{target}?done=merged"
    )))
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        super::unlink(db, who, thread, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=unlinked"
    )))
}
