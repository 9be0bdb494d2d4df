//! Clients that are slow, stuck, or gone: others are served meanwhile, and none keeps a place for ever.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde_json::Value;

use crate::forum::{Forum, parts, thread_with};
use crate::full_disk::pdf;
use crate::resources::{Taken, metric};
use crate::server::{PATIENCE, Server, text, until};

/// Connections on which nothing ever comes.
const IDLE: usize = 300;
/// Of each kind of stuck client.
const STUCK: usize = 5;
/// The longest that any of them is borne: a minute, and the kernel's own slowness.
const LONGEST: Duration = Duration::from_secs(150);
/// Posts whose senders leave.
const LEAVING: usize = 20;
/// Connections of those who are served.
const SERVED: usize = STUCK - 1;
/// How often those who dribble send a byte.
const DRIBBLE: Duration = Duration::from_millis(500);

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    stream
}

fn sending(server: &Server, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(server);
    stream.write_all(bytes).unwrap();
    stream
}

/// The head of a POST, with these lines.
fn head(path: &str, token: &str, lines: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{lines}\r\n"
    )
    .into_bytes()
}

fn json_of(length: usize) -> String {
    format!("Content-Type: application/json\r\nContent-Length: {length}\r\n")
}

/// What a server said before it closed the connection.
fn last_words(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        // It hung up while we were still sending.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("it holds on: {error}"),
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn the_slow_and_the_stuck_are_let_go_and_others_are_served() {
    let forum = Forum::new();
    let server = forum.place.serve();
    forum.write_well(&server);
    let token = &forum.token;
    // A file larger than what the system keeps for one who does not read.
    let fields = [("rights", "own")];
    let (status, body) = server.send_file("/api/v1/files", token, &fields, &pdf(9_000_000));
    assert_eq!(status, 201, "{body}");
    let file = text(&serde_json::from_str::<Value>(&body).unwrap()["url"]);
    let pid = server.child.id();
    let before = Taken::by(pid);

    let body = thread_with("nevercomes").to_string();
    let half = &body.as_bytes()[..20];
    let whole_head = head("/api/v1/threads", token, &json_of(body.len()));
    let stalled = [&whole_head[..], half].concat();
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let chunked = [
        &head("/api/v1/threads", token, chunked)[..],
        b"5\r\n{\"kin\r\n",
    ]
    .concat();
    let upload = parts(&fields, &pdf(200_000));
    let multipart = format!(
        "Content-Type: multipart/form-data; boundary={}\r\nContent-Length: {}\r\n",
        crate::forum::BOUNDARY,
        upload.len()
    );
    let multipart = [
        &head("/api/v1/files", token, &multipart)[..],
        &upload[..9_000],
    ]
    .concat();
    let get =
        format!("GET {file} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
            .repeat(4);

    let idle: Vec<TcpStream> = (0..IDLE).map(|_| connect(&server)).collect();
    let many =
        |bytes: &[u8]| -> Vec<TcpStream> { (0..STUCK).map(|_| sending(&server, bytes)).collect() };
    let half_heads = many(&whole_head[..30]);
    let bodies = [many(&stalled), many(&chunked), many(&multipart)];
    let deaf = many(get.as_bytes());
    let dribbling = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let mut dribblers = many(b"G");
        dribblers.extend(many(&stalled[..stalled.len() - 5]));
        let dribbling = &dribbling;
        scope.spawn(move || {
            // Also where the test fails meanwhile: no longer than anybody is borne.
            let begun = std::time::Instant::now();
            while dribbling.load(Ordering::SeqCst) && begun.elapsed() < LONGEST {
                for stream in &mut dribblers {
                    let _ = stream.write_all(b"x"); // it may be closed
                }
                std::thread::park_timeout(DRIBBLE);
            }
        });
        until("them to be let in", PATIENCE, || {
            (Taken::by(pid).sockets > before.sockets + IDLE).then_some(())
        });
        // Meanwhile.
        for _ in 0..10 {
            forum.write_well(&server);
        }
        forum.assert_sound(&server);
        // All of them are let go, those too who read nothing.
        until("all of them to be let go", LONGEST, || {
            forum.write_well(&server);
            let now = Taken::by(pid);
            (now.sockets <= before.sockets + SERVED).then_some(())
        });
        dribbling.store(false, Ordering::SeqCst);
    });
    for mut stream in bodies.into_iter().flatten() {
        let said = last_words(&mut stream);
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    for mut stream in half_heads.into_iter().chain(idle) {
        let said = last_words(&mut stream);
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408 "),
            "{said}"
        );
    }
    drop(deaf);
    forum.assert_sound(&server);
    server.stop();
}

/// Several who send a post each while another process writes, and leave; then that process is done.
fn leave_while_others_write(forum: &Forum, server: &Server) {
    let waiting = || metric(server, "hiroba_requests_waiting{kind=\"write\"}");
    let mut other = forum.connect();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let streams: Vec<TcpStream> = (0..LEAVING)
        .map(|number| {
            let body = thread_with(&format!("gone{number}x")).to_string();
            let mut request = head("/api/v1/threads", &forum.token, &json_of(body.len()));
            request.extend(body.as_bytes());
            sending(server, &request)
        })
        .collect();
    until("a queue", PATIENCE, || (waiting() > 0).then_some(()));
    drop(streams);
    until("those who left to wait no more", PATIENCE, || {
        (waiting() == 0).then_some(())
    });
    other.batch_execute("COMMIT").unwrap();
    until("the one at work to be done", PATIENCE, || {
        let in_use = metric(server, "hiroba_connections_in_use{kind=\"write\"}");
        (in_use == 0).then_some(())
    });
}

#[test]
fn who_leaves_in_the_middle_leaves_nothing_half_done() {
    let forum = Forum::new();
    let server = forum.place.serve();
    forum.write_well(&server);
    let upload = parts(&[("rights", "own")], &pdf(2_000_000));
    let kind = format!(
        "Content-Type: multipart/form-data; boundary={}\r\nContent-Length: {}\r\n",
        crate::forum::BOUNDARY,
        upload.len()
    );
    let upload_head = head("/api/v1/files", &forum.token, &kind);
    for share in 0..20 {
        let part = upload.len() / 20 * share;
        let mut stream = sending(&server, &upload_head);
        let _ = stream.write_all(&upload[..part]); // it need not take all before we go
        let _ = stream.shutdown(Shutdown::Both);
    }
    // Cut off at every place.
    let body = thread_with("halfofit").to_string();
    let mut request = head("/api/v1/threads", &forum.token, &json_of(body.len()));
    request.extend(body.as_bytes());
    for number in 0..60 {
        drop(sending(&server, &request[..request.len() * number / 60]));
    }
    // Sent whole, and gone before the answer: one is at work, the others wait behind it.
    until("one of them to be heard", PATIENCE, || {
        leave_while_others_write(&forum, &server);
        (forum.assert_nothing_lost(&server).len() > 1).then_some(())
    });
    for place in ["read", "write"] {
        let name = format!("hiroba_connections_in_use{{kind=\"{place}\"}}");
        until("free places", PATIENCE, || {
            (metric(&server, &name) == 0).then_some(())
        });
    }
    // Nothing of a file that did not come whole.
    let shelf = forum.place.data.join("files");
    assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 0);
    let (status, body) = server.send_file(
        "/api/v1/files",
        &forum.token,
        &[("rights", "own")],
        &pdf(1_000),
    );
    assert_eq!(status, 201, "{body}");
    // Posts of those who left are there wholly, found and counted, or not at all.
    let posts = forum.assert_nothing_lost(&server);
    assert!(
        posts.len() > 1,
        "none of those who sent everything was heard"
    );
    for id in posts.keys() {
        let (status, body) = server.get(&format!("/api/v1/threads/{id}"), &forum.token);
        let thread: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 200, "{body}");
        assert_eq!(thread["body"], "本文です。");
    }
    forum.assert_sound(&server);
    server.stop();
}
