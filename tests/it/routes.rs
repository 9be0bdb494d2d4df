//! Every route for every role: the one place that says what each of them answers.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::invitation::{self, InvitationInput};
use hiroba::accounts::{self, Action, Role, Who};
use hiroba::curation::collections::{self, CollectionInput, ItemInput};
use hiroba::curation::{freshness, proposals};
use hiroba::drafts::{self, Fields, Keeping, Purpose};
use hiroba::id::{Id, short_code};
use hiroba::moderation::Post;
use hiroba::notices::settings;
use hiroba::requests::{self, RequestInput};
use hiroba::routes::TABLE;
use hiroba::seals;
use hiroba::secret::{Credentials, Secret};
use hiroba::synonyms::{self, State};
use hiroba::taxonomy;
use hiroba::threads::{self, Loose, Submit, ThreadInput};
use hiroba::tryouts::{self, TryoutInput};
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::ground::{self, dead_job, run};
use crate::harness::{Actor, Answer, TestApp, text, with_query};

/// The status that stands for 「sign in first」: 401, or a page's 303 to the form for it.
const IN: u16 = 401;

/// What a route answers to: a visitor; a visitor where reading is open; the author of the thread or reply; another
/// teacher; a trainer; a moderator; an administrator. Redirects after a form are 303.
type Line = (&'static str, &'static str, [u16; 7]);

const ALL: [u16; 7] = [200; 7];
const READ: [u16; 7] = [IN, 200, 200, 200, 200, 200, 200];
const MEMBERS: [u16; 7] = [IN, IN, 200, 200, 200, 200, 200];

/// `answers` with the status of success in place of 200.
const fn done(status: u16, answers: [u16; 7]) -> [u16; 7] {
    let mut set = answers;
    let mut place = 0;
    while place < set.len() {
        if set[place] == 200 {
            set[place] = status;
        }
        place += 1;
    }
    set
}

const AUTHOR: [u16; 7] = [IN, IN, 200, 403, 403, 403, 403];
const REMOVER: [u16; 7] = [IN, IN, 200, 403, 403, 200, 200];
const ACCEPTER: [u16; 7] = [IN, IN, 200, 403, 200, 403, 403];
const MODERATOR: [u16; 7] = [IN, IN, 403, 403, 403, 200, 200];
const CURATOR: [u16; 7] = [IN, IN, 403, 403, 200, 403, 200];
const TENDER: [u16; 7] = [IN, IN, 403, 403, 200, 403, 200];
const ARRANGER: [u16; 7] = [IN, IN, 403, 403, 200, 200, 200];
const ADMINISTRATOR: [u16; 7] = [IN, IN, 403, 403, 403, 403, 200];

/// Of the demo alone.
const NOBODY: [u16; 7] = [404; 7];

const EXPECTED: &[Line] = &[
    ("GET", "/", ALL),
    ("GET", "/about", ALL),
    ("GET", "/login", [200, 200, 303, 303, 303, 303, 303]),
    ("POST", "/login", done(303, ALL)),
    ("POST", "/logout", done(303, ALL)),
    ("GET", "/signup", ALL),
    ("POST", "/signup", ALL),
    ("GET", "/password/forgot", ALL),
    ("POST", "/password/forgot", ALL),
    ("GET", "/password/set", ALL),
    ("POST", "/password/set", done(303, ALL)),
    ("GET", "/settings", MEMBERS),
    ("POST", "/settings/sessions/{id}/end", done(303, MEMBERS)),
    ("POST", "/settings/sessions/end-others", done(303, MEMBERS)),
    ("GET", "/settings/own-data", MEMBERS),
    ("GET", "/settings/invitations", CURATOR),
    ("POST", "/settings/invitations", CURATOR),
    (
        "POST",
        "/settings/invitations/{id}/withdraw",
        [IN, IN, 403, 403, 404, 403, 303],
    ),
    ("GET", "/invite/{secret}", ALL),
    ("POST", "/invite/{secret}", ALL),
    ("GET", "/settings/feeds", MEMBERS),
    ("POST", "/settings/feeds", done(303, MEMBERS)),
    ("POST", "/settings/feeds/stop", done(303, MEMBERS)),
    ("GET", "/feeds/threads.atom", READ),
    ("GET", "/feeds/policies/{number}.atom", READ),
    ("GET", "/feeds/follows.atom", MEMBERS),
    ("GET", "/feeds/notices.atom", MEMBERS),
    ("GET", "/threads/{id}/feed.atom", READ),
    ("GET", "/settings/close", MEMBERS),
    ("POST", "/settings/close", done(303, MEMBERS)),
    ("GET", "/settings/bookmarks", MEMBERS),
    ("GET", "/settings/follows", MEMBERS),
    ("GET", "/settings/drafts", MEMBERS),
    ("POST", "/settings/drafts/{id}/discard", done(303, MEMBERS)),
    ("GET", "/settings/profile", MEMBERS),
    ("POST", "/settings/profile", done(303, MEMBERS)),
    ("GET", "/settings/mirror", MEMBERS),
    ("POST", "/settings/mirror", done(303, MEMBERS)),
    ("POST", "/settings/mirror/forget", done(303, MEMBERS)),
    ("GET", "/settings/notices", MEMBERS),
    ("POST", "/settings/notices/seen", done(303, MEMBERS)),
    ("GET", "/settings/mail", MEMBERS),
    ("POST", "/settings/mail", done(303, MEMBERS)),
    ("POST", "/settings/mail/wake", done(303, MEMBERS)),
    ("GET", "/settings/mail/preview", MEMBERS),
    ("GET", "/settings/mail/letters", MEMBERS),
    ("GET", "/mail/{list}/leave/{token}", ALL),
    ("POST", "/mail/{list}/leave/{token}", ALL),
    ("POST", "/mail/{list}/join/{token}", ALL),
    ("GET", "/dev/mails", NOBODY),
    ("GET", "/dev/mails/{name}", NOBODY),
    ("GET", "/dev/mails/{name}/html", NOBODY),
    ("GET", "/people/{id}", READ),
    ("GET", "/threads", READ),
    ("GET", "/threads/new", MEMBERS),
    ("POST", "/threads", done(303, MEMBERS)),
    ("GET", "/policies/{number}", READ),
    ("GET", "/t/{short_code}", done(303, READ)),
    ("GET", "/threads/{id}", READ),
    ("GET", "/threads/{id}/edit", AUTHOR),
    ("POST", "/threads/{id}/edit", done(303, AUTHOR)),
    ("GET", "/threads/{id}/practice", AUTHOR),
    ("POST", "/threads/{id}/practice", done(303, AUTHOR)),
    ("GET", "/threads/{id}/remove", REMOVER),
    ("POST", "/threads/{id}/remove", done(303, REMOVER)),
    ("GET", "/threads/{id}/revisions", READ),
    ("POST", "/threads/{id}/marks", done(303, MEMBERS)),
    ("POST", "/threads/{id}/reports", done(303, MEMBERS)),
    ("POST", "/threads/{id}/visibility", done(303, MODERATOR)),
    ("POST", "/threads/{id}/claim", done(303, MODERATOR)),
    ("POST", "/threads/{id}/claim/release", done(303, MODERATOR)),
    // Of what all can see there is nothing to put right: back to it, and a refusal of what was sent.
    ("GET", "/threads/{id}/resubmit", done(303, AUTHOR)),
    ("POST", "/threads/{id}/resubmit", done(409, AUTHOR)),
    ("GET", "/threads/{id}/lock", MODERATOR),
    ("POST", "/threads/{id}/lock", done(303, MODERATOR)),
    ("POST", "/threads/{id}/unlock", done(303, MODERATOR)),
    ("GET", "/threads/{id}/move", ARRANGER),
    ("POST", "/threads/{id}/move", done(303, ARRANGER)),
    ("GET", "/threads/{id}/duplicate", ARRANGER),
    ("POST", "/threads/{id}/duplicate", done(303, ARRANGER)),
    (
        "POST",
        "/threads/{id}/duplicate/withdraw",
        done(303, ARRANGER),
    ),
    ("POST", "/threads/{id}/replies", done(303, MEMBERS)),
    ("GET", "/threads/{id}/recommendation", CURATOR),
    ("POST", "/threads/{id}/recommendation", done(303, CURATOR)),
    (
        "POST",
        "/threads/{id}/recommendation/withdraw",
        done(303, CURATOR),
    ),
    ("POST", "/threads/{id}/accepted-reply", done(303, ACCEPTER)),
    (
        "POST",
        "/threads/{id}/accepted-reply/withdraw",
        done(303, ACCEPTER),
    ),
    ("GET", "/replies/{id}", done(303, READ)),
    ("GET", "/replies/{id}/edit", AUTHOR),
    ("POST", "/replies/{id}/edit", done(303, AUTHOR)),
    ("GET", "/replies/{id}/remove", REMOVER),
    ("POST", "/replies/{id}/remove", done(303, REMOVER)),
    ("GET", "/replies/{id}/revisions", READ),
    ("POST", "/replies/{id}/marks", done(303, MEMBERS)),
    ("POST", "/replies/{id}/reports", done(303, MEMBERS)),
    ("POST", "/replies/{id}/visibility", done(303, MODERATOR)),
    ("GET", "/threads/{id}/tryouts", READ),
    (
        "POST",
        "/threads/{id}/tryouts",
        [IN, IN, 403, 303, 303, 303, 303],
    ),
    ("GET", "/tryouts/{id}/remove", REMOVER),
    ("POST", "/tryouts/{id}/remove", done(303, REMOVER)),
    ("GET", "/files/{id}", READ),
    ("GET", "/files/{id}/thumb", READ),
    ("POST", "/replies/{id}/claim", done(303, MODERATOR)),
    ("POST", "/replies/{id}/claim/release", done(303, MODERATOR)),
    ("GET", "/replies/{id}/resubmit", done(303, AUTHOR)),
    ("POST", "/replies/{id}/resubmit", done(409, AUTHOR)),
    ("GET", "/search", READ),
    ("GET", "/collections", READ),
    ("POST", "/collections", done(303, CURATOR)),
    ("GET", "/collections/new", CURATOR),
    ("GET", "/collections/{id}", READ),
    ("GET", "/collections/{id}/edit", CURATOR),
    ("POST", "/collections/{id}/edit", done(303, CURATOR)),
    ("POST", "/collections/{id}/publish", done(303, CURATOR)),
    ("POST", "/collections/{id}/withdraw", done(303, CURATOR)),
    ("POST", "/collections/{id}/editors", done(303, CURATOR)),
    ("GET", "/collections/{id}/revisions", CURATOR),
    ("GET", "/c/{short_code}", done(303, READ)),
    ("GET", "/feeds/collections.atom", READ),
    ("GET", "/threads/{id}/collect", CURATOR),
    // Into which collection is not said.
    ("POST", "/threads/{id}/collect", done(422, CURATOR)),
    ("GET", "/threads/{id}/recommendation/refuse", AUTHOR),
    (
        "POST",
        "/threads/{id}/recommendation/refuse",
        done(303, AUTHOR),
    ),
    (
        "POST",
        "/threads/{id}/recommendation/allow",
        done(303, AUTHOR),
    ),
    ("GET", "/threads/{id}/proposal", MEMBERS),
    ("POST", "/threads/{id}/proposal", done(303, MEMBERS)),
    ("POST", "/threads/{id}/freshness", done(303, AUTHOR)),
    ("GET", "/desk/proposals", CURATOR),
    ("POST", "/desk/proposals/{id}/accept", done(303, CURATOR)),
    ("POST", "/desk/proposals/{id}/decline", done(303, CURATOR)),
    ("GET", "/desk/freshness", CURATOR),
    ("GET", "/desk/freshness/{id}", CURATOR),
    ("POST", "/desk/freshness/{id}", done(303, CURATOR)),
    ("GET", "/threads/{id}/environment", TENDER),
    ("POST", "/threads/{id}/environment", done(303, TENDER)),
    ("GET", "/environment", READ),
    ("GET", "/coverage", READ),
    ("GET", "/coverage.csv", READ),
    ("GET", "/requests", READ),
    ("POST", "/requests", done(303, CURATOR)),
    ("GET", "/requests/new", CURATOR),
    ("GET", "/requests/{id}", READ),
    ("POST", "/requests/{id}/close", done(303, CURATOR)),
    ("GET", "/admin/mails", ADMINISTRATOR),
    ("GET", "/admin", ADMINISTRATOR),
    ("POST", "/admin/jobs/{id}/retry", done(303, ADMINISTRATOR)),
    ("POST", "/admin/jobs/{id}/discard", done(303, ADMINISTRATOR)),
    ("GET", "/admin/schools", ADMINISTRATOR),
    ("POST", "/admin/schools", done(303, ADMINISTRATOR)),
    ("GET", "/admin/schools/new", ADMINISTRATOR),
    ("GET", "/admin/schools/{slug}/edit", ADMINISTRATOR),
    (
        "POST",
        "/admin/schools/{slug}/edit",
        done(303, ADMINISTRATOR),
    ),
    ("GET", "/admin/taxonomy", ADMINISTRATOR),
    ("POST", "/admin/taxonomy", ADMINISTRATOR),
    ("GET", "/admin/taxonomy/file", ADMINISTRATOR),
    (
        "POST",
        "/admin/taxonomy/{id}/restore",
        done(303, ADMINISTRATOR),
    ),
    ("GET", "/admin/people/import", ADMINISTRATOR),
    ("POST", "/admin/people/import", ADMINISTRATOR),
    ("GET", "/admin/people", ADMINISTRATOR),
    ("POST", "/admin/people", done(303, ADMINISTRATOR)),
    ("POST", "/admin/people/{id}/role", done(303, ADMINISTRATOR)),
    (
        "POST",
        "/admin/people/{id}/suspend",
        done(303, ADMINISTRATOR),
    ),
    (
        "POST",
        "/admin/people/{id}/restore",
        done(303, ADMINISTRATOR),
    ),
    ("POST", "/api/v1/sessions", done(201, ALL)),
    ("DELETE", "/api/v1/sessions/current", done(204, MEMBERS)),
    ("GET", "/api/v1/me", MEMBERS),
    ("GET", "/api/v1/me/self-check", MEMBERS),
    ("PUT", "/api/v1/me/self-check", MEMBERS),
    ("DELETE", "/api/v1/me/self-check", done(204, MEMBERS)),
    ("GET", "/gap", MEMBERS),
    ("GET", "/gap/{term}.csv", MEMBERS),
    ("GET", "/gap/{term}", MEMBERS),
    ("GET", "/api/v1/gap", MEMBERS),
    ("GET", "/api/v1/gap/{term}", MEMBERS),
    ("GET", "/api/v1/taxonomy", READ),
    ("GET", "/api/v1/threads", READ),
    ("POST", "/api/v1/threads", done(201, MEMBERS)),
    ("GET", "/api/v1/threads/similar", READ),
    ("GET", "/api/v1/threads/{id}", READ),
    ("PATCH", "/api/v1/threads/{id}", AUTHOR),
    ("DELETE", "/api/v1/threads/{id}", done(204, REMOVER)),
    ("GET", "/api/v1/threads/{id}/revisions", READ),
    ("GET", "/api/v1/threads/{id}/replies", READ),
    ("POST", "/api/v1/threads/{id}/replies", done(201, MEMBERS)),
    ("PUT", "/api/v1/threads/{id}/accepted-reply", ACCEPTER),
    ("DELETE", "/api/v1/threads/{id}/accepted-reply", ACCEPTER),
    (
        "PUT",
        "/api/v1/threads/{id}/reactions/{reaction}",
        done(204, MEMBERS),
    ),
    (
        "DELETE",
        "/api/v1/threads/{id}/reactions/{reaction}",
        done(204, MEMBERS),
    ),
    ("PUT", "/api/v1/threads/{id}/bookmark", done(204, MEMBERS)),
    (
        "DELETE",
        "/api/v1/threads/{id}/bookmark",
        done(204, MEMBERS),
    ),
    ("PUT", "/api/v1/threads/{id}/follow", done(204, MEMBERS)),
    ("DELETE", "/api/v1/threads/{id}/follow", done(204, MEMBERS)),
    ("POST", "/api/v1/threads/{id}/reports", done(201, MEMBERS)),
    ("PUT", "/api/v1/threads/{id}/visibility", MODERATOR),
    ("PUT", "/api/v1/threads/{id}/lock", MODERATOR),
    ("DELETE", "/api/v1/threads/{id}/lock", MODERATOR),
    ("PUT", "/api/v1/threads/{id}/duplicate-of", ARRANGER),
    ("DELETE", "/api/v1/threads/{id}/duplicate-of", ARRANGER),
    ("GET", "/api/v1/replies/{id}", READ),
    ("PATCH", "/api/v1/replies/{id}", AUTHOR),
    ("DELETE", "/api/v1/replies/{id}", done(204, REMOVER)),
    ("GET", "/api/v1/replies/{id}/revisions", READ),
    (
        "PUT",
        "/api/v1/replies/{id}/reactions/{reaction}",
        done(204, MEMBERS),
    ),
    (
        "DELETE",
        "/api/v1/replies/{id}/reactions/{reaction}",
        done(204, MEMBERS),
    ),
    ("POST", "/api/v1/replies/{id}/reports", done(201, MEMBERS)),
    ("PUT", "/api/v1/replies/{id}/visibility", MODERATOR),
    ("GET", "/desk", CURATOR),
    ("POST", "/desk/pairs/dismiss", done(303, CURATOR)),
    ("GET", "/desk/reports", MODERATOR),
    ("GET", "/desk/seals", MODERATOR),
    ("POST", "/desk/seals", done(303, MODERATOR)),
    ("GET", "/desk/seals/new", MODERATOR),
    ("POST", "/desk/seals/{id}/agree", done(303, MODERATOR)),
    ("POST", "/desk/seals/{id}/decline", done(303, MODERATOR)),
    ("POST", "/desk/seals/{id}/name", MODERATOR),
    ("GET", "/desk/audit", MODERATOR),
    ("GET", "/desk/searches", CURATOR),
    ("GET", "/desk/synonyms", CURATOR),
    ("POST", "/desk/synonyms", done(303, CURATOR)),
    ("GET", "/desk/synonyms/new", CURATOR),
    ("GET", "/desk/synonyms/{id}/edit", CURATOR),
    ("POST", "/desk/synonyms/{id}/edit", done(303, CURATOR)),
    ("POST", "/desk/synonyms/{id}/remove", done(303, CURATOR)),
    ("POST", "/desk/synonyms/{id}/restore", done(303, CURATOR)),
    ("GET", "/desk/synonyms/{id}/history", CURATOR),
    ("GET", "/api/v1/threads/{id}/relatives", READ),
    ("GET", "/api/v1/threads/{id}/tryouts", READ),
    (
        "POST",
        "/api/v1/threads/{id}/tryouts",
        [IN, IN, 403, 201, 201, 201, 201],
    ),
    ("DELETE", "/api/v1/tryouts/{id}", done(204, REMOVER)),
    ("POST", "/api/v1/files", done(201, MEMBERS)),
    ("GET", "/api/v1/drafts", MEMBERS),
    ("POST", "/api/v1/drafts", done(201, MEMBERS)),
    ("GET", "/api/v1/drafts/{id}", MEMBERS),
    ("PUT", "/api/v1/drafts/{id}", MEMBERS),
    ("DELETE", "/api/v1/drafts/{id}", done(204, MEMBERS)),
    ("GET", "/api/v1/collections", READ),
    ("POST", "/api/v1/collections", done(201, CURATOR)),
    ("GET", "/api/v1/collections/{id}", READ),
    ("PATCH", "/api/v1/collections/{id}", CURATOR),
    ("DELETE", "/api/v1/collections/{id}", done(204, CURATOR)),
    ("GET", "/api/v1/threads/{id}/environment", READ),
    ("PUT", "/api/v1/threads/{id}/environment", TENDER),
    ("GET", "/api/v1/environment", READ),
    ("GET", "/api/v1/coverage", READ),
    ("GET", "/api/v1/requests", READ),
    ("POST", "/api/v1/requests", done(201, CURATOR)),
    ("GET", "/api/v1/requests/{id}", READ),
    ("POST", "/api/v1/requests/{id}/close", CURATOR),
    ("GET", "/api/v1/search", READ),
    ("GET", "/api/v1/search/suggest", READ),
    ("GET", "/api/openapi.json", ALL),
    // From this machine alone: the tests come from elsewhere.
    ("GET", "/metrics", NOBODY),
    ("GET", "/healthz", ALL),
    ("GET", "/readyz", ALL),
    ("GET", "/static/{path:.*}", ALL),
];

#[test]
fn every_route_has_a_line_and_every_line_a_route() {
    let named: Vec<(&str, &str)> = EXPECTED.iter().map(|line| (line.0, line.1)).collect();
    for route in TABLE {
        let lines = named.iter().filter(|line| *line == route).count();
        assert_eq!(lines, 1, "{route:?} stands in {lines} lines");
    }
    for line in &named {
        assert!(TABLE.contains(line), "{line:?} is no route");
    }
}

/// Who asks; the order of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Visitor,
    VisitorWhereReadingIsOpen,
    Author,
    Other,
    Trainer,
    Moderator,
    Administrator,
}

/// What the requests are about: a question of `author` with a reply of hers and one of `answerer`.
struct Scene<'a> {
    app: &'a TestApp,
    author: Actor<'a>,
    thread: Value,
    /// Of the author, so that one actor is the author of both.
    own_reply: Value,
    given_reply: Value,
    /// In the thread.
    image: Value,
    /// Somebody for the administrator, with a password.
    target: Actor<'a>,
    number: usize,
}

const PASSWORD: &str = "とても長い合言葉です";

impl<'a> Scene<'a> {
    /// `number` keeps the people of one scene apart from those of another.
    async fn new(app: &'a TestApp, number: usize) -> Scene<'a> {
        let author = app.teacher(&format!("author{number}"));
        let answerer = app.teacher(&format!("answerer{number}"));
        let target = app.teacher(&format!("target{number}"));
        let image = author.store("画面.png", &png(2, 2)).await;
        let title = "体育館で、ロイロが白い画面のままになります";
        let body = format!("本文です。\n\n{}", text(&image["markdown"]));
        let thread = author.thread("question", title, &body).await;
        let own_reply = author
            .reply(&thread, "延長コードの場所も書いておきます。")
            .await;
        let given_reply = answerer
            .reply(&thread, "前の日に一度開いておきます。")
            .await;
        Scene {
            app,
            author,
            thread,
            own_reply,
            given_reply,
            image,
            target,
            number,
        }
    }

    fn actor(&self, seat: Seat) -> Actor<'a> {
        let name = format!("asker{}", self.number);
        let of = |role| self.app.person(&name, role, "小学校");
        match seat {
            Seat::Visitor | Seat::VisitorWhereReadingIsOpen => self.app.anon(),
            Seat::Author => self.author.clone(),
            Seat::Other => of(Role::Teacher),
            Seat::Trainer => of(Role::Trainer),
            Seat::Moderator => of(Role::Moderator),
            Seat::Administrator => of(Role::Administrator),
        }
    }

    /// The id that stands for `{id}` in `pattern`.
    fn id(&self, pattern: &str, actor: &Actor<'_>) -> String {
        if pattern.contains("/replies/{id}") {
            text(&self.own_reply["id"])
        } else if pattern.contains("/files/{id}") {
            text(&self.image["id"])
        } else if pattern.contains("/tryouts/{id}") {
            self.tryout().to_string()
        } else if pattern.contains("/collections/{id}") {
            self.collection(actor).0.to_string()
        } else if pattern.contains("/proposals/{id}") {
            self.proposal().to_string()
        } else if pattern.contains("/desk/freshness/{id}") {
            text(&self.thread["id"])
        } else if pattern == "/threads/{id}/freshness" {
            self.be_asked();
            text(&self.thread["id"])
        } else if pattern.contains("/threads/{id}/practice")
            || pattern.contains("/threads/{id}/tryouts")
        {
            self.become_a_practice();
            text(&self.thread["id"])
        } else if pattern.contains("/requests/{id}") {
            self.request().to_string()
        } else if pattern.contains("/drafts/{id}") {
            self.draft(actor).to_string()
        } else if pattern.contains("/threads/{id}") {
            text(&self.thread["id"])
        } else if pattern.contains("/sessions/{id}") {
            let whose = if actor.id.is_some() {
                actor
            } else {
                &self.author
            };
            session_of(self.app, whose).to_string()
        } else if pattern.contains("/seals/{id}") {
            self.seal(pattern, actor).to_string()
        } else if pattern.contains("/invitations/{id}") {
            self.invitation().0.to_string()
        } else if pattern.contains("/synonyms/{id}") {
            self.synonyms().group.to_string()
        } else if pattern.contains("/admin/people/{id}") {
            self.target.id.unwrap().to_string()
        } else if pattern.contains("/jobs/{id}") {
            dead_job(self.app).to_string()
        } else if pattern.contains("/taxonomy/{id}") {
            let current = self.app.app.write_here(|db, _| taxonomy::current(db));
            current.unwrap().id.to_string()
        } else {
            self.author.id.unwrap().to_string()
        }
    }

    /// The address of a request that could succeed.
    fn path(&self, pattern: &str, actor: &Actor<'_>) -> String {
        let path = pattern
            .replace("{id}", &self.id(pattern, actor))
            .replace("{number}", "3")
            .replace("{list}", "digest")
            .replace("{slug}", "hagigasawa-sho")
            .replace("{term}", &self.term(pattern))
            .replace("{token}", &self.token())
            .replace("{name}", "01a2.eml")
            .replace("{secret}", &self.secret(pattern))
            .replace("{short_code}", &self.short_code(pattern, actor))
            .replace("{reaction}", "helpful");
        match pattern {
            "/static/{path:.*}" => hiroba::web::assets::url("css/hiroba.css"),
            "/password/set" => with_query(&path, &[("token", &self.link())]),
            "/desk/seals/new" => with_query(&path, &[("thread", &self.sealed().to_string())]),
            "/threads/{id}/practice" => with_query(&path, &[("field", "failed")]),
            "/api/v1/tryouts/{id}" => with_query(&path, &[("reason", "確かめます。")]),
            "/api/v1/threads/similar" => with_query(&path, &[("title", "体育館のロイロ")]),
            _ => path,
        }
    }

    /// A term that was published, where one is asked for.
    fn term(&self, pattern: &str) -> String {
        if pattern.contains("{term}") {
            ground::gap_report(&self.app.app)
        } else {
            String::new()
        }
    }

    /// Another thread of the author.
    fn another(&self) -> String {
        let author = self.author.id.unwrap();
        let who = self.app.app.write_here(|db, _| accounts::by_id(db, author));
        let who = accounts::as_member(&who.unwrap());
        ground::ask(&self.app.app, &who, "充電保管庫の鍵の置き場")
            .id
            .to_string()
    }

    /// A thread without its author's name.
    fn sealed(&self) -> Id {
        let name = format!("sealed{}-{}", self.number, short_code());
        let author = ground::person(&self.app.app, &name, Role::Teacher);
        let thread = ground::ask_sealed(&self.app.app, &author, "言いにくいことですが");
        thread.id
    }

    /// A request for its name; for the page that shows it, agreed to by `actor` where they may.
    fn seal(&self, pattern: &str, actor: &Actor<'_>) -> Id {
        let name = format!("moderator{}-{}", self.number, short_code());
        let asker = ground::person(&self.app.app, &name, Role::Moderator);
        let post = Post::Thread(self.sealed());
        let app = &self.app.app;
        let id = app
            .write_here(|db, now| seals::ask(db, &asker, post, "確かめます。", now))
            .unwrap();
        if pattern.ends_with("/name")
            && let Some(reader) = actor.id
        {
            let agreed = app.write_here(|db, now| {
                let second = accounts::as_member(&accounts::by_id(db, reader)?);
                seals::agree(db, &second, id, now)
            });
            drop(agreed);
        }
        id
    }

    /// A published collection of whoever asks, where they may have one; else of a trainer who asks for nothing. With its
    /// short code.
    fn collection(&self, actor: &Actor<'_>) -> (Id, String) {
        let thread = self.another();
        let app = &self.app.app;
        let who = app.write_here(|db, _| match actor.id {
            Some(id) => Ok(Some(accounts::as_member(&accounts::by_id(db, id)?))),
            None => Ok(None),
        });
        let who = who.unwrap().filter(|who| who.can(Action::Curate));
        let name = format!("gatherer{}-{}", self.number, short_code());
        let who = who.unwrap_or_else(|| ground::person(app, &name, Role::Trainer));
        let input = CollectionInput {
            title: "4月にすること".to_owned(),
            policies: vec![Loose("2".to_owned())],
            items: vec![ItemInput {
                thread,
                comment: "まずはここから。".to_owned(),
            }],
            ..CollectionInput::default()
        };
        let made = app.write_here(|db, now| {
            let made = collections::create(db, &who, &input, None, now)?;
            collections::publish(db, &who, made.id, now)?;
            Ok((made.id, made.short_code))
        });
        made.unwrap()
    }

    fn short_code(&self, pattern: &str, actor: &Actor<'_>) -> String {
        if pattern.starts_with("/c/") {
            self.collection(actor).1
        } else {
            text(&self.thread["short_code"])
        }
    }

    /// What somebody wants recommended.
    fn proposal(&self) -> Id {
        let name = format!("proposer{}-{}", self.number, short_code());
        let who = ground::person(&self.app.app, &name, Role::Teacher);
        let thread: Id = self.another().parse().unwrap();
        let made = self
            .app
            .app
            .write_here(|db, now| proposals::propose(db, &who, thread, "助かりました。", now));
        made.unwrap()
    }

    /// A trainer wants to know whether the thread still holds.
    fn be_asked(&self) {
        let name = format!("looker{}-{}", self.number, short_code());
        let who = ground::person(&self.app.app, &name, Role::Trainer);
        let thread: Id = text(&self.thread["id"]).parse().unwrap();
        let asked = self
            .app
            .app
            .write_here(|db, now| freshness::ask(db, &who, thread, "", now));
        drop(asked); // what is out of sight is asked about by nobody
    }

    /// Makes a practice of the question, for what only practices have.
    fn become_a_practice(&self) {
        let code = text(&self.thread["short_code"]);
        let change = format!("UPDATE threads SET kind = 'practice' WHERE short_code = '{code}'");
        self.app
            .app
            .database
            .write_here(|db| {
                run(db, &change);
                Ok(())
            })
            .unwrap();
    }

    /// What the author recorded of somebody else's practice.
    fn tryout(&self) -> Id {
        let author = self.author.id.unwrap();
        let target = self.target.id.unwrap();
        let made = self.app.app.write_here(|db, now| {
            let author = accounts::as_member(&accounts::by_id(db, author)?);
            let target = accounts::as_member(&accounts::by_id(db, target)?);
            let practice = ThreadInput {
                kind: "practice".to_owned(),
                ..ground::question("班に1枚ずつ配る")
            };
            let practice = practice.parse(db)?;
            let submit = Submit::new(None, &self.app.app.config.limits);
            let practice = threads::post(db, &target, &practice, &submit, now)?;
            let new = TryoutInput {
                outcome: "worked".to_owned(),
                note: "よかった。".to_owned(),
                ..TryoutInput::default()
            };
            let words = taxonomy::current(db)?;
            let new = new.parse(&author, &words, false)?;
            tryouts::record(db, &author, practice.id, &new, &submit, now)
        });
        made.unwrap().id
    }

    /// A draft of whoever asks; of the author, for visitors.
    fn draft(&self, actor: &Actor<'_>) -> Id {
        let whose = if actor.id.is_some() {
            actor
        } else {
            &self.author
        };
        let secret = whose.cookie.as_ref().or(whose.bearer.as_ref());
        let credentials = Credentials::Cookie(Secret::presented(secret.unwrap()));
        let title = ("title".to_owned(), "書きかけ".to_owned());
        let keeping = Keeping {
            purpose: Purpose::NewThread,
            target: None,
            fields: Fields::of([title]),
            device: String::new(),
            key: String::new(),
        };
        let draft = self.app.app.write_here(|db, now| {
            let (who, _) = accounts::identify(db, &credentials, &self.app.app.config, now)?;
            drafts::create(db, &who, &keeping, now)
        });
        draft.unwrap().id
    }

    /// A request of a trainer who asks for nothing else.
    fn request(&self) -> Id {
        let name = format!("wanting{}-{}", self.number, short_code());
        let trainer = ground::person(&self.app.app, &name, Role::Trainer);
        let input = RequestInput {
            policy: "4".to_owned(),
            school_type: "高等学校".to_owned(),
            // One for each scene: the same is not asked for twice.
            subject: taxonomy::Vocabulary::parse(taxonomy::SENDAI)
                .unwrap()
                .subjects[self.number % 100]
                .slug
                .clone(),
            item: String::new(),
            sentence: "短いものでも助かります。".to_owned(),
            until: "2026-12-20".to_owned(),
        };
        let made = self.app.app.write_here(|db, now| {
            let words = taxonomy::current(db)?;
            let today = now.day(chrono_tz::Asia::Tokyo);
            let new = input.parse(&words, today)?;
            requests::post(db, &trainer, &new, None, today, now)
        });
        made.unwrap().id
    }

    /// A group of synonyms that other scenes leave alone.
    fn synonyms(&self) -> State {
        let all = self
            .app
            .app
            .write_here(|db, _| synonyms::states(db))
            .unwrap();
        let place = self.number % all.len();
        all.into_iter().nth(place).unwrap()
    }

    /// A link by which one may sign up, of a trainer who asks for nothing.
    fn invitation(&self) -> (Id, String) {
        let maker = self.app.trainer(&format!("inviter{}", self.number));
        let input = InvitationInput {
            label: "萩ヶ沢小の先生".to_owned(),
            school_type: "小学校".to_owned(),
            days: "14".to_owned(),
            uses: "3".to_owned(),
            ..InvitationInput::default()
        };
        let made = self.app.app.write_here(|db, now| {
            let who = accounts::as_member(&accounts::by_id(db, maker.id.unwrap())?);
            let secret = invitation::make(db, &who, &input, now)?.unwrap();
            let id = invitation::list(db, &who)?[0].id;
            Ok((id, secret.reveal().to_owned()))
        });
        made.unwrap()
    }

    fn secret(&self, pattern: &str) -> String {
        if pattern.contains("{secret}") {
            self.invitation().1
        } else {
            String::new()
        }
    }

    /// What stands in the links of the target's letters.
    fn token(&self) -> String {
        let target = self.target.id.unwrap();
        let reader = self.app.app.write_here(|db, now| {
            settings::ensure(db, target, now)?;
            settings::reader(db, target)
        });
        reader.unwrap().settings.token
    }

    /// A link for a new password.
    fn link(&self) -> String {
        let target = self.target.id.unwrap();
        let link = self
            .app
            .app
            .write_here(|db, now| accounts::make_link(db, target, now));
        link.unwrap().unwrap().1.reveal().to_owned()
    }

    /// The fields of a form that could succeed.
    fn form(&self, pattern: &str) -> Vec<(&'static str, String)> {
        let fields = |pairs: &[(&'static str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect()
        };
        match pattern {
            "/login" => fields(&[("email", &self.target.email), ("password", PASSWORD)]),
            "/settings/invitations" => fields(&[
                ("label", "萩ヶ沢小の先生"),
                ("school_type", "小学校"),
                ("days", "14"),
                ("uses", "30"),
            ]),
            "/signup" | "/admin/people" | "/invite/{secret}" => fields(&[
                ("email", &format!("new{}@hiroba.example", self.number)),
                ("name", "見本 あおい"),
                ("school_type", "小学校"),
                ("role", "teacher"),
            ]),
            "/password/forgot" => fields(&[("email", &self.target.email)]),
            "/settings/close" => fields(&[("password", PASSWORD)]),
            "/password/set" => fields(&[("token", &self.link()), ("password", PASSWORD)]),
            "/threads" | "/threads/{id}/edit" => fields(&[
                ("kind", "question"),
                ("title", "提出箱に出すと止まります"),
                ("body", "写真が大きいようです。"),
                ("school_type", "shogakkou"),
                ("policies", "3"),
                ("revision", "1"),
            ]),
            "/replies/{id}/edit" => fields(&[("body", "書き直しました。"), ("revision", "1")]),
            "/threads/{id}/replies" => fields(&[("body", "同じことがありました。")]),
            "/threads/{id}/accepted-reply" => {
                fields(&[("reply_id", &text(&self.given_reply["id"]))])
            }
            "/requests" => fields(&[
                ("policy", "2"),
                ("school_type", "shogakkou"),
                ("sentence", "校内研修の工夫を"),
                ("until", "2026-12-20"),
            ]),
            path if path.ends_with("/environment") => fields(&[
                ("state", "planned"),
                ("planned_on", "2026-12-01"),
                ("note", "業者と確かめます。"),
            ]),
            path if path.ends_with("/lock") => fields(&[("reason", "話がまとまりました。")]),
            path if path.ends_with("/move") => fields(&[
                ("kind", "discussion"),
                ("school_type", "shogakkou"),
                ("policies", "2"),
                ("reason", "意見を交わす話題でした。"),
            ]),
            path if path.ends_with("/duplicate") => {
                fields(&[("of", &self.another()), ("how", "link")])
            }
            path if path.ends_with("/marks") => fields(&[("mark", "helpful"), ("on", "1")]),
            path if path.ends_with("/reports") => fields(&[("reason", "wrong"), ("detail", "")]),
            path if path.ends_with("/visibility") => {
                fields(&[("visibility", "held"), ("reason", "確かめます。")])
            }
            "/desk/pairs/dismiss" => {
                let id = text(&self.thread["id"]);
                fields(&[("newer", &id), ("older", &id)])
            }
            "/desk/seals" => fields(&[
                ("thread", &self.sealed().to_string()),
                ("reason", "確かめます。"),
            ]),
            "/desk/synonyms" => fields(&[("words", "充電庫\n保管棚")]),
            "/desk/synonyms/{id}/edit" => fields(&[
                ("words", "充電庫\n保管棚"),
                ("seen", &self.synonyms().id.to_string()),
            ]),
            "/settings/profile" => fields(&[("name", "見本 あおい"), ("school_type", "小学校")]),
            "/settings/mail" => fields(&[
                ("frequency", "weekly"),
                ("weekday", "2"),
                ("window", "0800"),
                ("contents", "own"),
            ]),
            "/threads/{id}/tryouts" => fields(&[("outcome", "worked"), ("note", "よかった。")]),
            "/tryouts/{id}/remove" => fields(&[("reason", "確かめます。")]),
            "/threads/{id}/practice" => fields(&[("failed", "音が混ざりました。")]),
            "/collections" | "/collections/{id}/edit" => fields(&[
                ("title", "4月にすること"),
                ("policies", "2"),
                ("threads", &text(&self.thread["id"])),
                ("comments", "まずはここから。"),
            ]),
            "/collections/{id}/editors" => {
                let name = format!("writer{}-{}", self.number, short_code());
                self.app.trainer(&name);
                fields(&[("email", &format!("{name}@hiroba.example"))])
            }
            "/threads/{id}/proposal" => fields(&[("reason", "助かりました。")]),
            "/threads/{id}/freshness" => fields(&[("answer", "same")]),
            "/desk/proposals/{id}/accept" => fields(&[("comment", "はじめての先生に")]),
            "/desk/proposals/{id}/decline" => fields(&[("reason", "今回は見送ります。")]),
            "/desk/freshness/{id}" => fields(&[("action", "verify"), ("app_version", "10.2")]),
            "/threads/{id}/recommendation" => fields(&[("comment", "はじめての先生に")]),
            "/admin/people/import" => fields(&[(
                "csv",
                "email,name,school_type,role\nb@hiroba.example,見本 そうた,小学校,教員\n",
            )]),
            "/admin/taxonomy" => fields(&[("file", taxonomy::SENDAI)]),
            "/admin/schools" => fields(&[
                ("name", &format!("見本{}小学校", self.number)),
                ("school_type", "小学校"),
            ]),
            "/admin/schools/{slug}/edit" => {
                fields(&[("name", "萩が沢小学校"), ("school_type", "小学校")])
            }
            "/admin/people/{id}/role" => fields(&[("role", "trainer")]),
            _ => Vec::new(),
        }
    }

    /// The JSON body that could succeed.
    fn body(&self, method: &str, pattern: &str) -> Value {
        match (method, pattern) {
            ("POST", "/api/v1/sessions") => {
                json!({ "email": self.target.email, "password": PASSWORD })
            }
            ("POST", "/api/v1/threads") => json!({
                "kind": "question", "title": "提出箱に出すと止まります", "body": "写真が大きいようです。",
                "school_type": "小学校", "policies": [3],
            }),
            ("POST", "/api/v1/drafts") => {
                json!({ "purpose": "new_thread", "fields": { "title": "書きかけ" } })
            }
            ("PUT", "/api/v1/drafts/{id}") => json!({ "fields": { "title": ["書きかけ"] } }),
            ("POST", "/api/v1/collections") => {
                json!({ "title": "4月にすること", "policies": [2], "items": [] })
            }
            ("PATCH", "/api/v1/collections/{id}") => json!({ "title": "5月にすること" }),
            ("PUT", "/api/v1/me/self-check") => json!({ "answers": { "a1": 3 } }),
            ("PATCH", _) => json!({ "body": "書き直しました。" }),
            ("POST", "/api/v1/threads/{id}/tryouts") => {
                json!({ "outcome": "worked", "note": "よかった。" })
            }
            ("POST", "/api/v1/threads/{id}/replies") => json!({ "body": "同じことがありました。" }),
            ("POST", "/api/v1/requests") => json!({
                "policy": 2, "school_type": "chugakkou", "sentence": "校内研修の工夫を", "until": "2026-12-20",
            }),
            ("PUT", "/api/v1/threads/{id}/environment") => {
                json!({ "state": "解決", "note": "使えるようになりました。" })
            }
            ("PUT", "/api/v1/threads/{id}/lock") => json!({ "reason": "話がまとまりました。" }),
            ("PUT", "/api/v1/threads/{id}/duplicate-of") => json!({ "thread": self.another() }),
            ("PUT", "/api/v1/threads/{id}/accepted-reply") => {
                json!({ "reply_id": self.given_reply["id"] })
            }
            ("POST", path) if path.starts_with("/api/") && path.ends_with("/reports") => {
                json!({ "reason": "wrong" })
            }
            ("PUT", path) if path.ends_with("/visibility") => {
                json!({ "visibility": "held", "reason": "確かめます。" })
            }
            _ => Value::Null,
        }
    }

    async fn send(&self, actor: &Actor<'_>, method: &str, pattern: &str) -> Answer {
        self.send_to(actor, method, pattern, &self.path(pattern, actor))
            .await
    }

    /// The request of `pattern`, sent to `path`.
    async fn send_to(&self, actor: &Actor<'_>, method: &str, pattern: &str, path: &str) -> Answer {
        if pattern == "/api/v1/files" {
            return actor.send_file("画面.png", &png(2, 2)).await;
        }
        let mut request = actor.request(method.parse::<Method>().unwrap(), path);
        let body = self.body(method, pattern);
        if !body.is_null() {
            request = request.set_json(body);
        } else if method == "POST" {
            request = request.set_form(self.form(pattern));
        }
        actor.send(request).await
    }
}

fn session_of(app: &TestApp, actor: &Actor<'_>) -> Id {
    let credentials = Credentials::Cookie(Secret::presented(actor.cookie.as_ref().unwrap()));
    let who = app
        .app
        .write_here(|db, now| accounts::identify(db, &credentials, &app.app.config, now));
    match who.unwrap().0 {
        Who::Member(member) => member.session,
        Who::Visitor { .. } => panic!("no session"),
    }
}

/// The status, with pages that send to the sign-in form as `IN`.
fn status(answer: &Answer) -> u16 {
    if answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/login?next=") {
        IN
    } else {
        answer.status.as_u16()
    }
}

async fn app(open_reading: bool) -> TestApp {
    TestApp::with(|config| {
        config.open_reading = open_reading;
        config.signup_domains = vec!["hiroba.example".to_owned()];
    })
    .await
}

/// Gives `person` the password of the forms.
async fn give_password(app: &TestApp, person: &Actor<'_>) {
    let password = accounts::password::Password::new("password", PASSWORD).unwrap();
    let hash = app.app.hasher.hash(password).await.unwrap();
    let house = accounts::house();
    app.app
        .write_here(|db, now| accounts::set_password(db, &house, person.id.unwrap(), &hash, now))
        .unwrap();
}

/// Every route for one seat; all that differ at once.
async fn check(seat: Seat) {
    let app = app(seat == Seat::VisitorWhereReadingIsOpen).await;
    let mut wrong = Vec::new();
    for (number, (method, pattern, expected)) in EXPECTED.iter().enumerate() {
        let scene = Scene::new(&app, number).await;
        if matches!(*pattern, "/login" | "/api/v1/sessions") {
            give_password(&app, &scene.target).await;
        }
        let actor = scene.actor(seat);
        if *pattern == "/settings/close" && actor.id.is_some() {
            give_password(&app, &actor).await;
        }
        let answer = scene.send(&actor, method, pattern).await;
        let (seen, wanted) = (status(&answer), expected[seat as usize]);
        if seen != wanted {
            wrong.push(format!("{method} {pattern}: {seen}, not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{seat:?}:\n{}", wrong.join("\n"));
}

#[actix_web::test]
async fn every_route_for_a_visitor() {
    check(Seat::Visitor).await;
}

#[actix_web::test]
async fn every_route_for_a_visitor_where_reading_is_open() {
    check(Seat::VisitorWhereReadingIsOpen).await;
}

#[actix_web::test]
async fn every_route_for_the_author() {
    check(Seat::Author).await;
}

#[actix_web::test]
async fn every_route_for_another_teacher() {
    check(Seat::Other).await;
}

#[actix_web::test]
async fn every_route_for_a_trainer() {
    check(Seat::Trainer).await;
}

#[actix_web::test]
async fn every_route_for_a_moderator() {
    check(Seat::Moderator).await;
}

#[actix_web::test]
async fn every_route_for_an_administrator() {
    check(Seat::Administrator).await;
}

/// A supporter may what a teacher may, and tend.
#[actix_web::test]
async fn every_route_for_a_supporter() {
    let app = app(false).await;
    for (number, (method, pattern, expected)) in EXPECTED.iter().enumerate() {
        if matches!(*pattern, "/login" | "/api/v1/sessions") {
            continue;
        }
        let scene = Scene::new(&app, number).await;
        let actor = app.person(&format!("supporter{number}"), Role::Supporter, "小学校");
        if *pattern == "/settings/close" {
            give_password(&app, &actor).await;
        }
        let seen = status(&scene.send(&actor, method, pattern).await);
        let seat = if pattern.ends_with("/threads/{id}/environment") {
            Seat::Trainer // they say what becomes of problems with the environment
        } else {
            Seat::Other
        };
        assert_eq!(seen, expected[seat as usize], "{method} {pattern}");
    }
}

/// The cookie of somebody who was suspended makes a visitor; the token is refused, also where reading is open.
#[actix_web::test]
async fn every_route_for_a_dead_session() {
    let app = app(true).await;
    for (number, (method, pattern, expected)) in EXPECTED.iter().enumerate() {
        if matches!(*pattern, "/login" | "/api/v1/sessions") {
            continue;
        }
        let scene = Scene::new(&app, number).await;
        let actor = scene.actor(Seat::Author);
        let path = scene.path(pattern, &actor);
        let house = accounts::house();
        app.app
            .write_here(|db, now| accounts::suspend(db, &house, actor.id.unwrap(), now))
            .unwrap();
        let by_cookie = scene.send_to(&actor, method, pattern, &path).await;
        let wanted = expected[Seat::VisitorWhereReadingIsOpen as usize];
        assert_eq!(status(&by_cookie), wanted, "{method} {pattern}");
        if pattern.starts_with("/api/v1/") {
            let by_token = scene
                .send_to(&actor.by_bearer(), method, pattern, &path)
                .await;
            assert_eq!(
                by_token.status,
                StatusCode::UNAUTHORIZED,
                "{method} {pattern}"
            );
        }
    }
}

#[actix_web::test]
async fn a_bearer_token_does_what_the_cookie_does() {
    let app = app(false).await;
    let mut number = 0;
    for (method, pattern, expected) in EXPECTED {
        if !pattern.starts_with("/api/v1/") || *pattern == "/api/v1/sessions" {
            continue;
        }
        for seat in [Seat::Author, Seat::Other, Seat::Moderator] {
            number += 1;
            let scene = Scene::new(&app, number).await;
            let actor = scene.actor(seat).by_bearer();
            let answer = scene.send(&actor, method, pattern).await;
            assert_eq!(
                answer.status.as_u16(),
                expected[seat as usize],
                "{method} {pattern} {seat:?}"
            );
        }
    }
}

/// A session that has idled too long, or that is older than it may get, is a visitor's.
#[actix_web::test]
async fn a_session_ends_by_itself() {
    let app = app(false).await;
    let teacher = app.teacher("aoi");
    assert_eq!(teacher.get("/api/v1/me").await.status, StatusCode::OK);
    app.advance(TimeDelta::days(8));
    assert_eq!(
        teacher.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(status(&teacher.get("/settings").await), IN);
}

#[actix_web::test]
async fn unknown_ids_are_not_found() {
    let app = app(false).await;
    let scene = Scene::new(&app, 0).await;
    let unknown = Id::new(app.now()).to_string();
    for (number, (method, pattern, expected)) in EXPECTED.iter().enumerate() {
        if !pattern.contains('{') || *pattern == "/static/{path:.*}" {
            continue;
        }
        let asker = app.person(&format!("admin{number}"), Role::Administrator, "小学校");
        let unknowns = [
            unknown.as_str(),
            "0",
            "%00",
            "..%2f..%2fetc%2fpasswd",
            "'%20OR%201=1",
            "%E5%BA%83%E5%A0%B4",
            "%FF",
        ];
        for id in unknowns {
            let path = pattern
                .replace("{id}", id)
                .replace("{number}", id)
                .replace("{short_code}", id)
                .replace("{list}", "digest")
                .replace("{slug}", id)
                .replace("{token}", id)
                .replace("{name}", id)
                .replace("{secret}", id)
                .replace("{reaction}", "helpful");
            let answer = scene.send_to(&asker, method, pattern, &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
            // A visitor learns nothing from it.
            if id == unknown && expected[0] == IN && pattern.contains("{id}") {
                let answer = scene.send_to(&app.anon(), method, pattern, &path).await;
                assert_eq!(status(&answer), IN, "{method} {path}");
            }
        }
    }
    let thread = text(&scene.thread["id"]);
    let reply = text(&scene.own_reply["id"]);
    for path in [
        format!("/api/v1/threads/{thread}/reactions/bookmark"),
        format!("/api/v1/threads/{thread}/reactions/nonsense"),
        format!("/api/v1/replies/{reply}/reactions/follow"),
    ] {
        let answer = scene.author.api(Method::PUT, &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/policies/0",
        "/policies/5",
        "/policies/256",
        "/nothing",
        "/api/v1/nothing",
    ] {
        assert_eq!(
            scene.author.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // A session of somebody else does not exist for me.
    let other = app.teacher("sota");
    let path = format!("/settings/sessions/{}/end", session_of(&app, &scene.author));
    assert_eq!(other.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.author.get("/settings").await.status, StatusCode::OK);
    // Nor does a draft, for anybody, whatever their role.
    let draft = scene.draft(&scene.author);
    let administrator = app.person("administrator", Role::Administrator, "小学校");
    let api = format!("/api/v1/drafts/{draft}");
    for actor in [&other, &administrator] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = actor.api(method, &api, json!({ "fields": {} })).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        let path = format!("/settings/drafts/{draft}/discard");
        assert_eq!(actor.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
        let path = format!("/threads/new?draft={draft}");
        assert_eq!(actor.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(
            !actor
                .get("/settings/drafts")
                .await
                .body
                .contains("書きかけ<")
        );
    }
    assert_eq!(scene.author.get(&api).await.status, StatusCode::OK);
}

/// Whether a route about a post asks for the role before it looks at the post.
fn for_moderators(pattern: &str) -> bool {
    [
        "/visibility",
        "/claim",
        "/claim/release",
        "/lock",
        "/unlock",
    ]
    .iter()
    .any(|ending| pattern.ends_with(ending))
}

async fn set_visibility(app: &TestApp, moderator: &Actor<'_>, path: &str, visibility: &str) {
    let answer = if visibility == "deleted" {
        moderator.api(Method::DELETE, path, Value::Null).await
    } else {
        let body = json!({ "visibility": visibility, "reason": "確かめます。" });
        moderator
            .api(Method::PUT, &format!("{path}/visibility"), body)
            .await
    };
    assert!(answer.status.is_success(), "{}", answer.body);
    app.drain();
}

/// Every request about a thread that is out of sight, from those who may not know of it.
#[actix_web::test]
async fn a_thread_out_of_sight_is_not_found() {
    let app = app(true).await;
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    for (number, visibility) in ["held", "hidden", "deleted"].iter().enumerate() {
        let scene = Scene::new(&app, number).await;
        app.drain();
        assert_eq!(seen_in_lists(&scene, &scene.author).await, [true; 6]);
        let thread = format!("/api/v1/threads/{}", text(&scene.thread["id"]));
        set_visibility(&app, &moderator, &thread, visibility).await;
        let other = scene.actor(Seat::Other);
        let trainer = app.trainer(&format!("trainer{number}"));
        // Whoever wrote a reply in it has lost sight of it too.
        let replier = app.teacher(&format!("replier{number}"));
        for (method, pattern, expected) in EXPECTED {
            let about_it = pattern.contains("/threads/{id}")
                || pattern.contains("/replies/{id}")
                || pattern.contains("/t/{short_code}");
            if !about_it {
                continue;
            }
            for actor in [&other, &trainer, &replier] {
                let answer = scene.send(actor, method, pattern).await;
                // Roles are asked for before the post is: that somebody may not moderate says nothing about it.
                let recommends = (pattern.ends_with("/recommendation")
                    || pattern.ends_with("/recommendation/withdraw")
                    || pattern.ends_with("/collect"))
                    && actor.email != trainer.email;
                let arranges = (pattern.ends_with("/move") || pattern.contains("/duplicate"))
                    && actor.email != trainer.email;
                let tends = pattern.ends_with("/environment")
                    && (*method, pattern.starts_with("/api/")) != ("GET", true)
                    && actor.email != trainer.email;
                let role_only = recommends || arranges || tends || for_moderators(pattern);
                let wanted = if role_only { 403 } else { 404 };
                assert_eq!(status(&answer), wanted, "{visibility} {method} {pattern}");
            }
            let answer = scene.send(&app.anon(), method, pattern).await;
            let wanted = if expected[Seat::VisitorWhereReadingIsOpen as usize] == IN {
                [IN, 404]
            } else {
                [404, 404]
            };
            let seen = status(&answer);
            assert!(
                wanted.contains(&seen),
                "{visibility} {method} {pattern}: {seen}"
            );
        }
        let code = format!("/t/{}", text(&scene.thread["short_code"]));
        let pages = [
            format!("/threads/{}", text(&scene.thread["id"])),
            thread.clone(),
            format!("{thread}/replies"),
            format!("{thread}/revisions"),
            format!("/api/v1/replies/{}", text(&scene.own_reply["id"])),
            code,
        ];
        for path in &pages {
            let author = scene.author.get(path).await.status;
            let known = *visibility != "deleted";
            assert_eq!(
                author != StatusCode::NOT_FOUND,
                known,
                "{visibility} {path}"
            );
            let answer = moderator.get(path).await;
            assert!(!answer.status.is_client_error(), "{visibility} {path}");
        }
        for actor in [&app.anon(), &other, &scene.author, &moderator] {
            let seen = seen_in_lists(&scene, actor).await;
            assert_eq!(seen, [false; 6], "{visibility}");
        }
    }
}

/// Whether the thread stands in: the list, the page of it, the author's page, a search, the search page, like ones.
async fn seen_in_lists(scene: &Scene<'_>, actor: &Actor<'_>) -> [bool; 6] {
    let id = text(&scene.thread["id"]);
    let mut seen = [false; 6];
    let paths = [
        "/api/v1/threads?limit=100".to_owned(),
        "/threads".to_owned(),
        format!("/people/{}", scene.author.id.unwrap()),
        with_query("/api/v1/search", &[("q", "体育館 ロイロ")]),
        with_query("/search", &[("q", "体育館 ロイロ")]),
        with_query("/api/v1/threads/similar", &[("title", "体育館のロイロ")]),
    ];
    for (place, path) in paths.iter().enumerate() {
        let answer = actor.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        seen[place] = answer.body.contains(&id);
    }
    seen
}

/// What the index still holds is not shown: the database decides.
#[actix_web::test]
async fn a_thread_is_out_of_sight_before_the_index_knows() {
    let app = app(false).await;
    let scene = Scene::new(&app, 0).await;
    app.drain();
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let path = format!("/api/v1/threads/{}/visibility", text(&scene.thread["id"]));
    let body = json!({ "visibility": "hidden", "reason": "確かめます。" });
    let hidden = moderator.api(Method::PUT, &path, body).await;
    assert_eq!(hidden.status, StatusCode::OK);
    let seen = seen_in_lists(&scene, &moderator).await;
    assert_eq!(seen, [false; 6]);
}

#[actix_web::test]
async fn a_reply_out_of_sight_is_not_found() {
    let app = app(true).await;
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let other = app.teacher("other");
    for (number, visibility) in ["held", "hidden", "deleted"].iter().enumerate() {
        let scene = Scene::new(&app, number).await;
        let (thread, reply) = (text(&scene.thread["id"]), text(&scene.own_reply["id"]));
        let api = format!("/api/v1/replies/{reply}");
        set_visibility(&app, &moderator, &api, visibility).await;
        for (method, pattern, _) in EXPECTED {
            if !pattern.contains("/replies/{id}") || for_moderators(pattern) {
                continue;
            }
            let answer = scene.send(&other, method, pattern).await;
            assert_eq!(status(&answer), 404, "{visibility} {method} {pattern}");
        }
        let known = *visibility != "deleted";
        for path in [
            format!("/threads/{thread}"),
            format!("/api/v1/threads/{thread}/replies"),
        ] {
            for (actor, sees) in [
                (&app.anon(), false),
                (&other, false),
                (&scene.author, known),
                (&moderator, true),
            ] {
                let answer = actor.get(&path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}");
                assert_eq!(answer.body.contains(&reply), sees, "{visibility} {path}");
            }
        }
        assert_eq!(scene.author.get(&api).await.status.is_success(), known);
        assert_eq!(moderator.get(&api).await.status, StatusCode::OK);
        // It can be neither accepted nor quoted, and is not found by its words.
        let accepted = format!("/api/v1/threads/{thread}/accepted-reply");
        let body = json!({ "reply_id": reply });
        let answer = scene.author.api(Method::PUT, &accepted, body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{visibility}"
        );
        let body = json!({ "body": "引用です。", "quote_of": reply });
        let path = format!("/api/v1/threads/{thread}/replies");
        let answer = other.api_post(&path, body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{visibility}"
        );
        assert!(
            !other
                .search("延長コード")
                .await
                .contains(&text(&scene.thread["title"]))
        );
    }
}
