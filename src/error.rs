//! What can go wrong, in one enum. Rules return it, `web/error.rs` alone turns it into a status and a page.
//! Causes of our own faults go to the log; visitors see plain Japanese.

use std::fmt;

use crate::accounts::Who;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing there, or nothing that this person may know of (the two are never told apart).
    #[error("not found")]
    NotFound,
    /// One must sign in first.
    #[error("sign-in required")]
    SignInRequired,
    /// Address or password is wrong, or the account may not sign in; never says which.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The role does not allow it. The text says what is needed.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// An unsafe request that did not come from our own pages.
    #[error("cross-site request")]
    CrossSite,
    /// The request cannot be read at all (not UTF-8, not JSON, a broken cursor).
    #[error("bad request: {0}")]
    BadRequest(String),
    /// Fields that must be corrected.
    #[error("invalid input: {0}")]
    Invalid(FieldErrors),
    /// An edit of an older version; carries the present one's number.
    #[error("stale edit: revision {0} is current")]
    Stale(i32),
    #[error("too large")]
    TooLarge,
    /// What is wanted does not fit what has been decided meanwhile; the text says what, and what to do.
    #[error("conflict")]
    Conflict(String),
    /// Somebody new has written as much as newcomers may in a day; how much that is, and seconds to wait.
    #[error("newcomer's {most} posts a day: retry after {wait} s")]
    Newcomer { most: u32, wait: u64 },
    /// Too often; seconds to wait.
    #[error("too many requests: retry after {0} s")]
    TooMany(u64),
    /// No free place within the deadline.
    #[error("busy: retry after {0} s")]
    Busy(u64),
    /// The disk is full: what was sent cannot be kept. Says of what; logged once.
    #[error("no room left: {0}")]
    NoRoom(String),
    /// What was sent did not come in time.
    #[error("the body came too slowly")]
    TooSlow,
    /// Our fault. The cause is logged once, with an incident id.
    #[error("internal: {0}")]
    Internal(String),
}

/// One thing to correct: the field as the API names it, a stable code, the words for the teacher.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    pub field: String,
    pub code: String,
    pub message: String,
}

/// Everything to correct, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    pub fn one(field: &str, code: &str, message: impl Into<String>) -> FieldErrors {
        let mut errors = FieldErrors::default();
        errors.add(field, code, message);
        errors
    }

    pub fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// Keeps the value of a parsed field, or its error.
    pub fn take<T>(&mut self, parsed: std::result::Result<T, FieldError>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push(error);
                None
            }
        }
    }

    pub fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.message.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldErrors {
    /// Codes only: messages may hold what was typed, and this text is logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}: {}", error.field, error.code)?;
        }
        Ok(())
    }
}

impl Error {
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Error {
        Error::Invalid(FieldErrors::one(field, code, message))
    }

    pub fn internal(cause: impl fmt::Display) -> Error {
        Error::Internal(cause.to_string())
    }

    /// The refusal of `who`: visitors are asked to sign in, members are told what is needed.
    pub fn refusal(who: &Who, needed: &'static str) -> Error {
        match who {
            Who::Visitor { .. } => Error::SignInRequired,
            Who::Member(_) => Error::Forbidden(needed),
        }
    }
}
