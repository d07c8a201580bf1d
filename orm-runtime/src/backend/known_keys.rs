//! What a connection knows of the keys that its database makes.

use std::collections::HashMap;

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
    /// PostgreSQL, unless only the order was asked for.
    pub(crate) default: Option<KeyDefault>,
    /// The same, where the default is such a number, and the sequence does not begin again.
    pub(crate) sequence: Option<KeySequence>,
}

impl KeyFacts {
    pub(crate) const fn ordered(order: KeyOrder) -> Self {
        KeyFacts { order, default: None, sequence: None }
    }
}

/// What is known of the tables of a database.
#[derive(Default)]
pub(crate) struct KeyOrders {
    pub(crate) tables: HashMap<(Option<&'static str>, &'static str), KeyFacts>,
}
