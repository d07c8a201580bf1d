//! Values by which MySQL orders rows. Numbers and times have a type of their own in the protocol,
//! and a value that is bound with another type is compared in another way.

use diesel::QueryResult;
use diesel::deserialize::FromSql;
use diesel::mysql::data_types::{MysqlTime, MysqlTimestampType};
use diesel::mysql::sql_types::Datetime;
use diesel::mysql::{Mysql, MysqlType as Type, MysqlValue};
use diesel::query_builder::AstPass;
use diesel::result::Error::QueryBuilderError;
use diesel::row::{Field, Row as _};
use diesel::sql_types::{Date, Text, Time};

use crate::backend::order_value::{NotComparable, OrderValue};
use crate::backend::row::MysqlRow;

/// A date, a time, or a date with a time.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    kind: MomentKind,
    time: MysqlTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MomentKind {
    Date,
    Time,
    DateTime,
}

impl MomentKind {
    const ALL: [MomentKind; 3] = [MomentKind::Date, MomentKind::Time, MomentKind::DateTime];

    fn in_protocol(self) -> MysqlTimestampType {
        match self {
            MomentKind::Date => MysqlTimestampType::MYSQL_TIMESTAMP_DATE,
            MomentKind::Time => MysqlTimestampType::MYSQL_TIMESTAMP_TIME,
            MomentKind::DateTime => MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
        }
    }
}

impl Moment {
    /// Returns the parts of the moment as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Moment { kind, time } = self;
        let place = MomentKind::ALL.iter().position(|it| it == kind).unwrap_or_default();
        let mut bytes = vec![u8::try_from(place).unwrap_or_default(), u8::from(time.neg)];
        let micros = u32::try_from(time.second_part).unwrap_or_default();
        for part in [time.year, time.month, time.day, time.hour, time.minute, time.second, micros] {
            bytes.extend_from_slice(&part.to_be_bytes());
        }
        bytes
    }

    /// Reads a moment from its parts.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[kind, negative], rest) = bytes.split_first_chunk::<2>()?;
        let kind = *MomentKind::ALL.get(usize::from(kind))?;
        let (parts, []) = rest.as_chunks::<4>() else { return None };
        let parts: Vec<u32> = parts.iter().map(|&part| u32::from_be_bytes(part)).collect();
        let &[year, month, day, hour, minute, second, micros] = &parts[..] else { return None };
        let fits = year <= 9_999
            && month <= 12
            && day <= 31
            && hour <= 838
            && minute <= 59
            && second <= 59
            && micros <= 999_999
            && negative <= 1;
        let time = |kind: MomentKind| {
            let (micros, negative) = (micros.into(), negative == 1);
            let kind = kind.in_protocol();
            MysqlTime::new(year, month, day, hour, minute, second, micros, negative, kind, 0)
        };
        fits.then(|| Moment { kind, time: time(kind) })
    }
}

/// Reads a column with its type.
pub(crate) fn order_value(row: &MysqlRow<'_>, column: usize) -> Result<OrderValue, NotComparable> {
    let field = row.get(column).ok_or("missing from the row")?;
    let Some(value) = field.value() else { return Ok(OrderValue::Null) };
    let bytes = value.as_bytes();
    let unread = "in a format that is not known";
    let integer = |read: Option<i64>| read.map(OrderValue::Integer).ok_or(unread);
    match value.value_type() {
        Type::Tiny => integer(exact(bytes).map(i8::from_ne_bytes).map(i64::from)),
        Type::UnsignedTiny => integer(exact(bytes).map(u8::from_ne_bytes).map(i64::from)),
        Type::Short => integer(exact(bytes).map(i16::from_ne_bytes).map(i64::from)),
        Type::UnsignedShort => integer(exact(bytes).map(u16::from_ne_bytes).map(i64::from)),
        Type::Long => integer(exact(bytes).map(i32::from_ne_bytes).map(i64::from)),
        Type::UnsignedLong => integer(exact(bytes).map(u32::from_ne_bytes).map(i64::from)),
        Type::LongLong => integer(exact(bytes).map(i64::from_ne_bytes)),
        Type::UnsignedLongLong => {
            exact(bytes).map(u64::from_ne_bytes).map(OrderValue::Unsigned).ok_or(unread)
        }
        Type::Float => {
            let float = exact(bytes).map(f32::from_ne_bytes).map(f64::from);
            float.map(OrderValue::Float).ok_or(unread)
        }
        Type::Double => exact(bytes).map(f64::from_ne_bytes).map(OrderValue::Float).ok_or(unread),
        Type::Numeric => Ok(OrderValue::Digits(String::from_utf8_lossy(bytes).into_owned())),
        Type::Date => moment::<Date>(MomentKind::Date, value).ok_or(unread),
        Type::Time => moment::<Time>(MomentKind::Time, value).ok_or(unread),
        Type::DateTime | Type::Timestamp => {
            moment::<Datetime>(MomentKind::DateTime, value).ok_or(unread)
        }
        // A text with a binary collation has the type of bytes. Bound as bytes, it would be
        // compared without its collation.
        Type::String | Type::Blob => Ok(match std::str::from_utf8(bytes) {
            Ok(text) => OrderValue::Text(text.to_owned()),
            Err(_) => OrderValue::Bytes(bytes.to_vec()),
        }),
        Type::Enum | Type::Set => Err(
            "of a native enumeration, which the database orders by its variants and compares by its \
             codes: order by `declared_order()` of the column",
        ),
        _ => Err("of a type whose values are not compared as they are ordered"),
    }
}

fn moment<ST>(kind: MomentKind, value: MysqlValue<'_>) -> Option<OrderValue>
where
    MysqlTime: FromSql<ST, Mysql>,
{
    let time = FromSql::<ST, Mysql>::from_sql(value).ok()?;
    Some(OrderValue::Moment(Moment { kind, time }))
}

/// Returns the bytes of a number, of which the buffer may be longer.
fn exact<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk::<N>().copied()
}

/// Binds a value with the type that it was read with.
pub(crate) fn bind_order_value<'b>(
    pass: &mut AstPass<'_, 'b, Mysql>,
    value: &'b OrderValue,
) -> QueryResult<()> {
    match value {
        OrderValue::Unsigned(number) => {
            bind_bytes(pass, Type::UnsignedLongLong, number.to_ne_bytes().to_vec())
        }
        OrderValue::Digits(digits) => bind_bytes(pass, Type::Numeric, digits.clone().into_bytes()),
        OrderValue::Moment(moment) => match moment.kind {
            MomentKind::Date => pass.push_bind_param::<Date, MysqlTime>(&moment.time),
            MomentKind::Time => pass.push_bind_param::<Time, MysqlTime>(&moment.time),
            MomentKind::DateTime => pass.push_bind_param::<Datetime, MysqlTime>(&moment.time),
        },
        _ => Err(QueryBuilderError("the value belongs to another database".into())),
    }
}

fn bind_bytes(pass: &mut AstPass<'_, '_, Mysql>, ty: Type, bytes: Vec<u8>) -> QueryResult<()> {
    use diesel::internal::derives::multiconnection::AstPassHelper;
    let Some((collector, ())) = pass.bind_collector() else {
        // In the pass that writes text, any value produces the placeholder.
        return pass.push_bind_param::<Text, str>("");
    };
    collector.metadata.push(ty);
    collector.binds.push(Some(bytes));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_after_it_was_written_and_read() {
        let kind = MomentKind::DateTime;
        let time = MysqlTime::new(2026, 2, 28, 23, 59, 58, 123_456, false, kind.in_protocol(), 0);
        let bytes = Moment { kind, time }.to_bytes();
        let read = Moment::from_bytes(&bytes).expect("a moment");
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!((read.time.year, read.time.second_part), (2026, 123_456));
        assert!(Moment::from_bytes(&bytes[1..]).is_none());
        assert!(Moment::from_bytes(&[7; 30]).is_none());
    }
}
