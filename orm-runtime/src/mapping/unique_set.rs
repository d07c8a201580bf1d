//! The unique sets of an entity: columns in which no two rows have the same values.

use super::EntityMeta;

/// A set of columns in which no two rows have the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UniqueSet {
    /// The positions of the columns.
    pub(crate) columns: Vec<usize>,
    /// The condition of the rows for which it holds, if it does not hold for all rows.
    pub(crate) condition: Option<&'static str>,
}

impl EntityMeta {
    /// Returns the unique sets: the key, then columns, then indexes.
    pub(crate) fn unique_sets(&self) -> Vec<UniqueSet> {
        let whole = |columns: Vec<usize>| UniqueSet { columns, condition: None };
        let columns = (0..self.columns.len()).filter(|&at| self.columns[at].unique);
        let indexes = self
            .indexes
            .iter()
            .filter(|index| index.unique)
            .map(|index| UniqueSet { columns: index.columns.to_vec(), condition: index.condition });
        std::iter::once(whole(self.key.to_vec()))
            .chain(columns.map(|column| whole(vec![column])))
            .chain(indexes)
            .collect()
    }

    /// Describes a unique set: `(shop, code) where gone IS NULL`.
    pub(crate) fn unique_set_text(&self, set: &UniqueSet) -> String {
        let names: Vec<_> = set.columns.iter().map(|&at| self.columns[at].name).collect();
        let condition = set.condition.map(|it| format!(" where {it}")).unwrap_or_default();
        format!("({}){condition}", names.join(", "))
    }
}
