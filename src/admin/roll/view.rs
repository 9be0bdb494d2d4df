//! What a roll does, line by line.

use askama::Template;

use crate::error::FieldErrors;
use crate::exchange::people::{Outcome, Told};
use crate::web::page::{Layout, Nav, Notice, NoticeKind};

/// A line of the file that does something or is refused.
pub struct Line {
    pub number: usize,
    pub name: String,
    pub email: String,
    /// 「新しく登録」, 「変わる」, 「取り込めない」.
    pub what: &'static str,
    pub refused: bool,
    /// What changes, or why not.
    pub details: Vec<String>,
}

/// `/admin/people/import`.
#[derive(Template)]
#[template(path = "admin/roll.html")]
pub struct RollPage {
    pub layout: Layout,
    pub csv: String,
    pub errors: FieldErrors,
    /// Whether a file was looked at, and whether it was taken in.
    pub shown: bool,
    pub taken: bool,
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    pub refused: usize,
    pub lines: Vec<Line>,
}

impl RollPage {
    /// `told`: what the file would do, where one was looked at.
    pub fn new(layout: Layout, csv: &str, told: Option<&[Told]>) -> RollPage {
        let lines = told.unwrap_or_default();
        let count = |is: fn(&Outcome) -> bool| lines.iter().filter(|t| is(&t.outcome)).count();
        RollPage {
            layout: layout.at(Nav::Mine),
            csv: csv.to_owned(),
            errors: FieldErrors::default(),
            shown: told.is_some(),
            taken: false,
            new: count(|outcome| *outcome == Outcome::New),
            changed: count(|outcome| matches!(outcome, Outcome::Changed(_))),
            same: count(|outcome| *outcome == Outcome::Same),
            refused: count(|outcome| matches!(outcome, Outcome::Refused(_))),
            lines: lines.iter().filter_map(line).collect(),
        }
    }

    /// After it was taken in: only what was refused is still to be looked at.
    pub fn done(layout: Layout, told: &[Told]) -> RollPage {
        let mut page = RollPage::new(layout, "", Some(told));
        page.taken = true;
        page.lines.retain(|line| line.refused);
        let text = format!(
            "取り込みました。新しく登録 {}人、変わった人 {}人、取り込めなかった行 {}行。",
            page.new, page.changed, page.refused
        );
        let kind = if page.refused == 0 {
            NoticeKind::Ok
        } else {
            NoticeKind::Warn
        };
        page.layout = page.layout.noting(Some(Notice::new(kind, text)));
        page
    }

    pub fn refused(layout: Layout, csv: &str, errors: FieldErrors) -> RollPage {
        RollPage {
            errors,
            ..RollPage::new(layout, csv, None)
        }
    }
}

fn line(told: &Told) -> Option<Line> {
    let (what, details) = match &told.outcome {
        Outcome::Same => return None,
        Outcome::New => ("新しく登録", Vec::new()),
        Outcome::Changed(changes) => (
            "変わる",
            changes
                .iter()
                .map(|change| {
                    let or_none = |text: &str| match text {
                        "" => "（なし）".to_owned(),
                        text => format!("「{text}」"),
                    };
                    format!(
                        "{}：{}から{}へ",
                        change.label,
                        or_none(&change.from),
                        or_none(&change.to)
                    )
                })
                .collect(),
        ),
        Outcome::Refused(reasons) => ("取り込めない", reasons.clone()),
    };
    Some(Line {
        number: told.number,
        name: told.name.clone(),
        email: told.email.clone(),
        what,
        refused: matches!(told.outcome, Outcome::Refused(_)),
        details,
    })
}
