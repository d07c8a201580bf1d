//! The errors that stop a flush before its first statement.

use super::save::is_saved;
use super::tables;
use super::{Action, Step};
use crate::error::Error;
use crate::map::{ErasedArena, IdentityMap, State, Unset};
use crate::mapping::ColumnSet;

/// Checks the subtypes of changed objects, and the references of new objects and the changed
/// references.
pub(super) fn check(
    map: &IdentityMap,
    arena: &dyn ErasedArena,
    changed: &[(u32, ColumnSet)],
) -> Result<(), Error> {
    if let Some(&(slot, _)) = changed.iter().find(|it| tables::other_kind(arena.meta(), it.1)) {
        return Err(Error::InvalidState {
            entity: arena.name(slot),
            key: arena.key_text(slot),
            action: "made an object of another subtype",
            reason: "the subtype of a row cannot be changed: delete the object, and add another one",
        });
    }
    let references = arena.meta().foreign_keys.iter();
    if !references.clone().any(|reference| reference.field.is_some()) {
        return Ok(());
    }
    for slot in arena.pending() {
        check_row(map, arena, slot, None)?;
    }
    changed.iter().try_for_each(|&(slot, columns)| check_row(map, arena, slot, Some(columns)))
}

/// Checks the planned steps: rows of views are not written, and a key does not change if references
/// to it have no constraint.
pub(super) fn steps(map: &IdentityMap, steps: &[Step]) -> Result<(), Error> {
    for step in steps {
        let refused = |action, reason| {
            let (arena, slot) = (map.arena_dyn(step.entity)?, *step.slots.first()?);
            Some(Error::InvalidState {
                entity: arena.name(slot),
                key: arena.key_text(slot),
                action,
                reason,
            })
        };
        let error = if step.meta.view.is_some() {
            refused(
                "written",
                "rows of a view are only read: write to the tables that the view selects from",
            )
        } else if matches!(step.action, Action::Rekey(_)) && is_referred_to_unbound(map, step) {
            refused(
                "given another key",
                "a reference to it has no constraint (no_constraint), so the database would not change \
                 the reference in all rows: add another object, change the references to it, and \
                 delete this one",
            )
        } else {
            None
        };
        if let Some(error) = error {
            return Err(error);
        }
    }
    Ok(())
}

fn is_referred_to_unbound(map: &IdentityMap, step: &Step) -> bool {
    let Some(arena) = map.arena_dyn(step.entity) else { return false };
    map.referencing_keys(arena.meta()).iter().any(|referencing_key| {
        !referencing_key.child().foreign_keys[referencing_key.foreign_key()].constraint
    })
}

fn check_row(
    map: &IdentityMap,
    arena: &dyn ErasedArena,
    slot: u32,
    changed: Option<ColumnSet>,
) -> Result<(), Error> {
    for (n, foreign_key) in arena.meta().foreign_keys.iter().enumerate() {
        if foreign_key.field.is_none() {
            continue;
        }
        let any_of =
            |columns: ColumnSet| foreign_key.columns.iter().any(|&column| columns.contains(column));
        if !changed.is_none_or(any_of) || !any_of(arena.has(slot)) {
            continue;
        }
        let target = (foreign_key.target)();
        let bad = |reason| bad_reference(arena, slot, n, reason);
        let reference = arena.reference(slot, n);
        if reference.is_null() {
            if foreign_key.nullable || !arena.leads_nowhere(slot, n) {
                continue;
            }
            return Err(bad(match foreign_key.one_of {
                None => {
                    "points to no row; set it, add the object to a collection of its owner, or make \
                     the field an Option<ForeignKey<…>>"
                }
                Some(_) => {
                    "points to no row, and neither do the other references of the field; set one, add the \
                     object to a collection of its owner, or make the field an Option"
                }
            }));
        }
        let Some(link) = reference.handle else { continue };
        let entity = target.entity.index();
        let state = map
            .handle_slot(link, entity)
            .and_then(|slot| map.arena_dyn(entity)?.header(slot))
            .map(|header| header.state());
        match state {
            Some(state) if is_saved(state) => {}
            None if reference.key.is_some() => {}
            None => {
                return Err(bad(
                    "points to an object of another session, or to one that left this session before \
                     it had a key; set it to an object of this session, or set it by key",
                ));
            }
            Some(State::Transient) => {
                return Err(bad(
                    "points to an object that is not stored, and will not be inserted; add it with \
                     add_again, or set the reference to another object",
                ));
            }
            Some(_) => return Err(leads_to_deleted(arena, slot, n)),
        }
    }
    Ok(())
}

/// Returns the error about a reference to an object whose row is deleted, or is deleted by this
/// flush.
pub(crate) fn leads_to_deleted(arena: &dyn ErasedArena, slot: u32, foreign_key: usize) -> Error {
    let reason =
        "points to an object that is deleted; set it to another object, or delete this object too";
    bad_reference(arena, slot, foreign_key, reason)
}

/// Returns the error about a reference by a key that the database has just generated for a new row.
pub(crate) fn leads_to_taken_key(arena: &dyn ErasedArena, slot: u32, foreign_key: usize) -> Error {
    let reason = "points to no row: no row had its key, and the flush gives the key to a new row; \
                  set it to another object";
    bad_reference(arena, slot, foreign_key, reason)
}

fn bad_reference(
    arena: &dyn ErasedArena,
    slot: u32,
    foreign_key: usize,
    reason: &'static str,
) -> Error {
    let reference = &arena.meta().foreign_keys[foreign_key];
    Error::Reference {
        entity: arena.name(slot),
        key: arena.key_text(slot),
        field: reference.field.unwrap_or_default(),
        target: (reference.target)().name,
        reason,
    }
}

/// Returns the error about new rows that reference each other in a cycle of references that are
/// never NULL.
pub(super) fn circle(
    map: &IdentityMap,
    dependencies: impl Iterator<Item = (usize, usize, usize)>,
) -> Error {
    let name = |entity: usize| map.arena_dyn(entity).map_or("", |arena| arena.meta().name);
    let references = dependencies.map(|(from, foreign_key, to)| {
        let field = map
            .arena_dyn(from)
            .and_then(|arena| arena.meta().foreign_keys[foreign_key].field)
            .unwrap_or_default();
        format!("{}.{field} references {}", name(from), name(to))
    });
    Error::CyclicReferences { references: references.collect() }
}

/// Returns the error about a new object that would take over the row of a deleted object of another
/// subtype.
pub(super) fn taken_by_other_kind(arena: &dyn ErasedArena, slot: u32) -> Error {
    Error::InvalidState {
        entity: arena.name(slot),
        key: arena.key_text(slot),
        action: "inserted",
        reason: "the flush deletes an object of another subtype that has its key; flush the \
                 deletion before you add it",
    }
}

/// Returns the error about a new object without a value that it needs. In a call with many rows,
/// `row` is the number of the object.
pub(crate) fn unset(arena: &dyn ErasedArena, slot: u32, unset: Unset, row: Option<usize>) -> Error {
    let meta = arena.meta();
    let field = meta.columns[unset.column()].field;
    // The struct of a hierarchy that has the column, if it is known.
    let known = unset.left_out().filter(|column| column[2] == field);
    Error::Unloaded {
        entity: arena.name(slot),
        key: arena.key_text(slot),
        row,
        module: known.map_or(meta.module, |column| column[1]),
        field,
        left_out: unset.left_out().is_some(),
    }
}
