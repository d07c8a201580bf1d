//! Entities from SQL text and from any Diesel query.

use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel::{CombineDsl, JoinOnDsl, QueryDsl};
use orm_runtime::prelude::*;
use orm_runtime::query::SqlText;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{Address, User, address, names, people, person, text, user};

const COLUMNS: &str = "SELECT id, name, fullname, age FROM users";

on_all_databases! {
    fn rows_of_several_tables_are_tuples(db: &TestDb) {
        let mut session = people(db);
        session.add(person("new", 50));
        // MySQL is asked for the key it has generated.
        let extra = usize::from(db.dialect() == Dialect::Mysql);
        let joined = user::table
            .left_join(address::table.on(address::user_id.eq(user::id)))
            .filter(user::age.gt(28))
            .order_by((user::name, address::id))
            .select((user::name, address::email.nullable()));
        let rows: Vec<(String, Option<String>)> = session.load_rows(joined).unwrap();
        assert_eq!(session.take_log().len(), 1 + 1 + 1 + extra, "BEGIN, the pending changes, the query");
        let found: Vec<_> = rows.iter().map(|(name, email)| (&**name, email.is_some())).collect();
        assert_eq!(found, [("chuck", false), ("fred", true), ("jack", true), ("new", false)]);
        let counted: Vec<i64> = session.load_rows(user::table.count()).unwrap();
        assert_eq!(counted, [5]);
    }

    // E20
    fn sql_text_gives_the_same_objects(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        let dialect = db.dialect();
        let found = session
            .from_sql::<User>(text(dialect, &format!("{COLUMNS} WHERE age > ? ORDER BY id")))
            .bind::<Integer, _>(30)
            .all()
            .unwrap();
        assert_eq!(found[0], jack);
        assert_eq!(names(&session, &found), ["jack", "chuck"]);
        assert_eq!(session.get_one::<User>(10).unwrap(), found[1]);
        assert_sql!(session, "S users; S users");
    }

    // E20
    fn a_literal_without_values_is_taken_as_it_is(db: &TestDb) {
        let mut session = people(db);
        let found = session.from_sql::<User>("SELECT * FROM users ORDER BY id").all().unwrap();
        assert_eq!(names(&session, &found), ["jack", "ed", "fred", "chuck"]);
        let portrait = session[found[0]].portrait.get().unwrap();
        assert_eq!(portrait.as_deref(), Some(&[1, 2, 3][..]), "a deferred column that is selected");
    }

    // E20
    fn values_are_bound_and_never_pasted(db: &TestDb) {
        let mut session = people(db);
        let evil = "x' OR '1' = '1";
        let query = text(db.dialect(), &format!("{COLUMNS} WHERE name = ? OR fullname = ?"));
        let found = session
            .from_sql::<User>(query.clone())
            .bind::<Text, _>(evil)
            .bind::<Nullable<Text>, _>(None::<String>)
            .all()
            .unwrap();
        assert_eq!(found, []);
        assert!(!session.take_log()[0].sql.contains("OR '1'"));
        session.add(person(evil, 3));
        let one = session
            .from_sql::<User>(query)
            .bind::<Text, _>(evil.to_owned())
            .bind::<Nullable<Text>, _>(Some("nobody"))
            .one()
            .unwrap();
        assert_eq!(session[one].age, 3, "pending changes are flushed before");
        assert_sql!(session, "I users x1; S users");
    }

    // E20
    fn columns_are_found_by_name(db: &TestDb) {
        let mut session = people(db);
        let query = "SELECT age, 99 AS other, fullname, id, name FROM users ORDER BY age";
        let found = session.from_sql::<User>(query).all().unwrap();
        let user = &session[found[0]];
        assert_eq!((user.id.get(), user.age), (Some(8), 25));
        assert_eq!((&*user.name, user.fullname.as_deref()), ("ed", Some("Ed Wood")));
    }

    fn an_object_in_memory_keeps_its_edits(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        session.commit().unwrap();
        session[jack].age = 50;
        let found = session.from_sql::<User>(COLUMNS).all().unwrap();
        assert!(found.contains(&jack));
        assert_eq!(session[jack].age, 50);
    }

    fn a_missing_column_is_named(db: &TestDb) {
        let mut session = people(db);
        let error = session.from_sql::<User>("SELECT id, name, fullname FROM users").all();
        let error = error.unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "User", column, .. } if column == "age");
        assert!(error.to_string().contains("the statement selects no column age"), "{error}");
        let error = session.from_sql::<User>("SELECT name FROM users").all().unwrap_err();
        assert_matches!(&error, Error::Decode { column, .. } if column == "id");
        assert!(session.is_empty());
        assert_eq!(session.query::<User>().count().unwrap(), 4, "the session still works");
        // Without a row there is nothing to read.
        let none = session.from_sql::<User>("SELECT name FROM users WHERE id = 0").all().unwrap();
        assert_eq!(none, []);
    }

    fn a_value_that_does_not_fit_names_entity_key_and_column(db: &TestDb) {
        let mut session = people(db);
        let query = "SELECT id, NULL AS name, fullname, age FROM users WHERE id = 9";
        let error = session.from_sql::<User>(query).all().unwrap_err();
        assert_matches!(
            &error,
            Error::Decode { entity: "User", key: Some(key), column, .. }
                if key == "9" && column == "name"
        );
        assert!(session.is_empty());
        session.add(person("bob", 1));
        session.commit().unwrap();
    }

    fn the_wrong_number_of_values_is_an_error(db: &TestDb) {
        let mut session = people(db);
        let query = text(db.dialect(), &format!("{COLUMNS} WHERE age > ? AND id < ?"));
        let two = |session: &mut Session| {
            session
                .from_sql::<User>(query.clone())
                .bind::<Integer, _>(26)
                .bind::<BigInt, _>(10_i64)
                .all()
        };
        assert_eq!(two(&mut session).unwrap().len(), 2);
        let few = session.from_sql::<User>(query.clone()).bind::<Integer, _>(26).all();
        assert!(few.is_err(), "{few:?}");
        let none = session.from_sql::<User>(query.clone()).all();
        assert!(none.is_err(), "{none:?}");
        let many = session
            .from_sql::<User>(query.clone())
            .bind::<Integer, _>(26)
            .bind::<BigInt, _>(10_i64)
            .bind::<BigInt, _>(11_i64)
            .all();
        assert!(many.is_err(), "{many:?}");
        assert_eq!(two(&mut session).unwrap().len(), 2, "the session still works");
    }

    fn a_question_mark_in_quotes_is_not_a_placeholder(db: &TestDb) {
        let mut session = people(db);
        session.add(person("who?", 3));
        let query = "SELECT id, name, fullname, age /* ? $9 */ FROM users -- ? $9\n \
                     WHERE name IN ('who?', 'it''s $9 ?') AND age = ?";
        let found = session.from_sql::<User>(text_of(db, query)).bind::<Integer, _>(3).all();
        assert_eq!(found.unwrap().len(), 1);
        let none = session.from_sql::<User>(text_of(db, query)).all();
        assert_matches!(none, Err(Error::Configuration(_)));
    }

    fn one_of_a_text_is_neither_none_nor_several(db: &TestDb) {
        let mut session = people(db);
        let none = session.from_sql::<User>("SELECT * FROM users WHERE id = 0").one();
        assert_matches!(none, Err(Error::NotFound { entity: "User", key: None }));
        let several = session.from_sql::<User>("SELECT * FROM users").one();
        assert_matches!(several, Err(Error::MultipleFound { entity: "User" }));
    }

    // E20
    fn a_fragment_of_text_can_be_a_condition(db: &TestDb) {
        let mut session = people(db);
        let condition = diesel::dsl::sql::<diesel::sql_types::Bool>("length(name) = 4");
        let found = session.query::<User>().filter(condition).order_by(user::id).all().unwrap();
        assert_eq!(names(&session, &found), ["jack", "fred"]);
    }

    // E20
    fn a_statement_in_text_changes_rows(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        session.take_log();
        let update = diesel::sql_query("UPDATE users SET age = age + 1 WHERE age > 30");
        assert_eq!(session.execute(update).unwrap(), 2);
        assert_sql!(session, "U users[age] x2");
        assert_eq!(session[jack].age, 47, "objects in memory do not show it");
        session.refresh(&[jack]).unwrap();
        assert_eq!(session[jack].age, 48);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age"), ["7|48", "8|25", "9|29", "10|38"]);
    }

    fn a_statement_that_returns_rows_may_have_written(db: &TestDb) {
        if db.dialect() == Dialect::Mysql {
            // Diesel cannot read what MariaDB returns there.
            return;
        }
        let mut session = people(db);
        let insert = "INSERT INTO users (name, age) VALUES ('bob', 3) RETURNING *";
        let bob = session.from_sql::<User>(insert).one().unwrap();
        assert_eq!(session[bob].name, "bob");
        // A failed flush must undo only itself.
        let second = session.add(person("ed", 1));
        session.flush().unwrap_err();
        session.delete(second).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE name = 'bob'"), 1, "it was committed");
    }

    fn any_diesel_query_gives_objects(db: &TestDb) {
        let mut session = people(db);
        let with_many = user::table
            .inner_join(address::table.on(address::user_id.eq(user::id)))
            .filter(address::email.like("ed@%"))
            .select(user::all_columns)
            .distinct();
        let found = session.load_query::<User>(with_many).unwrap();
        assert_eq!(names(&session, &found), ["ed"]);
        assert!(session[found[0]].portrait.is_loaded(), "all columns are selected");

        let columns = (user::age, user::id, user::fullname, user::name);
        let union = user::table
            .select(columns)
            .filter(user::age.gt(40))
            .union(user::table.select(columns).filter(user::name.eq("ed")));
        let found = session.load_query::<User>(union).unwrap();
        let mut names = names(&session, &found);
        names.sort_unstable();
        assert_eq!(names, ["ed", "jack"]);

        let nested = user::table
            .filter(user::id.eq_any(address::table.select(address::user_id)))
            .order(user::id.desc())
            .select((user::id, user::name, user::fullname, user::age));
        assert_eq!(session.load_query::<User>(nested).unwrap().len(), 3);
        assert_eq!(session.take_log().iter().filter(|r| r.sql.contains("SELECT")).count(), 3);
    }

    fn a_diesel_statement_changes_rows_in_the_transaction(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 60));
        let older = address::table.filter(address::user_id.eq(8));
        let changed = session.execute(
            diesel::update(older).set(address::email.eq("ed@example.org")),
        );
        assert_eq!(changed.unwrap(), 3);
        assert_sql!(session, "I users x1; U addresses[email] x3");
        session.rollback().unwrap();
        assert_no_sql!(session);
        assert_eq!(db.rows("addresses", "id, email")[1], "2|ed@wood.com");
        assert_eq!(db.count("users"), 4);
    }

    fn rows_are_copied_from_table_to_table(db: &TestDb) {
        let mut session = people(db);
        let copied = session.execute(
            diesel::insert_into(address::table)
                .values(user::table.filter(user::age.lt(30)).select((user::id, user::name)))
                .into_columns((address::user_id, address::email)),
        );
        assert_eq!(copied.unwrap(), 2);
        assert_eq!(session.query::<Address>().count().unwrap(), 7);
    }
}

/// Returns SQL text whose last `?` is the placeholder of the database.
fn text_of(db: &TestDb, sql: &str) -> SqlText {
    let (before, after) = sql.rsplit_once('?').unwrap();
    let placeholder = if db.dialect() == Dialect::Postgres { "$1" } else { "?" };
    SqlText::audited(format!("{before}{placeholder}{after}"))
}
