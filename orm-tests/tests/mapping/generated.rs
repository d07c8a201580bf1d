//! Values that the database or the session generates: defaults, computed columns, sequences, times.

use std::thread::sleep;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone)]
struct Ticket {
    id: Auto<i64>,
    title: String,
    #[entity(db_default = "'new'", length = 20)]
    state: Generated<String>,
    #[entity(db_default = "7")]
    weight: Generated<Option<i32>>,
    #[entity(db_default = "3")]
    plain: i32,
    price: i64,
    count: i64,
    #[entity(computed = "price * count")]
    total: Computed<i64>,
}

#[derive(Entity, Debug, Clone)]
struct Receipt {
    id: Auto<i64>,
    #[entity(sequence = "receipt_no", unique)]
    no: Generated<i64>,
    text: String,
}

#[derive(Entity, Debug, Clone)]
struct Note {
    id: Auto<i64>,
    text: String,
    #[entity(created_at)]
    created: DateTime<Utc>,
    #[entity(updated_at)]
    updated: NaiveDateTime,
    #[entity(updated_at)]
    seen: Option<DateTime<Utc>>,
}

#[derive(Entity, Debug, Clone)]
struct Code {
    #[entity(primary_key)]
    area: String,
    #[entity(primary_key)]
    number: i32,
    #[entity(db_default = "CURRENT_TIMESTAMP")]
    made: Generated<NaiveDateTime>,
    #[entity(computed = "number + 1")]
    next: Computed<i32>,
}

#[derive(Entity, Debug, Clone)]
struct Page {
    id: Auto<i64>,
    text: String,
    #[entity(db_default = "0", on_update)]
    changes: Generated<i64>,
    #[entity(computed = "changes * 10")]
    tenfold: Computed<i64>,
    #[entity(on_update, length = 80)]
    shown: Generated<Option<String>>,
}

/// Creates triggers that count the changes of a page.
fn page_triggers(db: &TestDb) {
    let sqlite = [("INSERT", ""), ("UPDATE OF text", "changes = OLD.changes + 1, ")];
    let sqlite = sqlite.map(|(event, count)| {
        format!(
            "CREATE TRIGGER \"on {event}\" AFTER {event} ON page BEGIN UPDATE page SET {count}shown = \
             upper(text) WHERE id = NEW.id; END"
        )
    });
    let mysql = ["INSERT", "UPDATE"].map(|event| {
        let count = if event == "UPDATE" { "NEW.changes = OLD.changes + 1, " } else { "" };
        format!(
            "CREATE TRIGGER on_{event} BEFORE {event} ON page FOR EACH ROW SET {count}NEW.shown = \
             upper(NEW.text)"
        )
    });
    let postgres = [
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' \
         THEN NEW.changes := OLD.changes + 1; END IF; NEW.shown := upper(NEW.text); RETURN NEW; END $$",
        "CREATE TRIGGER note BEFORE INSERT OR UPDATE ON page FOR EACH ROW EXECUTE FUNCTION note()",
    ];
    for sql in match db.dialect() {
        Dialect::Sqlite => sqlite,
        Dialect::Mysql => mysql,
        Dialect::Postgres => postgres.map(str::to_owned),
        _ => unreachable!("a database without tests"),
    } {
        db.execute(&sql);
    }
}

fn ticket(title: &str) -> Ticket {
    Ticket::builder().title(title).plain(1).price(5).count(3).build()
}

fn note(text: &str) -> Note {
    Note::builder().text(text).build()
}

/// Checks the error on MySQL, which has no sequences. It comes before anything is created.
fn sequences_are_refused(db: &TestDb) {
    let mut session = db.session();
    let error = schema![Ticket, Receipt].create_all(&mut session).unwrap_err().to_string();
    assert!(error.starts_with("Receipt.no: MySQL has no sequences"), "{error}");
    let error = schema![Receipt].diff(&mut session).unwrap_err().to_string();
    assert!(error.starts_with("Receipt.no: MySQL has no sequences"), "{error}");
    let made = schema![Ticket].verify(&mut session).unwrap();
    assert!(made[0].to_string().contains("is missing"), "nothing was made: {made:?}");
}

on_all_databases! {
    fn what_the_database_makes_is_read_back(db: &TestDb) {
        let mut session = db.session_for(schema![Ticket]);
        let tickets = session.add_all((0..3).map(|n| ticket(&n.to_string())));
        session[tickets[1]].state.set("open".to_owned());
        assert_eq!(session[tickets[0]].state.get(), None);
        assert_eq!(session[tickets[0]].total.get(), None);
        session.flush().unwrap();
        assert_sql!(session, "I ticket x1; I ticket x1; I ticket x1; S ticket");
        assert_eq!(session[tickets[0]].state, "new".to_owned());
        assert_eq!(session[tickets[1]].state, "open".to_owned());
        assert_eq!(session[tickets[2]].weight, Some(7));
        assert_eq!(session[tickets[2]].total, 15);
        session.commit().unwrap();
        assert_eq!(
            db.rows("ticket", "id, state, weight, plain, total"),
            ["1|new|7|1|15", "2|open|7|1|15", "3|new|7|1|15"]
        );
    }

    fn what_the_database_computes_follows_an_update(db: &TestDb) {
        let mut session = db.session_for(schema![Ticket]);
        let tickets = session.add_all((0..3).map(|n| ticket(&n.to_string())));
        session.commit().unwrap();
        session.take_log();
        session[tickets[0]].count = 4;
        session[tickets[2]].count = 5;
        session.flush().unwrap();
        assert_sql!(session, "U ticket[count] x2; S ticket");
        assert_eq!(session[tickets[0]].total, 20);
        assert_eq!(session[tickets[2]].total, 25);
        session[tickets[1]].weight.set(None);
        session.commit().unwrap();
        assert_eq!(db.rows("ticket", "id, weight, total"), ["1|7|20", "2|NULL|15", "3|7|25"]);
    }

    fn what_the_database_sets_in_an_update_is_read_back(db: &TestDb) {
        let mut session = db.session_for(schema![Page]);
        page_triggers(db);
        let page = |text: &str| Page::builder().text(text).build();
        let pages = session.add_all(["a", "b", "c"].map(page));
        session.commit().unwrap();
        for (page, shown) in pages.iter().zip(["A", "B", "C"]) {
            let page = &session[*page];
            assert_eq!((page.changes.get(), page.tenfold.get()), (Some(&0), Some(&0)));
            assert_eq!(page.shown, Some(shown.to_owned()));
        }
        session.take_log();
        for &page in &pages[..2] {
            session[page].text.push('!');
        }
        session.flush().unwrap();
        assert_sql!(session, "U page[text] x2; S page");
        assert_eq!(session[pages[0]].changes, 1);
        assert_eq!(session[pages[1]].tenfold, 10);
        assert_eq!(session[pages[1]].shown, Some("B!".to_owned()));
        session.flush().unwrap();
        assert_sql!(session, "");

        // A given value is replaced by what the database stores, and a rollback restores it.
        session.commit().unwrap();
        session[pages[0]].changes.set(70);
        session[pages[0]].text.push('?');
        session.flush().unwrap();
        assert_eq!((session[pages[0]].changes.get(), session[pages[0]].tenfold.get()), (Some(&2), Some(&20)));
        session.rollback().unwrap();
        assert_eq!(session[pages[0]].changes, 1);
        assert_eq!(session[pages[0]].shown, Some("A!".to_owned()));
        assert_eq!(db.rows("page", "text, changes, tenfold, shown")[0], "a!|1|10|A!");
    }

    fn sequences_of_columns_go_on_after_a_copy(db: &TestDb) {
        if !db.has_sequences() {
            return sequences_are_refused(db);
        }
        let mut session = db.session_for(schema![Receipt]);
        let receipt = |no: Option<i64>| {
            let mut receipt = Receipt::builder().text("x").build();
            no.into_iter().for_each(|no| receipt.no.set(no));
            receipt
        };
        session.bulk_insert([Some(40), Some(41), Some(5)].map(receipt)).unwrap();
        session.advance_sequences::<Receipt>().unwrap();
        let new = session.add(receipt(None));
        session.commit().unwrap();
        assert_eq!(session[new].no, 42);
        session.delete(new).unwrap();
        session.commit().unwrap();
        schema![Receipt].advance_sequences(&mut session).unwrap();
        let newer = session.add(receipt(None));
        session.commit().unwrap();
        assert_eq!(session[newer].no, 43, "a sequence is not reset");
    }

    fn a_rollback_and_another_flush_make_the_values_again(db: &TestDb) {
        let mut session = db.session_for(schema![Ticket]);
        let first = session.add(ticket("a"));
        session.flush().unwrap();
        session.rollback().unwrap();
        session.add_again(first).unwrap();
        session[first].count = 10;
        session.commit().unwrap();
        assert_eq!(session[first].total, 50);
        assert_eq!(db.rows("ticket", "state, total"), ["new|50"]);
    }

    fn keys_of_several_columns_read_back_too(db: &TestDb) {
        let mut session = db.session_for(schema![Code]);
        let codes = session.add_all((0..20).map(|n| {
            Code::builder().area(format!("a{}", n % 3)).number(n).build()
        }));
        session.commit().unwrap();
        for (n, &code) in (0..).zip(&codes) {
            assert_eq!(session[code].next, n + 1);
            assert!(session[code].made.is_set());
        }
        session[codes[4]].number = 100;
        session.commit().unwrap();
        assert_eq!(session[codes[4]].next, 101, "read by the new key");
    }

    fn a_sequence_numbers_rows(db: &TestDb) {
        if !db.has_sequences() {
            return sequences_are_refused(db);
        }
        let mut session = db.session_for(schema![Receipt]);
        let receipts = session.add_all(
            (0..3).map(|n| Receipt::builder().text(n.to_string()).build()),
        );
        session.commit().unwrap();
        let mut numbers: Vec<i64> =
            receipts.iter().filter_map(|&receipt| session[receipt].no.get().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 3);
        // A row that another program writes also gets a number.
        db.execute("INSERT INTO receipt (text) VALUES ('other')");
        let more = session.add(Receipt::builder().text("more").build());
        session.commit().unwrap();
        let other = session.query::<Receipt>().filter(receipt::text.eq("other")).one().unwrap();
        let (other, more) = (session[other].no.clone(), session[more].no.clone());
        assert!(other.get() > numbers.last(), "{other:?}");
        assert!(more.get() > other.get(), "{more:?}");
    }

    fn a_rollback_takes_back_what_the_database_has_made(db: &TestDb) {
        if !db.has_sequences() {
            return sequences_are_refused(db);
        }
        let mut session = db.session_for(schema![Receipt, Ticket]);
        let receipt = |text: &str| Receipt::builder().text(text).build();
        let [kept, given] = ["kept", "given"].map(|text| session.add(receipt(text)));
        session[given].no.set(500);
        session.flush().unwrap();
        assert!(session[kept].no.is_set());
        session.rollback().unwrap();
        assert_eq!((session[kept].no.get(), session[given].no.get()), (None, Some(&500)));
        let other = session.add(receipt("other"));
        session.flush().unwrap();
        session.add_again(kept).unwrap();
        session.add_again(given).unwrap();
        session.commit().unwrap();
        assert!(session[kept].no.get() > session[other].no.get());
        assert_eq!(session[given].no, 500);

        // In a savepoint that is undone, and with an object that existed before.
        let first = session.add(ticket("a"));
        session.commit().unwrap();
        session[first].count = 4;
        session.flush().unwrap();
        let mut second = None;
        let undone: Result<()> = session.savepoint(|session| {
            let ticket = session.add(ticket("b"));
            session.flush()?;
            assert_eq!(session[ticket].total, 15);
            second = Some(ticket);
            Err(Error::Configuration("no".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!(session[second.unwrap()].state.get(), None);
        assert_eq!(session[first].total, 20);
        session.rollback().unwrap();
        assert_eq!(session[first].total, 15);
    }

    fn the_session_stamps_times(db: &TestDb) {
        let mut session = db.session_for(schema![Note]);
        let before = Utc::now();
        let note = session.add(note("a"));
        session.commit().unwrap();
        let first = session[note].clone();
        assert!(first.created >= before - Duration::from_millis(1) && first.created <= Utc::now());
        session.refresh(&[note]).unwrap();
        assert_eq!(session[note].created, first.created, "memory agrees with the database");
        assert_eq!(session[note].updated, first.updated);
        sleep(Duration::from_millis(3));
        session[note].text.push('b');
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U note[text,updated,seen] x1");
        assert_eq!(session[note].created, first.created);
        assert!(session[note].updated > first.updated);
        assert!(session[note].seen > first.seen);
        session[note].text = "ab".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "");
    }
}
