//! Conditions on related objects.

use diesel::dsl::not;
use orm_runtime::prelude::*;
use orm_runtime::query::{Predicate, RelationshipCondition};
use orm_tests::{TestDb, assert_sql, on_all_databases};

use crate::fixture::shop;
use crate::model::{
    Address, Node, Seat, Ticket, User, address, item, node, order, seat, tag, ticket, user,
};

/// Returns the names of the users that match a condition.
fn found<'q>(session: &'q mut Session, condition: impl Predicate<User> + 'q) -> Vec<String> {
    let names = session.query::<User>().filter(condition).order_by(user::id).select(user::name);
    names.load().unwrap()
}

/// Returns the keys of the addresses that match a condition.
fn homes<'q>(session: &'q mut Session, condition: impl Predicate<Address> + 'q) -> Vec<i64> {
    let ids =
        session.query::<Address>().filter(condition).order_by(address::id).select(address::id);
    ids.load().unwrap()
}

on_all_databases! {
    fn collections_are_conditions(db: &TestDb) {
        let mut session = shop(db);
        let boop = || user::addresses.has_any(address::email.like("%boop%"));
        assert_eq!(found(&mut session, boop()), ["ed"]);
        assert_sql!(session, "S users");
        assert_eq!(found(&mut session, not(boop())), ["jack", "fred", "chuck"]);
        assert_eq!(found(&mut session, user::addresses.has_none(address::email.like("%ed%"))), ["jack", "chuck"]);
        assert_eq!(found(&mut session, user::orders.exists()), ["jack", "fred"]);
        assert_eq!(found(&mut session, user::orders.not_exists()), ["ed", "chuck"]);
        assert_eq!(found(&mut session, user::tags.has_any(tag::name.eq("big"))), ["jack", "fred"]);
        assert_eq!(found(&mut session, user::tags.exists().and(user::orders.not_exists())), ["ed"]);
        let either = Condition::<User>::any().or(boop()).or(user::id.eq(10));
        assert_eq!(found(&mut session, either), ["ed", "chuck"]);
    }

    fn an_address_without_owner_does_not_hide_the_others(db: &TestDb) {
        let mut session = shop(db);
        // Because one of them is NULL, NOT IN would be unknown for all.
        assert_eq!(found(&mut session, user::addresses.not_exists()), ["chuck"]);
        assert_eq!(homes(&mut session, address::user.has(user::name.eq("ed"))), [2, 3, 4]);
        assert_eq!(homes(&mut session, not(address::user.has(user::name.eq("ed")))), [1, 5, 6]);
        assert_eq!(homes(&mut session, address::user.not_exists()), [6]);
    }

    fn paths_are_conditions(db: &TestDb) {
        let mut session = shop(db);
        let four = user::orders.then(order::items).has_any(item::name.eq("item 4"));
        assert_eq!(found(&mut session, four), ["jack"]);
        let big = address::user.then(user::tags).has_any(tag::name.eq("big"));
        assert_eq!(homes(&mut session, big), [1, 5]);
        let late = user::orders.filter(order::placed.gt(4)).exists();
        assert_eq!(found(&mut session, late), ["jack"]);
        let of_many = address::user.has(user::addresses.count().gt(1));
        assert_eq!(homes(&mut session, of_many), [2, 3, 4]);
    }

    fn a_table_is_asked_about_itself(db: &TestDb) {
        let mut session = shop(db);
        let names = |session: &mut Session, condition: RelationshipCondition<'static, Node>| -> Vec<String> {
            session.query::<Node>().filter(condition).order_by(node::id).select(node::name).load().unwrap()
        };
        assert_eq!(names(&mut session, node::children.has_any(node::name.eq("leaf"))), ["b"]);
        assert_eq!(names(&mut session, node::parent.has(node::name.eq("root"))), ["b", "a"]);
        let grandparent = node::parent.then(node::parent).has(node::name.eq("root"));
        assert_eq!(names(&mut session, grandparent), ["leaf"]);
        assert_eq!(names(&mut session, node::children.not_exists()), ["a", "leaf"]);
    }

    fn keys_of_two_columns_are_compared_together(db: &TestDb) {
        let mut session = shop(db);
        for number in [1, 2] {
            let mut seat = Seat::builder().line("a").number(number).build();
            seat.line = "a".to_owned();
            session.add(seat);
        }
        session.add(Ticket::builder().seat(("a".to_owned(), 2)).build());
        session.flush().unwrap();
        let taken = session.query::<Seat>().filter(seat::ticket.exists()).one().unwrap();
        assert_eq!(session[taken].number, 2);
        let free = session.query::<Seat>().filter(seat::ticket.not_exists()).one().unwrap();
        assert_eq!(session[free].number, 1);
        let second = ticket::seat.has(seat::number.eq(2));
        assert_eq!(session.query::<Ticket>().filter(second).count().unwrap(), 1);
        assert_eq!(session.query::<Ticket>().filter(ticket::old.exists()).count().unwrap(), 0);
        session.commit().unwrap();
        session.clear();
        let seats = session.query::<Seat>().eager(seat::ticket.then(ticket::seat)).order_by(seat::number);
        let seats = seats.all().unwrap();
        assert!(session[seats[0]].ticket.get(&session).unwrap().is_none());
        let sold = session[seats[1]].ticket.get(&session).unwrap().unwrap();
        assert_eq!(sold.seat.handle(&session).unwrap(), seats[1]);
    }

    fn rows_are_changed_by_conditions_on_others(db: &TestDb) {
        let mut session = shop(db);
        let of_ed = address::user.has(user::name.eq("ed"));
        assert_eq!(session.query::<Address>().filter(of_ed).delete().unwrap(), 3);
        assert_eq!(homes(&mut session, address::user.exists()), [1, 5]);
    }
}
