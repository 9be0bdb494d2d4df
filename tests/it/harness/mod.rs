//! Builds the app as production does, on a database of its own, and gives it actors who carry their own credentials.
//! `TEST_DATABASE_URL` (postgres://…) chooses PostgreSQL; without it every test gets an SQLite file in memory.

pub mod database;
pub mod files;
pub mod ground;
pub mod html;
pub mod smtp;
pub mod town;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use actix_http::Request;
use actix_web::dev::Service;
use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{TestRequest, init_service};
use chrono::TimeDelta;
use hiroba::accounts::{self, NewPerson, PersonInput, Role, SessionKind};
use hiroba::app::App;
use hiroba::clock::{At, Clock};
use hiroba::config::Config;
use hiroba::id::Id;
use hiroba::mail::{Letter, Mailer};
use hiroba::web::create_app;
use hiroba::worker;
use serde_json::Value;

use self::database::TestDatabase;
pub use crate::server::{text, with_query};

/// When every test begins: a Friday between two meetings.
pub const START: &str = "2026-11-20T15:40:00+09:00";

type Call = Box<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Answer>>>>;

pub struct TestApp {
    pub app: App,
    pub mails: Arc<Mutex<Vec<Letter>>>,
    clock: Arc<AtomicI64>,
    call: Call,
    // Dropped in this order: the app lets go of its connections before the database is removed.
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

impl TestApp {
    pub async fn new() -> TestApp {
        TestApp::with(|_| {}).await
    }

    /// With a configuration of its own.
    pub async fn with(change: impl FnOnce(&mut Config)) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create();
        let mut config = Config {
            data_dir: folder.path().to_owned(),
            database_url: database.url(),
            bind: "127.0.0.1:8080".to_owned(),
            public_url: "https://hiroba.example".to_owned(),
            // The cheapest that argon2 takes; tests/it/people.rs has one test with production's parameters.
            argon2_memory_kib: 8,
            argon2_iterations: 1,
            ..Config::default()
        };
        config.limits.requests_per_minute = 0;
        config.limits.posts_per_hour = 0;
        change(&mut config);
        let mails = Arc::new(Mutex::new(Vec::new()));
        let clock = Arc::new(AtomicI64::new(At::parse(START).unwrap().micros()));
        let app = App::start(
            config,
            Clock::Fixed(Arc::clone(&clock)),
            Mailer::Memory(Arc::clone(&mails)),
        )
        .unwrap();
        worker::drain(&app).unwrap();
        let service = Rc::new(init_service(create_app(app.clone())).await);
        let call: Call = Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => Answer::read(response).await,
                    Err(error) => panic!("a layer let an error through: {error}"),
                }
            })
        });
        TestApp {
            app,
            mails,
            clock,
            call,
            _database: database,
            _folder: folder,
        }
    }

    pub fn now(&self) -> At {
        self.app.now()
    }

    /// Moves the clock.
    pub fn advance(&self, span: TimeDelta) {
        let micros = span.num_microseconds().unwrap();
        self.clock.fetch_add(micros, Ordering::SeqCst);
    }

    /// Runs every job and takes every change into the index.
    pub fn drain(&self) {
        ground::settle(&self.app);
    }

    /// Somebody who has not signed in.
    pub fn anon(&self) -> Actor<'_> {
        Actor {
            app: self,
            id: None,
            email: String::new(),
            cookie: None,
            bearer: None,
        }
    }

    pub fn teacher(&self, name: &str) -> Actor<'_> {
        self.person(name, Role::Teacher, "小学校")
    }

    pub fn trainer(&self, name: &str) -> Actor<'_> {
        self.person(name, Role::Trainer, "教育委員会・教育センター")
    }

    /// A person of any role, signed in with a cookie. The address is made from the name.
    pub fn person(&self, name: &str, role: Role, school_type: &str) -> Actor<'_> {
        let email = format!("{name}@hiroba.example");
        let input = PersonInput {
            email: email.clone(),
            name: format!("先生 {name}"),
            school_type: school_type.to_owned(),
            role: role.to_string(),
            ..PersonInput::default()
        };
        let (id, secret) = self
            .app
            .write_here(|db, now| {
                let new: NewPerson = input.parse(db)?;
                let id = accounts::create(db, &accounts::house(), &new, None, now)?;
                let kind = SessionKind::Browser;
                let span = TimeDelta::days(7);
                let secret = accounts::open_session(db, id, kind, "test", span, now)?;
                Ok((id, secret))
            })
            .unwrap();
        Actor {
            app: self,
            id: Some(id),
            email,
            cookie: Some(secret.reveal().to_owned()),
            bearer: None,
        }
    }
}

/// Somebody who asks, with their own credentials.
#[derive(Clone)]
pub struct Actor<'a> {
    app: &'a TestApp,
    pub id: Option<Id>,
    pub email: String,
    pub cookie: Option<String>,
    pub bearer: Option<String>,
}

impl<'a> Actor<'a> {
    /// The same person with a new session, when the old one has run out.
    pub fn again(&self) -> Actor<'a> {
        let id = self.id.unwrap();
        let span = TimeDelta::days(7);
        let opened = self.app.app.write_here(|db, now| {
            accounts::open_session(db, id, SessionKind::Browser, "test", span, now)
        });
        Actor {
            cookie: Some(opened.unwrap().reveal().to_owned()),
            ..self.clone()
        }
    }

    /// The same session as a bearer token.
    pub fn by_bearer(&self) -> Actor<'a> {
        Actor {
            bearer: self.cookie.clone(),
            cookie: None,
            ..self.clone()
        }
    }

    /// A request with this actor's credentials, as from our own pages.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let mut request = TestRequest::with_uri(path)
            .method(method)
            .peer_addr("203.0.113.7:4000".parse().unwrap())
            .insert_header((header::HOST, "hiroba.example"))
            .insert_header(("sec-fetch-site", "same-origin"));
        if let Some(cookie) = &self.cookie {
            let text = format!("hiroba_session={cookie}");
            request = request.insert_header((header::COOKIE, text));
        }
        if let Some(token) = &self.bearer {
            request = request.insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
        }
        request
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        (self.app.call)(request.to_request()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A form; names may repeat.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).set_form(fields);
        self.send(request).await
    }

    pub async fn api(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).set_json(body);
        self.send(request).await
    }

    pub async fn api_post(&self, path: &str, body: Value) -> Answer {
        self.api(Method::POST, path, body).await
    }

    /// Posts a question through the API and returns it.
    pub async fn ask(&self, title: &str) -> Value {
        self.thread("question", title, "本文です。").await
    }

    pub async fn thread(&self, kind: &str, title: &str, body: &str) -> Value {
        let thread = serde_json::json!({
            "kind": kind, "title": title, "body": body, "school_type": "小学校", "policies": [3],
        });
        let answer = self.api_post("/api/v1/threads", thread).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()
    }

    /// Answers a thread through the API and returns the reply.
    pub async fn reply(&self, thread: &Value, body: &str) -> Value {
        let path = format!("/api/v1/threads/{}/replies", text(&thread["id"]));
        let answer = self
            .api_post(&path, serde_json::json!({ "body": body }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()
    }

    /// Titles found by a search, best first.
    pub async fn search(&self, query: &str) -> Vec<String> {
        let answer = self
            .get(&with_query("/api/v1/search", &[("q", query)]))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let hits = answer.json()["hits"].as_array().cloned().unwrap();
        hits.iter()
            .map(|hit| text(&hit["thread"]["title"]))
            .collect()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub body: String,
    /// `body` as it came: not every answer is text.
    pub bytes: Vec<u8>,
}

impl Answer {
    async fn read<B: actix_web::body::MessageBody>(
        response: actix_web::dev::ServiceResponse<B>,
    ) -> Answer {
        let status = response.status();
        let headers = response.headers().clone();
        let body = actix_web::body::to_bytes(response.into_body()).await;
        let bytes = match body {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => panic!("the body could not be read"),
        };
        Answer {
            status,
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {}", self.body),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }
}
