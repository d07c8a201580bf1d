//! Names that are reserved in a database, or that are difficult to write, as tables and columns.

use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

/// An entity whose columns, except the key, all have the same type.
trait Named:
    orm_runtime::inheritance::Concrete<Key = i64> + orm_runtime::relationship::Writable + Clone
{
    fn new() -> Self;
    fn set(&mut self, value: i32);
    fn are(&self, value: i32) -> bool;
}

macro_rules! named {
    ($($entity:ident $table:literal $key:literal: $($field:ident $column:literal)*;)*) => {$(
        #[derive(Entity, Debug, Clone, PartialEq)]
        #[entity(table = $table)]
        struct $entity {
            #[entity(column = $key)]
            id: Auto<i64>,
            $(#[entity(column = $column)] $field: Option<i32>,)*
        }

        impl Named for $entity {
            fn new() -> Self {
                $entity::builder().build()
            }

            fn set(&mut self, value: i32) {
                $(self.$field = Some(value);)*
            }

            fn are(&self, value: i32) -> bool {
                [$(self.$field),*].iter().all(|column| *column == Some(value))
            }
        }
    )*};
}

named! {
    Words1 "select" "primary":
        a "all" b "and" c "as" d "asc" e "between" f "by" g "case" h "check" i "collate" j "column"
        k "constraint" l "create" m "cross" n "current_date" o "default" p "delete" q_ "desc"
        r "distinct" s "drop" t "else" u "end" v "except";
    Words2 "order" "key":
        a "exists" b "false" c "fetch" d "for" e "foreign" f "from" g "full" h "grant" i "group"
        j "having" k "in" l "index" m "inner" n "insert" o "intersect" p "into" q_ "is" r "join"
        s "keys" t "leading" u "left" v "like";
    Words3 "table" "row":
        a "limit" b "lock" c "match" d "natural" e "not" f "null" g "offset" h "on" i "or" j "order"
        k "outer" l "rank" m "read" n "references" o "returning" p "right" q_ "rows" r "select"
        s "session_user" t "set" u "some" v "system";
    Words4 "values" "user":
        a "table" b "then" c "to" d "trigger" e "true" f "union" g "unique" h "update" i "using"
        j "value" k "values" l "view" m "when" n "where" o "window" p "with" q_ "write" r "rowid"
        s "oid" t "excluded" u "new" v "old";
    Ours "v" "value":
        a "c0" b "c1" c "n" d "v" e "column1" f "column2" g "column3" h "key" i "c" j "t";
    Counted "c" "c": a "count" b "n";
    Excluded "excluded" "id": a "a";
    New "new" "id": a "a";
    Unnest "unnest" "id": a "ordinality";
    Spaced "a table" "the key":
        a "a column" b "it's" c "50%" d "a?b" e "$1" f "a:b" g "a.b" h "a;b" i "--" j "/*";
    Quoted "a\"b`c'd" "x\"y": a "\"" b "``" c "'" d "\\" e "(" f "[a]" g "{}";
    Capitals "CamelCase" "ID": a "Name" b "UPPER";
    Foreign "\u{fc}bersicht" "schl\u{fc}ssel": a "gr\u{f6}\u{df}e" b "\u{540d}\u{524d}";
}

/// Unwraps the result of a statement that must succeed.
trait Sent<V> {
    fn of<T: Named>(self, what: &str) -> V;
}

impl<V> Sent<V> for Result<V> {
    fn of<T: Named>(self, what: &str) -> V {
        self.unwrap_or_else(|error| panic!("{} of {:?}: {error}", what, T::META.table))
    }
}

/// Sends every kind of statement that names the table and its columns.
fn every_statement<T: Named>(db: &TestDb) {
    let schema = Schema::new([T::META]);
    let mut session = db.session_for(schema.clone());
    schema.create_all(&mut session).unwrap();

    let handles = session.add_all((0..3).map(|_| T::new()));
    session.commit().of::<T>("INSERT");
    session[handles[0]].set(1);
    session.commit().of::<T>("UPDATE of one row");
    for &handle in &handles {
        session[handle].set(2);
    }
    session.commit().of::<T>("UPDATE of many rows");
    session.clear();
    let found = session.get_one::<T>(1).of::<T>("SELECT of one row");
    assert!(session[found].are(2));
    session.clear();
    let handles = session.get_many::<T>([1, 2, 3]).of::<T>("SELECT of many rows");
    let handles: Vec<_> = handles.into_iter().flatten().collect();
    assert!(handles.len() == 3 && handles.iter().all(|&handle| session[handle].are(2)));
    session.refresh(&handles).of::<T>("refresh");
    assert_eq!(session.query::<T>().count().of::<T>("count"), 3);
    assert!(session.query::<T>().exists().of::<T>("exists"));
    let mut rows = session.query::<T>().distinct().rows().of::<T>("rows");
    for row in &mut rows {
        row.set(3);
    }
    session.bulk_upsert(rows).run().of::<T>("upsert");
    session.bulk_insert([T::new(), T::new()]).of::<T>("bulk insert");
    session.refresh(&handles).unwrap();
    assert!(handles.iter().all(|&handle| session[handle].are(3)));
    session.delete(handles[0]).unwrap();
    session.flush().of::<T>("DELETE of one row");
    for &handle in &handles[1..] {
        session.delete(handle).unwrap();
    }
    session.flush().of::<T>("DELETE of many rows");
    assert_eq!(session.query::<T>().delete().of::<T>("DELETE by query"), 2);
    session.commit().unwrap();
    schema.drop_all(&mut session).of::<T>("DROP");
}

on_all_databases! {
    // J07
    fn reserved_words_name_tables_and_columns(db: &TestDb) {
        every_statement::<Words1>(db);
        every_statement::<Words2>(db);
        every_statement::<Words3>(db);
        every_statement::<Words4>(db);
    }

    fn names_that_statements_use_themselves_name_tables_and_columns(db: &TestDb) {
        every_statement::<Ours>(db);
    }

    fn names_of_functions_and_aliases_name_tables(db: &TestDb) {
        every_statement::<Counted>(db);
        every_statement::<New>(db);
        every_statement::<Unnest>(db);
    }

    // In an upsert `excluded` is the name of the new row, so the wrong row would be used silently.
    fn a_table_named_excluded_takes_no_upsert(db: &TestDb) {
        let mut session = db.session_for(schema![Excluded]);
        session.add(Excluded::builder().id(1).a(1).build());
        session.commit().unwrap();
        let error = session.bulk_upsert([Excluded::builder().id(1).a(2).build()]).run().unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error}");
        assert_eq!(db.rows("excluded", "a"), ["1"]);
    }

    fn names_with_spaces_and_signs_are_quoted(db: &TestDb) {
        every_statement::<Spaced>(db);
    }

    fn names_with_quotes_are_quoted(db: &TestDb) {
        every_statement::<Quoted>(db);
    }

    fn capitals_are_kept(db: &TestDb) {
        every_statement::<Capitals>(db);
    }

    fn letters_of_any_language_are_names(db: &TestDb) {
        every_statement::<Foreign>(db);
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "smile 😀")]
struct Smile {
    id: i64,
}

on_all_databases! {
    fn a_name_beyond_the_basic_plane_is_made_or_missing(db: &TestDb) {
        let mut session = db.session();
        let made = schema![Smile].create_all(&mut session);
        let found = schema![Smile].verify(&mut session).unwrap();
        match db.dialect() {
            // MySQL has no such names.
            Dialect::Mysql => {
                let error = made.unwrap_err().to_string();
                assert!(error.starts_with("Smile: the name \"smile 😀\""), "{error}");
                assert!(found[0].to_string().contains("is missing"), "{}", found[0]);
            }
            Dialect::Sqlite | Dialect::Postgres => {
                made.unwrap();
                assert!(found.is_empty());
            }
         _ => unreachable!("a database without tests"), }
    }
}
