//! Notes the names of entities, by which the values of statements are shown or hidden.

use super::EntityMeta;
use crate::backend::{TableName, note_table};

/// Notes the tables and columns of an entity, and of all entities at the ends of its
/// relationships.
pub(super) fn note_names(meta: &'static EntityMeta) {
    let mut known: Vec<&'static EntityMeta> = vec![meta];
    let mut next = 0;
    while let Some(&meta) = known.get(next) {
        next += 1;
        note(meta);
        let relationships = meta.relationships.iter();
        let ends = relationships.flat_map(|relationship| {
            let association = relationship.association.map(|association| association.entity);
            [Some(relationship.source), Some(relationship.target), association]
        });
        let targets = meta.foreign_keys.iter().map(|reference| Some(reference.target));
        for entity in ends.chain(targets).flatten() {
            let entity = entity();
            if !known.iter().any(|other| other.name == entity.name && other.table == entity.table) {
                known.push(entity);
            }
        }
    }
}

fn note(meta: &'static EntityMeta) {
    let tables = meta.hierarchy.map_or(&[][..], |hierarchy| hierarchy.tables);
    for table in tables.iter().chain([meta]) {
        let name = TableName { schema: table.schema, name: table.table };
        // A column of a hierarchy may be in any of its tables.
        let columns = table.columns.iter().map(|column| (column.name, column.secret));
        note_table(meta.name, name, columns);
    }
}
