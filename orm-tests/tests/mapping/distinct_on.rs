//! The first row of each group.

use diesel::dsl::count_star;
use orm_runtime::prelude::*;
use orm_runtime::{Query, query::Lock};
use orm_tests::{TestDb, assert_sql, on_all_databases, on_one_database};
use rust_decimal::Decimal;

#[derive(Entity, Debug, Clone)]
#[entity(table = "payments", scope = valid)]
struct Payment {
    id: i64,
    customer: Option<String>,
    day: i32,
    amount: Decimal,
    void: bool,
    note: Deferred<Option<String>>,
}

fn valid() -> Condition<'static, Payment> {
    Condition::all().and(payment::void.eq(false))
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "seats")]
struct Seat {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key)]
    number: i32,
    class: i32,
    price: i32,
}

fn session_with_payments(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Payment]);
    let rows = [
        (1, Some("ada"), 1, 950, false),
        (2, Some("ada"), 7, 1050, false),
        (3, Some("grace"), 3, 100, false),
        (4, Some("ada"), 9, 1, true),
        (5, Some("grace"), 3, 200, false),
        (6, None, 2, 5, false),
        (7, None, 1, 6, false),
    ];
    let rows = rows.map(|(id, customer, day, cents, void)| Payment {
        id,
        customer: customer.map(str::to_owned),
        day,
        amount: Decimal::new(cents, 2),
        void,
        note: Deferred::default(),
    });
    session.bulk_insert(rows).unwrap();
    session.commit().unwrap();
    session
}

/// Returns a query for each customer's payment of the last day.
fn latest(session: &mut Session) -> Query<'_, Payment> {
    session.query().distinct_on(payment::customer, payment::day.desc())
}

on_all_databases! {
    fn the_first_of_each_group_is_found(db: &TestDb) {
        let mut session = session_with_payments(db);
        session.take_log();
        let latest = session.query::<Payment>()
            .distinct_on(payment::customer, payment::day.desc())
            .order_by(payment::amount.desc())
            .all().unwrap();
        assert_sql!(session, "S payments");
        // The void payment is not a candidate. Of two on one day the one with the smaller key is
        // first. NULL is a group. The order of the query is separate.
        let ids: Vec<i64> = latest.iter().map(|&one| session[one].id).collect();
        assert_eq!(ids, [2, 3, 6]);
    }

    fn filters_choose_what_is_grouped(db: &TestDb) {
        let mut session = session_with_payments(db);
        // Filters before and after the call, and scopes: all filter first, then the rows are
        // grouped.
        let ids: Vec<i64> = session.query::<Payment>()
            .filter(payment::day.lt(7))
            .distinct_on(payment::customer, (payment::day.desc(), payment::amount.desc()))
            .filter(payment::customer.is_not_null())
            .order_by(payment::id.asc())
            .select(payment::id).load().unwrap();
        assert_eq!(ids, [1, 5]);
        let with_void = session.query::<Payment>().unscoped(payment::scopes::valid)
            .distinct_on(payment::customer, payment::day.desc())
            .order_by(payment::id.asc())
            .select(payment::id).load::<i64>().unwrap();
        assert_eq!(with_void, [3, 4, 6]);
    }

    fn an_order_by_decimals_goes_by_value(db: &TestDb) {
        let mut session = session_with_payments(db);
        let largest: Vec<i64> = session.query::<Payment>()
            .distinct_on(payment::customer, payment::amount.desc())
            .order_by(payment::id.asc())
            .select(payment::id).load().unwrap();
        assert_eq!(largest, [2, 5, 7], "10.50 is more than 9.50");
    }

    fn it_goes_with_all_other_parts_of_a_query(db: &TestDb) {
        let mut session = session_with_payments(db);
        assert_eq!(latest(&mut session).count().unwrap(), 3);
        assert_eq!(latest(&mut session).limit(2).count().unwrap(), 2);
        let second = latest(&mut session).order_by(payment::id.asc()).limit(1).offset(1);
        assert_eq!(second.select(payment::id).load::<i64>().unwrap(), [3]);
        assert!(latest(&mut session).exists().unwrap());
        let locked = latest(&mut session)
            .lock(Lock::Update).order_by(payment::id.asc()).undefer(payment::note).all().unwrap();
        assert_eq!(locked.iter().map(|&one| session[one].id).collect::<Vec<_>>(), [2, 3, 6]);
        assert_eq!(session[locked[0]].note.get().unwrap().as_deref(), None);
        session.commit().unwrap();
        let days: Vec<(i32, i64)> = latest(&mut session)
            .group_by(payment::day).having(payment::day.lt(7)).order_by(payment::day.asc())
            .select((payment::day, count_star())).load().unwrap();
        assert_eq!(days, [(2, 1), (3, 1)]);
        let mut seen = Vec::new();
        latest(&mut session)
            .batches(2, |session, batch| {
                seen.push(batch.iter().map(|&one| session[one].id).collect::<Vec<_>>());
                Ok(())
            }).unwrap();
        assert_eq!(seen, [vec![2, 3], vec![6]]);
    }

    fn what_it_finds_is_changed_and_deleted(db: &TestDb) {
        let mut session = session_with_payments(db);
        // Objects in memory see the update.
        let all = session.query::<Payment>().order_by(payment::id.asc()).all().unwrap();
        assert_eq!(latest(&mut session).update(payment::day.eq(payment::day + 10)).unwrap(), 3);
        assert_eq!(days(&mut session), [1, 17, 13, 9, 3, 12, 1]);
        let again = session.get_one::<Payment>(2).unwrap();
        assert_eq!((again, session[again].day), (all[1], 17));
        assert_eq!(latest(&mut session).delete().unwrap(), 3);
        assert_eq!(session.handles::<Payment>(), [all[0], all[3], all[5]]);
        session.commit().unwrap();
        assert_eq!(db.rows("payments", "id"), ["1", "4", "5", "7"]);
    }

    fn keys_of_several_columns_and_groups_of_several(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        for (line, number, class, price) in
            [(1, 1, 1, 50), (1, 2, 2, 30), (1, 3, 2, 20), (2, 1, 1, 50), (2, 2, 1, 60)]
        {
            session.add(Seat { line, number, class, price });
        }
        let mut first = |of_both: bool| -> Vec<(i32, i32)> {
            let query = session.query::<Seat>();
            let query = match of_both {
                true => query.distinct_on((seat::line, seat::class), seat::price.asc()),
                false => query.distinct_on(seat::class + seat::class, seat::price.desc()),
            };
            let query = query.order_by((seat::line.asc(), seat::number.asc()));
            query.select((seat::line, seat::number)).load().unwrap()
        };
        assert_eq!(first(true), [(1, 1), (1, 3), (2, 1)]);
        assert_eq!(first(false), [(1, 2), (2, 2)]);
    }

    fn values_are_bound_in_every_part(db: &TestDb) {
        let mut session = session_with_payments(db);
        let ids: Vec<i64> = session.query::<Payment>()
            .filter(payment::day.gt(0))
            .distinct_on(payment::day.gt(2), (payment::day.gt(6).desc(), payment::id.desc()))
            .order_by((payment::day.eq(1).desc(), payment::id.asc()))
            .limit(5)
            .select(payment::id).load().unwrap();
        assert_eq!(ids, [7, 2]);
    }
}

on_one_database! { Postgres;
    fn postgres_does_it_itself(db: &TestDb) {
        let mut session = session_with_payments(db);
        session.take_log();
        session.query::<Payment>().distinct_on(payment::customer, payment::day.desc()).all().unwrap();
        let log = session.take_log();
        let native = r#"SELECT DISTINCT ON ("payments"."customer") "payments"."id" FROM "payments""#;
        assert!(log.iter().any(|record| record.sql.contains(native)), "{log:?}");
    }
}

fn days(session: &mut Session) -> Vec<i32> {
    let query = session.query::<Payment>().unscoped_all().order_by(payment::id.asc());
    query.select(payment::day).load().unwrap()
}
