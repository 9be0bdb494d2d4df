//! Measures search on a collection, as the forum would answer: its vocabulary, its operators, the synonyms of a new
//! forum. It reads files only, no database.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use search_index::Synonyms;
use search_index::eval::{self, Report, Settings, Values};

use super::question::{Question, grade, initiative, kind, policy, school_type, subject};
use crate::error::{Error, Result};
use crate::taxonomy::Vocabulary;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Collection {
    /// `id`, title, text by tabs, or JSON lines as imported (the name ends in `.jsonl`).
    pub corpus: PathBuf,
    /// `id`, query, `id` of the relevant document, by tabs.
    pub queries: Vec<PathBuf>,
    /// Graded judgements, JSON lines.
    pub qrels: Vec<PathBuf>,
    /// Only documents whose id begins so.
    pub part: String,
    pub with_plain: bool,
    pub with_synonyms: bool,
}

struct Forum<'a>(&'a Vocabulary);

impl Values for Forum<'_> {
    fn value(&self, field: &str, text: &str) -> String {
        let found = match field {
            "kind" => kind(text),
            "policy" => policy(self.0, text),
            "initiative" => initiative(self.0, text),
            "school_type" => school_type(self.0, text),
            "subject" => subject(self.0, text),
            "grade" => grade(self.0, text),
            _ => None,
        };
        found.unwrap_or_else(|| text.to_owned())
    }

    fn label(&self, field: &str, value: &str) -> String {
        match field {
            "school_type" => self.0.school_type_name(value).to_owned(),
            "subject" => self.0.subject_name(value).to_owned(),
            "grade" => self.0.grade_name(value).to_owned(),
            "initiative" => self.0.initiative_name(value).to_owned(),
            "policy" => self
                .0
                .find_policy(value)
                .map_or_else(String::new, |policy| policy.short.clone()),
            _ => String::new(),
        }
    }
}

/// Reads, indexes in a temporary folder, asks.
///
/// # Errors
/// `BadRequest` for files that cannot be read.
pub fn evaluate(collection: &Collection, words: &Vocabulary) -> Result<Report> {
    let open = |path: &Path| {
        File::open(path)
            .map(BufReader::new)
            .map_err(|why| refused(path, &why))
    };
    let forum = Forum(words);
    let corpus = open(&collection.corpus)?;
    let documents = if is_jsonl(&collection.corpus) {
        eval::corpus_jsonl(corpus, &forum)
    } else {
        eval::corpus_tsv(corpus)
    };
    let mut documents = documents.map_err(|why| refused(&collection.corpus, &why))?;
    documents.retain(|one| one.name.starts_with(&collection.part));
    let mut queries = Vec::new();
    for path in &collection.queries {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let read = eval::queries_tsv(open(path)?, &name);
        queries.extend(read.map_err(|why| refused(path, &why))?);
    }
    for path in &collection.qrels {
        let read = eval::qrels_jsonl(open(path)?, &forum);
        queries.extend(read.map_err(|why| refused(path, &why))?);
    }
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let synonyms = if collection.with_synonyms {
        Synonyms::default_list()
    } else {
        Synonyms::none()
    };
    let settings = Settings {
        folder: &folder.path().join("index"),
        synonyms: &synonyms,
        understand: &|text| {
            let mut question = Question::default();
            // Nobody is known by name here, so that nothing can fail.
            let read = question.read(text, words, &mut |_| Ok(Vec::new()));
            debug_assert!(read.is_ok());
            let filters = question.filters(chrono_tz::Asia::Tokyo);
            (question.query, filters)
        },
        with_plain: collection.with_plain,
    };
    eval::run(&documents, &queries, &settings).map_err(Error::internal)
}

fn is_jsonl(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ending.eq_ignore_ascii_case("jsonl") || ending.eq_ignore_ascii_case("json")
    })
}

fn refused(path: &Path, why: &std::io::Error) -> Error {
    Error::BadRequest(format!("{}: {why}", path.display()))
}
