//! The messages with which MySQL and MariaDB report failures.

use crate::backend::failure_words::FailureWords;

pub(super) const FAILURES: FailureWords = FailureWords {
    deadlock: &["Deadlock"],
    serialization: &["Record has changed since last read"],
    locked: &["Lock wait timeout", "lock(s) could not be acquired immediately"],
    cut_off: &["Query execution was interrupted"],
    read_only: &["in a READ ONLY transaction", "--read-only option"],
    lost: &["erver has gone away", "Lost connection"],
    check: &[
        &["CONSTRAINT `", "failed for"],
        &["CONSTRAINT `", "is violated"],
        &["Check constraint '"],
    ],
    refused_values: &[
        "Out of range value",
        "Data too long for column",
        "Incorrect datetime value",
        "Incorrect date value",
        "Incorrect time value",
        "Incorrect string value",
        "Incorrect integer value",
        "Incorrect decimal value",
        "Data truncated for column",
    ],
    constraint_in,
    column_in,
};

fn constraint_in(message: &str) -> Option<&str> {
    // "Duplicate entry '…' for key 'name'", "CONSTRAINT `fk` FOREIGN KEY …".
    if let Some((_, key)) = message.rsplit_once("for key ") {
        return Some(key.trim_matches(['\'', '`']));
    }
    if let Some((_, rest)) = message.split_once("CONSTRAINT `") {
        return rest.split_once('`').map(|(name, _)| name);
    }
    // MySQL, not MariaDB: "Check constraint 'positive' is violated."
    let (_, rest) = message.split_once("Check constraint '")?;
    rest.split_once("' is violated").map(|(name, _)| name)
}

/// Finds the column in "Column 'name' cannot be null", "Data too long for column 'name' at row 1",
/// or "Incorrect date value for column `base`.`table`.`name` at row 1".
fn column_in(message: &str) -> Option<&str> {
    let (_, mut rest) = message.split_once("olumn '").or_else(|| message.split_once("olumn `"))?;
    loop {
        let (name, after) = rest.split_once(['\'', '`'])?;
        match after.strip_prefix(".`") {
            Some(next) => rest = next,
            None => return name.rsplit('.').next(),
        }
    }
}
