//! Who may import whom, held by reading the sources: the rules of docs/architecture.md. Every rule is a function from a
//! path and a text to what is wrong, so that small texts can show that it is able to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Domains, each with those that it may know: the order taxonomy ← accounts ← threads ← replies ← moderation, search; accounts ← synonyms ← search.
const DOMAINS: &[(&str, &[&str])] = &[
    ("taxonomy", &[]),
    ("accounts", &["taxonomy"]),
    ("threads", &["taxonomy", "accounts"]),
    ("replies", &["taxonomy", "accounts", "threads"]),
    (
        "moderation",
        &["taxonomy", "accounts", "threads", "replies"],
    ),
    (
        "attachments",
        &["taxonomy", "accounts", "threads", "replies"],
    ),
    (
        "seals",
        &["taxonomy", "accounts", "threads", "replies", "moderation"],
    ),
    ("drafts", &["taxonomy", "accounts", "threads", "replies"]),
    ("mirror", &["taxonomy", "accounts", "threads"]),
    ("gap", &["taxonomy", "accounts", "threads", "mirror"]),
    (
        "notices",
        &[
            "taxonomy",
            "accounts",
            "threads",
            "replies",
            "moderation",
            "seals",
            "tryouts",
        ],
    ),
    ("tryouts", &["taxonomy", "accounts", "threads"]),
    (
        "curation",
        &[
            "taxonomy",
            "accounts",
            "threads",
            "replies",
            "moderation",
            "tryouts",
        ],
    ),
    (
        "environment",
        &["taxonomy", "accounts", "threads", "replies"],
    ),
    (
        "requests",
        &["taxonomy", "accounts", "threads", "replies", "mirror"],
    ),
    (
        "coverage",
        &[
            "taxonomy", "accounts", "threads", "replies", "mirror", "requests",
        ],
    ),
    (
        "digest",
        &[
            "taxonomy", "accounts", "threads", "replies", "notices", "curation", "requests",
        ],
    ),
    (
        "atom",
        &[
            "taxonomy", "accounts", "threads", "replies", "notices", "curation",
        ],
    ),
    ("synonyms", &["accounts"]),
    (
        "search",
        &["taxonomy", "accounts", "threads", "replies", "synonyms"],
    ),
    (
        "bridge",
        &[
            "taxonomy", "accounts", "threads", "replies", "tryouts", "synonyms", "search",
            "exchange",
        ],
    ),
    (
        "exchange",
        &[
            "taxonomy",
            "accounts",
            "threads",
            "replies",
            "moderation",
            "attachments",
            "drafts",
            "mirror",
            "notices",
            "tryouts",
            "curation",
            "environment",
            "requests",
        ],
    ),
    (
        "desk",
        &[
            "taxonomy",
            "accounts",
            "threads",
            "replies",
            "moderation",
            "curation",
            "search",
        ],
    ),
    // Above all others: it looks after what they hold.
    (
        "admin",
        &["taxonomy", "accounts", "threads", "notices", "search"],
    ),
];

/// Folders that serve every domain and know none.
const GROUND: &[&str] = &["web", "jobs", "feed", "db", "mail"];

/// Folders that are no domain and may use all of them.
const ABOVE: &[&str] = &["demo"];

/// What `web/` may use although it is above it, each with its reason.
const WEB_EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "web/mod.rs",
        "app",
        "create_app puts the app behind every route",
    ),
    (
        "web/mod.rs",
        "routes",
        "create_app configures the table of routes",
    ),
    (
        "web/error.rs",
        "app",
        "an error page stands in the frame of its reader",
    ),
    (
        "web/guard.rs",
        "app",
        "limits and the public address are the app's",
    ),
];

/// Whether a path is a crate's home.
type IsHome = fn(&str) -> bool;

/// Crates with one home, and the paths that are it.
const HOMES: &[(&str, IsHome)] = &[
    ("diesel", |path| {
        starts(path, &["db/", "feed/", "jobs/"]) || path.ends_with("/store.rs")
    }),
    ("actix_web", |path| {
        starts(path, &["web/"])
            || ["routes.rs", "openapi.rs", "server.rs", "main.rs"].contains(&path)
            || path.ends_with("/http.rs")
            || path.ends_with("/api.rs")
    }),
    ("askama", |path| {
        is_view(path) || ["web/error.rs", "web/respond.rs"].contains(&path)
    }),
    ("atom_syndication", is_view),
    ("lettre", |path| {
        path == "mail.rs" || starts(path, &["mail/"])
    }),
    ("tantivy", |_| false),
    ("object_store", |path| path == "attachments/shelf.rs"),
    ("image", |path| {
        starts(path, &["attachments/"]) || path == "demo/extras.rs"
    }),
    ("zip", |path| path == "attachments/document.rs"),
    ("actix_multipart", |path| path == "web/parts.rs"),
];

/// Where time and identities come from.
const SOURCES_OF_CHANCE: &[(&str, &str)] = &[
    ("Utc::now", "clock.rs"),
    ("Local::now", "clock.rs"),
    ("SystemTime::now", "clock.rs"),
    ("now_v7", "id.rs"),
    ("new_v4", "id.rs"),
    ("getrandom::", "id.rs"),
];

fn starts(path: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

/// The sources below `folder`: path relative to it → text without comments.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                all.insert(name, without_comments(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(all.len() > 10, "{folder}");
    all
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // An address in a text is no comment.
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where `word` stands as a whole word.
fn places(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .filter(|(at, _)| !text[..*at].ends_with(is_part))
        .filter(|(at, _)| word.ends_with(':') || !text[at + word.len()..].starts_with(is_part))
        .map(|(at, _)| at)
        .collect()
}

/// Whether `text` uses the crate: a path that begins with its name, not an attribute of a derive.
fn uses_crate(text: &str, name: &str) -> bool {
    places(text, name).iter().any(|at| {
        let rest = text[at + name.len()..].trim_start();
        let before = text[..*at].trim_end();
        rest.starts_with("::") || (before.ends_with("use") && rest.starts_with(';'))
    })
}

/// Paths inside our crate that `text` names, groups written out: `crate::{a::b, c}` → `a::b`, `c`.
fn own_paths(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for at in places(text, "crate") {
        if let Some(rest) = text[at + "crate".len()..].strip_prefix("::") {
            write_out(rest, "", &mut all);
        }
    }
    all
}

/// Takes one branch of a use tree from the front of `text`; returns what follows it.
fn write_out<'a>(text: &'a str, before: &str, all: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(end) = rest.strip_prefix('}') {
                return end;
            }
            let after = write_out(rest, before, all);
            let after = after.trim_start();
            rest = after.strip_prefix(',').unwrap_or(after);
            assert!(!rest.is_empty(), "a use tree has no end");
        }
    }
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*'))
        .unwrap_or(text.len());
    let path = if before.is_empty() {
        text[..end].to_owned()
    } else {
        format!("{before}::{}", &text[..end])
    };
    let rest = &text[end..];
    match rest.strip_prefix("::") {
        Some(deeper) => write_out(deeper, &path, all),
        None => {
            all.insert(path);
            // `name as other`
            let trimmed = rest.trim_start();
            match trimmed.strip_prefix("as ") {
                Some(renamed) => renamed
                    .trim_start()
                    .trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
                None if end == 0 => text.get(1..).unwrap_or_default(),
                None => rest,
            }
        }
    }
}

fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or_default()
}

fn folder(path: &str) -> Option<&str> {
    path.split_once('/').map(|(folder, _)| folder)
}

/// A file of rules: not one of the rooms that speak HTTP or show something.
fn is_rule_file(path: &str) -> bool {
    !is_view(path)
        && !["http.rs", "api.rs", "json.rs"]
            .iter()
            .any(|room| path.ends_with(room))
}

/// A room that shows something: `view.rs`, or the files of one that was split by page (`threads/view/…`).
fn is_view(path: &str) -> bool {
    path.ends_with("/view.rs")
        || folder(path).is_some_and(|domain| path.starts_with(&format!("{domain}/view/")))
}

fn is_domain(name: &str) -> bool {
    DOMAINS.iter().any(|(domain, _)| *domain == name)
}

fn crate_rule(path: &str, text: &str) -> Vec<String> {
    let strayed = HOMES
        .iter()
        .filter(|(name, home)| uses_crate(text, name) && !home(path));
    strayed
        .map(|(name, _)| format!("{path} uses {name}"))
        .collect()
}

fn ground_rule(path: &str, text: &str) -> Vec<String> {
    if !folder(path).is_some_and(|folder| GROUND.contains(&folder)) {
        return Vec::new();
    }
    let upper = ["app", "routes", "worker", "server", "command"];
    own_paths(text)
        .iter()
        .map(|used| first(used))
        .filter(|used| is_domain(used) || ABOVE.contains(used) || upper.contains(used))
        .filter(|used| {
            !WEB_EXCEPTIONS
                .iter()
                .any(|(file, name, _)| (file, name) == (&path, used))
        })
        .map(|used| format!("{path} knows {used}"))
        .collect()
}

fn domain_rule(path: &str, text: &str) -> Vec<String> {
    let Some((domain, below)) = DOMAINS
        .iter()
        .find(|(domain, _)| folder(path) == Some(*domain))
        .filter(|_| is_rule_file(path))
    else {
        return Vec::new();
    };
    let upper = [
        "app", "web", "routes", "worker", "server", "command", "openapi",
    ];
    own_paths(text)
        .iter()
        .map(|used| first(used))
        .filter(|used| {
            let foreign = is_domain(used) && used != domain && !below.contains(used);
            foreign || ABOVE.contains(used) || upper.contains(used)
        })
        .map(|used| format!("{path} knows {used}"))
        .collect()
}

fn store_rule(path: &str, text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = own_paths(text)
        .iter()
        .filter(|used| used.split("::").nth(1) == Some("store"))
        .filter(|used| folder(path) != Some(first(used)) || !is_rule_file(path))
        .map(|used| format!("{path} reaches into {used}"))
        .collect();
    let own = ["super::store", "self::store"]
        .iter()
        .any(|own| !places(text, own).is_empty());
    if own && !is_rule_file(path) {
        wrong.push(format!("{path} passes over its rules"));
    }
    wrong
}

/// A rule never looks at the rooms above it, of any domain.
fn backwards_rule(path: &str, text: &str) -> Vec<String> {
    if !folder(path).is_some_and(is_domain) || !is_rule_file(path) {
        return Vec::new();
    }
    own_paths(text)
        .iter()
        .filter(|used| {
            let room = used.split("::").nth(1).unwrap_or_default();
            is_domain(first(used)) && ["http", "api", "view", "json"].contains(&room)
        })
        .map(|used| format!("{path} looks up to {used}"))
        .collect()
}

fn chance_rule(path: &str, text: &str) -> Vec<String> {
    let strayed = SOURCES_OF_CHANCE
        .iter()
        .filter(|(call, home)| !places(text, call).is_empty() && *home != path);
    strayed
        .map(|(call, _)| format!("{path} calls {call}"))
        .collect()
}

fn held(rule: fn(&str, &str) -> Vec<String>) {
    let wrong: Vec<String> = sources("src")
        .iter()
        .flat_map(|(path, text)| rule(path, text))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn crates_stay_in_their_homes() {
    held(crate_rule);
}

#[test]
fn web_jobs_feed_and_db_know_no_domain() {
    held(ground_rule);
}

#[test]
fn domains_form_an_order() {
    held(domain_rule);
}

#[test]
fn stores_are_their_domains_own() {
    held(store_rule);
}

#[test]
fn rules_never_look_up() {
    held(backwards_rule);
}

#[test]
fn time_and_chance_have_one_source() {
    held(chance_rule);
}

#[test]
fn the_index_knows_neither_http_nor_sql() {
    let names = ["hiroba", "diesel", "actix_web", "askama", "lettre"];
    for (path, text) in sources("search-index/src") {
        for name in names {
            assert!(
                !uses_crate(&text, name),
                "search-index/src/{path} uses {name}"
            );
        }
        assert_eq!(chance_rule(&path, &text), Vec::<String>::new());
    }
}

/// A new folder has to be given its place here.
#[test]
fn every_folder_has_its_place() {
    let all = sources("src");
    let folders: BTreeSet<&str> = all.keys().filter_map(|path| folder(path)).collect();
    for found in folders {
        assert!(
            is_domain(found) || GROUND.contains(&found) || ABOVE.contains(&found),
            "src/{found} has no place in tests/it/architecture.rs"
        );
    }
    for (file, name, reason) in WEB_EXCEPTIONS {
        let used = own_paths(&all[*file]);
        let needed = used.iter().any(|used| first(used) == *name);
        assert!(needed, "{file} no longer needs {name} ({reason})");
    }
}

#[test]
fn the_allowed_order_has_no_circle() {
    for (domain, below) in DOMAINS {
        for lower in *below {
            let (_, further) = DOMAINS.iter().find(|(name, _)| name == lower).unwrap();
            assert!(!further.contains(domain), "{domain} and {lower}");
        }
    }
}

#[test]
fn every_rule_can_fail() {
    let refused = |rule: fn(&str, &str) -> Vec<String>, path: &str, text: &str| {
        assert!(
            !rule(path, &without_comments(text)).is_empty(),
            "{path}: {text}"
        );
    };
    let fine = |rule: fn(&str, &str) -> Vec<String>, path: &str, text: &str| {
        let wrong = rule(path, &without_comments(text));
        assert!(wrong.is_empty(), "{wrong:?}");
    };
    refused(crate_rule, "threads/mod.rs", "use diesel::prelude::*;");
    refused(
        crate_rule,
        "threads/mod.rs",
        "fn f() { diesel::insert_into(x) }",
    );
    fine(crate_rule, "threads/store.rs", "use diesel::prelude::*;");
    fine(crate_rule, "threads/mod.rs", "// diesel::prelude");
    fine(
        crate_rule,
        "id.rs",
        "#[diesel(sql_type = crate::db::types::UuidSql)]",
    );
    refused(crate_rule, "replies/mod.rs", "use actix_web::HttpResponse;");
    fine(
        crate_rule,
        "replies/http.rs",
        "use actix_web::HttpResponse;",
    );
    refused(crate_rule, "replies/http.rs", "use askama::Template;");
    refused(crate_rule, "worker.rs", "use lettre::Transport;");
    refused(
        crate_rule,
        "search/mod.rs",
        "let x = tantivy::Index::create();",
    );
    fine(
        crate_rule,
        "main.rs",
        "EnvFilter::new(\"info,tantivy=warn\")",
    );
    refused(ground_rule, "web/session.rs", "use crate::accounts::Who;");
    refused(ground_rule, "web/session.rs", "use crate::app::App;");
    refused(
        ground_rule,
        "jobs/mod.rs",
        "use crate::{clock::At, threads};",
    );
    refused(
        ground_rule,
        "db/once.rs",
        "fn f(x: crate::replies::Reply) {}",
    );
    fine(ground_rule, "web/error.rs", "use crate::app::App;");
    refused(domain_rule, "accounts/mod.rs", "use crate::threads;");
    refused(
        domain_rule,
        "threads/input.rs",
        "use crate::{id::Id, replies::{self, Reply}};",
    );
    refused(domain_rule, "search/follow.rs", "use crate::moderation;");
    refused(domain_rule, "replies/mod.rs", "use crate::web::respond;");
    fine(
        domain_rule,
        "replies/mod.rs",
        "use crate::threads::{self, Kind};\nuse crate::id::Id;",
    );
    fine(domain_rule, "threads/http.rs", "use crate::replies;");
    refused(store_rule, "replies/mod.rs", "use crate::threads::store;");
    refused(
        store_rule,
        "replies/mod.rs",
        "use crate::{threads::{store::by_id, Kind}};",
    );
    refused(store_rule, "replies/http.rs", "super::store::by_id(db)");
    fine(store_rule, "replies/marks.rs", "use super::store;");
    refused(
        backwards_rule,
        "replies/mod.rs",
        "use crate::threads::json::ThreadJson;",
    );
    fine(
        backwards_rule,
        "replies/api.rs",
        "use crate::threads::json::ThreadJson;",
    );
    refused(chance_rule, "threads/mod.rs", "let now = Utc::now();");
    refused(chance_rule, "threads/mod.rs", "let id = Uuid::now_v7();");
    fine(chance_rule, "clock.rs", "Utc::now()");
}

#[test]
fn use_trees_are_written_out() {
    let text = "use crate::{a, b::{self, C as D}, e::f::*};\nfn g(x: crate::h::I) -> crate::j {}\nuse other::crate_k;";
    let all: Vec<String> = own_paths(text).into_iter().collect();
    assert_eq!(all, ["a", "b::C", "b::self", "e::f::*", "h::I", "j"]);
}
