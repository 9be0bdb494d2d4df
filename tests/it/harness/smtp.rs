//! A real mail server (tests/smtp/server.py on aiosmtpd) that is started, told to misbehave, and asked what it accepted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

/// A letter that the server accepted, as Python's MIME parser read it – or an address that it refused for good.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub tls: bool,
    pub auth: bool,
    pub headers: Vec<(String, String)>,
    pub defects: Vec<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub parts: Vec<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Bytes of the longest line.
    pub longest: usize,
    pub dkim: Option<bool>,
    /// The client never heard that it was accepted.
    pub lost: bool,
    pub refused: Option<String>,
}

impl Taken {
    pub fn header(&self, name: &str) -> &str {
        let found: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        assert!(found.len() <= 1, "{name}: {found:?}");
        found.first().copied().unwrap_or_default()
    }
}

/// Ends with the test: its standard input is closed.
pub struct MailServer {
    child: Child,
    pub port: u16,
    out: PathBuf,
    _folder: tempfile::TempDir,
}

impl MailServer {
    /// With these options of `server.py`.
    pub fn start(options: &[&str]) -> MailServer {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("accepted.jsonl");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.py");
        let mut child = Command::new(python())
            .arg(script)
            .arg("--out")
            .arg(&out)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        MailServer {
            child,
            port,
            out,
            _folder: folder,
        }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    fn all(&self) -> Vec<Taken> {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// What it accepted, in order.
    pub fn accepted(&self) -> Vec<Taken> {
        let all = self.all().into_iter();
        all.filter(|one| one.refused.is_none()).collect()
    }

    /// Addresses that it refused for good.
    pub fn refused(&self) -> Vec<String> {
        self.all()
            .into_iter()
            .filter_map(|one| one.refused)
            .collect()
    }

    /// How often it accepted each Message-ID.
    pub fn by_message_id(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for one in self.accepted() {
            *counts
                .entry(one.header("Message-ID").to_owned())
                .or_default() += 1;
        }
        counts
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An interpreter that has aiosmtpd: Debian's, else the first one of the path.
fn python() -> &'static str {
    let has = |name: &&&str| {
        let mut asked = Command::new(**name);
        asked.args(["-c", "import aiosmtpd, dkim"]);
        asked.stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"]
        .iter()
        .find(|name| has(name))
        .copied();
    match found {
        Some(found) => found,
        None => panic!("no python3 with aiosmtpd and dkim: ./test installs them on Debian"),
    }
}
