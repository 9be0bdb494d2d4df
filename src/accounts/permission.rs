//! Who may do what: the only place that decides it. Rules ask `who.may(Action…)` before they touch anything.

use super::{Member, Role, Who, Writer};
use crate::error::{Error, Result};

/// Something that needs permission. They carry who wrote the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See what is visible to all.
    Read,
    /// Write a thread or a reply, mark, report.
    Post,
    /// Change one's own words.
    Edit { author: Writer },
    /// Take a post back.
    Remove { author: Writer },
    /// Choose, change or withdraw the accepted answer of a question.
    Accept { asker: Writer },
    /// Post without one's name: not those whose role gives their words weight.
    Seal,
    /// Hold, hide and restore posts of others.
    Moderate,
    /// Put threads of others where they belong: same topics together, kind and policies right.
    Arrange,
    /// Make links by which others sign up.
    Invite,
    /// Keep the words of search.
    Curate,
    /// Say what becomes of a problem with network, devices or accounts.
    Tend,
    /// Create people, give roles, suspend.
    ManagePeople,
    /// Look after the forum itself: its words, schools and jobs.
    Administer,
}

impl Who {
    /// # Errors
    /// `SignInRequired` for visitors, `Forbidden` for members whose role does not suffice.
    pub fn may(&self, action: Action) -> Result<()> {
        let allowed = match (self, action) {
            (Who::Visitor { open_reading }, Action::Read) => *open_reading,
            (Who::Visitor { .. }, _) => false,
            (Who::Member(member), action) => member.may(action),
        };
        if allowed {
            Ok(())
        } else {
            Err(Error::refusal(self, action.needed()))
        }
    }

    /// As `may`, for showing or leaving out a button.
    pub fn can(&self, action: Action) -> bool {
        self.may(action).is_ok()
    }
}

impl Member {
    fn may(&self, action: Action) -> bool {
        match action {
            Action::Read | Action::Post => true,
            Action::Edit { author } => author.is(self.id),
            Action::Remove { author } => author.is(self.id) || self.moderates(),
            Action::Accept { asker } => asker.is(self.id) || self.role == Role::Trainer,
            Action::Seal => matches!(self.role, Role::Teacher | Role::Supporter),
            Action::Moderate => self.moderates(),
            Action::Arrange => self.moderates() || self.role == Role::Trainer,
            Action::Invite => matches!(self.role, Role::Trainer | Role::Administrator),
            Action::Curate => matches!(self.role, Role::Trainer | Role::Administrator),
            Action::Tend => matches!(
                self.role,
                Role::Supporter | Role::Trainer | Role::Administrator
            ),
            Action::ManagePeople | Action::Administer => self.role == Role::Administrator,
        }
    }

    fn moderates(&self) -> bool {
        matches!(self.role, Role::Moderator | Role::Administrator)
    }
}

impl Action {
    fn needed(self) -> &'static str {
        match self {
            Action::Read | Action::Post => "ログインしてからお使いください。",
            Action::Edit { .. } => "書き直せるのは、書いた本人だけです。",
            Action::Remove { .. } => "取り下げられるのは、書いた本人だけです。",
            Action::Accept { .. } => "解決した回答を選べるのは、質問した人と研修担当だけです。",
            Action::Seal => "名前を出さずに書けるのは、教員とICT支援員だけです。",
            Action::Moderate => "運営担当だけが使うページです。",
            Action::Arrange => "研修担当と運営担当だけが使うページです。",
            Action::Invite => "研修担当と管理者だけが使うページです。",
            Action::Curate => "研修担当だけが使うページです。",
            Action::Tend => "ICT支援員と研修担当だけが使うページです。",
            Action::ManagePeople | Action::Administer => "管理者だけが使うページです。",
        }
    }
}
