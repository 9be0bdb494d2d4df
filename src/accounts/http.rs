//! Pages of signing in and out, signing up, passwords by mail link, one's own settings.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::password::Password;
use super::view::{
    ForgotPage, LoginError, LoginPage, MailSentPage, ProfilePage, SetPasswordPage, SettingsPage,
    SignupPage, as_typed,
};
use super::{Action, Email, Person, PersonInput, ProfileInput, SessionKind};
use crate::app::App;
use crate::db::Db;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation;
use crate::seals;
use crate::secret::{Credentials, Secret};
use crate::taxonomy;
use crate::text::clean_line;
use crate::web::form::{Form, Query};
use crate::web::page::{Nav, Notice};
use crate::web::session::{client_address, own_path};
use crate::web::{respond, session};

/// Somebody who has just signed in.
pub struct Entered {
    pub person: Person,
    pub secret: Secret,
}

/// Checks address and password and opens a session: the one way in, for the page and the API. `stay` keeps it for
/// `session_max`, otherwise it ends after a working day (12 hours).
///
/// # Errors
/// `WrongCredentials`, `TooMany`, `Busy`.
pub async fn enter(
    app: &App,
    request: &HttpRequest,
    email: &str,
    password: &str,
    stay: bool,
) -> Result<Entered> {
    let now = app.now();
    let account_key = email.trim().to_lowercase();
    let address = client_address(request, &app.config.trusted_proxies)
        .map_or_else(String::new, |address| address.to_string());
    app.throttles.login_per_address.count(&address, now)?;
    app.throttles.login_per_account.count(&account_key, now)?;
    let lifetime = if stay {
        app.config.session_max_span()
    } else {
        app.config.session_max_span().min(super::WORKING_DAY)
    };
    // Once more where the hash was replaced meanwhile: by a new password, or only by newer parameters.
    for _ in 0..2 {
        let proof = prove(app, &account_key, password).await?;
        app.throttles.login_per_account.forgive(&account_key);
        let label = device(request);
        let opened = app
            .database
            .write(move |db| {
                super::hold_credentials(db, proof.account, &proof.stored)?;
                if let Some(new) = &proof.rehash {
                    super::store_rehash(db, proof.account, &proof.stored, new)?;
                }
                let kind = SessionKind::Browser;
                let secret = super::open_session(db, proof.account, kind, &label, lifetime, now)?;
                let person = super::by_id(db, proof.account)?;
                Ok(Entered { person, secret })
            })
            .await;
        match opened {
            Err(Error::WrongCredentials) => {}
            other => return other,
        }
    }
    Err(Error::WrongCredentials)
}

/// Asks somebody who is signed in for their password once more. Returns the hash that it was right for.
///
/// # Errors
/// `WrongCredentials`, `TooMany`, `Busy`.
pub async fn prove_again(app: &App, email: &str, password: &str) -> Result<String> {
    app.throttles.login_per_account.count(email, app.now())?;
    let proof = prove(app, email, password).await?;
    app.throttles.login_per_account.forgive(email);
    Ok(proof.stored)
}

/// A password that was right for the hash that was stored.
struct Proof {
    account: Id,
    stored: String,
    /// The same password with newer parameters.
    rehash: Option<String>,
}

async fn prove(app: &App, account_key: &str, password: &str) -> Result<Proof> {
    let wanted = account_key.to_owned();
    let candidate = app
        .database
        .read(move |db| super::sign_in_candidate(db, &wanted))
        .await?;
    let (account, stored) = match candidate {
        Some((account, stored)) => (Some(account), stored),
        None => (None, None),
    };
    let verdict = app
        .hasher
        .verify(Password::attempt(password), stored.clone())
        .await?;
    match (account, stored) {
        (Some(account), Some(stored)) if verdict.right => Ok(Proof {
            account,
            stored,
            rehash: verdict.rehash,
        }),
        _ => Err(Error::WrongCredentials),
    }
}

/// What the session list calls a device: system and browser, nothing finer.
pub fn device(request: &HttpRequest) -> String {
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let pick = |known: &[(&'static str, &'static str)]| {
        known
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let system = pick(&[
        ("CrOS", "Chromebook"),
        ("iPad", "iPad"),
        ("iPhone", "iPhone"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ]);
    let browser = pick(&[
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    match (system, browser) {
        (Some(system), Some(browser)) => format!("{system}・{browser}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "そのほかの端末".to_owned(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LoginQuery {
    next: String,
    done: String,
}

pub async fn login_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<LoginQuery>,
) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await;
    let next = own_path(&query.next);
    if layout.signed_in() {
        return Ok(respond::see_other(next));
    }
    respond::page(&LoginPage {
        layout: layout.noting(Notice::of(&query.done)).without_find(),
        email: String::new(),
        next: next.to_owned(),
        error: None,
        signup: !app.config.signup_domains.is_empty(),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LoginForm {
    email: String,
    password: String,
    next: String,
    stay: String,
}

pub async fn login(
    app: Data<App>,
    request: HttpRequest,
    Form(form): Form<LoginForm>,
) -> Result<HttpResponse> {
    let next = own_path(&form.next).to_owned();
    let stay = !form.stay.is_empty();
    match enter(&app, &request, &form.email, &form.password, stay).await {
        Ok(entered) => {
            let lifetime = stay.then(|| app.config.session_max_span());
            let mut response = respond::see_other(&next);
            response
                .add_cookie(&session::cookie(&app.config, &entered.secret, lifetime))
                .map_err(Error::internal)?;
            Ok(response)
        }
        Err(error @ (Error::WrongCredentials | Error::TooMany(_))) => {
            let (status, problem) = match &error {
                Error::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, LoginError::TooOften),
                _ => (StatusCode::UNAUTHORIZED, LoginError::Wrong),
            };
            let layout = app.frame_for(Credentials::None).await.without_find();
            let page = LoginPage {
                layout,
                email: clean_line(&form.email),
                next,
                error: Some(problem),
                signup: !app.config.signup_domains.is_empty(),
            };
            let mut response = respond::page_as(status, &page)?;
            error.tell_wait(&mut response);
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

pub async fn logout(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let ended = app
        .write_as(credentials, |db, who, _| super::sign_out(db, who))
        .await;
    match ended {
        Ok(()) | Err(Error::SignInRequired) => {
            let mut response = respond::see_other("/login?done=signed-out");
            response
                .add_removal_cookie(&session::no_cookie(&app.config))
                .map_err(Error::internal)?;
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SignupForm {
    email: String,
    name: String,
    school_type: String,
}

pub async fn signup_form(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    signup_page(&app, credentials, &PersonInput::default(), None).await
}

async fn signup_page(
    app: &App,
    credentials: Credentials,
    typed: &PersonInput,
    errors: Option<FieldErrors>,
) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await.without_find();
    let words = app.database.read(taxonomy::current).await?;
    let status = match errors {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let domains = &app.config.signup_domains;
    let page = SignupPage::new(layout, typed, domains, errors.unwrap_or_default(), &words);
    respond::page_as(status, &page)
}

pub async fn signup(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Form(form): Form<SignupForm>,
) -> Result<HttpResponse> {
    count_link(&app, &request, &form.email)?;
    let typed = PersonInput {
        email: form.email,
        name: form.name,
        school_type: form.school_type,
        ..PersonInput::default()
    };
    let (house, input) = (app.clone(), typed.clone());
    let asked = app
        .write_as(Credentials::None, move |db, _, now| {
            let new = input.parse(db)?;
            super::sign_up(db, &house.config, &new, now)
        })
        .await;
    match asked {
        Ok(()) => mail_sent(&app, credentials).await,
        Err(Error::Invalid(errors)) => signup_page(&app, credentials, &typed, Some(errors)).await,
        Err(error) => Err(error),
    }
}

/// Nobody floods a mailbox through us.
pub fn count_link(app: &App, request: &HttpRequest, email: &str) -> Result<()> {
    let now = app.now();
    let address = client_address(request, &app.config.trusted_proxies)
        .map_or_else(String::new, |address| address.to_string());
    app.throttles.login_per_address.count(&address, now)?;
    let key = email.trim().to_lowercase();
    app.throttles.links_per_account.count(&key, now)
}

pub async fn mail_sent(app: &App, credentials: Credentials) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await.without_find();
    respond::page(&MailSentPage { layout })
}

pub async fn forgot_form(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await.without_find();
    respond::page(&ForgotPage {
        layout,
        email: String::new(),
        errors: FieldErrors::default(),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ForgotForm {
    email: String,
}

pub async fn forgot(
    app: Data<App>,
    request: HttpRequest,
    credentials: Credentials,
    Form(form): Form<ForgotForm>,
) -> Result<HttpResponse> {
    if let Err(error) = Email::parse("email", &form.email) {
        let layout = app.frame_for(credentials).await.without_find();
        let page = ForgotPage {
            layout,
            email: clean_line(&form.email),
            errors: FieldErrors(vec![error]),
        };
        return respond::page_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    count_link(&app, &request, &form.email)?;
    let email = form.email;
    app.write_as(Credentials::None, move |db, _, now| {
        super::ask_for_link(db, &email, now)
    })
    .await?;
    mail_sent(&app, credentials).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LinkQuery {
    token: String,
}

/// Only shows a form: mail gateways open every link before the reader does.
pub async fn set_password_form(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<LinkQuery>,
) -> Result<HttpResponse> {
    set_password_page(&app, credentials, &query.token, None).await
}

async fn set_password_page(
    app: &App,
    credentials: Credentials,
    token: &str,
    errors: Option<FieldErrors>,
) -> Result<HttpResponse> {
    let layout = app.frame_for(credentials).await.without_find();
    let (secret, now) = (Secret::presented(token), app.now());
    let owner = app
        .database
        .read(move |db| super::link_owner(db, &secret, now))
        .await;
    let email = match owner {
        Ok(person) => Some(person.email),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let status = match (&email, &errors) {
        (None, _) => StatusCode::NOT_FOUND,
        (Some(_), Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), None) => StatusCode::OK,
    };
    let page = SetPasswordPage {
        layout,
        token: token.to_owned(),
        email,
        errors: errors.unwrap_or_default(),
    };
    respond::page_as(status, &page)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SetPasswordForm {
    token: String,
    password: String,
}

pub async fn set_password(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<SetPasswordForm>,
) -> Result<HttpResponse> {
    let password = match Password::new("password", &form.password) {
        Ok(password) => password,
        Err(error) => {
            let errors = FieldErrors(vec![error]);
            return set_password_page(&app, credentials, &form.token, Some(errors)).await;
        }
    };
    let (secret, now) = (Secret::presented(&form.token), app.now());
    let known = secret.clone();
    let owner = app
        .database
        .read(move |db| super::link_owner(db, &known, now))
        .await;
    match owner {
        Ok(_) => {}
        Err(Error::NotFound) => {
            return set_password_page(&app, credentials, &form.token, None).await;
        }
        Err(error) => return Err(error),
    }
    let hash = app.hasher.hash(password).await?;
    let done = app
        .write_as(Credentials::None, move |db, _, now| {
            super::set_password_by_link(db, &secret, &hash, now)
        })
        .await;
    match done {
        Ok(_) => Ok(respond::see_other("/login?done=password")),
        Err(Error::NotFound) => set_password_page(&app, credentials, &form.token, None).await,
        Err(error) => Err(error),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DoneQuery {
    pub done: String,
}

pub async fn settings(
    app: Data<App>,
    credentials: Credentials,
    Query(query): Query<DoneQuery>,
) -> Result<HttpResponse> {
    let house = app.clone();
    let page = app
        .read_as(credentials, move |db, who, now| {
            let person = super::own(db, who)?;
            let words = taxonomy::current(db)?;
            let sessions = super::sessions(db, who, now)?;
            let school = school_name(db, &person)?;
            let layout = house
                .frame(who)
                .at(Nav::Mine)
                .noting(Notice::of(&query.done));
            let present = who.member()?.session;
            let time = house.page_time();
            let (waiting, seals) = if who.can(Action::Moderate) {
                let reports = moderation::count_waiting(db, who)?;
                (reports, seals::count_waiting(db, who, now)?)
            } else {
                (0, 0)
            };
            Ok(SettingsPage {
                waiting,
                seals,
                unseen: who.unseen(),
                ..SettingsPage::new(layout, &person, school, &sessions, present, &words, time)
            })
        })
        .await?;
    respond::page(&page)
}

pub async fn profile(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    profile_page(&app, credentials, None, FieldErrors::default()).await
}

async fn profile_page(
    app: &App,
    credentials: Credentials,
    typed: Option<ProfileInput>,
    errors: FieldErrors,
) -> Result<HttpResponse> {
    let house = app.clone();
    let status = respond::form_status(&errors);
    let page = app
        .read_as(credentials, move |db, who, _| {
            let person = super::own(db, who)?;
            let words = taxonomy::current(db)?;
            let typed = match typed {
                Some(typed) => typed,
                None => ProfileInput {
                    school: school_name(db, &person)?.unwrap_or_default(),
                    ..as_typed(&person)
                },
            };
            let (layout, position) = (house.frame(who), person.position.as_deref());
            Ok(ProfilePage::new(layout, &typed, position, &words, errors))
        })
        .await?;
    respond::page_as(status, &page)
}

/// The name of a person's school.
pub fn school_name(db: &mut Db, person: &Person) -> Result<Option<String>> {
    match &person.school {
        Some(slug) => Ok(taxonomy::school_names(db, std::slice::from_ref(slug))?.remove(slug)),
        None => Ok(None),
    }
}

pub async fn change_profile(
    app: Data<App>,
    credentials: Credentials,
    Form(form): Form<ProfileInput>,
) -> Result<HttpResponse> {
    let input = form.clone();
    let today = app.now().day(app.config.timezone);
    let changed = app
        .write_as(credentials.clone(), move |db, who, now| {
            super::change_own(db, who, &input, today, now)
        })
        .await;
    match changed {
        Ok(()) => Ok(respond::see_other("/settings?done=profile")),
        Err(Error::Invalid(errors)) => profile_page(&app, credentials, Some(form), errors).await,
        Err(error) => Err(error),
    }
}

pub async fn end_session(
    app: Data<App>,
    credentials: Credentials,
    id: Path<Id>,
) -> Result<HttpResponse> {
    app.write_as(credentials, move |db, who, _| {
        super::end_session(db, who, *id)
    })
    .await?;
    Ok(respond::see_other("/settings?done=session-ended"))
}

pub async fn end_other_sessions(app: Data<App>, credentials: Credentials) -> Result<HttpResponse> {
    app.write_as(credentials, |db, who, _| super::end_other_sessions(db, who))
        .await?;
    Ok(respond::see_other("/settings?done=others-ended"))
}
