//! Values as they are bound, to compare them without a connection.

use super::{Binds, Sendable, Statement};

/// A value in the form in which it is sent to one of the enabled databases. Values that this
/// database considers equal have the same form, except for strings that are equal only under its
/// collation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Bound(pub(crate) String);

/// Returns the form of the one value that is bound; `None` for NULL, and if its conversion fails.
pub(crate) fn bound(value: &dyn Binds) -> Option<Bound> {
    let statement = Statement { sql: "", values: value, cached: false };
    collect(&Sendable::Borrowed(&statement))
}

#[cfg(feature = "sqlite")]
fn collect(fragment: &Sendable<'_>) -> Option<Bound> {
    use diesel::query_builder::QueryFragment;
    use diesel::sqlite::Sqlite;
    let mut collector = Default::default();
    QueryFragment::<Sqlite>::collect_binds(fragment, &mut collector, &mut (), &Sqlite).ok()?;
    // Diesel gives no other access to what was bound.
    let shown = format!("{collector:?}");
    let value = shown.split_once("[(").map_or(&*shown, |(_, value)| value);
    if value.starts_with("Null") {
        return None;
    }
    let text = value.split_once('"').and_then(|(_, text)| text.rsplit_once('"'));
    Some(Bound(text.map_or(value, |(text, _)| text).to_owned()))
}

#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
fn collect(fragment: &Sendable<'_>) -> Option<Bound> {
    use super::postgres::pg_copy::NoLookup;
    use diesel::pg::Pg;
    use diesel::query_builder::QueryFragment;
    use diesel::query_builder::bind_collector::RawBytesBindCollector;
    let mut collector = RawBytesBindCollector::<Pg>::new();
    QueryFragment::<Pg>::collect_binds(fragment, &mut collector, &mut NoLookup, &Pg).ok()?;
    of_bytes(collector.binds.pop()??)
}

#[cfg(all(feature = "mysql", not(any(feature = "sqlite", feature = "postgres"))))]
fn collect(fragment: &Sendable<'_>) -> Option<Bound> {
    use diesel::mysql::Mysql;
    use diesel::query_builder::QueryFragment;
    use diesel::query_builder::bind_collector::RawBytesBindCollector;
    let mut collector = RawBytesBindCollector::<Mysql>::new();
    QueryFragment::<Mysql>::collect_binds(fragment, &mut collector, &mut (), &Mysql).ok()?;
    of_bytes(collector.binds.pop()??)
}

/// Returns text if the bytes are UTF-8, and otherwise each byte as a character.
#[cfg(not(feature = "sqlite"))]
fn of_bytes(bytes: Vec<u8>) -> Option<Bound> {
    let text = String::from_utf8(bytes);
    Some(Bound(
        text.unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()),
    ))
}

#[cfg(test)]
mod tests {
    use diesel::QueryResult;
    use diesel::sql_types::{BigInt, Nullable, Text};

    use super::*;
    use crate::backend::SqlWriter;

    struct One<T>(T);

    impl Binds for One<Option<&'static str>> {
        fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
            pass.bind::<Nullable<Text>, _>(&self.0)
        }
    }

    impl Binds for One<i64> {
        fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
            pass.bind::<BigInt, _>(&self.0)
        }
    }

    #[test]
    fn equal_values_have_one_form_and_null_has_none() {
        let text = |text| bound(&One(Some(text)));
        assert_eq!(text("Null, [(\"a\")"), text("Null, [(\"a\")"));
        assert_ne!(text("a"), text("b"));
        assert_eq!(text("a b"), Some(Bound("a b".into())));
        assert_eq!(bound(&One(None::<&str>)), None);
        assert_ne!(bound(&One(1_i64)), bound(&One(2_i64)));
        assert_eq!(bound(&One(1_i64)), bound(&One(1_i64)));
        assert_ne!(bound(&One(0_i64)), None);
    }
}
