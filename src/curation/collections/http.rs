//! Pages and forms of collections.

use std::collections::{HashMap, HashSet};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{
    CollectPage, CollectionCard, FormPage, FormParts, ListPage, RevisionsPage, ShowPage, ShowParts,
};
use super::{
    Collection, CollectionInput, CollectionPatch, Filter, ItemInput, TrainingInput, editable,
};
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::curation;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::duplicates;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::text;
use crate::threads::api::{cursor, truth};
use crate::threads::http::cards;
use crate::threads::view::{Card, Mini};
use crate::threads::{self, Loose, Summary};
use crate::web::error::with_kept;
use crate::web::form::{Form, Query};
use crate::web::page::Notice;
use crate::web::respond;

/// Collections on a page of the list.
const CARDS: usize = 20;
/// On home and on the pages of policies.
const SIDE: usize = 4;

/// What a list is asked for; slugs or Japanese names.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CollectionsQuery {
    pub policy: String,
    /// Those for this school type, and those for all.
    pub school_type: String,
    /// true: one's own in any state, for trainers.
    pub mine: String,
    /// 1 to 100, 20 by default.
    pub limit: String,
    pub cursor: String,
}

impl CollectionsQuery {
    /// # Errors
    /// `Invalid` naming the first filter that no vocabulary knows.
    pub fn filter(&self, words: &Vocabulary) -> Result<Filter> {
        let unknown = |field: &str| {
            Error::field(
                field,
                "unknown",
                "この条件は使えません。選び直してください。",
            )
        };
        let mut filter = Filter {
            mine: truth(&self.mine).unwrap_or_default(),
            ..Filter::default()
        };
        if !self.policy.trim().is_empty() {
            let found = words.find_policy(&self.policy);
            filter.policy = Some(found.ok_or_else(|| unknown("policy"))?.number);
        }
        if !self.school_type.trim().is_empty() {
            let found = words.find_school_type(&self.school_type);
            let found = found.ok_or_else(|| unknown("school_type"))?;
            filter.school_type = Some(found.slug.clone());
        }
        Ok(filter)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

/// What is wrong in the address is left out rather than refused.
pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<CollectionsQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let words = taxonomy::current(db)?;
            let mut filter = query.filter(&words).unwrap_or_default();
            filter.mine &= who.can(Action::Curate);
            let after = cursor(&query.cursor)?;
            let page = super::list(db, who, &filter, after, CARDS)?;
            let now = house.page_time();
            let cards = page.items.iter();
            let cards = cards.map(|one| CollectionCard::new(one, &words, now));
            let place = (after.is_some(), page.next.map(threads::Cursor::encode));
            Ok(ListPage::new(
                house.frame(who),
                &filter,
                cards.collect(),
                place,
                &words,
            ))
        })
        .await?;
    respond::page(&page)
}

/// The newest collections, of a policy or of all, for the side of other pages.
pub fn newest(db: &mut Db, who: &Who, policy: Option<u8>) -> Result<Vec<Mini>> {
    let filter = Filter {
        policy,
        ..Filter::default()
    };
    let page = super::list(db, who, &filter, None, SIDE)?;
    Ok(page.items.iter().map(Mini::of_collection).collect())
}

/// Those of `ids` that readers may see, each as a summary and as a card.
fn found(
    db: &mut Db,
    who: &Who,
    ids: &[Id],
    words: &Vocabulary,
    house: &App,
) -> Result<HashMap<Id, (Summary, Card)>> {
    let threads = threads::visible(db, who, ids)?;
    let cards = cards(db, &threads, words, house.page_time())?;
    let pairs = threads.into_iter().zip(cards);
    Ok(pairs
        .map(|(thread, card)| (thread.id, (thread, card)))
        .collect())
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let collection = super::find(db, who, *id)?;
            let words = taxonomy::current(db)?;
            let threads = found(db, who, &collection.threads(), &words, &house)?;
            let editable = super::is_editable(db, who, &collection)?;
            let layout = house.frame(who).noting(Notice::of(&query.done));
            let parts = ShowParts {
                collection: &collection,
                threads: &threads,
                editable,
                words: &words,
                now: house.page_time(),
                public_url: &house.config.public_url(),
            };
            Ok(ShowPage::new(layout, parts))
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
    Ok(respond::see_other(&format!("/collections/{id}")))
}

/// The form as it is sent: threads and comments stand in the order of the page.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct CollectionForm {
    title: String,
    cover: String,
    policies: Vec<String>,
    school_types: Vec<String>,
    experience: Vec<String>,
    training_form: String,
    training_on: String,
    training_place: String,
    threads: Vec<String>,
    comments: Vec<String>,
    /// A thread to be put at the end: its address, short code or id.
    add: String,
    key: String,
    revision: String,
    /// Empty to save; `preview`, `add`, `up-2`, `down-2`, `remove-2` to go on writing.
    action: String,
}

/// What a button that does not save asks for.
enum Move {
    Preview,
    Add,
    Up(usize),
    Down(usize),
    Remove(usize),
}

impl CollectionForm {
    fn wanted(&self) -> Option<Move> {
        let number = |prefix: &str| -> Option<usize> {
            let number: usize = self.action.strip_prefix(prefix)?.parse().ok()?;
            number.checked_sub(1)
        };
        match self.action.as_str() {
            "preview" => Some(Move::Preview),
            "add" => Some(Move::Add),
            _ => number("up-")
                .map(Move::Up)
                .or_else(|| number("down-").map(Move::Down))
                .or_else(|| number("remove-").map(Move::Remove)),
        }
    }

    fn input(&self) -> CollectionInput {
        let comments = self.comments.iter().map(String::as_str);
        let comments = comments.chain(std::iter::repeat(""));
        CollectionInput {
            title: self.title.clone(),
            cover: self.cover.clone(),
            policies: self.policies.iter().cloned().map(Loose).collect(),
            school_types: self.school_types.clone(),
            experience: self.experience.clone(),
            training: Some(TrainingInput {
                form: self.training_form.clone(),
                on: self.training_on.clone(),
                place: self.training_place.clone(),
            }),
            items: self
                .threads
                .iter()
                .zip(comments)
                .map(|(thread, comment)| ItemInput {
                    thread: thread.clone(),
                    comment: comment.to_owned(),
                })
                .collect(),
        }
    }

    /// As `input`, with what stands in the field for another thread.
    fn whole(&self) -> CollectionInput {
        let mut input = self.input();
        if !text::clean_line(&self.add).is_empty() {
            input.items.push(ItemInput {
                thread: self.add.clone(),
                comment: String::new(),
            });
        }
        input
    }

    /// Everything that was typed, for whoever cannot save it any more.
    fn kept(&self) -> String {
        let mut kept = format!("{}\n\n{}", self.title, self.cover);
        let comments = self.comments.iter().filter(|one| !one.trim().is_empty());
        for (number, comment) in (1..).zip(comments) {
            kept.push_str(&format!("\n\n{number}. {comment}"));
        }
        kept
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewQuery {
    /// A thread to begin with.
    thread: String,
}

pub async fn new_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<NewQuery>,
) -> Result<HttpResponse> {
    let form = CollectionForm {
        add: query.thread,
        action: "add".to_owned(),
        ..CollectionForm::default()
    };
    let begun = if form.add.is_empty() {
        CollectionForm::default()
    } else {
        form
    };
    let again = Again::Open;
    let (_, page) = form_page(&app, credentials, None, begun, again).await?;
    respond::page(&page)
}

pub async fn edit_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let present = editable(db, who, *id)?;
            let typed = CollectionInput::of(&present);
            let page = written(db, who, &house, Some(&present), &typed, &Sent::of(&present))?;
            Ok(FormPage {
                layout: page.layout.noting(Notice::of(&query.done)),
                ..page
            })
        })
        .await?;
    respond::page(&page)
}

/// What the form brings along beside what is typed.
#[derive(Default)]
struct Sent {
    revision: String,
    key: String,
    errors: FieldErrors,
}

impl Sent {
    fn of(present: &Collection) -> Sent {
        Sent {
            revision: present.revision.to_string(),
            ..Sent::default()
        }
    }
}

fn written(
    db: &mut Db,
    who: &Who,
    house: &App,
    present: Option<&Collection>,
    typed: &CollectionInput,
    sent: &Sent,
) -> Result<FormPage> {
    let words = taxonomy::current(db)?;
    let ids: Vec<Id> = typed
        .items
        .iter()
        .filter_map(|one| one.thread.parse().ok())
        .collect();
    let titles: HashMap<Id, String> = threads::visible(db, who, &ids)?
        .into_iter()
        .map(|thread| (thread.id, thread.title))
        .collect();
    let refused = curation::refused_among(db, &ids)?;
    let parts = FormParts {
        present,
        typed,
        revision: sent.revision.clone(),
        key: sent.key.clone(),
        titles: &titles,
        refused: &refused,
        errors: sent.errors.clone(),
        words: &words,
    };
    let page = FormPage::new(house.frame(who), parts);
    let Some(collection) = present else {
        return Ok(page);
    };
    let mut people = collection.editors.clone();
    people.push(collection.owner);
    let people = accounts::authors(db, &people)?;
    let others = if super::may_share(db, who, collection)? {
        Some(super::others(db, who, collection)?)
    } else {
        None
    };
    Ok(page.shared(collection, &people, others))
}

/// Why the form comes again.
enum Again {
    /// For the first time.
    Open,
    Moved(Move),
    Failed(Error),
}

/// The form as it was sent, changed by what its button asked for.
async fn form_page(
    app: &App,
    credentials: Credentials,
    id: Option<Id>,
    form: CollectionForm,
    again: Again,
) -> Result<(StatusCode, FormPage)> {
    let house = app.clone();
    app.read_as(credentials, move |db, who, now| {
        let present = match id {
            Some(id) => Some(editable(db, who, id)?),
            None => {
                who.may(Action::Curate)?;
                None
            }
        };
        let mut input = form.input();
        let mut sent = Sent {
            revision: form.revision.clone(),
            key: Some(form.key.clone())
                .filter(|key| !key.is_empty())
                .unwrap_or_else(|| Id::new(now).to_string()),
            errors: FieldErrors::default(),
        };
        let mut add = form.add.clone();
        let (mut status, mut stale, mut unsaved, mut preview) =
            (StatusCode::OK, false, true, false);
        let wanted = match again {
            Again::Open => {
                unsaved = false;
                form.wanted()
            }
            Again::Moved(wanted) => Some(wanted),
            Again::Failed(error) => {
                unsaved = false;
                status = error.face().0;
                match error {
                    Error::Invalid(errors) => sent.errors = errors,
                    Error::Stale(_) => stale = true,
                    error => return Err(error),
                }
                None
            }
        };
        let last = input.items.len().saturating_sub(1);
        match wanted {
            None => {}
            Some(Move::Preview) => (preview, unsaved) = (true, false),
            Some(Move::Up(place)) if (1..=last).contains(&place) => {
                input.items.swap(place, place - 1)
            }
            Some(Move::Down(place)) if place < last => input.items.swap(place, place + 1),
            Some(Move::Remove(place)) if place <= last && !input.items.is_empty() => {
                input.items.remove(place);
            }
            Some(Move::Up(_) | Move::Down(_) | Move::Remove(_)) => unsaved = false,
            Some(Move::Add) => match added(db, who, &input, &add) {
                Ok(item) => {
                    input.items.push(item);
                    add.clear();
                }
                Err(Error::Invalid(errors)) => {
                    status = StatusCode::UNPROCESSABLE_ENTITY;
                    unsaved = false;
                    sent.errors = errors;
                }
                Err(error) => return Err(error),
            },
        }
        let mut page = written(db, who, &house, present.as_ref(), &input, &sent)?;
        if let Some(present) = present.as_ref().filter(|_| stale) {
            let titles = threads::visible(db, who, &present.threads())?
                .into_iter()
                .map(|thread| (thread.id, thread.title))
                .collect();
            page = page.stale(present, &titles);
        }
        page.add = add;
        page.unsaved = unsaved;
        if preview {
            page.preview_html = Some(text::render(&text::clean_block(&input.cover)));
        }
        Ok((status, page))
    })
    .await
}

/// The thread that was named in the field for another one.
fn added(db: &mut Db, who: &Who, input: &CollectionInput, typed: &str) -> Result<ItemInput> {
    let wrong = |code: &str, message: &str| Err(Error::field("add", code, message));
    let thread = match duplicates::named(db, who, typed) {
        Ok(thread) => thread.id,
        Err(Error::Invalid(errors)) => {
            let message = errors.of("of").unwrap_or_default();
            return wrong("unknown", message);
        }
        Err(error) => return Err(error),
    };
    let known: HashSet<&str> = input.items.iter().map(|one| one.thread.as_str()).collect();
    if known.contains(thread.to_string().as_str()) {
        return wrong("known", "その話題は、もう入っています。");
    }
    if input.items.len() >= super::MAX_ITEMS {
        let message = format!("まとめに入れられる話題は、{}件までです。", super::MAX_ITEMS);
        return wrong("too_many", &message);
    }
    if curation::is_refused(db, thread)? {
        return wrong("refused", "その話題は、書いた人が掲載を辞退しています。");
    }
    Ok(ItemInput {
        thread: thread.to_string(),
        comment: String::new(),
    })
}

/// Where even the form cannot be shown again (the role was withdrawn meanwhile, it is gone), the page of the failure holds
/// the text.
async fn again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    id: Option<Id>,
    form: CollectionForm,
    why: Again,
) -> Result<HttpResponse> {
    let kept = form.kept();
    match form_page(app, credentials, id, form, why).await {
        Ok((status, page)) => respond::page_as(status, &page),
        Err(error) => Ok(with_kept(request, &curation::http::refusal(error), kept).await),
    }
}

pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Form(form): Form<CollectionForm>,
) -> Result<HttpResponse> {
    if let Some(wanted) = form.wanted() {
        let why = Again::Moved(wanted);
        return again(&app, &request, credentials, None, form, why).await;
    }
    let sent = form.clone();
    let made = app
        .write_as(credentials.clone(), move |db, who, now| {
            let key = OnceKey::new("collection", &sent.key)?;
            super::create(db, who, &sent.whole(), key.as_ref(), now)
        })
        .await;
    match made {
        Ok(made) => Ok(respond::see_other(&format!(
            "/collections/{}?done=collection-drafted",
            made.id
        ))),
        Err(error) => {
            let why = Again::Failed(error);
            again(&app, &request, credentials, None, form, why).await
        }
    }
}

pub async fn edit(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<CollectionForm>,
) -> Result<HttpResponse> {
    let id = *id;
    if let Some(wanted) = form.wanted() {
        let why = Again::Moved(wanted);
        return again(&app, &request, credentials, Some(id), form, why).await;
    }
    let sent = form.clone();
    let saved = app
        .write_as(credentials.clone(), move |db, who, now| {
            let expected = sent.revision.parse().ok();
            let patch = CollectionPatch::from(sent.whole());
            super::save(db, who, id, &patch, expected, now)
        })
        .await;
    match saved {
        Ok(_) => Ok(respond::see_other(&format!(
            "/collections/{id}?done=collection-saved"
        ))),
        Err(error) => {
            let why = Again::Failed(error);
            again(&app, &request, credentials, Some(id), form, why).await
        }
    }
}

/// What is missing is told in the form, where it can be written.
pub async fn publish(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let id = *id;
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::publish(db, who, id, now)
        })
        .await;
    match done {
        Ok(()) => Ok(respond::see_other(&format!(
            "/collections/{id}?done=collection-published"
        ))),
        Err(Error::Invalid(errors)) => {
            let house = app.clone();
            let page = app
                .read_as(credentials, move |db, who, _| {
                    let present = editable(db, who, id)?;
                    let typed = CollectionInput::of(&present);
                    let sent = Sent {
                        errors,
                        ..Sent::of(&present)
                    };
                    written(db, who, &house, Some(&present), &typed, &sent)
                })
                .await?;
            respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error),
    }
}

pub async fn withdraw(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let id = *id;
    app.write_as(credentials, move |db, who, now| {
        super::withdraw(db, who, id, now)
    })
    .await?;
    Ok(respond::see_other(&format!(
        "/collections/{id}?done=collection-withdrawn"
    )))
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct EditorsForm {
    /// An address; goes before the one chosen from the list.
    email: String,
    person: String,
    /// The id of whom to take out, in place of adding somebody.
    remove: String,
}

pub async fn share(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<EditorsForm>,
) -> Result<HttpResponse> {
    let id = *id;
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            if !form.remove.is_empty() {
                let account = form.remove.parse().map_err(|_| Error::NotFound)?;
                super::remove_editor(db, who, id, account)?;
                // Whoever takes themselves out cannot open the form any more.
                return Ok(who.id() == Some(account));
            }
            let wanted = if text::clean_line(&form.email).is_empty() {
                &form.person
            } else {
                &form.email
            };
            super::add_editor(db, who, id, wanted, now)?;
            Ok(false)
        })
        .await;
    match done {
        Ok(false) => Ok(respond::see_other(&format!(
            "/collections/{id}/edit?done=shared#editors"
        ))),
        Ok(true) => Ok(respond::see_other("/collections?mine=1")),
        Err(Error::Invalid(errors)) => {
            let house = app.clone();
            let page = app
                .read_as(credentials, move |db, who, _| {
                    let present = editable(db, who, id)?;
                    let typed = CollectionInput::of(&present);
                    let sent = Sent {
                        errors,
                        ..Sent::of(&present)
                    };
                    written(db, who, &house, Some(&present), &typed, &sent)
                })
                .await?;
            respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error),
    }
}

pub async fn revisions(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let collection = editable(db, who, *id)?;
            let versions = super::versions(db, who, *id)?;
            let words = taxonomy::current(db)?;
            let people: Vec<Id> = versions.iter().map(|one| one.editor).collect();
            let people = accounts::authors(db, &people)?;
            let named: HashSet<Id> = versions
                .iter()
                .flat_map(|one| one.content.items.iter().map(|item| item.thread))
                .collect();
            let named: Vec<Id> = named.into_iter().collect();
            let titles = threads::visible(db, who, &named)?
                .into_iter()
                .map(|thread| (thread.id, thread.title))
                .collect();
            Ok(RevisionsPage::new(
                house.frame(who),
                &collection,
                &versions,
                &people,
                &titles,
                &words,
                house.page_time(),
            ))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct CollectForm {
    collection: String,
    comment: String,
}

pub async fn collect_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    let form = CollectForm::default();
    let page = collect_page(&app, credentials, *id, form, FieldErrors::default()).await?;
    respond::page(&page)
}

async fn collect_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    form: CollectForm,
    errors: FieldErrors,
) -> Result<CollectPage> {
    let house = app.clone();
    app.read_as(credentials, move |db, who, _| {
        let offered = super::offered(db, who)?;
        let thread = threads::find(db, who, id)?;
        Ok(CollectPage::new(
            house.frame(who),
            (id, &thread.title),
            &offered,
            (&form.collection, form.comment),
            errors,
        ))
    })
    .await
}

pub async fn collect(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(form): Form<CollectForm>,
) -> Result<HttpResponse> {
    let id = *id;
    let sent = form.clone();
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            who.may(Action::Curate)?;
            threads::find(db, who, id)?;
            let collection = sent.collection.parse().map_err(|_| {
                Error::field(
                    "collection",
                    "required",
                    "どのまとめに入れるかを選んでください。",
                )
            })?;
            super::add(db, who, collection, id, &sent.comment, now)
        })
        .await;
    let kept = form.comment.clone();
    match done {
        Ok(_) => Ok(respond::see_other(&format!("/threads/{id}?done=collected"))),
        Err(Error::Invalid(errors)) => {
            match collect_page(&app, credentials, id, form, errors).await {
                Ok(page) => respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page),
                Err(error) => Err(error),
            }
        }
        Err(error) => Ok(with_kept(&request, &curation::http::refusal(error), kept).await),
    }
}
