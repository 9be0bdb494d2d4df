//! People from CSV: `email,name,school_type,role[,school,position,grades,subjects]`, lists parted by `;` or 、. The same
//! file twice changes nothing; what a file has no column for stays as it is.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;

use super::Tally;
use crate::accounts::{self, Action, Email, NewPerson, Person, PersonInput, State, Who};
use crate::clock::At;
use crate::db::{Database, Db, savepoint};
use crate::error::{Error, Result};
use crate::taxonomy::{self, Vocabulary};

/// People written in one transaction.
const BATCH: usize = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    email: String,
    name: String,
    school_type: String,
    role: String,
    school: String,
    position: String,
    grades: String,
    subjects: String,
}

fn list(text: &str) -> Vec<String> {
    text.split([';', '；', '、', ','])
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// Which of the optional columns a file has.
#[derive(Clone, Copy, Debug)]
struct Columns {
    school: bool,
    position: bool,
    grades: bool,
    subjects: bool,
}

impl Row {
    /// What is to stand of the person: the file's words, and for columns that it lacks what stands of `present`.
    fn over(self, present: Option<&Person>, columns: Columns) -> PersonInput {
        let kept = |text: Option<&String>| text.cloned().unwrap_or_default();
        let mut input = PersonInput {
            email: self.email,
            name: self.name,
            school_type: self.school_type,
            role: self.role,
            school: self.school,
            position: self.position,
            grades: list(&self.grades),
            subjects: list(&self.subjects),
        };
        if let Some(present) = present {
            if !columns.school {
                input.school = kept(present.school.as_ref());
            }
            if !columns.position {
                input.position = kept(present.position.as_ref());
            }
            if !columns.grades {
                input.grades.clone_from(&present.grades);
            }
            if !columns.subjects {
                input.subjects.clone_from(&present.subjects);
            }
        }
        input
    }
}

type Line = (usize, std::result::Result<Row, String>);

/// A file that was read: its lines with their numbers.
pub struct Roll {
    lines: Vec<Line>,
    columns: Columns,
}

impl Roll {
    /// # Errors
    /// `BadRequest` when the header lacks a required column or is no text.
    pub fn read(source: impl Read) -> Result<Roll> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(source);
        let headers = reader
            .headers()
            .map_err(|error| Error::BadRequest(error.to_string()))?
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect::<csv::StringRecord>();
        let has = |wanted: &str| headers.iter().any(|name| name == wanted);
        for wanted in ["email", "name", "school_type", "role"] {
            if !has(wanted) {
                return Err(Error::BadRequest(format!(
                    "the header lacks the column {wanted}"
                )));
            }
        }
        let columns = Columns {
            school: has("school"),
            position: has("position"),
            grades: has("grades"),
            subjects: has("subjects"),
        };
        let mut lines = Vec::new();
        for (place, record) in reader.records().enumerate() {
            let row = record
                .and_then(|mut record| {
                    // Columns at the end may be left out.
                    while record.len() < headers.len() {
                        record.push_field("");
                    }
                    record.deserialize::<Row>(Some(&headers))
                })
                .map_err(|error| error.to_string());
            lines.push((place + 2, row));
        }
        Ok(Roll { lines, columns })
    }

    /// People in the file.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// What the role is called among changes.
pub const ROLE: &str = "役割";

/// A field that a line changes, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub label: &'static str,
    pub from: String,
    pub to: String,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    New,
    Changed(Vec<Change>),
    Same,
    /// The reasons.
    Refused(Vec<String>),
}

/// A line of a file and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In the file; the header is line 1.
    pub number: usize,
    pub email: String,
    pub name: String,
    pub outcome: Outcome,
}

/// Creates or updates everybody in `source`, in small transactions. Refused lines are told to `refusals` (line number,
/// reason).
///
/// # Errors
/// `BadRequest` when the header lacks a required column; when the database fails.
pub fn import(
    database: &Database,
    who: &Who,
    source: impl Read,
    now: impl Fn() -> At,
    refusals: &mut dyn FnMut(usize, &str),
) -> Result<Tally> {
    let mut roll = Roll::read(source)?;
    let mut tally = Tally::default();
    let mut lines = std::mem::take(&mut roll.lines).into_iter();
    loop {
        let batch: Vec<Line> = lines.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(tally);
        }
        let columns = roll.columns;
        let told = database.write_here(|db| write(db, who, batch, columns, now()))?;
        for line in told {
            match line.outcome {
                Outcome::New => tally.imported += 1,
                Outcome::Changed(_) | Outcome::Same => tally.updated += 1,
                Outcome::Refused(reasons) => {
                    tally.refused += 1;
                    refusals(line.number, &reasons.join(" / "));
                }
            }
        }
    }
}

/// Creates or updates everybody of `roll` in this transaction; refused lines are left out.
///
/// # Errors
/// `SignInRequired`, `Forbidden`; when the database fails.
pub fn import_here(db: &mut Db, who: &Who, roll: Roll, now: At) -> Result<Vec<Told>> {
    who.may(Action::ManagePeople)?;
    write(db, who, roll.lines, roll.columns, now)
}

/// What `import_here` would do: it is done and taken back, so that nothing can be told differently.
///
/// # Errors
/// As `import_here`.
pub fn rehearse(db: &mut Db, who: &Who, roll: Roll, now: At) -> Result<Vec<Told>> {
    who.may(Action::ManagePeople)?;
    let mut told = None;
    let undone = savepoint(db, |db| {
        told = Some(write(db, who, roll.lines, roll.columns, now)?);
        Err::<(), Error>(Error::NotFound) // any error takes it back
    });
    match (told, undone) {
        (Some(told), _) => Ok(told),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(Error::internal("a rehearsal was not taken back")),
    }
}

fn write(db: &mut Db, who: &Who, lines: Vec<Line>, columns: Columns, now: At) -> Result<Vec<Told>> {
    let words = taxonomy::current(db)?;
    let mut all = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let row = match line {
            Ok(row) => row,
            Err(reason) => {
                all.push(Told {
                    number,
                    email: String::new(),
                    name: String::new(),
                    outcome: Outcome::Refused(vec![reason]),
                });
                continue;
            }
        };
        let (email, name) = (row.email.clone(), row.name.clone());
        let outcome = match savepoint(db, |db| put(db, who, row, columns, &words, now)) {
            Ok(outcome) => outcome,
            Err(Error::Invalid(errors)) => Outcome::Refused(
                errors
                    .0
                    .iter()
                    .map(|error| format!("{}: {}", error.field, error.message))
                    .collect(),
            ),
            Err(error) => return Err(error),
        };
        all.push(Told {
            number,
            email,
            name,
            outcome,
        });
    }
    Ok(all)
}

fn put(
    db: &mut Db,
    who: &Who,
    row: Row,
    columns: Columns,
    words: &Vocabulary,
    now: At,
) -> Result<Outcome> {
    let present = match Email::parse("email", &row.email) {
        Ok(email) => match accounts::by_email(db, email.as_str()) {
            Ok(person) => Some(person).filter(|person| person.state != State::Placeholder),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        Err(_) => None, // refused with the other fields below
    };
    let new = row.over(present.as_ref(), columns).parse(db)?;
    let changes = match &present {
        Some(present) => changes(db, present, &new, words)?,
        None => Vec::new(),
    };
    if present.is_some() && changes.is_empty() {
        return Ok(Outcome::Same);
    }
    accounts::import(db, who, &new, now)?;
    Ok(match present {
        Some(_) => Outcome::Changed(changes),
        None => Outcome::New,
    })
}

fn changes(
    db: &mut Db,
    present: &Person,
    new: &NewPerson,
    words: &Vocabulary,
) -> Result<Vec<Change>> {
    let slugs: Vec<String> = [&present.school, &new.school]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let schools: HashMap<String, String> = taxonomy::school_names(db, &slugs)?;
    let school = |slug: &Option<String>| match slug {
        Some(slug) => schools.get(slug).unwrap_or(slug).clone(),
        None => String::new(),
    };
    let position = |slug: &Option<String>| {
        let slug = slug.as_deref().unwrap_or_default();
        let found = words.find_position(slug);
        found.map_or(slug, |found| &found.name).to_owned()
    };
    let names = |slugs: &[String], name: &dyn Fn(&str) -> String| {
        let names: Vec<String> = slugs.iter().map(|slug| name(slug)).collect();
        names.join("、")
    };
    let grade = |slug: &str| words.grade_name(slug).to_owned();
    let subject = |slug: &str| words.subject_name(slug).to_owned();
    let school_type = |slug: &str| words.school_type_name(slug).to_owned();
    let pairs = [
        ("名前", present.name.clone(), new.name.clone()),
        (
            "学校種",
            school_type(&present.school_type),
            school_type(&new.school_type),
        ),
        ("学校", school(&present.school), school(&new.school)),
        (
            ROLE,
            present.role.name().to_owned(),
            new.role.name().to_owned(),
        ),
        ("立場", position(&present.position), position(&new.position)),
        (
            "学年",
            names(&present.grades, &grade),
            names(&new.grades, &grade),
        ),
        (
            "教科・場面",
            names(&present.subjects, &subject),
            names(&new.subjects, &subject),
        ),
    ];
    Ok(pairs
        .into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(label, from, to)| Change { label, from, to })
        .collect())
}
