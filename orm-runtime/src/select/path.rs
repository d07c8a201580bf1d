//! Paths along relationships: for eager loading, for conditions and for columns of related objects.

use std::fmt;
use std::marker::PhantomData;

use super::Predicate;
use super::in_scope::ExpressionOf;
use crate::backend::{QueryName, SqlFragment};
use crate::mapping::{Entity, InHierarchy, Relationship, RelationshipMeta};

/// A path from one entity to another along relationships: `user::addresses`, or
/// `user::posts.then(post::comments)`.
///
/// Its type names only the two ends, so a path can have any length.
#[must_use = "a path does nothing until it is given to eager(), load() or a filter"]
pub struct Path<'q, S, T> {
    pub(super) steps: Vec<PathStep<'q>>,
    ends: PhantomData<fn() -> (S, T)>,
}

/// A relationship of a path, with its filters, order and limit.
pub(crate) struct PathStep<'q> {
    pub(crate) relationship: &'static RelationshipMeta,
    pub(crate) filters: Vec<Box<dyn SqlFragment + 'q>>,
    pub(crate) order: Vec<Box<dyn SqlFragment + 'q>>,
    pub(crate) limit: Option<i64>,
    pub(crate) joined: bool,
    /// The name of the query that loads it.
    pub(crate) name: Option<QueryName>,
}

impl PathStep<'_> {
    /// Creates the step for a relationship as its attributes declare it.
    pub(crate) fn along(relationship: &'static RelationshipMeta) -> Self {
        PathStep {
            relationship,
            filters: Vec::new(),
            order: Vec::new(),
            limit: None,
            joined: false,
            name: None,
        }
    }
}

impl PathStep<'_> {
    /// Returns `true` if the step finds part of a collection, which never counts as the whole
    /// collection.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some()
    }

    pub(crate) fn is_to_one(&self) -> bool {
        self.relationship.is_to_one()
    }
}

/// A path that begins at `S`: a relationship such as `user::addresses`, or a [`Path`].
///
/// In a hierarchy a path may begin at any subtype. Objects of other subtypes have no related
/// objects along it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path of relationships that begins at `{S}`",
    note = "a path is a relationship such as `user::addresses`, or several as in `user::posts.then(post::comments)`"
)]
pub trait IntoPath<'q, S: Entity> {
    /// The entity at the end of the path.
    type Target: Entity;

    /// Converts the value into a [`Path`].
    fn into_path(self) -> Path<'q, S, Self::Target>;
}

#[diagnostic::do_not_recommend]
impl<'q, R: Relationship, S: SameRoot<<R::Source as InHierarchy>::Root>> IntoPath<'q, S> for R {
    type Target = R::Target;

    fn into_path(self) -> Path<'q, S, R::Target> {
        Path::along(self).into_path()
    }
}

#[diagnostic::do_not_recommend]
impl<'q, F: Entity, T: Entity, S: SameRoot<F::Root>> IntoPath<'q, S> for Path<'q, F, T> {
    type Target = T;

    fn into_path(self) -> Path<'q, S, T> {
        Path { steps: self.steps, ends: PhantomData }
    }
}

/// An entity that shares its arena with a family of entities: the entity itself, or a subtype of
/// the hierarchy.
pub trait SameRoot<F>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> SameRoot<T::Root> for T {}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// Creates the path of a single relationship.
    pub(crate) fn along<R: Relationship<Source = S, Target = T>>(_relationship: R) -> Self {
        Path { steps: vec![PathStep::along(R::meta())], ends: PhantomData }
    }

    /// Extends the path: appends a path that begins at the end of this one.
    pub fn then<N: IntoPath<'q, T>>(mut self, next: N) -> Path<'q, S, N::Target> {
        self.steps.extend(next.into_path().steps);
        Path { steps: self.steps, ends: PhantomData }
    }

    /// Restricts the last relationship to objects for which a condition holds. The last collection
    /// is then loaded as a part, and read with [`part`](crate::HasMany::part).
    pub fn filter(mut self, condition: impl Predicate<T> + 'q) -> Self {
        self.last().filters.push(Box::new(condition));
        self
    }

    /// Sets the order in which the last collection is loaded. It replaces the order declared in the
    /// attributes.
    pub fn order_by<O>(mut self, order: O) -> Self
    where
        O: ExpressionOf<T> + 'q,
    {
        self.last().order.push(Box::new(order));
        self
    }

    /// Limits the number of objects for each owner. The last collection is then loaded as a part,
    /// and read with [`part`](crate::HasMany::part). Conditions and `count` ignore the limit; a
    /// join returns an error.
    pub fn limit(mut self, objects: i64) -> Self {
        self.last().limit = Some(objects);
        self
    }

    /// Loads the last relationship by a join in the statement of the relationship before it,
    /// instead of in a separate statement.
    pub fn joined(mut self) -> Self {
        self.last().joined = true;
        self
    }

    /// Returns the relationships of the path.
    pub(crate) fn into_steps(self) -> Vec<PathStep<'q>> {
        self.steps
    }

    fn last(&mut self) -> &mut PathStep<'q> {
        match self.steps.last_mut() {
            Some(step) => step,
            None => unreachable!("a path begins with a relationship"),
        }
    }
}

impl<S: Entity, T: Entity> fmt::Debug for Path<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::META.name)?;
        self.steps.iter().try_for_each(|step| write!(f, ".{}", step.relationship.name))
    }
}
