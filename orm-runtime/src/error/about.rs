//! Errors about one object: a violated constraint, and an object that may not be written.

use std::fmt;

use super::{DatabaseError, DatabaseErrorKind, Error, ValidationError};
use crate::handle::RawHandle;

/// A row that violates a constraint.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Violation {
    /// The entity.
    pub entity: &'static str,
    /// The key of the row. `None` for a new object whose key the database generates, and if the row
    /// could not be determined.
    pub key: Option<String>,
    /// What the database reported.
    pub error: DatabaseError,
    /// The fields of the constraint, in its order: of a unique set, a reference, a key, or the one
    /// field whose value is missing or does not fit. They are found by the column or the constraint
    /// that the database names. Empty if it names neither, for a CHECK, and for a constraint whose
    /// name differs from the one that [`create_all`](crate::Schema::create_all) gives.
    pub fields: Vec<&'static str>,
    /// The number of the row in a call with many rows, counted from 1. `None` for an object of the
    /// session, and if the row could not be determined.
    pub row: Option<usize>,
    pub(crate) object: Option<(usize, RawHandle)>,
    /// `true` if a query flushed the pending changes first.
    pub(crate) autoflush: bool,
}

impl Violation {
    /// Returns the kind of the constraint.
    pub fn kind(&self) -> DatabaseErrorKind {
        self.error.kind
    }

    /// Returns the name of the constraint, if the database reports it.
    pub fn constraint(&self) -> Option<&str> {
        self.error.constraint.as_deref()
    }

    /// Returns the name of the column, if the database reports it.
    pub fn column(&self) -> Option<&str> {
        self.error.column.as_deref()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.entity)?;
        match self.object {
            Some(_) => DisplayObject(&self.key).fmt(f)?,
            None => write!(f, "{}{}", DisplayKey(&self.key), DisplayRow(&self.row))?,
        }
        let rule = match self.error.kind {
            DatabaseErrorKind::Unique => "duplicate value",
            DatabaseErrorKind::ForeignKey => "foreign key violation",
            DatabaseErrorKind::NotNull => "missing value",
            DatabaseErrorKind::Check => "check constraint violation",
            DatabaseErrorKind::Value => "the value does not fit its column",
            _ => "constraint violation",
        };
        write!(f, ": {rule}")?;
        match (&self.fields[..], self.constraint(), self.column()) {
            ([], Some(constraint), _) => write!(f, " ({constraint})")?,
            ([], None, Some(column)) => write!(f, " ({column})")?,
            ([], None, None) => {}
            (fields, ..) => write!(f, " ({})", fields.join(", "))?,
        }
        write!(f, ": {}", self.error)?;
        if self.autoflush {
            f.write_str(FLUSHED_BY_A_QUERY)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violation {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// An object that may not be written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InvalidEntity {
    /// The entity.
    pub entity: &'static str,
    /// The key; `None` for a new object whose key the database generates.
    pub key: Option<String>,
    /// The number of the row in a call with many rows, counted from 1. `None` for an object of the
    /// session.
    pub row: Option<usize>,
    /// What is wrong, field by field.
    pub error: ValidationError,
    pub(crate) object: Option<(usize, RawHandle)>,
    /// `true` if a query flushed the pending changes first.
    pub(crate) autoflush: bool,
}

impl fmt::Display for InvalidEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = row_or_object(&self.key, self.row);
        write!(f, "{}{which} is not valid: {}", self.entity, self.error)?;
        if self.autoflush {
            f.write_str(FLUSHED_BY_A_QUERY)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidEntity {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

const FLUSHED_BY_A_QUERY: &str = " (a query flushed the pending changes first)";

/// The key of an object. An object without a key is new.
pub(super) struct DisplayObject<'a>(pub(super) &'a Option<String>);

impl fmt::Display for DisplayObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(key) => write!(f, " {key}"),
            None => f.write_str(" (new)"),
        }
    }
}

/// The key of a row, if it is known.
pub(super) struct DisplayKey<'a>(pub(super) &'a Option<String>);

impl fmt::Display for DisplayKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(key) => write!(f, " {key}"),
            None => Ok(()),
        }
    }
}

pub(super) struct DisplayRow<'a>(pub(super) &'a Option<usize>);

impl fmt::Display for DisplayRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(row) => write!(f, " (row {row})"),
            None => Ok(()),
        }
    }
}

/// Returns which row of a call with many rows it is, or otherwise which object.
pub(super) fn row_or_object(key: &Option<String>, row: Option<usize>) -> String {
    match row {
        Some(_) => format!("{}{}", DisplayKey(key), DisplayRow(&row)),
        None => DisplayObject(key).to_string(),
    }
}

pub(super) fn duplicate_rows(
    entity: &str,
    rows: &Option<(usize, usize)>,
    columns: &[&str],
    key: &Option<String>,
) -> String {
    let which = match rows {
        Some((one, other)) => format!("rows {one} and {other} of the call are"),
        None => "two rows of the call are, as the database compares them,".to_owned(),
    };
    let (key, columns) = (DisplayKey(key), columns.join(", "));
    format!("{which} the same {entity}{key} by ({columns}); remove one of them")
}

/// Returns what is wrong with a row that an update did not find.
pub(super) fn unmatched_row(entity: &str, row: Option<usize>, columns: &[&str]) -> String {
    let columns = columns.join(", ");
    let which = match row {
        Some(row) => format!("row {row} of the update matches"),
        None => "some rows of the update match".to_owned(),
    };
    format!("{which} no {entity} by ({columns}); insert it, or count such rows with skip_missing()")
}

impl Error {
    /// Adds the number of the row to an error about a row of a call with many rows.
    pub(crate) fn of_bulk_row(mut self, number: usize) -> Self {
        match &mut self {
            Error::Constraint(violation) => violation.row = Some(number),
            Error::Invalid(invalid) => invalid.row = Some(number),
            Error::Unloaded { row, .. } | Error::UnmatchedRow { row, .. } => *row = Some(number),
            _ => {}
        }
        self
    }

    /// Returns `true` if the error is about the values of a row, so that other rows of the same
    /// call may be written without it.
    pub(crate) fn is_about_row(&self) -> bool {
        matches!(
            self,
            Error::Constraint(_)
                | Error::Invalid(_)
                | Error::Unloaded { .. }
                | Error::UnmatchedRow { .. }
                | Error::DuplicateRows { .. }
                | Error::Encode { .. }
                | Error::Diesel(diesel::result::Error::SerializationError(_))
        )
    }
}
