//! The page of one's own self-check: the form, what it says, and where help for the weakest items is.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::view::{Help, HelpThread, MirrorPage, Typed};
use super::{CheckInput, Checklist, Item, SelfCheck, WEAKEST, checklist};
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::curation::collections;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::search;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::threads::view::Mini;
use crate::threads::{self, Filter, Summary};
use crate::web::form::{Form, Query};
use crate::web::page::{Link, Notice};
use crate::web::respond;

/// Threads shown for an item.
const HELP: usize = 4;
/// Collections shown for an item.
const COLLECTIONS: usize = 2;
const PAGE: &str = "/settings/mirror";

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct MirrorQuery {
    done: String,
}

pub async fn show(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<MirrorQuery>,
) -> Result<HttpResponse> {
    page(&app, credentials, &query.done, None).await
}

/// The page; `again`: what was typed and has to be corrected.
async fn page(
    app: &App,
    credentials: Credentials,
    done: &str,
    again: Option<(CheckInput, FieldErrors)>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let notice = Notice::of(done);
    let status = respond::form_status(
        &again
            .as_ref()
            .map(|(_, errors)| errors.clone())
            .unwrap_or_default(),
    );
    let page = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let list = checklist::current()?;
            let words = taxonomy::current(db)?;
            let today = now.day(house.config.timezone);
            let all = super::own(db, who, &house.mirror_key)?;
            let person = accounts::own(db, who)?;
            let (typed, errors) = match again {
                Some((input, errors)) => (Typed::Again(input), errors),
                None => (Typed::Kept, FieldErrors::default()),
            };
            let help = help(&house, db, who, &all, list, &words)?;
            let layout = house.frame(who).noting(notice);
            MirrorPage::new(
                layout, list, &all, &person, &words, today, typed, errors, help,
            )
        })
        .await?;
    respond::page_as(status, &page)
}

/// What helps with the items that the newest self-check found weakest.
fn help(
    app: &App,
    db: &mut Db,
    who: &Who,
    all: &[SelfCheck],
    list: &Checklist,
    words: &Vocabulary,
) -> Result<Vec<Help>> {
    let Some(newest) = all.first() else {
        return Ok(Vec::new());
    };
    let (mut seen, mut gathered) = (Vec::new(), Vec::new());
    let mut found = Vec::with_capacity(WEAKEST);
    for item in newest.answers.weakest(list) {
        let threads = threads_for(app, db, who, item, &mut seen)?;
        found.push(Help {
            number: item.number(),
            short: item.short.clone(),
            list_url: format!("/threads?item={}", item.tag()),
            search_url: crate::web::page::address("/search", [("q", item.query.as_str())]),
            threads: threads
                .iter()
                .map(|(summary, why)| HelpThread {
                    mini: Mini::new(summary, words),
                    why,
                })
                .collect(),
            collections: collections_for(db, who, &threads, &mut gathered)?,
        });
    }
    Ok(found)
}

/// Threads that carry the item, then those whose words are near it, then those of its initiatives; none twice on a page.
fn threads_for(
    app: &App,
    db: &mut Db,
    who: &Who,
    item: &Item,
    seen: &mut Vec<Id>,
) -> Result<Vec<(Summary, &'static str)>> {
    let mut found: Vec<(Summary, &'static str)> = Vec::new();
    let mut take = |some: Vec<Summary>, why: &'static str| {
        for summary in some {
            if found.len() < HELP && !seen.contains(&summary.id) {
                seen.push(summary.id);
                found.push((summary, why));
            }
        }
        found.len() < HELP
    };
    let of = |filter: Filter| (filter, HELP * (WEAKEST + 1));
    let (filter, limit) = of(Filter {
        item: Some(item.tag()),
        ..Filter::default()
    });
    let mut more = take(
        threads::list(db, who, &filter, None, limit)?.items,
        "この項目の話題",
    );
    if more {
        let near = search::similar(db, who, &app.searcher, &item.query, None, limit)?;
        more = take(near, "ことばが近い話題");
    }
    for slug in &item.initiatives {
        if more {
            let (filter, limit) = of(Filter {
                initiative: Some(slug.clone()),
                ..Filter::default()
            });
            more = take(
                threads::list(db, who, &filter, None, limit)?.items,
                "同じ取組の話題",
            );
        }
    }
    Ok(found)
}

/// Collections that hold what was found for an item; none twice on a page.
fn collections_for(
    db: &mut Db,
    who: &Who,
    threads: &[(Summary, &'static str)],
    seen: &mut Vec<Id>,
) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for (thread, _) in threads {
        for collection in collections::of_thread(db, who, thread.id)? {
            if links.len() < COLLECTIONS && !seen.contains(&collection.id) {
                seen.push(collection.id);
                let url = format!("/collections/{}", collection.id);
                links.push(Link::new(&collection.content.title, url));
            }
        }
    }
    Ok(links)
}

pub async fn keep(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let list = checklist::current()?;
    let input = CheckInput {
        // Whatever else a form brings is passed over.
        answers: form
            .iter()
            .filter(|(name, _)| list.item(name).is_some())
            .cloned()
            .collect(),
        shared: form
            .iter()
            .any(|(name, value)| name == "shared" && value == "1"),
    };
    let (house, sent) = (app.clone(), input.clone());
    let kept = app
        .write_as(credentials.clone(), move |db, who, now| {
            let terms = house.config.gap.terms().map_err(Error::internal)?;
            let today = now.day(house.config.timezone);
            super::keep(db, who, &house.mirror_key, &sent, (today, terms))
        })
        .await;
    match kept {
        Ok(_) => Ok(respond::see_other(&format!("{PAGE}?done=mirror#result"))),
        Err(Error::Invalid(errors)) => page(&app, credentials, "", Some((input, errors))).await,
        Err(error) => Err(error),
    }
}

pub async fn forget(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    app.write_as(credentials, move |db, who, _| {
        super::forget(db, who, &house.mirror_key)
    })
    .await?;
    Ok(respond::see_other(&format!("{PAGE}?done=mirror-gone")))
}
