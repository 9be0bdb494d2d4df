//! What the demo's trainers have chosen: collections, recommendations, proposals that wait, and what is to be looked at
//! again.

use chrono::{Days, TimeDelta};
use serde::Deserialize;

use crate::accounts::{self, Who};
use crate::app::App;
use crate::clock::At;
use crate::curation::collections::{self, CollectionInput};
use crate::curation::freshness::{self, Finding};
use crate::curation::{self, proposals};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::threads;

const COLLECTIONS: &str = include_str!("data/collections.jsonl");

const TRAINER: &str = "otomo@center.hiroba.example";

/// What they recommend beside the first two.
const RECOMMENDED: [(&str, &str); 6] = [
    (
        "demo-017",
        "「予想を紙にかく」の5分だけでも、まねしてみてください。中学校の数学のほか、理科の実験の前にも使えます。",
    ),
    (
        "demo-025",
        "見る・直すを子どもに返す形が、体育の得意でない先生にも分かりやすく書かれています。",
    ),
    (
        "demo-049",
        "学校事務の方の工夫です。フォームの質問が3つだけなのが続くこつです。",
    ),
    (
        "demo-052",
        "集計の残業に困っている先生に。生徒に見せる画面の作り方から読んでください。",
    ),
    (
        "demo-079",
        "1回目の失敗から何を変えたかが、いちばんの読みどころです。",
    ),
    (
        "demo-091",
        "紙とフォームの「どちらでも」を迷っている学校に。回答率のグラフをそのまま会議に出せます。",
    ),
];

/// Proposals that nobody has decided on: thread, who, why.
const PROPOSED: [(&str, &str, &str); 3] = [
    (
        "demo-084",
        "aoi@es.hiroba.example",
        "順位表をやめてからの書きぶりが正直で、うちの学年でもすぐ始められました。",
    ),
    (
        "demo-076",
        "shoji@jhs.hiroba.example",
        "別室の生徒がいる学年の先生、みんなに読んでほしいです。準備が5分で済みます。",
    ),
    (
        "demo-073",
        "chiba@k.hiroba.example",
        "園外保育の下見にも使えました。360度カメラがなくてもスマホでできます。",
    ),
];

/// Those that were to be looked at again some days ago, with what they were checked with.
const OVERDUE: [(&str, u64, &str, &str); 2] = [
    ("demo-049", 12, "ChromeOS 134", "Googleフォーム（4月の版）"),
    ("demo-052", 5, "", "スプレッドシート（5月の版）"),
];
/// Days between a check and its review in the demo: half a year.
const REVIEWED_AFTER: u64 = 182;

const OUTDATED: (&str, &str) = (
    "demo-025",
    "使っていた「おくれて映る」アプリが、10月に配信を終えました。手順の考え方はそのまま使えます。",
);
/// Whose author wants no recommendation.
const REFUSED: &str = "demo-079";

/// A collection as the data has it.
#[derive(Deserialize)]
struct Line {
    owner: String,
    editors: Vec<String>,
    /// How many days ago it was written.
    days: i64,
    published: bool,
    /// In how many days its training is.
    #[serde(default)]
    training_in: Option<u64>,
    #[serde(flatten)]
    input: CollectionInput,
}

/// Fills in what trainers have chosen.
///
/// # Errors
/// Where the data names what is not there.
pub fn fill(db: &mut Db, app: &App, now: At) -> Result<()> {
    let trainer = member(db, TRAINER)?;
    let today = now.day(app.config.timezone);
    for (place, (name, comment)) in (1..).zip(RECOMMENDED) {
        let at = now.minus(TimeDelta::days(30 - 3 * place));
        let thread = thread(db, name)?;
        curation::recommend(db, &trainer, thread, comment, at)?;
    }
    for line in COLLECTIONS.lines().filter(|line| !line.is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(Error::internal)?;
        gather(db, line, now)?;
    }
    for (name, days, os_version, app_version) in OVERDUE {
        let thread = thread(db, name)?;
        let review_on = today - Days::new(days);
        let checked_on = review_on - Days::new(REVIEWED_AFTER);
        let finding = Finding {
            os_version: os_version.to_owned(),
            app_version: app_version.to_owned(),
            review_on: review_on.to_string(),
        };
        freshness::verify(db, &trainer, thread, &finding, checked_on, now)?;
    }
    let (name, reason) = OUTDATED;
    let outdated = thread(db, name)?;
    freshness::mark_outdated(
        db,
        &trainer,
        outdated,
        reason,
        now.minus(TimeDelta::days(6)),
    )?;
    let refused = thread(db, REFUSED)?;
    let author = threads::in_full(db, &[refused])?;
    let author = author.first().and_then(|one| one.signature.named());
    let author = accounts::by_id(db, author.ok_or(Error::NotFound)?)?;
    let author = accounts::as_member(&author);
    curation::refuse(db, &author, refused, now.minus(TimeDelta::days(1)))?;
    for (place, (name, email, reason)) in (1..).zip(PROPOSED) {
        let who = member(db, email)?;
        let thread = thread(db, name)?;
        let at = now.minus(TimeDelta::hours(20 * place));
        proposals::propose(db, &who, thread, reason, at)?;
    }
    Ok(())
}

fn gather(db: &mut Db, line: Line, now: At) -> Result<()> {
    let owner = member(db, &line.owner)?;
    let at = now.minus(TimeDelta::days(line.days));
    let mut input = line.input;
    for item in &mut input.items {
        item.thread = thread(db, &item.thread)?.to_string();
    }
    if let (Some(days), Some(training)) = (line.training_in, &mut input.training) {
        training.on = (now.0.date() + Days::new(days)).to_string();
    }
    let made = collections::create(db, &owner, &input, None, at)?;
    for email in &line.editors {
        collections::add_editor(db, &owner, made.id, email, at)?;
    }
    if line.published {
        let later = at.plus(TimeDelta::hours(2));
        collections::publish(db, &owner, made.id, later)?;
    }
    Ok(())
}

fn member(db: &mut Db, email: &str) -> Result<Who> {
    Ok(accounts::as_member(&accounts::by_email(db, email)?))
}

fn thread(db: &mut Db, name: &str) -> Result<Id> {
    threads::by_external_id(db, name)?.ok_or(Error::NotFound)
}
