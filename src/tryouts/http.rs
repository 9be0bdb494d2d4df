//! 「まねしてみた」 as pages and forms.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::view::{RemovePage, TryoutForm, TryoutSection, TryoutView, TryoutsPage};
use super::{Tryout, TryoutInput, api};
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::db::Db;
use crate::db::once::OnceKey;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::threads::http::{Place, thread_page};
use crate::threads::view::{AnswerForm, signed};
use crate::threads::writing::http::Seal;
use crate::threads::{self, Kind, Submit, Thread};
use crate::web::form::{Form, Query};
use crate::web::page::{Notice, NoticeKind, Now, address};
use crate::web::{error, respond};

/// Try-outs on the page of a practice, and on a page of their own.
const FIRST: usize = 5;
const PAGE: usize = 30;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct TryoutFields {
    outcome: String,
    school_type: String,
    grade: String,
    changed: String,
    note: String,
    /// true, false; empty where the form did not ask.
    sealed: String,
    key: String,
}

impl TryoutFields {
    fn input(&self) -> TryoutInput {
        TryoutInput {
            outcome: self.outcome.clone(),
            school_type: self.school_type.clone(),
            grade: self.grade.clone(),
            changed: self.changed.clone(),
            note: self.note.clone(),
        }
    }

    /// What a person needs to write it again elsewhere.
    fn words(&self) -> String {
        let parts = [self.changed.as_str(), self.note.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|one| !one.is_empty()).collect();
        parts.join("\n")
    }
}

/// A form that is shown again: what was typed, and what must change.
pub struct Again {
    pub fields: TryoutFields,
    pub errors: FieldErrors,
}

/// The part of a practice's page that tells what became of it elsewhere; None where there is nothing to tell or to ask.
pub fn section(
    db: &mut Db,
    who: &Who,
    thread: &Thread,
    (again, key): (Option<&Again>, Id),
    seal: Option<&Seal>,
    words: &Vocabulary,
    now: Now,
) -> Result<Option<TryoutSection>> {
    if thread.kind != Kind::Practice && thread.standing.tries == 0 {
        return Ok(None);
    }
    let (mut shown, mut tallies) = (Vec::new(), BTreeMap::new());
    if thread.standing.tries > 0 {
        let page = super::of_thread(db, who, thread.id, None, FIRST)?;
        shown = list_of(db, who, &page.items, words, now)?;
        tallies = super::tallies(db, thread.id)?;
    }
    let mut section = TryoutSection::new(thread, &tallies, shown, words);
    match super::check(who, thread) {
        Ok(()) => {
            section.form = Some(form(who, again, key, seal, words)?);
            section.signed = signed(who, words);
        }
        Err(Error::SignInRequired) => {
            let back = section.path.clone();
            section.login_url = Some(address("/login", [("next", back.as_str())]));
        }
        Err(Error::Forbidden(_)) if thread.author.is_who(who) => {
            section.instead = "あなたの実践です。ほかの先生が試した記録が、ここに並びます。";
        }
        Err(_) => {}
    }
    Ok(Some(section))
}

fn list_of(
    db: &mut Db,
    who: &Who,
    tryouts: &[Tryout],
    words: &Vocabulary,
    now: Now,
) -> Result<Vec<TryoutView>> {
    let signers = accounts::signers(db, tryouts.iter().map(|one| &one.signature))?;
    Ok(TryoutView::list(tryouts, &signers, who, words, now))
}

fn form(
    who: &Who,
    again: Option<&Again>,
    key: Id,
    seal: Option<&Seal>,
    words: &Vocabulary,
) -> Result<TryoutForm> {
    let (typed, key, errors, sealed) = match again {
        Some(again) => (
            again.fields.input(),
            again.fields.key.clone(),
            again.errors.clone(),
            threads::api::truth(&again.fields.sealed),
        ),
        None => {
            let untouched = TryoutInput {
                school_type: who.member()?.school_type.clone(),
                ..TryoutInput::default()
            };
            (untouched, key.to_string(), FieldErrors::default(), None)
        }
    };
    let sign = seal.map(|seal| seal.field(who, sealed, words));
    Ok(TryoutForm::new(&typed, key, errors, sign, words))
}

pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    id: Path<Id>,
    Form(fields): Form<TryoutFields>,
) -> Result<HttpResponse> {
    let id = *id;
    let limits = app.config.limits.clone();
    let sent = fields.clone();
    let recorded = app
        .write_as(credentials.clone(), move |db, who, now| {
            let key = OnceKey::new(&format!("tryout:{id}"), &sent.key)?;
            let submit = Submit::new(key.as_ref(), &limits);
            let input = (&sent.input(), threads::api::truth(&sent.sealed));
            api::record(db, who, id, input, &submit, now)
        })
        .await;
    match recorded {
        Ok(tryout) => {
            let page = address(&format!("/threads/{id}"), [("done", "tried")]);
            Ok(respond::see_other(&format!("{page}#tried-{}", tryout.id)))
        }
        Err(why) => create_again(&app, &request, credentials, id, fields, why).await,
    }
}

/// The practice's page with the form as it was typed and what must change.
async fn create_again(
    app: &App,
    request: &HttpRequest,
    credentials: Credentials,
    thread: Id,
    fields: TryoutFields,
    why: Error,
) -> Result<HttpResponse> {
    let kept = fields.words();
    let status = why.face().0;
    let (errors, notice) = match why {
        Error::Invalid(errors) => (errors, None),
        why @ (Error::TooMany(_) | Error::Newcomer { .. } | Error::Busy(_) | Error::NoRoom(_)) => {
            let notice = Notice::new(NoticeKind::Error, why.face().3);
            (FieldErrors::default(), Some(notice))
        }
        why => return Ok(error::with_kept(request, &why, kept).await),
    };
    let house = app.clone();
    let made = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let again = Again { fields, errors };
            let place = Place {
                tryout: Some(&again),
                ..Place::default()
            };
            let answer = AnswerForm {
                key: Id::new(now).to_string(),
                ..AnswerForm::default()
            };
            let layout = house.frame(who).noting(notice);
            thread_page(&house, db, who, thread, layout, answer, &place)
        })
        .await;
    match made {
        Ok(page) => respond::page_as(status, &page),
        Err(why) => Ok(error::with_kept(request, &why, kept).await),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ListQuery {
    cursor: String,
    done: String,
}

pub async fn list(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let thread = threads::find(db, who, *id)?;
            let after = threads::api::cursor(&query.cursor)?;
            let page = super::of_thread(db, who, thread.id, after, PAGE)?;
            let words = taxonomy::current(db)?;
            let shown = list_of(db, who, &page.items, &words, house.page_time())?;
            let tallies = super::tallies(db, thread.id)?;
            let section = TryoutSection::new(&thread, &tallies, shown, &words);
            let may_record = super::check(who, &thread).is_ok();
            let layout = house.frame(who).noting(Notice::of(&query.done));
            Ok(TryoutsPage::new(
                layout, &thread, section, may_record, after, page.next,
            ))
        })
        .await?;
    respond::page(&page)
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct RemoveFields {
    reason: String,
}

pub async fn remove_form(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    remove_page(
        &app,
        credentials,
        *id,
        String::new(),
        FieldErrors::default(),
    )
    .await
}

async fn remove_page(
    app: &App,
    credentials: Credentials,
    id: Id,
    reason: String,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            let tryout = super::find(db, who, id)?;
            who.may(Action::Remove {
                author: tryout.author,
            })?;
            Ok(RemovePage {
                layout: house.frame(who),
                action: format!("/tryouts/{id}/remove"),
                back: format!("/threads/{}/tryouts", tryout.thread),
                extract: tryout.note.clone(),
                asks_reason: !tryout.author.is_who(who),
                reason,
                errors,
            })
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn remove(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
    Form(fields): Form<RemoveFields>,
) -> Result<HttpResponse> {
    let (id, reason) = (*id, fields.reason.clone());
    let removed = app
        .write_as(credentials.clone(), move |db, who, now| {
            api::remove_one(db, who, id, &reason, now)
        })
        .await;
    match removed {
        Ok(tryout) => Ok(respond::see_other(&format!(
            "/threads/{}?done=untried#try",
            tryout.thread
        ))),
        Err(Error::Invalid(errors)) => {
            remove_page(&app, credentials, id, fields.reason, errors).await
        }
        Err(why) => Err(why),
    }
}
