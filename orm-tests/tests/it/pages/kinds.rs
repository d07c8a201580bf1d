//! Pages of hierarchies, of keys of several columns, and of columns that a database compares in its
//! own way.

use orm_runtime::prelude::*;
use orm_runtime::query::ExpressionOf;
use orm_tests::{TestDb, on_all_databases};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boss,
    Grunt,
}

#[derive(Entity, Debug)]
#[entity(table = "page_employees", hierarchy = Staff)]
struct Employee {
    id: Auto<i64>,
    #[entity(length = 40)]
    name: String,
    age: Option<i32>,
    kind: Discriminator<Kind>,
}

#[derive(Entity, Debug)]
#[entity(table = "page_bosses")]
struct Boss {
    #[entity(base)]
    employee: Employee,
    golf: Option<i32>,
}

#[derive(Entity, Debug)]
#[entity(table = "page_grunts")]
struct Grunt {
    #[entity(base)]
    employee: Employee,
    savings: i32,
}

#[derive(Entity, Debug)]
enum Staff {
    #[entity(discriminator = Kind::Boss)]
    Boss(Boss),
    #[entity(discriminator = Kind::Grunt)]
    Grunt(Grunt),
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "page_seats")]
struct Seat {
    #[entity(primary_key, length = 10)]
    hall: String,
    #[entity(primary_key)]
    number: i32,
    price: Option<f64>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "page_words")]
struct Word {
    #[entity(primary_key)]
    id: uuid::Uuid,
    word: Option<String>,
    padded: String,
    number: u64,
}

/// Returns the keys of the pages, forward and backward, after comparing both.
fn both_ways<T: Entity>(
    session: &mut Session,
    size: usize,
    build: impl for<'q> Fn(orm_runtime::Query<'q, T>) -> orm_runtime::Query<'q, T>,
) -> Vec<T::Key> {
    let (mut forward, mut cursor, mut last) = (Vec::new(), None, None);
    loop {
        let page = build(session.query::<T>()).pages(size).at(cursor).load().unwrap();
        forward.extend(page.iter().map(|&object| session.key(object).unwrap()));
        last = page.previous.or(last);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut backward = Vec::new();
    while let Some(cursor) = last {
        let page = build(session.query::<T>()).pages(size).at(cursor).load().unwrap();
        let keys = page.iter().rev().map(|&object| session.key(object).unwrap());
        backward.extend(keys.collect::<Vec<_>>());
        last = page.previous;
    }
    backward.reverse();
    assert_eq!(backward, forward[..backward.len()]);
    assert!(backward.len() + size >= forward.len());
    forward
}

on_all_databases! {
    fn a_hierarchy_is_read_in_pages(db: &TestDb) {
        let mut session = db.session_for(schema![Staff]);
        for n in 0..13 {
            let mut employee = Employee::builder().name(format!("{}", n % 3)).build();
            employee.age = (n % 4 > 0).then_some(n % 5);
            if n % 2 == 0 {
                let mut boss = Boss::builder().employee(employee).build();
                boss.golf = (n % 3 > 0).then_some(n % 4);
                session.add(boss);
            } else {
                session.add(Grunt::builder().employee(employee).savings(n % 4).build());
            }
        }
        session.commit().unwrap();
        for size in [1, 3, 20] {
            let staff = both_ways::<Staff>(&mut session, size, |query| {
                query.order_by((employee::age.desc(), employee::name.asc()))
            });
            assert_eq!(staff.len(), 13);
            let bosses = both_ways::<Boss>(&mut session, size, |query| {
                query.order_by((boss::golf.asc().nulls_last(), employee::name.desc()))
            });
            let order = (boss::golf.asc().nulls_last(), employee::name.desc(), employee::id.desc());
            let all = session.query::<Boss>().order_by(order).all().unwrap();
            let all: Vec<_> = all.iter().map(|&boss| session.key(boss).unwrap()).collect();
            assert_eq!(bosses, all);
        }
        session.clear();
        let mut seen = 0;
        session.query::<Grunt>().order_by(grunt::savings.desc()).batches(2, |session, grunts| {
            seen += grunts.iter().filter(|&&grunt| session[grunt].savings >= 0).count();
            Ok(())
        }).unwrap();
        assert_eq!(seen, 6);
    }

    fn a_key_of_several_columns_decides_between_equal_rows(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        let seats = (0..21).map(|n| Seat {
            hall: ["b", "a", "c"][n % 3].to_owned(),
            number: i32::try_from(n / 3).unwrap(),
            price: (n % 5 > 0).then_some(0.1 * f64::from(u8::try_from(n % 4).unwrap())),
        });
        session.bulk_insert(seats).unwrap();
        for size in [1, 4, 21] {
            let by_price = both_ways::<Seat>(&mut session, size, |query| query.order_by(seat::price.desc()));
            let order = (seat::price.desc(), seat::hall.desc(), seat::number.desc());
            let all: Vec<(String, i32)> =
                session.query::<Seat>().order_by(order).select((seat::hall, seat::number)).load().unwrap();
            assert_eq!(by_price, all);
            let by_number = both_ways::<Seat>(&mut session, size, |query| query.order_by(seat::number.desc()));
            assert_eq!(by_number.len(), 21);
            assert_eq!(by_number[0], ("c".to_owned(), 6));
        }
    }

    fn columns_are_compared_as_they_are_ordered(db: &TestDb) {
        // Collations, padding, and numbers above those of i64.
        let columns = match db.dialect() {
            Dialect::Sqlite => {
                "id TEXT PRIMARY KEY, word TEXT COLLATE NOCASE, padded TEXT COLLATE RTRIM NOT NULL, number INTEGER NOT NULL"
            }
            Dialect::Postgres => {
                "id UUID PRIMARY KEY, word VARCHAR(20), padded CHAR(5) NOT NULL, number BIGINT NOT NULL"
            }
            _ => {
                "id CHAR(36) PRIMARY KEY, word VARCHAR(20) COLLATE utf8mb4_general_ci, \
                 padded CHAR(5) COLLATE utf8mb4_bin NOT NULL, number BIGINT UNSIGNED NOT NULL"
            }
        };
        db.execute(&format!("CREATE TABLE page_words ({columns})"));
        let mut session = db.session();
        let words = ["a", "A", "b", "B", "ä", "", "é", "E", "ß", "SS"];
        let large = if db.dialect() == Dialect::Mysql { u64::MAX - 20 } else { 1 << 60 };
        for n in 0..40_u8 {
            session.add(Word {
                id: uuid::Uuid::from_u128(u128::from(n.wrapping_mul(73)) << 64),
                word: (n % 7 > 0).then(|| words[usize::from(n % 10)].to_owned()),
                padded: ["x", "x y", "", "X"][usize::from(n % 4)].to_owned(),
                number: if n % 3 == 0 { u64::from(n % 4) } else { large + u64::from(n % 5) },
            });
        }
        session.commit().unwrap();
        for size in [1, 3, 7, 40] {
            let by_word = both_ways::<Word>(&mut session, size, |query| query.order_by(word::word.asc()));
            assert_eq!(by_word, words_by(&mut session, (word::word.asc(), word::id.asc())));
            let by_padded = both_ways::<Word>(&mut session, size, |query| {
                query.order_by((word::padded.desc(), word::word.asc()))
            });
            let order = (word::padded.desc(), word::word.asc(), word::id.asc());
            assert_eq!(by_padded, words_by(&mut session, order));
            let by_number = both_ways::<Word>(&mut session, size, |query| query.order_by(word::number.desc()));
            assert_eq!(by_number, words_by(&mut session, (word::number.desc(), word::id.desc())));
        }
    }
}

/// Returns the keys of all words in an order.
fn words_by(session: &mut Session, order: impl ExpressionOf<Word>) -> Vec<uuid::Uuid> {
    session.query::<Word>().order_by(order).select(word::id).load().unwrap()
}
