//! The values of secret columns are in no text.

use diesel::sql_types::Text;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases, on_one_database};

use crate::people::text;

const SECRET: &str = "5ent1nel";

#[derive(Embed, Debug, Clone, PartialEq)]
struct Card {
    #[entity(length = 20)]
    holder: String,
    #[entity(secret, length = 40)]
    number: String,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Guest,
    Owner,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "members")]
struct Member {
    id: Auto<i64>,
    #[entity(length = 40)]
    nick: String,
    #[entity(secret, length = 60)]
    password: String,
    #[entity(secret)]
    token: Deferred<Option<Vec<u8>>>,
    #[entity(secret)]
    level: Option<Level>,
    #[entity(embed)]
    card: Card,
    letters: HasMany<Letter>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "letters")]
struct Letter {
    id: Auto<i64>,
    #[entity(length = 40)]
    title: String,
    member: ForeignKey<Member>,
}

fn new_member(nick: &str) -> Member {
    let card = Card { holder: "A. Lovelace".to_owned(), number: format!("{SECRET} 4") };
    let mut member =
        Member::builder().nick(nick).password(format!("{SECRET} 1")).card(card).build();
    member.token.set(Some(SECRET.as_bytes().to_vec()));
    member.level = Some(Level::Owner);
    member
}

/// Asserts that texts have some values, and neither the secret nor its bytes.
fn assert_hidden(texts: &[String], shown: &[&str]) {
    let all = texts.join("\n");
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
    assert!(!all.contains(SECRET) && !all.contains(&hex) && !all.contains("Owner"), "{all}");
    assert!(all.contains("***"), "{all}");
    for shown in shown {
        assert!(all.contains(shown), "{shown} in {all}");
    }
}

on_all_databases! {
    fn a_flush_hides_secrets_and_shows_the_rest(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Letter]);
        let ada = session.add(new_member("ada"));
        assert_hidden(&session.pending_debug_sql().unwrap(), &["'ada'", "'A. Lovelace'"]);
        let grace = session.add(new_member("grace"));
        let both = session.pending_debug_sql().unwrap();
        assert_hidden(&both, &["'ada'", "'grace'", "'A. Lovelace'"]);
        session.commit().unwrap();
        for (n, member) in [ada, grace].into_iter().enumerate() {
            session[member].password = format!("{SECRET} new {n}");
            session[member].nick = format!("nick {n}");
            let changes = session.changes(member).unwrap();
            let change = changes.iter().find(|change| change.field == "password").unwrap();
            assert_eq!((&*change.old, &*change.new), ("***", "***"));
        }
        session[ada].card.number = SECRET.to_owned();
        let changes = format!("{:?}", session.changes(ada).unwrap());
        assert!(!changes.contains(SECRET) && changes.contains("nick 0"), "{changes}");
        assert_hidden(&session.pending_debug_sql().unwrap(), &["'nick 0'", "'nick 1'"]);
        session.flush().unwrap();
        assert_eq!(session.query::<Member>().filter(member::password.eq(format!("{SECRET} new 0"))).count().unwrap(), 1);
    }

    fn a_condition_that_names_a_secret_column_shows_none_of_its_values(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Letter]);
        let dialect = db.dialect();
        let query = session
            .query::<Member>()
            .filter(member::nick.eq("ada").and(member::id.gt(5)))
            .filter(member::password.eq(SECRET).and(member::nick.ne("hidden as well")))
            .filter(member::token.eq(Some(SECRET.as_bytes())))
            .filter(Condition::<Member>::any().or(member::card_number.eq(SECRET)).or(member::nick.eq("x")))
            .filter(member::level.in_list([Level::Owner, Level::Guest]));
        let shown = query.to_debug_sql(dialect).unwrap();
        assert_hidden(&shown, &["'ada'", "> 5"]);
        assert!(!shown[0].contains("hidden as well"), "{shown:?}");

        drop(query);
        let eager = session
            .query::<Letter>()
            .filter(letter::title.eq("hello"))
            .filter(letter::member.has(member::password.eq(SECRET)))
            .eager(letter::member.filter(member::password.ne(SECRET)));
        assert_hidden(&eager.to_debug_sql(dialect).unwrap(), &["'hello'"]);
        drop(eager);
        let pairs = session.query::<Letter>().join(letter::member.filter(member::password.ne(SECRET)));
        assert_hidden(&pairs.to_debug_sql(dialect).unwrap(), &[]);
        drop(pairs);

        let selected = session
            .query::<Member>()
            .filter(member::nick.ne("a%"))
            .order_by(member::password.eq(SECRET))
            .select((member::nick, member::password.eq(SECRET)));
        assert_hidden(&selected.to_debug_sql(dialect).unwrap(), &["'a%'"]);
        drop(selected);

        let first = session
            .query::<Member>()
            .filter(member::password.eq(SECRET))
            .distinct_on(member::nick, member::id.asc());
        assert_hidden(&first.to_debug_sql(dialect).unwrap(), &[]);
    }

    fn assignments_and_texts_hide_secrets(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Letter]);
        let dialect = db.dialect();
        let query = session.query::<Member>().filter(member::nick.eq("ada"));
        let set = query.update_to_debug_sql(member::password.eq(SECRET), dialect).unwrap();
        assert_hidden(&set, &["'ada'"]);
        let set = query
            .update_to_debug_sql((member::nick.eq("bob"), member::card_number.eq(SECRET)), dialect)
            .unwrap();
        assert_hidden(&set, &["'ada'"]);
        let set = query.update_to_debug_sql(member::nick.eq("bob"), dialect).unwrap();
        assert!(set[0].contains("'bob'") && set[0].contains("'ada'"), "{set:?}");
        drop(query);
        let none = session.query::<Member>().filter(member::password.eq(SECRET));
        assert_hidden(&none.delete_to_debug_sql(dialect).unwrap(), &[]);
        drop(none);

        for sql in [
            "SELECT * FROM members WHERE password = ?",
            "SELECT m.* FROM members m WHERE m.password = ?",
            "SELECT * FROM members WHERE login(?) = 1",
            "SELECT * FROM letters WHERE ? IN (SELECT password FROM members)",
            "SELECT * FROM unheard_of WHERE word = ?",
            "SELECT * FROM letters WHERE title = (SELECT max(PASSWORD) FROM members) OR title = ?",
        ] {
            let query = session.from_sql::<Letter>(text(dialect, sql)).bind::<Text, _>(SECRET);
            assert_hidden(&query.to_debug_sql(dialect).unwrap(), &[]);
        }
        let plain = text(dialect, "SELECT id, title, member_id FROM letters WHERE lower(title) = ?");
        let query = session.from_sql::<Letter>(plain).bind::<Text, _>("hello");
        let shown = query.to_debug_sql(dialect).unwrap();
        assert!(shown[0].ends_with("lower(title) = 'hello'"), "{shown:?}");
    }

    fn the_metadata_says_what_is_secret(_db: &TestDb) {
        let secret = Member::META.columns.iter().filter(|column| column.secret);
        let names: Vec<_> = secret.map(|column| column.name).collect();
        assert_eq!(names, ["password", "token", "level", "card_number"]);
    }
}

on_one_database! { Sqlite;
    fn an_error_about_a_secret_column_does_not_repeat_what_was_found(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Letter]);
        session.add(new_member("ada"));
        session.commit().unwrap();
        session.clear();
        db.execute("PRAGMA ignore_check_constraints = ON");
        db.execute("UPDATE members SET level = '5ent1nel-code'");
        for error in [
            session.query::<Member>().all().unwrap_err(),
            session.query::<Member>().select(member::level).load::<Option<Level>>().unwrap_err(),
        ] {
            let error = format!("{error} {error:?}");
            assert!(error.contains("level") && !error.contains(SECRET), "{error}");
        }
    }
}
