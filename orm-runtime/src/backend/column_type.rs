//! The kinds of SQL types.

use diesel::sql_types;

use super::Holds;
use crate::types::ColumnType;

/// The [`ColumnType`] of a Diesel SQL type; `#[entity(sql_type = …)]` accepts any type that has
/// one. Implement it for your own SQL types: [`own_types`](crate::own_types) describes what else
/// they need.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an SQL type the schema knows",
    note = "`sql_type` takes one of Diesel's types such as `diesel::sql_types::Text`, one from `orm_runtime::column::sql_types`, or one of your own with `impl HasColumnType for {Self}` (see `orm_runtime::own_types`)"
)]
pub trait HasColumnType {
    /// The kind of the type.
    const KIND: ColumnType;
    /// What is checked before a value is read. For your own types, `FromSql` checks.
    #[doc(hidden)]
    const HOLDS: Holds = Holds::Any;
}

macro_rules! kinds {
    ($($ty:ty => $kind:ident, $holds:ident;)*) => {$(
        impl HasColumnType for $ty {
            const KIND: ColumnType = ColumnType::$kind;
            const HOLDS: Holds = Holds::$holds;
        }
    )*};
}

kinds! {
    sql_types::SmallInt => SmallInt, I16;
    sql_types::Integer => Integer, I32;
    sql_types::BigInt => BigInt, I64;
    sql_types::Float => Float, F32;
    sql_types::Double => Double, F64;
    sql_types::Bool => Bool, Bool;
    sql_types::Text => Text, Text;
    sql_types::Binary => Binary, Bytes;
    sql_types::Date => Date, Date;
    sql_types::Time => Time, Time;
    sql_types::Timestamp => Timestamp, DateTime;
    crate::backend::sql_types::SmallUnsigned => SmallInt, I16;
    crate::backend::sql_types::MediumUnsigned => Integer, I32;
    crate::backend::sql_types::LargeUnsigned => BigInt, I64;
    crate::backend::sql_types::HugeUnsigned => BigUnsigned, U64;
    crate::backend::sql_types::TimestampUtc => TimestampTz, Instant;
    crate::backend::sql_types::CivilDate => Date, Date;
    crate::backend::sql_types::CivilTime => Time, Time;
    crate::backend::sql_types::CivilDateTime => Timestamp, DateTime;
    crate::backend::sql_types::Uuid => Uuid, Uuid;
    crate::backend::sql_types::Json => Json, Json;
    crate::backend::sql_types::ExactDecimal => Decimal, Any;
}

#[cfg(feature = "postgres")]
kinds! {
    sql_types::Timestamptz => TimestampTz, Instant;
}

#[cfg(feature = "postgres")]
impl<ST: HasColumnType> HasColumnType for sql_types::Array<ST> {
    const KIND: ColumnType = ColumnType::Array(&ST::KIND);
}

#[cfg(feature = "postgres")]
impl<ST: HasColumnType> HasColumnType for sql_types::Range<ST> {
    const KIND: ColumnType = ColumnType::Range(&ST::KIND);
}

impl<ST: HasColumnType + sql_types::SqlType> HasColumnType for sql_types::Nullable<ST> {
    const KIND: ColumnType = ST::KIND;
    const HOLDS: Holds = ST::HOLDS;
}
