//! Calls of the program and their parts, for as long as they run.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::{Call, Cause, Event, Origin, Seen};

/// The origin of what is sent until the scope is dropped. Scopes nest: the outermost one decides
/// the place, because it is the program's call.
#[derive(Debug)]
pub(crate) struct OriginScope {
    seen: Arc<Seen>,
    earlier: Origin,
    depth: u32,
    call: Option<RunningCall>,
}

impl OriginScope {
    /// Begins a call of the program, or a part of one.
    #[cold]
    pub(crate) fn enter(
        seen: &Arc<Seen>,
        cause: Cause,
        entity: Option<&'static str>,
        place: &'static Location<'static>,
    ) -> Self {
        Self::begin(seen, |origin, depth| {
            if depth == 0 {
                *origin = Origin { place: Some(place), ..Origin::default() };
            }
            origin.cause = cause;
            origin.path = None;
            if entity.is_some() || depth == 0 {
                origin.entity = entity;
            }
            depth + 1
        })
    }

    /// Changes the origin of a part of a call.
    #[cold]
    pub(crate) fn part(seen: &Arc<Seen>, change: impl FnOnce(&mut Origin)) -> Self {
        Self::begin(seen, |origin, depth| {
            change(origin);
            depth.max(1)
        })
    }

    /// Begins code of the program that a call runs: its calls have places of their own.
    #[cold]
    pub(crate) fn outside(seen: &Arc<Seen>) -> Self {
        Self::begin(seen, |origin, _| {
            *origin = Origin::default();
            0
        })
    }

    fn begin(seen: &Arc<Seen>, change: impl FnOnce(&mut Origin, u32) -> u32) -> Self {
        let (earlier, depth, is_call) = seen.change_origin(|origin, depth| {
            let earlier = (origin.clone(), *depth);
            *depth = change(origin, *depth);
            (earlier.0, earlier.1, earlier.1 == 0 && *depth > 0)
        });
        let call = is_call.then(|| RunningCall::begin(seen));
        OriginScope { seen: Arc::clone(seen), earlier, depth, call }
    }
}

impl Drop for OriginScope {
    fn drop(&mut self) {
        let earlier = std::mem::take(&mut self.earlier);
        let depth = self.depth;
        let last = self.seen.change_origin(|origin, current| {
            *current = depth;
            std::mem::replace(origin, earlier)
        });
        if let Some(call) = self.call.take() {
            call.finish(&self.seen, last);
        }
    }
}

/// A call of the program that has not ended.
#[derive(Debug)]
struct RunningCall {
    started: Instant,
    statements: u64,
    transaction_statements: u64,
}

impl RunningCall {
    fn begin(seen: &Seen) -> Self {
        RunningCall {
            started: Instant::now(),
            statements: seen.statements(),
            transaction_statements: seen.transaction_statements(),
        }
    }

    /// Reports the call if it has sent something.
    fn finish(self, seen: &Seen, origin: Origin) {
        let call = Call {
            session: seen.session(),
            origin,
            statements: seen.statements().saturating_sub(self.statements),
            transaction_statements: seen
                .transaction_statements()
                .saturating_sub(self.transaction_statements),
            time: self.started.elapsed(),
        };
        if call.statements + call.transaction_statements > 0 {
            seen.report(&Event::CallFinished(&call));
        }
    }
}
