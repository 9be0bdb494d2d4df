//! The checklist that people measure themselves by: areas, items, grades. It is data, and versioned: another version is
//! another file, and answers keep the version that they were given in.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{AREAS, ITEMS_OF_AREA};
use crate::error::{Error, Result};

/// All versions, the one in force last.
const VERSIONS: &[&str] = &[include_str!("checklist-2018.toml")];

/// What a tag of an item begins with: `chk-a1`.
const TAG: &str = "chk-";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    pub version: String,
    pub name: String,
    /// Who gave it out.
    pub source: String,
    /// The words of the grades 1 to 4.
    pub scale: Vec<String>,
    pub areas: Vec<Area>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// One letter.
    pub code: String,
    pub name: String,
    pub short: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its area's letter and a digit: `b4`.
    pub code: String,
    /// In few words, ours.
    pub short: String,
    pub text: String,
    /// Words by which help is searched for.
    pub query: String,
    /// Where it is looked for, too.
    pub initiatives: Vec<String>,
}

impl Area {
    /// 「A」.
    pub fn letter(&self) -> String {
        self.code.to_uppercase()
    }
}

impl Item {
    /// 「B-4」.
    pub fn number(&self) -> String {
        let (area, digit) = self.code.split_at_checked(1).unwrap_or((&self.code, ""));
        format!("{}-{digit}", area.to_uppercase())
    }

    /// `chk-b4`.
    pub fn tag(&self) -> String {
        format!("{TAG}{}", self.code)
    }

    pub fn is_of(&self, area: &Area) -> bool {
        self.code.starts_with(&area.code)
    }
}

impl Checklist {
    fn parse(text: &str) -> Result<Checklist> {
        let list: Checklist = toml::from_str(text).map_err(Error::internal)?;
        let whole = list.areas.len() == AREAS
            && list.scale.len() == 4
            && list
                .areas
                .iter()
                .all(|area| area.code.len() == 1 && list.items_of(area).count() == ITEMS_OF_AREA)
            && list.items.len() == AREAS * ITEMS_OF_AREA;
        if whole {
            Ok(list)
        } else {
            Err(Error::internal(format!(
                "the checklist {} is not whole",
                list.version
            )))
        }
    }

    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// The item of a tag.
    pub fn tagged(&self, tag: &str) -> Option<&Item> {
        self.item(tag.strip_prefix(TAG)?)
    }

    pub fn items_of<'a>(&'a self, area: &'a Area) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.is_of(area))
    }

    /// The words of a grade; empty for one that is none.
    pub fn grade(&self, grade: u8) -> &str {
        let place = usize::from(grade).checked_sub(1);
        place
            .and_then(|place| self.scale.get(place))
            .map_or("", String::as_str)
    }
}

static PARSED: LazyLock<Vec<Checklist>> = LazyLock::new(|| {
    let lists = VERSIONS.iter().map(|text| Checklist::parse(text));
    lists.collect::<Result<_>>().unwrap_or_default()
});

/// The version in force.
///
/// # Errors
/// `Internal` when a file of this program is no checklist.
pub fn current() -> Result<&'static Checklist> {
    PARSED
        .last()
        .ok_or_else(|| Error::internal("there is no checklist"))
}

/// An item by its tag, as readers see it: 「B-4」 and its few words; the tag itself where the checklist has none.
pub fn label(tag: &str) -> String {
    let item = current().ok().and_then(|list| list.tagged(tag));
    item.map_or_else(
        || tag.to_owned(),
        |item| format!("{} {}", item.number(), item.short),
    )
}

/// The tags of all items, in their order.
pub fn tags() -> Vec<String> {
    let list = current().ok();
    list.map(|list| list.items.iter().map(Item::tag).collect())
        .unwrap_or_default()
}

/// A version by its name.
pub fn version(name: &str) -> Option<&'static Checklist> {
    PARSED.iter().find(|list| list.version == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_whole() {
        for text in VERSIONS {
            Checklist::parse(text).unwrap();
        }
        let list = current().unwrap();
        assert_eq!(version(&list.version), Some(list));
        assert_eq!(version("昭和"), None);
        let b4 = list.tagged("chk-b4").unwrap();
        assert_eq!(
            (b4.number(), b4.tag()),
            ("B-4".to_owned(), "chk-b4".to_owned())
        );
        assert_eq!(list.tagged("b4"), None);
        assert_eq!(list.tagged("chk-e1"), None);
        assert_eq!(
            (list.grade(1), list.grade(4), list.grade(0), list.grade(5)),
            ("ほとんどできない", "できる", "", "")
        );
    }

    #[test]
    fn items_point_to_initiatives_that_there_are() {
        let words = crate::taxonomy::Vocabulary::parse(crate::taxonomy::SENDAI).unwrap();
        for item in &current().unwrap().items {
            assert!(
                !item.query.is_empty() && item.short.chars().count() <= 16,
                "{}",
                item.code
            );
            for slug in &item.initiatives {
                assert!(
                    words.initiatives.iter().any(|one| &one.slug == slug),
                    "{slug}"
                );
            }
        }
    }

    #[test]
    fn half_a_checklist_is_refused() {
        let text = VERSIONS[0].replacen("code = \"d4\"", "code = \"d3\"", 1);
        assert!(Checklist::parse(&text.replacen("code = \"d3\"", "code = \"e3\"", 1)).is_err());
    }
}
