//! What diesel cannot say on both databases at once, in one place. Stands on undocumented items of diesel 2.3.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use super::{Db, MultiBackend};

/// A query whose parts exist on each database but not on the enum of both (`ON CONFLICT`, `UNION`).
pub struct OnBoth<Q>(pub Q);

impl<Q> QueryId for OnBoth<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for OnBoth<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Db> for OnBoth<Q> {}

impl<Q> QueryFragment<MultiBackend> for OnBoth<Q>
where
    Q: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}

/// Loads, of a query that is the same on both databases, from the connection itself: `straight!(db, query.load::<Row>)`. Through
/// `Db` a statement's text is built two or three times at each call, which takes longer than small answers do; asked straight,
/// diesel finds the statement that it kept by the type of the query. Not for boxed queries, which stand on one of the two.
#[macro_export]
macro_rules! straight {
    ($db:expr, $query:ident.$load:ident $(::<$row:ty>)?) => {
        match $db {
            $crate::db::Db::Postgres(pg) => $query.$load $(::<$row>)? (pg),
            $crate::db::Db::Sqlite(sqlite) => $query.$load $(::<$row>)? (sqlite),
        }
    };
}

/// Whether `error` is the refusal of a duplicate in `table.column` (SQLite names the column, PostgreSQL the
/// constraint, which by our rule is called `table_column_key`).
pub fn duplicates(error: &DieselError, table: &str, column: &str) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return false;
    };
    match info.constraint_name() {
        Some(constraint) => constraint == format!("{table}_{column}_key"),
        None => info.message().contains(&format!("{table}.{column}")),
    }
}
