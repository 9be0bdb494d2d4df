//! A forum with many readers, its clock in the hand of the test, and a press that makes letters when it is told to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use hiroba::accounts::{self, PersonInput, Who};
use hiroba::app::App;
use hiroba::clock::{At, Clock};
use hiroba::config::Config;
use hiroba::db::types::Word;
use hiroba::digest::press::{Press, Report};
use hiroba::id::Id;
use hiroba::mail::{Letter, Mailer};
use hiroba::notices::settings::{self, SettingsInput};
use hiroba::replies::marks::{self, Mark};
use hiroba::threads::{self, Loose, Submit, ThreadInput};
use hiroba::{replies, taxonomy, worker};

use super::ground::{self, Ground};

/// Where the people of a town come from, in turn.
pub const TYPES: [&str; 5] = ["shogakkou", "chugakkou", "koukou", "tokushi", "youchien"];
pub const SUBJECTS: [&str; 3] = ["国語", "理科", "音楽"];

pub struct Town {
    pub app: App,
    pub mails: Arc<Mutex<Vec<Letter>>>,
    clock: Arc<AtomicI64>,
    // Dropped last.
    pub ground: Ground,
}

/// A thread as a test asks for it.
pub struct Written<'a> {
    pub author: &'a Who,
    pub kind: &'a str,
    pub title: &'a str,
    pub school_type: &'a str,
    pub subject: Option<&'a str>,
    pub policy: u8,
}

impl Town {
    /// Empty, at `moment`.
    pub fn new(moment: &str) -> Town {
        Town::with(moment, |_| {})
    }

    pub fn with(moment: &str, change: impl FnOnce(&mut Config)) -> Town {
        let ground = Ground::new();
        let mut config = ground.config();
        config.public_url = "https://hiroba.example".to_owned();
        config.mail_from = "広場 <hiroba@hiroba.example>".to_owned();
        change(&mut config);
        let mails = Arc::new(Mutex::new(Vec::new()));
        let mailer = if config.smtp_url.is_empty() {
            Mailer::Memory(Arc::clone(&mails))
        } else {
            Mailer::new(&config).unwrap()
        };
        let clock = Arc::new(AtomicI64::new(at(moment).micros()));
        let app = App::start(config, Clock::Fixed(Arc::clone(&clock)), mailer).unwrap();
        Town {
            app,
            mails,
            clock,
            ground,
        }
    }

    pub fn now(&self) -> At {
        self.app.now()
    }

    pub fn set(&self, moment: At) {
        self.clock.store(moment.micros(), Ordering::SeqCst);
    }

    /// `count` teachers, of all school types in turn; every third teaches a subject. The first address is `r0@…`.
    pub fn people(&self, count: usize) -> Vec<Who> {
        let mut all = Vec::with_capacity(count);
        for from in (0..count).step_by(500) {
            let some = self.app.write_here(|db, now| {
                let mut some = Vec::new();
                for number in from..count.min(from + 500) {
                    let subject = SUBJECTS[number / 3 % SUBJECTS.len()];
                    let input = PersonInput {
                        email: format!("r{number}@hiroba.example"),
                        name: format!("見本 {number}"),
                        school_type: TYPES[number % TYPES.len()].to_owned(),
                        role: "teacher".to_owned(),
                        subjects: (number % 3 == 0)
                            .then(|| subject.to_owned())
                            .into_iter()
                            .collect(),
                        ..PersonInput::default()
                    };
                    let new = input.parse(db)?;
                    let id = accounts::create(db, &accounts::house(), &new, None, now)?;
                    some.push(accounts::as_member(&accounts::by_id(db, id)?));
                }
                Ok(some)
            });
            all.extend(some.unwrap());
        }
        all
    }

    pub fn trainer(&self) -> Who {
        ground::person(&self.app, "trainer", accounts::Role::Trainer)
    }

    /// Says how a person gets mail: what they had, changed.
    pub fn prefer(&self, who: &Who, change: impl FnOnce(&mut SettingsInput)) {
        self.app
            .write_here(|db, now| {
                settings::ensure(db, who.id().unwrap(), now)?;
                let present = settings::own(db, who)?;
                let mut input = hiroba::notices::view::as_typed(&present);
                change(&mut input);
                let words = taxonomy::current(db)?;
                let zone = self.app.config.timezone;
                settings::change(db, who, &input, &words, now.day(zone), now)
            })
            .unwrap();
    }

    pub fn write(&self, written: &Written<'_>) -> Id {
        let input = ThreadInput {
            kind: written.kind.to_owned(),
            title: written.title.to_owned(),
            body: format!("{}についての本文です。つづきもあります。", written.title),
            school_type: written.school_type.to_owned(),
            subject: written.subject.map(ToOwned::to_owned),
            policies: vec![Loose(written.policy.to_string())],
            ..ThreadInput::default()
        };
        let submit = Submit {
            key: None,
            posts_per_hour: 0,
            new_account_posts_per_day: 0,
        };
        self.app
            .write_here(|db, now| {
                let new = input.parse(db)?;
                threads::post(db, written.author, &new, &submit, now)
            })
            .unwrap()
            .id
    }

    /// A question of somebody's own school type.
    pub fn ask(&self, author: &Who, title: &str) -> Id {
        let school_type = author.member().unwrap().school_type.clone();
        self.write(&Written {
            author,
            kind: "question",
            title,
            school_type: &school_type,
            subject: None,
            policy: 1,
        })
    }

    pub fn reply(&self, who: &Who, thread: Id, body: &str) -> Id {
        ground::reply(&self.app, who, thread, body).id
    }

    pub fn mark(&self, who: &Who, thread: Id, mark: Mark) {
        self.app
            .write_here(|db, now| marks::set(db, who, thread, thread, mark, now))
            .unwrap();
    }

    /// As a moderator does.
    pub fn hide_thread(&self, id: Id) {
        self.hide("threads", id);
    }

    pub fn hide_reply(&self, id: Id) {
        self.hide("replies", id);
    }

    fn hide(&self, table: &str, id: Id) {
        let literal = match self.ground.database {
            super::database::TestDatabase::Sqlite(_) => {
                format!("x'{}'", id.to_string().replace('-', ""))
            }
            super::database::TestDatabase::Postgres { .. } => format!("'{id}'"),
        };
        let statement = format!("UPDATE {table} SET visibility = 'hidden' WHERE id = {literal}");
        ground::sql(&self.app, &statement);
        if table == "replies" {
            self.app
                .write_here(|db, now| {
                    let reply = replies::find(db, &accounts::house(), id)?;
                    replies::recount(db, reply.thread, now)
                })
                .unwrap();
        }
    }

    /// Runs jobs and makes every letter that is due.
    pub fn run(&self) -> Report {
        worker::drain(&self.app).unwrap();
        self.press().run().unwrap()
    }

    pub fn press(&self) -> Press<'_> {
        worker::press(&self.app)
    }

    /// The letters that were sent since the last call.
    pub fn taken(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

pub fn at(text: &str) -> At {
    At::parse(text).unwrap()
}

/// The words of a list, parted by commas.
pub fn words<T: Word>(list: &[T]) -> String {
    let words: Vec<&str> = list.iter().map(|one| one.word()).collect();
    words.join(",")
}
