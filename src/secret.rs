//! Secrets that prove something: session cookies, bearer tokens, links in mails. Only their SHA-256 is stored; 256
//! random bits need no salt.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::id::random_bytes;

/// A secret to be handed out once. Its Debug shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new() -> Secret {
        Secret(data_encoding::BASE64URL_NOPAD.encode(&random_bytes::<32>()))
    }

    /// What somebody presented.
    pub fn presented(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }
}

impl Default for Secret {
    fn default() -> Secret {
        Secret::new()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A key of this forum that stands outside its database. Its Debug shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new() -> Key {
        Key(random_bytes())
    }

    /// 64 hexadecimal digits, spaces round them; None for anything else.
    pub fn parse(text: &str) -> Option<Key> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()?;
        bytes.try_into().ok().map(Key)
    }

    /// As `parse` reads it.
    pub fn reveal(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of `purpose` and `parts`, in hexadecimal. No purpose is the beginning of another:
    /// a zero byte ends it.
    pub fn hmac(&self, purpose: &str, parts: &[&[u8]]) -> String {
        // A MAC takes keys of any length; one of another length than the block's never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        for part in parts {
            mac.update(part);
        }
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
    }
}

impl Default for Key {
    fn default() -> Key {
        Key::new()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What came with a request to prove who asks.
#[derive(Clone, Debug)]
pub enum Credentials {
    None,
    Cookie(Secret),
    Bearer(Secret),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written_and_never_shown() {
        let key = Key::new();
        let text = key.reveal();
        assert_eq!(Key::parse(&format!(" {text}\n")), Some(key.clone()));
        assert_eq!(Key::parse(&text.to_uppercase()), Some(key.clone()));
        assert!(!format!("{key:?}").contains(&text));
        for wrong in ["", "00", &text.replace('a', "g"), &format!("{text}00")] {
            assert!(wrong == text || Key::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_hmac_is_the_standards() {
        // The expected value was computed by another implementation (Python's hmac).
        let key = Key([0x0b; 32]);
        assert_eq!(
            key.hmac("x", &[b"Hi ", b"There"]),
            key.hmac("x", &[b"Hi There"])
        );
        assert_ne!(key.hmac("x", &[b"Hi There"]), key.hmac("xH", &[b"i There"]));
        assert_eq!(key.hmac("x", &[b"Hi There"]), EXPECTED);
    }

    const EXPECTED: &str = "fb97f878adab59388c0005f1a04a7a1b552b4f8a68d3e552971c23749c309eea";
}
