//! Nobody learns whose a sealed post is: a forum with everything that can happen to such posts, and a walk through every
//! route as everybody else, through all mails, the export and the logs. New routes are walked without a line here: their
//! placeholders are filled with everything that the walk finds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use hiroba::accounts::Role;
use hiroba::moderation::Post;
use hiroba::routes::TABLE;
use hiroba::{exchange, seals, worker};
use serde_json::{Value, json};

use crate::harness::files::png;
use crate::harness::ground;
use crate::harness::{Actor, Answer, TestApp, text, with_query};

/// Stands in the name and the address of the one whose posts are sealed, and nowhere else.
const HIDDEN: &str = "kakushino-himeko";
/// Stands in everything that she wrote without her name.
const SEALED_WORD: &str = "ひみつの相談";
/// Teachers beside her, so that the school type says nothing of one person.
const COLLEAGUES: usize = 10;

/// Pages that name accounts for a reason of their own. What they say of her, they say of everybody; none of them may
/// show what she sealed.
const ABOUT_PEOPLE: &[(&str, &str)] = &[
    ("/admin/people", "the administrator's list of accounts"),
    ("/people/{hidden}", "her own page: it says that she is here"),
];

/// Routes that answer nobody here with success, each with its reason.
const UNREACHED: &[(&str, &str)] = &[
    ("/password/set", "opens with the link of a letter alone"),
    ("/invite/{secret}", "opens with an invitation alone"),
    ("/dev/mails", "of the demo alone"),
    ("/dev/mails/{name}", "of the demo alone"),
    ("/dev/mails/{name}/html", "of the demo alone"),
    ("/metrics", "from this machine alone; it tells numbers only"),
];

struct Scene<'a> {
    app: &'a TestApp,
    hidden: Actor<'a>,
    /// Everybody but her.
    others: Vec<(&'static str, Actor<'a>)>,
    /// Her picture, a draft of somebody else, a draft of hers, a collection with what she sealed.
    drafts: Vec<Value>,
    /// Threads that she sealed.
    threads: Vec<Value>,
    /// Replies that she sealed.
    replies: Vec<Value>,
}

async fn send(actor: &Actor<'_>, method: Method, path: &str, body: Value) -> Answer {
    let answer = actor.api(method, path, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.body);
    answer
}

async fn sealed_thread(actor: &Actor<'_>, kind: &str, title: &str) -> Value {
    let body = json!({
        "kind": kind, "title": format!("{SEALED_WORD}：{title}"), "body": format!("{SEALED_WORD}の本文です。"),
        "school_type": "小学校", "policies": [3], "tags": ["相談"], "sealed": true,
    });
    send(actor, Method::POST, "/api/v1/threads", body)
        .await
        .json()
}

async fn reply(actor: &Actor<'_>, thread: &Value, body: Value) -> Value {
    let path = format!("/api/v1/threads/{}/replies", text(&thread["id"]));
    send(actor, Method::POST, &path, body).await.json()
}

fn api(kind: &str, of: &Value, rest: &str) -> String {
    format!("/api/v1/{kind}/{}{rest}", text(&of["id"]))
}

async fn open_forum() -> TestApp {
    TestApp::with(|config| config.open_reading = true).await
}

impl<'a> Scene<'a> {
    /// Everything that can happen to posts, happens to hers.
    async fn new(app: &'a TestApp) -> Scene<'a> {
        let hidden = app.teacher(HIDDEN);
        ground::gap_report(&app.app);
        for number in 0..COLLEAGUES {
            ground::person(&app.app, &format!("colleague{number}"), Role::Teacher);
        }
        let aoi = app.teacher("aoi");
        let sota = app.teacher("sota");
        let supporter = app.person("supporter", Role::Supporter, "小学校");
        let trainer = app.trainer("trainer");
        let moderator = app.person("moderator", Role::Moderator, "小学校");
        let second = app.person("second", Role::Moderator, "小学校");
        let administrator = app.person("administrator", Role::Administrator, "小学校");

        let question = sealed_thread(&hidden, "question", "保護者との連絡で困っています").await;
        let practice = sealed_thread(&hidden, "practice", "うまくいかなかった授業").await;
        let talk = sealed_thread(&hidden, "discussion", "職員室で言えないこと").await;
        let open = aoi.ask("体育館で、ロイロが白い画面のままになります").await;
        send(
            &sota,
            Method::PUT,
            &api("threads", &question, "/follow"),
            Value::Null,
        )
        .await;
        send(
            &trainer,
            Method::PUT,
            &api("threads", &practice, "/bookmark"),
            Value::Null,
        )
        .await;
        send(
            &aoi,
            Method::PUT,
            &api("threads", &practice, "/reactions/helpful"),
            Value::Null,
        )
        .await;
        let step =
            json!({ "state": "planned", "planned_on": "2026-12-01", "note": "業者と確かめます。" });
        for thread in [&question, &open] {
            send(
                &supporter,
                Method::PUT,
                &api("threads", thread, "/environment"),
                step.clone(),
            )
            .await;
        }
        let request = json!({ "policy": 2, "school_type": "youchien", "sentence": "園の研修の工夫を", "until": "2026-12-20" });
        let asked = trainer.api_post("/api/v1/requests", request).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
        let wanted = asked.json();
        app.drain();

        let answer = reply(
            &aoi,
            &question,
            json!({ "body": "前の日に一度開いておきます。" }),
        )
        .await;
        let said = format!("{SEALED_WORD}の続きです。");
        let own = reply(&hidden, &question, json!({ "body": said, "sealed": true })).await;
        let given = reply(
            &hidden,
            &open,
            json!({ "body": said, "sealed": true, "quote_of": null }),
        )
        .await;
        reply(
            &sota,
            &open,
            json!({ "body": "@小学校の先生 助かりました。", "quote_of": given["id"] }),
        )
        .await;
        reply(
            &sota,
            &question,
            json!({ "body": "同じです。", "quote_of": own["id"] }),
        )
        .await;
        let accepted = json!({ "reply_id": answer["id"] });
        send(
            &hidden,
            Method::PUT,
            &api("threads", &question, "/accepted-reply"),
            accepted,
        )
        .await;
        let accepted = json!({ "reply_id": given["id"] });
        send(
            &aoi,
            Method::PUT,
            &api("threads", &open, "/accepted-reply"),
            accepted,
        )
        .await;
        let changed = json!({ "body": format!("{SEALED_WORD}を書き直しました。") });
        send(
            &hidden,
            Method::PATCH,
            &api("threads", &question, ""),
            changed.clone(),
        )
        .await;
        send(&hidden, Method::PATCH, &api("replies", &own, ""), changed).await;

        for (kind, of) in [("threads", &question), ("replies", &given)] {
            let why = json!({ "reason": "wrong", "detail": "古いようです。" });
            send(&sota, Method::POST, &api(kind, of, "/reports"), why).await;
        }
        send(
            &sota,
            Method::POST,
            &api("threads", &talk, "/reports"),
            json!({ "reason": "personal_data" }),
        )
        .await;
        let held = json!({ "visibility": "hidden", "reason": "確かめます。" });
        send(
            &moderator,
            Method::PUT,
            &api("threads", &practice, "/visibility"),
            held,
        )
        .await;
        let shown = json!({ "visibility": "visible", "reason": "確かめました。" });
        send(
            &moderator,
            Method::PUT,
            &api("threads", &practice, "/visibility"),
            shown,
        )
        .await;
        // A picture of hers, in what she sealed; and what others have begun to write.
        let stored = hidden.store("zumen.png", &png(40, 30)).await;
        let shown =
            json!({ "body": format!("{SEALED_WORD}の図です。\n\n{}", text(&stored["markdown"])) });
        send(
            &hidden,
            Method::PATCH,
            &api("threads", &talk, ""),
            shown.clone(),
        )
        .await;
        send(
            &hidden,
            Method::PATCH,
            &api("threads", &question, ""),
            shown,
        )
        .await;
        // What the walks try first: the picture, then the drafts, then what trainers gathered.
        let mut drafts = vec![stored, wanted];
        for (actor, title) in [(&aoi, "書きかけ"), (&hidden, SEALED_WORD)] {
            let fields = json!({ "title": title, "sealed": "true" });
            let draft = json!({ "purpose": "new_thread", "fields": fields });
            let kept = send(actor, Method::POST, "/api/v1/drafts", draft).await;
            drafts.push(kept.json());
        }
        // What she found when she tried somebody else's practice.
        let other = aoi
            .thread("practice", "班に1枚ずつ配る", "本文です。")
            .await;
        let record = json!({ "outcome": "failed", "note": format!("{SEALED_WORD}：合わなかった。"), "sealed": true });
        let path = api("threads", &other, "/tryouts");
        let tried = send(&hidden, Method::POST, &path, record).await;
        drafts.push(tried.json());
        let comment = [("comment", "若い先生に。")];
        let path = format!("/threads/{}/recommendation", text(&practice["id"]));
        assert_eq!(
            trainer.post(&path, &comment).await.status,
            StatusCode::SEE_OTHER
        );
        let gathered = json!({
            "title": "若い先生に", "policies": [2],
            "items": [{ "thread": practice["id"], "comment": "失敗から読んでください。" }, { "thread": question["id"], "comment": "同じことで困る先生に。" }],
        });
        let gathered = send(&trainer, Method::POST, "/api/v1/collections", gathered).await;
        let path = format!("/api/v1/collections/{}", text(&gathered.json()["id"]));
        let published = json!({ "state": "published" });
        send(&trainer, Method::PATCH, &path, published).await;
        drafts.push(gathered.json());
        let proposed = format!("/threads/{}/proposal", text(&question["id"]));
        let reason = [("reason", "同じことで困る先生に。")];
        assert_eq!(
            sota.post(&proposed, &reason).await.status,
            StatusCode::SEE_OTHER
        );
        let asked = format!("/desk/freshness/{}", text(&practice["id"]));
        assert_eq!(
            trainer.post(&asked, &[("action", "ask")]).await.status,
            StatusCode::SEE_OTHER
        );
        for (name, of) in [
            ("thread", &question),
            ("reply", &own),
            ("thread", &practice),
        ] {
            let fields = [
                (name, text(&of["id"])),
                ("reason", "確かめたいことがあります。".to_owned()),
            ];
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(
                moderator.post("/desk/seals", &fields).await.status,
                StatusCode::SEE_OTHER
            );
        }
        app.drain();
        Scene {
            app,
            hidden,
            others: vec![
                ("visitor", app.anon()),
                ("answerer", aoi),
                ("follower", sota),
                ("supporter", supporter),
                ("trainer", trainer),
                ("asking moderator", moderator),
                ("second moderator", second),
                ("administrator", administrator),
            ],
            drafts,
            threads: vec![question, practice, talk],
            replies: vec![own, given],
        }
    }

    fn other(&self, name: &str) -> &Actor<'a> {
        let found = self.others.iter().find(|(known, _)| *known == name);
        &found.unwrap().1
    }

    /// Lets the working day and the day of the digest come; sessions are renewed.
    async fn send_mails(&mut self) {
        for _ in 0..7 * 8 {
            self.app.advance(TimeDelta::hours(3));
            worker::press(&self.app.app).run().unwrap();
        }
        self.app.drain();
        for (_, actor) in &mut self.others {
            if actor.id.is_some() {
                *actor = actor.again();
            }
        }
        self.hidden = self.hidden.again();
    }

    /// What a walk begins with: her account first, then what she wrote, then a link out of a letter.
    fn words(&self) -> Vec<String> {
        let posts = self.threads.iter().chain(&self.replies).chain(&self.drafts);
        let mails = self.app.mails.lock().unwrap();
        let token = mails.iter().find_map(|letter| {
            let (_, rest) = letter.text.split_once("/leave/")?;
            rest.split_whitespace().next()
        });
        std::iter::once(self.hidden.id.unwrap().to_string())
            .chain(posts.flat_map(|post| [text(&post["id"]), text(&post["short_code"])]))
            .filter(|word| !word.is_empty())
            .chain(token.map(ToOwned::to_owned))
            .collect()
    }

    /// What may stand nowhere.
    fn needles(&self) -> Vec<String> {
        let id = self.hidden.id.unwrap();
        vec![HIDDEN.to_owned(), id.to_string(), id.0.simple().to_string()]
    }
}

/// What a walk has seen.
#[derive(Default)]
struct Walk {
    answers: BTreeMap<String, Answer>,
    /// Patterns that answered with success.
    reached: BTreeSet<&'static str>,
}

/// Whether `path` (without a query) is one of `pattern`.
fn is_of(pattern: &str, path: &str) -> bool {
    let (mut asked, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (asked.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(value)) if name == value || name.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// The addresses that a body or a header leads to, on our own site.
fn links(answer: &Answer) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for start in ["href=\"", "action=\"", "src=\"", "data-keep=\""] {
        all.extend(answer.body.split(start).skip(1).filter_map(|rest| {
            let address = rest
                .split('"')
                .next()?
                .replace("&amp;", "&")
                .replace("&#38;", "&");
            Some(address)
        }));
    }
    all.push(answer.location().to_owned());
    all.iter()
        .filter(|address| address.starts_with('/') && !address.starts_with("/static/"))
        .map(|address| address.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// Everything in it that could stand for a placeholder: the parts of addresses, and what JSON says under ids and codes.
fn words(answer: &Answer) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for link in links(answer) {
        let path = link.split('?').next().unwrap_or_default().to_owned();
        all.extend(path.split('/').map(ToOwned::to_owned));
    }
    if let Ok(value) = serde_json::from_str::<Value>(&answer.body) {
        gather(&value, &mut all);
    }
    all.retain(|word| word.parse::<hiroba::id::Id>().is_ok() || word.len() == 7);
    all
}

fn gather(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| gather(one, all)),
        Value::Object(fields) => {
            for (name, one) in fields {
                match one.as_str() {
                    Some(word) if name.ends_with("id") || name.ends_with("code") => {
                        all.insert(word.to_owned());
                    }
                    _ => gather(one, all),
                }
            }
        }
        _ => {}
    }
}

/// Every pattern with its first placeholder filled with each of `known` words, until none is left.
fn filled(pattern: &str, known: &[String]) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let (name, after) = rest.split_once('}').unwrap();
    let values: Vec<String> = match name {
        "number" => vec!["3".to_owned()],
        "list" => vec!["digest".to_owned(), "news".to_owned()],
        "reaction" => vec!["helpful".to_owned()],
        "term" => vec!["2026-1".to_owned()],
        // The one that is neither an id nor a short code: it must not come after all of those.
        "token" => known
            .iter()
            .filter(|word| word.len() > 7 && word.parse::<hiroba::id::Id>().is_err())
            .cloned()
            .collect(),
        // Codes have no vowels: with every id and word tried, that of the one collection could come too late.
        "short_code" => known
            .iter()
            .filter(|word| word.len() == 7 && !word.contains(['a', 'e', 'i', 'o', 'u']))
            .cloned()
            .collect(),
        _ => known.to_vec(),
    };
    values
        .iter()
        .flat_map(|value| filled(&format!("{before}{value}{after}"), known))
        .collect()
}

/// Of one pattern at most so many addresses without, and so many with a query: a list leads to hundreds of narrower ones.
const EACH: usize = 16;

/// Walks every GET route and every link, as `actor`. `given`: words to begin with.
async fn walk(actor: &Actor<'_>, given: &[String], begin: &[String]) -> Walk {
    let mut walk = Walk::default();
    let mut times: BTreeMap<(Option<&&str>, bool), usize> = BTreeMap::new();
    let patterns: Vec<&'static str> = TABLE
        .iter()
        .filter(|(method, path)| *method == "GET" && !path.starts_with("/static/"))
        .map(|(_, path)| *path)
        .collect();
    let mut known: BTreeSet<String> = given.iter().cloned().collect();
    let mut waiting: VecDeque<String> = begin.iter().cloned().collect();
    let first: Vec<String> = known.iter().cloned().collect();
    waiting.extend(patterns.iter().flat_map(|pattern| filled(pattern, &first)));
    while let Some(path) = waiting.pop_front() {
        if walk.answers.contains_key(&path) {
            continue;
        }
        let bare = path.split('?').next().unwrap_or_default();
        let of_it = || patterns.iter().filter(|pattern| is_of(pattern, bare));
        let times = times
            .entry((of_it().next(), path.contains('?')))
            .or_insert(0);
        *times += 1;
        if *times > EACH {
            continue;
        }
        let answer = actor.get(&path).await;
        if answer.status.is_success() || answer.status == StatusCode::SEE_OTHER {
            walk.reached.extend(of_it());
        }
        waiting.extend(links(&answer));
        let fresh: Vec<String> = words(&answer)
            .into_iter()
            .filter(|word| known.insert(word.clone()))
            .collect();
        for pattern in patterns.iter().filter(|pattern| pattern.contains('{')) {
            waiting.extend(filled(pattern, &fresh));
        }
        walk.answers.insert(path, answer);
    }
    walk
}

/// Searches in many words, by everything that a search can be asked for.
fn questions() -> Vec<String> {
    let mut all: Vec<String> = vec![
        with_query("/api/v1/threads/similar", &[("title", SEALED_WORD)]),
        with_query(
            "/threads/new",
            &[("kind", "question"), ("title", SEALED_WORD)],
        ),
        with_query("/threads", &[("sort", "active")]),
        with_query("/api/v1/threads", &[("limit", "100")]),
    ];
    for word in [SEALED_WORD, "ロイロ", "", "相談 author:自分"] {
        for path in ["/search", "/api/v1/search", "/api/v1/search/suggest"] {
            all.push(with_query(path, &[("q", word), ("explain", "1")]));
        }
    }
    all
}

/// Takes everything that is logged from now on.
fn listen() -> Arc<Mutex<Vec<u8>>> {
    #[derive(Clone)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Sink(Arc::clone(&heard));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("hiroba=trace")
        .with_writer(move || sink.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    heard
}

fn check_silent(what: &str, whence: &str, needles: &[String]) {
    for needle in needles {
        let at = what.find(needle.as_str());
        let shown = at.map(|at| {
            let start = what.floor_char_boundary(at.saturating_sub(200));
            let end = what.ceil_char_boundary((at + 200).min(what.len()));
            &what[start..end]
        });
        assert!(
            shown.is_none(),
            "{whence} shows {needle}: {}",
            shown.unwrap()
        );
    }
}

fn all_of(answer: &Answer) -> String {
    format!("{:?}\n{}", answer.headers, answer.body)
}

#[actix_web::test]
async fn a_sealed_name_is_shown_nowhere() {
    let heard = listen();
    let app = open_forum().await;
    let mut scene = Scene::new(&app).await;
    scene.send_mails().await;
    let needles = scene.needles();
    let id = scene.hidden.id.unwrap().to_string();
    let given = scene.words();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut met = 0;
    for (name, actor) in &scene.others {
        let walk = walk(actor, &given, &questions()).await;
        assert!(walk.answers.len() > 60, "{name}: {}", walk.answers.len());
        for (path, answer) in &walk.answers {
            met += usize::from(answer.body.contains(SEALED_WORD));
            let whence = format!("{path} to the {name}");
            let about_her = ABOUT_PEOPLE
                .iter()
                .any(|(known, _)| path.starts_with(&known.replace("{hidden}", &id)));
            if about_her {
                let body = &answer.body;
                assert!(
                    !body.contains(SEALED_WORD),
                    "{whence} shows what she sealed"
                );
            } else if path.contains(&id) {
                // Asked for by the walk, as if her account were a post: the address may come back, her name does not.
                check_silent(&all_of(answer), &whence, &needles[..1]);
            } else {
                check_silent(&all_of(answer), &whence, &needles);
            }
        }
        reached.extend(walk.reached);
    }
    assert!(met > 100, "sealed posts were met {met} times");
    let unreached: Vec<&str> = TABLE
        .iter()
        .filter(|(method, path)| *method == "GET" && !path.starts_with("/static/"))
        .map(|(_, path)| *path)
        .filter(|path| !reached.contains(path))
        .collect();
    let known: Vec<&str> = UNREACHED.iter().map(|(path, _)| *path).collect();
    assert_eq!(
        unreached, known,
        "the walk met these with success for nobody"
    );

    let mails = app.mails.lock().unwrap().clone();
    let (own, foreign): (Vec<_>, Vec<_>) = mails
        .iter()
        .partition(|letter| letter.to.starts_with(HIDDEN));
    assert!(!own.is_empty(), "she hears of the answers");
    assert!(foreign.len() > 5, "{}", foreign.len());
    let about = foreign
        .iter()
        .filter(|letter| letter.text.contains(SEALED_WORD))
        .count();
    assert!(about > 2, "{about} letters tell of what she sealed");
    for letter in foreign {
        check_silent(&format!("{letter:?}"), "a letter to another", &needles);
    }

    let mut export = Vec::new();
    exchange::export(&app.app.database, None, &mut export).unwrap();
    let export = String::from_utf8(export).unwrap();
    assert!(export.contains(SEALED_WORD));
    check_silent(&export, "the export", &needles);

    let logs = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    assert!(logs.contains("/threads/{id}"), "nothing was logged");
    check_silent(&logs, "the log", &needles);
}

/// Every JSON object of a post that is sealed.
fn sealed_objects<'v>(value: &'v Value, all: &mut Vec<&'v Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| sealed_objects(one, all)),
        Value::Object(fields) => {
            if fields.get("sealed") == Some(&Value::Bool(true)) {
                all.push(value);
            }
            fields.values().for_each(|one| sealed_objects(one, all));
        }
        _ => {}
    }
}

/// The `<article>` of a reply on the page of its thread.
fn article<'b>(body: &'b str, reply: &str) -> &'b str {
    let (_, rest) = body.split_once(&format!("id=\"r-{reply}\"")).unwrap();
    rest.split_once("</article>").unwrap().0
}

/// Where she also writes with her name, nothing leads from that to what she sealed.
#[actix_web::test]
async fn a_sealed_post_is_not_tied_to_open_ones_of_the_same_person() {
    let app = open_forum().await;
    let mut scene = Scene::new(&app).await;
    let needles = scene.needles();
    let named = scene.hidden.ask("名前を出した質問です").await;
    let named_reply = scene.hidden.reply(&named, "名前を出した続きです。").await;
    // Also in a thread that she sealed herself: she was warned.
    let talk = scene.threads[0].clone();
    let mixed = reply(
        &scene.hidden,
        &talk,
        json!({ "body": "名前を出しました。", "sealed": false }),
    )
    .await;
    let masked = reply(
        &scene.hidden,
        &named,
        json!({ "body": format!("{SEALED_WORD}です。"), "sealed": true }),
    )
    .await;
    scene.send_mails().await;
    for (name, actor) in &scene.others {
        if !["visitor", "answerer", "administrator"].contains(name) {
            continue; // the other test goes through all of them
        }
        let walk = walk(actor, &scene.words(), &questions()).await;
        let mut met = 0;
        for (path, answer) in &walk.answers {
            let Ok(value) = serde_json::from_str::<Value>(&answer.body) else {
                continue;
            };
            let mut sealed = Vec::new();
            sealed_objects(&value, &mut sealed);
            for one in sealed {
                met += 1;
                assert_eq!(one["author"]["id"], Value::Null, "{path} to the {name}");
                assert_eq!(
                    one["author"]["name"], "小学校の先生",
                    "{path} to the {name}"
                );
                assert_eq!(one["author"]["badge"], Value::Null);
                check_silent(&one.to_string(), &format!("{path} to the {name}"), &needles);
            }
        }
        assert!(met > 10, "{name} met {met}");
        let page = actor
            .get(&format!("/threads/{}", text(&talk["id"])))
            .await
            .body;
        for reply in &scene.replies[..1] {
            let part = article(&page, &text(&reply["id"]));
            check_silent(part, name, &needles);
            assert!(part.contains("質問した人"), "both are sealed");
        }
        let part = article(&page, &text(&mixed["id"]));
        assert!(part.contains(HIDDEN) && !part.contains("質問した人"));
        let page = actor
            .get(&format!("/threads/{}", text(&named["id"])))
            .await
            .body;
        let part = article(&page, &text(&masked["id"]));
        assert!(!part.contains(HIDDEN) && !part.contains("質問した人"));
        assert!(article(&page, &text(&named_reply["id"])).contains("質問した人"));
        // By her name one finds what she wrote with it, and nothing else.
        let id = scene.hidden.id.unwrap().to_string();
        for (path, sees) in [
            (format!("/people/{id}"), true),
            (with_query("/threads", &[("author", &id)]), true),
            (with_query("/api/v1/threads", &[("author", &id)]), true),
            (with_query("/search", &[("author", &id)]), true),
            (with_query("/api/v1/search", &[("author", &id)]), true),
            (
                with_query("/api/v1/search", &[("q", &format!("author:{id}"))]),
                true,
            ),
            (
                with_query("/api/v1/search", &[("author", &format!("sealed:{id}"))]),
                false,
            ),
            (
                with_query(
                    "/api/v1/search",
                    &[("q", "職員室で言えないこと"), ("author", &id)],
                ),
                false,
            ),
        ] {
            let answer = actor.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK);
            let found = answer.body.contains("名前を出した質問です");
            assert_eq!(found, sees, "{path} to the {name}");
            let shown = answer.body.replace(&format!("value=\"{SEALED_WORD}\""), "");
            assert!(!shown.contains("保護者との連絡で"), "{path} to the {name}");
            if path.starts_with("/api/v1/search") {
                assert_eq!(
                    answer.json()["total"],
                    u64::from(sees),
                    "{path} to the {name}"
                );
            }
        }
    }
    // She herself finds all of it.
    let id = scene.hidden.id.unwrap().to_string();
    for path in [
        format!("/people/{id}"),
        with_query("/api/v1/threads", &[("author", &id)]),
        with_query("/api/v1/search", &[("author", "自分")]),
        "/settings/own-data".to_owned(),
    ] {
        let body = scene.hidden.get(&path).await.body;
        assert!(
            body.contains("保護者との連絡で") && body.contains("名前を出した質問です"),
            "{path}"
        );
    }
    let own = scene.hidden.get("/settings/own-data").await.json();
    for one in own["threads"].as_array().unwrap() {
        let sealed = text(&one["title"]).contains(SEALED_WORD);
        assert_eq!(one["sealed"], sealed, "{one}");
    }
    assert_eq!(own["threads"].as_array().unwrap().len(), 4);
}

/// The two who opened a seal see the name on that one page; what all others see has not changed.
#[actix_web::test]
async fn an_opened_seal_shows_the_name_to_two_on_one_page() {
    let app = open_forum().await;
    let mut scene = Scene::new(&app).await;
    let asked = app.app.write_here(|db, _| {
        let second = hiroba::accounts::by_id(db, scene.other("second moderator").id.unwrap())?;
        seals::list(db, &hiroba::accounts::as_member(&second), 10)
    });
    let question = Post::Thread(text(&scene.threads[0]["id"]).parse().unwrap());
    let asked = asked.unwrap();
    let request = asked
        .iter()
        .find(|(one, _)| one.post == question)
        .unwrap()
        .0
        .id;
    let path = format!("/desk/seals/{request}");
    let agreed = scene
        .other("second moderator")
        .post(&format!("{path}/agree"), &[])
        .await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    scene.send_mails().await;
    let needles = scene.needles();
    let posts = scene.words()[1..].to_vec();
    for (name, actor) in &scene.others {
        let page = actor.post(&format!("{path}/name"), &[]).await;
        let knows = name.ends_with(" moderator");
        assert_eq!(page.body.contains(HIDDEN), knows, "{name}");
        assert_eq!(
            page.status == StatusCode::OK,
            knows,
            "{name}: {}",
            page.status
        );
        if !["answerer", "second moderator"].contains(name) {
            continue;
        }
        for (path, answer) in &walk(actor, &posts, &questions()).await.answers {
            if !path.starts_with("/admin/people") && !path.starts_with("/people/") {
                check_silent(&all_of(answer), &format!("{path} to the {name}"), &needles);
            }
        }
    }
}

/// Where the account behind a post is taken out of its wrapping: every place, with how often.
const ADDRESSEES: &[(&str, usize)] = &[
    ("attachments/mod.rs", 1),
    ("exchange/mod.rs", 1),
    ("moderation/duplicates/mod.rs", 2),
    ("moderation/log/mod.rs", 2),
    ("notices/news.rs", 3),
    ("notices/site.rs", 3),
    ("seals/mod.rs", 2),
    ("seals/store.rs", 1),
    ("search/follow.rs", 1),
    ("threads/mod.rs", 1),
];

/// Where SQL asks for the author of a post: what it finds becomes a `Writer` there, or goes to its owner.
const COLUMNS: &[&str] = &[
    "attachments/store.rs",
    // Compared with one another, to count answers of others; and with one's own account.
    "coverage/store.rs",
    "replies/store.rs",
    "requests/store.rs",
    "threads/lists/store.rs",
    "threads/pace/store.rs",
    "threads/store.rs",
    "tryouts/store.rs",
];

/// Every source with how often it holds one of `words`, those without left out.
fn holding(words: &[&str]) -> Vec<(String, usize)> {
    fn visit(folder: &Path, root: &Path, words: &[&str], all: &mut Vec<(String, usize)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, root, words, all);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let count = words.iter().map(|word| source.matches(word).count()).sum();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                all.extend((count > 0).then_some((name.to_owned(), count)));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    visit(&root, &root, words, &mut all);
    all.sort();
    all
}

#[test]
fn the_account_behind_a_post_is_taken_out_in_few_places() {
    let known: Vec<(String, usize)> = ADDRESSEES
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    assert_eq!(
        holding(&[".addressee()"]),
        known,
        "look whether the new place shows it to anybody but its owner"
    );
    let columns = holding(&[
        "threads::author_id",
        "replies::author_id",
        "tryouts::author_id",
    ]);
    let columns: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(columns, COLUMNS, "authors of posts are read as writers");
}
