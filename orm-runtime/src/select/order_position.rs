//! The condition that a row is after a place in an order, NULLs included.

use diesel::QueryResult;

use super::order_term::OrderTerm;
use crate::backend::{OrderValue, SqlWriter};

/// A place in the order of a query: the values of a row.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    /// The values of the terms of the order.
    pub(crate) values: Vec<OrderValue>,
    /// The row itself is included.
    pub(crate) inclusive: bool,
}

/// Writes the condition that a row is after a place in the order of these terms.
pub(super) fn write_after<'b>(
    terms: &'b [OrderTerm],
    position: &'b Position,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    let terms: Vec<_> = terms.iter().zip(&position.values).collect();
    let [(first, value), further @ ..] = &terms[..] else { return Ok(()) };
    let alike = |(term, _): &(&OrderTerm, &OrderValue)| {
        !term.nullable && term.descending == first.descending
    };
    let seeks = further.is_empty() || pass.dialect().forms().seeks_rows;
    if seeks && terms.iter().all(alike) {
        return write_row(&terms, first.descending, position.inclusive, pass);
    }
    // Implied by what follows, but an index can be used for it.
    if !further.is_empty() && write_side(first, value, Side::AfterOrEqual, pass)? {
        pass.push_sql(" AND ");
    }
    write_levels(&terms, position.inclusive, pass)
}

/// Writes `(a, b) > (?, ?)`, or `a > ?`.
fn write_row<'b>(
    terms: &[(&'b OrderTerm, &'b OrderValue)],
    descending: bool,
    inclusive: bool,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    let [open, close] = if terms.len() == 1 { ["", ""] } else { ["(", ")"] };
    let texts: Vec<&str> = terms.iter().map(|(term, _)| &*term.text).collect();
    let operator = match (descending, inclusive) {
        (false, false) => ">",
        (false, true) => ">=",
        (true, false) => "<",
        (true, true) => "<=",
    };
    pass.push_sql(&format!("{open}{}{close} {operator} {open}", texts.join(", ")));
    for (n, (_, value)) in terms.iter().enumerate() {
        if n > 0 {
            pass.push_sql(", ");
        }
        pass.bind_order_value(value)?;
    }
    pass.push_sql(close);
    Ok(())
}

/// What a value of a row is compared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    AfterOrEqual,
    Equal,
}

/// Writes `(a > ? OR (a = ? AND (b > ? OR …)))`.
fn write_levels<'b>(
    terms: &[(&'b OrderTerm, &'b OrderValue)],
    inclusive: bool,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    let [(term, value), further @ ..] = terms else { return Ok(()) };
    if further.is_empty() {
        let side = if inclusive { Side::AfterOrEqual } else { Side::After };
        return match write_side(term, value, side, pass)? {
            true => Ok(()),
            false => {
                pass.push_sql(if inclusive { "1 = 1" } else { "1 = 0" });
                Ok(())
            }
        };
    }
    pass.push_sql("(");
    if write_side(term, value, Side::After, pass)? {
        pass.push_sql(" OR ");
    }
    pass.push_sql("(");
    write_side(term, value, Side::Equal, pass)?;
    pass.push_sql(" AND ");
    write_levels(further, inclusive, pass)?;
    pass.push_sql("))");
    Ok(())
}

/// Writes the comparison of a row's value with a value. Writes nothing, and returns `false`, if
/// the comparison holds for no row, or for all rows in the case of `AfterOrEqual`.
fn write_side<'b>(
    term: &'b OrderTerm,
    value: &'b OrderValue,
    side: Side,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<bool> {
    let text = &term.text;
    if value.is_null() {
        let test = match (side, term.nulls_first) {
            (Side::After, true) => "IS NOT NULL",
            (Side::Equal, _) | (Side::AfterOrEqual, false) => "IS NULL",
            (Side::After, false) | (Side::AfterOrEqual, true) => return Ok(false),
        };
        pass.push_sql(&format!("{text} {test}"));
        return Ok(true);
    }
    let operator = match (side, term.descending) {
        (Side::Equal, _) => "=",
        (Side::After, false) => ">",
        (Side::After, true) => "<",
        (Side::AfterOrEqual, false) => ">=",
        (Side::AfterOrEqual, true) => "<=",
    };
    let or_null = side != Side::Equal && term.nullable && !term.nulls_first;
    pass.push_sql(&format!("{}{text} {operator} ", if or_null { "(" } else { "" }));
    pass.bind_order_value(value)?;
    if or_null {
        pass.push_sql(&format!(" OR {text} IS NULL)"));
    }
    Ok(true)
}
