//! Temporary values of a row that must free a unique value early: NULL in one of the columns, or a
//! value that no row has.

use diesel::QueryResult;
use diesel::sql_types;

use super::Action;
use crate::backend::values::LastMoment;
use crate::backend::{SqlWriter, sql_types as own_types};
use crate::mapping::{ColumnMeta, EntityMeta, GeneratedBy, unused_text};
use crate::types::ColumnType;

/// One column of a unique set that can have a temporary value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parking {
    /// NULL.
    Null(usize),
    /// A value that no row has.
    Value(usize),
}

impl Parking {
    /// Returns which column of a row can have a temporary value, if this action writes the row
    /// later and frees its values in these columns.
    pub(super) fn of(
        meta: &EntityMeta,
        action: &Action,
        slot: u32,
        columns: &[usize],
    ) -> Option<Self> {
        match action {
            Action::Update(_)
            | Action::Rekey(_)
            | Action::Unpark(_)
            | Action::RowSwitch { .. }
            | Action::Delete => {}
            // The row is not written again, so its old values could not be restored.
            _ => return None,
        }
        let of = |&column: &usize| of_column(meta, slot, column);
        let found = columns.iter().filter_map(of);
        found.min_by_key(|parking| matches!(parking, Parking::Value(_)))
    }

    pub(super) fn column(self) -> usize {
        match self {
            Parking::Null(column) | Parking::Value(column) => column,
        }
    }
}

fn of_column(meta: &EntityMeta, slot: u32, column: usize) -> Option<Parking> {
    let it = &meta.columns[column];
    if meta.key.contains(&column) || matches!(it.generated, Some(GeneratedBy::Computed(_))) {
        return None;
    }
    let mut references = meta.foreign_keys.iter().filter(|it| it.columns.contains(&column));
    let checks = || meta.checks.iter().filter(|check| check.condition.contains(it.name));
    if it.nullable {
        // NULL fulfils every check that does not mention NULL. A `one_of` field needs one reference
        // that is not NULL.
        let asks = checks().any(|check| check.condition.to_ascii_lowercase().contains("null"));
        return (!asks && references.all(|it| it.one_of.is_none()))
            .then_some(Parking::Null(column));
    }
    let free = references.next().is_none() && checks().next().is_none();
    ParkedValue::of(it, slot).filter(|_| free).map(|_| Parking::Value(column))
}

/// A temporary value that no row has, for a row whose value another row takes. For integers it is
/// one of the smallest numbers, as for keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ParkedValue {
    Small(i16),
    Integer(i32),
    Big(i64),
    Float(f32),
    Double(f64),
    #[cfg(feature = "decimal")]
    Decimal(rust_decimal::Decimal),
    Date(LastMoment),
    Time(LastMoment),
    DateTime(LastMoment),
    Instant(LastMoment),
    Text(String),
    Bytes(Vec<u8>),
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
}

impl ParkedValue {
    /// Returns the value for the row of an object, or `None` if the type of the column has no such
    /// values.
    pub(crate) fn of(column: &ColumnMeta, slot: u32) -> Option<Self> {
        let n = i64::from(slot) + 1;
        match column.kind {
            // The range of another type is not known.
            _ if column.db_type.is_some() => None,
            ColumnType::SmallInt => {
                Some(Self::Small(i16::MIN.checked_add(i16::try_from(n).ok()?)?))
            }
            ColumnType::Integer => {
                Some(Self::Integer(i32::MIN.checked_add(i32::try_from(n).ok()?)?))
            }
            ColumnType::BigInt => Some(Self::Big(i64::MIN.checked_add(n)?)),
            ColumnType::BigUnsigned => Some(Self::Big(i64::MAX.checked_sub(n)?)),
            // Consecutive floats.
            ColumnType::Float => Some(Self::Float(f32::from_bits((-1e30_f32).to_bits() + slot))),
            ColumnType::Double => Some(Self::Double(-1e300 * (1.0 + f64::from(slot) / 1e10))),
            #[cfg(feature = "decimal")]
            ColumnType::Decimal => decimal(column.digits, n).map(Self::Decimal),
            ColumnType::Date => LastMoment::days_before(n).map(Self::Date),
            ColumnType::Time => Some(Self::Time(LastMoment::micros_before(n))),
            ColumnType::Timestamp => LastMoment::seconds_before(n).map(Self::DateTime),
            ColumnType::TimestampTz => LastMoment::seconds_before(n).map(Self::Instant),
            ColumnType::Text => unused_text(slot, column.length).map(Self::Text),
            ColumnType::Binary => Some(Self::Bytes(format!("~orm~{slot}").into_bytes())),
            #[cfg(feature = "uuid")]
            ColumnType::Uuid => {
                Some(Self::Uuid(uuid::Uuid::from_u128(u128::MAX - u128::from(slot))))
            }
            _ => None,
        }
    }

    pub(crate) fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self {
            Self::Small(value) => pass.bind::<sql_types::SmallInt, _>(value),
            Self::Integer(value) => pass.bind::<sql_types::Integer, _>(value),
            Self::Big(value) => pass.bind::<sql_types::BigInt, _>(value),
            Self::Float(value) => pass.bind::<sql_types::Float, _>(value),
            Self::Double(value) => pass.bind::<sql_types::Double, _>(value),
            #[cfg(feature = "decimal")]
            Self::Decimal(value) => pass.bind::<own_types::ExactDecimal, _>(value),
            Self::Date(value) => pass.bind::<own_types::CivilDate, _>(value),
            Self::Time(value) => pass.bind::<own_types::CivilTime, _>(value),
            Self::DateTime(value) => pass.bind::<own_types::CivilDateTime, _>(value),
            Self::Instant(value) => pass.bind::<own_types::TimestampUtc, _>(value),
            Self::Text(value) => pass.bind::<sql_types::Text, str>(value),
            Self::Bytes(value) => pass.bind::<sql_types::Binary, [u8]>(value),
            #[cfg(feature = "uuid")]
            Self::Uuid(value) => pass.bind::<own_types::Uuid, _>(value),
        }
    }
}

/// Returns one of the smallest numbers that the column has room for.
#[cfg(feature = "decimal")]
fn decimal(digits: Option<(u32, u32)>, n: i64) -> Option<rust_decimal::Decimal> {
    let (all, behind) = digits.unwrap_or((20, 0));
    let least = 10_i128.checked_pow(all)?.checked_sub(i128::from(n))?;
    (least > 0).then(|| rust_decimal::Decimal::try_from_i128_with_scale(-least, behind).ok())?
}
