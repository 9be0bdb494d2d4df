//! What a practice may say beside its body: the fields and their limits, the order in which they are asked for after
//! publishing, and how much of it is written. Nothing of it is ever required.

pub mod http;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Kind, Thread, ThreadPatch, store};
use crate::accounts::{Action, Who};
use crate::clock::{At, era_year};
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::text::{self, Rule, refuse_my_number};
use crate::text_enum;

/// Longest preparation or lesson, in minutes.
pub const MAX_MINUTES: u16 = 9_999;
/// Most lessons of a unit.
pub const MAX_LESSONS: u16 = 99;
pub const MAX_STEPS: usize = 30;
/// Entries of the steps that are looked at, blanks included.
const MAX_ENTRIES: usize = 100;
/// Nobody has checked anything before: the year from which days are taken.
const FIRST_YEAR: i32 = 2000;

const fn lines(field: &'static str, label: &'static str) -> Rule {
    Rule {
        field,
        label,
        max: 2_000,
        lines: true,
        hint: "",
    }
}

const fn line(field: &'static str, label: &'static str, max: usize) -> Rule {
    Rule {
        field,
        label,
        max,
        lines: false,
        hint: "",
    }
}

pub const AIM: Rule = lines("aim", "ねらい");
pub const UNIT: Rule = line("unit", "単元", 200);
pub const SCENE: Rule = line("scene", "学習場面", 40);
pub const MATERIALS: Rule = lines("materials", "準備するもの");
pub const STEP: Rule = lines("steps", "手順");
pub const CHILDREN: Rule = lines("children", "子どもの様子");
pub const FAILED: Rule = lines("failed", "うまくいかなかったこと");
pub const CARE: Rule = lines("care", "配慮");
pub const CHECKED_ON: Rule = line("checked_on", "確かめた日", 40);
pub const OS_VERSION: Rule = line("os_version", "OSの版", 200);
pub const APP_VERSION: Rule = line("app_version", "アプリの版", 200);

/// What a practice may say beside its body. Every field is optional; minutes and lessons are whole, lists keep their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Practice {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Lessons of the unit, 1 to 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lessons: Option<u16>,
    /// Up to 9,999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prep_minutes: Option<u16>,
    /// Up to 9,999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson_minutes: Option<u16>,
    /// 一斉, 個別 or 協働.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub materials: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care: Option<String>,
    /// `2026-11-20` or `2026-11`; other words that were written before days were asked for stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

impl Practice {
    /// The fields as they may be stored; None where nothing is said.
    ///
    /// # Errors
    /// Everything to correct, by the form's names (`aim`, `prep_minutes`).
    pub fn parse(&self) -> std::result::Result<Option<Practice>, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut clean = |rule: &Rule, text: &Option<String>| {
            let text = text.as_deref()?;
            let parsed = rule.parse_optional(text).and_then(|text| {
                if let Some(text) = &text {
                    refuse_my_number(rule.field, text)?;
                }
                Ok(text)
            });
            errors.take(parsed).flatten()
        };
        let parsed = Practice {
            aim: clean(&AIM, &self.aim),
            unit: clean(&UNIT, &self.unit),
            lessons: self.lessons,
            prep_minutes: self.prep_minutes,
            lesson_minutes: self.lesson_minutes,
            scene: clean(&SCENE, &self.scene),
            materials: clean(&MATERIALS, &self.materials),
            steps: self
                .steps
                .iter()
                .take(MAX_ENTRIES)
                .filter_map(|step| clean(&STEP, &Some(step.clone())))
                .collect(),
            children: clean(&CHILDREN, &self.children),
            failed: clean(&FAILED, &self.failed),
            care: clean(&CARE, &self.care),
            checked_on: clean(&CHECKED_ON, &self.checked_on)
                .map(|words| Checked::read(&words).map_or(words, Checked::iso)),
            os_version: clean(&OS_VERSION, &self.os_version),
            app_version: clean(&APP_VERSION, &self.app_version),
        };
        if parsed.steps.len() > MAX_STEPS || self.steps.len() > MAX_ENTRIES {
            let message = format!("手順は{MAX_STEPS}個までにしてください。");
            errors.add("steps", "too_many", message);
        }
        if parsed
            .lessons
            .is_some_and(|lessons| !(1..=MAX_LESSONS).contains(&lessons))
        {
            let message = format!("時数は1から{MAX_LESSONS}までの数字で書いてください。");
            errors.add("lessons", "out_of_range", message);
        }
        for (field, minutes) in [
            ("prep_minutes", parsed.prep_minutes),
            ("lesson_minutes", parsed.lesson_minutes),
        ] {
            if minutes.is_some_and(|minutes| minutes > MAX_MINUTES) {
                let message = format!("分は{MAX_MINUTES}までの数字で書いてください。");
                errors.add(field, "out_of_range", message);
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Some(parsed).filter(|parsed| *parsed != Practice::default()))
    }

    /// Everything that is written in words, for search and for comparing versions: label and text, in the order of the page.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let text = |field: &Option<String>| field.clone();
        let number =
            |number: Option<u16>, unit: &str| number.map(|number| format!("{number}{unit}"));
        let steps = self.steps.join("\n");
        [
            ("ねらい", text(&self.aim)),
            ("単元", text(&self.unit)),
            ("時数", number(self.lessons, "時間")),
            ("準備", number(self.prep_minutes, "分")),
            ("授業", number(self.lesson_minutes, "分")),
            ("学習場面", text(&self.scene)),
            ("準備するもの", text(&self.materials)),
            ("手順", Some(steps).filter(|steps| !steps.is_empty())),
            ("子どもの様子", text(&self.children)),
            ("うまくいかなかったこと", text(&self.failed)),
            ("配慮", text(&self.care)),
            ("OSの版", text(&self.os_version)),
            ("アプリの版", text(&self.app_version)),
            (
                "確かめた日",
                self.checked_on.as_deref().map(Checked::in_words),
            ),
        ]
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .collect()
    }
}

/// When something was checked: a day, or no closer than a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    Day(NaiveDate),
    /// By its first day.
    Month(NaiveDate),
}

impl Checked {
    /// Reads 2026-11-20, 2026/11/20, 2026年11月20日, 令和8年11月20日, R8.11.20 and the same without a day, in any width.
    pub fn read(typed: &str) -> Option<Checked> {
        let plain = text::narrow(typed).replace(' ', "").replace("元年", "1年");
        let eras = [
            ("令和", 2018),
            ("R", 2018),
            ("r", 2018),
            ("平成", 1988),
            ("H", 1988),
        ];
        let (before, rest) = eras
            .iter()
            .find_map(|(era, before)| Some((*before, plain.strip_prefix(era)?)))
            .unwrap_or((0, plain.as_str()));
        let rest = rest.strip_suffix(['日', '月']).unwrap_or(rest);
        let numbers: Vec<u32> = rest
            .split(['年', '月', '-', '/', '.'])
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let on = |year: u32, month: u32, day: u32| {
            let year = i32::try_from(year).ok()?.checked_add(before)?;
            NaiveDate::from_ymd_opt(year, month, day)
                .filter(|day| (FIRST_YEAR..=9999).contains(&day.year()))
        };
        match *numbers {
            [year, month, day] => on(year, month, day).map(Checked::Day),
            [year, month] => on(year, month, 1).map(Checked::Month),
            _ => None,
        }
    }

    /// As it is stored.
    fn iso(self) -> String {
        match self {
            Checked::Day(day) => day.format("%Y-%m-%d").to_string(),
            Checked::Month(first) => first.format("%Y-%m").to_string(),
        }
    }

    pub fn first_day(self) -> NaiveDate {
        match self {
            Checked::Day(day) | Checked::Month(day) => day,
        }
    }

    /// What is stored, as it is read: 「令和8年11月20日」. Words that are no day stay as they are.
    pub fn in_words(stored: &str) -> String {
        match Checked::read(stored) {
            Some(Checked::Day(day)) => {
                format!("{}{}月{}日", era_year(day), day.month(), day.day())
            }
            Some(Checked::Month(first)) => format!("{}{}月", era_year(first), first.month()),
            None => stored.to_owned(),
        }
    }

    /// Holds what was typed into a form against the calendar: a day up to `today`, or the words that stood there before.
    ///
    /// # Errors
    /// What to write instead.
    pub fn refuse(typed: &str, before: Option<&str>, today: NaiveDate) -> Option<&'static str> {
        let typed = text::clean_line(typed);
        if typed.is_empty() || before == Some(typed.as_str()) {
            return None;
        }
        match Checked::read(&typed) {
            None => Some("日付で書いてください。例：令和8年11月20日、2026-11-20"),
            Some(checked) if checked.first_day() > today => {
                Some("確かめた日は、今日までの日付にしてください。")
            }
            Some(_) => None,
        }
    }
}

text_enum! {
    /// What can be added to a practice, one at a time; the most useful to somebody who wants to try it first.
    pub enum PracticeField {
        Failed = "failed",
        Steps = "steps",
        Children = "children",
        Tools = "tools",
        Time = "time",
        Scene = "scene",
        Materials = "materials",
        Care = "care",
        Aim = "aim",
        Unit = "unit",
        Checked = "checked",
    }
}

impl PracticeField {
    pub fn name(self) -> &'static str {
        match self {
            PracticeField::Failed => "うまくいかなかったこと・次に変えること",
            PracticeField::Steps => "やったこと（順番に）",
            PracticeField::Children => "子どもの様子",
            PracticeField::Tools => "使ったもの（端末・アプリ）",
            PracticeField::Time => "準備と授業の時間",
            PracticeField::Scene => "学習場面",
            PracticeField::Materials => "準備するもの",
            PracticeField::Care => "配慮したこと",
            PracticeField::Aim => "育てたい力・ねらい",
            PracticeField::Unit => "単元・時数",
            PracticeField::Checked => "OS・アプリの版と、確かめた日",
        }
    }

    /// What it is good for, to whoever reads the practice.
    pub fn hint(self) -> &'static str {
        match self {
            PracticeField::Failed => "同じことを試す先生が、いちばん知りたいところです。",
            PracticeField::Steps => "1行に1つずつ書くと、番号が付きます。3つくらいで十分です。",
            PracticeField::Children => {
                "つぶやき、表情、いつもと違ったこと。名前は書かないでください。"
            }
            PracticeField::Tools => "「、」で区切ります。例：Chromebook、ロイロノート",
            PracticeField::Time => "だいたいで大丈夫です。",
            PracticeField::Scene => "いちばん近いもの1つ。",
            PracticeField::Materials => "前の日までに用意しておくもの。例：マイク付きイヤホン 40個",
            PracticeField::Care => "困りそうな子への手だて、健康や安全、個人情報のことなど。",
            PracticeField::Aim => "一言で。例：場面の様子を想像して音読する",
            PracticeField::Unit => "例：「スイミー」、全8時間",
            PracticeField::Checked => "画面や名前が変わったときに、読む人の目安になります。",
        }
    }

    pub fn is_written(self, practice: &Practice, tools: &[String]) -> bool {
        match self {
            PracticeField::Failed => practice.failed.is_some(),
            PracticeField::Steps => !practice.steps.is_empty(),
            PracticeField::Children => practice.children.is_some(),
            PracticeField::Tools => !tools.is_empty(),
            PracticeField::Time => {
                practice.prep_minutes.is_some() || practice.lesson_minutes.is_some()
            }
            PracticeField::Scene => practice.scene.is_some(),
            PracticeField::Materials => practice.materials.is_some(),
            PracticeField::Care => practice.care.is_some(),
            PracticeField::Aim => practice.aim.is_some(),
            PracticeField::Unit => practice.unit.is_some() || practice.lessons.is_some(),
            PracticeField::Checked => {
                practice.checked_on.is_some()
                    || practice.os_version.is_some()
                    || practice.app_version.is_some()
            }
        }
    }

    /// Takes this field from `typed`, and nothing else.
    fn put(self, practice: &mut Practice, typed: &Practice) {
        match self {
            PracticeField::Failed => practice.failed.clone_from(&typed.failed),
            PracticeField::Steps => practice.steps.clone_from(&typed.steps),
            PracticeField::Children => practice.children.clone_from(&typed.children),
            PracticeField::Tools => {}
            PracticeField::Time => {
                practice.prep_minutes = typed.prep_minutes;
                practice.lesson_minutes = typed.lesson_minutes;
            }
            PracticeField::Scene => practice.scene.clone_from(&typed.scene),
            PracticeField::Materials => practice.materials.clone_from(&typed.materials),
            PracticeField::Care => practice.care.clone_from(&typed.care),
            PracticeField::Aim => practice.aim.clone_from(&typed.aim),
            PracticeField::Unit => {
                practice.unit.clone_from(&typed.unit);
                practice.lessons = typed.lessons;
            }
            PracticeField::Checked => {
                practice.checked_on.clone_from(&typed.checked_on);
                practice.os_version.clone_from(&typed.os_version);
                practice.app_version.clone_from(&typed.app_version);
            }
        }
    }
}

/// Which fields of a practice are written and which are not, each in the order in which they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    pub written: Vec<PracticeField>,
    pub missing: Vec<PracticeField>,
}

impl Completeness {
    /// None for what is no practice.
    pub fn of(thread: &Thread) -> Option<Completeness> {
        if thread.kind != Kind::Practice {
            return None;
        }
        let none = Practice::default();
        let practice = thread.practice.as_ref().unwrap_or(&none);
        let (written, missing) = PracticeField::ALL
            .iter()
            .partition(|field| field.is_written(practice, &thread.labels.tools));
        Some(Completeness { written, missing })
    }

    pub fn in_words(&self) -> String {
        let all = PracticeField::ALL.len();
        match self.written.len() {
            0 => "このままでも、十分役に立ちます。".to_owned(),
            written if written == all => {
                format!("{all}すべて書けています。ありがとうございます。")
            }
            written => format!("{all}のうち{written}つ書けています。"),
        }
    }

    /// The first field that is not written, behind `skipped` where that is given.
    pub fn next(&self, skipped: Option<PracticeField>) -> Option<PracticeField> {
        self.missing
            .iter()
            .copied()
            .find(|field| skipped.is_none_or(|skipped| *field > skipped))
    }
}

/// A practice of one's own, to add to it.
///
/// # Errors
/// `NotFound` also for what is no practice, `Forbidden`.
pub fn own(db: &mut Db, who: &Who, id: Id) -> Result<Thread> {
    let thread = super::find(db, who, id)?;
    who.may(Action::Edit {
        author: thread.author,
    })?;
    if thread.kind != Kind::Practice {
        return Err(Error::NotFound);
    }
    Ok(thread)
}

/// One field of a practice as it was typed.
pub struct Addition<'a> {
    pub field: PracticeField,
    pub typed: &'a Practice,
    pub tools: &'a [String],
    /// The version that was shown.
    pub expected: Option<i32>,
}

/// Writes one field of a practice, as an edit like any other. The same again changes nothing.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`; `Conflict` where the thread is locked; `Stale` when the field itself was written
/// meanwhile.
pub fn add(db: &mut Db, who: &Who, id: Id, addition: &Addition<'_>, now: At) -> Result<Thread> {
    own(db, who, id)?;
    super::hold(db, id)?;
    let present = own(db, who, id)?;
    present.open()?;
    let field = addition.field;
    let before = present.practice.clone().unwrap_or_default();
    let mut practice = before.clone();
    field.put(&mut practice, addition.typed);
    let mut patch = ThreadPatch {
        practice: Some(practice),
        ..ThreadPatch::default()
    };
    if field == PracticeField::Tools {
        patch.tools = Some(addition.tools.to_vec());
    }
    let new = patch.over(db, &present)?;
    let overtaken = addition
        .expected
        .is_some_and(|revision| revision != present.revision)
        && field.is_written(&before, &present.labels.tools);
    if overtaken && !new.is_same_as(&present) {
        return Err(Error::Stale(present.revision));
    }
    super::update(db, &present, &new, &present.signature, now)?;
    super::find(db, who, id)
}

/// Asks the author of a practice for nothing more.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn stop_asking(db: &mut Db, who: &Who, id: Id, now: At) -> Result<()> {
    let practice = own(db, who, id)?;
    store::stop_asking(db, practice.id, now)
}

/// What `who` is asked to add to a thread: nothing to what is not their own practice, or where they want no more of it.
pub fn asked(
    db: &mut Db,
    who: &Who,
    thread: &Thread,
    skipped: Option<PracticeField>,
) -> Result<Option<(PracticeField, Completeness)>> {
    if !thread.author.is_who(who) || thread.lock.is_some() {
        return Ok(None);
    }
    let Some(completeness) = Completeness::of(thread) else {
        return Ok(None);
    };
    match completeness.next(skipped) {
        Some(field) if !store::asks_no_more(db, thread.id)? => Ok(Some((field, completeness))),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<String> {
        Checked::read(typed).map(Checked::iso)
    }

    #[test]
    fn days_are_read_as_teachers_write_them() {
        for typed in [
            "2026-11-20",
            "2026/11/20",
            "２０２６．１１．２０",
            "2026年11月20日",
            "令和8年11月20日",
            "令和 8年 11月 20日",
            "R8.11.20",
        ] {
            assert_eq!(read(typed).as_deref(), Some("2026-11-20"), "{typed}");
        }
        assert_eq!(read("令和元年5月").as_deref(), Some("2019-05"));
        assert_eq!(read("平成31年4月30日").as_deref(), Some("2019-04-30"));
        for typed in [
            "",
            "きのう",
            "11月20日",
            "2026",
            "8-11-20",
            "2026-13-01",
            "2026-02-30",
            "1999-12-31",
            "99999-01-01",
            "令和4294967295年1月",
            "2026-11-20-1",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(Checked::in_words("2026-11-20"), "令和8年11月20日");
        assert_eq!(Checked::in_words("2019-05"), "令和元年5月");
        assert_eq!(Checked::in_words("秋ごろ"), "秋ごろ");
    }

    #[test]
    fn a_form_takes_days_up_to_today_and_what_stood_there() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let refused = |typed, before| Checked::refuse(typed, before, today).is_some();
        assert!(!refused("令和8年11月20日", None));
        assert!(refused("令和8年11月21日", None));
        assert!(!refused("2026-11", None));
        assert!(refused("2026-12", None));
        assert!(refused("秋ごろ", None));
        assert!(!refused(" 秋ごろ ", Some("秋ごろ")));
        assert!(refused("春ごろ", Some("秋ごろ")));
        assert!(!refused("", Some("秋ごろ")));
    }

    #[test]
    fn fields_are_asked_for_one_after_another() {
        let all = Completeness {
            written: Vec::new(),
            missing: PracticeField::ALL.to_vec(),
        };
        let mut asked = Vec::new();
        let mut last = None;
        while let Some(field) = all.next(last) {
            asked.push(field);
            last = Some(field);
        }
        assert_eq!(asked, PracticeField::ALL);
        assert_eq!(all.in_words(), "このままでも、十分役に立ちます。");
    }
}
