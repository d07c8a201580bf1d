// Enums, custom types and value objects with names of the prelude, in separate modules.
#![allow(dead_code)]

mod kinds {
    #[derive(orm_runtime::DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Kind {
        Part,
        #[db_enum(label = "full time")]
        Full,
    }

    #[derive(orm_runtime::DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct UserId(i64);
}

mod places {
    #[derive(orm_runtime::Embed, Debug, Clone, PartialEq)]
    pub(crate) struct Place {
        pub(crate) street: std::string::String,
        #[entity(embed)]
        pub(crate) inside: std::option::Option<rooms::Room>,
    }

    pub(crate) mod rooms {
        #[derive(orm_runtime::Embed, Debug, Clone, PartialEq)]
        pub(crate) struct Room {
            number: i32,
        }
    }
}

mod users {
    use super::kinds::{self, Kind};
    use super::places;

    enum Option {}
    enum Result {}
    struct String;

    #[derive(orm_runtime::DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Level {
        Low = 1,
        High = 2,
    }

    #[derive(orm_runtime::Entity)]
    #[entity(unique(kind, home_street), index(columns(level), where = "level > 1"))]
    pub(crate) struct User {
        id: orm_runtime::Auto<kinds::UserId>,
        pub(crate) kind: Kind,
        level: std::option::Option<Level>,
        #[entity(embed)]
        home: places::Place,
        #[entity(embed, prefix = "w_")]
        work: std::option::Option<places::Place>,
    }
}

fn main() {
    use orm_runtime::Entity;

    let home = places::Place { street: "Main".into(), inside: None };
    let user = users::User::builder().kind(kinds::Kind::Full).home(home).build();
    assert_eq!(user.kind.label(), "full time");
    assert_eq!(users::User::META.columns.len(), 7);
}
