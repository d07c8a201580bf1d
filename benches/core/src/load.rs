//! Reading rows: W01 to W04, W17.

use diesel::prelude::*;
use orm_runtime::prelude::{Entity, Handle, Session};

use crate::harness::{Bench, Comparison, Line, Result, Watch, grouped};
use crate::model::{self, Digested, Item, User, digest, plain};
use crate::peak;

/// Measures W01: all items through the identity map.
pub fn items(bench: &Bench) -> Result {
    let rows = bench.size(1_000_000);
    let mut session = model::session(&[("items", rows)])?;
    let mut connection = model::diesel(&[("items", rows)])?;
    let arms = Comparison::session(|watch| load_all::<Item>(&mut session, watch))
        .peer("Diesel load", |watch| {
            let items = watch.time(|| plain::items::table.load::<plain::Item>(&mut connection))?;
            Ok(digest(&items))
        })
        .run(bench)?;
    let what = format!("query all {} items", grouped(rows));
    Line::new("W01", what).ratio(&arms, 1.00).counts(&arms[0], rows).print(bench);
    Ok(())
}

/// Measures W02, all users through the identity map, and W03, the same again with all rows in
/// memory.
pub fn users(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let mut session = model::session(&[("users", rows)])?;
    let mut connection = model::diesel(&[("users", rows)])?;
    let mut by_diesel = |watch: &mut Watch| {
        let users = watch.time(|| plain::users::table.load::<plain::User>(&mut connection))?;
        watch.statements = 1;
        Ok(digest(&users))
    };
    let arms = Comparison::session(|watch| load_all::<User>(&mut session, watch))
        .peer("Diesel load", &mut by_diesel)
        .run(bench)?;
    let extra = arms[0].allocations() as f64 - arms[arms.len() - 1].allocations() as f64;
    let what = format!("query all {} users", grouped(rows));
    Line::new("W02", what)
        .ratio(&arms, 1.00)
        .counts(&arms[0], rows)
        .at_most("allocations more each", extra / rows as f64, 1.0)
        .print(bench);

    let arms = Comparison::session(|watch| load_again::<User>(&mut session, watch))
        .peer("Diesel load", &mut by_diesel)
        .run(bench)?;
    let what = format!("the same {} again", grouped(rows));
    Line::new("W03", what).ratio(&arms, 0.55).counts(&arms[0], rows).print(bench);
    Ok(())
}

fn load_all<T: Entity + Digested>(session: &mut Session, watch: &mut Watch) -> Result<u64> {
    session.clear();
    load_again::<T>(session, watch)
}

fn load_again<T: Entity + Digested>(session: &mut Session, watch: &mut Watch) -> Result<u64> {
    let before = session.statements();
    let found = watch.time(|| session.query::<T>().all())?;
    watch.statements = session.statements() - before;
    Ok(digest(found.iter().map(|&handle| &session[handle])))
}

/// Measures W04: single objects by key, none of them in memory, inside a transaction.
pub fn misses(bench: &Bench) -> Result {
    let (rows, gets) = (bench.size(100_000), bench.size(10_000));
    let mut keys = model::shuffled(rows, 2 * gets);
    keys.sort_unstable();
    keys.dedup();
    // Different keys, in an order that is neither the keys' order nor the table's.
    keys.sort_by_key(|key| key.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF);
    keys.truncate(gets);
    let mut session = model::session(&[("users", rows)])?;
    let connection = model::rusqlite(&[("users", rows)])?;
    connection.execute_batch("BEGIN")?;
    let arms = Comparison::session(|watch| {
        session.clear();
        let before = session.statements();
        let found = watch.time(|| {
            keys.iter()
                .map(|&key| session.get_one::<User>(key))
                .collect::<Result<Vec<Handle<User>>, _>>()
        })?;
        watch.statements = session.statements() - before;
        Ok(digest(found.iter().map(|&handle| &session[handle])))
    })
    .peer("rusqlite prepare_cached", |watch| {
        let found = watch.time(|| {
            let one = |key: &i64| {
                let mut statement = connection.prepare_cached(model::USER_BY_ID)?;
                statement.query_row([key], plain::User::from_rusqlite)
            };
            keys.iter().map(one).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(digest(&found))
    })
    .run(bench)?;
    let what = format!("get by key, {} misses", grouped(keys.len()));
    Line::new("W04", what).ratio(&arms, 1.20).counts(&arms[0], keys.len()).print(bench);
    Ok(())
}

/// Measures W17: one column of all items, row by row.
pub fn stream(bench: &Bench) -> Result {
    let rows = bench.size(1_000_000);
    let mut session = model::session(&[("items", rows)])?;
    let mut connection = model::diesel(&[("items", rows)])?;
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        let bytes = watch.time(|| {
            let names = session.query::<Item>().stream()?.map(|item| Ok(item?.name.len()));
            names.sum::<orm_runtime::Result<usize>>()
        })?;
        watch.statements = session.statements() - before;
        Ok(bytes as u64)
    })
    .peer("Diesel load_iter", |watch| {
        let bytes = watch.time(|| {
            let items = plain::items::table.load_iter::<plain::Item, _>(&mut connection)?;
            items.map(|item: QueryResult<_>| Ok(item?.name.len())).sum::<QueryResult<usize>>()
        })?;
        Ok(bytes as u64)
    })
    .run(bench)?;
    let file = model::File::new("stream")?;
    file.fill(&[("items", rows)])?;
    let (few, all) = (peak::growth("stream", &file, 10_000)?, peak::growth("stream", &file, rows)?);
    Line::new("W17", format!("stream {} items", grouped(rows)))
        .ratio(&arms, 1.00)
        .counts(&arms[0], rows)
        .at_most("MB more at the peak than for 10,000", (all - few) / 1e3, 10.0)
        .print(bench);
    Ok(())
}
