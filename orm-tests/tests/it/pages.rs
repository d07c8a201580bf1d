//! Pages: the same rows in the same order on every database, forward and backward.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use orm_runtime::prelude::*;
use orm_runtime::query::{EnumOrderExt, ExpressionOf, PageCursor};
use orm_tests::{TestDb, assert_no_sql, on_all_databases};
use rust_decimal::Decimal;
use uuid::Uuid;

mod cursors;
mod kinds;
mod ranges;
mod resumed;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Small,
    Medium,
    Large,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Good,
    Bad,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "page_makers")]
pub(super) struct Maker {
    pub(super) id: Auto<i64>,
    #[entity(length = 40)]
    pub(super) name: String,
    #[entity(inverse = maker)]
    pub(super) things: HasMany<Thing>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "page_things")]
pub(super) struct Thing {
    pub(super) id: Auto<i64>,
    #[entity(length = 40)]
    pub(super) name: String,
    #[entity(unique, length = 40)]
    pub(super) code: String,
    pub(super) rank: Option<i32>,
    pub(super) weight: f64,
    pub(super) ratio: Option<f32>,
    #[entity(precision = 20, scale = 4)]
    pub(super) price: Option<Decimal>,
    pub(super) day: Option<NaiveDate>,
    pub(super) at: NaiveDateTime,
    pub(super) seen: Option<DateTime<Utc>>,
    pub(super) opens: Option<NaiveTime>,
    pub(super) uid: Uuid,
    pub(super) hash: Option<Vec<u8>>,
    pub(super) flag: bool,
    pub(super) size: Option<Size>,
    pub(super) grade: Grade,
    #[entity(secret, length = 40)]
    pub(super) word: String,
    pub(super) picture: Deferred<Option<Vec<u8>>>,
    pub(super) maker: Option<ForeignKey<Maker>>,
}

/// Creates 37 things, most of them equal in each of their columns to others.
pub(super) fn things(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Maker, Thing]);
    let makers = ["zeno", "ada"].map(|name| session.add(Maker::builder().name(name).build()));
    let some = |n: usize, every: usize| !n.is_multiple_of(every);
    for n in 0..37_usize {
        let small = i32::try_from(n % 5).unwrap();
        let day = NaiveDate::from_ymd_opt(1999 + small, 2, 28).unwrap();
        let time = NaiveTime::from_hms_micro_opt(u32::try_from(n % 3).unwrap(), 5, 6, 700).unwrap();
        let mut thing = Thing::builder()
            .name(["b", "a", "", "c", "B"][n % 5])
            .code(format!("code {:02}", (n * 17) % 37))
            .weight(f64::from(small) / 3.0)
            .at(day.and_time(time))
            .uid(Uuid::from_u128(u128::try_from(n % 4).unwrap() << 90))
            .flag(n.is_multiple_of(2))
            .grade([Grade::Good, Grade::Bad][n % 2])
            .word("hidden")
            .build();
        thing.rank = some(n, 4).then_some(small - 2);
        thing.ratio = some(n, 3).then_some([0.1_f32, -2.5, 1e9][n % 3]);
        thing.price = some(n, 6).then(|| Decimal::new(i64::from(small) * 12_345 - 20_000, 4));
        thing.day = some(n, 5).then_some(day);
        thing.seen = some(n, 7).then(|| Utc.from_utc_datetime(&day.and_time(time)));
        thing.opens = some(n, 2).then_some(time);
        thing.hash = some(n, 3).then(|| vec![u8::try_from(n % 4).unwrap() * 80, 255]);
        thing.size = some(n, 4).then_some([Size::Large, Size::Small, Size::Medium][n % 3]);
        if some(n, 3) {
            thing.maker = Some(makers[n % 2].into());
        }
        session.add(thing);
    }
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

/// Returns the ids of the pages from a cursor on in one direction, as they come.
fn walk<O: ExpressionOf<Thing>>(
    session: &mut Session,
    order: impl Fn() -> O,
    size: usize,
    mut cursor: Option<PageCursor>,
    forward: bool,
) -> (Vec<Vec<i64>>, Option<PageCursor>) {
    let mut pages = Vec::new();
    let mut turn = None;
    loop {
        let query = session.query::<Thing>().order_by(order());
        let page = query.pages(size).at(cursor.clone()).load().unwrap();
        pages.push(page.iter().map(|&thing| session.key(thing).unwrap()).collect());
        let (next, back) =
            if forward { (page.next, page.previous) } else { (page.previous, page.next) };
        turn = back.or(turn);
        // A cursor is a text between two pages.
        match next {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return (pages, turn),
        }
    }
}

/// Reads all pages of several sizes forward and backward, and compares them with all rows.
fn check<O: ExpressionOf<Thing>, F: ExpressionOf<Thing>>(
    session: &mut Session,
    order: impl Fn() -> O,
    full: impl Fn() -> F,
) -> Vec<i64> {
    let all = session.query::<Thing>().order_by(full()).all().unwrap();
    let all: Vec<i64> = all.iter().map(|&thing| session.key(thing).unwrap()).collect();
    assert_eq!(all.len(), 37);
    for size in [1, 4, 37, 100] {
        let (pages, back) = walk(session, &order, size, None, true);
        assert_eq!(pages.concat(), all, "forward in pages of {size}");
        assert!(pages.iter().rev().skip(1).all(|page| page.len() == size));
        let Some(back) = back else {
            assert!(size >= 37);
            continue;
        };
        let (mut before, forth) = walk(session, &order, size, Some(back), false);
        before.reverse();
        let left = all.len() - pages.last().unwrap().len();
        assert_eq!(before.concat(), all[..left], "backward in pages of {size}");
        if let Some(forth) = forth {
            let (again, _) = walk(session, &order, size, Some(forth), true);
            assert_eq!(again.concat(), all[all.len() - again.concat().len()..]);
        }
    }
    all
}

on_all_databases! {
    fn pages_are_the_rows_in_order_forward_and_backward(db: &TestDb) {
        let mut session = things(db);
        let session = &mut session;
        let (up, down) = (thing::id.asc(), thing::id.desc());
        assert_eq!(check(session, || up, || up), (1..=37).collect::<Vec<_>>());
        check(session, || down, || down);
        check(session, || thing::name.asc(), || (thing::name.asc(), up));
        check(session, || thing::name.desc(), || (thing::name.desc(), down));
        check(session, || thing::code.desc(), || thing::code.desc());
        check(session, || thing::rank.asc(), || (thing::rank.asc(), up));
        check(session, || thing::rank.desc(), || (thing::rank.desc(), down));
        check(session, || thing::rank.asc().nulls_last(), || (thing::rank.asc().nulls_last(), up));
        check(session, || thing::rank.desc().nulls_first(), || (thing::rank.desc().nulls_first(), down));
        check(session, || thing::weight.desc(), || (thing::weight.desc(), down));
        check(session, || thing::ratio.asc(), || (thing::ratio.asc(), up));
        check(session, || thing::price.desc(), || (thing::price.desc(), down));
        check(session, || thing::day.asc(), || (thing::day.asc(), up));
        check(session, || thing::at.desc(), || (thing::at.desc(), down));
        check(session, || thing::seen.asc(), || (thing::seen.asc(), up));
        check(session, || thing::opens.desc(), || (thing::opens.desc(), down));
        check(session, || thing::uid.asc(), || (thing::uid.asc(), up));
        check(session, || thing::hash.desc(), || (thing::hash.desc(), down));
        check(session, || thing::flag.asc(), || (thing::flag.asc(), up));
        check(session, || thing::picture.asc(), || (thing::picture.asc(), up));
    }

    fn orders_of_several_columns_are_mixed(db: &TestDb) {
        let mut session = things(db);
        let session = &mut session;
        let (up, down) = (thing::id.asc(), thing::id.desc());
        let order = (thing::rank.desc(), thing::name.asc(), thing::price.desc());
        check(session, || order, || (order, down));
        let order = (thing::flag.asc(), thing::day.desc().nulls_first(), thing::opens.asc());
        check(session, || order, || (order, up));
        let order = (thing::name.asc(), thing::id.desc());
        check(session, || order, || order);
        let order = (thing::flag.desc(), thing::weight.desc(), thing::name.desc());
        check(session, || order, || (order, down));
        let order = (thing::rank.asc().nulls_last(), thing::hash.asc(), thing::ratio.desc());
        check(session, || order, || (order, down));
    }

    fn null_is_below_every_value_also_without_a_direction(db: &TestDb) {
        let mut session = things(db);
        let (pages, _) = walk(&mut session, || thing::rank, 50, None, true);
        let ascending = (thing::rank.asc(), thing::id.asc());
        assert_eq!(pages.concat(), check(&mut session, || ascending, || ascending));
        let first = session.get_one::<Thing>(pages[0][0]).unwrap();
        assert_eq!(session[first].rank, None);
    }

    fn expressions_of_columns_order_pages_too(db: &TestDb) {
        let mut session = things(db);
        let session = &mut session;
        let up = thing::id.asc();
        let order = thing::size.declared_order().desc();
        check(session, || order, || (order, thing::id.desc()));
        let order = thing::grade.declared_order().asc();
        check(session, || order, || (order, up));
        let order = || thing::maker.column(maker::name).asc();
        check(session, order, || (order(), up));
        let order = (thing::rank + thing::rank).asc();
        check(session, || order, || (order, up));
        let order = (thing::rank.is_null(), thing::rank.asc(), thing::name.desc());
        check(session, || order, || (order, thing::id.desc()));
    }

    fn a_native_enumeration_is_ordered_by_its_variants_or_refused(db: &TestDb) {
        let mut session = things(db);
        let order = thing::grade.asc();
        if db.dialect() != Dialect::Mysql {
            check(&mut session, || order, || (order, thing::id.asc()));
            let order = thing::size.desc();
            check(&mut session, || order, || (order, thing::id.desc()));
            return;
        }
        let refused = session.query::<Thing>().order_by(order).pages(5).load().unwrap_err();
        assert!(refused.to_string().contains("declared_order()"), "{refused}");
        assert_no_sql!(session);
    }

    fn a_page_costs_one_statement_and_one_for_each_relationship_and_one_for_the_count(db: &TestDb) {
        let mut session = things(db);
        let order = || (thing::name.asc(), thing::id.asc());
        let page = session.expect_statements(2, |session| {
            let query = session.query::<Thing>().eager(thing::maker).order_by(order());
            query.pages(10).load()
        }).unwrap();
        assert_eq!((page.len(), page.total), (10, None));
        session.clear();
        let page = session.expect_statements(3, |session| {
            let query = session.query::<Thing>().eager(thing::maker.joined()).order_by(order());
            query.filter(thing::flag.eq(true)).pages(10).with_count().load()
        }).unwrap();
        assert_eq!((page.len(), page.total), (10, Some(19)));
        let makers = page.iter().filter(|&&thing| {
            let maker = session[thing].maker.get(&session).unwrap();
            maker.is_some_and(|maker| !maker.name.is_empty())
        });
        assert!(makers.count() > 3);
        session.clear();
        let makers = session.query::<Maker>().eager(maker::things).pages(1).load().unwrap();
        let maker = makers.objects[0];
        assert_eq!(session[maker].things.len(&session).unwrap(), 12);
        assert!(makers.next.is_some() && makers.previous.is_none());
    }

    fn pages_keep_the_other_parts_of_the_query(db: &TestDb) {
        let mut session = things(db);
        let best = session.query::<Thing>().distinct_on(thing::name, thing::weight.desc());
        let page = best.order_by(thing::rank.desc()).pages(3).load().unwrap();
        let best = session.query::<Thing>().distinct_on(thing::name, thing::weight.desc());
        let rest = best.order_by(thing::rank.desc()).pages(3).at(page.next).load().unwrap();
        assert_eq!((page.objects.len(), rest.len(), rest.next.is_none()), (3, 2, true));
        let distinct = session.query::<Thing>().distinct().order_by(thing::name.desc());
        assert_eq!(distinct.undefer(thing::picture).pages(4).load().unwrap().len(), 4);
        let locked = session.query::<Thing>().order_by(thing::rank.desc()).lock(Lock::Update);
        assert_eq!(locked.pages(4).load().unwrap().len(), 4);
        session.rollback().unwrap();
    }

    fn rows_that_come_and_go_neither_repeat_nor_hide_others(db: &TestDb) {
        let mut session = things(db);
        let page = |session: &mut Session, cursor: Option<PageCursor>| {
            session.query::<Thing>().order_by(thing::code.asc()).pages(10).at(cursor).load().unwrap()
        };
        let codes = |session: &Session, page: &orm_runtime::query::Page<Thing>| -> Vec<String> {
            page.iter().map(|&thing| session[thing].code.clone()).collect()
        };
        let first = page(&mut session, None);
        // The row of the cursor goes, and one before it comes.
        db.execute("DELETE FROM page_things WHERE code IN ('code 09', 'code 10')");
        db.execute("UPDATE page_things SET code = 'code 08a' WHERE code = 'code 36'");
        session.rollback().unwrap();
        let second = page(&mut session, first.next.clone());
        assert_eq!(codes(&session, &second)[0], "code 11");
        let back = page(&mut session, second.previous);
        assert_eq!(codes(&session, &back)[0], "code 00");
        assert_eq!(codes(&session, &back).last().unwrap(), "code 08a");
        assert!(back.previous.is_none());
        // All rows after the cursor go: the page is empty, and knows the way back.
        db.execute("DELETE FROM page_things WHERE code > 'code 05'");
        session.rollback().unwrap();
        let empty = page(&mut session, first.next);
        assert!(empty.is_empty() && empty.next.is_none());
        let back = page(&mut session, empty.previous);
        assert_eq!(codes(&session, &back).last().unwrap(), "code 05");
        // All rows before it go.
        let middle = page(&mut session, back.next);
        assert!(middle.is_empty());
        let cursor = middle.previous;
        db.execute("DELETE FROM page_things");
        session.rollback().unwrap();
        let empty = page(&mut session, cursor);
        assert!(empty.is_empty() && empty.previous.is_none());
        let after = empty.next.clone();
        db.execute("INSERT INTO page_makers (name) VALUES ('late')");
        assert!(page(&mut session, after).is_empty());
    }

    fn an_empty_table_has_one_empty_page(db: &TestDb) {
        let mut session = db.session_for(schema![Maker, Thing]);
        let page = session.query::<Thing>().pages(5).with_count().load().unwrap();
        assert!(page.is_empty() && page.next.is_none() && page.previous.is_none());
        assert!(page.end().is_none());
        assert_eq!(page.total, Some(0));
        assert_eq!(page.into_iter().count(), 0);
    }
}
