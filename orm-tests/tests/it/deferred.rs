//! Columns that are selected only on request.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "orders")]
struct Order {
    id: Auto<i64>,
    title: String,
    description: Deferred<Option<String>>,
    #[entity(group = "scan")]
    scan: Deferred<Vec<u8>>,
    #[entity(group = "scan")]
    scan_type: Deferred<String>,
    weight: Deferred<i64>,
}

fn order(n: i64) -> Order {
    Order::builder()
        .title(format!("title {n}"))
        .description(format!("order {n}"))
        .scan(vec![n as u8; 3])
        .scan_type("png")
        .weight(n * 10)
        .build()
}

/// Opens a session on five stored orders that are not in memory.
fn five_orders(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Order]);
    session.add_all((1..=5).map(order));
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn all(session: &mut Session) -> Vec<Handle<Order>> {
    session.query::<Order>().order_by(order::id.asc()).all().unwrap()
}

on_all_databases! {
    // F12
    fn a_deferred_column_is_loaded_when_it_is_asked_for(db: &TestDb) {
        let mut session = five_orders(db);
        let orders = all(&mut session);
        let log = session.take_log();
        assert_eq!(orm_tests::trace(&log), "S orders");
        assert!(!log[log.len() - 1].sql.contains("description"), "{log:?}");
        let third = orders[2];
        session.load(third, order::description).unwrap();
        assert_sql!(session, "S orders");
        assert_eq!(session[third].description.get().unwrap().as_deref(), Some("order 3"));
        session.load(third, order::description).unwrap();
        assert_no_sql!(session);
        assert!(!session[orders[1]].description.is_loaded());
        assert!(!session[third].weight.is_loaded());
    }

    fn reading_what_is_not_loaded_is_an_error_that_names_the_call(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.take_log();
        let error = session[first].description.get().unwrap_err();
        assert_matches!(error, Error::NotLoaded { entity: "Order", module: "order", field: "description", .. });
        let text = session[first].scan.get().unwrap_err().to_string();
        assert!(text.starts_with("Order.scan is not loaded; call session.load("), "{text}");
        assert_no_sql!(session);
    }

    fn an_unloaded_column_is_written_without_loading_it(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.take_log();
        session[first].description.set(Some("new".to_owned()));
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_sql!(session, "U orders[description] x1");
        assert_eq!(db.rows("orders", "id, description")[..2], ["1|new", "2|order 2"]);
    }

    fn a_loaded_column_that_gets_its_own_value_is_not_a_change(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.load(first, order::description).unwrap();
        session.take_log();
        session[first].description.set(Some("order 1".to_owned()));
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    fn a_change_elsewhere_leaves_unloaded_columns_alone(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.take_log();
        session[first].title = "new".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "U orders[title] x1");
        assert_eq!(
            db.rows("orders", "id, title, description, scan_type, weight")[0],
            "1|new|order 1|png|10"
        );
    }

    fn a_query_loads_what_it_undefers(db: &TestDb) {
        let mut session = five_orders(db);
        let orders = session
            .query::<Order>()
            .undefer(order::weight)
            .undefer(order::description)
            .order_by(order::id.asc())
            .all()
            .unwrap();
        assert_sql!(session, "S orders");
        for (&handle, n) in orders.iter().zip(1..) {
            assert_eq!(session[handle].weight.get().unwrap(), &(n * 10));
            assert_eq!(
                session[handle].description.get().unwrap().as_deref(),
                Some(&*format!("order {n}"))
            );
            assert!(!session[handle].scan.is_loaded());
        }
        assert!(orders.iter().all(|&handle| !session.is_dirty(handle)));
        let rows = session
            .query::<Order>()
            .undefer(order::weight)
            .order_by(order::id.asc())
            .rows()
            .unwrap();
        assert_eq!(rows[4].weight.get().unwrap(), &50);
    }

    fn a_query_fills_in_what_objects_in_memory_lack(db: &TestDb) {
        let mut session = five_orders(db);
        let orders = all(&mut session);
        session[orders[0]].weight.set(99);
        session[orders[1]].title = "edited".to_owned();
        session.query::<Order>().undefer(order::weight).all().unwrap();
        let weights: Vec<i64> =
            orders.iter().map(|&order| *session[order].weight.get().unwrap()).collect();
        assert_eq!(weights, [99, 20, 30, 40, 50]);
        session.commit().unwrap();
        assert_eq!(db.rows("orders", "id, title, weight")[..2], ["1|title 1|99", "2|edited|20"]);
    }

    fn columns_of_a_group_come_together(db: &TestDb) {
        let mut session = five_orders(db);
        let orders = all(&mut session);
        session.take_log();
        session.load(orders[0], order::scan_type).unwrap();
        assert_sql!(session, "S orders");
        assert_eq!(session[orders[0]].scan.get().unwrap(), &[1, 1, 1]);
        assert_eq!(session[orders[0]].scan_type.get().unwrap(), "png");
        assert!(!session[orders[0]].weight.is_loaded());
        session.load(orders[0], order::scan).unwrap();
        assert_no_sql!(session);
        let undeferred =
            session.query::<Order>().filter(order::id.eq(2)).undefer(order::scan).one().unwrap();
        assert!(session[undeferred].scan_type.is_loaded());
    }

    fn many_objects_are_loaded_by_one_select(db: &TestDb) {
        let mut session = db.session_for(schema![Order]);
        session.bulk_insert((1..=2_000).map(order)).unwrap();
        let orders = all(&mut session);
        session.load_all(&orders[..10], order::weight).unwrap();
        session.expect_statements(1, |session| session.load_all(&orders, order::weight)).unwrap();
        for (&handle, n) in orders.iter().zip(1..) {
            assert_eq!(session[handle].weight.get().unwrap(), &(n * 10));
        }
        session.expect_statements(0, |session| session.load_all(&orders, order::weight)).unwrap();
        session
            .expect_statements(0, |session| session.load_all::<Order, _>(&[], order::weight))
            .unwrap();
    }

    fn one_object_may_be_named_twice(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.load_all(&[first, first], order::weight).unwrap();
        assert_eq!(session[first].weight.get().unwrap(), &10);
    }

    fn loading_keeps_edits_of_other_columns(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session[first].title = "edited".to_owned();
        session[first].scan.set(vec![9]);
        session.load(first, order::scan_type).unwrap();
        assert_eq!(session[first].scan.get().unwrap(), &[9], "the given value stays");
        assert_eq!(session[first].scan_type.get().unwrap(), "png");
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U orders[title,scan] x1");
    }

    fn null_is_a_value_that_is_loaded(db: &TestDb) {
        let mut session = five_orders(db);
        db.execute("UPDATE orders SET description = NULL");
        let first = session.get_one::<Order>(1).unwrap();
        session.load(first, order::description).unwrap();
        assert_eq!(session[first].description.get().unwrap(), &None);
        session[first].description.set(Some(String::new()));
        session.commit().unwrap();
        assert_eq!(db.rows("orders", "id, description")[..2], ["1|", "2|NULL"]);
    }

    fn an_object_that_is_read_again_has_nothing_loaded(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        session.load(first, order::weight).unwrap();
        db.execute("UPDATE orders SET weight = 77 WHERE id = 1");
        session.commit().unwrap();
        assert_eq!(session[first].weight.get().unwrap(), &10, "a read sends no SQL");
        session.get_one::<Order>(1).unwrap();
        assert!(!session[first].weight.is_loaded());
        session.load(first, order::weight).unwrap();
        assert_eq!(session[first].weight.get().unwrap(), &77);
        session.refresh(&[first]).unwrap();
        assert!(!session[first].weight.is_loaded());
    }

    fn a_new_object_has_what_it_was_given(db: &TestDb) {
        let mut session = db.session_for(schema![Order]);
        let new = session.add(order(1));
        session.load(new, order::weight).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "I orders x1");
        assert_eq!(session[new].weight.get().unwrap(), &10);
    }

    fn a_new_object_without_a_value_is_refused_and_can_be_mended(db: &TestDb) {
        let mut session = db.session_for(schema![Order]);
        let good = session.add(order(1));
        let bad = session.add(Order { weight: Deferred::not_loaded(), ..order(2) });
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Unloaded { entity: "Order", field: "weight", .. });
        assert!(error.to_string().contains("deferred column weight"), "{error}");
        assert_no_sql!(session);
        session[bad].weight.set(20);
        session.commit().unwrap();
        assert_eq!(db.rows("orders", "id, weight"), ["1|10", "2|20"]);
        assert_eq!(session.key(good), Some(1));
    }

    fn a_row_that_is_gone_is_reported(db: &TestDb) {
        let mut session = five_orders(db);
        let first = session.get_one::<Order>(1).unwrap();
        db.execute("DELETE FROM orders WHERE id = 1");
        session.rollback().unwrap();
        let error = session.load(first, order::weight).unwrap_err();
        assert_matches!(
            error,
            Error::NotFound { entity: "Order", key }
                if key.as_deref() == Some("1")
        );
    }

    fn batches_of_deferred_values_are_written(db: &TestDb) {
        let mut session = five_orders(db);
        let orders = all(&mut session);
        session.take_log();
        for (&handle, n) in orders.iter().zip(0_u8..) {
            session[handle].scan.set(vec![n; 2]);
            session[handle].description.set((n % 2 == 0).then(|| n.to_string()));
        }
        session.commit().unwrap();
        assert_sql!(session, "U orders[description,scan] x5");
        let rows = db
            .session()
            .query::<Order>()
            .undefer(order::scan)
            .undefer(order::description)
            .order_by(order::id.asc())
            .rows()
            .unwrap();
        for (row, n) in rows.iter().zip(0_u8..) {
            assert_eq!(row.scan.get().unwrap(), &[n, n]);
            assert_eq!(row.description.get().unwrap(), &(n % 2 == 0).then(|| n.to_string()));
        }
    }

    fn rollback_puts_back_the_value_that_was_loaded(db: &TestDb) {
        let mut session = five_orders(db);
        let [first, second] = [1, 2].map(|id| session.get_one::<Order>(id).unwrap());
        session.load(first, order::weight).unwrap();
        session.commit().unwrap();
        for handle in [first, second] {
            session[handle].weight.set(99);
        }
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[first].weight.get().unwrap(), &10);
        assert!(!session[second].weight.is_loaded());
    }

    fn merge_leaves_out_what_was_not_loaded(db: &TestDb) {
        let mut session = five_orders(db);
        let row = session.query::<Order>().filter(order::id.eq(1)).rows().unwrap().remove(0);
        session.take_log();
        session.merge(Order { title: "merged".to_owned(), ..row }).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S orders; U orders[title] x1");
        assert_eq!(db.rows("orders", "id, title, weight")[0], "1|merged|10");
    }
}

#[test]
fn a_copy_of_a_deferred_value_shares_it() {
    let value = Deferred::new(vec![0_u8; 1_000]);
    let copy = value.clone();
    assert!(std::ptr::eq(value.get().unwrap(), copy.get().unwrap()));
    assert_eq!(
        format!("{:?} {:?}", Deferred::new(1), Deferred::<i32>::not_loaded()),
        "1 not loaded"
    );
}
