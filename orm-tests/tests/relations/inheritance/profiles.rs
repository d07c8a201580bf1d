//! G07, "A Tale of Three Profiles": bosses and grunts in tables that extend the table of the
//! employees.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    #[db_enum(code = "boss")]
    Boss,
    #[db_enum(code = "grunt")]
    Grunt,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "employee", hierarchy = Payroll)]
pub struct Employee {
    pub id: Auto<i64>,
    #[entity(length = 100)]
    pub name: String,
    pub kind: Discriminator<Position>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "boss")]
pub struct Boss {
    #[entity(base)]
    pub employee: Employee,
    pub golf_average: f64,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "grunt")]
pub struct Grunt {
    #[entity(base)]
    pub employee: Employee,
    pub savings: f64,
    pub employer: Option<ForeignKey<Boss>>,
}

#[derive(Entity, Clone, Debug)]
pub enum Payroll {
    #[entity(discriminator = Position::Boss)]
    Boss(Boss),
    #[entity(discriminator = Position::Grunt)]
    Grunt(Grunt),
}

fn boss(n: i32) -> Boss {
    let employee = Employee::builder().name(format!("Boss {n}")).build();
    Boss::builder().employee(employee).golf_average(40.0 + f64::from(n)).build()
}

fn grunt(n: i32) -> Grunt {
    let employee = Employee::builder().name(format!("Grunt {n}")).build();
    Grunt::builder().employee(employee).savings(f64::from(n) / 4.0).build()
}

/// Looks up a boss by name ten times, and gives it the next ten grunts.
fn hire(session: &mut Session) {
    let mut grunts: Vec<Grunt> = (0..100).map(grunt).collect();
    session.add_all((0..10).map(boss));
    for n in 0..10 {
        let named = employee::name.eq(format!("Boss {n}"));
        let employer = session.query::<Boss>().filter(named).one().unwrap();
        for mut grunt in grunts.drain(..10) {
            grunt.employer = employer.into();
            session.add(grunt);
        }
    }
    session.commit().unwrap();
}

/// Checks that each line of the report belongs to its grunt.
fn assert_report(session: &Session, grunts: &[Handle<Grunt>]) {
    assert_eq!(grunts.len(), 100);
    for (n, &grunt) in (0..).zip(grunts) {
        let grunt = &session[grunt];
        let employer = grunt.employer.get(session).unwrap().unwrap();
        let line = (&*grunt.name, grunt.savings, &*employer.name, employer.golf_average);
        let (name, boss) = (format!("Grunt {n}"), format!("Boss {}", n / 10));
        assert_eq!(line, (&*name, f64::from(n) / 4.0, &*boss, 40.0 + f64::from(n / 10)));
    }
}

on_all_databases! {
    fn g07_every_lot_of_grunts_is_one_statement_a_table(db: &TestDb) {
        let mut session = db.session_for(schema![Payroll]);
        hire(&mut session);
        let mut expected = vec!["I employee x10; I boss x10"];
        expected.extend(["S employee; I employee x10; I grunt x10"; 10]);
        assert_sql!(session, expected.join("; "));
        assert_eq!((db.count("employee"), db.count("boss"), db.count("grunt")), (110, 10, 100));
    }

    // There each boss is loaded separately. Here all objects that were loaded together get their
    // bosses at once.
    fn g07_the_report_loads_the_bosses_of_all_grunts_at_once(db: &TestDb) {
        let mut session = db.session_for(schema![Payroll]);
        hire(&mut session);
        session.clear();
        session.take_log();
        let grunts = session.query::<Grunt>().order_by(grunt::id.asc()).all().unwrap();
        for &grunt in &grunts {
            session.load(grunt, grunt::employer).unwrap();
        }
        assert_sql!(session, "S employee; S employee");
        assert_report(&session, &grunts);

        session.clear();
        let grunts = session.query::<Grunt>().eager(grunt::employer).order_by(grunt::id.asc());
        let grunts = grunts.all().unwrap();
        assert_sql!(session, "S employee; S employee");
        assert_report(&session, &grunts);
    }

    fn g07_the_key_of_a_subtype_finds_the_boss_in_memory(db: &TestDb) {
        let mut session = db.session_for(schema![Payroll]);
        hire(&mut session);
        session.clear();
        let bosses = session.query::<Boss>().all().unwrap();
        session.take_log();
        let grunts = session.query::<Grunt>().order_by(grunt::id.asc()).all().unwrap();
        assert_report(&session, &grunts);
        assert_sql!(session, "S employee");
        let employer = session[grunts[0]].employer.handle(&session).unwrap().unwrap();
        assert!(bosses.contains(&employer));
    }
}
