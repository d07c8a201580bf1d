//! A query that is divided into ranges, which several sessions read.

use orm_runtime::prelude::*;
use orm_runtime::query::PageRange;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::{Thing, thing, things};

on_all_databases! {
    fn ranges_are_all_rows_and_each_row_is_in_one_of_them(db: &TestDb) {
        let mut session = things(db);
        let order = || (thing::rank.desc(), thing::name.asc().nulls_last());
        let all: Vec<i64> =
            session.query::<Thing>().order_by((order(), thing::id.asc())).select(thing::id).load().unwrap();
        for parts in [0, 1, 2, 5, 37, 50] {
            let ranges = session.query::<Thing>().order_by(order()).pages(4).split(parts).unwrap();
            assert_eq!(ranges.len(), parts.clamp(1, 37), "{parts}");
            let mut seen = Vec::new();
            for range in ranges {
                let before = seen.len();
                let query = session.query::<Thing>().order_by(order());
                query.pages(4).within(range.clone()).each(|session, page| {
                    seen.extend(page.iter().map(|&thing| session.key(thing).unwrap()));
                    Ok(())
                }).unwrap();
                assert!(seen.len() - before <= 37_usize.div_ceil(parts.max(1)));
                // A page within the range says the same.
                let query = session.query::<Thing>().order_by(order());
                let page = query.pages(100).within(range).load().unwrap();
                let keys: Vec<i64> = page.iter().map(|&thing| session.key(thing).unwrap()).collect();
                assert_eq!(keys, seen[before..]);
                assert!(page.next.is_none());
            }
            assert_eq!(seen, all, "in {parts} ranges");
        }
        let split = |session: &mut Session| session.query::<Thing>().order_by(order()).pages(4).split(4);
        session.expect_statements(1 + 3, split).unwrap();
    }

    fn a_row_that_comes_later_is_in_one_range(db: &TestDb) {
        let mut session = things(db);
        let ranges = session.query::<Thing>().order_by(thing::code.asc()).pages(9).split(3).unwrap();
        session.rollback().unwrap();
        db.execute("UPDATE page_things SET code = 'aaa' WHERE code = 'code 30'");
        db.execute("UPDATE page_things SET code = 'zzz' WHERE code = 'code 02'");
        let mut counts = Vec::new();
        for range in ranges {
            let query = session.query::<Thing>().order_by(thing::code.asc());
            counts.push(query.pages(100).within(range).load().unwrap().len());
        }
        assert_eq!(counts, [13, 13, 11]);
    }

    fn sessions_read_ranges_at_the_same_time(db: &TestDb) {
        let mut session = things(db);
        let ranges = session.query::<Thing>().pages(4).split(3).unwrap();
        session.rollback().unwrap();
        let sessions = db.sessions(|options| options.size = 3);
        let counts: Vec<usize> = std::thread::scope(|scope| {
            let read = |range: PageRange| {
                let mut session = sessions.session().unwrap();
                let mut count = 0;
                session.query::<Thing>().pages(4).within(range).each(|_, page| {
                    count += page.len();
                    Ok(())
                }).unwrap();
                count
            };
            let threads = ranges.into_iter().map(|range| scope.spawn(move || read(range)));
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counts, [13, 13, 11]);
    }

    fn a_range_goes_forward_and_belongs_to_its_query(db: &TestDb) {
        let mut session = things(db);
        let ranges = session.query::<Thing>().pages(4).split(2).unwrap();
        let other = session.query::<Thing>().order_by(thing::name.asc());
        let other = other.pages(4).within(ranges[0].clone()).load();
        assert_matches!(other, Err(Error::InvalidCursor { .. }));
        let second = session.query::<Thing>().pages(4).within(ranges[1].clone()).load().unwrap();
        let back = session.query::<Thing>().pages(4).within(ranges[0].clone()).at(second.previous.clone());
        assert_matches!(back.load(), Err(Error::InvalidCursor { .. }));
        let split = session.query::<Thing>().pages(4).at(second.previous).split(2);
        assert_matches!(split, Err(Error::InvalidCursor { .. }));
        let at = session.query::<Thing>().pages(4).within(ranges[1].clone()).at(second.next);
        assert_eq!(at.load().unwrap().len(), 4);
        // An empty table is one range.
        db.execute("DELETE FROM page_things");
        session.rollback().unwrap();
        let ranges = session.query::<Thing>().pages(4).split(9).unwrap();
        assert_eq!(ranges, [PageRange::default()]);
    }
}
