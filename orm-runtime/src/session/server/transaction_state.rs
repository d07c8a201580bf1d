//! The state of the transaction and its savepoints, and the events that change it. Nothing here
//! sends a statement or touches an object, so all of it is tested without a database.

use crate::error::DatabaseError;

/// The state of the connection and its transaction.
///
/// | event                | closed | open   | broken | commit unknown |
/// |----------------------|--------|--------|--------|----------------|
/// | `begin`              | open   | open   | open   | open           |
/// | `store`              | closed | closed | closed | closed         |
/// | `end`                | closed | closed | broken | commit unknown |
/// | `disconnect`         | broken | broken | broken | broken         |
/// | `leave_unanswered`   | commit unknown, from every state           ||||
/// | `give_up_commit`     | closed | open   | broken | broken         |
/// | `reconnect`          | closed | closed | closed | closed         |
#[derive(Debug, Default)]
enum Standing {
    /// No transaction is open: the next statement begins one.
    #[default]
    Closed,
    Open,
    /// The connection is lost. Every statement is refused until there is a new one.
    Broken(DatabaseError),
    /// The connection was lost before the server answered a COMMIT. The number is the server's ID
    /// of the transaction, if the session asked for it.
    CommitUnknown(DatabaseError, Option<i64>),
}

/// The transaction of a session, as the session knows it.
#[derive(Debug, Default)]
pub(in crate::session) struct TransactionState {
    standing: Standing,
    /// The transaction may hold locks, because something other than a read or a flush began it or
    /// used it.
    locks: bool,
    /// The transaction is being committed. If the commit fails, what the transaction has read is of
    /// no more use.
    ending: bool,
    /// The transaction itself, then its savepoints.
    outermost: TransactionScope,
    savepoints: Vec<TransactionScope>,
    /// A call of `transaction(…)` encloses the running code.
    in_frame: bool,
    /// The next transaction repeats one that failed, and takes its locks early.
    repeats: bool,
    /// A flush is deciding what it writes, by what is read now.
    decides: bool,
    /// The number of transactions that the connection had open before this one. It is above 0 in a
    /// test transaction, where this one is a savepoint.
    base: u32,
}

/// The state of the transaction or of one savepoint.
#[derive(Debug, Default)]
struct TransactionScope {
    /// Something was written in the scope, so undoing it loses work.
    wrote: bool,
    /// The database has undone the scope for this reason, and its end has not yet reported so.
    lost: Option<DatabaseError>,
    /// The outer scopes were not undone with it.
    alone: bool,
    /// The database has undone the scope, and the map still shows it as flushed.
    gone: bool,
}

/// Work that the database has undone: the innermost savepoint alone, or the whole transaction.
#[derive(Debug)]
pub(in crate::session) enum Loss {
    Savepoint(DatabaseError),
    Transaction(DatabaseError),
}

impl TransactionScope {
    /// Records that the database has undone what was written in the scope.
    fn lose(&mut self, why: Option<&DatabaseError>) {
        if !std::mem::take(&mut self.wrote) {
            return;
        }
        self.gone = true;
        if self.lost.is_none() {
            self.lost = why.cloned();
        }
    }
}

/// The connection and its transaction.
impl TransactionState {
    pub(in crate::session) fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open)
    }

    /// Returns the reason why every statement is refused, if the connection is lost.
    pub(super) fn broken(&self) -> Option<&DatabaseError> {
        match &self.standing {
            Standing::Broken(why) | Standing::CommitUnknown(why, _) => Some(why),
            Standing::Closed | Standing::Open => None,
        }
    }

    /// Returns `true` if the connection is lost.
    pub(super) fn is_broken(&self) -> bool {
        self.broken().is_some()
    }

    /// Returns the server's ID of the transaction whose COMMIT is unanswered. The outer `None`
    /// means that no COMMIT is unanswered, the inner `None` that the ID is not known.
    pub(in crate::session) fn unknown_commit(&self) -> Option<Option<i64>> {
        match self.standing {
            Standing::CommitUnknown(_, id) => Some(id),
            _ => None,
        }
    }

    /// Records that the transaction has begun, inside this many transactions of the connection.
    pub(super) fn begin(&mut self, base: u32) {
        (self.standing, self.locks, self.base) = (Standing::Open, false, base);
    }

    /// Records that the server has stored the transaction, or ended it with nothing to store.
    pub(in crate::session) fn store(&mut self) {
        self.standing = Standing::Closed;
        self.outermost = TransactionScope::default();
    }

    /// Records that the transaction is no longer open. Returns whether it was.
    pub(super) fn end(&mut self) -> bool {
        let was_open = self.is_open();
        if was_open {
            self.standing = Standing::Closed;
        }
        was_open
    }

    pub(super) fn disconnect(&mut self, why: DatabaseError) {
        self.standing = Standing::Broken(why);
    }

    /// Records that a COMMIT was sent and not answered.
    pub(super) fn leave_unanswered(&mut self, why: DatabaseError, id: Option<i64>) {
        self.standing = Standing::CommitUnknown(why, id);
    }

    /// Gives up asking about the unanswered COMMIT.
    pub(super) fn give_up_commit(&mut self) {
        self.standing = match std::mem::take(&mut self.standing) {
            Standing::CommitUnknown(why, _) => Standing::Broken(why),
            other => other,
        };
    }

    /// Records that there is a new connection. Returns whether a transaction is lost with the old
    /// one.
    pub(super) fn reconnect(&mut self) -> bool {
        let before = std::mem::take(&mut self.standing);
        matches!(before, Standing::Open | Standing::CommitUnknown(..))
    }

    /// Returns the number of transactions that the connection had open before this one.
    pub(super) fn base(&self) -> u32 {
        self.base
    }

    /// Returns the transaction depth of the connection if the server still has every scope that the
    /// session knows of.
    pub(super) fn depth(&self) -> u32 {
        self.base + 1 + self.savepoints.len() as u32
    }

    pub(in crate::session) fn locks(&self) -> bool {
        self.locks
    }

    pub(in crate::session) fn take_locks(&mut self) {
        self.locks = true;
    }

    pub(in crate::session) fn is_ending(&self) -> bool {
        self.ending
    }

    pub(in crate::session) fn set_ending(&mut self, ending: bool) {
        self.ending = ending;
    }
}

/// What was written in the transaction, and what was lost.
impl TransactionState {
    fn innermost(&mut self) -> &mut TransactionScope {
        self.savepoints.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Records that something was written in the innermost scope.
    pub(in crate::session) fn write(&mut self) {
        self.innermost().wrote = true;
    }

    /// Returns `true` if something was written in the transaction or any of its savepoints.
    pub(in crate::session) fn wrote(&self) -> bool {
        self.outermost.wrote || self.savepoints.iter().any(|scope| scope.wrote)
    }

    /// Returns `true` if something was written in the innermost scope, even if the database has
    /// undone it.
    pub(super) fn wrote_innermost(&self) -> bool {
        let scope = self.savepoints.last().unwrap_or(&self.outermost);
        scope.wrote || scope.gone
    }

    /// Records that the database ended the transaction. Every scope that has written is lost.
    pub(super) fn end_by_database(&mut self, why: Option<&DatabaseError>) {
        self.end();
        for scope in std::iter::once(&mut self.outermost).chain(&mut self.savepoints) {
            scope.lose(why);
            scope.alone = false;
        }
    }

    /// Records that the innermost savepoint was undone, and nothing around it.
    pub(super) fn lose_savepoint(&mut self, why: &DatabaseError) {
        let scope = self.innermost();
        scope.alone = scope.wrote;
        scope.lose(Some(why));
    }

    /// Returns `true`, once, if the innermost scope is lost and the map still shows it as flushed.
    pub(super) fn take_gone(&mut self) -> bool {
        std::mem::take(&mut self.innermost().gone)
    }

    /// Takes what the innermost scope has lost and not yet reported.
    pub(in crate::session) fn take_loss(&mut self) -> Option<Loss> {
        let scope = self.innermost();
        let why = scope.lost.take()?;
        Some(match std::mem::take(&mut scope.alone) {
            true => Loss::Savepoint(why),
            false => Loss::Transaction(why),
        })
    }

    /// Returns `true` if the transaction is lost and its end has not yet reported so.
    pub(in crate::session) fn is_lost(&self) -> bool {
        self.outermost.lost.is_some()
    }

    /// Takes the reason why the transaction was lost, and resets its scope.
    pub(super) fn take_lost_transaction(&mut self) -> Option<DatabaseError> {
        let why = self.outermost.lost.take()?;
        self.outermost = TransactionScope::default();
        Some(why)
    }

    /// Records that a COMMIT sent by the user has stored everything. `lost` is the reason if a
    /// transaction begun after that COMMIT is lost.
    pub(super) fn store_by_hand(&mut self, lost: Option<DatabaseError>) {
        self.store();
        self.savepoints.iter_mut().for_each(|scope| *scope = TransactionScope::default());
        self.outermost.lost = lost;
    }
}

/// The scopes of the running code.
impl TransactionState {
    pub(in crate::session) fn in_frame(&self) -> bool {
        self.in_frame
    }

    pub(in crate::session) fn set_in_frame(&mut self, in_frame: bool) {
        self.in_frame = in_frame;
    }

    pub(super) fn decides(&self) -> bool {
        self.decides
    }

    pub(in crate::session) fn set_decides(&mut self, decides: bool) {
        self.decides = decides;
    }

    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    pub(in crate::session) fn set_repeats(&mut self, repeats: bool) {
        self.repeats = repeats;
    }

    pub(in crate::session) fn savepoints(&self) -> usize {
        self.savepoints.len()
    }

    pub(in crate::session) fn enter_savepoint(&mut self) {
        self.savepoints.push(TransactionScope::default());
    }

    /// Removes the innermost savepoint, which is undone.
    pub(in crate::session) fn drop_savepoint(&mut self) {
        self.savepoints.pop();
    }

    /// Removes the innermost savepoint and keeps its work: what was written in it counts as written
    /// in the outer scope.
    pub(in crate::session) fn keep_savepoint(&mut self) {
        if let Some(scope) = self.savepoints.pop() {
            self.innermost().wrote |= scope.wrote;
        }
    }

    /// Resets the innermost scope to its beginning.
    pub(in crate::session) fn roll_back(&mut self) {
        *self.innermost() = TransactionScope::default();
    }
}

#[cfg(test)]
mod tests;
