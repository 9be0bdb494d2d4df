//! Pages of invitations: those of whoever makes links, and the one that a link leads to.

use std::collections::HashMap;

use askama::Template;

use super::{Invitation, InvitationInput, Standing};
use crate::accounts::view::school_types;
use crate::accounts::{Author, PersonInput};
use crate::error::FieldErrors;
use crate::id::Id;
use crate::taxonomy::Vocabulary;
use crate::web::page::{Choice, Layout, Nav, Now, When};

/// A link in the list.
pub struct InvitationRow {
    pub id: Id,
    pub label: String,
    /// 「小学校・萩ヶ沢小学校」.
    pub place: String,
    /// Who made it, where that was somebody else.
    pub maker: String,
    pub uses: i32,
    pub max_uses: i32,
    pub until: When,
    pub standing: &'static str,
    pub open: bool,
}

/// `/settings/invitations`.
#[derive(Template)]
#[template(path = "accounts/invitations.html")]
pub struct InvitationsPage {
    pub layout: Layout,
    pub rows: Vec<InvitationRow>,
    /// The link that was just made: it is shown once.
    pub made: Option<String>,
    pub label: String,
    pub school_types: Vec<Choice>,
    pub school: String,
    pub days: String,
    pub uses: String,
    pub key: String,
    pub errors: FieldErrors,
}

/// What the list is made of.
pub struct InvitationsParts<'a> {
    pub invitations: &'a [Invitation],
    /// Of those who made them.
    pub makers: &'a HashMap<Id, Author>,
    /// Slug → name.
    pub schools: &'a HashMap<String, String>,
    pub own: Option<Id>,
    pub words: &'a Vocabulary,
    pub now: Now,
}

impl InvitationsPage {
    pub fn new(
        layout: Layout,
        parts: &InvitationsParts<'_>,
        typed: &InvitationInput,
        made: Option<String>,
        errors: FieldErrors,
    ) -> InvitationsPage {
        InvitationsPage {
            layout: layout.at(Nav::Mine),
            rows: parts
                .invitations
                .iter()
                .map(|one| row(one, parts))
                .collect(),
            made,
            label: typed.label.clone(),
            school_types: school_types(parts.words, &typed.school_type),
            school: typed.school.clone(),
            days: typed.days.clone(),
            uses: typed.uses.clone(),
            key: typed.key.clone(),
            errors,
        }
    }
}

fn row(one: &Invitation, parts: &InvitationsParts<'_>) -> InvitationRow {
    let school = one.school.as_ref().and_then(|slug| parts.schools.get(slug));
    let place = std::iter::once(parts.words.school_type_name(&one.school_type))
        .chain(school.map(String::as_str));
    let standing = one.standing(parts.now.at);
    InvitationRow {
        id: one.id,
        label: one.label.clone(),
        place: place.collect::<Vec<_>>().join("・"),
        maker: parts
            .makers
            .get(&one.maker)
            .filter(|_| parts.own != Some(one.maker))
            .map(|maker| maker.name.clone())
            .unwrap_or_default(),
        uses: one.uses,
        max_uses: one.max_uses,
        until: parts.now.when(one.expires_at),
        standing: match standing {
            Standing::Open => "使えます",
            Standing::UsedUp => "人数に達しました",
            Standing::Expired => "期限が切れました",
            Standing::Withdrawn => "取り消しました",
        },
        open: standing == Standing::Open,
    }
}

/// `/invite/{secret}`.
#[derive(Template)]
#[template(path = "accounts/invite.html")]
pub struct InvitePage {
    pub layout: Layout,
    /// None where the link works no more, for whatever reason.
    pub action: Option<String>,
    pub email: String,
    pub name: String,
    pub school_types: Vec<Choice>,
    /// The name of the school that the link is for.
    pub school: Option<String>,
    pub errors: FieldErrors,
}

impl InvitePage {
    pub fn new(
        layout: Layout,
        action: String,
        typed: &PersonInput,
        school: Option<String>,
        words: &Vocabulary,
        errors: FieldErrors,
    ) -> InvitePage {
        InvitePage {
            layout: layout.without_find(),
            action: Some(action),
            email: typed.email.clone(),
            name: typed.name.clone(),
            school_types: school_types(words, &typed.school_type),
            school,
            errors,
        }
    }

    /// The one page for all links that do not work.
    pub fn dead(layout: Layout) -> InvitePage {
        InvitePage {
            layout: layout.without_find(),
            action: None,
            email: String::new(),
            name: String::new(),
            school_types: Vec::new(),
            school: None,
            errors: FieldErrors::default(),
        }
    }
}
