//! Soft deletion: a column says since when a row is deleted, and a default scope hides it.

use chrono::{DateTime, NaiveDateTime, Utc};
use orm_runtime::prelude::*;
use orm_runtime::{
    ObjectState,
    column::Now,
    events::{FlushedKind, FlushedRow, SessionListener},
};
use orm_tests::{
    TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases, on_one_database,
};

#[derive(Entity, Clone, Debug)]
#[entity(table = "notes")]
struct Note {
    id: Auto<i64>,
    text: String,
    #[entity(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
}

/// With a version, a key of two columns, another type of time, and another scope.
#[derive(Entity, Clone, Debug)]
#[entity(table = "pages", scope = published)]
struct Page {
    #[entity(primary_key)]
    book: i64,
    #[entity(primary_key)]
    number: i64,
    #[entity(version)]
    version: i32,
    #[entity(default)]
    draft: bool,
    #[entity(soft_delete, column = "gone")]
    deleted: Option<DateTime<Utc>>,
}

fn published() -> Condition<'static, Page> {
    Condition::all().and(page::draft.eq(false))
}

/// Opens a session with the committed notes a, b and c, which have the keys 1 to 3 and are in
/// memory.
fn notes(db: &TestDb) -> (Session, [Handle<Note>; 3]) {
    let mut session = db.session_for(schema![Note]);
    let notes = ["a", "b", "c"].map(|text| session.add(Note::builder().text(text).build()));
    session.commit().unwrap();
    session.take_log();
    (session, notes)
}

fn deleted(db: &TestDb) -> Vec<String> {
    db.rows("notes WHERE deleted_at IS NOT NULL", "text")
}

fn unscoped(session: &mut Session, id: i64) -> Handle<Note> {
    let query = session.query::<Note>().unscoped(note::scopes::soft_delete);
    query.filter(note::id.eq(id)).one().unwrap()
}

on_all_databases! {
    fn a_deleted_row_is_marked_and_hidden(db: &TestDb) {
        let (mut session, [a, b, c]) = notes(db);
        let before = NaiveDateTime::now();
        session.delete(a).unwrap();
        session.delete(c).unwrap();
        assert_eq!(session.pending_sql().unwrap().len(), 1);
        session.commit().unwrap();
        assert_sql!(session, "U notes[deleted_at] x2");
        assert_eq!(deleted(db), ["a", "c"]);
        assert_eq!(session.state(a), ObjectState::Detached);
        assert_eq!(session.get::<Note>(1).unwrap(), None);
        assert_eq!(session.query::<Note>().all().unwrap(), [b]);
        let a = unscoped(&mut session, 1);
        let at = session[a].deleted_at.unwrap();
        assert!(before <= at && at <= NaiveDateTime::now(), "{before} {at}");
        let c = unscoped(&mut session, 3);
        assert_eq!(session[c].deleted_at, Some(at));
        assert_eq!(Note::META.soft_delete, Some(2));
    }

    fn a_row_is_restored_by_emptying_the_field(db: &TestDb) {
        let (mut session, [a, ..]) = notes(db);
        session.delete(a).unwrap();
        session.commit().unwrap();
        let a = unscoped(&mut session, 1);
        session[a].deleted_at = None;
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U notes[deleted_at] x1");
        assert_eq!(deleted(db), [""; 0]);
        assert_eq!(session.query::<Note>().count().unwrap(), 3);
    }

    fn a_deletion_comes_back_with_a_rollback(db: &TestDb) {
        let (mut session, [a, b, _]) = notes(db);
        session[a].text = "edited".to_owned();
        session.delete(a).unwrap();
        session.delete(b).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U notes[deleted_at] x2");
        assert_eq!(session.state(a), ObjectState::Deleted);
        assert_eq!(session.find::<Note>(1), None);
        session.rollback().unwrap();
        assert_eq!(session.state(a), ObjectState::Persistent);
        assert_eq!(session.find::<Note>(1), Some(a));
        assert_eq!((&*session[a].text, session[a].deleted_at), ("a", None));
        session.commit().unwrap();
        assert_eq!(deleted(db), [""; 0]);
    }

    fn a_row_that_is_read_again_in_the_transaction_is_the_same_object(db: &TestDb) {
        let (mut session, [a, b, _]) = notes(db);
        session.delete(a).unwrap();
        session.delete(b).unwrap();
        session.flush().unwrap();
        assert_eq!(unscoped(&mut session, 1), a);
        assert_eq!(session.state(a), ObjectState::Persistent);
        assert!(session[a].deleted_at.is_some());
        // It is restored immediately, and is still the same object after a rollback.
        session[a].deleted_at = None;
        session.flush().unwrap();
        assert_eq!(session.query::<Note>().filter(note::id.eq(1)).one().unwrap(), a);
        session.rollback().unwrap();
        assert_eq!((session.state(a), session[a].deleted_at), (ObjectState::Persistent, None));
        assert_eq!(session.state(b), ObjectState::Persistent);
        assert_eq!(session.query::<Note>().count().unwrap(), 3);
        assert_eq!(session.handles::<Note>().len(), 3);
    }

    fn savepoints_know_what_was_deleted_outside_of_them(db: &TestDb) {
        let (mut session, [a, b, _]) = notes(db);
        session.delete(a).unwrap();
        session.flush().unwrap();
        let undone = session.savepoint(|session| {
            // Deleted outside, read in the session, and deleted again.
            assert_eq!(unscoped(session, 1), a);
            session.delete(a)?;
            session.delete(b)?;
            session.flush()?;
            Err::<(), _>(Error::Configuration("undone".to_owned()))
        });
        assert_matches!(undone, Err(Error::Configuration(_)));
        assert_eq!(session.state(a), ObjectState::Deleted);
        assert_eq!(session.state(b), ObjectState::Persistent);
        assert_eq!(session.find::<Note>(1), None);
        session.savepoint(|session| {
            assert_eq!(unscoped(session, 1), a);
            session.delete(b)
        })
        .unwrap();
        assert_eq!(session.state(a), ObjectState::Persistent);
        assert_eq!(unscoped(&mut session, 2), b);
        session.rollback().unwrap();
        for note in [a, b] {
            let state = (session.state(note), session[note].deleted_at);
            assert_eq!(state, (ObjectState::Persistent, None));
        }
        assert_eq!(session.query::<Note>().all().unwrap().len(), 3);
        assert_eq!(session.handles::<Note>().len(), 3);
    }

    fn a_purge_deletes_for_good(db: &TestDb) {
        let (mut session, [a, b, c]) = notes(db);
        session.delete(a).unwrap();
        session.purge(b).unwrap();
        session.delete(c).unwrap();
        session.purge(c).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U notes[deleted_at] x1; D notes x2");
        // An object whose purge was rolled back can be deleted softly.
        session.rollback().unwrap();
        session.delete(b).unwrap();
        session.purge(c).unwrap();
        session.delete(c).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("notes", "text"), ["a", "b"]);
        assert_eq!(deleted(db), ["b"]);
        let b = unscoped(&mut session, 2);
        session.purge(b).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("notes", "text"), ["a"]);
        let new = session.add(Note::builder().text("new").build());
        session.purge(new).unwrap();
        assert_eq!(session.state(new), ObjectState::Transient);
        session.delete(a).unwrap();
        session.flush().unwrap();
        let error = session.purge(a).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Note 1 cannot be purged: it is marked as deleted; load it without the scope \
             soft_delete first"
        );
        let a = unscoped(&mut session, 1);
        session.purge(a).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("notes"), 0);
    }

    fn a_set_based_delete_marks_rows_too(db: &TestDb) {
        let (mut session, [a, b, c]) = notes(db);
        session.delete(a).unwrap();
        assert_eq!(session.query::<Note>().filter(note::id.le(2)).delete().unwrap(), 1);
        assert_eq!(session.find::<Note>(2), None);
        assert_eq!(session.state(b), ObjectState::Deleted);
        session.rollback().unwrap();
        assert_eq!(session.state(b), ObjectState::Persistent);
        assert_eq!(session.query::<Note>().filter(note::id.ne(3)).delete().unwrap(), 2);
        session.commit().unwrap();
        assert_eq!(deleted(db), ["a", "b"]);
        assert_eq!(session.query::<Note>().purge().unwrap(), 1);
        assert_eq!(session.state(c), ObjectState::Deleted);
        let unscoped = session.query::<Note>().unscoped(note::scopes::soft_delete);
        assert_eq!(unscoped.filter(note::text.eq("b")).purge().unwrap(), 1);
        session.commit().unwrap();
        assert_eq!(db.rows("notes", "text"), ["a"]);
    }

    fn versions_are_checked_and_counted_up(db: &TestDb) {
        let mut session = db.session_for(schema![Page]);
        let page = |number| Page::builder().book(1).number(number).build();
        let pages = session.add_all((1..=3).map(page));
        session.commit().unwrap();
        session.take_log();
        session.delete(pages[0]).unwrap();
        session.delete(pages[1]).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "U pages[gone,version] x2");
        let all = ["1|2", "2|2", "3|1"];
        assert_eq!(db.rows("pages", "number, version"), all);
        // Another session is faster.
        db.execute("UPDATE pages SET version = 7 WHERE number = 3");
        session.delete(pages[2]).unwrap();
        assert_matches!(session.flush(), Err(Error::StaleRow { keys, .. }) if keys == ["(1, 3)"]);
        assert_eq!(session.state(pages[2]), ObjectState::Deleted);
        session.rollback().unwrap();
        session.refresh(&[pages[2]]).unwrap();
        assert_eq!(session.query::<Page>().delete().unwrap(), 1);
        session.commit().unwrap();
        assert_eq!(db.rows("pages", "number, version")[2], "3|8");
        let gone = session.query::<Page>().unscoped(page::scopes::soft_delete);
        assert_eq!(gone.filter(page::number.lt(3)).all().unwrap().len(), 2);
        assert_eq!(session.get::<Page>((1, 1)).unwrap().map(|page| session[page].version), Some(2));
        assert_eq!(session.get::<Page>((1, 3)).unwrap(), None);
    }

    fn many_rows_share_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Note]);
        let many = (0..20_000).map(|n| Note::builder().text(format!("{n}")).build());
        session.bulk_insert(many).unwrap();
        let all = session.query::<Note>().all().unwrap();
        session.take_log();
        all.iter().try_for_each(|&note| session.delete(note)).unwrap();
        session.flush().unwrap();
        let log = session.take_log();
        let sent = log.iter().filter(|record| record.sql.starts_with("UPDATE")).count();
        assert_eq!(sent, if db.dialect() == Dialect::Postgres { 1 } else { 2 });
        assert_eq!(session.query::<Note>().count().unwrap(), 0);
        assert_eq!(session.query::<Note>().unscoped_all().count().unwrap(), 20_000);
    }

    fn a_new_object_takes_over_the_row_of_a_deleted_one(db: &TestDb) {
        let (mut session, [a, ..]) = notes(db);
        session.delete(a).unwrap();
        let again = session.add(Note::builder().id(1).text("again").build());
        session.commit().unwrap();
        assert_sql!(session, "U notes[text,deleted_at] x1");
        assert_eq!(session.find::<Note>(1), Some(again));
        assert_eq!(deleted(db), [""; 0]);
    }

    fn listeners_learn_of_a_deletion(db: &TestDb) {
        struct Counter(std::sync::mpsc::Sender<String>);
        impl SessionListener for Counter {
            fn after_flush(&mut self, _: &mut Session, rows: &[FlushedRow]) -> Result<()> {
                for row in rows {
                    assert_eq!(row.kind, FlushedKind::Deleted);
                    let columns: Vec<_> = row.columns().map(|column| column.name).collect();
                    self.0.send(format!("{} {columns:?}", row.key)).unwrap();
                }
                Ok(())
            }
        }
        let (mut session, [a, b, _]) = notes(db);
        let (sender, told) = std::sync::mpsc::channel();
        session.listen(Counter(sender));
        session.delete(a).unwrap();
        session.purge(b).unwrap();
        session.commit().unwrap();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["1 [\"deleted_at\"]", "2 []"]);
    }

    fn a_flush_that_fails_forgets_no_deletion(db: &TestDb) {
        let (mut session, [a, b, _]) = notes(db);
        session.delete(a).unwrap();
        session.purge(b).unwrap();
        let clash = session.add(Note::builder().id(3).text("clash").build());
        assert_matches!(session.flush(), Err(Error::Constraint(_)));
        assert_eq!(deleted(db), [""; 0]);
        session.delete(clash).unwrap();
        session.flush().unwrap();
        assert_eq!(session.state(a), ObjectState::Deleted);
        session.commit().unwrap();
        assert_eq!(db.rows("notes", "text"), ["a", "c"]);
        assert_eq!(deleted(db), ["a"]);
        session.flush().unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
    }

    fn a_merge_restores_a_row_if_its_field_is_empty(db: &TestDb) {
        let (mut session, [a, ..]) = notes(db);
        session.delete(a).unwrap();
        session.commit().unwrap();
        session.take_log();
        let a = session.merge(Note::builder().id(1).text("back").build()).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S notes; U notes[text,deleted_at] x1");
        assert_eq!(session.get::<Note>(1).unwrap(), Some(a));
        assert_eq!(deleted(db), [""; 0]);
    }
}

/// Loses the transaction because of a failing statement whose error is dropped.
fn deletions_of_a_lost_transaction_are_made_again(db: &TestDb, failing: &str) {
    let (mut session, [a, b, c]) = notes(db);
    session.delete(a).unwrap();
    session.purge(b).unwrap();
    session.delete(c).unwrap();
    session.flush().unwrap();
    // It is in memory again, and still marked as deleted.
    assert_eq!(unscoped(&mut session, 3), c);
    session.execute(diesel::sql_query(failing)).unwrap_err();
    assert_matches!(session.commit(), Err(Error::TransactionLost(_)));
    assert_eq!(db.rows("notes", "text"), ["a", "b", "c"]);
    assert_eq!(deleted(db), [""; 0]);
    session.commit().unwrap();
    assert_eq!(db.rows("notes", "text"), ["a", "c"]);
    assert_eq!(deleted(db), ["a", "c"]);
    assert_eq!(session.state(a), ObjectState::Detached);
}

on_one_database! {
    Sqlite;
    fn deletions_are_made_again_on_sqlite(db: &TestDb) {
        let failing = "INSERT OR ROLLBACK INTO notes (id, text) VALUES (1, 'taken')";
        deletions_of_a_lost_transaction_are_made_again(db, failing);
    }
}

#[cfg(feature = "servers")]
on_one_database! {
    Postgres;
    fn deletions_are_made_again_on_postgres(db: &TestDb) {
        deletions_of_a_lost_transaction_are_made_again(db, "SELECT no_such_column FROM notes");
    }
}
