//! Writing a thread and changing it, by form.

pub mod http;
