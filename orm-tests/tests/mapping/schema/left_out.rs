//! Entities that the list of a schema leaves out although others reference them.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
struct Author {
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug)]
struct Essay {
    id: Auto<i64>,
    title: String,
    author: ForeignKey<Author>,
    #[entity(references = Author, on_delete = nullify)]
    editor: Option<i64>,
    #[entity(no_constraint)]
    reader: Option<ForeignKey<Author>>,
    #[entity(through = "essay_tag")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity, Debug)]
struct Tag {
    id: Auto<i64>,
    name: String,
}

const ESSAY: [&str; 2] = ["author", "editor"];

fn line(field: &str) -> String {
    format!(
        "Essay.{field}: the referenced entity Author is not in the schema, and its table author is \
         not in the database; add Author to schema![…]"
    )
}

/// Returns how many of the statements since the last call have asked for the table.
fn questions(session: &mut Session) -> usize {
    let is_question = |sql: &str| !sql.starts_with("CREATE") && sql.contains("author");
    session.take_log().iter().filter(|record| is_question(&record.sql)).count()
}

on_all_databases! {
    fn nothing_is_created_if_a_referenced_table_is_missing(db: &TestDb) {
        let mut session = db.session();
        let partial = schema![Essay, Tag];
        let lines = ESSAY.map(line).join("\n");
        let error = partial.create_all(&mut session).unwrap_err();
        assert!(matches!(error, Error::Configuration(_)));
        assert_eq!(error.to_string(), lines);
        assert!(!session.in_transaction());
        assert_eq!(partial.diff(&mut session).unwrap_err().to_string(), lines);
        let found = partial.verify(&mut session).unwrap();
        let missing = "is missing from the database";
        assert!(found[0].to_string().ends_with(missing), "nothing was made: {found:?}");
        let found: Vec<_> = found.iter().filter(|it| it.field().is_some()).collect();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ESSAY.map(line));

        // The rows of a many-to-many relationship reference both sides.
        let error = schema![Essay, Author].create_all(&mut session).unwrap_err().to_string();
        assert!(error.contains("the referenced entity Tag is not in the schema"), "{error}");
        schema![Essay, Author, Tag].create_all(&mut session).unwrap();
    }

    fn a_table_that_exists_may_be_left_out(db: &TestDb) {
        let mut session = db.session();
        schema![Author].create_all(&mut session).unwrap();
        let partial = schema![Essay, Tag];
        session.take_log();
        partial.create_all(&mut session).unwrap();
        assert_eq!(questions(&mut session), 1);
        assert_eq!(partial.verify(&mut session).unwrap(), []);
        assert!(partial.diff(&mut session).unwrap().is_empty());

        let ada = session.add(Author::builder().name("ada").build());
        session.add(Essay::builder().title("on engines").author(ada).build());
        session.commit().unwrap();
    }

    fn a_whole_schema_costs_no_more_statements(db: &TestDb) {
        let whole = schema![Essay, Tag, Author];
        let mut session = db.session();
        session.take_log();
        whole.create_all(&mut session).unwrap();
        assert_eq!(questions(&mut session), 0);
    }
}
