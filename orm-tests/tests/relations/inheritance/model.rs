//! The entities of these tests: employees with a table for each subtype, some of which extend
//! others, and animals in one table.

use orm_runtime::prelude::*;

/// The subtypes of employees.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKind {
    Person,
    Engineer,
    Manager,
    Boss,
    Temp,
}

/// The employer of people.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_company")]
pub struct Company {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub name: String,
    #[entity(inverse = company)]
    pub people: HasMany<Person>,
}

/// The base, which is also a subtype.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_person", hierarchy = Staff)]
pub struct Person {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub name: String,
    pub kind: Discriminator<PersonKind>,
    #[entity(on_delete = cascade)]
    pub company: Option<ForeignKey<Company>>,
    #[entity(inverse = author)]
    pub notes: HasMany<Note>,
}

/// Has a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_engineer")]
pub struct Engineer {
    #[entity(base)]
    pub person: Person,
    #[entity(length = 40)]
    pub status: String,
    #[entity(length = 40)]
    pub language: Option<String>,
    pub manager: Option<ForeignKey<Manager>>,
}

/// Has a separate table, in which the key has another name.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_manager")]
pub struct Manager {
    #[entity(base, column = "person_id")]
    pub person: Person,
    #[entity(length = 40)]
    pub status: String,
    #[entity(inverse = manager)]
    pub engineers: HasMany<Engineer>,
}

/// Extends a subtype, in a third table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_boss")]
pub struct Boss {
    #[entity(base)]
    pub manager: Manager,
    pub golf: i32,
}

/// Has its columns in the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Temp {
    #[entity(base)]
    pub person: Person,
    #[entity(length = 40)]
    pub agency: String,
    pub mentor: Option<ForeignKey<Person>>,
}

/// All subtypes.
#[derive(Entity, Clone, Debug)]
pub enum Staff {
    #[entity(discriminator = PersonKind::Person)]
    Person(Person),
    #[entity(discriminator = PersonKind::Engineer)]
    Engineer(Engineer),
    #[entity(discriminator = PersonKind::Manager)]
    Manager(Manager),
    #[entity(discriminator = PersonKind::Boss)]
    Boss(Boss),
    #[entity(discriminator = PersonKind::Temp)]
    Temp(Temp),
}

/// References an employee of any subtype.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_note")]
pub struct Note {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub text: String,
    #[entity(on_delete = cascade)]
    pub author: ForeignKey<Person>,
}

/// The subtypes of animals.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnimalKind {
    #[db_enum(code = "D")]
    Dog,
    #[db_enum(code = "C")]
    Cat,
}

/// An abstract base: every animal is a dog or a cat.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_animal", hierarchy = AnyAnimal)]
pub struct Animal {
    #[entity(primary_key, length = 40)]
    pub name: String,
    pub kind: Discriminator<AnimalKind>,
    #[entity(version)]
    pub version: i32,
    pub parent: Option<ForeignKey<Animal, String>>,
}

/// In the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Dog {
    #[entity(base)]
    pub animal: Animal,
    pub good: bool,
}

/// In the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Cat {
    #[entity(base)]
    pub animal: Animal,
    pub lives: i32,
    pub chases: Option<ForeignKey<Dog, String>>,
}

/// All subtypes.
#[derive(Entity, Clone, Debug)]
pub enum AnyAnimal {
    #[entity(discriminator = AnimalKind::Dog)]
    Dog(Dog),
    #[entity(discriminator = AnimalKind::Cat)]
    Cat(Cat),
}
