//! What a process takes from the machine, as Linux tells it.

use crate::server::Server;

/// At one moment.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Resident memory.
    pub kib: u64,
    pub threads: u64,
    /// Open files, connections among them.
    pub files: usize,
    pub sockets: usize,
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
            kib: number("VmRSS:"),
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
