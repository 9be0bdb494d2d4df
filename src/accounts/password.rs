//! Passwords: argon2id, hashed and verified on blocking threads, never more at once than there are cores.
//! This module never sees an address and never logs anything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::config::Config;
use crate::db::blocking;
use crate::error::{Error, FieldError, Result};
use crate::gate::Gate;
use crate::id::random_bytes;

/// NIST SP 800-63B: at least 8 where it is the only factor; we ask for 10.
pub const MIN_LENGTH: usize = 10;
/// Enough for any sentence; bounds the work.
pub const MAX_LENGTH: usize = 128;

/// How long a password waits for a core, and how many may wait.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST_WAITING: usize = 1_000;

/// A password as it was typed: NFKC, of allowed length. Has no Debug and no Display.
pub struct Password(String);

impl Password {
    /// # Errors
    /// A field error for `field` when it is too short, too long or too common.
    pub fn new(field: &str, raw: &str) -> std::result::Result<Password, FieldError> {
        let text: String = raw.nfkc().collect();
        let error = |code: &str, message: &str| FieldError {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
        };
        let length = text.graphemes(true).count();
        if length < MIN_LENGTH {
            return Err(error(
                "too_short",
                "パスワードは10文字以上にしてください。短い文にすると覚えやすくなります。",
            ));
        }
        if length > MAX_LENGTH || text.len() > MAX_LENGTH * 8 {
            return Err(error("too_long", "パスワードは128文字までにしてください。"));
        }
        let first = text.chars().next();
        if text.chars().all(|c| Some(c) == first) || COMMON.contains(&text.to_lowercase().as_str())
        {
            return Err(error(
                "too_common",
                "よく使われるパスワードです。ほかの人が思いつかないものにしてください。",
            ));
        }
        Ok(Password(text))
    }

    /// For signing in: any text, normalised in the same way.
    pub fn attempt(raw: &str) -> Password {
        let capped: String = raw.chars().take(MAX_LENGTH * 8).collect();
        Password(capped.nfkc().collect())
    }
}

const COMMON: [&str; 10] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "qwertyuiop",
    "password12",
    "password123",
    "passw0rd12",
    "iloveyou12",
    "1q2w3e4r5t",
    "abcdefghij",
];

/// What a check found. `rehash` is a new hash to store where the parameters have changed since.
pub struct Verdict {
    pub right: bool,
    pub rehash: Option<String>,
}

/// What argon2id works on, kept from one sign-in to the next: as much as there are places. Asked of the system each time,
/// it comes back in pieces, and a storm of sign-ins takes a gigabyte instead of two buffers.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

impl Memory {
    /// Whether `password` is the one of which `stored` was made, in a time that does not depend on the answer.
    fn matches(&self, password: &Password, stored: &PasswordHash) -> Result<bool> {
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(Error::internal)?;
        let version = match stored.version {
            Some(version) => Version::try_from(version).map_err(Error::internal)?,
            None => Version::default(),
        };
        let params = Params::try_from(stored).map_err(Error::internal)?;
        let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else {
            return Err(Error::internal("a stored password without salt or hash"));
        };
        let blocks = params.block_count();
        let mut buffer = self.kept().pop().unwrap_or_default();
        buffer.resize(blocks, Block::default());
        let mut made = vec![0; hash.as_bytes().len()];
        let argon2 = Argon2::new(algorithm, version, params);
        let done = argon2.hash_password_into_with_memory(
            password.0.as_bytes(),
            salt,
            &mut made,
            buffer.as_mut_slice(),
        );
        self.kept().push(buffer);
        done.map_err(Error::internal)?;
        Ok(made.ct_eq(hash.as_bytes()).into())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hashes and verifies with the configured parameters. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    places: Gate,
    memory: Memory,
    /// Verified for unknown addresses, so that they take as long as known ones.
    dummy: Arc<str>,
}

impl Hasher {
    /// # Errors
    /// `Internal` when the parameters are outside what argon2 allows.
    pub fn new(config: &Config) -> Result<Hasher> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_iterations, 1, None)
            .map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = data_encoding::HEXLOWER.encode(&random_bytes::<16>());
        let dummy = hash(&argon2, &Password(nobody))?.into();
        Ok(Hasher {
            argon2,
            places: Gate::new(cores, PATIENCE, MOST_WAITING),
            memory: Memory::default(),
            dummy,
        })
    }

    /// A PHC string with a fresh salt.
    pub async fn hash(&self, password: Password) -> Result<String> {
        let argon2 = self.argon2.clone();
        self.work(move || hash(&argon2, &password)).await
    }

    /// `hash` on the calling thread, for the command line.
    pub fn hash_here(&self, password: &Password) -> Result<String> {
        hash(&self.argon2, password)
    }

    /// Compares with the stored hash; None (no such account, no password yet) takes as long and is never right.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<Verdict> {
        let argon2 = self.argon2.clone();
        let (dummy, memory) = (Arc::clone(&self.dummy), self.memory.clone());
        self.work(move || {
            let known = stored.is_some();
            let stored = stored.unwrap_or_else(|| dummy.to_string());
            let parsed = PasswordHash::new(&stored).map_err(Error::internal)?;
            let right = known && memory.matches(&password, &parsed)?;
            let dated =
                Params::try_from(&parsed).ok().as_ref().map(key) != Some(key(argon2.params()));
            let rehash = (right && dated)
                .then(|| hash(&argon2, &password))
                .transpose()?;
            Ok(Verdict { right, rehash })
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.places.enter().await?;
        blocking(move || {
            let _permit = permit;
            work()
        })
        .await
    }
}

fn key(params: &Params) -> (u32, u32, u32) {
    (params.m_cost(), params.t_cost(), params.p_cost())
}

fn hash(argon2: &Argon2<'static>, password: &Password) -> Result<String> {
    let hash: argon2::password_hash::phc::PasswordHash = argon2
        .hash_password(password.0.as_bytes())
        .map_err(Error::internal)?;
    Ok(hash.to_string())
}
