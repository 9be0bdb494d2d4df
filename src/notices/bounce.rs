//! Mails that arrive at our address: notifications of mail servers, and requests to leave a list by mail.

use super::outbox;
use super::settings::{self, List};
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::mail::read::{Incoming, Notification};

/// What was done about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// So many letters came back.
    Returned(usize),
    Left(List),
    /// It concerns nothing of ours: an absence notice, a delay, a stranger's mail.
    Nothing,
}

/// # Errors
/// Of the database.
pub fn receive(db: &mut Db, mail: &Incoming, now: At) -> Result<Done> {
    match mail {
        Incoming::Notifications(all) => {
            let mut returned = 0;
            for one in all {
                if let Some(letter) = failed_letter(one) {
                    let reason = format!("came back: {}", status(&one.status));
                    returned += usize::from(outbox::come_back(db, letter, &reason, now)?);
                }
            }
            Ok(match returned {
                0 => Done::Nothing,
                some => Done::Returned(some),
            })
        }
        Incoming::Other(subject) => {
            let Some((list, token)) = leaving(subject) else {
                return Ok(Done::Nothing);
            };
            match settings::set_by_link(db, list, token, false, now) {
                Ok(()) => Ok(Done::Left(list)),
                Err(Error::NotFound) => Ok(Done::Nothing),
                Err(error) => Err(error),
            }
        }
    }
}

/// The row of a letter that finally failed, out of its Message-ID: `digest.<week>.<id>@…` or `news.<id>@…`.
fn failed_letter(one: &Notification) -> Option<Id> {
    if one.action != "failed" {
        return None;
    }
    let (name, _) = one.letter.split_once('@')?;
    name.rsplit('.').next()?.parse().ok()
}

/// Only what RFC 3463 allows: the rest of a foreign mail does not reach the ledger.
fn status(text: &str) -> &str {
    let is_code = text.len() <= 11 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_code { text } else { "" }
}

/// `leave-digest-<token>`, also where an answer put words before it.
fn leaving(subject: &str) -> Option<(List, &str)> {
    let (_, rest) = subject.split_once("leave-")?;
    let (list, token) = rest.trim().split_once('-')?;
    let list = match list {
        "digest" => List::Digest,
        "news" => List::News,
        _ => return None,
    };
    token.split_whitespace().next().map(|token| (list, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_to_leave_are_known_by_their_subject() {
        assert_eq!(leaving("leave-digest-a_b-c"), Some((List::Digest, "a_b-c")));
        assert_eq!(leaving("Re: leave-news-x "), Some((List::News, "x")));
        for other in ["", "leave-", "leave-digest", "leave-other-x", "不在です"] {
            assert_eq!(leaving(other), None, "{other}");
        }
    }

    #[test]
    fn only_final_failures_of_our_letters_count() {
        let id = "0190d8a0-0000-7000-8000-000000000001";
        let note = |action: &str, letter: String| Notification {
            action: action.to_owned(),
            letter,
            ..Notification::default()
        };
        let digest = format!("digest.2026-W47.{id}@example.jp");
        assert_eq!(
            failed_letter(&note("failed", digest.clone())),
            id.parse().ok()
        );
        assert_eq!(
            failed_letter(&note("failed", format!("news.{id}@x"))),
            id.parse().ok()
        );
        assert_eq!(failed_letter(&note("delayed", digest)), None);
        assert_eq!(failed_letter(&note("failed", "other@x".to_owned())), None);
        assert_eq!(status("5.1.1"), "5.1.1");
        assert_eq!(status("5.1.1; user aoi@example.jp"), "");
    }
}
