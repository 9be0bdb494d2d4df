//! Reads collections: tab-separated ones with one relevant document a query, and JSON lines in the format of import
//! with graded judgements. A line that cannot be read stops the reading: half a collection measures nothing.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;

use super::{Document, Judged};
use crate::{Filters, ThreadDoc};

/// How values are held and called: by the vocabulary of a forum, or [`AsWritten`].
pub trait Values {
    /// What is compared. `field` is the name in a filter: `kind`, `policy`, `school_type`, `subject`, `grade`, ….
    fn value(&self, field: &str, text: &str) -> String;
    /// The words by which a reader knows the value, empty when there are none.
    fn label(&self, field: &str, value: &str) -> String;
}

/// Values are what stands in the file.
pub struct AsWritten;

impl Values for AsWritten {
    fn value(&self, _: &str, text: &str) -> String {
        text.to_owned()
    }

    fn label(&self, field: &str, value: &str) -> String {
        match field {
            "school_type" | "subject" | "grade" => value.to_owned(),
            _ => String::new(),
        }
    }
}

fn wrong(line: usize, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("line {}: {why}", line + 1),
    )
}

fn fields<const N: usize>(at: usize, line: &str) -> io::Result<[&str; N]> {
    let fields: Vec<&str> = line.splitn(N, '\t').collect();
    fields
        .try_into()
        .map_err(|_| wrong(at, format!("{N} fields are needed")))
}

/// `id`, `title`, `text`.
///
/// # Errors
/// Of reading; a line with fewer fields.
pub fn corpus_tsv(file: impl BufRead) -> io::Result<Vec<Document>> {
    let mut documents = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        let [name, title, body] = fields(at, &line)?;
        documents.push(Document {
            name: name.to_owned(),
            thread: ThreadDoc {
                title: title.to_owned(),
                body: body.to_owned(),
                ..ThreadDoc::default()
            },
        });
    }
    Ok(documents)
}

/// `id`, `query`, `id` of the relevant document; the type is `name`.
///
/// # Errors
/// Of reading; a line with fewer fields.
pub fn queries_tsv(file: impl BufRead, name: &str) -> io::Result<Vec<Judged>> {
    let mut queries = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        let [_, text, relevant] = fields(at, &line)?;
        queries.push(Judged {
            text: text.to_owned(),
            kind: name.to_owned(),
            relevant: BTreeMap::from([(relevant.trim().to_owned(), 1)]),
            ..Judged::default()
        });
    }
    Ok(queries)
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    kind: String,
    title: String,
    #[serde(alias = "text")]
    body: String,
    #[serde(default)]
    school_type: String,
    #[serde(default)]
    policies: Vec<Value>,
    #[serde(default)]
    initiatives: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    grade: Option<String>,
    #[serde(default)]
    author: String,
    #[serde(default)]
    created_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
struct Reply {
    body: String,
    #[serde(default)]
    accepted: bool,
}

/// Threads in the format of import, one a line.
///
/// # Errors
/// Of reading; a line that is no thread.
pub fn corpus_jsonl(file: impl BufRead, values: &dyn Values) -> io::Result<Vec<Document>> {
    let mut documents = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|why| wrong(at, why))?;
        documents.push(document(line, values));
    }
    Ok(documents)
}

fn document(line: Line, values: &dyn Values) -> Document {
    let policies: Vec<String> = line.policies.iter().map(plain).collect();
    let policies: Vec<String> = policies
        .iter()
        .map(|text| values.value("policy", text))
        .collect();
    let initiatives: Vec<String> = line
        .initiatives
        .iter()
        .map(|text| values.value("initiative", text))
        .collect();
    let school_type = values.value("school_type", &line.school_type);
    let subject = line.subject.map(|text| values.value("subject", &text));
    let grade = line.grade.map(|text| values.value("grade", &text));
    let school = [("school_type", &school_type)].into_iter();
    let labelled = school
        .chain(subject.iter().map(|value| ("subject", value)))
        .chain(grade.iter().map(|value| ("grade", value)))
        .chain(initiatives.iter().map(|value| ("initiative", value)))
        .chain(policies.iter().map(|value| ("policy", value)));
    Document {
        name: plain(&line.id),
        thread: ThreadDoc {
            kind: values.value("kind", &line.kind),
            title: line.title,
            body: line.body,
            solved: line.replies.iter().any(|reply| reply.accepted),
            replies: line.replies.into_iter().map(|reply| reply.body).collect(),
            labels: labelled
                .map(|(field, value)| values.label(field, value))
                .filter(|label| !label.is_empty())
                .collect(),
            tags: line.tags,
            tools: line.tools,
            policies,
            initiatives,
            school_type,
            subject,
            grade,
            author: line.author,
            created_at: line.created_at.map_or(0, |at| at.timestamp_micros()),
            ..ThreadDoc::default()
        },
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[derive(Deserialize)]
struct JudgedLine {
    query: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    rel: BTreeMap<String, u32>,
    #[serde(default)]
    filter: BTreeMap<String, Value>,
}

/// `{"query","type","rel":{"id":3,…},"filter":{…}}`, one a line; a filter's value is one or a list.
///
/// # Errors
/// Of reading; a line of another shape, an unknown filter.
pub fn qrels_jsonl(file: impl BufRead, values: &dyn Values) -> io::Result<Vec<Judged>> {
    let mut queries = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let line: JudgedLine = serde_json::from_str(&line).map_err(|why| wrong(at, why))?;
        let mut filters = Filters::default();
        for (field, given) in &line.filter {
            let given: Vec<String> = match given {
                Value::Array(list) => list.iter().map(plain).collect(),
                Value::Null => continue,
                one => vec![plain(one)],
            };
            let field = if field == "school" {
                "school_type"
            } else {
                field
            };
            let list = match field {
                "kind" => &mut filters.kinds,
                "policy" | "policies" => &mut filters.policies,
                "initiative" => &mut filters.initiatives,
                "school_type" => &mut filters.school_types,
                "subject" => &mut filters.subjects,
                "grade" => &mut filters.grades,
                "tag" | "tags" => &mut filters.tags,
                "author" => &mut filters.authors,
                "solved" => {
                    filters.solved = given
                        .first()
                        .map(|text| matches!(text.as_str(), "true" | "yes"));
                    continue;
                }
                unknown => return Err(wrong(at, format!("no filter is called {unknown}"))),
            };
            let field = if field == "policies" { "policy" } else { field };
            list.extend(given.iter().map(|text| values.value(field, text)));
        }
        queries.push(Judged {
            text: line.query,
            kind: line.kind,
            relevant: line.rel,
            filters,
        });
    }
    Ok(queries)
}
