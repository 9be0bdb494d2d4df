//! `/api/v1/…/replies`, the accepted answer, reactions.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::json::{AcceptInput, ReplyInput, ReplyJson, ReplyPatch};
use super::marks::{self, Mark};
use super::{NewReply, Reply};
use crate::accounts::json::AuthorJson;
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::attachments;
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::{self, Post};
use crate::secret::Credentials;
use crate::taxonomy;
use crate::threads::api::{self, once_key};
use crate::threads::json::{PageJson, RevisionJson, ThreadJson};
use crate::threads::{self, Cursor, Submit, Thread, Visibility};
use crate::tryouts;
use crate::web::error::Problem;
use crate::web::form::{Json, Query};
use crate::web::respond;

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// 1 to 100, 20 by default.
    pub limit: String,
    pub cursor: String,
}

/// Replies with their authors and counts: three queries, whatever their number.
fn in_full(db: &mut Db, replies: Vec<Reply>, accepted: Option<Id>) -> Result<Vec<ReplyJson>> {
    let words = taxonomy::current(db)?;
    let ids: Vec<Id> = replies.iter().map(|reply| reply.id).collect();
    let signers = accounts::signers(db, replies.iter().map(|reply| &reply.signature))?;
    let counts = marks::counts(db, &ids)?;
    Ok(replies
        .into_iter()
        .filter_map(|reply| {
            let author = AuthorJson::new(&signers.of(&reply.signature, &words)?, &words);
            let counts = counts.get(&reply.id).copied().unwrap_or_default();
            Some(ReplyJson::new(reply, author, accepted, counts))
        })
        .collect())
}

fn one_in_full(db: &mut Db, who: &Who, reply: Reply) -> Result<ReplyJson> {
    let parent = threads::find(db, who, reply.thread)?;
    shown(db, &parent, reply)
}

fn shown(db: &mut Db, parent: &Thread, reply: Reply) -> Result<ReplyJson> {
    in_full(db, vec![reply], parent.accepted_reply)?
        .pop()
        .ok_or(Error::NotFound)
}

/// The replies of a thread, oldest first.
#[utoipa::path(get, path = "/api/v1/threads/{id}/replies", tag = "replies",
    params(("id" = uuid::Uuid, Path), PageQuery),
    responses((status = 200, body = PageJson<ReplyJson>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse> {
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = threads::find(db, who, *id)?;
            let limit = api::limit(&query.limit, api::MAX_LIMIT)?;
            let cursor = api::cursor(&query.cursor)?;
            let page = super::of_thread(db, who, thread.id, cursor, limit)?;
            Ok(PageJson {
                items: in_full(db, page.items, thread.accepted_reply)?,
                next_cursor: page.next.map(Cursor::encode),
            })
        })
        .await?;
    Ok(respond::json(StatusCode::OK, &page))
}

/// Checks and posts an answer: the same for the form and the API. Gives the thread with it.
pub fn post(
    db: &mut Db,
    who: &Who,
    thread: Id,
    input: &ReplyInput,
    submit: &Submit<'_>,
    now: At,
) -> Result<(Thread, Reply)> {
    let parent = super::parent(db, who, thread)?;
    // Whoever sealed something here would be known by the name under the next post.
    let sealed = match input.sealed {
        None if who.can(Action::Seal) => Some(tryouts::api::sealed_before(db, who, &parent)?),
        given => given,
    };
    let new = NewReply {
        sealed,
        ..NewReply::parse(&input.body, input.quote_of.as_deref())?
    };
    let reply = super::answer(db, who, &parent, &new, submit, now)?;
    note_files(db, &reply, now)?;
    Ok((parent, reply))
}

/// Changes a reply: the same for the form and the API. What is None stays.
pub fn change(
    db: &mut Db,
    who: &Who,
    id: Id,
    body: Option<&str>,
    sealed: Option<bool>,
    expected: Option<i32>,
    now: At,
) -> Result<Reply> {
    let reply = super::edit(db, who, id, body, sealed, expected, now)?;
    note_files(db, &reply, now)?;
    Ok(reply)
}

/// Lets its readers see the files that a reply refers to.
pub fn note_files(db: &mut Db, reply: &Reply, now: At) -> Result<()> {
    let post = attachments::Post::Reply {
        reply: reply.id,
        thread: reply.thread,
    };
    if reply.visibility != Visibility::Visible {
        attachments::withdraw(db, post, &reply.body, now)?;
    }
    attachments::attach(db, reply.author, post, &reply.body, now)
}

/// Answers a thread.
#[utoipa::path(post, path = "/api/v1/threads/{id}/replies", request_body = ReplyInput, tag = "replies",
    params(("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = ReplyJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<ReplyInput>,
) -> Result<HttpResponse> {
    let key = once_key(&request, &format!("reply:{id}"))?;
    let limits = app.config.limits.clone();
    let reply = app
        .write_as(credentials, move |db, who, now| {
            let submit = Submit::new(key.as_ref(), &limits);
            let (parent, reply) = post(db, who, *id, &input, &submit, now)?;
            shown(db, &parent, reply)
        })
        .await?;
    let mut response = respond::tagged(StatusCode::CREATED, reply.revision, &reply);
    let location = format!("/api/v1/replies/{}", reply.id);
    response
        .headers_mut()
        .insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    Ok(response)
}

/// A reply.
#[utoipa::path(get, path = "/api/v1/replies/{id}", tag = "replies", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ReplyJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let reply = app
        .read_as(credentials, move |db, who, _| {
            let reply = super::find(db, who, *id)?;
            one_in_full(db, who, reply)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, reply.revision, &reply))
}

/// Changes a reply of one's own. `If-Match` with an older revision: 412.
#[utoipa::path(patch, path = "/api/v1/replies/{id}", request_body = ReplyPatch, tag = "replies",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = ReplyJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Json(patch): Json<ReplyPatch>,
) -> Result<HttpResponse> {
    let expected = respond::if_match(&request)?;
    let reply = app
        .write_as(credentials, move |db, who, now| {
            let (body, sealed) = (patch.body.as_deref(), patch.sealed);
            let reply = change(db, who, *id, body, sealed, expected, now)?;
            one_in_full(db, who, reply)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, reply.revision, &reply))
}

/// Takes a reply back.
#[utoipa::path(delete, path = "/api/v1/replies/{id}", tag = "replies", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        let removed = moderation::place(db, who, Post::Reply(*id))?;
        super::remove(db, who, *id, now)?;
        moderation::removed(db, who, &removed, now)
    })
    .await?;
    Ok(respond::no_content())
}

/// The versions of a reply, the present one first.
#[utoipa::path(get, path = "/api/v1/replies/{id}/revisions", tag = "replies", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PageJson<RevisionJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let all = app
        .read_as(credentials, move |db, who, _| {
            let reply = super::find(db, who, *id)?;
            super::revisions(db, who, &reply)
        })
        .await?;
    let page = PageJson {
        items: all.into_iter().map(RevisionJson::from).collect(),
        next_cursor: None,
    };
    Ok(respond::json(StatusCode::OK, &page))
}

/// Chooses the answer that solved a question; the asker or a trainer.
#[utoipa::path(put, path = "/api/v1/threads/{id}/accepted-reply", request_body = AcceptInput, tag = "replies",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 400, body = Problem), (status = 413, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn accept(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Json(input): Json<AcceptInput>,
) -> Result<HttpResponse> {
    let thread = app
        .write_as(credentials, move |db, who, now| {
            super::accept(db, who, *id, parse_reply_id(&input.reply_id)?, now)?;
            let thread = threads::find(db, who, *id)?;
            api::in_full(db, thread)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, thread.revision, &thread))
}

/// # Errors
/// `Invalid` naming `reply_id`.
pub fn parse_reply_id(text: &str) -> Result<Id> {
    text.trim()
        .parse()
        .map_err(|_| Error::field("reply_id", "unknown", "回答を選んでください。"))
}

/// Withdraws the accepted answer.
#[utoipa::path(delete, path = "/api/v1/threads/{id}/accepted-reply", tag = "replies", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ThreadJson), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = app
        .write_as(credentials, move |db, who, now| {
            super::withdraw(db, who, *id, now)?;
            let thread = threads::find(db, who, *id)?;
            api::in_full(db, thread)
        })
        .await?;
    Ok(respond::tagged(StatusCode::OK, thread.revision, &thread))
}

/// Sets or clears a mark of `who` on a thread.
pub fn mark_thread(db: &mut Db, who: &Who, id: Id, mark: Mark, on: bool, now: At) -> Result<()> {
    let thread = threads::find(db, who, id)?;
    if on {
        marks::set(db, who, thread.id, thread.id, mark, now)
    } else {
        marks::clear(db, who, thread.id, mark)
    }
}

/// Sets or clears a reaction of `who` on a reply; bookmarks and follows are for threads.
pub fn mark_reply(db: &mut Db, who: &Who, id: Id, mark: Mark, on: bool, now: At) -> Result<Id> {
    let reply = super::find(db, who, id)?;
    if !matches!(mark, Mark::Helpful | Mark::WantToTry) {
        return Err(Error::NotFound);
    }
    if on {
        marks::set(db, who, reply.thread, reply.id, mark, now)?;
    } else {
        marks::clear(db, who, reply.id, mark)?;
    }
    Ok(reply.thread)
}

fn reaction(word: &str) -> Result<Mark> {
    Mark::from_word(word)
        .filter(|mark| matches!(mark, Mark::Helpful | Mark::WantToTry))
        .ok_or(Error::NotFound)
}

macro_rules! marking {
    ($($(#[$doc:meta])* $name:ident($method:ident $path:literal, $on:literal, $rule:ident, $args:ty, $pick:expr, $($param:literal = $kind:ty),+);)+) => {$(
        $(#[$doc])*
        #[utoipa::path($method, path = $path, tag = "marks", params($(($param = $kind, Path)),+),
            responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
        pub async fn $name(app: Data<App>, credentials: Credentials, path: Path<$args>) -> Result<HttpResponse> {
            let pick: fn($args) -> Result<(Id, Mark)> = $pick;
            let (id, mark) = pick(path.into_inner())?;
            app.write_as(credentials, move |db, who, now| $rule(db, who, id, mark, $on, now).map(|_| ()))
                .await?;
            Ok(respond::no_content())
        }
    )+};
}

marking! {
    /// 参考になった (`helpful`) or やってみたい (`want_to_try`) on a thread.
    react(put "/api/v1/threads/{id}/reactions/{reaction}", true, mark_thread, (Id, String),
        |(id, word)| Ok((id, reaction(&word)?)), "id" = uuid::Uuid, "reaction" = String);
    /// Takes it back.
    unreact(delete "/api/v1/threads/{id}/reactions/{reaction}", false, mark_thread, (Id, String),
        |(id, word)| Ok((id, reaction(&word)?)), "id" = uuid::Uuid, "reaction" = String);
    /// The same on a reply.
    react_to_reply(put "/api/v1/replies/{id}/reactions/{reaction}", true, mark_reply, (Id, String),
        |(id, word)| Ok((id, reaction(&word)?)), "id" = uuid::Uuid, "reaction" = String);
    /// Takes it back.
    unreact_to_reply(delete "/api/v1/replies/{id}/reactions/{reaction}", false, mark_reply, (Id, String),
        |(id, word)| Ok((id, reaction(&word)?)), "id" = uuid::Uuid, "reaction" = String);
    /// あとで読む.
    bookmark(put "/api/v1/threads/{id}/bookmark", true, mark_thread, Id, |id| Ok((id, Mark::Bookmark)), "id" = uuid::Uuid);
    /// Takes it back.
    unbookmark(delete "/api/v1/threads/{id}/bookmark", false, mark_thread, Id, |id| Ok((id, Mark::Bookmark)), "id" = uuid::Uuid);
    /// Follows a thread.
    follow(put "/api/v1/threads/{id}/follow", true, mark_thread, Id, |id| Ok((id, Mark::Follow)), "id" = uuid::Uuid);
    /// Takes it back.
    unfollow(delete "/api/v1/threads/{id}/follow", false, mark_thread, Id, |id| Ok((id, Mark::Follow)), "id" = uuid::Uuid);
}
