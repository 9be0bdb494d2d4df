//! Hiroba (広場): a forum where teachers of all school types help each other teach with ICT.
//!
//! Domains are folders (`threads`, `replies`, …), each with the same rooms: `http.rs` (pages) and `api.rs` (JSON),
//! `mod.rs` (rules), `store.rs` (SQL), `view.rs` and `json.rs` (what is shown). `docs/architecture.md` says who may
//! import whom.

pub mod accounts;
pub mod admin;
pub mod app;
pub mod atom;
pub mod attachments;
pub mod backup;
pub mod bell;
pub mod bridge;
pub mod calendar;
pub mod chart;
pub mod clock;
pub mod command;
pub mod config;
pub mod coverage;
pub mod curation;
pub mod db;
pub mod demo;
pub mod desk;
pub mod digest;
pub mod drafts;
pub mod environment;
pub mod error;
pub mod exchange;
pub mod feed;
pub mod gap;
pub mod gate;
pub mod id;
pub mod jobs;
pub mod mail;
pub mod memory;
pub mod mirror;
pub mod moderation;
pub mod notices;
pub mod openapi;
pub mod qr;
pub mod replies;
pub mod requests;
pub mod routes;
pub mod seals;
pub mod search;
pub mod secret;
pub mod server;
pub mod synonyms;
pub mod taxonomy;
pub mod term;
pub mod text;
pub mod threads;
pub mod throttle;
pub mod tryouts;
pub mod web;
pub mod worker;
