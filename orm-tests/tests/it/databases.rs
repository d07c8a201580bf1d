//! Reports which databases are tested.

use std::io::Write;

use orm_tests::{TestDb, on_all_databases};

#[test]
fn databases_that_are_left_out_are_named() {
    let left_out: Vec<_> = TestDb::left_out().into_iter().map(|missing| missing.what()).collect();
    if !left_out.is_empty() {
        // This bypasses the capture of the test's output, because it must be visible in every run.
        let _ = writeln!(std::io::stderr(), "not tested: {}", left_out.join(", "));
    }
    let all = std::env::var("ORM_TEST_ALL").is_ok_and(|all| all == "1");
    assert!(!all || left_out.is_empty(), "ORM_TEST_ALL=1, but not tested: {left_out:?}");
}

on_all_databases! {
    fn every_test_has_its_own_database(db: &TestDb) {
        db.execute("CREATE TABLE mine (id INTEGER PRIMARY KEY, note VARCHAR(20))");
        db.execute("INSERT INTO mine VALUES (2, NULL), (1, 'a')");
        assert_eq!(db.rows("mine", "id, note"), ["1|a", "2|NULL"]);
        let other = TestDb::create(db.dialect()).unwrap();
        other.execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)");
        assert_eq!(other.count("mine"), 0);
    }

    fn a_database_is_dropped_with_its_test(db: &TestDb) {
        let other = TestDb::create(db.dialect()).unwrap();
        let (name, file) = (other.name().to_owned(), other.file());
        other.execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)");
        drop(other);
        match file {
            Some(file) => assert!(!file.exists()),
            None => assert_eq!(
                db.oracle().number(&format!(
                    "SELECT count(*) AS value FROM information_schema.tables WHERE table_schema = '{name}'"
                )),
                0
            ),
        }
    }
}
