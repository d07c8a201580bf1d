//! W19: a thousand bosses and ten thousand grunts, in tables that extend the table of the
//! employees. Grunts are written a hundred at a time, each batch after a query for its employer,
//! and read back as a report.

mod by_hand;

use diesel::connection::SimpleConnection;
use diesel::prelude::{Connection, SqliteConnection};
use orm_runtime::prelude::*;

use crate::harness::{Bench, Comparison, Digest, Line, Result, Watch, grouped};
use by_hand::Keys;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmployeeKind {
    #[db_enum(code = "boss")]
    Boss,
    #[db_enum(code = "grunt")]
    Grunt,
}

#[derive(Entity)]
#[entity(hierarchy = Staff)]
pub struct Employee {
    pub id: Auto<i64>,
    #[entity(index, length = 100)]
    pub name: String,
    pub kind: Discriminator<EmployeeKind>,
}

#[derive(Entity)]
#[entity(table = "boss")]
pub struct Boss {
    #[entity(base)]
    pub employee: Employee,
    pub golf_average: f64,
}

#[derive(Entity)]
#[entity(table = "grunt")]
pub struct Grunt {
    #[entity(base)]
    pub employee: Employee,
    pub savings: f64,
    pub employer: Option<ForeignKey<Boss>>,
}

#[derive(Entity)]
pub enum Staff {
    #[entity(discriminator = EmployeeKind::Boss)]
    Boss(Boss),
    #[entity(discriminator = EmployeeKind::Grunt)]
    Grunt(Grunt),
}

/// The number of grunts in a batch.
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
        let mut session = Session::new(database()?);
        let before = session.statements();
        let grunts = watch.time(|| with_session(&mut session, sizes))?;
        watch.statements = session.statements() - before;
        digest(&session, &grunts)
    })
    .peer("Diesel", |watch| diesel(watch, sizes, Keys::Counted))
    .peer("keys returned", |watch| diesel(watch, sizes, Keys::Returned))
    .run(bench)?;
    let (bosses, grunts) = (grouped(sizes.bosses), grouped(sizes.grunts));
    Line::new("W19", format!("{bosses} bosses and {grunts} grunts, and a report"))
        .ratio(&arms, 1.20)
        .at_most("statements", arms[0].statements() as f64, 350.0)
        .allocations(&arms[0], sizes.bosses + sizes.grunts)
        .print(bench);
    Ok(())
}

fn diesel(watch: &mut Watch, sizes: Sizes, keys: Keys) -> Result<u64> {
    let mut connection = database()?;
    let report = watch.time(|| by_hand::run(&mut connection, sizes, keys))?;
    Ok(by_hand::digest(&report))
}

/// Opens a database in memory with the tables, where foreign keys are enforced.
fn database() -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    let tables = schema![Staff].create_sql(Dialect::Sqlite).join(";\n");
    connection.batch_execute(&format!("PRAGMA foreign_keys = ON; {tables}"))?;
    Ok(connection)
}

/// Runs all steps. The grunts of the report have their employers loaded.
fn with_session(session: &mut Session, sizes: Sizes) -> orm_runtime::Result<Vec<Handle<Grunt>>> {
    let bosses = (0..sizes.bosses).map(|n| {
        let employee = Employee::builder().name(boss_name(n)).build();
        Boss::builder().employee(employee).golf_average(golf_average(n)).build()
    });
    let grunts = (0..sizes.grunts).map(|n| {
        let employee = Employee::builder().name(grunt_name(n)).build();
        Grunt::builder().employee(employee).savings(savings(n)).build()
    });
    let (bosses, grunts): (Vec<Boss>, Vec<Grunt>) = (bosses.collect(), grunts.collect());
    session.add_all(bosses);
    let mut grunts = grunts.into_iter();
    for n in 0..sizes.grunts.div_ceil(A_TIME) {
        let employer = session.query::<Boss>().filter(employee::name.eq(boss_name(n))).one()?;
        for mut grunt in grunts.by_ref().take(A_TIME) {
            grunt.employer = employer.into();
            session.add(grunt);
        }
    }
    session.commit()?;
    session.query::<Grunt>().eager(grunt::employer).all()
}

fn digest(session: &Session, report: &[Handle<Grunt>]) -> Result<u64> {
    let mut digest = Digest::new();
    for &grunt in report {
        let grunt = &session[grunt];
        let employer = grunt.employer.get(session)?.ok_or("a grunt has no employer")?;
        enter(&mut digest, (&grunt.name, grunt.savings), (&employer.name, employer.golf_average));
    }
    Ok(digest.value())
}

/// Adds a line of the report to the checksum.
fn enter(digest: &mut Digest, (name, savings): (&str, f64), (employer, average): (&str, f64)) {
    digest.text(name);
    digest.int(savings.to_bits() as i64);
    digest.text(employer);
    digest.int(average.to_bits() as i64);
}
