//! Code of the user's that runs when a session flushes, commits or rolls back.

use std::collections::HashMap;
use std::fmt;

use super::Session;
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::mapping::{ColumnMeta, ColumnSet, Entity, EntityMeta};
use crate::plan::{Action, FlushPlan};

/// Flushes that a commit makes at the most: as many as listeners may need whose work calls for more.
const MOST_FLUSHES: usize = 100;

/// Code that runs when a session flushes, commits or rolls back: an audit trail, rules over several
/// objects. Every method may be left out. A session takes listeners by
/// [`listen`](Session::listen), a [`SessionFactory`](crate::SessionFactory) by its options.
///
/// A listener may send queries, and add, change and delete objects. While it runs nothing is flushed:
/// its queries do not write first what waits, and [`flush`](Session::flush),
/// [`commit`](Session::commit), [`rollback`](Session::rollback) and making or dropping tables are
/// refused. What it does is told
/// to no listener meanwhile.
///
/// ```
/// use orm_runtime::prelude::*;
/// use orm_runtime::{events::{FlushedRow, SessionListener}};
///
/// #[derive(Entity)]
/// struct User { id: Auto<i64>, name: String }
///
/// #[derive(Entity)]
/// struct Audit { id: Auto<i64>, text: String }
///
/// struct Auditor;
///
/// impl SessionListener for Auditor {
///     fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
///         for row in rows.iter().filter(|row| row.entity != "Audit") {
///             let text = format!("{} {}: {:?}", row.entity, row.key, row.kind);
///             session.add(Audit::builder().text(text).build());
///         }
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![User, Audit].create_all(&mut session)?;
/// session.listen(Auditor);
/// session.add(User::builder().name("ada").build());
/// session.commit()?; // INSERT INTO user …; INSERT INTO audit …; COMMIT
/// let audit = session.query::<Audit>().one()?;
/// assert_eq!(session[audit].text, "User 1: Inserted");
/// # Ok(()) }
/// ```
#[allow(unused_variables, reason = "the names are for who reads the documentation")]
pub trait SessionListener: Send {
    /// Before a flush, if something waits; what it adds and changes is written with it. Hooks run
    /// later.
    ///
    /// # Errors
    /// Any error fails the flush, before its first statement.
    fn before_flush(&mut self, session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// After a flush that has written something, in the transaction. What is added and changed here
    /// is written by the next flush; a commit and the end of a savepoint flush until nothing waits.
    ///
    /// # Errors
    /// Any error fails the flush. The rows stay written, in a transaction that is still open.
    fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
        Ok(())
    }

    /// Before a commit, and before it flushes.
    ///
    /// # Errors
    /// Any error fails the commit; the transaction stays open.
    fn before_commit(&mut self, session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// After the database has stored the transaction. It cannot fail any more, so there is nothing
    /// to return; a query here begins the next transaction.
    fn after_commit(&mut self, session: &mut Session) {}

    /// After a transaction or a savepoint was rolled back, by a call or by an error that left its
    /// closure; not when a panic does.
    fn after_rollback(&mut self, session: &mut Session) {}
}

/// A row that a flush has written, as [`SessionListener::after_flush`] is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlushedRow {
    /// The entity; where there are several subtypes, that of the object.
    pub entity: &'static str,
    /// The key, as `Debug` shows it.
    pub key: String,
    /// What was done to the row.
    pub kind: FlushedKind,
    meta: &'static EntityMeta,
    columns: ColumnSet,
    object: (usize, RawHandle),
    /// Of the object in its hierarchy.
    subtype: usize,
}

/// What a flush has done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlushedKind {
    /// It is new.
    Inserted,
    /// Columns of it were changed; a new object that took over the row of a deleted one with the same
    /// key counts as such.
    Updated,
    /// It was deleted, or kept and marked as deleted.
    Deleted,
}

impl FlushedRow {
    /// The columns that were written: those given by an INSERT, those changed by an UPDATE, the mark
    /// of a deleted row that is kept.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnMeta> {
        let columns = self.meta.columns;
        self.columns.iter().map(move |column| &columns[column])
    }

    /// The object, if it is a `T`. That of a deleted row can be read until the transaction ends.
    pub fn handle<T: Entity>(&self) -> Option<Handle<T>> {
        let (entity, raw) = self.object;
        let is_one = entity == T::entity_index() && T::META.includes(self.subtype);
        is_one.then(|| Handle::from_raw(raw))
    }
}

/// The listeners of a session.
#[derive(Default)]
pub(super) struct Listeners {
    list: Vec<Box<dyn SessionListener>>,
    /// One of them is running.
    running: bool,
}

impl Listeners {
    pub(super) fn running(&self) -> bool {
        self.running
    }
}

impl Session {
    /// Adds a listener, behind those that are there. No SQL.
    pub fn listen(&mut self, listener: impl SessionListener + 'static) {
        self.listeners_mut().list.push(Box::new(listener));
    }

    #[cfg(feature = "pool")]
    pub(super) fn listen_all(&mut self, listeners: Vec<Box<dyn SessionListener>>) {
        self.listeners_mut().list.extend(listeners);
    }

    /// Tells all listeners, in order, until one fails.
    pub(super) fn tell(
        &mut self,
        mut event: impl FnMut(&mut dyn SessionListener, &mut Session) -> Result<()>,
    ) -> Result<()> {
        if self.listeners().list.is_empty() || self.listeners().running {
            return Ok(());
        }
        self.listeners_mut().running = true;
        let listeners = std::mem::take(&mut self.listeners_mut().list);
        let mut telling = Telling { session: self, listeners };
        let Telling { session, listeners } = &mut telling;
        listeners.iter_mut().try_for_each(|listener| event(&mut **listener, session))
    }

    pub(super) fn tell_after_commit(&mut self) {
        let _ = self.tell(|listener, session| {
            listener.after_commit(session);
            Ok(())
        });
    }

    /// A second panic would end the process.
    pub(super) fn tell_after_rollback(&mut self) {
        if !std::thread::panicking() {
            let _ = self.tell(|listener, session| {
                listener.after_rollback(session);
                Ok(())
            });
        }
    }

    /// Flushes until nothing waits: listeners may add to what they see.
    pub(super) fn flush_until_clean(&mut self) -> Result<()> {
        for _ in 0..MOST_FLUSHES {
            self.flush()?;
            if self.map().is_clean() {
                return Ok(());
            }
        }
        Err(Error::Configuration(format!(
            "{MOST_FLUSHES} flushes have not written everything: a listener adds or changes objects \
             after each of them; let it leave alone what it made itself"
        )))
    }

    /// Writes what waits before a statement that goes past the unit of work; a listener's own
    /// statements take the database as it is.
    pub(super) fn flush_first(&mut self) -> Result<()> {
        if self.listeners().running { Ok(()) } else { self.flush() }
    }

    pub(crate) fn not_in_listener(&self, call: &str) -> Result<()> {
        if !self.listeners().running {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "{call}() inside a session listener: the session goes on with what it does when the \
             listener has returned"
        )))
    }

    /// The rows of a plan, for listeners, if there are any. Called before its results are entered,
    /// for a hook may have changed the key of a deleted object; completed after it.
    pub(super) fn rows_to_tell(&self, plan: &FlushPlan) -> Vec<FlushedRow> {
        let mut rows = Vec::new();
        if self.listeners().list.is_empty() {
            return rows;
        }
        // Objects that have rows in several tables are told of once.
        let mut split: HashMap<(usize, u32), usize> = HashMap::new();
        for step in &plan.steps {
            let (kind, columns) = match &step.action {
                Action::Park
                | Action::SetReferences(_)
                | Action::Nullify(_)
                | Action::ClearUnique(_) => {
                    continue;
                }
                Action::Insert { columns, .. } => (FlushedKind::Inserted, *columns),
                Action::Update(columns)
                | Action::Rekey(columns)
                | Action::Unpark(columns)
                | Action::RowSwitch { columns, .. } => (FlushedKind::Updated, *columns),
                Action::Delete => (FlushedKind::Deleted, ColumnSet::EMPTY),
                Action::SoftDelete(column) => {
                    (FlushedKind::Deleted, ColumnSet::EMPTY.with(*column, true))
                }
            };
            let Some(arena) = self.map().arena_dyn(step.entity) else { continue };
            let meta = arena.meta();
            for &slot in &step.slots {
                let Some(raw) = self.map().raw_handle(step.entity, slot) else { continue };
                if step.split {
                    let known = *split.entry((step.entity, slot)).or_insert(rows.len());
                    if let Some(FlushedRow { columns: told, .. }) = rows.get_mut(known) {
                        *told = told.or(columns);
                        continue;
                    }
                }
                let key = match kind {
                    FlushedKind::Deleted => arena.key_text(slot).unwrap_or_default(),
                    FlushedKind::Inserted | FlushedKind::Updated => String::new(),
                };
                let subtype = arena.subtype(slot);
                rows.push(FlushedRow {
                    entity: meta.name_of(subtype),
                    key,
                    kind,
                    meta,
                    columns,
                    object: (step.entity, raw),
                    subtype,
                });
            }
        }
        rows
    }

    pub(super) fn tell_after_flush(&mut self, mut rows: Vec<FlushedRow>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows.iter_mut().filter(|row| row.kind != FlushedKind::Deleted) {
            let (entity, raw) = row.object;
            let key = self.map().arena_dyn(entity).and_then(|arena| arena.key_text(raw.slot));
            row.key = key.unwrap_or_default();
        }
        self.tell(|listener, session| listener.after_flush(session, &rows))
    }
}

/// Puts the listeners back when they have been told, or one of them has panicked.
struct Telling<'s> {
    session: &'s mut Session,
    listeners: Vec<Box<dyn SessionListener>>,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        let told = self.session.listeners_mut();
        self.listeners.append(&mut told.list);
        *told = Listeners { list: std::mem::take(&mut self.listeners), running: false };
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners", self.list.len())
    }
}
