//! The tables of hierarchies.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use super::model::*;

on_all_databases! {
    fn tables_of_kinds_are_made_compared_and_dropped(db: &TestDb) {
        let schema = schema![Company, Staff, Note, AnyAnimal];
        let mut session = db.session();
        schema.create_all(&mut session).unwrap();
        assert_eq!(schema.verify(&mut session).unwrap(), []);
        assert!(schema.diff(&mut session).unwrap().is_empty());
        schema.drop_all(&mut session).unwrap();
        let gone: Vec<_> = schema.verify(&mut session).unwrap();
        let tables = gone.iter().filter(|it| it.to_string().contains(": the table "));
        // Those of the company, the notes and the animals, and four of people.
        assert_eq!(tables.count(), 7, "{gone:#?}");
    }
}

#[test]
fn a_reference_is_to_the_table_of_the_subtype() {
    let sql = schema![Company, Staff, Note].create_sql(Dialect::Postgres).join("\n");
    let table = |name: &str| {
        let start = sql.find(&format!("CREATE TABLE IF NOT EXISTS \"{name}\"")).unwrap();
        sql[start..].split("\n)").next().unwrap().to_owned()
    };
    let has = |name: &str, text: &str| assert!(table(name).contains(text), "{}", table(name));
    has("inh_engineer", "(\"manager_id\") REFERENCES \"inh_manager\" (\"person_id\")");
    has("inh_engineer", "(\"id\") REFERENCES \"inh_person\" (\"id\") ON DELETE CASCADE");
    has("inh_boss", "(\"person_id\") REFERENCES \"inh_manager\" (\"person_id\") ON DELETE CASCADE");
    has("inh_person", "\"agency\" VARCHAR(40),");
    has("inh_person", "(\"mentor_id\") REFERENCES \"inh_person\" (\"id\")");
    has("inh_note", "(\"author_id\") REFERENCES \"inh_person\" (\"id\") ON DELETE CASCADE");
}

#[test]
fn kinds_in_one_table_have_columns_that_may_be_null() {
    let sql = schema![Dog].create_sql(Dialect::Sqlite);
    assert_eq!(sql.iter().filter(|sql| sql.starts_with("CREATE TABLE")).count(), 1, "{sql:#?}");
    assert!(
        sql[0].contains("\"good\" BOOLEAN,") && sql[0].contains("\"lives\" INTEGER,"),
        "{sql:#?}"
    );
    assert!(sql[0].contains("\"version\" INTEGER NOT NULL,"), "{sql:#?}");
}
