//! Observers that come with the crate: a report of repeated statements, a watch for slow ones, and
//! spans of the crate `tracing`. They know only events; a session does not know them.

mod full_scans;
mod repeated;
mod shape;
mod slow_watch;
mod statement_report;
#[cfg(feature = "tracing")]
mod statement_spans;
#[cfg(feature = "tracing")]
mod tracing_observer;

pub use full_scans::FullScanWatch;
pub use repeated::Repeated;
pub(crate) use shape::shape;
pub use slow_watch::{SlowStatement, SlowWatch, Stack};
pub use statement_report::{Place, ReportedShape, StatementReport, StatementSummary};
#[cfg(feature = "tracing")]
pub use tracing_observer::TracingObserver;
