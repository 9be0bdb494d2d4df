//! Answering, changing and taking back answers, choosing the one that solved the question, marks – as forms.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Reply;
use super::api;
use super::json::ReplyInput;
use super::marks::{self, Counts, Mark};
use super::view::{MarkedPage, Quote, ReplyEditPage, ReplyParts, ReplyView};
use crate::accounts::signature::Signers;
use crate::accounts::{self, Action, Who, Writer};
use crate::app::App;
use crate::attachments::http::AttachInput;
use crate::attachments::view::AttachForm;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::db::types::Word;
use crate::drafts::view::{DraftBox, resume};
use crate::drafts::{self, Keeping, Purpose};
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::view::StandingView;
use crate::moderation::{self, Post};
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::text;
use crate::threads::http::{Place, cards, thread_page};
use crate::threads::past::http::{CompareQuery, past_page};
use crate::threads::view::{AnswerForm, ConfirmPage, PastOf, kind_nav};
use crate::threads::writing::http::sign_field;
use crate::threads::{self, Cursor, Submit, Thread, Visibility};
use crate::web::form::{Form, Query};
use crate::web::page::{Notice, NoticeKind, Now, address};
use crate::web::parts::Posted;
use crate::web::{error, respond};

/// Replies on a page of a thread.
const REPLIES: usize = 20;

/// The replies of a page as they are shown.
pub struct Shown {
    pub replies: Vec<ReplyView>,
    /// On the first page: the one that solved the question.
    pub accepted: Option<ReplyView>,
    /// What the answer will quote.
    pub quote: Option<Quote>,
    pub next: Option<Cursor>,
    /// Who signed the replies and the thread.
    pub signers: Signers,
    /// The thread's own marks.
    pub counts: Counts,
    pub own: Vec<Mark>,
}

/// A page of replies with authors, quotations and marks, and those of the thread: five queries, whatever their number, and
/// two more where some are out of sight.
pub fn shown(
    db: &mut Db,
    who: &Who,
    thread: &Thread,
    (after, quote): (Option<Cursor>, &str),
    words: &Vocabulary,
    now: Now,
) -> Result<Shown> {
    let page = super::of_thread(db, who, thread.id, after, REPLIES)?;
    let wanted_quote: Option<Id> = quote.parse().ok();
    let quoted: Vec<Id> = page
        .items
        .iter()
        .filter_map(|reply| reply.quote_of)
        .chain(thread.accepted_reply.filter(|_| after.is_none()))
        .chain(wanted_quote)
        .collect();
    let others: HashMap<Id, Reply> = super::visible_by_ids(db, &quoted)?
        .into_iter()
        .filter(|reply| reply.thread == thread.id)
        .map(|reply| (reply.id, reply))
        .collect();
    let all = || page.items.iter().chain(others.values());
    let posts = all().map(|reply| reply.id).chain([thread.id]);
    let ids: Vec<Id> = posts.collect();
    let signatures = all().map(|reply| &reply.signature);
    let signers = accounts::signers(db, signatures.chain([&thread.signature]))?;
    let author = |reply: &Reply| signers.of(&reply.signature, words);
    let counts = marks::counts(db, &ids)?;
    let mut own: HashMap<Id, Vec<Mark>> = HashMap::new();
    for (post, mark) in marks::own(db, who, &ids)? {
        own.entry(post).or_default().push(mark);
    }
    let here = |id: Id| {
        let shown_first = after.is_none() && thread.accepted_reply == Some(id);
        shown_first || page.items.iter().any(|reply| reply.id == id)
    };
    let posts: Vec<(Post, Visibility, Writer)> = all()
        .map(|reply| (Post::Reply(reply.id), reply.visibility, reply.author))
        .collect();
    let standings: HashMap<Id, StandingView> = moderation::http::standings(db, who, &posts, now)?
        .into_iter()
        .collect();
    let view = |reply: &Reply| {
        let quoted = reply.quote_of.and_then(|id| others.get(&id));
        let quoted = quoted.and_then(|quoted| Some((quoted, author(quoted)?)));
        Some(ReplyView::new(&ReplyParts {
            reply,
            author: &author(reply)?,
            thread,
            who,
            counts: counts.get(&reply.id).copied().unwrap_or_default(),
            own: own.get(&reply.id).map_or(&[], Vec::as_slice),
            quoted: quoted.as_ref().map(|(quoted, by)| (*quoted, by)),
            quoted_here: quoted.as_ref().is_some_and(|(quoted, _)| here(quoted.id)),
            standing: standings.get(&reply.id).cloned(),
            words,
            now,
        }))
    };
    Ok(Shown {
        replies: page.items.iter().filter_map(view).collect(),
        accepted: thread
            .accepted_reply
            .filter(|_| after.is_none())
            .and_then(|id| others.get(&id))
            .and_then(view),
        quote: wanted_quote
            .and_then(|id| others.get(&id))
            .and_then(|reply| Some(Quote::new(reply, &author(reply)?, here(reply.id)))),
        next: page.next,
        counts: counts.get(&thread.id).copied().unwrap_or_default(),
        own: own.get(&thread.id).cloned().unwrap_or_default(),
        signers,
    })
}

#[derive(Clone, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct AnswerInput {
    body: String,
    quote_of: String,
    /// true, false; empty where the form did not ask.
    sealed: String,
    key: String,
    action: String,
    draft: String,
    draft_revision: String,
    /// The section for files as it is to be shown again.
    #[serde(skip)]
    attach: AttachForm,
}

/// How an answer or its edit is shown again.
enum Again {
    Preview,
    Attached,
    Failed(Error),
    /// It could not be kept as a draft.
    Unkept(Error),
}

impl Again {
    /// After a file was to be put into the text of a form whose section for files is `section`.
    fn after(put: Result<AttachForm>, section: &mut AttachForm) -> Again {
        match put {
            Ok(shown) => {
                *section = shown;
                Again::Attached
            }
            Err(error) => Again::Failed(error),
        }
    }

    /// Whether the text is shown as it will look, what went wrong, and whether another screen saved the draft meanwhile.
    fn parts(self) -> (bool, Option<Error>, bool) {
        match self {
            Again::Preview => (true, None, false),
            Again::Attached => (false, None, false),
            Again::Failed(error) => (false, Some(error), false),
            Again::Unkept(error) => {
                let overtaken = matches!(error, Error::Stale(_));
                (false, Some(error), overtaken)
            }
        }
    }
}

/// Keeps what a form holds for later.
async fn keep_draft(
    app: &App,
    credentials: Credentials,
    keeping: Keeping,
    shown: Option<(Id, Option<i32>)>,
) -> Result<HttpResponse> {
    let draft = app
        .write_as(credentials, move |db, who, now| {
            drafts::keep(db, who, &keeping, shown, now)
        })
        .await?;
    Ok(respond::see_other(&resume(&draft, "drafted")))
}

pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Posted(mut form, attaching, file): Posted<AnswerInput, AttachInput>,
) -> Result<HttpResponse> {
    let id = *id;
    form.attach = attaching.form();
    if form.action == "preview" {
        return answer_again(&app, &request, credentials, id, form, Again::Preview).await;
    }
    if form.action == "draft" {
        let key = &form.key;
        let keeping = drafts::http::keeping(&request, &form, Purpose::Reply, Some(id), key);
        let shown = drafts::http::shown(&form.draft, &form.draft_revision);
        return match keep_draft(&app, credentials.clone(), keeping, shown).await {
            Err(error) => {
                let again = Again::Unkept(error);
                answer_again(&app, &request, credentials, id, form, again).await
            }
            kept => kept,
        };
    }
    if attaching.is_asked() {
        let put = attaching.put_into(&app, &credentials, &mut form.body, file);
        let again = Again::after(put.await, &mut form.attach);
        return answer_again(&app, &request, credentials, id, form, again).await;
    }
    let limits = app.config.limits.clone();
    let sent = form.clone();
    let posted = app
        .write_as(credentials.clone(), move |db, who, now| {
            let key = OnceKey::new(&format!("reply:{id}"), &sent.key)?;
            let input = ReplyInput {
                body: sent.body,
                quote_of: Some(sent.quote_of),
                sealed: threads::api::truth(&sent.sealed),
            };
            let submit = Submit::new(key.as_ref(), &limits);
            attaching.nothing_forgotten()?;
            let (_, reply) = api::post(db, who, id, &input, &submit, now)?;
            drafts::arrived(db, who, Purpose::Reply, Some(id), None, "")?;
            place_of(db, who, &reply, "replied")
        })
        .await;
    match posted {
        Ok(place) => Ok(respond::see_other(&place)),
        Err(error) => {
            let again = Again::Failed(error);
            answer_again(&app, &request, credentials, id, form, again).await
        }
    }
}

/// The thread's page with the answer as it was typed: as a preview, or with what must change.
async fn answer_again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    thread: Id,
    form: AnswerInput,
    again: Again,
) -> Result<HttpResponse> {
    let kept = form.body.clone();
    let (preview, failed, overtaken) = again.parts();
    let status = failed
        .as_ref()
        .map_or(StatusCode::OK, |error| error.face().0);
    let (errors, notice) = match failed {
        None => (FieldErrors::default(), None),
        Some(Error::Invalid(errors)) => (errors, None),
        Some(Error::Stale(_)) if overtaken => (FieldErrors::default(), None),
        Some(
            error
            @ (Error::TooMany(_) | Error::Newcomer { .. } | Error::Busy(_) | Error::NoRoom(_)),
        ) => {
            let notice = Notice::new(NoticeKind::Error, error.face().3);
            (FieldErrors::default(), Some(notice))
        }
        Some(error) => return Ok(error::with_kept(request, &error, kept).await),
    };
    let preview_html = preview.then(|| text::render(&text::clean_block(&form.body)));
    let house = app.clone();
    let made = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let sent = (form.draft.as_str(), form.draft_revision.as_str());
            let of = (Purpose::Reply, Some(thread));
            let times = (now, house.page_time());
            let draft = drafts::http::box_again(db, who, of, sent, overtaken, times)?;
            let layout = house.frame(who).noting(notice);
            let place = Place {
                quote: &form.quote_of,
                ..Place::default()
            };
            let answer = AnswerForm {
                body: form.body.clone(),
                quote: None,
                sealed: threads::api::truth(&form.sealed),
                sign: None,
                key: form.key.clone(),
                errors,
                preview_html,
                attach: form.attach,
                draft,
            };
            thread_page(&house, db, who, thread, layout, answer, &place)
        })
        .await;
    match made {
        Ok(page) => respond::page_as(status, &page),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}

/// A reply's own address leads to its place on the page of its thread.
pub async fn show(app: Data<App>, credentials: Credentials, id: Path<Id>) -> Result<HttpResponse> {
    let place = app
        .read_as(credentials, move |db, who, _| {
            let reply = super::find(db, who, *id)?;
            place_of(db, who, &reply, "")
        })
        .await?;
    Ok(respond::see_other(&place))
}

/// The address at which `who` sees a reply, on whichever page of its thread, with the notice of what was done.
fn place_of(db: &mut Db, who: &Who, reply: &Reply, done: &str) -> Result<String> {
    let cursor =
        super::page_with(db, who, reply, REPLIES)?.map_or_else(String::new, Cursor::encode);
    let page = address(
        &format!("/threads/{}", reply.thread),
        [("cursor", cursor.as_str()), ("done", done)],
    );
    Ok(format!("{page}#r-{}", reply.id))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct EditQuery {
    /// `1`: the draft of this edit is written on.
    draft: String,
    done: String,
}

pub async fn edit_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<EditQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let (thread, reply) = editable(db, who, *id)?;
            let mut typed = (reply.body.clone(), reply.revision);
            let mut sealed = None;
            let mut drafting = DraftBox::of(Purpose::EditReply, Some(reply.id));
            match drafts::for_target(db, who, Purpose::EditReply, reply.id, now)? {
                Some(draft) if query.draft == "1" => {
                    let form: EditInput = drafts::http::form_of(&draft)?;
                    let revision = form.revision.parse().unwrap_or(reply.revision);
                    sealed = threads::api::truth(&form.sealed);
                    typed = (form.body, revision);
                    drafting = drafting.showing(&draft, house.page_time());
                }
                found => drafting = drafting.offering(&found, house.page_time()),
            }
            let sign = sign_field(db, who, Some(&reply.signature), sealed)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let (body, revision) = typed;
            let errors = FieldErrors::default();
            let page = ReplyEditPage::new(layout, &thread, &reply, &body, revision, errors);
            Ok(page.drafting(drafting).signing(sign))
        })
        .await?;
    respond::page(&page)
}

fn editable(db: &mut Db, who: &Who, id: Id) -> Result<(Thread, Reply)> {
    let reply = super::find(db, who, id)?;
    who.may(Action::Edit {
        author: reply.author,
    })?;
    let thread = threads::find(db, who, reply.thread)?;
    Ok((thread, reply))
}

#[derive(Clone, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct EditInput {
    body: String,
    /// As in an answer.
    sealed: String,
    revision: String,
    action: String,
    draft: String,
    draft_revision: String,
    /// The section for files as it is to be shown again.
    #[serde(skip)]
    attach: AttachForm,
}

pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Posted(mut form, attaching, file): Posted<EditInput, AttachInput>,
) -> Result<HttpResponse> {
    let id = *id;
    form.attach = attaching.form();
    if form.action == "preview" {
        return edit_again(&app, &request, credentials, id, form, Again::Preview).await;
    }
    if attaching.is_asked() {
        let put = attaching.put_into(&app, &credentials, &mut form.body, file);
        let again = Again::after(put.await, &mut form.attach);
        return edit_again(&app, &request, credentials, id, form, again).await;
    }
    if form.action == "draft" {
        let keeping = drafts::http::keeping(&request, &form, Purpose::EditReply, Some(id), "");
        let shown = drafts::http::shown(&form.draft, &form.draft_revision);
        return match keep_draft(&app, credentials.clone(), keeping, shown).await {
            Err(error) => {
                let again = Again::Unkept(error);
                edit_again(&app, &request, credentials, id, form, again).await
            }
            kept => kept,
        };
    }
    let sent = form.clone();
    let edited = app
        .write_as(credentials.clone(), move |db, who, now| {
            let expected = sent.revision.parse().ok();
            attaching.nothing_forgotten()?;
            let sealed = threads::api::truth(&sent.sealed);
            let reply = api::change(db, who, id, Some(&sent.body), sealed, expected, now)?;
            drafts::arrived(db, who, Purpose::EditReply, Some(id), None, "")?;
            place_of(db, who, &reply, "edited")
        })
        .await;
    match edited {
        Ok(place) => Ok(respond::see_other(&place)),
        Err(error) => {
            let again = Again::Failed(error);
            edit_again(&app, &request, credentials, id, form, again).await
        }
    }
}

async fn edit_again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    id: Id,
    form: EditInput,
    again: Again,
) -> Result<HttpResponse> {
    let kept = form.body.clone();
    let (preview, failed, overtaken) = again.parts();
    let status = failed
        .as_ref()
        .map_or(StatusCode::OK, |error| error.face().0);
    let stale = matches!(failed, Some(Error::Stale(_))) && !overtaken;
    let errors = match failed {
        None | Some(Error::Stale(_)) => FieldErrors::default(),
        Some(Error::Invalid(errors)) => errors,
        Some(error) => return Ok(error::with_kept(request, &error, kept).await),
    };
    let house = app.clone();
    let made = app
        .read_as(credentials, move |db, who, now| {
            let (thread, reply) = editable(db, who, id)?;
            let sent = (form.draft.as_str(), form.draft_revision.as_str());
            let of = (Purpose::EditReply, Some(id));
            let times = (now, house.page_time());
            let drafting = drafts::http::box_again(db, who, of, sent, overtaken, times)?;
            let revision = form.revision.parse().unwrap_or(reply.revision);
            let layout = house.frame(who);
            let mut page =
                ReplyEditPage::new(layout, &thread, &reply, &form.body, revision, errors)
                    .drafting(drafting);
            page.attach = form.attach;
            let typed = threads::api::truth(&form.sealed);
            page = page.signing(sign_field(db, who, Some(&reply.signature), typed)?);
            if preview {
                page = page.previewing(text::render(&text::clean_block(&form.body)));
            }
            if stale {
                page = page.stale(&reply);
            }
            Ok(page)
        })
        .await;
    match made {
        Ok(page) => respond::page_as(status, &page),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}

pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<CompareQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let (layout, of, all) = app
        .read_as(credentials, move |db, who, _| {
            let reply = super::find(db, who, *id)?;
            let thread = threads::find(db, who, reply.thread)?;
            let all = super::revisions(db, who, &reply)?;
            let layout = house.frame(who).at(kind_nav(Some(thread.kind)));
            Ok((layout, PastOf::reply(&reply, &thread), all))
        })
        .await?;
    past_page(&app, layout, of, all, &query).await
}

pub async fn remove_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let reply = super::find(db, who, *id)?;
            who.may(Action::Remove {
                author: reply.author,
            })?;
            let thread = threads::find(db, who, reply.thread)?;
            Ok(ConfirmPage::reply(house.frame(who), &reply, &thread))
        })
        .await?;
    respond::page(&page)
}

pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let reply = app
        .write_as(credentials, move |db, who, now| {
            let removed = moderation::place(db, who, Post::Reply(*id))?;
            let reply = super::remove(db, who, *id, now)?;
            moderation::removed(db, who, &removed, now)?;
            Ok(reply)
        })
        .await?;
    Ok(respond::see_other(&format!(
        "/threads/{}?done=removed",
        reply.thread
    )))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AcceptForm {
    reply_id: String,
}

pub async fn accept(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<AcceptForm>,
) -> Result<HttpResponse> {
    let thread = *id;
    let reply = app
        .write_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let reply = api::parse_reply_id(&form.reply_id)?;
            super::accept(db, who, thread, reply, now)?;
            Ok(reply)
        })
        .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=accepted#r-{reply}"
    )))
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        super::withdraw(db, who, thread, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/threads/{thread}?done=withdrawn"
    )))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct MarkForm {
    mark: String,
    on: String,
}

pub async fn mark_thread(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<MarkForm>,
) -> Result<HttpResponse> {
    let thread = *id;
    app.write_as(credentials, move |db, who, now| {
        who.may(Action::Post)?;
        let mark = Mark::from_word(&form.mark).ok_or(Error::NotFound)?;
        api::mark_thread(db, who, thread, mark, form.on == "1", now)
    })
    .await?;
    Ok(respond::see_other(&format!("/threads/{thread}")))
}

pub async fn mark_reply(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<MarkForm>,
) -> Result<HttpResponse> {
    let place = app
        .write_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let mark = Mark::from_word(&form.mark).ok_or(Error::NotFound)?;
            api::mark_reply(db, who, *id, mark, form.on == "1", now)?;
            let reply = super::find(db, who, *id)?;
            place_of(db, who, &reply, "")
        })
        .await?;
    Ok(respond::see_other(&place))
}

/// Cards on a page of one's own marks.
const CARDS: usize = 20;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct MarkedQuery {
    cursor: String,
}

pub async fn bookmarks(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<MarkedQuery>,
) -> Result<HttpResponse> {
    marked_page(&app, credentials, Mark::Bookmark, &query).await
}

pub async fn follows(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<MarkedQuery>,
) -> Result<HttpResponse> {
    marked_page(&app, credentials, Mark::Follow, &query).await
}

async fn marked_page(
    app: &App,
    credentials: Credentials,
    mark: Mark,
    query: &MarkedQuery,
) -> Result<HttpResponse> {
    let house = app.clone();
    let after = threads::api::cursor(&query.cursor)?;
    let page = app
        .read_as(credentials, move |db, who, _| {
            let page = marks::own_threads(db, who, mark, after, CARDS)?;
            let words = taxonomy::current(db)?;
            let items = threads::visible(db, who, &page.items)?;
            let cards = cards(db, &items, &words, house.page_time())?;
            let layout = house.frame(who);
            Ok(MarkedPage::new(layout, mark, cards, after, page.next))
        })
        .await?;
    respond::page(&page)
}
