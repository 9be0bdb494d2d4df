//! Spellings of one word made one: okurigana (取り組み, 取組), numbers before counters (一人一台, 1人1台), the
//! middle dot inside katakana names. A closed list of words that teachers write both ways, not a dictionary;
//! synonyms are no business of the analysis.

use std::sync::LazyLock;

use super::units::Unit;

/// Makes one spelling of those listed here. Characters that go leave their bytes to the one before.
pub(crate) fn unify(units: &mut Vec<Unit>) {
    drop_middle_dots(units);
    unify_words(units);
    unify_numbers(units);
}

/// デジタル・シティズンシップ is one name.
fn drop_middle_dots(units: &mut Vec<Unit>) {
    if units.iter().all(|unit| unit.c != '・') {
        return;
    }
    let katakana_after: Vec<bool> = units
        .iter()
        .skip(1)
        .map(|unit| unit.katakana)
        .chain([false])
        .collect();
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    for (unit, katakana_after) in units.iter().zip(katakana_after) {
        match out.last_mut() {
            Some(last) if unit.c == '・' && last.katakana && katakana_after => last.end = unit.end,
            _ => out.push(*unit),
        }
    }
    *units = out;
}

/// First kanji, okurigana between, second kanji, endings that fall away with it.
type Okurigana = (char, &'static [&'static str], char, &'static [&'static str]);

/// 取り組み/取組み/取組 and the like: held as the two kanji.
const OKURIGANA: &[Okurigana] = &[
    ('取', &["り"], '組', &["み"]),
    ('取', &["り"], '扱', &["い"]),
    ('取', &["り"], '込', &["み"]),
    ('取', &["り"], '出', &["し"]),
    ('取', &["り"], '消', &["し"]),
    ('打', &["ち"], '込', &["み"]),
    ('打', &["ち"], '合', &["わせ", "せ"]),
    ('引', &["き"], '継', &["ぎ"]),
    ('引', &["き"], '出', &["し"]),
    ('申', &["し"], '込', &["み"]),
    ('問', &["い"], '合', &["わせ", "せ"]),
    ('組', &["み"], '合', &["わせ", "せ"]),
    ('話', &["し"], '合', &["い"]),
    ('受', &["け"], '付', &["け"]),
    ('貼', &["り"], '付', &["け"]),
    ('振', &["り"], '返', &["り"]),
    ('振', &["り"], '替', &["え"]),
    ('繰', &["り"], '返', &["し"]),
    ('書', &["き"], '込', &["み"]),
    ('書', &["き"], '出', &["し"]),
    ('読', &["み"], '込', &["み"]),
    ('読', &["み"], '上', &["げ"]),
    ('立', &["ち"], '上', &["げ"]),
    ('割', &["り"], '当', &["て"]),
    ('入', &["れ"], '替', &["え"]),
    ('切', &["り"], '替', &["え"]),
    ('差', &["し"], '替', &["え"]),
    ('置', &["き"], '換', &["え"]),
    ('持', &["ち"], '帰', &["り"]),
    ('使', &["い"], '分', &["け"]),
    ('貸', &["し"], '出', &["し"]),
    ('呼', &["び"], '出', &["し"]),
    ('締', &["め"], '切', &["り"]),
    ('手', &[], '続', &["き"]),
    ('支', &[], '払', &["い"]),
];

/// Whole words, longest first where one begins another.
const WORDS: &[(&str, &str)] = &[
    ("ふりかえり", "振返"),
    ("ひとりひとり", "一人一人"),
    ("一人ひとり", "一人一人"),
    ("1人ひとり", "一人一人"),
    ("ひとり一台", "一人一台"),
    ("ひとり1台", "一人一台"),
    ("見とおし", "見通し"),
    ("子ども", "子供"),
    ("こども", "子供"),
    ("友だち", "友達"),
    ("ともだち", "友達"),
    ("もちかえり", "持帰"),
    ("ひきつぎ", "引継"),
    ("とりくみ", "取組"),
    ("もうしこみ", "申込"),
    ("といあわせ", "問合"),
    ("うちあわせ", "打合"),
    ("うちこみ", "打込"),
    ("かきこみ", "書込"),
    ("くみあわせ", "組合"),
    ("はなしあい", "話合"),
    ("わりあて", "割当"),
    ("うけつけ", "受付"),
    ("みとおし", "見通し"),
    ("つかいかた", "使い方"),
    ("やりかた", "やり方"),
    ("繋が", "つなが"),
    ("出来な", "できな"),
    ("出来る", "できる"),
    ("出来ま", "できま"),
    ("出来た", "できた"),
    ("出来て", "できて"),
    ("分から", "わから"),
    ("上手く", "うまく"),
];

/// 中学年 are grades of a primary school, no 中学: its first character is held as one that nobody types.
const MIDDLE_GRADES: &str = "中学年";
const MIDDLE_GRADES_HEAD: char = '\u{fa0e}';
/// Behind 中学年 these make other words of it: 中学年間, 中学年度, 中学年次.
const NO_GRADES: &str = "間度次";

/// One bit for each character of the basic plane that something here begins with: nearly all of a text begins nothing.
static BEGINNINGS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; 1 << 10];
    let words = WORDS.iter().map(|(from, _)| *from).chain([MIDDLE_GRADES]);
    let words = words.filter_map(|word| word.chars().next());
    for c in words.chain(OKURIGANA.iter().map(|entry| entry.0)) {
        let (place, bit) = place(c);
        if let Some(bits) = bits.get_mut(place) {
            *bits |= bit;
        }
    }
    bits
});

fn place(c: char) -> (usize, u64) {
    let code = u32::from(c);
    ((code >> 6) as usize, 1 << (code & 63))
}

fn begins(c: char) -> bool {
    let (place, bit) = place(c);
    BEGINNINGS.get(place).is_some_and(|bits| bits & bit != 0)
}

fn unify_words(units: &mut Vec<Unit>) {
    if !units.iter().any(|unit| begins(unit.c)) {
        return;
    }
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    let mut rest = units.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if !begins(first.c) {
            out.push(*first);
            rest = after;
        } else if let Some((word, taken)) = WORDS
            .iter()
            .find_map(|(from, to)| Some((to, taken(rest, from)?)))
        {
            let end = rest
                .get(taken.saturating_sub(1))
                .map_or(first.end, |last| last.end);
            out.extend(word.chars().map(|c| Unit {
                c,
                start: first.start,
                end,
                katakana: false,
            }));
            rest = rest.get(taken..).unwrap_or_default();
        } else if taken(rest, MIDDLE_GRADES).is_some()
            && !rest.get(3).is_some_and(|next| NO_GRADES.contains(next.c))
        {
            out.push(Unit {
                c: MIDDLE_GRADES_HEAD,
                ..*first
            });
            rest = after;
        } else if let Some((second, taken, end)) = okurigana(rest) {
            out.push(*first);
            out.push(Unit { end, ..second });
            rest = rest.get(taken..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    *units = out;
}

/// The second kanji of the compound that `rest` begins with, how many units it takes, and its last byte.
fn okurigana(rest: &[Unit]) -> Option<(Unit, usize, usize)> {
    let first = rest.first()?.c;
    OKURIGANA
        .iter()
        .filter(|entry| entry.0 == first)
        .find_map(|(_, between, kanji, endings)| {
            let ending_taken = |from: usize, choices: &[&str]| {
                choices
                    .iter()
                    .find_map(|choice| taken(rest.get(from..)?, choice))
                    .unwrap_or(0)
            };
            let at = 1 + ending_taken(1, between);
            let second = *rest.get(at).filter(|unit| unit.c == *kanji)?;
            let all = at + 1 + ending_taken(at + 1, endings);
            Some((second, all, rest.get(all - 1)?.end))
        })
}

/// The length of `word` in units when `rest` begins with it.
fn taken(rest: &[Unit], word: &str) -> Option<usize> {
    let mut count = 0;
    for c in word.chars() {
        if rest.get(count)?.c != c {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// What is counted with a number in school life; 三年生 is 3年生, but 三角 stays.
const COUNTERS: &str = "人台年組月日回本枚個件歳才名週点限章校学期番度班冊秒階級段分時つか";

/// Longest kanji number that is read as one (二千二十六).
const MAX_NUMERAL: usize = 8;

fn unify_numbers(units: &mut Vec<Unit>) {
    let counts = |unit: &Unit| is_numeral(unit.c) || is_small_counter(*unit);
    if !units.iter().any(counts) {
        return;
    }
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    let mut rest = units.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let len = rest.iter().take_while(|unit| is_numeral(unit.c)).count();
        let (numeral, tail) = rest.split_at(len);
        let value = tail
            .first()
            .and_then(|counter| number_before(numeral, *counter));
        if let (Some(value), Some(last)) = (value, numeral.last()) {
            let digits = value.to_string();
            out.extend(digits.chars().map(|c| Unit {
                c,
                start: first.start,
                end: last.end,
                katakana: false,
            }));
            rest = tail;
        } else if len > 0 {
            out.extend_from_slice(numeral);
            rest = tail;
        } else {
            out.push(month_counter(*first, out.last(), after.first()));
            rest = after;
        }
    }
    *units = out;
}

/// 1ヶ月, 1ヵ月, 1カ月, 1箇月 are 1か月.
fn month_counter(unit: Unit, before: Option<&Unit>, after: Option<&Unit>) -> Unit {
    let counted = before.is_some_and(|unit| unit.c.is_ascii_digit());
    let noun = after.is_some_and(|unit| matches!(unit.c, '月' | '年' | '所' | '国' | '校'));
    if counted && noun && is_small_counter(unit) {
        Unit { c: 'か', ..unit }
    } else {
        unit
    }
}

fn is_small_counter(unit: Unit) -> bool {
    unit.c == '箇' || (unit.c == 'け' && unit.katakana)
}

fn is_numeral(c: char) -> bool {
    matches!(
        c,
        '〇' | '零'
            | '一'
            | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '百'
            | '千'
    )
}

fn number_before(numeral: &[Unit], counter: Unit) -> Option<u32> {
    if numeral.is_empty() || numeral.len() > MAX_NUMERAL {
        return None;
    }
    if !COUNTERS.contains(counter.c) && !is_small_counter(counter) {
        return None;
    }
    // 十分 and 一時 are words of their own far more often than ten minutes and one o'clock.
    if let [only] = numeral
        && matches!((only.c, counter.c), ('十', '分') | ('一', '時'))
    {
        return None;
    }
    let positional = numeral
        .iter()
        .any(|unit| matches!(unit.c, '十' | '百' | '千'));
    let (mut sum, mut digits) = (0u32, 0u32);
    for unit in numeral {
        match unit.c {
            '十' | '百' | '千' => {
                let scale = match unit.c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1000,
                };
                sum = sum.checked_add(digits.max(1).checked_mul(scale)?)?;
                digits = 0;
            }
            c => {
                let digit = "零一二三四五六七八九"
                    .chars()
                    .position(|d| d == c)
                    .unwrap_or(0);
                digits = digits
                    .checked_mul(10)?
                    .checked_add(u32::try_from(digit).ok()?)?;
            }
        }
    }
    Some(if positional {
        sum.checked_add(digits)?
    } else {
        digits
    })
}
