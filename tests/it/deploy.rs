//! What the files for operators say to run and to set, held against the program: no option, command or key in them is made up.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hiroba::config::Config;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages and files that operators copy from.
fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("docs/deploy"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    for name in [
        "operations",
        "deploy",
        "backup",
        "monitoring",
        "mail",
        "gap",
    ] {
        files.push(root().join(format!("docs/{name}.md")));
    }
    files.push(root().join("README.md"));
    files.push(root().join("Dockerfile"));
    files.sort();
    files
}

fn text(file: &Path) -> String {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.replace("\\\n", " ")
}

/// The words of a line as a shell parts them, near enough for these files.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => words.last_mut().unwrap().push(c),
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (None, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Lines that are commands: of fenced blocks in Markdown, all of them elsewhere.
fn lines(file: &Path) -> Vec<String> {
    let text = text(file);
    let markdown = file.extension().is_some_and(|ending| ending == "md");
    let mut inside = !markdown;
    let mut lines = Vec::new();
    for line in text.lines() {
        if markdown && line.starts_with("```") {
            inside = !inside;
        } else if inside {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// What is given to the program in a line, once for every time that it is called there.
fn calls(line: &str) -> Vec<Vec<String>> {
    // In a unit a whole command of the shell may stand in quotation marks; in an alias, behind a bar.
    let line = match line.split_once("sh -c '") {
        Some((_, inner)) => inner.trim_end_matches('\''),
        None => line,
    };
    let mut line = line.replace("\"|", " ").replace("ExecStart=", "");
    while let Some((before, rest)) = line.split_once("$(") {
        let (_, after) = rest.split_once(')').unwrap();
        line = format!("{before}X{after}");
    }
    let words = words(&line);
    let begins: Vec<usize> = words
        .iter()
        .enumerate()
        .filter(|(at, word)| {
            let is_value = *at > 0 && words[at - 1].starts_with('-') && words[at - 1] != "--";
            let next = words.get(at + 1).map_or("", String::as_str);
            let called =
                next.starts_with("--") || next.chars().next().is_some_and(char::is_lowercase);
            (word.as_str() == "hiroba" || word.ends_with("/bin/hiroba"))
                && !is_value
                && called
                && next != "hiroba"
        })
        .map(|(at, _)| at)
        .collect();
    let ends = |word: &String| {
        ["|", "<", ">", "&&", ";", "#", "…"]
            .iter()
            .any(|end| word.starts_with(end))
    };
    begins
        .into_iter()
        .map(|at| {
            words[at + 1..]
                .iter()
                .take_while(|word| !ends(word))
                .cloned()
                .collect()
        })
        .collect()
}

/// Whether the program knows the command and its options: it explains them.
fn is_known(arguments: &[String]) -> bool {
    Command::new(env!("CARGO_BIN_EXE_hiroba"))
        .args(arguments)
        .arg("--help")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn every_command_in_the_guides_is_known() {
    let mut known = BTreeSet::new();
    for file in files() {
        for line in lines(&file) {
            if line.trim_start().starts_with("cargo ") {
                continue;
            }
            for call in calls(&line) {
                assert!(
                    known.contains(&call) || is_known(&call),
                    "{}: {line}\n{call:?}",
                    file.display()
                );
                known.insert(call);
            }
        }
    }
    assert!(known.len() > 15, "{known:#?}");
    assert!(known.iter().any(
        |call| call.starts_with(&["--config".to_owned()]) && call.contains(&"serve".to_owned())
    ));
    let made_up =
        calls("ExecStart=/usr/local/bin/hiroba --config /etc/hiroba.toml serve --port 80");
    assert_eq!(made_up.len(), 1);
    assert!(!is_known(&made_up[0]));
}

#[test]
fn what_the_container_runs_is_known() {
    let file = text(&root().join("Dockerfile"));
    let list = |name: &str| -> Vec<String> {
        let line = file
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        serde_json::from_str(line.trim()).unwrap()
    };
    assert_eq!(list("ENTRYPOINT"), ["/usr/local/bin/hiroba"]);
    assert!(is_known(&list("CMD")));
    assert!(file.contains("\nUSER 10001\n") && file.contains("\nSTOPSIGNAL SIGTERM\n"));
}

/// Keys as the file and the environment have them.
fn keys() -> BTreeSet<String> {
    fn walk(prefix: &str, table: &toml::Table, keys: &mut BTreeSet<String>) {
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            match value {
                toml::Value::Table(inner) => walk(&format!("{key}."), inner, keys),
                _ => {
                    keys.insert(key);
                }
            }
        }
    }
    let mut keys = BTreeSet::new();
    walk(
        "",
        &toml::Table::try_from(Config::default()).unwrap(),
        &mut keys,
    );
    keys
}

#[test]
fn every_setting_in_the_guides_is_known() {
    let variables: BTreeSet<String> = keys()
        .iter()
        .map(|key| format!("HIROBA_{}", key.to_uppercase().replace('.', "_")))
        .collect();
    let (mut blocks, mut named) = (0, 0);
    for file in files() {
        let text = text(&file);
        for (at, _) in text.match_indices("HIROBA_") {
            let name: String = text[at..]
                .chars()
                .take_while(|c| c.is_ascii_uppercase() || *c == '_')
                .collect();
            // `HIROBA_…` and `HIROBA_` + the key speak of all of them.
            if name != "HIROBA_" {
                assert!(variables.contains(&name), "{}: {name}", file.display());
                named += 1;
            }
        }
        for block in text.split("```toml\n").skip(1) {
            let (block, _) = block.split_once("```").unwrap();
            if let Err(error) = toml::from_str::<Config>(block) {
                panic!("{}: {error}\n{block}", file.display());
            }
            blocks += 1;
        }
    }
    assert!(blocks >= 2 && named >= 6, "{blocks} {named}");
    assert!(toml::from_str::<Config>("port = 80").is_err());
}

/// Options of a section of a unit, in order.
fn unit(name: &str) -> Vec<(String, String)> {
    let file = text(&root().join("docs/deploy").join(name));
    file.lines()
        .filter(|line| !line.starts_with(['#', '[']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_unit_gives_the_program_time_and_nothing_else() {
    let service = unit("hiroba.service");
    let value = |key: &str| {
        service
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    };
    for (key, wanted) in [
        ("User", "hiroba"),
        ("StateDirectory", "hiroba"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
        ("PrivateTmp", "yes"),
    ] {
        assert_eq!(value(key), Some(wanted), "{key}");
    }
    // Ten seconds for requests, ten for background threads: src/server.rs.
    assert!(value("TimeoutStopSec").unwrap().parse::<u32>().unwrap() > 20);
    // Four weeks of archives are no use where the timer starts something else.
    assert!(unit("hiroba-backup.timer").contains(&("Persistent".to_owned(), "yes".to_owned())));
    assert!(unit("hiroba-backup.service").contains(&("User".to_owned(), "hiroba".to_owned())));
}

#[test]
fn the_proxy_lets_go_first_and_shows_no_metrics() {
    let site = text(&root().join("docs/deploy/nginx.conf"));
    let has = |line: &str| assert!(site.lines().any(|own| own.trim() == line), "{line}");
    has("keepalive_timeout 25s;"); // src/server.rs: 30 s
    has("client_max_body_size 12m;");
    has("location = /metrics {");
    has("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    has("proxy_set_header Host $host;");
    has("access_log off;");
}
