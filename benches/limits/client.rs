//! Asks a server over connections that stay open, each from a thread of its own, as fast as it answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// How one round of questions went.
pub struct Round {
    /// Answers a second, over all connections.
    pub rate: f64,
    /// Milliseconds, sorted.
    times: Vec<f64>,
}

impl Round {
    fn new(mut times: Vec<f64>, took: Duration) -> Round {
        times.sort_by(f64::total_cmp);
        Round {
            rate: times.len() as f64 / took.as_secs_f64(),
            times,
        }
    }

    /// The time in milliseconds that so many of a hundred stay within.
    pub fn within(&self, hundredth: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let place = (self.times.len() * hundredth / 100).min(last);
        self.times.get(place).copied().unwrap_or_default()
    }

    /// Several rounds of the same length as one.
    pub fn together(rounds: Vec<Round>) -> Round {
        let count = rounds.len().max(1) as f64;
        let rate = rounds.iter().map(|round| round.rate).sum::<f64>() / count;
        let mut times: Vec<f64> = rounds.into_iter().flat_map(|round| round.times).collect();
        times.sort_by(f64::total_cmp);
        Round { rate, times }
    }
}

/// Does `work` on so many threads until `span` is over; `work` is told its thread and turn.
pub fn race(threads: usize, span: Duration, work: impl Fn(usize, usize) + Sync) -> Round {
    let start = Barrier::new(threads);
    let all = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..threads)
            .map(|thread| {
                let (work, start) = (&work, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut times = Vec::new();
                    let begun = Instant::now();
                    let mut turn = 0;
                    while begun.elapsed() < span {
                        let asked = Instant::now();
                        work(thread, turn);
                        times.push(asked.elapsed().as_secs_f64() * 1e3);
                        turn += 1;
                    }
                    times
                })
            })
            .collect();
        racing
            .into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    Round::new(all, span)
}

/// One connection. A server may close it between two answers: it is opened again.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    pub fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Connection {
            address: address.to_owned(),
            stream: BufReader::with_capacity(128 * 1024, stream),
            body: Vec::new(),
        }
    }

    /// Sends a request as it stands; the status of the answer and its body as it came.
    pub fn ask(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.get_mut().write_all(request).unwrap();
        let status = self.head();
        (status, &self.body)
    }

    fn head(&mut self) -> u16 {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer but {line:?}"));
        let (mut length, mut chunked, mut closes) = (0, false, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "transfer-encoding" => chunked = value == "chunked",
                "connection" => closes = value == "close",
                _ => {}
            }
        }
        self.body.clear();
        if chunked {
            while self.piece() > 0 {}
        } else {
            self.take(length);
        }
        if closes {
            let body = std::mem::take(&mut self.body);
            *self = Connection::open(&self.address);
            self.body = body;
        }
        status
    }

    fn piece(&mut self) -> usize {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
        self.take(length);
        line.clear();
        self.stream.read_line(&mut line).unwrap();
        length
    }

    fn take(&mut self, length: usize) {
        let from = self.body.len();
        self.body.resize(from + length, 0);
        self.stream.read_exact(&mut self.body[from..]).unwrap();
    }
}

/// The text of a request; `body` with its type.
pub fn request(
    (method, path): (&str, &str),
    host: &str,
    session: &str,
    headers: &str,
    body: Option<(&str, &str)>,
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}");
    if !session.is_empty() {
        text.push_str(&format!("Cookie: hiroba_session={session}\r\n"));
    }
    if let Some((kind, body)) = body {
        let length = body.len();
        text.push_str(&format!(
            "Sec-Fetch-Site: same-origin\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    } else {
        text.push_str("\r\n");
    }
    text.into_bytes()
}
