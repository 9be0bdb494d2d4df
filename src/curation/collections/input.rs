//! What is typed or sent of a collection, and how it becomes one.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    COMMENT, COVER, Collection, Content, Item, MAX_ITEMS, MAX_POLICIES, PLACE, State, TITLE,
    Training, TrainingForm,
};
use crate::accounts::{Experience, Who};
use crate::db::Db;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::moderation::duplicates;
use crate::taxonomy::{self, Vocabulary};
use crate::text::{clean_line, narrow, refuse_my_number};
use crate::threads::Loose;

/// A collection as sent. Policies, school types and forms of training are taken as slug or Japanese name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CollectionInput {
    /// Up to 80 characters.
    pub title: String,
    /// Markdown, up to 2,000 characters.
    pub cover: String,
    /// One or two.
    pub policies: Vec<Loose>,
    /// For whom; none = all school types.
    pub school_types: Vec<String>,
    /// `1`, `2-5`, `6-10`, `11-20`, `21-`; none = all.
    pub experience: Vec<String>,
    #[schema(nullable)]
    pub training: Option<TrainingInput>,
    /// Up to 30, in their order.
    pub items: Vec<ItemInput>,
}

/// The training that it belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct TrainingInput {
    /// online, visit, gathering
    #[schema(example = "online")]
    pub form: String,
    /// `2026-08-03`; may be empty.
    pub on: String,
    pub place: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ItemInput {
    /// The thread: id, short code or address.
    pub thread: String,
    /// Up to 300 characters; wanted before it is published.
    pub comment: String,
}

/// What is to change; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CollectionPatch {
    #[schema(nullable)]
    pub title: Option<String>,
    #[schema(nullable)]
    pub cover: Option<String>,
    #[schema(nullable)]
    pub policies: Option<Vec<Loose>>,
    #[schema(nullable)]
    pub school_types: Option<Vec<String>>,
    #[schema(nullable)]
    pub experience: Option<Vec<String>>,
    /// An empty form takes the training away.
    #[schema(nullable)]
    pub training: Option<TrainingInput>,
    #[schema(nullable)]
    pub items: Option<Vec<ItemInput>>,
    /// published, withdrawn
    #[schema(nullable)]
    pub state: Option<String>,
}

impl From<CollectionInput> for CollectionPatch {
    fn from(whole: CollectionInput) -> CollectionPatch {
        CollectionPatch {
            title: Some(whole.title),
            cover: Some(whole.cover),
            policies: Some(whole.policies),
            school_types: Some(whole.school_types),
            experience: Some(whole.experience),
            training: Some(whole.training.unwrap_or_default()),
            items: Some(whole.items),
            state: None,
        }
    }
}

impl CollectionPatch {
    /// What is to be written over `present`.
    pub fn over(&self, present: &Collection) -> CollectionInput {
        let stands = CollectionInput::of(present);
        let changed = self.clone();
        CollectionInput {
            title: changed.title.unwrap_or(stands.title),
            cover: changed.cover.unwrap_or(stands.cover),
            policies: changed.policies.unwrap_or(stands.policies),
            school_types: changed.school_types.unwrap_or(stands.school_types),
            experience: changed.experience.unwrap_or(stands.experience),
            training: changed.training.or(stands.training),
            items: changed.items.unwrap_or(stands.items),
        }
    }

    /// # Errors
    /// `Invalid` for what is no state, and for what cannot become a draft again.
    pub fn state(&self, present: State) -> Result<State> {
        let Some(word) = &self.state else {
            return Ok(present);
        };
        State::from_word(word.trim())
            .filter(|state| *state != State::Draft || present == State::Draft)
            .ok_or_else(|| {
                Error::field(
                    "state",
                    "unknown",
                    "state は published か withdrawn にしてください。",
                )
            })
    }
}

impl CollectionInput {
    /// What stands, as it would be typed.
    pub fn of(present: &Collection) -> CollectionInput {
        let content = present.content.clone();
        CollectionInput {
            title: content.title,
            cover: content.cover,
            policies: content
                .policies
                .iter()
                .map(|number| Loose(number.to_string()))
                .collect(),
            school_types: content.school_types,
            experience: content.experience.iter().map(ToString::to_string).collect(),
            training: content.training.map(|training| TrainingInput {
                form: training.form.to_string(),
                on: training.on.map(|day| day.to_string()).unwrap_or_default(),
                place: training.place.unwrap_or_default(),
            }),
            items: content
                .items
                .into_iter()
                .map(|item| ItemInput {
                    thread: item.thread.to_string(),
                    comment: item.comment,
                })
                .collect(),
        }
    }

    /// The content as it may be stored. `known` are the threads that stand in it already: they may stay, whatever became of
    /// them. `whole`: it is published, so that nothing may be missing.
    ///
    /// # Errors
    /// `Invalid` with everything to correct.
    pub(super) fn parse(
        &self,
        db: &mut Db,
        who: &Who,
        known: &[Id],
        whole: bool,
    ) -> Result<Content> {
        let words = taxonomy::current(db)?;
        let mut errors = FieldErrors::default();
        let title = TITLE
            .parse(&self.title)
            .and_then(|title| refuse_my_number("title", &title).map(|()| title));
        let title = errors.take(title).unwrap_or_default();
        let cover = COVER.parse_optional(&self.cover).and_then(|cover| {
            let cover = cover.unwrap_or_default();
            refuse_my_number("cover", &cover).map(|()| cover)
        });
        let cover = errors.take(cover).unwrap_or_default();
        let policies = self.read_policies(&words, &mut errors);
        let school_types = self.read_school_types(&words, &mut errors);
        let experience = self.read_experience(&mut errors);
        let training = self.read_training(&mut errors);
        let items = self.read_items(db, who, known, whole, &mut errors)?;
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        Ok(Content {
            title,
            cover,
            policies,
            school_types,
            experience,
            training,
            items,
        })
    }

    fn read_policies(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Vec<u8> {
        let mut policies = Vec::new();
        for typed in self.policies.iter().filter(|one| !one.0.trim().is_empty()) {
            match words.find_policy(&typed.0) {
                Some(policy) if policies.contains(&policy.number) => {}
                Some(policy) => policies.push(policy.number),
                None => {
                    errors.add(
                        "policies",
                        "unknown",
                        "基本方針は、一覧から選んでください。",
                    );
                    return policies;
                }
            }
        }
        if policies.is_empty() {
            errors.add(
                "policies",
                "required",
                "関係する基本方針を、1つか2つ選んでください。",
            );
        } else if policies.len() > MAX_POLICIES {
            errors.add("policies", "too_many", "基本方針は2つまでにしてください。");
        }
        policies
    }

    fn read_school_types(&self, words: &Vocabulary, errors: &mut FieldErrors) -> Vec<String> {
        let mut slugs = Vec::new();
        for typed in self
            .school_types
            .iter()
            .filter(|one| !one.trim().is_empty())
        {
            match words.find_school_type(typed) {
                Some(found) if slugs.contains(&found.slug) => {}
                Some(found) => slugs.push(found.slug.clone()),
                None => {
                    errors.add(
                        "school_types",
                        "unknown",
                        "学校種は、一覧から選んでください。",
                    );
                    return slugs;
                }
            }
        }
        slugs
    }

    fn read_experience(&self, errors: &mut FieldErrors) -> Vec<Experience> {
        let mut bands = Vec::new();
        for typed in self.experience.iter().filter(|one| !one.trim().is_empty()) {
            match Experience::parse(typed) {
                Some(band) if bands.contains(&band) => {}
                Some(band) => bands.push(band),
                None => {
                    errors.add(
                        "experience",
                        "unknown",
                        "経験年数は、一覧から選んでください。",
                    );
                    return bands;
                }
            }
        }
        bands.sort_unstable();
        bands
    }

    fn read_training(&self, errors: &mut FieldErrors) -> Option<Training> {
        let typed = self.training.clone().unwrap_or_default();
        let place = PLACE.parse_optional(&typed.place).and_then(|place| {
            refuse_my_number("training_place", place.as_deref().unwrap_or_default()).map(|()| place)
        });
        let place = errors.take(place).flatten();
        let on = narrow(&typed.on);
        let day = NaiveDate::parse_from_str(&on, "%Y-%m-%d").ok();
        let day = day.filter(|day| (2000..=9999).contains(&chrono::Datelike::year(day)));
        if day.is_none() && !on.is_empty() {
            errors.add(
                "training_on",
                "unknown",
                "研修の日は、2026-08-03 のように書いてください。",
            );
        }
        let form = clean_line(&typed.form);
        if form.is_empty() {
            if place.is_some() || !on.is_empty() {
                errors.add("training_form", "required", "研修の形を選んでください。");
            }
            return None;
        }
        let Some(form) = TrainingForm::parse(&form) else {
            errors.add(
                "training_form",
                "unknown",
                "研修の形は、一覧から選んでください。",
            );
            return None;
        };
        Some(Training {
            form,
            on: day,
            place,
        })
    }

    fn read_items(
        &self,
        db: &mut Db,
        who: &Who,
        known: &[Id],
        whole: bool,
        errors: &mut FieldErrors,
    ) -> Result<Vec<Item>> {
        let mut items: Vec<Item> = Vec::new();
        let mut seen = HashSet::new();
        if self.items.len() > MAX_ITEMS {
            let message = format!("まとめに入れられる話題は、{MAX_ITEMS}件までです。");
            errors.add("items", "too_many", message);
            return Ok(items);
        }
        for (place, typed) in (1..).zip(&self.items) {
            let Some(thread) = thread(db, who, &typed.thread, known, place, errors)? else {
                continue;
            };
            if !seen.insert(thread) {
                let message = format!("{place}番目の話題は、もう入っています。");
                errors.add("items", "known", message);
                continue;
            }
            let comment = COMMENT.parse_optional(&typed.comment).and_then(|comment| {
                let comment = comment.unwrap_or_default();
                refuse_my_number("items", &comment).map(|()| comment)
            });
            let comment = errors.take(comment).unwrap_or_default();
            if whole && comment.is_empty() && errors.of("items").is_none() {
                let message = format!(
                    "{place}番目の話題に、コメントを書いてください。どんな先生に、どこを読んでほしいかの一言で十分です。"
                );
                errors.add("items", "required", message);
            }
            items.push(Item {
                thread,
                comment,
                shown: false,
            });
        }
        if whole && items.is_empty() && errors.of("items").is_none() {
            errors.add(
                "items",
                "required",
                "公開する前に、話題を1件以上入れてください。",
            );
        }
        Ok(items)
    }
}

/// The thread that is meant; None, and why, where it is none that readers may be shown.
fn thread(
    db: &mut Db,
    who: &Who,
    typed: &str,
    known: &[Id],
    place: usize,
    errors: &mut FieldErrors,
) -> Result<Option<Id>> {
    if let Ok(id) = typed.trim().parse::<Id>()
        && known.contains(&id)
    {
        return Ok(Some(id));
    }
    let id = match duplicates::named(db, who, typed) {
        Ok(thread) => thread.id,
        Err(Error::Invalid(why)) => {
            let message = why.of("of").unwrap_or_default().to_owned();
            errors.add("items", "unknown", format!("{place}番目：{message}"));
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if known.contains(&id) || super::is_open(db, who, id)? {
        return Ok(Some(id));
    }
    let message = format!("{place}番目の話題は、書いた人が掲載を辞退しています。");
    errors.add("items", "refused", message);
    Ok(None)
}
