//! PostgreSQL: a value arrives as bytes, together with the number of its type.

use std::num::NonZeroU32;

use diesel::deserialize;
use diesel::pg::PgValue;

use crate::backend::holds::{BoxError, Holds};

/// The first number of a type that is not built in: an enum, a `citext`.
const FIRST_OF_USERS: u32 = 16_384;

const fn number(oid: u32) -> NonZeroU32 {
    match NonZeroU32::new(oid) {
        Some(oid) => oid,
        None => unreachable!(),
    }
}

static INT2: NonZeroU32 = number(21);
static INT4: NonZeroU32 = number(23);
static INT8: NonZeroU32 = number(20);
static FLOAT4: NonZeroU32 = number(700);
static FLOAT8: NonZeroU32 = number(701);

/// A number converted to another width.
pub(in crate::backend) struct Converted {
    bytes: [u8; 8],
    length: usize,
    oid: &'static NonZeroU32,
}

impl Converted {
    fn of<const N: usize>(number: [u8; N], oid: &'static NonZeroU32) -> Self {
        let mut bytes = [0; 8];
        bytes[..N].copy_from_slice(&number);
        Converted { bytes, length: N, oid }
    }

    pub(in crate::backend) fn value(&self) -> PgValue<'_> {
        PgValue::new(&self.bytes[..self.length], self.oid)
    }
}

impl Holds {
    /// Reads a value with `read`, after converting a number of another width to the field's.
    #[inline(always)]
    pub(in crate::backend) fn read_pg<T>(
        self,
        value: PgValue<'_>,
        read: impl FnOnce(PgValue<'_>) -> deserialize::Result<T>,
    ) -> deserialize::Result<T> {
        match self.look_pg(&value)? {
            None => read(value),
            Some(converted) => read(converted.value()),
        }
    }

    /// Checks a value. Returns `None` if it can be read without a conversion.
    #[inline(always)]
    pub(in crate::backend) fn look_pg(
        self,
        value: &PgValue<'_>,
    ) -> Result<Option<Converted>, BoxError> {
        if self == Holds::Any {
            return Ok(None);
        }
        let oid = value.get_oid().get();
        if self.is_type(oid) {
            return Ok(None);
        }
        self.converted(oid, value.as_bytes()).map(Some)
    }

    #[inline(always)]
    fn is_type(self, oid: u32) -> bool {
        match self {
            Holds::Any => true,
            Holds::I16 => oid == 21,
            Holds::I32 => oid == 23,
            // The conversion checks the sign.
            Holds::I64 | Holds::U64 => oid == 20,
            Holds::F32 => oid == 700,
            Holds::F64 => oid == 701,
            Holds::Bool => oid == 16,
            // text, varchar, char, name, "char", a literal, json, xml, cstring
            Holds::Text => {
                matches!(oid, 25 | 1043 | 1042 | 19 | 18 | 705 | 114 | 142 | 2275)
                    || oid >= FIRST_OF_USERS
            }
            Holds::Bytes => oid == 17 || oid >= FIRST_OF_USERS,
            Holds::Date => oid == 1082,
            Holds::Time => oid == 1083,
            Holds::DateTime | Holds::Instant => matches!(oid, 1114 | 1184),
            Holds::Uuid => oid == 2950,
            Holds::Json => matches!(oid, 114 | 3802),
        }
    }

    /// Converts a number to the field's width.
    #[inline(never)]
    fn converted(self, oid: u32, bytes: &[u8]) -> Result<Converted, BoxError> {
        let unfit = || self.unfit(&found(oid));
        let whole = match (oid, bytes) {
            (21, &[a, b]) => Some(i16::from_be_bytes([a, b]).into()),
            (23, &[a, b, c, d]) => Some(i32::from_be_bytes([a, b, c, d]).into()),
            (20, bytes) => Some(i64::from_be_bytes(bytes.try_into().map_err(|_| unfit())?)),
            _ => None,
        };
        let float: Option<f64> = match (oid, bytes) {
            (700, &[a, b, c, d]) => Some(f32::from_be_bytes([a, b, c, d]).into()),
            (701, bytes) => Some(f64::from_be_bytes(bytes.try_into().map_err(|_| unfit())?)),
            _ => None,
        };
        let is_number = self.counts() || matches!(self, Holds::F32 | Holds::F64);
        let (whole, float) = match (whole, float) {
            (Some(whole), _) if is_number && self.has_room(whole) => (whole, whole as f64),
            (_, Some(float)) if is_number && self.has_room_for_float(float) => {
                (float as i64, float)
            }
            (Some(_), _) | (_, Some(_)) if is_number => return Err(self.out_of_range()),
            _ => return Err(unfit()),
        };
        Ok(match self {
            Holds::I16 => Converted::of((whole as i16).to_be_bytes(), &INT2),
            Holds::I32 => Converted::of((whole as i32).to_be_bytes(), &INT4),
            Holds::F32 => Converted::of((float as f32).to_be_bytes(), &FLOAT4),
            Holds::F64 => Converted::of(float.to_be_bytes(), &FLOAT8),
            _ => Converted::of(whole.to_be_bytes(), &INT8),
        })
    }
}

/// Describes the type of a value.
fn found(oid: u32) -> String {
    let name = match oid {
        16 => "boolean",
        17 => "bytea",
        20 => "bigint",
        21 => "smallint",
        23 => "integer",
        25 => "text",
        114 => "json",
        700 => "real",
        701 => "double precision",
        790 => "money",
        869 => "inet",
        1042 => "character",
        1043 => "character varying",
        1082 => "date",
        1083 => "time",
        1114 => "timestamp",
        1184 => "timestamp with time zone",
        1186 => "interval",
        1266 => "time with time zone",
        1560 => "bit",
        1562 => "bit varying",
        1700 => "numeric",
        2950 => "uuid",
        3802 => "jsonb",
        _ => return format!("a value of the type with OID {oid}"),
    };
    format!("a value of the type {name}")
}
