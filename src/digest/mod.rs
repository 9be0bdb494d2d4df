//! The weekly digest: one issue per ISO week and slot, chosen and frozen for each reader, and the ledger's account of it.
//! The letters leave through the outbox of `notices`, together with those that come at once.

pub mod choose;
mod deliver;
mod freeze;
pub mod http;
pub mod press;
mod print;
mod store;
pub mod view;

pub use deliver::{BATCH, LEASE};
pub use freeze::{Preview, REACH, preview};

use serde::{Deserialize, Serialize};

use crate::accounts::{Action, Who};
use crate::calendar::{Slot, Week};
use crate::clock::At;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::notices::outbox::{Item, State};
use crate::text_enum;
use crate::threads::Kind;

text_enum! {
    /// How far an issue has come.
    pub enum Progress {
        Choosing = "choosing",
        Chosen = "chosen",
        /// Its week had passed before anybody was chosen for.
        Missed = "missed",
    }
}

/// An issue as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub id: Id,
    pub slot: Slot,
    pub opened_at: At,
    /// Chunks of readers that were chosen for.
    pub chunks: i32,
    pub chosen_to: Option<Id>,
    pub progress: Progress,
}

/// What an issue says of a thread, the same for all its readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extract {
    pub kind: Kind,
    pub code: String,
    pub title: String,
    pub gist: String,
    /// 「小学校・小4・算数」.
    pub detail: String,
    pub solved: bool,
    /// What a trainer says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A line of the ledger.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Id,
    pub issue: Id,
    pub slot: Slot,
    pub state: State,
    pub reason: String,
    pub items: Vec<Item>,
    pub frozen_hash: String,
    pub sent_hash: Option<String>,
    pub updated_at: At,
}

/// One's own last issues, the newest first.
///
/// # Errors
/// `SignInRequired`.
pub fn own_entries(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Entry>> {
    who.may(Action::Post)?;
    store::entries_of(db, who.member()?.id, None, limit)
}

/// What the ledger counts of an issue.
#[derive(Clone, Debug)]
pub struct Figures {
    pub issue: Issue,
    /// Readers by state and reason.
    pub counts: Vec<(State, String, i64)>,
}

/// The figures of the last issues, the newest first.
///
/// # Errors
/// `SignInRequired`, `Forbidden`.
pub fn figures(db: &mut Db, who: &Who, limit: i64) -> Result<Vec<Figures>> {
    who.may(Action::ManagePeople)?;
    let mut all = Vec::new();
    for issue in store::last_issues(db, limit)? {
        let counts = store::counts(db, issue.id)?;
        all.push(Figures { issue, counts });
    }
    Ok(all)
}

/// Why a reader got no letter, in words.
pub fn reason_in_words(reason: &str) -> &str {
    match reason {
        "nothing" => "お伝えする新しい話題がありませんでした",
        "paused" => "休む設定の期間でした",
        "silenced" => "届かなかったので、送るのを止めています",
        "fortnightly" => "2週に1回の、届かない週でした",
        "vacation" => "長期休業中でした",
        "no_working_day" => "その週に、送れる勤務日がありませんでした",
        "other_slot" => "同じ週のまとめが、ほかの曜日に届いています",
        "too_late" => "送れないまま、その週の時間が過ぎました",
        "vanished" => "載せた話題が、どれも見られなくなりました",
        "left" => "送る前に、受け取らない設定になりました",
        other => other,
    }
}

/// The entry of one person in a week, where the ledger has one; what was handed in before what was skipped.
pub(crate) fn entry_in(db: &mut Db, account: Id, week: Week) -> Result<Option<Entry>> {
    let mut entries = store::entries_of(db, account, Some(week), 20)?;
    entries.sort_by_key(|entry| entry.state == State::Skipped);
    Ok(entries.into_iter().next())
}
