//! Identities. Every row has a UUID v7: it grows in time order, so primary keys do too. This module never reads the clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::At;

/// A UUID; 16 bytes in both databases, the hyphenated form outside.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    crate::db::types::AsExpression,
    crate::db::types::FromSqlRow,
)]
#[diesel(sql_type = crate::db::types::UuidSql)]
#[serde(transparent)]
pub struct Id(pub Uuid);

impl Id {
    /// Before all others; nothing has it.
    pub const NIL: Id = Id(Uuid::nil());

    /// A fresh identity for something that begins at `now`: 48 bits of its milliseconds, the rest random.
    pub fn new(now: At) -> Id {
        let millis = u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0);
        Id(uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes()).into_uuid())
    }

    /// The value under which the search index knows it.
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    pub fn from_u128(value: u128) -> Id {
        Id(Uuid::from_u128(value))
    }
}

/// `N` bytes from the operating system. Should it have none to give, the process cannot make secrets and stops.
#[expect(
    clippy::panic,
    reason = "without randomness no secret may be made; nothing sensible can follow"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gives no random bytes: {error}");
    }
    bytes
}

/// A code of 7 characters for short addresses (27⁷ ≈ 10¹⁰); without vowels and look-alikes, so that it spells nothing.
pub fn short_code() -> String {
    const ALPHABET: &[u8; 27] = b"23456789bcdfghjkmnpqrstvwxz";
    random_bytes::<7>()
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|byte| char::from(*byte))
        .collect()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Id, uuid::Error> {
        Uuid::try_parse(text).map(Id)
    }
}
