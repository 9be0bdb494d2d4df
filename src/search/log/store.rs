//! SQL of the search log.

use diesel::dsl::{max, sum};
use diesel::prelude::*;

use super::{LEAST_UNOPENED, ROWS, Search, Searched, Tally};
use crate::clock::At;
use crate::db::Db;
use crate::db::portable::OnBoth;
use crate::db::schema::search_log;
use crate::error::Result;

/// Adds to the counts of an hour.
pub fn add(db: &mut Db, hour: At, search: &Search, tally: Tally) -> Result<()> {
    OnBoth(
        diesel::insert_into(search_log::table)
            .values((
                search_log::hour.eq(hour),
                search_log::term.eq(&search.term),
                search_log::filters.eq(&search.filters),
                search_log::times.eq(0),
                search_log::empty.eq(0),
                search_log::opened.eq(0),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(db)?;
    diesel::update(search_log::table.find((hour, &search.term, &search.filters)))
        .set((
            search_log::times.eq(search_log::times + tally.times),
            search_log::empty.eq(search_log::empty + tally.empty),
            search_log::opened.eq(search_log::opened + tally.opened),
        ))
        .execute(db)?;
    Ok(())
}

pub fn delete_before(db: &mut Db, oldest: At) -> Result<()> {
    diesel::delete(search_log::table.filter(search_log::hour.lt(oldest))).execute(db)?;
    Ok(())
}

type Row = (String, String, Option<i64>, Option<i64>, Option<At>);

fn searched(row: Row) -> Option<Searched> {
    let (term, filters, times, empty, last) = row;
    Some(Searched {
        search: Search { term, filters },
        times: times?,
        empty: empty?,
        last: last?,
    })
}

pub fn fruitless(db: &mut Db, since: At) -> Result<Vec<Searched>> {
    let rows: Vec<Row> = search_log::table
        .filter(search_log::hour.ge(since))
        .group_by((search_log::term, search_log::filters))
        .having(sum(search_log::empty).gt(0))
        .order((
            sum(search_log::empty).desc(),
            max(search_log::hour).desc(),
            search_log::term,
        ))
        .limit(ROWS)
        .select((
            search_log::term,
            search_log::filters,
            sum(search_log::times),
            sum(search_log::empty),
            max(search_log::hour),
        ))
        .load(db)?;
    Ok(rows.into_iter().filter_map(searched).collect())
}

pub fn unopened(db: &mut Db, since: At) -> Result<Vec<Searched>> {
    let rows: Vec<Row> = search_log::table
        .filter(search_log::hour.ge(since))
        .group_by((search_log::term, search_log::filters))
        .having(
            sum(search_log::opened)
                .eq(0)
                .and(sum(search_log::empty).eq(0))
                .and(sum(search_log::times).ge(LEAST_UNOPENED)),
        )
        .order((
            sum(search_log::times).desc(),
            max(search_log::hour).desc(),
            search_log::term,
        ))
        .limit(ROWS)
        .select((
            search_log::term,
            search_log::filters,
            sum(search_log::times),
            sum(search_log::empty),
            max(search_log::hour),
        ))
        .load(db)?;
    Ok(rows.into_iter().filter_map(searched).collect())
}
