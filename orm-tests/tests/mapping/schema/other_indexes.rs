//! Indexes that the mapping has no words for: a migration does not drop them unasked.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
struct Paper {
    id: Auto<i64>,
    #[entity(length = 40, index)]
    title: String,
    #[entity(length = 40)]
    text: String,
    year: i32,
}

/// The name of the index that the mapping declares.
const DECLARED: &str = "paper_title_idx";

/// Returns the definitions of indexes that the mapping cannot declare.
fn undeclarable(db: &TestDb, name: &str) -> Vec<String> {
    let made: &[&str] = match db.dialect() {
        Dialect::Postgres => &[
            "INDEX {} ON paper USING gin (to_tsvector('simple', title))",
            "INDEX {} ON paper USING hash (title)",
            "INDEX {} ON paper (lower(title))",
            "INDEX {} ON paper (title DESC)",
            "INDEX {} ON paper (title varchar_pattern_ops)",
            "INDEX {} ON paper (title COLLATE \"POSIX\")",
        ],
        // MariaDB has no indexes over expressions.
        Dialect::Mysql => &["FULLTEXT INDEX {} ON paper (title)", "INDEX {} ON paper (title(5))"],
        _ => &[
            "INDEX {} ON paper (lower(title))",
            "INDEX {} ON paper (title DESC)",
            "INDEX {} ON paper (title COLLATE NOCASE)",
        ],
    };
    made.iter().map(|sql| format!("CREATE {}", sql.replace("{}", name))).collect()
}

fn drop_index(db: &TestDb, name: &str) {
    let table = if db.dialect() == Dialect::Mysql { " ON paper" } else { "" };
    db.execute(&format!("DROP INDEX {name}{table}"));
}

/// Checks that the migration drops the index only if the program asks for it.
fn is_kept(db: &TestDb, name: &str, sql: &str) {
    let mut session = db.session();
    let schema = schema![Paper];
    let differences = schema.verify(&mut session).unwrap();
    let found =
        differences.iter().map(ToString::to_string).find(|it| it.contains(&format!("({name})")));
    let found = found.unwrap_or_else(|| panic!("{sql}: {differences:#?}"));

    let migration = schema.diff(&mut session).unwrap();
    let drops = |sql: &&String| sql.contains("DROP INDEX") || sql.contains("DROP TABLE");
    let harmless: Vec<&String> =
        migration.steps().flat_map(|step| step.sql()).filter(drops).collect();
    assert_eq!(harmless, [""; 0], "{sql}");
    let lost: Vec<String> = migration.destructive().map(ToString::to_string).collect();
    assert!(lost.iter().any(|step| step.contains(&found)), "{sql}: {migration}");
    let error = migration.apply(&mut session).unwrap_err().to_string();
    assert!(error.contains(&found), "{sql}: {error}");

    // An accepted difference stays, whatever else the migration does.
    let accepting = schema.accept([found]);
    let rest = accepting.diff(&mut session).unwrap();
    assert!(rest.sql().iter().all(|sql| !drops(&sql)), "{sql}: {rest}");
}

on_all_databases! {
    fn an_index_that_cannot_be_declared_is_dropped_only_on_request(db: &TestDb) {
        db.session_for(schema![Paper]);
        for n in 0..undeclarable(db, "").len() {
            let name = format!("special_{n}");
            let sql = undeclarable(db, &name).remove(n);
            db.execute(&sql);
            is_kept(db, &name, &sql);
            let mut session = db.session();
            let migration = schema![Paper].diff(&mut session).unwrap();
            migration.apply_with_data_loss(&mut session).unwrap();
            assert_eq!(schema![Paper].verify(&mut session).unwrap(), [], "{sql}");
        }
    }

    // The index of the mapping has its name, and would replace it.
    fn neither_is_one_with_the_name_of_a_declared_index(db: &TestDb) {
        db.session_for(schema![Paper]);
        for sql in undeclarable(db, DECLARED) {
            drop_index(db, DECLARED);
            db.execute(&sql);
            is_kept(db, DECLARED, &sql);
        }
    }

    fn a_declared_index_over_other_columns_is_replaced(db: &TestDb) {
        let mut session = db.session_for(schema![Paper]);
        drop_index(db, DECLARED);
        db.execute(&format!("CREATE INDEX {DECLARED} ON paper (year, title)"));
        let migration = schema![Paper].diff(&mut session).unwrap();
        assert_eq!(migration.destructive().count(), 0, "{migration}");
        migration.apply(&mut session).unwrap();
        assert_eq!(schema![Paper].verify(&mut session).unwrap(), []);
    }
}
