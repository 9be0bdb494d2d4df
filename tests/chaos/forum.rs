//! A forum that is written to while it is hurt: what it has confirmed, and the two things that must hold afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::sqlite::SqliteConnection;
use hiroba::search;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Client, Dice, PATIENCE, Place, text, until, with_query};

/// Stands in every thread.
const EVERYWHERE: &str = "提出箱";
/// Replies that go to each thread, on the average.
const REPLIES_PER_THREAD: usize = 3;

/// A forum in a directory of its own, on SQLite, with one who writes.
pub struct Forum {
    pub place: Place,
    pub token: String,
    pub written: Written,
    folder: TempDir,
}

/// A post that was not sent yet.
pub struct Draft {
    pub path: String,
    pub body: Value,
    /// That no other post has.
    pub word: String,
    thread: Option<String>,
}

impl Forum {
    pub fn new() -> Forum {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db").join("hiroba.db");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        Forum::begin(folder, format!("sqlite://{}", file.display()))
    }

    /// On a PostgreSQL of its own.
    pub fn on(database_url: String) -> Forum {
        Forum::begin(tempfile::tempdir().unwrap(), database_url)
    }

    fn begin(folder: TempDir, database_url: String) -> Forum {
        let place = Place {
            database_url,
            data: folder.path().join("data"),
            log: folder.path().join("log"),
        };
        place.run(&["migrate"]);
        let token = place.token(&place.create("aoi", "trainer"));
        Forum {
            place,
            token,
            written: Written::default(),
            folder,
        }
    }

    /// Where another node of the same forum lies.
    pub fn beside(&self) -> Place {
        Place {
            database_url: self.place.database_url.clone(),
            data: self.folder.path().join("beside"),
            log: self.folder.path().join("log-beside"),
        }
    }

    /// The next post: a thread or a reply.
    pub fn draft(&self) -> Draft {
        let number = self.written.next();
        let word = word(number);
        let thread = self.written.some_thread(number);
        let (path, body) = match &thread {
            Some(thread) => (
                format!("/api/v1/threads/{thread}/replies"),
                json!({ "body": format!("回答 {word}") }),
            ),
            None => ("/api/v1/threads".to_owned(), thread_with(&word)),
        };
        Draft {
            path,
            body,
            word,
            thread,
        }
    }

    /// Remembers `draft`, which was answered with 201 and `body`.
    pub fn confirm(&self, draft: Draft, body: &str) {
        let id = text(&serde_json::from_str::<Value>(body).unwrap()["id"]);
        self.written.confirm(id, draft.thread, draft.word);
    }

    /// Writes a thread or a reply and remembers it when it was confirmed. Gives the answer; none where the server is gone.
    pub fn write(&self, client: &Client) -> Option<(u16, String)> {
        let draft = self.draft();
        let answer = client.try_to_ask("POST", &draft.path, &self.token, Some(&draft.body));
        let (status, body) = answer.ok()?;
        if status == 201 {
            self.confirm(draft, &body);
        }
        Some((status, body))
    }

    /// As `write`, where nothing stands against it.
    pub fn write_well(&self, client: &Client) {
        let (status, body) = self.write(client).unwrap();
        assert_eq!(status, 201, "{body}");
    }

    /// A thread that is not expected to be taken: status, `Retry-After`, body.
    pub fn post_raw(&self, client: &Client) -> (u16, String, String) {
        let body = thread_with("nobodyheardit").to_string();
        let request = client
            .agent
            .post(format!("{}/api/v1/threads", client.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let mut answer = request.send(body).unwrap();
        let header = answer.headers().get("retry-after");
        let retry_after = header
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        let status = answer.status().as_u16();
        (
            status,
            retry_after,
            answer.body_mut().read_to_string().unwrap(),
        )
    }

    pub fn database_folder(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// A connection of another process to the database.
    pub fn connect(&self) -> SqliteConnection {
        let file = self.database_folder().join("hiroba.db");
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let patience = "PRAGMA busy_timeout = 60000";
        connection.batch_execute(patience).unwrap();
        connection
    }

    /// Whoever comes next was last seen long ago, so that it has to be noted.
    pub fn let_sessions_grow_old(&self) {
        self.connect()
            .batch_execute("UPDATE sessions SET last_seen_at = datetime(last_seen_at, '-1 day')")
            .unwrap();
    }

    /// Waits until the servers here say `words` once more.
    pub fn wait_for_log(&self, words: &str) {
        let count = || {
            let log = std::fs::read_to_string(&self.place.log).unwrap();
            log.matches(words).count()
        };
        let before = count();
        until(words, PATIENCE, || (count() > before).then_some(()));
    }

    /// Nothing that was confirmed is lost, and the index equals the database, once it has read all changes.
    pub fn assert_sound(&self, client: &Client) {
        client.wait_until_ready();
        let posts = self.assert_nothing_lost(client);
        let threads: BTreeSet<&String> = posts.values().map(|post| &post.thread).collect();
        until("the index to hold every thread", PATIENCE, || {
            let (found, total) = self.found(client, EVERYWHERE)?;
            let known = found.iter().all(|id| threads.contains(id));
            // A search can be followed so far; each post is looked for below.
            let listed = found.len() == threads.len().min(search::DEEPEST);
            (known && listed && total == threads.len()).then_some(())
        });
        for post in posts.values() {
            // Alone in this thread.
            until("the index to hold every post", PATIENCE, || {
                let (found, _) = self.found(client, &post.word)?;
                (found.len() == 1 && found.contains(&post.thread)).then_some(())
            });
        }
    }

    /// Every confirmed post is in the database, as it was sent. Gives all that are.
    pub fn assert_nothing_lost(&self, client: &Client) -> BTreeMap<String, Post> {
        let mut posts = BTreeMap::new();
        for thread in self.all(client, "/api/v1/threads") {
            let id = text(&thread["id"]);
            let replies = self.all(client, &format!("/api/v1/threads/{id}/replies"));
            let count = thread["counts"]["replies"].as_u64().unwrap();
            assert_eq!(count, replies.len() as u64, "{id} counts wrongly");
            let own = Post::new(&id, &text(&thread["title"]));
            for reply in replies {
                posts.insert(text(&reply["id"]), Post::new(&id, &text(&reply["body"])));
            }
            posts.insert(id, own);
        }
        for (id, post) in self.written.confirmed.lock().unwrap().iter() {
            assert_eq!(posts.get(id), Some(post), "{id} was confirmed");
        }
        posts
    }

    /// All items of a list, page by page.
    fn all(&self, client: &Client, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = with_query(path, &[("limit", "100"), ("cursor", &cursor)]);
            let (status, body) = client.get(&page, &self.token);
            assert_eq!(status, 200, "{page}: {body}");
            let page: Value = serde_json::from_str(&body).unwrap();
            items.extend(page["items"].as_array().cloned().unwrap());
            cursor = text(&page["next_cursor"]);
            if cursor.is_empty() {
                return items;
            }
        }
    }

    /// The threads that `words` find, page by page, and how many they are; none while the search does not answer.
    fn found(&self, client: &Client, words: &str) -> Option<(BTreeSet<String>, usize)> {
        let mut ids = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let query = [("q", words), ("limit", "50"), ("cursor", &cursor)];
            let path = with_query("/api/v1/search", &query);
            let (status, body) = client.get(&path, &self.token);
            if status != 200 {
                return None;
            }
            let page: Value = serde_json::from_str(&body).unwrap();
            let hits = page["hits"].as_array().cloned().unwrap();
            ids.extend(hits.iter().map(|hit| text(&hit["thread"]["id"])));
            cursor = text(&page["next_cursor"]);
            if cursor.is_empty() {
                let total = page["total"].as_u64().unwrap();
                return Some((ids, usize::try_from(total).unwrap()));
            }
        }
    }
}

/// What parts the parts.
pub const BOUNDARY: &str = "----hiroba-parts-7MA4YWxkTrZu0gW";

impl Client {
    /// Sends a form as a browser does.
    pub fn send_form(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let form = hiroba::web::form::query_string(fields);
        self.send(
            path,
            token,
            "application/x-www-form-urlencoded",
            form.as_bytes(),
        )
    }

    /// Sends a form with a document.
    pub fn send_file(
        &self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        bytes: &[u8],
    ) -> (u16, String) {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(path, token, &kind, &parts(fields, bytes))
    }

    fn send(&self, path: &str, token: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind);
        let mut answer = request.send(body).unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_to_string().unwrap())
    }
}

/// A body of `multipart/form-data`: texts, then a document under `file`.
pub fn parts(fields: &[(&str, &str)], bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |head: &str, content: &[u8]| {
        let begin = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        body.extend(begin.into_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    };
    for (name, value) in fields {
        part(&format!("name=\"{name}\""), value.as_bytes());
    }
    part("name=\"file\"; filename=\"a.pdf\"", bytes);
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

/// A post as it lies in the database: in which thread, and the word that no other post has.
#[derive(Debug, PartialEq, Eq)]
pub struct Post {
    thread: String,
    word: String,
}

impl Post {
    /// The word is the last of its text.
    fn new(thread: &str, text: &str) -> Post {
        let word = text.split_whitespace().last().unwrap_or_default();
        Post {
            thread: thread.to_owned(),
            word: word.to_owned(),
        }
    }
}

/// What was sent and what of it was confirmed.
#[derive(Default)]
pub struct Written {
    sent: Mutex<usize>,
    /// By id.
    confirmed: Mutex<BTreeMap<String, Post>>,
    threads: Mutex<Vec<String>>,
}

impl Written {
    fn next(&self) -> usize {
        let mut sent = self.sent.lock().unwrap();
        *sent += 1;
        *sent
    }

    pub fn count(&self) -> usize {
        self.confirmed.lock().unwrap().len()
    }

    /// The address of some thread that is there.
    pub fn page(&self, dice: &mut Dice) -> String {
        let threads = self.threads.lock().unwrap();
        format!("/threads/{}", threads[dice.roll(threads.len())])
    }

    /// The thread that post `number` answers; none where it is to be a thread of its own.
    fn some_thread(&self, number: usize) -> Option<String> {
        let threads = self.threads.lock().unwrap();
        let begins = number.is_multiple_of(REPLIES_PER_THREAD + 1);
        if begins {
            None
        } else {
            threads.get(number % threads.len().max(1)).cloned()
        }
    }

    fn confirm(&self, id: String, thread: Option<String>, word: String) {
        let thread = thread.unwrap_or_else(|| {
            self.threads.lock().unwrap().push(id.clone());
            id.clone()
        });
        let post = Post { thread, word };
        let before = self.confirmed.lock().unwrap().insert(id, post);
        assert_eq!(before, None, "one id for two posts");
    }
}

/// A question as it is sent.
pub fn thread_with(word: &str) -> Value {
    let title = format!("{EVERYWHERE}の締め切り {word}");
    json!({ "kind": "question", "title": title, "body": "本文です。", "school_type": "小学校", "policies": [3] })
}

/// A word of ten letters for every number, far from all others.
fn word(number: usize) -> String {
    let mut left = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |left: &mut usize| {
        let letter = b'a' + u8::try_from(*left % 26).unwrap();
        *left /= 26;
        char::from(letter)
    };
    (0..10).map(|_| letter(&mut left)).collect()
}
