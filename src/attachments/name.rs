//! Names of files as they may be stored and sent: whatever a device called it, it becomes one short line that leads
//! nowhere, hides nothing and says truly what the file is. Objects on the shelf are never called by it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_segmentation::UnicodeSegmentation;

use super::Media;
use crate::text;

/// Graphemes of a name before its ending.
pub const MAX_NAME: usize = 80;
/// Bytes of the same: names on disks end at 255.
const MAX_NAME_BYTES: usize = 240;

/// `raw` without folders, invisible and forbidden characters, at most `MAX_NAME` long, with the ending of `media`.
pub fn clean(raw: &str, media: Media) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let line = text::clean_line(last);
    let plain: String = line
        .chars()
        .map(|c| if is_forbidden(c) { '_' } else { c })
        .collect();
    let trimmed = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = match trimmed.rsplit_once('.') {
        Some((stem, ending)) if is_ending_of(media, ending) => stem.trim_end(),
        _ => trimmed,
    };
    let mut short = String::new();
    for grapheme in stem.graphemes(true).take(MAX_NAME) {
        if short.len() + grapheme.len() > MAX_NAME_BYTES {
            break;
        }
        short.push_str(grapheme);
    }
    let short = short.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = match (short.is_empty(), media.is_image()) {
        (false, _) => short,
        (true, true) => "画像",
        (true, false) => "ファイル",
    };
    format!("{stem}.{}", media.ending())
}

/// What a file system or a shell takes for something else.
fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | '`' | '$' | ';'
    )
}

/// Whether `ending` says truly what the file is; the endings of images go with their old form.
fn is_ending_of(media: Media, ending: &str) -> bool {
    let ending = ending.to_lowercase();
    match media {
        Media::Jpeg | Media::Png => {
            ["jpg", "jpeg", "png", "webp", "gif"].contains(&ending.as_str())
        }
        _ => ending == media.ending(),
    }
}

/// Everything but RFC 5987's attr-char.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'~');

/// A Content-Disposition that has the file saved under `name`; old programs save it as `file` (RFC 6266).
pub fn saved_as(name: &str, media: Media) -> String {
    format!(
        "attachment; filename=\"file.{}\"; filename*=UTF-8''{}",
        media.ending(),
        utf8_percent_encode(name, ENCODED)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lead_nowhere() {
        for (raw, cleaned) in [
            ("提出箱の手引き.pdf", "提出箱の手引き.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\aoi\\Desktop\\手引き.PDF", "手引き.pdf"),
            ("a\0b\r\nSet-Cookie: x.pdf", "ab Set-Cookie_ x.pdf"),
            ("手引き\u{202e}fdp.exe", "手引きfdp.exe.pdf"),
            (".htaccess", "htaccess.pdf"),
            ("...", "ファイル.pdf"),
            ("", "ファイル.pdf"),
            ("\u{200b}\u{feff}", "ファイル.pdf"),
            ("page.html", "page.html.pdf"),
            ("a.pdf.pdf", "a.pdf.pdf"),
            ("CON<script>.pdf", "CON_script_.pdf"),
            ("a .pdf", "a.pdf"),
            ("folder/", "ファイル.pdf"),
        ] {
            assert_eq!(clean(raw, Media::Pdf), cleaned, "{raw:?}");
        }
        assert_eq!(clean("IMG_0001.JPEG", Media::Jpeg), "IMG_0001.jpg");
        assert_eq!(clean("動き.gif", Media::Png), "動き.png");
        assert_eq!(clean("x.svg", Media::Png), "x.svg.png");
    }

    #[test]
    fn names_are_short() {
        let edge = "あ".repeat(MAX_NAME);
        assert_eq!(
            clean(&format!("{edge}.pdf"), Media::Pdf),
            format!("{edge}.pdf")
        );
        assert_eq!(
            clean(&format!("{edge}い.pdf"), Media::Pdf),
            format!("{edge}.pdf")
        );
        let tower = format!("a{}", "\u{301}".repeat(10_000));
        assert!(clean(&tower, Media::Pdf).len() <= MAX_NAME_BYTES + 5);
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_sound_one(raw in "\\PC{0,300}|[./\\\\\\x00-\\x1f\u{202a}-\u{202e}a-z]{0,60}", place in 0..6_usize) {
            use crate::db::types::Word;
            let media = Media::ALL[place];
            let name = clean(&raw, media);
            let ending = format!(".{}", media.ending());
            prop_assert!(name.ends_with(&ending) && name.len() > ending.len());
            prop_assert!(!name.starts_with('.') && !name.starts_with(' '));
            prop_assert!(name.len() <= MAX_NAME_BYTES + ending.len());
            let unsound = |c: char| c.is_control() || c == '/' || c == '\\' || is_forbidden(c) || ('\u{202a}'..='\u{202e}').contains(&c);
            prop_assert!(!name.chars().any(unsound), "{name:?}");
            prop_assert_eq!(&clean(&name, media), &name, "cleaning twice changes nothing");
            let header = saved_as(&name, media);
            prop_assert!(header.bytes().all(|b| (0x20..0x7f).contains(&b)), "{header}");
        }
    }
}
