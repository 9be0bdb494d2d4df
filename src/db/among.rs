//! `column IN (ids)` as one statement for any number of ids, so that it is parsed and planned once and found again by its
//! type, without its text being built. With diesel's `eq_any` SQLite parses and plans a list anew at every call.

use diesel::QueryResult;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;

use super::MultiBackend;
use super::types::UuidSql;
use crate::id::Id;

/// `ids` as one value: an array for PostgreSQL, JSON for SQLite, which has no arrays.
#[derive(Debug, Clone, QueryId)]
pub struct Among<C> {
    column: C,
    ids: Vec<Id>,
    json: String,
}

/// For columns of ids.
pub trait AmongIds: Expression<SqlType = UuidSql> + Sized {
    /// Whether the column has one of `ids`; never for none.
    fn among(self, ids: &[Id]) -> Among<Self> {
        // `unhex` reads 32 digits; quotes, commas and brackets come beside.
        let mut json = String::with_capacity(ids.len() * 35 + 2);
        json.push('[');
        for (place, id) in ids.iter().enumerate() {
            json.push_str(if place == 0 { "\"" } else { ",\"" });
            json.push_str(id.0.simple().encode_lower(&mut uuid::Uuid::encode_buffer()));
            json.push('"');
        }
        json.push(']');
        Among {
            column: self,
            ids: ids.to_vec(),
            json,
        }
    }
}

impl<C: Expression<SqlType = UuidSql>> AmongIds for C {}

impl<C> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C, QS> AppearsOnTable<QS> for Among<C> where C: AppearsOnTable<QS> {}

impl<C, QS> SelectableExpression<QS> for Among<C>
where
    Among<C>: AppearsOnTable<QS>,
    C: SelectableExpression<QS>,
{
}

impl<C, G> ValidGrouping<G> for Among<C>
where
    C: ValidGrouping<G, IsAggregate = is_aggregate::No>,
{
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryFragment<MultiBackend> for Among<C>
where
    C: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self, pass)
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("(");
        self.column.walk_ast(pass.reborrow())?;
        pass.push_sql(" = ANY(");
        pass.push_bind_param::<Array<UuidSql>, Vec<Id>>(&self.ids)?;
        pass.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        pass.push_sql("(");
        self.column.walk_ast(pass.reborrow())?;
        pass.push_sql(" IN (SELECT unhex(value) FROM json_each(");
        pass.push_bind_param::<Text, String>(&self.json)?;
        pass.push_sql(")))");
        Ok(())
    }
}
