//! Threads in and out as lines: what is refused and how it is told, nothing half, and an export that makes the same
//! forum again.

use std::collections::BTreeSet;

use hiroba::accounts::{self, Email, Role, State};
use hiroba::app::App;
use hiroba::clock::At;
use hiroba::exchange::{self, Line, MAX_LINE, Options, ReplyLine, Tally};
use hiroba::threads::{Loose, Practice};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::database::postgres_server;
use crate::harness::ground::{Ground, ask, found, person, query, reply, settle};

fn import_with(app: &App, source: &[u8], options: &Options) -> (Tally, Vec<(usize, String)>) {
    let mut refused = Vec::new();
    let mut note = |number: usize, reason: &str| refused.push((number, reason.to_owned()));
    let mut source = source;
    let tally =
        exchange::import(&app.database, &mut source, options, || app.now(), &mut note).unwrap();
    assert_eq!(tally.refused, refused.len());
    (tally, refused)
}

fn import(app: &App, source: &[u8]) -> (Tally, Vec<(usize, String)>) {
    import_with(app, source, &Options::default())
}

fn update(app: &App, source: &[u8]) -> (Tally, Vec<(usize, String)>) {
    let options = Options {
        update: true,
        ..Options::default()
    };
    import_with(app, source, &options)
}

fn export(app: &App) -> Vec<String> {
    let mut sink = Vec::new();
    let written = exchange::export(&app.database, None, &mut sink).unwrap();
    let text = String::from_utf8(sink).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), written);
    lines
}

fn exported(app: &App) -> Vec<Value> {
    export(app)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn count(app: &App, table: &str) -> String {
    query(
        app,
        &format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}"),
    )[0]
    .clone()
}

/// A line that is right.
fn line(id: &str) -> Value {
    json!({
        "id": id, "kind": "question", "title": "白い画面のまま止まる", "body": "体育館で全員が入ると止まります。",
        "school_type": "小学校", "policies": [1, 3], "author": "aoi@example.ed.jp",
        "created_at": "2026-05-01T15:40:00+09:00",
    })
}

fn with(mut line: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            line.as_object_mut().unwrap().remove(key);
        } else {
            line[key] = value.clone();
        }
    }
    line
}

fn lines(all: &[Value]) -> Vec<u8> {
    let text: Vec<String> = all.iter().map(|line| format!("{line}\n")).collect();
    text.concat().into_bytes()
}

/// The one reason for which `line` is refused; nothing of it may stay.
fn refusal(app: &App, line: &Value) -> String {
    let before = (
        count(app, "threads"),
        count(app, "replies"),
        count(app, "accounts"),
    );
    let (tally, refused) = import(app, &lines(std::slice::from_ref(line)));
    assert_eq!((tally.imported, tally.refused), (0, 1), "{line}");
    let after = (
        count(app, "threads"),
        count(app, "replies"),
        count(app, "accounts"),
    );
    assert_eq!(before, after, "something of it stays: {line}");
    refused[0].1.clone()
}

#[test]
fn a_refused_line_is_told_by_number_and_the_rest_goes_on() {
    let ground = Ground::new();
    let app = ground.start();
    let mut source = lines(&[line("t1")]);
    source.extend(b"{\"id\":\"t2\",\n");
    source.extend(b"\n   \n");
    source.extend(b"{\"id\":\"t3\",\"title\":\"\xff\"}\n");
    source.extend(lines(&[with(line("t4"), json!({ "title": null }))]));
    source.extend(b"[1,2]\nnull\n\"text\"\n");
    source.extend(line("t5").to_string().into_bytes()); // no line end
    let (tally, refused) = import(&app, &source);
    assert_eq!(
        tally.to_string(),
        "imported 2, updated 0, skipped 0, refused 6"
    );
    let numbers: Vec<usize> = refused.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 5, 6, 7, 8, 9]);
    assert!(refused[1].1.contains("UTF-8"), "{refused:?}");
    assert!(refused[2].1.contains("title"), "{refused:?}");
    assert!(
        refused.iter().all(|(_, reason)| !reason.contains('\n')),
        "{refused:?}"
    );
}

#[test]
fn every_required_field_is_missed() {
    let ground = Ground::new();
    let app = ground.start();
    for field in ["id", "kind", "title", "body", "school_type", "policies"] {
        let reason = refusal(&app, &with(line("t1"), json!({ field: null })));
        assert!(reason.contains(field), "{field}: {reason}");
    }
    for (change, named) in [
        (json!({ "kind": "gossip" }), "kind"),
        (json!({ "title": "  \u{3000}" }), "title"),
        (json!({ "title": "あ".repeat(101) }), "title"),
        (json!({ "body": "あ".repeat(20_001) }), "body"),
        (json!({ "body": "番号は 1234-5678-9018 です" }), "body"),
        (json!({ "school_type": "大学院" }), "school_type"),
        (json!({ "policies": [] }), "policies"),
        (json!({ "policies": [9] }), "policies"),
        (json!({ "policies": 3 }), "JSON"),
        (json!({ "subject": "魔法" }), "subject"),
        (json!({ "grade": "小9" }), "grade"),
        (
            json!({ "tags": (0..11).map(|n| format!("t{n}")).collect::<Vec<_>>() }),
            "tags",
        ),
        (json!({ "created_at": "yesterday" }), "created_at"),
        (json!({ "created_at": "2026-05-01" }), "created_at"),
        (json!({ "author": "nobody" }), "author"),
        (json!({ "author": null }), "author"),
        (json!({ "id": "" }), "id"),
        (json!({ "id": "a\nb" }), "id"),
        (json!({ "id": "x".repeat(201) }), "id"),
    ] {
        let reason = refusal(&app, &with(line("t1"), change.clone()));
        assert!(reason.contains(named), "{change}: {reason}");
    }
    assert_eq!(count(&app, "threads"), "0");
}

#[test]
fn nothing_half_is_left_of_a_thread() {
    let ground = Ground::new();
    let app = ground.start();
    let good = |id: &str| json!({ "id": id, "body": "前の日に", "author": "new@example.ed.jp" });
    for (bad, named) in [
        (json!({ "id": "r3", "body": "" }), "body"),
        (json!({ "id": "r1", "body": "二度目" }), "r1"),
        (json!({ "body": "名前がない" }), "replies.id"),
        (
            json!({ "id": "r3", "body": "x", "created_at": "soon" }),
            "created_at",
        ),
        (
            json!({ "id": "r3", "body": "x", "author": "nobody" }),
            "author",
        ),
        (
            json!({ "id": "r3", "body": "x", "quote_of": "r9" }),
            "quote",
        ),
        (
            json!({ "id": "r3", "body": "x", "quote_of": "r3" }),
            "quote",
        ),
        (
            json!({ "id": "r3", "body": "x", "author": "a@example.ed.jp", "accepted": "yes" }),
            "JSON",
        ),
    ] {
        let mut bad = bad;
        if bad.get("author").is_none() {
            bad["author"] = json!("new@example.ed.jp");
        }
        let replies = json!([good("r1"), good("r2"), bad]);
        let reason = refusal(&app, &with(line("t1"), json!({ "replies": replies })));
        assert!(reason.contains(named), "{named}: {reason}");
    }
    let accepted =
        |id: &str| json!({ "id": id, "body": "x", "author": "a@example.ed.jp", "accepted": true });
    let two = json!({ "replies": [accepted("r1"), accepted("r2")] });
    assert!(refusal(&app, &with(line("t1"), two)).contains("accepted"));
    let discussion = json!({ "kind": "discussion", "replies": [accepted("r1")] });
    assert!(refusal(&app, &with(line("t1"), discussion)).contains("question"));
    // The same batch goes on around it.
    let bad = with(
        line("t2"),
        json!({ "replies": [good("r1"), { "id": "r2", "body": "" }] }),
    );
    let (tally, refused) = import(&app, &lines(&[line("t1"), bad, line("t3")]));
    assert_eq!((tally.imported, tally.refused), (2, 1));
    assert_eq!(refused[0].0, 2);
    assert_eq!(count(&app, "replies"), "0");
}

#[test]
fn a_whole_thread_comes_in() {
    let ground = Ground::new();
    let app = ground.start();
    let sota = person(&app, "sota", Role::Teacher);
    let full = with(
        line("t1"),
        json!({
            "tags": ["ロイロノート", "#体育館"], "subject": "体育", "grade": "小4",
            "replies": [
                { "id": "r1", "body": "前の日に開いておく", "author": "SOTA@hiroba.example", "created_at": "2026-05-01T16:00:00+09:00" },
                { "id": "r2", "body": "それで直りました", "quote_of": "r1", "author": "aoi@example.ed.jp" },
                { "id": 3, "body": "学年をずらす", "author": "ren@example.ed.jp", "created_at": "2026-05-02T16:00:00.123456+09:00", "accepted": true },
            ],
        }),
    );
    let (tally, refused) = import(&app, &lines(&[full]));
    assert_eq!(tally.imported, 1, "{refused:?}");
    let back = exported(&app).remove(0);
    assert_eq!(back["id"], "t1");
    assert_eq!(back["policies"], json!([1, 3]));
    assert_eq!(back["school_type"], "小学校");
    assert_eq!(back["subject"], "体育");
    assert_eq!(back["grade"], "小4");
    assert_eq!(back["created_at"], "2026-05-01T06:40:00Z");
    assert_eq!(back["author"], "aoi@example.ed.jp");
    let tags: Vec<&str> = back["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(tags.contains(&"体育館"), "{tags:?}");
    let replies = back["replies"].as_array().unwrap();
    assert_eq!(replies.len(), 3);
    assert_eq!(replies[0]["author"], "sota@hiroba.example");
    assert_eq!(replies[1]["quote_of"], "r1");
    assert_eq!(replies[2]["id"], "3");
    assert_eq!(replies[2]["accepted"], true);
    assert_eq!(replies[2]["created_at"], "2026-05-02T07:00:00.123456Z");
    assert!(replies[0].get("accepted").is_none());
    // Known people are themselves, unknown ones stand in until they come.
    let states = query(
        &app,
        "SELECT email || ' ' || state AS value FROM accounts ORDER BY email",
    );
    assert_eq!(
        states,
        [
            "aoi@example.ed.jp placeholder",
            "ren@example.ed.jp placeholder",
            "sota@hiroba.example active"
        ]
    );
    let written = query(
        &app,
        "SELECT CAST(reply_count AS TEXT) AS value FROM threads",
    );
    assert_eq!(written, ["3"]);
    // No mail is sent for it, and it is found.
    assert_eq!(
        query(&app, "SELECT kind AS value FROM jobs"),
        Vec::<String>::new()
    );
    settle(&app);
    assert_eq!(found(&app, "学年をずらす").len(), 1);
    drop(sota);
}

#[test]
fn the_author_may_be_named_once_for_all() {
    let ground = Ground::new();
    let app = ground.start();
    let options = Options {
        author: Email::parse("author", "ICT@example.ed.jp").ok(),
        update: false,
    };
    let nameless = with(
        line("t1"),
        json!({ "author": null, "replies": [{ "id": "r1", "body": "回答" }] }),
    );
    let (tally, refused) = import_with(&app, &lines(&[nameless, line("t2")]), &options);
    assert_eq!(tally.imported, 2, "{refused:?}");
    let authors: Vec<Value> = exported(&app)
        .iter()
        .map(|line| line["author"].clone())
        .collect();
    assert_eq!(
        BTreeSet::from_iter(authors.iter().filter_map(Value::as_str)),
        BTreeSet::from(["aoi@example.ed.jp", "ict@example.ed.jp"])
    );
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let ground = Ground::new();
    let app = ground.start();
    let all: Vec<Value> = (0..60)
        .map(|n| {
            let replies =
                json!([{ "id": "r1", "body": format!("回答 {n}"), "author": "ren@example.ed.jp" }]);
            with(line(&format!("t{n}")), json!({ "replies": replies }))
        })
        .collect();
    let (tally, _) = import(&app, &lines(&all));
    assert_eq!(
        tally.to_string(),
        "imported 60, updated 0, skipped 0, refused 0"
    );
    let before = export(&app);
    let (tally, _) = import(&app, &lines(&all));
    assert_eq!(
        tally.to_string(),
        "imported 0, updated 0, skipped 60, refused 0"
    );
    assert_eq!(export(&app), before);
    let (tally, _) = update(&app, &lines(&all));
    assert_eq!((tally.updated, tally.refused), (60, 0));
    assert_eq!(export(&app), before);
    assert_eq!(count(&app, "revisions"), "0", "nothing was changed");
    // The same id twice in one file: the second is the first's.
    let (tally, _) = import(&app, &lines(&[line("twice"), line("twice")]));
    assert_eq!((tally.imported, tally.skipped), (1, 1));
}

#[test]
fn an_update_brings_a_thread_up_to_date() {
    let ground = Ground::new();
    let app = ground.start();
    let replies = json!([
        { "id": "r1", "body": "一つ目", "author": "ren@example.ed.jp", "accepted": true },
        { "id": "r2", "body": "二つ目", "author": "ren@example.ed.jp" },
    ]);
    import(
        &app,
        &lines(&[with(line("t1"), json!({ "replies": replies }))]),
    );
    let id = &query(&app, "SELECT short_code AS value FROM threads")[0];
    let replies = json!([
        { "id": "r1", "body": "一つ目", "author": "ren@example.ed.jp" },
        { "id": "r2", "body": "二つ目（直しました）", "author": "ren@example.ed.jp", "accepted": true },
        { "id": "r3", "body": "三つ目", "author": "new@example.ed.jp", "quote_of": "r2" },
    ]);
    let changed = with(
        line("t1"),
        json!({ "title": "新しい題", "tags": ["新しい"], "policies": ["2"], "replies": replies }),
    );
    let (tally, refused) = update(&app, &lines(&[changed, line("t2")]));
    assert_eq!(
        tally.to_string(),
        "imported 1, updated 1, skipped 0, refused 0",
        "{refused:?}"
    );
    assert_eq!(
        &query(
            &app,
            "SELECT short_code AS value FROM threads WHERE external_id = 't1'"
        )[0],
        id
    );
    let back = exported(&app);
    let back = back.iter().find(|line| line["id"] == "t1").unwrap();
    assert_eq!(back["title"], "新しい題");
    assert_eq!(back["policies"], json!([2]));
    assert_eq!(back["tags"], json!(["新しい"]));
    assert_eq!(back["replies"][1]["body"], "二つ目（直しました）");
    assert_eq!(back["replies"][1]["accepted"], true);
    assert!(back["replies"][0].get("accepted").is_none());
    assert_eq!(back["replies"][2]["quote_of"], "r2");
    // What was there before is kept.
    let kept = query(&app, "SELECT body AS value FROM revisions ORDER BY body");
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&"二つ目".to_owned()));
    // A bad update leaves what was there.
    let half = json!([
        { "id": "r1", "body": "一つ目を変える", "author": "ren@example.ed.jp" },
        { "id": "r4", "body": "", "author": "ren@example.ed.jp" },
    ]);
    let before = export(&app);
    let bad = with(line("t1"), json!({ "title": "半分", "replies": half }));
    let (tally, _) = update(&app, &lines(&[bad]));
    assert_eq!((tally.updated, tally.refused), (0, 1));
    assert_eq!(export(&app), before);
}

#[test]
fn line_ends_marks_and_lengths() {
    let ground = Ground::new();
    let app = ground.start();
    // A byte order mark, Windows line ends, blanks around.
    let source = format!("\u{feff}{}\r\n  {}  \r\n\r\n", line("t1"), line("t2"));
    let (tally, refused) = import(&app, source.as_bytes());
    assert_eq!((tally.imported, tally.refused), (2, 0), "{refused:?}");
    // A line as long as is taken, and one byte more.
    let frame = line("t3").to_string().len();
    let fill = |id: &str, length: usize| {
        let mut text = line(id).to_string().into_bytes();
        text.resize(length - 1, b' ');
        text.push(b'\n');
        text
    };
    assert!(frame < MAX_LINE);
    let mut source = fill("t3", MAX_LINE);
    source.extend(fill("t4", MAX_LINE + 1));
    source.extend(fill("t5", MAX_LINE * 2));
    source.extend(lines(&[line("t6")]));
    let (tally, refused) = import(&app, &source);
    assert_eq!((tally.imported, tally.refused), (2, 2), "{refused:?}");
    let numbers: Vec<usize> = refused.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 3]);
    assert!(refused[0].1.contains("longer"), "{refused:?}");
    // UTF-16 and Shift_JIS are not guessed at.
    let mut wide = vec![0xff, 0xfe];
    wide.extend(
        line("t7")
            .to_string()
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    assert_eq!(import(&app, &wide).0.imported, 0);
    // Deep nesting neither crashes nor is taken.
    let deep = format!("{}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(import(&app, deep.as_bytes()).0.refused, 1);
    assert_eq!(import(&app, b"").0, Tally::default());
    assert_eq!(count(&app, "threads"), "4");
}

#[test]
fn a_placeholder_becomes_the_person_who_comes() {
    let ground = Ground::new();
    let app = ground.start();
    import(&app, &lines(&[line("t1")]));
    let stand_in = app
        .database
        .read_here(|db| accounts::by_email(db, "aoi@example.ed.jp"));
    let stand_in = stand_in.unwrap();
    assert_eq!(stand_in.state, State::Placeholder);
    let csv = "email,name,school_type,role\nAoi@Example.ed.jp,見本 あおい,小学校,trainer\n";
    let mut refused = Vec::new();
    let tally = exchange::people::import(
        &app.database,
        &accounts::house(),
        csv.as_bytes(),
        || app.now(),
        &mut |number, reason: &str| refused.push((number, reason.to_owned())),
    );
    assert_eq!(tally.unwrap().imported, 1, "{refused:?}");
    let came = app
        .database
        .read_here(|db| accounts::by_email(db, "aoi@example.ed.jp"));
    let came = came.unwrap();
    assert_eq!(
        (came.id, came.state, came.role),
        (stand_in.id, State::Active, Role::Trainer)
    );
    assert_eq!(count(&app, "accounts"), "1");
}

#[test]
fn people_are_told_apart_by_address() {
    let ground = Ground::new();
    let app = ground.start();
    let people = |csv: &str| {
        let mut refused = Vec::new();
        let tally = exchange::people::import(
            &app.database,
            &accounts::house(),
            csv.as_bytes(),
            || app.now(),
            &mut |number, reason: &str| refused.push((number, reason.to_owned())),
        );
        (tally, refused)
    };
    let csv = "\u{feff}email,name,school_type,role,subjects\r\n\
        aoi@example.ed.jp,見本 あおい,小学校,teacher,算数;体育\r\n\
        sota@example.ed.jp,,中学校,teacher,\r\n\
        ren@example.ed.jp,れん,大学院,teacher,\r\n\
        haruka@example.ed.jp,はるか,高校,captain,\r\n\
        yui@example.ed.jp,ゆい,高校,\r\n";
    let (tally, refused) = people(csv);
    assert_eq!(
        tally.unwrap().to_string(),
        "imported 2, updated 0, skipped 0, refused 3",
        "{refused:?}"
    );
    let numbers: Vec<usize> = refused.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [3, 4, 5]);
    let (tally, _) = people(csv);
    assert_eq!(
        tally.unwrap().to_string(),
        "imported 0, updated 2, skipped 0, refused 3"
    );
    assert_eq!(count(&app, "accounts"), "2");
    let (tally, _) = people("email,name,role\na@example.ed.jp,A,teacher\n");
    assert!(tally.is_err(), "a column is missing");
}

#[test]
fn only_what_all_may_see_is_exported() {
    let ground = Ground::new();
    let app = ground.start();
    let aoi = person(&app, "aoi", Role::Teacher);
    let open = ask(&app, &aoi, "開いている");
    reply(&app, &aoi, open.id, "回答");
    let hidden = ask(&app, &aoi, "隠れている");
    app.write_here(|db, now| hiroba::threads::remove(db, &aoi, hidden.id, now))
        .unwrap();
    let lines = exported(&app);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["title"], "開いている");
    // What was written here has its identity for a name, and comes back under it.
    assert_eq!(lines[0]["id"], open.id.to_string());
    let other = Ground::new();
    let twin = other.start();
    import(&twin, export(&app).join("\n").as_bytes());
    assert_eq!(export(&twin), export(&app));
    let mut none = Vec::new();
    let kind = Some(hiroba::threads::Kind::Practice);
    assert_eq!(exchange::export(&app.database, kind, &mut none).unwrap(), 0);
}

/// Words, marks, pictures and traps, put together at random.
fn text(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "体育館", "ロイロノート", "が開かない。", "ﾛｲﾛ", "Ｗｉ－Ｆｉ", "👩🏽‍🏫", "🇯🇵", "が", "葛󠄀城", "𠮷田", "ー", "、",
            "**太字**", "`code`", "> 引用\n", "\n- 一つ\n- 二つ\n", "\n\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "<b>", "&amp;", "\"", "\\",
            "[リンク](https://example.jp/?a=1&b=2)", " ", "\t", "\u{3000}", "\u{2028}", "%", "_", "'", "\u{0301}", "０１２",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

fn time() -> impl Strategy<Value = String> {
    // Few different moments, so that several replies have the same; offsets and fractions.
    let micros = prop::sample::select(vec![0, 0, 0, 1, 999_999]);
    let moment = (0..2_i64, micros);
    let offset = prop::sample::select(vec!["Z", "Z", "Z", "+09:00", "-11:30"]);
    (moment, offset).prop_map(|((hour, micros), offset)| {
        format!("2026-05-01T{:02}:40:00.{micros:06}{offset}", hour + 6)
    })
}

fn address() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "aoi@example.ed.jp",
        "Sota@Example.ed.jp",
        "ren.o'brien+x@example.ed.jp",
    ])
    .prop_map(str::to_owned)
}

/// Within what a field takes.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn answers() -> impl Strategy<Value = Vec<(String, String, String, Option<prop::sample::Index>)>> {
    let quoted = proptest::option::of(any::<prop::sample::Index>());
    prop::collection::vec((text(8), time(), address(), quoted), 0..6)
}

fn thread() -> impl Strategy<Value = Line> {
    let kind = prop::sample::select(vec!["question", "practice", "discussion", "質問"]);
    let words = (text(4), text(20), prop::collection::vec(text(3), 0..5));
    let place = (
        prop::sample::select(vec!["小学校", "chugakkou", "特支", "高校"]),
        prop::sample::subsequence(vec!["1", "2", "3", "4"], 1..=3),
        proptest::option::of(prop::sample::select(vec!["算数", "体育"])),
    );
    let practice = proptest::option::of((text(4), prop::collection::vec(text(3), 0..4)));
    let chosen = proptest::option::of(any::<prop::sample::Index>());
    (
        kind,
        words,
        place,
        practice,
        time(),
        address(),
        answers(),
        chosen,
    )
        .prop_map(
            |(
                kind,
                (title, body, tags),
                (school_type, policies, subject),
                practice,
                at,
                author,
                answers,
                chosen,
            )| {
                let mut replies: Vec<ReplyLine> = answers
                    .iter()
                    .enumerate()
                    .map(|(place, (body, at, author, quoted))| ReplyLine {
                        id: Loose(format!("r{place}")),
                        body: format!("答{body}"),
                        author: Some(author.clone()),
                        created_at: Some(at.clone()),
                        quote_of: quoted
                            .filter(|_| place > 0)
                            .map(|quoted| Loose(format!("r{}", quoted.index(place)))),
                        accepted: false,
                        ..ReplyLine::default()
                    })
                    .collect();
                let question = kind == "question" || kind == "質問";
                if let (true, Some(chosen), false) = (question, chosen, replies.is_empty()) {
                    let place = chosen.index(replies.len());
                    replies[place].accepted = true;
                }
                Line {
                    kind: kind.to_owned(),
                    title: format!("題{}", cut(&title.replace('\n', " "), 90)),
                    body: format!("文{body}"),
                    school_type: school_type.to_owned(),
                    policies: policies
                        .into_iter()
                        .map(|one| Loose(one.to_owned()))
                        .collect(),
                    tags: tags.iter().map(|tag| cut(tag, 30)).collect(),
                    subject: subject.map(str::to_owned),
                    author: Some(author),
                    created_at: Some(at),
                    practice: practice.map(|(aim, steps)| Practice {
                        aim: Some(aim),
                        lessons: u16::try_from(steps.len() + 1).ok(),
                        prep_minutes: Some(0),
                        checked_on: Some("令和8年11月20日".to_owned()),
                        os_version: Some("ChromeOS 130".to_owned()),
                        steps,
                        ..Practice::default()
                    }),
                    replies,
                    ..Line::default()
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if postgres_server().is_some() { 8 } else { 24 }, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// What goes out comes in again and is the same: texts, acceptance, tags, authors, times, quotations, order.
    #[test]
    fn an_export_makes_the_same_forum(threads in prop::collection::vec(thread(), 1..6)) {
        let mut source = Vec::new();
        let mut originals = Vec::new();
        for (place, mut line) in threads.into_iter().enumerate() {
            line.id = Loose(format!("t{place}"));
            serde_json::to_writer(&mut source, &line).unwrap();
            source.push(b'\n');
            originals.push(line);
        }
        let first = Ground::new();
        let first = (first.start(), first);
        let (tally, refused) = import(&first.0, &source);
        prop_assert_eq!(tally.imported, originals.len(), "{:?}", refused);
        let out = export(&first.0);
        for line in &out {
            let line: Line = serde_json::from_str(line).unwrap();
            let original = originals.iter().find(|one| one.id == line.id).unwrap();
            let at = |text: &Option<String>| At::parse(text.as_deref().unwrap()).unwrap();
            prop_assert_eq!(at(&line.created_at), at(&original.created_at));
            prop_assert_eq!(line.author.clone().unwrap(), original.author.clone().unwrap().to_lowercase());
            let mut expected = original.replies.clone();
            expected.sort_by_key(|reply| at(&reply.created_at)); // stable: the file's order among equals
            let sketch = |replies: &[ReplyLine]| -> Vec<(String, Option<String>, bool)> {
                let all = replies.iter();
                all.map(|r| (r.id.0.clone(), r.quote_of.as_ref().map(|q| q.0.clone()), r.accepted)).collect()
            };
            prop_assert_eq!(sketch(&line.replies), sketch(&expected));
        }
        let second = Ground::new();
        let second = (second.start(), second);
        let (tally, refused) = import(&second.0, out.join("\n").as_bytes());
        prop_assert_eq!(tally.imported, originals.len(), "{:?}", refused);
        let out: BTreeSet<String> = out.into_iter().collect();
        let again: BTreeSet<String> = export(&second.0).into_iter().collect();
        prop_assert_eq!(out, again);
    }
}
