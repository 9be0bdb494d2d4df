//! What a thread's page shows of decisions: why it is locked, where the same topic is, how a post of one's own stands.

use crate::accounts::{Action, Who};
use crate::moderation::Post;
use crate::moderation::resubmit::Standing;
use crate::threads::{Summary, Thread};
use crate::web::page::{Link, Now, When};

/// How a held or hidden post stands, for its author and those who decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingView {
    /// The moderator's words, or what a report alone says.
    pub reason: String,
    /// Whether the reader wrote it.
    pub own: bool,
    /// When another look was asked for.
    pub asked: Option<When>,
    /// The form that puts it right; None where another look is waited for, and for others.
    pub resubmit_url: Option<String>,
}

impl StandingView {
    pub fn new(standing: Standing, post: Post, own: bool, now: Now) -> StandingView {
        let open = own && standing.asked.is_none();
        StandingView {
            reason: standing
                .reason
                .unwrap_or_else(|| crate::moderation::HELD_BY_REPORT.to_owned()),
            own,
            asked: standing.asked.map(|at| now.when(at)),
            resubmit_url: open.then(|| format!("{}/resubmit", post.path())),
        }
    }
}

/// Beside a thread.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Why nothing more can be written.
    pub lock: Option<String>,
    /// The same topic, elsewhere.
    pub same: Option<Link>,
    pub standing: Option<StandingView>,
    /// Pages for those who keep order.
    pub tools: Vec<Link>,
}

impl Notes {
    /// `same`: the thread that this one repeats, where the reader may see it.
    pub fn new(
        thread: &Thread,
        same: Option<&Summary>,
        standing: Option<StandingView>,
        who: &Who,
    ) -> Notes {
        let path = format!("/threads/{}", thread.id);
        let mut tools = Vec::new();
        if who.can(Action::Arrange) {
            tools.push(Link::new("分類を直す", format!("{path}/move")));
            tools.push(Link::new(
                "同じ話題とつなぐ・まとめる",
                format!("{path}/duplicate"),
            ));
        }
        if who.can(Action::Moderate) {
            let words = if thread.lock.is_some() {
                "締め切りをやめる"
            } else {
                "締め切る"
            };
            tools.push(Link::new(words, format!("{path}/lock")));
            tools.push(Link::new(
                "この話題の記録",
                format!("/desk/audit?thread={}", thread.id),
            ));
        }
        Notes {
            lock: thread.lock.clone(),
            same: same.map(|one| Link::new(&one.title, format!("/threads/{}", one.id))),
            standing,
            tools,
        }
    }
}
