//! Observers of a session, and the origin of what it sends.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::Session;
use crate::backend::{Cause, Event, Flush, Origin, OriginScope, SessionObserver};
use crate::mapping::RelationshipMeta;
use crate::plan::{Action, FlushPlan, Step};

impl Session {
    /// Adds an observer, which sees every statement, call, flush, transaction and connection from
    /// now on. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// use std::sync::{Arc, Mutex};
    ///
    /// use orm_runtime::observe::Event;
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let slowest = Arc::new(Mutex::new(std::time::Duration::ZERO));
    /// let seen = Arc::clone(&slowest);
    /// session.observe(move |event: &Event<'_>| {
    ///     if let Event::StatementFinished(statement) = event {
    ///         let mut slowest = seen.lock().unwrap();
    ///         *slowest = statement.time.max(*slowest);
    ///     }
    /// });
    /// session.query::<User>().all()?;
    /// assert!(!slowest.lock().unwrap().is_zero());
    /// # Ok(()) }
    /// ```
    pub fn observe(&self, observer: impl SessionObserver + 'static) {
        self.server().known().seen().observe(Arc::new(observer));
    }

    /// Returns the number of the session in this process, by which observers of several sessions
    /// tell their events apart. Sends no SQL.
    pub fn number(&self) -> u64 {
        self.server().known().seen().session()
    }

    /// Begins a call of the program, until the result is dropped. Costs a branch if nothing
    /// observes.
    #[inline]
    #[track_caller]
    pub(crate) fn call(
        &self,
        cause: Cause,
        entity: impl Into<Option<&'static str>>,
    ) -> Option<OriginScope> {
        self.call_from(Location::caller(), cause, entity.into())
    }

    /// Begins a call that was made at a place in the program, until the result is dropped.
    #[inline]
    pub(super) fn call_from(
        &self,
        place: &'static Location<'static>,
        cause: Cause,
        entity: Option<&'static str>,
    ) -> Option<OriginScope> {
        let seen = self.server().known().seen();
        match seen.is_watched() {
            true => Some(OriginScope::enter(seen, cause, entity, place)),
            false => None,
        }
    }

    /// Sets the entity of the next statements to that of a step of a flush.
    #[inline]
    pub(super) fn sends_step(&self, step: &Step) {
        let seen = self.server().known().seen();
        if seen.is_watched()
            && let Some(arena) = self.map().arena_dyn(step.entity)
        {
            seen.change_entity(arena.meta().name);
        }
    }

    /// Begins a step along a relationship, until the result is dropped.
    pub(super) fn along(&self, relationship: &RelationshipMeta) -> Option<OriginScope> {
        let seen = self.server().known().seen();
        seen.is_watched().then(|| OriginScope::part(seen, |origin| follow(origin, relationship)))
    }

    /// Begins code of the program that a call runs, such as a listener.
    pub(super) fn outside(&self) -> Option<OriginScope> {
        let seen = self.server().known().seen();
        seen.is_watched().then(|| OriginScope::outside(seen))
    }

    /// Reports that the connection comes from a pool.
    #[cfg(feature = "pool")]
    pub(super) fn report_taken(&self, waited: std::time::Duration) {
        self.server().report_connection(crate::backend::ConnectionChange::Taken { waited });
    }

    /// Returns a clock for the next flush, if something observes.
    pub(super) fn flush_clock(&self) -> FlushClock {
        FlushClock(self.server().known().seen().is_watched().then(|| [Instant::now(); 3]))
    }

    /// Reports a flush that has ended.
    pub(super) fn report_flush(&self, plan: &FlushPlan, clock: &FlushClock) {
        let Some([began, planned, sent]) = clock.0 else { return };
        let seen = self.server().known().seen();
        let count = |wanted: fn(&Action) -> bool| {
            // An object that has rows in several tables counts once.
            let steps = plan.steps.iter().filter(|step| step.table == 0 && wanted(&step.action));
            steps.map(|step| step.slots.len()).sum()
        };
        seen.report(&Event::Flushed(&Flush {
            session: seen.session(),
            origin: seen.origin(),
            inserted: count(|action| matches!(action, Action::Insert { .. })),
            updated: count(|action| {
                matches!(
                    action,
                    Action::Update(_)
                        | Action::Rekey(_)
                        | Action::Unpark(_)
                        | Action::RowSwitch { .. }
                )
            }),
            deleted: count(|action| matches!(action, Action::Delete | Action::SoftDelete(_))),
            planning: planned - began,
            sending: sent - planned,
            entering: sent.elapsed(),
        }));
    }
}

/// Adds a relationship to the path of an origin.
fn follow(origin: &mut Origin, relationship: &RelationshipMeta) {
    let from = match &origin.path {
        Some(path) => path,
        None => (relationship.source)().name,
    };
    origin.path = Some(format!("{from}.{}", relationship.name).into());
    origin.entity = Some((relationship.target)().name);
    if origin.cause == Cause::Query {
        origin.cause = Cause::Eager;
    }
}

/// When a flush began, was planned and was sent; nothing if nobody observes.
pub(super) struct FlushClock(Option<[Instant; 3]>);

impl FlushClock {
    /// Notes that the flush is planned.
    pub(super) fn planned(&mut self) {
        self.note(1);
    }

    /// Notes that the statements are sent.
    pub(super) fn sent(&mut self) {
        self.note(2);
    }

    fn note(&mut self, moment: usize) {
        if let Some(moments) = &mut self.0 {
            moments[moment] = Instant::now();
        }
    }
}
