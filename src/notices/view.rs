//! The letter with news of a thread, the page of mail settings, and the pages behind the links of letters.

use askama::Template;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::settings::{Frequency, List, Reader, Reason, Settings, SettingsInput};
use super::site::{Ruling, Told, Tried};
use crate::accounts::Signers;
use crate::calendar::{Calendar, Window};
use crate::clock::At;
use crate::db::types::Word;
use crate::error::{Error, FieldErrors, Result};
use crate::id::Id;
use crate::mail::plain::{EXTRACT_COLUMNS, RULE, cut, wrapped};
use crate::mail::{self, Letter};
use crate::replies::Reply;
use crate::taxonomy::Vocabulary;
use crate::text;
use crate::threads::{Kind, Summary};
use crate::web::page::{Choice, Layout, Nav, Now, When};

/// Replies that a letter shows; of more it gives the number.
const SHOWN: usize = 5;
/// Characters of a reply that are looked at for its extract.
const GIST: usize = 120;

/// A reply that a letter tells.
pub struct NewReply<'a> {
    pub why: Reason,
    pub reply: &'a Reply,
    /// 「小学校の先生」.
    pub from: String,
}

/// One reply as it is printed.
pub struct NewsLine {
    pub from: String,
    pub extract: String,
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/news.html")]
struct NewsHtml<'a> {
    heading: &'a str,
    name: &'a str,
    title: &'a str,
    url: &'a str,
    lines: &'a [NewsLine],
    more: usize,
    settings_url: &'a str,
    leave_url: &'a str,
    when: &'a str,
}

/// The addresses at the foot of every letter of a list: settings, leaving.
pub fn foot(reader: &Reader, list: List, public_url: &str) -> (String, String) {
    let base = public_url.trim_end_matches('/');
    (
        format!("{base}/settings/mail"),
        format!(
            "{base}/mail/{}/leave/{}",
            list.word(),
            reader.settings.token
        ),
    )
}

/// What a letter says at its head of the list that it belongs to.
pub fn list_of(reader: &Reader, list: List, public_url: &str) -> mail::List {
    mail::List {
        name: list.word(),
        leave_url: foot(reader, list, public_url).1,
        leave_subject: format!("leave-{}-{}", list.word(), reader.settings.token),
    }
}

/// # Errors
/// When the template cannot be filled.
pub fn news_letter(
    id: Id,
    reader: &Reader,
    thread: &Summary,
    news: &[NewReply<'_>],
    public_url: &str,
) -> Result<Letter> {
    let base = public_url.trim_end_matches('/');
    let weightiest = Reason::AT_ONCE
        .into_iter()
        .find(|why| news.iter().any(|one| one.why == *why));
    let heading = match (weightiest, thread.kind) {
        (Some(Reason::Own), Kind::Question) => "あなたの質問に回答がありました",
        (Some(Reason::Mention), _) => "あなたの名前を呼んだ返信があります",
        (Some(Reason::Followed), _) => "続きを追っている話題に返信がありました",
        _ => "あなたの投稿に返信がありました",
    };
    let lines: Vec<NewsLine> = news
        .iter()
        .take(SHOWN)
        .map(|one| NewsLine {
            from: one.from.clone(),
            extract: cut(
                &text::clean_line(&text::gist(&one.reply.body, GIST)),
                EXTRACT_COLUMNS,
            ),
            url: format!("{base}/replies/{}", one.reply.id),
        })
        .collect();
    let more = news.len() - lines.len();
    let name = text::clean_line(&reader.name);
    let title = text::clean_line(&thread.title);
    let url = format!("{base}/t/{}", thread.short_code);
    let (settings_url, leave_url) = foot(reader, List::News, public_url);
    let when = if reader.settings.any_time {
        "このメールは、返信があるとすぐに届きます。"
    } else {
        "このメールは勤務日の8時から17時のあいだに届きます。"
    };
    let html = NewsHtml {
        heading,
        name: &name,
        title: &title,
        url: &url,
        lines: &lines,
        more,
        settings_url: &settings_url,
        leave_url: &leave_url,
        when,
    };
    let html = html.render().map_err(Error::internal)?;
    let mut plain = vec![heading.to_owned(), String::new()];
    plain.extend(wrapped(&format!("{name} 先生")));
    plain.push(String::new());
    plain.extend(wrapped(&format!("[{}] {title}", thread.kind.name())));
    plain.push(url);
    for line in &lines {
        plain.extend([String::new(), RULE.to_owned()]);
        plain.push(format!("■ {}から", line.from));
        plain.extend(wrapped(&line.extract));
        plain.push(line.url.clone());
    }
    if more > 0 {
        plain.push(String::new());
        plain.push(format!("ほかに{more}件の返信があります。"));
    }
    plain.extend(footer(&settings_url, &leave_url, when));
    Ok(Letter {
        to: reader.email.clone(),
        to_name: reader.name.clone(),
        subject: format!("【広場】{heading}"),
        text: plain.join("\n"),
        html: Some(html),
        id: Some(format!("news.{id}")),
        list: Some(list_of(reader, List::News, public_url)),
    })
}

/// The foot of a text part.
pub fn footer(settings_url: &str, leave_url: &str, when: &str) -> Vec<String> {
    let mut lines = vec![String::new(), RULE.to_owned()];
    lines.push("曜日や中身を変える：".to_owned());
    lines.push(settings_url.to_owned());
    lines.push("受け取るのをやめる（ログインはいりません）：".to_owned());
    lines.push(leave_url.to_owned());
    lines.push(String::new());
    lines.extend(wrapped(when));
    lines.push("先生のための「広場」".to_owned());
    lines.push(String::new());
    lines
}

/// `/settings/mail`.
#[derive(Template)]
#[template(path = "notices/settings.html")]
pub struct SettingsPage {
    pub layout: Layout,
    pub frequencies: Vec<Choice>,
    pub weekdays: Vec<Choice>,
    pub windows: Vec<Choice>,
    pub contents: Vec<Choice>,
    pub policies: Vec<Choice>,
    pub school_types: Vec<Choice>,
    pub subjects: Vec<Choice>,
    /// Whether anything is followed beside one's own.
    pub follows: bool,
    pub at_once: Vec<Choice>,
    pub any_time: bool,
    pub paused_until: String,
    pub in_vacation: bool,
    /// When the next digest arrives, in words; None where there is none to come.
    pub upcoming: Option<String>,
    /// Letters to the reader did not arrive.
    pub silenced: bool,
    pub errors: FieldErrors,
}

/// How settings stand in the form.
pub fn as_typed(settings: &Settings) -> SettingsInput {
    let ticked = |is_set: bool| if is_set { "1" } else { "" }.to_owned();
    let words = |list: &[Reason]| list.iter().map(ToString::to_string).collect();
    SettingsInput {
        frequency: settings.frequency.to_string(),
        weekday: settings.weekday.to_string(),
        window: settings.window.to_string(),
        contents: words(&settings.contents),
        policies: settings.policies.iter().map(ToString::to_string).collect(),
        school_types: settings.school_types.clone(),
        subjects: settings.subjects.clone(),
        at_once: words(&settings.at_once),
        any_time: ticked(settings.any_time),
        paused_until: settings
            .paused_until
            .map(|day| day.to_string())
            .unwrap_or_default(),
        in_vacation: ticked(settings.in_vacation),
    }
}

const FREQUENCIES: [(Frequency, &str); 3] = [
    (Frequency::Weekly, "毎週"),
    (Frequency::Fortnightly, "2週に1回"),
    (Frequency::Never, "受け取らない"),
];
const WEEKDAYS: [&str; 5] = ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日"];

impl SettingsPage {
    pub fn new(
        layout: Layout,
        typed: &SettingsInput,
        silenced: bool,
        words: &Vocabulary,
        errors: FieldErrors,
    ) -> SettingsPage {
        let has = |list: &[String], value: &str| list.iter().any(|one| one == value);
        let reasons = |all: &[Reason], typed: &[String]| -> Vec<Choice> {
            all.iter()
                .map(|one| Choice::new(one.word(), one.name(), has(typed, one.word())))
                .collect()
        };
        let choice = |slug: &str, name: &str, typed: &[String]| {
            Choice::new(slug.to_owned(), name.to_owned(), has(typed, slug))
        };
        SettingsPage {
            layout: layout.at(Nav::Mine),
            frequencies: FREQUENCIES
                .into_iter()
                .map(|(one, label)| Choice::new(one.word(), label, one.word() == typed.frequency))
                .collect(),
            weekdays: (1..)
                .zip(WEEKDAYS)
                .map(|(number, label)| {
                    let value = number.to_string();
                    let chosen = value == typed.weekday;
                    Choice::new(value, label, chosen)
                })
                .collect(),
            windows: Window::ALL
                .iter()
                .map(|one| Choice::new(one.word(), one.name(), one.word() == typed.window))
                .collect(),
            contents: reasons(&Reason::DIGEST, &typed.contents),
            policies: words
                .policies
                .iter()
                .map(|one| choice(&one.number.to_string(), &one.short, &typed.policies))
                .collect(),
            school_types: words
                .school_types
                .iter()
                .map(|one| choice(&one.slug, &one.name, &typed.school_types))
                .collect(),
            subjects: words
                .subjects
                .iter()
                .map(|one| choice(&one.slug, &one.name, &typed.subjects))
                .collect(),
            follows: !(typed.policies.is_empty()
                && typed.school_types.is_empty()
                && typed.subjects.is_empty()),
            at_once: reasons(&Reason::AT_ONCE, &typed.at_once),
            any_time: typed.any_time == "1",
            paused_until: typed.paused_until.clone(),
            in_vacation: typed.in_vacation == "1",
            upcoming: None,
            silenced,
            errors,
        }
    }
}

/// 「11月26日（木）」.
pub fn day_in_words(day: NaiveDate) -> String {
    let names = ["月", "火", "水", "木", "金", "土", "日"];
    let place = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or_default();
    let name = names.get(place).copied().unwrap_or_default();
    format!("{}月{}日（{name}）", day.month(), day.day())
}

/// When the next digest comes to one with these settings: 「12月3日（木）15時30分ごろ」.
pub fn upcoming(settings: &Settings, calendar: &Calendar, now: At, zone: Tz) -> Option<String> {
    if settings.silenced || !settings.receives(List::Digest) {
        return None;
    }
    let from = settings
        .paused_until
        .map_or(now, |day| now.max(At::start_of(day, zone)));
    let (weekday, window) = (settings.weekday, settings.window);
    let at = calendar.upcoming(weekday, window, settings.in_vacation, from, zone)?;
    let day = day_in_words(at.day(zone));
    Some(format!("{day}{}ごろ", window.clock()))
}

/// `/mail/{list}/leave/{token}`.
#[derive(Template)]
#[template(path = "notices/leave.html")]
pub struct LeavePage {
    pub layout: Layout,
    /// What the list is called.
    pub name: &'static str,
    pub list: &'static str,
    /// None: nobody knows the link.
    pub token: Option<String>,
    pub receives: bool,
    /// Something was just changed.
    pub done: bool,
}

/// What a list is called on its pages.
pub fn name_of(list: List) -> &'static str {
    match list {
        List::Digest => "週のまとめのメール",
        List::News => "返信のお知らせのメール",
    }
}

/// One notice on the site.
pub struct SiteLine {
    pub words: &'static str,
    pub title: String,
    /// Empty where it can no longer be opened.
    pub url: String,
    /// 「小学校の先生」: who wrote the reply; empty for decisions.
    pub from: String,
    /// Of the reply, or the reason of the decision.
    pub extract: String,
    /// The extract is no reason.
    pub plain: bool,
    pub when: When,
    pub new: bool,
}

/// Something told that is no reply.
pub struct Said {
    pub words: &'static str,
    pub title: String,
    pub url: String,
    /// What else there is to say of it.
    pub detail: String,
    pub when: When,
    pub new: bool,
}

/// `/settings/notices`.
#[derive(Template)]
#[template(path = "notices/site.html")]
pub struct NoticesPage {
    pub layout: Layout,
    /// What is rarer than replies stands first.
    pub said: Vec<Said>,
    pub lines: Vec<SiteLine>,
    pub unseen: i64,
}

/// What the page of notices is made of.
pub struct NoticesParts<'a> {
    /// What is said beside replies and decisions.
    pub said: Vec<Said>,
    pub told: &'a [Told],
    pub rulings: &'a [Ruling],
    /// Try-outs of the reader's own practices.
    pub tried: &'a [Tried],
    pub signers: &'a Signers,
    pub unseen: i64,
    pub words: &'a Vocabulary,
    pub now: Now,
}

impl NoticesPage {
    pub fn new(layout: Layout, parts: NoticesParts<'_>) -> NoticesPage {
        let NoticesParts {
            said,
            told,
            rulings,
            tried,
            signers,
            unseen,
            words,
            now,
        } = parts;
        let replies = told.iter().map(|one| {
            let line = SiteLine {
                words: one.words(),
                title: one.thread.title.clone(),
                url: format!("/replies/{}", one.reply.id),
                from: signers
                    .of(&one.reply.signature, words)
                    .map(|author| author.in_few_words(words))
                    .unwrap_or_default(),
                extract: text::gist(&one.reply.body, GIST),
                plain: true,
                when: now.when(one.at),
                new: one.new,
            };
            (one.at, line)
        });
        let decisions = rulings.iter().map(|one| {
            let url = one.post.path();
            let line = SiteLine {
                words: one.words(),
                title: one.title.clone(),
                url: if one.open { url } else { String::new() },
                from: one.from().to_owned(),
                extract: one.reason.clone(),
                plain: one.is_step(),
                when: now.when(one.at),
                new: one.new,
            };
            (one.at, line)
        });
        let tried = tried.iter().map(|one| {
            let (thread, tryout) = (one.thread.id, one.tryout.id);
            let line = SiteLine {
                words: "あなたの実践を、ほかの先生がまねしてみました",
                title: one.thread.title.clone(),
                url: format!("/threads/{thread}/tryouts#tried-{tryout}"),
                from: signers
                    .of(&one.tryout.signature, words)
                    .map(|author| author.in_few_words(words))
                    .unwrap_or_default(),
                extract: format!("{}。{}", one.tryout.outcome.name(), one.tryout.note),
                plain: true,
                when: now.when(one.at),
                new: one.new,
            };
            (one.at, line)
        });
        let mut lines: Vec<(At, SiteLine)> = decisions.chain(replies).chain(tried).collect();
        lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        NoticesPage {
            said,
            lines: lines.into_iter().map(|(_, line)| line).collect(),
            layout: layout.at(Nav::Mine),
            unseen,
        }
    }
}
