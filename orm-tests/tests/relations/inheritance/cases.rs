//! Cases of inheritance, by their numbers.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases, trace};

use super::model::*;

fn named(name: &str) -> Person {
    Person::builder().name(name).build()
}

fn a_manager(name: &str) -> Manager {
    Manager::builder().person(named(name)).status("here").build()
}

/// Stores joesmith, dilbert, wally, pointy and the boss. None of them is in memory.
fn office(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Company, Staff, Note]);
    let engineer = |name: &str, language: &str| {
        Engineer::builder().person(named(name)).status("regular").language(language).build()
    };
    session.add(named("joesmith"));
    session.add(engineer("dilbert", "rust"));
    session.add(engineer("wally", "cobol"));
    session.add(a_manager("pointy"));
    session.add(Boss::builder().manager(a_manager("boss")).golf(90).build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

/// Returns one column of each object's subtype.
fn own(employee: &Staff) -> String {
    match employee {
        Staff::Person(_) => String::new(),
        Staff::Engineer(engineer) => engineer.language.clone().unwrap_or_default(),
        Staff::Manager(manager) => manager.status.clone(),
        Staff::Boss(boss) => format!("{} {}", boss.status, boss.golf),
        Staff::Temp(temp) => temp.agency.clone(),
    }
}

on_all_databases! {
    /// Checks the one SELECT that reads all subtypes. Unlike there, no load reads only the columns
    /// of the base.
    fn g02_all_kinds_come_by_one_statement(db: &TestDb) {
        let mut session = office(db);
        let all = session.query::<Staff>().order_by(person::id.asc()).all().unwrap();
        assert_sql!(session, "S inh_person");
        let read: Vec<_> = all.iter().map(|&one| own(&session[one])).collect();
        assert_eq!(read, ["", "rust", "cobol", "here", "here 90"]);
        let people = session.query::<Person>().order_by(person::id.asc()).all().unwrap();
        let names: Vec<_> = people.iter().map(|&one| session[one].name.as_str()).collect();
        assert_eq!(names, ["joesmith", "dilbert", "wally", "pointy", "boss"]);
        assert_eq!(people[4], all[4].upcast::<Person>());
        assert_sql!(session, "S inh_person");
    }

    fn g05_a_row_of_an_unknown_kind_is_an_error_that_names_it(db: &TestDb) {
        let mut session = db.session();
        let name = match db.dialect() {
            Dialect::Mysql => "VARCHAR(20)",
            _ => "TEXT",
        };
        db.execute(&format!("CREATE TABLE inh_robot (id INTEGER PRIMARY KEY, kind {name} NOT NULL, arms INTEGER)"));
        db.execute("INSERT INTO inh_robot VALUES (1, 'W', 2), (2, 'X', 4)");
        let error = session.query::<AnyRobot>().all().unwrap_err().to_string();
        assert_matches!(error.as_str(), text if text.contains("AnyRobot") && text.contains('2') && text.contains("kind"));
        assert!(error.contains('X') && error.contains("`W`"), "{error}");
        // The other row is still valid.
        assert_eq!(session.query::<Welder>().count().unwrap(), 1);
        let welder = session.query::<Welder>().one().unwrap();
        assert_eq!(session[welder].arms, 2);
    }

    fn g05_a_row_of_one_kind_is_not_loaded_as_another(db: &TestDb) {
        let mut session = office(db);
        let pointy = session.query::<Manager>().filter(person::name.eq("pointy")).one().unwrap();
        let key = session.key(pointy).unwrap();
        session.clear();
        session.take_log();
        assert_eq!(session.get::<Engineer>(key).unwrap(), None);
        assert_eq!(session.get::<Person>(key).unwrap().map(|one| session[one].name.clone()).as_deref(), Some("pointy"));
    }

    fn g05_the_kind_of_a_stored_object_stays(db: &TestDb) {
        let mut session = office(db);
        let pointy = session.query::<Staff>().filter(person::name.eq("pointy")).one().unwrap();
        let engineer = Engineer::builder().person(session[pointy].snapshot_of_person()).status("x").build();
        session[pointy] = Staff::Engineer(engineer);
        session.take_log();
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("subtype"), "{error}");
        assert_eq!(trace(&session.take_log()), "");
        session.rollback().unwrap();
        assert_matches!(&session[pointy], Staff::Manager(_));
    }

    fn a_column_of_the_base_is_reached_through_a_reference_to_a_kind(db: &TestDb) {
        let mut session = office(db);
        let boss = session.query::<Manager>().filter(person::name.eq("pointy")).one().unwrap();
        let dilbert = session.query::<Engineer>().filter(person::name.eq("dilbert")).one().unwrap();
        session[dilbert].manager = Some(boss.into());
        session.flush().unwrap();
        let names: Vec<(String, Option<String>, Option<String>)> = session
            .query::<Engineer>()
            .order_by(person::name.asc())
            .select((
                person::name,
                engineer::manager.column(person::name),
                engineer::manager.column(manager::status),
            ))
            .load()
            .unwrap();
        let row = |one: &str, name: Option<&str>, status: Option<&str>| {
            (one.to_owned(), name.map(str::to_owned), status.map(str::to_owned))
        };
        assert_eq!(names, [row("dilbert", Some("pointy"), Some("here")), row("wally", None, None)]);
    }

    fn the_discriminator_follows_from_the_type_whatever_is_written_there(db: &TestDb) {
        let mut session = office(db);
        let pointy = session.query::<Manager>().filter(person::name.eq("pointy")).one().unwrap();
        let boss = session.query::<Boss>().one().unwrap();
        session[pointy].kind = session[boss].kind;
        session[pointy].status = "away".to_owned();
        let new = session.add(a_manager("new"));
        session[new].kind = session[boss].kind;
        session.commit().unwrap();
        let stored = db.rows("inh_person", "name, kind");
        for manager in ["pointy|manager", "new|manager"] {
            assert!(stored.iter().any(|row| row == manager), "{stored:?}");
        }
    }
}

impl Staff {
    fn snapshot_of_person(&self) -> Person {
        Person { id: self.id, ..named(&self.name) }
    }
}

/// The subtypes of robots.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum RobotKind {
    #[db_enum(code = 'W')]
    Welder,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_robot", hierarchy = AnyRobot)]
pub struct Robot {
    pub id: Auto<i32>,
    pub kind: Discriminator<RobotKind>,
}

#[derive(Entity, Clone, Debug)]
pub struct Welder {
    #[entity(base)]
    pub robot: Robot,
    pub arms: i32,
}

#[derive(Entity, Clone, Debug)]
pub enum AnyRobot {
    #[entity(discriminator = RobotKind::Welder)]
    Welder(Welder),
}
