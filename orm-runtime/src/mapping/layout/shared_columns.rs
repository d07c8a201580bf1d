//! Columns with the same name in one table of a hierarchy. Two subtypes without a separate table
//! may share a column of the table of their base, if they declare it in the same way. This is
//! checked at compile time.

use super::same;
use crate::mapping::{ColumnMeta, GeneratedBy, HierarchyMeta};
use crate::types::ColumnType;

impl HierarchyMeta {
    /// Checks that all columns with the same name in a table are the same column. Otherwise
    /// compilation fails.
    #[doc(hidden)]
    pub const fn checked(self) -> Self {
        let mut table = 0;
        while table < self.tables.len() {
            let mut column = 0;
            while column < self.tables[table].columns.len() {
                if let Some(subtype) = self.level_in(table, column) {
                    self.check_column(table, subtype, column);
                }
                column += 1;
            }
            table += 1;
        }
        self
    }

    /// Compares a column with the columns before it.
    const fn check_column(&self, table: usize, subtype: usize, column: usize) {
        let columns = self.tables[table].columns;
        let name = columns[column].name;
        let mut other = 0;
        while other < column {
            if let Some(before) = self.level_in(table, other)
                && same(columns[other].name, name)
            {
                let (one, two) = (self.subtypes[before].name, self.subtypes[subtype].name);
                let table = self.tables[table].table;
                if self.is(subtype, before) {
                    Message::new()
                        .text("`")
                        .text(two)
                        .text("` adds the column `")
                        .text(name)
                        .text("` to the table `")
                        .text(table)
                        .text(
                            "`, which already has a column of that name; give it another name with \
                               `#[entity(column = \"...\")]`",
                        )
                        .raise();
                }
                if !is_same(&columns[other], &columns[column]) {
                    Message::new()
                        .text("`")
                        .text(one)
                        .text("` and `")
                        .text(two)
                        .text("` share the column `")
                        .text(name)
                        .text("` of the table `")
                        .text(table)
                        .text(
                            "`, and declare it differently; make both fields the same, or rename \
                               one with `#[entity(column = \"...\")]`",
                        )
                        .raise();
                }
            }
            other += 1;
        }
    }

    /// Returns the subtype that adds a column to a table. For the key this is the subtype of the
    /// table.
    const fn level_in(&self, table: usize, column: usize) -> Option<usize> {
        let mut subtype = 0;
        while subtype < self.subtypes.len() {
            let brings = self.subtypes[subtype].own.contains(column) || self.is_key(column);
            if self.subtypes[subtype].table == table && brings {
                return Some(subtype);
            }
            subtype += 1;
        }
        None
    }

    const fn is_key(&self, column: usize) -> bool {
        let (key, mut part) = (self.tables[0].key, 0);
        while part < key.len() {
            if key[part] == column {
                return true;
            }
            part += 1;
        }
        false
    }
}

/// Compares two options: `true` if both are `None`, or if both have a value and the values are the
/// same.
macro_rules! alike {
    ($one:expr, $two:expr, |$a:ident, $b:ident| $same:expr) => {
        match ($one, $two) {
            (Some($a), Some($b)) => $same,
            (one, two) => one.is_none() && two.is_none(),
        }
    };
}

/// Returns `true` if two fields declare the same column.
const fn is_same(a: &ColumnMeta, b: &ColumnMeta) -> bool {
    // A new fact about a column does not compile here until it is compared, or left out.
    let ColumnMeta {
        kind,
        length,
        db_type,
        digits,
        unique,
        index,
        generated,
        secret,
        comment,
        field: _,
        name: _,
        nullable: _,
        deferred: _,
        group: _,
        default: _,
        read_back: _,
        created_at: _,
        updated_at: _,
        on_update: _,
    } = a;
    is_same_kind(kind, &b.kind)
        && *unique == b.unique
        && *index == b.index
        && *secret == b.secret
        && alike!(*length, b.length, |a, b| a == b)
        && alike!(*db_type, b.db_type, |a, b| {
            alike!(a.sqlite, b.sqlite, |a, b| same(a, b))
                && alike!(a.postgres, b.postgres, |a, b| same(a, b))
                && alike!(a.mysql, b.mysql, |a, b| same(a, b))
        })
        && alike!(*digits, b.digits, |a, b| a.0 == b.0 && a.1 == b.1)
        && alike!(*comment, b.comment, |a, b| same(a, b))
        && alike!(*generated, b.generated, |a, b| is_generated_alike(a, b))
}

const fn is_generated_alike(a: GeneratedBy, b: GeneratedBy) -> bool {
    use GeneratedBy::{Computed, Default, Sequence};
    match (a, b) {
        (Default(a), Default(b)) | (Computed(a), Computed(b)) | (Sequence(a), Sequence(b)) => {
            same(a, b)
        }
        _ => false,
    }
}

const fn is_same_kind(a: &ColumnType, b: &ColumnType) -> bool {
    use ColumnType::{
        Array, BigInt, BigUnsigned, Binary, Bool, Date, Decimal, Double, Enum, Float, Integer,
        Json, Range, SmallInt, Text, Time, Timestamp, TimestampTz, Uuid,
    };
    match (a, b) {
        (Enum(a), Enum(b)) => same(a.type_name, b.type_name) && same(a.name, b.name),
        (Array(a), Array(b)) | (Range(a), Range(b)) => is_same_kind(a, b),
        (SmallInt, SmallInt)
        | (Integer, Integer)
        | (BigInt, BigInt)
        | (BigUnsigned, BigUnsigned)
        | (Float, Float)
        | (Double, Double)
        | (Bool, Bool)
        | (Text, Text)
        | (Binary, Binary)
        | (Date, Date)
        | (Time, Time)
        | (Timestamp, Timestamp)
        | (TimestampTz, TimestampTz)
        | (Uuid, Uuid)
        | (Decimal, Decimal)
        | (Json, Json) => true,
        _ => false,
    }
}

/// A string that is built at compile time.
struct Message {
    bytes: [u8; 512],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Message { bytes: [0; 512], length: 0 }
    }

    /// Appends a string, and cuts off what does not fit.
    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut n = 0;
        while n < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[n];
            self.length += 1;
            n += 1;
        }
        self
    }

    const fn raise(&self) -> ! {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("two columns of a table have the same name"),
        }
    }
}
