//! Tokens as the user wrote them: names, keywords with their values, and types.

pub(crate) mod crate_path;
pub(crate) mod ctxt;
pub(crate) mod keywords;
pub(crate) mod name;
pub(crate) mod nearest;
pub(crate) mod parse;
pub(crate) mod relation_type;
pub(crate) mod types;
pub(crate) mod value;
