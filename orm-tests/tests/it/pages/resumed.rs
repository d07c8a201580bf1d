//! Scans in any order, stopped and continued, while the rows change.

use orm_runtime::SessionOptions;
use orm_runtime::prelude::*;
use orm_runtime::query::PageCursor;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use super::{Maker, Thing, maker, thing, things};

on_all_databases! {
    fn batches_come_in_any_order(db: &TestDb) {
        let mut session = things(db);
        let order = (thing::rank.desc(), thing::name.asc());
        let all: Vec<i64> =
            session.query::<Thing>().order_by((order, thing::id.asc())).select(thing::id).load().unwrap();
        for size in [1, 5, 36, 37, 38] {
            let mut seen = Vec::new();
            let query = session.query::<Thing>().order_by(order);
            query.batches(size, |session, batch| {
                assert!(batch.len() <= size);
                assert_eq!(session.len(), batch.len());
                seen.extend(batch.iter().map(|&thing| session.key(thing).unwrap()));
                Ok(())
            }).unwrap();
            assert_eq!(seen, all, "in batches of {size}");
            assert!(session.is_empty());
        }
        session.take_log();
        session.query::<Thing>().order_by(order).batches(20, |_, _| Ok(())).unwrap();
        assert_sql!(session, "S page_things; S page_things");
    }

    fn a_scan_is_continued_where_it_was_stopped(db: &TestDb) {
        let mut session = things(db);
        let order = (thing::name.desc(), thing::rank.asc());
        let mut saved: Option<String> = None;
        let mut seen: Vec<i64> = Vec::new();
        let mut rounds = 0;
        loop {
            rounds += 1;
            // A new session, as in another process.
            let mut session = db.session();
            let cursor = saved.as_deref().map(str::parse::<PageCursor>).transpose().unwrap();
            let query = session.query::<Thing>().order_by(order).filter(thing::weight.ge(0.0));
            let mut pages = 0;
            let stopped = query.pages(4).at(cursor).each_with(|session, page| {
                pages += 1;
                if pages == 3 {
                    return Err("stopped".to_owned().into());
                }
                for &thing in page {
                    seen.push(session.key(thing).unwrap());
                    session[thing].flag = true;
                }
                session.commit()?;
                saved = page.end().map(ToString::to_string);
                Ok::<_, Box<dyn std::error::Error>>(())
            });
            if stopped.is_ok() {
                break;
            }
        }
        assert_eq!(rounds, 5);
        let all: Vec<i64> =
            session.query::<Thing>().order_by((order, thing::id.asc())).select(thing::id).load().unwrap();
        assert_eq!(seen, all);
        assert_eq!(db.count("page_things WHERE flag"), 37);
        // Rows that come later are found from the end on.
        let end: PageCursor = saved.unwrap().parse().unwrap();
        let late = Thing { name: String::new(), rank: Some(99), ..copy_of_any(&mut session) };
        session.add(late);
        session.commit().unwrap();
        let query = session.query::<Thing>().order_by(order).filter(thing::weight.ge(0.0));
        let page = query.pages(4).at(end).load().unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!(session[page.objects[0]].rank, Some(99));
    }

    fn an_object_with_unflushed_changes_keeps_them_when_it_is_met_again(db: &TestDb) {
        let _ = things(db);
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let order = thing::code.asc();
        let first = session.query::<Thing>().order_by(order).pages(5).load().unwrap();
        let edited = first.objects[4];
        session[edited].name = "edited".to_owned();
        // Its row is on this page again, and goes where the row is, not where the edit is.
        session[edited].code = "zzz".to_owned();
        let again = session.query::<Thing>().order_by(order).pages(5).load().unwrap();
        assert_eq!(again.objects, first.objects);
        assert_eq!(session[edited].name, "edited");
        let second = session.query::<Thing>().order_by(order).pages(5).at(again.next).load().unwrap();
        assert_eq!(session[second.objects[0]].code, "code 05");

        // The same in batches: the object is met in the second one, and stays after the last.
        let mut met = 0;
        let query = session.query::<Thing>().order_by(order);
        query.batches(3, |session, batch| {
            if batch.contains(&edited) {
                met += 1;
                assert_eq!(session[edited].name, "edited");
            }
            Ok(())
        }).unwrap();
        assert!(met >= 1);
        assert_eq!(session[edited].name, "edited");
        session.commit().unwrap();
        assert_eq!(db.count("page_things WHERE name = 'edited' AND code = 'zzz'"), 1);
    }

    fn a_row_that_moves_forward_in_the_order_is_met_again_with_its_changes(db: &TestDb) {
        let mut session = things(db);
        let (mut met, mut moved) = (0, None);
        let query = session.query::<Thing>().order_by(thing::code.asc());
        query.batches(10, |session, batch| {
            match moved {
                None => {
                    let code = "zzz".to_owned();
                    session[batch[0]].code = code;
                    moved = session.key(batch[0]);
                }
                Some(key) => {
                    let again = batch.iter().find(|&&thing| session.key(thing) == Some(key));
                    met += usize::from(again.is_some_and(|&thing| session[thing].code == "zzz"));
                }
            }
            Ok(())
        }).unwrap();
        assert_eq!(met, 1);
    }

    fn relationships_are_complete_in_each_page(db: &TestDb) {
        let mut session = things(db);
        let (mut things, mut sizes) = (0, Vec::new());
        let query = session.query::<Maker>().order_by(maker::name.asc()).eager(maker::things);
        query.pages(1).with_count().each(|session, page| {
            assert_eq!(page.total, Some(2));
            things += session[page.objects[0]].things.len(session)?;
            sizes.push(session.len());
            Ok(())
        }).unwrap();
        assert_eq!((things, sizes), (24, vec![13, 13]));
        assert!(session.is_empty());
        assert_sql!(session, "S page_makers; S page_makers; S page_things; S page_makers; S page_things");
    }

    fn a_scan_goes_forward(db: &TestDb) {
        let mut session = things(db);
        let page = session.query::<Thing>().pages(5).load().unwrap();
        let page = session.query::<Thing>().pages(5).at(page.next).load().unwrap();
        let back = session.query::<Thing>().pages(5).at(page.previous).each(|_, _| Ok(()));
        assert_matches!(back, Err(Error::InvalidCursor { .. }));
        let limited = session.query::<Thing>().limit(3).batches(5, |_, _| Ok(()));
        assert_matches!(
            limited,
            Err(Error::Configuration(words)) if words.starts_with("batches() on Thing divides")
        );
    }
}

/// Returns a new thing that is like another one.
fn copy_of_any(session: &mut Session) -> Thing {
    let query = session.query::<Thing>().order_by(thing::id.asc()).undefer(thing::picture);
    let mut thing = query.limit(1).rows().unwrap().remove(0);
    thing.id = Auto::default();
    thing.code = "late".to_owned();
    thing
}
