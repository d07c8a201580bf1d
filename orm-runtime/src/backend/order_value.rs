//! The values of a row by which rows are ordered, of any type, and the bytes that a cursor keeps of
//! them.

/// A value of a column or of an expression, without its Rust type.
#[derive(Debug, Clone, Default)]
pub(crate) enum OrderValue {
    #[default]
    Null,
    Integer(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// In the binary format of PostgreSQL. The server takes its type from what it is compared with.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "PostgreSQL's values"))]
    Binary(Vec<u8>),
    /// An integer above those of `i64`.
    #[cfg_attr(not(feature = "mysql"), allow(dead_code, reason = "MySQL's values"))]
    Unsigned(u64),
    /// A decimal as digits.
    #[cfg_attr(not(feature = "mysql"), allow(dead_code, reason = "MySQL's values"))]
    Digits(String),
    /// A date, a time or both.
    #[cfg(feature = "mysql")]
    Moment(super::mysql::Moment),
}

/// Why a value cannot decide where a page begins.
pub(crate) type NotComparable = &'static str;

/// Values as bytes: a tag for each, then the value.
impl OrderValue {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, OrderValue::Null)
    }

    /// Appends the value to bytes.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        match self {
            OrderValue::Null => to.push(0),
            OrderValue::Integer(number) => {
                to.push(1);
                to.extend_from_slice(&number.to_be_bytes());
            }
            OrderValue::Float(number) => {
                to.push(2);
                to.extend_from_slice(&number.to_be_bytes());
            }
            OrderValue::Unsigned(number) => {
                to.push(3);
                to.extend_from_slice(&number.to_be_bytes());
            }
            OrderValue::Text(text) => write_bytes(4, text.as_bytes(), to),
            OrderValue::Bytes(bytes) => write_bytes(5, bytes, to),
            OrderValue::Binary(bytes) => write_bytes(6, bytes, to),
            OrderValue::Digits(digits) => write_bytes(7, digits.as_bytes(), to),
            #[cfg(feature = "mysql")]
            OrderValue::Moment(moment) => write_bytes(8, &moment.to_bytes(), to),
        }
    }

    /// Reads a value from the beginning of bytes, and returns the bytes after it. Returns `None` if
    /// the bytes are none of this version.
    pub(crate) fn read(from: &[u8]) -> Option<(Self, &[u8])> {
        let (&tag, rest) = from.split_first()?;
        if tag == 0 {
            return Some((OrderValue::Null, rest));
        }
        if tag <= 3 {
            let (number, rest) = rest.split_first_chunk::<8>()?;
            let value = match tag {
                1 => OrderValue::Integer(i64::from_be_bytes(*number)),
                2 => OrderValue::Float(f64::from_be_bytes(*number)),
                _ => OrderValue::Unsigned(u64::from_be_bytes(*number)),
            };
            return Some((value, rest));
        }
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
        let text = || String::from_utf8(bytes.to_vec()).ok();
        let value = match tag {
            4 => OrderValue::Text(text()?),
            5 => OrderValue::Bytes(bytes.to_vec()),
            6 => OrderValue::Binary(bytes.to_vec()),
            7 => OrderValue::Digits(text()?),
            #[cfg(feature = "mysql")]
            8 => OrderValue::Moment(super::mysql::Moment::from_bytes(bytes)?),
            _ => return None,
        };
        Some((value, rest))
    }
}

fn write_bytes(tag: u8, bytes: &[u8], to: &mut Vec<u8>) {
    to.push(tag);
    // No database has a value of four gigabytes.
    to.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_after_it_was_written_and_read() {
        let values = [
            OrderValue::Null,
            OrderValue::Integer(-5),
            OrderValue::Float(0.1),
            OrderValue::Unsigned(u64::MAX),
            OrderValue::Text("été".to_owned()),
            OrderValue::Bytes(vec![0, 255]),
            OrderValue::Binary(Vec::new()),
            OrderValue::Digits("12.50".to_owned()),
        ];
        let mut bytes = Vec::new();
        values.iter().for_each(|value| value.write(&mut bytes));
        let mut rest = &bytes[..];
        for value in &values {
            let (read, after) = OrderValue::read(rest).expect("a value");
            assert_eq!(format!("{read:?}"), format!("{value:?}"));
            rest = after;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn bytes_that_are_no_value_are_not_read() {
        for bytes in
            [&[][..], &[1, 0], &[4, 0, 0, 0, 9, 65], &[4, 0, 0, 0, 1, 255], &[99, 0, 0, 0, 0]]
        {
            assert!(OrderValue::read(bytes).is_none(), "{bytes:?}");
        }
    }
}
