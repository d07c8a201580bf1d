//! What a connection knows about the keys that its database generates.

use std::collections::HashMap;

use super::table_name::TableName;

/// A function that writes SQL about the key column of a table.
pub(crate) type KeyText = fn(TableName<'_>, &str) -> String;

/// How the keys that a database generates for new rows are returned.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NewKeys {
    /// By RETURNING, in the order of the rows. If there are many rows to insert, their keys can
    /// also be counted back from the last one.
    ReturnedInOrder {
        /// Fewer new rows than this get their keys by RETURNING: finding out whether the keys can
        /// be counted costs one statement, and counting them another.
        worth_counting: usize,
        /// Queries whether the keys can be counted: 1 or 0.
        counts_on: KeyText,
        /// Reads the last key.
        last: &'static str,
    },
    /// By RETURNING, in no defined order. The catalogue shows in which order the rows get their
    /// keys.
    Returned {
        /// Queries the catalogue.
        facts: KeyText,
        /// The condition that the keys ascend. If it is false, the INSERT inserts nothing.
        ascend: KeyText,
        /// Generates this many values of a default.
        values_of_default: fn(&str, usize) -> String,
    },
    /// The keys of a statement are consecutive, and the database reports the first of them.
    Counted {
        /// Queries whether the keys can be counted: 1 or 0.
        counts_on: KeyText,
        /// Reads the first key, and the distance to the next one.
        first: &'static str,
        /// The same, with a distance of 0 if the keys cannot be counted.
        first_if_counts: KeyText,
        /// Forgets the last generated key.
        reset: &'static str,
    },
}

/// In which order the rows of one INSERT get their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOrder {
    /// The keys ascend in the order of the rows.
    Ascending,
    /// The keys descend.
    Descending,
    /// In any order, but each key is a value of the default.
    OfDefault,
    /// The order is not known.
    Unknown,
}

/// The default of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDefault {
    pub(crate) expression: String,
    /// Whether the column is an identity, which accepts no key from the program without OVERRIDING.
    pub(crate) identity: bool,
}

/// The sequence whose next number is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySequence {
    /// An expression of the type `regclass`.
    pub(crate) name: String,
    pub(crate) descends: bool,
}

/// What the catalogue says about the keys of a table.
#[derive(Debug, Clone)]
pub(crate) struct KeyFacts {
    pub(crate) order: KeyOrder,
    /// The default, if the database returns keys in no defined order and more than the order was
    /// requested.
    pub(crate) default: Option<KeyDefault>,
    /// The sequence of the default, if there is one and it does not cycle.
    pub(crate) sequence: Option<KeySequence>,
}

impl KeyFacts {
    pub(crate) const fn ordered(order: KeyOrder) -> Self {
        KeyFacts { order, default: None, sequence: None }
    }
}

/// What is known about the tables of a database.
#[derive(Default)]
pub(crate) struct KeyOrders {
    pub(crate) tables: HashMap<(Option<&'static str>, &'static str), KeyFacts>,
}
