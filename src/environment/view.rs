//! What pages show of the steps: a panel on the thread, the list, the form.

use askama::Template;
use chrono::NaiveDate;

use super::{Listed, Present, State, Step, StepInput};
use crate::accounts::{Action, Who};
use crate::db::types::Word;
use crate::error::FieldErrors;
use crate::threads::view::Card;
use crate::threads::{Cursor, Thread};
use crate::web::page::{Choice, Layout, Nav, Now, Tab, When, address, day_in_words};

/// How a thread stands, in words.
#[derive(Clone, Debug)]
pub struct Standing {
    pub state: &'static str,
    pub solved: bool,
    /// 「12月1日の予定」.
    pub plan: Option<String>,
    /// Said gently: the day has passed.
    pub overdue: bool,
}

impl Standing {
    pub fn new(present: &Present, today: NaiveDate) -> Standing {
        Standing {
            state: present.state.name(),
            solved: present.state == State::Solved,
            plan: present.planned_on.map(|day| day_in_words(day, today)),
            overdue: present.is_overdue(today),
        }
    }
}

/// A step in the history.
#[derive(Clone, Debug)]
pub struct StepLine {
    /// 「調査中（再調査）」 where it goes back.
    pub state: String,
    pub plan: Option<String>,
    pub note: String,
    /// 「ICT支援員」.
    pub role: &'static str,
    pub when: When,
}

/// `steps`: the last first.
fn lines(steps: &[Step], today: NaiveDate, now: Now) -> Vec<StepLine> {
    let before = steps.iter().skip(1).map(Some).chain(std::iter::once(None));
    steps
        .iter()
        .zip(before)
        .map(|(step, before)| {
            let again = step.state == State::Investigating
                && before.is_some_and(|before| before.state > State::Investigating);
            StepLine {
                state: if again {
                    format!("{}（再調査）", step.state.name())
                } else {
                    step.state.name().to_owned()
                },
                plan: step.planned_on.map(|day| day_in_words(day, today)),
                note: step.note.clone(),
                role: step.role.name(),
                when: now.when(step.at),
            }
        })
        .collect()
}

/// On a thread of policy 3.
#[derive(Clone, Debug)]
pub struct Panel {
    /// None where nothing is marked yet: then only those see it who may.
    pub standing: Option<Standing>,
    pub steps: Vec<StepLine>,
    /// Where the next step is written.
    pub mark_url: Option<String>,
}

impl Panel {
    /// None where there is nothing to show.
    pub fn new(
        thread: &Thread,
        present: Option<&Present>,
        steps: &[Step],
        who: &Who,
        now: Now,
    ) -> Option<Panel> {
        let may = super::concerns(thread) && who.can(Action::Tend);
        if present.is_none() && !may {
            return None;
        }
        let today = now.at.day(now.zone);
        Some(Panel {
            standing: present.map(|present| Standing::new(present, today)),
            steps: lines(steps, today, now),
            mark_url: may.then(|| format!("/threads/{}/environment", thread.id)),
        })
    }
}

/// A thread in the list.
pub struct Row {
    pub card: Card,
    pub standing: Standing,
    pub last: StepLine,
}

/// `/environment`.
#[derive(Template)]
#[template(path = "environment/list.html")]
pub struct ListPage {
    pub layout: Layout,
    pub tabs: Vec<Tab>,
    pub rows: Vec<Row>,
    pub filtered: bool,
    pub next: Option<String>,
    pub later: bool,
    pub first: String,
}

impl ListPage {
    /// `cards`: of the threads of `listed`, in their order.
    pub fn new(
        layout: Layout,
        state: Option<State>,
        counts: &[(State, i64)],
        (listed, cards): (Vec<Listed>, Vec<Card>),
        (after, next): (Option<Cursor>, Option<Cursor>),
        now: Now,
    ) -> ListPage {
        let today = now.at.day(now.zone);
        let path = "/environment";
        let word = state.map_or("", |state| state.word());
        let all: i64 = counts.iter().map(|(_, count)| count).sum();
        let first = address(path, [("state", word)]);
        let tab = |label: &str, word: &str, current: bool, count: i64| Tab {
            label: label.to_owned(),
            url: address(path, [("state", word)]),
            current,
            count: format!("{count}件"),
        };
        let mut tabs = vec![tab("すべて", "", state.is_none(), all)];
        tabs.extend(
            counts
                .iter()
                .map(|(one, count)| tab(one.name(), one.word(), state == Some(*one), *count)),
        );
        let rows = listed.iter().zip(cards).filter_map(|(one, card)| {
            let last = lines(std::slice::from_ref(&one.last), today, now).pop()?;
            Some(Row {
                card,
                standing: Standing::new(&one.present, today),
                last,
            })
        });
        ListPage {
            layout: layout.at(Nav::None),
            tabs,
            rows: rows.collect(),
            filtered: state.is_some(),
            next: next.map(|cursor| {
                address(
                    path,
                    [("state", word), ("cursor", cursor.encode().as_str())],
                )
            }),
            later: after.is_some(),
            first,
        }
    }
}

/// `/threads/{id}/environment`.
#[derive(Template)]
#[template(path = "environment/form.html")]
pub struct FormPage {
    pub layout: Layout,
    pub path: String,
    pub title: String,
    /// How it stands, for whoever writes the next step.
    pub standing: Option<Standing>,
    pub steps: Vec<StepLine>,
    pub states: Vec<Choice>,
    pub planned_on: String,
    pub today: String,
    pub note: String,
    /// Steps that its author has before them.
    pub revision: i32,
    /// Somebody was faster.
    pub stale: bool,
    pub errors: FieldErrors,
}

impl FormPage {
    pub fn new(
        layout: Layout,
        thread: &Thread,
        (present, steps): (Option<&Present>, &[Step]),
        typed: StepInput,
        (stale, errors): (bool, FieldErrors),
        now: Now,
    ) -> FormPage {
        let today = now.at.day(now.zone);
        let hints = [
            (State::Received, "困りごとを受け取りました。"),
            (
                State::Investigating,
                "原因を調べています。一度「解決」にしたものを、もう一度調べるときも。",
            ),
            (State::Planned, "いつ対応するかが決まりました。"),
            (State::Solved, "使えるようになりました。"),
        ];
        let chosen = State::parse(&typed.state);
        FormPage {
            layout,
            path: format!("/threads/{}", thread.id),
            title: thread.title.clone(),
            standing: present.map(|present| Standing::new(present, today)),
            steps: lines(steps, today, now),
            states: hints
                .into_iter()
                .map(|(state, hint)| Choice {
                    hint: hint.to_owned(),
                    ..Choice::new(state.word(), state.name(), chosen == Some(state))
                })
                .collect(),
            planned_on: typed.planned_on,
            today: today.to_string(),
            note: typed.note,
            revision: present.map_or(0, |present| present.revision),
            stale,
            errors,
        }
    }
}
