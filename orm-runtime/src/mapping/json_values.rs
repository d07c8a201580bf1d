//! JSON documents as values of statements and rows.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::{AppearsOnTable, AsExpression, Expression, ValidGrouping};
use diesel::internal::derives::as_expression::Bound;
#[cfg(feature = "mysql")]
use diesel::mysql::Mysql;
#[cfg(feature = "postgres")]
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Nullable;
#[cfg(feature = "sqlite")]
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, SelectableExpression};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Json;
use crate::backend::sql_types;

/// A document in a condition. MySQL needs a cast to compare the text as a document.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct Document<E>(E);

impl<T> AsExpression<sql_types::Json> for Json<T> {
    type Expression = Document<Bound<sql_types::Json, Self>>;
    fn as_expression(self) -> Self::Expression {
        Document(Bound::new(self))
    }
}

impl<T> AsExpression<Nullable<sql_types::Json>> for Json<T> {
    type Expression = Document<Bound<Nullable<sql_types::Json>, Self>>;
    fn as_expression(self) -> Self::Expression {
        Document(Bound::new(self))
    }
}

impl<E: Expression> Expression for Document<E>
where
    E::SqlType: diesel::expression::TypedExpressionType,
{
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Document<E> where Self: Expression {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for Document<E> where
    Self: AppearsOnTable<QS>
{
}

macro_rules! document {
    ($feature:literal, $db:path, $before:literal, $behind:literal) => {
        #[cfg(feature = $feature)]
        impl<E: QueryFragment<$db>> QueryFragment<$db> for Document<E> {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, $db>) -> QueryResult<()> {
                pass.push_sql($before);
                self.0.walk_ast(pass.reborrow())?;
                pass.push_sql($behind);
                Ok(())
            }
        }
    };
}

document!("sqlite", Sqlite, "", "");
document!("postgres", Pg, "", "");
// MariaDB, which stores documents as text, ignores such comments.
document!("mysql", Mysql, "/*!50708 CAST(*/", "/*!50708  AS JSON)*/");

impl<T, DB: Backend> ToSql<Nullable<sql_types::Json>, DB> for Json<T>
where
    Self: ToSql<sql_types::Json, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<sql_types::Json, DB>::to_sql(self, out)
    }
}

/// Describes why a document does not fit. The error of serde may contain values of the document, so
/// only its position is shown.
fn unfit(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "the document does not fit the type of the field",
        _ => "the text is not JSON",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> deserialize::Result<Json<T>> {
    serde_json::from_slice(bytes).map(Json).map_err(|error| unfit(&error).into())
}

#[cfg(feature = "sqlite")]
impl<T: Serialize + std::fmt::Debug> ToSql<sql_types::Json, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

#[cfg(feature = "sqlite")]
impl<T: DeserializeOwned> FromSql<sql_types::Json, Sqlite> for Json<T> {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        read(value.read_text().as_bytes())
    }
}

#[cfg(feature = "postgres")]
impl<T: Serialize + std::fmt::Debug> ToSql<sql_types::Json, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        // The version of the binary form of JSONB. The document itself is text.
        out.write_all(&[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

#[cfg(feature = "postgres")]
impl<T: DeserializeOwned> FromSql<sql_types::Json, Pg> for Json<T> {
    fn from_sql(
        value: <Pg as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        // A column of the type JSON does not have the version byte of JSONB.
        let bytes = value.as_bytes();
        read(bytes.strip_prefix(&[1]).unwrap_or(bytes))
    }
}

#[cfg(feature = "mysql")]
impl<T: Serialize + std::fmt::Debug> ToSql<sql_types::Json, Mysql> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

#[cfg(feature = "mysql")]
impl<T: DeserializeOwned> FromSql<sql_types::Json, Mysql> for Json<T> {
    fn from_sql(
        value: <Mysql as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        read(value.as_bytes())
    }
}
