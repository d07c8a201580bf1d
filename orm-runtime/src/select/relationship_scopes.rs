//! The conditions that a relationship has in every statement.

use super::statement_builder::{Piece, parts};
use crate::backend::SqlFragment;
use crate::mapping::RelationshipMeta;

/// The conditions of a relationship that apply in every query: its own condition, and the default
/// scopes of its target.
pub(crate) struct Conditions {
    scopes: Vec<Box<dyn SqlFragment>>,
    filter: Vec<Box<dyn SqlFragment>>,
    association: Vec<Box<dyn SqlFragment>>,
}

impl Conditions {
    pub(crate) fn of(relationship: &RelationshipMeta) -> Self {
        let scopes = (relationship.target)().entity.scopes();
        let filter = relationship.filter.map(|only| only()).into_iter().collect();
        let through = relationship.way().through;
        let association = through.map(|through| through.meta.entity.scopes()).unwrap_or_default();
        Conditions { scopes, filter, association }
    }

    /// Returns the conditions on the target.
    pub(crate) fn of_target(&self) -> impl Iterator<Item = Piece<'_>> {
        parts(&self.scopes).chain(parts(&self.filter))
    }

    /// Returns the condition of the relationship itself.
    pub(crate) fn only(&self) -> &[Box<dyn SqlFragment>] {
        &self.filter
    }

    /// Returns the conditions on the association table.
    pub(crate) fn of_association(&self) -> impl Iterator<Item = Piece<'_>> {
        parts(&self.association)
    }

    /// Returns all conditions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Piece<'_>> {
        self.of_target().chain(self.of_association())
    }
}
