//! The page of mail settings, and the links by which letters are left and joined.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::settings::{self, List, SettingsInput};
use super::site;
use super::view::{
    LeavePage, NoticesPage, NoticesParts, Said, SettingsPage, as_typed, name_of, upcoming,
};
use crate::accounts::http::DoneQuery;
use crate::accounts::{self, Who};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::requests::{self, News};
use crate::seals;
use crate::secret::Credentials;
use crate::taxonomy::{self, Vocabulary};
use crate::web::form::{Form, Query};
use crate::web::page::{Notice, Now};
use crate::web::respond;

pub async fn settings(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    settings_page(&app, credentials, None, FieldErrors::default(), query.done).await
}

async fn settings_page(
    app: &App,
    credentials: Credentials,
    typed: Option<SettingsInput>,
    errors: FieldErrors,
    done: String,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let calendar = app.config.digest.calendar().map_err(Error::internal)?;
    let page = app
        .read_as(credentials, move |db, who, now| {
            let settings = settings::own(db, who)?;
            let words = taxonomy::current(db)?;
            let typed = typed.unwrap_or_else(|| as_typed(&settings));
            let layout = house.frame(who).noting(Notice::of(&done));
            Ok(SettingsPage {
                upcoming: upcoming(&settings, &calendar, now, house.config.timezone),
                ..SettingsPage::new(layout, &typed, settings.silenced, &words, errors)
            })
        })
        .await?;
    respond::page_as(status, &page)
}

pub async fn change(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<SettingsInput>,
) -> Result<HttpResponse> {
    let (input, zone) = (form.clone(), app.config.timezone);
    let changed = app
        .write_as(credentials.clone(), move |db, who, now| {
            let words = taxonomy::current(db)?;
            settings::change(db, who, &input, &words, now.day(zone), now)
        })
        .await;
    match changed {
        Ok(()) => Ok(respond::see_other("/settings/mail?done=mail")),
        Err(Error::Invalid(errors)) => {
            settings_page(&app, credentials, Some(form), errors, String::new()).await
        }
        Err(error) => Err(error),
    }
}

pub async fn wake(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    app.write_as(credentials, settings::wake).await?;
    Ok(respond::see_other("/settings/mail?done=mail"))
}

/// Only shows a button: mail gateways open every link before the reader does.
pub async fn leave_form(
    app: Data<App>,
    credentials: Credentials,
    path: Path<(List, String)>,
) -> Result<HttpResponse> {
    let (list, token) = path.into_inner();
    leave_page(&app, credentials, list, token, false).await
}

async fn leave_page(
    app: &App,
    credentials: Credentials,
    list: List,
    token: String,
    done: bool,
) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await.without_find();
    let asked = token.clone();
    let receives = app
        .database
        .read(move |db| settings::by_link(db, list, &asked))
        .await;
    let (status, receives) = match receives {
        Ok(receives) => (StatusCode::OK, Some(receives)),
        Err(Error::NotFound) => (StatusCode::NOT_FOUND, None),
        Err(error) => return Err(error),
    };
    let page = LeavePage {
        layout,
        name: name_of(list),
        list: list.word(),
        token: receives.map(|_| token),
        receives: receives == Some(true),
        done,
    };
    respond::page_as(status, &page)
}

/// One click, without a cookie (RFC 8058): whoever has the letter may.
pub async fn leave(
    app: Data<App>,
    credentials: Credentials,
    path: Path<(List, String)>,
) -> Result<HttpResponse> {
    set_by_link(&app, credentials, path.into_inner(), false).await
}

pub async fn join(
    app: Data<App>,
    credentials: Credentials,
    path: Path<(List, String)>,
) -> Result<HttpResponse> {
    set_by_link(&app, credentials, path.into_inner(), true).await
}

async fn set_by_link(
    app: &App,
    credentials: Credentials,
    (list, token): (List, String),
    receives: bool,
) -> Result<HttpResponse> {
    let asked = token.clone();
    let set = app
        .write_as(Credentials::None, move |db, _, now| {
            settings::set_by_link(db, list, &asked, receives, now)
        })
        .await;
    match set {
        Ok(()) => leave_page(app, credentials, list, token, true).await,
        Err(Error::NotFound) => leave_page(app, credentials, list, token, false).await,
        Err(error) => Err(error),
    }
}

/// Notices that the page shows.
const NOTICES: i64 = 50;

pub async fn notices(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, _| {
            let told = site::own(db, who, NOTICES)?;
            let rulings = site::rulings(db, who, NOTICES)?;
            let tried = site::tried(db, who, NOTICES)?;
            let signed = told.iter().map(|one| &one.reply.signature);
            let signed = signed.chain(tried.iter().map(|one| &one.tryout.signature));
            let signers = accounts::signers(db, signed)?;
            let words = taxonomy::current(db)?;
            let (layout, now) = (house.frame(who), house.page_time());
            let parts = NoticesParts {
                said: said(db, who, now, &words)?,
                told: &told,
                rulings: &rulings,
                tried: &tried,
                signers: &signers,
                unseen: who.unseen(),
                words: &words,
                now,
            };
            Ok(NoticesPage::new(layout, parts))
        })
        .await?;
    respond::page(&page)
}

/// What is told beside replies and decisions.
fn said(db: &mut Db, who: &Who, now: Now, words: &Vocabulary) -> Result<Vec<Said>> {
    let mut said = seals_opened(db, who, now)?;
    let requests = requests::told(db, who, NOTICES)?.into_iter();
    said.extend(requests.map(|(request, news, at, seen)| Said {
        words: match news {
            News::Filled => "募集していた実践が集まりました",
            News::Reopened => "集まった実践が見られなくなったので、募集を続けています",
            News::Ended => "募集の期間が終わりました",
        },
        title: request.cell.in_words(words),
        url: format!("/requests/{}", request.id),
        detail: request.sentence,
        when: now.when(at),
        new: !seen,
    }));
    Ok(said)
}

/// Of one's own sealed posts, those whose name two moderators have seen.
fn seals_opened(db: &mut Db, who: &Who, now: Now) -> Result<Vec<Said>> {
    let opened = seals::opened(db, who, NOTICES)?.into_iter();
    let said = opened.map(|(request, subject, seen)| Said {
        words: "名前を出さない投稿について、運営担当の2人があなたの名前を確かめました",
        title: subject.thread.title,
        url: seals::view::path_of(request.post),
        detail: format!("理由：{}", request.reason),
        when: now.when(request.decided_at.unwrap_or(request.asked_at)),
        new: !seen,
    });
    Ok(said.collect())
}

pub async fn see_notices(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    app.write_as(credentials, |db, who, now| {
        site::see(db, who, now)?;
        seals::see(db, who)?;
        requests::see(db, who)
    })
    .await?;
    Ok(respond::see_other("/settings/notices"))
}
