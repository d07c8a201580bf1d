//! The mapping on all three databases: types, value objects, generated columns, hooks, scopes,
//! schemas. One binary, with a module for each topic.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]
#![allow(unreachable_pub, reason = "the types of columns are public because Diesel's columns are")]

mod db_types;
mod decimal;
mod decimal_aggregates;
mod decimal_defaults;
mod distinct_on;
mod embed;
mod enums;
mod fitting;
mod generated;
mod hooks;
mod instants;
mod json;
mod listeners;
mod misfits;
mod one_meaning;
mod own_sql_types;
mod own_types;
mod plain_operands;
mod schema;
mod scopes;
mod soft_delete;
mod struct_attributes;
mod time_types;
mod unsigned;
mod validation;
mod whole_values;
mod zero_dates;
