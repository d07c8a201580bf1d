//! The entities of a library: subtypes in other modules than their base, with every kind of column,
//! and two hierarchies that reference each other.

use chrono::NaiveDateTime;
use orm_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// The subtypes of media.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediumKind {
    Book,
    Film,
    Poster,
    Leaflet,
    Map,
}

/// The genre of a book or a poster.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    Crime,
    Love,
}

/// A size.
#[derive(Embed, Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub width: i32,
    pub height: i32,
}

/// Times as strings.
mod stamp {
    use chrono::NaiveDateTime;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(time: &NaiveDateTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time.format("%FT%T%.f"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDateTime, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// The base, in a separate module.
pub mod shelf {
    use super::*;

    #[derive(Entity, Clone, Debug, Serialize, Deserialize)]
    #[entity(table = "inh_medium", hierarchy = super::Medium, hooks)]
    pub struct Item {
        pub id: Auto<i64>,
        #[entity(length = 40)]
        pub title: String,
        pub kind: Discriminator<MediumKind>,
        #[entity(created_at)]
        #[serde(with = "stamp")]
        pub created: NaiveDateTime,
        #[entity(updated_at)]
        #[serde(with = "stamp")]
        pub changed: NaiveDateTime,
        #[entity(soft_delete)]
        #[serde(skip)]
        pub deleted_at: Option<NaiveDateTime>,
        #[entity(version)]
        pub version: i32,
        pub cover: Deferred<Option<String>>,
        pub owner: Option<ForeignKey<Party>>,
        #[entity(through = "inh_medium_tag")]
        pub tags: ManyToMany<Tag>,
        #[entity(inverse = item)]
        pub loan: HasOne<Loan>,
        #[entity(skip)]
        #[serde(skip)]
        pub heard: Vec<String>,
    }

    impl Hooks for Item {
        fn before_insert(&mut self) {
            self.heard.push("base inserted".to_owned());
        }

        fn before_update(&mut self) {
            self.heard.push("base updated".to_owned());
        }

        fn after_load(&mut self) {
            self.heard.push("base loaded".to_owned());
        }

        fn validate(&self) -> Result<(), ValidationError> {
            match self.title.is_empty() {
                true => Err(ValidationError::new("title", "is empty")),
                false => Ok(()),
            }
        }
    }
}

mod paper {
    use super::*;

    /// In a separate table.
    #[derive(Entity, Clone, Debug, Serialize, Deserialize)]
    #[entity(
        table = "inh_book",
        hooks,
        check(name = "inh_book_pages", condition = "pages > 0"),
        index(genre, pages)
    )]
    pub struct Book {
        #[entity(base)]
        pub item: super::shelf::Item,
        #[entity(unique, length = 20)]
        pub isbn: String,
        #[entity(default = 1)]
        pub pages: i32,
        pub genre: Genre,
        #[entity(embed)]
        pub size: Size,
        pub text: Deferred<Option<String>>,
        #[entity(through = "inh_book_author")]
        pub authors: ManyToMany<Human>,
    }

    impl Hooks for Book {
        fn before_insert(&mut self) {
            self.heard.push("book inserted".to_owned());
        }

        fn before_update(&mut self) {
            self.heard.push("book updated".to_owned());
        }

        fn after_load(&mut self) {
            self.heard.push("book loaded".to_owned());
        }

        fn validate(&self) -> Result<(), ValidationError> {
            match self.isbn.is_empty() {
                true => Err(ValidationError::new("isbn", "is empty")),
                false => Ok(()),
            }
        }
    }
}

pub use paper::{Book, book};

/// In a separate table.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_film")]
pub struct Film {
    #[entity(base)]
    pub item: shelf::Item,
    pub based_on: Option<ForeignKey<Book>>,
    pub maker: Option<ForeignKey<Firm>>,
}

/// In the table of the base.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
pub struct Poster {
    #[entity(base)]
    pub item: shelf::Item,
    #[entity(embed)]
    pub size: Option<Size>,
    pub genre: Option<Genre>,
    #[entity(unique, length = 20)]
    pub number: String,
}

/// Has no columns.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
pub struct Leaflet {
    #[entity(base)]
    pub item: shelf::Item,
}

/// Has no columns, in a separate table.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_map")]
pub struct Map {
    #[entity(base)]
    pub item: shelf::Item,
}

/// All subtypes.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
pub enum Medium {
    #[entity(discriminator = MediumKind::Book)]
    Book(Book),
    #[entity(discriminator = MediumKind::Film)]
    Film(Film),
    #[entity(discriminator = MediumKind::Poster)]
    Poster(Poster),
    #[entity(discriminator = MediumKind::Leaflet)]
    Leaflet(Leaflet),
    #[entity(discriminator = MediumKind::Map)]
    Map(Map),
}

/// The topics of media.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_tag")]
pub struct Tag {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(inverse = tags)]
    pub items: ManyToMany<shelf::Item>,
}

/// A loan of one medium. A medium has at most one.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_loan")]
pub struct Loan {
    pub id: Auto<i64>,
    #[entity(unique, on_delete = cascade)]
    pub item: ForeignKey<shelf::Item>,
    #[entity(length = 20)]
    pub to: String,
}

/// The subtypes of parties.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartyKind {
    Human,
    Firm,
}

/// The base of the other hierarchy.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_party", hierarchy = AnyParty)]
pub struct Party {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub name: String,
    pub kind: Discriminator<PartyKind>,
    #[entity(inverse = owner)]
    pub owns: HasMany<shelf::Item>,
}

/// In a separate table.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "inh_human")]
pub struct Human {
    #[entity(base)]
    pub party: Party,
    pub favourite: Option<ForeignKey<Book>>,
    #[entity(inverse = authors)]
    pub wrote: ManyToMany<Book>,
}

/// In the table of the base.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
pub struct Firm {
    #[entity(base)]
    pub party: Party,
    pub flagship: Option<ForeignKey<shelf::Item>>,
    #[entity(inverse = maker)]
    pub films: HasMany<Film>,
}

/// All subtypes.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
pub enum AnyParty {
    #[entity(discriminator = PartyKind::Human)]
    Human(Human),
    #[entity(discriminator = PartyKind::Firm)]
    Firm(Firm),
}
