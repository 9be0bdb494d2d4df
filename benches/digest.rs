//! How fast digests are chosen and frozen, and how fast they leave – beside lettre alone on the same sockets.
//!
//!     cargo bench --bench digest                      # 100,000 readers, 100,000 threads, 20,000 letters, 4 connections
//!     cargo bench --bench digest -- 10000 10000 2000 8
//!
//! The bare limit, in the same run and over as many connections: lettre's `AsyncSmtpConnection` on a socket with
//! TCP_NODELAY, sending one ready-made message of the same size again and again with its `send`; no database, no composing.
//! Ours sends sender, recipient and DATA in one write where the server offers it, as the sink does.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for people: a panic ends it"
)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use diesel::connection::SimpleConnection;
use hiroba::app::open_database;
use hiroba::clock::{At, Clock};
use hiroba::config::Config;
use hiroba::db::Database;
use hiroba::digest::press::{Press, Report};
use hiroba::mail::Mailer;
use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

const THURSDAY: &str = "2026-11-19T15:30:00+09:00";
const FRIDAY: &str = "2026-11-20T15:30:00+09:00";
/// Readers whose day is Friday: a tenth of the others, over the same threads.
const TENTH: usize = 10;
/// Rows in a statement.
const ROWS: usize = 500;

const TYPES: [&str; 8] = [
    "youchien",
    "shogakkou",
    "chugakkou",
    "gimukyouiku",
    "koukou",
    "chuutou",
    "tokushi",
    "iinkai",
];
const SUBJECTS: [&str; 6] = ["kokugo", "sansuu", "rika", "shakai", "ongaku", "taiiku"];
const SENTENCES: [&str; 6] = [
    "体育館で学年全員が一斉に開くと、途中から白い画面になります。",
    "前の日に教室で開いておくと、止まらずに使えました。",
    "提出箱に写真を出すと、送信中のまま進まないことがあります。",
    "端末を持ち帰る前の日に、充電と持ち物を子どもたちと確かめました。",
    "共有スライドに一人一枚ずつ書かせると、友達の考えが見えます。",
    "紙の健康観察をフォームに変えたら、朝の時間に余裕ができました。",
];

/// Numbers that look random and are the same in every run (splitmix64).
fn scatter(number: usize) -> usize {
    let mut z = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 16) as usize
}

/// The id of the `number`th row that begins at `at`, as a literal: 48 bits of time, then the number.
fn id(at: At, number: usize) -> String {
    format!("x'{:012x}70008000{number:012x}'", at.micros() / 1000)
}

fn stamp(at: At) -> String {
    at.0.format("'%Y-%m-%d %H:%M:%S%.6f'").to_string()
}

/// Inserts rows made by `row`.
fn insert(database: &Database, table: &str, count: usize, row: impl Fn(usize) -> String) {
    for from in (0..count).step_by(ROWS * 20) {
        database
            .write_here(|db| {
                for from in (from..count.min(from + ROWS * 20)).step_by(ROWS) {
                    let rows: Vec<String> = (from..count.min(from + ROWS)).map(&row).collect();
                    let statement = format!("INSERT INTO {table} VALUES {}", rows.join(","));
                    db.batch_execute(&statement).unwrap();
                }
                Ok(())
            })
            .unwrap();
    }
}

/// Readers and threads of the last two months, all of which an issue can choose from.
fn fill(database: &Database, readers: usize, threads: usize) {
    let begin = At::parse("2026-04-01T00:00:00+09:00").unwrap();
    let thursday = At::parse(THURSDAY).unwrap();
    let all = readers + readers / TENTH;
    let joined = stamp(begin);
    let columns = "accounts (id, email, name, school_type, school, role, position, grades, subjects, state, password_hash, created_at, updated_at)";
    insert(database, columns, all, |number| {
        let subject = SUBJECTS[number % SUBJECTS.len()];
        format!(
            "({},'r{number}@hiroba.example','見本 {number}','{}',NULL,'teacher',NULL,'[]','[\"{subject}\"]','active',NULL,{joined},{joined})",
            id(begin, number),
            TYPES[number % TYPES.len()],
        )
    });
    insert(database, "mail_settings", all, |number| {
        let weekday = if number < readers { 4 } else { 5 };
        format!(
            "({},'weekly',{weekday},'1530','own,followed,pick,topics,other,waiting','','','','own',FALSE,NULL,FALSE,'token-{number}',0,FALSE,{joined})",
            id(begin, number),
        )
    });
    let vocabulary = "(SELECT id FROM vocabularies WHERE current LIMIT 1)";
    let written = |number: usize| {
        let minutes = 60 * 24 * 60 * (number + 1) / threads;
        thursday.minus(chrono::TimeDelta::minutes(i64::try_from(minutes).unwrap()))
    };
    let columns = "threads (id, short_code, external_id, kind, title, body, body_html, renderer_version, practice, school_type, subject, grade, author_id, vocabulary_id, visibility, accepted_reply_id, reply_count, revision, created_at, updated_at, active_at)";
    insert(database, columns, threads, |number| {
        let at = written(number);
        let mut body = String::new();
        for place in 0..8 {
            body.push_str(SENTENCES[scatter(number * 8 + place) % SENTENCES.len()]);
        }
        let at_text = stamp(at);
        format!(
            "({},'b{number:06}',NULL,'{}','{} {number}','{body}','<p>{body}</p>',1,NULL,'{}','{}',NULL,{},{vocabulary},'visible',NULL,{},1,{at_text},{at_text},{at_text})",
            id(at, number),
            ["question", "practice", "discussion"][number % 3],
            SENTENCES[scatter(number) % SENTENCES.len()].trim_end_matches('。'),
            TYPES[scatter(number + 1) % TYPES.len()],
            SUBJECTS[scatter(number + 2) % SUBJECTS.len()],
            id(begin, scatter(number + 3) % all),
            number % 2,
        )
    });
    insert(database, "thread_labels", threads, |number| {
        let policy = 1 + scatter(number) % 4;
        format!(
            "({},'policy','{policy}','{policy}',0)",
            id(written(number), number)
        )
    });
    // Every other thread is answered, at once.
    let columns = "replies (id, thread_id, external_id, author_id, body, body_html, renderer_version, quote_of, visibility, revision, created_at, updated_at)";
    insert(database, columns, threads / 2, |place| {
        let number = place * 2 + 1;
        let at = written(number);
        let at_text = stamp(at);
        let body = SENTENCES[number % SENTENCES.len()];
        format!(
            "({},{},NULL,{},'{body}','<p>{body}</p>',1,NULL,'visible',1,{at_text},{at_text})",
            id(at, number),
            id(at, number),
            id(begin, scatter(number + 5) % all),
        )
    });
    // Every thread is found helpful by somebody; every reader follows three.
    insert(database, "marks", threads + 3 * all, |place| {
        let (account, number, kind) = if place < threads {
            (scatter(place + 7) % all, place, "helpful")
        } else {
            let place = place - threads;
            (place / 3, (place * 3 + 1) % threads, "follow")
        };
        let thread = id(written(number), number);
        format!(
            "({},{thread},{thread},'{kind}',{joined})",
            id(begin, account)
        )
    });
    database
        .write_here(|db| {
            db.batch_execute("ANALYZE").unwrap();
            Ok(())
        })
        .unwrap();
}

/// A line of /proc/self/status, in MB.
fn memory(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kib.unwrap_or(0) / 1024
}

/// Seconds of processor time of the whole process, the sink among it.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let (_, fields) = text.rsplit_once(')').unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|one| one.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn run(database: &Database, config: &Config, now: &str) -> (Report, f64) {
    let mailer = Mailer::new(config).unwrap();
    let micros = At::parse(now).unwrap().micros();
    let clock = Clock::Fixed(Arc::new(AtomicI64::new(micros)));
    let press = Press {
        database,
        mailer: &mailer,
        config,
        clock: &clock,
        bell: None,
    };
    let begun = Instant::now();
    let report = press.run().unwrap();
    (report, begun.elapsed().as_secs_f64())
}

// ---- a sink for letters -------------------------------------------------------------------------------------------

#[derive(Clone)]
struct Sink {
    port: u16,
    taken: Arc<AtomicUsize>,
    /// Bytes of the letters.
    bytes: Arc<AtomicUsize>,
    authority: String,
}

impl Sink {
    fn start() -> Sink {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let chain = vec![certificate.der().clone()];
        let private = rustls_pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let sink = Sink {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            bytes: Arc::default(),
            authority: certificate.pem(),
        };
        let own = sink.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let local = tokio::task::LocalSet::new();
                local
                    .run_until(async {
                        while let Ok((socket, _)) = listener.accept().await {
                            let (own, acceptor) = (own.clone(), acceptor.clone());
                            tokio::task::spawn_local(async move {
                                let _ = own.greet(socket, acceptor).await;
                            });
                        }
                    })
                    .await;
            });
        });
        sink
    }

    async fn greet(&self, socket: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
        socket.set_nodelay(true)?;
        let mut stream = BufReader::new(socket);
        stream.write_all(b"220 sink\r\n").await?;
        if self.talk(&mut stream).await? {
            let encrypted = acceptor.accept(stream.into_inner()).await?;
            self.talk(&mut BufReader::new(encrypted)).await?;
        }
        Ok(())
    }

    /// True when the client wants TLS.
    async fn talk(
        &self,
        stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    ) -> std::io::Result<bool> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(false);
            }
            let answer: &[u8] = match line.to_ascii_uppercase().get(..4) {
                Some(b"EHLO") => b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 STARTTLS\r\n",
                Some(b"STAR") => {
                    stream.write_all(b"220 go\r\n").await?;
                    stream.flush().await?;
                    return Ok(true);
                }
                Some(b"DATA") => {
                    stream.write_all(b"354 go\r\n").await?;
                    stream.flush().await?;
                    loop {
                        line.clear();
                        if stream.read_until(b'\n', &mut line).await? == 0 {
                            return Ok(false);
                        }
                        if line == b".\r\n" {
                            break;
                        }
                        self.bytes.fetch_add(line.len(), Ordering::Relaxed);
                    }
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    b"250 taken\r\n"
                }
                Some(b"QUIT") => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(false);
                }
                _ => b"250 fine\r\n",
            };
            stream.write_all(answer).await?;
            stream.flush().await?;
        }
    }
}

/// lettre alone: letters a second.
fn bare(sink: &Sink, connections: usize, count: usize, size: usize, tls: bool) -> f64 {
    let mut message = String::from("Subject: bare\r\nContent-Type: text/plain\r\n\r\n");
    while message.len() + 78 < size {
        let _ = writeln!(message, "{}\r", "x".repeat(76));
    }
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let socket = TcpStream::connect(("127.0.0.1", sink.port)).await.unwrap();
                    socket.set_nodelay(true).unwrap();
                    let hello = ClientId::default();
                    let mut connection =
                        AsyncSmtpConnection::connect_with_transport(Box::new(socket), &hello)
                            .await
                            .unwrap();
                    if tls {
                        let authority = Certificate::from_pem(sink.authority.as_bytes()).unwrap();
                        let parameters = TlsParameters::builder("localhost".to_owned())
                            .add_root_certificate(authority)
                            .build()
                            .unwrap();
                        connection.starttls(parameters, &hello).await.unwrap();
                    }
                    let address = |text: &str| text.parse::<Address>().unwrap();
                    let from = Some(address("hiroba@hiroba.example"));
                    let to = vec![address("reader@hiroba.example")];
                    let envelope = Envelope::new(from, to).unwrap();
                    for _ in 0..count / connections {
                        connection
                            .send(&envelope, message.as_bytes())
                            .await
                            .unwrap();
                    }
                });
            });
        }
    });
    (count / connections * connections) as f64 / begun.elapsed().as_secs_f64()
}

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|one| one.parse().ok())
        .collect();
    let readers = numbers.first().copied().unwrap_or(100_000);
    let threads = numbers.get(1).copied().unwrap_or(100_000);
    let letters = numbers.get(2).copied().unwrap_or(20_000).min(readers);
    let connections = numbers.get(3).copied().unwrap_or(4);
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: folder.path().to_owned(),
        public_url: "https://hiroba.example".to_owned(),
        mail_from: "広場 <hiroba@hiroba.example>".to_owned(),
        // Nobody listens: what is chosen stays queued.
        smtp_url: "smtp://127.0.0.1:1".to_owned(),
        smtp_connections: 1,
        ..Config::default()
    };
    let database = open_database(&config, At::parse(THURSDAY).unwrap()).unwrap();
    let begun = Instant::now();
    fill(&database, readers, threads);
    println!(
        "{readers} + {} readers, {threads} threads of two months: filled in {:.0} s",
        readers / TENTH,
        begun.elapsed().as_secs_f64()
    );
    let before = memory("VmRSS");
    let _ = std::fs::write("/proc/self/clear_refs", "5"); // the peak begins anew
    for now in [THURSDAY, FRIDAY] {
        let (report, seconds) = run(&database, &config, now);
        let rate = report.chosen as f64 / seconds;
        println!(
            "choosing and freezing for {}: {seconds:.2} s, {rate:.0} readers/s",
            report.chosen
        );
    }
    println!("peak memory {} MB ({before} MB before)", memory("VmHWM"));

    // As many of the queued letters as are wanted; the others come later.
    database
        .write_here(|db| {
            let later = format!("UPDATE outbox SET run_at = '2027-01-01 00:00:00' WHERE rowid NOT IN (SELECT outbox.rowid FROM outbox JOIN digest_issues ON digest_issues.id = issue_id WHERE weekday = 4 AND outbox.state = 'queued' LIMIT {})", 2 * letters);
            db.batch_execute(&later).unwrap();
            let now = format!("UPDATE outbox SET run_at = '2026-11-19 06:30:00' WHERE run_at < '2027-01-01 00:00:00'; UPDATE outbox SET run_at = '2026-11-19 07:00:00' WHERE rowid IN (SELECT rowid FROM outbox WHERE run_at < '2027-01-01 00:00:00' LIMIT {letters})");
            db.batch_execute(&now).unwrap();
            Ok(())
        })
        .unwrap();
    let sink = Sink::start();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &sink.authority).unwrap();
    for (tls, now) in [
        (false, "2026-11-19T15:45:00+09:00"),
        (true, "2026-11-19T16:15:00+09:00"),
    ] {
        let form = if tls { "?tls=required" } else { "" };
        let config = Config {
            smtp_url: format!("smtp://localhost:{}{form}", sink.port),
            smtp_connections: u32::try_from(connections).unwrap(),
            smtp_ca_file: authority.clone(),
            ..config.clone()
        };
        let (taken, bytes) = (
            sink.taken.load(Ordering::Relaxed),
            sink.bytes.load(Ordering::Relaxed),
        );
        let busy = processor();
        let (report, seconds) = run(&database, &config, now);
        let busy = (processor() - busy) / seconds;
        let taken = sink.taken.load(Ordering::Relaxed) - taken;
        assert_eq!((report.sent, report.failed, report.later), (taken, 0, 0));
        let size = (sink.bytes.load(Ordering::Relaxed) - bytes) / taken.max(1);
        let ours = taken as f64 / seconds;
        let (begun, before) = (Instant::now(), processor());
        let limit = bare(&sink, connections, taken, size, tls);
        let bare_busy = (processor() - before) / begun.elapsed().as_secs_f64();
        println!(
            "delivering {taken} letters of {size} bytes over {connections} connections{}: {ours:.0}/s on {busy:.2} cores; lettre alone {limit:.0}/s on {bare_busy:.2}; ratio {:.2}",
            if tls { " with STARTTLS" } else { "" },
            ours / limit,
        );
    }
}
