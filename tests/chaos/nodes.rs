//! Two nodes on one PostgreSQL: one is killed, both write the same, both send.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::forum::Forum;
use crate::postgres::Postgres;
use crate::server::{Client, PATIENCE, Place, Server, text, until};
use crate::wire::{self, Answer, Question};
use crate::{Over, WRITERS};

/// Posts between two events.
const POSTS: usize = 20;
/// Jobs that are left: none is due, none is being done.
const OPEN_JOBS: &str =
    "jobs WHERE state <> 'dead' AND (state = 'running' OR run_at <= now() AT TIME ZONE 'utc')";

/// A forum on two nodes.
struct Two {
    // Dropped in this order.
    nodes: [Option<Server>; 2],
    second: Place,
    forum: Forum,
    /// Of one who answers what `forum.token` asks.
    answerer: String,
    postgres: Postgres,
}

impl Two {
    /// None where there is no PostgreSQL.
    fn start() -> Option<Two> {
        let postgres = Postgres::start()?;
        let forum = Forum::on(postgres.url());
        let place = &forum.place;
        let mut two = Two {
            nodes: [None, None],
            second: forum.beside(),
            answerer: place.token(&place.create("sota", "trainer")),
            forum,
            postgres,
        };
        for node in [0, 1] {
            two.serve(node);
        }
        Some(two)
    }

    fn places(&self) -> [&Place; 2] {
        [&self.forum.place, &self.second]
    }

    fn serve(&mut self, node: usize) {
        let server = self.places()[node].serve();
        server.wait_until_ready();
        self.nodes[node] = Some(server);
    }

    fn client(&self, node: usize) -> &Client {
        self.nodes[node].as_ref().unwrap()
    }

    fn urls(&self) -> [String; 2] {
        [0, 1].map(|node| self.client(node).url.clone())
    }

    fn kill(&mut self, node: usize) {
        let mut server = self.nodes[node].take().unwrap();
        server.child.kill().unwrap();
        server.child.wait().unwrap();
    }

    /// Waits until every job is done. What a dead node had taken is due once its lease is over, which is brought about
    /// here. Gives how many such there were.
    fn finish_jobs(&self) -> usize {
        until("what is due to be done", PATIENCE, || {
            let due = "jobs WHERE state = 'queued' AND run_at <= now() AT TIME ZONE 'utc'";
            (self.postgres.count(due) == 0).then_some(())
        });
        let left = self.end_leases();
        until("every job to be done", PATIENCE, || {
            (self.postgres.count(OPEN_JOBS) == 0).then_some(())
        });
        assert_eq!(self.postgres.count("jobs WHERE state = 'dead'"), 0);
        left
    }

    fn end_leases(&self) -> usize {
        let ended = self.postgres.texts(
            "WITH ended AS (UPDATE jobs SET run_at = now() AT TIME ZONE 'utc' WHERE state = 'running' RETURNING id) \
             SELECT count(*)::text AS value FROM ended",
        );
        ended[0].parse().unwrap()
    }

    /// Each reply to somebody else's thread was told to its author once; replies to one's own to nobody.
    fn assert_all_are_told(&self) {
        let replies =
            "replies r JOIN threads t ON t.id = r.thread_id WHERE r.author_id <> t.author_id";
        let told = "site_notices s JOIN replies r ON r.id = s.reply_id JOIN threads t ON t.id = r.thread_id \
                    WHERE s.why = 'own' AND s.account_id = t.author_id AND r.author_id <> t.author_id";
        let all = self.postgres.count(replies);
        assert!(all > 0, "nobody answered anybody");
        assert_eq!(self.postgres.count(told), all);
        let own = "site_notices s JOIN replies r ON r.id = s.reply_id WHERE s.account_id = r.author_id AND s.why = 'own'";
        assert_eq!(self.postgres.count(own), 0);
    }

    fn assert_sound(&self) {
        for node in [0, 1] {
            self.forum.assert_sound(self.client(node));
        }
    }
}

/// Posts until it is over; where the node is gone, or goes in the middle, the same post under the same key to the other.
fn write_on(two: (&Forum, &str), urls: &[String; 2], writer: usize, over: &Over) {
    let (forum, token) = two;
    while !over.is_over() {
        let draft = forum.draft();
        let question = Question {
            key: &draft.word,
            ..Question::post(&draft.path, token, &draft.body)
        };
        let mut node = writer % 2;
        let answer = loop {
            match wire::ask(&urls[node], &question) {
                Ok(answer) => break answer,
                Err(_) if over.is_over() => return,
                Err(_) => node = 1 - node,
            }
        };
        assert_eq!(answer.status, 201, "{}", answer.body);
        forum.confirm(draft, &answer.body);
    }
}

/// Asks for a link to choose a password; both nodes are fine.
fn forgot(urls: &[String; 2], email: &str) {
    let form = hiroba::web::form::query_string(&[("email", email)]);
    let question = Question {
        method: "POST",
        path: "/password/forgot",
        form: &form,
        ..Question::default()
    };
    let sent = urls.iter().find_map(|url| wire::ask(url, &question).ok());
    assert_eq!(sent.unwrap().status, 200);
}

/// Mails to each address, with their Message-IDs.
fn mails(places: [&Place; 2]) -> BTreeMap<String, Vec<String>> {
    let mut mails = BTreeMap::<String, Vec<String>>::new();
    for place in places {
        let folder = fs::read_dir(place.data.join("mails")).into_iter().flatten();
        for file in folder.flatten().filter(|file| is_mail(&file.path())) {
            let mail = fs::read_to_string(file.path()).unwrap();
            let header = |name: &str| {
                let line = mail.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap().trim().to_owned()
            };
            let to = header("To:");
            let address = to
                .rsplit('<')
                .next()
                .unwrap()
                .trim_end_matches('>')
                .to_owned();
            mails
                .entry(address)
                .or_default()
                .push(header("Message-ID:"));
        }
    }
    mails
}

/// What is still being written has another name.
fn is_mail(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "eml")
}

#[test]
fn a_killed_node_is_not_missed_and_comes_back_complete() {
    let Some(mut two) = Two::start() else {
        return;
    };
    let people: Vec<String> = (0..6)
        .map(|n| two.forum.place.create(&format!("teacher{n}"), "teacher"))
        .collect();
    let mut asking = people.chunks(3);
    for victim in [0, 1] {
        let urls = two.urls();
        let (mut dead, over) = (two.nodes[victim].take(), Over::default());
        std::thread::scope(|scope| {
            let _ends = over.ends();
            for writer in 0..WRITERS {
                let who = [&two.forum.token, &two.answerer][writer / 2];
                let (two, urls, over) = ((&two.forum, who.as_str()), &urls, &over);
                scope.spawn(move || write_on(two, urls, writer, over));
            }
            let more = || {
                let before = two.forum.written.count();
                until("posts", PATIENCE, || {
                    (two.forum.written.count() >= before + POSTS).then_some(())
                });
            };
            more();
            for email in asking.next().unwrap() {
                forgot(&urls, email);
            }
            dead.as_mut().unwrap().child.kill().unwrap();
            dead.take().unwrap().child.wait().unwrap();
            more();
            assert_eq!(two.client(1 - victim).status("/readyz"), 200);
        });
        two.serve(victim);
    }
    let taken_twice = two.finish_jobs();
    two.assert_sound();
    two.assert_all_are_told();
    // A job that was cut off behind its mail sends it again; no other does.
    let sent = mails(two.places());
    let links: usize = people.iter().map(|person| sent[person].len()).sum();
    assert!(links <= people.len() + taken_twice, "{sent:?}");
}

/// The job waits for a table when its node is killed. Until the lease is over nobody touches it; then another node does
/// it, once.
#[test]
fn a_job_of_a_killed_node_is_done_by_another_after_its_lease() {
    let Some(mut two) = Two::start() else {
        return;
    };
    two.kill(1);
    let asked = two.forum.draft();
    let thread = post(two.client(0), &two.forum.token, &asked.path, &asked.body);
    let replies = format!("{}/{}/replies", asked.path, text(&thread["id"]));
    two.finish_jobs();
    let mut other = two.postgres.connect();
    other
        .batch_execute("BEGIN; LOCK TABLE site_notices IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let answer = json!({ "body": "前の日に開いておきます。" });
    post(two.client(0), &two.answerer, &replies, &answer);
    until("the job to be taken", PATIENCE, || {
        let taken = "jobs WHERE kind = 'reply_posted' AND state = 'running'";
        (two.postgres.count(taken) == 1).then_some(())
    });
    two.kill(0);
    other.batch_execute("ROLLBACK").unwrap();
    two.serve(1);
    // The other node works, and leaves alone what is not its own.
    post(two.client(1), &two.answerer, &replies, &answer);
    until("the other reply to be told", PATIENCE, || {
        (two.postgres.count("site_notices") == 1).then_some(())
    });
    assert_eq!(two.postgres.count("jobs WHERE state = 'running'"), 1);
    assert_eq!(two.finish_jobs(), 1);
    assert_eq!(two.postgres.count("site_notices"), 2);
    two.assert_all_are_told();
}

fn post(client: &Client, token: &str, path: &str, body: &Value) -> Value {
    let (status, body) = client.ask("POST", path, token, Some(body));
    assert_eq!(status, 201, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Two processes share an issue, and one is killed while it delivers: everybody gets the letter; what comes twice was in
/// hand then, and has one Message-ID.
#[test]
fn a_killed_press_is_finished_by_another() {
    const READERS: usize = 300;
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let forum = Forum::on(postgres.url());
    let second = forum.beside();
    let file = |name: &str, content: String| {
        let path = forum.place.log.with_file_name(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let readers: BTreeSet<String> = (0..READERS)
        .map(|n| format!("reader{n}@hiroba.example"))
        .collect();
    let mut people = "email,name,school_type,role\n".to_owned();
    for email in &readers {
        people += &format!("{email},読み手,小学校,teacher\n");
    }
    forum
        .place
        .run(&["user", "import", &file("people.csv", people)]);
    let thread = json!({
        "id": "t1", "kind": "question", "title": "体育館の白い画面", "body": "本文です。", "school_type": "中学校", "policies": [3],
        "author": "aoi@hiroba.example", "created_at": "2031-11-17T10:00:00+09:00",
    });
    let threads = file("threads.jsonl", format!("{thread}\n"));
    forum.place.run(&["import", &threads]);
    let deliver = |place: &Place, now: &str| place.command(&["digest", "run", "--now", now]);
    let mut killed = deliver(&forum.place, "2031-11-20T15:30:00+09:00");
    let mut killed = killed.spawn().unwrap();
    let mut beside = deliver(&second, "2031-11-20T15:30:00+09:00");
    let mut beside = beside.spawn().unwrap();
    until("the first letters", PATIENCE, || {
        let folder = fs::read_dir(forum.place.data.join("mails")).ok()?;
        (folder.flatten().next().is_some() || killed.try_wait().unwrap().is_some()).then_some(())
    });
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(beside.wait().unwrap().success());
    // After the lease of ten minutes.
    second.run(&["digest", "run", "--now", "2031-11-20T15:41:00+09:00"]);
    let sent = mails([&forum.place, &second]);
    let reached: BTreeSet<String> = sent.keys().cloned().collect();
    assert_eq!(reached, readers);
    for (reader, ids) in &sent {
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), 1, "{reader}: {ids:?}");
    }
    assert_eq!(postgres.count("outbox WHERE state = 'sent'"), READERS);
}

/// The same question to both nodes at the same moment, many times.
fn at_once(urls: &[String; 2], many: usize, question: &Question<'_>) -> Vec<Answer> {
    let asked: io::Result<Vec<Answer>> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..many)
            .map(|n| scope.spawn(move || wire::ask(&urls[n % 2], question)))
            .collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    asked.unwrap()
}

#[test]
fn what_two_nodes_write_at_the_same_moment_fits_together() {
    let Some(two) = Two::start() else {
        return;
    };
    let urls = two.urls();
    let token = two.forum.token.as_str();
    // Replies to one thread are all there, and counted.
    let (written, over) = (AtomicUsize::new(0), Over::default());
    std::thread::scope(|scope| {
        let _ends = over.ends();
        for writer in 0..WRITERS {
            let (urls, over, forum) = (&urls, &over, &two.forum);
            scope.spawn(move || write_on((forum, token), urls, writer, over));
        }
        until("posts", PATIENCE, || {
            (two.forum.written.count() >= 2 * POSTS).then_some(())
        });
    });
    // One key makes one post, whichever node is asked.
    let title = json!({ "kind": "question", "title": "提出箱の締め切り 一度", "body": "本文です。", "school_type": "小学校", "policies": [3] });
    let once = Question {
        key: "one-and-the-same",
        ..Question::post("/api/v1/threads", token, &title)
    };
    let ids: BTreeSet<String> = at_once(&urls, 8, &once)
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 201, "{}", answer.body);
            text(&answer.json()["id"])
        })
        .collect();
    assert_eq!(ids.len(), 1);
    // What trainers ask for stands once.
    let until_day = two
        .postgres
        .texts("SELECT (current_date + 20)::text AS value");
    for policy in 1..=4 {
        let asked = json!({
            "policy": policy.to_string(), "school_type": "幼稚園", "sentence": "短いものでも助かります。", "until": until_day[0],
        });
        let answers = at_once(&urls, 8, &Question::post("/api/v1/requests", token, &asked));
        for answer in &answers {
            assert!(matches!(answer.status, 201 | 422), "{}", answer.body);
            written.fetch_add(usize::from(answer.status == 201), Ordering::SeqCst);
        }
    }
    assert_eq!(written.into_inner(), 4);
    assert_eq!(two.postgres.count("requests"), 4);
    two.assert_sound();
}
