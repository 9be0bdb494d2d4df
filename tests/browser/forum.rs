//! The program as it is run: its binary on a data directory of its own. It ends with the test, also with a failed one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mailparse::MailHeaderMap;
use serde_json::Value;

/// Everybody's password here, the demo's as well.
pub const PASSWORD: &str = "hiroba-demo-2026";

/// Whose addresses may sign up.
pub const SIGNUP_DOMAIN: &str = "es.hiroba.example";
/// How long a letter may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Forum {
    server: Child,
    _stdout: BufReader<ChildStdout>,
    pub url: String,
    folder: tempfile::TempDir,
}

impl Drop for Forum {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program with defaults only: no setting of the person who runs the tests reaches it.
fn hiroba(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hiroba"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HIROBA_")) {
        command.env_remove(name);
    }
    command
        .env("HIROBA_SIGNUP_DOMAINS", SIGNUP_DOMAIN)
        .env("RUST_LOG", "warn")
        .arg("--data-dir")
        .arg(folder.join("data"));
    command
}

impl Forum {
    /// Without any person or thread.
    pub fn empty() -> Forum {
        Forum::start("serve")
    }

    /// The letter of `subject`, once it has been written.
    pub async fn letter(&self, subject: &str) -> String {
        let begun = Instant::now();
        loop {
            let found = self.mails().into_iter().find_map(|mail| {
                let mail = mailparse::parse_mail(mail.as_bytes()).unwrap();
                let written = mail.headers.get_first_value("Subject")?;
                written.contains(subject).then(|| mail.get_body().unwrap())
            });
            match found {
                Some(text) => return text,
                None if begun.elapsed() > PATIENCE => panic!("no letter came: {subject}"),
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// With the demo's people and threads.
    pub fn demo() -> Forum {
        Forum::start("demo")
    }

    fn start(command: &str) -> Forum {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("server.log");
        let mut server = hiroba(folder.path())
            .args([command, "--bind", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let _ = server.wait();
                panic!(
                    "the server ended: {}",
                    std::fs::read_to_string(&log).unwrap()
                );
            }
            if let Some(url) = line.trim_end().strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        Forum {
            server,
            _stdout: stdout,
            url,
            folder,
        }
    }

    /// Runs a command of the program beside the server; returns what it printed.
    pub fn command(&self, arguments: &[&str], input: &str) -> String {
        let mut child = hiroba(self.folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let reason = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{arguments:?}: {reason}");
        String::from_utf8(done.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// The mails that it wrote, as they are.
    pub fn mails(&self) -> Vec<String> {
        let folder = self.folder.path().join("data/mails");
        // No folder before the first mail.
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files
            .map(|file| std::fs::read_to_string(file.path()).unwrap())
            .collect()
    }

    /// A person with `PASSWORD`. Returns the address.
    pub fn person(&self, word: &str, name: &str, role: &str) -> String {
        let email = format!("{word}@es.hiroba.example");
        let (school_type, input) = ("小学校", format!("{PASSWORD}\n"));
        self.command(
            &[
                "user",
                "create",
                &email,
                "--name",
                name,
                "--school-type",
                school_type,
                "--role",
                role,
                "--password-stdin",
            ],
            &input,
        );
        email
    }

    /// Takes threads in, one JSON object a line, written by `author`.
    pub fn import(&self, lines: &[Value], author: &str) {
        let file = self.folder.path().join("threads.jsonl");
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&file, text.join("\n")).unwrap();
        let told = self.command(&["import", &file.to_string_lossy(), "--author", author], "");
        assert!(told.ends_with("refused 0"), "{told}");
    }

    pub fn token(&self, email: &str) -> String {
        self.command(&["user", "token", email], "")
    }

    /// A POST to the API with a bearer token.
    pub fn post(&self, token: &str, path: &str, body: &Value) -> Value {
        self.send("POST", token, path, body)
    }

    /// The id of whose token it is.
    pub fn person_of(&self, token: &str) -> String {
        let me = self.send("GET", token, "/me", &Value::Null);
        me["id"].as_str().unwrap().to_owned()
    }

    pub fn send(&self, method: &str, token: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string().into_bytes();
        self.send_as("application/json", method, token, path, body)
    }

    /// Stores an image of one's own; returns what puts it into a post.
    pub fn store_image(&self, token: &str, image: &image::RgbImage, alt: &str) -> String {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let part = |name: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"");
        let mut body = format!(
            "{}\r\n\r\n{alt}\r\n{}\r\n\r\nown\r\n{}; filename=\"x.png\"\r\n\r\n",
            part("alt"),
            part("rights"),
            part("file")
        )
        .into_bytes();
        body.extend(bytes.into_inner());
        body.extend(b"\r\n--b--\r\n");
        let kind = "multipart/form-data; boundary=b";
        let stored = self.send_as(kind, "POST", token, "/files", body);
        stored["markdown"].as_str().unwrap().to_owned()
    }

    fn send_as(&self, kind: &str, method: &str, token: &str, path: &str, body: Vec<u8>) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind)
            .body(body)
            .unwrap();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent.run(request).unwrap();
        let mut text = String::new();
        answer
            .body_mut()
            .as_reader()
            .read_to_string(&mut text)
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
