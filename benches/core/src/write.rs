//! Writing rows: W05 to W09, W20.

use orm_runtime::prelude::*;

use crate::harness::{Bench, Comparison, Digest, Line, Result, Watch, grouped};
use crate::model::{self, Customer, User, digest};

/// Returns the name of the `n`-th new customer.
fn name(n: usize) -> String {
    format!("customer name {n}")
}

/// Measures W05: new objects with generated keys.
pub fn insert(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let mut session = model::session(&[])?;
    let connection = model::rusqlite(&[])?;
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        let added = watch.time(|| {
            let added: Vec<Handle<Customer>> =
                (0..rows).map(|n| session.add(Customer::builder().name(name(n)).build())).collect();
            session.commit().map(|()| added)
        })?;
        watch.statements = session.statements() - before;
        let keys = added.iter().map(|&handle| session.key(handle).unwrap_or_default()).collect();
        empty(&mut session, keys)
    })
    .peer("rusqlite loop", |watch| {
        let keys = watch.time(|| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            let mut insert = connection.prepare_cached("INSERT INTO customer (name) VALUES (?)")?;
            let keys = (0..rows)
                .map(|n| insert.insert([name(n)]))
                .collect::<rusqlite::Result<Vec<i64>>>()?;
            connection.execute_batch("COMMIT").map(|()| keys)
        })?;
        empty_rusqlite(&connection, keys)
    })
    .run(bench)?;
    let what = format!("flush {} new", grouped(rows));
    Line::new("W05", what).ratio(&arms, 1.00).counts(&arms[0], rows).print(bench);
    Ok(())
}

/// Measures W06: new objects with given keys, and the same rows outside the unit of work.
pub fn insert_given(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let mut session = model::session(&[])?;
    let connection = model::rusqlite(&[])?;
    let customer = |n: usize| Customer { id: (n as i64 + 1).into(), name: name(n) };
    let keys = || (1..=rows as i64).collect::<Vec<_>>();
    let mut by_loop = |watch: &mut Watch| {
        watch.time(|| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            let mut insert =
                connection.prepare_cached("INSERT INTO customer (id, name) VALUES (?, ?)")?;
            (0..rows).try_for_each(|n| insert.execute((n as i64 + 1, name(n))).map(drop))?;
            connection.execute_batch("COMMIT")
        })?;
        empty_rusqlite(&connection, keys())
    };
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        watch.time(|| {
            (0..rows).for_each(|n| {
                session.add(customer(n));
            });
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        empty(&mut session, keys())
    })
    .peer("rusqlite loop", &mut by_loop)
    .run(bench)?;
    let what = format!("flush {} new, keys given", grouped(rows));
    Line::new("W06", what).ratio(&arms, 0.90).counts(&arms[0], rows).print(bench);

    let arms = Comparison::session(|watch| {
        let before = session.statements();
        watch.time(|| {
            session.bulk_insert((0..rows).map(customer))?;
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        empty(&mut session, keys())
    })
    .peer("rusqlite loop", &mut by_loop)
    .run(bench)?;
    let what = format!("bulk_insert of {}", grouped(rows));
    Line::new("W06", what).ratio(&arms, 0.75).counts(&arms[0], rows).print(bench);
    Ok(())
}

/// Reads back what was inserted, and removes it.
fn empty(session: &mut Session, keys: Vec<i64>) -> Result<u64> {
    session.clear();
    let names: Vec<(i64, String)> =
        session.query::<Customer>().select((model::customer::id, model::customer::name)).load()?;
    session.query::<Customer>().without_synchronizing().delete()?;
    session.commit()?;
    Ok(written(&keys, &names))
}

fn empty_rusqlite(connection: &rusqlite::Connection, keys: Vec<i64>) -> Result<u64> {
    let names = connection
        .prepare_cached("SELECT id, name FROM customer")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    connection.execute("DELETE FROM customer", [])?;
    Ok(written(&keys, &names))
}

fn written(keys: &[i64], rows: &[(i64, String)]) -> u64 {
    let mut digest = Digest::new();
    keys.iter().for_each(|&key| digest.int(key));
    for (id, name) in rows {
        digest.int(*id);
        digest.text(name);
    }
    digest.value()
}

/// Measures W07: a few of many objects changed.
pub fn update(bench: &Bench) -> Result {
    let (rows, changed) = (bench.size(100_000), bench.size(1_000));
    let mut session = model::session(&[("users", rows)])?;
    let connection = model::rusqlite(&[("users", rows)])?;
    let handles = session.query::<User>().all()?;
    session.commit()?;
    let keys: Vec<i64> = (0..changed).map(|n| (n * (rows / changed)) as i64 + 1).collect();
    let chosen: Vec<Handle<User>> = keys.iter().map(|&key| handles[key as usize - 1]).collect();
    let mut ages = 100..;
    let mut ages_of_peer = ages.clone();
    let arms = Comparison::session(|watch| {
        let age = ages.next().unwrap_or_default();
        let before = session.statements();
        watch.time(|| {
            chosen.iter().for_each(|&handle| session[handle].age = age);
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        session.expire_all();
        let found = session.query::<User>().filter(model::user::age.eq(age)).count()?;
        session.commit()?;
        Ok(found as u64)
    })
    .peer("rusqlite loop", |watch| {
        let age = ages_of_peer.next().unwrap_or_default();
        watch.time(|| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            let mut update = connection.prepare_cached("UPDATE users SET age = ? WHERE id = ?")?;
            keys.iter().try_for_each(|key| update.execute((age, key)).map(drop))?;
            connection.execute_batch("COMMIT")
        })?;
        let count = "SELECT count(*) FROM users WHERE age = ?";
        Ok(connection.query_row(count, [age], |row| row.get::<_, i64>(0))? as u64)
    })
    .run(bench)?;
    let what = format!("flush {} changed of {}", grouped(changed), grouped(rows));
    Line::new("W07", what).ratio(&arms, 1.30).counts(&arms[0], changed).print(bench);
    Ok(())
}

/// Measures W08: nothing to write.
pub fn clean(bench: &Bench) -> Result {
    const FLUSHES: u32 = 10_000;
    let rows = bench.size(100_000);
    let mut session = model::session(&[("users", rows)])?;
    session.query::<User>().all()?;
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        watch.time(|| (0..FLUSHES).try_for_each(|_| session.flush()))?;
        watch.statements = session.statements() - before;
        Ok(0)
    })
    .run(bench)?;
    let each = arms[0].min().as_secs_f64() * 1e6 / f64::from(FLUSHES);
    let what = format!("flush with {} clean objects", grouped(rows));
    Line::new("W08", what)
        .at_most("µs", each, 1.0)
        .at_most("allocations", arms[0].allocations() as f64, 0.0)
        .at_most("statements", arms[0].statements() as f64, 0.0)
        .print(bench);
    Ok(())
}

/// Measures W09: objects, some of which have changed in one column and some in another.
pub fn column_sets(bench: &Bench) -> Result {
    let changed = bench.size(10_000);
    let mut session = model::session(&[("users", changed)])?;
    let handles = session.query::<User>().all()?;
    let mut age = 0;
    let arms = Comparison::session(|watch| {
        age += 1;
        let before = session.statements();
        watch.time(|| {
            for pair in handles.chunks(2) {
                session[pair[0]].age = age;
                session[pair[1]].score = f64::from(age);
            }
            session.flush()
        })?;
        watch.statements = session.statements() - before;
        Ok(session.query::<User>().filter(model::user::age.eq(age)).count()? as u64)
    })
    .run(bench)?;
    let batches = (changed / 2).div_ceil(500);
    let what = format!("{} changed in two sets of columns", grouped(changed));
    Line::new("W09", what)
        .at_most("statements", arms[0].statements() as f64, 2.0 * batches as f64)
        .note(format!("{:.2} ms", arms[0].min().as_secs_f64() * 1e3))
        .print(bench);
    Ok(())
}

/// Measures W20: undoing many changes.
pub fn rollback(bench: &Bench) -> Result {
    let (rows, changed) = (bench.size(100_000), bench.size(10_000));
    let mut session = model::session(&[("users", rows)])?;
    let handles = session.query::<User>().all()?;
    session.commit()?;
    let original = digest(handles.iter().map(|&handle| &session[handle]));
    let mut undo = |flushed: bool| {
        Comparison::session(|watch| {
            for &handle in &handles[..changed] {
                session[handle].age += 1;
                session[handle].name.push('!');
            }
            if flushed {
                session.flush()?;
            }
            let before = session.statements();
            watch.time(|| session.rollback())?;
            watch.statements = session.statements() - before;
            let now = digest(handles.iter().map(|&handle| &session[handle]));
            if now == original { Ok(0) } else { Err("the objects are not what they were".into()) }
        })
        .run(bench)
    };
    for (flushed, after) in [(false, "changing"), (true, "changing and flushing")] {
        let arms = undo(flushed)?;
        Line::new("W20", format!("rollback after {after} {}", grouped(changed)))
            .at_most("ms", arms[0].min().as_secs_f64() * 1e3, 5.0)
            .at_most("statements", arms[0].statements() as f64, 0.0)
            .print(bench);
    }
    Ok(())
}
