//! The vocabulary as the API shows it.

use serde::Serialize;

use super::{Initiative, Loaded, Plan, Policy, Position, SchoolType, Subject, Term};
use crate::id::Id;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TaxonomyJson {
    /// Of this version.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    pub plan: Plan,
    pub policies: Vec<Policy>,
    pub initiatives: Vec<Initiative>,
    pub tags: Vec<Term>,
    pub school_types: Vec<SchoolType>,
    pub school_attributes: Vec<Term>,
    pub subjects: Vec<Subject>,
    pub grades: Vec<Subject>,
    pub positions: Vec<Position>,
}

impl From<&Loaded> for TaxonomyJson {
    fn from(loaded: &Loaded) -> TaxonomyJson {
        let words = loaded.words.clone();
        TaxonomyJson {
            id: loaded.id,
            plan: words.plan,
            policies: words.policies,
            initiatives: words.initiatives,
            tags: words.tags,
            school_types: words.school_types,
            school_attributes: words.school_attributes,
            subjects: words.subjects,
            grades: words.grades,
            positions: words.positions,
        }
    }
}
