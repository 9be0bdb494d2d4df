//! `/admin/people/import`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::MAX_LINES;
use super::view::RollPage;
use crate::accounts::{self, Action, Who};
use crate::app::App;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::exchange::people::{self, Outcome, Roll, Told};
use crate::moderation::log::{self, Deed};
use crate::secret::Credentials;
use crate::web::form::Form;
use crate::web::respond;

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct RollForm {
    csv: String,
    /// `import`: what was shown is done; anything else only shows it.
    action: String,
}

pub async fn form(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |_, who, _| {
            who.may(Action::ManagePeople)?;
            Ok(RollPage::new(house.frame(who), "", None))
        })
        .await?;
    respond::page(&page)
}

pub async fn import(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<RollForm>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let csv = form.csv.clone();
    let done = app
        .write_as(credentials.clone(), move |db, who, now| {
            who.may(Action::ManagePeople)?;
            let roll = read(&form.csv)?;
            let layout = house.frame(who);
            Ok(if form.action == "import" {
                let told = people::import_here(db, who, roll, now)?;
                note(db, who, &told, now)?;
                RollPage::done(layout, &told)
            } else {
                let told = people::rehearse(db, who, roll, now)?;
                RollPage::new(layout, &form.csv, Some(&told))
            })
        })
        .await;
    match done {
        Ok(page) => respond::page(&page),
        Err(Error::Invalid(errors)) => {
            let house = app.clone();
            let status = respond::form_status(&errors);
            let page = app
                .read_as(credentials, move |_, who, _| {
                    Ok(RollPage::refused(house.frame(who), &csv, errors))
                })
                .await?;
            respond::page_as(status, &page)
        }
        Err(error) => Err(error),
    }
}

/// Writes down whom a roll has made, and whose role it has changed.
fn note(db: &mut Db, who: &Who, told: &[Told], now: At) -> Result<()> {
    for line in told {
        let (deed, reason) = match &line.outcome {
            Outcome::New => (Deed::Created, String::new()),
            Outcome::Changed(changes) => {
                match changes.iter().find(|change| change.label == people::ROLE) {
                    Some(role) => (Deed::Role, format!("{} → {}", role.from, role.to)),
                    None => continue,
                }
            }
            Outcome::Same | Outcome::Refused(_) => continue,
        };
        let person = accounts::by_email(db, &line.email)?;
        log::note_person(db, who, person.id, deed, &reason, now)?;
    }
    Ok(())
}

/// # Errors
/// `Invalid` on `csv` with what is to be done about it.
fn read(csv: &str) -> Result<Roll> {
    let refuse = |code: &str, text: String| Error::Invalid(FieldErrors::one("csv", code, text));
    if csv.trim().is_empty() {
        return Err(refuse(
            "required",
            "名簿を貼り付けるか、ファイルを選んでください。".to_owned(),
        ));
    }
    let roll = Roll::read(csv.as_bytes()).map_err(|error| match error {
        Error::BadRequest(_) => refuse(
            "header",
            "1行目に、email,name,school_type,role の見出しが必要です。".to_owned(),
        ),
        other => other,
    })?;
    if roll.is_empty() {
        return Err(refuse(
            "empty",
            "見出しのあとに、人が1人も書かれていません。".to_owned(),
        ));
    }
    if roll.len() > MAX_LINES {
        return Err(refuse(
            "too_long",
            format!(
                "一度に取り込めるのは{MAX_LINES}人までです。いまは{}人です。分けて取り込んでください。",
                roll.len()
            ),
        ));
    }
    Ok(roll)
}
