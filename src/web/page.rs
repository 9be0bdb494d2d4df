//! What every page shares: its frame, small values that templates show, addresses with a query. Knows no domain.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::clock::At;

/// The frame round a page: header, footer, who is signed in, what has just happened.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// For the title bar, without 「｜広場」. Pages whose name never changes bring their own and leave this empty.
    pub title: String,
    pub viewer: Option<Viewer>,
    pub nav: Nav,
    pub notice: Option<Notice>,
    /// What stands in the header's search field.
    pub query: String,
    /// Whether the header has a search field; home and search have a larger one of their own.
    pub show_find: bool,
    /// Whether visitors may read.
    pub reading_open: bool,
}

impl Layout {
    /// A frame with a search field in its header.
    pub fn new(viewer: Option<Viewer>, reading_open: bool) -> Layout {
        Layout {
            viewer,
            reading_open,
            show_find: true,
            ..Layout::default()
        }
    }

    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Layout {
        Layout {
            title: title.into(),
            ..self
        }
    }

    #[must_use]
    pub fn at(self, nav: Nav) -> Layout {
        Layout { nav, ..self }
    }

    #[must_use]
    pub fn noting(self, notice: Option<Notice>) -> Layout {
        Layout { notice, ..self }
    }

    /// Without the header's search field.
    #[must_use]
    pub fn without_find(self) -> Layout {
        Layout {
            show_find: false,
            ..self
        }
    }

    /// The address of a static file; it changes with the file's content.
    pub fn asset(&self, name: &str) -> String {
        crate::web::assets::url(name)
    }

    pub fn signed_in(&self) -> bool {
        self.viewer.is_some()
    }

    pub fn may_read(&self) -> bool {
        self.reading_open || self.viewer.is_some()
    }

    pub fn curates(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.curates)
    }

    pub fn invites(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.invites)
    }

    pub fn moderates(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.moderates)
    }

    pub fn administers(&self) -> bool {
        self.viewer
            .as_ref()
            .is_some_and(|viewer| viewer.administers)
    }
}

/// Who looks at the page.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub id: String,
    pub name: String,
    /// Notices that they have not seen.
    pub unseen: i64,
    pub moderates: bool,
    pub invites: bool,
    pub curates: bool,
    pub administers: bool,
}

/// Which of the main pages the present one belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nav {
    #[default]
    None,
    Questions,
    Practices,
    Discussions,
    Collections,
    Coverage,
    Mine,
}

impl Nav {
    /// For templates, which cannot name the type.
    pub fn is(self, name: &str) -> bool {
        match self {
            Nav::None => false,
            Nav::Questions => name == "Questions",
            Nav::Practices => name == "Practices",
            Nav::Discussions => name == "Discussions",
            Nav::Collections => name == "Collections",
            Nav::Coverage => name == "Coverage",
            Nav::Mine => name == "Mine",
        }
    }
}

/// A message above the page, once.
#[derive(Clone, Debug)]
pub struct Notice {
    pub kind: NoticeKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Ok,
    Warn,
    Error,
}

impl NoticeKind {
    /// The class of the box.
    pub fn class(self) -> &'static str {
        match self {
            NoticeKind::Ok => "ok",
            NoticeKind::Warn => "warn",
            NoticeKind::Error => "error",
        }
    }

    /// Errors are announced at once, the others when the reader pauses.
    pub fn role(self) -> &'static str {
        match self {
            NoticeKind::Ok | NoticeKind::Warn => "status",
            NoticeKind::Error => "alert",
        }
    }

    pub fn is_ok(self) -> bool {
        self == NoticeKind::Ok
    }
}

/// What a redirect says after a form (`?done=posted`) and the words for it: the catalogue of the forum's notices.
const NOTICES: &[(&str, NoticeKind, &str)] = &[
    (
        "profile",
        NoticeKind::Ok,
        "プロフィールを変えました。書いたものの表示も変わります。",
    ),
    ("mail", NoticeKind::Ok, "メールの設定を変えました。"),
    (
        "mirror",
        NoticeKind::Ok,
        "答えを残しました。あなたにしか見えません。",
    ),
    (
        "mirror-gone",
        NoticeKind::Ok,
        "自分の答えをすべて消しました。",
    ),
    (
        "posted",
        NoticeKind::Ok,
        "公開しました。あとから書き直すことも、取り下げることもできます。",
    ),
    (
        "replied",
        NoticeKind::Ok,
        "書き込みを公開しました。あとから書き直すことも、取り下げることもできます。",
    ),
    ("edited", NoticeKind::Ok, "書き直しました。"),
    (
        "drafted",
        NoticeKind::Ok,
        "下書きに残しました。まだ公開していません。ほかの端末からでも、続きを書けます。",
    ),
    ("discarded", NoticeKind::Ok, "下書きを捨てました。"),
    (
        "added",
        NoticeKind::Ok,
        "書き足しました。読む先生の助けになります。",
    ),
    (
        "quiet",
        NoticeKind::Ok,
        "わかりました。この実践では、もうおたずねしません。「書き直す」から、いつでも書き足せます。",
    ),
    (
        "removed",
        NoticeKind::Ok,
        "取り下げました。ほかの先生からは見えません。",
    ),
    (
        "accepted",
        NoticeKind::Ok,
        "解決した回答を選びました。同じことで困っている先生が見つけやすくなります。",
    ),
    ("withdrawn", NoticeKind::Ok, "解決を取り消しました。"),
    (
        "reported",
        NoticeKind::Ok,
        "知らせを受け取りました。運営担当が確かめます。",
    ),
    (
        "recommended",
        NoticeKind::Ok,
        "この話題をすすめました。週のまとめにも載ります。",
    ),
    ("parted", NoticeKind::Ok, "別の話題として、もう並べません。"),
    ("unrecommended", NoticeKind::Ok, "おすすめを外しました。"),
    (
        "tried",
        NoticeKind::Ok,
        "記録しました。書いた先生にも知らせます。ありがとうございます。",
    ),
    (
        "untried",
        NoticeKind::Ok,
        "「まねしてみた」を取り下げました。",
    ),
    (
        "refused",
        NoticeKind::Ok,
        "わかりました。この話題は、おすすめにもまとめにも載せません。",
    ),
    (
        "allowed",
        NoticeKind::Ok,
        "辞退を取りやめました。研修担当が、またすすめられるようになりました。",
    ),
    (
        "proposed",
        NoticeKind::Ok,
        "推薦を受け取りました。研修担当が決めたら、お知らせに届きます。",
    ),
    (
        "proposal-accepted",
        NoticeKind::Ok,
        "おすすめにしました。書いた人と推薦した人に、お知らせが届きます。",
    ),
    (
        "proposal-declined",
        NoticeKind::Ok,
        "見送りました。推薦した人に、理由が届きます。",
    ),
    (
        "collection-drafted",
        NoticeKind::Ok,
        "下書きに残しました。まだ公開していません。",
    ),
    (
        "collection-saved",
        NoticeKind::Ok,
        "まとめを書き直しました。",
    ),
    (
        "collection-published",
        NoticeKind::Ok,
        "まとめを公開しました。あとから書き直すことも、取り下げることもできます。",
    ),
    (
        "collection-withdrawn",
        NoticeKind::Ok,
        "まとめを取り下げました。もう一度公開することもできます。",
    ),
    (
        "collected",
        NoticeKind::Ok,
        "この話題をまとめに入れました。",
    ),
    ("shared", NoticeKind::Ok, "いっしょに作る人を変えました。"),
    (
        "verified",
        NoticeKind::Ok,
        "いまも使えることを記録しました。次の見直しの日に、また並びます。",
    ),
    (
        "freshness-asked",
        NoticeKind::Ok,
        "書いた人にたずねました。答えがあると、一覧に出ます。",
    ),
    (
        "outdated",
        NoticeKind::Ok,
        "古い内容と示しました。読むことはできますが、週のまとめには載りません。",
    ),
    (
        "still-same",
        NoticeKind::Ok,
        "ありがとうございます。いまも同じだと記録しました。",
    ),
    (
        "has-changed",
        NoticeKind::Ok,
        "ありがとうございます。変わったところは「書き直す」から直せます。",
    ),
    ("moderated", NoticeKind::Ok, "見える範囲を変えました。"),
    (
        "seal-asked",
        NoticeKind::Ok,
        "申し出ました。ほかの運営担当が合意すると、名前を見られます。",
    ),
    (
        "seal-agreed",
        NoticeKind::Ok,
        "合意しました。申し出た人とあなたが、名前を見られます。書いた人に知らせます。",
    ),
    ("seal-declined", NoticeKind::Ok, "見送りました。"),
    (
        "claimed",
        NoticeKind::Ok,
        "担当になりました。ほかの運営担当にも見えています。",
    ),
    ("released", NoticeKind::Ok, "担当をやめました。"),
    (
        "resubmitted",
        NoticeKind::Ok,
        "もう一度見てもらうよう、お願いしました。決まったら、お知らせに届きます。",
    ),
    (
        "locked",
        NoticeKind::Ok,
        "締め切りました。理由は、読む人にも見えています。",
    ),
    (
        "unlocked",
        NoticeKind::Ok,
        "締め切りをやめました。また書けるようになりました。",
    ),
    (
        "moved",
        NoticeKind::Ok,
        "分類を直しました。書いた人には、理由といっしょにお知らせします。",
    ),
    ("linked", NoticeKind::Ok, "同じ話題とつなぎました。"),
    (
        "unlinked",
        NoticeKind::Ok,
        "同じ話題とのつながりを外しました。",
    ),
    (
        "merged",
        NoticeKind::Ok,
        "ここにまとめました。これまでのアドレスも、ここに案内されます。",
    ),
    (
        "forwarded",
        NoticeKind::Ok,
        "お探しの話題は、ここにまとめられました。",
    ),
    (
        "password",
        NoticeKind::Ok,
        "パスワードを決めました。新しいパスワードでログインしてください。",
    ),
    (
        "closed",
        NoticeKind::Ok,
        "退会しました。これまでありがとうございました。書いたものは「(退職・異動)」として残ります。",
    ),
    (
        "invited-before",
        NoticeKind::Warn,
        "そのリンクは、先に作ってあります。アドレスをもう一度表示することはできないので、なくしたときは新しく作ってください。",
    ),
    (
        "invitation-withdrawn",
        NoticeKind::Ok,
        "招待のリンクを取り消しました。もう使えません。",
    ),
    (
        "feeds",
        NoticeKind::Ok,
        "フィード用のアドレスを作りました。前のアドレスは、もう使えません。",
    ),
    (
        "feeds-stopped",
        NoticeKind::Ok,
        "フィード用のアドレスを使えないようにしました。",
    ),
    ("signed-out", NoticeKind::Ok, "ログアウトしました。"),
    (
        "session-ended",
        NoticeKind::Ok,
        "その端末をログアウトしました。",
    ),
    (
        "others-ended",
        NoticeKind::Ok,
        "ほかの端末をすべてログアウトしました。",
    ),
    (
        "synonyms",
        NoticeKind::Ok,
        "言いかえを登録しました。次に探すときから使われます。",
    ),
    (
        "synonyms-removed",
        NoticeKind::Ok,
        "言いかえを外しました。「これまでの変更」は残っています。",
    ),
    ("school", NoticeKind::Ok, "学校の一覧を変えました。"),
    (
        "words",
        NoticeKind::Ok,
        "計画とことばを入れかえました。次に開くページから使われます。",
    ),
    (
        "job-retried",
        NoticeKind::Ok,
        "もう一度やる列に入れました。",
    ),
    ("job-discarded", NoticeKind::Ok, "仕事を捨てました。"),
    ("role", NoticeKind::Ok, "役割を変えました。"),
    (
        "suspended",
        NoticeKind::Ok,
        "利用を止めました。書いたものは「(退職・異動)」として残ります。",
    ),
    ("restored", NoticeKind::Ok, "また使えるようにしました。"),
    (
        "environment",
        NoticeKind::Ok,
        "対応の状況を書きました。書いた人と、続きを追っている人にお知らせします。",
    ),
    (
        "requested",
        NoticeKind::Ok,
        "募集を始めました。近い先生のトップページと、週のまとめに載ります。",
    ),
    ("request-closed", NoticeKind::Ok, "募集をやめました。"),
    (
        "created",
        NoticeKind::Ok,
        "登録しました。「パスワードを忘れたとき」から、本人がパスワードを決められます。",
    ),
];

impl Notice {
    pub fn new(kind: NoticeKind, text: impl Into<String>) -> Notice {
        Notice {
            kind,
            text: text.into(),
        }
    }

    /// The notice for a code in the address; None for any other text, so that no address makes us say something.
    pub fn of(code: &str) -> Option<Notice> {
        NOTICES
            .iter()
            .find(|(known, _, _)| *known == code)
            .map(|(_, kind, text)| Notice::new(*kind, *text))
    }
}

/// One thing to choose in a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
    /// A few words or a count beside it; may be empty.
    pub hint: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Choice {
        Choice {
            value: value.into(),
            label: label.into(),
            chosen,
            hint: String::new(),
        }
    }
}

/// Choices under one heading.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub label: String,
    pub choices: Vec<Choice>,
}

/// A step of the way to the present page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    pub label: String,
    pub url: String,
}

impl Crumb {
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Crumb {
        Crumb {
            label: label.into(),
            url: url.into(),
        }
    }
}

/// A link with words: a chosen filter to take away, a smaller search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
    /// A count or empty.
    pub count: String,
}

impl Link {
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Link {
        Link {
            label: label.into(),
            url: url.into(),
            count: String::new(),
        }
    }
}

/// One of a row of tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub label: String,
    pub url: String,
    pub current: bool,
    /// A count or empty.
    pub count: String,
}

/// The moment a page is made, and where its readers are.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub at: At,
    pub zone: Tz,
}

impl Now {
    pub fn new(at: At, zone: Tz) -> Now {
        Now { at, zone }
    }

    pub fn when(self, at: At) -> When {
        When {
            words: at.in_words(self.at, self.zone),
            full: at.in_full(self.zone),
            iso: at.rfc3339(),
        }
    }
}

/// A time as pages show it: in words, in full (title), for machines (datetime).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    pub words: String,
    pub full: String,
    pub iso: String,
}

/// `path` with `pairs` as its query, those with an empty value left out.
pub fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// 「12月1日」, with the year where it is another one.
pub fn day_in_words(day: NaiveDate, today: NaiveDate) -> String {
    let words = format!("{}月{}日", day.month(), day.day());
    if day.year() == today.year() {
        words
    } else {
        format!("{}年{words}", day.year())
    }
}
