//! The fields of the index and the way a thread becomes a document of the engine. No text is stored for
//! display; the columns hold what filters, facets and the order of hits need.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};

use crate::model::ThreadDoc;
use crate::query::runs;
use crate::{analyzer, fold_key};

/// The facets in the order of [`Facets`](crate::Facets), by the name of their column.
pub(crate) const FACETS: [&str; 5] = ["kind", "policy", "school_type", "subject", "solved"];
pub(crate) const CREATED_AT: &str = "created_at";
/// How much a thread is favoured, see [`merit`].
pub(crate) const MERIT: &str = "merit";
pub(crate) const ID_HIGH: &str = "id_high";
pub(crate) const ID_LOW: &str = "id_low";

/// Handles of all fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    id_high: Field,
    id_low: Field,
    pub(crate) created_at: Field,
    merit: Field,
    pub(crate) title: Field,
    pub(crate) body: Field,
    pub(crate) replies: Field,
    /// Tags and tools.
    pub(crate) names: Field,
    pub(crate) labels: Field,
    /// Tags and tools, each as a whole.
    pub(crate) name: Field,
    /// Katakana runs and Latin words, to find other spellings among.
    pub(crate) runs: Field,
    facets: [Field; 5],
    pub(crate) initiative: Field,
    pub(crate) grade: Field,
    pub(crate) tag: Field,
    pub(crate) author: Field,
}

/// The schema and its handles.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analyzer::NAME)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: builder.add_bytes_field("id", INDEXED),
        id_high: builder.add_u64_field(ID_HIGH, FAST),
        id_low: builder.add_u64_field(ID_LOW, FAST),
        created_at: builder.add_i64_field(CREATED_AT, FAST),
        merit: builder.add_u64_field(MERIT, FAST),
        title: builder.add_text_field("title", text.clone()),
        body: builder.add_text_field("body", text.clone()),
        replies: builder.add_text_field("replies", text.clone()),
        names: builder.add_text_field("names", text.clone()),
        labels: builder.add_text_field("labels", text),
        name: builder.add_text_field("name", STRING),
        runs: builder.add_text_field("runs", STRING),
        facets: FACETS.map(|name| builder.add_text_field(name, FAST)),
        initiative: builder.add_text_field("initiative", STRING),
        grade: builder.add_text_field("grade", STRING),
        tag: builder.add_text_field("tag", STRING),
        author: builder.add_text_field("author", STRING),
    };
    (builder.build(), fields)
}

impl Fields {
    /// The engine's document of a thread.
    pub(crate) fn document(&self, thread: &ThreadDoc) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let (high, low) = halves(thread.id);
        document.add_bytes(self.id, &thread.id.to_be_bytes());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.created_at, thread.created_at);
        document.add_u64(self.merit, merit(thread));
        document.add_text(self.title, &thread.title);
        document.add_text(self.body, &thread.body);
        for reply in &thread.replies {
            document.add_text(self.replies, reply);
        }
        for name in thread.tags.iter().chain(&thread.tools) {
            document.add_text(self.names, name);
        }
        let keys = thread.tags.iter().chain(&thread.tools);
        for key in distinct(keys.map(|name| fold_key(name))) {
            document.add_text(self.name, key);
        }
        for label in &thread.labels {
            document.add_text(self.labels, label);
        }
        let texts = [&thread.title, &thread.body]
            .into_iter()
            .chain(&thread.replies);
        let texts = texts.chain(&thread.tags).chain(&thread.tools);
        for run in distinct(texts.flat_map(|text| runs(text))) {
            document.add_text(self.runs, run);
        }
        let facets = [
            joined([&thread.kind]),
            joined(&thread.policies),
            joined([&thread.school_type]),
            joined(&thread.subject),
            joined([solved_value(thread.solved)]),
        ];
        for (field, values) in self.facets.into_iter().zip(facets) {
            document.add_text(field, values);
        }
        for value in distinct(thread.initiatives.iter().cloned()) {
            document.add_text(self.initiative, value);
        }
        for key in distinct(thread.tags.iter().map(|tag| fold_key(tag))) {
            document.add_text(self.tag, key);
        }
        if let Some(grade) = &thread.grade {
            document.add_text(self.grade, grade);
        }
        document.add_text(self.author, &thread.author);
        document
    }
}

/// What makes a thread more likely to help, beside its words: an accepted answer, the trainers' recommendation. What no
/// longer holds has less than any other.
fn merit(thread: &ThreadDoc) -> u64 {
    if thread.outdated {
        return OUTDATED;
    }
    PLAIN + u64::from(thread.solved) + u64::from(thread.recommended)
}

/// The merit of what no longer holds.
const OUTDATED: u64 = 0;
/// The merit of a thread of which nothing is known; the distance to `OUTDATED` is as many steps down.
pub(crate) const PLAIN: u64 = 3;

/// How `solved` is written in its facet.
pub(crate) fn solved_value(solved: bool) -> &'static str {
    if solved { "true" } else { "false" }
}

/// The upper and lower 64 bits of an id, as the columns hold them.
fn halves(id: u128) -> (u64, u64) {
    let low = id & u128::from(u64::MAX);
    (
        u64::try_from(id >> 64).unwrap_or_default(),
        u64::try_from(low).unwrap_or_default(),
    )
}

/// Ends each value in a facet's column.
const VALUE_END: char = '\u{1f}';

/// All values of a facet as one: a column with exactly one value for each document is read in blocks, which
/// is several times faster, and real sets of values are few.
fn joined<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> String {
    let values = distinct(values.into_iter().map(|value| value.as_ref().to_owned()));
    let mut column: String = values
        .iter()
        .flat_map(|value| value.chars().chain([VALUE_END]))
        .collect();
    if column.is_empty() {
        column.push(VALUE_END);
    }
    column
}

/// The values in a facet's column, see [`joined`].
pub(crate) fn split(column: &str) -> impl Iterator<Item = &str> {
    column.split(VALUE_END).filter(|value| !value.is_empty())
}

/// A value given twice is counted once.
fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.filter(|value| !value.is_empty()).collect();
    values.sort_unstable();
    values.dedup();
    values
}
