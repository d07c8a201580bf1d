//! Why work was stopped.

use std::fmt;

/// Why the work of a session was stopped: [`Error::Stopped`](crate::Error::Stopped).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Nobody waits for the result: the future was dropped, or its task was aborted.
    Dropped,
    /// The deadline has passed: `AsyncSessionFactory::with_deadline`.
    Deadline,
    /// The runtime shuts down, and has not begun the work.
    Shutdown,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Dropped => "nobody waits for its result any more",
            StopReason::Deadline => "its deadline has passed",
            StopReason::Shutdown => "the runtime shuts down",
        })
    }
}
