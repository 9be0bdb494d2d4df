//! Lists, threads, follows and notices as Atom feeds (RFC 4287), for those who read the forum in a feed reader. Made of what
//! the other domains give; shows nothing that all readers, or the feed's owner, may not see.

pub mod http;
mod view;

/// Entries of a feed; a feed reader asks again before more than that is new.
pub const ENTRIES: usize = 50;
