//! What people type: cleaned, measured in graphemes, folded for comparison, and Markdown turned into safe HTML.
//! Nothing here knows who wrote it or where it is kept.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use comrak::nodes::{Ast, AstNode, NodeLink, NodeValue};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::error::FieldError;
use crate::id::Id;

/// Raised whenever `render` may give other HTML for the same text; stored rows of an older number are rendered again.
pub const RENDERER_VERSION: i32 = 2;

/// Bytes per grapheme that a limit allows on average: three Japanese bytes and some marks, but no towers of accents.
const BYTES_PER_GRAPHEME: usize = 8;

/// The key under which two spellings of a name compare equal.
pub fn fold(text: &str) -> String {
    search_index::fold_key(text)
}

/// One line as it may be stored: no control, bidi or invisible characters; white space joined.
pub fn clean_line(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hostile(*c))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line in the compatibility form: full-width digits and letters become plain ones.
pub fn narrow(text: &str) -> String {
    clean_line(text).nfkc().collect()
}

/// Several lines as they may be stored: line ends as \n, no control or bidi characters, no blank ends.
pub fn clean_block(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = lines
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !is_hostile(*c))
        .collect();
    let trimmed = kept.trim_end();
    let start = trimmed
        .char_indices()
        .filter(|(_, c)| *c == '\n')
        .map(|(at, _)| at + 1)
        .take_while(|at| {
            trimmed
                .get(..*at)
                .is_some_and(|head| head.trim().is_empty())
        })
        .last()
        .unwrap_or(0);
    trimmed.get(start..).unwrap_or_default().to_owned()
}

/// Splits what is typed into one field: commas of every width, 、 and line ends part it; blanks do not (Google Classroom).
pub fn split_list(typed: &str) -> Vec<String> {
    clean_block(typed)
        .split([',', '，', '、', '､', ';', '；', '\n'])
        .map(clean_line)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Characters that change how other text is shown, or are not to be seen: controls, bidi overrides and isolates,
/// zero-width spaces, noncharacters. Joiners stay: emoji and some scripts are made with them.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether anything is left to be seen.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{3164}' | '\u{2800}'
            )
    })
}

/// How a field of text is judged. Lengths are graphemes: what a person counts as characters.
pub struct Rule {
    pub field: &'static str,
    /// As the form calls it.
    pub label: &'static str,
    pub max: usize,
    pub lines: bool,
    /// What to write instead, when it is empty.
    pub hint: &'static str,
}

impl Rule {
    /// The cleaned text, or what to change.
    pub fn parse(&self, raw: &str) -> Result<String, FieldError> {
        let text = if self.lines {
            clean_block(raw)
        } else {
            clean_line(raw)
        };
        if is_blank(&text) {
            return Err(self.error("required", self.hint.to_owned()));
        }
        self.measure(text)
    }

    /// As `parse`, but empty is allowed.
    pub fn parse_optional(&self, raw: &str) -> Result<Option<String>, FieldError> {
        let text = if self.lines {
            clean_block(raw)
        } else {
            clean_line(raw)
        };
        if is_blank(&text) {
            return Ok(None);
        }
        self.measure(text).map(Some)
    }

    fn measure(&self, text: String) -> Result<String, FieldError> {
        let over = text.len() > self.max * BYTES_PER_GRAPHEME
            || text.graphemes(true).nth(self.max).is_some();
        if over {
            let message = format!(
                "{}は{}字までです。少し短くしてください。",
                self.label,
                thousands(self.max)
            );
            return Err(self.error("too_long", message));
        }
        Ok(text)
    }

    fn error(&self, code: &str, message: String) -> FieldError {
        FieldError {
            field: self.field.to_owned(),
            code: code.to_owned(),
            message,
        }
    }
}

fn thousands(number: usize) -> String {
    if number >= 1000 {
        format!("{},{:03}", number / 1000, number % 1000)
    } else {
        number.to_string()
    }
}

/// A 12-digit individual number with a right check digit, in any width, with blanks or hyphens in between.
///
/// Check digit = 11 − (Σ Pₙ·Qₙ mod 11), Pₙ the n-th digit from the one left of the check digit, Qₙ = n+1 for n ≤ 6,
/// n−5 for n ≥ 7; a remainder ≤ 1 gives 0 (Order of the Ministry of Internal Affairs No. 85 of 2014, article 5).
pub fn has_my_number(text: &str) -> bool {
    let mut digits: Vec<u32> = Vec::new();
    let mut gap = 0;
    for c in without_ids(text).nfkc().filter(|c| !is_hostile(*c)) {
        if let Some(digit) = c.to_digit(10) {
            digits.push(digit);
            gap = 0;
        } else if matches!(c, ' ' | '-' | '‐' | '–' | '—' | '−' | 'ー' | '・' | '.') && gap == 0
        {
            gap = 1;
        } else {
            if is_my_number(&digits) {
                return true;
            }
            digits.clear();
            gap = 0;
        }
    }
    is_my_number(&digits)
}

/// `text` without the ids of posts and files: their hexadecimal digits mean nothing, and some look like a number.
fn without_ids(text: &str) -> String {
    let in_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !in_id(c)) {
        let token = piece.trim_end_matches(|c: char| !in_id(c));
        if token.len() == ID && token.parse::<Id>().is_ok() {
            kept.push('/');
            kept.push_str(piece.strip_prefix(token).unwrap_or_default());
        } else {
            kept.push_str(piece);
        }
    }
    kept
}

fn is_my_number(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else {
        return false;
    };
    if rest.len() != 11 {
        return false;
    }
    let sum: u32 = rest
        .iter()
        .rev()
        .zip(1_u32..)
        .map(|(digit, n)| digit * if n <= 6 { n + 1 } else { n - 5 })
        .sum();
    let remainder = sum % 11;
    *check == if remainder <= 1 { 0 } else { 11 - remainder }
}

/// The refusal of an individual number in `field`; it has no way round.
pub fn refuse_my_number(field: &'static str, text: &str) -> Result<(), FieldError> {
    if has_my_number(text) {
        return Err(FieldError {
            field: field.to_owned(),
            code: "my_number".to_owned(),
            message:
                "マイナンバー（12桁の番号）が入っているようです。この広場には書けません。番号を消してください。"
                    .to_owned(),
        });
    }
    Ok(())
}

static SANITIZER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from([
            "a",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h2",
            "h3",
            "h4",
            "hr",
            "img",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["src", "alt"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener noreferrer ugc"))
        .set_tag_attribute_value("img", "loading", "lazy")
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("img", "src") if !is_thumb(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// Markdown (CommonMark with GFM's tables, strike-through and bare links) as HTML that cannot run anything or load
/// anything from elsewhere: raw HTML is shown as text, headings begin at level 2 (`h2`…`h4`). Images of our own
/// (`/files/{id}`) show their small form, fetched when they come into sight, and lead to the whole; others become links.
pub fn render(markdown: &str) -> String {
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.render.escape = true;
    options.render.hardbreaks = true;
    let root = comrak::parse_document(&arena, markdown, &options);
    let nodes: Vec<_> = root.descendants().collect();
    for node in nodes {
        tame(&arena, node);
    }
    let mut html = String::new();
    if comrak::format_html(root, &options, &mut html).is_err() {
        return String::new(); // writing to a String does not fail
    }
    SANITIZER.clean(&html).to_string()
}

fn tame<'a>(arena: &'a comrak::Arena<'a>, node: &'a AstNode<'a>) {
    let mut data = node.data.borrow_mut();
    let image = match &mut data.value {
        NodeValue::Heading(heading) => {
            heading.level = heading.level.clamp(2, 4).max(2);
            return;
        }
        NodeValue::Image(link) => link.clone(),
        _ => return,
    };
    let Some(id) = file_of(&image.url) else {
        data.value = NodeValue::Link(image);
        return;
    };
    let place = data.sourcepos;
    data.value = NodeValue::Image(Box::new(NodeLink {
        url: format!("{FILES}{id}{THUMB}"),
        title: String::new(),
    }));
    drop(data);
    let make = |value: NodeValue| {
        let ast = Ast::new_with_sourcepos(value, place);
        arena.alloc(AstNode::from(ast))
    };
    if node.first_child().is_none() {
        node.append(make(NodeValue::Text("画像".into())));
    }
    let is_link = |node: &AstNode<'_>| matches!(node.data.borrow().value, NodeValue::Link(_));
    if !node.ancestors().skip(1).any(is_link) {
        let link = make(NodeValue::Link(Box::new(NodeLink {
            url: format!("{FILES}{id}"),
            title: String::new(),
        })));
        node.insert_before(link);
        link.append(node);
    }
}

/// What the addresses of stored files begin with, and what that of an image's small form ends with.
pub const FILES: &str = "/files/";
const THUMB: &str = "/thumb";
/// Characters of an id in an address.
const ID: usize = 36;

/// The file that an address names: `/files/{id}` and nothing else.
fn file_of(url: &str) -> Option<Id> {
    let id = url.strip_prefix(FILES)?;
    (id.len() == ID).then(|| id.parse().ok()).flatten()
}

fn is_thumb(url: &str) -> bool {
    url.strip_suffix(THUMB).and_then(file_of).is_some()
}

/// The files that a text names anywhere, each once, at most `limit` of them.
pub fn file_references(markdown: &str, limit: usize) -> Vec<Id> {
    let mut found = Vec::new();
    for (at, _) in markdown.match_indices(FILES) {
        let end = at + FILES.len() + ID;
        if let Some(id) = markdown.get(at..end).and_then(file_of)
            && !found.contains(&id)
        {
            found.push(id);
            if found.len() == limit {
                break;
            }
        }
    }
    found
}

/// A line of text that Markdown shows as it is.
pub fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        let marks = "\\`*_[]<>&#!|~";
        if marks.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// As `escape`, but addresses stay what they are, and become links.
pub fn escape_around_links(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let starts = ["http://", "https://"].map(|scheme| word.find(scheme));
        let start = starts.into_iter().flatten().min();
        match start.and_then(|start| word.split_at_checked(start)) {
            Some((before, address)) => format!("{}{address}", escape(before)),
            None => escape(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The text of a Markdown source without its marks, on one line: for extracts and the search index.
pub fn plain(markdown: &str) -> String {
    if is_unmarked(markdown) {
        lines(markdown)
    } else {
        parsed(markdown)
    }
}

fn parsed(markdown: &str) -> String {
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    let root = comrak::parse_document(&arena, markdown, &options);
    let mut text = String::new();
    for node in root.descendants() {
        match &node.data.borrow().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(block) => text.push_str(&block.literal),
            NodeValue::HtmlBlock(block) => text.push_str(&block.literal),
            NodeValue::HtmlInline(html) => text.push_str(html),
            NodeValue::SoftBreak
            | NodeValue::LineBreak
            | NodeValue::Paragraph
            | NodeValue::Heading(_)
            | NodeValue::Item(_)
            | NodeValue::TableCell
                if !text.is_empty() && !text.ends_with('\n') =>
            {
                text.push('\n');
            }
            _ => {}
        }
    }
    lines(&text)
}

/// The lines of a text without the empty ones and what stands round them.
fn lines(text: &str) -> String {
    text.split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a source has nothing in it that could be a mark of Markdown, so that nobody needs to parse it: most of what
/// teachers write. Letters and digits after a number need a point or bracket to become a list, indented code a space.
fn is_unmarked(markdown: &str) -> bool {
    let mut begins = true;
    markdown.chars().all(|c| {
        let plain = match c {
            '\n' => true,
            ' ' => !begins,
            '.' | ')' | ',' | '?' | '%' | '/' | '@' | '\'' | '(' | ';' => false,
            c if c.is_ascii() => c.is_ascii_alphanumeric(),
            c => !c.is_whitespace() || c == '\u{3000}',
        };
        begins = c == '\n';
        plain
    })
}

/// The first `max` graphemes of a Markdown text without its marks, on one line, with … where it is cut.
pub fn gist(markdown: &str, max: usize) -> String {
    // Enough source for the extract: nobody needs a parse of 20,000 characters for two lines.
    let head: String = markdown.chars().take(max * 4).collect();
    let mut text = plain(&head).replace('\n', " ");
    if let Some(end) = end_of(&text, max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Where the first `max` graphemes of a text end; None where it has no more. Kana, kanji and ASCII are one each: the tables
/// are asked only where something else is among them.
fn end_of(text: &str, max: usize) -> Option<usize> {
    let mut chars = text.char_indices();
    for _ in 0..max {
        match chars.next() {
            None => return None,
            Some((_, c)) if is_lone(c) => {}
            Some(_) => return text.grapheme_indices(true).nth(max).map(|(at, _)| at),
        }
    }
    match chars.next() {
        Some((at, c)) if is_lone(c) => Some(at),
        Some(_) => text.grapheme_indices(true).nth(max).map(|(at, _)| at),
        None => None,
    }
}

/// Whether a character is a grapheme of its own beside others of the kind.
fn is_lone(c: char) -> bool {
    matches!(c, ' '..='~' | '、'..='〗' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '一'..='鿿' | '！'..='～')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_cannot_execute_or_load_anything() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://evil.example/pixel.png)",
            "<svg/onload=alert(1)>",
            "[a](vbscript:x \"t\")",
            "<a href='jav&#x09;ascript:alert(1)'>x</a>",
            "`<b onmouseover=x>`",
        ] {
            let html = render(hostile);
            let tags = html.replace("&lt;", "");
            for bad in [
                "<script",
                "<img",
                "<svg",
                "href=\"javascript",
                "href=\"data",
                "href=\"vbscript",
            ] {
                assert!(!tags.contains(bad), "{hostile} -> {html}");
            }
        }
    }

    const FILE: &str = "01990000-0000-7000-8000-00000000000a";

    #[test]
    fn only_own_images_are_shown() {
        let shown = format!(
            "<p><a href=\"/files/{FILE}\" rel=\"nofollow noopener noreferrer ugc\"><img src=\"/files/{FILE}/thumb\" alt=\"図\" loading=\"lazy\"></a></p>\n"
        );
        assert_eq!(render(&format!("![図](/files/{FILE})")), shown);
        assert_eq!(render(&format!("![図](/files/{FILE} \"題\")")), shown);
        let unnamed = render(&format!("![](/files/{FILE})"));
        assert!(unnamed.contains("alt=\"画像\""), "{unnamed}");
        let linked = render(&format!("[![図](/files/{FILE})](https://example.com/)"));
        assert_eq!(linked.matches("<a ").count(), 1, "{linked}");
        assert!(linked.contains("href=\"https://example.com/\""), "{linked}");
        for other in [
            format!("/files/{FILE}/thumb"),
            format!("/files/{FILE}?x"),
            format!("/files/{FILE}#x"),
            format!("//files/{FILE}"),
            format!("https://evil.example/files/{FILE}"),
            format!("/files/../files/{FILE}"),
            format!("/Files/{FILE}"),
            "/files/".to_owned(),
            "/files/01990000000070008000000000000000000a".to_owned(),
            "/settings/own-data".to_owned(),
            "data:image/png;base64,AAAA".to_owned(),
        ] {
            let html = render(&format!("![図]({other})"));
            assert!(!html.contains("<img"), "{other}: {html}");
            assert!(html.contains('図'), "{other}: {html}");
        }
    }

    #[test]
    fn references_are_found_wherever_they_stand() {
        let id: Id = FILE.parse().unwrap();
        let other = FILE.replace('a', "b");
        for text in [
            format!("![図](/files/{FILE})"),
            format!("https://hiroba.example/files/{FILE}"),
            format!("/files//files/{FILE} /files/{FILE}"),
            format!("日本語/files/{FILE}日本語"),
        ] {
            assert_eq!(file_references(&text, 10), [id], "{text}");
        }
        for text in ["/files/", "/files/日本語日本語日本語日本語", "files/x"] {
            assert_eq!(file_references(text, 10), [], "{text}");
        }
        let two = format!("/files/{FILE} /files/{other}");
        assert_eq!(file_references(&two, 10).len(), 2);
        assert_eq!(file_references(&two, 1), [id]);
    }

    #[test]
    fn escaped_lines_are_shown_as_they_are() {
        for line in [
            "a*b*c_d_e`f`g",
            "[x](y) ![z](w) <b> &amp; \\ ~~s~~ |t| #h",
            "仙台市「手引き」[第2版] p. 3",
        ] {
            let html = render(&format!("出典：{}", escape(line)));
            let page = ammonia::Builder::empty().clean(&html).to_string();
            let seen = page
                .trim()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            assert_eq!(seen, format!("出典：{line}"), "{html}");
        }
        let source = escape_around_links("総務省*1 https://example.com/a_b?x=1");
        let html = render(&format!("出典：{source}"));
        assert!(html.contains("総務省*1 <a "), "{html}");
        assert!(
            html.contains("href=\"https://example.com/a_b?x=1\""),
            "{html}"
        );
    }

    #[test]
    fn markdown_of_everyday_posts() {
        assert_eq!(render("一行目\n二行目"), "<p>一行目<br>\n二行目</p>\n");
        assert!(render("# 見出し").contains("<h2>見出し</h2>"));
        assert!(render("| a | b |\n|---|---|\n| 1 | 2 |").contains("<td>1</td>"));
        assert!(render("https://example.com/x を見て").contains(
            "<a href=\"https://example.com/x\" rel=\"nofollow noopener noreferrer ugc\">"
        ));
        assert!(render("![図](https://example.com/a.png)").contains(">図</a>"));
    }

    #[test]
    fn individual_numbers_are_found_in_every_spelling() {
        // 12345678901 gives the check digit 8.
        for text in [
            "123456789018",
            "番号は 1234 5678 9018 です",
            "１２３４－５６７８－９０１８",
            "1234-5678-9018。",
            "12\u{200b}3456789018",
            "/files/123456789018",
            "019a9f2b-7c00-7abc-8abc-123456789018 1234-5678-9018",
        ] {
            assert!(has_my_number(text), "{text}");
        }
        for text in [
            "123456789017",
            "1234567890182",
            "電話 022-123-4567",
            "2026年11月22日 15時40分",
            "",
            "2026-11-22 15:40",
            "/files/019a9f2b-7c00-7abc-8abc-123456789018",
            "[図](/threads/019a9f2b-7c00-7abc-8abc-123456789018)です",
        ] {
            assert!(!has_my_number(text), "{text}");
        }
    }

    #[test]
    fn lines_and_blocks_are_cleaned() {
        assert_eq!(
            clean_line("  体育館\u{202e}の\0 Wi-Fi\r\n\u{200b}が　遅い "),
            "体育館の Wi-Fi が 遅い"
        );
        assert_eq!(
            clean_block("\r\n\n    コード\r\nb\0\u{feff}\n\n"),
            "    コード\nb"
        );
        assert_eq!(clean_line("👩\u{200d}🏫"), "👩\u{200d}🏫");
    }

    #[test]
    fn limits_count_what_a_person_counts() {
        let rule = Rule {
            field: "title",
            label: "タイトル",
            max: 3,
            lines: false,
            hint: "書いてください",
        };
        assert!(rule.parse("👩\u{200d}🏫あい").is_ok());
        assert!(rule.parse("あいうえ").is_err());
        assert!(rule.parse("\u{200b}\u{200d} ").is_err());
        assert!(
            rule.parse(&format!("あ{}", "\u{301}".repeat(1000)))
                .is_err()
        );
    }

    #[test]
    fn extracts_are_plain_and_short() {
        assert_eq!(
            gist("# 題\n\n**太字**の*文*です。", 100),
            "題 太字の文です。"
        );
        assert_eq!(gist("あいうえお", 3), "あいう…");
        assert_eq!(gist("あいう", 3), "あいう");
        assert_eq!(gist("か\u{3099}き\u{3099}く", 2), "か\u{3099}き\u{3099}…");
    }

    /// Pieces of which texts are made that could tell the short ways from the long ones.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "体育館で",
            "iPad",
            "2026",
            "\n",
            " ",
            "  ",
            "\u{3000}",
            "、",
            "。",
            "「",
            "」",
            "（",
            "）",
            "・",
            "ー",
            "1.",
            "- ",
            "か\u{3099}",
            "👩\u{200d}🏫",
            "\u{fe0f}",
            "é",
            "&amp;",
            "*",
            "\t",
            "\r\n",
            "🇯🇵",
            "각",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn unmarked_texts_need_no_parse(text in pieces()) {
            if is_unmarked(&text) {
                prop_assert_eq!(plain(&text), parsed(&text));
            }
        }

        #[test]
        fn texts_are_cut_between_graphemes(text in pieces(), max in 0..12usize) {
            let long = text.grapheme_indices(true).nth(max).map(|(at, _)| at);
            prop_assert_eq!(end_of(&text, max), long);
        }
    }

    #[test]
    fn what_teachers_mostly_write_is_unmarked() {
        assert!(is_unmarked("体育館でWiFiが切れます"));
        assert!(is_unmarked(
            "前の日に一度開いておくと、次の日は待たずに始められました。\n4人ずつに分けて開かせています。"
        ));
        for marked in [
            "**太字**",
            "1. 一つ目",
            "- 点",
            "    コード",
            "a\n> 引用",
            "[名](x)",
            "`x`",
            "~~消~~",
            "&lt;",
            "x  y\tz",
        ] {
            assert!(!is_unmarked(marked), "{marked}");
        }
    }
}
