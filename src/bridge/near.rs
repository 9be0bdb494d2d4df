//! Which subjects of the city's vocabulary are one subject in other school types: 算数 becomes 数学, 生活 and 理科 look at the
//! same plants. By slug; a vocabulary with other slugs has fewer relatives by subject, and everything else still works.

/// Families of subjects; one may be of several.
const FAMILIES: &[&[&str]] = &[
    &[
        "kokugo",
        "kotoba",
        "gendai-kokugo",
        "gengo-bunka",
        "ronri-kokugo",
        "bungaku-kokugo",
        "kokugo-hyougen",
        "koten-tankyuu",
    ],
    &[
        "shakai",
        "chiri",
        "rekishi",
        "koumin",
        "chireki",
        "chiri-sougou",
        "chiri-tankyuu",
        "rekishi-sougou",
        "nihonshi-tankyuu",
        "sekaishi-tankyuu",
        "koukyou",
        "rinri",
        "seikei",
    ],
    &[
        "sansuu",
        "suugaku",
        "suugaku-1",
        "suugaku-2",
        "suugaku-3",
        "suugaku-a",
        "suugaku-b",
        "suugaku-c",
        "risuu",
    ],
    &[
        "rika",
        "seikatsu",
        "kankyou",
        "kagaku-seikatsu",
        "butsuri-kiso",
        "butsuri",
        "kagaku-kiso",
        "kagaku",
        "seibutsu-kiso",
        "seibutsu",
        "chigaku-kiso",
        "chigaku",
        "risuu",
    ],
    &["ongaku", "ongaku-1", "hyougen", "geijutsu"],
    &[
        "zukou",
        "bijutsu",
        "bijutsu-1",
        "kougei-1",
        "shodou-1",
        "hyougen",
        "geijutsu",
    ],
    &[
        "katei",
        "gijutsu-katei",
        "katei-bunya",
        "katei-kiso",
        "katei-sougou",
        "shokugyou-katei",
        "seitan",
    ],
    &[
        "gijutsu",
        "gijutsu-katei",
        "jouhou",
        "jouhou-1",
        "jouhou-2",
        "kougyou",
    ],
    &["sagyou", "shokugyou", "shokugyou-katei"],
    &["taiiku", "hoken-taiiku", "kenkou", "jiritsu"],
    &[
        "gaikokugo",
        "gaikokugo-katsudou",
        "eikomi-1",
        "eikomi-2",
        "eikomi-3",
        "ronpyou-1",
        "ronpyou-2",
        "ronpyou-3",
    ],
    &["doutoku", "ningenkankei", "koukyou"],
    &["sougou", "tankyuu", "seitan", "seikatsu"],
    &[
        "tokkatsu",
        "gakkyuu-katsudou",
        "jidoukai",
        "seitokai",
        "club",
        "gyouji",
        "lhr",
    ],
    &["hogosha-shien", "koumu"],
    &["ennai-kenshuu", "kenshuu"],
    &["jiritsu", "tokubetsu-shien"],
];

/// Whether two subjects (slugs) are one, in whichever school type.
pub fn same_family(one: &str, other: &str) -> bool {
    one == other
        || FAMILIES
            .iter()
            .any(|family| family.contains(&one) && family.contains(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{SENDAI, Vocabulary};

    #[test]
    fn every_slug_is_of_the_built_in_vocabulary() {
        let words = Vocabulary::parse(SENDAI).unwrap();
        for slug in FAMILIES.iter().flat_map(|family| family.iter()) {
            let known = words.subjects.iter().any(|subject| subject.slug == *slug);
            assert!(known, "{slug}");
        }
    }

    #[test]
    fn families_reach_across_school_types_and_not_across_subjects() {
        assert!(same_family("sansuu", "suugaku-1"));
        assert!(same_family("gaikokugo", "eikomi-1"));
        assert!(same_family("x", "x"));
        assert!(!same_family("sansuu", "kokugo"));
    }
}
