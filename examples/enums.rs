//! The enum recipe: symbols in the program, labels for people, short codes in the database.
//!
//! The story: the blog post "The Enum Recipe", in which a metaclass, a type decorator and a CHECK
//! constraint together make one enumeration. Here it is one derive, from CREATE TABLE to a
//! drop-down list.
//!
//! `cargo run --example enums`, or with `--features orm-examples/servers` and an empty
//! database: `… -- postgres://user@host/name`.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(missing_docs, reason = "the labels are documentation enough")]

use diesel::dsl::count_star;
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmployeeType {
    #[db_enum(code = "P", label = "Part Time")]
    PartTime,
    #[db_enum(code = "F", label = "Full Time")]
    FullTime,
    #[db_enum(code = "C", label = "Contractor")]
    Contractor,
}

#[derive(Entity)]
struct Employee {
    id: Auto<i64>,
    #[entity(length = 60)]
    name: String,
    r#type: EmployeeType, // a column of the name `type`
}

fn main() -> Result<()> {
    // The value is a variant of the enum, and the compiler knows all of them. Label and code need
    // no database.
    let kind = EmployeeType::PartTime;
    println!("{kind:?}: code {}, label {}", kind.code(), kind.label());

    println!("\nthe choices of a dropdown:");
    for (code, label) in EmployeeType::choices() {
        println!("  {code} {label}");
    }

    // Input from outside is a code, and may be wrong. The error lists the valid codes.
    println!("\nP is {:?}", EmployeeType::from_code("P"));
    if let Err(error) = EmployeeType::from_code("X") {
        println!("{error}");
    }

    // Display and FromStr use the code, so that templates and parsers work with it.
    println!("{} is {:?}", EmployeeType::Contractor, "C".parse::<EmployeeType>());

    // An enumeration if the database has them, and otherwise a CHECK constraint.
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        println!("\n{dialect:?}:");
        for statement in schema![Employee].create_sql(dialect) {
            println!("{statement};");
        }
    }

    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite://:memory:".to_owned());
    let mut session = Session::open(&url)?;
    schema![Employee].create_all(&mut session)?;
    for (name, kind) in [
        ("ada", EmployeeType::FullTime),
        ("alan", EmployeeType::Contractor),
        ("edsger", EmployeeType::PartTime),
        ("grace", EmployeeType::FullTime),
        ("john", EmployeeType::FullTime),
        ("kathleen", EmployeeType::PartTime),
    ] {
        session.add(Employee::builder().name(name).r#type(kind).build());
    }
    session.commit()?;

    // The variants are used in queries like any other values.
    println!("\npart time:");
    let part_time = employee::r#type.eq(EmployeeType::PartTime);
    let found =
        session.query::<Employee>().filter(part_time).order_by(employee::name.asc()).all()?;
    for employee in found {
        println!("  {}: {}", session[employee].name, session[employee].r#type.label());
    }

    println!("employed:");
    let employed = [EmployeeType::PartTime, EmployeeType::FullTime];
    let names: Vec<String> = session
        .query::<Employee>()
        .filter(employee::r#type.eq_any(employed))
        .order_by(employee::name.asc())
        .select(employee::name)
        .load()?;
    println!("  {}", names.join(", "));

    println!("how many of each:");
    let counts: Vec<(EmployeeType, i64)> = session
        .query::<Employee>()
        .group_by(employee::r#type)
        .order_by(count_star().desc())
        .select((employee::r#type, count_star()))
        .load()?;
    for (kind, count) in counts {
        // One variant is compared with `==`; a `match` would have to name every variant.
        let remark = if kind == EmployeeType::Contractor { " (on the invoice)" } else { "" };
        println!("  {}: {count}{remark}", kind.label());
    }

    // Code that writes outside the ORM is stopped by the database's own check.
    let written = session.execute(diesel::sql_query("UPDATE employee SET type = 'X'"));
    if let Err(error) = written {
        println!("\n{error}");
    }
    session.rollback()?;
    schema![Employee].drop_all(&mut session)
}
