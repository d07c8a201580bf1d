//! Changes of a statement's text before it is sent: the comment with the name of a query, and the
//! hooks of the program.

use std::fmt;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::result::Error::QueryBuilderError;

use super::any_connection::Inner;
use super::known_names::entity_of;
use super::sql_scan::placeholders;
use super::transport::on_transport;
use super::{
    Connection, Dialect, Sendable, SqlFragment, SqlWriter, StatementKind, diesel_transport,
    fragment_text,
};
use crate::error::Error;

/// A statement that is about to be sent, as a hook of
/// [`Session::rewrite_statements`](crate::Session::rewrite_statements) sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingStatement<'s> {
    /// The text, with placeholders.
    pub sql: &'s str,
    /// What the statement does.
    pub kind: StatementKind,
    /// The entity of the first table that the text names, if the program has used one of that
    /// table. If several entities share the table, it is the one that was used first.
    pub entity: Option<&'static str>,
    /// The name that the program gave to the query.
    pub name: Option<&'s str>,
    /// The database.
    pub dialect: Dialect,
}

/// Returns another text for a statement, or `None` to send it as it is.
pub(crate) type Rewriter = Arc<dyn Fn(&OutgoingStatement<'_>) -> Option<String> + Send + Sync>;

/// What changes the texts of statements.
#[derive(Clone, Default)]
pub(crate) struct TextChanges {
    comment_names: bool,
    rewriters: Vec<Rewriter>,
}

impl fmt::Debug for TextChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rewriters", self.rewriters.len())
    }
}

impl TextChanges {
    /// Returns the text to send, or `None` if it is not changed.
    fn text(&self, dialect: Dialect, statement: &dyn SqlFragment) -> QueryResult<Option<String>> {
        let name = statement.name();
        let comments = self.comment_names && name.is_some();
        if !comments && self.rewriters.is_empty() {
            return Ok(None);
        }
        let plain = fragment_text(dialect, statement)?;
        let wanted = placeholders(dialect, &plain);
        let mut sql = match name {
            Some(name) if self.comment_names => name.before(&plain),
            _ => plain,
        };
        let mut changed = comments;
        for rewriter in &self.rewriters {
            let outgoing = OutgoingStatement {
                sql: &sql,
                kind: StatementKind::of(&sql),
                entity: entity_of(dialect, &sql),
                name: name.map(|name| name.as_str()),
                dialect,
            };
            let Some(other) = rewriter(&outgoing) else { continue };
            let found = placeholders(dialect, &other);
            if found != wanted {
                return Err(placeholders_differ(&outgoing, &wanted, &found));
            }
            sql = other;
            changed = true;
        }
        Ok(changed.then_some(sql))
    }
}

/// Returns the error about a text with other placeholders than the statement has values.
fn placeholders_differ(
    outgoing: &OutgoingStatement<'_>,
    wanted: &Result<usize, String>,
    found: &Result<usize, String>,
) -> diesel::result::Error {
    let count = |count: &Result<usize, String>| match count {
        Ok(count) => count.to_string(),
        Err(why) => why.clone(),
    };
    let of = outgoing.entity.map(|entity| format!(" of {entity}")).unwrap_or_default();
    let kind = outgoing.kind.name();
    let error = Error::Configuration(format!(
        "a hook of rewrite_statements() returned a text with placeholders for {} values, but the \
         {kind} statement{of} has {}; nothing was sent: keep every placeholder, and add none",
        count(found),
        count(wanted),
    ));
    QueryBuilderError(Box::new(error))
}

impl Connection {
    /// Sets whether the name of a query is sent as a comment.
    pub(crate) fn comment_names(&mut self, on: bool) {
        if on || self.changes.is_some() {
            self.changes.get_or_insert_default().comment_names = on;
        }
    }

    /// Adds a hook that may change the text of a statement.
    pub(crate) fn rewrite(&mut self, rewriter: Rewriter) {
        self.changes.get_or_insert_default().rewriters.push(rewriter);
    }

    /// Takes what changes the texts, for the connection that replaces this one.
    pub(crate) fn take_changes(&mut self) -> Option<Box<TextChanges>> {
        self.changes.take()
    }

    pub(crate) fn set_changes(&mut self, changes: Option<Box<TextChanges>>) {
        self.changes = changes;
    }

    /// Returns a statement with the text that is sent for it, or `None` if it is sent as it is.
    #[inline]
    pub(super) fn rewritten<'s>(
        &mut self,
        statement: &'s dyn SqlFragment,
    ) -> QueryResult<Option<Rewritten<'s>>> {
        match &self.changes {
            None => Ok(None),
            Some(changes) => {
                let Some(sql) = changes.text(self.inner.dialect(), statement)? else {
                    return Ok(None);
                };
                let cached = is_cached(&mut self.inner, statement)?;
                Ok(Some(Rewritten { sql, cached, of: Sendable::Borrowed(statement) }))
            }
        }
    }

    /// Does the same for a statement whose rows are read later.
    pub(super) fn rewritten_box<'c>(
        &mut self,
        statement: Box<dyn SqlFragment + 'c>,
    ) -> QueryResult<Box<dyn SqlFragment + 'c>> {
        let found = self.rewritten(&*statement)?.map(|rewritten| (rewritten.sql, rewritten.cached));
        Ok(match found {
            None => statement,
            Some((sql, cached)) => {
                Box::new(Rewritten { sql, cached, of: Sendable::Owned(statement) })
            }
        })
    }
}

/// Returns `true` if the connection may keep the prepared statement.
fn is_cached(inner: &mut Inner, statement: &dyn SqlFragment) -> QueryResult<bool> {
    on_transport!(inner, c => diesel_transport::is_cached(c, statement))
}

/// Returns the statement that is sent.
pub(super) fn as_sent<'r>(
    statement: &'r dyn SqlFragment,
    rewritten: Option<&'r Rewritten<'_>>,
) -> &'r dyn SqlFragment {
    match rewritten {
        None => statement,
        Some(rewritten) => rewritten,
    }
}

/// A statement with another text.
pub(super) struct Rewritten<'a> {
    sql: String,
    cached: bool,
    of: Sendable<'a>,
}

impl SqlFragment for Rewritten<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if pass.collects() {
            return self.of.fragment().walk(pass);
        }
        if !self.cached {
            pass.do_not_cache();
        }
        pass.push_sql(&self.sql);
        Ok(())
    }

    fn name(&self) -> Option<&super::QueryName> {
        self.of.fragment().name()
    }
}
