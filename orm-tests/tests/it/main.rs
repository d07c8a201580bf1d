//! The integration tests, on all three databases: one binary, a module a topic.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

mod crud;
mod databases;
