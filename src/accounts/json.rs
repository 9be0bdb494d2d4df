//! People as the API shows them.

use serde::Serialize;

use super::{Author, Experience, Item, Person, Role};
use crate::clock::At;
use crate::id::Id;
use crate::taxonomy::Vocabulary;

/// Somebody who wrote something. Holds no address.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AuthorJson {
    /// None behind a sealed post: whose it is, nobody learns.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub id: Option<Id>,
    /// As shown; 「小学校の先生」 behind a sealed post.
    pub name: String,
    pub school_type: String,
    /// Only where its holder shows it, or where its word weighs more.
    #[schema(required)]
    pub position: Option<String>,
    pub role: Role,
    /// The word of a role or position that weighs more; never from the display name.
    #[schema(required)]
    pub badge: Option<String>,
}

impl AuthorJson {
    pub fn new(author: &Author, words: &Vocabulary) -> AuthorJson {
        AuthorJson {
            id: author.id,
            name: author.name.clone(),
            school_type: author.school_type.clone(),
            position: author.position(words).map(|position| position.slug.clone()),
            role: author.role,
            badge: author.badge(words),
        }
    }
}

/// Oneself.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MeJson {
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub email: String,
    pub name: String,
    pub school_type: String,
    #[schema(required)]
    pub school: Option<String>,
    #[schema(required)]
    pub position: Option<String>,
    pub role: Role,
    pub grades: Vec<String>,
    pub subjects: Vec<String>,
    pub tools: Vec<String>,
    /// School years of teaching.
    #[schema(required)]
    pub experience: Option<Experience>,
    /// What of it others are shown beside name and school type.
    pub shown: Vec<Item>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: At,
}

impl From<Person> for MeJson {
    fn from(person: Person) -> MeJson {
        MeJson {
            id: person.id,
            email: person.email,
            name: person.name,
            school_type: person.school_type,
            school: person.school,
            position: person.position,
            role: person.role,
            grades: person.grades,
            subjects: person.subjects,
            tools: person.tools,
            experience: person.experience,
            shown: person.shown,
            created_at: person.created_at,
        }
    }
}

/// A session that was opened.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionJson {
    pub user: MeJson,
    /// Good as the cookie and as a bearer token, until the session ends.
    pub token: String,
}
