//! The statements of a query that loads relationships, as text.

use diesel::QueryResult;

use super::joined::Joins;
use super::select_in::{limited_join, rows_keyed_by};
use super::{root, select_in};
use crate::backend::{Dialect, SqlFragment, SqlWriter};
use crate::error::Result;
use crate::map::IdentityMap;
use crate::mapping::Entity;
use crate::select::{Conditions, Node, SelectState};
use crate::session::Query;
use crate::session::query::statement_text::TextForm;
use crate::sql::KeyForm;

impl<T: Entity> Query<'_, T> {
    /// Returns the texts of the query and of its relationships, in the order in which they are
    /// loaded.
    pub(in crate::session) fn eager_texts(
        &self,
        dialect: Dialect,
        form: TextForm,
    ) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        let (map, mut state) = self.borrowed(dialect);
        if state.locks() {
            state.check_lock()?;
        }
        let nodes = state.take_eager();
        let joins = Joins::of(&nodes)?;
        let mut texts = vec![root_text::<T>(map, state, &joins, dialect, form)?];
        add_texts(map, &nodes, dialect, form, &mut texts)?;
        Ok(texts)
    }

    /// Returns the text of the query with every relationship of a path joined.
    pub(in crate::session) fn joined_texts(
        &self,
        nodes: &[Node<'_>],
        outer: bool,
        dialect: Dialect,
        form: TextForm,
    ) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        let (map, state) = self.borrowed(dialect);
        let joins = Joins::of(nodes)?.pairs(outer);
        Ok(vec![root_text::<T>(map, state, &joins, dialect, form)?])
    }
}

/// Returns the text of a query and of what is joined to it.
fn root_text<T: Entity>(
    map: &IdentityMap,
    state: SelectState<'_>,
    joins: &Joins<'_, '_>,
    dialect: Dialect,
    form: TextForm,
) -> Result<String> {
    let undeferred = state.undeferred();
    let select = state.objects::<T>(dialect);
    if joins.is_empty() {
        return form.text(map, dialect, &select);
    }
    root::check(T::META, select.state(), joins)?;
    form.text(map, dialect, &root::write(dialect, T::META, select, joins, undeferred))
}

/// Adds the statements of nodes that are not joined, and of the nodes below them.
fn add_texts(
    map: &IdentityMap,
    nodes: &[Node<'_>],
    dialect: Dialect,
    form: TextForm,
    texts: &mut Vec<String>,
) -> Result<()> {
    for node in nodes {
        let step = &node.step;
        if !step.joined {
            let joins = Joins::of(&node.next)?;
            if step.limit.is_some() && !joins.is_empty() {
                return Err(limited_join(step.relationship));
            }
            let conditions = Conditions::of(step.relationship);
            let keys = LaterKeys(rows_keyed_by(dialect, step));
            let statement = select_in::write(dialect, step, &joins, &conditions, &keys);
            texts.push(form.text(map, dialect, &statement)?);
        }
        add_texts(map, &node.next, dialect, form, texts)?;
    }
    Ok(())
}

/// The condition that columns are one of several keys, which are known only when the statement is
/// sent.
struct LaterKeys(Vec<String>);

impl SqlFragment for LaterKeys {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let dialect = pass.dialect();
        let width = self.0.len();
        let columns = self.0.join(", ");
        let columns = if width == 1 { columns } else { format!("({columns})") };
        pass.push_sql(&columns);
        let list = |pass: &mut SqlWriter<'_, 'b>| -> QueryResult<()> {
            for part in 0..width {
                pass.push_sql(if part == 0 { "" } else { ", " });
                pass.bind_later()?;
            }
            Ok(())
        };
        match KeyForm::of(dialect, 2, width, true) {
            KeyForm::Arrays if width == 1 => {
                pass.push_sql(" = ANY(");
                list(pass)?;
                pass.push_sql(")");
            }
            KeyForm::Arrays => {
                pass.push_sql(" IN (SELECT * FROM unnest(");
                list(pass)?;
                pass.push_sql("))");
            }
            KeyForm::Json => {
                pass.push_sql(" IN (SELECT value FROM json_each(");
                list(pass)?;
                pass.push_sql("))");
            }
            KeyForm::One | KeyForm::Rows(_) => {
                let rows = width > 1 && dialect.forms().lists_rows_as_values;
                let (open, close) = if width == 1 { ("", "") } else { ("(", ")") };
                pass.push_sql(if rows { " IN (VALUES " } else { " IN (" });
                for row in 0..2 {
                    pass.push_sql(if row == 0 { "" } else { ", " });
                    pass.push_sql(open);
                    list(pass)?;
                    pass.push_sql(close);
                }
                pass.push_sql(")");
            }
        }
        Ok(())
    }
}
