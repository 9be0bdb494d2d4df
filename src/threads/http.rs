//! Pages of threads: home, lists, one thread with its replies, the forms.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, block};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::api::{self, ListQuery};
use super::practice::{self, Checked};
use super::view::{
    AnswerForm, Card, ConfirmPage, FormMode, GrowForm, HomePage, ListPage, Mini, PastOf,
    PersonPage, PersonParts, PracticeNumbers, RevisionsPage, SignField, ThreadFormPage, ThreadPage,
    ThreadParts, Written, WrittenReply, kind_nav, typed_of,
};
use super::{
    Cursor, Filter, Kind, Loose, Practice, PracticeField, Revision, Sort, Submit, Summary, Thread,
    ThreadInput, ThreadPatch, outline,
};
use crate::accounts::{self, Action, Signature, Who};
use crate::app::App;
use crate::attachments::http::AttachInput;
use crate::attachments::view::AttachForm;
use crate::curation;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::db::types::Word;
use crate::drafts::view::{DraftBox, resume};
use crate::drafts::{self, Purpose};
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
use crate::web::page::{Layout, Notice, NoticeKind, Now};
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
    /// The field of a practice that its author passed over.
    skip: String,
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
            let mut answer = AnswerForm {
                key: Id::new(now).to_string(),
                draft: DraftBox::of(Purpose::Reply, Some(*id)),
                ..AnswerForm::default()
            };
            let mut quote = query.quote.clone();
            if let Some(draft) = drafts::for_target(db, who, Purpose::Reply, *id, now)? {
                draft.fields.value("body").clone_into(&mut answer.body);
                answer.draft = answer.draft.showing(&draft, house.page_time());
                if quote.is_empty() {
                    draft.fields.value("quote_of").clone_into(&mut quote);
                }
            }
            let place = Place {
                cursor: &query.cursor,
                quote: &quote,
                skip: PracticeField::from_word(&query.skip),
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
    /// The field that is not asked for again now, nor those before it.
    pub skip: Option<PracticeField>,
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
    let grow = practice::asked(db, who, &thread, place.skip)?
        .map(|(field, completeness)| GrowForm::new(&thread, field, &completeness));
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
            grow,
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

/// The form of a thread as it is sent. Lists typed into one field are parted by 、 or commas.
#[derive(Clone, Serialize, Deserialize, Default)]
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
    lessons: String,
    prep_minutes: String,
    lesson_minutes: String,
    scene: String,
    materials: String,
    steps: String,
    children: String,
    failed: String,
    care: String,
    checked_on: String,
    os_version: String,
    app_version: String,
    key: String,
    pub(super) revision: String,
    /// `preview` shows the form again with the text as it will look, `template` with headings to fill in, `attach` with a
    /// file put into it, `draft` keeps it for later.
    pub(super) action: String,
    /// The draft that the form shows, and its version; both may be empty.
    draft: String,
    draft_revision: String,
    /// The section for files as it is to be shown again.
    #[serde(skip)]
    attach: AttachForm,
}

const HAS_BODY: &str = "本文に書きかけがあるので、ひな形は入れませんでした。";
const NOT_MINUTES: &str = "分は数字で書いてください。例：45";
const NOT_LESSONS: &str = "時数は数字で書いてください。例：8";

/// A whole number as typed, in any width; None where nothing is.
fn number(typed: &str) -> std::result::Result<Option<u16>, std::num::ParseIntError> {
    let plain = text::narrow(typed);
    if plain.is_empty() {
        return Ok(None);
    }
    plain.parse().map(Some)
}

impl ThreadForm {
    /// What it says of a practice; numbers that cannot be read are left out.
    pub(super) fn practice(&self) -> Practice {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
        let number = |text: &String| number(text).ok().flatten();
        Practice {
            aim: given(&self.aim),
            unit: given(&self.unit),
            lessons: number(&self.lessons),
            prep_minutes: number(&self.prep_minutes),
            lesson_minutes: number(&self.lesson_minutes),
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
            os_version: given(&self.os_version),
            app_version: given(&self.app_version),
        }
    }

    /// Tools, parted.
    pub(super) fn tools(&self) -> Vec<String> {
        split_list(&self.tools)
    }

    /// Numbers as they were typed, beside what they were read as.
    pub(super) fn numbers(&self) -> PracticeNumbers {
        PracticeNumbers {
            lessons: self.lessons.clone(),
            prep_minutes: self.prep_minutes.clone(),
            lesson_minutes: self.lesson_minutes.clone(),
        }
    }

    fn input(&self) -> ThreadInput {
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
            tools: self.tools(),
            practice: Some(self.practice()).filter(|practice| *practice != Practice::default()),
            sealed: api::truth(&self.sealed) == Some(true),
        }
    }

    /// What must change in the fields of a practice, by their names: numbers that are none, days that are none, and what
    /// the rules find. `before` is what stood there.
    pub(super) fn practice_errors(
        &self,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (field, typed, message) in [
            ("lessons", &self.lessons, NOT_LESSONS),
            ("prep_minutes", &self.prep_minutes, NOT_MINUTES),
            ("lesson_minutes", &self.lesson_minutes, NOT_MINUTES),
        ] {
            if number(typed).is_err() {
                errors.add(field, "not_a_number", message);
            }
        }
        let before = before.and_then(|before| before.checked_on.as_deref());
        if let Some(message) = Checked::refuse(&self.checked_on, before, today) {
            errors.add("checked_on", "not_a_day", message);
        }
        if let Err(mut wrong) = self.practice().parse() {
            errors.0.append(&mut wrong.0);
        }
        errors
    }

    /// As `input`, where everything can be read.
    ///
    /// # Errors
    /// `Invalid` for what the rules would never see or would not find the field of, with all that they find beside.
    fn checked(
        &self,
        db: &mut Db,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> Result<ThreadInput> {
        let mut errors = self.practice_errors(before, today);
        let input = self.input();
        if errors.is_empty() {
            return Ok(input);
        }
        if let Err(Error::Invalid(mut all)) = input.parse(db) {
            // The form of an edit does not ask for the kind.
            all.0.retain(|error| {
                error.field != "practice" && (error.field != "kind" || !self.kind.is_empty())
            });
            all.0.append(&mut errors.0);
            return Err(Error::Invalid(all));
        }
        Err(Error::Invalid(errors))
    }

    /// Everything the form shows: what it leaves empty is taken away.
    ///
    /// # Errors
    /// As `checked`.
    fn patch(
        &self,
        db: &mut Db,
        before: Option<&Practice>,
        today: NaiveDate,
    ) -> Result<ThreadPatch> {
        let input = self.checked(db, before, today)?;
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
            let sign = sign_field(db, who, None, sealed, false)?;
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
        school_type: own_type.unwrap_or_default(),
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
            let sign = sign_field(db, who, Some(&thread.signature), sealed, false)?;
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
        Some(Error::TooMany(_) | Error::Newcomer { .. } | Error::Busy(_)) => failed
            .as_ref()
            .map(|error| Notice::new(NoticeKind::Error, error.face().3)),
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
            page = page.signing(sign_field(db, who, signature, sealed, false)?);
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

/// Which versions of a post are compared.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CompareQuery {
    from: String,
    to: String,
}

impl CompareQuery {
    pub fn numbers(&self) -> (Option<i32>, Option<i32>) {
        (self.from.parse().ok(), self.to.parse().ok())
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
            let thread = super::find(db, who, *id)?;
            let all = super::revisions(db, who, &thread)?;
            let layout = house.frame(who).at(kind_nav(Some(thread.kind)));
            Ok((layout, PastOf::thread(&thread), all))
        })
        .await?;
    past_page(&app, layout, of, all, &query).await
}

/// The page of versions. Long texts take a while to compare: neither a connection nor other requests wait for it.
pub async fn past_page(
    app: &App,
    layout: Layout,
    of: PastOf,
    all: Vec<Revision>,
    query: &CompareQuery,
) -> Result<HttpResponse> {
    let (numbers, now) = (query.numbers(), app.page_time());
    let page = block(move || RevisionsPage::new(layout, of, &all, numbers, now))
        .await
        .map_err(Error::internal)?;
    respond::page(&page)
}
