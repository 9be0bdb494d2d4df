//! Pages of threads: home, lists, one thread with its replies, the forms.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::api::{self, ListQuery};
use super::view::{
    AnswerForm, Card, ConfirmPage, FormMode, HomePage, ListPage, Mini, PersonPage, PersonParts,
    RevisionsPage, SignField, ThreadFormPage, ThreadPage, ThreadParts, Written, WrittenReply,
    typed_of,
};
use super::{
    Cursor, Filter, Kind, Loose, Practice, Sort, Submit, Summary, Thread, ThreadInput, ThreadPatch,
};
use crate::accounts::{self, Action, Signature, Who};
use crate::app::App;
use crate::attachments::http::AttachInput;
use crate::attachments::view::AttachForm;
use crate::curation;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::{self, Post};
use crate::notices::{settings, site};
use crate::replies;
use crate::replies::http::{Shown, shown};
use crate::replies::marks::{self, Mark};
use crate::seals;
use crate::search;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::text;
use crate::threads::split_list;
use crate::web::form::Query;
use crate::web::page::{Layout, Nav, Notice, NoticeKind, Now};
use crate::web::parts::{FilePart, Posted};
use crate::web::{error, respond};

/// Cards on a page of a list.
const CARDS: usize = 20;
/// New threads and waiting questions on the first page.
const HOME_CARDS: usize = 10;
const HOME_WAITING: usize = 5;
/// Like threads beside a thread.
const SIMILAR: usize = 4;

/// Summaries as cards: three queries, whatever their number.
pub fn cards(db: &mut Db, items: &[Summary], words: &Vocabulary, now: Now) -> Result<Vec<Card>> {
    let ids: Vec<Id> = items.iter().map(|item| item.id).collect();
    let signers = accounts::signers(db, items.iter().map(|item| &item.signature))?;
    let counts = marks::counts(db, &ids)?;
    Ok(items
        .iter()
        .map(|item| {
            let counts = counts.get(&item.id).copied().unwrap_or_default();
            let author = signers.of(&item.signature, words);
            Card::new(item, author.as_ref(), counts, words, now)
        })
        .collect())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

pub async fn home(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let words = taxonomy::current(db)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            if !who.can(Action::Read) {
                let none = std::collections::HashMap::new();
                return Ok(HomePage::new(layout, &words, &none, Vec::new(), Vec::new()));
            }
            let newest = super::list(db, who, &Filter::default(), None, HOME_CARDS)?;
            let unanswered = Filter {
                sort: Sort::Unanswered,
                ..Filter::default()
            };
            let waiting = super::list(db, who, &unanswered, None, HOME_WAITING)?;
            let month = super::counts_by_policy(db, now.month_start(house.config.timezone))?;
            let cards = cards(db, &newest.items, &words, house.page_time())?;
            let waiting = waiting
                .items
                .iter()
                .map(|one| Mini::new(one, &words))
                .collect();
            Ok(HomePage {
                unseen: site::count_new(db, who)? + seals::count_new(db, who)?,
                silenced: settings::is_silenced(db, who)?,
                ..HomePage::new(layout, &words, &month, cards, waiting)
            })
        })
        .await?;
    respond::page(&page)
}

/// A list; what is wrong in the address is left out rather than refused.
async fn list_page(
    app: &App,
    credentials: Credentials,
    query: ListQuery,
    policy: Option<u8>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let mut filter = query.filter(&words).unwrap_or_default();
            if let Some(number) = policy {
                if words.policy(number).is_none() {
                    return Err(Error::NotFound);
                }
                filter.policy = Some(number);
            }
            let after = query.cursor()?;
            let page = super::list(db, who, &filter, after, CARDS)?;
            let cards = cards(db, &page.items, &words, house.page_time())?;
            let layout = house.frame(who);
            Ok(ListPage::new(
                layout,
                &filter,
                policy.is_some(),
                cards,
                after,
                page.next,
                &words,
            ))
        })
        .await?;
    respond::page(&page)
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    list_page(&app, credentials, query, None).await
}

pub async fn policy(
    app: Data<App>,
    credentials: Credentials,
    number: Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let number = number.parse().map_err(|_| Error::NotFound)?;
    list_page(&app, credentials, query, Some(number)).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PersonQuery {
    /// `replies`; anything else lists threads.
    show: String,
    cursor: String,
}

/// What `author` has written, of what all readers may see, and where the list goes on.
fn written(
    db: &mut Db,
    who: &Who,
    author: Id,
    query: &PersonQuery,
    words: &Vocabulary,
    now: Now,
) -> Result<(Written, Option<Cursor>)> {
    let after = api::cursor(&query.cursor)?;
    if query.show == "replies" {
        let page = replies::visible_of_author(db, who, author, after, CARDS)?;
        let threads: Vec<Id> = page.items.iter().map(|reply| reply.thread).collect();
        let threads = super::visible(db, who, &threads)?
            .into_iter()
            .map(|thread| (thread.id, thread))
            .collect();
        let list = WrittenReply::list(&page.items, &threads, now);
        return Ok((Written::Replies(list), page.next));
    }
    let filter = Filter {
        author: Some(author),
        ..Filter::default()
    };
    let page = super::list(db, who, &filter, after, CARDS)?;
    let mut cards = cards(db, &page.items, words, now)?;
    // Those of others are not in the list.
    for (card, item) in cards.iter_mut().zip(&page.items) {
        card.sealed = item.signature.is_sealed();
    }
    Ok((Written::Threads(cards), page.next))
}

pub async fn person(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<PersonQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let person = accounts::person(db, who, *id)?;
            let words = taxonomy::current(db)?;
            let (written, next) = if person.has_left() {
                (Written::Threads(Vec::new()), None)
            } else {
                written(db, who, person.id, &query, &words, house.page_time())?
            };
            let school = accounts::http::school_name(db, &person)?;
            let parts = PersonParts {
                school: school.as_deref(),
                person: &person,
                who,
                written,
                after: api::cursor(&query.cursor)?,
                next,
                words: &words,
            };
            Ok(PersonPage::new(house.frame(who), parts))
        })
        .await?;
    respond::page(&page)
}

pub async fn short_address(
    app: Data<App>,
    credentials: Credentials,
    code: Path<String>,
) -> Result<HttpResponse> {
    let id = app
        .read_as(credentials, move |db, who, _| {
            super::by_short_code(db, who, &code)
        })
        .await?;
    Ok(respond::see_other(&format!("/threads/{id}")))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ShowQuery {
    cursor: String,
    /// A reply to quote in the answer.
    quote: String,
    done: String,
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<ShowQuery>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let house = app.clone();
    let search = search::log::http::left_for(&request);
    let (asked, sought) = (credentials.clone(), *id);
    let page = app
        .read_as(credentials, move |db, who, now| {
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let answer = AnswerForm {
                key: Id::new(now).to_string(),
                ..AnswerForm::default()
            };
            let place = Place {
                cursor: &query.cursor,
                quote: &query.quote,
            };
            let page = thread_page(&house, db, who, *id, layout, answer, &place)?;
            if let Some(search) = search {
                search.opened(&house, db, who, now)?;
            }
            Ok(page)
        })
        .await;
    match page {
        Ok(page) => respond::page(&page),
        Err(Error::NotFound) => forwarded(&app, asked, sought).await,
        Err(error) => Err(error),
    }
}

/// Where a merged thread leads, if it is one.
async fn forwarded(app: &App, credentials: Credentials, id: Id) -> Result<HttpResponse> {
    let target = app
        .read_as(credentials, move |db, who, _| {
            super::forwarding(db, who, id)
        })
        .await?;
    Ok(respond::see_other(&format!(
        "/threads/{target}?done=forwarded"
    )))
}

/// Where on a thread's page the reader is.
#[derive(Default)]
pub struct Place<'a> {
    pub cursor: &'a str,
    /// The reply that the answer quotes, or empty.
    pub quote: &'a str,
}

/// A thread with a page of its replies and the form for an answer as it stands.
pub fn thread_page(
    app: &App,
    db: &mut Db,
    who: &Who,
    id: Id,
    layout: Layout,
    mut answer: AnswerForm,
    place: &Place<'_>,
) -> Result<ThreadPage> {
    let thread = super::find(db, who, id)?;
    let words = taxonomy::by_id(db, thread.vocabulary)?;
    let now = app.page_time();
    let after = api::cursor(place.cursor)?;
    let Shown {
        replies,
        accepted,
        quote,
        next,
    } = shown(db, who, &thread, after, place.quote, now)?;
    answer.quote = quote;
    if who.can(Action::Seal) {
        let before = replies::has_sealed_in(db, who, &thread)?;
        let sealed = answer.sealed.unwrap_or(before);
        answer.sign = sign_field(db, who, None, Some(sealed), before)?;
    }
    let signers = accounts::signers(db, [&thread.signature])?;
    let author = signers.of(&thread.signature, &words);
    let author = author.ok_or(Error::NotFound)?;
    let counts = marks::counts(db, &[id])?;
    let own: Vec<Mark> = marks::own(db, who, &[id])?
        .into_iter()
        .map(|(_, mark)| mark)
        .collect();
    let similar = search::similar(db, who, &app.searcher, &thread.title, Some(id), SIMILAR)?;
    Ok(ThreadPage::new(
        layout,
        ThreadParts {
            thread: &thread,
            author: &author,
            who,
            counts: counts.get(&id).copied().unwrap_or_default(),
            own: &own,
            replies,
            accepted,
            after,
            next,
            answer,
            recommended: curation::of_thread(db, id)?.map(|one| one.comment),
            notes: moderation::http::notes(db, who, &thread, now)?,
            similar: similar.iter().map(|one| Mini::new(one, &words)).collect(),
            words: &words,
            now,
        },
    ))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewQuery {
    kind: String,
    title: String,
}

/// The form of a thread as it is sent. Lists typed into one field are parted by 、 or commas.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct ThreadForm {
    kind: String,
    title: String,
    body: String,
    school_type: String,
    policies: Vec<String>,
    initiatives: Vec<String>,
    /// true, false; empty where the form did not ask.
    sealed: String,
    subject: String,
    grade: String,
    tools: String,
    tags: String,
    aim: String,
    unit: String,
    prep_minutes: String,
    lesson_minutes: String,
    scene: String,
    materials: String,
    steps: String,
    children: String,
    failed: String,
    care: String,
    checked_on: String,
    app_version: String,
    key: String,
    revision: String,
    /// `preview` shows the form again with the text as it will look, `attach` with a file put into it.
    action: String,
    /// The section for files as it is to be shown again.
    #[serde(skip)]
    attach: AttachForm,
}

const NOT_MINUTES: &str = "分は数字で書いてください。例：45";

/// Minutes as typed, in any width; None where nothing is.
fn minutes(typed: &str) -> std::result::Result<Option<u16>, std::num::ParseIntError> {
    let plain = text::narrow(typed);
    if plain.is_empty() {
        return Ok(None);
    }
    plain.parse().map(Some)
}

impl ThreadForm {
    fn input(&self) -> ThreadInput {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
        let minutes = |text: &String| minutes(text).ok().flatten();
        let practice = Practice {
            aim: given(&self.aim),
            unit: given(&self.unit),
            prep_minutes: minutes(&self.prep_minutes),
            lesson_minutes: minutes(&self.lesson_minutes),
            scene: given(&self.scene),
            materials: given(&self.materials),
            steps: self
                .steps
                .lines()
                .map(str::to_owned)
                .filter(|line| !line.trim().is_empty())
                .collect(),
            children: given(&self.children),
            failed: given(&self.failed),
            care: given(&self.care),
            checked_on: given(&self.checked_on),
            app_version: given(&self.app_version),
        };
        ThreadInput {
            kind: self.kind.clone(),
            title: self.title.clone(),
            body: self.body.clone(),
            school_type: self.school_type.clone(),
            policies: self.policies.iter().cloned().map(Loose).collect(),
            initiatives: self.initiatives.clone(),
            subject: Some(self.subject.clone()),
            grade: Some(self.grade.clone()),
            tags: split_list(&self.tags),
            tools: split_list(&self.tools),
            practice: Some(practice).filter(|practice| *practice != Practice::default()),
            sealed: api::truth(&self.sealed) == Some(true),
        }
    }

    /// As `input`, where everything can be read.
    ///
    /// # Errors
    /// `Invalid` for minutes that are no number, which the rules would never see, with all that they find beside.
    fn checked(&self, db: &mut Db) -> Result<ThreadInput> {
        let mut errors = FieldErrors::default();
        for (field, typed) in [
            ("prep_minutes", &self.prep_minutes),
            ("lesson_minutes", &self.lesson_minutes),
        ] {
            if minutes(typed).is_err() {
                errors.add(field, "not_a_number", NOT_MINUTES);
            }
        }
        let input = self.input();
        if errors.is_empty() {
            return Ok(input);
        }
        if let Err(Error::Invalid(mut all)) = input.parse(db) {
            // The form of an edit does not ask for the kind.
            all.0
                .retain(|error| error.field != "kind" || !self.kind.is_empty());
            all.0.append(&mut errors.0);
            return Err(Error::Invalid(all));
        }
        Err(Error::Invalid(errors))
    }

    /// Everything the form shows: what it leaves empty is taken away.
    ///
    /// # Errors
    /// As `checked`.
    fn patch(&self, db: &mut Db) -> Result<ThreadPatch> {
        let input = self.checked(db)?;
        Ok(ThreadPatch {
            title: Some(input.title),
            body: Some(input.body),
            school_type: Some(input.school_type),
            policies: Some(input.policies),
            initiatives: Some(input.initiatives),
            subject: input.subject,
            grade: input.grade,
            tags: Some(input.tags),
            tools: Some(input.tools),
            practice: Some(input.practice.unwrap_or_default()),
            sealed: api::truth(&self.sealed),
        })
    }

    fn wants_preview(&self) -> bool {
        self.action == "preview"
    }
}

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
            let member = who.member()?;
            let own_type = words
                .find_school_type(&member.school_type)
                .filter(|found| found.tagging)
                .map(|found| found.slug.clone());
            let typed = ThreadInput {
                kind: Kind::parse(&query.kind)
                    .unwrap_or(Kind::Question)
                    .to_string(),
                title: text::clean_line(&query.title),
                school_type: own_type.unwrap_or_default(),
                ..ThreadInput::default()
            };
            let similar = beside(&house, db, who, &typed.title, &words)?;
            let sign = sign_field(db, who, None, None, false)?;
            Ok(ThreadFormPage::new(
                house.frame(who),
                &FormMode::New,
                &typed,
                &Id::new(now).to_string(),
                None,
                FieldErrors::default(),
                who,
                &words,
            )
            .signing(sign)
            .beside(similar))
        })
        .await?;
    respond::page(&page)
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
    sealed_before: bool,
) -> Result<Option<SignField>> {
    let mask = match present.and_then(Signature::mask) {
        Some(mask) => mask.clone(),
        None if who.can(Action::Seal) => accounts::signature::own_mask(db, who)?,
        None => return Ok(None),
    };
    let words = taxonomy::current(db)?;
    let sealed = typed.unwrap_or(present.is_some_and(Signature::is_sealed));
    let field = SignField::new(who, &mask, present, sealed, sealed_before, &words);
    Ok(Some(field))
}

/// How a form is shown again.
enum Again {
    Preview,
    Attached,
    Failed(Error),
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
    let limits = app.config.limits.clone();
    let sent = form.clone();
    let posted = app
        .write_as(credentials.clone(), move |db, who, now| {
            let key = OnceKey::new("thread", &sent.key)?;
            let submit = Submit::new(key.as_ref(), &limits);
            let input = sent.checked(db)?;
            attaching.nothing_forgotten()?;
            api::post(db, who, &input, &submit, now)
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
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = editable(db, who, *id)?;
            let words = taxonomy::current(db)?;
            let sign = sign_field(db, who, Some(&thread.signature), None, false)?;
            Ok(ThreadFormPage::new(
                house.frame(who),
                &FormMode::Edit { thread: thread.id },
                &typed_of(&thread),
                "",
                Some(thread.revision),
                FieldErrors::default(),
                who,
                &words,
            )
            .signing(sign))
        })
        .await?;
    respond::page(&page)
}

fn editable(db: &mut Db, who: &Who, id: Id) -> Result<Thread> {
    let thread = super::find(db, who, id)?;
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
    let sent = form.clone();
    let edited = app
        .write_as(credentials.clone(), move |db, who, now| {
            let expected = sent.revision.parse().ok();
            let patch = sent.patch(db)?;
            attaching.nothing_forgotten()?;
            api::change(db, who, id, &patch, expected, now)
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
    let (failed, preview) = match again {
        Again::Preview => (None, true),
        Again::Attached => (None, false),
        Again::Failed(error) => (Some(error), false),
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
        Some(Error::TooMany(_) | Error::Newcomer { .. } | Error::Busy(_)) => failed
            .as_ref()
            .map(|error| Notice::new(NoticeKind::Error, error.face().3)),
        Some(_) => {
            return Ok(error::with_kept(request, &failed.unwrap_or(Error::NotFound), kept).await);
        }
    };
    let stale = matches!(failed, Some(Error::Stale(_)));
    let made = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let words = taxonomy::current(db)?;
            let mut typed = form.input();
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
            page.attach = form.attach;
            let signature = present.as_ref().map(|present| &present.signature);
            let sealed = api::truth(&form.sealed);
            page = page.signing(sign_field(db, who, signature, sealed, false)?);
            page.prep_minutes = form.prep_minutes;
            page.lesson_minutes = form.lesson_minutes;
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

pub async fn remove_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::find(db, who, *id)?;
            who.may(Action::Remove {
                author: thread.author,
            })?;
            Ok(ConfirmPage::thread(house.frame(who), &thread))
        })
        .await?;
    respond::page(&page)
}

pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, now| {
        let removed = moderation::place(db, who, Post::Thread(*id))?;
        super::remove(db, who, *id, now)?;
        moderation::removed(db, who, &removed, now)
    })
    .await?;
    Ok(respond::see_other("/?done=removed"))
}

pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = super::find(db, who, *id)?;
            let all = super::revisions(db, &thread)?;
            let layout = house.frame(who).at(Nav::None);
            Ok(RevisionsPage::new(layout, &thread, &all, house.page_time()))
        })
        .await?;
    respond::page(&page)
}
