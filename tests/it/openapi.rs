//! The description of the API against the API: every route is in it, and every answer is as it says.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::{Method, StatusCode, header};
use hiroba::accounts::Role;
use hiroba::id::Id;
use hiroba::routes::TABLE;
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::ground::gap_report;
use crate::harness::{Actor, Answer, TestApp, text, with_query};

/// Documented and not to be had without breaking the index or the login limits' clock on the way, or storing a hundred
/// files.
const NOT_TOURED: &[(&str, &str, u16)] = &[
    ("get", "/api/v1/search", 503),
    ("post", "/api/v1/files", 429),
    ("post", "/api/v1/files", 503),
];

async fn description() -> Value {
    let app = TestApp::new().await;
    let answer = app.anon().get("/api/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn operations(description: &Value) -> Vec<(&str, &str, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((method.as_str(), path.as_str(), operation));
        }
    }
    all
}

#[actix_web::test]
async fn every_route_of_the_api_is_described_and_nothing_else() {
    let description = description().await;
    let described: BTreeSet<(String, String)> = operations(&description)
        .into_iter()
        .map(|(method, path, _)| (method.to_uppercase(), path.to_owned()))
        .collect();
    let routes: BTreeSet<(String, String)> = TABLE
        .iter()
        .filter(|(_, path)| path.starts_with("/api/v1/"))
        .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let missing: Vec<_> = routes.difference(&described).collect();
    let made_up: Vec<_> = described.difference(&routes).collect();
    assert!(
        missing.is_empty() && made_up.is_empty(),
        "{missing:?} {made_up:?}"
    );
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        let name = text(&operation["operationId"]);
        assert!(
            names.insert(name.clone()),
            "operationId {name} stands twice"
        );
        assert!(
            !text(&operation["summary"]).is_empty(),
            "{method} {path} says nothing"
        );
        // Every part of the path is a parameter, and every unsafe call that takes a body says which.
        for part in path.split('{').skip(1) {
            let name = part.split('}').next().unwrap();
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let known = parameters
                .iter()
                .any(|one| one["name"] == name && one["in"] == "path");
            assert!(known, "{method} {path}: {name}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let code: u16 = status.parse().unwrap();
            let has_body = response["content"]
                .as_object()
                .is_some_and(|types| !types.is_empty());
            assert_eq!(
                has_body,
                !matches!(code, 204 | 308),
                "{method} {path} {status}"
            );
        }
    }
}

/// Every `$ref` leads somewhere.
#[actix_web::test]
async fn no_reference_is_left_hanging() {
    fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    match inner.as_str() {
                        Some(target) if name == "$ref" => found.push(target),
                        _ => walk(inner, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let description = description().await;
    let mut found = Vec::new();
    walk(&description, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{target}");
    }
}

/// The description as schemas under which an answer may hold nothing that they do not name.
fn closed(description: &Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if fields.contains_key("properties") && !fields.contains_key("additionalProperties")
                {
                    fields.insert("additionalProperties".to_owned(), json!(false));
                }
                fields.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut components = description["components"].clone();
    close(&mut components);
    components
}

/// Goes through the API and holds every answer against the description.
struct Tour {
    description: Value,
    components: Value,
    seen: BTreeSet<(String, String, u16)>,
}

impl Tour {
    fn validate(&self, schema: &Value, value: &Value, whence: &str) {
        let mut schema = schema.clone();
        schema["components"] = self.components.clone();
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema);
        let errors: Vec<String> = match &validator {
            Ok(validator) => validator
                .iter_errors(value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect(),
            Err(error) => panic!("{whence}: the schema itself: {error}"),
        };
        assert!(
            errors.is_empty(),
            "{whence}: {}\n{value:#}",
            errors.join("\n")
        );
    }

    /// Asks `path` of the route `pattern`; the status must be `wanted`, described, and the answer as described.
    async fn ask(
        &mut self,
        actor: &Actor<'_>,
        (method, pattern, path): (Method, &str, &str),
        body: Value,
        wanted: u16,
    ) -> Answer {
        let mut request = actor.request(method.clone(), path);
        if !body.is_null() {
            request = request.set_json(&body);
        }
        let answer = actor.send(request).await;
        self.check(&method, pattern, &body, wanted, &answer);
        answer
    }

    fn check(
        &mut self,
        method: &Method,
        pattern: &str,
        body: &Value,
        wanted: u16,
        answer: &Answer,
    ) {
        let method = method.as_str().to_lowercase();
        let whence = format!("{method} {pattern} {wanted}");
        assert_eq!(answer.status.as_u16(), wanted, "{whence}: {}", answer.body);
        let operation = self.description["paths"][pattern][&method].clone();
        let response = &operation["responses"][wanted.to_string()];
        assert!(!response.is_null(), "{whence} is not described");
        self.seen.insert((method, pattern.to_owned(), wanted));
        if matches!(wanted, 204 | 308) {
            assert_eq!(answer.body, "", "{whence}");
        } else {
            let content_type = answer.header("content-type");
            let plain = if wanted < 300 {
                "application/json"
            } else {
                "application/problem+json"
            };
            assert_eq!(content_type, plain, "{whence}");
            let content = response["content"].as_object().unwrap();
            let schema = &content.values().next().unwrap()["schema"];
            self.validate(schema, &answer.json(), &whence);
        }
        if wanted < 300 && !body.is_null() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert!(
                !schema.is_null(),
                "{whence} takes a body and does not say so"
            );
            self.validate(schema, body, &format!("{whence}, what was sent"));
        }
    }
}

/// Self-checks, and what is published of them.
async fn tour_mirror(tour: &mut Tour, app: &TestApp, aoi: &Actor<'_>) {
    let (anon, none) = (app.anon(), Value::Null);
    let check = "/api/v1/me/self-check";
    let answers = json!({ "answers": { "a1": 3, "d4": null }, "shared": true });
    for (method, body, done) in [
        (Method::PUT, &answers, 200),
        (Method::GET, &none, 200),
        (Method::DELETE, &none, 204),
    ] {
        let call = (method, check, check);
        tour.ask(aoi, call.clone(), body.clone(), done).await;
        tour.ask(&anon, call, body.clone(), 401).await;
    }
    let put = (Method::PUT, check, check);
    let wrong = json!({ "answers": { "a1": 5 } });
    tour.ask(aoi, put.clone(), wrong, 422).await;
    let broken = aoi.request(Method::PUT, check).set_payload("{");
    let broken = broken.insert_header((header::CONTENT_TYPE, "application/json"));
    let answer = aoi.send(broken).await;
    tour.check(&Method::PUT, check, &none, 400, &answer);
    let term = gap_report(&app.app);
    let reports = (Method::GET, "/api/v1/gap", "/api/v1/gap");
    tour.ask(aoi, reports.clone(), none.clone(), 200).await;
    tour.ask(&anon, reports, none.clone(), 401).await;
    let (here, there) = (format!("/api/v1/gap/{term}"), "/api/v1/gap/2020-1");
    let report = |path| (Method::GET, "/api/v1/gap/{term}", path);
    tour.ask(aoi, report(here.as_str()), none.clone(), 200)
        .await;
    tour.ask(&anon, report(here.as_str()), none.clone(), 401)
        .await;
    tour.ask(aoi, report(there), none.clone(), 404).await;
}

const THREAD: &str = "/api/v1/threads/{id}";
const REPLY: &str = "/api/v1/replies/{id}";

#[actix_web::test]
async fn every_answer_is_as_described() {
    let description = description().await;
    let mut tour = Tour {
        components: closed(&description),
        description,
        seen: BTreeSet::new(),
    };
    let app = TestApp::with(|config| config.limits.posts_per_hour = 8).await;
    let aoi = app.teacher("aoi");
    let sota = app.trainer("sota");
    let moderator = app.person("moderator", Role::Moderator, "小学校");
    let anon = app.anon();
    let none = Value::Null;

    // Threads.
    let threads = (Method::POST, "/api/v1/threads", "/api/v1/threads");
    let full = json!({
        "kind": "practice", "title": "音読の録音を、2人組で聞き合う", "body": "**うまくいきました。**",
        "school_type": "小学校", "policies": [1, "p3"], "initiatives": ["p1-lesson-design"], "subject": "国語",
        "grade": "小4", "tags": ["ロイロノート"], "tools": ["Chromebook"],
        "practice": {
            "aim": "話す力", "unit": "物語", "prep_minutes": 10, "lesson_minutes": 45, "scene": "協働",
            "materials": "マイク", "steps": ["録音する", "聞き合う"], "children": "楽しそう", "failed": "音が混ざる",
            "care": "別室", "checked_on": "令和8年11月", "app_version": "1.2",
        },
    });
    tour.ask(&aoi, threads.clone(), full, 201).await;
    let bare = json!({
        "kind": "question", "title": "ログインできない", "body": "朝だけです。", "school_type": "koukou", "policies": [3],
    });
    let question = tour
        .ask(&aoi, threads.clone(), bare.clone(), 201)
        .await
        .json();
    tour.ask(&anon, threads.clone(), bare.clone(), 401).await;
    tour.ask(&aoi, threads.clone(), json!({ "title": "" }), 422)
        .await;
    let id = text(&question["id"]);
    let path = format!("/api/v1/threads/{id}");
    let at = |ending: &str| format!("{path}{ending}");
    let unknown = format!("/api/v1/threads/{}", Id::new(app.now()));
    let list = "/api/v1/threads";
    tour.ask(
        &aoi,
        (Method::GET, list, "/api/v1/threads?limit=1"),
        none.clone(),
        200,
    )
    .await;
    tour.ask(
        &aoi,
        (Method::GET, list, "/api/v1/threads?kind=question"),
        none.clone(),
        200,
    )
    .await;
    tour.ask(&anon, (Method::GET, list, list), none.clone(), 401)
        .await;
    tour.ask(
        &aoi,
        (Method::GET, list, "/api/v1/threads?kind=x"),
        none.clone(),
        422,
    )
    .await;
    tour.ask(
        &aoi,
        (Method::GET, list, "/api/v1/threads?cursor=x"),
        none.clone(),
        400,
    )
    .await;

    // Replies.
    let replies_of = "/api/v1/threads/{id}/replies";
    let replies = at("/replies");
    let post = (Method::POST, replies_of, replies.as_str());
    let reply = tour
        .ask(
            &sota,
            post.clone(),
            json!({ "body": "前の日に開きます。" }),
            201,
        )
        .await
        .json();
    let quoting = json!({ "body": "ありがとうございます。", "quote_of": reply["id"] });
    let own = tour.ask(&aoi, post.clone(), quoting, 201).await.json();
    tour.ask(&anon, post.clone(), json!({ "body": "a" }), 401)
        .await;
    tour.ask(&aoi, post.clone(), json!({ "body": "" }), 422)
        .await;
    let lost = format!("{unknown}/replies");
    tour.ask(
        &aoi,
        (Method::POST, replies_of, &lost),
        json!({ "body": "a" }),
        404,
    )
    .await;
    tour.ask(&aoi, (Method::GET, replies_of, &replies), none.clone(), 200)
        .await;
    tour.ask(
        &aoi,
        (Method::GET, replies_of, &at("/replies?limit=1")),
        none.clone(),
        200,
    )
    .await;
    tour.ask(
        &aoi,
        (Method::GET, replies_of, &at("/replies?limit=0")),
        none.clone(),
        422,
    )
    .await;
    tour.ask(
        &aoi,
        (Method::GET, replies_of, &at("/replies?cursor=x")),
        none.clone(),
        400,
    )
    .await;
    tour.ask(
        &anon,
        (Method::GET, replies_of, &replies),
        none.clone(),
        401,
    )
    .await;
    tour.ask(&aoi, (Method::GET, replies_of, &lost), none.clone(), 404)
        .await;
    let answer = format!("/api/v1/replies/{}", text(&reply["id"]));
    let own_answer = format!("/api/v1/replies/{}", text(&own["id"]));
    let no_answer = format!("/api/v1/replies/{}", Id::new(app.now()));

    // One of each, and changing it.
    let patch = json!({ "body": "書き直しました。" });
    for (pattern, own, others, unknown) in [
        (THREAD, &path, &path, &unknown),
        (REPLY, &own_answer, &own_answer, &no_answer),
    ] {
        let get = |path| (Method::GET, pattern, path);
        tour.ask(&sota, get(own.as_str()), none.clone(), 200).await;
        tour.ask(&anon, get(own.as_str()), none.clone(), 401).await;
        tour.ask(&sota, get(unknown.as_str()), none.clone(), 404)
            .await;
        let edit = (Method::PATCH, pattern, own.as_str());
        tour.ask(&aoi, edit.clone(), patch.clone(), 200).await;
        tour.ask(&anon, edit.clone(), patch.clone(), 401).await;
        tour.ask(&sota, (Method::PATCH, pattern, others), patch.clone(), 403)
            .await;
        tour.ask(&aoi, (Method::PATCH, pattern, unknown), patch.clone(), 404)
            .await;
        tour.ask(&aoi, edit.clone(), json!({ "body": "" }), 422)
            .await;
        for (tag, wanted) in [("\"1\"", 412), ("garbage", 400)] {
            let request = aoi
                .request(Method::PATCH, own)
                .insert_header(("if-match", tag))
                .set_json(&patch);
            let stale = aoi.send(request).await;
            tour.check(&Method::PATCH, pattern, &patch, wanted, &stale);
        }
    }
    let revisions = "/api/v1/threads/{id}/revisions";
    tour.ask(
        &sota,
        (Method::GET, revisions, &at("/revisions")),
        none.clone(),
        200,
    )
    .await;
    tour.ask(
        &anon,
        (Method::GET, revisions, &at("/revisions")),
        none.clone(),
        401,
    )
    .await;
    tour.ask(
        &sota,
        (Method::GET, revisions, &format!("{unknown}/revisions")),
        none.clone(),
        404,
    )
    .await;

    let revisions = "/api/v1/replies/{id}/revisions";
    let (here, there) = (
        format!("{own_answer}/revisions"),
        format!("{no_answer}/revisions"),
    );
    tour.ask(&sota, (Method::GET, revisions, &here), none.clone(), 200)
        .await;
    tour.ask(&anon, (Method::GET, revisions, &here), none.clone(), 401)
        .await;
    tour.ask(&sota, (Method::GET, revisions, &there), none.clone(), 404)
        .await;

    // Drafts.
    tour_mirror(&mut tour, &app, &aoi).await;

    let drafts = "/api/v1/drafts";
    let begin = (Method::POST, drafts, drafts);
    let of = |purpose: &str, target: &str| json!({ "purpose": purpose, "target": target, "fields": { "body": ["書きかけ"] } });
    let draft = tour
        .ask(&aoi, begin.clone(), of("reply", &id), 201)
        .await
        .json();
    tour.ask(&aoi, begin.clone(), of("reply", &id), 412).await;
    tour.ask(&sota, begin.clone(), of("edit_thread", &id), 403)
        .await;
    let nothing = Id::new(app.now()).to_string();
    tour.ask(&aoi, begin.clone(), of("reply", &nothing), 404)
        .await;
    tour.ask(&aoi, begin.clone(), of("x", ""), 422).await;
    tour.ask(&anon, begin, of("new_thread", ""), 401).await;
    let (list, wrong) = ((Method::GET, drafts, drafts), "/api/v1/drafts?purpose=x");
    tour.ask(&aoi, list.clone(), none.clone(), 200).await;
    tour.ask(&anon, list, none.clone(), 401).await;
    tour.ask(&aoi, (Method::GET, drafts, wrong), none.clone(), 422)
        .await;
    let one = "/api/v1/drafts/{id}";
    let (here, there) = (
        format!("{drafts}/{}", text(&draft["id"])),
        format!("{drafts}/{nothing}"),
    );
    let fields = json!({ "fields": { "body": ["書いた"] } });
    for (method, body, done) in [
        (Method::GET, &none, 200),
        (Method::PUT, &fields, 200),
        (Method::DELETE, &none, 204),
    ] {
        let to = |path| (method.clone(), one, path);
        tour.ask(&anon, to(here.as_str()), body.clone(), 401).await;
        tour.ask(&aoi, to(there.as_str()), body.clone(), 404).await;
        if method == Method::PUT {
            let long = json!({ "fields": { "body": ["x".repeat(300_000)] } });
            tour.ask(&aoi, to(here.as_str()), long, 422).await;
            let request = aoi.request(Method::PUT, &here);
            let request = request
                .insert_header(("if-match", "\"9\""))
                .set_json(&fields);
            let stale = aoi.send(request).await;
            tour.check(&Method::PUT, one, &fields, 412, &stale);
        }
        tour.ask(&aoi, to(here.as_str()), body.clone(), done).await;
    }

    // The accepted answer.
    let accepted = "/api/v1/threads/{id}/accepted-reply";
    let (place, nowhere) = (at("/accepted-reply"), format!("{unknown}/accepted-reply"));
    let choice = json!({ "reply_id": reply["id"] });
    let put = (Method::PUT, accepted, place.as_str());
    tour.ask(&aoi, put.clone(), choice.clone(), 200).await;
    tour.ask(&anon, put.clone(), choice.clone(), 401).await;
    tour.ask(&moderator, put.clone(), choice.clone(), 403).await;
    tour.ask(&aoi, (Method::PUT, accepted, &nowhere), choice.clone(), 404)
        .await;
    tour.ask(&aoi, put.clone(), json!({ "reply_id": "x" }), 422)
        .await;
    tour.ask(&aoi, (Method::GET, replies_of, &replies), none.clone(), 200)
        .await;
    let delete = (Method::DELETE, accepted, place.as_str());
    tour.ask(&anon, delete.clone(), none.clone(), 401).await;
    tour.ask(&moderator, delete.clone(), none.clone(), 403)
        .await;
    tour.ask(
        &aoi,
        (Method::DELETE, accepted, &nowhere),
        none.clone(),
        404,
    )
    .await;
    tour.ask(&sota, delete.clone(), none.clone(), 200).await;

    // Marks.
    for (pattern, path, nowhere) in [
        (
            "/api/v1/threads/{id}/reactions/{reaction}",
            at("/reactions/helpful"),
            at("/reactions/x"),
        ),
        (
            "/api/v1/replies/{id}/reactions/{reaction}",
            format!("{answer}/reactions/want_to_try"),
            format!("{no_answer}/reactions/helpful"),
        ),
        (
            "/api/v1/threads/{id}/bookmark",
            at("/bookmark"),
            format!("{unknown}/bookmark"),
        ),
        (
            "/api/v1/threads/{id}/follow",
            at("/follow"),
            format!("{unknown}/follow"),
        ),
    ] {
        for method in [Method::PUT, Method::DELETE] {
            tour.ask(&sota, (method.clone(), pattern, &path), none.clone(), 204)
                .await;
            tour.ask(&anon, (method.clone(), pattern, &path), none.clone(), 401)
                .await;
            tour.ask(&sota, (method, pattern, &nowhere), none.clone(), 404)
                .await;
        }
    }

    // Searching, the words, oneself.
    app.drain();
    let (search, similar) = ("/api/v1/search", "/api/v1/threads/similar");
    for query in [
        &[("q", "ログイン")][..],
        &[("q", "")],
        &[("q", "どこにもないことば")],
        &[("limit", "1")],
    ] {
        tour.ask(
            &sota,
            (Method::GET, search, &with_query(search, query)),
            none.clone(),
            200,
        )
        .await;
    }
    tour.ask(&anon, (Method::GET, search, search), none.clone(), 401)
        .await;
    let suggest = "/api/v1/search/suggest";
    let typed = with_query(suggest, &[("q", "ロ")]);
    tour.ask(&sota, (Method::GET, suggest, &typed), none.clone(), 200)
        .await;
    tour.ask(&anon, (Method::GET, suggest, suggest), none.clone(), 401)
        .await;
    let explained = with_query(search, &[("q", "ログイン"), ("explain", "1")]);
    tour.ask(&sota, (Method::GET, search, &explained), none.clone(), 200)
        .await;
    tour.ask(
        &sota,
        (Method::GET, search, "/api/v1/search?limit=51"),
        none.clone(),
        422,
    )
    .await;
    tour.ask(
        &sota,
        (Method::GET, search, "/api/v1/search?cursor=x"),
        none.clone(),
        400,
    )
    .await;
    let like = with_query(similar, &[("title", "ログインできないとき")]);
    let found = tour
        .ask(&sota, (Method::GET, similar, &like), none.clone(), 200)
        .await;
    assert_ne!(found.json(), json!([]));
    tour.ask(&anon, (Method::GET, similar, &like), none.clone(), 401)
        .await;
    let (me, words) = ("/api/v1/me", "/api/v1/taxonomy");
    for path in [me, words] {
        tour.ask(&aoi, (Method::GET, path, path), none.clone(), 200)
            .await;
        tour.ask(&anon, (Method::GET, path, path), none.clone(), 401)
            .await;
    }

    // Reports and what all may see.
    for (base, path, nowhere) in [(REPLY, &answer, &no_answer), (THREAD, &path, &unknown)] {
        let pattern = format!("{base}/reports");
        let (here, there) = (format!("{path}/reports"), format!("{nowhere}/reports"));
        let report = json!({ "reason": "wrong", "detail": "古いようです。" });
        tour.ask(&sota, (Method::POST, &pattern, &here), report.clone(), 201)
            .await;
        tour.ask(&anon, (Method::POST, &pattern, &here), report.clone(), 401)
            .await;
        tour.ask(&sota, (Method::POST, &pattern, &there), report.clone(), 404)
            .await;
        tour.ask(
            &sota,
            (Method::POST, &pattern, &here),
            json!({ "reason": "x" }),
            422,
        )
        .await;
        let pattern = format!("{base}/visibility");
        let (here, there) = (
            format!("{path}/visibility"),
            format!("{nowhere}/visibility"),
        );
        let held = json!({ "visibility": "held", "reason": "確かめます。" });
        let put = (Method::PUT, pattern.as_str(), here.as_str());
        tour.ask(&moderator, put.clone(), held.clone(), 200).await;
        tour.ask(&anon, put.clone(), held.clone(), 401).await;
        tour.ask(&aoi, put.clone(), held.clone(), 403).await;
        tour.ask(
            &moderator,
            (Method::PUT, &pattern, &there),
            held.clone(),
            404,
        )
        .await;
        tour.ask(
            &moderator,
            put.clone(),
            json!({ "visibility": "held", "reason": "" }),
            422,
        )
        .await;
        let shown = json!({ "visibility": "visible", "reason": "大丈夫でした。" });
        tour.ask(&moderator, put.clone(), held, 200).await;
        if base == THREAD {
            tour.ask(&aoi, post.clone(), json!({ "body": "a" }), 403)
                .await;
        }
        tour.ask(&moderator, put, shown, 200).await;
    }

    // Locked, linked and merged.
    let lock = ("/api/v1/threads/{id}/lock", at("/lock"));
    let reason = json!({ "reason": "話がまとまりました。" });
    let nowhere = format!("{unknown}/lock");
    let put = (Method::PUT, lock.0, lock.1.as_str());
    tour.ask(&moderator, put.clone(), reason.clone(), 200).await;
    tour.ask(&anon, put.clone(), reason.clone(), 401).await;
    tour.ask(&aoi, put.clone(), reason.clone(), 403).await;
    tour.ask(&moderator, put, json!({ "reason": "" }), 422)
        .await;
    let lost = (Method::PUT, lock.0, nowhere.as_str());
    tour.ask(&moderator, lost, reason, 404).await;
    tour.ask(&aoi, post.clone(), json!({ "body": "a" }), 409)
        .await;
    let change = json!({ "body": "書き直します。" });
    let patch = (Method::PATCH, THREAD, path.as_str());
    tour.ask(&aoi, patch, change.clone(), 409).await;
    let patch = (Method::PATCH, REPLY, own_answer.as_str());
    tour.ask(&aoi, patch, change, 409).await;
    let delete = (Method::DELETE, lock.0, lock.1.as_str());
    tour.ask(&anon, delete.clone(), none.clone(), 401).await;
    tour.ask(&aoi, delete.clone(), none.clone(), 403).await;
    let lost = (Method::DELETE, lock.0, nowhere.as_str());
    tour.ask(&moderator, lost, none.clone(), 404).await;
    tour.ask(&moderator, delete, none.clone(), 200).await;
    let twin = moderator.ask("ログインできない（二つ目）").await;
    let pattern = "/api/v1/threads/{id}/duplicate-of";
    let here = format!("/api/v1/threads/{}/duplicate-of", text(&twin["id"]));
    let nowhere = format!("{unknown}/duplicate-of");
    let same = json!({ "thread": id });
    let put = (Method::PUT, pattern, here.as_str());
    tour.ask(&sota, put.clone(), same.clone(), 200).await;
    tour.ask(&anon, put.clone(), same.clone(), 401).await;
    tour.ask(&aoi, put.clone(), same.clone(), 403).await;
    let itself = json!({ "thread": twin["id"] });
    tour.ask(&sota, put.clone(), itself, 422).await;
    let lost = (Method::PUT, pattern, nowhere.as_str());
    tour.ask(&sota, lost, same, 404).await;
    let delete = (Method::DELETE, pattern, here.as_str());
    tour.ask(&anon, delete.clone(), none.clone(), 401).await;
    tour.ask(&aoi, delete.clone(), none.clone(), 403).await;
    let lost = (Method::DELETE, pattern, nowhere.as_str());
    tour.ask(&sota, lost, none.clone(), 404).await;
    tour.ask(&sota, delete, none.clone(), 200).await;
    let see = format!("/api/v1/threads/{}/visibility", text(&twin["id"]));
    for (visibility, wanted) in [("held", 409), ("visible", 200)] {
        let set = json!({ "visibility": visibility, "reason": "確かめます。" });
        moderator.api(Method::PUT, &see, set).await;
        let merge = json!({ "thread": id, "merge": true });
        tour.ask(&moderator, put.clone(), merge, wanted).await;
    }
    let merged = format!("/api/v1/threads/{}", text(&twin["id"]));
    tour.ask(&sota, (Method::GET, THREAD, &merged), none.clone(), 308)
        .await;

    // What became of a practice elsewhere.
    let tryouts = "/api/v1/threads/{id}/tryouts";
    let practice = sota
        .thread("practice", "班に1枚ずつ配る", "本文です。")
        .await;
    let tried = format!("/api/v1/threads/{}/tryouts", text(&practice["id"]));
    let nowhere = format!("{unknown}/tryouts");
    let lock = format!("/api/v1/threads/{}/lock", text(&practice["id"]));
    let record = json!({ "outcome": "worked", "note": "よかった。", "grade": "小4" });
    let try_out = (Method::POST, tryouts, tried.as_str());
    let made = tour.ask(&aoi, try_out.clone(), record.clone(), 201).await;
    tour.ask(&anon, try_out.clone(), record.clone(), 401).await;
    tour.ask(&sota, try_out.clone(), record.clone(), 403).await;
    let lost = (Method::POST, tryouts, nowhere.as_str());
    tour.ask(&aoi, lost, record.clone(), 404).await;
    tour.ask(&aoi, try_out.clone(), json!({}), 422).await;
    let reason = json!({ "reason": "話がまとまりました。" });
    moderator.api(Method::PUT, &lock, reason).await;
    tour.ask(&aoi, try_out.clone(), record.clone(), 409).await;
    moderator.api(Method::DELETE, &lock, none.clone()).await;
    for (asked, wanted) in [("", 200), ("?cursor=x", 400), ("?limit=0", 422)] {
        let list = format!("{tried}{asked}");
        let get = (Method::GET, tryouts, list.as_str());
        tour.ask(&sota, get, none.clone(), wanted).await;
    }
    let get = (Method::GET, tryouts, tried.as_str());
    tour.ask(&anon, get, none.clone(), 401).await;
    let get = (Method::GET, tryouts, nowhere.as_str());
    tour.ask(&sota, get, none.clone(), 404).await;
    let relatives = "/api/v1/threads/{id}/relatives";
    let near = format!("/api/v1/threads/{}/relatives", text(&practice["id"]));
    let get = (Method::GET, relatives, near.as_str());
    tour.ask(&sota, get.clone(), none.clone(), 200).await;
    tour.ask(&anon, get, none.clone(), 401).await;
    let nowhere = format!("{unknown}/relatives");
    let get = (Method::GET, relatives, nowhere.as_str());
    tour.ask(&sota, get, none.clone(), 404).await;
    let one = format!("/api/v1/tryouts/{}", text(&made.json()["id"]));
    let delete = (Method::DELETE, "/api/v1/tryouts/{id}", one.as_str());
    tour.ask(&anon, delete.clone(), none.clone(), 401).await;
    tour.ask(&sota, delete.clone(), none.clone(), 403).await;
    tour.ask(&moderator, delete.clone(), none.clone(), 422)
        .await;
    tour.ask(&aoi, delete.clone(), none.clone(), 204).await;
    tour.ask(&aoi, delete, none.clone(), 404).await;
    // What becomes of problems with the environment.
    let (pattern, here) = ("/api/v1/threads/{id}/environment", at("/environment"));
    let nowhere = format!("{unknown}/environment");
    let get = (Method::GET, pattern, here.as_str());
    tour.ask(&aoi, get.clone(), none.clone(), 200).await;
    tour.ask(&anon, get.clone(), none.clone(), 401).await;
    let lost = (Method::GET, pattern, nowhere.as_str());
    tour.ask(&aoi, lost, none.clone(), 404).await;
    let put = (Method::PUT, pattern, here.as_str());
    let step = json!({ "state": "planned", "planned_on": "2026-12-01", "note": "業者が来ます。" });
    tour.ask(&sota, put.clone(), step.clone(), 200).await;
    tour.ask(&anon, put.clone(), step.clone(), 401).await;
    tour.ask(&aoi, put.clone(), step.clone(), 403).await;
    let lost = (Method::PUT, pattern, nowhere.as_str());
    tour.ask(&sota, lost, step.clone(), 404).await;
    tour.ask(&sota, put.clone(), json!({ "state": "x" }), 422)
        .await;
    let solved = json!({ "state": "解決", "planned_on": null, "note": "使えます。" });
    tour.ask(&sota, put, solved, 200).await;
    tour.ask(&aoi, get, none.clone(), 200).await;
    tour.ask(
        &aoi,
        (Method::GET, THREAD, path.as_str()),
        none.clone(),
        200,
    )
    .await;
    let stale = sota
        .request(Method::PUT, &here)
        .insert_header(("if-match", "\"1\""))
        .set_json(&step);
    let stale = sota.send(stale).await;
    tour.check(&Method::PUT, pattern, &step, 412, &stale);
    let other = json!({
        "kind": "question", "title": "研修の時間がない", "body": "本文です。", "school_type": "koukou", "policies": [2],
    });
    let other = moderator.api_post("/api/v1/threads", other).await.json();
    let there = format!("/api/v1/threads/{}/environment", text(&other["id"]));
    tour.ask(&sota, (Method::PUT, pattern, &there), step, 409)
        .await;
    let list = "/api/v1/environment";
    for (path, wanted) in [
        (list, 200),
        ("/api/v1/environment?state=solved&limit=1", 200),
        ("/api/v1/environment?state=x", 422),
        ("/api/v1/environment?cursor=x", 400),
    ] {
        tour.ask(&aoi, (Method::GET, list, path), none.clone(), wanted)
            .await;
    }
    tour.ask(&anon, (Method::GET, list, list), none.clone(), 401)
        .await;

    // The map, and what is asked for.
    app.drain();
    let map = "/api/v1/coverage";
    for (path, wanted) in [
        (map, 200),
        (
            "/api/v1/coverage?axis=subject&measure=answered&period=all",
            200,
        ),
        ("/api/v1/coverage?axis=item&measure=hours", 200),
        ("/api/v1/coverage?measure=x", 422),
    ] {
        tour.ask(&aoi, (Method::GET, map, path), none.clone(), wanted)
            .await;
    }
    tour.ask(&anon, (Method::GET, map, map), none.clone(), 401)
        .await;
    let requests = "/api/v1/requests";
    let post_request = (Method::POST, requests, requests);
    let wanted = json!({ "policy": "4", "school_type": "youchien", "subject": null, "item": "A-1", "sentence": "短いものでも", "until": "2026-12-20" });
    let made = tour
        .ask(&sota, post_request.clone(), wanted.clone(), 201)
        .await
        .json();
    tour.ask(&sota, post_request.clone(), wanted.clone(), 422)
        .await;
    tour.ask(&aoi, post_request.clone(), wanted.clone(), 403)
        .await;
    tour.ask(&anon, post_request.clone(), wanted, 401).await;
    for (path, wanted) in [
        (requests, 200),
        ("/api/v1/requests?state=filled&limit=1", 200),
        ("/api/v1/requests?state=x", 422),
        ("/api/v1/requests?cursor=x", 400),
    ] {
        tour.ask(&aoi, (Method::GET, requests, path), none.clone(), wanted)
            .await;
    }
    tour.ask(&anon, (Method::GET, requests, requests), none.clone(), 401)
        .await;
    let (one, closing) = ("/api/v1/requests/{id}", "/api/v1/requests/{id}/close");
    let here = format!("{requests}/{}", text(&made["id"]));
    let nowhere = format!("{requests}/{}", Id::new(app.now()));
    tour.ask(&aoi, (Method::GET, one, &here), none.clone(), 200)
        .await;
    tour.ask(&anon, (Method::GET, one, &here), none.clone(), 401)
        .await;
    tour.ask(&aoi, (Method::GET, one, &nowhere), none.clone(), 404)
        .await;
    let (end, lost) = (format!("{here}/close"), format!("{nowhere}/close"));
    for (actor, path, wanted) in [
        (&anon, &end, 401),
        (&aoi, &end, 403),
        (&sota, &lost, 404),
        (&sota, &end, 200),
        (&sota, &end, 409),
    ] {
        tour.ask(actor, (Method::POST, closing, path), none.clone(), wanted)
            .await;
    }
    for number in 0..hiroba::requests::MOST_OPEN {
        let words = hiroba::taxonomy::Vocabulary::parse(hiroba::taxonomy::SENDAI).unwrap();
        let cell = json!({ "policy": 1, "school_type": "koukou", "subject": words.subjects[number].slug, "sentence": "短いものでも", "until": "2026-12-20" });
        sota.api_post(requests, cell).await;
    }
    let more = json!({ "policy": 4, "school_type": "koukou", "sentence": "短いものでも", "until": "2026-12-20" });
    tour.ask(&sota, post_request, more, 409).await;

    // Too much of it.
    for number in 0..8 {
        aoi.api_post("/api/v1/threads", bare.clone()).await;
        let body = json!({ "body": format!("{number}") });
        aoi.api_post(&replies, body).await;
    }
    let refused = tour.ask(&aoi, threads, bare, 429).await;
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    tour.ask(&aoi, post, json!({ "body": "a" }), 429).await;
    tour.ask(&aoi, try_out, record, 429).await;

    // Taking back.
    for (pattern, own, unknown) in [(REPLY, &own_answer, &no_answer), (THREAD, &path, &unknown)] {
        let delete = (Method::DELETE, pattern, own.as_str());
        tour.ask(&anon, delete.clone(), none.clone(), 401).await;
        tour.ask(&sota, delete.clone(), none.clone(), 403).await;
        tour.ask(&aoi, (Method::DELETE, pattern, unknown), none.clone(), 404)
            .await;
        tour.ask(&aoi, delete, none.clone(), 204).await;
    }

    // Sessions.
    let sessions = (Method::POST, "/api/v1/sessions", "/api/v1/sessions");
    let person = app.with_password("haruka", "とても長い合言葉です");
    let right = json!({ "email": person.email, "password": "とても長い合言葉です" });
    tour.ask(&anon, sessions.clone(), right, 201).await;
    let wrong = json!({ "email": "a@b.example", "password": "x" });
    for _ in 0..10 {
        tour.ask(&anon, sessions.clone(), wrong.clone(), 401).await;
    }
    tour.ask(&anon, sessions, wrong, 429).await;
    let current = (
        Method::DELETE,
        "/api/v1/sessions/current",
        "/api/v1/sessions/current",
    );
    tour.ask(&aoi, current.clone(), none.clone(), 204).await;
    tour.ask(&aoi, current, none, 401).await;

    // Files.
    let files = "/api/v1/files";
    let image = png(4, 4);
    let (labels, file) = (
        [("alt", "画面"), ("rights", "own")],
        Some(("x.png", &image[..])),
    );
    for (actor, labels, wanted) in [
        (&anon, &labels[..], 401),
        (&sota, &labels, 201),
        (&sota, &[], 422),
    ] {
        let answer = actor.post_parts(files, labels, file).await;
        tour.check(&Method::POST, files, &Value::Null, wanted, &answer);
    }
    let request = sota.request(Method::POST, files).set_json(json!({}));
    let answer = sota.send(request).await;
    tour.check(&Method::POST, files, &Value::Null, 400, &answer);
    let length = (header::CONTENT_LENGTH, "67108865");
    let request = sota.request(Method::POST, files).insert_header(length);
    let answer = sota.send(request).await;
    tour.check(&Method::POST, files, &Value::Null, 413, &answer);

    tour_collections(&mut tour, &app).await;

    // Bodies that cannot be read.
    for (method, path, operation) in operations(&tour.description.clone()) {
        if operation["requestBody"]["content"]["application/json"].is_null() {
            continue;
        }
        let address = path.replace("{id}", &id);
        for (payload, wanted) in [("{".to_owned(), 400), ("a".repeat(1_100_000), 413)] {
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = sota.request(method.clone(), &address).set_payload(payload);
            let answer = sota.send(request).await;
            tour.check(&method, path, &Value::Null, wanted, &answer);
        }
    }

    // Whatever is described was seen.
    let mut unseen = BTreeMap::new();
    for (method, path, operation) in operations(&tour.description) {
        for status in operation["responses"].as_object().unwrap().keys() {
            let key = (method.to_owned(), path.to_owned(), status.parse().unwrap());
            let skipped = NOT_TOURED.contains(&(method, path, key.2));
            if !tour.seen.contains(&key) && !skipped {
                unseen.insert(format!("{method} {path}"), status.clone());
            }
        }
    }
    assert!(unseen.is_empty(), "described and never seen: {unseen:?}");
}

/// What trainers gather.
async fn tour_collections(tour: &mut Tour, app: &TestApp) {
    const ALL: &str = "/api/v1/collections";
    const ONE: &str = "/api/v1/collections/{id}";
    let (trainer, other) = (app.trainer("gatherer"), app.trainer("stranger"));
    let (reader, anon) = (app.teacher("reader"), app.anon());
    let none = Value::Null;
    let thread = reader.ask("最初の1週間のメモ").await;
    let post = (Method::POST, ALL, ALL);
    let full = json!({
        "title": "4月にすること", "cover": "**順に**並べました。", "policies": [2, "p4"], "school_types": ["小学校"],
        "experience": ["1年目"], "training": { "form": "参集", "on": "2026-12-03", "place": "教育センター" },
        "items": [{ "thread": thread["short_code"], "comment": "まずはここから。" }],
    });
    let made = tour.ask(&trainer, post.clone(), full, 201).await.json();
    let bare = json!({ "title": "下書き", "policies": [1] });
    tour.ask(&trainer, post.clone(), bare.clone(), 201).await;
    tour.ask(&anon, post.clone(), bare.clone(), 401).await;
    tour.ask(&reader, post.clone(), bare, 403).await;
    tour.ask(&trainer, post, json!({ "title": "" }), 422).await;
    let path = format!("/api/v1/collections/{}", text(&made["id"]));
    let unknown = format!("/api/v1/collections/{}", Id::new(app.now()));
    let (get, patch, delete) = (
        (Method::GET, ONE, path.as_str()),
        (Method::PATCH, ONE, path.as_str()),
        (Method::DELETE, ONE, path.as_str()),
    );
    tour.ask(&reader, get.clone(), none.clone(), 404).await;
    let published = json!({ "state": "published" });
    tour.ask(&trainer, patch.clone(), published.clone(), 200)
        .await;
    tour.ask(&reader, get.clone(), none.clone(), 200).await;
    tour.ask(&anon, get, none.clone(), 401).await;
    tour.ask(&anon, patch.clone(), published.clone(), 401).await;
    tour.ask(&other, patch.clone(), published.clone(), 403)
        .await;
    let lost = (Method::PATCH, ONE, unknown.as_str());
    tour.ask(&trainer, lost, published.clone(), 404).await;
    tour.ask(&trainer, patch, json!({ "policies": [] }), 422)
        .await;
    let stale = trainer
        .request(Method::PATCH, &path)
        .insert_header((header::IF_MATCH, "\"1\""))
        .set_json(published.clone());
    let stale = trainer.send(stale).await;
    tour.check(&Method::PATCH, ONE, &published, 412, &stale);
    for (query, wanted) in [
        ("?limit=1&policy=2&school_type=shogakkou", 200),
        ("?policy=9", 422),
        ("?cursor=x", 400),
        ("?mine=true", 403),
    ] {
        let list = format!("{ALL}{query}");
        tour.ask(&reader, (Method::GET, ALL, &list), none.clone(), wanted)
            .await;
    }
    tour.ask(&anon, (Method::GET, ALL, ALL), none.clone(), 401)
        .await;
    tour.ask(&anon, delete.clone(), none.clone(), 401).await;
    tour.ask(&other, delete.clone(), none.clone(), 403).await;
    let lost = (Method::DELETE, ONE, unknown.as_str());
    tour.ask(&trainer, lost, none.clone(), 404).await;
    tour.ask(&trainer, delete, none, 204).await;
}
