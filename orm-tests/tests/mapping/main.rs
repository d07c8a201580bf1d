//! The mapping language on all three databases: types, value objects, generated columns, hooks,
//! scopes, schemas. One binary, a module a topic.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

mod enums;
mod hooks;
mod listeners;
mod scopes;
mod soft_delete;
mod struct_attributes;
mod validation;
