//! The tree of paths that a query loads along: what paths share is loaded once.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::session::options::Lazy;
use crate::session::path::PathStep;

/// A relationship to load, and what to load from there.
pub(in crate::session) struct Node<'q> {
    pub(in crate::session) step: PathStep<'q>,
    pub(in crate::session) next: Vec<Node<'q>>,
}

/// For which objects the nodes of a tree are loaded.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) enum Mode {
    /// For exactly those at hand; what is older than the horizon is read again.
    Exact { horizon: u32 },
    /// For those at hand and others, as the session says.
    Lazy(Lazy),
}

/// The objects that came by the statement before, so that what is joined to them has come as well.
#[derive(Debug)]
pub(in crate::session) enum Fresh {
    None,
    Some(HashSet<u32, RandomState>),
    All,
}

/// Adds a path to a tree. What it shares with others is loaded once; a filtered relationship and the
/// whole one are two.
pub(in crate::session) fn merge<'q>(nodes: &mut Vec<Node<'q>>, steps: Vec<PathStep<'q>>) {
    let mut nodes = nodes;
    for step in steps {
        let same = |node: &Node<'_>| {
            node.step.relationship.is(step.relationship)
                && node.step.is_filtered() == step.is_filtered()
        };
        let at = match nodes.iter().position(same) {
            Some(at) => {
                let known = &mut nodes[at].step;
                known.filters.extend(step.filters);
                known.order.extend(step.order);
                known.limit = step.limit.or(known.limit);
                known.joined |= step.joined;
                at
            }
            None => {
                nodes.push(Node { step, next: Vec::new() });
                nodes.len() - 1
            }
        };
        nodes = &mut nodes[at].next;
    }
}

/// A path of which every relationship is joined.
pub(in crate::session) fn chain(steps: Vec<PathStep<'_>>) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    for mut step in steps.into_iter().rev() {
        step.joined = true;
        nodes = vec![Node { step, next: nodes }];
    }
    nodes
}
