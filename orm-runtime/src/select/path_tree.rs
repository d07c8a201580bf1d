//! The tree of paths that a query loads. What several paths share is loaded once.

use super::borrowed_parts::borrowed_all;
use super::path::PathStep;
use crate::backend::QueryName;

/// A relationship to load, and the relationships to load from there.
pub(crate) struct Node<'q> {
    pub(crate) step: PathStep<'q>,
    pub(crate) next: Vec<Node<'q>>,
}

impl Node<'_> {
    /// Sets the name of the query that the node and the nodes below it belong to.
    pub(crate) fn set_name(&mut self, name: &QueryName) {
        self.step.name = Some(name.clone());
        self.next.iter_mut().for_each(|node| node.set_name(name));
    }

    /// Returns the same node with parts that are borrowed from this one.
    pub(crate) fn borrowed(&self) -> Node<'_> {
        let step = &self.step;
        let step = PathStep {
            filters: borrowed_all(&step.filters),
            order: borrowed_all(&step.order),
            name: step.name.clone(),
            ..*step
        };
        Node { step, next: self.next.iter().map(Node::borrowed).collect() }
    }
}

/// Adds a path to a tree. Steps that the tree already has are shared. A filtered relationship and
/// the whole one are separate nodes.
pub(crate) fn merge<'q>(nodes: &mut Vec<Node<'q>>, steps: Vec<PathStep<'q>>) {
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

/// Creates the tree of a path in which every relationship is joined.
pub(crate) fn chain(steps: Vec<PathStep<'_>>) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    for mut step in steps.into_iter().rev() {
        step.joined = true;
        nodes = vec![Node { step, next: nodes }];
    }
    nodes
}
