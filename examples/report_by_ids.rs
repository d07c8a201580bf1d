//! A report over a few thousand ids, each with its decimals and its metadata.
//!
//! The story: two queries with an `IN` list, and then two scans of both lists for each id. With a
//! few thousand ids a web request took so long that its thread was killed, and objects that had
//! expired in the meantime were loaded again one by one. Here the report is two statements, and one
//! pass over the rows that they return.
//!
//! `cargo run --example report_by_ids`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
#[entity(table = "hr_decimal")]
struct HrDecimal {
    id: Auto<i64>,
    #[entity(index, length = 50)]
    dec_id: String,
    #[entity(precision = 12, scale = 2)]
    value: Decimal,
}

#[derive(Entity)]
struct Meta {
    id: Auto<i64>,
    #[entity(index, length = 50)]
    dec_id: String,
    label: String,
}

/// One line of the report: an id, and the objects of both types with this id.
type Line = (String, Vec<Handle<HrDecimal>>, Vec<Handle<Meta>>);

fn combine(session: &mut Session, ids: &[String]) -> Result<Vec<Line>> {
    let decimals = session
        .query::<HrDecimal>()
        .filter(hr_decimal::dec_id.in_list(ids.iter().cloned()))
        .all()?;
    let metas = session.query::<Meta>().filter(meta::dec_id.in_list(ids.iter().cloned())).all()?;

    let decimals = session.group_by(&decimals, |decimal| decimal.dec_id.clone());
    let metas = session.group_by(&metas, |meta| meta.dec_id.clone());
    let line = |id: &String| (id.clone(), decimals.get(id).to_vec(), metas.get(id).to_vec());
    Ok(ids.iter().map(line).collect())
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![HrDecimal, Meta].create_all(&mut session)?;
    session.bulk_insert((0..6_000).map(|n| {
        HrDecimal::builder().dec_id(format!("{}", n % 3_000)).value(Decimal::new(n * 5, 2)).build()
    }))?;
    session.bulk_insert((0..4_500).map(|n| {
        Meta::builder().dec_id(format!("{}", n % 4_500)).label(format!("row {n}")).build()
    }))?;
    session.commit()?;

    let ids: Vec<String> = (0..4_000).map(|n| n.to_string()).collect();
    let before = session.statements();
    let report = combine(&mut session, &ids)?;
    let statements = session.statements() - before;

    let total: Decimal =
        report.iter().flat_map(|(_, decimals, _)| decimals).map(|&one| session[one].value).sum();
    let without = report.iter().filter(|(_, decimals, _)| decimals.is_empty()).count();
    let (id, decimals, metas) = &report[7];
    println!("{} ids, {statements} statements", report.len());
    println!("the decimals sum up to {total}; {without} ids have none");
    let labels: Vec<_> = metas.iter().map(|&one| session[one].label.as_str()).collect();
    println!("id {id}: {} decimals, {}", decimals.len(), labels.join(", "));

    // A commit makes objects stale, and reading them still sends nothing.
    session.commit()?;
    let before = session.statements();
    let again: Decimal =
        report.iter().flat_map(|(_, decimals, _)| decimals).map(|&one| session[one].value).sum();
    println!("read again after the commit: {again}, {} statements", session.statements() - before);
    Ok(())
}
