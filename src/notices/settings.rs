//! How a person gets mail: the digest's day, window and contents, what comes at once, pauses, and the links by which
//! whoever holds a letter can leave and join without signing in.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::store;
use crate::accounts::{self, Action, Who};
use crate::calendar::Window;
use crate::clock::At;
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::{self, Id};
use crate::taxonomy::Vocabulary;
use crate::text_enum;

text_enum! {
    pub enum Frequency {
        Weekly = "weekly",
        Fortnightly = "fortnightly",
        Never = "none",
    }
}

text_enum! {
    /// Why something is told to a reader; a part of the digest each, in this order (mentions come at once only).
    pub enum Reason {
        /// Replies to what one wrote.
        Own = "own",
        /// Replies that call one by name.
        Mention = "mention",
        /// News in followed threads.
        Followed = "followed",
        /// What trainers recommend.
        Pick = "pick",
        /// New in one's school types, subjects, policies.
        Topics = "topics",
        /// From other school types.
        Other = "other",
        /// A question that waits for an answer.
        Waiting = "waiting",
        /// What trainers ask for; chosen by the same setting as what waits.
        Wanted = "wanted",
    }
}

impl Reason {
    /// The parts of a digest.
    pub const DIGEST: [Reason; 6] = [
        Reason::Own,
        Reason::Followed,
        Reason::Pick,
        Reason::Topics,
        Reason::Other,
        Reason::Waiting,
    ];
    /// What can come at once, the weightiest first.
    pub const AT_ONCE: [Reason; 3] = [Reason::Own, Reason::Mention, Reason::Followed];

    /// As the settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Own => "自分の質問や投稿への返信",
            Reason::Mention => "自分の名前を呼んだ返信",
            Reason::Followed => "続きを追っている話題",
            Reason::Pick => "研修担当のおすすめ",
            Reason::Topics => "自分の学校種・教科の新しい話題",
            Reason::Other => "ほかの学校種の話題",
            Reason::Waiting => "答えを待っている質問・実践の募集",
            Reason::Wanted => "実践の募集",
        }
    }
}

/// The two kinds of letters that can be left, each by its own link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    Digest,
    /// What comes at once.
    News,
}

impl List {
    pub fn word(self) -> &'static str {
        match self {
            List::Digest => "digest",
            List::News => "news",
        }
    }
}

/// How a person gets mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub frequency: Frequency,
    /// 1 = Monday … 5.
    pub weekday: u32,
    pub window: Window,
    pub contents: Vec<Reason>,
    /// Followed beside one's own school type and subjects; slugs.
    pub policies: Vec<u8>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub at_once: Vec<Reason>,
    /// Whether what comes at once may come outside working hours.
    pub any_time: bool,
    /// No digest before this day.
    pub paused_until: Option<NaiveDate>,
    pub in_vacation: bool,
    /// The secret of the links that leave the lists; good for as long as the account stands.
    pub token: String,
    /// Letters that were refused or came back, one after the other.
    pub bounces: i32,
    /// No mail until the reader says that the address works again.
    pub silenced: bool,
}

/// Without a word of the reader: Thursday, after lessons, everything, not in vacations.
pub const DEFAULT_WEEKDAY: u32 = 4;
pub const DEFAULT_WINDOW: Window = Window::Afternoon;
/// So many refusals in a row silence a reader.
pub const MOST_BOUNCES: i32 = 3;
/// How far ahead a pause may reach.
pub const LONGEST_PAUSE_DAYS: i64 = 366;

impl Settings {
    pub(super) fn new(token: String) -> Settings {
        Settings {
            frequency: Frequency::Weekly,
            weekday: DEFAULT_WEEKDAY,
            window: DEFAULT_WINDOW,
            contents: Reason::DIGEST.to_vec(),
            policies: Vec::new(),
            school_types: Vec::new(),
            subjects: Vec::new(),
            at_once: Reason::AT_ONCE.to_vec(),
            any_time: false,
            paused_until: None,
            in_vacation: false,
            token,
            bounces: 0,
            silenced: false,
        }
    }

    /// Whether a pause is on.
    pub fn is_pausing(&self, today: NaiveDate) -> bool {
        self.paused_until.is_some_and(|day| day > today)
    }

    pub fn receives(&self, list: List) -> bool {
        match list {
            List::Digest => self.frequency != Frequency::Never,
            List::News => !self.at_once.is_empty(),
        }
    }
}

/// Somebody to whom letters go.
#[derive(Clone, Debug)]
pub struct Reader {
    pub account: Id,
    pub email: String,
    pub name: String,
    pub school_type: String,
    /// Of the profile; slugs.
    pub own_subjects: Vec<String>,
    /// Whether the account can sign in.
    pub active: bool,
    pub settings: Settings,
}

/// Settings as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettingsInput {
    pub frequency: String,
    pub weekday: String,
    pub window: String,
    pub contents: Vec<String>,
    pub policies: Vec<String>,
    pub school_types: Vec<String>,
    pub subjects: Vec<String>,
    pub at_once: Vec<String>,
    pub any_time: String,
    pub paused_until: String,
    pub in_vacation: String,
}

impl SettingsInput {
    fn apply(&self, settings: &mut Settings, words: &Vocabulary, today: NaiveDate) -> Result<()> {
        let mut errors = FieldErrors::default();
        let choose = |errors: &mut FieldErrors, field: &str| {
            errors.add(field, "unknown", "一つ選んでください。");
        };
        match Frequency::from_word(&self.frequency) {
            Some(frequency) => settings.frequency = frequency,
            None => choose(&mut errors, "frequency"),
        }
        let weekday = self.weekday.parse().ok();
        match weekday.filter(|day| (1..=5).contains(day)) {
            Some(weekday) => settings.weekday = weekday,
            None => choose(&mut errors, "weekday"),
        }
        match Window::from_word(&self.window) {
            Some(window) => settings.window = window,
            None => choose(&mut errors, "window"),
        }
        settings.contents = ticked(&Reason::DIGEST, &self.contents);
        settings.at_once = ticked(&Reason::AT_ONCE, &self.at_once);
        settings.any_time = self.any_time == "1";
        settings.in_vacation = self.in_vacation == "1";
        if settings.contents.is_empty() && settings.frequency != Frequency::Never {
            let message =
                "中身を一つ以上選んでください。受け取らないときは「受け取らない」を選べます。";
            errors.add("contents", "required", message);
        }
        settings.policies = known(&self.policies, |text| {
            words.find_policy(text).map(|found| found.number)
        });
        settings.school_types = known(&self.school_types, |text| {
            words.find_school_type(text).map(|found| found.slug.clone())
        });
        settings.subjects = known(&self.subjects, |text| {
            words.find_subject(text).map(|found| found.slug.clone())
        });
        settings.paused_until = self.pause(&mut errors, today);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(errors))
        }
    }

    fn pause(&self, errors: &mut FieldErrors, today: NaiveDate) -> Option<NaiveDate> {
        let text = self.paused_until.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse::<NaiveDate>() {
            Ok(day) if (day - today).num_days() <= LONGEST_PAUSE_DAYS => {
                Some(day).filter(|day| *day > today)
            }
            Ok(_) => {
                errors.add("paused_until", "too_far", "休めるのは1年先までです。");
                None
            }
            Err(_) => {
                let message = "日付は 2026-12-01 のように書いてください。";
                errors.add("paused_until", "not_a_day", message);
                None
            }
        }
    }
}

fn ticked(all: &[Reason], typed: &[String]) -> Vec<Reason> {
    let is_typed = |reason: &Reason| typed.iter().any(|text| text == reason.word());
    all.iter().copied().filter(is_typed).collect()
}

/// The known ones, each once.
fn known<T: Ord>(typed: &[String], find: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let mut found: Vec<T> = typed.iter().filter_map(|text| find(text)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// One's own settings; the usual ones where nothing was ever said.
///
/// # Errors
/// `SignInRequired`.
pub fn own(db: &mut Db, who: &Who) -> Result<Settings> {
    who.may(Action::Post)?;
    let account = who.member()?.id;
    Ok(store::settings_of(db, account)?.unwrap_or_else(|| Settings::new(String::new())))
}

/// Whether letters to whoever looks are held back because they did not arrive.
pub fn is_silenced(db: &mut Db, who: &Who) -> Result<bool> {
    let Some(account) = who.id() else {
        return Ok(false);
    };
    Ok(store::settings_of(db, account)?.is_some_and(|settings| settings.silenced))
}

/// # Errors
/// `SignInRequired`, `Invalid`.
pub fn change(
    db: &mut Db,
    who: &Who,
    input: &SettingsInput,
    words: &Vocabulary,
    today: NaiveDate,
    now: At,
) -> Result<()> {
    let mut settings = own(db, who)?;
    input.apply(&mut settings, words, today)?;
    let account = who.member()?.id;
    ensure(db, account, now)?;
    store::save_settings(db, account, &settings, now)
}

/// Gives a person settings where there are none.
pub fn ensure(db: &mut Db, account: Id, now: At) -> Result<()> {
    store::insert_settings(db, account, &Settings::new(new_token()), now)
}

/// As `ensure`, for at most `limit` active people without any. Returns how many there were.
pub fn ensure_all(db: &mut Db, limit: i64, now: At) -> Result<usize> {
    let missing = store::without_settings(db, limit)?;
    for account in &missing {
        ensure(db, *account, now)?;
    }
    Ok(missing.len())
}

/// A new secret for links: 128 bits.
fn new_token() -> String {
    data_encoding::BASE64URL_NOPAD.encode(&id::random_bytes::<16>())
}

/// Mail goes to one's address again.
///
/// # Errors
/// `SignInRequired`.
pub fn wake(db: &mut Db, who: &Who, now: At) -> Result<()> {
    who.may(Action::Post)?;
    store::set_bounces(db, who.member()?.id, 0, false, now)
}

/// The slots that anybody has chosen, and the usual one.
pub fn slots(db: &mut Db) -> Result<Vec<(u32, Window)>> {
    let mut slots = store::chosen_slots(db)?;
    let usual = (DEFAULT_WEEKDAY, DEFAULT_WINDOW);
    if !slots.contains(&usual) {
        slots.push(usual);
    }
    Ok(slots)
}

/// The next active readers of the digest in a slot, in the order of their ids.
pub fn digest_readers(
    db: &mut Db,
    weekday: u32,
    window: Window,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Reader>> {
    store::digest_readers(db, weekday, window, after, limit)
}

/// These people as readers; those who have no settings are absent.
pub fn readers(db: &mut Db, accounts: &[Id]) -> Result<Vec<Reader>> {
    store::readers(db, accounts)
}

/// One person as a reader, with the usual settings where there are none yet.
///
/// # Errors
/// `NotFound`.
pub fn reader(db: &mut Db, account: Id) -> Result<Reader> {
    if let Some(reader) = store::readers(db, &[account])?.into_iter().next() {
        return Ok(reader);
    }
    let person = accounts::by_id(db, account)?;
    Ok(Reader {
        account,
        email: person.email,
        name: person.name,
        school_type: person.school_type,
        own_subjects: person.subjects,
        active: person.state == accounts::State::Active,
        settings: Settings::new(String::new()),
    })
}

/// Whether the list of a link is received; says nothing about whose link it is.
///
/// # Errors
/// `NotFound`.
pub fn by_link(db: &mut Db, list: List, token: &str) -> Result<bool> {
    let (_, settings) = store::by_token(db, token)?.ok_or(Error::NotFound)?;
    Ok(settings.receives(list))
}

/// Leaves a list, or joins it again as new readers do: whoever holds the letter may.
///
/// # Errors
/// `NotFound`.
pub fn set_by_link(db: &mut Db, list: List, token: &str, receives: bool, now: At) -> Result<()> {
    let (account, mut settings) = store::by_token(db, token)?.ok_or(Error::NotFound)?;
    if settings.receives(list) == receives {
        return Ok(());
    }
    match (list, receives) {
        (List::Digest, true) => settings.frequency = Frequency::Weekly,
        (List::Digest, false) => settings.frequency = Frequency::Never,
        (List::News, true) => settings.at_once = Reason::AT_ONCE.to_vec(),
        (List::News, false) => settings.at_once.clear(),
    }
    store::save_settings(db, account, &settings, now)
}
