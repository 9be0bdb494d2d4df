//! PostgreSQL's side of the connection: how long it may keep us waiting, and which of its errors pass by themselves.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{Connection, ConnectionError};

/// What libpq is told where the URL does not say otherwise. Five seconds to connect; a server whose machine is gone is
/// given up after ten seconds without an acknowledgement, or after a minute of silence. None of it helps against a
/// server that hangs while its machine lives: for that there is `WORK_DEADLINE`.
const LIBPQ: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
];

/// What the server is told: to end a statement, a wait for a lock, and a transaction in which nothing is asked. The last
/// is for other processes: a transaction left open keeps its locks, and every search index waits for it.
const SESSION: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
     SET idle_in_transaction_session_timeout = '60s';";

/// For a migration, which takes as long as it takes.
pub const PATIENT: &str = "SET statement_timeout = 0; SET lock_timeout = 0;";

pub fn connect(url: &str) -> Result<PgConnection, ConnectionError> {
    let mut connection = PgConnection::establish(&with_limits(url))?;
    limit(&mut connection).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Sets a session's limits, also after `PATIENT`.
pub fn limit(connection: &mut PgConnection) -> diesel::QueryResult<()> {
    connection.batch_execute(SESSION)
}

/// `url` with those of `LIBPQ` that it does not name. By text: libpq also takes several hosts, which no other parser does.
fn with_limits(url: &str) -> String {
    let mut limited = url.to_owned();
    for (name, value) in LIBPQ {
        if !url.contains(&format!("{name}=")) {
            limited.push(if limited.contains('?') { '&' } else { '?' });
            limited.push_str(&format!("{name}={value}"));
        }
    }
    limited
}

/// Whether the same may succeed when it is tried again: the connection was lost, or the server gave up on the transaction
/// for the sake of another or of time.
pub fn passes(error: &Error) -> bool {
    match error {
        Error::BrokenTransactionManager
        | Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure,
            _,
        ) => true,
        Error::RollbackErrorOnCommit { commit_error, .. } => passes(commit_error),
        Error::DatabaseError(DatabaseErrorKind::Unknown, told) => {
            GAVE_UP.iter().any(|known| told.message().contains(known))
        }
        _ => false,
    }
}

/// 40P01, 55P03 and 57014 in the two languages that the server may speak here: diesel keeps no codes.
const GAVE_UP: [&str; 6] = [
    "deadlock detected",
    "canceling statement due to lock timeout",
    "canceling statement due to statement timeout",
    "デッドロックを検出しました",
    "ロックのタイムアウトのためステートメントをキャンセルしています",
    "ステートメントのタイムアウトのためステートメントをキャンセルしています",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: DatabaseErrorKind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn the_url_has_the_last_word() {
        assert_eq!(
            with_limits("postgres://a,b:1/d"),
            "postgres://a,b:1/d?connect_timeout=5&tcp_user_timeout=10000&keepalives_idle=30&keepalives_interval=10\
             &keepalives_count=3"
        );
        let own = with_limits("postgres://h/d?connect_timeout=1&keepalives_count=9");
        assert_eq!(
            own,
            "postgres://h/d?connect_timeout=1&keepalives_count=9&tcp_user_timeout=10000&keepalives_idle=30\
             &keepalives_interval=10"
        );
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let gone = failed(DatabaseErrorKind::ClosedConnection, "server closed");
        assert!(passes(&gone));
        assert!(passes(&Error::RollbackErrorOnCommit {
            rollback_error: Box::new(Error::BrokenTransactionManager),
            commit_error: Box::new(gone),
        }));
        assert!(passes(&failed(
            DatabaseErrorKind::Unknown,
            "deadlock detected"
        )));
        assert!(!passes(&failed(
            DatabaseErrorKind::Unknown,
            "syntax error at or near \"x\""
        )));
        assert!(!passes(&failed(
            DatabaseErrorKind::UniqueViolation,
            "duplicate key"
        )));
        assert!(!passes(&Error::NotFound));
    }
}
