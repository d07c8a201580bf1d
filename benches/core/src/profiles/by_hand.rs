//! The steps of W19 by hand, as they are written with Diesel.

use diesel::prelude::*;

use super::{A_TIME, Sizes, boss_name, golf_average, grunt_name, savings};
use crate::harness::Digest;

diesel::table! {
    employee {
        id -> BigInt,
        name -> Text,
        kind -> Text,
    }
}

diesel::table! {
    boss {
        id -> BigInt,
        golf_average -> Double,
    }
}

diesel::table! {
    grunt {
        id -> BigInt,
        savings -> Double,
        employer_id -> Nullable<BigInt>,
    }
}

diesel::joinable!(boss -> employee (id));
diesel::joinable!(grunt -> boss (employer_id));
diesel::allow_tables_to_appear_in_same_query!(employee, boss, grunt);

#[derive(Insertable)]
#[diesel(table_name = employee)]
struct NewEmployee<'a> {
    name: &'a str,
    kind: &'static str,
}

#[derive(Insertable)]
#[diesel(table_name = boss)]
struct NewBoss {
    id: i64,
    golf_average: f64,
}

#[derive(Insertable)]
#[diesel(table_name = grunt)]
struct NewGrunt {
    id: i64,
    savings: f64,
    employer_id: i64,
}

/// A boss or a grunt before it is in the database.
struct Made {
    name: String,
    number: f64,
}

/// The columns that are read of an employer.
#[derive(Queryable)]
struct Boss {
    id: i64,
    #[expect(dead_code, reason = "a lookup of a boss reads all of its columns")]
    name: String,
    #[expect(dead_code, reason = "a lookup of a boss reads all of its columns")]
    golf_average: f64,
}

/// How the keys of new employees are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// By RETURNING.
    Returned,
    /// From the last key, because SQLite numbers the rows of an INSERT consecutively.
    Counted,
}

diesel::define_sql_function! {
    /// Returns the key of the last row that was inserted.
    fn last_insert_rowid() -> BigInt;
}

/// A line of the report.
#[derive(Queryable)]
pub struct Entry {
    name: String,
    savings: f64,
    employer: String,
    golf_average: f64,
}

/// Runs all steps, as `super::with_session` does.
pub fn run(connection: &mut SqliteConnection, sizes: Sizes, keys: Keys) -> QueryResult<Vec<Entry>> {
    let bosses: Vec<Made> =
        (0..sizes.bosses).map(|n| Made { name: boss_name(n), number: golf_average(n) }).collect();
    let grunts: Vec<Made> =
        (0..sizes.grunts).map(|n| Made { name: grunt_name(n), number: savings(n) }).collect();
    connection.immediate_transaction(|connection| {
        for some in bosses.chunks(A_TIME) {
            let keys = add_employees(connection, some, "boss", keys)?;
            add_bosses(connection, some, keys)?;
        }
        for (n, some) in grunts.chunks(A_TIME).enumerate() {
            let employer: Boss = employee::table
                .inner_join(boss::table)
                .filter(employee::name.eq(boss_name(n)))
                .select((employee::id, employee::name, boss::golf_average))
                .get_result(connection)?;
            let keys = add_employees(connection, some, "grunt", keys)?;
            add_grunts(connection, some, keys, employer.id)?;
        }
        QueryResult::Ok(())
    })?;
    report(connection)
}

/// Adds employees and returns their keys. Rows of an array share one prepared statement, and rows
/// of a slice do not.
fn add_employees(
    connection: &mut SqliteConnection,
    some: &[Made],
    kind: &'static str,
    keys: Keys,
) -> QueryResult<Vec<i64>> {
    let rows: Vec<NewEmployee<'_>> =
        some.iter().map(|made| NewEmployee { name: &made.name, kind }).collect();
    let new = diesel::insert_into(employee::table);
    let array = <&[NewEmployee<'_>; A_TIME]>::try_from(&rows[..]);
    match (array, keys) {
        (Ok(rows), Keys::Returned) => {
            return new.values(rows).returning(employee::id).get_results(connection);
        }
        (Err(_), Keys::Returned) => {
            return new.values(&rows).returning(employee::id).get_results(connection);
        }
        (Ok(rows), Keys::Counted) => new.values(rows).execute(connection)?,
        (Err(_), Keys::Counted) => new.values(&rows).execute(connection)?,
    };
    let last: i64 = diesel::select(last_insert_rowid()).get_result(connection)?;
    Ok((last + 1 - some.len() as i64..=last).collect())
}

fn add_bosses(connection: &mut SqliteConnection, some: &[Made], keys: Vec<i64>) -> QueryResult<()> {
    let rows: Vec<NewBoss> = keys
        .into_iter()
        .zip(some)
        .map(|(id, made)| NewBoss { id, golf_average: made.number })
        .collect();
    let new = diesel::insert_into(boss::table);
    match <&[NewBoss; A_TIME]>::try_from(&rows[..]) {
        Ok(rows) => new.values(rows).execute(connection)?,
        Err(_) => new.values(&rows).execute(connection)?,
    };
    Ok(())
}

fn add_grunts(
    connection: &mut SqliteConnection,
    some: &[Made],
    keys: Vec<i64>,
    employer_id: i64,
) -> QueryResult<()> {
    let rows: Vec<NewGrunt> = keys
        .into_iter()
        .zip(some)
        .map(|(id, made)| NewGrunt { id, savings: made.number, employer_id })
        .collect();
    let new = diesel::insert_into(grunt::table);
    match <&[NewGrunt; A_TIME]>::try_from(&rows[..]) {
        Ok(rows) => new.values(rows).execute(connection)?,
        Err(_) => new.values(&rows).execute(connection)?,
    };
    Ok(())
}

fn report(connection: &mut SqliteConnection) -> QueryResult<Vec<Entry>> {
    let employer = diesel::alias!(employee as employer);
    grunt::table
        .inner_join(employee::table.on(employee::id.eq(grunt::id)))
        .inner_join(boss::table)
        .inner_join(employer.on(employer.field(employee::id).eq(boss::id)))
        .select((
            employee::name,
            grunt::savings,
            employer.field(employee::name),
            boss::golf_average,
        ))
        .load(connection)
}

/// Returns the checksum of a report.
pub fn digest(report: &[Entry]) -> u64 {
    let mut digest = Digest::new();
    for Entry { name, savings, employer, golf_average } in report {
        super::enter(&mut digest, (name, *savings), (employer, *golf_average));
    }
    digest.value()
}
