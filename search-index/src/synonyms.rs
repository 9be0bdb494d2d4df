//! Words that mean the same to somebody who searches: groups as data, and their text form, one group a line. They
//! widen a query when it is asked, so that a changed list takes effect at once and the index knows nothing of it.

/// A group of words, or of short phrases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynonymGroup {
    pub effect: Effect,
    /// Each of them finds all the others.
    pub words: Vec<String>,
    /// Found by each of `words`, but finding nothing themselves.
    pub narrower: Vec<String>,
}

/// What a group does to a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// Threads with another word of the group are found as well, below those with the word itself.
    #[default]
    Expand,
    /// As [`Effect::Expand`], but weighing little: for words that are everywhere.
    Weak,
    /// The words are never expanded, whatever other groups say.
    Keep,
}

/// The list that a new forum begins with, in the form that [`SynonymGroup::parse`] reads.
pub const DEFAULT_SYNONYMS: &str = include_str!("../data/synonyms.txt");

/// Most words of one group, the narrower ones among them.
pub const MAX_GROUP_WORDS: usize = 30;

/// Most characters of one word.
pub const MAX_SYNONYM_CHARS: usize = 40;

impl SynonymGroup {
    /// Reads one line: `a | b > c`, with `~` (weak) or `!` (keep) before it; `⊃` is `>` and full-width signs are
    /// taken as well. Empty words vanish; blank lines and comments (`#`) are `None`.
    pub fn parse(line: &str) -> Option<SynonymGroup> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (effect, rest) = if let Some(rest) = line.strip_prefix(['~', '～']) {
            (Effect::Weak, rest)
        } else if let Some(rest) = line.strip_prefix(['!', '！']) {
            (Effect::Keep, rest)
        } else {
            (Effect::Expand, line)
        };
        let (words, narrower) = rest.split_once(['>', '＞', '⊃']).unwrap_or((rest, ""));
        let list = |text: &str| -> Vec<String> {
            text.split(['|', '｜'])
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(ToOwned::to_owned)
                .collect()
        };
        let group = SynonymGroup {
            effect,
            words: list(words),
            narrower: list(narrower),
        };
        (!group.words.is_empty()).then_some(group)
    }

    /// All groups of a text, line by line.
    pub fn parse_all(text: &str) -> Vec<SynonymGroup> {
        text.lines().filter_map(SynonymGroup::parse).collect()
    }
}

/// The line that [`SynonymGroup::parse`] reads back.
impl std::fmt::Display for SynonymGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.effect {
            Effect::Expand => {}
            Effect::Weak => f.write_str("~ ")?,
            Effect::Keep => f.write_str("! ")?,
        }
        f.write_str(&self.words.join(" | "))?;
        if !self.narrower.is_empty() {
            write!(f, " > {}", self.narrower.join(" | "))?;
        }
        Ok(())
    }
}

/// Groups made ready for widening queries. Cheap to ask, made anew when the groups change.
#[derive(Clone, Debug, Default)]
pub struct Synonyms {
    groups: Vec<SynonymGroup>,
}

impl Synonyms {
    pub fn new(groups: &[SynonymGroup]) -> Synonyms {
        Synonyms {
            groups: groups.to_vec(),
        }
    }

    /// The default list, ready.
    pub fn default_list() -> Synonyms {
        Synonyms::new(&SynonymGroup::parse_all(DEFAULT_SYNONYMS))
    }

    /// No groups: queries stay as they are.
    pub fn none() -> Synonyms {
        Synonyms::default()
    }

    /// The groups it was made of.
    pub fn groups(&self) -> &[SynonymGroup] {
        &self.groups
    }
}
