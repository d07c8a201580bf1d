//! The values of a statement on MySQL as literals.

use std::mem::{offset_of, size_of};
use std::os::raw::c_ulong;

use diesel::QueryResult;
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;

use crate::backend::{Dialect, Sendable, SqlFragment, literals};

pub(in crate::backend) fn values(statement: &dyn SqlFragment) -> QueryResult<Vec<String>> {
    let mut collector = RawBytesBindCollector::<Mysql>::new();
    let statement = Sendable::Borrowed(statement);
    QueryFragment::<Mysql>::collect_binds(&statement, &mut collector, &mut (), &Mysql)?;
    let types = collector.metadata.into_iter();
    let values = collector.binds.into_iter().zip(types);
    Ok(values
        .map(|(bytes, ty)| bytes.map_or_else(|| "NULL".to_owned(), |bytes| literal(&bytes, ty)))
        .collect())
}

fn literal(bytes: &[u8], ty: MysqlType) -> String {
    use MysqlType::{
        Bit, Blob, Date, DateTime, Double, Float, Long, LongLong, Numeric, Short, Time, Timestamp,
        Tiny, UnsignedLong, UnsignedLongLong, UnsignedShort, UnsignedTiny,
    };
    let known = match ty {
        Tiny | Short | Long | LongLong => signed(bytes).map(|number| number.to_string()),
        UnsignedTiny | UnsignedShort | UnsignedLong | UnsignedLongLong => {
            unsigned(bytes).map(|number| number.to_string())
        }
        Float => bytes.try_into().ok().map(|bytes| format!("{:?}", f32::from_ne_bytes(bytes))),
        Double => bytes.try_into().ok().map(|bytes| format!("{:?}", f64::from_ne_bytes(bytes))),
        Numeric => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Date | Time | DateTime | Timestamp => moment(bytes, ty),
        Blob | Bit => Some(literals::bytes("X'", bytes, "'")),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Some(literals::text(Dialect::Mysql, text)),
            Err(_) => Some(literals::bytes("X'", bytes, "'")),
        },
    };
    known.unwrap_or_else(|| literals::without_literal(&format!("{ty:?}"), bytes))
}

fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match bytes.len() {
        1 => i8::from_ne_bytes(bytes.try_into().ok()?).into(),
        2 => i16::from_ne_bytes(bytes.try_into().ok()?).into(),
        4 => i32::from_ne_bytes(bytes.try_into().ok()?).into(),
        _ => i64::from_ne_bytes(bytes.try_into().ok()?),
    })
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    Some(match bytes.len() {
        1 => u8::from_ne_bytes(bytes.try_into().ok()?).into(),
        2 => u16::from_ne_bytes(bytes.try_into().ok()?).into(),
        4 => u32::from_ne_bytes(bytes.try_into().ok()?).into(),
        _ => u64::from_ne_bytes(bytes.try_into().ok()?),
    })
}

/// Reads the client library's struct for dates and times, as Diesel has written its fields.
fn moment(bytes: &[u8], ty: MysqlType) -> Option<String> {
    let number = |at: usize, length: usize| unsigned(bytes.get(at..at + length)?);
    let short = |at: usize| number(at, 4);
    let date = || {
        Some(format!(
            "{:04}-{:02}-{:02}",
            short(offset_of!(MysqlTime, year))?,
            short(offset_of!(MysqlTime, month))?,
            short(offset_of!(MysqlTime, day))?
        ))
    };
    let clock = || {
        Some(literals::clock(
            short(offset_of!(MysqlTime, hour))?,
            short(offset_of!(MysqlTime, minute))?,
            short(offset_of!(MysqlTime, second))?,
            number(offset_of!(MysqlTime, second_part), size_of::<c_ulong>())?,
        ))
    };
    let sign = if bytes.get(offset_of!(MysqlTime, neg)) == Some(&0) { "" } else { "-" };
    Some(match ty {
        MysqlType::Date => format!("DATE '{}'", date()?),
        MysqlType::Time => format!("TIME '{sign}{}'", clock()?),
        _ => format!("TIMESTAMP '{} {}'", date()?, clock()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_literals() {
        assert_eq!(literal(&(-2_i32).to_ne_bytes(), MysqlType::Tiny), "-2");
        assert_eq!(
            literal(&u64::MAX.to_ne_bytes(), MysqlType::UnsignedLongLong),
            "18446744073709551615"
        );
        assert_eq!(literal(&0.5_f64.to_ne_bytes(), MysqlType::Double), "0.5");
        assert_eq!(literal(b"12.50", MysqlType::Numeric), "12.50");
        assert_eq!(literal(b"it's \\", MysqlType::String), "'it''s \\\\'");
        assert_eq!(literal(&[0, 171], MysqlType::Blob), "X'00AB'");
        assert_eq!(literal(&[1, 2, 3], MysqlType::Date), "/* Date, 3 bytes */");
    }
}
