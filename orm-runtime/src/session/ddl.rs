//! Statements of the schema, and queries of the catalogue.

pub(super) mod ddl_locks;
pub(super) mod key_facts;
pub(super) mod run_ddl;
pub(super) mod sequences;
