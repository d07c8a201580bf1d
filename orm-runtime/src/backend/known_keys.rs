//! What a connection knows of the keys that its database makes.

use std::collections::HashMap;

use super::table_name::TableName;

/// A text about the key of a table, which is a column.
pub(crate) type KeyText = fn(TableName<'_>, &str) -> String;

/// How the keys come back that a database makes for new rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NewKeys {
    /// RETURNING, in the order of the rows. Where many are to be inserted, their keys can also be counted
    /// back from the last one.
    ReturnedInOrder {
        /// Fewer new rows than this get their keys by RETURNING: finding out whether the keys can be
        /// counted costs a statement, and counting them another.
        worth_counting: usize,
        /// Asks whether the keys can be counted: 1 or 0.
        counts_on: KeyText,
        /// Reads the last key.
        last: &'static str,
    },
    /// RETURNING, in no order. The catalogue says in which order the rows get their keys.
    Returned {
        /// Asks what the catalogue says.
        facts: KeyText,
        /// The condition that the keys ascend, with which an INSERT inserts nothing where they do not.
        ascend: KeyText,
        /// Makes so many values of a default.
        values_of_default: fn(&str, usize) -> String,
    },
    /// The keys of a statement are in a row, and the database tells the first of them.
    Counted {
        /// Asks whether the keys can be counted: 1 or 0.
        counts_on: KeyText,
        /// Reads the first key, and the distance to the next one.
        first: &'static str,
        /// The same, with a distance of 0 where the keys cannot be counted.
        first_if_counts: KeyText,
        /// Forgets the key that was made last.
        reset: &'static str,
    },
}

/// In which order the rows of one INSERT get their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOrder {
    /// They ascend in the order of the rows.
    Ascending,
    /// They descend.
    Descending,
    /// In any order, but each is a value of the default.
    OfDefault,
    /// Nothing is known.
    Unknown,
}

/// The default of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDefault {
    pub(crate) expression: String,
    /// Whether the column is an identity, which takes no key from the program unless told to.
    pub(crate) identity: bool,
}

/// The sequence of which a key is the next number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySequence {
    /// As an expression of the type `regclass`.
    pub(crate) name: String,
    pub(crate) descends: bool,
}

/// What the catalogue says of the keys of a table.
#[derive(Debug, Clone)]
pub(crate) struct KeyFacts {
    pub(crate) order: KeyOrder,
    /// Where the database returns keys in no order, unless only the order was asked for.
    pub(crate) default: Option<KeyDefault>,
    /// The same, where the default is such a number, and the sequence does not begin again.
    pub(crate) sequence: Option<KeySequence>,
}

impl KeyFacts {
    pub(crate) const fn ordered(order: KeyOrder) -> Self {
        KeyFacts { order, default: None, sequence: None }
    }
}

/// What is known of the tables of a database, by their schemas and names.
#[derive(Default)]
pub(super) struct KeyOrders(pub(super) HashMap<TableKey, KeyFacts>);

pub(super) type TableKey = (Option<&'static str>, &'static str);
