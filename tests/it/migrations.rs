//! Both folders of migrations bring a database that is in use to the same tables, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Barrier;

use diesel::migration::Migration;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness;
use hiroba::config::Config;
use hiroba::db::migrate::{POSTGRES, SQLITE};
use hiroba::db::schema::TABLES;
use hiroba::db::{Address, Database, Db, Fault};

use crate::harness::database::{TestDatabase, postgres_server};
use crate::harness::ground::{Ground, number, query, run, texts};

/// Rows as a forum in use has them, put in when the migration has made their tables. `@1` stands for an id.
const ROWS: &[(&str, &str)] = &[
    (
        "2026-11-22-000001_ground",
        "INSERT INTO forum_state (id, feed_epoch, index_epoch) VALUES (1, @1, 3);
         INSERT INTO change_feed (subject, subject_id, at) VALUES ('thread', @7, '2026-05-01 06:40:00.123456');
         INSERT INTO jobs (id, kind, payload, state, run_at, attempts, fence, last_error, created_at)
           VALUES (@2, 'mail_link', '{}', 'dead', '2026-05-01 06:40:00', 12, 12, 'smtp: refused (550)', '2026-04-29 06:40:00');",
    ),
    (
        "2026-11-22-000002_taxonomy",
        "INSERT INTO vocabularies (id, plan, version, document, digest, current, loaded_at)
           VALUES (@3, 'sendai', '2', 'x = 1', 'd1', FALSE, '2026-04-01 00:00:00'),
                  (@4, 'sendai', '3', 'x = 2', 'd2', TRUE, '2026-05-01 00:00:00');
         INSERT INTO schools (slug, name, school_type, valid_from, valid_to)
           VALUES ('aoba-1', '青葉第一小学校', 'shogakkou', '1950-04-01', NULL);",
    ),
    (
        "2026-11-22-000003_accounts",
        "INSERT INTO accounts (id, email, name, school_type, school, role, position, grades, subjects, state, password_hash, created_at, updated_at)
           VALUES (@5, 'aoi@example.ed.jp', '見本 あおい', 'shogakkou', 'aoba-1', 'teacher', NULL, '[]', '[\"算数\"]', 'active', '$argon2id$x', '2026-04-01 00:00:00', '2026-04-02 00:00:00'),
                  (@6, 'sota@example.ed.jp', '(登録前の先生)', '', NULL, 'teacher', NULL, '[]', '[]', 'placeholder', NULL, '2026-04-01 00:00:00', '2026-04-02 00:00:00');
         INSERT INTO sessions (id, account_id, kind, secret_hash, label, created_at, last_seen_at, expires_at)
           VALUES (@1, @5, 'browser', 'h1', 'iPad・Safari', '2026-04-01 00:00:00', '2026-04-01 00:00:00', '2026-06-01 00:00:00');
         INSERT INTO mail_links (id, account_id, secret_hash, created_at, expires_at)
           VALUES (@1, @5, 'h2', '2026-04-01 00:00:00', '2026-04-02 00:00:00');
         INSERT INTO idempotency_keys (account_id, key, resource_id, created_at)
           VALUES (@5, 'thread:k', @7, '2026-05-01 06:40:00');",
    ),
    (
        "2026-11-22-000004_threads",
        "INSERT INTO threads (id, short_code, external_id, kind, title, body, body_html, renderer_version, practice, school_type, subject, grade,
             author_id, vocabulary_id, visibility, accepted_reply_id, reply_count, revision, created_at, updated_at, active_at)
           VALUES (@7, 'bcdf234', 't1', 'question', '白い画面のまま', '本文', '<p>本文</p>', 1, NULL, 'shogakkou', '算数', NULL,
             @5, @3, 'visible', NULL, 1, 2, '2026-05-01 06:40:00', '2026-05-01 06:40:00', '2026-05-01 06:40:00');
         INSERT INTO thread_labels (thread_id, kind, key, value, place) VALUES (@7, 'policy', '3', '3', 0), (@7, 'tag', 'ろいろ', 'ロイロ', 1);
         INSERT INTO replies (id, thread_id, external_id, author_id, body, body_html, renderer_version, quote_of, visibility, revision, created_at, updated_at)
           VALUES (@8, @7, 'r1', @6, '前の日に', '<p>前の日に</p>', 1, NULL, 'visible', 1, '2026-05-02 06:40:00', '2026-05-02 06:40:00'),
                  (@9, @7, NULL, @5, '試します', '<p>試します</p>', 1, @8, 'hidden', 1, '2026-05-03 06:40:00', '2026-05-03 06:40:00');
         UPDATE threads SET accepted_reply_id = @8;
         INSERT INTO revisions (id, thread_id, reply_id, number, title, body, written_at)
           VALUES (@1, @7, NULL, 1, '白い画面', '本文', '2026-05-01 06:40:00');",
    ),
    (
        "2026-11-22-000005_moderation",
        "INSERT INTO audit_log (id, actor_id, action, thread_id, reply_id, person_id, reason, at)
           VALUES (@1, @5, 'visibility:hidden', @7, @9, NULL, '名前が出ています', '2026-05-03 07:00:00');
         INSERT INTO reports (id, reporter_id, thread_id, reply_id, reason, detail, created_at)
           VALUES (@1, @5, @7, @9, 'personal_data', '', '2026-05-03 06:50:00');
         INSERT INTO marks (account_id, post_id, thread_id, kind, at) VALUES (@5, @8, @7, 'helpful', '2026-05-03 06:50:00');",
    ),
    (
        "2026-11-24-000006_synonyms",
        "INSERT INTO synonym_states (id, group_id, line, note, removed, current, author_id, at)
           VALUES (@1, @1, 'スプシ | スプレッドシート', '', FALSE, FALSE, NULL, '2026-05-03 06:50:00'),
                  (@2, @1, 'スプシ | スプレッドシート > Excel', '追加', FALSE, TRUE, @5, '2026-05-03 06:51:00');",
    ),
    (
        "2026-11-24-000007_search_log",
        "INSERT INTO search_log (hour, term, filters, times, empty, opened)
           VALUES ('2026-05-03 06:00:00', '空中帳票', 'school_type=shogakkou', 3, 3, 0);",
    ),
    (
        "2026-11-26-000008_mail",
        "INSERT INTO mail_settings (account_id, frequency, weekday, time_window, contents, policies, school_types, subjects, at_once,
             any_time, paused_until, in_vacation, token, bounces, silenced, updated_at)
           VALUES (@5, 'weekly', 4, '1530', 'own,topics', '1,3', '', '算数', 'own', FALSE, '2026-12-01', TRUE, 'k1', 1, FALSE, '2026-05-03 06:00:00');
         INSERT INTO digest_issues (id, week, weekday, time_window, opened_at, chunks, chosen_to, state)
           VALUES (@1, '2026-W18', 4, '1530', '2026-04-30 06:30:00', 1, @5, 'choosing');
         INSERT INTO digest_items (issue_id, thread_id, document) VALUES (@1, @7, '{}');
         INSERT INTO outbox (id, account_id, issue_id, thread_id, urgent, state, reason, frozen, frozen_hash, sent_hash, run_at, attempts, fence, created_at, updated_at)
           VALUES (@1, @5, @1, NULL, FALSE, 'sent', '', '[]', 'h', 'h', '2026-04-30 06:30:00', 1, 1, '2026-04-30 06:30:00', '2026-04-30 06:31:00'),
                  (@2, @5, NULL, @7, TRUE, 'queued', '', '[]', 'h', NULL, '2026-05-02 06:40:00', 0, 0, '2026-05-02 06:40:00', '2026-05-02 06:40:00');
         INSERT INTO notices (account_id, reply_id, thread_id, why, run_at) VALUES (@5, @8, @7, 'own', '2026-05-02 07:40:00');
         INSERT INTO recommendations (thread_id, trainer_id, comment, at) VALUES (@7, @5, 'はじめての先生に', '2026-05-02 07:40:00');",
    ),
    (
        "2026-11-26-000009_report_answers",
        "INSERT INTO report_answers (report_id, moderator_id, at) VALUES (@1, @5, '2026-05-03 08:00:00');",
    ),
    (
        "2026-11-26-000010_site_notices",
        "INSERT INTO site_notices (account_id, reply_id, why, at, seen) VALUES (@5, @8, 'own', '2026-05-02 06:40:00', TRUE);",
    ),
    (
        "2026-11-26-000011_attachments",
        "INSERT INTO attachments (id, owner_id, media_type, name, bytes, width, height, alt, rights, source, created_at)
           VALUES (@1, @5, 'image/png', '提出箱.png', 31234, 800, 600, '提出箱の画面', 'own', '', '2026-05-01 06:30:00'),
                  (@2, @5, 'application/pdf', '手引き.pdf', 91234, NULL, NULL, '', 'quote', '仙台市教育委員会「手引き」', '2026-05-01 06:31:00');
         INSERT INTO attachment_places (attachment_id, post_id, thread_id, at)
           VALUES (@1, @7, @7, '2026-05-01 06:40:00'), (@2, @9, @7, '2026-05-03 06:40:00');",
    ),
    (
        "2026-11-26-000012_moderation_work",
        "UPDATE threads SET lock_reason = '話がまとまりました', duplicate_of = @7, merged_into = @7;
         UPDATE accounts SET signed_up_at = '2026-04-01 00:00:00';
         INSERT INTO claims (post_id, thread_id, reply_id, moderator_id, at) VALUES (@9, @7, @9, @5, '2026-05-03 07:30:00');
         INSERT INTO resubmissions (id, post_id, thread_id, reply_id, message, revision, created_at, decided_at, moderator_id)
           VALUES (@1, @9, @7, @9, '直しました', 1, '2026-05-03 08:00:00', '2026-05-03 09:00:00', @5),
                  (@2, @9, @7, @9, '', 2, '2026-05-03 10:00:00', NULL, NULL);
         INSERT INTO post_notices (id, account_id, thread_id, reply_id, decision, reason, at, seen)
           VALUES (@1, @5, @7, @9, 'hidden', '名前が出ています', '2026-05-03 07:00:00', FALSE);",
    ),
    (
        "2026-11-26-000013_sealed_names",
        "UPDATE threads SET sealed_as = 'type:shogakkou' WHERE id = @7;
         INSERT INTO seal_requests (id, thread_id, reply_id, author_id, asker_id, reason, asked_at, state, second_id, decided_at, told)
           VALUES (@1, @7, NULL, @5, @6, '気になる書き方があります', '2026-05-03 07:00:00', 'agreed', @6, '2026-05-04 07:00:00', FALSE);",
    ),
    (
        "2026-11-26-000014_drafts",
        "INSERT INTO drafts (id, account_id, purpose, target_id, fields, device, revision, created_at, updated_at)
           VALUES (@1, @5, 'new_thread', NULL, '{\"title\":[\"白い画面\"]}', 'iPad・Safari', 3, '2026-05-03 06:50:00', '2026-05-03 06:51:00'),
                  (@2, @5, 'new_thread', NULL, '{}', '', 1, '2026-05-03 06:50:00', '2026-05-03 06:50:00'),
                  (@3, @5, 'reply', @7, '{\"body\":[\"前の日に\"]}', '', 1, '2026-05-03 06:50:00', '2026-05-03 06:50:00');
         INSERT INTO finished_practices (thread_id, at) VALUES (@7, '2026-05-03 06:50:00');
         UPDATE revisions SET practice = '{\"aim\":\"話す力\"}';",
    ),
    (
        "2026-11-26-000015_people",
        "UPDATE accounts SET tools = '[\"ロイロノート\"]', experience = '6-10', shown = 'school,experience' WHERE id = @5;
         INSERT INTO invitations (id, account_id, secret_hash, label, school_type, school, uses, max_uses, withdrawn, created_at, expires_at)
           VALUES (@1, @5, 'h3', '青葉第一小の先生', 'shogakkou', 'aoba-1', 2, 30, FALSE, '2026-05-04 00:00:00', '2026-05-18 00:00:00');
         INSERT INTO feed_keys (account_id, token, created_at) VALUES (@5, 'f1', '2026-05-04 00:00:00');",
    ),
    (
        "2026-11-26-000016_withheld_versions",
        "UPDATE revisions SET withheld = TRUE;",
    ),
    (
        "2026-11-26-000017_standing",
        "UPDATE threads SET recommended = TRUE, outdated = TRUE, tries = 2, tried_types = 1, worth = 7;
         INSERT INTO thread_labels (thread_id, kind, key, value, place) VALUES (@7, 'item', 'chk-b4', 'chk-b4', 2);",
    ),
    (
        "2026-11-26-000018_tryouts",
        "INSERT INTO tryouts (id, thread_id, author_id, sealed_as, school_type, grade, outcome, changed, note, visibility, created_at)
           VALUES (@1, @7, @6, NULL, 'chugakkou', 'chuu1', 'worked', '班を3人にした', '図を描かない人がいなくなった', 'visible', '2026-05-04 06:40:00'),
                  (@2, @7, @6, 'teacher', 'koukou', NULL, 'failed', NULL, '画面が小さかった', 'hidden', '2026-05-05 06:40:00');
         INSERT INTO tryout_notices (account_id, tryout_id, at, seen) VALUES (@5, @1, '2026-05-04 06:40:00', FALSE);",
    ),
    (
        "2026-11-26-000020_curation",
        "INSERT INTO collections (id, short_code, owner_id, state, title, cover, cover_html, renderer_version, policy, other_policy, school_types, experience,
             training_form, training_on, training_place, revision, created_at, updated_at, published_at)
           VALUES (@1, 'bcdf235', @5, 'published', '4月にすること', 'まずはここから', '<p>まずはここから</p>', 2, 2, 4, ',shogakkou,', ',1,2-5,',
             'online', '2026-08-03', '教育センター', 2, '2026-05-03 06:50:00', '2026-05-04 06:50:00', '2026-05-04 06:50:00');
         INSERT INTO collection_items (collection_id, thread_id, place, comment, added_at) VALUES (@1, @7, 0, '回答のメモを', '2026-05-03 06:50:00');
         INSERT INTO collection_editors (collection_id, account_id, at) VALUES (@1, @6, '2026-05-03 06:50:00');
         INSERT INTO collection_revisions (collection_id, number, editor_id, document, written_at) VALUES (@1, 1, @5, '{}', '2026-05-03 06:50:00');
         INSERT INTO proposals (id, thread_id, proposer_id, reason, state, answer, trainer_id, created_at, decided_at)
           VALUES (@1, @7, @5, 'すぐまねできました', 'open', '', NULL, '2026-05-03 06:50:00', NULL),
                  (@2, @7, @5, 'もう一度', 'declined', '見送ります', @6, '2026-05-02 06:50:00', '2026-05-03 06:50:00');
         INSERT INTO refusals (thread_id, at) VALUES (@7, '2026-05-03 06:50:00');
         UPDATE freshness SET state = 'outdated', app_version = 'ロイロ 10', reason = '場所が変わりました', trainer_id = @5;",
    ),
    (
        "2026-11-26-000022_self_checks",
        "INSERT INTO self_checks (owner_key, year, version, answers, shared, term, school_type, band)
           VALUES ('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 2026, '平成30年6月改訂', '{\"a1\":3}', FALSE, NULL, NULL, NULL),
                  ('60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', 2026, '平成30年6月改訂', '{\"a1\":4}', TRUE, '2026-1', 'shogakkou', '2-5');
         INSERT INTO mirror_keys (id, check_value) VALUES (1, 'c0ffee');",
    ),
    (
        "2026-11-26-000023_gap_reports",
        "INSERT INTO gap_reports (term, document, published_at) VALUES ('2026-1', '{}', '2026-10-13 00:00:00');",
    ),
    (
        "2026-11-26-000024_environment",
        "INSERT INTO environment_states (thread_id, state, planned_on, revision, at)
           VALUES (@7, 'planned', '2026-12-01', 2, '2026-05-04 06:40:00');
         INSERT INTO environment_steps (id, thread_id, number, state, planned_on, note, author_id, role, at)
           VALUES (@1, @7, 1, 'received', NULL, '受け付けました', @5, 'supporter', '2026-05-03 06:40:00'),
                  (@2, @7, 2, 'planned', '2026-12-01', '業者が来ます', @5, 'supporter', '2026-05-04 06:40:00');",
    ),
    (
        "2026-11-26-000025_coverage",
        "INSERT INTO requests (id, trainer_id, policy, school_type, subject, item, sentence, until, created_at, filled_by, filled_at, closed_at, news, news_at, news_seen)
           VALUES (@1, @5, 3, 'youchien', NULL, 'chk-a1', '充電だけでも', '2026-12-01', '2026-05-03 06:40:00', @7, '2026-05-04 06:40:00', NULL, 'filled', '2026-05-04 06:40:00', FALSE);
         INSERT INTO coverage_cells (axis, year, key, policy, practices, questions, answered, minutes, bridged, tries)
           VALUES ('school_type', 2026, 'shogakkou', 3, 2, 1, 1, 540, 0, 3);
         INSERT INTO coverage_state (id, feed_epoch, xid, seq, day, changed_at, counted_at, claimed_at)
           VALUES (1, @1, 0, 12, '2026-05-04', NULL, '2026-05-04 06:40:00', NULL);",
    ),
    (
        "2026-11-26-000026_desk",
        "INSERT INTO desk_items (list, thread_id, number) VALUES ('answered', @7, 3);
         INSERT INTO desk_pairs (thread_id, other_id, likeness, dismissed, at) VALUES (@7, @7, 60, FALSE, '2026-05-03 06:50:00');
         INSERT INTO desk_state (id, refreshed_at, seen_to) VALUES (1, '2026-05-03 06:50:00', @7);",
    ),
    (
        "2026-11-27-000028_plans",
        "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, fence, last_error, created_at)
           VALUES (@3, 'mail_link', '{}', 'queued', '2026-05-01 06:40:00', 0, 0, NULL, '2026-05-01 06:40:00');",
    ),
    (
        "2026-11-27-000029_sealed",
        "UPDATE replies SET sealed_as = 'type:shogakkou'; UPDATE tryouts SET sealed_as = 'type:shogakkou';",
    ),
];

/// Writes the ids `@1` … `@9` as the database wants them.
fn dialect(db: &Db, statements: &str) -> String {
    (1..=9).fold(statements.to_owned(), |text, digit| {
        let literal = match db {
            Db::Postgres(_) => format!("'00000000-0000-7000-8000-00000000000{digit}'"),
            Db::Sqlite(_) => format!("x'0000000000007000800000000000000{digit}'"),
        };
        text.replace(&format!("@{digit}"), &literal)
    })
}

fn connect(database: &TestDatabase) -> Db {
    match database {
        TestDatabase::Sqlite(file) => {
            let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            diesel::sql_query("PRAGMA foreign_keys = ON")
                .execute(&mut connection)
                .unwrap();
            Db::Sqlite(connection)
        }
        TestDatabase::Postgres { .. } => {
            Db::Postgres(PgConnection::establish(&database.url()).unwrap())
        }
    }
}

fn pending(db: &mut Db) -> Vec<String> {
    match db {
        Db::Postgres(pg) => names(pg.pending_migrations(POSTGRES).unwrap()),
        Db::Sqlite(sqlite) => names(sqlite.pending_migrations(SQLITE).unwrap()),
    }
}

fn names<B: diesel::backend::Backend>(migrations: Vec<Box<dyn Migration<B>>>) -> Vec<String> {
    migrations
        .iter()
        .map(|one| one.name().to_string())
        .collect()
}

fn up(db: &mut Db) {
    match db {
        Db::Postgres(pg) => pg.run_next_migration(POSTGRES).map(|_| ()).unwrap(),
        Db::Sqlite(sqlite) => sqlite.run_next_migration(SQLITE).map(|_| ()).unwrap(),
    }
}

fn down(db: &mut Db) {
    match db {
        Db::Postgres(pg) => pg.revert_last_migration(POSTGRES).map(|_| ()).unwrap(),
        Db::Sqlite(sqlite) => sqlite.revert_last_migration(SQLITE).map(|_| ()).unwrap(),
    }
}

/// Table → its columns, without the migrations' own book-keeping.
fn columns(db: &mut Db) -> BTreeMap<String, BTreeSet<String>> {
    let rows = match db {
        Db::Sqlite(_) => texts(
            db,
            "SELECT m.name || '.' || c.name AS value FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
        ),
        Db::Postgres(_) => texts(
            db,
            "SELECT table_name || '.' || column_name AS value FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
        ),
    };
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let (table, column) = row.split_once('.').unwrap();
        tables
            .entry(table.to_owned())
            .or_default()
            .insert(column.to_owned());
    }
    tables
}

/// The rows of a table: these columns, as text, in an order that is always the same.
fn content(db: &mut Db, table: &str, columns: &BTreeSet<String>) -> Vec<String> {
    let parts: Vec<String> = columns
        .iter()
        .map(|column| match db {
            Db::Sqlite(_) => format!("coalesce(hex(\"{column}\"), '-')"),
            Db::Postgres(_) => format!("coalesce(\"{column}\"::text, '-')"),
        })
        .collect();
    let row = parts.join(" || ' ' || ");
    let mut rows = texts(db, &format!("SELECT {row} AS value FROM {table}"));
    rows.sort();
    rows
}

#[test]
fn both_folders_hold_the_same_names() {
    let list = |folder: &str| -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut names: Vec<String> = fs::read_dir(root)
            .unwrap()
            .flatten()
            .map(|entry| {
                for file in ["up.sql", "down.sql"] {
                    assert!(
                        entry.path().join(file).is_file(),
                        "{:?} {file}",
                        entry.path()
                    );
                }
                entry.file_name().to_str().unwrap().to_owned()
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(list("sqlite"), list("postgres"));
    let known: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(list("sqlite"), known, "a new migration needs its rows here");
}

#[test]
fn each_migration_keeps_the_rows_that_are_there() {
    let database = TestDatabase::empty();
    let mut db = connect(&database);
    let names = pending(&mut db);
    assert_eq!(names.len(), ROWS.len());
    for name in &names {
        let tables = columns(&mut db);
        let before: Vec<_> = tables
            .iter()
            .map(|(table, columns)| content(&mut db, table, columns))
            .collect();
        up(&mut db);
        let now = columns(&mut db);
        for ((table, old), rows) in tables.iter().zip(before) {
            let Some(present) = now.get(table) else {
                panic!("{name} drops {table} with its rows");
            };
            let kept: BTreeSet<String> = old.intersection(present).cloned().collect();
            assert_eq!(&kept, old, "{name} drops columns of {table}");
            assert_eq!(
                content(&mut db, table, &kept),
                rows,
                "{name} changes {table}"
            );
        }
        let (_, rows) = ROWS.iter().find(|(known, _)| known == name).unwrap();
        let rows = dialect(&db, rows);
        run(&mut db, &rows);
        for table in now.keys() {
            let count = number(
                &mut db,
                &format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}"),
            );
            assert!(count > 0, "{table} has no row after {name}");
        }
    }
    for _ in &names {
        down(&mut db);
    }
    assert_eq!(columns(&mut db), BTreeMap::new(), "down leaves tables");
    assert_eq!(pending(&mut db), names);
    for name in &names {
        up(&mut db);
        let (_, rows) = ROWS.iter().find(|(known, _)| known == name).unwrap();
        let rows = dialect(&db, rows);
        run(&mut db, &rows);
    }
    assert_eq!(pending(&mut db), Vec::<String>::new());
}

#[test]
fn the_tables_are_those_of_the_schema() {
    let database = TestDatabase::create();
    let real = columns(&mut connect(&database));
    let written: BTreeMap<String, BTreeSet<String>> = TABLES
        .iter()
        .map(|(table, columns)| {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            ((*table).to_owned(), columns)
        })
        .collect();
    assert_eq!(real, written);
}

/// Foreign keys, as `table.column`, that no index begins with.
fn slow(keys: &[String], indexed: &[String]) -> Vec<String> {
    let missing = keys.iter().filter(|key| !indexed.contains(key));
    missing.cloned().collect()
}

#[test]
fn every_foreign_key_has_an_index() {
    let database = TestDatabase::create();
    let mut db = connect(&database);
    let (keys, indexed) = match &db {
        Db::Sqlite(_) => (
            "SELECT m.name || '.' || f.\"from\" AS value FROM sqlite_master m, pragma_foreign_key_list(m.name) f
             WHERE m.type = 'table' AND f.seq = 0",
            "SELECT m.name || '.' || c.name AS value FROM sqlite_master m, pragma_index_list(m.name) i,
             pragma_index_info(i.name) c WHERE m.type = 'table' AND i.partial = 0 AND c.seqno = 0",
        ),
        Db::Postgres(_) => (
            "SELECT c.relname || '.' || a.attname AS value FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1] WHERE f.contype = 'f'",
            "SELECT c.relname || '.' || a.attname AS value FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indpred IS NULL",
        ),
    };
    let keys = texts(&mut db, keys);
    let indexed = texts(&mut db, indexed);
    assert!(keys.len() >= 20, "{keys:?}");
    assert_eq!(slow(&keys, &indexed), Vec::<String>::new());
    assert_eq!(slow(&["a.b".to_owned()], &["a.c".to_owned()]), ["a.b"]);
}

#[test]
fn migrating_twice_does_nothing() {
    let database = TestDatabase::empty();
    let opened = Database::open(&Address::parse(&database.url()).unwrap()).unwrap();
    assert_eq!(opened.migrate().unwrap().len(), ROWS.len());
    assert_eq!(opened.migrate().unwrap(), Vec::<String>::new());
}

#[test]
fn a_database_of_a_later_release_is_left_alone() {
    let database = TestDatabase::empty();
    let opened = Database::open(&Address::parse(&database.url()).unwrap()).unwrap();
    opened.migrate().unwrap();
    let mut db = connect(&database);
    down(&mut db);
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";
    diesel::sql_query(later).execute(&mut db).unwrap();
    let Err(Fault::Newer(version)) = opened.migrate() else {
        panic!("an older release went on");
    };
    assert_eq!(version, "29991231000001");
    assert_eq!(pending(&mut db).len(), 1, "what it lacks is not added");
}

#[test]
fn unknown_schemes_are_refused_and_make_no_file() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres:/h/d",
        "postgrse://h/d",
        "mysql://h/d",
        "hiroba.db",
        "sqlite://",
        "file:x",
    ] {
        let config = Config {
            data_dir: folder.path().to_owned(),
            database_url: url.to_owned(),
            ..Config::default()
        };
        assert!(config.check().is_err(), "{url}");
        assert!(config.database().is_err(), "{url}");
        assert!(Address::parse(url).is_err(), "{url}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Nodes of one forum are started together, on a database that has nothing yet.
#[test]
fn nodes_that_start_at_once_migrate_once() {
    if postgres_server().is_none() {
        return;
    }
    let database = TestDatabase::empty();
    let grounds: Vec<Ground> = (0..4)
        .map(|_| {
            let (server, name) = match &database {
                TestDatabase::Postgres { server, name } => (server.clone(), name.clone()),
                TestDatabase::Sqlite(_) => panic!("PostgreSQL was asked for"),
            };
            Ground::on(TestDatabase::Postgres { server, name })
        })
        .collect();
    let together = Barrier::new(grounds.len());
    std::thread::scope(|scope| {
        let starting: Vec<_> = grounds
            .iter()
            .map(|ground| {
                scope.spawn(|| {
                    together.wait();
                    ground.start()
                })
            })
            .collect();
        for app in starting.into_iter().map(|thread| thread.join().unwrap()) {
            let count = |table: &str| {
                let text = format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}");
                query(&app, &text)[0].clone()
            };
            assert_eq!(count("forum_state"), "1");
            assert_eq!(count("vocabularies"), "1");
        }
    });
}
