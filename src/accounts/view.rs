//! Pages of one's account, and the line that says who wrote something.

use askama::Template;

use super::{
    Action, Author, Experience, Item, Person, PersonInput, ProfileInput, Session, SessionKind, Who,
};
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::mail::Letter;
use crate::secret::Secret;
use crate::taxonomy::{Position, Vocabulary};
use crate::web::page::{Choice, Layout, Nav, Now, Viewer, When};

/// The frame of a page for `who`.
pub fn layout(who: &Who) -> Layout {
    let (viewer, open) = match who {
        Who::Visitor { open_reading } => (None, *open_reading),
        Who::Member(member) => (
            Some(Viewer {
                id: member.id.to_string(),
                name: member.name.clone(),
                unseen: member.unseen,
                moderates: who.can(Action::Moderate),
                invites: who.can(Action::Invite),
                curates: who.can(Action::Curate),
                administers: who.can(Action::ManagePeople),
            }),
            true,
        ),
    };
    Layout::new(viewer, open)
}

#[derive(Template)]
#[template(path = "mail/link.txt")]
struct LinkLetter<'a> {
    name: &'a str,
    /// Whether the address is not proved yet.
    welcome: bool,
    url: &'a str,
    hours: i64,
}

/// The mail with the link for a first or a new password. The template's first line is the subject.
///
/// # Errors
/// `Internal` when the template has no body.
pub fn link_letter(person: &Person, secret: &Secret, public_url: &str) -> Result<Letter> {
    let base = public_url.trim_end_matches('/');
    let url = format!("{base}/password/set?token={}", secret.reveal());
    let letter = LinkLetter {
        name: &person.name,
        welcome: person.state == super::State::Unverified,
        url: &url,
        hours: super::LINK_LIFETIME.num_hours(),
    };
    let whole = letter.render().map_err(Error::internal)?;
    let (subject, text) = whole
        .split_once("\n\n")
        .ok_or_else(|| Error::internal("the letter has no body"))?;
    Ok(Letter {
        to: person.email.clone(),
        to_name: person.name.clone(),
        subject: subject.trim().to_owned(),
        text: text.to_owned(),
        ..Letter::default()
    })
}

/// Who wrote something, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByLine {
    pub name: String,
    /// 「小学校・教諭」; empty for those who have left, and behind sealed posts.
    pub detail: String,
    /// The word of a role that weighs more. Never made from the display name.
    pub badge: Option<String>,
    /// The person's page; none for those who have left, and behind sealed posts.
    pub url: Option<String>,
}

impl ByLine {
    pub fn new(author: &Author, words: &Vocabulary) -> ByLine {
        if author.departed || author.sealed {
            return ByLine {
                name: author.name.clone(),
                detail: String::new(),
                badge: None,
                url: None,
            };
        }
        let badge = author.badge(words);
        let position = author
            .position(words)
            .map(|position| short_position(&position.name).to_owned())
            .filter(|position| badge.as_ref() != Some(position));
        let school_type = Some(words.school_type_name(&author.school_type).to_owned());
        let detail: Vec<String> = school_type
            .into_iter()
            .chain(position)
            .filter(|part| !part.is_empty())
            .collect();
        ByLine {
            name: author.name.clone(),
            detail: detail.join("・"),
            badge,
            url: author.id.map(|id| format!("/people/{id}")),
        }
    }
}

/// 「管理職（校長・副校長・教頭）」 → 「管理職」: what stands in brackets explains a choice, not a person.
pub fn short_position(name: &str) -> &str {
    name.split_once('（').map_or(name, |(head, _)| head)
}

/// Why a sign-in did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// Address or password; never says which.
    Wrong,
    /// Too many tries.
    TooOften,
}

/// `/login`.
#[derive(Template)]
#[template(path = "accounts/login.html")]
pub struct LoginPage {
    pub layout: Layout,
    pub email: String,
    /// Where to go afterwards: a path of ours, or empty.
    pub next: String,
    pub error: Option<LoginError>,
    /// Whether people may ask for an account themselves.
    pub signup: bool,
}

/// `/signup`.
#[derive(Template)]
#[template(path = "accounts/signup.html")]
pub struct SignupPage {
    pub layout: Layout,
    pub email: String,
    pub name: String,
    pub school_types: Vec<Choice>,
    /// Domains whose addresses are admitted; none = people are registered by the administration.
    pub domains: Vec<String>,
    pub errors: FieldErrors,
}

impl SignupPage {
    pub fn new(
        layout: Layout,
        typed: &PersonInput,
        domains: &[String],
        errors: FieldErrors,
        words: &Vocabulary,
    ) -> SignupPage {
        SignupPage {
            layout,
            email: typed.email.clone(),
            name: typed.name.clone(),
            school_types: school_types(words, &typed.school_type),
            domains: domains.to_vec(),
            errors,
        }
    }
}

/// The school types that a person may have.
pub fn school_types(words: &Vocabulary, chosen: &str) -> Vec<Choice> {
    let present = words.find_school_type(chosen).map(|found| &found.slug);
    words
        .school_types
        .iter()
        .filter(|school_type| school_type.account)
        .map(|school_type| {
            let chosen = present == Some(&school_type.slug);
            Choice::new(&school_type.slug, &school_type.name, chosen)
        })
        .collect()
}

/// `/password/forgot`.
#[derive(Template)]
#[template(path = "accounts/forgot.html")]
pub struct ForgotPage {
    pub layout: Layout,
    pub email: String,
    pub errors: FieldErrors,
}

/// After asking for an account or a new password: the same whoever asked.
#[derive(Template)]
#[template(path = "accounts/mail_sent.html")]
pub struct MailSentPage {
    pub layout: Layout,
}

/// `/password/set?token=…`, reached from a mail.
#[derive(Template)]
#[template(path = "accounts/set_password.html")]
pub struct SetPasswordPage {
    pub layout: Layout,
    pub token: String,
    /// The address of the account, for password managers; None when the link no longer works.
    pub email: Option<String>,
    pub errors: FieldErrors,
}

/// A session as its owner sees it.
pub struct SessionRow {
    pub id: Id,
    pub label: String,
    pub current: bool,
    /// A bearer token, not a browser.
    pub token: bool,
    pub last_seen: When,
}

/// `/settings`.
#[derive(Template)]
#[template(path = "accounts/settings.html")]
pub struct SettingsPage {
    pub layout: Layout,
    pub name: String,
    pub email: String,
    pub role: &'static str,
    pub school_type: String,
    pub school: Option<String>,
    pub position: Option<String>,
    /// Names, parted by 、.
    pub grades: String,
    pub subjects: String,
    pub tools: String,
    pub experience: Option<&'static str>,
    /// What of it others are shown beside name and school type, parted by 、.
    pub shown: String,
    pub own_url: String,
    pub sessions: Vec<SessionRow>,
    /// Notices that this person has not seen.
    pub unseen: i64,
    /// Reports that wait for whoever moderates.
    pub waiting: i64,
    /// Requests to open a seal that wait for a moderator's word.
    pub seals: i64,
    /// Whether there are sessions beside the present one.
    pub others: bool,
}

fn named<'a>(slugs: &'a [String], name: impl Fn(&'a str) -> &'a str) -> String {
    let names: Vec<&str> = slugs.iter().map(|slug| name(slug)).collect();
    names.join("、")
}

/// How a profile stands in its form; the school's name is the caller's to add.
pub fn as_typed(person: &Person) -> ProfileInput {
    ProfileInput {
        name: person.name.clone(),
        school_type: person.school_type.clone(),
        school: String::new(),
        position: person.position.clone().unwrap_or_default(),
        grades: person.grades.clone(),
        subjects: person.subjects.clone(),
        tools: person.tools.join("、"),
        experience: person
            .experience
            .map(|one| one.to_string())
            .unwrap_or_default(),
        shown: person.shown.iter().map(ToString::to_string).collect(),
    }
}

/// `/settings/profile`.
#[derive(Template)]
#[template(path = "accounts/profile.html")]
pub struct ProfilePage {
    pub layout: Layout,
    pub name: String,
    pub school_types: Vec<Choice>,
    pub school: String,
    pub positions: Vec<Choice>,
    pub grades: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub tools: String,
    pub experiences: Vec<Choice>,
    /// Whether the position is shown in any case.
    pub weighs: bool,
    /// What others may be shown.
    pub items: Vec<Choice>,
    pub errors: FieldErrors,
}

impl ProfilePage {
    /// `position`: the one that this person has.
    pub fn new(
        layout: Layout,
        typed: &ProfileInput,
        position: Option<&str>,
        words: &Vocabulary,
        errors: FieldErrors,
    ) -> ProfilePage {
        let has = |list: &[String], slug: &str, name: &str| {
            list.iter().any(|one| one == slug || one == name)
        };
        let open = |one: &&Position| !one.has_badge() || position == Some(one.slug.as_str());
        ProfilePage {
            layout: layout.at(Nav::Mine),
            name: typed.name.clone(),
            school_types: words
                .school_types
                .iter()
                .filter(|one| one.account)
                .map(|one| Choice::new(&one.slug, &one.name, one.slug == typed.school_type))
                .collect(),
            school: typed.school.clone(),
            positions: words
                .positions
                .iter()
                .filter(open)
                .map(|one| Choice::new(&one.slug, &one.name, one.slug == typed.position))
                .collect(),
            grades: words
                .grades
                .iter()
                .map(|one| {
                    Choice::new(
                        &one.slug,
                        &one.name,
                        has(&typed.grades, &one.slug, &one.name),
                    )
                })
                .collect(),
            subjects: words
                .subjects
                .iter()
                .map(|one| {
                    let chosen = has(&typed.subjects, &one.slug, &one.name);
                    Choice::new(&one.slug, &one.name, chosen)
                })
                .collect(),
            tools: typed.tools.clone(),
            weighs: position
                .and_then(|slug| words.find_position(slug))
                .is_some_and(Position::has_badge),
            experiences: Experience::ALL
                .iter()
                .map(|one| Choice::new(one.word(), one.name(), one.word() == typed.experience))
                .collect(),
            items: Item::ALL
                .iter()
                .map(|one| {
                    let chosen = typed.shown.iter().any(|word| word == one.word());
                    Choice::new(one.word(), one.name(), chosen)
                })
                .collect(),
            errors,
        }
    }
}

impl ProfilePage {
    pub fn grades_chosen(&self) -> bool {
        self.grades.iter().any(|choice| choice.chosen)
    }

    pub fn subjects_chosen(&self) -> bool {
        self.subjects.iter().any(|choice| choice.chosen)
    }
}

impl SettingsPage {
    /// `school` is the name of the person's school, `present` the session of this request.
    pub fn new(
        layout: Layout,
        person: &Person,
        school: Option<String>,
        sessions: &[Session],
        present: Id,
        words: &Vocabulary,
        now: Now,
    ) -> SettingsPage {
        let rows: Vec<SessionRow> = sessions
            .iter()
            .map(|session| SessionRow {
                id: session.id,
                label: session.label.clone(),
                current: session.id == present,
                token: session.kind == SessionKind::Bearer,
                last_seen: now.when(session.last_seen_at),
            })
            .collect();
        let position = person.position.as_deref();
        SettingsPage {
            layout,
            name: person.name.clone(),
            email: person.email.clone(),
            role: person.role.name(),
            school_type: words.school_type_name(&person.school_type).to_owned(),
            school,
            position: position
                .and_then(|slug| words.find_position(slug))
                .map(|position| position.name.clone()),
            grades: named(&person.grades, |slug| words.grade_name(slug)),
            subjects: named(&person.subjects, |slug| words.subject_name(slug)),
            tools: person.tools.join("、"),
            experience: person.experience.map(Experience::name),
            shown: person
                .shown
                .iter()
                .map(|item| item.name())
                .collect::<Vec<_>>()
                .join("、"),
            own_url: format!("/people/{}", person.id),
            unseen: 0,
            waiting: 0,
            seals: 0,
            others: rows.iter().any(|row| !row.current),
            sessions: rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{Role, State};
    use crate::clock::At;

    #[test]
    fn the_letter_with_the_link_has_a_subject_and_a_line_of_its_own_for_the_address() {
        let person = Person {
            id: Id::from_u128(1),
            email: "aoi@es.example".to_owned(),
            name: "見本 <あおい>".to_owned(),
            school_type: "shogakkou".to_owned(),
            school: None,
            role: Role::Teacher,
            position: None,
            grades: Vec::new(),
            subjects: Vec::new(),
            tools: Vec::new(),
            experience: None,
            shown: Vec::new(),
            state: State::Unverified,
            created_at: At::from_micros(0).unwrap(),
            closed_at: None,
        };
        let secret = Secret::presented("abc");
        let letter = link_letter(&person, &secret, "https://hiroba.example/").unwrap();
        assert_eq!(letter.subject, "【広場】登録を続けるためのリンク");
        assert!(
            letter
                .text
                .starts_with("見本 <あおい> 先生\n\n広場への登録"),
            "{}",
            letter.text
        );
        let url = "https://hiroba.example/password/set?token=abc";
        assert!(
            letter.text.lines().any(|line| line == url),
            "{}",
            letter.text
        );
        assert!(
            letter.text.contains("\n\n・リンクは24時間"),
            "{}",
            letter.text
        );
    }
}
