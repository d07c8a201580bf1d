//! Fixtures for these tests: people of all subtypes.

use orm_runtime::Schema;
use orm_runtime::prelude::*;

use super::model::*;

pub fn person(name: &str) -> Person {
    Person::builder().name(name).build()
}

pub fn engineer(name: &str) -> Engineer {
    Engineer::builder().person(person(name)).status("works").language("Rust").build()
}

pub fn manager(name: &str) -> Manager {
    Manager::builder().person(person(name)).status("plans").build()
}

pub fn boss(name: &str) -> Boss {
    Boss::builder().manager(manager(name)).golf(3).build()
}

pub fn temp(name: &str) -> Temp {
    Temp::builder().person(person(name)).agency("Quick").build()
}

/// Returns the tables of people.
pub fn people() -> Schema {
    schema![Company, Staff, Note]
}

/// The handles of one stored object of each subtype.
pub struct One {
    pub person: Handle<Person>,
    pub engineer: Handle<Engineer>,
    pub manager: Handle<Manager>,
    pub boss: Handle<Boss>,
    pub temp: Handle<Temp>,
}

pub fn one_of_each(session: &mut Session) -> One {
    let one = One {
        person: session.add(person("pat")),
        engineer: session.add(engineer("eve")),
        manager: session.add(manager("max")),
        boss: session.add(boss("bob")),
        temp: session.add(temp("tim")),
    };
    session.commit().unwrap();
    session.take_log();
    one
}

/// Returns the names of people in alphabetical order.
pub fn names<T: orm_runtime::inheritance::SubtypeOf<Staff>>(
    session: &Session,
    handles: &[Handle<T>],
) -> Vec<String> {
    let names = handles.iter().map(|handle| session[handle.upcast::<Staff>()].name.clone());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}
