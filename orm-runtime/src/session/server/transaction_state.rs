//! What is known of the transaction and its savepoints: one state, which events change. Nothing here
//! sends a statement or touches an object, so that all of it is tested without a database.

use crate::error::DatabaseError;

/// How the session stands to the server.
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
    /// The connection is lost: every statement is refused until there is a new one.
    Broken(DatabaseError),
    /// The connection was lost before the answer to a COMMIT came. The number is the server's for the
    /// transaction, where it was asked for.
    CommitUnknown(DatabaseError, Option<i64>),
}

/// The transaction of a session, as the session knows it.
#[derive(Debug, Default)]
pub(in crate::session) struct TransactionState {
    standing: Standing,
    /// It may hold locks, because more than a read or a flush has asked for it.
    locks: bool,
    /// It is being committed: what it holds is of no use any more where that fails.
    ending: bool,
    /// The transaction itself, then its savepoints.
    outermost: TransactionScope,
    savepoints: Vec<TransactionScope>,
    /// A call of `transaction(…)` encloses the running code.
    in_frame: bool,
    /// The next transaction is a repetition, which takes its locks early.
    repeats: bool,
    /// How many transactions the connection had open before: a test's, in which this one is a
    /// savepoint.
    base: u32,
}

/// What the session has to know of the transaction or of a savepoint.
#[derive(Debug, Default)]
struct TransactionScope {
    /// Something was written in it: undoing it loses work.
    wrote: bool,
    /// The database has undone it, for this reason, and the user has not been told at its end.
    lost: Option<DatabaseError>,
    /// Nothing around it was undone with it.
    alone: bool,
    /// The database has undone it, and the map still shows it as flushed.
    gone: bool,
}

/// Work that the database has undone, and whether more than the innermost savepoint.
#[derive(Debug)]
pub(in crate::session) enum Loss {
    Savepoint(DatabaseError),
    Transaction(DatabaseError),
}

impl TransactionScope {
    /// The database has undone what was written in the scope.
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

/// How the session stands to the server.
impl TransactionState {
    pub(in crate::session) fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open)
    }

    /// Why every statement is refused, if that is so.
    pub(super) fn broken(&self) -> Option<&DatabaseError> {
        match &self.standing {
            Standing::Broken(why) | Standing::CommitUnknown(why, _) => Some(why),
            Standing::Closed | Standing::Open => None,
        }
    }

    /// Whether a COMMIT is unanswered, and the server's number of its transaction.
    pub(in crate::session) fn unknown_commit(&self) -> Option<Option<i64>> {
        match self.standing {
            Standing::CommitUnknown(_, id) => Some(id),
            _ => None,
        }
    }

    /// The transaction has begun, inside so many of the connection's own.
    pub(super) fn begin(&mut self, base: u32) {
        (self.standing, self.locks, self.base) = (Standing::Open, false, base);
    }

    /// The server has stored the transaction, or ended it with nothing to store.
    pub(in crate::session) fn store(&mut self) {
        self.standing = Standing::Closed;
        self.outermost = TransactionScope::default();
    }

    /// The transaction is not open any more. Answers whether it was.
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

    /// A COMMIT was sent and not answered.
    pub(super) fn leave_unanswered(&mut self, why: DatabaseError, id: Option<i64>) {
        self.standing = Standing::CommitUnknown(why, id);
    }

    /// Nobody will ask any more what became of the unanswered COMMIT.
    pub(super) fn give_up_commit(&mut self) {
        self.standing = match std::mem::take(&mut self.standing) {
            Standing::CommitUnknown(why, _) => Standing::Broken(why),
            other => other,
        };
    }

    /// There is a new connection. Answers whether a transaction is lost with the old one.
    pub(super) fn reconnect(&mut self) -> bool {
        let before = std::mem::take(&mut self.standing);
        matches!(before, Standing::Open | Standing::CommitUnknown(..))
    }

    /// How many transactions of the connection were open before this one.
    pub(super) fn base(&self) -> u32 {
        self.base
    }

    /// How deep the connection is where the server has all that the session knows of.
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

/// What was written in it, and what became of that.
impl TransactionState {
    fn innermost(&mut self) -> &mut TransactionScope {
        self.savepoints.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Something was written in the innermost scope.
    pub(in crate::session) fn write(&mut self) {
        self.innermost().wrote = true;
    }

    /// Whether something was written in the transaction, in whatever savepoint.
    pub(in crate::session) fn wrote(&self) -> bool {
        self.outermost.wrote || self.savepoints.iter().any(|scope| scope.wrote)
    }

    /// Whether something was written in the innermost scope, be it undone by the database.
    pub(super) fn wrote_innermost(&self) -> bool {
        let scope = self.savepoints.last().unwrap_or(&self.outermost);
        scope.wrote || scope.gone
    }

    /// The database ended the transaction. Every scope that had written is lost.
    pub(super) fn end_by_database(&mut self, why: Option<&DatabaseError>) {
        self.end();
        for scope in std::iter::once(&mut self.outermost).chain(&mut self.savepoints) {
            scope.lose(why);
            scope.alone = false;
        }
    }

    /// The innermost savepoint was undone, and nothing around it.
    pub(super) fn lose_savepoint(&mut self, why: &DatabaseError) {
        let scope = self.innermost();
        scope.alone = scope.wrote;
        scope.lose(Some(why));
    }

    /// Whether the map still shows as flushed what the innermost scope has lost. Answers so once.
    pub(super) fn take_gone(&mut self) -> bool {
        std::mem::take(&mut self.innermost().gone)
    }

    /// What the innermost scope has lost without its end having told so. Answers it once.
    pub(in crate::session) fn take_loss(&mut self) -> Option<Loss> {
        let scope = self.innermost();
        let why = scope.lost.take()?;
        Some(match std::mem::take(&mut scope.alone) {
            true => Loss::Savepoint(why),
            false => Loss::Transaction(why),
        })
    }

    /// Whether the transaction is lost, which its end has yet to tell.
    pub(in crate::session) fn is_lost(&self) -> bool {
        self.outermost.lost.is_some()
    }

    /// Why the transaction is lost, if it is; it begins afresh then. Answers it once.
    pub(super) fn take_lost_transaction(&mut self) -> Option<DatabaseError> {
        let why = self.outermost.lost.take()?;
        self.outermost = TransactionScope::default();
        Some(why)
    }

    /// A COMMIT of the user's hand has stored everything. With a reason, a transaction was begun after
    /// it that is lost.
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

    /// The innermost savepoint is undone, and over.
    pub(in crate::session) fn drop_savepoint(&mut self) {
        self.savepoints.pop();
    }

    /// The innermost savepoint is kept: what was written in it was written in what is around it.
    pub(in crate::session) fn keep_savepoint(&mut self) {
        if let Some(scope) = self.savepoints.pop() {
            self.innermost().wrote |= scope.wrote;
        }
    }

    /// The innermost scope is as at its beginning.
    pub(in crate::session) fn roll_back(&mut self) {
        *self.innermost() = TransactionScope::default();
    }
}

#[cfg(test)]
mod tests;
