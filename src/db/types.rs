//! Column types that are native in both databases: UUID / 16-byte BLOB, and text enums guarded by CHECK constraints.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlType};
use diesel::sqlite::Sqlite;
use uuid::Uuid;

pub use diesel::deserialize::FromSqlRow;
pub use diesel::expression::AsExpression;
pub use diesel::sql_types::Timestamp;

use super::{Db, MultiBackend};
use crate::clock::At;
use crate::id::Id;

/// `UUID` in PostgreSQL (OID 2950, array 2951), a BLOB of 16 bytes in SQLite.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct UuidSql;

impl HasSqlType<UuidSql> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<UuidSql>(lookup)
    }
}

impl FromSql<UuidSql, Pg> for Id {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Id(Uuid::from_slice(value.as_bytes())?))
    }
}

impl FromSql<UuidSql, Sqlite> for Id {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes: Vec<u8> = FromSql::<diesel::sql_types::Binary, Sqlite>::from_sql(value)?;
        Ok(Id(Uuid::from_slice(&bytes)?))
    }
}

impl FromSql<UuidSql, MultiBackend> for Id {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Id, UuidSql>()
    }
}

impl ToSql<UuidSql, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<UuidSql, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl ToSql<UuidSql, MultiBackend> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((UuidSql, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Pg> for At {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Pg>::from_sql(value).map(At)
    }
}

impl FromSql<Timestamp, Sqlite> for At {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text: String = FromSql::<diesel::sql_types::Text, Sqlite>::from_sql(value)?;
        moment(&text).ok_or_else(|| format!("no moment: {text:?}").into())
    }
}

impl FromSql<Timestamp, MultiBackend> for At {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<At, Timestamp>()
    }
}

/// A moment as diesel writes it into SQLite, `2026-05-01 06:40:00` with a fraction where it has one: read as it stands, for
/// chrono reads its formats anew for each row. The other forms in which SQLite itself writes a moment without a zone are left to it.
fn moment(text: &str) -> Option<At> {
    let exact = || {
        let (day, clock) = text.split_once(' ')?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let digits = |text: &str, length: usize| {
            let right = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
            if right {
                text.parse::<u32>().ok()
            } else {
                None
            }
        };
        let three = |text: &str, by: char| {
            let mut parts = text.splitn(3, by);
            let [first, second, third] = [parts.next()?, parts.next()?, parts.next()?];
            let first_length = if by == '-' { 4 } else { 2 };
            Some((
                digits(first, first_length)?,
                digits(second, 2)?,
                digits(third, 2)?,
            ))
        };
        let (year, month, day) = three(day, '-')?;
        let (hour, minute, second) = three(clock, ':')?;
        let micros = match fraction.len() {
            0 => 0,
            length @ 1..=6 => {
                digits(fraction, length)? * 10u32.pow(6 - u32::try_from(length).ok()?)
            }
            _ => return None,
        };
        let date = chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        date.and_hms_micro_opt(hour, minute, second, micros)
    };
    let left = || {
        ["%F %T%.f", "%FT%T%.f", "%F %H:%M", "%FT%H:%M"]
            .iter()
            .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
    };
    exact().or_else(left).map(At)
}

impl<B: Backend> ToSql<Timestamp, B> for At
where
    chrono::NaiveDateTime: ToSql<Timestamp, B>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, B>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// An enum of words: what stands in the column, in JSON and in addresses. `text_enum!` gives it the two functions.
pub trait Word: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

/// Declares an enum stored as text (guarded by a CHECK constraint), serialised as the same word.
#[macro_export]
macro_rules! text_enum {
    // `tt`, not `literal`: utoipa reads the word out of serde's attribute and sees through nothing else.
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, $crate::db::types::AsExpression, $crate::db::types::FromSqlRow,
                 serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $crate::db::types::Word for $name {
            const ALL: &'static [Self] = &[$($name::$variant),+];
            fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::db::types::Word::word(*self))
            }
        }

        impl<B: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, B> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, B>,
        {
            fn from_sql(value: B::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = String::from_sql(value)?;
                $crate::db::types::Word::from_word(&word)
                    .ok_or_else(|| format!("unknown {}: {word}", stringify!($name)).into())
            }
        }

        impl<B: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, B> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, B>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, B>) -> diesel::serialize::Result {
                let word: &'static str = $crate::db::types::Word::word(*self);
                word.to_sql(out)
            }
        }
    };
}

/// The database that a query runs on, where the two must be told apart.
pub fn is_postgres(db: &Db) -> bool {
    matches!(db, Db::Postgres(_))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn moments_are_read_as_chrono_reads_them(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
            let at = At::from_micros(micros).unwrap();
            let text = at.0.format("%F %T%.f").to_string();
            prop_assert_eq!(moment(&text), Some(at));
        }
    }

    #[test]
    fn other_forms_are_left_to_chrono() {
        let at = moment("2026-05-01 06:40:00").unwrap();
        assert_eq!(moment("2026-05-01T06:40:00"), Some(at));
        assert_eq!(moment("2026-05-01 06:40"), Some(at));
        assert_eq!(moment("2026-05-01 06:40:00.000000000"), Some(at));
        for wrong in [
            "",
            "2026-05-01",
            "2026-13-01 06:40:00",
            "2026-05-01 24:40:00",
            "あした",
            "2026-05-01 06:40:00.x",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
