//! A thousand bosses and ten thousand grunts, both of them employees, in three tables.
//!
//! The story: "A Tale of Three Profiles", a benchmark of SQLAlchemy's unit of work. Grunts are
//! written a hundred at a time, each batch after a query for its employer, and read back as a
//! report. SQLAlchemy 0.6 needs 22,201 statements for these steps, and 0.7 needs 11,302.
//!
//! `cargo run --example inheritance`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(missing_docs, reason = "the names are documentation enough")]

use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmployeeKind {
    #[db_enum(code = "boss")]
    Boss,
    #[db_enum(code = "grunt")]
    Grunt,
}

/// The fields of every employee.
#[derive(Entity)]
#[entity(hierarchy = Staff)]
struct Employee {
    id: Auto<i64>,
    #[entity(length = 100)]
    name: String,
    kind: Discriminator<EmployeeKind>,
}

/// A subtype with a separate table, whose key is the key of `employee`.
#[derive(Entity)]
#[entity(table = "boss")]
struct Boss {
    #[entity(base)]
    employee: Employee,
    #[entity(precision = 5, scale = 2)]
    golf_average: Decimal,
}

#[derive(Entity)]
#[entity(table = "grunt")]
struct Grunt {
    #[entity(base)]
    employee: Employee,
    #[entity(precision = 12, scale = 2)]
    savings: Decimal,
    employer: Option<ForeignKey<Boss>>,
}

/// All subtypes of employees.
#[derive(Entity)]
enum Staff {
    #[entity(discriminator = EmployeeKind::Boss)]
    Boss(Boss),
    #[entity(discriminator = EmployeeKind::Grunt)]
    Grunt(Grunt),
}

const BOSSES: u32 = 1_000;
const GRUNTS: u32 = 10_000;
const A_TIME: usize = 100;

fn boss(n: u32) -> Boss {
    let employee = Employee::builder().name(format!("Boss {n}")).build();
    Boss::builder().employee(employee).golf_average((40 + n * 7 % 110).into()).build()
}

fn grunt(n: u32) -> Grunt {
    let employee = Employee::builder().name(format!("Grunt {n}")).build();
    let savings = 5_000_000 + i64::from(n) * 7_919 % 10_000_000;
    Grunt::builder().employee(employee).savings(Decimal::new(savings, 2)).build()
}

/// Looks up each employer by name and gives it the next hundred grunts. The query for the next
/// employer writes them: one INSERT into `employee`, and one into `grunt`.
fn employ(session: &mut Session, grunts: Vec<Grunt>) -> Result<()> {
    let mut grunts = grunts.into_iter();
    for n in 0..grunts.len() / A_TIME {
        let named = employee::name.eq(format!("Boss {n}"));
        let employer = session.query::<Boss>().filter(named).one()?;
        session.add_all(grunts.by_ref().take(A_TIME).map(|mut grunt| {
            grunt.employer = employer.into();
            grunt
        }));
    }
    session.commit()
}

/// The lines of the report: name and savings of a grunt, name and golf average of the employer.
type Line = (String, Decimal, String, Decimal);

fn report(map: &IdentityMap, grunts: &[Handle<Grunt>]) -> Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(grunts.len());
    for &grunt in grunts {
        let grunt = &map[grunt];
        if let Some(boss) = grunt.employer.get(map)? {
            lines.push((grunt.name.clone(), grunt.savings, boss.name.clone(), boss.golf_average));
        }
    }
    Ok(lines)
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Staff].create_all(&mut session)?;
    let before = session.statements();

    let grunts: Vec<Grunt> = (0..GRUNTS).map(grunt).collect();
    session.add_all((0..BOSSES).map(boss));
    employ(&mut session, grunts)?;
    let written = session.statements() - before;
    println!("{BOSSES} bosses and {GRUNTS} grunts written: {written} statements");

    // The grunts with their employers: one statement for each table.
    session.clear();
    let before = session.statements();
    let found = session.query::<Grunt>().eager(grunt::employer).all()?;
    let lines = report(&session, &found)?;
    let read = session.statements() - before;
    for (name, savings, employer, golf_average) in lines.iter().step_by(2_525) {
        println!("{name} has {savings}, works for {employer}, who plays {golf_average}");
    }
    let savings: Decimal = lines.iter().map(|line| line.1).sum();
    println!("{} lines, {savings} saved: {read} statements", lines.len());

    // The bosses are in memory now, so the key in `grunt` finds them.
    let before = session.statements();
    let found = session.query::<Grunt>().all()?;
    let again = report(&session, &found)?;
    let read_again = session.statements() - before;
    assert_eq!(again, lines);
    println!("the same with the bosses known: {read_again} statement");

    let all = written + read + read_again;
    assert!(all <= 350, "{all} statements");
    println!("{all} statements in all");
    Ok(())
}
