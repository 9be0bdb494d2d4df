//! Time. The only place that reads the machine's clock; rules get `now` as an argument and tests move it by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Timelike,
    Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, UTC, to the microsecond (what PostgreSQL keeps, so that every value comes back as it was stored).
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    crate::db::types::AsExpression,
    crate::db::types::FromSqlRow,
)]
#[diesel(sql_type = crate::db::types::Timestamp)]
pub struct At(pub NaiveDateTime);

impl At {
    /// The beginning of the years that RFC 3339 can write.
    pub const YEAR_0: At = At(NaiveDateTime::new(
        NaiveDate::from_ymd_opt(0, 1, 1).expect("a day"),
        NaiveTime::MIN,
    ));

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// None outside chrono's years (±262,000).
    pub fn from_micros(micros: i64) -> Option<At> {
        DateTime::from_timestamp_micros(micros).map(|time| At(time.naive_utc()))
    }

    pub fn from_utc(time: DateTime<Utc>) -> At {
        At::from_micros(time.timestamp_micros()).unwrap_or(At(time.naive_utc()))
    }

    /// RFC 3339, any offset.
    pub fn parse(text: &str) -> Option<At> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| At::from_utc(time.to_utc()))
    }

    /// `2026-05-01T06:40:00.000000Z`, without the fraction where it is zero.
    pub fn rfc3339(self) -> String {
        let fraction = match self.0.nanosecond() {
            0 => SecondsFormat::Secs,
            _ => SecondsFormat::Micros,
        };
        self.0.and_utc().to_rfc3339_opts(fraction, true)
    }

    pub fn plus(self, span: TimeDelta) -> At {
        At(self.0.checked_add_signed(span).unwrap_or(self.0))
    }

    pub fn minus(self, span: TimeDelta) -> At {
        self.plus(-span)
    }

    pub fn since(self, earlier: At) -> TimeDelta {
        self.0 - earlier.0
    }

    fn local(self, zone: Tz) -> DateTime<Tz> {
        self.0.and_utc().with_timezone(&zone)
    }

    /// The day in `zone`.
    pub fn day(self, zone: Tz) -> NaiveDate {
        self.local(zone).date_naive()
    }

    /// Midnight at the beginning of `day` in `zone`; where that midnight does not exist, of the day in UTC.
    pub fn start_of(day: NaiveDate, zone: Tz) -> At {
        let midnight = day.and_time(NaiveTime::MIN);
        midnight
            .and_local_timezone(zone)
            .earliest()
            .map_or(At(midnight), |midnight| At::from_utc(midnight.to_utc()))
    }

    /// The full hour in UTC.
    pub fn hour(self) -> At {
        self.minus(TimeDelta::microseconds(
            self.micros().rem_euclid(3_600_000_000),
        ))
    }

    /// Midnight of the month's first day in `zone`; the moment itself where that midnight does not exist.
    pub fn month_start(self, zone: Tz) -> At {
        let day = self.day(zone);
        day.with_day(1)
            .and_then(|first| first.and_hms_opt(0, 0, 0))
            .and_then(|midnight| midnight.and_local_timezone(zone).earliest())
            .map_or(self, |midnight| At::from_utc(midnight.to_utc()))
    }

    /// As a teacher reads it: 「16:12」 today, 「きのう 16:12」, 「11月20日」 in this school year (from 1 April), else 「令和6年11月20日」.
    pub fn in_words(self, now: At, zone: Tz) -> String {
        let (then, today) = (self.local(zone), now.day(zone));
        let day = then.date_naive();
        let clock = format!("{}:{:02}", then.hour(), then.minute());
        if day == today {
            clock
        } else if today.pred_opt() == Some(day) {
            format!("きのう {clock}")
        } else if school_year(day) == school_year(today) {
            format!("{}月{}日", day.month(), day.day())
        } else {
            format!("{}{}月{}日", era_year(day), day.month(), day.day())
        }
    }

    /// `令和8年11月20日 16:12`, for titles of time elements.
    pub fn in_full(self, zone: Tz) -> String {
        let then = self.local(zone);
        let day = then.date_naive();
        format!(
            "{}{}月{}日 {}:{:02}",
            era_year(day),
            day.month(),
            day.day(),
            then.hour(),
            then.minute()
        )
    }
}

/// The Japanese school year: it begins on 1 April.
pub fn school_year(day: NaiveDate) -> i32 {
    day.year() - i32::from(day.month() < 4)
}

/// 「令和8年」; years before Reiwa (2019-05-01) in the common era.
pub fn era_year(day: NaiveDate) -> String {
    match (day.year(), day.month()) {
        (2019, 5..) => "令和元年".to_owned(),
        (year, _) if year > 2019 => format!("令和{}年", year - 2018),
        (year, _) => format!("{year}年"),
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        let text = String::deserialize(deserializer)?;
        At::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// Where `now` comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Microseconds since the epoch, moved by tests.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> At {
        match self {
            Clock::System => At::from_utc(Utc::now()),
            Clock::Fixed(micros) => {
                At::from_micros(micros.load(Ordering::SeqCst)).unwrap_or(At(NaiveDateTime::MIN))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        At::parse(text).unwrap_or(At(NaiveDateTime::MIN))
    }

    #[test]
    fn school_years_begin_in_april() {
        let year = |text: &str| school_year(text.parse().unwrap());
        assert_eq!(year("2026-03-31"), 2025);
        assert_eq!(year("2026-04-01"), 2026);
        assert_eq!(year("2026-12-31"), 2026);
    }

    #[test]
    fn times_are_told_as_teachers_tell_them() {
        let zone = chrono_tz::Asia::Tokyo;
        let now = at("2026-11-22T15:40:00+09:00");
        assert_eq!(at("2026-11-22T08:05:00+09:00").in_words(now, zone), "8:05");
        assert_eq!(
            at("2026-11-21T23:59:00+09:00").in_words(now, zone),
            "きのう 23:59"
        );
        assert_eq!(
            at("2026-04-01T00:00:00+09:00").in_words(now, zone),
            "4月1日"
        );
        assert_eq!(
            at("2026-03-31T23:59:59+09:00").in_words(now, zone),
            "令和8年3月31日"
        );
        assert_eq!(
            at("2018-11-20T10:00:00+09:00").in_words(now, zone),
            "2018年11月20日"
        );
    }

    #[test]
    fn rfc3339_round_trips_to_the_microsecond() {
        for micros in [0, 1, -1, 1_700_000_000_000_000, 1_700_000_000_123_456] {
            let time = At::from_micros(micros).unwrap_or(At(NaiveDateTime::MIN));
            assert_eq!(At::parse(&time.rfc3339()), Some(time));
        }
    }
}
