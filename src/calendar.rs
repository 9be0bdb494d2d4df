//! When a digest may arrive: working days, the windows of a day, the days of an ISO week. Pure; knows no database.

use chrono::{Datelike, Days, IsoWeek, NaiveDate, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;

use crate::clock::At;
use crate::text_enum;

text_enum! {
    /// The part of the day in which a digest arrives; named by its first minute.
    pub enum Window {
        Morning = "0800",
        Noon = "1215",
        Afternoon = "1530",
        Evening = "1615",
    }
}

/// Working hours: nothing is sent before, nor from the last on.
const FIRST_HOUR: u32 = 8;
const LAST_HOUR: u32 = 17;
/// Minutes for which a window is open at most.
const WINDOW_MINUTES: u32 = 90;

impl Window {
    pub fn name(self) -> &'static str {
        match self {
            Window::Morning => "朝（8時ごろ）",
            Window::Noon => "昼（12時15分ごろ）",
            Window::Afternoon => "放課後（15時30分ごろ）",
            Window::Evening => "夕方（16時15分ごろ）",
        }
    }

    /// 「15時30分」.
    pub fn clock(self) -> &'static str {
        match self {
            Window::Morning => "8時",
            Window::Noon => "12時15分",
            Window::Afternoon => "15時30分",
            Window::Evening => "16時15分",
        }
    }

    /// First minute and the minute after the last, from midnight.
    fn minutes(self) -> (u32, u32) {
        let start = match self {
            Window::Morning => FIRST_HOUR * 60,
            Window::Noon => 12 * 60 + 15,
            Window::Afternoon => 15 * 60 + 30,
            Window::Evening => 16 * 60 + 15,
        };
        (start, (start + WINDOW_MINUTES).min(LAST_HOUR * 60))
    }
}

/// A span of days that comes every year (`12-29/01-03`) or once (`2026-10-10/2026-10-13`); one day without a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: (Option<i32>, u32, u32),
    last: (Option<i32>, u32, u32),
}

impl Span {
    /// None for anything else.
    pub fn parse(text: &str) -> Option<Span> {
        let (first, last) = text.split_once('/').unwrap_or((text, text));
        let span = Span {
            first: day_of_year(first)?,
            last: day_of_year(last)?,
        };
        let same_form = span.first.0.is_some() == span.last.0.is_some();
        let forward = span.first.0.is_none() || span.first <= span.last;
        (same_form && forward).then_some(span)
    }

    fn holds(&self, day: NaiveDate) -> bool {
        let year = self.first.0.map(|_| day.year());
        let day = (year, day.month(), day.day());
        if self.first <= self.last {
            (self.first..=self.last).contains(&day)
        } else {
            day >= self.first || day <= self.last // over the turn of the year
        }
    }
}

fn day_of_year(text: &str) -> Option<(Option<i32>, u32, u32)> {
    let numbers: Vec<u32> = text
        .trim()
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match *numbers.as_slice() {
        // A leap year, so that 02-29 is a day.
        [month, day] => NaiveDate::from_ymd_opt(2024, month, day).map(|_| (None, month, day)),
        [year, month, day] => {
            let year = i32::try_from(year).ok()?;
            NaiveDate::from_ymd_opt(year, month, day).map(|_| (Some(year), month, day))
        }
        _ => None,
    }
}

/// The days of a school: when it is closed to everybody, and its long vacations.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// Year's end, school closing days, and holidays of which the law here knows nothing.
    pub closed: Vec<Span>,
    pub vacations: Vec<Span>,
}

impl Calendar {
    pub fn is_vacation(&self, day: NaiveDate) -> bool {
        self.vacations.iter().any(|span| span.holds(day))
    }

    /// Whether mail may come: neither weekend, holiday nor closed; in a vacation only to who wants it.
    pub fn is_open(&self, day: NaiveDate, in_vacation: bool) -> bool {
        day.weekday().number_from_monday() <= 5
            && !is_holiday(day)
            && !self.closed.iter().any(|span| span.holds(day))
            && (in_vacation || !self.is_vacation(day))
    }

    /// The earliest moment, not before `now`, at which what is planned for this slot may arrive: on its day or a later
    /// working day of the same ISO week, inside the window. None when the week has no such moment (left).
    pub fn next(&self, slot: Slot, in_vacation: bool, now: At, zone: Tz) -> Option<At> {
        let (start, end) = slot.window.minutes();
        slot.days()
            .filter(|day| self.is_open(*day, in_vacation))
            .find_map(|day| {
                let (opens, closes) = (moment(day, start, zone), moment(day, end, zone));
                (now < closes).then(|| now.max(opens))
            })
    }
}

/// How far ahead an open day is looked for: longer than any vacation.
const LOOK_AHEAD_DAYS: u64 = 370;

impl Calendar {
    /// The earliest moment in working hours, not before `at`; vacations do not count as free. `at` itself where a year
    /// has no open day.
    pub fn next_working(&self, at: At, zone: Tz) -> At {
        let today = at.day(zone);
        (0..LOOK_AHEAD_DAYS)
            .map(|days| today + Days::new(days))
            .filter(|day| self.is_open(*day, true))
            .find_map(|day| {
                let opens = moment(day, FIRST_HOUR * 60, zone);
                let closes = moment(day, LAST_HOUR * 60, zone);
                (at < closes).then(|| at.max(opens))
            })
            .unwrap_or(at)
    }

    /// Working minutes between two moments: open days from `FIRST_HOUR` to `LAST_HOUR`, vacations among them. 0 where
    /// `to` is not after `from`.
    pub fn working_minutes(&self, from: At, to: At, zone: Tz) -> i64 {
        let last = to.day(zone);
        from.day(zone)
            .iter_days()
            .take_while(|day| *day <= last)
            .filter(|day| self.is_open(*day, true))
            .map(|day| {
                let opens = moment(day, FIRST_HOUR * 60, zone).max(from);
                let closes = moment(day, LAST_HOUR * 60, zone).min(to);
                closes.since(opens).num_minutes().max(0)
            })
            .sum()
    }

    /// The latest moment since which so many working minutes have passed at `now`; a year before where there are not as
    /// many.
    pub fn working_ago(&self, minutes: i64, now: At, zone: Tz) -> At {
        let mut left = minutes;
        let mut day = now.day(zone);
        for _ in 0..LOOK_AHEAD_DAYS {
            if self.is_open(day, true) {
                let opens = moment(day, FIRST_HOUR * 60, zone);
                let closes = moment(day, LAST_HOUR * 60, zone).min(now);
                let worked = closes.since(opens).num_minutes().max(0);
                if worked >= left {
                    return closes.minus(TimeDelta::minutes(left));
                }
                left -= worked;
            }
            day = day.pred_opt().unwrap_or(day);
        }
        At::start_of(day, zone)
    }

    /// When the first issue on this weekday and in this window arrives that is still to come after `from`.
    pub fn upcoming(
        &self,
        weekday: u32,
        window: Window,
        in_vacation: bool,
        from: At,
        zone: Tz,
    ) -> Option<At> {
        let today = from.day(zone);
        (0..LOOK_AHEAD_DAYS)
            .step_by(7)
            .filter_map(|days| {
                let week = Week::of(today + Days::new(days));
                let slot = Slot {
                    week,
                    weekday,
                    window,
                };
                self.next(slot, in_vacation, At::start_of(week.monday(), zone), zone)
            })
            .find(|at| *at > from)
    }
}

fn moment(day: NaiveDate, minute: u32, zone: Tz) -> At {
    let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap_or_default();
    let local = day.and_time(time);
    local
        .and_local_timezone(zone)
        .earliest()
        .map_or(At(local), |local| At::from_utc(local.to_utc()))
}

/// Where an issue belongs: an ISO week, a weekday (1 = Monday … 5), a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub week: Week,
    pub weekday: u32,
    pub window: Window,
}

impl Slot {
    /// The planned day and those after it, to Friday.
    fn days(self) -> impl Iterator<Item = NaiveDate> {
        let monday = self.week.monday();
        (self.weekday..=5).map(move |day| monday + Days::new(u64::from(day.max(1)) - 1))
    }

    pub fn planned_day(self) -> NaiveDate {
        self.week.monday() + Days::new(u64::from(self.weekday.clamp(1, 5)) - 1)
    }

    /// When the window opens on the planned day, working day or not.
    pub fn planned(self, zone: Tz) -> At {
        moment(self.planned_day(), self.window.minutes().0, zone)
    }
}

/// An ISO week, written `2026-W47`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(IsoWeek);

impl Week {
    pub fn of(day: NaiveDate) -> Week {
        Week(day.iso_week())
    }

    pub fn parse(text: &str) -> Option<Week> {
        let (year, week) = text.trim().split_once("-W")?;
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).map(Week::of)
    }

    pub fn monday(self) -> NaiveDate {
        NaiveDate::from_isoywd_opt(self.0.year(), self.0.week(), Weekday::Mon).unwrap_or_default()
    }

    pub fn before(self) -> Week {
        Week::of(self.monday() - Days::new(7))
    }

    pub fn after(self) -> Week {
        Week::of(self.monday() + Days::new(7))
    }

    /// Weeks since the beginning of the era: grows by one, also over the turn of a year.
    pub fn number(self) -> u32 {
        u32::try_from(self.monday().num_days_from_ce().div_euclid(7)).unwrap_or(0)
    }
}

impl std::fmt::Display for Week {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-W{:02}", self.0.year(), self.0.week())
    }
}

/// National holidays by the law in force since 2022 (国民の祝日に関する法律), the substitutes (第3条第2項) and days between two
/// holidays (第3条第3項) among them. The equinoxes by the usual approximation, good from 1980 to 2099.
pub fn is_holiday(day: NaiveDate) -> bool {
    is_named_holiday(day) || is_substitute(day) || is_between(day)
}

fn is_named_holiday(day: NaiveDate) -> bool {
    let monday =
        |nth: u32| day.weekday() == Weekday::Mon && (nth * 7 - 6..=nth * 7).contains(&day.day());
    match (day.month(), day.day()) {
        (1, 1) | (2, 11 | 23) | (4, 29) | (5, 3..=5) | (8, 11) | (11, 3 | 23) => true,
        (1 | 10, _) => monday(2),
        (7, _) => monday(3),
        (9, date) => monday(3) || date == equinox(day.year(), 23.2488),
        (3, date) => date == equinox(day.year(), 20.8431),
        _ => false,
    }
}

/// The day of the month: `base` is that of 1980 with its fraction.
fn equinox(year: i32, base: f64) -> u32 {
    let years = f64::from(year - 1980);
    let day = base + 0.242_194 * years - (years / 4.0).floor();
    day as u32
}

/// The first day that is no holiday after one on a Sunday.
fn is_substitute(day: NaiveDate) -> bool {
    let mut before = day;
    while let Some(yesterday) = before.pred_opt() {
        if is_named_holiday(day) || !is_named_holiday(yesterday) {
            return false;
        }
        if yesterday.weekday() == Weekday::Sun {
            return true;
        }
        before = yesterday;
    }
    false
}

fn is_between(day: NaiveDate) -> bool {
    let holiday = |day: Option<NaiveDate>| day.is_some_and(is_named_holiday);
    !is_named_holiday(day) && holiday(day.pred_opt()) && holiday(day.succ_opt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_are_those_of_the_official_lists() {
        // The Cabinet Office's lists of 2025, 2026 and 2027.
        let official = [
            "2025-01-01",
            "2025-01-13",
            "2025-02-11",
            "2025-02-23",
            "2025-02-24",
            "2025-03-20",
            "2025-04-29",
            "2025-05-03",
            "2025-05-04",
            "2025-05-05",
            "2025-05-06",
            "2025-07-21",
            "2025-08-11",
            "2025-09-15",
            "2025-09-23",
            "2025-10-13",
            "2025-11-03",
            "2025-11-23",
            "2025-11-24",
            "2026-01-01",
            "2026-01-12",
            "2026-02-11",
            "2026-02-23",
            "2026-03-20",
            "2026-04-29",
            "2026-05-03",
            "2026-05-04",
            "2026-05-05",
            "2026-05-06",
            "2026-07-20",
            "2026-08-11",
            "2026-09-21",
            "2026-09-22",
            "2026-09-23",
            "2026-10-12",
            "2026-11-03",
            "2026-11-23",
            "2027-01-01",
            "2027-01-11",
            "2027-02-11",
            "2027-02-23",
            "2027-03-21",
            "2027-03-22",
            "2027-04-29",
            "2027-05-03",
            "2027-05-04",
            "2027-05-05",
            "2027-07-19",
            "2027-08-11",
            "2027-09-20",
            "2027-09-23",
            "2027-10-11",
            "2027-11-03",
            "2027-11-23",
        ];
        let all: Vec<String> = day("2025-01-01")
            .iter_days()
            .take_while(|day| day.year() < 2028)
            .filter(|day| is_holiday(*day))
            .map(|day| day.to_string())
            .collect();
        assert_eq!(all, official);
    }

    #[test]
    fn spans_come_every_year_or_once() {
        let span = |text: &str| Span::parse(text).unwrap();
        let year_end = span("12-29/01-03");
        for (text, holds) in [
            ("2026-12-28", false),
            ("2026-12-29", true),
            ("2027-01-03", true),
            ("2027-01-04", false),
        ] {
            assert_eq!(year_end.holds(day(text)), holds, "{text}");
        }
        assert!(span("2026-10-10").holds(day("2026-10-10")));
        assert!(!span("2026-10-10").holds(day("2027-10-10")));
        assert!(span("2026-12-24/2027-01-07").holds(day("2027-01-01")));
        for wrong in [
            "",
            "13-01",
            "02-30",
            "2026-01-01/01-05",
            "2026-02-02/2026-02-01",
            "1-2-3-4",
            "x/y",
        ] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_holiday_moves_the_issue_to_the_next_working_day_of_its_week() {
        let calendar = Calendar {
            closed: vec![Span::parse("12-29/01-03").unwrap()],
            vacations: vec![Span::parse("07-21/08-25").unwrap()],
        };
        let zone = chrono_tz::Asia::Tokyo;
        let next = |week: &str, weekday, in_vacation, now: &str| {
            let slot = Slot {
                week: Week::parse(week).unwrap(),
                weekday,
                window: Window::Afternoon,
            };
            let at = calendar.next(slot, in_vacation, At::parse(now).unwrap(), zone);
            at.map(|at| at.rfc3339())
        };
        // Thursday; Friday after a holiday on Thursday; a Friday that is a holiday has nothing behind it.
        assert_eq!(
            next("2026-W47", 4, false, "2026-11-16T00:00:00+09:00").as_deref(),
            Some("2026-11-19T06:30:00Z")
        );
        assert_eq!(
            next("2027-W06", 4, false, "2027-02-08T00:00:00+09:00").as_deref(),
            Some("2027-02-12T06:30:00Z")
        );
        assert_eq!(
            next("2029-W18", 5, false, "2029-04-30T00:00:00+09:00"),
            None
        );
        // In the window: at once. After it: the next day. After Friday's: not in this week.
        assert_eq!(
            next("2026-W47", 4, false, "2026-11-19T16:59:59+09:00").as_deref(),
            Some("2026-11-19T07:59:59Z")
        );
        assert_eq!(
            next("2026-W47", 4, false, "2026-11-19T17:00:00+09:00").as_deref(),
            Some("2026-11-20T06:30:00Z")
        );
        assert_eq!(
            next("2026-W47", 4, false, "2026-11-20T17:00:00+09:00"),
            None
        );
        // Vacations for those who pause, and for those who do not.
        assert_eq!(
            next("2026-W31", 4, false, "2026-07-27T00:00:00+09:00"),
            None
        );
        assert_eq!(
            next("2026-W31", 4, true, "2026-07-27T00:00:00+09:00").as_deref(),
            Some("2026-07-30T06:30:00Z")
        );
    }

    #[test]
    fn over_ten_years_nothing_ever_arrives_outside_working_hours() {
        let calendar = Calendar {
            closed: vec![Span::parse("12-29/01-03").unwrap()],
            vacations: Vec::new(),
        };
        let zone = chrono_tz::Asia::Tokyo;
        let mut monday = day("2026-01-05");
        while monday.year() < 2036 {
            for weekday in 1..=5 {
                for window in [
                    Window::Morning,
                    Window::Noon,
                    Window::Afternoon,
                    Window::Evening,
                ] {
                    let week = Week::of(monday);
                    let slot = Slot {
                        week,
                        weekday,
                        window,
                    };
                    let start = At::start_of(monday, zone);
                    if let Some(at) = calendar.next(slot, true, start, zone) {
                        let local = at.0.and_utc().with_timezone(&zone);
                        let clock = local.format("%H%M").to_string();
                        assert!(("0800".."1700").contains(&clock.as_str()), "{local}");
                        assert!(calendar.is_open(local.date_naive(), true), "{local}");
                        assert_eq!(Week::of(local.date_naive()), week);
                        assert_eq!(clock, crate::db::types::Word::word(window));
                    }
                }
            }
            let next = Week::of(monday + Days::new(7));
            assert_eq!(Week::of(monday).number() + 1, next.number());
            assert_eq!(Week::of(monday).after(), next);
            assert_eq!(next.before(), Week::of(monday));
            assert_eq!(Week::parse(&next.to_string()), Some(next));
            monday = next.monday();
        }
    }

    #[test]
    fn working_time_is_counted_over_nights_weekends_and_holidays() {
        let zone = chrono_tz::Asia::Tokyo;
        let calendar = Calendar::default();
        let at = |text: &str| At::parse(&format!("{text}:00+09:00")).unwrap();
        // Friday before the Labour Thanksgiving Day of 2026, a Monday, to the Tuesday after it.
        let (friday, tuesday) = (at("2026-11-20T16:30"), at("2026-11-24T08:45"));
        for (from, to, minutes) in [
            (friday, tuesday, 30 + 45),
            (friday, friday, 0),
            (tuesday, friday, 0),
            (at("2026-11-24T06:00"), at("2026-11-24T20:00"), 9 * 60),
            (at("2026-11-21T10:00"), at("2026-11-23T10:00"), 0),
        ] {
            assert_eq!(calendar.working_minutes(from, to, zone), minutes);
        }
        assert_eq!(calendar.working_ago(75, tuesday, zone), friday);
        assert_eq!(
            calendar.working_ago(45, tuesday, zone),
            at("2026-11-24T08:00")
        );
        assert_eq!(
            calendar.working_ago(46, tuesday, zone),
            at("2026-11-20T16:59")
        );
        assert_eq!(calendar.working_ago(0, tuesday, zone), tuesday);
        assert!(calendar.working_ago(i64::MAX / 2, tuesday, zone) < at("2026-01-01T00:00"));
    }
}
