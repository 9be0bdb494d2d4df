//! The text part of a letter: lines that fit what gateways leave of them.

/// Columns of a line of text; a Japanese character takes two, so 38 of them.
pub const COLUMNS: usize = 76;
/// Columns of an extract: two lines.
pub const EXTRACT_COLUMNS: usize = 2 * (COLUMNS - 2);
/// Between the parts of a letter.
pub const RULE: &str = "────────────────────";

pub fn columns(c: char) -> usize {
    match c {
        '\u{20}'..='\u{7e}' | '\u{ff61}'..='\u{ff9f}' => 1,
        _ => 2,
    }
}

/// At most so many columns, with … where something is left out.
pub fn cut(text: &str, most: usize) -> String {
    let whole: usize = text.chars().map(columns).sum();
    if whole <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(columns('…'));
    let mut kept = String::new();
    for c in text.chars() {
        if columns(c) > room {
            break;
        }
        room -= columns(c);
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// What no line begins with.
const CLOSING: &str = "、。，．・：；？！」』）】〉》ーっゃゅょッャュョ…／々%)]}";

/// Lines of at most `COLUMNS` columns. A word of plain letters stays whole where a line can hold it.
pub fn wrapped(text: &str) -> Vec<String> {
    if !text.is_empty() && text.chars().map(columns).sum::<usize>() <= COLUMNS - 2 {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        let width: usize = piece.chars().map(columns).sum();
        // A closing sign may take the last two columns that others leave free.
        let closing = piece.chars().all(|c| CLOSING.contains(c));
        let most = if closing { COLUMNS } else { COLUMNS - 2 };
        if used + width > most && used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push_str(piece);
        used += width;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Single characters, and words of plain letters that are not too long for half a line.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest
            .char_indices()
            .find(|(_, c)| !c.is_ascii_graphic())
            .map_or(rest.len(), |(at, _)| at);
        let length = if (1..=COLUMNS / 2).contains(&word) {
            word
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_narrowest_gateway() {
        let long = "x".repeat(200);
        for text in [
            "体育館で学年全員がロイロに入ると、途中から白い画面になります。前の日に教室で開いておくと止まらない、とのことでした。Chromebook 40 台。",
            "あ、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、、",
            "ｱｲｳｴｵ㈱①👩‍🏫🇯🇵 e\u{301}\u{301}\u{301}",
            long.as_str(),
            "https://example.com/x をGoogle Classroomに貼るとGoogle Classroomの課題で開けないGoogle Classroom",
        ] {
            let lines = wrapped(text);
            assert_eq!(lines.concat(), text);
            for line in &lines {
                let width: usize = line.chars().map(columns).sum();
                assert!(width <= COLUMNS, "{width}: {line}");
            }
        }
        // A word that does not fit any more begins the next line whole.
        let broken = wrapped(&format!("{}Chromebookです", "あ".repeat(34)));
        assert_eq!(broken.get(1).map(String::as_str), Some("Chromebookです"));
        assert_eq!(wrapped(""), Vec::<String>::new());
    }

    #[test]
    fn extracts_are_cut_to_two_lines() {
        assert_eq!(cut("あいう", 6), "あいう");
        assert_eq!(cut("あいうえ", 6), "あい…");
        assert_eq!(cut("あaいうえ", 6), "あa…");
        let two = cut(&"長い文章。".repeat(100), EXTRACT_COLUMNS);
        assert_eq!(wrapped(&two).len(), 2);
    }
}
