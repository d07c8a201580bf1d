//! Conversion of errors of Diesel and of the databases to errors of this crate.

use diesel::result::{DatabaseErrorKind as DieselKind, Error as DieselError};

use super::Dialect;
use super::failure_words::FailureWords;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

impl DatabaseError {
    /// Converts an error of Diesel.
    pub(crate) fn of(error: &DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, info) => {
                let message = info.message();
                DatabaseError {
                    kind: classify(kind, message, info.details()),
                    constraint: info
                        .constraint_name()
                        .map(str::to_owned)
                        .or_else(|| constraint_in(message)),
                    column: info.column_name().map(str::to_owned).or_else(|| column_in(message)),
                    message: without_values(message),
                }
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::of(commit_error),
            DieselError::BrokenTransactionManager => Self::plain(
                DatabaseErrorKind::Disconnected,
                "the connection broke inside a transaction",
            ),
            other => Self::plain(DatabaseErrorKind::Other, &without_values(&other.to_string())),
        }
    }

    /// Returns the error, if the database or the connection reported it.
    pub(crate) fn reported_by(error: &DieselError) -> Option<Self> {
        matches!(
            error,
            DieselError::DatabaseError(..)
                | DieselError::BrokenTransactionManager
                | DieselError::RollbackErrorOnCommit { .. }
        )
        .then(|| Self::of(error))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match DatabaseError::reported_by(&error) {
            Some(reported) => Error::of_database(reported),
            None => Error::of_unsent(error),
        }
    }
}

impl Error {
    /// Returns the error of a statement that did not reach the database.
    pub(crate) fn of_unsent(error: DieselError) -> Self {
        match error {
            // One of this crate's errors, which had to pass through Diesel.
            DieselError::QueryBuilderError(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(inner) => Error::Diesel(DieselError::QueryBuilderError(inner)),
            },
            other => Error::Diesel(other),
        }
    }
}

/// What libpq says of an option that it does not know. It repeats the name of the option.
const REFUSED_OPTIONS: [&str; 2] = ["invalid URI query parameter", "invalid connection option"];

impl From<diesel::ConnectionError> for Error {
    fn from(error: diesel::ConnectionError) -> Self {
        match error {
            // The message about a bad URL may repeat the URL.
            diesel::ConnectionError::InvalidConnectionUrl(_) => {
                Error::Connection("the URL is not valid".to_owned())
            }
            other => match other.to_string() {
                text if REFUSED_OPTIONS.iter().any(|words| text.contains(words)) => {
                    Error::Configuration(text.trim_end().to_owned())
                }
                text => Error::Connection(text),
            },
        }
    }
}

/// Classifies an error. Diesel has a kind for a few errors; the others are recognised by the
/// messages of the databases.
fn classify(kind: &DieselKind, message: &str, details: Option<&str>) -> DatabaseErrorKind {
    let says = |words: fn(&FailureWords) -> &'static [&'static str]| {
        words_of_all().any(|failures| words(failures).iter().any(|word| message.contains(word)))
    };
    match kind {
        DieselKind::UniqueViolation => DatabaseErrorKind::Unique,
        DieselKind::ForeignKeyViolation => DatabaseErrorKind::ForeignKey,
        DieselKind::NotNullViolation => DatabaseErrorKind::NotNull,
        DieselKind::CheckViolation => DatabaseErrorKind::Check,
        DieselKind::RestrictViolation => DatabaseErrorKind::ForeignKey,
        DieselKind::ExclusionViolation => DatabaseErrorKind::Unique,
        DieselKind::ClosedConnection => DatabaseErrorKind::Disconnected,
        DieselKind::ReadOnlyTransaction => DatabaseErrorKind::ReadOnly,
        _ if says(|it| it.deadlock) => DatabaseErrorKind::Deadlock,
        DieselKind::Unknown if details.is_some_and(waits_for_locks) => DatabaseErrorKind::Deadlock,
        DieselKind::SerializationFailure => DatabaseErrorKind::Serialization,
        _ if says(|it| it.serialization) => DatabaseErrorKind::Serialization,
        _ if says(|it| it.locked) => DatabaseErrorKind::Busy,
        _ if says(|it| it.cut_off) => DatabaseErrorKind::Cancelled,
        _ if says(|it| it.lost) => DatabaseErrorKind::Disconnected,
        _ if says(|it| it.read_only) => DatabaseErrorKind::ReadOnly,
        _ if violates_check(message) => DatabaseErrorKind::Check,
        _ if says(|it| it.refused_values) => DatabaseErrorKind::Value,
        _ => DatabaseErrorKind::Other,
    }
}

fn words_of_all() -> impl Iterator<Item = &'static FailureWords> {
    Dialect::ALL.into_iter().map(|dialect| dialect.failures())
}

/// Returns `true` if a message reports a violation that Diesel has no kind for.
fn violates_check(message: &str) -> bool {
    let says_all = |pieces: &&[&str]| pieces.iter().all(|piece| message.contains(piece));
    words_of_all().any(|failures| failures.check.iter().any(says_all))
}

/// Returns `true` if PostgreSQL reports which process waits for which. It does so for a deadlock,
/// in one line for each process. The names of the locks are the same in every language.
fn waits_for_locks(details: &str) -> bool {
    let waits = |line: &str| line.contains("ShareLock") || line.contains("ExclusiveLock");
    details.lines().filter(|line| waits(line)).count() > 1
}

/// Finds the constraint in the message of a database that has no separate field for it.
fn constraint_in(message: &str) -> Option<String> {
    words_of_all().find_map(|failures| (failures.constraint_in)(message)).map(str::to_owned)
}

/// Finds the column in the message of a database that has no separate field for it.
fn column_in(message: &str) -> Option<String> {
    let column = words_of_all().find_map(|failures| (failures.column_in)(message))?;
    (!column.is_empty()).then(|| column.to_owned())
}

/// Removes the values that some messages repeat.
fn without_values(message: &str) -> String {
    // MySQL: "Duplicate entry 'ada' for key 'name'".
    if let Some(start) = message.find("entry '")
        && let Some(end) = message.rfind("' for key")
    {
        return format!("{}entry{}", &message[..start], &message[end + 1..]);
    }
    // MySQL: "Incorrect integer value: 'x' for column …", "Truncated incorrect DOUBLE value: 'x'".
    if let Some(start) = message.find(" value: '") {
        let end = message.find("' for column").or_else(|| message.rfind('\''));
        let rest = end.map_or("", |end| &message[end + 1..]);
        return format!("{} value{rest}", &message[..start]);
    }
    // PostgreSQL: "invalid input syntax for type integer: \"x\"".
    if let Some((head, _)) = message.split_once(": \"") {
        return head.to_owned();
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_their_values_and_keep_their_names() {
        let duplicate = "Duplicate entry 'it's me' for key 'name'";
        assert_eq!(without_values(duplicate), "Duplicate entry for key 'name'");
        assert_eq!(constraint_in(duplicate).as_deref(), Some("name"));
        assert_eq!(
            without_values("invalid input syntax for type integer: \"secret\""),
            "invalid input syntax for type integer"
        );
        assert_eq!(
            without_values("Incorrect integer value: 'secret' for column 'age' at row 1"),
            "Incorrect integer value for column 'age' at row 1"
        );
        assert_eq!(column_in("NOT NULL constraint failed: user.name").as_deref(), Some("name"));
        assert_eq!(column_in("Column 'name' cannot be null").as_deref(), Some("name"));
        let check = "Check constraint 'it's' is violated.";
        assert_eq!(constraint_in(check).as_deref(), Some("it's"));
        let date = "Incorrect date value for column `base`.`table`.`day` at row 1";
        assert_eq!(column_in(date).as_deref(), Some("day"));
    }

    #[test]
    fn a_deadlock_is_one_in_every_language() {
        let details = "Prozess 7 wartet auf ShareLock-Sperre auf Transaktion 31; blockiert von Prozess 9.\n\
                       Prozess 9 wartet auf ExclusiveLock-Sperre auf Tupel (0,1); blockiert von Prozess 7.";
        let kind = |details| classify(&DieselKind::Unknown, "Verklemmung entdeckt", details);
        assert_eq!(kind(Some(details)), DatabaseErrorKind::Deadlock);
        assert_eq!(kind(Some("Failing row contains (ShareLock).")), DatabaseErrorKind::Other);
        assert_eq!(kind(None), DatabaseErrorKind::Other);
    }

    #[test]
    fn lost_connections_are_told_from_refused_statements() {
        let kind = |message| classify(&DieselKind::UnableToSendCommand, message, None);
        assert_eq!(kind("no connection to the server\n"), DatabaseErrorKind::Disconnected);
        assert_eq!(
            kind("number of parameters must be between 0 and 65535"),
            DatabaseErrorKind::Other
        );
    }
}
