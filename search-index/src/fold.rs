//! The key under which names compare equal in all spellings: tags and tools, which people type by hand. It
//! folds only what cannot tell two names apart; okurigana and numbers are left as they are.

use crate::analyzer::{drop_final_long_vowels, is_dash, units};

/// The folded key under which a tag or tool compares equal in all spellings: NFKC, lower case, one kana, no
/// final ー, and no dashes, spaces and middle dots inside. Empty when nothing else is in `text`. The key of a
/// key is the key itself.
pub fn fold_key(text: &str) -> String {
    let mut units = units(text);
    units.retain(|unit| !is_separator(unit.c));
    units.dedup_by(|next, unit| next.c == 'ー' && unit.c == 'ー');
    drop_final_long_vowels(&mut units);
    // Once more as the key reads, where katakana no longer shows, or the key would have another key.
    for unit in &mut units {
        unit.katakana = false;
    }
    drop_final_long_vowels(&mut units);
    units.into_iter().map(|unit| unit.c).collect()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_dash(c) || matches!(c, '・' | '·' | '_')
}
