//! What stops a flush before its first statement.

use super::save::is_saved;
use super::tables;
use super::{Action, Step};
use crate::error::Error;
use crate::map::{ErasedArena, IdentityMap, State, Unset};
use crate::mapping::ColumnSet;

/// Checks the subtypes of changed objects, the references of new ones, and those of changed ones that are
/// written.
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
            reason: "the subtype of a row can not be changed: delete it, and add another",
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

/// Checks what is to be written: rows of views are not, and a key stays where rows refer to it that no
/// constraint brings along.
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
                "wrote a row of a view",
                "they are only read: write to the tables it selects from",
            )
        } else if matches!(step.action, Action::Rekey(_)) && is_referred_to_unbound(map, step) {
            refused(
                "changed the key",
                "a reference without a constraint leads here (no_constraint), and nobody would change it in \
                 all rows: add another object, move what refers to it, and delete this one",
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
                    "leads nowhere; set it, add the object to a collection of its owner, or make \
                     the field an Option<ForeignKey<…>>"
                }
                Some(_) => {
                    "leads nowhere, and so do the other references of the field; set one, add the \
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
                    "leads to an object that has left the session before it had a key; set it to \
                     another, or by key",
                ));
            }
            Some(State::Transient) => {
                return Err(bad(
                    "leads to an object that is not stored and not to be; bring it back with \
                     add_again, or set the reference to another",
                ));
            }
            Some(_) => return Err(leads_to_deleted(arena, slot, n)),
        }
    }
    Ok(())
}

/// A reference to an object whose row is gone, or will be.
pub(crate) fn leads_to_deleted(arena: &dyn ErasedArena, slot: u32, foreign_key: usize) -> Error {
    let reason =
        "leads to an object that is deleted; set it to another, or delete this object as well";
    bad_reference(arena, slot, foreign_key, reason)
}

/// A reference by a key that the database has made for a new row only now.
pub(crate) fn leads_to_taken_key(arena: &dyn ErasedArena, slot: u32, foreign_key: usize) -> Error {
    let reason =
        "leads to no row: its key was free, and goes to a new row of this flush; set it to another";
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

/// New rows that refer to each other in a circle of references that are never NULL.
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
        format!("{}.{field} leads to {}", name(from), name(to))
    });
    Error::CyclicReferences { references: references.collect() }
}

/// A new object that would take over the row of a deleted one of another subtype.
pub(super) fn taken_by_other_kind(arena: &dyn ErasedArena, slot: u32) -> Error {
    Error::InvalidState {
        entity: arena.name(slot),
        key: arena.key_text(slot),
        action: "inserted",
        reason: "the flush deletes an object of another subtype that has its key; flush the deletion before it \
                 is added",
    }
}

/// A new object, in a call of many rows this one of them, lacks a value that it needs.
pub(crate) fn unset(arena: &dyn ErasedArena, slot: u32, unset: Unset, row: Option<usize>) -> Error {
    let meta = arena.meta();
    let field = meta.columns[unset.column()].field;
    // The struct of a hierarchy that has the column, where that is known.
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
