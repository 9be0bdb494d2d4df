//! The program as a process of its own: started, timed and weighed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::client::{Connection, request};

/// Ends with its value.
pub struct Node {
    child: Child,
    pub address: String,
    /// From its start to its first answer that it is ready.
    pub ready: Duration,
    scale: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    heaviest: Arc<AtomicU64>,
}

impl Node {
    pub fn start(data: &Path, database_url: &str) -> Node {
        let begun = Instant::now();
        let log = std::fs::File::create(data.join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hiroba"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .env("HIROBA_DATA_DIR", data)
            .env("HIROBA_DATABASE_URL", database_url)
            // As the unit and the container in docs/deploy and Dockerfile have it.
            .env("MALLOC_ARENA_MAX", "2")
            .env("HIROBA_LIMITS_REQUESTS_PER_MINUTE", "0")
            .env("HIROBA_LIMITS_POSTS_PER_HOUR", "0")
            .env("HIROBA_LIMITS_LOGIN_PER_ACCOUNT", "0")
            .env("HIROBA_LIMITS_LOGIN_PER_ADDRESS", "0")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("listening on http://");
        let ask = request(("GET", "/readyz"), address, "", "", None);
        let mut asking = Connection::open(address);
        while asking.ask(&ask).0 != 200 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let ready = begun.elapsed();
        let mut node = Node {
            address: address.to_owned(),
            child,
            ready,
            scale: None,
            heaviest: Arc::default(),
        };
        node.weigh();
        node
    }

    /// Looks ten times a second at how heavy it is.
    fn weigh(&mut self) {
        let stop = Arc::new(AtomicBool::new(false));
        let (heaviest, ended) = (Arc::clone(&self.heaviest), Arc::clone(&stop));
        let status = format!("/proc/{}/status", self.child.id());
        let scale = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                heaviest.fetch_max(weight(&status), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        self.scale = Some((stop, scale));
    }

    /// Memory of its own at this moment, in megabytes, beside mapped files.
    pub fn megabytes(&self) -> f64 {
        weight(&format!("/proc/{}/status", self.child.id())) as f64 / 1e3
    }

    /// The most that it has had since it was last asked.
    pub fn heaviest(&self) -> f64 {
        self.heaviest.swap(0, Ordering::Relaxed) as f64 / 1e3
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some((stop, scale)) = self.scale.take() {
            stop.store(true, Ordering::Relaxed);
            scale.join().unwrap();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kilobytes in memory that come from no file.
fn weight(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}
