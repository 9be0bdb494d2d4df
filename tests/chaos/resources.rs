//! What a process takes from the machine, as Linux tells it.

use std::fmt;

use crate::server::Server;

/// At one moment.
#[derive(Clone, Copy)]
pub struct Taken {
    /// Resident memory of its own.
    pub kib: u64,
    /// Resident pages of mapped files, the database and the index among them: they grow with what is kept, and Linux takes
    /// them back when it wants them.
    pub mapped_kib: u64,
    pub threads: u64,
    /// Open files, connections among them.
    pub files: usize,
    pub sockets: usize,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} KiB and {} KiB mapped, {} threads, {} files of which {} sockets",
            self.kib, self.mapped_kib, self.threads, self.files, self.sockets
        )
    }
}

impl Taken {
    pub fn by(pid: u32) -> Taken {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let words = line.unwrap().split_whitespace().next().unwrap();
            words.parse::<u64>().unwrap()
        };
        let open: Vec<_> = std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .flatten()
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .collect();
        let sockets = open
            .iter()
            .filter(|to| to.to_string_lossy().starts_with("socket:"));
        Taken {
            kib: number("RssAnon:"),
            mapped_kib: number("RssFile:"),
            threads: number("Threads:"),
            files: open.len(),
            sockets: sockets.count(),
        }
    }
}

/// The value of what `/metrics` tells under this name and label.
pub fn metric(server: &Server, name: &str) -> usize {
    let (status, text) = server.get("/metrics", "");
    assert_eq!(status, 200, "{text}");
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    let value = line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
    value as usize
}
