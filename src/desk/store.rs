//! SQL of the desk: what is counted for it, and what it keeps.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::List;
use crate::clock::At;
use crate::db::portable::OnBoth;
use crate::db::schema::{desk_items, desk_pairs, desk_state, marks, threads};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::id::Id;
use crate::replies::marks::Mark;
use crate::threads::{Kind, Visibility};

/// When the lists were made, and the last question that was compared.
pub fn state(db: &mut Db) -> Result<Option<(At, Option<Id>)>> {
    Ok(desk_state::table
        .find(1)
        .select((desk_state::refreshed_at, desk_state::seen_to))
        .first(db)
        .optional()?)
}

pub fn set_state(db: &mut Db, seen_to: Option<Id>, now: At) -> Result<()> {
    diesel::delete(desk_state::table.find(1)).execute(db)?;
    diesel::insert_into(desk_state::table)
        .values((
            desk_state::id.eq(1),
            desk_state::refreshed_at.eq(now),
            desk_state::seen_to.eq(seen_to),
        ))
        .execute(db)?;
    Ok(())
}

/// Solved questions by how many found them or their answers helpful since `since`.
pub fn helpful(db: &mut Db, since: At, fewest: i64, limit: i64) -> Result<Vec<(Id, i64)>> {
    Ok(marks::table
        .inner_join(threads::table.on(threads::id.eq(marks::thread_id)))
        .filter(marks::kind.eq(Mark::Helpful))
        .filter(marks::at.gt(since))
        .filter(threads::kind.eq(Kind::Question))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::accepted_reply_id.is_not_null())
        .filter(threads::recommended.eq(false))
        .group_by(marks::thread_id)
        .having(count_star().ge(fewest))
        .order((count_star().desc(), marks::thread_id.desc()))
        .limit(limit)
        .select((marks::thread_id, count_star()))
        .load(db)?)
}

/// Questions by how many others were said, or seem, to ask the same.
pub fn asked_again(db: &mut Db, limit: i64) -> Result<Vec<(Id, i64)>> {
    let linked: Vec<(Option<Id>, i64)> = threads::table
        .filter(threads::duplicate_of.is_not_null())
        .filter(threads::visibility.eq(Visibility::Visible))
        .group_by(threads::duplicate_of)
        .select((threads::duplicate_of, count_star()))
        .load(db)?;
    let alike: Vec<(Id, i64)> = desk_pairs::table
        .filter(desk_pairs::dismissed.eq(false))
        .group_by(desk_pairs::other_id)
        .select((desk_pairs::other_id, count_star()))
        .load(db)?;
    let mut numbers = std::collections::HashMap::new();
    let linked = linked
        .into_iter()
        .filter_map(|(id, number)| Some((id?, number)));
    for (id, number) in linked.chain(alike) {
        *numbers.entry(id).or_insert(0) += number;
    }
    let mut all: Vec<(Id, i64)> = numbers.into_iter().collect();
    all.sort_unstable_by_key(|(id, number)| std::cmp::Reverse((*number, *id)));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// Visible questions after `after` in the order of identity, none from before `since`.
pub fn new_questions(db: &mut Db, after: Option<Id>, since: At, limit: i64) -> Result<Vec<Id>> {
    let mut query = threads::table
        .filter(threads::kind.eq(Kind::Question))
        .filter(threads::visibility.eq(Visibility::Visible))
        .filter(threads::created_at.gt(since))
        .order(threads::id)
        .limit(limit)
        .select(threads::id)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(threads::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub fn items(db: &mut Db, list: List) -> Result<Vec<(Id, i32)>> {
    Ok(desk_items::table
        .filter(desk_items::list.eq(list))
        .order((desk_items::number.desc(), desk_items::thread_id.desc()))
        .select((desk_items::thread_id, desk_items::number))
        .load(db)?)
}

pub fn replace_items(db: &mut Db, items: &[(List, Id, i64)]) -> Result<()> {
    diesel::delete(desk_items::table).execute(db)?;
    for (list, thread, number) in items {
        diesel::insert_into(desk_items::table)
            .values((
                desk_items::list.eq(list),
                desk_items::thread_id.eq(thread),
                desk_items::number.eq(i32::try_from(*number).unwrap_or(i32::MAX)),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// A pair that was there, dismissed or not, stays as it is.
pub fn add_pairs(db: &mut Db, pairs: &[(Id, Id, i32)], now: At) -> Result<()> {
    for (newer, older, likeness) in pairs {
        OnBoth(
            diesel::insert_into(desk_pairs::table)
                .values((
                    desk_pairs::thread_id.eq(newer),
                    desk_pairs::other_id.eq(older),
                    desk_pairs::likeness.eq(likeness),
                    desk_pairs::at.eq(now),
                ))
                .on_conflict_do_nothing(),
        )
        .execute(db)?;
    }
    Ok(())
}

/// Pairs that nobody has looked at, the last found first; without those that were linked meanwhile.
pub fn open_pairs(db: &mut Db, limit: i64) -> Result<Vec<(Id, Id)>> {
    Ok(desk_pairs::table
        .inner_join(threads::table.on(threads::id.eq(desk_pairs::thread_id)))
        .filter(desk_pairs::dismissed.eq(false))
        .filter(threads::duplicate_of.is_null())
        .filter(threads::merged_into.is_null())
        .order((desk_pairs::at.desc(), desk_pairs::thread_id.desc()))
        .limit(limit)
        .select((desk_pairs::thread_id, desk_pairs::other_id))
        .load(db)?)
}

pub fn dismiss(db: &mut Db, newer: Id, older: Id) -> Result<()> {
    diesel::update(desk_pairs::table.find((newer, older)))
        .set(desk_pairs::dismissed.eq(true))
        .execute(db)?;
    Ok(())
}
