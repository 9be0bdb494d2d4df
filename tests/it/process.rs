//! The program itself, as it is started, asked, stopped and killed. Every process ends with its test.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::database::{TestDatabase, postgres_server};
use crate::harness::ground::Ground;
use crate::server::{Client, PATIENCE, Place, Server, bare, done, text, until, with_query};

/// A forum on this ground.
fn place(ground: &Ground) -> Place {
    Place {
        data: ground.folder.path().join("data"),
        database_url: ground.database.url(),
        log: ground.folder.path().join("log"),
    }
}

fn hiroba(ground: &Ground, arguments: &[&str]) -> Command {
    place(ground).command(arguments)
}

fn run(ground: &Ground, arguments: &[&str]) -> String {
    place(ground).run(arguments)
}

fn create(ground: &Ground, name: &str, role: &str) -> String {
    place(ground).create(name, role)
}

fn token(ground: &Ground, email: &str) -> String {
    place(ground).token(email)
}

fn serve(ground: &Ground) -> Server {
    place(ground).serve()
}

fn question(title: &str) -> Value {
    json!({ "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校", "policies": [3] })
}

fn post(server: &Client, token: &str, title: &str) -> String {
    let (status, body) = server.ask("POST", "/api/v1/threads", token, Some(&question(title)));
    assert_eq!(status, 201, "{body}");
    text(&serde_json::from_str::<Value>(&body).unwrap()["id"])
}

/// Ids of the threads that a search finds.
fn hits(server: &Client, token: &str, words: &str) -> Vec<String> {
    let (status, body) = server.get(&with_query("/api/v1/search", &[("q", words)]), token);
    if status != 200 {
        return Vec::new(); // the index is being built
    }
    let body: Value = serde_json::from_str(&body).unwrap();
    let hits = body["hits"].as_array().cloned().unwrap();
    hits.iter().map(|hit| text(&hit["thread"]["id"])).collect()
}

#[test]
fn it_serves_and_stops() {
    let ground = Ground::new();
    let server = serve(&ground);
    assert_eq!(server.said, Vec::<String>::new(), "one line, no other");
    assert!(
        server.url.starts_with("http://127.0.0.1:"),
        "{}",
        server.url
    );
    assert_eq!(server.status("/healthz"), 200);
    server.wait_until_ready();
    assert_eq!(server.status("/threads"), 303);
    assert_eq!(server.status("/login"), 200);
    server.stop();
    // The same directory again, with the same content.
    let server = serve(&ground);
    server.wait_until_ready();
    server.stop();
}

#[test]
fn a_second_server_on_one_directory_is_refused() {
    if postgres_server().is_some() {
        return; // there any number may serve one forum
    }
    let ground = Ground::new();
    let server = serve(&ground);
    let (status, out, err) = done(&mut hiroba(&ground, &["serve", "--bind", "127.0.0.1:0"]));
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        err.lines().next().unwrap().contains("another server"),
        "{err}"
    );
    assert_eq!(
        server.status("/healthz"),
        200,
        "the first one does not mind"
    );
    drop(server);
    serve(&ground).stop(); // a killed one leaves no lock
}

#[test]
fn several_nodes_serve_one_postgresql() {
    if postgres_server().is_none() {
        return;
    }
    let ground = Ground::on(TestDatabase::empty());
    let folder = ground.folder.path().join("second");
    let mut command = hiroba(&ground, &["serve", "--bind", "127.0.0.1:0"]);
    command.env("HIROBA_DATA_DIR", &folder);
    let second = std::thread::scope(|scope| {
        let starting =
            scope.spawn(|| Server::start(&mut command, &ground.folder.path().join("log2")));
        let first = serve(&ground);
        (first, starting.join().unwrap())
    });
    let (first, second) = second;
    let aoi = token(&ground, &create(&ground, "aoi", "teacher"));
    let thread = post(&first, &aoi, "白い画面のまま止まる");
    assert_eq!(
        second.get(&format!("/api/v1/threads/{thread}"), &aoi).0,
        200
    );
    until("the other node's index", PATIENCE, || {
        (hits(&second, &aoi, "白い画面") == [thread.as_str()]).then_some(())
    });
    first.stop();
    second.stop();
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let ground = Ground::new();
    let server = serve(&ground);
    let aoi = token(&ground, &create(&ground, "aoi", "teacher"));
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = question("止まる前に").to_string();
    let head = format!(
        "POST /api/v1/threads HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {aoi}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut line = [0; 25];
    stream.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    let (first, second) = body.as_bytes().split_at(20);
    stream.write_all(first).unwrap();
    server.terminate();
    until("the door to close", PATIENCE, || {
        TcpStream::connect(&address).err().map(|_| ())
    });
    stream.write_all(second).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.ended(), (Some(0), Vec::new()));
    let out = run(&ground, &["export"]);
    assert!(out.contains("止まる前に"), "{out}");
}

#[test]
fn a_signal_right_after_the_start_is_heard() {
    let ground = Ground::new();
    for _ in 0..5 {
        serve(&ground).stop();
    }
}

/// Four who post replies until the server is gone. Returns the replies that were confirmed: id and word.
fn post_until_killed(
    mut server: Server,
    token: &str,
    thread: &str,
    round: usize,
) -> Vec<(String, String)> {
    let confirmed = Mutex::new(Vec::new());
    let gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (confirmed, gone, server) = (&confirmed, &gone, server.client.clone());
            scope.spawn(move || {
                let path = format!("/api/v1/threads/{thread}/replies");
                for n in 0.. {
                    let word = format!("zq{}x{}y{}", round, writer, n);
                    let body = json!({ "body": format!("回答 {word}") });
                    match server.try_to_ask("POST", &path, token, Some(&body)) {
                        Ok((201, answer)) => {
                            let answer: Value = serde_json::from_str(&answer).unwrap();
                            confirmed.lock().unwrap().push((text(&answer["id"]), word));
                        }
                        Ok((status, answer)) => panic!("{status} {answer}"),
                        Err(_) => break, // it is gone
                    }
                    if gone.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        until("replies", PATIENCE, || {
            (confirmed.lock().unwrap().len() >= 20).then_some(())
        });
        server.child.kill().unwrap();
        gone.store(true, Ordering::SeqCst);
    });
    server.child.wait().unwrap();
    confirmed.into_inner().unwrap()
}

#[test]
fn what_was_confirmed_survives_a_kill() {
    let ground = Ground::new();
    let aoi = token(&ground, &create(&ground, "aoi", "teacher"));
    let server = serve(&ground);
    let thread = post(&server, &aoi, "殺されても残る");
    let mut server = Some(server);
    let mut all = Vec::new();
    for round in 0..3 {
        let killed = server.take().unwrap_or_else(|| serve(&ground));
        all.extend(post_until_killed(killed, &aoi, &thread, round));
        if round == 1 {
            // Killed once more, while the index is built anew.
            run(&ground, &["search", "rebuild"]);
            drop(serve(&ground));
        }
        let again = serve(&ground);
        for (id, _) in &all {
            assert_eq!(
                again.get(&format!("/api/v1/replies/{id}"), &aoi).0,
                200,
                "round {round}: {id} is lost"
            );
        }
        let (_, body) = again.get(&format!("/api/v1/threads/{thread}"), &aoi);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(body["counts"]["replies"].as_u64().unwrap() >= all.len() as u64);
        for (_, word) in &all {
            until("every reply to be found", PATIENCE, || {
                (hits(&again, &aoi, word) == [thread.as_str()]).then_some(())
            });
        }
        again.wait_until_ready();
        server = Some(again);
    }
    server.unwrap().stop();
}

#[test]
fn the_demo_opens_its_doors_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = bare(&["demo", "--bind", "127.0.0.1:0"]);
    command.env("TMPDIR", &temporary);
    let server = Server::start(&mut command, &folder.path().join("log"));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    let logins: Vec<Vec<&str>> = server
        .said
        .iter()
        .filter(|line| line.contains('@'))
        .map(|line| line.split_whitespace().collect())
        .collect();
    let mut roles: Vec<String> = Vec::new();
    for login in &logins {
        let (email, password) = (login[login.len() - 2], login[login.len() - 1]);
        let body = json!({ "email": email, "password": password });
        let (status, body) = server.ask("POST", "/api/v1/sessions", "", Some(&body));
        assert_eq!(status, 201, "{login:?} {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        roles.push(text(&body["user"]["role"]));
        let token = text(&body["token"]);
        until("the demo's index", PATIENCE, || {
            (!hits(&server, &token, "").is_empty()).then_some(())
        });
    }
    roles.sort();
    assert_eq!(
        roles,
        [
            "administrator",
            "moderator",
            "supporter",
            "teacher",
            "trainer"
        ]
    );
    server.stop();
    assert_eq!(
        fs::read_dir(&temporary).unwrap().count(),
        0,
        "something is left"
    );
    // A directory of one's own is kept, and not filled twice.
    let own = folder.path().join("own");
    let start = [
        "demo",
        "--bind",
        "127.0.0.1:0",
        "--data-dir",
        own.to_str().unwrap(),
    ];
    Server::start(&mut bare(&start), &folder.path().join("log")).stop();
    assert!(own.join("hiroba.db").exists());
    let (status, out, err) = done(&mut bare(&start));
    assert_eq!((status, out.as_str()), (1, ""), "{err}");
}

#[test]
fn wrong_usage_and_wrong_configuration_end_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let broken = file("broken.toml", "bind = \n");
    let unknown = file("unknown.toml", "colour = \"red\"\n");
    let wrong = file("wrong.toml", "[limits]\nlogin_per_account = \"many\"\n");
    let missing = folder
        .path()
        .join("missing.toml")
        .to_str()
        .unwrap()
        .to_owned();
    let data = folder.path().join("data");
    let refused: &[&[&str]] = &[
        &[],
        &["dance"],
        &["serve", "--loudly"],
        &["user", "create", "a@b.example"],
        &["user", "token", "a@b.example", "--expires", "soon"],
        &["serve", "--bind", "nowhere"],
        &["--database-url", "mysql://h/d", "migrate"],
        &["migrate", "--database-url", "postgrse://h/d"],
        &["migrate", "--database-url", "forum.db"],
        &["config", "check", "--config", &broken],
        &["config", "check", "--config", &unknown],
        &["config", "check", "--config", &wrong],
        &["config", "check", "--config", &missing],
    ];
    for arguments in refused {
        let (status, out, err) = done(bare(arguments).env("HIROBA_DATA_DIR", &data));
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(!err.trim().is_empty());
    }
    for (name, value) in [
        ("HIROBA_COLOUR", "red"),
        ("HIROBA_SESSION_IDLE", "long"),
        ("HIROBA_TIMEZONE", "Moon"),
    ] {
        let (status, _, err) = done(bare(&["config", "check"]).env(name, value));
        assert_eq!(status, 2, "{name}");
        assert!(
            err.lines().next().unwrap().contains("onfiguration"),
            "{err}"
        );
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hiroba.toml");
    fs::write(
        &file,
        "bind = \"127.0.0.1:9999\"\nopen_reading = true\nsmtp_url = \"smtps://u:s3cretmail@mail.example\"\n[limits]\nposts_per_hour = 7\n",
    )
    .unwrap();
    let arguments = [
        "config",
        "check",
        "--config",
        file.to_str().unwrap(),
        "--data-dir",
        "/nowhere/hiroba",
    ];
    let mut command = bare(&arguments);
    command
        .env("HIROBA_DATABASE_URL", "postgres://u:s3cretdata@h/d")
        .env("HIROBA_LIMITS_LOGIN_PER_ACCOUNT", "4")
        .env("HIROBA_BIND", "127.0.0.1:8888")
        .env_remove("HIROBA_LIMITS_POSTS_PER_HOUR");
    let (status, out, err) = done(&mut command);
    assert_eq!(status, 0, "{err}");
    let shown: toml::Table = out.parse().unwrap();
    assert_eq!(
        shown["bind"].as_str(),
        Some("127.0.0.1:8888"),
        "the environment goes before the file"
    );
    assert_eq!(shown["data_dir"].as_str(), Some("/nowhere/hiroba"));
    assert_eq!(shown["open_reading"].as_bool(), Some(true));
    assert_eq!(shown["limits"]["posts_per_hour"].as_integer(), Some(7));
    assert_eq!(shown["limits"]["login_per_account"].as_integer(), Some(4));
    assert!(!format!("{out}{err}").contains("s3cret"), "{out}{err}");
    // The command line goes before everything.
    let (_, out, _) = done(command.args(["--database-url", "sqlite:///srv/x.db"]));
    assert!(out.contains("sqlite:///srv/x.db"), "{out}");
}

#[test]
fn commands_that_fail_end_with_1() {
    let ground = Ground::new();
    let aoi = create(&ground, "aoi", "teacher");
    let again = [
        "user",
        "create",
        &aoi,
        "--name",
        "x",
        "--school-type",
        "小学校",
        "--role",
        "teacher",
    ];
    let unknown: &[&[&str]] = &[
        &again,
        &[
            "user",
            "create",
            "b@hiroba.example",
            "--name",
            "x",
            "--school-type",
            "大学院",
            "--role",
            "teacher",
        ],
        &[
            "user",
            "create",
            "b@hiroba.example",
            "--name",
            "x",
            "--school-type",
            "小学校",
            "--role",
            "captain",
        ],
        &["user", "set-role", "nobody@hiroba.example", "teacher"],
        &["user", "set-role", &aoi, "captain"],
        &["user", "suspend", "nobody@hiroba.example"],
        &["user", "restore", "nobody@hiroba.example"],
        &["user", "token", "nobody@hiroba.example"],
        &["import", "/nowhere/threads.jsonl"],
        &["user", "import", "/nowhere/people.csv"],
        &["taxonomy", "load", "/nowhere/plan.toml"],
        &["export", "--kind", "gossip"],
    ];
    for arguments in unknown {
        let (status, out, err) = done(&mut hiroba(&ground, arguments));
        assert_eq!((status, out.as_str()), (1, ""), "{arguments:?}: {err}");
        assert!(err.starts_with("hiroba: "), "{arguments:?}: {err}");
    }
    let unreachable = [
        "migrate",
        "--database-url",
        "postgres://127.0.0.1:1/none?connect_timeout=1",
    ];
    let (status, _, err) = done(&mut hiroba(&ground, &unreachable));
    assert_eq!(status, 1, "{err}");
}

#[test]
fn commands_work_beside_the_server() {
    let ground = Ground::new();
    let server = serve(&ground);
    server.wait_until_ready();
    assert_eq!(run(&ground, &["migrate"]), "", "the server has migrated");
    // A person with a password.
    let arguments = [
        "user",
        "create",
        "Sota@hiroba.example",
        "--name",
        "見本 そうた",
        "--school-type",
        "chugakkou",
        "--role",
        "teacher",
        "--password-stdin",
    ];
    let typed = |password: &str| {
        let mut command = hiroba(&ground, &arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(password.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap().status.code()
    };
    assert_eq!(typed("短い\n"), Some(1));
    assert_eq!(typed("夏の体育館は少し暑い\nsecond line\n"), Some(0));
    let login = json!({ "email": "sota@hiroba.example", "password": "夏の体育館は少し暑い" });
    let sign_in = || server.ask("POST", "/api/v1/sessions", "", Some(&login)).0;
    assert_eq!(sign_in(), 201);
    // Roles and tokens take effect at once.
    let email = create(&ground, "aoi", "teacher");
    let aoi = token(&ground, &email);
    assert_eq!(server.get("/admin/people", &aoi).0, 403);
    run(&ground, &["user", "set-role", &email, "administrator"]);
    assert_eq!(server.get("/admin/people", &aoi).0, 200);
    run(&ground, &["user", "suspend", "sota@hiroba.example"]);
    assert_eq!(sign_in(), 401);
    run(&ground, &["user", "restore", "sota@hiroba.example"]);
    assert_eq!(sign_in(), 201);
    run(&ground, &["user", "suspend", &email]);
    assert_eq!(server.get("/api/v1/me", &aoi).0, 401);
    assert_eq!(done(&mut hiroba(&ground, &["user", "token", &email])).0, 1);
    run(&ground, &["user", "restore", &email]);
    assert_eq!(
        server.get("/api/v1/me", &aoi).0,
        401,
        "old tokens stay dead"
    );
    let aoi = token(&ground, &email);
    assert_eq!(server.get("/api/v1/me", &aoi).0, 200);
    // Threads come in and are found.
    let file = ground.folder.path().join("threads.jsonl");
    let good = json!({ "id": "t1", "kind": "question", "title": "体育館でロイロが白い画面", "body": "本文", "school_type": "小学校",
        "policies": [1], "author": "old@hiroba.example", "replies": [{ "id": "r1", "body": "前の日に", "author": "old@hiroba.example" }] });
    fs::write(&file, format!("{good}\n{{}}\n")).unwrap();
    let import = ["import", file.to_str().unwrap()];
    let (status, out, err) = done(&mut hiroba(&ground, &import));
    assert_eq!(status, 3, "{err}");
    assert_eq!(
        out.lines().last(),
        Some("imported 1, updated 0, skipped 0, refused 1")
    );
    assert!(
        err.lines().any(|line| line.starts_with("line 2: ")),
        "{err}"
    );
    // SQLite: within the second. On PostgreSQL the transactions of other tests hold up the feed.
    let soon = if postgres_server().is_some() {
        PATIENCE
    } else {
        Duration::from_secs(1)
    };
    let found = until("what was imported", soon, || {
        hits(&server, &aoi, "体育館 前の日").pop()
    });
    fs::write(&file, good.to_string()).unwrap();
    assert_eq!(
        run(&ground, &import),
        "imported 0, updated 0, skipped 1, refused 0\n"
    );
    let out = run(&ground, &["export", "--kind", "question"]);
    assert_eq!(out.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["id"], "t1");
    assert_eq!(run(&ground, &["export", "--kind", "practice"]), "");
    // People, and the vocabulary once more.
    let people = ground.folder.path().join("people.csv");
    fs::write(
        &people,
        "email,name,school_type,role\nren@hiroba.example,れん,小学校,trainer\n,,,\n",
    )
    .unwrap();
    let (status, out, _) = done(&mut hiroba(
        &ground,
        &["user", "import", people.to_str().unwrap()],
    ));
    assert_eq!(
        (status, out.as_str()),
        (3, "imported 1, updated 0, skipped 0, refused 1\n")
    );
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/src/taxonomy/sendai.toml");
    assert!(run(&ground, &["taxonomy", "load", plan]).starts_with("loaded "));
    // A rebuild is seen by the running server, which goes on answering.
    let current = ground.folder.path().join("data/index/CURRENT");
    let before = fs::read_to_string(&current).unwrap();
    run(&ground, &["search", "rebuild"]);
    until("the new index", PATIENCE, || {
        assert_eq!(hits(&server, &aoi, "体育館"), [found.as_str()]);
        fs::read_to_string(&current)
            .ok()
            .filter(|now| *now != before)
    });
    assert_eq!(hits(&server, &aoi, "体育館"), [found.as_str()]);
    server.wait_until_ready();
    server.stop();
}

#[test]
fn a_collection_is_measured_without_a_forum() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let corpus = write(
        "corpus.tsv",
        "p1\t提出箱\tロイロノートの提出箱の締め切りを変える\np2\t給食\t献立表を配る\n",
    );
    let queries = write("queries.tsv", "q1\tロイロ 提出箱\tp1\nq2\t献立\tp2\n");
    let arguments = [
        "search",
        "eval",
        "--corpus",
        &corpus,
        "--queries",
        &queries,
        "--plain",
    ];
    let (status, out, err) = done(&mut bare(&arguments));
    assert_eq!(status, 0, "{err}");
    let line = out.lines().find(|line| line.starts_with("all ")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        cells[..7],
        ["all", "2", "1.000", "1.000", "1.000", "1.000", "0.0%"]
    );
    assert!(out.contains("(plain)"), "{out}");

    let posts = write(
        "corpus.jsonl",
        r#"{"id":"a","kind":"question","title":"提出箱の締め切り","body":"変えたい","school_type":"小学校","policies":[1]}"#,
    );
    let graded = write(
        "qrels.jsonl",
        r#"{"query":"提出箱","type":"filter","rel":{"a":3},"filter":{"school_type":"小学校"}}"#,
    );
    let arguments = ["search", "eval", "--corpus", &posts, "--qrels", &graded];
    let (status, out, err) = done(&mut bare(&arguments));
    assert_eq!(status, 0, "{err}");
    assert!(out.lines().any(|line| line.starts_with("filter ")), "{out}");

    let broken = write("broken.jsonl", "{\"query\": \n");
    for wrong in [
        ["search", "eval", "--corpus", &posts, "--qrels", &broken],
        [
            "search",
            "eval",
            "--corpus",
            "/nowhere.tsv",
            "--qrels",
            &graded,
        ],
    ] {
        let (status, _, err) = done(&mut bare(&wrong));
        assert_eq!((status, err.lines().count()), (1, 1), "{err}");
    }
}

#[test]
fn digests_are_made_shown_and_counted_from_the_command_line() {
    let ground = Ground::new();
    let (aoi, sota) = (
        create(&ground, "aoi", "teacher"),
        create(&ground, "sota", "teacher"),
    );
    let line = json!({
        "id": "t1", "kind": "question", "title": "体育館の白い画面", "body": "本文です。", "school_type": "中学校", "policies": [3],
        "author": sota, "created_at": "2031-11-17T10:00:00+09:00",
    });
    let file = ground.folder.path().join("t.jsonl");
    fs::write(&file, format!("{line}\n")).unwrap();
    run(&ground, &["import", file.to_str().unwrap()]);
    let at = |now: &'static str| ["digest", "run", "--now", now];
    let thursday = "2031-11-20T15:30:00+09:00";
    assert_eq!(
        run(&ground, &["digest", "run", "--now", thursday, "--dry-run"]),
        "due 2031-W47 4 1530\n"
    );
    assert_eq!(
        run(&ground, &at("2031-11-20T15:29:59+09:00")),
        "opened 0 chosen 0 news 0 sent 0 skipped 0 failed 0 later 0\n"
    );
    let made = run(&ground, &at(thursday));
    assert!(
        made.starts_with("opened 1 chosen 2 news 0 sent 1 "),
        "{made}"
    );
    assert!(run(&ground, &at(thursday)).starts_with("opened 0 chosen 0 news 0 sent 0 "));
    let shown = run(
        &ground,
        &["digest", "preview", "--user", &aoi, "--week", "2031-W47"],
    );
    assert!(
        shown.starts_with("2031-W47 sent\n【広場】週のまとめ 11月20日（木）\n"),
        "{shown}"
    );
    assert!(shown.contains("体育館の白い画面"), "{shown}");
    let shown = run(
        &ground,
        &["digest", "preview", "--user", &sota, "--week", "2031-W47"],
    );
    assert_eq!(shown, "2031-W47 skipped nothing\n");
    assert_eq!(
        run(&ground, &["digest", "status"]),
        "2031-W47 4 1530 chosen\n  1 sent\n  1 skipped nothing\n"
    );
    // The letter lies in the folder of mails, and comes back.
    let mails = ground.folder.path().join("data/mails");
    let mail = fs::read_dir(mails).unwrap().flatten().next().unwrap();
    let letter = fs::read_to_string(mail.path()).unwrap();
    let id = letter
        .lines()
        .find(|line| line.starts_with("Message-ID:"))
        .unwrap();
    let notification = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{id}\r\n\r\n--b--\r\n"
    );
    for (mail, answer) in [
        (notification.as_str(), "returned 1\n"),
        (notification.as_str(), "nothing\n"),
        ("\0\u{fffd}", "nothing\n"),
        ("", "nothing\n"),
    ] {
        let mut child = hiroba(&ground, &["mail", "bounce"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(mail.as_bytes())
            .unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), answer);
    }
    assert!(run(&ground, &["digest", "status"]).contains("  1 bounced came back: 5.1.1\n"));
    for wrong in [
        &["digest", "run", "--now", "yesterday"][..],
        &["digest", "preview", "--user", &aoi, "--week", "47"],
        &["digest", "preview"],
    ] {
        assert_eq!(done(&mut hiroba(&ground, wrong)).0, 2, "{wrong:?}");
    }
    assert_eq!(
        done(&mut hiroba(
            &ground,
            &["digest", "preview", "--user", "nobody@x.jp"]
        ))
        .0,
        1
    );
}
