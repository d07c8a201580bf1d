//! W19: a thousand bosses and ten thousand grunts, in tables that build on that of the employees: written a
//! hundred grunts at a time, each lot behind a query for its employer, and read back as a report.

mod by_hand;

use diesel::connection::SimpleConnection;
use diesel::prelude::{Connection, SqliteConnection};
use orm_runtime::prelude::*;

use crate::harness::{Bench, Comparison, Digest, Line, Result, grouped};

/// So many grunts come together.
const A_TIME: usize = 100;

#[derive(Debug, Clone, Copy)]
struct Sizes {
    bosses: usize,
    grunts: usize,
}

fn boss_name(n: usize) -> String {
    format!("Boss {n}")
}

fn grunt_name(n: usize) -> String {
    format!("Grunt {n}")
}

fn golf_average(n: usize) -> f64 {
    40.0 + (n * 7 % 110) as f64
}

fn savings(n: usize) -> f64 {
    50_000.0 + (n * 7_919 % 10_000_000) as f64 / 100.0
}

pub fn run(bench: &Bench) -> Result {
    let sizes = Sizes { bosses: bench.size(1_000).max(100), grunts: bench.size(10_000) };
let arms = Comparison::session(|watch| {
        let mut connection = database()?;
        let report = watch.time(|| by_hand::run(&mut connection, sizes))?;
        Ok(by_hand::digest(&report))
    }).run(bench)?;
    let (bosses, grunts) = (grouped(sizes.bosses), grouped(sizes.grunts));
    Line::new("W19", format!("{bosses} bosses and {grunts} grunts, and a report"))
        .ratio(&arms, 1.20)
        .at_most("statements", arms[0].statements() as f64, 350.0)
        .allocations(&arms[0], sizes.bosses + sizes.grunts)
        .print(bench);
    Ok(())
}

/// A database in memory with the tables, on which references are checked.
fn database() -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    let tables = "CREATE TABLE employee (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR(100) NOT NULL, kind VARCHAR(10) NOT NULL CHECK (kind IN ('boss','grunt'))); CREATE TABLE boss (id INTEGER PRIMARY KEY NOT NULL REFERENCES employee (id) ON DELETE CASCADE, golf_average DOUBLE NOT NULL); CREATE TABLE grunt (id INTEGER PRIMARY KEY NOT NULL REFERENCES employee (id) ON DELETE CASCADE, savings DOUBLE NOT NULL, employer_id BIGINT REFERENCES boss (id))";
    connection.batch_execute(&format!("PRAGMA foreign_keys = ON; {tables}"))?;
    Ok(connection)
}

/// Enters a line of the report.
fn enter(digest: &mut Digest, (name, savings): (&str, f64), (employer, average): (&str, f64)) {
    digest.text(name);
    digest.int(savings.to_bits() as i64);
    digest.text(employer);
    digest.int(average.to_bits() as i64);
}
