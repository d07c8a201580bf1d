//! Who uses the connections of a pool.

use std::panic::Location;
use std::time::Duration;

/// Who uses a connection of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolHolder {
    /// The place in the program that took the connection.
    pub place: &'static Location<'static>,
    /// For how long.
    pub held: Duration,
}

/// Returns who uses connections longest, for the text of an error.
pub(super) fn held(holders: &[PoolHolder]) -> String {
    let holder = |holder: &PoolHolder| {
        let PoolHolder { place, held } = holder;
        format!("{}:{} ({} ms)", place.file(), place.line(), held.as_millis())
    };
    let holders: Vec<String> = holders.iter().map(holder).collect();
    match holders.is_empty() {
        true => String::new(),
        false => format!(", the longest by {}", holders.join(", ")),
    }
}
