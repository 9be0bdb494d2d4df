//! Published reports as the API shows them: as they were stored.

use serde::Serialize;

use super::Published;
use super::publish::{Cell, Figures, Line};
use crate::clock::At;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GapReportsJson {
    /// The newest first.
    pub items: Vec<GapLineJson>,
    pub next: GapNextJson,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GapLineJson {
    /// As 2026-1: the school year of its first day, and 1 or 2.
    pub term: String,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub published_at: At,
}

/// The term that runs: nothing of it is shown before it is over.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GapNextJson {
    pub term: String,
    pub name: String,
    /// The first day on which it is over.
    pub closes_on: String,
}

/// The report of a closed term. Means are in tenths (10 to 40); 14 stands for 1.4 and less, 36 for 3.6 and more. Where
/// figures are null, too few people answered, here or in a cell that could be told from it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GapReportJson {
    /// As 2026-1.
    pub term: String,
    pub name: String,
    /// Of the checklist.
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub published_at: At,
    pub min_cell: u32,
    /// Everybody in the tables below.
    #[schema(required)]
    pub all: Option<Figures>,
    pub school_types: Vec<Line>,
    pub bands: Vec<Line>,
    pub cells: Vec<Cell>,
}

impl From<Published> for GapReportJson {
    fn from(published: Published) -> GapReportJson {
        let report = published.report;
        GapReportJson {
            term: report.term,
            name: published.term.name(),
            version: report.version,
            published_at: published.at,
            min_cell: report.min_cell,
            all: report.all,
            school_types: report.school_types,
            bands: report.bands,
            cells: report.cells,
        }
    }
}
