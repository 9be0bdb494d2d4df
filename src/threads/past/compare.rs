//! What was changed between two versions of a text: first line by line, then word by word inside lines that were
//! rewritten. Japanese has no blanks between words, so that islands of one or two characters that happen to be the same
//! are taken as part of the change round them.

use std::time::Duration;

use similar::{DiffTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation;

/// After this the rest is compared more coarsely: what comes out is still true, only less fine.
const PATIENCE: Duration = Duration::from_millis(50);
/// Graphemes of an island between two changes that is taken as changed too.
const ISLAND: usize = 2;
/// Rewritten lines that have less than this in common are shown one after the other.
const IN_COMMON: f32 = 0.3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Same,
    Added,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub change: Change,
    pub text: String,
}

/// A stretch that both texts share, or one that was rewritten.
enum Stretch {
    Same(String),
    Changed { old: String, new: String },
}

/// The two texts as pieces: those that are the same and those that were removed make `old`, those that are the same and
/// those that were added make `new`.
pub fn compare(old: &str, new: &str) -> Vec<Piece> {
    let lines = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut stretches = Vec::new();
    for (tag, old, new) in parts(&lines) {
        if tag == DiffTag::Replace {
            stretches.extend(rewritten(old, new));
        } else {
            stretches.push(stretch(tag, old, new));
        }
    }
    pieces(stretches)
}

/// The operations of a comparison with the texts that they are about.
fn parts(diff: &TextDiff<'_, '_, '_, str>) -> Vec<(DiffTag, String, String)> {
    diff.ops()
        .iter()
        .map(|op| {
            let (tag, old, new) = op.as_tag_tuple();
            let old = diff.old_slices().get(old).unwrap_or_default().concat();
            let new = diff.new_slices().get(new).unwrap_or_default().concat();
            (tag, old, new)
        })
        .collect()
}

fn stretch(tag: DiffTag, old: String, new: String) -> Stretch {
    if tag == DiffTag::Equal {
        Stretch::Same(new)
    } else {
        Stretch::Changed { old, new }
    }
}

/// Lines that were rewritten, word by word.
fn rewritten(old: String, new: String) -> Vec<Stretch> {
    let words = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_unicode_words(&old, &new);
    if words.ratio() < IN_COMMON {
        return vec![Stretch::Changed { old, new }];
    }
    let mut all: Vec<Stretch> = Vec::new();
    for (tag, old, new) in parts(&words) {
        all.push(stretch(tag, old, new));
        // An island is known as one when the change behind it is there.
        if let [
            ..,
            Stretch::Changed { .. },
            Stretch::Same(island),
            Stretch::Changed { .. },
        ] = all.as_slice()
            && island.graphemes(true).count() <= ISLAND
        {
            let (last, island, first) = (all.pop(), all.pop(), all.pop());
            if let (
                Some(Stretch::Changed { old, new }),
                Some(Stretch::Same(island)),
                Some(Stretch::Changed {
                    old: mut before,
                    new: mut after,
                }),
            ) = (last, island, first)
            {
                before.push_str(&island);
                before.push_str(&old);
                after.push_str(&island);
                after.push_str(&new);
                all.push(Stretch::Changed {
                    old: before,
                    new: after,
                });
            }
        }
    }
    all
}

/// Written out, what was removed before what was added, without empty ones and with neighbours of one kind joined.
fn pieces(stretches: Vec<Stretch>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let mut push = |change: Change, text: String| match all.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.change == change => last.text.push_str(&text),
        _ => all.push(Piece { change, text }),
    };
    for stretch in stretches {
        match stretch {
            Stretch::Same(text) => push(Change::Same, text),
            Stretch::Changed { old, new } => {
                push(Change::Removed, old);
                push(Change::Added, new);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        compare(old, new)
            .iter()
            .map(|piece| match piece.change {
                Change::Same => piece.text.clone(),
                Change::Added => format!("[+{}]", piece.text),
                Change::Removed => format!("[-{}]", piece.text),
            })
            .collect()
    }

    #[test]
    fn what_was_rewritten_is_shown_word_by_word() {
        assert_eq!(
            shown("体育館で止まります。", "体育館で止まります。"),
            "体育館で止まります。"
        );
        assert_eq!(
            shown(
                "はじめの行\n教室ではChromebookで開けます。\nおわり\n",
                "はじめの行\n教室ではiPadで開けます。\nおわり\n"
            ),
            "はじめの行\n教室では[-Chromebook][+iPad]で開けます。\nおわり\n"
        );
        assert_eq!(shown("一\n二\n", "一\n間\n二\n"), "一\n[+間\n]二\n");
        assert_eq!(shown("一\n二\n", "一\n"), "一\n[-二\n]");
        assert_eq!(shown("", "はじめて"), "[+はじめて]");
        // Nothing in common but a particle: no salad of single characters.
        assert_eq!(
            shown("明日の朝に開く", "きのう夜に閉じた"),
            "[-明日の朝に開く][+きのう夜に閉じた]"
        );
    }

    fn put_together(pieces: &[Piece], but: Change) -> String {
        pieces
            .iter()
            .filter(|piece| piece.change != but)
            .map(|piece| piece.text.as_str())
            .collect()
    }

    proptest! {
        #[test]
        fn the_pieces_make_both_texts(
            old in "([あいの人ア体A ]{0,6}\n?){0,8}",
            new in "([あいの人ア体A ]{0,6}\n?){0,8}",
        ) {
            let pieces = compare(&old, &new);
            prop_assert_eq!(put_together(&pieces, Change::Added), old);
            prop_assert_eq!(put_together(&pieces, Change::Removed), new);
        }

        #[test]
        fn any_text_can_be_compared(old in any::<String>(), new in any::<String>()) {
            let pieces = compare(&old, &new);
            prop_assert_eq!(put_together(&pieces, Change::Added), old);
            prop_assert_eq!(put_together(&pieces, Change::Removed), new);
            for pair in pieces.windows(2) {
                prop_assert_ne!(pair[0].change, pair[1].change);
            }
            prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
        }
    }
}
