//! The administrator's first page: numbers, what waits, failed jobs.

use askama::Template;

use super::{DEAD, Figures};
use crate::accounts::State;
use crate::db::types::Word;
use crate::id::Id;
use crate::jobs;
use crate::threads::{Kind, Visibility};
use crate::web::page::{Layout, Nav, Now, When};

/// Bytes on disk.
pub struct Sizes {
    pub database: u64,
    pub index: u64,
    /// Images and files, where they are kept on this machine.
    pub files: u64,
}

/// A line of a table of numbers.
pub struct Line {
    pub label: String,
    pub number: String,
}

impl Line {
    fn new(label: impl Into<String>, number: impl Into<String>) -> Line {
        Line {
            label: label.into(),
            number: number.into(),
        }
    }
}

/// Numbers under one heading.
pub struct Table {
    pub heading: &'static str,
    pub lines: Vec<Line>,
}

/// A job that was given up.
pub struct DeadLine {
    pub id: Id,
    pub kind: String,
    pub attempts: i32,
    pub cause: String,
    pub when: When,
}

/// `/admin`.
#[derive(Template)]
#[template(path = "admin/glance.html")]
pub struct GlancePage {
    pub layout: Layout,
    pub tables: Vec<Table>,
    /// How long the oldest waiting job or letter is late.
    pub late: Option<When>,
    pub dead: Vec<DeadLine>,
    /// Given-up jobs that are not in the table.
    pub more_dead: i64,
}

impl GlancePage {
    pub fn new(
        layout: Layout,
        figures: &Figures,
        reports: i64,
        dead: &[jobs::Dead],
        sizes: Sizes,
        now: Now,
    ) -> GlancePage {
        let count = |unit: &str, number: i64| format!("{number}{unit}");
        let in_state = |wanted: State| {
            let of = |(state, number): &(State, i64)| (*state == wanted).then_some(*number);
            figures.people.iter().find_map(of).unwrap_or(0)
        };
        let people = figures
            .roles
            .iter()
            .map(|(role, number)| Line::new(role.name(), count("人", *number)))
            .chain([
                Line::new("メール未確認", count("人", in_state(State::Unverified))),
                Line::new("停止中", count("人", in_state(State::Suspended))),
            ])
            .collect();
        let visible = |wanted: Kind| {
            let of = |(kind, seen, number): &(Kind, Visibility, i64)| {
                (*kind == wanted && *seen == Visibility::Visible).then_some(*number)
            };
            figures.threads.iter().find_map(of).unwrap_or(0)
        };
        let unseen = |wanted: Visibility| -> i64 {
            let threads = figures.threads.iter().filter(|line| line.1 == wanted);
            let replies = figures.replies.iter().filter(|line| line.0 == wanted);
            threads.map(|line| line.2).sum::<i64>() + replies.map(|line| line.1).sum::<i64>()
        };
        let replies = figures
            .replies
            .iter()
            .find_map(|(seen, number)| (*seen == Visibility::Visible).then_some(*number));
        let posts = Kind::ALL
            .iter()
            .map(|kind| Line::new(kind.name(), count("件", visible(*kind))))
            .chain([
                Line::new("返信", count("件", replies.unwrap_or(0))),
                Line::new("確認待ち", count("件", unseen(Visibility::Held))),
                Line::new("非表示", count("件", unseen(Visibility::Hidden))),
            ])
            .collect();
        let waiting = vec![
            Line::new("運営担当を待つ知らせ", count("件", reports)),
            Line::new("待っている仕事", count("件", figures.queued)),
            Line::new("これから送るメール", count("通", figures.letters)),
            Line::new("あきらめた仕事", count("件", figures.dead_jobs)),
        ];
        let space = vec![
            Line::new("データベース", in_bytes(sizes.database)),
            Line::new("検索の索引", in_bytes(sizes.index)),
            Line::new("画像とファイル", in_bytes(sizes.files)),
        ];
        let shown = i64::try_from(dead.len()).unwrap_or(DEAD);
        GlancePage {
            layout: layout.at(Nav::Mine),
            tables: vec![
                Table {
                    heading: "待っているもの",
                    lines: waiting,
                },
                Table {
                    heading: "利用者",
                    lines: people,
                },
                Table {
                    heading: "書かれたもの",
                    lines: posts,
                },
                Table {
                    heading: "場所",
                    lines: space,
                },
            ],
            late: figures.late_since.map(|at| now.when(at)),
            dead: dead
                .iter()
                .map(|job| DeadLine {
                    id: job.id,
                    kind: kind_in_words(&job.kind),
                    attempts: job.attempts,
                    cause: job.last_error.clone().unwrap_or_default(),
                    when: now.when(job.failed_at),
                })
                .collect(),
            more_dead: (figures.dead_jobs - shown).max(0),
        }
    }
}

/// What a job is for; its own name where nobody has said it in words yet.
fn kind_in_words(kind: &str) -> String {
    match kind {
        "mail_link" => "登録・パスワードのメール".to_owned(),
        "render_again" => "投稿の表示の作り直し".to_owned(),
        "reply_posted" => "返信のお知らせ".to_owned(),
        "reply_accepted" => "解決のお知らせ".to_owned(),
        "attachment_check" => "使われない画像・ファイルの片付け".to_owned(),
        "seal_opened" => "名前の確認のお知らせ".to_owned(),
        "post_decided" => "運営の決定のお知らせ".to_owned(),
        other => other.to_owned(),
    }
}

/// 「812 KB」, 「3.4 MB」: decimal units, one digit after the point from a megabyte on.
fn in_bytes(bytes: u64) -> String {
    const KILO: u64 = 1_000;
    const MEGA: u64 = 1_000_000;
    const GIGA: u64 = 1_000_000_000;
    let tenths = |unit: u64| {
        let tenths = bytes / (unit / 10);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..MEGA => format!("{} KB", bytes.div_ceil(KILO)),
        MEGA..GIGA => format!("{} MB", tenths(MEGA)),
        _ => format!("{} GB", tenths(GIGA)),
    }
}

#[cfg(test)]
mod tests {
    use super::in_bytes;

    #[test]
    fn bytes_are_told_in_units_that_people_use() {
        assert_eq!(in_bytes(0), "0 KB");
        assert_eq!(in_bytes(1), "1 KB");
        assert_eq!(in_bytes(999_999), "1000 KB");
        assert_eq!(in_bytes(1_000_000), "1.0 MB");
        assert_eq!(in_bytes(3_450_000), "3.4 MB");
        assert_eq!(in_bytes(2_000_000_000), "2.0 GB");
    }
}
