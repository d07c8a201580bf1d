//! A subtype adds a column that its base has in the same table.

use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnimalKind {
    Dog,
}

#[derive(Entity)]
#[entity(hierarchy = AnyAnimal)]
pub struct Animal {
    pub id: Auto<i64>,
    pub name: String,
    pub kind: Discriminator<AnimalKind>,
}

#[derive(Entity)]
pub struct Dog {
    #[entity(base)]
    pub animal: Animal,
    pub name: Option<String>,
}

#[derive(Entity)]
pub enum AnyAnimal {
    #[entity(discriminator = AnimalKind::Dog)]
    Dog(Dog),
}

fn main() {}
