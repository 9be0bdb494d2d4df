//! Every page at once: it fits a phone, it is built soundly, it says nothing bad to the console, it is light.

use serde_json::{Value, json};

use crate::browser::{Browser, Scripts, journey};
use crate::forum::Forum;

/// What phones and zoomed desktops leave: 360 px, and 320 px (1280 px at 400 %).
const WIDTHS: [u32; 2] = [360, 320];
/// Of a first view, in bytes as sent and in requests.
const HEAVIEST: f64 = 60_000.0;
const MOST_REQUESTS: u64 = 5;

/// 100 graphemes without any place to break.
const UNBROKEN: &str = "Supercalifragilistic_expialidocious_Chromebook_management_console_enrollment_failed_0x80070005_retry";
/// 100 graphemes of Japanese, with words that no browser parts.
const LONG: &str = "校内研修で全学年の先生が一斉にChromebookOSFlexUpdateManagementConsoleへログインしたところ、半分の端末だけが「ネットワークに接続していません」と出て止まります";

/// A page, a name for it, and what is done there before it is looked at.
struct Page {
    name: &'static str,
    path: String,
    /// A button in `main` to press first.
    press: Option<&'static str>,
    signed_in: bool,
}

fn page(name: &'static str, path: impl Into<String>) -> Page {
    Page {
        name,
        path: path.into(),
        press: None,
        signed_in: true,
    }
}

fn for_visitors(name: &'static str, path: &str) -> Page {
    Page {
        signed_in: false,
        ..page(name, path)
    }
}

impl Page {
    fn pressing(self, words: &'static str) -> Page {
        Page {
            press: Some(words),
            ..self
        }
    }
}

/// The body of a post with everything that could be too wide.
fn wide_body() -> String {
    let url = format!("https://example.com/{}", "a-very-long-path/".repeat(18));
    let code = format!("chrome://policy/?{}", "x".repeat(200));
    format!(
        "{url}\n\n[{UNBROKEN}]({url})\n\n{}\n\n```\n{code}\n```\n\n`{code}`\n\n\
         | 学年 | 端末 | 台数 | 場所 | 状態 | 管理番号 | 備考 |\n|---|---|---|---|---|---|---|\n\
         | 小4 | Chromebook | 40 | 体育館 | よい | {UNBROKEN} | なし |\n\n> {UNBROKEN}\n\n- {UNBROKEN}\n  - {UNBROKEN}\n\n# {UNBROKEN}\n",
        "ー".repeat(150),
    )
}

/// A demo forum with long posts of its administrator, and every page of it.
fn pages(forum: &Forum) -> Vec<Page> {
    let token = forum.token(ADMINISTRATOR);
    let word: String = UNBROKEN.chars().take(30).collect();
    let question = json!({
        "kind": "question", "title": UNBROKEN, "body": wide_body(), "school_type": "小学校",
        "policies": [1, 2, 3], "tags": [word, "とても長いタグの名前がここに入ることもあります"], "tools": [word],
    });
    let question = id(&forum.post(&token, "/threads", &question));
    let practice = json!({
        "kind": "practice", "title": LONG, "body": wide_body(), "school_type": "中学校", "policies": [1],
        "tools": [word], "practice": {
            "aim": UNBROKEN, "unit": word, "prep_minutes": 9999, "lesson_minutes": 9999, "scene": "協働",
            "materials": UNBROKEN, "steps": [UNBROKEN, LONG], "children": UNBROKEN, "failed": UNBROKEN,
            "care": UNBROKEN, "checked_on": "令和7年11月", "app_version": word,
        },
    });
    let practice = id(&forum.post(&token, "/threads", &practice));
    let thread = format!("/threads/{question}");
    let replies = format!("{thread}/replies");
    let reply = id(&forum.post(&token, &replies, &json!({ "body": wide_body() })));
    forum.post(
        &token,
        &replies,
        &json!({ "body": UNBROKEN, "quote_of": reply }),
    );
    let other = forum.token("aoi@es.hiroba.example");
    let answer = id(&forum.post(
        &other,
        &replies,
        &json!({ "body": wide_body(), "quote_of": reply }),
    ));
    let tried = json!({ "outcome": "partly", "school_type": "特別支援学校", "note": LONG, "changed": UNBROKEN });
    let tried = id(&forum.post(&other, &format!("/threads/{practice}/tryouts"), &tried));
    let reports = format!("{thread}/reports");
    let detail =
        json!({ "reason": "wrong", "detail": wide_body().chars().take(900).collect::<String>() });
    forum.post(&other, &reports, &detail);
    let accepted = format!("{thread}/accepted-reply");
    forum.send("PUT", &token, &accepted, &json!({ "reply_id": answer }));
    let changed = format!("{}\n\nもう一度確かめました。", wide_body());
    forum.send("PATCH", &token, &thread, &json!({ "body": changed }));
    let to_merge = forum.post(
        &token,
        "/threads",
        &json!({ "kind": "question", "title": LONG, "body": "本文です。", "school_type": "小学校", "policies": [3] }),
    );
    let locked = format!("/threads/{}", id(&to_merge));
    let reason = json!({ "reason": format!("話がまとまりました。続きは新しい質問でお願いします。{UNBROKEN}") });
    forum.send("PUT", &token, &format!("{locked}/lock"), &reason);
    let same = json!({ "thread": question, "reason": "同じ話題です。" });
    forum.send("PUT", &token, &format!("{locked}/duplicate-of"), &same);
    let own = json!({ "kind": "question", "title": LONG, "body": wide_body(), "school_type": "小学校", "policies": [3] });
    let held = format!("/threads/{}", id(&forum.post(&token, "/threads", &own)));
    let reason = json!({ "visibility": "held", "reason": format!("三行目に児童の名前があります。外してください。\n{UNBROKEN}") });
    forum.send("PUT", &token, &format!("{held}/visibility"), &reason);
    let me = forum.person_of(&token);
    let changed = json!({ "body": format!("{}\n\nあとで直しました。", UNBROKEN) });
    forum.send("PATCH", &token, &format!("/replies/{reply}"), &changed);
    let draft = json!({
        "purpose": "new_thread",
        "fields": { "kind": ["practice"], "title": [LONG], "body": [wide_body()], "aim": [UNBROKEN] },
    });
    let draft = id(&forum.post(&token, "/drafts", &draft));
    let of_edit =
        json!({ "purpose": "edit_thread", "target": practice, "fields": { "body": [UNBROKEN] } });
    forum.post(&token, "/drafts", &of_edit);
    let of_answer =
        json!({ "purpose": "reply", "target": practice, "fields": { "body": [UNBROKEN] } });
    forum.post(&token, "/drafts", &of_answer);
    // One that its author is asked to add to.
    let short = json!({
        "kind": "practice", "title": "音読の録音を、2人組で聞き合う", "body": "家で録音し、教室で聞き合いました。",
        "school_type": "小学校", "policies": [1], "practice": { "failed": "音が混ざりました。" },
    });
    let short = id(&forum.post(&token, "/threads", &short));
    forum.send(
        "PUT",
        &token,
        &format!("/threads/{practice}/bookmark"),
        &Value::Null,
    );
    let (wide, tall) = (drawn(1_600, 900), drawn(480, 1_000));
    let images = format!(
        "提出箱に出すと、こうなります。\n\n{}\n\n児童の画面はこちらです。\n\n{}\n出典：市の手引き https://example.com/guide",
        forum.store_image(&token, &wide, "提出箱が「送信中」のまま止まった画面"),
        forum.store_image(&token, &tall, "児童の端末の画面"),
    );
    let with_images = json!({
        "kind": "question", "title": "提出箱が「送信中」のまま止まります", "body": images, "school_type": "小学校", "policies": [3],
    });
    let with_images = id(&forum.post(&token, "/threads", &with_images));
    let items: Vec<Value> = [(&practice, UNBROKEN), (&question, LONG)]
        .iter()
        .map(|(thread, comment)| json!({ "thread": thread, "comment": comment }))
        .collect();
    let gathered = json!({
        "title": UNBROKEN.chars().take(80).collect::<String>(), "cover": wide_body().chars().take(1_900).collect::<String>(),
        "policies": [1, 4], "school_types": ["shogakkou", "gimukyouiku"], "experience": ["1", "2-5"],
        "training": { "form": "gathering", "on": "2026-12-03", "place": UNBROKEN.chars().take(100).collect::<String>() },
        "items": items,
    });
    let gathered = format!(
        "/collections/{}",
        id(&forum.post(&token, "/collections", &gathered))
    );
    forum.send("PATCH", &token, &gathered, &json!({ "state": "published" }));
    let tended = found(forum, &token, "体育館で40台いっせいに動画");
    let open = forum.send("GET", &token, "/requests", &Value::Null);
    let wanted = json!({
        "policy": "1", "school_type": "koukou", "subject": "sansuu", "item": "chk-d4", "sentence": UNBROKEN,
        "until": open["items"][0]["until"],
    });
    let wanted = format!(
        "/requests/{}",
        id(&forum.post(&token, "/requests", &wanted))
    );
    vec![
        page("home", "/"),
        page("list", "/threads"),
        page(
            "list-filtered",
            format!("/threads?kind=question&policy=1&school_type=shogakkou&tag={word}"),
        ),
        page(
            "list-empty",
            "/threads?kind=discussion&policy=4&tag=nothing",
        ),
        page("policy", "/policies/1"),
        page("question", thread.clone()),
        page("question-quoting", format!("{thread}?quote={reply}")),
        page("practice", format!("/threads/{practice}")),
        page("images", format!("/threads/{with_images}")),
        page("images-form", format!("/threads/{with_images}/edit")).pressing("見た目を確かめる"),
        page(
            "practice-pictured",
            found(forum, &token, "毎朝3分のタイピング"),
        ),
        page(
            "talk-lively",
            found(forum, &token, "休み時間の端末、「使ってよい」"),
        ),
        page(
            "thread-sealed",
            found(forum, &token, "職員室で「ヒヤリ」を言い合える朝"),
        ),
        page("answer-failed", thread.clone()).pressing("回答する"),
        page("attach-failed", "/threads/new?kind=question").pressing("本文に入れる"),
        page("form-question", "/threads/new?kind=question"),
        page("form-practice", "/threads/new?kind=practice"),
        page("form-failed", "/threads/new?kind=question").pressing("質問する"),
        page("form-preview", format!("{thread}/edit")).pressing("見た目を確かめる"),
        page("form-edit", format!("/threads/{practice}/edit")),
        page("practice-short", format!("/threads/{short}")),
        page(
            "practice-add",
            format!("/threads/{practice}/practice?field=checked"),
        ),
        page(
            "practice-add-failed",
            format!("/threads/{practice}/practice?field=time"),
        )
        .pressing("書き足す"),
        page("tryouts", format!("/threads/{practice}/tryouts")),
        page("tryout-failed", found(forum, &token, "毎朝3分のタイピング")).pressing("記録する"),
        page("tryout-remove", format!("/tryouts/{tried}/remove")),
        page("tryout-remove-failed", format!("/tryouts/{tried}/remove")).pressing("取り下げる"),
        page("drafts", "/settings/drafts"),
        page("form-draft", format!("/threads/new?draft={draft}")),
        page("revisions", format!("{thread}/revisions")),
        page(
            "revisions-compared",
            format!("{thread}/revisions?from=1&to=2"),
        ),
        page(
            "reply-revisions",
            format!("/replies/{reply}/revisions?from=1&to=2"),
        ),
        page("confirm", format!("{thread}/remove")),
        page("reply-edit", format!("/replies/{reply}/edit")),
        page("reply-confirm", format!("/replies/{reply}/remove")),
        page("search", "/search?q=Chromebook"),
        page("search-long", format!("/search?q={UNBROKEN}")),
        page(
            "search-none",
            "/search?q=qqqqzzzz+%E3%83%AD%E3%82%A4%E3%83%AD",
        ),
        page("search-newest", "/search"),
        page("person", format!("/people/{me}")),
        page("settings", "/settings"),
        page("notices", "/settings/notices"),
        page("bookmarks", "/settings/bookmarks"),
        page("follows", "/settings/follows"),
        page("profile", "/settings/profile"),
        page("profile-changed", "/settings/profile").pressing("この内容にする"),
        page("person-answers", format!("/people/{me}?show=replies")),
        page("close", "/settings/close"),
        page("mirror", "/settings/mirror"),
        page("mirror-kept", "/settings/mirror").pressing("答えを残す"),
        page("gap", "/gap"),
        page("gap-term", format!("/gap/{}", published(forum, &token))),
        page("list-item", "/threads?item=chk-b4"),
        page("invitations", "/settings/invitations"),
        page("invitations-failed", "/settings/invitations").pressing("リンクを作る"),
        page("feeds", "/settings/feeds?kind=question&policy=1"),
        page("feeds-made", "/settings/feeds?kind=question&policy=1").pressing("アドレスを作る"),
        for_visitors("invite-dead", "/invite/nothing"),
        page("mail-settings", "/settings/mail"),
        page("mail-letters", "/settings/mail/letters"),
        page("mail-preview", "/settings/mail/preview"),
        page("mail-ledger", "/admin/mails"),
        page("mail-leave-unknown", "/mail/digest/leave/unknown"),
        for_visitors("mail-leave", &leave_link(forum)),
        page("dev-mails", "/dev/mails"),
        page("recommend", format!("/threads/{practice}/recommendation")),
        page("recommend-failed", format!("{thread}/recommendation")).pressing("すすめる"),
        page("collections", "/collections"),
        page(
            "collections-empty",
            "/collections?policy=3&mine=1&school_type=koukou",
        ),
        page("collection", gathered.clone()),
        page("collection-edit", format!("{gathered}/edit")),
        page("collection-failed", "/collections/new").pressing("下書きに残す"),
        page("collection-revisions", format!("{gathered}/revisions")),
        page("collect", format!("/threads/{with_images}/collect")),
        page("collect-failed", format!("/threads/{with_images}/collect"))
            .pressing("まとめに入れる"),
        page(
            "refuse",
            format!("/threads/{practice}/recommendation/refuse"),
        ),
        page("propose", format!("{thread}/proposal")),
        page("propose-failed", format!("{thread}/proposal")).pressing("推薦する"),
        page("proposals", "/desk/proposals"),
        page("proposals-failed", "/desk/proposals").pressing("おすすめにする"),
        page("freshness", "/desk/freshness"),
        page("freshness-look", format!("/desk/freshness/{practice}")),
        page("about", "/about"),
        page("glance", "/admin"),
        page("roll", "/admin/people/import"),
        page("roll-failed", "/admin/people/import").pressing("ちがいを確かめる"),
        page("schools", "/admin/schools"),
        page("school", "/admin/schools/hagigasawa-sho/edit"),
        page("school-failed", "/admin/schools/new").pressing("登録する"),
        page("words", "/admin/taxonomy"),
        page("admin", "/admin/people"),
        page("held", held.clone()),
        page("resubmit", format!("{held}/resubmit")),
        page("resubmitted", format!("{held}/resubmit")).pressing("もう一度見てもらう"),
        page("locked", locked.clone()),
        page("lock", format!("{thread}/lock")),
        page("lock-failed", format!("{thread}/lock")).pressing("締め切る"),
        page("move", format!("{thread}/move")),
        page("move-failed", format!("{thread}/move")).pressing("分類を直す"),
        page("duplicate", format!("{locked}/duplicate")),
        page("duplicate-failed", format!("{thread}/duplicate")).pressing("次へ"),
        page("reports", "/desk/reports"),
        page("seals-empty", "/desk/seals"),
        page("audit", "/desk/audit"),
        page("audit-failed", "/desk/audit?from=x&thread=zzz&action=y"),
        page("desk", "/desk?hours=4"),
        page("searches", "/desk/searches"),
        page("synonyms", "/desk/synonyms"),
        page("synonyms-failed", "/desk/synonyms/new?word=スプシ").pressing("登録する"),
        page("admin-failed", "/admin/people?q=aoi").pressing("登録する"),
        page("coverage", "/coverage"),
        page("coverage-subjects", "/coverage?axis=subject&period=all"),
        page("coverage-items", "/coverage?axis=item&measure=questions"),
        page("coverage-answered", "/coverage?measure=answered&period=all"),
        page("requests", "/requests"),
        page("requests-filled", "/requests?state=filled"),
        page("request", wanted),
        page("request-failed", "/requests/new?policy=1").pressing("募集する"),
        page("environment", "/environment"),
        page("environment-planned", "/environment?state=planned"),
        page("environment-form", format!("{tended}/environment")),
        page("environment-failed", format!("{tended}/environment")).pressing("状況を書く"),
        page("question-tended", tended),
        page("not-found", "/threads/nothing"),
        for_visitors("home-visitor", "/"),
        for_visitors("login", "/login?next=/threads"),
        for_visitors("login-failed", "/login").pressing("ログイン"),
        for_visitors("signup", "/signup"),
        for_visitors("forgot", "/password/forgot"),
        for_visitors("set-password", "/password/set?token=nothing"),
    ]
}

/// Something like a picture of a screen.
fn drawn(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let line = y > height / 8 && y % 40 < 16 && x % 400 < 280 && x > width / 20;
        image::Rgb(match (y < height / 10, line) {
            (true, _) => [0, 23, 193],
            (false, true) => [118, 118, 118],
            (false, false) => [250, 248, 244],
        })
    })
}

/// The page of the demo's thread that is found best by `words`.
fn found(forum: &Forum, token: &str, words: &str) -> String {
    let query = hiroba::web::form::query_string(&[("q", words), ("limit", "1")]);
    let answer = forum.send("GET", token, &format!("/search?{query}"), &Value::Null);
    format!("/threads/{}", id(&answer["hits"][0]["thread"]))
}

/// The term whose report the demo published last.
fn published(forum: &Forum, token: &str) -> String {
    let reports = forum.send("GET", token, "/gap", &Value::Null);
    reports["items"][0]["term"].as_str().unwrap().to_owned()
}

/// The link by which a digest of the demo is left.
fn leave_link(forum: &Forum) -> String {
    let mails = forum.mails();
    let link = mails.iter().find_map(|mail| {
        let (_, rest) = mail.split_once("/mail/digest/leave/")?;
        rest.split('>').next()
    });
    format!("/mail/digest/leave/{}", link.unwrap())
}

const ADMINISTRATOR: &str = "sato@center.hiroba.example";

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

impl Page {
    /// Goes there. Everything that can be opened is opened.
    async fn open(&self, browser: &Browser) {
        browser.go(&self.path).await;
        if let Some(words) = self.press {
            browser
                .run(
                    "for (const field of document.querySelectorAll('main [required]')) field.required = false;\
                     for (const hidden of document.querySelectorAll('main details')) hidden.open = true;",
                )
                .await;
            browser
                .press("main form[method='post']:has(.btn.primary)", words)
                .await;
        }
        browser
            .run("for (const hidden of document.querySelectorAll('details')) hidden.open = true;")
            .await;
    }
}

/// Visits every page, those of visitors first.
async fn visit(forum: &Forum, browser: &Browser, look: impl AsyncFn(&Page) -> Vec<String>) {
    let all = pages(forum);
    let mut wrong = Vec::new();
    for signed_in in [false, true] {
        if signed_in {
            browser.sign_in(ADMINISTRATOR).await;
            browser.console();
        }
        for page in all.iter().filter(|page| page.signed_in == signed_in) {
            page.open(browser).await;
            let found = look(page).await;
            wrong.extend(found.iter().map(|what| format!("{}: {what}", page.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

pub fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn every_page_fits_a_phone() {
    journey(Scripts::On, Forum::demo, async |forum, browser| {
        visit(forum, browser, async |_| {
            let mut wrong = Vec::new();
            for width in WIDTHS {
                browser.set_width(width);
                let found = strings(&browser.run(TOO_WIDE).await);
                wrong.extend(found.iter().map(|what| format!("{width} px: {what}")));
            }
            wrong
        })
        .await;
    });
}

/// Looks at the page in both widths.
pub async fn look_at(browser: &Browser, name: &str) {
    browser
        .run("for (const hidden of document.querySelectorAll('main details')) hidden.open = true;")
        .await;
    browser.shoot(name);
    let wrong = strings(&browser.run(UNSOUND).await);
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
    browser.set_width(360);
    let wide = strings(&browser.run(TOO_WIDE).await);
    assert!(wide.is_empty(), "{name}: {wide:?}");
    browser.set_width(1366);
}

/// Where the page scrolls sideways: what sticks out, innermost first.
pub const TOO_WIDE: &str = "
const page = document.documentElement, width = innerWidth;
if (page.scrollWidth <= width) return [];
const out = [...document.body.querySelectorAll('*')].filter((el) => el.getBoundingClientRect().right > width + 0.5)
  .filter((el) => !el.parentElement.closest('.scroll, pre'));
const inner = out.filter((el) => !out.some((other) => other !== el && el.contains(other)));
return [`${page.scrollWidth} wide`, ...inner.slice(0, 5).map((el) =>
  `<${el.tagName.toLowerCase()} class=\"${el.className}\"> to ${Math.round(el.getBoundingClientRect().right)}: ${el.textContent.trim().slice(0, 40)}`)];
";

#[test]
fn every_page_is_built_soundly_and_silent() {
    let barriers = format!("{}\n{BARRIERS}", axe());
    journey(Scripts::On, Forum::demo, async |forum, browser| {
        visit(forum, browser, async |page| {
            browser.shoot(page.name);
            let mut wrong = strings(&browser.run(UNSOUND).await);
            // A page that stands for a failure is itself reported as one, rightly.
            let said = browser.console();
            wrong.extend(said.into_iter().filter(|line| {
                !line.contains("responded with a status of 4") || line.contains("/static/")
            }));
            let barriers = strings(&browser.run(&barriers).await);
            wrong.extend(barriers.iter().map(|what| format!("axe: {what}")));
            let foreign = strings(&browser.run(FOREIGN).await);
            wrong.extend(foreign.iter().map(|url| format!("asks {url}")));
            wrong
        })
        .await;
    });
}

/// What everybody who does not see the page relies on.
pub const UNSOUND: &str = "
const wrong = [], all = (css) => [...document.querySelectorAll(css)];
const show = (el) => el.outerHTML.slice(0, 120);
if (document.documentElement.lang !== 'ja') wrong.push('no lang');
if (!document.title.endsWith('｜広場') || document.title.length < 5) wrong.push(`title ${document.title}`);
if (all('h1').length !== 1) wrong.push(`${all('h1').length} h1`);
let last = 0;
for (const el of all('h1, h2, h3, h4, h5, h6')) {
  if (el.closest('.prose')) continue;
  const level = Number(el.tagName[1]);
  if (level > last + 1) wrong.push(`heading skips from ${last}: ${show(el)}`);
  if (!el.textContent.trim()) wrong.push(`empty heading ${show(el)}`);
  last = level;
}
const ids = new Map();
for (const el of all('[id]')) ids.set(el.id, (ids.get(el.id) ?? 0) + 1);
for (const [id, count] of ids) if (count > 1) wrong.push(`${count} × id ${id}`);
const words = (el) => {
  const by = el.getAttribute('aria-labelledby');
  return (by ? by.split(/\\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ') : '')
    || el.getAttribute('aria-label') || [...el.querySelectorAll('img')].map((image) => image.alt).join(' ') || [...(el.labels ?? [])].map((label) => label.textContent).join(' ');
};
for (const el of all('input:not([type=hidden]), select, textarea')) if (!words(el).trim()) wrong.push(`no label ${show(el)}`);
for (const el of all('a[href], button, summary')) if (!(words(el) || el.textContent).trim()) wrong.push(`no words ${show(el)}`);
for (const el of all('img:not([alt])')) wrong.push(`no alt ${show(el)}`);
for (const el of all('nav, aside, [role=region]'))
  if (!words(el).trim()) wrong.push(`no name ${show(el)}`);
for (const el of all('[aria-labelledby]')) for (const id of el.getAttribute('aria-labelledby').split(/\\s+/))
  if (!document.getElementById(id)) wrong.push(`aria-labelledby leads nowhere: ${id}`);
for (const el of all('[aria-describedby]')) for (const id of el.getAttribute('aria-describedby').split(/\\s+/))
  if (!document.getElementById(id) && !id.startsWith('e-')) wrong.push(`aria-describedby leads nowhere: ${id}`);
for (const el of all('a[href^=\"#\"]'))
  if (!document.getElementById(decodeURIComponent(el.hash.slice(1)))) wrong.push(`link leads nowhere: ${el.hash}`);
for (const el of all('[aria-invalid]')) {
  const told = (el.getAttribute('aria-describedby') ?? '').split(/\\s+/).some((id) => id.startsWith('e-') && document.getElementById(id));
  if (!told) wrong.push(`wrong without a word ${show(el)}`);
}
for (const el of all('[style], style, script:not([src])')) wrong.push(`inline ${show(el)}`);
for (const el of all('table')) if (!el.caption && !el.closest('.prose')) wrong.push(`table without a caption ${show(el)}`);
return wrong;
";

/// The source of axe-core, which judges pages by WCAG. `./test` fetches it by its package name.
fn axe() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/axe/node_modules/axe-core/axe.min.js"
    );
    match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => panic!("{path}: {error}; ./test fetches axe-core"),
    }
}

/// What axe finds against WCAG 2.2 AA and judges serious or critical.
const BARRIERS: &str = "
return (async () => {
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const found = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
const grave = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
return grave.map((one) => `${one.id} (${one.impact}): ` + one.nodes.slice(0, 3).map((node) =>
  `${node.html.slice(0, 140)} ${node.any.map((check) => check.message).join(' ')}`).join(' | '));
})();
";

const FOREIGN: &str = "
return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => new URL(name).origin !== location.origin);
";

/// Pages that people print: what is written stays, what is only good on a screen goes.
#[test]
fn a_thread_prints_without_buttons() {
    journey(Scripts::On, Forum::demo, async |forum, browser| {
        let token = forum.token("aoi@es.hiroba.example");
        let practice = forum.send(
            "GET",
            &token,
            "/threads?kind=practice&limit=1",
            &Value::Null,
        );
        let question = forum.send(
            "GET",
            &token,
            "/threads?kind=question&solved=true&limit=1",
            &Value::Null,
        );
        browser.sign_in("aoi@es.hiroba.example").await;
        for (name, found) in [("practice", practice), ("question", question)] {
            let thread = &found["items"][0];
            browser
                .go(&format!("/threads/{}", thread["id"].as_str().unwrap()))
                .await;
            browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }));
            let left = strings(&browser.run(LEFT_IN_PRINT).await);
            assert!(left.is_empty(), "{name}: {left:?}");
            let title = browser.text("h1").await;
            assert_eq!(title, thread["title"].as_str().unwrap());
            browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" }));
            let pdf = browser.print(&format!("print-{name}"));
            assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{name}");
        }
    });
}

/// What can only be pressed or followed, though it would be printed.
const LEFT_IN_PRINT: &str = "
const useless = '.site-head, .site-foot, .skip, aside, nav, form, button, .btn, input, summary, .notice';
return [...document.querySelectorAll(useless)].filter((el) => el.getClientRects().length).map((el) => el.outerHTML.slice(0, 120));
";

#[test]
fn a_first_view_is_light() {
    journey(Scripts::On, Forum::demo, async |_, browser| {
        browser.sign_in(ADMINISTRATOR).await;
        browser.go("/threads?kind=question&solved=true").await;
        let thread = browser
            .run("return document.querySelector('.cards a').pathname")
            .await;
        browser.go("/threads?kind=practice").await;
        let practice = browser
            .run("return document.querySelector('.cards a').pathname")
            .await;
        let paths = [thread.as_str().unwrap(), practice.as_str().unwrap(), "/"];
        for path in paths {
            browser.devtools("Network.clearBrowserCache", json!({}));
            browser.go(path).await;
            let weight = browser.run(WEIGHT).await;
            assert_ne!(weight["scripts"], 0, "{path}: {weight}");
            assert!(
                weight["requests"].as_u64().unwrap() <= MOST_REQUESTS,
                "{path}: {weight}"
            );
            assert!(
                weight["bytes"].as_f64().unwrap() <= HEAVIEST,
                "{path}: {weight}"
            );
        }
    });
}

/// Bytes as sent with their heads, and requests; an icon that was not asked for counts as one that is.
const WEIGHT: &str = "
const timed = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
const icons = [...document.querySelectorAll('link[rel=icon]')].filter((el) => !timed.some((entry) => entry.name === el.href)).length;
const scripts = timed.filter((entry) => entry.name.endsWith('.js')).length;
const bytes = timed.reduce((sum, entry) => sum + entry.transferSize, 0);
return { bytes, requests: timed.length + icons, scripts, names: timed.map((entry) => `${entry.name} ${entry.transferSize}`) };
";
