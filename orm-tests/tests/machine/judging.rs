//! Compares the result of a call with the prediction, and describes the difference.

use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;

use crate::op::Op;
use crate::pieces::{Held, each};
use crate::side::{Side, Wrong, hold, name, table_of};
use crate::tables::*;
use crate::work::{Fault, Outcome};
use crate::world::{Called, Then, World};

impl World<'_> {
    /// Checks what must be true after a call.
    pub(crate) fn check(
        &mut self,
        who: usize,
        session: &mut Session,
        then: Then,
    ) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        let rows = &side.found(&self.committed).rows;
        let current = |objects: &mut dyn Iterator<Item = u32>| -> Result<(), Wrong> {
            for n in objects.filter(|n| !side.is_new(*n)) {
                let Some(&object) = side.live.get(&n) else {
                    return Err(format!("{n} was read, and is not in memory"));
                };
                let stale = each!(table_of(object), T => session.is_stale(T::take(object)));
                hold!(!stale, "{n} was read, and is stale");
            }
            Ok(())
        };
        match then {
            Then::Nothing | Then::Committed | Then::RolledBack => Ok(()),
            Then::Current(objects) => current(&mut objects.into_iter()),
            Then::All(table, objects) => {
                let said: Vec<u32> = objects.iter().map(|&object| name(session, object)).collect();
                let mut sorted = said.clone();
                sorted.sort_unstable();
                sorted.retain(|&n| !side.work.is_deleting(n));
                let mut wanted = rows.of(table);
                wanted.retain(|&n| !side.work.is_deleting(n));
                let wanted: Vec<u32> = wanted.into_iter().collect();
                hold!(
                    sorted == wanted,
                    "{table:?}: {sorted:?} were found, and {wanted:?} are there"
                );
                current(&mut said.into_iter().filter(|&n| !side.work.is_deleting(n)))
            }
            Then::Whole(at, owners) => {
                let collection = &crate::collections::COLLECTIONS[at];
                let rows = rows.clone();
                for &owner in &owners {
                    let Some(&object) = side.live.get(&owner) else { continue };
                    let read = (collection.read)(session.map(), object);
                    let field = collection.field;
                    hold!(read.is_ok(), "{field} of {owner} was loaded: {:?}", read.err());
                    side.disprove(owner, at, &rows);
                    if !side.outdated {
                        side.believed.insert((owner, at));
                    }
                }
                side.observe(session, &self.committed)
            }
            Then::Found(n, object) => {
                let there = rows.shows(n);
                let found = object.map(|object| name(session, object));
                hold!(found.is_none_or(|it| it == n), "{found:?} was found for the key of {n}");
                let hidden = side.live.contains_key(&n) && rows.rows.contains_key(&n);
                hold!(there == found.is_some() || hidden, "{n}: found {found:?}, there {there}");
                current(&mut found.into_iter())
            }
            Then::Named(table, mut read) => {
                read.sort_unstable();
                let wanted: Vec<u32> = rows.of(table).into_iter().collect();
                hold!(read == wanted, "{table:?}: {read:?} were read, and {wanted:?} are there");
                Ok(())
            }
            Then::Counted(table, count) => {
                let wanted = rows.of(table).len();
                hold!(i64::try_from(wanted) == Ok(count), "{table:?}: {count} of {wanted}");
                Ok(())
            }
            Then::Related(at, owner, count) => {
                let collection = &crate::collections::COLLECTIONS[at];
                let bare = Side::new(side.options);
                let wanted = bare.members(owner, collection, rows).len();
                let field = collection.field;
                hold!(
                    i64::try_from(wanted) == Ok(count),
                    "{field} of {owner}: {count} of {wanted}"
                );
                Ok(())
            }
        }
    }

    /// Describes what an operation has sent, and the rows after it.
    pub(crate) fn told(
        &self,
        who: usize,
        session: &mut Session,
        op: &Op,
        called: &Result<Option<Called>, Wrong>,
    ) -> String {
        let side = &self.sides[who];
        let sent = session.take_log();
        let sent = sent.iter().map(|it| format!("    {}\n", it.sql)).collect::<String>();
        let (shown, work) = (&side.shown, &side.work);
        format!("{who}: {op:?}\n{sent}    {called:?}\n    showed {shown:?}\n    waits {work:?}")
    }
}

/// Checks that the rows are as predicted, except for versions, which never decrease.
pub(crate) fn same(outcome: &Outcome, found: &Rows) -> Result<(), Wrong> {
    let wanted = &outcome.rows;
    hold!(wanted.ties == found.ties, "ties {:?}, and should be {:?}", found.ties, wanted.ties);
    for (&n, row) in &wanted.rows {
        let Some(is) = found.rows.get(&n) else {
            return Err(format!("the row of {:?} {n} is missing", row.table));
        };
        for (at, (wanted, cell)) in row.cells.iter().zip(&is.cells).enumerate() {
            let column = row.table.columns()[at];
            let either = outcome.either.get(&(n, at)) == Some(cell);
            let fits = wanted == cell || column.what == What::Version || either;
            let (table, field) = (row.table.sql(), column.field);
            hold!(fits, "{table}.{field} of {n} is {cell:?} in its row, and should be {wanted:?}");
        }
    }
    let left = found.rows.iter().find(|(n, _)| !wanted.rows.contains_key(n));
    hold!(left.is_none(), "{left:?} should not be there");
    Ok(())
}

/// Checks that an error has a predicted cause and names the entity and the field.
pub(crate) fn names(error: &Error, outcome: &Outcome) -> Result<(), Wrong> {
    let faults = || outcome.faults.iter().chain(&outcome.doubts);
    hold!(faults().next().is_some(), "it failed for no reason: {error}");
    let text = error.to_string();
    let fits = |fault: &Fault| {
        let (table, _) = fault.of();
        let named = table.entities().iter().any(|entity| text.contains(entity));
        named
            && match fault {
                Fault::Stale(..) => {
                    matches!(error, Error::StaleRow { .. })
                        || matches!(error, Error::InvalidState { reason, .. } if reason.contains("rolled back"))
                }
                Fault::Invalid(..) => matches!(error, Error::Invalid(_)) && text.contains("text"),
                Fault::Unset(..) => {
                    matches!(error, Error::Reference { .. })
                        || error.is_violation(DatabaseErrorKind::NotNull)
                }
                Fault::Nowhere(..) => {
                    matches!(error, Error::Reference { .. })
                        || error.is_violation(DatabaseErrorKind::ForeignKey)
                }
                Fault::Kept(..) => error.is_violation(DatabaseErrorKind::ForeignKey),
                Fault::Taken(_, _, "key") => error.is_violation(DatabaseErrorKind::Unique),
                Fault::Taken(_, _, field) => {
                    error.is_violation(DatabaseErrorKind::Unique) && text.contains(field)
                }
            }
    };
    let all: Vec<_> = faults().collect();
    hold!(faults().any(fits), "{all:?} were to be refused, and the error says: {error}");
    Ok(())
}
