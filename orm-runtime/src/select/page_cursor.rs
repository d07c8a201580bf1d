//! Cursors: where a page begins, as a text that outlives the process.

use std::fmt;
use std::str::FromStr;

use super::order_position::Position;
use crate::backend::OrderValue;
use crate::error::{Error, Result};

/// The version of the format. A cursor of another version is refused.
const VERSION: u8 = 1;

const BACKWARD: u8 = 1;
const INCLUSIVE: u8 = 2;

/// The number of bytes after the values, which show whether the others are as they were written.
const CHECK: usize = 4;

/// The place in an order of rows where a page begins: a text of letters, digits, `-` and `_`, which
/// can be part of a URL. Created by [`Page`](crate::query::Page), and read by [`FromStr`].
///
/// A cursor holds the values that the last row of a page (or the first, to go back) has in the
/// columns of the order and of the key, and hashes of the order and of the text of the conditions.
/// **It is neither encrypted nor signed.** Whoever has a cursor can read these values, so an order
/// by a column with `#[entity(secret)]` is refused. Whoever changes a cursor gets an error or
/// another place in the *same* rows: the conditions of the query decide which rows are found, and
/// the values are bound as parameters.
///
/// A cursor belongs to one database, entity and order, and to the text of the conditions; their
/// values may differ. A cursor of another query is an [`Error::InvalidCursor`].
///
/// ```
/// use orm_runtime::prelude::*;
/// use orm_runtime::query::PageCursor;
///
/// assert!(matches!("bogus".parse::<PageCursor>(), Err(Error::InvalidCursor { .. })));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageCursor {
    bytes: Vec<u8>,
}

/// What a cursor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CursorOwner {
    /// The hash of the database, the entity and the order.
    pub(crate) order: u64,
    /// The hash of the text of the conditions.
    pub(crate) conditions: u64,
}

impl PageCursor {
    /// Creates a cursor.
    pub(crate) fn new(owner: CursorOwner, backward: bool, position: &Position) -> Self {
        let flags = if backward { BACKWARD } else { 0 };
        let flags = flags | if position.inclusive { INCLUSIVE } else { 0 };
        let mut bytes = vec![VERSION, flags];
        bytes.extend_from_slice(&owner.order.to_be_bytes());
        bytes.extend_from_slice(&owner.conditions.to_be_bytes());
        position.values.iter().for_each(|value| value.write(&mut bytes));
        bytes.extend_from_slice(&check(&bytes));
        PageCursor { bytes }
    }

    /// Returns `true` if the page is before the place, `false` if it is after.
    pub(crate) fn is_backward(&self) -> bool {
        self.bytes.get(1).is_some_and(|flags| flags & BACKWARD != 0)
    }

    /// Returns what the cursor belongs to.
    pub(crate) fn owner(&self) -> CursorOwner {
        let hash = |at: usize| {
            let bytes = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<8>);
            bytes.map_or(0, |&bytes| u64::from_be_bytes(bytes))
        };
        CursorOwner { order: hash(2), conditions: hash(10) }
    }

    /// Returns the place in an order of this many terms.
    pub(crate) fn position(&self, terms: usize) -> Result<Position> {
        let damaged = Error::InvalidCursor { reason: DAMAGED };
        let Some(values) = self.values() else { return Err(damaged) };
        let inclusive = self.bytes[1] & INCLUSIVE != 0;
        if values.len() == terms { Ok(Position { values, inclusive }) } else { Err(damaged) }
    }

    fn values(&self) -> Option<Vec<OrderValue>> {
        let (mut rest, _) = self.bytes.get(18..)?.split_last_chunk::<CHECK>()?;
        let mut values = Vec::new();
        while !rest.is_empty() {
            let (value, after) = OrderValue::read(rest)?;
            values.push(value);
            rest = after;
        }
        Some(values)
    }
}

const DAMAGED: &str = "is damaged or incomplete";

impl FromStr for PageCursor {
    type Err = Error;

    /// Reads a cursor. Sends no SQL. Whether the cursor belongs to a query is checked when the
    /// query is sent.
    fn from_str(text: &str) -> Result<Self> {
        let damaged = || Error::InvalidCursor { reason: DAMAGED };
        let bytes = decode(text).ok_or_else(damaged)?;
        let (before, written) = bytes.split_last_chunk::<CHECK>().ok_or_else(damaged)?;
        if check(before) != *written {
            return Err(damaged());
        }
        if before.first() != Some(&VERSION) {
            return Err(Error::InvalidCursor { reason: "is of another version of the program" });
        }
        let cursor = PageCursor { bytes };
        cursor.values().ok_or_else(damaged)?;
        Ok(cursor)
    }
}

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&self.bytes))
    }
}

impl fmt::Debug for PageCursor {
    /// Writes no value of the row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCursor").field("backward", &self.is_backward()).finish_non_exhaustive()
    }
}

/// Written as its text.
#[cfg(feature = "serde")]
impl serde::Serialize for PageCursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for PageCursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Returns a hash that is the same on every machine and in every version (FNV-1a).
pub(crate) fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        // The length keeps parts apart.
        for &byte in part.iter().chain(&part.len().to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let [a, b, c, d, e, f, g, h] = hash([bytes]).to_be_bytes();
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

/// The digits of base 64 in URLs.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let number =
            (0..3).fold(0, |number, n| number << 8 | usize::from(*chunk.get(n).unwrap_or(&0)));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[number >> (18 - 6 * digit) & 63]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut number = 0_u32;
        for n in 0..4 {
            let digit = match chunk.get(n) {
                None => 0,
                Some(c) => DIGITS.iter().position(|digit| digit == c)?,
            };
            number = number << 6 | u32::try_from(digit).ok()?;
        }
        let [_, decoded @ ..] = number.to_be_bytes();
        let (kept, cut) = decoded.split_at(chunk.len() - 1);
        // One text for the same bytes: the rest of the last digit is zero.
        if kept.is_empty() || cut.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> PageCursor {
        let values =
            vec![OrderValue::Text("ada".to_owned()), OrderValue::Null, OrderValue::Integer(7)];
        let owner = CursorOwner { order: 1, conditions: u64::MAX };
        PageCursor::new(owner, true, &Position { values, inclusive: false })
    }

    #[test]
    fn a_cursor_is_the_same_after_it_was_written_and_read() {
        let cursor = cursor();
        let text = cursor.to_string();
        assert!(
            text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'),
            "{text}"
        );
        let read: PageCursor = text.parse().expect("a cursor");
        assert_eq!(read, cursor);
        assert!(read.is_backward());
        assert_eq!(read.owner(), CursorOwner { order: 1, conditions: u64::MAX });
        let position = read.position(3).expect("a place");
        assert!(
            matches!(&position.values[..], [OrderValue::Text(name), OrderValue::Null, OrderValue::Integer(7)] if name == "ada")
        );
        assert!(read.position(2).is_err());
        assert!(!format!("{cursor:?}").contains("ada"));
    }

    #[test]
    fn every_change_of_a_cursor_is_found() {
        let text = cursor().to_string();
        for at in 0..text.len() {
            for digit in ["A", "z", "9", "_", ".", "=", "ä"] {
                let mut changed = text.clone();
                changed.replace_range(at..=at, digit);
                if changed != text {
                    assert!(changed.parse::<PageCursor>().is_err(), "{changed}");
                }
            }
            assert!(text[..at].parse::<PageCursor>().is_err());
        }
        assert!(format!("{text}A").parse::<PageCursor>().is_err());
    }

    #[test]
    fn a_cursor_of_another_version_is_refused() {
        let mut bytes = cursor().bytes;
        bytes.truncate(bytes.len() - CHECK);
        bytes[0] = VERSION + 1;
        bytes.extend_from_slice(&check(&bytes));
        let error = encode(&bytes).parse::<PageCursor>().expect_err("another version");
        assert!(error.to_string().contains("another version"), "{error}");
    }

    #[test]
    fn bytes_of_every_length_are_written_and_read() {
        for length in 0..10_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(97)).collect();
            assert_eq!(decode(&encode(&bytes)).as_ref(), Some(&bytes));
        }
    }
}
