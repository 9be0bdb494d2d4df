//! What the system says of this process. Linux tells it in `/proc`; elsewhere these numbers are left out.

use std::fs;

/// Ticks a second in `/proc/self/stat`: the same on every machine that Linux runs on today.
const TICKS: f64 = 100.0;

/// What could be found out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    pub resident_bytes: Option<f64>,
    /// Of all its threads, in the program and in the system for it.
    pub cpu_seconds: Option<f64>,
    pub open_files: Option<f64>,
    pub most_open_files: Option<f64>,
}

/// This process, now.
pub fn look() -> Process {
    let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    Process {
        resident_bytes: resident(&read("status")),
        cpu_seconds: cpu(&read("stat")),
        open_files: fs::read_dir("/proc/self/fd")
            .ok()
            .and_then(|files| u32::try_from(files.count()).ok())
            .map(f64::from),
        most_open_files: most_open_files(&read("limits")),
    }
}

/// `VmRSS:  190000 kB`
fn resident(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// The 14th and 15th field; the second, in brackets, may hold spaces and brackets.
fn cpu(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

/// `Max open files  1024  524288  files`: the first holds.
fn most_open_files(limits: &str) -> Option<f64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_writes_is_read() {
        assert_eq!(
            resident("Name:\thiroba\nVmRSS:\t    2048 kB\nThreads:\t9\n"),
            Some(2_097_152.0)
        );
        let stat =
            "4711 (a (strange) name) S 1 4711 4711 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 9 0 8";
        assert_eq!(cpu(stat), Some(3.0));
        let limits =
            "Limit   Soft Limit   Hard Limit   Units\nMax open files   1024   524288   files\n";
        assert_eq!(most_open_files(limits), Some(1024.0));
    }

    #[test]
    fn what_is_not_told_is_left_out() {
        assert_eq!(
            (resident(""), cpu(""), most_open_files("")),
            (None, None, None)
        );
        assert_eq!(cpu("1 (x) S 1"), None);
        assert_eq!(
            most_open_files("Max open files unlimited unlimited files"),
            None
        );
    }
}
