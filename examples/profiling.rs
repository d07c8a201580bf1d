//! Where the time of a program goes: in the database, in fetching, in conversions, in objects.
//!
//! The story: the FAQ of an ORM answers "how can I profile my application?". First find the slow
//! query, with a log or with hooks around each statement, and look at its plan. If the database is
//! not slow, tell apart what else takes time: fetching many rows, converting columns of a type of
//! your own, building objects. The same FAQ answers how to reach the raw connection and its cursor,
//! how to send DDL that the ORM does not know, and what to do when the server has gone away. The
//! program does all of it, one function for each answer.
//!
//! `cargo run --release --example profiling`. With `--counts` it prints no times.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(unreachable_pub, reason = "the type of a column is public because Diesel's columns are")]

use orm_runtime::prelude::*;

#[path = "profiling/connection.rs"]
mod connection;
#[path = "profiling/hook.rs"]
mod hook;
#[path = "profiling/slow_query.rs"]
mod slow_query;
#[path = "profiling/times.rs"]
mod times;
#[path = "profiling/visits.rs"]
mod visits;

/// One database for all sessions of the program. It is gone with the last one.
const URL: &str = "sqlite://profiling?mode=memory&cache=shared";

fn main() -> Result<()> {
    let with_times = std::env::args().all(|argument| argument != "--counts");
    let mut session = Session::open(URL)?;
    visits::create(&mut session)?;

    // An observer stays with its session, so each part opens one of its own.
    println!("A slow query is found");
    slow_query::find(with_times)?;
    println!("\nThe parts of a statement's time");
    times::tell_apart(with_times)?;
    println!("\nA hook around each statement, with a stack");
    hook::watch(with_times)?;
    println!("\nThe connection");
    connection::raw()?;
    connection::custom_ddl()?;
    connection::options()?;
    connection::reconnect()
}
