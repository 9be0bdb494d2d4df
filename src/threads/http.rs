//! Pages of threads: home, lists, a person, one thread with its replies; taking it back.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::api::{self, ListQuery};
use super::practice::{self};
use super::view::{
    AnswerForm, Card, ConfirmPage, GrowForm, HomePage, ListPage, Mini, PersonPage, PersonParts,
    ThreadPage, ThreadParts, Written, WrittenReply,
};
use super::writing::http::Seal;
use super::{Cursor, Filter, PracticeField, Sort, Summary};
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::bridge;
use crate::bridge::view::RelativeView;
use crate::curation::{self, collections};
use crate::db::Db;
use crate::db::types::Word;
use crate::drafts::view::DraftBox;
use crate::drafts::{self, Purpose};
use crate::environment;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::moderation::{self, Post};
use crate::notices::settings;
use crate::replies;
use crate::replies::http::{Shown, shown};
use crate::replies::marks;
use crate::requests;
use crate::search;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::tryouts;
use crate::web::form::Query;
use crate::web::page::{Layout, Notice, Now};
use crate::web::respond;

/// Cards on a page of a list.
const CARDS: usize = 20;
/// New threads and waiting questions on the first page.
const HOME_CARDS: usize = 10;
const HOME_WAITING: usize = 5;
/// Requests of trainers on the first page.
const HOME_WANTED: usize = 3;
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
            let today = now.day(house.config.timezone);
            let wanted = requests::for_reader(db, who, today, HOME_WANTED)?;
            let wanted = wanted
                .iter()
                .map(|one| requests::view::mini(one, &words, today))
                .collect();
            Ok(HomePage {
                collections: collections::http::newest(db, who, None)?,
                unseen: who.unseen(),
                wanted,
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
            let collections = match policy {
                Some(number) => collections::http::newest(db, who, Some(number))?,
                None => Vec::new(),
            };
            Ok(ListPage {
                collections,
                ..ListPage::new(
                    layout,
                    &filter,
                    policy.is_some(),
                    cards,
                    after,
                    page.next,
                    &words,
                )
            })
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
                answer.sealed = api::truth(draft.fields.value("sealed"));
                answer.draft = answer.draft.showing(&draft, house.page_time());
                if quote.is_empty() {
                    draft.fields.value("quote_of").clone_into(&mut quote);
                }
            }
            let place = Place {
                cursor: &query.cursor,
                quote: &quote,
                skip: PracticeField::from_word(&query.skip),
                tryout: None,
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
    /// A try-out that is to be put right.
    pub tryout: Option<&'a tryouts::http::Again>,
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
    let current = taxonomy::current(db)?;
    let words = taxonomy::by_id(db, thread.vocabulary)?;
    let now = app.page_time();
    let after = api::cursor(place.cursor)?;
    let Shown {
        replies,
        accepted,
        quote,
        next,
        signers,
        counts,
        own,
    } = shown(db, who, &thread, (after, place.quote), &current, now)?;
    answer.quote = quote;
    let seal = Seal::of(db, who, &thread)?;
    answer.sign = seal
        .as_ref()
        .map(|seal| seal.field(who, answer.sealed, &current));
    let author = signers.of(&thread.signature, &words);
    let author = author.ok_or(Error::NotFound)?;
    let grow = practice::asked(db, who, &thread, place.skip)?
        .map(|(field, completeness)| GrowForm::new(&thread, field, &completeness));
    let (searcher, moment) = (&app.searcher, app.now());
    let kin = (searcher, &app.relatives);
    let kin = bridge::remembered(db, who, kin, &thread, bridge::SHOWN, moment)?;
    let most = SIMILAR + bridge::SHOWN;
    let (version, near) = ((id, thread.revision), (searcher, &app.similar));
    let asked = (version, thread.title.as_str());
    let alike = search::remembered(db, near, asked, most, moment)?;
    let beside: Vec<Id> = kin.iter().map(|(id, _)| *id).chain(alike).collect();
    let mut similar = super::visible_without_labels(db, who, &beside)?;
    let relatives = bridge::take(kin, &mut similar, &thread);
    similar.truncate(SIMILAR);
    let public_url = app.config.public_url();
    let key = Id::new(app.now());
    let again = (place.tryout, key);
    let tried = tryouts::http::section(db, who, &thread, again, seal.as_ref(), &current, now)?;
    Ok(ThreadPage::new(
        layout,
        ThreadParts {
            tried,
            relatives: relatives
                .iter()
                .map(|one| RelativeView::new(one, &words))
                .collect(),
            public_url: &public_url,
            thread: &thread,
            author: &author,
            who,
            counts,
            own: &own,
            replies,
            accepted,
            after,
            next,
            answer,
            curated: curation::http::beside(db, who, &thread, now)?,
            notes: moderation::http::notes(db, who, &thread, now)?,
            environment: environment::http::panel(db, who, &thread, now)?,
            grow,
            similar: similar.iter().map(|one| Mini::new(one, &words)).collect(),
            words: &words,
            now,
        },
    ))
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
