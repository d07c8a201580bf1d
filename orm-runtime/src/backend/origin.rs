//! Where a statement comes from: the call in the program, and the work of the session.

use std::panic::Location;
use std::sync::Arc;

use super::Seen;

/// The work for which a session sends a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A query or a selection.
    Query,
    /// An object by its key.
    Get,
    /// A path of [`eager`](crate::Query::eager), loaded with the query.
    Eager,
    /// A relationship or a deferred column, by [`load`](crate::Session::load).
    Load,
    /// Objects read again.
    Refresh,
    /// A flush that the program asked for, or that a commit needs.
    Flush,
    /// A flush before a query.
    Autoflush,
    /// A call that begins or ends a transaction or a savepoint.
    Transaction,
    /// Rows that bypass the unit of work: bulk inserts, upserts, and statements such as
    /// [`update`](crate::Query::update).
    Bulk,
    /// Tables that are created, compared or changed.
    Schema,
    /// A question to the server that another statement needs: how keys are generated, whether a
    /// transaction is still open. It is expected to fail sometimes.
    Server,
    /// A statement that the program sends on the session's connection.
    Program,
    /// Anything else.
    #[default]
    Other,
}

impl Cause {
    /// Returns the cause in lower case, such as `autoflush`.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Query => "query",
            Cause::Get => "get",
            Cause::Eager => "eager",
            Cause::Load => "load",
            Cause::Refresh => "refresh",
            Cause::Flush => "flush",
            Cause::Autoflush => "autoflush",
            Cause::Transaction => "transaction",
            Cause::Bulk => "bulk",
            Cause::Schema => "schema",
            Cause::Server => "server",
            Cause::Program => "program",
            Cause::Other => "other",
        }
    }
}

/// Where a statement comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Origin {
    /// The work for which it is sent.
    pub cause: Cause,
    /// The entity whose rows it reads or writes, if it is for one entity.
    pub entity: Option<&'static str>,
    /// The path of relationships that it loads, such as `User.posts.comments`.
    pub path: Option<Arc<str>>,
    /// The name of the query, if it has one.
    pub name: Option<Arc<str>>,
    /// The call in the program.
    pub place: Option<&'static Location<'static>>,
}

impl Origin {
    /// Changes the origin to a question to the server.
    pub(super) fn ask(&mut self) {
        (self.cause, self.entity, self.path) = (Cause::Server, None, None);
    }
}

/// The origin of what is sent until the scope is dropped. Scopes nest: the outermost one decides
/// the place, because it is the program's call.
#[derive(Debug)]
pub(crate) struct OriginScope {
    seen: Arc<Seen>,
    earlier: Origin,
    depth: u32,
    call: Option<super::session_observer::RunningCall>,
}

impl OriginScope {
    /// Begins a call of the program, or a part of one.
    #[cold]
    pub(crate) fn enter(
        seen: &Arc<Seen>,
        cause: Cause,
        entity: Option<&'static str>,
        place: &'static Location<'static>,
    ) -> Self {
        Self::begin(seen, |origin, depth| {
            if depth == 0 {
                *origin = Origin { place: Some(place), ..Origin::default() };
            }
            origin.cause = cause;
            origin.path = None;
            if entity.is_some() || depth == 0 {
                origin.entity = entity;
            }
            depth + 1
        })
    }

    /// Changes the origin of a part of a call.
    #[cold]
    pub(crate) fn part(seen: &Arc<Seen>, change: impl FnOnce(&mut Origin)) -> Self {
        Self::begin(seen, |origin, depth| {
            change(origin);
            depth.max(1)
        })
    }

    /// Begins code of the program that a call runs: its calls have places of their own.
    #[cold]
    pub(crate) fn outside(seen: &Arc<Seen>) -> Self {
        Self::begin(seen, |origin, _| {
            *origin = Origin::default();
            0
        })
    }

    fn begin(seen: &Arc<Seen>, change: impl FnOnce(&mut Origin, u32) -> u32) -> Self {
        let (earlier, depth, is_call) = seen.change_origin(|origin, depth| {
            let earlier = (origin.clone(), *depth);
            *depth = change(origin, *depth);
            (earlier.0, earlier.1, earlier.1 == 0 && *depth > 0)
        });
        let call = is_call.then(|| super::session_observer::RunningCall::begin(seen));
        OriginScope { seen: Arc::clone(seen), earlier, depth, call }
    }
}

impl Drop for OriginScope {
    fn drop(&mut self) {
        let earlier = std::mem::take(&mut self.earlier);
        let depth = self.depth;
        let last = self.seen.change_origin(|origin, current| {
            *current = depth;
            std::mem::replace(origin, earlier)
        });
        if let Some(call) = self.call.take() {
            call.finish(&self.seen, last);
        }
    }
}
