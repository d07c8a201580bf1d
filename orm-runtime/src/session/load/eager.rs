//! Loading along relationships: what `eager` adds to a query, and what `load` loads later.
//!
//! Paths are merged into a tree. A node of the tree is one relationship, loaded for all objects
//! that were found at the node above it: by a separate statement with their keys ([`select_in`]),
//! or by a join in the statement of the node above ([`joined`]).

mod eager_text;
mod joined;
mod mode;
mod root;
mod select_in;
mod unloaded;

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{Entity, EntityMeta, InHierarchy, Relationship};
use crate::select::{Node, Path, PathStep, SameRoot, merge};
use crate::session::Session;
use crate::session::load::Loadable;
use crate::session::options::Lazy;

pub(in crate::session) use joined::Joins;
pub(in crate::session) use mode::{Fresh, Mode};

/// Turns the joined relationships at the top of a tree into relationships with separate statements.
/// Returns the entities whose objects are loaded, owners before the objects that belong to them.
pub(in crate::session) fn unjoined(
    root: &'static EntityMeta,
    nodes: &mut [Node<'_>],
) -> Vec<&'static EntityMeta> {
    nodes.iter_mut().for_each(|node| node.step.joined = false);
    let mut entities = vec![root];
    collect_entities(nodes, &mut entities);
    entities
}

fn collect_entities(nodes: &[Node<'_>], entities: &mut Vec<&'static EntityMeta>) {
    for node in nodes {
        for meta in select_in::entities(node.step.relationship) {
            if entities.iter().all(|known| known.entity.index() != meta.entity.index()) {
                entities.push(meta);
            }
        }
        collect_entities(&node.next, entities);
    }
}

impl Session {
    /// Loads the nodes of a tree for these objects, except what the previous statement has joined.
    pub(in crate::session) fn load_nodes(
        &mut self,
        owners: &[u32],
        nodes: &[Node<'_>],
        mode: Mode,
        fresh: &Fresh,
    ) -> Result<()> {
        for node in nodes {
            let _part = self.along(node.step.relationship);
            let next = match (node.step.joined, fresh) {
                (true, Fresh::All) => Fresh::All,
                (true, Fresh::Some(fresh)) => {
                    let others = owners.iter().copied().filter(|owner| !fresh.contains(owner));
                    self.load_node(&others.collect::<Vec<_>>(), node, mode)?;
                    let fresh: Vec<u32> = fresh.iter().copied().collect();
                    Fresh::Some(self.reached(&node.step, &fresh).into_iter().collect())
                }
                _ => self.load_node(owners, node, mode)?,
            };
            if node.step.is_to_one() {
                self.link_references(node.step.relationship, owners);
            }
            if !node.next.is_empty() {
                let reached = self.reached(&node.step, owners);
                self.load_nodes(&reached, &node.next, mode, &next)?;
            }
        }
        Ok(())
    }

    /// Loads the nodes of a tree for one batch of objects.
    pub(in crate::session) fn load_batch<T: Entity>(
        &mut self,
        handles: &[Handle<T>],
        nodes: &[Node<'_>],
        horizon: u32,
    ) -> Result<()> {
        let slots: Vec<u32> = handles.iter().map(|handle| handle.raw().slot).collect();
        self.load_nodes(&slots, nodes, Mode::Exact { horizon }, &Fresh::None)
    }

    fn load_node(&mut self, owners: &[u32], node: &Node<'_>, mode: Mode) -> Result<Fresh> {
        let step = &node.step;
        let horizon = match mode {
            Mode::Exact { horizon } => horizon,
            Mode::ToDecide => self.map().write_horizon(),
            Mode::Lazy(_) => self.map().horizon(),
        };
        let mut unloaded = self.unloaded(step, owners, horizon);
        if unloaded.is_empty() {
            return Ok(Fresh::None);
        }
        match mode {
            Mode::Lazy(Lazy::Raise) => {
                let source = (step.relationship.source)();
                return Err(Error::LazyLoad {
                    entity: source.name,
                    module: source.module,
                    field: step.relationship.name,
                });
            }
            // A part never counts as loaded, so each object would load it again for the whole
            // cohort.
            Mode::Lazy(Lazy::Cohort) if !step.is_filtered() => {
                unloaded = self.with_cohorts(step, unloaded);
            }
            Mode::Lazy(_) | Mode::Exact { .. } | Mode::ToDecide => {}
        }
        let fresh = self.select_in(&unloaded, node, horizon, matches!(mode, Mode::ToDecide))?;
        // Completes the references of the cohort. The caller completes those of the given owners.
        if step.is_to_one() && matches!(mode, Mode::Lazy(_)) {
            self.link_references(step.relationship, &unloaded);
        }
        Ok(fresh)
    }

    /// Loads a path for objects that are already in memory.
    pub(in crate::session) fn load_path(
        &mut self,
        meta: &'static EntityMeta,
        owners: &[u32],
        steps: Vec<PathStep<'_>>,
        lazy: bool,
    ) -> Result<()> {
        let mut nodes = Vec::new();
        merge(&mut nodes, steps);
        // There is no previous statement to which the first relationship could be joined.
        if let Some(first) = nodes.first_mut() {
            first.step.joined = false;
        }
        if let [node] = &nodes[..]
            && node.next.is_empty()
            && self.map().all_stored(meta, owners)
            && self.unloaded(&node.step, owners, self.map().horizon()).is_empty()
        {
            return Ok(());
        }
        if !(lazy && self.options().lazy == Lazy::Raise) {
            self.autoflush()?;
        }
        let mode = match lazy {
            true => Mode::Lazy(self.options().lazy),
            false => Mode::Exact { horizon: self.map().horizon() },
        };
        self.load_nodes(owners, &nodes, mode, &Fresh::None)
    }
}

/// Loads a path for objects of the session.
fn load<S: Entity, T: SameRoot<S::Root>, U: Entity>(
    path: Path<'_, S, U>,
    session: &mut Session,
    handles: &[Handle<T>],
    lazy: bool,
) -> Result<()> {
    let slots = handles.iter().map(|&handle| session.map().expect(handle));
    let slots = slots.collect::<Result<Vec<u32>>>()?;
    session.load_path(T::META, &slots, path.into_steps(), lazy)
}

#[diagnostic::do_not_recommend]
impl<S: Entity, T: SameRoot<S::Root>, U: Entity> Loadable<T> for Path<'_, S, U> {
    fn load_into(self, session: &mut Session, handles: &[Handle<T>], lazy: bool) -> Result<()> {
        load(self, session, handles, lazy)
    }

    fn expire_in(self, session: &mut Session, handles: &[Handle<T>]) -> Result<()> {
        session.expire_path(handles, self.into_steps().into_iter().map(|step| step.relationship))
    }
}

#[diagnostic::do_not_recommend]
impl<R: Relationship, T: SameRoot<<R::Source as InHierarchy>::Root>> Loadable<T> for R {
    fn load_into(self, session: &mut Session, handles: &[Handle<T>], lazy: bool) -> Result<()> {
        load(Path::along(self), session, handles, lazy)
    }

    fn expire_in(self, session: &mut Session, handles: &[Handle<T>]) -> Result<()> {
        session.expire_path(handles, [R::meta()])
    }
}
