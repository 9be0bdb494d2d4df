//! HTTP/1.1 on a bare connection. No client library tells whether a connection was refused before anything was sent, or
//! refrains from sending again what it had sent.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// For what takes long only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that is kept.
pub struct Wire {
    stream: BufReader<TcpStream>,
    address: String,
}

/// What is asked.
#[derive(Clone, Copy, Default)]
pub struct Question<'a> {
    /// As `GET`.
    pub method: &'a str,
    pub path: &'a str,
    pub token: &'a str,
    /// `Idempotency-Key`, unless it is empty.
    pub key: &'a str,
    pub body: Option<&'a Value>,
    /// What a form sends, in place of `body`.
    pub form: &'a str,
}

impl<'a> Question<'a> {
    pub fn get(path: &'a str, token: &'a str) -> Question<'a> {
        Question {
            method: "GET",
            path,
            token,
            ..Question::default()
        }
    }

    pub fn post(path: &'a str, token: &'a str, body: &'a Value) -> Question<'a> {
        Question {
            method: "POST",
            path,
            token,
            body: Some(body),
            ..Question::default()
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// Empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether the server ends the connection after it.
    pub fn closes(&self) -> bool {
        self.header("connection").eq_ignore_ascii_case("close")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Asks once, over a connection of its own. `url` is that of a server.
pub fn ask(url: &str, question: &Question<'_>) -> io::Result<Answer> {
    Wire::connect(url)?.ask(question)
}

impl Wire {
    pub fn connect(url: &str) -> io::Result<Wire> {
        let address = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Wire {
            stream: BufReader::new(stream),
            address,
        })
    }

    pub fn ask(&mut self, question: &Question<'_>) -> io::Result<Answer> {
        let text = self.written(question);
        self.stream.get_mut().write_all(text.as_bytes())?;
        self.answer()
    }

    fn written(&self, question: &Question<'_>) -> String {
        let Question {
            method,
            path,
            token,
            key,
            body,
            form,
        } = question;
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        let mut header = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\r\n"));
        if !token.is_empty() {
            header("Authorization", &format!("Bearer {token}"));
        }
        if !key.is_empty() {
            header("Idempotency-Key", key);
        }
        let body = body.map_or_else(|| (*form).to_owned(), Value::to_string);
        if !body.is_empty() {
            let kind = if form.is_empty() {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            header("Content-Type", kind);
            header("Content-Length", &body.len().to_string());
        }
        text + "\r\n" + &body
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let unreadable = || io::Error::from(io::ErrorKind::InvalidData);
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status: status.ok_or_else(unreadable)?,
            headers,
            body: String::new(),
        };
        let body = if answer.header("transfer-encoding") == "chunked" {
            self.chunks()?
        } else {
            let length = answer.header("content-length").parse().unwrap_or(0);
            self.exactly(length)?
        };
        answer.body = String::from_utf8(body).map_err(|_| unreadable())?;
        Ok(answer)
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let size = self.line()?;
            let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
            all.extend(self.exactly(size)?);
            self.line()?;
            if size == 0 {
                return Ok(all);
            }
        }
    }
}
