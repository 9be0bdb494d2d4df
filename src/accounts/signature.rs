//! How a post is signed: with the name of who wrote it, or sealed – then only with words that fit many people, frozen when
//! it was sealed, so that nothing that happens to the account later (another school, another role, leaving) shows whose it
//! is. What pages, answers and letters show is made of a `Signature` alone, and a sealed one does not hold the account.

use std::collections::HashMap;
use std::fmt;

use super::{Action, Author, Role, Who, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::taxonomy::Vocabulary;

/// Fewer people than this of one school type (or of those who support) sign as 「先生」 only: the words would be a name.
pub const FEWEST_ALIKE: usize = 10;
/// What sealed posts are signed with where anything more would show too much.
const ANYBODY: &str = "先生";

/// The account of whoever imported sealed posts stand for: nobody, and never the same hand twice.
pub const UNKNOWN_HAND: Id = Id(uuid::Uuid::from_u128(1));

/// Who wrote a post, for the rules: who may change it, whom a reply concerns. Not for showing: it has no text form, and
/// the account leaves it only by `addressee`, whose callers `tests/it/sealed.rs` counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Writer(Id);

impl Writer {
    pub fn new(account: Id) -> Writer {
        Writer(account)
    }

    pub fn is(self, account: Id) -> bool {
        self.0 == account
    }

    pub fn is_who(self, who: &Who) -> bool {
        who.id() == Some(self.0)
    }

    /// Whether one person wrote both, as far as that is known.
    pub fn is_same_hand(self, other: Writer) -> bool {
        self == other && self.0 != UNKNOWN_HAND
    }

    /// The account, to tell this person alone something of their post. Never to show it to anybody else.
    pub fn addressee(self) -> Id {
        self.0
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer(…)")
    }
}

/// What a sealed post is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// 「小学校の先生」; the slug.
    SchoolType(String),
    /// 「ICT支援員」.
    Supporter,
    /// 「先生」.
    Anybody,
}

impl Mask {
    /// As the column holds it.
    pub fn word(&self) -> String {
        match self {
            Mask::SchoolType(slug) => format!("type:{slug}"),
            Mask::Supporter => "supporter".to_owned(),
            Mask::Anybody => "teacher".to_owned(),
        }
    }

    /// What `word` made; anything else shows nothing.
    pub fn of_word(word: &str) -> Mask {
        match (word, word.strip_prefix("type:")) {
            (_, Some(slug)) => Mask::SchoolType(slug.to_owned()),
            ("supporter", _) => Mask::Supporter,
            _ => Mask::Anybody,
        }
    }

    /// The words that are shown in place of a name.
    pub fn label(&self, words: &Vocabulary) -> String {
        match self {
            Mask::SchoolType(slug) => words
                .school_types
                .iter()
                .find(|known| known.slug == *slug)
                .map_or(ANYBODY, |known| known.teacher.as_str())
                .to_owned(),
            Mask::Supporter => Role::Supporter.name().to_owned(),
            Mask::Anybody => ANYBODY.to_owned(),
        }
    }

    /// What `label` made.
    pub fn of_label(label: &str, words: &Vocabulary) -> Mask {
        if label == Role::Supporter.name() {
            return Mask::Supporter;
        }
        words
            .school_types
            .iter()
            .find(|known| known.teacher == label && known.account)
            .map_or(Mask::Anybody, |known| Mask::SchoolType(known.slug.clone()))
    }
}

/// How a post is signed: all that may be shown of who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    Named(Id),
    Sealed(Mask),
}

impl Signature {
    /// As a row holds it.
    pub fn new(author: Id, sealed_as: Option<&str>) -> Signature {
        match sealed_as {
            Some(word) => Signature::Sealed(Mask::of_word(word)),
            None => Signature::Named(author),
        }
    }

    pub fn is_sealed(&self) -> bool {
        self.mask().is_some()
    }

    pub fn mask(&self) -> Option<&Mask> {
        match self {
            Signature::Named(_) => None,
            Signature::Sealed(mask) => Some(mask),
        }
    }

    /// Who is named.
    pub fn named(&self) -> Option<Id> {
        match self {
            Signature::Named(account) => Some(*account),
            Signature::Sealed(_) => None,
        }
    }
}

/// Whether readers may be told that one person wrote both posts: both with the name, or both without it. Where only one of
/// them is sealed, that would break the seal.
pub fn are_shown_as_one(one: (Writer, &Signature), other: (Writer, &Signature)) -> bool {
    one.0.is_same_hand(other.0) && one.1.is_sealed() == other.1.is_sealed()
}

/// What `who` would sign a sealed post with.
///
/// # Errors
/// `SignInRequired`; `Invalid` naming `sealed` for roles whose word weighs something: it must not be said without a name.
pub fn own_mask(db: &mut Db, who: &Who) -> Result<Mask> {
    let member = who.member()?;
    if !who.can(Action::Seal) {
        return Err(Error::field("sealed", "not_allowed", MAY_NOT_SEAL));
    }
    mask_of(db, member.role, &member.school_type)
}

const MAY_NOT_SEAL: &str = "研修担当・運営担当・管理者の投稿には、名前と役割が必要です。「名前の出し方」で名前を選んでください。";

/// What an account of this role and school type signs a sealed post with.
pub(super) fn mask_of(db: &mut Db, role: Role, school_type: &str) -> Result<Mask> {
    let (mask, among) = if role == Role::Supporter {
        (Mask::Supporter, None)
    } else {
        let mask = Mask::SchoolType(school_type.to_owned());
        (mask, Some(school_type))
    };
    let alike = store::count_alike(db, role, among, FEWEST_ALIKE)?;
    Ok(if alike < FEWEST_ALIKE {
        Mask::Anybody
    } else {
        mask
    })
}

/// Those who signed the posts of a page with their names.
#[derive(Debug, Default)]
pub struct Signers {
    named: HashMap<Id, Author>,
}

/// One query, whatever their number. Whose the sealed ones are is not even asked.
pub fn signers<'a>(
    db: &mut Db,
    signatures: impl IntoIterator<Item = &'a Signature>,
) -> Result<Signers> {
    let ids: Vec<Id> = signatures
        .into_iter()
        .filter_map(Signature::named)
        .collect();
    Ok(Signers {
        named: super::authors(db, &ids)?,
    })
}

impl Signers {
    /// What is shown of who signed so; None when the row of a named one is gone, which foreign keys forbid.
    pub fn of(&self, signature: &Signature, words: &Vocabulary) -> Option<Author> {
        match signature {
            Signature::Named(account) => self.named.get(account).cloned(),
            Signature::Sealed(mask) => Some(Author::behind(mask, words)),
        }
    }
}

impl Author {
    fn behind(mask: &Mask, words: &Vocabulary) -> Author {
        let (role, school_type) = match mask {
            Mask::SchoolType(slug) => (Role::Teacher, slug.clone()),
            Mask::Supporter => (Role::Supporter, String::new()),
            Mask::Anybody => (Role::Teacher, String::new()),
        };
        Author {
            id: None,
            name: mask.label(words),
            departed: false,
            sealed: true,
            school_type,
            position: None,
            shows_position: false,
            role,
        }
    }
}
