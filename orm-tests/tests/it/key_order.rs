//! Generated keys are assigned to the objects of their rows, in whatever order the database
//! generates them.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "t")]
struct Row {
    id: Auto<i64>,
    #[entity(length = 20)]
    data: String,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "child")]
struct Child {
    id: Auto<i64>,
    parent: ForeignKey<Row>,
    #[entity(length = 20)]
    data: String,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnimalKind {
    Animal,
    Dog,
}

/// A hierarchy with a table for each subtype.
#[derive(Entity, Debug, Clone)]
#[entity(table = "animal", hierarchy = Animals)]
struct Animal {
    id: Auto<i64>,
    #[entity(length = 20)]
    name: String,
    kind: Discriminator<AnimalKind>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "dog")]
struct Dog {
    #[entity(base)]
    animal: Animal,
    #[entity(length = 20)]
    barks: String,
}

#[derive(Entity, Debug, Clone)]
enum Animals {
    #[entity(discriminator = AnimalKind::Animal)]
    Animal(Animal),
    #[entity(discriminator = AnimalKind::Dog)]
    Dog(Dog),
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "ruled", no_returning)]
struct Ruled {
    id: Auto<i64>,
    #[entity(length = 20)]
    data: String,
}

fn row(data: impl Into<String>) -> Row {
    Row::builder().data(data).build()
}

fn dog(name: impl Into<String>) -> Dog {
    let name = name.into();
    Dog::builder().animal(Animal::builder().name(name.clone()).build()).barks(name).build()
}

/// Adds rows in several flushes, and compares the keys of the objects with the table.
fn rows_have_their_keys(session: &mut Session, db: &TestDb) {
    let mut handles = Vec::new();
    for rows in [1, 2, 3, 40, 130] {
        let first = handles.len();
        handles.extend(session.add_all((first..first + rows).map(|n| row(format!("{n:04}")))));
        session.flush().unwrap();
    }
    let children: Vec<Child> = handles
        .iter()
        .map(|&parent| {
            let data = session[parent].data.clone();
            Child::builder().parent(parent).data(data).build()
        })
        .collect();
    session.add_all(children);
    session.commit().unwrap();
    let keys = handles.iter().map(|&handle| (&session[handle].data, &session[handle].id));
    let mut own: Vec<String> = keys.map(|(data, id)| format!("{data}|{id}")).collect();
    own.sort();
    assert_eq!(own, db.rows("t", "data, id"));
    let right = "child JOIN t ON t.id = child.parent_id AND t.data = child.data";
    assert_eq!(db.count(right), 176, "rows reference the right ones");
}

/// Adds rows of subtypes in two tables, in bulk and by a flush.
fn kinds_are_whole(session: &mut Session, db: &TestDb) {
    session.bulk_insert((0..60).map(|n| dog(format!("{n:04}")))).unwrap();
    let dogs = session.add_all((60..90).map(|n| dog(format!("{n:04}"))));
    session.commit().unwrap();
    let whole = "animal JOIN dog ON dog.id = animal.id AND dog.barks = animal.name";
    assert_eq!(db.count(whole), 90);
    let rows = db.rows("animal", "name, id");
    for dog in dogs {
        let line = format!("{}|{}", session[dog].barks, session.key(dog).unwrap());
        assert!(rows.contains(&line), "{line}");
    }
}

/// Creates the tables, with another key column where the database generates the keys.
fn tables(db: &TestDb, key: &str) -> Session {
    db.execute(&format!("CREATE TABLE t ({key}, data VARCHAR(20) NOT NULL)"));
    let animal = "name VARCHAR(20) NOT NULL, kind VARCHAR(6) NOT NULL";
    db.execute(&format!("CREATE TABLE animal ({key}, {animal})"));
    let mut session = db.session();
    schema![Row, Child, Animals].create_all(&mut session).unwrap();
    session.take_log();
    session
}

/// Checks everything that must hold with such a key. `before` and `after` are sent before and after
/// the tables are created.
fn holds_for(db: &TestDb, before: &[&str], key: &str, after: &[&str]) {
    for sql in before {
        db.execute(sql);
    }
    let mut session = tables(db, key);
    for sql in after {
        db.execute(sql);
    }
    rows_have_their_keys(&mut session, db);
    kinds_are_whole(&mut session, db);
}

const SCRAMBLE: &str = "CREATE FUNCTION scramble(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS \
                        $$ SELECT (n * 7919) % 1000003 $$";
const SCRAMBLED: &str = "id bigint PRIMARY KEY DEFAULT scramble(nextval('s'))";
const SET_KEY: &str = "CREATE FUNCTION set_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                       NEW.id := scramble(NEW.id); RETURN NEW; END $$";

on_all_databases! {
    fn keys_as_they_are_made(db: &TestDb) {
        let mut session = db.session_for(schema![Row, Child, Animals]);
        rows_have_their_keys(&mut session, db);
        kinds_are_whole(&mut session, db);
    }

    /// Checks the cost of keys. They cost nothing on PostgreSQL, and on SQLite only if there are
    /// many and they are counted. On MySQL they cost a statement for each INSERT, and one more if
    /// several rows are the first of a table.
    fn what_generated_keys_cost(db: &TestDb) {
        let mysql = db.dialect() == Dialect::Mysql;
        for rows in [1, 3, 100] {
            let mut session = db.session_for(schema![Row]);
            for first in [true, false] {
                let asks = mysql && first && rows > 1;
                let statements = 1 + u64::from(mysql) + u64::from(asks);
                let before = session.statements();
                session.add_all((0..rows).map(|n| row(n.to_string())));
                session.flush().unwrap();
                assert_eq!(session.statements() - before, statements, "{rows} rows");
            }
        }
        let mut session = db.session_for(schema![Row]);
        session.add_all((0..1_000).map(|n| row(n.to_string())));
        session.commit().unwrap();
        let inserts = if db.dialect() == Dialect::Postgres { 1 } else { 2 };
        let counting = if db.dialect() == Dialect::Postgres { 0 } else { 3 };
        let log = session.take_log();
        let sent = log.iter().filter(|record| !record.is_transaction_control()).count();
        assert_eq!(sent, inserts + counting, "{log:#?}");
    }

    fn sequences_go_on_after_a_copy(db: &TestDb) {
        let mut session = db.session_for(schema![Row, Ruled, Animals]);
        session.add(row("first"));
        session.commit().unwrap();
        session.bulk_insert((5..15).map(|n| Row::builder().id(n).data("copied").build())).unwrap();
        session.commit().unwrap();
        session.take_log();
        session.advance_sequences::<Row>().unwrap();
        let statements = if db.dialect() == Dialect::Postgres { 2 } else { 0 };
        assert_eq!(session.take_log().iter().filter(|it| !it.is_transaction_control()).count(), statements);
        let new = session.add(row("new"));
        session.commit().unwrap();
        assert_eq!(session.key(new), Some(15));

        // It is not set back, and an empty table stays empty.
        session.delete(new).unwrap();
        session.commit().unwrap();
        schema![Row, Ruled, Animals].advance_sequences(&mut session).unwrap();
        let newer = session.add(row("newer"));
        let ruled = session.add(Ruled::builder().data("ruled").build());
        session.commit().unwrap();
        // SQLite itself generates free keys again.
        let expected = if db.dialect() == Dialect::Sqlite { 15 } else { 16 };
        assert_eq!((session.key(newer), session.key(ruled)), (Some(expected), Some(1)));
    }
}

on_one_database! { Postgres;
    fn a_default_that_scrambles(db: &TestDb) {
        holds_for(db, &["CREATE SEQUENCE s", SCRAMBLE], SCRAMBLED, &[]);
    }

    fn a_default_at_random(db: &TestDb) {
        let key = "id bigint PRIMARY KEY DEFAULT (random() * 1e15)::bigint";
        holds_for(db, &[], key, &[]);
    }

    fn a_sequence_that_begins_again(db: &TestDb) {
        let sequence = "CREATE SEQUENCE s START 990 MAXVALUE 1000 MINVALUE 1 CYCLE";
        holds_for(db, &[sequence], "id bigint PRIMARY KEY DEFAULT nextval('s')", &[]);
    }

    fn a_sequence_that_descends(db: &TestDb) {
        let sequence = "CREATE SEQUENCE s INCREMENT -3";
        holds_for(db, &[sequence], "id bigint PRIMARY KEY DEFAULT nextval('s')", &[]);
    }

    fn a_sequence_that_is_nobodys(db: &TestDb) {
        let sequence = "CREATE SEQUENCE \"odd ' name\"";
        holds_for(db, &[sequence], "id bigint PRIMARY KEY DEFAULT nextval('\"odd '' name\"')", &[]);
    }

    fn a_serial_key(db: &TestDb) {
        holds_for(db, &[], "id serial PRIMARY KEY", &[]);
    }

    fn identities(db: &TestDb) {
        holds_for(db, &[], "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", &[]);
    }

    fn identities_that_begin_again(db: &TestDb) {
        let options = "(START 990 MAXVALUE 1000 MINVALUE 1 CYCLE)";
        let key = format!("id bigint GENERATED ALWAYS AS IDENTITY {options} PRIMARY KEY");
        holds_for(db, &[], &key, &[]);
    }

    fn identities_that_descend(db: &TestDb) {
        let key = "id bigint GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1) PRIMARY KEY";
        holds_for(db, &[], key, &[]);
    }

    fn a_trigger_that_sets_keys(db: &TestDb) {
        let trigger = |table| {
            format!(
                "CREATE TRIGGER set_key BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION \
                 set_key()"
            )
        };
        let triggers = [trigger("t"), trigger("animal")];
        let triggers: Vec<&str> = triggers.iter().map(String::as_str).collect();
        holds_for(db, &[SCRAMBLE, SET_KEY], "id bigserial PRIMARY KEY", &triggers);
    }

    fn a_trigger_of_a_partition(db: &TestDb) {
        for sql in [
            SCRAMBLE,
            SET_KEY,
            "CREATE TABLE t (id bigserial PRIMARY KEY, data text NOT NULL) PARTITION BY RANGE (id)",
            "CREATE TABLE t_one PARTITION OF t FOR VALUES FROM (0) TO (2000000)",
            "CREATE TRIGGER set_key BEFORE INSERT ON t_one FOR EACH ROW EXECUTE FUNCTION set_key()",
        ] {
            db.execute(sql);
        }
        let mut session = db.session_for(schema![Row, Child]);
        rows_have_their_keys(&mut session, db);
    }

    /// Checks that facts about the usual table cost nothing, and facts about another table one
    /// statement.
    fn what_it_costs_to_know(db: &TestDb) {
        let mut session = tables(db, "id bigserial PRIMARY KEY");
        for _ in 0..2 {
            session.add_all((0..3).map(|n| row(n.to_string())));
            session.commit().unwrap();
        }
        let log = session.take_log();
        let inserts: Vec<&str> = log
            .iter()
            .map(|record| record.sql.as_str())
            .filter(|sql| sql.starts_with("INSERT"))
            .collect();
        assert_eq!(inserts.len(), 2);
        assert!(inserts[0].contains(" WHERE (SELECT relkind"), "{}", inserts[0]);
        assert_eq!(
            inserts[1],
            "INSERT INTO \"t\" (\"data\") SELECT orm_v.c0 FROM unnest($1) WITH ORDINALITY AS \
             orm_v(c0, n) ORDER BY orm_v.n RETURNING \"id\"",
            "the catalogue is not asked again"
        );

        db.execute("CREATE SEQUENCE s");
        db.execute(SCRAMBLE);
        db.execute("ALTER TABLE t ALTER id SET DEFAULT scramble(nextval('s') + 1000)");
        let mut session = db.session();
        session.add_all((0..1_000).map(|n| row(n.to_string())));
        session.commit().unwrap();
        assert_sql!(session, "I t x0; S pg_rewrite; S generate_series; I t x1000");
        session.add_all((0..1_000).map(|n| row(n.to_string())));
        session.commit().unwrap();
        assert_sql!(session, "S generate_series; I t x1000");
    }

    fn what_is_known_is_forgotten_with_the_schema(db: &TestDb) {
        let mut session = tables(db, "id bigserial PRIMARY KEY");
        session.add_all((0..3).map(|n| row(n.to_string())));
        session.commit().unwrap();
        db.execute("DELETE FROM t");
        db.execute(SCRAMBLE);
        let alter = "ALTER TABLE t ALTER id SET DEFAULT scramble(nextval('t_id_seq') + 900)";
        session.execute(diesel::sql_query(alter)).unwrap();
        session.commit().unwrap();
        rows_have_their_keys(&mut session, db);
    }

    fn a_sequence_that_cannot_be_advanced_is_reported(db: &TestDb) {
        db.execute("CREATE SEQUENCE s");
        db.execute(SCRAMBLE);
        let mut session = tables(db, SCRAMBLED);
        let error = session.advance_sequences::<Row>().unwrap_err();
        assert_matches!(&error, Error::Configuration(text) if text.contains("Row.id"));
        let sequence = "CREATE SEQUENCE down INCREMENT -1";
        db.execute(sequence);
        db.execute("ALTER TABLE t ALTER id SET DEFAULT nextval('down')");
        session.bulk_insert([Row::builder().id(-7).data("copied").build()]).unwrap();
        session.execute(diesel::sql_query("SELECT 1")).unwrap();
        session.advance_sequences::<Row>().unwrap();
        let new = session.add(row("new"));
        session.commit().unwrap();
        assert_eq!(session.key(new), Some(-8));
    }

    /// Checks that a rule that puts rows elsewhere works without RETURNING and without COPY, which
    /// would ignore it.
    fn a_table_with_rules(db: &TestDb) {
        for sql in [
            "CREATE TABLE ruled (id bigserial PRIMARY KEY, data varchar(20) NOT NULL)",
            "CREATE TABLE kept (id bigint PRIMARY KEY, data varchar(20) NOT NULL)",
            "CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO kept VALUES (NEW.id, \
             NEW.data)",
        ] {
            db.execute(sql);
        }
        let ruled = |n: usize| Ruled::builder().data(format!("{n:04}")).build();
        let mut session = db.session();
        let one = session.add(ruled(0));
        session.commit().unwrap();
        assert_sql!(session, "S pg_rewrite; S generate_series; I ruled x1");
        let more = session.add_all((1..50).map(ruled));
        session.commit().unwrap();
        assert_sql!(session, "S generate_series; I ruled x49");
        session.bulk_insert((50..90).map(ruled)).unwrap();
        session.bulk_insert([Ruled::builder().id(1_000).data("given").build()]).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("ruled"), db.count("kept")), (0, 91));
        let rows = db.rows("kept", "data, id");
        for handle in [one].into_iter().chain(more) {
            let line = format!("{}|{}", session[handle].data, session[handle].id);
            assert!(rows.contains(&line), "{line}");
        }
    }

    fn without_returning_there_has_to_be_a_default(db: &TestDb) {
        db.execute("CREATE TABLE ruled (id bigint PRIMARY KEY, data varchar(20) NOT NULL)");
        let mut session = db.session();
        session.add(Ruled::builder().data("a").build());
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Configuration(text) if text.contains("Ruled.id"));
    }
}

on_one_database! { Mysql;
    fn a_trigger_that_sets_keys_is_reported(db: &TestDb) {
        db.execute("CREATE TABLE numbers (id BIGINT AUTO_INCREMENT PRIMARY KEY)");
        let trigger = |table| {
            format!(
                "CREATE TRIGGER set_{table} BEFORE INSERT ON {table} FOR EACH ROW BEGIN \
                 INSERT INTO numbers VALUES (); \
                 SET NEW.id = (LAST_INSERT_ID() * 7919) % 1000003; END"
            )
        };
        let mut session = tables(db, "id BIGINT AUTO_INCREMENT PRIMARY KEY");
        db.execute(&trigger("t"));
        for rows in [1, 3] {
            session.add_all((0..rows).map(|n| row(n.to_string())));
            let error = session.flush().unwrap_err();
            assert_matches!(&error, Error::Configuration(text) if text.contains("a trigger"));
            session.rollback().unwrap();
        }
        assert_eq!(db.count("t"), 0);
    }

    fn keys_that_count_in_steps(db: &TestDb) {
        let mut session = db.session_for(schema![Row, Child, Animals]);
        session.execute(diesel::sql_query("SET @@SESSION.auto_increment_increment = 5")).unwrap();
        session.commit().unwrap();
        rows_have_their_keys(&mut session, db);
        kinds_are_whole(&mut session, db);
    }
}

on_one_database! { Sqlite;
    /// Checks that SQLite returns the rows of an INSERT in the order in which it wrote them.
    fn a_default_of_any_order(db: &TestDb) {
        holds_for(db, &[], "id BIGINT NOT NULL PRIMARY KEY DEFAULT (abs(random()))", &[]);
    }

    fn random_keys_at_the_end_of_all_numbers(db: &TestDb) {
        let last = "INSERT INTO {} VALUES (9223372036854775807, 'last'";
        let last = [
            format!("{})", last.replace("{}", "t")),
            format!("{}, 'Animal')", last.replace("{}", "animal")),
            "DELETE FROM sqlite_sequence".to_owned(),
        ];
        let mut session = tables(db, "id INTEGER PRIMARY KEY");
        db.execute(&last[0]);
        db.execute(&last[1]);
        kinds_are_whole(&mut session, db);
        let rows = session.add_all((0..300).map(|n| row(n.to_string())));
        session.commit().unwrap();
        let stored = db.rows("t", "data, id");
        for handle in rows {
            let line = format!("{}|{}", session[handle].data, session[handle].id);
            assert!(stored.contains(&line), "{line}");
        }
    }
}
