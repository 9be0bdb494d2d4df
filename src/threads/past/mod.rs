//! The versions of a thread or a reply, and how two of them differ.

pub mod http;
