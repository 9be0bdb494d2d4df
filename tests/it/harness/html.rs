//! Reads our own pages: strict about what templates write, so that text which escapes from its place is noticed.

use std::collections::HashSet;

/// One start or end tag and the text after it.
#[derive(Clone, Debug)]
pub struct Tag {
    pub name: String,
    pub closes: bool,
    /// Unescaped, in order.
    pub attributes: Vec<(String, String)>,
    /// Unescaped, up to the next tag.
    pub text: String,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn opens(&self, name: &str) -> bool {
        !self.closes && self.name == name
    }
}

/// A page, or a part of one, as its tags.
#[derive(Clone, Debug)]
pub struct Page {
    pub tags: Vec<Tag>,
}

impl Page {
    /// # Panics
    /// Where the HTML is not as our templates write it.
    pub fn read(html: &str) -> Page {
        let mut tags = Vec::new();
        let mut pieces = html.split('<');
        let before = pieces.next().unwrap_or_default();
        assert!(
            before.trim().is_empty(),
            "text before the first tag: {before:?}"
        );
        for piece in pieces {
            if piece.starts_with('!') {
                continue;
            }
            tags.push(tag(piece));
        }
        Page { tags }
    }

    /// Start tags of one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        self.tags.iter().filter(move |tag| tag.opens(name))
    }

    pub fn by_id(&self, id: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.get("id") == Some(id))
    }

    pub fn ids(&self) -> Vec<&str> {
        self.tags.iter().filter_map(|tag| tag.get("id")).collect()
    }

    /// The text inside the element with `id`, its tags left out.
    pub fn text_of(&self, id: &str) -> String {
        let Some(start) = self.tags.iter().position(|tag| tag.get("id") == Some(id)) else {
            return String::new();
        };
        self.inside(start)
            .iter()
            .map(|tag| tag.text.as_str())
            .collect()
    }

    pub fn text(&self) -> String {
        self.tags.iter().map(|tag| tag.text.as_str()).collect()
    }

    /// The form that is sent to `action`.
    pub fn form(&self, action: &str) -> Page {
        let start = self
            .tags
            .iter()
            .position(|tag| tag.opens("form") && tag.get("action").is_some_and(|to| to == action));
        match start {
            Some(start) => Page {
                tags: self.inside(start).to_vec(),
            },
            None => panic!("no form goes to {action}"),
        }
    }

    /// The tag at `start` and all up to its end tag.
    fn inside(&self, start: usize) -> &[Tag] {
        let name = &self.tags[start].name;
        let mut depth = 0;
        for (place, tag) in self.tags.iter().enumerate().skip(start) {
            if tag.name == *name {
                if tag.closes {
                    depth -= 1;
                } else {
                    depth += 1;
                }
            }
            if depth == 0 {
                return &self.tags[start..place];
            }
        }
        panic!("<{name}> is never closed");
    }

    /// What a browser would send for the field `name`.
    pub fn values(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        let mut select: Option<Vec<(String, bool)>> = None;
        for tag in &self.tags {
            let named = tag.get("name") == Some(name);
            match tag.name.as_str() {
                "input" if named => {
                    let value = tag.get("value").unwrap_or_default().to_owned();
                    match tag.get("type") {
                        Some("radio" | "checkbox") if !tag.has("checked") => {}
                        _ => values.push(value),
                    }
                }
                // The line end after the start tag is not part of the text.
                "textarea" if named && !tag.closes => {
                    values.push(tag.text.strip_prefix('\n').unwrap_or(&tag.text).to_owned());
                }
                "select" if named && !tag.closes => select = Some(Vec::new()),
                "option" if !tag.closes => {
                    if let Some(options) = &mut select {
                        let value = tag.get("value").unwrap_or_default().to_owned();
                        options.push((value, tag.has("selected")));
                    }
                }
                "select" if tag.closes => {
                    if let Some(options) = select.take() {
                        let chosen = options.iter().find(|(_, selected)| *selected);
                        values.extend(chosen.or(options.first()).map(|(value, _)| value.clone()));
                    }
                }
                _ => {}
            }
        }
        values
    }

    /// Everything that a browser would send.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut names: Vec<&str> = Vec::new();
        for tag in &self.tags {
            let field = ["input", "textarea", "select"].contains(&tag.name.as_str());
            if let Some(name) = tag
                .get("name")
                .filter(|name| field && !names.contains(name))
            {
                names.push(name);
            }
        }
        names
            .into_iter()
            .flat_map(|name| {
                let values = self.values(name).into_iter();
                values.map(move |value| (name.to_owned(), value))
            })
            .collect()
    }

    pub fn value(&self, name: &str) -> String {
        self.values(name).join("|")
    }
}

/// What stands behind a `<`.
fn tag(piece: &str) -> Tag {
    let closes = piece.starts_with('/');
    let rest = piece.strip_prefix('/').unwrap_or(piece);
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    assert!(!name.is_empty(), "a stray < before {piece:?}");
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut seen = HashSet::new();
    loop {
        rest = rest.trim_start();
        if let Some(text) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            return Tag {
                name: name.to_ascii_lowercase(),
                closes,
                attributes,
                text: unescape(text),
            };
        }
        let end = rest.find(['=', '>', ' ', '\n', '/']);
        let Some(end) = end.filter(|end| *end > 0) else {
            panic!("a tag that does not end: {piece:?}");
        };
        let (attribute, after) = rest.split_at(end);
        let right = attribute
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == 'B');
        assert!(right, "no attribute of ours: {attribute:?} in {piece:?}");
        assert!(seen.insert(attribute), "{attribute} twice in {piece:?}");
        let value;
        (value, rest) = match after.strip_prefix("=\"") {
            Some(quoted) => match quoted.split_once('"') {
                Some(parts) => parts,
                None => panic!("a value that does not end: {piece:?}"),
            },
            None => {
                assert!(!after.starts_with('='), "a value without quotes: {piece:?}");
                ("", after)
            }
        };
        attributes.push((attribute.to_owned(), unescape(value)));
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let Some((name, behind)) = entity else {
            panic!("a bare & before {after:?}");
        };
        let number = name
            .strip_prefix("#x")
            .map(|hex| u32::from_str_radix(hex, 16))
            .or_else(|| name.strip_prefix('#').map(str::parse));
        plain.push(match (name, number) {
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            ("nbsp", _) => '\u{a0}',
            (_, Some(Ok(number))) => char::from_u32(number).unwrap(),
            _ => panic!("an entity that templates do not write: &{name};"),
        });
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

/// Elements that our templates and the Markdown of posts are made of; whatever else shows up came in with somebody's text.
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "article",
    "aside",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "circle",
    "code",
    "dd",
    "desc",
    "del",
    "desc",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "line",
    "link",
    "main",
    "mark",
    "menu",
    "meta",
    "meter",
    "nav",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "path",
    "polygon",
    "polyline",
    "pre",
    "progress",
    "q",
    "rect",
    "ruby",
    "rt",
    "s",
    "script",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "text",
    "td",
    "template",
    "text",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "u",
    "ul",
    "wbr",
];

/// What holds for every page: nothing inline, nothing from elsewhere, one heading, ids that stand once.
pub fn check_page(html: &str, whence: &str) -> Page {
    assert!(html.starts_with("<!doctype html>"), "{whence}: {html}");
    let page = Page::read(html);
    for tag in &page.tags {
        let name = tag.name.as_str();
        assert!(KNOWN.contains(&name), "{whence}: <{name}> is none of ours");
        for (attribute, value) in &tag.attributes {
            let inline = attribute == "style" || attribute.starts_with("on");
            assert!(!inline, "{whence}: <{name} {attribute}={value:?}>");
            if matches!(
                attribute.as_str(),
                "href" | "src" | "action" | "formaction" | "poster"
            ) {
                let own = is_own(value);
                // What people write may lead elsewhere, by a link and marked as theirs.
                let theirs = name == "a" && tag.get("rel").is_some_and(|rel| rel.contains("ugc"));
                // A scheme that is not among these leaves the address empty.
                let scheme = value.is_empty()
                    || ["https://", "http://", "mailto:"]
                        .iter()
                        .any(|scheme| value.starts_with(scheme));
                assert!(
                    own || (theirs && scheme),
                    "{whence}: <{name} {attribute}={value:?}>"
                );
            }
        }
        if name == "script" && !tag.closes {
            assert!(tag.has("src"), "{whence}: an inline script");
            assert_eq!(tag.text.trim(), "", "{whence}: an inline script");
        }
        if name == "img" {
            let source = tag.get("src").unwrap_or_default();
            let own = source.starts_with("/files/") && source.ends_with("/thumb");
            assert!(own && tag.has("alt"), "{whence}: {tag:?}");
        }
        if name == "meta" {
            assert!(!tag.has("http-equiv"), "{whence}: {tag:?}");
        }
    }
    let one = |name: &str| page.all(name).count();
    assert_eq!(one("h1"), 1, "{whence}: headings of level 1");
    assert_eq!(one("main"), 1, "{whence}: main");
    // Those of pictures have an id, by which they are referred to.
    let titles = page.all("title").filter(|tag| !tag.has("id")).count();
    assert_eq!(titles, 1, "{whence}: title");
    let language = page.all("html").next().and_then(|tag| tag.get("lang"));
    assert_eq!(language, Some("ja"), "{whence}");
    let mut seen = HashSet::new();
    for id in page.ids() {
        assert!(
            !id.is_empty() && seen.insert(id),
            "{whence}: id {id:?} twice"
        );
    }
    for tag in &page.tags {
        for attribute in ["for", "aria-labelledby"] {
            for id in tag
                .get(attribute)
                .unwrap_or_default()
                .split(' ')
                .filter(|id| !id.is_empty())
            {
                assert!(
                    seen.contains(id),
                    "{whence}: {attribute} names {id}, which is not there"
                );
            }
        }
    }
    page
}

/// A path or a fragment of this site.
pub fn is_own(address: &str) -> bool {
    address.starts_with('#') || (address.starts_with('/') && !address.starts_with("//"))
}
