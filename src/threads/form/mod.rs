//! What the form of a thread holds, as it was typed, and what is made of it.

pub mod http;
