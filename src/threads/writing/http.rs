//! The forms of a thread: new, changed, with a file put in, kept for later, shown again.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::accounts::{self, Action, Mask, Signature, Who};
use crate::app::App;
use crate::attachments::http::AttachInput;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::drafts::view::{DraftBox, resume};
use crate::drafts::{self, Purpose};
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::search;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::text;
use crate::threads::api;
use crate::threads::form::http::ThreadForm;
use crate::threads::view::{FormMode, Mini, SignField, ThreadFormPage, typed_of};
use crate::threads::{Kind, Loose, Submit, Thread, ThreadInput, item_slug, outline};
use crate::tryouts;
use crate::web::form::Query;
use crate::web::page::{Notice, NoticeKind};
use crate::web::parts::{FilePart, Posted};
use crate::web::{error, respond};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewQuery {
    kind: String,
    title: String,
    /// What a link from elsewhere has chosen already; slugs or names.
    school_type: String,
    policy: String,
    subject: String,
    item: String,
    /// `1`: with headings to fill in.
    template: String,
    /// A draft to write on.
    draft: String,
    done: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct EditQuery {
    /// `1`: the draft of this edit is written on.
    draft: String,
    done: String,
}

const HAS_BODY: &str = "本文に書きかけがあるので、ひな形は入れませんでした。";

pub async fn new_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<NewQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let words = taxonomy::current(db)?;
            let shown_at = house.page_time();
            let drafting = DraftBox::of(Purpose::NewThread, None);
            let mut sealed = None;
            let (typed, numbers, drafting) = if query.draft.is_empty() {
                let typed = begin(who, &words, &query)?;
                let mut offered = drafts::own(db, who, now)?;
                offered.retain(|draft| {
                    draft.purpose == Purpose::NewThread && draft.fields.value("kind") == typed.kind
                });
                (typed, None, drafting.offering(&offered, shown_at))
            } else {
                let id = query.draft.parse().map_err(|_| Error::NotFound)?;
                let draft = drafts::find(db, who, id, now)?;
                let form: ThreadForm = drafts::http::form_of(&draft)?;
                sealed = api::truth(&form.sealed);
                let drafting = drafting.showing(&draft, shown_at);
                (form.input(), Some(form.numbers()), drafting)
            };
            let similar = beside(&house, db, who, &typed.title, &words)?;
            let sign = sign_field(db, who, None, sealed)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let mut page = ThreadFormPage::new(
                layout,
                &FormMode::New,
                &typed,
                &Id::new(now).to_string(),
                None,
                FieldErrors::default(),
                who,
                &words,
            );
            page.numbers = numbers.unwrap_or(page.numbers);
            Ok(page.drafting(drafting).signing(sign).beside(similar))
        })
        .await?;
    respond::page(&page)
}

/// What a new form begins with.
fn begin(who: &Who, words: &Vocabulary, query: &NewQuery) -> Result<ThreadInput> {
    let own_type = words
        .find_school_type(&who.member()?.school_type)
        .filter(|found| found.tagging)
        .map(|found| found.slug.clone());
    let chosen_type = words
        .find_school_type(&query.school_type)
        .filter(|found| found.tagging)
        .map(|found| found.slug.clone());
    let policy = words
        .find_policy(&query.policy)
        .map(|found| Loose(found.number.to_string()));
    let subject = words.find_subject(&query.subject);
    let kind = Kind::parse(&query.kind).unwrap_or(Kind::Question);
    let body = if query.template == "1" {
        outline::of(kind)
    } else {
        ""
    };
    Ok(ThreadInput {
        kind: kind.to_string(),
        title: text::clean_line(&query.title),
        body: body.to_owned(),
        school_type: chosen_type.or(own_type).unwrap_or_default(),
        policies: policy.into_iter().collect(),
        subject: subject.map(|found| found.slug.clone()),
        items: item_slug(&query.item).into_iter().collect(),
        ..ThreadInput::default()
    })
}

fn beside(app: &App, db: &mut Db, who: &Who, title: &str, words: &Vocabulary) -> Result<Vec<Mini>> {
    let found = search::similar(db, who, &app.searcher, title, None, search::api::SIMILAR)?;
    Ok(found.iter().map(|one| Mini::new(one, words)).collect())
}

/// The choice of how a post is signed, where `who` has one: `present` of a post that is changed, `typed` as it was chosen.
pub fn sign_field(
    db: &mut Db,
    who: &Who,
    present: Option<&Signature>,
    typed: Option<bool>,
) -> Result<Option<SignField>> {
    let mask = match present.and_then(Signature::mask) {
        Some(mask) => mask.clone(),
        None if who.can(Action::Seal) => accounts::signature::own_mask(db, who)?,
        None => return Ok(None),
    };
    let words = taxonomy::current(db)?;
    let sealed = typed.unwrap_or(present.is_some_and(Signature::is_sealed));
    let field = SignField::new(who, &mask, present, sealed, false, &words);
    Ok(Some(field))
}

/// How one can sign in a thread without one's name.
pub struct Seal {
    mask: Mask,
    /// Whether one has signed so here before.
    before: bool,
}

impl Seal {
    /// None for those who always sign with their names.
    pub fn of(db: &mut Db, who: &Who, thread: &Thread) -> Result<Option<Seal>> {
        if !who.can(Action::Seal) {
            return Ok(None);
        }
        Ok(Some(Seal {
            mask: accounts::signature::own_mask(db, who)?,
            before: tryouts::api::sealed_before(db, who, thread)?,
        }))
    }

    /// The choice; `typed` as it was chosen, else as one signed before.
    pub fn field(&self, who: &Who, typed: Option<bool>, words: &Vocabulary) -> SignField {
        let sealed = typed.unwrap_or(self.before);
        SignField::new(who, &self.mask, None, sealed, self.before, words)
    }
}

/// How a form is shown again.
enum Again {
    Preview,
    Attached,
    /// With headings to fill in, where nothing is written yet.
    Template,
    Failed(Error),
    /// It could not be kept as a draft.
    Unkept(Error),
}

/// Keeps what a form holds for later.
async fn keep_draft(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    thread: Option<Id>,
    form: ThreadForm,
) -> Result<HttpResponse> {
    let purpose = purpose_of(thread);
    let keeping = drafts::http::keeping(request, &form, purpose, thread, &form.key);
    let shown = drafts::http::shown(&form.draft, &form.draft_revision);
    let kept = app
        .write_as(credentials.clone(), move |db, who, now| {
            drafts::keep(db, who, &keeping, shown, now)
        })
        .await;
    match kept {
        Ok(draft) => Ok(respond::see_other(&resume(&draft, "drafted"))),
        Err(error) => {
            let again = Again::Unkept(error);
            form_again(app, request, credentials, thread, form, again).await
        }
    }
}

fn purpose_of(thread: Option<Id>) -> Purpose {
    match thread {
        None => Purpose::NewThread,
        Some(_) => Purpose::EditThread,
    }
}

/// Puts the file that came with a form into its text.
async fn attach_to(
    form: &mut ThreadForm,
    app: &App,
    credentials: &Credentials,
    attaching: &AttachInput,
    file: Option<FilePart>,
) -> Again {
    let put = attaching.put_into(app, credentials, &mut form.body, file);
    match put.await {
        Ok(attach) => {
            form.attach = attach;
            Again::Attached
        }
        Err(error) => Again::Failed(error),
    }
}

pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Posted(mut form, attaching, file): Posted<ThreadForm, AttachInput>,
) -> Result<HttpResponse> {
    form.attach = attaching.form();
    if form.wants_preview() {
        return form_again(&app, &request, credentials, None, form, Again::Preview).await;
    }
    if attaching.is_asked() {
        let again = attach_to(&mut form, &app, &credentials, &attaching, file).await;
        return form_again(&app, &request, credentials, None, form, again).await;
    }
    match form.action.as_str() {
        "draft" => return keep_draft(&app, &request, credentials, None, form).await,
        "template" => {
            let again = Again::Template;
            return form_again(&app, &request, credentials, None, form, again).await;
        }
        _ => {}
    }
    let limits = app.config.limits.clone();
    let today = app.now().day(app.config.timezone);
    let sent = form.clone();
    let posted = app
        .write_as(credentials.clone(), move |db, who, now| {
            let key = OnceKey::new("thread", &sent.key)?;
            let submit = Submit::new(key.as_ref(), &limits);
            let input = sent.checked(db, None, today)?;
            attaching.nothing_forgotten()?;
            let thread = api::post(db, who, &input, &submit, now)?;
            let shown = sent.draft.parse().ok();
            drafts::arrived(db, who, Purpose::NewThread, None, shown, &sent.key)?;
            Ok(thread)
        })
        .await;
    match posted {
        Ok(thread) => Ok(respond::see_other(&format!(
            "/threads/{}?done=posted",
            thread.id
        ))),
        Err(error) => {
            form_again(
                &app,
                &request,
                credentials,
                None,
                form,
                Again::Failed(error),
            )
            .await
        }
    }
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
            let thread = editable(db, who, *id)?;
            let words = taxonomy::current(db)?;
            let shown_at = house.page_time();
            let mut typed = typed_of(&thread);
            let mut revision = thread.revision;
            let mut numbers = None;
            let mut sealed = None;
            let mut drafting = DraftBox::of(Purpose::EditThread, Some(thread.id));
            match drafts::for_target(db, who, Purpose::EditThread, thread.id, now)? {
                Some(draft) if query.draft == "1" => {
                    let form: ThreadForm = drafts::http::form_of(&draft)?;
                    typed = ThreadInput {
                        kind: thread.kind.to_string(),
                        ..form.input()
                    };
                    // Changes that were published since are told when it is sent.
                    revision = form.revision.parse().unwrap_or(revision);
                    numbers = Some(form.numbers());
                    sealed = api::truth(&form.sealed);
                    drafting = drafting.showing(&draft, shown_at);
                }
                found => drafting = drafting.offering(&found, shown_at),
            }
            let sign = sign_field(db, who, Some(&thread.signature), sealed)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let mut page = ThreadFormPage::new(
                layout,
                &FormMode::Edit { thread: thread.id },
                &typed,
                "",
                Some(revision),
                FieldErrors::default(),
                who,
                &words,
            );
            page.numbers = numbers.unwrap_or(page.numbers);
            Ok(page.drafting(drafting).signing(sign))
        })
        .await?;
    respond::page(&page)
}

fn editable(db: &mut Db, who: &Who, id: Id) -> Result<Thread> {
    let thread = crate::threads::find(db, who, id)?;
    who.may(Action::Edit {
        author: thread.author,
    })?;
    Ok(thread)
}

pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Posted(mut form, attaching, file): Posted<ThreadForm, AttachInput>,
) -> Result<HttpResponse> {
    let id = *id;
    form.attach = attaching.form();
    if form.wants_preview() {
        let again = Again::Preview;
        return form_again(&app, &request, credentials, Some(id), form, again).await;
    }
    if attaching.is_asked() {
        let again = attach_to(&mut form, &app, &credentials, &attaching, file).await;
        return form_again(&app, &request, credentials, Some(id), form, again).await;
    }
    if form.action == "draft" {
        return keep_draft(&app, &request, credentials, Some(id), form).await;
    }
    let today = app.now().day(app.config.timezone);
    let sent = form.clone();
    let edited = app
        .write_as(credentials.clone(), move |db, who, now| {
            let expected = sent.revision.parse().ok();
            let before = editable(db, who, id)?.practice;
            let patch = sent.patch(db, before.as_ref(), today)?;
            attaching.nothing_forgotten()?;
            let thread = api::change(db, who, id, &patch, expected, now)?;
            drafts::arrived(db, who, Purpose::EditThread, Some(id), None, "")?;
            Ok(thread)
        })
        .await;
    match edited {
        Ok(thread) => Ok(respond::see_other(&format!(
            "/threads/{}?done=edited",
            thread.id
        ))),
        Err(error) => {
            let again = Again::Failed(error);
            form_again(&app, &request, credentials, Some(id), form, again).await
        }
    }
}

/// The form with everything that was typed: as a preview, or with what must change. Where even the form cannot be made
/// (signed out meanwhile, role withdrawn), the page of the failure holds the text.
async fn form_again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    thread: Option<Id>,
    form: ThreadForm,
    again: Again,
) -> Result<HttpResponse> {
    let kept = format!("{}\n\n{}", form.title, form.body);
    let house = app.clone();
    let preview = matches!(again, Again::Preview);
    let template = matches!(again, Again::Template);
    let overtaken = matches!(again, Again::Unkept(Error::Stale(_)));
    let failed = match again {
        Again::Preview | Again::Template | Again::Attached => None,
        Again::Failed(error) | Again::Unkept(error) => Some(error),
    };
    let status = failed
        .as_ref()
        .map_or(StatusCode::OK, |error| error.face().0);
    let errors = match &failed {
        Some(Error::Invalid(errors)) => errors.clone(),
        _ => FieldErrors::default(),
    };
    let notice = match &failed {
        None | Some(Error::Invalid(_) | Error::Stale(_)) => None,
        Some(Error::TooMany(_) | Error::Newcomer { .. } | Error::Busy(_) | Error::NoRoom(_)) => {
            failed
                .as_ref()
                .map(|error| Notice::new(NoticeKind::Error, error.face().3))
        }
        Some(_) => {
            return Ok(error::with_kept(request, &failed.unwrap_or(Error::NotFound), kept).await);
        }
    };
    let stale = matches!(failed, Some(Error::Stale(_))) && !overtaken;
    let made = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let words = taxonomy::current(db)?;
            let mut typed = form.input();
            let mut notice = notice;
            if template {
                if text::clean_line(&typed.body).is_empty() {
                    let kind = Kind::parse(&typed.kind).unwrap_or(Kind::Question);
                    typed.body = outline::of(kind).to_owned();
                } else {
                    notice = Some(Notice::new(NoticeKind::Warn, HAS_BODY));
                }
            }
            let (mode, key, revision, present) = match thread {
                None => {
                    let key = Some(form.key.clone())
                        .filter(|key| !key.is_empty())
                        .unwrap_or_else(|| Id::new(now).to_string());
                    (FormMode::New, key, None, None)
                }
                Some(id) => {
                    let present = editable(db, who, id)?;
                    typed.kind = present.kind.to_string();
                    let revision = form.revision.parse().ok();
                    let mode = FormMode::Edit { thread: id };
                    (mode, String::new(), revision, Some(present))
                }
            };
            let layout = house.frame(who).noting(notice);
            let mut page =
                ThreadFormPage::new(layout, &mode, &typed, &key, revision, errors, who, &words);
            page.numbers = form.numbers();
            page.attach = form.attach;
            let signature = present.as_ref().map(|present| &present.signature);
            let sealed = api::truth(&form.sealed);
            page = page.signing(sign_field(db, who, signature, sealed)?);
            let sent = (form.draft.as_str(), form.draft_revision.as_str());
            let of = (purpose_of(thread), thread);
            let times = (now, house.page_time());
            let drafting = drafts::http::box_again(db, who, of, sent, overtaken, times)?;
            page = page.drafting(drafting).typed();
            if preview {
                page = page.previewing(text::render(&text::clean_block(&typed.body)));
            }
            if let Some(present) = present.filter(|_| stale) {
                page = page.stale(&present);
            }
            if thread.is_none() {
                let similar = beside(&house, db, who, &typed.title, &words)?;
                page = page.beside(similar);
            }
            Ok(page)
        })
        .await;
    match made {
        Ok(page) => respond::page_as(status, &page),
        Err(error) => Ok(error::with_kept(request, &error, kept).await),
    }
}
