//! What an insert of many rows returns, and what it does with rows that are refused.

use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "tickets", check = "amount > 0")]
struct Ticket {
    id: Auto<i64>,
    #[entity(unique, length = 30)]
    code: String,
    amount: i64,
    parent: Option<ForeignKey<Ticket>>,
    #[entity(db_default = "'new'", length = 20)]
    state: Generated<String>,
    note: Deferred<Option<String>>,
}

fn ticket(code: impl Into<String>, amount: i64) -> Ticket {
    Ticket { note: Deferred::new(None), ..Ticket::builder().code(code).amount(amount).build() }
}

fn tickets(db: &TestDb) -> Session {
    db.session_for(schema![Ticket])
}

fn key_of(session: &mut Session, code: &str) -> i64 {
    let found: Vec<i64> =
        session.query::<Ticket>().filter(ticket::code.eq(code)).select(ticket::id).load().unwrap();
    found[0]
}

on_all_databases! {
    fn keys_come_back_in_the_order_of_the_rows(db: &TestDb) {
        let mut session = tickets(db);
        session.bulk_insert([ticket("first", 1)]).unwrap();
        let rows: Vec<_> = (0..1_300).map(|n| ticket(format!("t{n}"), n + 1)).collect();
        let keys = session.bulk_insert_with(rows).returning_keys().unwrap();
        assert!(session.is_empty());
        session.commit().unwrap();
        assert_eq!(keys.len(), 1_300);
        let stored: Vec<(i64, i64)> =
            session.query::<Ticket>().select((ticket::id, ticket::amount)).load().unwrap();
        for (key, amount) in keys.iter().zip(1..) {
            assert!(stored.contains(&(*key, amount)), "{key} {amount}");
        }
        let given = Ticket { id: 9_000.into(), ..ticket("given", 1) };
        let keys = session.bulk_insert_with([given]).returning_keys().unwrap();
        assert_eq!(keys, [9_000]);
        session.rollback().unwrap();
    }

    fn rows_come_back_with_what_the_database_has_generated(db: &TestDb) {
        let mut session = tickets(db);
        let mut sold = ticket("sold", 2);
        sold.state.set("sold".to_owned());
        let rows = [ticket("b", 1), sold, ticket("a", 3)];
        let rows = session.bulk_insert_with(rows).returning_rows().unwrap();
        session.commit().unwrap();
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.code.as_str(), row.state.get().unwrap().as_str()))
            .collect();
        let keys = ["b", "sold", "a"].map(|code| Auto::from(key_of(&mut session, code)));
        assert_eq!(seen, [(keys[0], "b", "new"), (keys[1], "sold", "sold"), (keys[2], "a", "new")]);
        assert!(session.is_empty());
    }

    fn the_first_bad_row_is_named_and_nothing_is_written(db: &TestDb) {
        let mut session = tickets(db);
        session.bulk_insert([ticket("taken", 1)]).unwrap();
        session.commit().unwrap();
        let code = |n: i64| if n == 1_111 || n == 1_112 { "taken".to_owned() } else { n.to_string() };
        let error =
            session.bulk_insert((1..=1_300).map(|n| ticket(code(n), n))).unwrap_err();
        let Error::Constraint(violation) = &error else { panic!("{error}") };
        assert_eq!((violation.row, &violation.fields[..]), (Some(1_111), &["code"][..]));
        assert!(error.to_string().starts_with("Ticket (row 1111): duplicate value (code)"), "{error}");
        session.commit().unwrap();
        assert_eq!(db.count("tickets"), 1);
        // Among the rows themselves, the second is the bad one.
        let rows = ["x", "y", "z", "x"].map(|code| ticket(code, 1));
        let error = session.bulk_insert_with(rows).returning_keys().unwrap_err();
        assert_matches!(&error, Error::Constraint(violation) if violation.row == Some(4));
        let rows = [ticket("x", 1), ticket("y", 0), ticket("z", 0)];
        let error = session.bulk_insert(rows).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
        assert_matches!(&error, Error::Constraint(violation) if violation.row == Some(2));
        let orphan = Ticket { parent: Some(77.into()), ..ticket("orphan", 1) };
        let error = session.bulk_insert([ticket("x", 1), orphan, ticket("y", 1)]).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::ForeignKey), "{error}");
        assert_matches!(&error, Error::Constraint(violation) if violation.row == Some(2));
        session.bulk_insert([ticket("x", 1)]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("tickets"), 2);
    }

    fn refused_rows_are_handed_over(db: &TestDb) {
        let mut session = tickets(db);
        session.bulk_insert([ticket("taken", 1)]).unwrap();
        let amount = |n: i64| if n == 7 || n == 700 || n == 701 { 0 } else { n };
        let code = |n: i64| if n == 1_300 { "taken".to_owned() } else { n.to_string() };
        let rows: Vec<_> = (1..=1_300).map(|n| ticket(code(n), amount(n))).collect();
        let (mut refused, mut heard) = (Vec::new(), 0);
        let written = session
            .bulk_insert_with(rows)
            .reject_into(|number, row, error| {
                let Error::Constraint(violation) = error else { panic!("{error}") };
                refused.push((number, row.code, violation.kind(), violation.row));
            })
            .on_progress(|rows| heard = rows)
            .run()
            .unwrap();
        assert_eq!((written, heard), (1_296, 1_296));
        let check = |n: usize| (n, n.to_string(), DatabaseErrorKind::Check, Some(n));
        let taken = (1_300, "taken".to_owned(), DatabaseErrorKind::Unique, Some(1_300));
        assert_eq!(refused, [check(7), check(700), check(701), taken]);
        session.commit().unwrap();
        assert_eq!(db.count("tickets"), 1_297);
        // The keys are those of the rows that were written.
        let rows = [ticket("a", 1), ticket("b", 0), ticket("c", 3)];
        let mut numbers = Vec::new();
        let keys = session
            .bulk_insert_with(rows)
            .reject_into(|number, _, _| numbers.push(number))
            .returning_keys()
            .unwrap();
        assert_eq!(numbers, [2]);
        session.commit().unwrap();
        assert_eq!(keys, ["a", "c"].map(|code| key_of(&mut session, code)));
        let mut none = Vec::new();
        let rows = [ticket("d", 0), ticket("e", 0)];
        let written = session.bulk_insert_with(rows).reject_into(|n, _, _| none.push(n)).run();
        assert_eq!((written.unwrap(), none), (0, vec![1, 2]));
    }

    fn rows_that_exist_are_left_out_by_an_upsert(db: &TestDb) {
        let mut session = tickets(db);
        session.bulk_insert([ticket("a", 1)]).unwrap();
        session.bulk_upsert([ticket("a", 2), ticket("b", 3)]).on(ticket::code).do_nothing().run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("tickets", "amount"), ["1", "3"]);
    }
}
