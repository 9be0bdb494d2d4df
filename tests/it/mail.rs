//! The wire: a real mail server that asks for TLS and passwords, answers badly, drops and hangs; processes that are killed
//! and processes that work side by side. Whatever happens, the ledger equals what the server accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hiroba::accounts::Who;
use hiroba::config::Config;
use hiroba::mail::{Fate, Letter, Mailer};

use crate::harness::ground::{Dice, Ground, query, sql, until};
use crate::harness::smtp::{MailServer, Taken};
use crate::harness::town::{TYPES, Town, Written, at};

/// A Thursday, when the usual window opens.
const THURSDAY: &str = "2026-11-19T15:30:00+09:00";

/// A letter of the forum's size.
fn letter(to: &str) -> Letter {
    Letter {
        to: to.to_owned(),
        to_name: "見本 あおい".to_owned(),
        subject: "【広場】週のまとめ".to_owned(),
        text: "本文です。\n.\n..点で始まる行\n".to_owned(),
        html: Some("<p>本文です。</p>".to_owned()),
        id: Some(format!("digest.2026-W47.{to}").replace('@', "-")),
        ..Letter::default()
    }
}

struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// An authority that signed a server called localhost.
    fn new() -> Certificates {
        let folder = tempfile::tempdir().unwrap();
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let server = server.signed_by(&key, &issuer).unwrap();
        for (name, text) in [
            ("ca.pem", authority_pem),
            ("server.pem", server.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Certificates { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn server(&self, options: &[&str]) -> MailServer {
        let (cert, key) = (self.path("server.pem"), self.path("server.key"));
        let mut all = vec!["--cert", &cert, "--key", &key];
        all.extend(options);
        MailServer::start(&all)
    }
}

fn mailer(url: &str, change: impl FnOnce(&mut Config)) -> Mailer {
    let mut config = Config {
        smtp_url: url.to_owned(),
        mail_from: "広場 <hiroba@hiroba.example>".to_owned(),
        ..Config::default()
    };
    change(&mut config);
    Mailer::new(&config).unwrap()
}

/// Sends some letters over one connection.
fn send(mailer: &Mailer, count: usize) -> Vec<Fate> {
    let mut line = mailer.line();
    (0..count)
        .map(|number| {
            line.send(&letter(&format!("r{number}@hiroba.example")), at(THURSDAY))
                .unwrap()
        })
        .collect()
}

#[test]
fn letters_arrive_as_they_were_written() {
    let server = MailServer::start(&[]);
    assert_eq!(send(&mailer(&server.url(), |_| {}), 3), vec![Fate::Sent; 3]);
    let all = server.accepted();
    assert_eq!(all.len(), 3);
    let one = &all[0];
    assert_eq!(one.defects, Vec::<String>::new());
    assert_eq!(one.kind, "multipart/alternative");
    assert_eq!(one.parts, ["text/plain", "text/html"]);
    assert_eq!(one.from, "hiroba@hiroba.example");
    assert_eq!(one.to, ["r0@hiroba.example"]);
    assert_eq!(one.header("Subject"), "【広場】週のまとめ");
    assert_eq!(
        one.header("Message-ID"),
        "<digest.2026-W47.r0-hiroba.example@hiroba.example>"
    );
    assert_eq!(one.header("Auto-Submitted"), "auto-generated");
    assert_eq!(one.header("Date"), "Thu, 19 Nov 2026 06:30:00 +0000");
    // Lone dots survive the protocol.
    let text = one.text.as_ref().unwrap().replace("\r\n", "\n");
    assert_eq!(text, "本文です。\n.\n..点で始まる行\n");
    assert!(one.longest <= 998, "{}", one.longest);
}

#[test]
fn starttls_implicit_tls_and_passwords_are_spoken() {
    let certificates = Certificates::new();
    let trusting = |config: &mut Config| config.smtp_ca_file = certificates.path("ca.pem").into();
    let secret = "p@ss word";
    let auth = format!("hiroba:{secret}");
    let server = certificates.server(&["--starttls", "--pipelining", "--auth", &auth]);
    let url = format!(
        "smtp://hiroba:p%40ss%20word@localhost:{}?tls=required",
        server.port
    );
    assert_eq!(send(&mailer(&url, trusting), 2), vec![Fate::Sent; 2]);
    assert!(server.accepted().iter().all(|one| one.tls && one.auth));

    let implicit = certificates.server(&["--tls"]);
    let url = format!("smtps://localhost:{}", implicit.port);
    assert_eq!(send(&mailer(&url, trusting), 2), vec![Fate::Sent; 2]);
    assert_eq!(implicit.accepted().len(), 2);

    // A server that nobody vouches for, a wrong password, no TLS where it is demanded, and TLS where there is none: the
    // letter is at fault in none of them.
    let plain = MailServer::start(&[]);
    for (url, trusts) in [
        (
            format!(
                "smtp://hiroba:p%40ss%20word@localhost:{}?tls=required",
                server.port
            ),
            false,
        ),
        (
            format!("smtp://hiroba:wrong@localhost:{}?tls=required", server.port),
            true,
        ),
        (format!("smtps://localhost:{}", implicit.port), false),
        (
            format!("smtp://localhost:{}?tls=required", plain.port),
            true,
        ),
        (format!("smtps://localhost:{}", plain.port), true),
        ("smtp://localhost:1".to_owned(), true),
    ] {
        let mailer = mailer(&url, |config| {
            config.smtp_timeout = 5;
            if trusts {
                trusting(config);
            }
        });
        for fate in send(&mailer, 1) {
            let Fate::Down(reason) = &fate else {
                panic!("{url}: {fate:?}");
            };
            assert!(
                !reason.contains(secret) && !reason.contains("hiroba.example"),
                "{reason}"
            );
        }
    }
    assert_eq!(
        (
            server.accepted().len(),
            implicit.accepted().len(),
            plain.accepted().len()
        ),
        (2, 2, 0)
    );
}

/// A key of 2048 bits, made by `openssl genrsa`; it signs nothing but these tests.
fn dkim_key(folder: &Path) -> (String, String) {
    let key = folder.join("dkim.pem");
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    let path = key.to_str().unwrap();
    run(&["genrsa", "-traditional", "-out", path, "2048"]);
    let public = run(&["rsa", "-in", path, "-pubout", "-outform", "DER"]);
    (path.to_owned(), data_encoding::BASE64.encode(&public))
}

#[test]
fn signatures_hold_before_another_implementation() {
    let folder = tempfile::tempdir().unwrap();
    let (key, public) = dkim_key(folder.path());
    let server = MailServer::start(&["--dkim-key", &public]);
    let mailer = mailer(&server.url(), |config| {
        config.dkim.domain = "hiroba.example".to_owned();
        config.dkim.selector = "s2026".to_owned();
        config.dkim.key_file = key.into();
    });
    assert_eq!(send(&mailer, 2), vec![Fate::Sent; 2]);
    for one in server.accepted() {
        assert_eq!(one.dkim, Some(true));
        let signature = one.header("DKIM-Signature").replace(' ', "");
        assert!(
            signature.contains("d=hiroba.example") && signature.contains("s=s2026"),
            "{signature}"
        );
    }
}

#[test]
fn a_closed_connection_is_opened_again_and_the_pace_is_kept() {
    let server = MailServer::start(&["--faults", "mail421", "--fault-rate", "0.4", "--seed", "7"]);
    let fates = send(&mailer(&server.url(), |_| {}), 30);
    let sent = fates.iter().filter(|fate| **fate == Fate::Sent).count();
    assert_eq!(server.accepted().len(), sent);
    assert!(sent >= 15, "{fates:?}");
    assert!(
        fates
            .iter()
            .all(|fate| matches!(fate, Fate::Sent | Fate::Down(_))),
        "{fates:?}"
    );

    let server = MailServer::start(&[]);
    let slow = mailer(&server.url(), |config| config.smtp_rate = 20);
    let begun = Instant::now();
    assert_eq!(send(&slow, 11), vec![Fate::Sent; 11]);
    // Ten steps of a twentieth of a second: never faster.
    assert!(
        begun.elapsed() >= Duration::from_millis(490),
        "{:?}",
        begun.elapsed()
    );
}

/// So many readers, and something to tell them.
fn with_readers(count: usize, change: impl FnOnce(&mut Config)) -> (Town, Vec<Who>) {
    let town = Town::with("2026-11-17T10:00:00+09:00", change);
    let people = town.people(count);
    for (number, school_type) in TYPES.iter().enumerate() {
        let title = format!("話題 {number}");
        let written = Written {
            author: &people[number],
            kind: "practice",
            title: &title,
            school_type,
            subject: None,
            policy: 2,
        };
        town.write(&written);
    }
    town.set(at(THURSDAY));
    (town, people)
}

/// Address and state of each letter of the ledger.
fn ledger(town: &Town) -> BTreeMap<String, String> {
    let rows = query(
        &town.app,
        "SELECT email || ' ' || outbox.state AS value FROM outbox JOIN accounts ON accounts.id = account_id",
    );
    rows.iter()
        .map(|row| row.split_once(' ').unwrap())
        .map(|(email, state)| (email.to_owned(), state.to_owned()))
        .collect()
}

fn in_state<'a>(ledger: &'a BTreeMap<String, String>, state: &str) -> BTreeSet<&'a str> {
    let found = ledger.iter().filter(|(_, is)| *is == state);
    found.map(|(email, _)| email.as_str()).collect()
}

fn addressees(accepted: &[Taken]) -> BTreeSet<&str> {
    accepted.iter().map(|one| one.to[0].as_str()).collect()
}

/// Makes letters until none waits, a minute later each time.
fn exhaust(town: &Town) {
    for _ in 0..88 {
        town.press().run().unwrap();
        let left = ledger(town);
        if !left
            .values()
            .any(|state| state == "queued" || state == "sending")
        {
            return;
        }
        town.set(town.now().plus(TimeDelta::minutes(1)));
    }
    panic!("letters are left: {:?}", ledger(town));
}

#[test]
fn after_every_fault_the_ledger_equals_what_the_server_accepted() {
    let all = "mail421 mail451 rcpt450 rcpt550 data451 data554 drop lost";
    for (seed, faults, offer) in [
        ("1", all, "--pipelining"),
        ("2", "drop lost mail421", "--pipelining"),
        ("3", "rcpt550 data554", "--pipelining"),
        ("4", all, "--delay=0"),
    ] {
        let server = MailServer::start(&[
            "--faults",
            faults,
            "--fault-rate",
            "0.3",
            "--seed",
            seed,
            "--down",
            "2",
            offer,
        ]);
        let (town, people) = with_readers(200, |config| {
            config.smtp_url = server.url();
            config.smtp_connections = 3;
        });
        exhaust(&town);
        let (accepted, ledger) = (server.accepted(), ledger(&town));
        assert_eq!(ledger.len(), people.len());
        let refused: BTreeSet<String> = server.refused().into_iter().collect();
        let failed: BTreeSet<String> = in_state(&ledger, "failed")
            .into_iter()
            .map(ToOwned::to_owned)
            .collect();
        assert_eq!(failed, refused, "{faults}");
        // Whom the server refused may have had the letter all the same, in an attempt that was never acknowledged.
        let lost_then_refused: BTreeSet<&str> = accepted
            .iter()
            .filter(|one| one.lost && refused.contains(&one.to[0]))
            .map(|one| one.to[0].as_str())
            .collect();
        let arrived: BTreeSet<&str> = addressees(&accepted)
            .difference(&lost_then_refused)
            .copied()
            .collect();
        assert_eq!(arrived, in_state(&ledger, "sent"), "{faults}");
        // Nobody got it twice but where the server took it and did not say so.
        let mut acknowledged: BTreeMap<&str, usize> = BTreeMap::new();
        for one in accepted.iter().filter(|one| !one.lost) {
            *acknowledged.entry(one.to[0].as_str()).or_default() += 1;
        }
        assert!(
            acknowledged.values().all(|times| *times == 1),
            "{acknowledged:?}"
        );
        // The same letter is known by its Message-ID however often it came.
        let ids: BTreeSet<&str> = accepted
            .iter()
            .map(|one| one.header("Message-ID"))
            .collect();
        assert_eq!(ids.len(), addressees(&accepted).len());
        let wrong = query(
            &town.app,
            "SELECT state AS value FROM outbox WHERE state = 'sent' AND (sent_hash IS NULL OR sent_hash <> frozen_hash)",
        );
        assert_eq!(wrong, Vec::<String>::new());
    }
}

#[test]
fn a_server_that_hangs_holds_nobody_up_for_good() {
    let server = MailServer::start(&["--faults", "hang", "--fault-rate", "0.5", "--seed", "5"]);
    let (town, _) = with_readers(10, |config| {
        config.smtp_url = server.url();
        config.smtp_timeout = 1;
        config.smtp_connections = 5;
    });
    exhaust(&town);
    let ledger = ledger(&town);
    assert_eq!(in_state(&ledger, "sent").len(), 10);
    assert_eq!(
        server.by_message_id().values().copied().collect::<Vec<_>>(),
        [1; 10]
    );
}

#[test]
fn a_server_that_is_away_costs_no_reader_anything() {
    let (town, people) = with_readers(40, |config| {
        config.smtp_url = "smtp://127.0.0.1:1".to_owned();
        config.smtp_connections = 2;
    });
    // Through the window of Thursday, then that of Friday, then past the end of the week.
    for moment in [
        THURSDAY,
        "2026-11-19T16:59:00+09:00",
        "2026-11-20T15:30:00+09:00",
        "2026-11-20T16:59:30+09:00",
    ] {
        town.set(at(moment));
        let report = town.press().run().unwrap();
        assert_eq!((report.sent, report.failed), (0, 0), "{moment}");
    }
    town.set(at("2026-11-24T09:00:00+09:00"));
    town.press().run().unwrap();
    let reasons = query(
        &town.app,
        "SELECT state || ' ' || reason || ' ' || CAST(attempts AS TEXT) AS value FROM outbox GROUP BY state, reason, attempts",
    );
    assert_eq!(reasons, ["skipped too_late 0"]);
    let bounces = query(
        &town.app,
        "SELECT CAST(sum(bounces) AS TEXT) AS value FROM mail_settings",
    );
    assert_eq!(bounces, ["0"]);
    assert_eq!(ledger(&town).len(), people.len());
}

#[test]
fn three_refusals_silence_a_reader_and_two_letters_clear_the_name() {
    let server = MailServer::start(&["--faults", "rcpt550", "--fault-rate", "1.0"]);
    let fine = MailServer::start(&[]);
    let (town, _) = with_readers(TYPES.len(), |config| config.smtp_url = server.url());
    let bounces = || {
        query(
            &town.app,
            "SELECT CAST(max(bounces) AS TEXT) || ' ' || CAST(sum(CASE WHEN silenced THEN 1 ELSE 0 END) AS TEXT) AS value FROM mail_settings",
        )
    };
    let good = mailer(&fine.url(), |_| {});
    let next_week = |week: i64, mailer: &Mailer| {
        town.set(at(THURSDAY).plus(TimeDelta::weeks(week)));
        let press = hiroba::digest::press::Press {
            mailer,
            ..town.press()
        };
        press.run().unwrap()
    };
    assert_eq!(next_week(0, &town.app.mailer).failed, 5);
    assert_eq!(bounces(), ["1 0"]);
    // One good letter is not enough: it may still come back. The next is.
    assert_eq!(next_week(1, &good).sent, 5);
    assert_eq!(bounces(), ["1 0"]);
    sql(&town.app, "UPDATE digest_issues SET chunks = chunks"); // nothing else changed
    for number in 0..5 {
        let author = crate::harness::ground::person(
            &town.app,
            &format!("neu{number}"),
            hiroba::accounts::Role::Teacher,
        );
        town.prefer(&author, |input| input.frequency = "none".to_owned());
        town.ask(&author, &format!("新しい質問 {number}"));
    }
    assert_eq!(next_week(2, &good).sent, 5);
    assert_eq!(bounces(), ["0 0"]);
}

#[test]
fn when_the_program_ends_letters_are_laid_down_at_once() {
    let server = MailServer::start(&["--delay", "0.05"]);
    let (town, _) = with_readers(300, |config| {
        config.smtp_url = server.url();
        config.smtp_connections = 2;
    });
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| town.press().run().unwrap());
        until("the first letters", Duration::from_secs(30), || {
            (server.accepted().len() >= 5).then_some(())
        });
        town.app.bell.stop();
        running.join().unwrap();
    });
    // All 300 would take over seven seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    let ledger = ledger(&town);
    let accepted = server.accepted();
    assert_eq!(addressees(&accepted), in_state(&ledger, "sent"));
    assert!(in_state(&ledger, "sending").is_empty());
    assert_eq!(in_state(&ledger, "queued").len(), 300 - accepted.len());
}

/// `hiroba digest run --now …` as a process of its own.
fn process(ground: &Ground, server: &MailServer, now: &str, connections: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hiroba"));
    command
        .args(["digest", "run", "--now", now])
        .env("HIROBA_DATA_DIR", ground.folder.path())
        .env("HIROBA_DATABASE_URL", ground.database.url())
        .env("HIROBA_SMTP_URL", server.url())
        .env("HIROBA_SMTP_CONNECTIONS", connections.to_string())
        .env("HIROBA_MAIL_FROM", "広場 <hiroba@hiroba.example>")
        .env("HIROBA_PUBLIC_URL", "https://hiroba.example")
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const READERS: usize = 2_000;

#[test]
fn killed_again_and_again_every_reader_has_it() {
    let server = MailServer::start(&[]);
    let (town, _) = with_readers(READERS, |config| config.smtp_url = server.url());
    let connections = 4;
    let mut dice = Dice(20_261_119);
    let mut kills = 0;
    for round in 0..8 {
        // A lease later each time, so that what the dead had taken is due again.
        let now = at(THURSDAY).plus(TimeDelta::minutes(11 * round));
        let mut running = Process(
            process(&town.ground, &server, &now.rfc3339(), connections)
                .spawn()
                .unwrap(),
        );
        if round == 7 {
            assert!(running.0.wait().unwrap().success());
            break;
        }
        // At any moment: while it chooses, before the first letter, between them.
        let before = server.accepted().len();
        let wanted = dice.roll(400);
        let patience = Instant::now();
        until("letters or the end", Duration::from_secs(60), || {
            let far = server.accepted().len() >= before + wanted;
            let early = round % 3 == 0
                && patience.elapsed()
                    > Duration::from_millis(u64::try_from(dice.roll(900)).unwrap());
            let ended = running.0.try_wait().unwrap().is_some();
            (far || early || ended).then_some(())
        });
        if running.0.try_wait().unwrap().is_none() {
            kills += 1;
        }
        drop(running);
    }
    assert!(kills >= 3, "killed only {kills} times");
    let accepted = server.accepted();
    let ledger = ledger(&town);
    assert_eq!(ledger.len(), READERS);
    assert_eq!(in_state(&ledger, "sent").len(), READERS);
    assert_eq!(addressees(&accepted).len(), READERS);
    let twice = accepted.len() - READERS;
    let most = kills * connections * usize::try_from(hiroba::digest::BATCH).unwrap();
    assert!(
        twice <= most,
        "{twice} letters came twice after {kills} kills"
    );
    let ids = server.by_message_id();
    assert_eq!(ids.len(), READERS, "a repeated letter is not recognisable");
}

#[test]
fn two_processes_share_an_issue_and_nobody_gets_it_twice() {
    let server = MailServer::start(&[]);
    let (town, _) = with_readers(1_200, |config| config.smtp_url = server.url());
    let both =
        [(); 2].map(|()| Process(process(&town.ground, &server, THURSDAY, 2).spawn().unwrap()));
    for mut one in both {
        assert!(one.0.wait().unwrap().success());
    }
    assert_eq!(ledger(&town).len(), 1_200);
    assert_eq!(in_state(&ledger(&town), "sent").len(), 1_200);
    assert_eq!(server.accepted().len(), 1_200);
    assert_eq!(server.by_message_id().len(), 1_200);
}
