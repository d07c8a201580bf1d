//! Tokens as a user has written them: names, words with their values, and types.

pub(crate) mod ctxt;
pub(crate) mod keywords;
pub(crate) mod name;
pub(crate) mod parse;
pub(crate) mod relation_type;
pub(crate) mod types;
pub(crate) mod value;
