//! Prints letters: what an issue says of a thread is printed once and stands in the letters of all its readers.

use std::collections::HashMap;
use std::rc::Rc;

use super::view::{self, Printed};
use super::{Extract, store};
use crate::calendar::Slot;
use crate::db::Db;
use crate::error::Result;
use crate::id::Id;
use crate::mail::Letter;
use crate::notices::outbox::Item;
use crate::notices::settings::{Reader, Reason};

/// Extracts kept at most; beyond, it begins anew.
const KEPT: usize = 20_000;

/// Keeps extracts by issue and thread, and items as they are printed.
pub struct Printer {
    public_url: String,
    extracts: HashMap<(Id, Id), Extract>,
    printed: HashMap<(Id, Id, Reason), Rc<Printed>>,
}

impl Printer {
    pub fn new(public_url: String) -> Printer {
        Printer {
            public_url,
            extracts: HashMap::new(),
            printed: HashMap::new(),
        }
    }

    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Reads what was written down of these threads for an issue. Returns those of which nothing was.
    ///
    /// # Errors
    /// Of the database.
    pub fn load(&mut self, db: &mut Db, issue: Id, threads: &[Id]) -> Result<Vec<Id>> {
        if self.extracts.len() > KEPT {
            self.forget();
        }
        let mut missing = threads.to_vec();
        missing.retain(|thread| !self.knows(issue, *thread));
        if !missing.is_empty() {
            self.learn(issue, store::extracts(db, issue, &missing)?);
            missing.retain(|thread| !self.knows(issue, *thread));
        }
        Ok(missing)
    }

    pub fn learn(&mut self, issue: Id, extracts: impl IntoIterator<Item = (Id, Extract)>) {
        let extracts = extracts.into_iter();
        self.extracts
            .extend(extracts.map(|(thread, extract)| ((issue, thread), extract)));
    }

    /// Whether there is an extract of a thread.
    pub fn knows(&self, issue: Id, thread: Id) -> bool {
        self.extracts.contains_key(&(issue, thread))
    }

    /// What is kept may be wrong: somebody else has written meanwhile.
    pub fn forget(&mut self) {
        self.extracts.clear();
        self.printed.clear();
    }

    /// The letter of `items` to a reader. Items without an extract are left out. `id`: of its row in the outbox.
    ///
    /// # Errors
    /// When a template cannot be filled.
    pub fn letter(
        &mut self,
        id: Id,
        issue: Id,
        slot: Slot,
        reader: &Reader,
        items: &[Item],
    ) -> Result<Letter> {
        let mut printed = Vec::with_capacity(items.len());
        for item in items {
            if let Some(one) = self.print(issue, item)? {
                printed.push((item.why, one));
            }
        }
        view::letter(id, slot, reader, &printed, &self.public_url)
    }

    fn print(&mut self, issue: Id, item: &Item) -> Result<Option<Rc<Printed>>> {
        let key = (issue, item.thread, item.why);
        // How many replies are new differs from reader to reader.
        let shared = item.replies == 0;
        if shared && let Some(known) = self.printed.get(&key) {
            return Ok(Some(Rc::clone(known)));
        }
        let printed = match (&item.spoken, self.extracts.get(&(issue, item.thread))) {
            (Some(spoken), _) => view::print_spoken(spoken, &self.public_url)?,
            (None, Some(extract)) => view::print(item, extract, &self.public_url)?,
            (None, None) => return Ok(None),
        };
        let printed = Rc::new(printed);
        if shared {
            self.printed.insert(key, Rc::clone(&printed));
        }
        Ok(Some(printed))
    }
}
