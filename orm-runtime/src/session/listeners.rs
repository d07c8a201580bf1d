//! The user's code that runs when a session flushes, commits or rolls back.

use std::collections::HashMap;
use std::fmt;

use super::Session;
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::mapping::{ColumnMeta, ColumnSet, Entity, EntityMeta};
use crate::plan::{Action, FlushPlan};

/// The maximum number of flushes in one commit. More than one is needed if listeners change objects
/// after a flush.
const MOST_FLUSHES: usize = 100;

/// Code that runs when a session flushes, commits or rolls back, such as an audit trail or rules
/// over several objects. Every method is optional. Add listeners to a session with
/// [`listen`](Session::listen), and to the sessions of a `SessionFactory` in its options.
///
/// A listener may send queries, and add, change and delete objects. Nothing is flushed while it
/// runs: its queries do not flush pending changes first, and [`flush`](Session::flush),
/// [`commit`](Session::commit), [`rollback`](Session::rollback) and creating or dropping tables are
/// refused. No listener is called for what a listener does while it runs.
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
    /// Runs before a flush if there are pending changes. The flush also writes what the listener
    /// adds and changes. [Hooks](crate::Hooks) run later.
    ///
    /// # Errors
    /// Any error fails the flush before its first statement; [`Error::application`] makes one from
    /// a reason of your own.
    fn before_flush(&mut self, session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// Runs after a flush that wrote something, in the transaction. The next flush writes what the
    /// listener adds and changes; a commit and the end of a savepoint flush until there are no
    /// pending changes.
    ///
    /// # Errors
    /// Any error fails the flush. The rows stay written, and the transaction stays open.
    fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
        Ok(())
    }

    /// Runs before a commit, and before the flush of the commit.
    ///
    /// # Errors
    /// Any error fails the commit; the transaction stays open.
    fn before_commit(&mut self, session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// Runs after the database has stored the transaction. The commit can no longer fail, so the
    /// method returns nothing. A query here begins the next transaction.
    fn after_commit(&mut self, session: &mut Session) {}

    /// Runs after a transaction or a savepoint was rolled back by a call, or by an error that its
    /// closure returned. Does not run after a panic.
    fn after_rollback(&mut self, session: &mut Session) {}
}

/// A row that a flush wrote, passed to [`SessionListener::after_flush`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlushedRow {
    /// The name of the entity; in a hierarchy, the subtype of the object.
    pub entity: &'static str,
    /// The key, as `Debug` formats it.
    pub key: String,
    /// What was done to the row.
    pub kind: FlushedKind,
    meta: &'static EntityMeta,
    columns: ColumnSet,
    object: (usize, RawHandle),
    /// The subtype of the object in its hierarchy.
    subtype: usize,
}

/// What a flush did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlushedKind {
    /// The row is new.
    Inserted,
    /// Columns of the row were changed, or a new object took over the row of a deleted object with
    /// the same key.
    Updated,
    /// The row was deleted, or kept and marked as deleted.
    Deleted,
}

impl FlushedRow {
    /// Returns the columns that were written: the columns given by an INSERT, those changed by an
    /// UPDATE, or the column that marks a kept row as deleted.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnMeta> {
        let columns = self.meta.columns;
        self.columns.iter().map(move |column| &columns[column])
    }

    /// Returns the object if it is a `T`. The object of a deleted row can be read until the
    /// transaction ends.
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
    /// A listener is running.
    running: bool,
}

impl Listeners {
    pub(super) fn running(&self) -> bool {
        self.running
    }
}

impl Session {
    /// Adds a listener after the existing listeners. Sends no SQL.
    pub fn listen(&mut self, listener: impl SessionListener + 'static) {
        self.listeners_mut().list.push(Box::new(listener));
    }

    #[cfg(feature = "pool")]
    pub(super) fn listen_all(&mut self, listeners: Vec<Box<dyn SessionListener>>) {
        self.listeners_mut().list.extend(listeners);
    }

    /// Calls all listeners, in order, until one fails.
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
        let _outside = session.outside();
        listeners.iter_mut().try_for_each(|listener| event(&mut **listener, session))
    }

    pub(super) fn tell_after_commit(&mut self) {
        let _ = self.tell(|listener, session| {
            listener.after_commit(session);
            Ok(())
        });
    }

    /// Calls the listeners after a rollback, unless a panic caused it: a second panic would abort
    /// the process.
    pub(super) fn tell_after_rollback(&mut self) {
        if !std::thread::panicking() {
            let _ = self.tell(|listener, session| {
                listener.after_rollback(session);
                Ok(())
            });
        }
    }

    /// Flushes until there are no pending changes, because listeners may add some after a flush.
    #[track_caller]
    pub(super) fn flush_until_clean(&mut self) -> Result<()> {
        for _ in 0..MOST_FLUSHES {
            self.flush()?;
            if self.map().is_clean() {
                return Ok(());
            }
        }
        Err(Error::Configuration(format!(
            "{MOST_FLUSHES} flushes have not written everything: a listener adds or changes objects \
             after each flush; make it skip the objects that it added itself"
        )))
    }

    /// Flushes pending changes before a statement that bypasses the unit of work. Does nothing for
    /// a listener, whose statements use the database as it is.
    pub(super) fn flush_first(&mut self) -> Result<()> {
        if self.listeners().running { Ok(()) } else { self.flush() }
    }

    /// Returns `true` while a listener runs.
    pub(super) fn in_listener(&self) -> bool {
        self.listeners().running
    }

    pub(crate) fn not_in_listener(&self, call: &str) -> Result<()> {
        if !self.listeners().running {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "{call}() is not allowed inside a session listener; call it after the listener has \
             returned"
        )))
    }

    /// Returns the rows of a plan, if there are listeners. Called before the results are entered in
    /// the map, because a hook may have changed the key of a deleted object. The keys of other rows
    /// are filled in afterwards.
    pub(super) fn rows_to_tell(&self, plan: &FlushPlan) -> Vec<FlushedRow> {
        let mut rows = Vec::new();
        if self.listeners().list.is_empty() {
            return rows;
        }
        // An object that has rows in several tables is reported once.
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

/// Puts the listeners back when all have been called, or when one has panicked.
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
