//! Applies to the objects in memory what the database does by itself when a flush changes keys or
//! deletes rows: references take the new key of their target, or become NULL, and objects are gone.

use std::collections::BTreeSet;

use super::IdentityMap;
use super::cascade::ReferencingIndex;
use crate::map::store::ErasedArena;
use crate::mapping::{EntityMeta, ForeignKeyMeta, OnDelete, Reference};

/// An object that the database changes together with another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatabaseCascade {
    child: usize,
    slot: u32,
    foreign_key: usize,
    target: (usize, u32),
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    TakesKey,
    Nullified,
    Gone,
    /// Its reference is known only from an earlier transaction, and its row has not been read
    /// since.
    MayBeGone,
    /// Its row has been read, and references another object; or the state of its target is not
    /// known.
    NotKnown,
}

impl IdentityMap {
    /// Returns the objects that the database changes when the keys of some objects change or their
    /// rows are deleted. Call it while references still point to the old keys.
    pub(crate) fn database_cascades(
        &self,
        rekeyed: Vec<(usize, u32)>,
        deleted: Vec<(usize, u32)>,
    ) -> Vec<DatabaseCascade> {
        let mut database_cascades = Vec::new();
        self.collect(rekeyed, &mut database_cascades, &|child, foreign_key| {
            let reference = &child.foreign_keys[foreign_key];
            let goes_on = reference.columns.iter().any(|column| child.key.contains(column));
            Some((What::TakesKey, goes_on))
        });
        self.collect(deleted, &mut database_cascades, &|child, foreign_key| {
            on_deletion(&child.foreign_keys[foreign_key])
        });
        database_cascades
    }

    /// Returns the objects with references to keys that the innermost transaction scope has given
    /// to their targets, without objects that the undo log restores. Call it before the scope is
    /// undone.
    pub(super) fn followers_in_scope(&self) -> Vec<DatabaseCascade> {
        let rekeyed = |(entity, arena): (usize, &dyn ErasedArena)| {
            arena.rekeyed_in_scope().into_iter().map(move |slot| (entity, slot))
        };
        let rekeyed: Vec<(usize, u32)> = self.arenas().flat_map(rekeyed).collect();
        let mut followers = self.database_cascades(rekeyed, Vec::new());
        followers
            .retain(|it| self.arena_dyn(it.child).is_some_and(|arena| !arena.is_restored(it.slot)));
        followers
    }

    /// Sets references to the keys that their targets have again, after the scope was undone: the
    /// database has undone its own cascade too. The objects were first read in the scope, or are
    /// new.
    pub(super) fn follow_back(&mut self, followers: &[DatabaseCascade]) {
        for &DatabaseCascade { child, slot, foreign_key, target, .. } in followers {
            let link = self.raw_handle(target.0, target.1);
            let Some(key) = self.arena_dyn(target.0).and_then(|arena| arena.row_key(target.1))
            else {
                continue;
            };
            if let Some(arena) = self.arena_dyn_mut(child) {
                let to = Reference::with_key(link, Some(&*key));
                arena.set_undone_reference(slot, foreign_key, to);
            }
        }
    }

    /// Returns the objects that the database changes when a query deletes the rows of some objects.
    pub(crate) fn cascades_of_query(&self, deleted: Vec<(usize, u32)>) -> Vec<DatabaseCascade> {
        let mut database_cascades = Vec::new();
        self.collect(deleted, &mut database_cascades, &|child, foreign_key| {
            on_deletion_by_query(&child.foreign_keys[foreign_key])
        });
        database_cascades
    }

    /// Makes stale what the database may have changed when a query deleted rows of an entity: rows
    /// that are not in memory may be between the deleted rows and an object.
    pub(crate) fn doubt_dependents(&mut self, deleted: &'static EntityMeta) {
        let metas: Vec<_> = self.arenas().map(|(child, arena)| (child, arena.meta())).collect();
        let mut reached = vec![deleted.entity.index()];
        let mut next = 0;
        while let Some(&target) = reached.get(next) {
            next += 1;
            for &(child, meta) in &metas {
                for (foreign_key, reference) in meta.foreign_keys.iter().enumerate() {
                    if (reference.target)().entity.index() != target {
                        continue;
                    }
                    let Some((_, goes_on)) = on_deletion_by_query(reference) else { continue };
                    self.doubt_references(child, foreign_key, goes_on);
                    if goes_on && !reached.contains(&child) {
                        reached.push(child);
                    }
                }
            }
        }
    }

    /// Makes stale the stored objects that reference something by a foreign key. If `gone` is true,
    /// their rows may have been deleted.
    fn doubt_references(&mut self, child: usize, foreign_key: usize, gone: bool) {
        let Some(arena) = self.arena_dyn_mut(child) else { return };
        for slot in arena.present() {
            if arena.stored_reference(slot, foreign_key).is_null() {
                continue;
            }
            match gone {
                true => arena.doubt_row(slot),
                false => arena.expire(slot),
            }
        }
    }

    /// Collects the objects that depend on some objects, and the objects that depend on these in
    /// turn.
    fn collect(
        &self,
        first: Vec<(usize, u32)>,
        database_cascades: &mut Vec<DatabaseCascade>,
        how: &dyn Fn(&'static EntityMeta, usize) -> Option<(What, bool)>,
    ) {
        let mut seen: BTreeSet<(usize, u32)> = first.iter().copied().collect();
        let mut unsure: BTreeSet<(usize, u32)> = BTreeSet::new();
        let mut next = first;
        let mut referring = ReferencingIndex::default();
        while !next.is_empty() {
            let mut entities: Vec<usize> = Vec::new();
            for &(entity, _) in &next {
                if !entities.contains(&entity) {
                    entities.push(entity);
                }
            }
            let now = std::mem::take(&mut next);
            for entity in entities {
                let Some(arena) = self.arena_dyn(entity) else { continue };
                let targets = now.iter().filter(|(other, _)| *other == entity);
                let targets: Vec<u32> = targets.map(|(_, slot)| *slot).collect();
                for referencing_key in self.referencing_keys(arena.meta()) {
                    let (child, foreign_key) =
                        (referencing_key.child(), referencing_key.foreign_key());
                    let Some((what, goes_on)) = how(child, foreign_key) else { continue };
                    let found = referring.to(self, child, foreign_key, &targets);
                    let child = child.entity.index();
                    let slots: Vec<u32> = found.iter().map(|&(slot, _)| slot).collect();
                    let doubtful = self.doubtful(child, foreign_key, &slots);
                    let looked = referencing_key.child().foreign_keys[foreign_key].on_delete
                        != OnDelete::Database;
                    for (slot, target) in found {
                        // If a target may stay, so may the objects that reference it.
                        let (doubted, may_stay) =
                            (doubtful.contains(&slot), unsure.contains(&(entity, target)));
                        let what = match what {
                            What::Gone | What::Nullified if doubted && looked => What::NotKnown,
                            What::Gone if doubted || may_stay => What::MayBeGone,
                            What::Nullified if may_stay => What::NotKnown,
                            other => other,
                        };
                        if what == What::MayBeGone {
                            unsure.insert((child, slot));
                        }
                        let goes_on = goes_on && what != What::NotKnown;
                        if goes_on && seen.insert((child, slot)) {
                            next.push((child, slot));
                        }
                        let target = (entity, target);
                        database_cascades.push(DatabaseCascade {
                            child,
                            slot,
                            foreign_key,
                            target,
                            what,
                        });
                    }
                }
            }
        }
    }

    /// Applies to the objects what the database has done to their rows.
    pub(crate) fn apply_database_cascades(&mut self, database_cascades: &[DatabaseCascade]) {
        for &DatabaseCascade { child, slot, foreign_key, target, what } in database_cascades {
            let link = self.raw_handle(target.0, target.1);
            let key = self.arena_dyn(target.0).and_then(|arena| arena.current_key(target.1));
            if matches!(what, What::TakesKey | What::Nullified) {
                self.before_touch(child, slot);
            }
            let Some(arena) = self.arena_dyn_mut(child) else { continue };
            match what {
                What::TakesKey => {
                    let to = Reference::with_key(link, key.as_deref());
                    arena.set_cascaded_reference(slot, foreign_key, to);
                }
                What::Nullified => arena.set_cascaded_reference(slot, foreign_key, Reference::NULL),
                What::Gone => arena.gone(slot),
                What::MayBeGone => arena.doubt_row(slot),
                What::NotKnown => arena.expire(slot),
            }
        }
        if !database_cascades.is_empty() {
            self.fix_up_all();
        }
    }
}

/// Returns what a deletion does to a row that references the deleted one, and whether the rows that
/// reference that row follow.
fn on_deletion(reference: &ForeignKeyMeta) -> Option<(What, bool)> {
    match reference.on_delete {
        OnDelete::Restrict => None,
        OnDelete::Nullify => Some((What::Nullified, false)),
        OnDelete::Cascade | OnDelete::Database => Some((What::Gone, true)),
    }
}

/// Returns the same for a deletion by a query, which only the database follows: it changes nothing
/// without a constraint.
fn on_deletion_by_query(reference: &ForeignKeyMeta) -> Option<(What, bool)> {
    on_deletion(reference).filter(|_| reference.constraint)
}
