//! The integration tests, on all three databases: one binary, a module a topic.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

mod autoflush;
mod bulk;
mod connections;
mod crud;
mod databases;
mod in_list;
mod locks;
mod log;
mod people;
mod plan;
mod pool;
mod query;
mod reliability;
mod retry;
mod savepoints;
mod selection;
mod set_statements;
mod stream;
mod text;
mod transactions;
