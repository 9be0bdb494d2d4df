//! What a new vocabulary adds, takes away and changes.

use std::collections::{HashMap, HashSet};

use super::Vocabulary;

/// Something that differs between two vocabularies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// 「取組」, 「教科・場面」 …
    pub section: &'static str,
    pub slug: String,
    pub what: Differs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Differs {
    Added {
        name: String,
    },
    Removed {
        name: String,
    },
    Renamed {
        from: String,
        to: String,
    },
    /// Anything but the name.
    Changed {
        name: String,
    },
}

/// Slug, name and the whole of an item, for comparing.
type Item = (String, String, String);

macro_rules! items {
    ($list:expr) => {
        $list
            .iter()
            .map(|item| (item.slug.clone(), item.name.clone(), format!("{item:?}")))
            .collect::<Vec<Item>>()
    };
}

impl Vocabulary {
    /// In the order of the sections and of the file.
    pub fn differences(&self, new: &Vocabulary) -> Vec<Difference> {
        let sections = |words: &Vocabulary| {
            [
                ("計画", items!([&words.plan])),
                ("基本方針", items!(words.policies)),
                ("取組", items!(words.initiatives)),
                ("タグ", items!(words.tags)),
                ("学校種", items!(words.school_types)),
                ("学校の中の種別", items!(words.school_attributes)),
                ("教科・場面", items!(words.subjects)),
                ("学年", items!(words.grades)),
                ("立場", items!(words.positions)),
                ("学校", items!(words.schools)),
            ]
        };
        let both = sections(self).into_iter().zip(sections(new));
        both.flat_map(|((section, old), (_, new))| differ(section, &old, &new))
            .collect()
    }
}

fn differ(section: &'static str, old: &[Item], new: &[Item]) -> Vec<Difference> {
    let known: HashMap<&String, &Item> = old.iter().map(|item| (&item.0, item)).collect();
    let kept: HashSet<&String> = new.iter().map(|item| &item.0).collect();
    let tell = |slug: &String, what: Differs| Difference {
        section,
        slug: slug.clone(),
        what,
    };
    let newer = new.iter().filter_map(|(slug, name, whole)| {
        let name = name.clone();
        let what = match known.get(slug) {
            None => Differs::Added { name },
            Some((_, from, _)) if *from != name => Differs::Renamed {
                from: from.clone(),
                to: name,
            },
            Some((_, _, present)) if present != whole => Differs::Changed { name },
            Some(_) => return None,
        };
        Some(tell(slug, what))
    });
    let gone = old
        .iter()
        .filter(|(slug, _, _)| !kept.contains(slug))
        .map(|(slug, name, _)| tell(slug, Differs::Removed { name: name.clone() }));
    newer.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::super::SENDAI;
    use super::*;

    #[test]
    fn every_kind_of_difference_is_told() {
        let old = Vocabulary::parse(SENDAI).unwrap();
        assert_eq!(old.differences(&old), []);
        let mut new = old.clone();
        let gone = new.tags.remove(0);
        new.subjects.first_mut().unwrap().name = "ことば".to_owned();
        new.initiatives.first_mut().unwrap().short = "みじかく".to_owned();
        new.grades.push(crate::taxonomy::Subject {
            slug: "new".to_owned(),
            name: "新学年".to_owned(),
            school_types: Vec::new(),
            aliases: Vec::new(),
        });
        let told = old.differences(&new);
        let whats: Vec<(&str, &Differs)> = told.iter().map(|d| (d.section, &d.what)).collect();
        assert_eq!(
            whats,
            [
                (
                    "取組",
                    &Differs::Changed {
                        name: old.initiatives[0].name.clone()
                    }
                ),
                ("タグ", &Differs::Removed { name: gone.name }),
                (
                    "教科・場面",
                    &Differs::Renamed {
                        from: old.subjects[0].name.clone(),
                        to: "ことば".to_owned()
                    }
                ),
                (
                    "学年",
                    &Differs::Added {
                        name: "新学年".to_owned()
                    }
                ),
            ]
        );
    }
}
