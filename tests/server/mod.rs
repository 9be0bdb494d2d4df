//! The program as a process: started, asked, stopped and killed. What both test binaries that run it need.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// For what takes long only when something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where a forum lies.
pub struct Place {
    pub data: PathBuf,
    pub database_url: String,
    /// Servers append what they say on standard error.
    pub log: PathBuf,
}

impl Place {
    /// A command on this place, with cheap hashes and without limits.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command
            .env("HIROBA_DATA_DIR", &self.data)
            .env("HIROBA_DATABASE_URL", &self.database_url);
        command
    }

    /// Standard output of a command that must end well.
    pub fn run(&self, arguments: &[&str]) -> String {
        let (status, out, err) = done(&mut self.command(arguments));
        assert_eq!(status, 0, "{arguments:?}: {err}");
        out
    }

    pub fn serve(&self) -> Server {
        let mut command = self.command(&["serve", "--bind", "127.0.0.1:0"]);
        Server::start(&mut command, &self.log)
    }

    pub fn create(&self, name: &str, role: &str) -> String {
        let email = format!("{name}@hiroba.example");
        let arguments = [
            "user",
            "create",
            &email,
            "--name",
            name,
            "--school-type",
            "小学校",
            "--role",
            role,
        ];
        self.run(&arguments);
        email
    }

    pub fn token(&self, email: &str) -> String {
        let out = self.run(&["user", "token", email]);
        assert_eq!(out.lines().count(), 1, "the token stands alone");
        out.trim().to_owned()
    }
}

pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hiroba"));
    if cfg!(debug_assertions) {
        // A release build refuses passwords that are that cheap to guess.
        command
            .env("HIROBA_ARGON2_MEMORY_KIB", "8")
            .env("HIROBA_ARGON2_ITERATIONS", "1");
    }
    command
        .args(arguments)
        .env("HIROBA_LIMITS_REQUESTS_PER_MINUTE", "0")
        .env("HIROBA_LIMITS_POSTS_PER_HOUR", "0")
        .env("HIROBA_DRAIN_SECONDS", "0")
        .env("MALLOC_ARENA_MAX", "2") // as the unit and the image have it
        .env("RUST_LOG", "info,tantivy=warn")
        .stdin(Stdio::null());
    command
}

/// Exit status, standard output, standard error of a command that ends by itself.
pub fn done(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let read = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), read(stdout), read(stderr))
}

/// A server, killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub client: Client,
    /// What it said before it listened, and what it says after.
    pub said: Vec<String>,
    lines: Receiver<String>,
}

/// Somebody who asks a server.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    pub agent: ureq::Agent,
}

impl std::ops::Deref for Server {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn start(command: &mut Command, log: &Path) -> Server {
        let log_file = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE));
        let mut server = Server {
            child,
            client: Client {
                url: String::new(),
                agent: config.build().into(),
            },
            said: Vec::new(),
            lines,
        };
        while server.url.is_empty() {
            match server.lines.recv_timeout(PATIENCE) {
                Ok(line) => match line.strip_prefix("listening on ") {
                    Some(url) => server.client.url = url.to_owned(),
                    None => server.said.push(line),
                },
                Err(_) => panic!("it does not listen: {}", fs::read_to_string(log).unwrap()),
            }
        }
        server
    }

    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end: the exit status, and what it said since it listened.
    pub fn ended(mut self) -> (Option<i32>, Vec<String>) {
        let status = until("its end", PATIENCE, || self.child.try_wait().unwrap());
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return (status.code(), rest),
                Err(RecvTimeoutError::Timeout) => panic!("its output stays open"),
            }
        }
    }

    pub fn stop(self) {
        self.terminate();
        assert_eq!(self.ended(), (Some(0), Vec::new()));
    }
}

impl Client {
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> (u16, String) {
        self.try_to_ask(method, path, token, body).unwrap()
    }

    pub fn try_to_ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, String), ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("origin", &self.url);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = match body {
            Some(body) => self.agent.run(request.body(body.to_string())?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let status = answer.status().as_u16();
        Ok((status, answer.body_mut().read_to_string()?))
    }

    pub fn get(&self, path: &str, token: &str) -> (u16, String) {
        self.ask("GET", path, token, None)
    }

    pub fn status(&self, path: &str) -> u16 {
        let answer = self.agent.get(format!("{}{path}", self.url)).call();
        answer.unwrap().status().as_u16()
    }

    pub fn wait_until_ready(&self) {
        until("readiness", PATIENCE, || {
            (self.status("/readyz") == 200).then_some(())
        });
    }
}

/// Looks again every few milliseconds until there is something.
pub fn until<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(started.elapsed() < patience, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Small numbers that look random and are the same for the same seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// Below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

/// The text of a JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    format!("{path}?{}", hiroba::web::form::query_string(pairs))
}
