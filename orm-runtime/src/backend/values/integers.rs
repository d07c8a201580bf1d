//! Unsigned integers, and integers of eight bits.

use super::*;

/// Stores a small integer as a wider one.
macro_rules! widened {
    ($($ty:ty as $wide:ident: $st:ident = $diesel:ident),* $(,)?) => {$(
        as_expression!($ty, sql_types::$st);

        #[cfg(feature = "sqlite")]
        impl ToSql<sql_types::$st, Sqlite> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                // SQLite's bind type for 16 and 32 bits is the same.
                out.set_value(widened!(@sqlite $wide, *self));
                Ok(IsNull::No)
            }
        }

        #[cfg(feature = "postgres")]
        impl ToSql<sql_types::$st, Pg> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let wide = <$wide>::from(*self);
                ToSql::<diesel::sql_types::$diesel, Pg>::to_sql(&wide, &mut out.reborrow())
            }
        }

        #[cfg(feature = "mysql")]
        impl ToSql<sql_types::$st, Mysql> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
                let wide = <$wide>::from(*self);
                ToSql::<diesel::sql_types::$diesel, Mysql>::to_sql(&wide, &mut out.reborrow())
            }
        }

        widened!(@from $ty, $wide, $st, $diesel, Sqlite "sqlite", Pg "postgres", Mysql "mysql");
    )*};
    (@sqlite i64, $value:expr) => { i64::from($value) };
    (@sqlite $wide:ident, $value:expr) => { i32::from($value) };
    (@from $ty:ty, $wide:ident, $st:ident, $diesel:ident, $($db:ident $feature:literal),*) => {$(
        #[cfg(feature = $feature)]
        impl FromSql<sql_types::$st, $db> for $ty {
            fn from_sql(
                bytes: <$db as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                let wide = <$wide as FromSql<diesel::sql_types::$diesel, $db>>::from_sql(bytes)?;
                Ok(Self::try_from(wide).map_err(|_| out_of_range::<Self>())?)
            }
        }
    )*};
}

/// Returns the error for a number that is out of the range of the type.
#[cold]
fn out_of_range<T>() -> String {
    let name = std::any::type_name::<T>();
    format!("found a number out of range, but the field holds a {name}")
}

widened! {
    u8 as i16: SmallUnsigned = SmallInt,
    i8 as i16: SmallUnsigned = SmallInt,
    u16 as i32: MediumUnsigned = Integer,
    u32 as i64: LargeUnsigned = BigInt,
}

as_expression!(u64, sql_types::HugeUnsigned);

/// Converts to a signed integer. PostgreSQL and SQLite have no unsigned 64-bit integer, so a larger
/// number is refused.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn with_sign(number: u64) -> Result<i64, String> {
    i64::try_from(number).map_err(|_| {
        "the number is above i64::MAX, and the database has no room for it; only MySQL and MariaDB have \
         integers of 64 bits without a sign"
            .to_owned()
    })
}

#[cfg(feature = "sqlite")]
impl ToSql<sql_types::HugeUnsigned, Sqlite> for u64 {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(with_sign(*self)?);
        Ok(IsNull::No)
    }
}

#[cfg(feature = "postgres")]
impl ToSql<sql_types::HugeUnsigned, Pg> for u64 {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let number = with_sign(*self)?;
        ToSql::<diesel::sql_types::BigInt, Pg>::to_sql(&number, &mut out.reborrow())
    }
}

#[cfg(feature = "mysql")]
impl ToSql<sql_types::HugeUnsigned, Mysql> for u64 {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        ToSql::<diesel::sql_types::Unsigned<diesel::sql_types::BigInt>, Mysql>::to_sql(self, out)
    }
}

macro_rules! read_u64 {
    ($feature:literal, $db:ident, $wide:ty, $diesel:ty) => {
        #[cfg(feature = $feature)]
        impl FromSql<sql_types::HugeUnsigned, $db> for u64 {
            fn from_sql(
                bytes: <$db as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                let wide = <$wide as FromSql<$diesel, $db>>::from_sql(bytes)?;
                Ok(Self::try_from(wide).map_err(|_| out_of_range::<Self>())?)
            }
        }
    };
}

read_u64!("sqlite", Sqlite, i64, diesel::sql_types::BigInt);
read_u64!("postgres", Pg, i64, diesel::sql_types::BigInt);
read_u64!("mysql", Mysql, u64, diesel::sql_types::Unsigned<diesel::sql_types::BigInt>);
