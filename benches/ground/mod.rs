//! A forum of any size for the benches: people, threads with replies, labels and marks, the same in every run. Titles and
//! texts are put together from parts, so that words are as unevenly frequent as in life and hardly two sentences are equal.
//! Rows are written by SQL of our own, thousands at once: through the rules a million threads would take hours.

use diesel::connection::SimpleConnection;
use hiroba::clock::At;
use hiroba::db::{Address, Database};
use hiroba::text;

/// Of so many threads one has `MANY` replies; of the others two thirds have one or two.
const BUSY: usize = 10;
pub const MANY: usize = 20;
/// Threads to a person.
const THREADS_EACH: usize = 20;
/// Rows in a statement, statements in a transaction.
const ROWS: usize = 200;
const STATEMENTS: usize = 50;
/// Over how many days the threads are spread, up to now.
const DAYS: i64 = 730;

const TYPES: [(&str, usize); 7] = [
    ("shogakkou", 50),
    ("chugakkou", 27),
    ("koukou", 8),
    ("tokushi", 7),
    ("youchien", 4),
    ("gimukyouiku", 2),
    ("chuutou", 2),
];
const SUBJECTS: [&str; 6] = ["kokugo", "sansuu", "rika", "shakai", "ongaku", "taiiku"];
const PLACES: [&str; 14] = [
    "体育館",
    "音楽室",
    "理科室",
    "図書室",
    "職員室",
    "校庭",
    "保健室",
    "家庭科室",
    "3階の教室",
    "特別支援学級",
    "多目的ホール",
    "保育室",
    "昇降口",
    "会議室",
];
const TOOLS: [&str; 16] = [
    "クロームブック",
    "iPad",
    "ロイロノート",
    "スプレッドシート",
    "Googleフォーム",
    "Classroom",
    "共有スライド",
    "ドリルパーク",
    "MEXCBT",
    "電子黒板",
    "書画カメラ",
    "デジタル教科書",
    "Canva",
    "Padlet",
    "Scratch",
    "保護者連絡アプリ",
];
const WHEN: [&str; 12] = [
    "朝の会で",
    "1時間目に",
    "給食の前に",
    "一斉に開くと",
    "持ち帰った次の日に",
    "学年全員で使うと",
    "面談の週に",
    "学級閉鎖の日に",
    "研究授業で",
    "雨の日に",
    "更新のあとで",
    "年度の初めに",
];
const TROUBLES: [&str; 16] = [
    "白い画面のまま止まります",
    "送信中から進みません",
    "音が出なくなります",
    "写真が消えてしまいます",
    "ログインできない子が出ます",
    "一覧に名前が出てきません",
    "印刷すると端が切れます",
    "電池が昼までもちません",
    "ほかの班の図を消してしまいます",
    "パスワードを忘れる子が続きます",
    "動画が途中で止まります",
    "提出先を間違えます",
    "文字が小さくて読めません",
    "画面が勝手に回ります",
    "通知が多すぎて見落とします",
    "つながったり切れたりします",
];
const DONE: [&str; 14] = [
    "前の日に一度開いておきました",
    "4人ずつに分けて開かせました",
    "紙のワークシートも用意しました",
    "置き場所に番号を付けました",
    "手順を写真で3枚にまとめました",
    "最初に先生が複製をとりました",
    "席の順に時間をずらしました",
    "支援員さんに横に付いてもらいました",
    "色と形の両方で分けました",
    "録画を見せてから始めました",
    "班に1台にしました",
    "名簿を学年で1つにしました",
    "合言葉を決めました",
    "タイマーを大きく映しました",
];
const CAME: [&str; 12] = [
    "止まらずに使えました",
    "書くのが苦手な子も話し始めました",
    "準備が40分から8分になりました",
    "半分の班しか終わりませんでした",
    "次の週には忘れていました",
    "質問が減りました",
    "保護者から好評でした",
    "かえって時間がかかりました",
    "ほかの学年もまねを始めました",
    "3人だけうまくいきませんでした",
    "そのあとの話し合いが長くなりました",
    "まだ分かりません",
];
const ASKS: [&str; 8] = [
    "どうしていますか",
    "同じ学校はありますか",
    "どこに聞けばよいでしょうか",
    "よい置き方はありますか",
    "設定で直せますか",
    "続けるこつはありますか",
    "どこまで許していますか",
    "何から始めましたか",
];

/// Numbers that look random and are the same in every run (splitmix64).
pub fn scatter(number: usize) -> usize {
    let mut z = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 16) as usize
}

/// A stream of choices that begins at one number.
struct Chance(usize);

impl Chance {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        scatter(self.0) % sides
    }

    /// The first ones more often than the last.
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let (one, other) = (self.roll(all.len()), self.roll(all.len()));
        all[one.min(other)]
    }

    fn sentence(&mut self) -> String {
        let (place, tool) = (self.of(&PLACES), self.of(&TOOLS));
        let (when, trouble) = (self.of(&WHEN), self.of(&TROUBLES));
        let (done, came) = (self.of(&DONE), self.of(&CAME));
        let number = 2 + self.roll(38);
        match self.roll(7) {
            0 => format!("{place}で{tool}を使っていて、{when}{trouble}。"),
            1 => format!(
                "{tool}は{number}台あり、そのうち{}台が{when}{trouble}。",
                1 + self.roll(number)
            ),
            2 => format!("{done}。すると、{came}。"),
            3 => format!("{place}のときは{done}が、{tool}だけは{came}。"),
            4 => format!("{number}人の学級で{when}試したところ、{came}。"),
            5 => format!("同じ学年の先生は{place}で{done}そうです。"),
            _ => format!("{tool}の設定を{number}分かけて見直しましたが、{trouble}。"),
        }
    }

    fn text(&mut self, sentences: usize) -> String {
        let mut text = String::new();
        for place in 0..sentences {
            text.push_str(&self.sentence());
            if place % 4 == 3 {
                text.push_str("\n\n");
            }
        }
        text.trim_end().to_owned()
    }

    fn title(&mut self, kind: &str) -> String {
        let (place, tool, when) = (self.of(&PLACES), self.of(&TOOLS), self.of(&WHEN));
        match kind {
            "question" => format!(
                "{place}の{tool}、{when}{}。{}",
                self.of(&TROUBLES),
                self.of(&ASKS)
            ),
            "practice" => format!("{place}で{tool}：{}。{}", self.of(&DONE), self.of(&CAME)),
            _ => format!("{tool}を{place}で使うとき、{}", self.of(&ASKS)),
        }
    }

    fn school_type(&mut self) -> &'static str {
        let mut place = self.roll(TYPES.iter().map(|(_, share)| share).sum());
        for (school_type, share) in TYPES {
            if place < share {
                return school_type;
            }
            place -= share;
        }
        "shogakkou"
    }
}

/// How many replies the `number`th thread has.
pub fn replies_of(number: usize) -> usize {
    if number.is_multiple_of(BUSY) {
        MANY
    } else {
        scatter(number + 11) % 3
    }
}

/// What was filled.
pub struct Filled {
    now: At,
    threads: usize,
    postgres: bool,
}

impl Filled {
    fn people(&self) -> usize {
        (self.threads / THREADS_EACH).max(100)
    }

    fn written(&self, number: usize) -> At {
        let minutes = i64::try_from(self.threads - number).unwrap() * DAYS * 24 * 60;
        self.now.minus(chrono::TimeDelta::minutes(
            minutes / i64::try_from(self.threads).unwrap(),
        ))
    }

    /// The id of the `number`th row of a kind that begins at `at`: 48 bits of time, then kind and number.
    fn id(at: At, kind: char, number: usize) -> String {
        format!("{:012x}7{kind}008000{number:012x}", at.micros() / 1000)
    }

    fn literal(&self, hex: &str) -> String {
        if self.postgres {
            format!("'{hex}'")
        } else {
            format!("x'{hex}'")
        }
    }

    fn person(&self, number: usize) -> String {
        let begin = self.now.minus(chrono::TimeDelta::days(DAYS + 30));
        self.literal(&Self::id(begin, '0', number))
    }

    fn thread(&self, number: usize) -> String {
        self.literal(&Self::id(self.written(number), '1', number))
    }

    fn reply(&self, number: usize, place: usize) -> String {
        let at = self.replied(number, place);
        self.literal(&Self::id(at, '2', number * MANY + place))
    }

    /// Hours after one another.
    fn replied(&self, number: usize, place: usize) -> At {
        let hours = i64::try_from(1 + place * 3 + scatter(number) % 40).unwrap();
        let at = self.written(number).plus(chrono::TimeDelta::hours(hours));
        at.min(self.now)
    }

    /// The id of a thread as the program writes it.
    pub fn thread_id(&self, number: usize) -> hiroba::id::Id {
        let hex = Self::id(self.written(number), '1', number);
        uuid::Uuid::parse_str(&hex).map(hiroba::id::Id).unwrap()
    }

    /// Questions that have `MANY` replies.
    pub fn busy(&self) -> impl Iterator<Item = usize> {
        (0..self.threads).step_by(BUSY)
    }
}

fn stamp(at: At) -> String {
    at.0.format("'%Y-%m-%d %H:%M:%S%.6f'").to_string()
}

/// Inserts the rows that `row` makes of each number.
fn insert(database: &Database, table: &str, count: usize, row: impl Fn(usize, &mut Vec<String>)) {
    let mut from = 0;
    while from < count {
        database
            .write_here(|db| {
                for _ in 0..STATEMENTS {
                    let to = count.min(from + ROWS);
                    let mut rows = Vec::new();
                    (from..to).for_each(|number| row(number, &mut rows));
                    from = to;
                    if !rows.is_empty() {
                        let statement = format!("INSERT INTO {table} VALUES {}", rows.join(","));
                        db.batch_execute(&statement).unwrap();
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}

/// Fills an empty forum with so many threads, the last of them just before `now`.
pub fn fill(database: &Database, threads: usize, now: At) -> Filled {
    let postgres = matches!(database.address(), Address::Postgres(_));
    let made = Filled {
        now,
        threads,
        postgres,
    };
    people(database, &made);
    posts(database, &made);
    marks(database, &made);
    if postgres {
        // As its autovacuum would, some time after. SQLite goes by the figures of our migrations.
        let analysed = database.write_here(|db| {
            db.batch_execute("ANALYZE").unwrap();
            Ok(())
        });
        analysed.unwrap();
    }
    made
}

fn people(database: &Database, made: &Filled) {
    let joined = stamp(made.now.minus(chrono::TimeDelta::days(DAYS + 30)));
    let columns = "accounts (id, email, name, school_type, role, grades, subjects, state, created_at, updated_at)";
    insert(database, columns, made.people(), |number, rows| {
        let role = match number % 50 {
            1 => "trainer",
            2 => "supporter",
            3 => "moderator",
            _ => "teacher",
        };
        rows.push(format!(
            "({},'p{number}@hiroba.example','見本 {number}','{}','{role}','[]','[\"{}\"]','active',{joined},{joined})",
            made.person(number),
            Chance(number * 7).school_type(),
            SUBJECTS[number % SUBJECTS.len()],
        ));
    });
}

fn posts(database: &Database, made: &Filled) {
    let vocabulary = "(SELECT id FROM vocabularies WHERE current LIMIT 1)";
    let version = text::RENDERER_VERSION;
    let kind =
        |number: usize| ["question", "question", "practice", "discussion"][scatter(number + 5) % 4];
    let columns = "threads (id, short_code, kind, title, body, body_html, renderer_version, school_type, subject, author_id, vocabulary_id, visibility, reply_count, created_at, updated_at, active_at, tries, tried_types, worth)";
    insert(database, columns, made.threads, |number, rows| {
        let mut chance = Chance(number * 1_000);
        let kind = kind(number);
        let title = chance.title(kind);
        let sentences = 4 + chance.roll(9);
        let body = chance.text(sentences);
        let html = text::render(&body);
        let replies = replies_of(number);
        let at = stamp(made.written(number));
        let active = replies
            .checked_sub(1)
            .map_or_else(|| at.clone(), |last| stamp(made.replied(number, last)));
        let tries = if kind == "practice" {
            chance.roll(6)
        } else {
            0
        };
        rows.push(format!(
            "({},'b{number:07}','{kind}','{title}','{body}','{html}',{version},'{}','{}',{},{vocabulary},'visible',{replies},{at},{at},{active},{tries},{},{})",
            made.thread(number),
            chance.school_type(),
            SUBJECTS[chance.roll(SUBJECTS.len())],
            made.person(chance.roll(made.people())),
            tries.min(3),
            tries * 3,
        ));
    });
    insert(
        database,
        "thread_labels (thread_id, kind, key, value, place)",
        made.threads,
        |number, rows| {
            let mut chance = Chance(number * 1_000 + 500);
            let thread = made.thread(number);
            let policy = 1 + chance.roll(4);
            rows.push(format!("({thread},'policy','{policy}','{policy}',0)"));
            let tool = chance.of(&TOOLS);
            rows.push(format!(
                "({thread},'tool','{}','{tool}',1)",
                text::fold(tool)
            ));
            if chance.roll(4) == 0 {
                let item = format!(
                    "chk-{}{}",
                    ["a", "b", "c", "d"][chance.roll(4)],
                    1 + chance.roll(4)
                );
                rows.push(format!("({thread},'item','{item}','{item}',2)"));
            }
        },
    );
    let columns = "replies (id, thread_id, author_id, body, body_html, renderer_version, visibility, created_at, updated_at)";
    insert(database, columns, made.threads, |number, rows| {
        for place in 0..replies_of(number) {
            let mut chance = Chance(number * 1_000 + 600 + place * 10);
            let sentences = 1 + chance.roll(4);
            let body = chance.text(sentences);
            let html = text::render(&body);
            let at = stamp(made.replied(number, place));
            rows.push(format!(
                "({},{},{},'{body}','{html}',{version},'visible',{at},{at})",
                made.reply(number, place),
                made.thread(number),
                made.person(chance.roll(made.people())),
            ));
        }
    });
    // Half of the questions with replies are solved, by the first.
    let solved = (0..made.threads)
        .filter(|number| replies_of(*number) > 0 && kind(*number) == "question" && number % 2 == 0);
    let solved: Vec<usize> = solved.collect();
    for some in solved.chunks(ROWS) {
        database
            .write_here(|db| {
                let mut statement = String::new();
                for number in some {
                    statement.push_str(&format!(
                        "UPDATE threads SET accepted_reply_id = {} WHERE id = {};",
                        made.reply(*number, 0),
                        made.thread(*number)
                    ));
                }
                db.batch_execute(&statement).unwrap();
                Ok(())
            })
            .unwrap();
    }
}

/// About one mark for each thread.
fn marks(database: &Database, made: &Filled) {
    let columns = "marks (account_id, post_id, thread_id, kind, at)";
    insert(database, columns, made.threads, |number, rows| {
        let mut chance = Chance(number * 1_000 + 900);
        let thread = made.thread(number);
        let first = chance.roll(made.people());
        for place in 0..chance.roll(4).min(chance.roll(4)) {
            let person = made.person((first + place) % made.people());
            let at = stamp(made.replied(number, place));
            rows.push(format!("({person},{thread},{thread},'helpful',{at})"));
        }
    });
}
