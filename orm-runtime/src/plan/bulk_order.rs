//! The order of the rows of a bulk statement that reference each other.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::toposort::{Dependency, layers};
use crate::map::ErasedArena;
use crate::mapping::ColumnSet;

/// New rows in order, each after the rows that it references.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    pub(crate) slots: Vec<u32>,
    /// References in a cycle, for which there is no order, and which may be NULL for a while.
    pub(crate) circular: Vec<(u32, ColumnSet)>,
}

/// Orders new rows of one entity. Rows that do not reference each other stay in the order in which
/// they were added.
pub(crate) fn ordered(arena: &dyn ErasedArena) -> Ordered {
    let slots = arena.pending();
    let meta = arena.meta();
    let inside: Vec<_> = (meta.foreign_keys.iter().enumerate())
        .filter(|(_, reference)| {
            reference.field.is_some() && (reference.target)().entity.index() == meta.entity.index()
        })
        .collect();
    if inside.is_empty() || slots.len() < 2 {
        return Ordered { slots, circular: Vec::new() };
    }
    let finder = arena.new_by_key();
    let places: HashMap<u32, u32, RandomState> =
        slots.iter().zip(0..).map(|(&slot, n)| (slot, n)).collect();
    let mut dependencies = Vec::new();
    let mut columns = Vec::new();
    for (&slot, from) in slots.iter().zip(0..) {
        for (n, reference) in &inside {
            let found = arena.reference(slot, *n).key.and_then(|key| finder.find(key));
            let Some(&to) = found.and_then(|slot| places.get(&slot)) else { continue };
            // A row may reference itself in every statement.
            if from != to {
                let optional = reference.nullable;
                dependencies.push(Dependency { from, to, optional, together: true, reference: *n });
                columns.push(reference.columns);
            }
        }
    }
    let Ok(sorted) = layers(&vec![0; slots.len()], &dependencies, |dependency| dependency.from)
    else {
        // The cycle has no reference that may be NULL. The database decides whether the statement
        // succeeds.
        return Ordered { slots, circular: Vec::new() };
    };
    let circular = sorted.postponed.iter().map(|&dependency| {
        let columns = columns[dependency].iter().copied().collect();
        (slots[dependencies[dependency].from as usize], columns)
    });
    let circular = circular.collect();
    let slots = sorted.rows.iter().map(|&(_, row)| slots[row as usize]).collect();
    Ordered { slots, circular }
}
