//! An SQL type that the program defines, with a different representation on each database.

use std::net::IpAddr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::mysql::{Mysql, MysqlType};
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::SqlType;
use diesel::sqlite::{Sqlite, SqliteType};
use orm_runtime::prelude::*;
use orm_runtime::{
    column::{ColumnValue, HasColumnType},
    metadata::ColumnType,
};
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Debug, Clone, Copy, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 869, array_oid = 1041))]
#[diesel(mysql_type(name = "String"))]
pub struct IpAddress;

impl HasColumnType for IpAddress {
    const KIND: ColumnType = ColumnType::Text;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = IpAddress)]
pub struct Address(pub IpAddr);

impl ColumnValue for Address {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

fn parse(text: &str) -> deserialize::Result<Address> {
    Ok(Address(text.parse().map_err(|_| "found text that is not an address")?))
}

impl ToSql<IpAddress, Sqlite> for Address {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<IpAddress, Sqlite> for Address {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            Some(SqliteType::Text) => parse(value.read_text()),
            _ => Err("found no text, and the field holds an address".into()),
        }
    }
}

impl ToSql<IpAddress, Mysql> for Address {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        use std::io::Write;
        write!(out, "{}", self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<IpAddress, Mysql> for Address {
    fn from_sql(value: <Mysql as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            MysqlType::String | MysqlType::Blob => parse(std::str::from_utf8(value.as_bytes())?),
            _ => Err("found no text, and the field holds an address".into()),
        }
    }
}

/// The family, the bits, whether it is a network, the number of bytes, and the bytes.
impl ToSql<IpAddress, Pg> for Address {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        match self.0 {
            IpAddr::V4(address) => {
                out.write_all(&[2, 32, 0, 4])?;
                out.write_all(&address.octets())?;
            }
            IpAddr::V6(address) => {
                out.write_all(&[3, 128, 0, 16])?;
                out.write_all(&address.octets())?;
            }
        }
        Ok(IsNull::No)
    }
}

impl FromSql<IpAddress, Pg> for Address {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [2, 32, _, 4, address @ ..] => Ok(Address(<[u8; 4]>::try_from(address)?.into())),
            [3, 128, _, 16, address @ ..] => Ok(Address(<[u8; 16]>::try_from(address)?.into())),
            _ => Err("found a net, and the field holds an address".into()),
        }
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "own_sql_login")]
struct Login {
    id: Auto<i64>,
    #[entity(sql_type = IpAddress, db_type(postgres = "inet", mysql = "VARCHAR(45)"))]
    from: Address,
    #[entity(sql_type = IpAddress, db_type(postgres = "inet", mysql = "VARCHAR(45)"))]
    via: Option<Address>,
}

on_all_databases! {
    fn a_type_of_ones_own_goes_both_ways(db: &TestDb) {
        let mut session = db.session_for(schema![Login]);
        let (here, there) = (Address([127, 0, 0, 1].into()), Address([1, 2, 3, 4, 5, 6, 7, 8].into()));
        let logins = session.add_all([
            Login::builder().from(here).build(),
            Login::builder().from(there).via(here).build(),
        ]);
        session.commit().unwrap();
        assert!(schema![Login].verify(&mut session).unwrap().is_empty());
        let rows = db.session().query::<Login>().order_by(login::id.asc()).rows().unwrap();
        assert_eq!((rows[0].from, rows[1].from, rows[1].via), (here, there, Some(here)));
        assert_eq!(session.query::<Login>().filter(login::from.eq(there)).one().unwrap(), logins[1]);
        let none = session.query::<Login>().filter(login::via.eq(None::<Address>));
        assert_eq!(none.one().unwrap(), logins[0]);
        let selected = session.query::<Login>().order_by(login::id.asc()).select((login::from, login::via));
        assert_eq!(selected.load::<(Address, Option<Address>)>().unwrap()[0], (here, None));
        session[logins[0]].from = there;
        session.commit().unwrap();
        let text = if db.dialect() == Dialect::Postgres { "'10.0.0.0/8'" } else { "'home'" };
        db.execute(&format!("UPDATE own_sql_login SET via = {text} WHERE id = 1"));
        let error = db.session().get::<Login>(1).unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Login", column, .. } if column == "via");
        let mut session = db.session();
        let selected = session.query::<Login>().order_by(login::id.asc()).select(login::via).load::<Option<Address>>();
        assert_matches!(selected.unwrap_err(), Error::Decode { row: Some(1), .. });
    }
}
