//! Journeys in headless Chromium against the real program: its binary, a data directory of its own, people made by the
//! command line. Needs `chromium` and `chromedriver`; without them the tests say so and pass, in CI they fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod browser;
mod coverage;
mod curation;
mod forum;
mod images;
mod journeys;
mod keyboard;
mod mirror;
mod moderation;
mod pages;
mod people;
mod sealed;
mod tryouts;
mod writing;
