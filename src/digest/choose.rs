//! What stands in a reader's digest: the rules, without a database.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::accounts::Writer;
use crate::calendar::Week;
use crate::clock::At;
use crate::id::Id;
use crate::notices::outbox::{Item, Spoken, Told};
use crate::notices::settings::{Reader, Reason};
use crate::replies::Heard;
use crate::threads::{Kind, News};

/// Items of a digest at most: two minutes of reading.
pub const MOST: usize = 8;
/// Of these at most from each part; from other school types more where there is room.
pub const MOST_OWN: usize = 3;
pub const MOST_FOLLOWED: usize = 2;
pub const MOST_OTHER: usize = 3;
/// How far down its lists an issue looks for one reader: they can have been told hardly more than a hundred threads.
const DEPTH: usize = 1_000;
/// Among so many questions that wait equally, readers are spread: not everybody is asked the same.
const SPREAD: usize = 8;

/// The threads that an issue can choose from, best first.
#[derive(Debug, Default)]
pub struct Pool {
    threads: Vec<News>,
    by_school_type: HashMap<String, Vec<usize>>,
    by_subject: HashMap<String, Vec<usize>>,
    by_policy: HashMap<u8, Vec<usize>>,
    /// The best of all school types but one.
    elsewhere: HashMap<String, Vec<usize>>,
    /// For readers of a school type that nobody has written for.
    everywhere: Vec<usize>,
    /// Questions without an answer, the one that waits longest first.
    waiting_by_subject: HashMap<String, Vec<usize>>,
    waiting_by_school_type: HashMap<String, Vec<usize>>,
    /// What trainers recommend, the newest first.
    picks: Vec<(Id, i32, Writer)>,
    /// What trainers ask for, that which ends first before the others.
    wanted: Vec<Wanted>,
}

/// A request of trainers, as a letter tells it.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub request: Id,
    pub policy: u8,
    pub school_type: String,
    pub spoken: Spoken,
}

fn enter<K: std::hash::Hash + Eq>(lists: &mut HashMap<K, Vec<usize>>, key: K, place: usize) {
    let list = lists.entry(key).or_default();
    if list.len() < DEPTH {
        list.push(place);
    }
}

impl Pool {
    /// `merit` counts how many found a thread helpful or want to try it, and what its try-outs are worth beside; a week of age
    /// costs as much as two reactions.
    /// `picks`: thread, revision, author, the newest first.
    pub fn new(
        mut threads: Vec<News>,
        merit: &HashMap<Id, i64>,
        picks: Vec<(Id, i32, Writer)>,
        now: At,
    ) -> Pool {
        threads.sort_by_cached_key(|news| {
            let merit = merit.get(&news.id).copied().unwrap_or_default();
            let age = now.since(news.created_at).num_days().div_euclid(7);
            let worth = 2 * merit + i64::from(news.reply_count) + 2 * i64::from(news.solved);
            Reverse((worth - 4 * age, news.created_at, news.id))
        });
        let mut pool = Pool {
            picks,
            ..Pool::default()
        };
        let types: HashSet<String> = threads.iter().map(|one| one.school_type.clone()).collect();
        let mut waiting = Vec::new();
        for (place, news) in threads.iter().enumerate() {
            enter(&mut pool.by_school_type, news.school_type.clone(), place);
            if let Some(subject) = &news.subject {
                enter(&mut pool.by_subject, subject.clone(), place);
            }
            for policy in &news.policies {
                enter(&mut pool.by_policy, *policy, place);
            }
            for other in types.iter().filter(|one| **one != news.school_type) {
                enter(&mut pool.elsewhere, other.clone(), place);
            }
            if pool.everywhere.len() < DEPTH {
                pool.everywhere.push(place);
            }
            if news.kind == Kind::Question && news.reply_count == 0 && !news.locked {
                waiting.push((news.created_at, news.id, place));
            }
        }
        waiting.sort_unstable();
        for (_, _, place) in waiting {
            if let Some(news) = threads.get(place) {
                let school_type = news.school_type.clone();
                enter(&mut pool.waiting_by_school_type, school_type, place);
                if let Some(subject) = &news.subject {
                    enter(&mut pool.waiting_by_subject, subject.clone(), place);
                }
            }
        }
        pool.threads = threads;
        pool
    }

    #[must_use]
    pub fn wanting(self, wanted: Vec<Wanted>) -> Pool {
        Pool { wanted, ..self }
    }

    fn of<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a News> {
        places
            .into_iter()
            .flatten()
            .filter_map(|place| self.threads.get(*place))
    }

    fn elsewhere(&self, school_type: &str) -> impl Iterator<Item = &News> {
        self.of(if self.by_school_type.contains_key(school_type) {
            self.elsewhere.get(school_type)
        } else {
            Some(&self.everywhere)
        })
    }
}

/// What is new for one reader alone: replies by others, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Personal<'a> {
    /// To what they wrote.
    pub own: &'a [Heard],
    /// In threads that they follow.
    pub followed: &'a [Heard],
    /// The revision of those threads that can be seen.
    pub revisions: &'a HashMap<Id, i32>,
}

/// Chooses for one reader.
struct Choice<'a> {
    reader: &'a Reader,
    pool: &'a Pool,
    told: &'a Told,
    taken: HashSet<Id>,
}

/// At most `MOST` items, in the order of their reasons. `told` is what the reader has been told or has had to do with.
pub fn choose(
    reader: &Reader,
    pool: &Pool,
    personal: Personal<'_>,
    told: &Told,
    week: Week,
) -> Vec<Item> {
    let mut choice = Choice {
        reader,
        pool,
        told,
        taken: HashSet::new(),
    };
    let mut items = choice.replies(personal.own, personal.revisions, Reason::Own, MOST_OWN);
    items.extend(choice.replies(
        personal.followed,
        personal.revisions,
        Reason::Followed,
        MOST_FOLLOWED,
    ));
    items.extend(choice.pick());
    let waiting = choice.waiting(week);
    let wanted = choice.wanted();
    let asked = usize::from(waiting.is_some()) + usize::from(wanted.is_some());
    let room = MOST - items.len() - asked;
    // However much there is of one's own kind, what comes from elsewhere has its places; whoever leaves some free gives
    // them to the other.
    let mut others = choice.others(room.min(MOST_OTHER));
    let topics = choice.topics(room - others.len());
    others.extend(choice.others(room - others.len() - topics.len()));
    items.extend(topics);
    items.extend(others);
    items.extend(waiting);
    items.extend(wanted);
    items
}

impl<'a> Choice<'a> {
    fn wants(&self, why: Reason) -> bool {
        self.reader.settings.contents.contains(&why)
    }

    fn is_free(&self, thread: Id, author: Writer) -> bool {
        !author.is(self.reader.account)
            && !self.told.posts.contains(&thread)
            && !self.taken.contains(&thread)
    }

    fn take(&mut self, news: &News, why: Reason) -> Item {
        self.taken.insert(news.id);
        plain(why, news.id, news.revision)
    }

    /// Threads with unheard replies, the one with the newest first.
    fn replies(
        &mut self,
        heard: &[Heard],
        revisions: &HashMap<Id, i32>,
        why: Reason,
        most: usize,
    ) -> Vec<Item> {
        if !self.wants(why) {
            return Vec::new();
        }
        let mut threads: HashMap<Id, (At, Id, u32)> = HashMap::new();
        for one in heard {
            if self.told.knows_reply(one.thread, one.reply) {
                continue;
            }
            let (at, newest, count) = threads.entry(one.thread).or_insert((one.at, one.reply, 0));
            *count += 1;
            (*at, *newest) = (*at, *newest).max((one.at, one.reply));
        }
        let mut threads: Vec<(At, Id, Id, u32)> = threads
            .into_iter()
            .map(|(thread, (at, reply, count))| (at, reply, thread, count))
            .collect();
        threads.sort_unstable_by(|a, b| b.cmp(a));
        let mut items = Vec::new();
        for (_, reply, thread, replies) in threads {
            let Some(revision) = revisions.get(&thread) else {
                continue; // not to be seen any more
            };
            if items.len() < most && self.taken.insert(thread) {
                items.push(Item {
                    reply: Some(reply),
                    replies,
                    ..plain(why, thread, *revision)
                });
            }
        }
        items
    }

    fn pick(&mut self) -> Option<Item> {
        if !self.wants(Reason::Pick) {
            return None;
        }
        let (thread, revision, _) = self
            .pool
            .picks
            .iter()
            .find(|(thread, _, author)| self.is_free(*thread, *author))?;
        self.taken.insert(*thread);
        Some(plain(Reason::Pick, *thread, *revision))
    }

    /// The subjects that this reader teaches or follows.
    fn subjects(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        let reader = self.reader;
        reader.own_subjects.iter().chain(&reader.settings.subjects)
    }

    /// A question that this reader could answer: of a subject of theirs, else of their school type or one that they follow.
    fn waiting(&mut self, week: Week) -> Option<Item> {
        if !self.wants(Reason::Waiting) {
            return None;
        }
        let types = std::iter::once(&self.reader.school_type)
            .chain(&self.reader.settings.school_types)
            .map(|slug| self.pool.waiting_by_school_type.get(slug));
        let lists = self
            .subjects()
            .map(|slug| self.pool.waiting_by_subject.get(slug))
            .chain(types);
        for list in lists {
            let free: Vec<&News> = self
                .pool
                .of(list)
                .filter(|news| self.is_free(news.id, news.author))
                .take(SPREAD)
                .collect();
            let turn = self
                .reader
                .account
                .as_u128()
                .wrapping_add(u128::from(week.number()));
            let place = usize::try_from(turn % free.len().max(1) as u128).unwrap_or(0);
            if let Some(news) = free.get(place) {
                return Some(self.take(news, Reason::Waiting));
            }
        }
        None
    }

    /// What trainers ask for of this reader: of their school type, else of a policy or school type that they follow.
    fn wanted(&mut self) -> Option<Item> {
        if !self.wants(Reason::Waiting) {
            return None;
        }
        let reader = self.reader;
        let settings = &reader.settings;
        let own = |one: &&Wanted| one.school_type == reader.school_type;
        let followed = |one: &&Wanted| {
            settings.policies.contains(&one.policy)
                || settings.school_types.contains(&one.school_type)
        };
        let told = self.told;
        let free = || {
            let all = self.pool.wanted.iter();
            all.filter(|one| !told.posts.contains(&one.request))
        };
        let one = free().find(own).or_else(|| free().find(followed))?;
        Some(Item {
            spoken: Some(one.spoken.clone()),
            ..plain(Reason::Wanted, one.request, 0)
        })
    }

    /// From other school types: first one of the reader's subjects, then the best.
    fn others(&mut self, most: usize) -> Vec<Item> {
        if !self.wants(Reason::Other) || most == 0 {
            return Vec::new();
        }
        let (pool, reader) = (self.pool, self.reader);
        let mut items = Vec::new();
        let of_subject = self
            .subjects()
            .flat_map(|slug| pool.of(pool.by_subject.get(slug)))
            .filter(|news| news.school_type != reader.school_type)
            .find(|news| self.is_free(news.id, news.author));
        items.extend(of_subject.map(|news| self.take(news, Reason::Other)));
        for news in pool.elsewhere(&reader.school_type) {
            if items.len() == most {
                break;
            }
            if self.is_free(news.id, news.author) {
                items.push(self.take(news, Reason::Other));
            }
        }
        items
    }

    /// Of the reader's subjects, policies and school types in turn, so that each has its share.
    fn topics(&mut self, most: usize) -> Vec<Item> {
        if !self.wants(Reason::Topics) {
            return Vec::new();
        }
        let (pool, reader) = (self.pool, self.reader);
        let settings = &reader.settings;
        let types = std::iter::once(&reader.school_type).chain(&settings.school_types);
        let subjects = self.subjects().map(|slug| pool.by_subject.get(slug));
        let policies = settings.policies.iter().map(|one| pool.by_policy.get(one));
        let mut lists: Vec<_> = subjects
            .chain(policies)
            .chain(types.map(|slug| pool.by_school_type.get(slug)))
            .map(|list| pool.of(list))
            .collect();
        let mut items = Vec::new();
        while items.len() < most && !lists.is_empty() {
            lists.retain_mut(|list| {
                if items.len() == most {
                    return false;
                }
                match list.find(|news| self.is_free(news.id, news.author)) {
                    Some(news) => items.push(self.take(news, Reason::Topics)),
                    None => return false,
                }
                true
            });
        }
        items
    }
}

fn plain(why: Reason, thread: Id, revision: i32) -> Item {
    Item {
        why,
        thread,
        revision,
        reply: None,
        replies: 0,
        spoken: None,
    }
}
