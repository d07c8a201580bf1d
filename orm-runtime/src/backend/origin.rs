//! Where a statement comes from: the call in the program, and the work of the session.

use std::panic::Location;
use std::sync::Arc;

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
    /// A question to the server or a setting that another statement needs: how keys are generated,
    /// whether a transaction is still open, how long to wait for a lock. It is expected to fail
    /// sometimes.
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
