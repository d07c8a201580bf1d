//! Optimistic locking: a row that another session has changed is not overwritten.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "account")]
struct Account {
    id: i64,
    value: String,
    #[entity(version)]
    version: i32,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "page")]
struct Page {
    #[entity(primary_key, length = 20)]
    site: String,
    #[entity(primary_key)]
    number: i32,
    #[entity(unique, length = 40)]
    title: String,
    #[entity(version)]
    revision: i64,
}

fn account(id: i64) -> Account {
    Account::builder().id(id).value("new").build()
}

fn page(number: i32) -> Page {
    Page::builder().site("site").number(number).title(format!("title {number}")).build()
}

/// Opens a session with stored accounts 1, 2 and so on.
fn accounts(db: &TestDb, count: i64) -> (Session, Vec<Handle<Account>>) {
    let mut session = db.session_for(schema![Account]);
    let handles = session.add_all((1..=count).map(account));
    session.commit().unwrap();
    session.take_log();
    (session, handles)
}

fn change(session: &mut Session, handle: Handle<Account>, value: &str) {
    session[handle].value = value.to_owned();
}

fn rows(db: &TestDb) -> Vec<String> {
    db.rows("account", "id, value, version")
}

/// Checks that the object and the row have the same version.
fn agree(db: &TestDb, session: &Session, handles: &[Handle<Account>]) {
    let own: Vec<String> = handles
        .iter()
        .map(|&handle| &session[handle])
        .map(|account| format!("{}|{}|{}", account.id, account.value, account.version))
        .collect();
    assert_eq!(own, rows(db));
}

on_all_databases! {
    fn a_version_begins_at_one_and_grows_with_each_update(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1);
        assert_eq!(rows(db), ["1|new|1"]);
        for (value, version) in [("a", 2), ("b", 3)] {
            change(&mut session, handles[0], value);
            session.flush().unwrap();
            assert_sql!(session, "U account[value,version] x1");
            assert_eq!(session[handles[0]].version, version);
        }
        session.commit().unwrap();
        agree(db, &session, &handles);
    }

    // H03; versioned rows are batched here.
    fn versioned_rows_share_a_statement(db: &TestDb) {
        let (mut session, handles) = accounts(db, 2);
        for &handle in &handles {
            change(&mut session, handle, "changed");
        }
        session.flush().unwrap();
        assert_eq!(
            session.take_log().iter().filter(|record| record.sql.starts_with("UPDATE")).count(),
            1
        );
        change(&mut session, handles[0], "changed");
        session.flush().unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|changed|2", "2|changed|2"]);
        agree(db, &session, &handles);
    }

    // H03: a version that the program sets is the version it expects, such as that of a submitted
    // form.
    fn a_version_set_by_hand_is_compared_with_that_of_the_row(db: &TestDb) {
        let (mut session, handles) = accounts(db, 2);
        change(&mut session, handles[0], "changed");
        session[handles[0]].version = 40;
        let error = session.commit().unwrap_err();
        assert_matches!(
            error, Error::StaleRow { keys, expected: 1, matched: 0, .. } if keys == ["1"]
        );
        assert_eq!(rows(db), ["1|new|1", "2|new|1"]);
        session[handles[0]].version = 1;
        session.commit().unwrap();
        agree(db, &session, &handles);
        assert_eq!(rows(db), ["1|changed|2", "2|new|1"]);

        session[handles[1]].version = 7;
        assert_matches!(session.commit(), Err(Error::StaleRow { .. }));
        session.rollback().unwrap();
        session[handles[1]].version = 7;
        session.delete(handles[1]).unwrap();
        assert_matches!(session.commit(), Err(Error::StaleRow { .. }));
        session.rollback().unwrap();
        assert_eq!(rows(db).len(), 2);
        agree(db, &session, &handles);
    }

    fn a_version_set_by_hand_may_be_newer_than_the_one_in_memory(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1);
        db.execute("UPDATE account SET value = 'theirs', version = 2");
        change(&mut session, handles[0], "mine, seeing theirs");
        session[handles[0]].version = 2;
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|mine, seeing theirs|3"]);
        assert_eq!(session[handles[0]].version, 3);
        change(&mut session, handles[0], "again");
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[handles[0]].version, 3);
    }

    fn versions_of_one_batch_are_compared_each_with_its_own(db: &TestDb) {
        let (mut session, handles) = accounts(db, 30);
        for (n, &handle) in handles.iter().enumerate() {
            change(&mut session, handle, "changed");
            session[handle].version = if n == 7 || n == 20 { 9 } else { 1 };
        }
        let error = session.commit().unwrap_err();
        assert_matches!(error, Error::StaleRow { keys, .. } if keys == ["8", "21"]);
    }

    fn a_version_that_cannot_grow_is_an_error(db: &TestDb) {
        let (mut session, handles) = accounts(db, 2);
        db.execute("UPDATE account SET version = 2147483647 WHERE id = 2");
        session.refresh(&handles).unwrap();
        for &handle in &handles {
            change(&mut session, handle, "changed");
        }
        let error = session.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Account 2: column version cannot be written: it is the largest version that its type \
             can hold; use i64"
        );
        assert_eq!(rows(db), ["1|new|1", "2|new|2147483647"]);
        session.rollback().unwrap();
        session.delete(handles[1]).unwrap();
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|new|1"]);
    }

    fn a_row_that_was_changed_outside_is_named(db: &TestDb) {
        let (mut session, handles) = accounts(db, 3);
        db.execute("UPDATE account SET value = 'theirs', version = 2 WHERE id = 2");
        for &handle in &handles {
            change(&mut session, handle, "mine");
        }
        let error = session.commit().unwrap_err();
        assert_matches!(
            &error,
            Error::StaleRow { entity: "Account", keys, expected: 3, matched: 2 }
                if *keys == ["2"]
        );
        assert!(
            error.to_string().starts_with("Account 2 was changed or deleted by someone else"),
            "{error}"
        );
        assert_eq!(rows(db), ["1|new|1", "2|theirs|2", "3|new|1"]);
        assert!(
            handles
                .iter()
                .all(|&handle| session[handle].value == "mine" && session[handle].version == 1)
        );
        session.refresh(&[handles[1]]).unwrap();
        assert_eq!(session[handles[1]].value, "theirs");
        change(&mut session, handles[1], "mine too");
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|mine|2", "2|mine too|3", "3|mine|2"]);
        agree(db, &session, &handles);
    }

    // A27
    fn a_row_that_was_removed_outside_is_named(db: &TestDb) {
        let (mut session, handles) = accounts(db, 2);
        db.execute("DELETE FROM account WHERE id = 1");
        change(&mut session, handles[0], "mine");
        assert_matches!(
            session.commit(),
            Err(Error::StaleRow { keys, expected: 1, matched: 0, .. })
                if keys == ["1"]
        );
        session.rollback().unwrap();
        session.delete(handles[0]).unwrap();
        assert_matches!(session.commit(), Err(Error::StaleRow { keys, .. }) if keys == ["1"]);
        session.evict(handles[0]).unwrap();
        session.commit().unwrap();
        assert_eq!(rows(db), ["2|new|1"]);
    }

    // H02
    fn a_delete_of_a_row_that_was_changed_outside_is_refused_as_a_whole(db: &TestDb) {
        let (mut first, handles) = accounts(db, 2);
        let mut second = db.session();
        let theirs = second.get_one::<Account>(1).unwrap();
        change(&mut second, theirs, "theirs");
        second.commit().unwrap();
        for &handle in &handles {
            first.delete(handle).unwrap();
        }
        let error = first.commit().unwrap_err();
        assert_matches!(error, Error::StaleRow { keys, expected: 2, matched: 1, .. } if keys == ["1"]);
        assert_eq!(rows(db), ["1|theirs|2", "2|new|1"]);
        first.rollback().unwrap();
        assert!(handles.iter().all(|&handle| first.state(handle) == ObjectState::Persistent));
        first.refresh(&handles).unwrap();
        for &handle in &handles {
            first.delete(handle).unwrap();
        }
        first.commit().unwrap();
        assert_eq!(rows(db), Vec::<String>::new());
    }

    fn exactly_the_stale_rows_of_a_thousand_are_named(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1_000);
        let stale: Vec<i64> = (1..=37).map(|n| n * 27).collect();
        let list = stale.iter().map(i64::to_string).collect::<Vec<_>>();
        db.execute(&format!("UPDATE account SET version = 2 WHERE id IN ({})", list.join(", ")));
        for &handle in &handles {
            change(&mut session, handle, "mine");
        }
        let error = session.commit().unwrap_err();
        let Error::StaleRow { entity: "Account", keys, .. } = error else { panic!("{error}") };
        assert_eq!(keys, list);
        let updates =
            session.take_log().iter().filter(|record| record.sql.starts_with("UPDATE")).count();
        assert!(updates <= 20, "{updates} statements are too many for batches");
        assert!(rows(db).iter().all(|row| row.contains("|new|")));
        let stale: Vec<_> = stale.iter().map(|&id| session.find::<Account>(id).unwrap()).collect();
        session.refresh(&stale).unwrap();
        session.commit().unwrap();
        assert_eq!(rows(db).iter().filter(|row| row.ends_with("|mine|2")).count(), 963);
    }

    fn exactly_the_stale_rows_of_a_thousand_deleted_ones_are_named(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1_000);
        db.execute("UPDATE account SET version = 2 WHERE id IN (5, 500, 999)");
        db.execute("DELETE FROM account WHERE id = 700");
        for &handle in &handles {
            session.delete(handle).unwrap();
        }
        let error = session.commit().unwrap_err();
        let Error::StaleRow { keys, expected, matched, .. } = error else { panic!("{error}") };
        assert_eq!(
            (keys, expected, matched),
            (["5", "500", "700", "999"].map(str::to_owned).to_vec(), 1_000, 996)
        );
        assert_eq!(db.count("account"), 999);
    }

    fn composite_keys_have_versions_too(db: &TestDb) {
        let mut session = db.session_for(schema![Page]);
        let pages = session.add_all((1..=3).map(page));
        session.commit().unwrap();
        for &page in &pages {
            session[page].title.push('!');
        }
        session.commit().unwrap();
        assert_eq!(db.rows("page", "number, title, revision")[2], "3|title 3!|2");
        db.execute("UPDATE page SET revision = 9 WHERE number <> 2");
        for &page in &pages {
            session[page].title.push('?');
        }
        let error = session.commit().unwrap_err();
        assert_matches!(
            error,
            Error::StaleRow { keys, .. }
                if keys == ["(\"site\", 1)", "(\"site\", 3)"]
        );
        session.rollback().unwrap();
        session.delete(pages[0]).unwrap();
        assert_matches!(session.commit(), Err(Error::StaleRow { .. }));
        session.rollback().unwrap();
        session.delete(pages[1]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("page"), 2);
    }

    fn rollback_puts_back_the_version(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1);
        change(&mut session, handles[0], "a");
        session.flush().unwrap();
        change(&mut session, handles[0], "b");
        session.flush().unwrap();
        assert_eq!(session[handles[0]].version, 3);
        session.rollback().unwrap();
        agree(db, &session, &handles);
        change(&mut session, handles[0], "c");
        session.commit().unwrap();
        agree(db, &session, &handles);
        assert_eq!(rows(db), ["1|c|2"]);
    }

    fn a_savepoint_puts_back_the_version(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1);
        change(&mut session, handles[0], "a");
        session.flush().unwrap();
        let undone: Result<()> = session.savepoint(|session| {
            change(session, handles[0], "b");
            session.flush()?;
            Err(Error::Configuration("no".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!((session[handles[0]].value.as_str(), session[handles[0]].version), ("a", 2));
        change(&mut session, handles[0], "c");
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|c|3"]);
        agree(db, &session, &handles);
    }

    fn a_failed_flush_leaves_versions_as_they_are(db: &TestDb) {
        let mut session = db.session_for(schema![Page]);
        let pages = session.add_all((1..=3).map(page));
        session.commit().unwrap();
        session[pages[0]].title = "fine".to_owned();
        session[pages[1]].title = "title 3".to_owned();
        assert!(session.flush().unwrap_err().is_violation(DatabaseErrorKind::Unique));
        assert!(pages.iter().all(|&page| session[page].revision == 1));
        session[pages[1]].title = "fine too".to_owned();
        session.commit().unwrap();
        assert_eq!(
            db.rows("page", "number, title, revision"),
            ["1|fine|2", "2|fine too|2", "3|title 3|1"]
        );
    }

    // H05
    fn merge_looks_at_the_version(db: &TestDb) {
        let (mut session, handles) = accounts(db, 1);
        change(&mut session, handles[0], "a");
        session.commit().unwrap();
        let old = Account { value: "old".to_owned(), ..account(1) };
        assert_matches!(
            session.merge(old.clone()),
            Err(Error::StaleRow { entity: "Account", keys, .. })
                if keys == ["1"]
        );
        assert_eq!(session[handles[0]].value, "a", "no value was copied");
        session.merge(Account { version: 2, ..old }).unwrap();
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|old|3"]);
        agree(db, &session, &handles);
    }

    // H05
    fn bulk_rows_begin_at_version_one(db: &TestDb) {
        let (mut session, _) = accounts(db, 0);
        session.bulk_insert([account(1), account(2)]).unwrap();
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|new|1", "2|new|1"]);
        let first = session.get_one::<Account>(1).unwrap();
        change(&mut session, first, "a");
        session.commit().unwrap();
        assert_eq!(rows(db), ["1|a|2", "2|new|1"]);
    }

    fn a_new_object_that_is_changed_after_its_insert_has_version_two(db: &TestDb) {
        let (mut session, _) = accounts(db, 0);
        let new = session.add(account(1));
        session.flush().unwrap();
        change(&mut session, new, "a");
        session.commit().unwrap();
        agree(db, &session, &[new]);
        assert_eq!(rows(db), ["1|a|2"]);
    }

    fn the_faster_of_two_sessions_wins(db: &TestDb) {
        let (mut first, handles) = accounts(db, 1);
        let mut second = db.session();
        let same = second.get_one::<Account>(1).unwrap();
        second.commit().unwrap();
        change(&mut first, handles[0], "first");
        first.commit().unwrap();
        change(&mut second, same, "second");
        assert_matches!(second.commit(), Err(Error::StaleRow { .. }));
        assert_eq!(second[same].value, "second", "the edit is kept");
        second.refresh(&[same]).unwrap();
        assert_eq!(second[same].value, "first");
        change(&mut second, same, "second");
        second.commit().unwrap();
        assert_eq!(rows(db), ["1|second|3"]);
    }
}

#[derive(Entity, Debug)]
#[entity(table = "slips")]
struct Slip {
    id: Auto<i64>,
    #[entity(length = 20)]
    text: String,
}

/// Checks that an UPDATE that the database does not count is an error with the key, and not an
/// error about another session.
fn uncounted(db: &TestDb) {
    let mut session = db.session();
    let slips = session.query::<Slip>().order_by(slip::id).all().unwrap();
    for &slip in &slips {
        session[slip].text = "new".to_owned();
    }
    let error = session.commit().unwrap_err();
    assert_matches!(&error, Error::InvalidState { entity: "Slip", key, .. } if key.as_deref() == Some("1, 2"));
    assert!(error.to_string().contains("INSTEAD OF"), "{error}");
    assert_eq!(db.count("slips WHERE text = 'old'"), 2);
}

orm_tests::on_one_database! {
    Sqlite;
    fn an_update_through_a_view_names_the_rows(db: &TestDb) {
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)");
        db.execute("INSERT INTO notes VALUES (1, 'old'), (2, 'old')");
        db.execute("CREATE VIEW slips AS SELECT id, text FROM notes");
        db.execute(
            "CREATE TRIGGER written INSTEAD OF UPDATE ON slips BEGIN UPDATE notes SET text = NEW.text \
             WHERE id = OLD.id; END",
        );
        uncounted(db);
    }
}

orm_tests::on_one_database! {
    Postgres;
    fn an_update_that_a_trigger_leaves_out_names_the_rows(db: &TestDb) {
        let mut session = db.session_for(schema![Slip]);
        session.add_all(["old", "old"].map(|text| Slip::builder().text(text).build()));
        session.commit().unwrap();
        db.execute(
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        );
        db.execute("CREATE TRIGGER leave BEFORE UPDATE ON slips FOR EACH ROW EXECUTE FUNCTION leave()");
        uncounted(db);
    }
}
