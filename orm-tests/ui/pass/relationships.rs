//! Relationships of every shape: several references to one entity, to the same entity, to each
//! other, with keys of all kinds, in functions, of private structs, and in long chains.

#![allow(dead_code)]
#![recursion_limit = "256"]

mod several {
    use orm_runtime::prelude::*;

    #[derive(Entity, Debug, Clone)]
    pub struct User {
        pub id: Auto<i64>,
        #[entity(inverse = from)]
        pub sent: HasMany<Message>,
        #[entity(inverse = to, order_by(sent_at.desc(), from_id), filter = unread, delete_orphan)]
        pub received: HasMany<Message>,
        #[entity(through = "friendship", columns(one_id, other_id))]
        pub friends: ManyToMany<User>,
        #[entity(inverse = friends)]
        pub friend_of: ManyToMany<User>,
        pub profile: HasOne<Profile>,
    }

    #[derive(Entity, Debug, Clone)]
    pub struct Message {
        pub id: Auto<i64>,
        pub sent_at: i32,
        #[entity(on_delete = database, index)]
        pub from: ForeignKey<User>,
        #[entity(column = "receiver", delete_orphan, comment = "who reads it")]
        pub to: Option<ForeignKey<User>>,
    }

    #[derive(Entity, Debug, Clone)]
    pub struct Profile {
        #[entity(primary_key)]
        pub user: ForeignKey<User>,
        pub text: String,
    }

    fn unread() -> Condition<'static, Message> {
        Condition::all().and(message::sent_at.gt(0))
    }

    pub fn made() -> (User, Message) {
        let profile = Profile::builder().text("about me").build();
        let sent = Message::builder().sent_at(1).to(2).build();
        let user = User::builder().sent([sent]).profile(profile).build();
        (user, Message::builder().sent_at(1).from(1).maybe_to(None).build())
    }
}

mod mutual {
    use orm_runtime::prelude::*;

    #[derive(Entity)]
    pub(crate) struct Author {
        id: Auto<i64>,
        best: Option<ForeignKey<Book>>,
        #[entity(inverse = author)]
        books: HasMany<Book>,
    }

    #[derive(Entity)]
    pub(super) struct Book {
        id: Auto<i64>,
        author: ForeignKey<Author>,
        best_of: HasOne<Author>,
        r#type: Option<ForeignKey<Kind, KindId>>,
    }

    #[derive(Entity)]
    pub(super) struct Kind {
        #[entity(primary_key)]
        id: KindId,
        #[entity(through = "kind_author")]
        authors: ManyToMany<Author>,
    }

    #[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct KindId(i64);

    pub(crate) fn made() -> Author {
        let book = Book::builder().r#type(KindId(1)).best_of(Author::builder().build()).build();
        let _ = (book::r#type, book::type_id, kind::id);
        Author::builder().books([book]).build()
    }
}

mod keys {
    use orm_runtime::prelude::*;

    #[derive(Entity)]
    struct Seat {
        #[entity(primary_key)]
        line: String,
        #[entity(primary_key)]
        number: i32,
        #[entity(inverse = seat)]
        reservations: HasMany<Reservation>,
    }

    #[derive(Entity)]
    struct Reservation {
        #[entity(primary_key, columns(line, number))]
        seat: ForeignKey<Seat, (String, i32)>,
        #[entity(primary_key)]
        guest: ForeignKey<Guest, String>,
        #[entity(columns(next_line = "n_line", next_number), index)]
        next: Option<ForeignKey<Seat, (String, i32)>>,
    }

    #[derive(Entity)]
    struct Guest {
        #[entity(primary_key)]
        name: String,
        #[entity(through = Reservation, foreign_keys(guest, next))]
        next: ManyToMany<Seat, (String, i32)>,
        #[entity(through = Visit)]
        places: ManyToMany<Place>,
    }

    #[derive(Entity)]
    struct Place {
        id: Auto<i64>,
        #[entity(through = Visit, order_by = name)]
        guests: ManyToMany<Guest, String>,
    }

    #[derive(Entity)]
    struct Visit {
        #[entity(primary_key)]
        guest: ForeignKey<Guest, String>,
        #[entity(primary_key)]
        place: ForeignKey<Place>,
        #[entity(primary_key)]
        day: i32,
    }

    pub(crate) fn made() {
        let reservation = Reservation::builder().seat(("A".to_owned(), 1)).guest("ada").build();
        assert_eq!(reservation.key(), Some(("A".to_owned(), 1, "ada".to_owned())));
        let _ = Seat::builder().line("A").number(1).reservations([reservation]).build();
        let _ = (Guest::builder().name("ada").build(), Place::builder().build());
        let _ = Visit::builder().day(1).build();
    }
}

/// A chain of a hundred entities. Each references the next and has a collection of the previous.
mod chain {
    use orm_runtime::prelude::*;

    macro_rules! chain {
        ($last:ident $this:ident $next:ident $($rest:ident)*) => {
            #[derive(Entity)]
            struct $this {
                id: Auto<i64>,
                back: Option<ForeignKey<$last>>,
                forth: Option<ForeignKey<$next>>,
                #[entity(inverse = back)]
                many: HasMany<$next>,
            }
            chain!($this $next $($rest)*);
        };
        ($last:ident $this:ident) => {
            #[derive(Entity)]
            struct $this {
                id: Auto<i64>,
                back: ForeignKey<$last>,
            }
        };
    }
    chain!(A0 A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27 A28 A29 A30 A31 A32 A33 A34 A35 A36 A37 A38 A39 A40 A41 A42 A43 A44 A45 A46 A47 A48 A49 A50 A51 A52 A53 A54 A55 A56 A57 A58 A59 A60 A61 A62 A63 A64 A65 A66 A67 A68 A69 A70 A71 A72 A73 A74 A75 A76 A77 A78 A79 A80 A81 A82 A83 A84 A85 A86 A87 A88 A89 A90 A91 A92 A93 A94 A95 A96 A97 A98 A99);

    pub(crate) fn made() {
        let _ = A0::builder().many([A1::builder().build()]).build();
    }
}

fn in_a_function() {
    use orm_runtime::prelude::*;

    #[derive(Entity)]
    struct User {
        id: Auto<i64>,
        addresses: HasMany<Address>,
        #[entity(through = "user_tag")]
        tags: ManyToMany<Tag>,
    }

    #[derive(Entity)]
    struct Address {
        id: Auto<i64>,
        user: ForeignKey<User>,
    }

    #[derive(Entity)]
    struct Tag {
        id: Auto<i64>,
        #[entity(inverse = tags)]
        users: ManyToMany<User>,
    }

    let tag = Tag::builder().users([User::builder().build()]).build();
    let _ = User::builder().addresses([Address::builder().build()]).tags([tag]).build();
    let _ = (user::addresses, user::tags, tag::users, address::user, address::user_id);
}

/// Names of the prelude, and names that the derive generates, have another meaning here.
mod shadowed {
    #![allow(dead_code, non_camel_case_types)]

    use orm_runtime::prelude::{Auto, Entity, ForeignKey, HasMany, HasOne, ManyToMany};

    pub struct Option;
    pub struct Result;
    pub struct Vec;
    pub struct Into;
    pub struct Relationship;
    pub fn Some() {}
    pub fn None() {}
    pub trait Clone {}
    pub trait Debug {}

    #[derive(Entity)]
    pub struct User {
        pub id: Auto<::core::primitive::i64>,
        pub posts: HasMany<Post>,
        pub badge: HasOne<Badge>,
        #[entity(through = "user_tag")]
        pub tags: ManyToMany<Tag>,
    }

    #[derive(Entity)]
    pub struct Post {
        pub id: Auto<::core::primitive::i64>,
        pub user: ForeignKey<User>,
    }

    #[derive(Entity)]
    pub struct Badge {
        pub id: Auto<::core::primitive::i64>,
        pub user: ::core::option::Option<ForeignKey<User>>,
    }

    #[derive(Entity)]
    pub struct Tag {
        pub id: Auto<::core::primitive::i64>,
        #[entity(inverse = tags)]
        pub users: ManyToMany<User>,
    }
}

fn main() {
    let _ = (several::made(), mutual::made());
    keys::made();
    chain::made();
    in_a_function();
}
