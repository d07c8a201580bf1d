//! Decimals: PostgreSQL's binary numerics, and text on the other databases.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{QueryResult, SelectableExpression};
use rust_decimal::Decimal;

use super::*;
use crate::backend::digits::{self, NoDecimal};
#[cfg(any(feature = "sqlite", feature = "mysql"))]
use crate::backend::written;

as_expression!(@stored Decimal, sql_types::ExactDecimal);

impl AsExpression<sql_types::ExactDecimal> for Val<Decimal> {
    type Expression = Collated<Bound<sql_types::ExactDecimal, Self>>;
    fn as_expression(self) -> Self::Expression {
        Collated(Bound::new(self))
    }
}

impl AsExpression<Nullable<sql_types::ExactDecimal>> for Val<Decimal> {
    type Expression = Collated<Bound<Nullable<sql_types::ExactDecimal>, Self>>;
    fn as_expression(self) -> Self::Expression {
        Collated(Bound::new(self))
    }
}

/// A decimal in a condition. The collation makes SQLite compare it as a decimal, whatever the other
/// side is: an aggregate, or a column of a table that the ORM did not create.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct Collated<E>(E);

impl<E: Expression> Expression for Collated<E>
where
    E::SqlType: diesel::expression::TypedExpressionType,
{
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Collated<E> where Self: Expression {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for Collated<E> where
    Self: AppearsOnTable<QS>
{
}

macro_rules! collated {
    ($feature:literal, $db:path, $collation:literal) => {
        #[cfg(feature = $feature)]
        impl<E: QueryFragment<$db>> QueryFragment<$db> for Collated<E> {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, $db>) -> QueryResult<()> {
                self.0.walk_ast(pass.reborrow())?;
                pass.push_sql($collation);
                Ok(())
            }
        }
    };
}

collated!("sqlite", Sqlite, " COLLATE decimal");
collated!("postgres", Pg, "");
collated!("mysql", Mysql, "");

/// Converts a float through the shortest text that reads as the same float, which is the number
/// that was meant.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
fn from_float(float: impl std::fmt::Display, is_finite: bool) -> Result<Decimal, NoDecimal> {
    if is_finite { written::parse(&float.to_string()) } else { Err(NoDecimal::NotFinite) }
}

#[cfg(feature = "sqlite")]
impl ToSql<sql_types::ExactDecimal, Sqlite> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(digits::unsigned_zero(*self).to_string());
        Ok(IsNull::No)
    }
}

#[cfg(feature = "sqlite")]
impl FromSql<sql_types::ExactDecimal, Sqlite> for Decimal {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        use diesel::sqlite::SqliteType;
        Ok(match value.value_type() {
            Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
                value.read_long().into()
            }
            Some(SqliteType::Float | SqliteType::Double) => {
                let float = value.read_double();
                from_float(float, float.is_finite())?
            }
            Some(SqliteType::Text) => written::parse(value.read_text())?,
            _ => return Err(NoDecimal::NoNumber.into()),
        })
    }
}

/// The digits after the decimal point of a MySQL column that declares none.
#[cfg(feature = "mysql")]
const UNDECLARED: usize = 28;

#[cfg(feature = "mysql")]
impl ToSql<sql_types::ExactDecimal, Mysql> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        use std::io::Write;
        write!(out, "{}", digits::unsigned_zero(*self))?;
        Ok(IsNull::No)
    }
}

#[cfg(feature = "mysql")]
impl FromSql<sql_types::ExactDecimal, Mysql> for Decimal {
    fn from_sql(
        value: <Mysql as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        use diesel::mysql::MysqlType as Type;
        use diesel::sql_types as plain;
        match value.value_type() {
            Type::Numeric | Type::String => {
                let text = std::str::from_utf8(value.as_bytes())?;
                let number = written::parse(text)?;
                let scale = text.split_once('.').map_or(0, |(_, behind)| behind.len());
                // Nobody declares this many digits: MySQL has padded the value of an undeclared
                // column with zeros.
                Ok(if scale >= UNDECLARED { number.normalize() } else { number })
            }
            Type::Float => {
                let float = <f32 as FromSql<plain::Float, Mysql>>::from_sql(value)?;
                Ok(from_float(float, float.is_finite())?)
            }
            Type::Double => {
                let float = <f64 as FromSql<plain::Double, Mysql>>::from_sql(value)?;
                Ok(from_float(float, float.is_finite())?)
            }
            Type::UnsignedLongLong => {
                Ok(<u64 as FromSql<plain::Unsigned<plain::BigInt>, Mysql>>::from_sql(value)?.into())
            }
            Type::Tiny
            | Type::UnsignedTiny
            | Type::Short
            | Type::UnsignedShort
            | Type::Long
            | Type::UnsignedLong
            | Type::LongLong => Ok(<i64 as FromSql<plain::BigInt, Mysql>>::from_sql(value)?.into()),
            _ => Err(NoDecimal::NoNumber.into()),
        }
    }
}

/// PostgreSQL's NUMERIC: groups of four digits. The first group is multiplied by 10000 to the power
/// of `weight`; zeros at both ends are omitted.
#[cfg(feature = "postgres")]
mod numeric {
    use super::*;

    const NEGATIVE: u16 = 0x4000;
    /// NaN and the infinities.
    const NOT_FINITE: [u16; 3] = [0xc000, 0xd000, 0xf000];

    impl ToSql<sql_types::ExactDecimal, Pg> for Decimal {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            use std::io::Write;
            let decimal = digits::unsigned_zero(*self);
            let scale = decimal.scale();
            // Groups are aligned to the decimal point, so the last one is padded with zeros.
            let groups_behind = scale.div_ceil(4);
            let mut rest =
                decimal.mantissa().unsigned_abs() * 10_u128.pow(groups_behind * 4 - scale);
            let mut groups = Vec::with_capacity(16);
            while rest > 0 {
                groups.push((rest % 10_000) as u16);
                rest /= 10_000;
            }
            let weight = groups.len() as i16 - 1 - groups_behind as i16;
            let zeros = groups.iter().take_while(|&&group| group == 0).count();
            groups.drain(..zeros);
            let sign = if decimal.is_sign_negative() { NEGATIVE } else { 0 };
            let weight = if groups.is_empty() { 0 } else { weight };
            out.write_all(&(groups.len() as u16).to_be_bytes())?;
            out.write_all(&weight.to_be_bytes())?;
            out.write_all(&sign.to_be_bytes())?;
            out.write_all(&(scale as u16).to_be_bytes())?;
            for group in groups.iter().rev() {
                out.write_all(&group.to_be_bytes())?;
            }
            Ok(IsNull::No)
        }
    }

    impl FromSql<sql_types::ExactDecimal, Pg> for Decimal {
        fn from_sql(
            value: <Pg as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            let words: Vec<u16> = value
                .as_bytes()
                .chunks_exact(2)
                .map(|word| u16::from_be_bytes([word[0], word[1]]))
                .collect();
            let [count, weight, sign, scale, ref groups @ ..] = words[..] else {
                return Err(NoDecimal::NoNumber.into());
            };
            if groups.len() != usize::from(count) {
                return Err(NoDecimal::NoNumber.into());
            }
            if NOT_FINITE.contains(&sign) {
                return Err(NoDecimal::NotFinite.into());
            }
            let (weight, scale) = (i64::from(weight.cast_signed()), i64::from(scale));
            // The power of ten of each digit, down to the last digit that is shown.
            let powers = (-scale..=weight * 4 + 3).rev();
            let digits = powers.map(|power| {
                let group = usize::try_from(weight - power.div_euclid(4)).ok();
                let group = group.and_then(|at| groups.get(at)).copied().unwrap_or(0);
                (group / 10_u16.pow(power.rem_euclid(4) as u32) % 10) as u8
            });
            Ok(digits::from_digits(sign == NEGATIVE, digits, scale)?)
        }
    }
}
