//! The schema that the mapping describes, as data, and the statements that create and change it.
//! Needs no connection.

pub(crate) mod alter;
mod definitions;
pub(crate) mod names;
pub(crate) mod script;
pub(crate) mod table;
mod table_parts;
mod violated;
pub(crate) mod wanted;

pub(crate) use definitions::*;
