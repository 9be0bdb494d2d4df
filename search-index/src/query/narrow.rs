//! What is like a text is asked in a large forum with the text's rarest pieces alone, and in titles and names alone. All of them
//! anywhere would find half of the forum, and to put all of that into ranks takes a reader's time for nothing: what is like
//! it has a rare piece in its title, if anything.

use tantivy::schema::Field;
use tantivy::{Searcher, TantivyError, Term as Token};

use super::build::short;
use super::interpret::{Interpretation, Piece};
use super::term::Chain;
use crate::schema::Fields;

/// The text may be of a thread that stands in the index: what it alone has finds nothing else.
const ITSELF: u64 = 1;

/// Keeps the rarest pieces, as many as stand in the titles or names of `most` threads together, and one that others have in
/// any case. A text whose pieces are all rare enough anywhere stays as it is: in a forum of a few thousand threads, any text.
pub(crate) fn narrow(
    asked: &mut Interpretation,
    most: u64,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<(), TantivyError> {
    let anywhere = [fields.title, fields.body, fields.replies, fields.names];
    let mut all = 0;
    let mut counted = Vec::new();
    for piece in asked.telling() {
        all += frequency(piece, &anywhere, searcher)?;
        counted.push((frequency(piece, &short(fields), searcher)?, piece.clone()));
    }
    if all <= most {
        return Ok(());
    }
    counted.sort_by_key(|(count, _)| *count);
    let mut sum = 0;
    asked.pieces = counted
        .into_iter()
        .take_while(|(count, _)| {
            let before = sum;
            sum += count;
            before <= ITSELF || sum <= most
        })
        .map(|(_, piece)| piece)
        .collect();
    asked.narrowed = true;
    Ok(())
}

/// In how many threads at most a piece stands in these fields, or what may stand for it.
fn frequency(piece: &Piece, fields: &[Field], searcher: &Searcher) -> Result<u64, TantivyError> {
    let mut count = bound(&piece.chain, fields, searcher)?;
    for other in &piece.alternatives {
        count += bound(&other.chain, fields, searcher)?;
    }
    Ok(count)
}

/// No more than its rarest token.
fn bound(words: &Chain, fields: &[Field], searcher: &Searcher) -> Result<u64, TantivyError> {
    let mut rarest = None;
    for (_, token) in words {
        let mut count = 0;
        for field in fields {
            count += searcher.doc_freq(&Token::from_field_text(*field, token))?;
        }
        rarest = Some(rarest.map_or(count, |least: u64| least.min(count)));
    }
    Ok(rarest.unwrap_or_default())
}
