//! What stands in a digest, when it comes, and what the ledger says: generated forums against a model, a whole school year
//! against a list of days.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Timelike};
use hiroba::accounts::Who;
use hiroba::calendar::{Week, Window};
use hiroba::clock::At;
use hiroba::curation;
use hiroba::db::types::Word;
use hiroba::digest::press::Report;
use hiroba::digest::{self, Entry, REACH};
use hiroba::id::Id;
use hiroba::notices::outbox::{Item, State};
use hiroba::notices::settings::Reason;
use hiroba::replies::marks::Mark;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::harness::ground::{Dice, query};
use crate::harness::town::{SUBJECTS, TYPES, Town, Written, at, words};

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Tokyo;

fn entries(town: &Town, who: &Who) -> Vec<Entry> {
    let all = town
        .app
        .write_here(|db, _| digest::own_entries(db, who, 1_000));
    all.unwrap()
}

// ---- the rules of what is chosen ------------------------------------------------------------------------------------

struct Thread {
    id: Id,
    author: usize,
    kind: &'static str,
    school_type: &'static str,
    subject: Option<&'static str>,
    policy: u8,
    at: At,
    visible: bool,
}

struct Reply {
    id: Id,
    thread: usize,
    author: usize,
    at: At,
    visible: bool,
}

/// The forum as the test remembers it, and what each reader was sent.
#[derive(Default)]
struct Model {
    threads: Vec<Thread>,
    replies: Vec<Reply>,
    /// Person, thread.
    follows: BTreeSet<(usize, usize)>,
    marks: BTreeSet<(usize, usize)>,
    picks: Vec<usize>,
    sent: HashMap<usize, Vec<Item>>,
    contents: HashMap<usize, Vec<Reason>>,
    followed_policies: HashMap<usize, Vec<u8>>,
}

impl Model {
    fn place(&self, id: Id) -> usize {
        self.threads
            .iter()
            .position(|thread| thread.id == id)
            .unwrap()
    }

    fn replies_of(&self, thread: usize) -> impl Iterator<Item = &Reply> {
        let of_it = self
            .replies
            .iter()
            .filter(move |reply| reply.thread == thread);
        of_it.filter(|reply| reply.visible)
    }

    /// Whether a reader has had to do with a thread or been told of it.
    fn knows(&self, reader: usize, thread: usize) -> bool {
        let id = self.threads[thread].id;
        self.threads[thread].author == reader
            || self.marks.contains(&(reader, thread))
            || self.follows.contains(&(reader, thread))
            || self
                .replies
                .iter()
                .any(|reply| reply.thread == thread && reply.author == reader)
            || self
                .sent
                .get(&reader)
                .is_some_and(|items| items.iter().any(|item| item.thread == id))
    }

    /// Whether a thread could be told to a reader as news of the forum.
    fn is_new(&self, reader: usize, place: usize, opened: At) -> bool {
        let thread = &self.threads[place];
        thread.visible
            && thread.at > opened.minus(REACH)
            && thread.at <= opened
            && !self.knows(reader, place)
    }

    /// Visible replies by others that a reader has not been told, in threads that `of` names.
    fn unheard(
        &self,
        reader: usize,
        opened: At,
        of: impl Fn(usize) -> bool,
    ) -> BTreeMap<usize, usize> {
        let last_own = |thread: usize| {
            let own = self
                .replies
                .iter()
                .filter(|one| one.thread == thread && one.author == reader);
            own.map(|one| one.id).max()
        };
        let told = |thread: Id| {
            let items = self.sent.get(&reader).into_iter().flatten();
            items
                .filter(|item| item.thread == thread)
                .filter_map(|item| item.reply)
                .max()
        };
        let mut all = BTreeMap::new();
        for (place, thread) in self.threads.iter().enumerate() {
            if !thread.visible || !of(place) {
                continue;
            }
            let seen = last_own(place).max(told(thread.id));
            let count = self
                .replies_of(place)
                .filter(|reply| reply.author != reader && reply.at > opened.minus(REACH))
                .filter(|reply| seen.is_none_or(|seen| reply.id > seen))
                .count();
            if count > 0 {
                all.insert(place, count);
            }
        }
        all
    }
}

const KINDS: [&str; 3] = ["question", "practice", "discussion"];

/// One of `list`.
fn any<T: Copy>(dice: &mut Dice, list: &[T]) -> T {
    list[dice.roll(list.len())]
}

/// What people do in a week, at times of their own.
fn live(
    town: &Town,
    model: &mut Model,
    people: &[Who],
    trainer: &Who,
    dice: &mut Dice,
    monday: At,
    busy: usize,
) {
    let mut moments: Vec<i64> = (0..busy)
        .map(|_| i64::try_from(dice.roll(3 * 24 * 60)).unwrap())
        .collect();
    moments.sort_unstable();
    moments.dedup();
    for minutes in moments {
        let now = monday.plus(TimeDelta::minutes(minutes));
        town.set(now);
        let who = dice.roll(people.len());
        let some_thread =
            (!model.threads.is_empty()).then(|| dice.roll(model.threads.len().max(1)));
        match (dice.roll(10), some_thread) {
            (0..=4, _) | (_, None) => {
                let kind = any(dice, &KINDS);
                let school_type = any(dice, &TYPES);
                let subject = (dice.roll(2) == 0).then(|| any(dice, &SUBJECTS));
                let policy = u8::try_from(1 + dice.roll(4)).unwrap();
                let title = format!("話題 {}", model.threads.len());
                let written = Written {
                    author: &people[who],
                    kind,
                    title: &title,
                    school_type,
                    subject,
                    policy,
                };
                let id = town.write(&written);
                model.threads.push(Thread {
                    id,
                    author: who,
                    kind,
                    school_type,
                    subject,
                    policy,
                    at: now,
                    visible: true,
                });
            }
            (5..=6, Some(thread)) if model.threads[thread].visible => {
                let id = town.reply(&people[who], model.threads[thread].id, "返信です。");
                model.replies.push(Reply {
                    id,
                    thread,
                    author: who,
                    at: now,
                    visible: true,
                });
            }
            (7, Some(thread)) if model.threads[thread].visible => {
                let mark = if dice.roll(2) == 0 {
                    Mark::Follow
                } else {
                    Mark::Helpful
                };
                town.mark(&people[who], model.threads[thread].id, mark);
                match mark {
                    Mark::Follow => model.follows.insert((who, thread)),
                    _ => model.marks.insert((who, thread)),
                };
            }
            (8, Some(thread)) if dice.roll(2) == 0 => {
                town.hide_thread(model.threads[thread].id);
                model.threads[thread].visible = false;
            }
            (8, Some(_)) if !model.replies.is_empty() => {
                let place = dice.roll(model.replies.len());
                town.hide_reply(model.replies[place].id);
                model.replies[place].visible = false;
            }
            (9, Some(thread))
                if model.threads[thread].visible && !model.picks.contains(&thread) =>
            {
                let id = model.threads[thread].id;
                town.app
                    .write_here(|db, now| {
                        curation::recommend(db, trainer, id, "読んでみてください", now)
                    })
                    .unwrap();
                model.picks.push(thread);
            }
            _ => {}
        }
    }
}

/// Holds one letter, or its absence, against the model.
fn judge(
    model: &Model,
    reader: usize,
    who: &Who,
    own_subjects: &[&str],
    entry: &Entry,
    opened: At,
) {
    let school_type = who.member().unwrap().school_type.as_str();
    let wanted = &model.contents[&reader];
    let wants = |why: Reason| wanted.contains(&why);
    let items = &entry.items;
    let context = || {
        format!(
            "reader {reader} of {school_type} wants {}: {items:#?}",
            words(wanted)
        )
    };
    let of = |why: Reason| items.iter().filter(move |item| item.why == why);

    assert!(items.len() <= 8, "{}", context());
    let threads: HashSet<Id> = items.iter().map(|item| item.thread).collect();
    assert_eq!(
        threads.len(),
        items.len(),
        "a thread stands twice: {}",
        context()
    );
    let order: Vec<Reason> = items.iter().map(|item| item.why).collect();
    assert!(order.is_sorted(), "{}", context());
    for item in items {
        let place = model.place(item.thread);
        let thread = &model.threads[place];
        assert!(wants(item.why), "{}", context());
        assert!(thread.visible, "hidden: {}", context());
        match item.why {
            Reason::Own => assert_eq!(thread.author, reader, "{}", context()),
            Reason::Followed => assert!(model.follows.contains(&(reader, place)), "{}", context()),
            Reason::Mention | Reason::Wanted => panic!("{}", context()),
            Reason::Pick => {
                assert!(model.picks.contains(&place), "{}", context());
                assert!(!model.knows(reader, place), "{}", context());
            }
            Reason::Topics | Reason::Other | Reason::Waiting => {
                assert!(model.is_new(reader, place, opened), "{}", context());
            }
        }
        if let Some(reply) = item.reply {
            let reply = model.replies.iter().find(|one| one.id == reply).unwrap();
            assert!(reply.visible && reply.author != reader, "{}", context());
        }
    }

    // Replies to one's own, and in what one follows: as many as there is room for, each counted right.
    let own = model.unheard(reader, opened, |place| {
        model.threads[place].author == reader
    });
    let followed = model.unheard(reader, opened, |place| {
        model.follows.contains(&(reader, place))
    });
    let expected = if wants(Reason::Own) {
        own.len().min(3)
    } else {
        0
    };
    assert_eq!(of(Reason::Own).count(), expected, "{own:?} {}", context());
    for item in of(Reason::Own) {
        assert_eq!(
            item.replies as usize,
            own[&model.place(item.thread)],
            "{}",
            context()
        );
    }
    let as_own: HashSet<usize> = of(Reason::Own)
        .map(|item| model.place(item.thread))
        .collect();
    let others_news = followed
        .keys()
        .filter(|place| !as_own.contains(place))
        .count();
    let expected = if wants(Reason::Followed) {
        others_news.min(2)
    } else {
        0
    };
    assert_eq!(
        of(Reason::Followed).count(),
        expected,
        "{followed:?} {}",
        context()
    );

    let taken: HashSet<usize> = items.iter().map(|item| model.place(item.thread)).collect();
    let free: Vec<usize> = (0..model.threads.len())
        .filter(|place| model.is_new(reader, *place, opened))
        .collect();
    let stands = |why: Reason| of(why).count();

    // A recommendation that this reader does not know.
    let picks = model
        .picks
        .iter()
        .filter(|place| model.threads[**place].visible && !model.knows(reader, **place));
    let told_as_news: HashSet<usize> = of(Reason::Own)
        .chain(of(Reason::Followed))
        .map(|item| model.place(item.thread))
        .collect();
    let picks = picks.filter(|place| !told_as_news.contains(place)).count();
    assert_eq!(
        stands(Reason::Pick),
        usize::from(wants(Reason::Pick) && picks > 0),
        "{}",
        context()
    );

    // One question that this reader could answer.
    let could_answer = |place: &&usize| {
        let thread = &model.threads[**place];
        thread.kind == "question"
            && model.replies_of(**place).count() == 0
            && (thread.school_type == school_type
                || thread
                    .subject
                    .is_some_and(|subject| own_subjects.contains(&subject)))
    };
    for item in of(Reason::Waiting) {
        assert!(could_answer(&&model.place(item.thread)), "{}", context());
    }
    let not_before: HashSet<usize> = items
        .iter()
        .filter(|item| item.why < Reason::Topics)
        .map(|item| model.place(item.thread))
        .collect();
    let questions = free
        .iter()
        .filter(could_answer)
        .filter(|place| !not_before.contains(place))
        .count();
    assert_eq!(
        stands(Reason::Waiting),
        usize::from(wants(Reason::Waiting) && questions > 0),
        "{questions} {}",
        context()
    );

    // At least one from another school type where there is one that no other part has taken.
    let elsewhere = free
        .iter()
        .filter(|place| model.threads[**place].school_type != school_type)
        .filter(|place| {
            !items.iter().any(|item| {
                item.why != Reason::Topics
                    && item.why != Reason::Other
                    && model.place(item.thread) == **place
            })
        })
        .count();
    if wants(Reason::Other) && elsewhere > 0 {
        assert!(stands(Reason::Other) >= 1, "{}", context());
    }
    for item in of(Reason::Other) {
        assert_ne!(
            model.threads[model.place(item.thread)].school_type,
            school_type,
            "{}",
            context()
        );
    }

    // Near: of a subject, a followed policy or the school type; and no place is left free while there is something for it.
    let near = |place: &&usize| {
        let thread = &model.threads[**place];
        thread.school_type == school_type
            || thread
                .subject
                .is_some_and(|subject| own_subjects.contains(&subject))
            || model.followed_policies[&reader].contains(&thread.policy)
    };
    for item in of(Reason::Topics) {
        assert!(near(&&model.place(item.thread)), "{}", context());
    }
    let left = free
        .iter()
        .filter(|place| !taken.contains(place))
        .filter(|place| {
            (wants(Reason::Topics) && near(place))
                || (wants(Reason::Other) && model.threads[**place].school_type != school_type)
        });
    let left = left.count();
    assert!(
        items.len() == 8 || left == 0,
        "{left} left out: {}",
        context()
    );

    match entry.state {
        State::Sent => assert!(!items.is_empty()),
        State::Skipped => assert_eq!(entry.reason, "nothing", "{}", context()),
        other => panic!("{other}"),
    }
}

fn forum_keeps_its_rules(seed: u64, people_count: usize, busy: usize) {
    let mut dice = Dice(seed);
    let town = Town::new("2026-10-12T00:00:00+09:00");
    let people = town.people(people_count);
    let trainer = town.trainer();
    let mut model = Model::default();
    for (place, who) in people.iter().enumerate() {
        let mut contents: Vec<Reason> = Reason::DIGEST
            .into_iter()
            .filter(|_| dice.roll(5) > 0)
            .collect();
        if contents.is_empty() || place % 3 == 0 {
            contents = Reason::DIGEST.to_vec();
        }
        let policies: Vec<u8> = (1..=4).filter(|_| dice.roll(6) == 0).collect();
        town.prefer(who, |input| {
            input.contents = contents.iter().map(ToString::to_string).collect();
            input.policies = policies.iter().map(ToString::to_string).collect();
            // What comes at once has tests of its own (news.rs).
            input.at_once = Vec::new();
        });
        model.contents.insert(place, contents);
        model.followed_policies.insert(place, policies);
    }
    for week in 0..5 {
        let monday = at("2026-10-12T00:00:00+09:00").plus(TimeDelta::weeks(week));
        // The third week nothing happens at all.
        let busy = if week == 2 { 0 } else { busy };
        live(
            &town, &mut model, &people, &trainer, &mut dice, monday, busy,
        );
        let opened = monday.plus(TimeDelta::minutes(3 * 24 * 60 + 15 * 60 + 30));
        town.set(opened);
        // The trainer is a reader too.
        let report = town.run();
        assert_eq!(report.opened, 1);
        assert_eq!(report.chosen, people.len() + 1);
        assert_eq!(
            report.sent + report.skipped,
            town.taken().len() + report.skipped
        );
        for (reader, who) in people.iter().enumerate() {
            let all = entries(&town, who);
            let entry = all.first().unwrap();
            assert_eq!(entry.slot.week, Week::of(opened.day(ZONE)));
            let subject: Vec<&str> = (reader % 3 == 0)
                .then(|| SUBJECTS[reader / 3 % SUBJECTS.len()])
                .into_iter()
                .collect();
            judge(&model, reader, who, &subject, entry, opened);
            if entry.state == State::Sent {
                assert_eq!(entry.sent_hash.as_ref(), Some(&entry.frozen_hash));
            }
        }
        for (reader, who) in people.iter().enumerate() {
            let items = entries(&town, who).first().unwrap().items.clone();
            model.sent.entry(reader).or_default().extend(items);
        }
        // Once more in the same window: nothing is due.
        assert_eq!(town.run(), Report::default());
    }
}

proptest! {
    #![proptest_config(Config { cases: 10, ..Config::default() })]

    /// All rules of what stands in a letter, for every reader of every issue.
    #[test]
    fn generated_forums_keep_every_rule(seed: u64, people in 3_usize..16, busy in 1_usize..40) {
        forum_keeps_its_rules(seed, people, busy);
    }
}

// ---- the calendar ---------------------------------------------------------------------------------------------------

/// School year 2026 (令和8年度): weekdays on which nobody works – the holidays of the Cabinet Office's list, the closing days
/// of summer, year's end.
const CLOSED: [&str; 22] = [
    "2026-04-29",
    "2026-05-04",
    "2026-05-05",
    "2026-05-06",
    "2026-07-20",
    "2026-08-11",
    "2026-08-13",
    "2026-08-14",
    "2026-09-21",
    "2026-09-22",
    "2026-09-23",
    "2026-10-12",
    "2026-11-03",
    "2026-11-23",
    "2026-12-29",
    "2026-12-30",
    "2026-12-31",
    "2027-01-01",
    "2027-01-11",
    "2027-02-11",
    "2027-02-23",
    "2027-03-22",
];
const VACATIONS: [(&str, &str); 4] = [
    ("2026-04-01", "2026-04-07"),
    ("2026-07-21", "2026-08-25"),
    ("2026-12-24", "2027-01-07"),
    ("2027-03-25", "2027-04-07"),
];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn works(date: NaiveDate, in_vacation: bool) -> bool {
    let closed = CLOSED.iter().any(|closed| day(closed) == date);
    let free = VACATIONS
        .iter()
        .any(|(first, last)| (day(first)..=day(last)).contains(&date));
    date.weekday().number_from_monday() <= 5 && !closed && (in_vacation || !free)
}

/// A whole school year, hour by hour, for every weekday, window, frequency and answer to vacations at once.
#[test]
fn a_school_year_is_walked_for_every_preference() {
    let first = at("2026-04-01T00:00:00+09:00");
    let town = Town::new("2026-04-01T00:00:00+09:00");
    let mut preferences = Vec::new();
    for weekday in 1..=5_u32 {
        for window in Window::ALL {
            for frequency in ["weekly", "fortnightly", "none"] {
                for in_vacation in [false, true] {
                    preferences.push((weekday, *window, frequency, in_vacation));
                }
            }
        }
    }
    let people = town.people(preferences.len());
    for (who, (weekday, window, frequency, in_vacation)) in people.iter().zip(&preferences) {
        town.prefer(who, |input| {
            input.frequency = (*frequency).to_owned();
            input.weekday = weekday.to_string();
            input.window = window.to_string();
            input.in_vacation = if *in_vacation { "1" } else { "" }.to_owned();
            input.at_once = Vec::new();
        });
    }
    let author = town.trainer();
    town.prefer(&author, |input| input.frequency = "none".to_owned());
    // Address → the days on which a letter came.
    let mut came: HashMap<String, Vec<NaiveDate>> = HashMap::new();
    let mut number = 0;
    for date in first
        .day(ZONE)
        .iter_days()
        .take_while(|date| *date < day("2027-04-01"))
    {
        let midnight = At::start_of(date, ZONE);
        if date.weekday().number_from_monday() == 1 || midnight == first {
            town.set(midnight);
            // There is always something to say, in every week.
            for _ in 0..3 {
                let title = format!("話題 {number}");
                let school_type = TYPES[number % TYPES.len()];
                number += 1;
                let written = Written {
                    author: &author,
                    kind: "practice",
                    title: &title,
                    school_type,
                    subject: None,
                    policy: 2,
                };
                town.write(&written);
            }
        }
        for hour in [0, 7, 8, 12, 13, 15, 16, 17, 23] {
            let minute = if hour == 16 { 20 } else { 31 };
            let now = midnight.plus(TimeDelta::minutes(hour * 60 + minute));
            town.set(now);
            town.press().run().unwrap();
            for letter in town.taken() {
                let hour = now.0.and_utc().with_timezone(&ZONE).hour();
                assert!((8..17).contains(&hour), "{now:?} {}", letter.to);
                came.entry(letter.to).or_default().push(date);
            }
        }
    }
    for (place, (weekday, window, frequency, in_vacation)) in preferences.iter().enumerate() {
        let context = format!("{weekday} {window} {frequency} {in_vacation}");
        let days = came
            .remove(&format!("r{place}@hiroba.example"))
            .unwrap_or_default();
        // By the list of days: the chosen weekday, else the next working day of that week, else not at all.
        let mut expected = Vec::new();
        let mut monday = day("2026-03-30");
        let mut last_week: Option<NaiveDate> = None;
        while monday < day("2027-04-01") && *frequency != "none" {
            let planned = monday + Days::new(u64::from(*weekday) - 1);
            let until_friday = planned.iter_days().take(6 - *weekday as usize);
            let found = until_friday
                .filter(|date| *date >= day("2026-04-01") && *date < day("2027-04-01"))
                .find(|date| works(*date, *in_vacation));
            let too_soon = *frequency == "fortnightly" && last_week == Some(monday - Days::new(7));
            if let Some(found) = found.filter(|_| !too_soon) {
                expected.push(found);
                last_week = Some(monday);
            }
            monday = monday + Days::new(7);
        }
        assert_eq!(days, expected, "{context}");
    }
    assert!(came.is_empty(), "{came:?}");
    // Every week has its line in the ledger for everybody who wants letters, with a reason where none came.
    let lines = query(
        &town.app,
        "SELECT CAST(count(*) AS TEXT) || ' ' || CAST(count(DISTINCT week) AS TEXT) AS value FROM digest_issues WHERE state = 'chosen'",
    );
    // 53 weeks of 20 slots; the year ends on a Wednesday, before the last 8.
    assert_eq!(lines, ["1052 53"]);
    let silent = query(
        &town.app,
        "SELECT reason AS value FROM outbox WHERE state <> 'sent' GROUP BY reason ORDER BY reason",
    );
    assert_eq!(silent, ["fortnightly", "no_working_day", "vacation"]);
}
