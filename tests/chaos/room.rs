//! Servers in a mount namespace of their own: a folder of theirs is a small disk, or one that cannot be written to. All of
//! it ends with the server; nothing is mounted outside.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::forum::Forum;
use crate::server::Server;

/// As root, and as anybody where the system lets users have namespaces.
const WAYS: [&str; 2] = ["-m", "-rm"];

/// Puts a disk of a size under a folder, with what lies there, and becomes the program.
const ON_SMALL_DISK: &str = r#"folder=$1 size=$2; shift 2
mkdir -p "$folder" "$folder.seed"; cp -a "$folder/." "$folder.seed"
mount -t tmpfs -o "size=$size,mode=700" tmpfs "$folder"; cp -a "$folder.seed/." "$folder"
exec "$@""#;

/// The flag with which `unshare` lets one mount here. None, said aloud, where it does not: in CI that is a failure.
pub fn way() -> Option<&'static str> {
    let works = |way: &&str| {
        Command::new("unshare")
            .args([*way, "sh", "-c", "mount -t tmpfs tmpfs /mnt"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let found = WAYS.into_iter().find(|way| works(way));
    if found.is_none() {
        let why = "NOT TESTED: nothing can be mounted here, neither as root nor in a namespace (unshare -rm)";
        assert!(std::env::var_os("CI").is_none(), "{why}");
        eprintln!("{why}");
    }
    found
}

/// A server one of whose folders lies on a small disk.
pub struct Cramped {
    pub server: Server,
    folder: PathBuf,
    way: &'static str,
}

impl Cramped {
    /// `size` as `mount` takes it: `8m`.
    pub fn start(way: &'static str, forum: &Forum, folder: &Path, size: &str) -> Cramped {
        let plain = forum.place.command(&["serve", "--bind", "127.0.0.1:0"]);
        let mut command = Command::new("unshare");
        command
            .args([way, "sh", "-euc", ON_SMALL_DISK, "sh"])
            .arg(folder)
            .arg(size)
            .arg(plain.get_program())
            .args(plain.get_args())
            .envs(
                plain
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null());
        Cramped {
            server: Server::start(&mut command, &forum.place.log),
            folder: folder.to_owned(),
            way,
        }
    }

    /// The folder as the server sees it.
    pub fn inside(&self) -> PathBuf {
        let root = format!("/proc/{}/root", self.server.child.id());
        Path::new(&root).join(self.folder.strip_prefix("/").unwrap())
    }

    /// Takes the last free page.
    pub fn fill(&self) {
        let mut ballast = File::options()
            .create(true)
            .append(true)
            .open(self.inside().join("ballast"))
            .unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    pub fn make_room(&self) {
        std::fs::remove_file(self.inside().join("ballast")).unwrap();
    }

    /// Runs a script in the server's namespace; `$1` is the folder.
    fn within(&self, script: &str) {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.server.child.id().to_string(), "-m"]);
        if self.way == "-rm" {
            command.args(["-U", "--preserve-credentials"]);
        }
        let status = command
            .args(["sh", "-euc", script, "sh"])
            .arg(&self.folder)
            .status();
        assert!(status.unwrap().success(), "{script}");
    }

    pub fn make_read_only(&self) {
        self.within(r#"mount --bind "$1" "$1"; mount -o remount,bind,ro "$1""#);
    }

    pub fn make_writable(&self) {
        self.within(r#"umount "$1""#);
    }
}
