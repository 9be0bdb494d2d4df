//! What is typed of a person into a form, a file or the command line, turned into one whose every field is right.

use super::Role;
use crate::db::Db;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::taxonomy::{self, Vocabulary};
use crate::text::{Rule, clean_line};

pub const NAME: Rule = Rule {
    field: "name",
    label: "名前",
    max: 40,
    lines: false,
    hint: "名前を書いてください。例：見本 あおい",
};

/// An address, lower-cased; one @, a domain with a dot, ASCII, at most 254 bytes (RFC 5321).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    pub fn parse(field: &str, raw: &str) -> std::result::Result<Email, FieldError> {
        let text = raw.trim().to_lowercase();
        let right = text.len() <= 254
            && text.is_ascii()
            && crate::mail::is_address(&text)
            && text
                .split_once('@')
                .is_some_and(|(local, domain)| local.len() <= 64 && domain.contains('.'));
        if right {
            Ok(Email(text))
        } else {
            Err(FieldError {
                field: field.to_owned(),
                code: "invalid".to_owned(),
                message: "メールアドレスの形を確かめてください。例：aoi@example.ed.jp".to_owned(),
            })
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// A new person, every field checked.
#[derive(Clone)]
pub struct NewPerson {
    pub email: Email,
    pub name: String,
    pub school_type: String,
    pub school: Option<String>,
    pub role: Role,
    pub position: Option<String>,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
}

/// A new person as typed: slugs or Japanese names.
#[derive(Clone, Debug, Default)]
pub struct PersonInput {
    pub email: String,
    pub name: String,
    pub school_type: String,
    pub role: String,
    pub school: String,
    pub position: String,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
}

impl PersonInput {
    /// # Errors
    /// `Invalid` with every field that must change.
    pub fn parse(&self, db: &mut Db) -> Result<NewPerson> {
        let words = taxonomy::current(db)?;
        let mut errors = FieldErrors::default();
        let email = errors.take(Email::parse("email", &self.email));
        let name = errors.take(NAME.parse(&self.name));
        let school_type = errors.take(school_type(&words, &self.school_type));
        let role = if self.role.trim().is_empty() {
            Some(Role::Teacher)
        } else {
            let known = Role::parse(&self.role);
            if known.is_none() {
                errors.add(
                    "role",
                    "unknown",
                    "役割は teacher supporter trainer moderator administrator のどれかです。",
                );
            }
            known
        };
        let position = optional(&mut errors, "position", &self.position, |wanted| {
            words.find_position(wanted).map(|found| found.slug.clone())
        });
        let grades = several(&mut errors, "grades", &self.grades, |wanted| {
            words.find_grade(wanted).map(|found| found.slug.clone())
        });
        let subjects = several(&mut errors, "subjects", &self.subjects, |wanted| {
            words.find_subject(wanted).map(|found| found.slug.clone())
        });
        let mut school = None;
        let wanted = clean_line(&self.school);
        if !wanted.is_empty() {
            school = taxonomy::find_school(db, &wanted)?;
            if school.is_none() {
                errors.add(
                    "school",
                    "unknown",
                    "その学校は一覧にありません。学校の名前を確かめてください。",
                );
            }
        }
        match (email, name, school_type, role) {
            (Some(email), Some(name), Some(school_type), Some(role)) if errors.is_empty() => {
                Ok(NewPerson {
                    email,
                    name,
                    school_type,
                    school,
                    role,
                    position,
                    grades,
                    subjects,
                })
            }
            _ => Err(Error::Invalid(errors)),
        }
    }
}

/// A school type that a person may have.
pub fn school_type(words: &Vocabulary, wanted: &str) -> std::result::Result<String, FieldError> {
    match words.find_school_type(wanted) {
        Some(found) if found.account => Ok(found.slug.clone()),
        _ => Err(FieldError {
            field: "school_type".to_owned(),
            code: if wanted.trim().is_empty() {
                "required"
            } else {
                "unknown"
            }
            .to_owned(),
            message: "学校種を選んでください。例：小学校".to_owned(),
        }),
    }
}

fn optional(
    errors: &mut FieldErrors,
    field: &str,
    wanted: &str,
    find: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    if wanted.trim().is_empty() {
        return None;
    }
    let found = find(wanted);
    if found.is_none() {
        errors.add(field, "unknown", "一覧にない言葉です。選び直してください。");
    }
    found
}

fn several(
    errors: &mut FieldErrors,
    field: &str,
    wanted: &[String],
    find: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    wanted
        .iter()
        .filter_map(|one| optional(errors, field, one, &find))
        .collect()
}
