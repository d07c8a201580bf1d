//! The contents of collections, compared with the references and association rows in memory, and
//! with the rows.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;

use crate::collections::{By, COLLECTIONS};
use crate::entities::MOrgLabel;
use crate::pieces::{Held, KeyText, Piece};
use crate::read::{Found, Numbers};
use crate::side::{Side, Wrong, hold, name, table_of, tied};
use crate::tables::*;

impl Side {
    /// Checks that collections agree with the references in memory and, if they are believed, with
    /// the rows.
    pub(crate) fn collections(&self, session: &Session, found: &Found) -> Result<(), Wrong> {
        let (ties, current) = (self.ties(session, true), self.ties(session, false));
        for (at, collection) in COLLECTIONS.iter().enumerate() {
            for (&owner, &object) in &self.live {
                if table_of(object) != collection.owner {
                    continue;
                }
                let Ok(read) = (collection.read)(session.map(), object) else { continue };
                let what = format!("{:?} {owner}.{}", collection.owner, collection.field);
                let said: BTreeSet<u32> = read.iter().map(|&it| name(session, it)).collect();
                hold!(said.len() == read.len() || collection.one, "{what} has one twice");
                if let By::Reference(field) = collection.by {
                    let column = collection.members.at(field);
                    let refers = |n: &u32| {
                        self.shown.get(n).and_then(|it| it[column].as_ref())
                            == Some(&Cell::Ref(owner))
                    };
                    // A deleted row's reference holds a key that another row may have now.
                    let gone = |n: &u32| self.stale.contains(n) && !found.rows.rows.contains_key(n);
                    let stray = said.iter().find(|n| !refers(n) && !gone(n));
                    hold!(stray.is_none(), "{what} holds {stray:?}, which refers elsewhere");
                    let of = |n: &u32| table_of(self.live[n]) == collection.members;
                    let mut all = self.shown.keys().filter(|n| of(n) && refers(n));
                    let missing = all.find(|n| {
                        let excused =
                            self.stale.contains(n) || self.disproved.contains(&(owner, at, **n));
                        !said.contains(n) && !excused
                    });
                    let hidden = collection.one || collection.members == Doc;
                    hold!(
                        hidden || missing.is_none(),
                        "{what} lacks {missing:?}, which refers to it"
                    );
                }
                if let By::Ties { from_org } = collection.by {
                    let of_owner = |ties: &BTreeSet<(u32, u32)>| -> BTreeSet<u32> {
                        let mut of_owner = tied(ties, owner, from_org);
                        of_owner.retain(|&n| !self.work.is_deleting(n));
                        of_owner
                    };
                    let (tied, mut current) = (of_owner(&ties), of_owner(&current));
                    current.retain(|&n| !self.disproved.contains(&(owner, at, n)));
                    hold!(
                        said.is_subset(&tied) && said.is_superset(&current),
                        "{what} holds {said:?}, and its rows in memory {tied:?}"
                    );
                }
                if self.believed.contains(&(owner, at)) {
                    let members = self.members(owner, collection, &found.rows);
                    // If several objects claim to be the only one, one of them is shown until the
                    // flush refuses them.
                    let one = collection.one && members.len() > 1 && said.is_subset(&members);
                    // An object that was linked may not know that its row was marked as deleted by
                    // the other session.
                    let hidden = |n: &u32| {
                        let there = found.rows.rows.contains_key(n) && !found.rows.shows(*n);
                        there && self.stale.contains(n) && !members.contains(n)
                    };
                    let said: BTreeSet<u32> = said.into_iter().filter(|n| !hidden(n)).collect();
                    hold!(one || said == members, "{what} holds {said:?}, and should {members:?}");
                }
            }
        }
        Ok(())
    }

    /// Returns the association rows in memory whose targets are known: all, or those that are not
    /// stale.
    fn ties(&self, session: &Session, all: bool) -> BTreeSet<(u32, u32)> {
        let rows = session.handles::<MOrgLabel>().into_iter();
        let rows = rows.filter(|&row| all || !session.is_stale(row));
        rows.filter_map(|row| leads_to(session, row, None)).collect()
    }

    /// Returns all association rows in memory, even if their targets are not in memory.
    pub(crate) fn known_ties(session: &Session, numbers: &Numbers) -> BTreeSet<(u32, u32)> {
        let rows = session.handles::<MOrgLabel>().into_iter();
        rows.filter_map(|row| leads_to(session, row, Some(numbers))).collect()
    }
}

/// Returns the targets of an association row: an organisation and a label, in memory or among the
/// rows.
fn leads_to(
    session: &Session,
    row: Handle<MOrgLabel>,
    numbers: Option<&Numbers>,
) -> Option<(u32, u32)> {
    fn number_of<T: Held + Piece, K: KeyText>(
        session: &Session,
        to: &ForeignKey<T, K>,
        numbers: Option<&Numbers>,
    ) -> Option<u32> {
        match to.handle(session) {
            Ok(handle) => Some(number(session[handle].name())),
            Err(_) => numbers?.get(&(T::TABLE, to.key()?.text())).copied(),
        }
    }
    let row = &session[row];
    Some((number_of(session, &row.org, numbers)?, number_of(session, &row.label, numbers)?))
}
