//! Secrets that prove something: session cookies, bearer tokens, links in mails. Only their SHA-256 is stored; 256
//! random bits need no salt.

use std::fmt;

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

/// What came with a request to prove who asks.
#[derive(Clone, Debug)]
pub enum Credentials {
    None,
    Cookie(Secret),
    Bearer(Secret),
}
