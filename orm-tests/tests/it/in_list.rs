//! Long lists of values, and many keys at once.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, on_all_databases};
use uuid::Uuid;

#[derive(Entity, Debug)]
#[entity(table = "words")]
struct Word {
    id: Auto<i64>,
    #[entity(length = 60)]
    text: String,
    #[entity(default)]
    small: i16,
    #[entity(default)]
    pages: u32,
    #[entity(default)]
    weight: f64,
    tag: Option<Uuid>,
    seen: Option<u32>,
    note: Option<Vec<u8>>,
    rank: Option<i32>,
}

#[derive(Entity, Debug)]
#[entity(table = "plain")]
struct Plain {
    id: i64,
    half: i64,
}

#[derive(Entity, Debug)]
#[entity(table = "cells")]
struct Cell {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key, length = 30)]
    name: String,
    value: i32,
}

#[derive(Entity, Debug)]
#[entity(table = "names")]
struct Name {
    #[entity(primary_key, length = 60)]
    name: String,
    number: i32,
}

/// Strings that are difficult to quote.
const HARD: [&str; 12] = [
    "it's",
    "say \"hello\"",
    "back\\slash",
    "\\\"",
    "two\nlines\r\n",
    "tab\there",
    "\u{1}\u{1f}\u{7f}",
    "ünïcödé 🦀 \u{2028}",
    "{\"a\": [1, 2]}",
    "comma, and ]",
    "' OR 1 = 1 --",
    "",
];

fn words(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Word]);
    for n in 0..20_u8 {
        let number = u32::from(n);
        session.add(
            Word::builder()
                .text(format!("word {n}"))
                .small(i16::from(n))
                .pages(number)
                .weight(f64::from(n) / 4.0)
                .seen(number)
                .tag(Uuid::from_u128(u128::from(n) + 1))
                .note(vec![n, 0, 255])
                .rank(i32::from(n))
                .build(),
        );
    }
    session.add(Word::builder().text("nothing").small(-1).pages(99).weight(-1.0).build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn texts(session: &Session, found: &[Handle<Word>]) -> BTreeSet<String> {
    found.iter().map(|&word| session[word].text.clone()).collect()
}

on_all_databases! {
    fn a_list_of_integers_may_be_long(db: &TestDb) {
        let mut session = words(db);
        for length in [0, 1, 2, 3, 7, 5_000, 40_000] {
            let list: Vec<i64> = (1..=length).map(|n| n * 2).collect();
            let found = session
                .expect_statements(1, |session| {
                    session.query::<Word>().filter(word::id.in_list(list)).all()
                })
                .unwrap();
            let expected = usize::try_from(length).unwrap().min(10);
            assert_eq!(found.len(), expected, "{length} values");
        }
    }

    fn a_list_of_texts_may_be_long(db: &TestDb) {
        let mut session = words(db);
        for length in [5_000, 40_000] {
            let list = (10..length).map(|n| format!("word {n}"));
            let found = session.query::<Word>().filter(word::text.in_list(list)).all().unwrap();
            assert_eq!(found.len(), 10, "{length} values");
        }
    }

    fn a_list_of_any_type_may_be_long(db: &TestDb) {
        let mut session = words(db);
        // Bound one by one on SQLite, which takes 32,766.
        for length in [5_000_u32, 30_000] {
            let floats = (8..length).map(|n| f64::from(n) / 4.0);
            let found = session.query::<Word>().filter(word::weight.in_list(floats)).count();
            assert_eq!(found.unwrap(), 12, "{length} numbers");
            let bytes = (8..length).map(|n| vec![u8::try_from(n).unwrap_or(77), 0, 255]);
            let found = session.query::<Word>().filter(word::note.in_list(bytes)).count();
            assert_eq!(found.unwrap(), 12, "{length} byte strings");
        }
    }

    fn a_list_finds_exactly_its_values(db: &TestDb) {
        let mut session = words(db);
        let ask = |session: &mut Session, condition: Condition<'_, Word>| {
            let found = session.query::<Word>().filter(condition).all().unwrap();
            texts(session, &found).into_iter().collect::<Vec<_>>()
        };
        let two = ["word 3", "word 5"];
        let is = Condition::<Word>::all;
        assert_eq!(ask(&mut session, is().and(word::small.in_list([3_i16, 5]))), two);
        assert_eq!(ask(&mut session, is().and(word::pages.in_list([3_u32, 5, 1_000]))), two);
        assert_eq!(ask(&mut session, is().and(word::weight.in_list([0.75, 1.25, 1.26]))), two);
        let tags = [4, 6, 88].map(Uuid::from_u128);
        assert_eq!(ask(&mut session, is().and(word::tag.in_list(tags))), two);
        assert_eq!(ask(&mut session, is().and(word::seen.in_list([3_u32, 5]))), two);
        let notes = [vec![3, 0, 255], vec![5, 0, 255], vec![5], vec![]];
        assert_eq!(ask(&mut session, is().and(word::note.in_list(notes))), two);
        assert_eq!(ask(&mut session, is().and(word::rank.in_list([3, 5, -3]))), two);
        assert_eq!(ask(&mut session, is().and(word::small.in_list([-1_i16]))), ["nothing"]);
    }

    fn a_null_is_in_no_list_and_not_outside_of_one(db: &TestDb) {
        let mut session = words(db);
        let inside = |ranks: Vec<i32>| Condition::<Word>::all().and(word::rank.in_list(ranks));
        let mut count = |condition| session.query::<Word>().filter(condition).count().unwrap();
        assert_eq!(count(inside((0..20).collect())), 20);
        assert_eq!(count(!inside((0..19).collect())), 1);
        assert_eq!(count(inside(Vec::new())), 0, "no value is in an empty list");
        assert_eq!(count(!inside(Vec::new())), 21, "every value is outside an empty list");
    }

    fn a_list_goes_with_other_conditions(db: &TestDb) {
        let mut session = words(db);
        let found = session
            .query::<Word>()
            .filter(word::small.in_list([1_i16, 2, 3]))
            .filter(word::text.in_list(["word 2", "word 3", "word 4"].map(str::to_owned)))
            .filter(word::pages.ne(val(2_u32)))
            .all()
            .unwrap();
        assert_eq!(texts(&session, &found), BTreeSet::from(["word 3".to_owned()]));
    }

    fn a_text_in_a_list_is_a_value_whatever_it_holds(db: &TestDb) {
        let mut session = words(db);
        session.add_all(HARD.map(|text| Word::builder().text(text).build()));
        session.commit().unwrap();
        for text in HARD {
            let alone = session.query::<Word>().filter(word::text.in_list([text.to_owned()]));
            let found = alone.all().unwrap();
            assert_eq!(texts(&session, &found), BTreeSet::from([text.to_owned()]));
        }
        let list = HARD.map(str::to_owned);
        let found = session.query::<Word>().filter(word::text.in_list(list.clone())).all().unwrap();
        assert_eq!(texts(&session, &found), BTreeSet::from(list));
    }

    fn a_nul_in_a_list_ends_no_text(db: &TestDb) {
        if db.dialect() == Dialect::Postgres {
            return;
        }
        let mut session = words(db);
        session.add_all(["a", "a\0b", "a\0c"].map(|text| Word::builder().text(text).build()));
        let list = ["a\0c", "other"].map(str::to_owned);
        let found = session.query::<Word>().filter(word::text.in_list(list)).all().unwrap();
        assert_eq!(texts(&session, &found), BTreeSet::from(["a\0c".to_owned()]));
    }

    fn lists_of_different_length_share_a_prepared_statement(db: &TestDb) {
        let mut session = words(db);
        let mut sent = |length: i64| {
            let list: Vec<i64> = (1..=length).collect();
            session.query::<Word>().filter(word::id.in_list(list)).all().unwrap();
            session.take_log().pop().unwrap().sql
        };
        if db.dialect() == Dialect::Mysql {
            // The list is padded to a power of two.
            assert_eq!(sent(5), sent(8));
            assert_eq!(sent(600), sent(1_000));
            assert_ne!(sent(8), sent(9));
        } else {
            assert_eq!(sent(2), sent(3));
            assert_eq!(sent(2), sent(1_000));
        }
    }

    fn many_keys_are_few_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Plain]);
        let rows = (1..=20_000).map(|n| Plain { id: n * 2, half: n });
        session.bulk_insert(rows).unwrap();
        session.commit().unwrap();
        let before = session.statements();
        // Every other key has no row, and the order is not the order of the keys.
        let keys: Vec<i64> = (1..=20_000).rev().collect();
        let found = session.get_many::<Plain>(keys.iter().copied()).unwrap();
        assert!(session.statements() - before <= 2, "{}", session.statements() - before);
        assert_eq!(found.len(), keys.len());
        for (key, handle) in keys.iter().zip(&found) {
            assert_eq!(handle.map(|handle| session[handle].half * 2), (key % 2 == 0).then_some(*key));
        }
        let before = session.statements();
        let again = session.get_many::<Plain>((1..=10_000).map(|n| n * 2)).unwrap();
        assert!(again.iter().all(Option::is_some));
        assert_eq!(session.statements(), before, "objects in memory are not queried again");
    }

    fn many_composite_keys_are_few_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Cell]);
        let cell = |n: i32| Cell { line: n / 100, name: format!("it's \"{n}\""), value: n };
        session.bulk_insert((0..10_000).map(cell)).unwrap();
        session.commit().unwrap();
        let before = session.statements();
        let keys = (5_000..15_000).map(|n| (n / 100, cell(n).name));
        let found = session.get_many::<Cell>(keys).unwrap();
        // One more SELECT asks whether strings without a row are equal to others for the database.
        let sent = session.statements() - before;
        assert!(sent <= 3, "{sent}");
        assert_eq!(found.len(), 10_000);
        for (n, handle) in (5_000..).zip(&found) {
            assert_eq!(handle.map(|handle| session[handle].value), (n < 10_000).then_some(n));
        }
    }

    fn keys_may_be_hard_texts(db: &TestDb) {
        let mut session = db.session_for(schema![Name]);
        session.add_all(HARD.map(|name| Name { name: name.to_owned(), number: 0 }));
        session.commit().unwrap();
        session.clear();
        let names = session.get_many::<Name>(HARD.map(str::to_owned)).unwrap();
        for (n, (name, handle)) in (1..).zip(HARD.iter().zip(&names)) {
            let handle = handle.unwrap();
            assert_eq!(session[handle].name, *name);
            session[handle].number = n;
        }
        session.commit().unwrap();
        session.refresh(&names.iter().map(|name| name.unwrap()).collect::<Vec<_>>()).unwrap();
        for (n, name) in (1..).zip(HARD) {
            let handle = session.get_one::<Name>(name.to_owned()).unwrap();
            assert_eq!(session[handle].number, n);
        }
        for name in names.into_iter().flatten().skip(1) {
            session.delete(name).unwrap();
        }
        session.commit().unwrap();
        assert_eq!(db.rows("names", "name"), [HARD[0]]);
    }

    fn the_ends_of_the_integers_are_values_like_others(db: &TestDb) {
        let mut session = db.session_for(schema![Plain]);
        let ends = [i64::MIN + 1, -1, 0, (1 << 53) + 1, i64::MAX];
        session.add_all(ends.map(|half| Plain { id: half, half }));
        session.add(Plain { id: 1 << 53, half: 1 << 53 });
        session.commit().unwrap();
        let query = session.query::<Plain>().filter(plain::half.in_list(ends));
        let found = query.order_by(plain::id).all().unwrap();
        assert_eq!(found.iter().map(|&row| session[row].half).collect::<Vec<_>>(), ends);
        session.clear();
        let found = session.get_many::<Plain>(ends).unwrap();
        assert!(found.iter().zip(ends).all(|(row, end)| session[row.unwrap()].half == end));
    }

    fn keys_may_come_twice_and_only_the_missing_are_asked_for(db: &TestDb) {
        let mut session = db.session_for(schema![Plain]);
        session.add_all((1..=6).map(|id| Plain { id, half: id }));
        session.commit().unwrap();
        session.clear();
        let third = session.get_one::<Plain>(3).unwrap();
        session.take_log();
        let found = session.get_many::<Plain>([3, 5, 3, 99, 5, 1]).unwrap();
        assert_eq!(found[0], Some(third));
        assert_eq!(found[0], found[2]);
        assert_eq!(found[1], found[4]);
        assert_eq!(found[3], None);
        let log = session.take_log();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].rows, Some(2), "1 and 5");
        assert_eq!(session.get_many::<Plain>([1, 3, 5]).unwrap().len(), 3);
        assert_eq!(session.get_many::<Plain>(Vec::<i64>::new()).unwrap(), []);
        assert_no_sql!(session);
    }
}
