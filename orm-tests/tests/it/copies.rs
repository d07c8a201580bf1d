//! Copies of rows: columns that were not selected are never written as NULL.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use serde::{Deserialize, Serialize};

#[derive(Entity, Debug, Clone, Serialize, Deserialize)]
#[entity(table = "categories")]
struct Category {
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    picture: Deferred<Option<Vec<u8>>>,
    #[serde(default)]
    text: Deferred<Option<String>>,
}

fn category(name: &str) -> Category {
    Category::builder().name(name).picture([1, 2]).text(format!("about {name}")).build()
}

/// Opens a session on two stored categories that are not in memory.
fn two(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Category]);
    session.add_all([category("a"), category("b")]);
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

/// Returns rows as a query without `undefer` reads them, with new keys.
fn copies(session: &mut Session) -> Vec<Category> {
    let mut rows = session.query::<Category>().order_by(category::id).rows().unwrap();
    rows.iter_mut().for_each(|row| row.id = Auto::default());
    session.take_log();
    rows
}

/// Returns all rows, in the order of their keys.
fn stored(db: &TestDb) -> Vec<String> {
    db.rows("categories", "id, name, CASE WHEN picture IS NULL THEN 'no' ELSE 'yes' END, text")
}

fn assert_left_out(error: &Error, row: Option<usize>, field: &str) {
    match error {
        Error::Unloaded {
            entity: "Category",
            row: found,
            module: "category",
            field: of,
            left_out: true,
            ..
        } => {
            assert_eq!((*found, *of), (row, field));
        }
        other => panic!("{other:?}"),
    }
    let text = error.to_string();
    assert!(text.contains(&format!(".undefer(category::{field})")), "{text}");
}

on_all_databases! {
    fn rows_that_were_read_without_a_column_are_not_inserted_in_bulk(db: &TestDb) {
        let mut session = two(db);
        let mut rows = copies(&mut session);
        rows.insert(0, category("new"));
        let error = session.bulk_insert(rows.clone()).unwrap_err();
        assert_left_out(&error, Some(2), "picture");
        assert_no_sql!(session);
        session.rollback().unwrap();

        let query = session.query::<Category>().undefer(category::picture);
        let mut rows = query.undefer(category::text).order_by(category::id).rows().unwrap();
        rows.iter_mut().for_each(|row| row.id = Auto::default());
        rows[1].picture.set(None);
        session.bulk_insert(rows).unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db), ["1|a|yes|about a", "2|b|yes|about b", "3|a|yes|about a", "4|b|no|about b"]);
    }

    fn a_copy_without_a_column_is_not_added(db: &TestDb) {
        let mut session = two(db);
        let copy = copies(&mut session).remove(0);
        let added = session.add(copy);
        let error = session.commit().unwrap_err();
        assert_left_out(&error, None, "picture");
        assert_no_sql!(session);
        session[added].picture.set(None);
        assert_left_out(&session.commit().unwrap_err(), None, "text");
        session[added].text.set(Some("mine".to_owned()));
        session.commit().unwrap();
        assert_eq!(stored(db)[2..], ["3|a|no|mine"]);
    }

    fn neither_is_what_was_detached_merged_or_copied_as_a_graph(db: &TestDb) {
        let mut session = two(db);
        let [a, b] = [1, 2].map(|id| session.get_one::<Category>(id).unwrap());
        let graph = session.copy_graph(b).unwrap();
        let detached = session.detach(a).unwrap();
        session.commit().unwrap();
        db.execute("DELETE FROM categories");
        session.clear();
        session.take_log();

        session.merge(detached).unwrap();
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Unloaded { key, .. } if key.as_deref() == Some("1"));
        assert_left_out(&error, None, "picture");
        session.clear();
        session.merge_graph(graph).unwrap();
        assert_left_out(&session.flush().unwrap_err(), None, "picture");
        assert_sql!(session, "S categories; S categories");
    }

    fn an_object_that_was_read_again_before_its_insert_was_undone_is_not_inserted_without_it(db: &TestDb) {
        let mut session = db.session_for(schema![Category]);
        let a = session.add(category("a"));
        session.flush().unwrap();
        session.refresh(&[a]).unwrap();
        session.rollback().unwrap();
        session.add_again(a).unwrap();
        assert_left_out(&session.commit().unwrap_err(), None, "picture");
        session[a].picture.set(Some(vec![3]));
        session[a].text.set(None);
        session.commit().unwrap();
        assert_eq!(db.rows("categories", "name, text"), ["a|NULL"]);
    }

    fn a_new_object_has_null_where_it_is_given_nothing(db: &TestDb) {
        let mut session = db.session_for(schema![Category]);
        session.add(Category::builder().name("built").build());
        let literal = |name: &str| Category {
            id: Auto::default(),
            name: name.to_owned(),
            picture: Deferred::default(),
            text: Deferred::default(),
        };
        session.add(literal("written"));
        session.flush().unwrap();
        session.bulk_insert([literal("in bulk")]).unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db), ["1|built|no|NULL", "2|written|no|NULL", "3|in bulk|no|NULL"]);
    }

    fn json_without_the_column_is_a_new_object(db: &TestDb) {
        let mut session = two(db);
        let json = r#"{"id": null, "name": "posted", "picture": [1]}"#;
        session.bulk_insert([serde_json::from_str::<Category>(json).unwrap()]).unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[2..], ["3|posted|yes|NULL"]);
    }

    fn a_copy_in_the_place_of_a_deleted_object_leaves_what_it_does_not_know(db: &TestDb) {
        let mut session = two(db);
        let a = session.get_one::<Category>(1).unwrap();
        let mut copy = session.query::<Category>().filter(category::id.eq(1)).rows().unwrap().remove(0);
        copy.name = "again".to_owned();
        session.delete(a).unwrap();
        session.add(copy);
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U categories[name] x1");
        assert_eq!(stored(db)[0], "1|again|yes|about a");
    }
}
