//! Paths along relationships: what is loaded with a query, and where conditions and columns are found.

use std::fmt;
use std::marker::PhantomData;

use super::Predicate;
use super::in_scope::ExpressionOf;
use crate::backend::SqlFragment;
use crate::mapping::{Entity, InHierarchy, Relationship, RelationshipMeta};

/// A way from one entity to another along relationships: `user::addresses`, or
/// `user::posts.then(post::comments)`.
///
/// Its type has only the two ends in it, so that a way may be of any length.
#[must_use = "a path does nothing until it is given to eager(), load() or a filter"]
pub struct Path<'q, S, T> {
    pub(super) steps: Vec<PathStep<'q>>,
    ends: PhantomData<fn() -> (S, T)>,
}

/// One relationship of a path, and what is wanted of it.
pub(crate) struct PathStep<'q> {
    pub(crate) relationship: &'static RelationshipMeta,
    pub(crate) filters: Vec<Box<dyn SqlFragment + 'q>>,
    pub(crate) order: Vec<Box<dyn SqlFragment + 'q>>,
    pub(crate) limit: Option<i64>,
    pub(crate) joined: bool,
}

impl PathStep<'_> {
    /// A relationship as its attributes say it.
    pub(crate) fn along(relationship: &'static RelationshipMeta) -> Self {
        PathStep {
            relationship,
            filters: Vec::new(),
            order: Vec::new(),
            limit: None,
            joined: false,
        }
    }
}

impl PathStep<'_> {
    /// Whether it finds a part of a collection, which is never taken for the whole.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some()
    }

    pub(crate) fn is_to_one(&self) -> bool {
        self.relationship.is_to_one()
    }
}

/// What leads from `S` to other objects: a relationship such as `user::addresses`, or a [`Path`].
///
/// Of a hierarchy it may begin at any subtype: objects that are not of this have nothing there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path of relationships that begins at `{S}`",
    note = "a path is a relationship such as `user::addresses`, or several as in `user::posts.then(post::comments)`"
)]
pub trait IntoPath<'q, S: Entity> {
    /// Where it ends.
    type Target: Entity;

    /// The same as a path.
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

/// An entity whose objects lie with those of a family: the entity itself, or a subtype of the hierarchy.
pub trait SameRoot<F>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> SameRoot<T::Root> for T {}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// The path of one relationship.
    pub(crate) fn along<R: Relationship<Source = S, Target = T>>(_relationship: R) -> Self {
        Path { steps: vec![PathStep::along(R::meta())], ends: PhantomData }
    }

    /// A path that goes on from where this one ends.
    pub fn then<N: IntoPath<'q, T>>(mut self, next: N) -> Path<'q, S, N::Target> {
        self.steps.extend(next.into_path().steps);
        Path { steps: self.steps, ends: PhantomData }
    }

    /// Only objects for which a condition holds: the last collection is loaded in part then, and read
    /// with `part`.
    pub fn filter(mut self, condition: impl Predicate<T> + 'q) -> Self {
        self.last().filters.push(Box::new(condition));
        self
    }

    /// The order in which the last collection is loaded, in place of that of its attributes.
    pub fn order_by<O>(mut self, order: O) -> Self
    where
        O: ExpressionOf<T> + 'q,
    {
        self.last().order.push(Box::new(order));
        self
    }

    /// At most so many objects for each owner: the last collection is loaded in part then, and read
    /// with `part`. Conditions and `count` do not know a limit, and a join refuses it.
    pub fn limit(mut self, objects: i64) -> Self {
        self.last().limit = Some(objects);
        self
    }

    /// Loads the last relationship in the same statement as the one before, by a join, instead of in
    /// one more.
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
