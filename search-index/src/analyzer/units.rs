//! The first step of the analysis: text to normalised characters that remember which bytes of the original
//! they came from. NFKC works on clusters (a base character with its marks), so that half-width kana compose
//! with their dakuten while every character keeps its place. Nothing here knows words or tokens.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// One normalised character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) c: char,
    /// First byte of the original that it stands for.
    pub(crate) start: usize,
    /// One past the last byte of the original that it stands for.
    pub(crate) end: usize,
    /// It was written in katakana (it is held as hiragana).
    pub(crate) katakana: bool,
}

/// NFKC by cluster, lower case, katakana as hiragana, one spelling of ヴ and of small vowels, dashes after
/// katakana as ー, repeated ー as one, characters without width deleted.
pub(crate) fn units(text: &str) -> Vec<Unit> {
    let mut out: Vec<Unit> = Vec::with_capacity(text.len() / 3 + 1);
    let mut cluster = String::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        let mut extended = false;
        while let Some(&(at, c)) = rest.peek() {
            if !extends(c) {
                break;
            }
            if !extended {
                cluster.clear();
                push_visible(&mut cluster, first);
                extended = true;
            }
            push_visible(&mut cluster, c);
            end = at + c.len_utf8();
            rest.next();
        }
        if extended {
            push_normalised(&mut out, cluster.nfkc(), start..end);
        } else if is_plain(first) {
            push(&mut out, first.to_ascii_lowercase(), start..end);
        } else if !is_invisible(first) {
            push_normalised(&mut out, std::iter::once(first).nfkc(), start..end);
        }
    }
    for unit in &mut out {
        if unit.c == 'ゔ' {
            unit.c = 'ぶ';
        }
    }
    out
}

/// Removes the ー that may be left out: the last of a katakana word of four or more characters (サーバー,
/// サーバ), or of as long a run of kana when the word was typed in hiragana.
pub(crate) fn drop_final_long_vowels(units: &mut Vec<Unit>) {
    if units.iter().all(|unit| unit.c != 'ー') {
        return;
    }
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    let (mut katakana_run, mut kana_run) = (0usize, 0usize);
    let mut rest = units.iter().peekable();
    while let Some(unit) = rest.next() {
        kana_run = if is_kana(unit.c) { kana_run + 1 } else { 0 };
        katakana_run = if unit.katakana { katakana_run + 1 } else { 0 };
        let next = rest.peek();
        let word_ends = if unit.katakana {
            !next.is_some_and(|next| next.katakana)
        } else {
            !next.is_some_and(|next| is_kana(next.c))
        };
        let run = if unit.katakana {
            katakana_run
        } else {
            kana_run
        };
        if unit.c == 'ー' && word_ends && run >= LONG_VOWEL_MIN_RUN {
            if let Some(last) = out.last_mut() {
                last.end = unit.end;
            }
            continue;
        }
        out.push(*unit);
    }
    *units = out;
}

/// A final ー is optional from this length on, counted with the ー; shorter words (キー, コピー)
/// keep it in every style.
const LONG_VOWEL_MIN_RUN: usize = 4;

fn push_visible(cluster: &mut String, c: char) {
    if !is_invisible(c) {
        cluster.push(c);
    }
}

fn push_normalised(out: &mut Vec<Unit>, chars: impl Iterator<Item = char>, bytes: Range<usize>) {
    for c in chars {
        for lower in c.to_lowercase() {
            push(out, lower, bytes.clone());
        }
    }
}

fn push(out: &mut Vec<Unit>, c: char, bytes: Range<usize>) {
    if !is_plain(c) && (canonical_combining_class(c) != 0 || is_invisible(c)) {
        return; // a mark that did not compose: a spelling detail, nothing to search for
    }
    let after_katakana = out.last().is_some_and(|last| last.katakana);
    let (c, katakana) = match c {
        'ー' => (c, after_katakana),
        _ if after_katakana && is_dash(c) => ('ー', true),
        _ => fold_kana(c),
    };
    if let Some(last) = out.last_mut() {
        if c == 'ー' && last.c == 'ー' {
            last.end = bytes.end;
            return;
        }
        if last.c == 'ゔ' {
            let folded = match c {
                'あ' => Some('ば'),
                'い' => Some('び'),
                'え' => Some('べ'),
                'お' => Some('ぼ'),
                _ => None,
            };
            if let Some(folded) = folded {
                last.c = folded;
                last.end = bytes.end;
                return;
            }
            last.c = if c == 'ゅ' { 'び' } else { 'ぶ' };
        }
    }
    out.push(Unit {
        c,
        start: bytes.start,
        end: bytes.end,
        katakana,
    });
}

/// The hiragana of a kana and whether it was katakana; small vowels become large (ウェブ, ウエブ).
fn fold_kana(c: char) -> (char, bool) {
    let (hiragana, katakana) = match c {
        'ヷ' => ('ば', true),
        'ヸ' => ('び', true),
        'ヹ' => ('べ', true),
        'ヺ' => ('ぼ', true),
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => (char::from_u32(u32::from(c) - 0x60).unwrap_or(c), true),
        _ => (c, false),
    };
    let large = match hiragana {
        'ぁ' => 'あ',
        'ぃ' => 'い',
        'ぅ' => 'う',
        'ぇ' => 'え',
        'ぉ' => 'お',
        'ゎ' => 'わ',
        'ゕ' => 'か',
        'ゖ' => 'け',
        _ => hiragana,
    };
    (large, katakana)
}

/// Characters for which NFKC does nothing: skips the tables for nearly all of a text.
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '一'..='鿿' | '、' | '。')
}

fn extends(c: char) -> bool {
    if c < '\u{300}' {
        return c == '\u{ad}';
    }
    if is_plain(c) {
        return false; // nearly all, without a look into the tables
    }
    matches!(c, 'ﾞ' | 'ﾟ' | '\u{1161}'..='\u{11ff}')
        || is_invisible(c)
        || canonical_combining_class(c) != 0
}

/// Zero-width characters, direction marks, variation selectors: nobody can see or type them on purpose.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The dashes and lines that people type for a hyphen or a ー (after NFKC).
pub(crate) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{2501}' | '\u{fe58}'
    )
}

pub(crate) fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ゝ' | 'ゞ' | 'ー')
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '一'..='鿿' | '㐀'..='䶿' | '〇' | '\u{20000}'..='\u{3ffff}' | '\u{f900}'..='\u{faff}')
}

/// Kanji, kana and the iteration marks that stand for them.
pub(crate) fn is_cjk(c: char) -> bool {
    is_kana(c) || is_han(c) || matches!(c, '々' | '〆')
}
