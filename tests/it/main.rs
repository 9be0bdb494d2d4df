//! The integration tests: one binary, one module a domain, both databases by `TEST_DATABASE_URL`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod admin;
mod architecture;
mod atom;
mod attachments;
mod attack;
mod backup;
mod bridge;
mod clock_back;
mod closing;
mod compare;
mod concurrency;
mod coverage;
mod csrf;
mod curation;
mod desk;
mod digest;
mod drafts;
mod editing;
mod environment;
mod exchange;
mod feed;
mod gap;
mod harness;
mod hostile;
mod hostile_files;
mod invitations;
mod jobs;
mod letters;
mod lists;
mod mail;
mod migrations;
mod mirror;
mod moderation;
mod news;
mod openapi;
mod people;
mod practice;
mod process;
mod profile;
mod remote_files;
mod requests;
mod routes;
mod sealed;
mod seals;
mod searches;
#[path = "../server/mod.rs"]
mod server;
mod slice;
mod synonyms;
mod tryouts;
