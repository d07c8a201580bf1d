//! Unique values that pass from row to row in one flush. The steps are ordered so that no row takes
//! a value before another row has freed it. In a cycle, rows have NULL or a temporary value for a
//! while.

use std::collections::BTreeMap;

use super::dependencies::{Rows, dependencies};
use super::parking::Parking;
use super::toposort::{MOST_LAYERS, circular};
use super::unique::{Claim, claims};
use super::{Action, Step};
use crate::error::{Error, Result};
use crate::map::IdentityMap;

/// Orders the steps of a plan so that unique values can pass from row to row. A plan without such
/// values stays as it is.
pub(super) fn hand_on(map: &IdentityMap, steps: &mut Vec<Step>) -> Result<()> {
    let claims = claims(map, steps);
    if claims.iter().all(|claim| claim.freer.0 < claim.taker.0) {
        return Ok(());
    }
    let rows = Rows::of(steps);
    let mut order = Order::new(map, steps, &rows, &claims);
    order.park_long_chains();
    let mut arranged = Vec::new();
    loop {
        match order.take_next() {
            Some((step, rows)) => arranged.push((step, rows)),
            None if order.is_done() => break,
            None => order.break_circle()?,
        }
    }
    let parked = std::mem::take(&mut order.parked);
    let mut result = parking_steps(steps, &parked);
    for (step, places) in arranged {
        parts(&steps[step], step, &places, &parked, &mut result);
    }
    *steps = result;
    Ok(())
}

/// The rows with temporary values: the step and position of the row that frees a value, and where
/// the row has a temporary value.
type Parked = BTreeMap<(usize, usize), Vec<Parking>>;

/// Returns the steps that set temporary values, which come before everything else.
fn parking_steps(steps: &[Step], parked: &Parked) -> Vec<Step> {
    let mut result: Vec<Step> = Vec::new();
    for (&(n, at), parkings) in parked {
        let Step { entity, split, table, meta, .. } = steps[n];
        let slot = steps[n].row(steps[n].slots[at]);
        for parking in parkings {
            let action = match *parking {
                Parking::Null(column) => Action::Nullify([column].into_iter().collect()),
                Parking::Value(column) => Action::ClearUnique(column),
            };
            let same = result
                .iter_mut()
                .find(|step| (step.entity, step.table) == (entity, table) && step.action == action);
            match same {
                Some(step) => step.slots.push(slot),
                None => {
                    result.push(Step { entity, split, table, meta, action, slots: vec![slot] });
                }
            }
        }
    }
    result
}

/// Adds some rows of a step. Rows with temporary values also get their other values back.
fn parts(step: &Step, n: usize, places: &[usize], parked: &Parked, result: &mut Vec<Step>) {
    let mut parts: Vec<Step> = Vec::new();
    for &at in places {
        let waits = parked.get(&(n, at)).into_iter().flatten();
        let action = step.action.with_columns(waits.map(|parking| parking.column()));
        match parts.iter_mut().find(|part| part.action == action) {
            Some(part) => part.slots.push(step.slots[at]),
            None => parts.push(Step { action, slots: vec![step.slots[at]], ..step.clone() }),
        }
    }
    result.append(&mut parts);
}

impl Action {
    /// Returns the action with more columns, if it writes columns.
    fn with_columns(&self, more: impl Iterator<Item = usize>) -> Action {
        let mut action = self.clone();
        if let Action::Update(columns)
        | Action::Rekey(columns)
        | Action::Unpark(columns)
        | Action::RowSwitch { columns, .. } = &mut action
        {
            *columns = more.fold(*columns, |columns, column| columns.with(column, true));
        }
        action
    }
}

/// A row, or a whole step, that must wait for another one.
#[derive(Debug, Clone, Copy)]
struct Wait {
    from: usize,
    to: usize,
    /// The claim that causes it, if it is not caused by a reference.
    claim: Option<usize>,
    /// `true` if both are in one step: they may be written together, in order.
    beside: bool,
    /// `true` if nothing waits: the other row has a temporary value before.
    dropped: bool,
}

struct Order<'a> {
    map: &'a IdentityMap,
    steps: &'a [Step],
    rows: &'a Rows,
    claims: &'a [Claim],
    /// For each claim, where the row that frees the value can have a temporary one.
    parkings: Vec<Option<Parking>>,
    waits: Vec<Wait>,
    /// The waits, by the row that is waited for.
    after: Vec<Vec<usize>>,
    /// The number of rows outside its step, and inside it, that each row waits for.
    outside: Vec<usize>,
    inside: Vec<usize>,
    done: Vec<bool>,
    /// The number of remaining rows of each step, and of those that wait for nothing outside.
    left: Vec<usize>,
    ready: Vec<usize>,
    parked: Parked,
}

impl<'a> Order<'a> {
    fn new(map: &'a IdentityMap, steps: &'a [Step], rows: &'a Rows, claims: &'a [Claim]) -> Self {
        let of_claim = |(n, claim): (usize, &Claim)| Wait {
            from: rows.number(claim.taker),
            to: rows.number(claim.freer),
            claim: Some(n),
            beside: false,
            dropped: false,
        };
        let of_reference = |(from, to)| Wait {
            from,
            to,
            claim: None,
            beside: rows.step_of(from).is_some() && rows.step_of(from) == rows.step_of(to),
            dropped: false,
        };
        let references = dependencies(map, steps, rows).into_iter().map(of_reference);
        let waits: Vec<Wait> = references.chain(claims.iter().enumerate().map(of_claim)).collect();
        let numbers = rows.count() + steps.len();
        let mut order = Order {
            map,
            steps,
            rows,
            claims,
            parkings: claims.iter().map(|claim| parking(map, steps, claim)).collect(),
            waits,
            after: vec![Vec::new(); numbers],
            outside: vec![0; numbers],
            inside: vec![0; numbers],
            done: vec![false; numbers],
            left: steps.iter().map(|step| step.slots.len()).collect(),
            ready: vec![0; steps.len()],
            parked: Parked::new(),
        };
        for (n, wait) in order.waits.iter().enumerate() {
            order.after[wait.to].push(n);
            let counted = if wait.beside { &mut order.inside } else { &mut order.outside };
            counted[wait.from] += 1;
        }
        for row in (0..rows.count()).filter(|&row| order.outside[row] == 0) {
            order.ready[rows.step_of(row).unwrap_or_default()] += 1;
        }
        order
    }

    fn is_done(&self) -> bool {
        self.left.iter().all(|&left| left == 0)
    }

    /// Returns the rows that can be written next, by their positions in a step: the first step of
    /// which all rows can be written, or else the first of which some can.
    fn take_next(&mut self) -> Option<(usize, Vec<usize>)> {
        let (left, ready) = (&self.left, &self.ready);
        let whole = (0..self.steps.len()).find(|&n| left[n] > 0 && ready[n] == left[n]);
        let some = (0..self.steps.len()).filter(|&n| ready[n] > 0).collect::<Vec<_>>();
        whole.into_iter().chain(some).find_map(|step| {
            let taken = self.take(step);
            (!taken.is_empty()).then_some((step, taken))
        })
    }

    fn take(&mut self, step: usize) -> Vec<usize> {
        let rows = self.rows.of_step(step);
        let mut taken = Vec::new();
        for row in rows.clone() {
            if self.done[row] || self.outside[row] > 0 || self.inside[row] > 0 {
                continue;
            }
            self.done[row] = true;
            taken.push(row - rows.start);
            for n in 0..self.after[row].len() {
                let wait = self.waits[self.after[row][n]];
                self.inside[wait.from] -= usize::from(wait.beside);
            }
        }
        self.left[step] -= taken.len();
        self.ready[step] -= taken.len();
        for &at in &taken {
            self.release(rows.start + at);
        }
        taken
    }

    /// Releases the rows and steps that must wait for a row or for a step.
    fn release(&mut self, row: usize) {
        for n in std::mem::take(&mut self.after[row]) {
            let wait = self.waits[n];
            if !wait.beside && !wait.dropped {
                self.forget(wait);
            }
        }
    }

    fn forget(&mut self, wait: Wait) {
        self.outside[wait.from] -= 1;
        if self.outside[wait.from] > 0 {
            return;
        }
        match self.rows.step_of(wait.from) {
            Some(step) => self.ready[step] += 1,
            None => {
                self.done[wait.from] = true;
                self.release(wait.from);
            }
        }
    }

    /// Removes a wait by giving the row that frees the value a temporary value, or by ignoring the
    /// claim.
    fn do_without(&mut self, n: usize) {
        let wait = self.waits[n];
        if wait.dropped || self.done[wait.to] {
            return;
        }
        self.waits[n].dropped = true;
        if let Some(claim) = wait.claim
            && let Some(parking) = self.parkings[claim]
        {
            let parked = self.parked.entry(self.claims[claim].freer).or_default();
            if !parked.contains(&parking) {
                parked.push(parking);
            }
        }
        self.forget(wait);
    }

    /// Gives temporary values to all rows of a value that would pass through too many rows: this
    /// takes two statements instead of one for each row.
    fn park_long_chains(&mut self) {
        let numbers = self.rows.count();
        let (mut depth, mut waits_for) = (vec![0_u32; numbers], vec![0_usize; numbers]);
        let claims: Vec<usize> =
            (0..self.waits.len()).filter(|&n| self.waits[n].claim.is_some()).collect();
        let mut takers: Vec<Vec<usize>> = vec![Vec::new(); numbers];
        let mut freers: Vec<Vec<usize>> = vec![Vec::new(); numbers];
        for &n in &claims {
            let Wait { from, to, .. } = self.waits[n];
            waits_for[from] += 1;
            takers[to].push(n);
            freers[from].push(n);
        }
        let mut free: Vec<usize> = (0..numbers).filter(|&row| waits_for[row] == 0).collect();
        let mut deep = Vec::new();
        while let Some(row) = free.pop() {
            if depth[row] >= MOST_LAYERS {
                deep.push(row);
            }
            for &n in &takers[row] {
                let taker = self.waits[n].from;
                depth[taker] = depth[taker].max(depth[row] + 1);
                waits_for[taker] -= 1;
                if waits_for[taker] == 0 {
                    free.push(taker);
                }
            }
        }
        let mut seen = vec![false; numbers];
        while let Some(row) = deep.pop() {
            if std::mem::replace(&mut seen[row], true) {
                continue;
            }
            for &n in takers[row].iter().chain(&freers[row]) {
                deep.extend([self.waits[n].from, self.waits[n].to]);
                if self.waits[n].claim.is_some_and(|claim| self.parkings[claim].is_some()) {
                    self.do_without(n);
                }
            }
        }
    }

    /// Removes waits when nothing can be written next. Rows in cycles get temporary values if they
    /// can. If none can, uncertain claims are ignored.
    fn break_circle(&mut self) -> Result<()> {
        let left = self.done.iter().map(|done| !done).collect();
        let pairs: Vec<(usize, usize)> =
            self.waits.iter().map(|wait| (wait.from, wait.to)).collect();
        let kept = |n: usize| !self.waits[n].dropped;
        let circular = circular(left, &pairs, &kept);
        let claims: Vec<(usize, usize)> = (0..self.waits.len())
            .filter(|&n| !self.waits[n].dropped && circular[pairs[n].0] && circular[pairs[n].1])
            .filter_map(|n| Some((n, self.waits[n].claim?)))
            .collect();
        let can_wait = |&&(_, claim): &&(usize, usize)| self.parkings[claim].is_some();
        let doubtful = |&&(_, claim): &&(usize, usize)| !self.claims[claim].certain;
        let mut dropped: Vec<_> = claims.iter().filter(can_wait).copied().collect();
        if dropped.is_empty() {
            dropped = claims.iter().filter(doubtful).copied().collect();
        }
        if dropped.is_empty() {
            return Err(self.refused(claims.first().map(|&(_, claim)| claim)));
        }
        for (n, _) in dropped {
            self.do_without(n);
        }
        Ok(())
    }

    fn refused(&self, claim: Option<usize>) -> Error {
        let Some(claim) = claim.map(|claim| &self.claims[claim]) else {
            return Error::CyclicReferences { references: Vec::new() };
        };
        let name = |(step, at): (usize, usize)| {
            let step: &Step = &self.steps[step];
            let arena = self.map.arena_dyn(step.entity)?;
            Some((arena.name(step.slots[at]), arena.key_text(step.row(step.slots[at]))))
        };
        let (entity, freer) = name(claim.freer).unwrap_or_default();
        let (_, taker) = name(claim.taker).unwrap_or_default();
        let meta = self.steps[claim.freer.0].meta;
        Error::UniqueCircular {
            entity,
            from: freer.unwrap_or_default(),
            to: taker,
            columns: claim.columns.iter().map(|&column| meta.columns[column].name).collect(),
        }
    }
}

/// Returns where the row that frees the value of a claim can have a temporary one.
fn parking(map: &IdentityMap, steps: &[Step], claim: &Claim) -> Option<Parking> {
    let step = &steps[claim.freer.0];
    let arena = map.arena_dyn(step.entity).filter(|_| !claim.is_key)?;
    let slot = step.row(step.slots[claim.freer.1]);
    Parking::of(arena.meta(), &step.action, slot, &claim.columns)
}
