//! The letter of an issue in its two forms, and the pages that show letters and the ledger.

use std::rc::Rc;

use askama::Template;

use super::{Entry, Extract, Figures, Preview, Progress, reason_in_words};
use crate::calendar::{Slot, Week};
use crate::db::types::Word;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::mail::Letter;
use crate::mail::plain::{EXTRACT_COLUMNS, RULE, cut, wrapped};
use crate::mail::read::Opened;
use crate::notices::outbox::{Failure, Item, Spoken, State};
use crate::notices::settings::{List, Reader, Reason};
use crate::notices::view::{day_in_words, foot, footer, list_of};
use crate::requests::Request;
use crate::taxonomy::Vocabulary;
use crate::text;
use crate::threads::Summary;
use crate::web::page::{Layout, Nav, Now, When};

/// One item as it stands in both parts of a letter.
pub struct Printed {
    text: String,
    /// Escaped.
    html: String,
}

#[derive(Template)]
#[template(path = "mail/digest_item.html")]
struct HtmlItem<'a> {
    /// 「質問・解決しました」.
    label: &'a str,
    title: &'a str,
    extract: &'a str,
    url: &'a str,
}

/// Items under a heading.
struct Part<'a> {
    heading: &'static str,
    items: Vec<&'a Printed>,
}

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct HtmlLetter<'a> {
    heading: &'a str,
    name: &'a str,
    opening: &'a str,
    parts: &'a [Part<'a>],
    settings_url: &'a str,
    leave_url: &'a str,
    when: &'a str,
}

/// 「小学校・小4・算数」.
pub fn detail(thread: &Summary, words: &Vocabulary) -> String {
    let mut parts = vec![words.school_type_name(&thread.school_type)];
    parts.extend(thread.grade.iter().map(|slug| words.grade_name(slug)));
    parts.extend(thread.subject.iter().map(|slug| words.subject_name(slug)));
    parts.join("・")
}

/// What a letter says of a request.
pub fn spoken(request: &Request, words: &Vocabulary) -> Spoken {
    Spoken {
        label: "求む！".to_owned(),
        title: request.cell.in_words(words),
        extract: format!(
            "{}（{}まで）",
            request.sentence,
            day_in_words(request.until)
        ),
        path: format!("/requests/{}", request.id),
    }
}

fn heading(why: Reason) -> &'static str {
    match why {
        Reason::Own | Reason::Mention => "あなたの質問や投稿への返信",
        Reason::Followed => "続きを追っている話題",
        Reason::Pick => "研修担当のおすすめ",
        Reason::Topics => "あなたに近い新しい話題",
        Reason::Other => "ほかの学校種から",
        Reason::Waiting => "答えを待っている質問",
        Reason::Wanted => "実践を募集しています",
    }
}

/// What a letter says of one item.
///
/// # Errors
/// When the template cannot be filled.
pub fn print(item: &Item, extract: &Extract, public_url: &str) -> Result<Printed> {
    let mut label = extract.kind.name().to_owned();
    if extract.solved {
        label.push_str("・解決しました");
    }
    let detail = &extract.detail;
    let more = match item.why {
        Reason::Own | Reason::Mention | Reason::Followed => {
            format!("新しい返信{}件", item.replies)
        }
        Reason::Waiting => format!("{detail}／一言でも助かります。期限はありません。"),
        Reason::Pick => match &extract.comment {
            Some(comment) => format!("「{}」", text::clean_line(comment)),
            None => detail.clone(),
        },
        Reason::Topics | Reason::Other | Reason::Wanted => {
            format!("{detail}／{}", text::clean_line(&extract.gist))
        }
    };
    let path = format!("/t/{}", extract.code);
    typeset(&label, &extract.title, &more, &path, public_url)
}

/// What a letter says of what is no thread.
///
/// # Errors
/// When the template cannot be filled.
pub fn print_spoken(spoken: &Spoken, public_url: &str) -> Result<Printed> {
    let extract = text::clean_line(&spoken.extract);
    typeset(
        &spoken.label,
        &spoken.title,
        &extract,
        &spoken.path,
        public_url,
    )
}

fn typeset(label: &str, title: &str, more: &str, path: &str, public_url: &str) -> Result<Printed> {
    let title = text::clean_line(title);
    let more = cut(more, EXTRACT_COLUMNS);
    let url = format!("{}{path}", public_url.trim_end_matches('/'));
    let html = HtmlItem {
        label,
        title: &title,
        extract: &more,
        url: &url,
    };
    let mut lines = wrapped(&format!("[{label}] {title}"));
    lines.extend(wrapped(&more));
    Ok(Printed {
        html: html.render().map_err(Error::internal)?,
        text: format!("{}\n{url}", lines.join("\n")),
    })
}

/// The letter of printed items to a reader. `id`: of its row in the outbox.
///
/// # Errors
/// When the template cannot be filled.
pub fn letter(
    id: Id,
    slot: Slot,
    reader: &Reader,
    printed: &[(Reason, Rc<Printed>)],
    public_url: &str,
) -> Result<Letter> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for why in Reason::DIGEST.into_iter().chain([Reason::Wanted]) {
        let of_it = printed.iter().filter(|(reason, _)| *reason == why);
        let items: Vec<&Printed> = of_it.map(|(_, item)| item.as_ref()).collect();
        if !items.is_empty() {
            parts.push(Part {
                heading: heading(why),
                items,
            });
        }
    }
    let count = printed.len();
    let day = day_in_words(slot.planned_day());
    let title = format!("広場　週のまとめ　{day}");
    let name = text::clean_line(&reader.name);
    let opening = format!("今週の{count}件です。2分で読めます。急ぎのものはありません。");
    let (settings_url, leave_url) = foot(reader, List::Digest, public_url);
    let when = format!(
        "このメールは勤務日の{}ごろに届きます。{}",
        slot.window.clock(),
        if reader.settings.in_vacation {
            ""
        } else {
            "長期休業中は届きません。"
        }
    );
    let html = HtmlLetter {
        heading: &title,
        name: &name,
        opening: &opening,
        parts: &parts,
        settings_url: &settings_url,
        leave_url: &leave_url,
        when: &when,
    };
    let html = html.render().map_err(Error::internal)?;
    let mut plain = vec![title, String::new()];
    plain.extend(wrapped(&format!("{name} 先生")));
    plain.push(String::new());
    plain.extend(wrapped(&opening));
    for part in &parts {
        plain.extend([String::new(), RULE.to_owned()]);
        plain.push(format!("■ {}", part.heading));
        for item in &part.items {
            plain.push(String::new());
            plain.push(item.text.clone());
        }
    }
    plain.extend(footer(&settings_url, &leave_url, &when));
    Ok(Letter {
        to: reader.email.clone(),
        to_name: reader.name.clone(),
        subject: format!("【広場】週のまとめ {day}"),
        text: plain.join("\n"),
        html: Some(html),
        id: Some(format!("digest.{}.{id}", slot.week)),
        list: Some(list_of(reader, List::Digest, public_url)),
    })
}

/// 「11月26日（木）・送りました」, and why where there is something to say.
fn standing(state: State, reason: &str) -> String {
    if reason.is_empty() {
        state.name().to_owned()
    } else {
        format!("{}（{}）", state.name(), reason_in_words(reason))
    }
}

/// `/settings/mail/preview`.
#[derive(Template)]
#[template(path = "digest/preview.html")]
pub struct PreviewPage {
    pub layout: Layout,
    pub day: String,
    /// What the ledger says; None: nothing is decided yet.
    pub standing: Option<String>,
    pub past: bool,
    pub subject: String,
    pub text: Option<String>,
}

impl PreviewPage {
    pub fn new(layout: Layout, preview: &Preview, slot: Slot, past: bool) -> PreviewPage {
        let entry = preview.entry.as_ref();
        let slot = entry.map_or(slot, |entry| entry.slot);
        let letter = preview.letter.as_ref();
        PreviewPage {
            layout: layout.at(Nav::Mine),
            day: day_in_words(slot.planned_day()),
            standing: entry.map(|entry| standing(entry.state, &entry.reason)),
            past,
            subject: letter.map(|one| one.subject.clone()).unwrap_or_default(),
            text: letter.map(|one| one.text.clone()),
        }
    }
}

/// One issue in the list of one's own.
pub struct LetterLine {
    pub day: String,
    pub week: String,
    pub standing: String,
    pub count: usize,
}

/// `/settings/mail/letters`.
#[derive(Template)]
#[template(path = "digest/letters.html")]
pub struct LettersPage {
    pub layout: Layout,
    pub lines: Vec<LetterLine>,
}

impl LettersPage {
    pub fn new(layout: Layout, entries: &[Entry]) -> LettersPage {
        let lines = entries.iter().map(|entry| LetterLine {
            day: day_in_words(entry.slot.planned_day()),
            week: entry.slot.week.to_string(),
            standing: standing(entry.state, &entry.reason),
            count: entry.items.len(),
        });
        LettersPage {
            lines: lines.collect(),
            layout: layout.at(Nav::Mine),
        }
    }
}

/// A number of letters in one state.
pub struct CountLine {
    pub standing: String,
    pub count: i64,
}

pub struct IssueLine {
    pub name: String,
    pub progress: &'static str,
    pub counts: Vec<CountLine>,
}

pub struct FailureLine {
    pub name: String,
    pub url: String,
    pub standing: String,
    pub when: When,
    pub silenced: bool,
}

/// `/admin/mails`.
#[derive(Template)]
#[template(path = "digest/ledger.html")]
pub struct LedgerPage {
    pub layout: Layout,
    pub issues: Vec<IssueLine>,
    pub news: Vec<CountLine>,
    pub failures: Vec<FailureLine>,
}

fn count_lines(counts: &[(State, String, i64)]) -> Vec<CountLine> {
    counts
        .iter()
        .map(|(state, reason, count)| CountLine {
            standing: standing(*state, reason),
            count: *count,
        })
        .collect()
}

impl LedgerPage {
    pub fn new(
        layout: Layout,
        figures: &[Figures],
        news: &[(State, String, i64)],
        failures: &[Failure],
        now: Now,
    ) -> LedgerPage {
        let issues = figures.iter().map(|one| {
            let slot = one.issue.slot;
            IssueLine {
                name: format!(
                    "{}　{}",
                    day_in_words(slot.planned_day()),
                    slot.window.clock()
                ),
                progress: match one.issue.progress {
                    Progress::Choosing => "選んでいるところ",
                    Progress::Chosen => "選び終わりました",
                    Progress::Missed => "止まっていて、送れませんでした",
                },
                counts: count_lines(&one.counts),
            }
        });
        let failures = failures.iter().map(|one| FailureLine {
            name: one.name.clone(),
            url: format!("/people/{}", one.account),
            standing: standing(one.state, &one.reason),
            when: now.when(one.at),
            silenced: one.silenced,
        });
        LedgerPage {
            issues: issues.collect(),
            news: count_lines(news),
            failures: failures.collect(),
            layout,
        }
    }
}

/// A mail that the demo wrote.
pub struct MailLine {
    pub name: String,
    pub subject: String,
    pub to: String,
}

impl MailLine {
    pub fn of((name, mail): &(String, Opened)) -> MailLine {
        MailLine {
            name: name.clone(),
            subject: mail.header("Subject").to_owned(),
            to: mail.header("To").to_owned(),
        }
    }
}

/// `/dev/mails`: what the demo's mails look like.
#[derive(Template)]
#[template(path = "digest/dev_mails.html")]
pub struct DevMailsPage {
    pub layout: Layout,
    pub mails: Vec<MailLine>,
}

/// `/dev/mails/{name}`.
#[derive(Template)]
#[template(path = "digest/dev_mail.html")]
pub struct DevMailPage {
    pub layout: Layout,
    pub name: String,
    /// Header lines as they were sent, decoded.
    pub head: Vec<(String, String)>,
    pub text: String,
    pub has_html: bool,
}

/// The lines that `hiroba digest status` prints of an issue.
pub fn status_lines(figures: &Figures) -> Vec<String> {
    let slot = figures.issue.slot;
    let mut lines = vec![format!(
        "{} {} {} {}",
        slot.week, slot.weekday, slot.window, figures.issue.progress
    )];
    for (state, reason, count) in &figures.counts {
        let line = format!("  {count} {state} {reason}");
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// What `hiroba digest preview` prints.
pub fn preview_text(week: Week, preview: &Preview) -> String {
    let standing = match &preview.entry {
        Some(entry) => format!("{} {}", entry.state.word(), entry.reason),
        None => "not chosen".to_owned(),
    };
    let head = format!("{week} {}", standing.trim_end());
    match &preview.letter {
        Some(letter) => format!("{head}\n{}\n\n{}", letter.subject, letter.text.trim_end()),
        None => head,
    }
}
