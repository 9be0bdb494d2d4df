//! What is like a text is asked with the text's rarest pieces alone. All of them would find half of a large forum, and to
//! put all of that into ranks takes a reader's time for nothing: what is like it has a rare piece in common, if anything.

use tantivy::{Searcher, TantivyError, Term as Token};

use super::interpret::{Interpretation, Piece};
use super::term::Chain;
use crate::schema::Fields;

/// Keeps the rarest pieces, as many as stand in `most` threads together, and at least one. A text whose pieces are all
/// rare enough stays as it is: in a forum of a few thousand threads, any text.
pub(crate) fn narrow(
    asked: &mut Interpretation,
    most: u64,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<(), TantivyError> {
    let mut counted = Vec::new();
    for piece in asked.telling() {
        counted.push((frequency(piece, fields, searcher)?, piece.clone()));
    }
    let all: u64 = counted.iter().map(|(count, _)| count).sum();
    if all <= most {
        return Ok(());
    }
    counted.sort_by_key(|(count, _)| *count);
    let mut sum = 0;
    asked.pieces = counted
        .into_iter()
        .enumerate()
        .take_while(|(place, (count, _))| {
            sum += count;
            *place == 0 || sum <= most
        })
        .map(|(_, (_, piece))| piece)
        .collect();
    asked.narrowed = true;
    Ok(())
}

/// In how many threads at most a piece stands, or what may stand for it.
fn frequency(piece: &Piece, fields: &Fields, searcher: &Searcher) -> Result<u64, TantivyError> {
    let mut count = bound(&piece.chain, fields, searcher)?;
    for other in &piece.alternatives {
        count += bound(&other.chain, fields, searcher)?;
    }
    Ok(count)
}

/// No more than its rarest token.
fn bound(words: &Chain, fields: &Fields, searcher: &Searcher) -> Result<u64, TantivyError> {
    let mut rarest = None;
    for (_, token) in words {
        let mut count = 0;
        for field in [fields.title, fields.body, fields.replies, fields.names] {
            count += searcher.doc_freq(&Token::from_field_text(field, token))?;
        }
        rarest = Some(rarest.map_or(count, |least: u64| least.min(count)));
    }
    Ok(rarest.unwrap_or_default())
}
