//! The order of the rows of a bulk statement that refer to each other.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::toposort::{Dependency, layers};
use crate::map::ErasedArena;
use crate::mapping::ColumnSet;

/// New rows in an order in which each comes after those it refers to.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    pub(crate) slots: Vec<u32>,
    /// References in a circle, which no order helps and which may be NULL meanwhile.
    pub(crate) circular: Vec<(u32, ColumnSet)>,
}

/// Puts new rows of one entity in order; as they were added, where they do not refer to each other.
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
            // A row may refer to itself in every statement.
            if from != to {
                let optional = reference.nullable;
                dependencies.push(Dependency { from, to, optional, together: true, reference: *n });
                columns.push(reference.columns);
            }
        }
    }
    let Ok(sorted) = layers(&vec![0; slots.len()], &dependencies, |dependency| dependency.from)
    else {
        // In a circle that cannot be opened: whether it holds is for the database to say.
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
