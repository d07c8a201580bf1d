//! What the derive generates for a hierarchy.

use orm_runtime::prelude::*;

use super::model::*;

#[test]
fn the_columns_of_all_levels_follow_each_other() {
    let names: Vec<_> = Staff::META.columns.iter().map(|column| column.name).collect();
    assert_eq!(
        names,
        [
            "id",
            "name",
            "kind",
            "company_id",
            "status",
            "language",
            "manager_id",
            "status",
            "golf",
            "agency",
            "mentor_id"
        ]
    );
    assert_eq!(Boss::META.columns.len(), 11);
    assert_eq!(
        (Staff::META.table, Boss::META.table, Temp::META.table),
        ("inh_person", "inh_boss", "inh_person")
    );
    let hierarchy = Staff::META.hierarchy.unwrap();
    let levels: Vec<_> = hierarchy.subtypes.iter().map(|level| (level.name, level.base)).collect();
    assert_eq!(
        levels,
        [
            ("Person", None),
            ("Engineer", Some(0)),
            ("Manager", Some(0)),
            ("Boss", Some(2)),
            ("Temp", Some(0))
        ]
    );
    assert_eq!(hierarchy.tables_of(Boss::META.subtype), [0, 2, 3]);
    assert_eq!(hierarchy.tables_of(Temp::META.subtype), [0]);
    let tables: Vec<_> =
        hierarchy.tables.iter().map(|table| (table.table, table.columns[0].name)).collect();
    assert_eq!(
        tables,
        [
            ("inh_person", "id"),
            ("inh_engineer", "id"),
            ("inh_manager", "person_id"),
            ("inh_boss", "person_id")
        ]
    );
    let kinds: Vec<_> =
        hierarchy.concrete_of(Manager::META.subtype).map(|kind| kind.name).collect();
    assert_eq!(kinds, ["Manager", "Boss"]);
}

#[test]
fn a_kind_has_what_its_base_has() {
    let boss = Boss::builder()
        .manager(
            Manager::builder().person(Person::builder().name("ada").build()).status("busy").build(),
        )
        .golf(3)
        .build();
    assert_eq!((boss.name.as_str(), boss.status.as_str(), boss.golf), ("ada", "busy", 3));
    let any = Staff::from(boss);
    assert_eq!(any.name, "ada");
}
