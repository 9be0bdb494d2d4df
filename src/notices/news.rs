//! Mail that comes at once: whom a reply concerns, held to working hours and gathered so that one thread sends a reader at
//! most one letter an hour.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::TimeDelta;
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use super::outbox::{self, About, Claimed, Item, NewLetter, State, freeze};
use super::settings::{self, List, Reader, Reason};
use super::site::{self, Event};
use super::store;
use super::view::{self, NewReply};
use crate::accounts::{self, Signature, Signers};
use crate::calendar::Calendar;
use crate::clock::At;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::mail::Letter;
use crate::replies::{self, Reply};
use crate::taxonomy::{self, Vocabulary};
use crate::threads::{self, Summary};

/// Between two letters about one thread to one reader.
pub const BETWEEN: TimeDelta = TimeDelta::hours(1);
/// Shorter names are called by too many words.
const SHORTEST_NAME: usize = 2;

/// When working hours are.
#[derive(Clone, Copy)]
pub struct Hours<'a> {
    pub calendar: &'a Calendar,
    pub zone: Tz,
}

impl Hours<'_> {
    /// When a letter to this reader may leave, not before `at`.
    pub fn for_news(&self, reader: &Reader, at: At) -> At {
        if reader.settings.any_time {
            at
        } else {
            self.calendar.next_working(at, self.zone)
        }
    }
}

/// Notes whom a new reply concerns. Noting it twice is noting it once. A reply that is gone concerns nobody.
pub fn note_reply(db: &mut Db, reply: Id, hours: Hours<'_>, now: At) -> Result<()> {
    let house = accounts::house();
    let Some(reply) = replies::visible_by_ids(db, &[reply])?.into_iter().next() else {
        return Ok(());
    };
    let Some(thread) = threads::visible(db, &house, &[reply.thread])?
        .into_iter()
        .next()
    else {
        return Ok(());
    };
    let mut concerned = concerned(db, &reply, &thread)?;
    let accounts: Vec<Id> = concerned.keys().copied().collect();
    let accounts = accounts::active_among(db, &accounts)?;
    concerned.retain(|account, _| accounts.contains(account));
    for (account, reasons) in &concerned {
        let weightiest = Reason::AT_ONCE
            .into_iter()
            .find(|why| reasons.contains(why));
        site::note(
            db,
            *account,
            reply.id,
            as_event(weightiest),
            reply.created_at,
        )?;
    }
    for account in &accounts {
        settings::ensure(db, *account, now)?;
    }
    let last = store::last_news(db, thread.id, &accounts)?;
    for reader in settings::readers(db, &accounts)? {
        let set = &reader.settings;
        let reasons = concerned.get(&reader.account);
        let why = Reason::AT_ONCE.into_iter().find(|why| {
            set.at_once.contains(why) && reasons.is_some_and(|known| known.contains(why))
        });
        let open = reader.active && !set.silenced && !set.is_pausing(now.day(hours.zone));
        let Some(why) = why.filter(|_| open) else {
            continue;
        };
        let earliest = last
            .get(&reader.account)
            .map_or(now, |last| now.max(last.plus(BETWEEN)));
        let run_at = hours.for_news(&reader, earliest);
        store::insert_notice(db, reader.account, &reply, why, run_at)?;
    }
    Ok(())
}

fn as_event(why: Option<Reason>) -> Event {
    match why {
        Some(Reason::Own) => Event::Own,
        Some(Reason::Mention) => Event::Mention,
        _ => Event::Followed,
    }
}

/// By person, why a reply concerns them. Nobody hears of their own words.
fn concerned(db: &mut Db, reply: &Reply, thread: &Summary) -> Result<BTreeMap<Id, Vec<Reason>>> {
    let mut all: BTreeMap<Id, Vec<Reason>> = BTreeMap::new();
    let mut add = |account: Id, why: Reason| all.entry(account).or_default().push(why);
    add(thread.author.addressee(), Reason::Own);
    if let Some(quoted) = reply.quote_of {
        for quoted in replies::visible_by_ids(db, &[quoted])? {
            add(quoted.author.addressee(), Reason::Mention);
        }
    }
    for account in called(db, reply, thread)? {
        add(account, Reason::Mention);
    }
    for account in replies::marks::followers(db, thread.id)? {
        add(account, Reason::Followed);
    }
    all.remove(&reply.author.addressee());
    Ok(all)
}

/// Who of those that wrote in the thread with their names is called by it: 「@見本 あおい」, whatever the width and with or
/// without spaces.
fn called(db: &mut Db, reply: &Reply, thread: &Summary) -> Result<Vec<Id>> {
    let text = squeezed(&reply.body);
    if !text.contains('@') {
        return Ok(Vec::new());
    }
    let mut writers: HashSet<Id> = replies::visible_of(db, &[thread.id])?
        .iter()
        .filter_map(|reply| reply.signature.named())
        .collect();
    writers.extend(thread.signature.named());
    let writers: Vec<Id> = writers.into_iter().collect();
    let names = accounts::authors(db, &writers)?;
    let is_called = |name: &str| {
        let name = squeezed(name);
        name.chars().count() >= SHORTEST_NAME && text.contains(&format!("@{name}"))
    };
    Ok(names
        .into_iter()
        .filter(|(_, author)| !author.departed && is_called(&author.name))
        .map(|(id, _)| id)
        .collect())
}

/// The compatibility form in small letters, without white space.
fn squeezed(text: &str) -> String {
    text.nfkc()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether any notice is due.
pub fn any_due(db: &mut Db, now: At) -> Result<bool> {
    Ok(!store::due_notices(db, 1, now)?.is_empty())
}

/// Writes letters for notices that are due: one for each reader and thread. Returns how many.
pub fn gather(db: &mut Db, limit: i64, public_url: &str, now: At) -> Result<usize> {
    let mut written = 0;
    let words = taxonomy::current(db)?;
    for (account, thread) in store::due_notices(db, limit, now)? {
        // Held until the end of the transaction: no other process writes to this reader meanwhile.
        store::hold(db, account)?;
        let last = store::last_news(db, thread, &[account])?;
        if let Some(last) = last.get(&account)
            && last.plus(BETWEEN) > now
        {
            store::put_off_notices(db, account, thread, last.plus(BETWEEN), now)?;
            continue;
        }
        let notices = store::take_notices(db, account, thread, now)?;
        if notices.is_empty() {
            continue;
        }
        let items: Vec<Item> = notices
            .into_iter()
            .map(|(reply, why)| Item {
                why,
                thread,
                revision: 0,
                reply: Some(reply),
                replies: 0,
                spoken: None,
            })
            .collect();
        let id = Id::new(now);
        let page = Page::read(db, &[(account, items.as_slice())])?;
        let letter = page.letter(id, account, &items, &words, public_url)?;
        let letter = NewLetter {
            id,
            account,
            about: About::Thread(thread),
            state: State::Queued,
            reason: "",
            frozen: freeze(&items)?,
            frozen_hash: letter.map(|letter| letter.hash()).unwrap_or_default(),
            run_at: now,
        };
        outbox::add(db, &[letter], now)?;
        written += 1;
    }
    Ok(written)
}

/// What letters with news are made from, read once for several of them.
#[derive(Default)]
pub struct Page {
    readers: HashMap<Id, Reader>,
    threads: HashMap<Id, Summary>,
    replies: HashMap<Id, Reply>,
    signers: Signers,
}

impl Page {
    /// For these claimed letters, those about threads.
    ///
    /// # Errors
    /// Of the database.
    pub fn of(db: &mut Db, claimed: &[Claimed]) -> Result<Page> {
        let mut all = Vec::new();
        for one in claimed {
            if matches!(one.about, About::Thread(_)) {
                all.push((one.account, outbox::thaw(&one.frozen)?));
            }
        }
        let parts: Vec<(Id, &[Item])> = all
            .iter()
            .map(|(id, list)| (*id, list.as_slice()))
            .collect();
        Page::read(db, &parts)
    }

    fn read(db: &mut Db, letters: &[(Id, &[Item])]) -> Result<Page> {
        if letters.is_empty() {
            return Ok(Page::default());
        }
        let accounts: Vec<Id> = letters.iter().map(|(account, _)| *account).collect();
        let items = || letters.iter().flat_map(|(_, items)| items.iter());
        let reply_ids: Vec<Id> = items().filter_map(|item| item.reply).collect();
        let replies: HashMap<Id, Reply> = replies::visible_by_ids(db, &reply_ids)?
            .into_iter()
            .map(|reply| (reply.id, reply))
            .collect();
        // A reply may have moved since it was noted: its thread is the one in which it stands.
        let thread_ids: HashSet<Id> = replies.values().map(|reply| reply.thread).collect();
        let thread_ids: Vec<Id> = thread_ids.into_iter().collect();
        let signatures: Vec<&Signature> = replies.values().map(|reply| &reply.signature).collect();
        let signers = accounts::signers(db, signatures)?;
        let readers = settings::readers(db, &accounts)?;
        let threads = threads::visible(db, &accounts::house(), &thread_ids)?;
        Ok(Page {
            readers: readers.into_iter().map(|one| (one.account, one)).collect(),
            threads: threads.into_iter().map(|one| (one.id, one)).collect(),
            replies,
            signers,
        })
    }

    /// The reader, when letters with news still go there.
    pub fn reader(&self, account: Id) -> Option<&Reader> {
        self.readers.get(&account).filter(|reader| {
            reader.active && !reader.settings.silenced && reader.settings.receives(List::News)
        })
    }

    /// The letter of those items that can still be seen; None when there are none.
    ///
    /// # Errors
    /// When the template cannot be filled.
    pub fn letter(
        &self,
        id: Id,
        account: Id,
        items: &[Item],
        words: &Vocabulary,
        public_url: &str,
    ) -> Result<Option<Letter>> {
        let reader = self.readers.get(&account).ok_or(Error::NotFound)?;
        let thread = items
            .iter()
            .filter_map(|item| self.replies.get(&item.reply?))
            .find_map(|reply| self.threads.get(&reply.thread));
        let Some(thread) = thread else {
            return Ok(None);
        };
        let news: Vec<NewReply<'_>> = items
            .iter()
            .filter_map(|item| {
                let reply = self.replies.get(&item.reply?)?;
                let author = self.signers.of(&reply.signature, words)?;
                Some(NewReply {
                    why: item.why,
                    reply,
                    from: author.in_few_words(words),
                })
            })
            .collect();
        if news.is_empty() {
            return Ok(None);
        }
        view::news_letter(id, reader, thread, &news, public_url).map(Some)
    }
}
