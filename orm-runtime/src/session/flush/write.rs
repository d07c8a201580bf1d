//! The statements of a flush, step by step.

mod send_inserts;

pub(in crate::session) use send_inserts::Inserts;

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::RandomState;

use crate::backend::{Binds, SqlWriter, Statement};
use crate::error::{DatabaseError, Error, Result};
use crate::map::{BindKey, ByKey, ErasedArena, Flushed};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::plan::{self, Action, FlushPlan, ParkedValue, Step};
use crate::session::Session;
use crate::session::row_binds::{DeletedRows, StoredKeys, TextOfBatch, UpdateRows};
use crate::sql::{self, UpdateForm};

/// The results of a flush: each object once, by entity and slot, with what was done to it.
#[derive(Default)]
pub(in crate::session) struct Done {
    pub(in crate::session) rows: Vec<(usize, u32, Flushed)>,
    /// Objects that have rows in several tables and are already recorded.
    split: HashSet<(usize, u32), RandomState>,
    /// Objects whose rows are gone because new objects have taken their keys.
    gone: HashSet<(usize, u32), RandomState>,
}

impl Done {
    /// Returns the objects of a step, except those whose rows are gone.
    fn there<'s>(&self, step: &'s Step) -> std::borrow::Cow<'s, [u32]> {
        let is_there = |slot: &u32| !self.gone.contains(&(step.entity, *slot));
        if self.gone.is_empty() {
            return (&step.slots[..]).into();
        }
        step.slots.iter().copied().filter(is_there).collect()
    }

    /// Records what a step did. If an object has rows in several tables, the first one counts.
    fn tell(&mut self, step: &Step, rows: impl Iterator<Item = (u32, Flushed)>) {
        for (slot, how) in rows {
            if !step.split || self.split.insert((step.entity, slot)) {
                self.rows.push((step.entity, slot, how));
            }
        }
    }
}

/// Why a flush stopped.
pub(in crate::session) enum Stop {
    /// A statement with these rows failed.
    Statement { step: usize, slots: Vec<u32>, error: diesel::result::Error },
    /// A statement matched fewer rows than it should have written.
    Missed { step: usize },
    /// Anything else.
    Other(Error),
}

impl Stop {
    /// Returns the error that the database reported, if the cause was the database.
    pub(in crate::session) fn database_error(&self) -> Option<DatabaseError> {
        match self {
            Stop::Statement { error, .. } => DatabaseError::reported_by(error),
            Stop::Other(error) => error.database().cloned(),
            _ => None,
        }
    }
}

/// How many rows share a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Batching {
    /// As many rows as fit.
    Full,
    /// As many rows as fit before this step; this step, which is the last, row by row.
    OneByOneAt(usize),
}

impl Session {
    /// Runs the steps of a plan, and returns what they did.
    pub(in crate::session) fn run(
        &mut self,
        plan: &FlushPlan,
        batching: Batching,
    ) -> Result<Done, Stop> {
        let mut done = Done::default();
        self.map_mut().revert_keys();
        let generated = plan.steps.iter().filter(|step| step.makes_keys());
        let generated: Vec<usize> = generated.map(|step| step.entity).collect();
        let by_key = self.map().references_by_key(&generated);
        for (n, step) in plan.steps.iter().enumerate() {
            self.sends_step(step);
            let single = batching == Batching::OneByOneAt(n);
            self.run_step(n, step, single, &mut done)?;
            if single {
                break;
            }
            if matches!(step.action, Action::Insert { .. }) && step.table == 0 {
                self.find_former_holders(plan, n, &mut done)?;
            }
            if step.makes_keys() {
                self.find_taken_keys(step, &by_key)?;
            }
        }
        Ok(done)
    }

    /// Finds objects whose keys new rows have taken, so that no later step of the plan for such an
    /// object reaches the new row. Deleting such an object does nothing; any other step on it
    /// fails.
    fn find_former_holders(
        &mut self,
        plan: &FlushPlan,
        n: usize,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let step = &plan.steps[n];
        for holder in self.map().former_holders(step.entity, &step.slots) {
            let concerns = |it: &Step| {
                it.entity == step.entity && it.slots.iter().any(|&slot| it.row(slot) == holder)
            };
            if plan.steps[..n].iter().any(concerns) {
                // The holder has given up its key in this flush.
                continue;
            }
            let mut later = plan.steps.iter().enumerate().skip(n);
            let later = later.find(|(_, it)| concerns(it) && !it.action.removes());
            if let Some((step, _)) = later {
                return Err(Stop::Missed { step });
            }
            if let Some((entity, slot, reference)) =
                self.map().new_reference_to(step.entity, holder)
            {
                let leads_there = |arena| plan::leads_to_deleted(arena, slot, reference);
                return Err(Stop::Other(
                    self.map().arena_dyn(entity).map_or_else(no_arena, leads_there),
                ));
            }
            done.gone.insert((step.entity, holder));
        }
        Ok(())
    }

    /// Returns an error if a reference by key points to a row whose key was generated after the
    /// reference was set.
    fn find_taken_keys(&self, step: &Step, by_key: &[ByKey]) -> Result<(), Stop> {
        let Some(found) = self.map().led_to(by_key, step.entity, &step.slots) else {
            return Ok(());
        };
        let (entity, slot, foreign_key) = found.place();
        let is_taken = |arena| plan::leads_to_taken_key(arena, slot, foreign_key);
        Err(Stop::Other(self.map().arena_dyn(entity).map_or_else(no_arena, is_taken)))
    }

    fn run_step(
        &mut self,
        n: usize,
        step: &Step,
        single: bool,
        done: &mut Done,
    ) -> Result<(), Stop> {
        if step.action.writes_references() {
            self.map_mut().propagate_keys_to(step.entity, &step.slots);
        }
        let flushed = match &step.action {
            Action::Insert { .. } => return self.run_insert(n, step, single, done),
            Action::Update(_) => {
                self.run_update(n, step, &step.slots, single)?;
                Flushed::Updated
            }
            Action::Rekey(_) => {
                self.run_update(n, step, &step.slots, single)?;
                self.map_mut().find_by_new_key(step.entity, step.slots[0]);
                Flushed::Updated
            }
            Action::SetReferences(_) | Action::ClearUnique(_) => {
                return self.run_update(n, step, &step.slots, single);
            }
            Action::Nullify(_) => {
                return self.run_by_keys(n, step, &done.there(step), single);
            }
            Action::RowSwitch { old, written, .. } => {
                if step.writes() {
                    self.run_update(n, step, &[*old], single)?;
                }
                Flushed::Switched { old: *old, written: *written }
            }
            Action::Delete => {
                self.run_by_keys(n, step, &done.there(step), single)?;
                Flushed::Deleted
            }
            Action::SoftDelete(_) => {
                self.run_by_keys(n, step, &done.there(step), single)?;
                Flushed::SoftDeleted
            }
            Action::Park => return self.run_parking(n, step, None),
            Action::Unpark(columns) => {
                self.run_parking(n, step, Some(*columns))?;
                self.map_mut().find_by_new_key(step.entity, step.slots[0]);
                Flushed::Updated
            }
        };
        done.tell(step, step.slots.iter().map(|&slot| (slot, flushed)));
        Ok(())
    }

    /// Updates the rows of the `stored` objects. These are the objects of the step, unless a new
    /// object takes over the row of another.
    fn run_update(
        &mut self,
        n: usize,
        step: &Step,
        stored: &[u32],
        single: bool,
    ) -> Result<(), Stop> {
        let Some(update) = step.update() else { return Ok(()) };
        let (dialect, meta, columns) = (self.dialect(), &update.meta, update.columns);
        self.refuse_last_version(meta, step, stored)?;
        let parked = match step.action {
            Action::ClearUnique(column) => Some(parked_values(step, column)),
            _ => None,
        };
        let mut text = TextOfBatch::default();
        for slots in self.batches(step, update.max_rows(dialect), single) {
            let form = update.form(dialect, slots.len());
            let sql = text.of(slots.len(), || update.sql(dialect, form));
            let (map, sender) = self.map_and_sender();
            let arena = arena_of(map, step)?;
            let stored = if let [_] = stored { stored } else { &slots[..] };
            let parked = parked.as_ref();
            let by = sql::Identity::of(meta);
            let rows = UpdateRows { arena, meta, slots: &slots, stored, columns, by, parked, form };
            let cached = form == UpdateForm::FromArrays || sql::is_full(slots.len());
            let statement = Statement { sql, values: &rows, cached };
            match sender.execute(&statement) {
                Ok(matched) if matched == slots.len() => {}
                Ok(_) => return Err(Stop::Missed { step: n }),
                Err(error) => return Err(Stop::Statement { step: n, slots, error }),
            }
        }
        Ok(())
    }

    /// Refuses to increment the largest version that the field can hold, because SQLite would store
    /// a version that the field cannot read.
    fn refuse_last_version(
        &self,
        meta: &EntityMeta,
        step: &Step,
        slots: &[u32],
    ) -> Result<(), Stop> {
        let Some(version) = meta.version else { return Ok(()) };
        let arena = arena_of(self.map(), step)?;
        let Some(&slot) = slots.iter().find(|&&slot| arena.has_last_version(slot)) else {
            return Ok(());
        };
        Err(Stop::Other(Error::Encode {
            entity: arena.name(slot),
            key: arena.key_text(slot),
            column: meta.columns[version].name,
            source: "it is the largest version that its type can hold; use i64".into(),
        }))
    }

    /// Deletes rows, marks them as deleted, or sets columns of them to NULL.
    fn run_by_keys(
        &mut self,
        n: usize,
        step: &Step,
        slots: &[u32],
        single: bool,
    ) -> Result<(), Stop> {
        let Some(by_keys) = step.by_keys() else { return Ok(()) };
        let dialect = self.dialect();
        let time = match step.action {
            Action::SoftDelete(_) => arena_of(self.map(), step)?.deletion(),
            _ => None,
        };
        // A row that is already gone is fine, unless its version should have matched.
        let is_missed = |matched: usize, rows: usize| {
            matched < rows && step.action.removes_rows() && step.meta.version.is_some()
        };
        for slots in slots.chunks(if single { 1 } else { by_keys.max_rows(dialect) }) {
            let (map, sender) = self.map_and_sender();
            let arena = arena_of(map, step)?;
            let keys = StoredKeys::new(dialect, arena, slots, by_keys.columns());
            let sql = by_keys.sql(dialect, keys.form());
            let values = DeletedRows { time: time.as_deref(), keys };
            let statement = Statement { sql: &sql, values: &values, cached: true };
            match sender.execute(&statement) {
                Ok(matched) if is_missed(matched, slots.len()) => {
                    return Err(Stop::Missed { step: n });
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(Stop::Statement { step: n, slots: slots.to_vec(), error });
                }
            }
        }
        Ok(())
    }

    /// Moves a row to an unused key, or from there to its new key, together with its other changes.
    fn run_parking(&mut self, n: usize, step: &Step, back: Option<ColumnSet>) -> Result<(), Stop> {
        let arena = arena_of(self.map(), step)?;
        let slot = step.slots[0];
        let Some(parking) = arena.parking_key(slot) else {
            return Err(Stop::Other(Error::InvalidState {
                entity: arena.name(slot),
                key: arena.key_text(slot),
                action: "given its new key",
                reason: "objects trade keys in a circle; flush in two steps, through a free key",
            }));
        };
        self.refuse_last_version(step.meta, step, &[slot])?;
        let dialect = self.dialect();
        let sql = match back {
            None => sql::park(dialect, step.meta),
            Some(columns) => sql::update(dialect, step.meta, columns, UpdateForm::One),
        };
        let back = back.map(|columns| step.meta.version.map_or(columns, |v| columns.without(v)));
        let (map, sender) = self.map_and_sender();
        let arena = arena_of(map, step)?;
        let values = ParkedRow { arena, slot, parking: &*parking, back };
        let statement = Statement { sql: &sql, values: &values, cached: false };
        match sender.execute(&statement) {
            Ok(1) => Ok(()),
            Ok(_) => Err(Stop::Missed { step: n }),
            Err(error) => Err(Stop::Statement { step: n, slots: vec![slot], error }),
        }
    }

    /// Cuts the rows of a step into batches.
    fn batches(&self, step: &Step, max_rows: usize, single: bool) -> Vec<Vec<u32>> {
        if single {
            return step.slots.iter().map(|&slot| vec![slot]).collect();
        }
        let Some(arena) = self.map().arena_dyn(step.entity) else { return Vec::new() };
        let payload = |slot| arena.payload(slot);
        sql::batches(max_rows, &step.slots, payload).map(<[u32]>::to_vec).collect()
    }
}

/// Returns the temporary values that the rows of a step hold in a column.
pub(super) fn parked_values(step: &Step, column: usize) -> BTreeMap<u32, ParkedValue> {
    let value = |&slot| Some((slot, ParkedValue::of(&step.meta.columns[column], slot)?));
    step.slots.iter().filter_map(value).collect()
}

/// Returns the arena of a step.
fn arena_of<'m>(
    map: &'m crate::map::IdentityMap,
    step: &Step,
) -> Result<&'m dyn ErasedArena, Stop> {
    map.arena_dyn(step.entity).ok_or_else(|| Stop::Other(no_arena()))
}

fn no_arena() -> Error {
    Error::Diesel(diesel::result::Error::NotFound)
}

/// A row on its way to the unused key, or from there with these columns.
pub(super) struct ParkedRow<'a> {
    pub(super) arena: &'a dyn ErasedArena,
    pub(super) slot: u32,
    pub(super) parking: &'a dyn BindKey,
    pub(super) back: Option<ColumnSet>,
}

impl Binds for ParkedRow<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> diesel::QueryResult<()> {
        match self.back {
            None => {
                self.parking.bind(pass)?;
                self.arena.bind_stored(self.slot, self.arena.meta().key[0], pass)?;
            }
            Some(columns) => {
                self.arena.bind(self.slot, columns, pass)?;
                self.parking.bind(pass)?;
            }
        }
        match self.arena.meta().version {
            Some(version) => self.arena.bind_stored(self.slot, version, pass),
            None => Ok(()),
        }
    }
}
