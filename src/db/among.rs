//! `column IN (ids)` as a statement that is prepared once for many numbers of ids. With diesel's `eq_any` each number of
//! values is another statement, which is parsed and planned at every call.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

use super::types::UuidSql;
use crate::id::Id;

/// The ids of `In`, filled up to the next power of two by repeating the last: so few statements serve all numbers.
#[derive(Debug, Clone)]
pub struct Among<C> {
    column: C,
    ids: Vec<Id>,
}

/// For columns of ids.
pub trait AmongIds: Expression<SqlType = UuidSql> + Sized {
    /// Whether the column has one of `ids`; never for none.
    fn among(self, ids: &[Id]) -> Among<Self> {
        let mut filled = ids.to_vec();
        if let Some(last) = ids.last() {
            filled.resize(ids.len().next_power_of_two(), *last);
        }
        Among {
            column: self,
            ids: filled,
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

impl<C> QueryId for Among<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, B> QueryFragment<B> for Among<C>
where
    B: Backend + HasSqlType<UuidSql>,
    C: QueryFragment<B>,
    Id: ToSql<UuidSql, B>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        if self.ids.is_empty() {
            pass.push_sql("(1=0)");
            return Ok(());
        }
        pass.push_sql("(");
        self.column.walk_ast(pass.reborrow())?;
        for (place, id) in self.ids.iter().enumerate() {
            pass.push_sql(if place == 0 { " IN (" } else { ", " });
            pass.push_bind_param::<UuidSql, Id>(id)?;
        }
        pass.push_sql("))");
        Ok(())
    }
}
