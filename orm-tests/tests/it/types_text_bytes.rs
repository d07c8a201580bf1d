//! Strings and bytes as columns.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use super::types::{Sample, refused, round_trip};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "texts")]
struct Texts {
    id: i64,
    text: String,
    maybe: Option<String>,
    #[entity(length = 30)]
    short: String,
    bytes: Vec<u8>,
    maybe_bytes: Option<Vec<u8>>,
}

impl Sample for Texts {
    fn id(&mut self) -> &mut i64 {
        &mut self.id
    }
}

fn text(text: impl Into<String>) -> Texts {
    let text = text.into();
    Texts {
        id: 0,
        maybe: Some(text.clone()),
        short: text.chars().take(30).collect(),
        bytes: text.clone().into_bytes(),
        maybe_bytes: Some(text.clone().into_bytes()),
        text,
    }
}

fn bytes(bytes: impl Into<Vec<u8>>) -> Texts {
    let bytes = bytes.into();
    Texts { bytes: bytes.clone(), maybe_bytes: Some(bytes), ..text("") }
}

fn nothing() -> Texts {
    Texts { maybe: None, maybe_bytes: None, ..text("") }
}

on_all_databases! {
    fn plain_texts_and_nulls_are_kept(db: &TestDb) {
        round_trip(db, vec![text("ada"), nothing(), text(""), text(" "), text("  both ends  ")]);
    }

    fn texts_that_look_like_sql_are_kept(db: &TestDb) {
        let texts = [
            "'",
            "''",
            "\"",
            "`",
            "\\",
            "\\'",
            "\\\\",
            "'; DROP TABLE texts; --",
            "?",
            "$1",
            ":a",
            "%_",
            "--",
            "/*",
        ];
        round_trip(db, texts.map(text).to_vec());
    }

    fn texts_that_look_like_null_or_lists_are_kept(db: &TestDb) {
        let texts = [
            "NULL",
            "null",
            "\\N",
            "\\.",
            "{}",
            "{a,b}",
            "\"a\",\"b\"",
            "a,b",
            "[1]",
            "(1,2)",
            "true",
            "1",
            "0x10",
            "1e5",
        ];
        round_trip(db, texts.map(text).to_vec());
    }

    fn line_breaks_and_control_characters_are_kept(db: &TestDb) {
        let texts = [
            "a\nb",
            "a\r\nb",
            "a\tb",
            "\n",
            "\r",
            "\t",
            "\u{b}\u{8}\u{c}",
            "\u{1}\u{1f}",
            "\u{7f}\u{80}\u{9f}",
            "\\n",
            "\\t",
        ];
        round_trip(db, texts.map(text).to_vec());
    }

    fn characters_of_all_planes_are_kept(db: &TestDb) {
        let texts = [
            "\u{e4}\u{f6}\u{fc}\u{df}",
            "e\u{301}",
            "\u{5d0}\u{5d1}",
            "\u{1f980}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{feff}",
            "\u{fffd}\u{ffff}",
            "\u{10ffff}",
            "\u{2028}\u{2029}",
            "\u{202e}abc",
        ];
        round_trip(db, texts.map(text).to_vec());
    }

    fn texts_that_differ_little_are_not_equal(db: &TestDb) {
        let mut session = db.session_for(schema![Texts]);
        session.add_all(Texts::numbered(["a", "A", "\u{e4}", "a\u{308}"].map(text)));
        session.commit().unwrap();
        for name in ["a", "A", "\u{e4}", "a\u{308}"] {
            let found = session.query::<Texts>().filter(texts::text.eq(name)).one().unwrap();
            assert_eq!(session[found].text, name);
        }
    }

    fn a_text_of_a_megabyte_is_kept(db: &TestDb) {
        let long = "0123456789abcde\u{e4}".repeat(1 << 16);
        round_trip(db, vec![text("short"), text(long), text("")]);
    }

    fn every_byte_is_kept(db: &TestDb) {
        let all: Vec<u8> = (0..=255).collect();
        round_trip(
            db,
            vec![
                bytes(all),
                bytes([]),
                bytes([0]),
                bytes([0, 0, 0]),
                bytes(*b"\\x41"),
                bytes(*b"\\000"),
                bytes([255; 3]),
                nothing(),
            ],
        );
    }

    fn bytes_of_megabytes_are_kept(db: &TestDb) {
        let long: Vec<u8> =
            (0..3_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        round_trip(db, vec![bytes([1]), bytes(long)]);
    }

    fn a_length_counts_characters(db: &TestDb) {
        let full = Texts { short: "\u{1f980}".repeat(30), ..text("") };
        round_trip(db, vec![full.clone(), full]);
    }

    fn bytes_are_compared_by_value(db: &TestDb) {
        let mut session = db.session_for(schema![Texts]);
        session.add_all(Texts::numbered([bytes([0, 1]), bytes([0, 2]), bytes([])]));
        session.commit().unwrap();
        let found = session.query::<Texts>().filter(texts::bytes.eq(vec![0_u8, 2])).one().unwrap();
        assert_eq!(session[found].id, 2);
        let ids: Vec<i64> = session
            .query::<Texts>()
            .order_by(texts::bytes.desc())
            .rows()
            .unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect();
        assert_eq!(ids, [2, 1, 3]);
    }

    fn patterns_and_orders_go_by_characters(db: &TestDb) {
        let mut session = db.session_for(schema![Texts]);
        session.add_all(Texts::numbered(["100%", "100x", "a_b", "axb"].map(text)));
        session.commit().unwrap();
        let mut like = |pattern: &str| {
            session
                .query::<Texts>()
                .filter(texts::text.like(pattern.to_owned()).escape('!'))
                .count()
                .unwrap()
        };
        assert_eq!((like("100%"), like("100!%"), like("a_b"), like("a!_b")), (2, 1, 2, 1));
    }
}

on_one_database! { Postgres;
    fn postgres_refuses_a_nul_character(db: &TestDb) {
        let nul = Texts { text: "a\0b".to_owned(), ..text("") };
        let error = refused(db, nul, text("good"));
        assert_matches!(error, Error::Constraint(violation) if violation.entity == "Texts");
    }

    fn postgres_refuses_a_text_that_is_too_long(db: &TestDb) {
        refused(db, Texts { short: "x".repeat(31), ..text("") }, text("good"));
    }

    fn a_nul_character_in_a_condition_is_an_error_and_the_session_works_on(db: &TestDb) {
        let mut session = db.session_for(schema![Texts]);
        session.add(Texts { id: 1, ..text("a") });
        session.commit().unwrap();
        assert!(session.query::<Texts>().filter(texts::text.eq("a\0")).all().is_err());
        let list = ["a".to_owned(), "\0".to_owned()];
        assert!(session.query::<Texts>().filter(texts::text.in_list(list)).all().is_err());
        assert_eq!(session.query::<Texts>().count().unwrap(), 1);
    }
}

on_one_database! { Mysql;
    fn mysql_keeps_a_nul_character(db: &TestDb) {
        round_trip(db, vec![text("a\0b"), text("\0")]);
    }

    fn mysql_refuses_a_text_that_is_too_long(db: &TestDb) {
        refused(db, Texts { short: "x".repeat(31), ..text("") }, text("good"));
    }
}

on_one_database! { Sqlite;
    fn sqlite_keeps_a_nul_character(db: &TestDb) {
        round_trip(db, vec![text("a\0b"), text("\0")]);
    }

    fn bytes_in_a_text_column_that_are_not_text_are_an_error_that_names_it(db: &TestDb) {
        let mut session = db.session_for(schema![Texts]);
        session.add(Texts { id: 1, ..text("a") });
        session.commit().unwrap();
        db.execute("UPDATE texts SET text = CAST(x'ff' AS TEXT)");
        match session.get::<Texts>(1) {
            Ok(found) => assert!(session[found.unwrap()].text.contains('\u{fffd}')),
            Err(error) => assert_matches!(error, Error::Decode { column, .. } if column == "text"),
        }
    }
}
