//! What collections say, against the references and the association rows in memory, and the rows.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;

use crate::collections::{By, COLLECTIONS};
use crate::entities::MOrgLabel;
use crate::read::Found;
use crate::side::{Side, Wrong, hold, name, table_of};
use crate::tables::*;

impl Side {
    /// What collections say: what the references in memory say, and where they are believed, the rows.
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
                    // A row that is gone refers by a key that another may have by now.
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
                        let tied = ties.iter().filter_map(|&(org, label)| match from_org {
                            true => (org == owner).then_some(label),
                            false => (label == owner).then_some(org),
                        });
                        tied.filter(|&n| !self.work.is_doomed(n)).collect()
                    };
                    let (tied, current) = (of_owner(&ties), of_owner(&current));
                    hold!(
                        said.is_subset(&tied) && said.is_superset(&current),
                        "{what} holds {said:?}, and its rows in memory {tied:?}"
                    );
                }
                if self.believed.contains(&(owner, at)) {
                    let members = self.members(owner, collection, &found.rows);
                    // Of several that want to be the one, one is shown, until the flush refuses them.
                    let one = collection.one && members.len() > 1 && said.is_subset(&members);
                    hold!(one || said == members, "{what} holds {said:?}, and should {members:?}");
                }
            }
        }
        Ok(())
    }

    /// The association rows in memory, as far as it is known what they lead to: all, or those that are
    /// not stale.
    fn ties(&self, session: &Session, all: bool) -> BTreeSet<(u32, u32)> {
        let leads_to = |row: Handle<MOrgLabel>| {
            let (org, label) = (&session[row].org, &session[row].label);
            let org = session[org.handle(session).ok()?].name.as_str();
            let label = session[label.handle(session).ok()?].name.as_str();
            Some((number(org), number(label)))
        };
        let rows = session.handles::<MOrgLabel>().into_iter();
        rows.filter(|&row| all || !session.is_stale(row)).filter_map(leads_to).collect()
    }
}
