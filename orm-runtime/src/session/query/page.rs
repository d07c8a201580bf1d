//! A page of objects, and the cursors of the pages around it.

use std::fmt;
use std::slice;
use std::vec;

use crate::handle::Handle;
use crate::mapping::Entity;
use crate::select::PageCursor;

/// Some of the objects that a query finds, in its order; created by
/// [`Query::pages`](crate::Query::pages).
#[non_exhaustive]
pub struct Page<T: Entity> {
    /// The objects, at most as many as the size of the page.
    pub objects: Vec<Handle<T>>,
    /// The cursor of the next page, or `None` if there are no more rows.
    pub next: Option<PageCursor>,
    /// The cursor of the previous page, or `None` on the first page. A page that was reached by
    /// going forward always has one: its rows may have been deleted since, and then that page is
    /// empty.
    pub previous: Option<PageCursor>,
    /// The number of rows on all pages, if [`with_count`](super::pages::Pages::with_count) was
    /// called.
    pub total: Option<i64>,
    pub(super) end: Option<PageCursor>,
}

impl<T: Entity> Page<T> {
    /// Returns the cursor of the rows after this page, also where there are none yet: rows that are
    /// inserted later are on the page that begins there. `None` if no row was read so far.
    pub fn end(&self) -> Option<&PageCursor> {
        self.end.as_ref()
    }

    /// Returns the number of objects on the page.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Returns `true` if there are no objects on the page.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Iterates over the handles of the objects.
    pub fn iter(&self) -> slice::Iter<'_, Handle<T>> {
        self.objects.iter()
    }
}

impl<T: Entity> IntoIterator for Page<T> {
    type Item = Handle<T>;
    type IntoIter = vec::IntoIter<Handle<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.into_iter()
    }
}

impl<'p, T: Entity> IntoIterator for &'p Page<T> {
    type Item = &'p Handle<T>;
    type IntoIter = slice::Iter<'p, Handle<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.iter()
    }
}

impl<T: Entity> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("objects", &self.objects)
            .field("next", &self.next)
            .field("previous", &self.previous)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
