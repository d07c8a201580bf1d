//! DELETE of rows by key.

use super::keys::{KeyForm, key_condition};
use super::text::Text;
use super::update::identity;
use crate::backend::Dialect;
use crate::mapping::EntityMeta;

/// `DELETE FROM … WHERE key …`, and the version where there is one.
pub(crate) fn delete(dialect: Dialect, meta: &EntityMeta, form: KeyForm) -> String {
    let mut text = Text::new(dialect, "DELETE FROM ");
    text.table(meta).push(" WHERE ");
    key_condition(&mut text, meta, identity(meta), form);
    text.finish()
}
