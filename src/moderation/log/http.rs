//! The page of the log.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::{Deed, Filter};
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::duplicates;
use crate::moderation::view::{AuditPage, AuditParts, AuditTyped};
use crate::replies;
use crate::secret::Credentials;
use crate::text::{clean_line, narrow};
use crate::threads::api::cursor;
use crate::threads::{self, Cursor, Page, Thread};
use crate::web::form::Query;
use crate::web::page::address;
use crate::web::respond;

/// Entries on a page.
const ENTRIES: usize = 50;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct AuditQuery {
    person: String,
    action: String,
    thread: String,
    text: String,
    from: String,
    to: String,
    cursor: String,
}

const NO_DAY: &str = "日付は、2026-05-01 のように書いてください。";

impl AuditQuery {
    fn typed(&self) -> AuditTyped {
        AuditTyped {
            person: clean_line(&self.person),
            action: clean_line(&self.action),
            thread: clean_line(&self.thread),
            text: clean_line(&self.text),
            from: clean_line(&self.from),
            to: clean_line(&self.to),
        }
    }

    /// What cannot be read is named, and the rest still looked for.
    fn filter(
        &self,
        db: &mut Db,
        who: &Who,
        zone: chrono_tz::Tz,
        errors: &mut FieldErrors,
    ) -> Result<Filter> {
        let typed = self.typed();
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let mut day = |field: &str, text: &str| {
            let text = narrow(text);
            let day = text.parse::<NaiveDate>().ok();
            if day.is_none() && !text.is_empty() {
                errors.add(field, "no_day", NO_DAY);
            }
            day
        };
        let from = day("from", &typed.from).map(|day| At::start_of(day, zone));
        let until = day("to", &typed.to)
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(|day| At::start_of(day, zone));
        let deed = Deed::from_word(&typed.action);
        if deed.is_none() && !typed.action.is_empty() {
            errors.add("action", "unknown", "したことを一覧から選んでください。");
        }
        let thread = match given(typed.thread) {
            None => None,
            Some(text) => match thread_named(db, who, &text) {
                Ok(id) => Some(id),
                Err(Error::Invalid(mut found)) => {
                    for error in &mut found.0 {
                        "thread".clone_into(&mut error.field);
                    }
                    errors.0.append(&mut found.0);
                    None
                }
                Err(error) => return Err(error),
            },
        };
        Ok(Filter {
            person: given(typed.person),
            deed,
            thread,
            text: given(typed.text),
            from,
            until,
        })
    }

    fn address(&self, cursor: &str) -> String {
        let typed = self.typed();
        address(
            "/desk/audit",
            [
                ("person", typed.person.as_str()),
                ("action", &typed.action),
                ("thread", &typed.thread),
                ("text", &typed.text),
                ("from", &typed.from),
                ("to", &typed.to),
                ("cursor", cursor),
            ],
        )
    }
}

/// A thread by address, code or id, whatever its visibility: moderators see all.
fn thread_named(db: &mut Db, who: &Who, text: &str) -> Result<Id> {
    match duplicates::id_named(db, who, text) {
        Ok(id) if threads::in_full(db, &[id])?.is_empty() => Err(duplicates::unknown()),
        found => found,
    }
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<AuditQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let zone = app.config.timezone;
    let (status, page) = app
        .read_as(credentials, move |db, who, _| {
            who.may(Action::Moderate)?;
            let after = cursor(&query.cursor)?;
            let mut errors = FieldErrors::default();
            let filter = query.filter(db, who, zone, &mut errors)?;
            let found = if errors.is_empty() {
                super::search(db, who, &filter, after, ENTRIES)?
            } else {
                Page {
                    items: Vec::new(),
                    next: None,
                }
            };
            let entries = &found.items;
            let people: Vec<Id> = entries
                .iter()
                .flat_map(|entry| std::iter::once(entry.actor).chain(entry.person))
                .collect();
            let people = accounts::in_full(db, who, &people)?;
            let answers: Vec<Id> = entries.iter().filter_map(|entry| entry.reply).collect();
            let places: HashMap<Id, Id> = replies::in_full(db, who, &answers)?
                .into_iter()
                .map(|reply| (reply.id, reply.thread))
                .collect();
            let ids: Vec<Id> = entries
                .iter()
                .filter_map(|entry| entry.thread)
                .chain(places.values().copied())
                .collect();
            let threads: HashMap<Id, Thread> = threads::in_full(db, &ids)?
                .into_iter()
                .map(|thread| (thread.id, thread))
                .collect();
            let status = respond::form_status(&errors);
            let page = AuditPage::new(
                house.frame(who),
                AuditParts {
                    entries,
                    people: &people,
                    threads: &threads,
                    places: &places,
                    typed: query.typed(),
                    first: query.address(""),
                    next: found.next.map(|next| query.address(&Cursor::encode(next))),
                    later: after.is_some(),
                    errors,
                    now: house.page_time(),
                },
            );
            Ok((status, page))
        })
        .await?;
    respond::page_as(status, &page)
}
