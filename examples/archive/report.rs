//! The report on the archive, computed by the database.

use std::fmt::Write;

use diesel::dsl::{count_star, min};
use diesel::sql_types::BigInt;
use orm_runtime::decimal::{avg_to, sum};
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::entry::{Entry, Kind, entry};
use crate::run::Done;

/// The number of sets of duplicates in the report.
const DUPLICATES: i64 = 10;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Computes `sum()`, whose type is wider than that of its argument, and therefore cast back.
    #[aggregate]
    #[sql_name = "sum"]
    fn total(numbers: BigInt) -> Double;
}

/// Returns the report of a run.
pub(crate) fn report(session: &mut Session, done: &Done) -> Result<String> {
    let bytes = || total(entry::size).cast::<BigInt>();
    type OfKind = (Kind, i64, i64, Option<Decimal>, Option<Decimal>);
    let kinds: Vec<OfKind> = session
        .query::<Entry>()
        .group_by(entry::kind)
        .order_by((bytes().desc(), entry::kind.asc()))
        .select((
            entry::kind,
            count_star(),
            bytes(),
            sum(entry::megabytes),
            avg_to(entry::megabytes, 6),
        ))
        .load()?;

    let waste = || (count_star() - 1) * entry::size;
    let duplicates: Vec<(i64, i64, i64, Option<String>)> = session
        .query::<Entry>()
        .filter(entry::size.gt(0))
        .group_by((entry::sha256, entry::size))
        .having(count_star().gt(1))
        .order_by((waste().desc(), entry::sha256.asc()))
        .limit(DUPLICATES)
        .select((waste(), count_star(), entry::size, min(entry::path)))
        .load()?;

    let mut text = String::new();
    let files: i64 = kinds.iter().map(|(_, files, ..)| files).sum();
    let bytes: i64 = kinds.iter().map(|(_, _, bytes, ..)| bytes).sum();
    let mut line = |line: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("files: {files}, {bytes} bytes"));
    let Done { inserted, updated, deleted, unreadable } = done;
    line(format!("written: {inserted} inserted, {updated} updated, {deleted} deleted"));
    if *unreadable > 0 {
        line(format!("not readable: {unreadable}"));
    }
    line(format!("duplicates, largest waste first (at most {DUPLICATES}):"));
    for (waste, copies, size, path) in duplicates {
        let path = path.unwrap_or_default();
        line(format!("  {waste} bytes: {copies} copies of {size} bytes, one is {path}"));
    }
    line("kinds:".to_owned());
    for (kind, files, bytes, sum, mean) in kinds {
        let kind = kind.label();
        let [sum, mean] = [sum, mean].map(Option::unwrap_or_default);
        line(format!("  {kind}: {files} files, {bytes} bytes: {sum} MB, on average {mean} MB"));
    }
    line(format!("statements: {}", session.statements()));
    Ok(text)
}
