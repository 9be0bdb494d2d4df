//! What people say of themselves, and what of it others are shown: nothing but name and school type until they choose.

use chrono::NaiveDate;

use super::input::{NewPerson, PersonInput};
use super::{Action, Person, State, Who, store};
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::feed::{self, Subject};
use crate::taxonomy::{self, Position, Vocabulary};
use crate::text::{Rule, fold, refuse_my_number, split_list};
use crate::text_enum;

text_enum! {
    /// How long somebody has taught, in school years.
    pub enum Experience {
        First = "1",
        ToFive = "2-5",
        ToTen = "6-10",
        ToTwenty = "11-20",
        Longer = "21-",
    }
}

impl Experience {
    pub fn name(self) -> &'static str {
        match self {
            Experience::First => "1年目",
            Experience::ToFive => "2〜5年",
            Experience::ToTen => "6〜10年",
            Experience::ToTwenty => "11〜20年",
            Experience::Longer => "21年以上",
        }
    }

    /// Slug or Japanese name.
    pub fn parse(text: &str) -> Option<Experience> {
        let text = text.trim();
        Experience::from_word(text).or_else(|| {
            Experience::ALL
                .iter()
                .copied()
                .find(|one| one.name() == text)
        })
    }
}

text_enum! {
    /// A part of a profile that is shown to others only where its owner says so.
    pub enum Item {
        School = "school",
        Position = "position",
        Grades = "grades",
        Subjects = "subjects",
        Tools = "tools",
        Experience = "experience",
    }
}

impl Item {
    pub fn name(self) -> &'static str {
        match self {
            Item::School => "学校",
            Item::Position => "立場",
            Item::Grades => "受け持つ学年",
            Item::Subjects => "教科・場面",
            Item::Tools => "よく使うもの",
            Item::Experience => "経験年数",
        }
    }
}

pub const TOOL: Rule = Rule {
    field: "tools",
    label: "よく使うもの",
    max: 40,
    lines: false,
    hint: "",
};
pub const MAX_TOOLS: usize = 10;

/// The position that others are shown: one that was chosen to be, or one whose word weighs more.
pub(super) fn shown_position<'a>(
    position: Option<&str>,
    chosen: bool,
    words: &'a Vocabulary,
) -> Option<&'a Position> {
    words
        .find_position(position?)
        .filter(|position| chosen || position.has_badge())
}

impl Person {
    /// What others are shown of `item`, where there is anything: those who have left show nothing. `school` is the name of
    /// the person's school.
    pub fn shown(&self, item: Item, school: Option<&str>, words: &Vocabulary) -> Option<String> {
        let position = shown_position(
            self.position.as_deref(),
            self.shown.contains(&Item::Position),
            words,
        );
        if self.has_left() || !(self.shown.contains(&item) || item == Item::Position) {
            return None;
        }
        let named = |slugs: &[String], name: &dyn Fn(&str) -> String| {
            let names: Vec<String> = slugs.iter().map(|slug| name(slug)).collect();
            names.join("、")
        };
        let text = match item {
            Item::School => school.map(ToOwned::to_owned)?,
            Item::Position => position?.name.clone(),
            Item::Grades => named(&self.grades, &|slug| words.grade_name(slug).to_owned()),
            Item::Subjects => named(&self.subjects, &|slug| words.subject_name(slug).to_owned()),
            Item::Tools => self.tools.join("、"),
            Item::Experience => self.experience?.name().to_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

/// What a profile says beside what the administration keeps of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    pub tools: Vec<String>,
    pub experience: Option<Experience>,
    pub shown: Vec<Item>,
}

/// One's own profile as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ProfileInput {
    pub name: String,
    pub school_type: String,
    pub school: String,
    pub position: String,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
    /// Parted by 、 or commas.
    pub tools: String,
    pub experience: String,
    pub shown: Vec<String>,
}

impl ProfileInput {
    /// # Errors
    /// `Invalid` with every field that must change.
    fn parse(&self, db: &mut Db, present: &Person) -> Result<(NewPerson, Extras)> {
        let whole = PersonInput {
            email: present.email.clone(),
            role: present.role.to_string(),
            name: self.name.clone(),
            school_type: self.school_type.clone(),
            school: self.school.clone(),
            position: self.position.clone(),
            grades: self.grades.clone(),
            subjects: self.subjects.clone(),
        };
        let mut errors = FieldErrors::default();
        let new = match whole.parse(db) {
            Ok(new) => Some(new),
            Err(Error::Invalid(found)) => {
                errors = found;
                None
            }
            Err(error) => return Err(error),
        };
        let words = taxonomy::current(db)?;
        let weighs = new
            .as_ref()
            .filter(|new| new.position != present.position)
            .and_then(|new| words.find_position(new.position.as_deref()?))
            .is_some_and(Position::has_badge);
        if weighs {
            errors.add(
                "position",
                "forbidden",
                "この立場は、管理者が登録します。ほかの立場を選んでください。",
            );
        }
        let extras = self.extras(&mut errors);
        match new {
            Some(new) if errors.is_empty() => Ok((new, extras)),
            _ => Err(Error::Invalid(errors)),
        }
    }

    fn extras(&self, errors: &mut FieldErrors) -> Extras {
        let mut tools: Vec<String> = Vec::new();
        let typed = split_list(&self.tools);
        // One more than there may be is enough to say that there are too many.
        for tool in &typed {
            let parsed = TOOL.parse(tool).and_then(|tool| {
                refuse_my_number("tools", &tool)?;
                Ok(tool)
            });
            match parsed {
                Ok(tool) if tools.iter().any(|known| fold(known) == fold(&tool)) => {}
                Ok(tool) => tools.push(tool),
                Err(error) => {
                    errors.0.push(error);
                    break;
                }
            }
            if tools.len() > MAX_TOOLS {
                let message = format!("よく使うものは{MAX_TOOLS}個までにしてください。");
                errors.add("tools", "too_many", message);
                break;
            }
        }
        let experience = Experience::parse(&self.experience);
        if experience.is_none() && !self.experience.trim().is_empty() {
            errors.add(
                "experience",
                "unknown",
                "経験年数を一覧から選んでください。書かなくてもかまいません。",
            );
        }
        let shown = Item::ALL
            .iter()
            .copied()
            .filter(|item| self.shown.iter().any(|word| word == item.word()))
            .collect();
        Extras {
            tools,
            experience,
            shown,
        }
    }
}

/// Changes one's own profile. Address and role stay as they are; a position that weighs more (it has a badge) is given by
/// those who manage people. A school that has closed by `today` can be kept, not chosen.
///
/// # Errors
/// `SignInRequired`, `Invalid`.
pub fn change_own(
    db: &mut Db,
    who: &Who,
    input: &ProfileInput,
    today: NaiveDate,
    now: At,
) -> Result<()> {
    who.may(Action::Post)?;
    let present = store::held(db, who.member()?.id)?;
    if present.state != State::Active {
        return Err(Error::SignInRequired); // suspended since the session was looked up
    }
    let (new, extras) = input.parse(db, &present)?;
    if let Some(slug) = &new.school
        && present.school.as_ref() != Some(slug)
        && !taxonomy::school(db, slug)?.stands_on(today)
    {
        return Err(Error::field(
            "school",
            "closed",
            "その学校は、いまはありません。いまの学校の名前を書いてください。",
        ));
    }
    store::fill_in(db, present.id, &new, present.state, None, now)?;
    store::set_extras(db, present.id, &extras, now)?;
    feed::append(db, Subject::Account, present.id, now)
}

/// One's own account in full.
pub fn own(db: &mut Db, who: &Who) -> Result<Person> {
    store::by_id(db, who.member()?.id)
}
