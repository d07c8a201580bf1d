//! Two subtypes in one table declare their shared column differently.

use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnimalKind {
    Dog,
    Cat,
}

#[derive(Entity)]
#[entity(hierarchy = AnyAnimal)]
pub struct Animal {
    pub id: Auto<i64>,
    pub kind: Discriminator<AnimalKind>,
}

#[derive(Entity)]
pub struct Dog {
    #[entity(base)]
    pub animal: Animal,
    #[entity(length = 20)]
    pub breed: String,
}

#[derive(Entity)]
pub struct Cat {
    #[entity(base)]
    pub animal: Animal,
    #[entity(length = 30)]
    pub breed: String,
}

#[derive(Entity)]
pub enum AnyAnimal {
    #[entity(discriminator = AnimalKind::Dog)]
    Dog(Dog),
    #[entity(discriminator = AnimalKind::Cat)]
    Cat(Cat),
}

fn main() {}
