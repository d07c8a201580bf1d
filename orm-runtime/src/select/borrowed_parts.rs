//! Parts of a query that is read and not used up.

use diesel::QueryResult;

use crate::backend::{SqlFragment, SqlWriter};

/// A part of a statement that belongs to another one.
struct Borrowed<'a>(&'a dyn SqlFragment);

impl SqlFragment for Borrowed<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.0.walk(pass)
    }
}

/// Borrows a part.
pub(super) fn borrowed<'a>(part: &'a (dyn SqlFragment + '_)) -> Box<dyn SqlFragment + 'a> {
    Box::new(Borrowed(part))
}

/// Borrows parts.
pub(super) fn borrowed_all<'a>(
    parts: &'a [Box<dyn SqlFragment + '_>],
) -> Vec<Box<dyn SqlFragment + 'a>> {
    parts.iter().map(|part| borrowed(&**part)).collect()
}
