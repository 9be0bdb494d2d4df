//! Pages that show letters: one's own, the ledger for administrators, and the demo's mails.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::view::{DevMailPage, DevMailsPage, LedgerPage, LettersPage, MailLine, PreviewPage};
use crate::accounts::Action;
use crate::app::App;
use crate::calendar::{Slot, Week};
use crate::error::{Error, Result};
use crate::mail::read::Folder;
use crate::notices::{outbox, settings};
use crate::secret::Credentials;
use crate::web::form::Query;
use crate::web::respond;

/// Issues that a person's list and the ledger show.
const LETTERS: i64 = 30;
const ISSUES: i64 = 30;
/// Mails of the demo on its page.
const MAILS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct WeekQuery {
    week: String,
}

pub async fn preview(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<WeekQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            who.may(Action::Post)?;
            let account = who.member()?.id;
            let present = Week::of(now.day(house.config.timezone));
            let week = match query.week.trim() {
                "" => present,
                text => Week::parse(text).ok_or(Error::NotFound)?,
            };
            let preview = super::preview(db, account, week, &house.config, now)?;
            let own = settings::own(db, who)?;
            let slot = Slot {
                week,
                weekday: own.weekday,
                window: own.window,
            };
            let layout = house.frame(who);
            Ok(PreviewPage::new(layout, &preview, slot, week < present))
        })
        .await?;
    respond::page(&page)
}

pub async fn letters(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let entries = super::own_entries(db, who, LETTERS)?;
            Ok(LettersPage::new(house.frame(who), &entries))
        })
        .await?;
    respond::page(&page)
}

pub async fn ledger(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let figures = super::figures(db, who, ISSUES)?;
            let news = outbox::news_figures(db, who)?;
            let failures = outbox::failures(db, who)?;
            Ok(LedgerPage::new(
                house.frame(who),
                &figures,
                &news,
                &failures,
                house.page_time(),
            ))
        })
        .await?;
    respond::page(&page)
}

/// The demo's folder of mails. Elsewhere nobody may know of it: mails hold links that act for their readers.
fn demo_mails(app: &App) -> Result<Folder> {
    let folder = app.mailer.folder().filter(|_| app.config.demo);
    folder.cloned().map(Folder).ok_or(Error::NotFound)
}

pub async fn dev_mails(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await;
    let mails = demo_mails(&app)?.list(MAILS)?;
    respond::page(&DevMailsPage {
        layout,
        mails: mails.iter().map(MailLine::of).collect(),
    })
}

pub async fn dev_mail(
    app: Data<App>,
    credentials: Credentials,
    name: Path<String>,
) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await;
    let mail = demo_mails(&app)?.read(&name)?.ok_or(Error::NotFound)?;
    respond::page(&DevMailPage {
        layout,
        name: name.into_inner(),
        head: mail.head,
        text: mail.text,
        has_html: mail.html.is_some(),
    })
}

/// The HTML part alone, as a mail program would show it: it may load and run nothing.
pub async fn dev_mail_html(app: Data<App>, name: Path<String>) -> Result<HttpResponse> {
    let mail = demo_mails(&app)?.read(&name)?.ok_or(Error::NotFound)?;
    let html = mail.html.ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ))
        .body(html))
}
