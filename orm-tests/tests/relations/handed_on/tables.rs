//! Unique values of other entities: hierarchies in several tables and in one, soft deletes, natural
//! keys, and types with few values.

use chrono::NaiveDateTime;
use orm_runtime::Dialect;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use uuid::Uuid;

use super::model::Switch;

/// Has a separate key.
#[derive(Entity, Clone, Debug)]
#[entity(table = "numbered")]
pub struct Numbered {
    pub id: i64,
    #[entity(unique, length = 20)]
    pub name: String,
}

/// Is inside another spot, and has given keys.
#[derive(Entity, Clone, Debug)]
#[entity(table = "spots")]
pub struct Spot {
    #[entity(primary_key)]
    pub id: i64,
    #[entity(unique, length = 20)]
    pub name: String,
    pub inside: Option<ForeignKey<Spot>>,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolKind {
    Saw,
    Drill,
}

/// The base, with its own table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "tools", hierarchy = AnyTool)]
pub struct Tool {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub kind: Discriminator<ToolKind>,
}

/// A subtype with a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "saws")]
pub struct Saw {
    #[entity(base)]
    pub tool: Tool,
    #[entity(unique)]
    pub serial: i32,
}

/// A subtype in the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Drill {
    #[entity(base)]
    pub tool: Tool,
    #[entity(unique)]
    pub bit: Option<i32>,
}

#[derive(Entity, Clone, Debug)]
pub enum AnyTool {
    #[entity(discriminator = ToolKind::Saw)]
    Saw(Saw),
    #[entity(discriminator = ToolKind::Drill)]
    Drill(Drill),
}

/// Has every type with a temporary value, and a condition on a value.
#[derive(Entity, Clone, Debug)]
#[entity(table = "various", check = "level > 0")]
pub struct Various {
    pub id: Auto<i64>,
    #[entity(unique)]
    pub small: i16,
    #[entity(unique)]
    pub big: i64,
    #[entity(unique)]
    pub uuid: Uuid,
    #[entity(unique, length = 3)]
    pub short: String,
    #[entity(unique, column = "real_value")]
    pub real: f64,
    #[entity(unique)]
    pub level: Option<i32>,
}

/// Deleted rows are kept, and keep their code, but release their name.
#[derive(Entity, Clone, Debug)]
#[entity(table = "kept", unique(columns(name), where = "deleted_at IS NULL"))]
pub struct Kept {
    pub id: Auto<i64>,
    #[entity(length = 20)]
    pub name: String,
    #[entity(soft_delete)]
    pub deleted_at: Option<NaiveDateTime>,
}

fn various(n: i16, short: &str) -> Various {
    Various::builder()
        .small(n)
        .big(n)
        .uuid(Uuid::from_u128(u128::from(n.unsigned_abs())))
        .short(short)
        .real(n)
        .level(i32::from(n))
        .build()
}

on_all_databases! {
    fn every_kind_of_value_is_parked(db: &TestDb) {
        let mut session = db.session_for(schema![Various]);
        let [a, b] = [(1, "a"), (2, "b")].map(|(n, short)| session.add(various(n, short)));
        session.commit().unwrap();
        for (handle, (n, short)) in [(a, (2, "b")), (b, (1, "a"))] {
            let id = session[handle].id;
            session[handle] = Various { id, ..various(n, short) };
        }
        session.commit().unwrap();
        let columns = "id, small, big, short, level";
        assert_eq!(db.rows("various", columns), ["1|2|2|b|2", "2|1|1|a|1"]);
        session.expire_all();
        assert_eq!(session.get_one::<Various>(1).map(|it| session[it].uuid).unwrap(), Uuid::from_u128(2));
    }

    fn kinds_trade_values_of_each_of_their_tables(db: &TestDb) {
        let mut session = db.session_for(schema![AnyTool]);
        let saw = |name: &str, serial| {
            Saw::builder().tool(Tool::builder().name(name).build()).serial(serial).build()
        };
        let drill = |name: &str, bit| {
            Drill::builder().tool(Tool::builder().name(name).build()).bit(bit).build()
        };
        let [a, b] = [("a", 1), ("b", 2)].map(|(name, serial)| session.add(saw(name, serial)));
        let [c, d] = [("c", 3), ("d", 4)].map(|(name, bit)| session.add(drill(name, bit)));
        session.commit().unwrap();
        session[a].serial = 2;
        session[b].serial = 1;
        session[a].tool.name = "c".into();
        session[c].tool.name = "a".into();
        session[c].bit = Some(4);
        session[d].bit = Some(3);
        session.commit().unwrap();
        assert_eq!(db.rows("tools", "id, name, bit"), ["1|c|NULL", "2|b|NULL", "3|a|4", "4|d|3"]);
        assert_eq!(db.rows("saws", "id, serial"), ["1|2", "2|1"]);

        session.delete(a).unwrap();
        session.delete(d).unwrap();
        session.add(saw("d", 2));
        session.add(drill("c", 3));
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "D saws x1; D tools x2; I tools x1; I tools x1; I saws x1");
        session.commit().unwrap();
        assert_eq!(db.rows("saws JOIN tools ON tools.id = saws.id", "name, serial"), ["b|1", "d|2"]);
        assert_eq!(db.rows("tools", "name, bit"), ["a|4", "b|NULL", "c|3", "d|NULL"]);
    }

    fn a_kept_row_gives_up_what_its_index_lets_go(db: &TestDb) {
        if db.dialect() == Dialect::Mysql {
            // MySQL has no partial indexes.
            return;
        }
        let mut session = db.session_for(schema![Kept]);
        let [old, other] =
            ["a", "b"].map(|name| session.add(Kept::builder().name(name).build()));
        session.commit().unwrap();
        session.delete(old).unwrap();
        session[other].name = "a".into();
        session.add(Kept::builder().name("b").build());
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "U kept[deleted_at] x1; U kept[name] x1; I kept x1");
        session.commit().unwrap();
        assert_eq!(db.rows("kept WHERE deleted_at IS NULL", "id, name"), ["2|a", "3|b"]);
    }

    fn a_row_taken_over_hands_its_values_on(db: &TestDb) {
        let mut session = db.session_for(schema![Numbered]);
        let numbered = |id, name: &str| Numbered { id, name: name.into() };
        let [one, two] = [(1, "a"), (2, "b")].map(|(id, name)| session.add(numbered(id, name)));
        session.commit().unwrap();
        session.delete(one).unwrap();
        let new = session.add(numbered(1, "b"));
        session[two].name = "a".into();
        session.commit().unwrap();
        assert_eq!(db.rows("numbered", "id, name"), ["1|b", "2|a"]);
        assert_eq!(session.find::<Numbered>(1), Some(new));

        // And with a third object, which is new.
        session.delete(new).unwrap();
        session.add(numbered(1, "c"));
        session.add(numbered(3, "b"));
        session.commit().unwrap();
        assert_eq!(db.rows("numbered", "id, name"), ["1|c", "2|a", "3|b"]);
    }

    fn rows_of_a_tree_stay_in_its_order(db: &TestDb) {
        let mut session = db.session_for(schema![Spot]);
        let spot = |id, name: &str, inside: Option<i64>| Spot {
            id,
            name: name.into(),
            inside: inside.map(ForeignKey::to_key),
        };
        let old: Vec<_> = [(1, "a", None), (2, "b", Some(1)), (3, "c", Some(2))]
            .map(|(id, name, inside)| session.add(spot(id, name, inside)))
            .into();
        session.commit().unwrap();
        // The names of two old objects move to new ones, each of which is inside the next.
        session.delete(old[2]).unwrap();
        session[old[1]].name = "d".into();
        for (id, name, inside) in
            [(6, "b", Some(5)), (5, "x", Some(4)), (4, "c", Some(1)), (7, "y", Some(6))]
        {
            session.add(spot(id, name, inside));
        }
        session.commit().unwrap();
        assert_eq!(
            db.rows("spots", "id, name, inside_id"),
            ["1|a|NULL", "2|d|1", "4|c|1", "5|x|4", "6|b|5", "7|y|6"]
        );
        // All of them again, with other keys.
        for spot in session.query::<Spot>().all().unwrap() {
            session.delete(spot).unwrap();
        }
        for (id, name, inside) in [(12, "a", Some(11)), (11, "b", Some(10)), (10, "c", None)] {
            session.add(spot(id, name, inside));
        }
        session.commit().unwrap();
        assert_eq!(db.rows("spots", "id, name, inside_id"), ["10|c|NULL", "11|b|10", "12|a|11"]);
    }

    fn values_that_none_can_stand_for_are_refused(db: &TestDb) {
        let mut session = db.session_for(schema![Switch]);
        let switch = |id, is_on| Switch { id, room: 1, is_on };
        let [on, off] = [(1, true), (2, false)].map(|(id, is_on)| session.add(switch(id, is_on)));
        session.commit().unwrap();
        session[on].is_on = false;
        session[off].is_on = true;
        session.take_log();
        assert_matches!(
            session.flush().unwrap_err(),
            Error::UniqueCircular { entity: "Switch", columns, .. } if columns == ["room", "is_on"]
        );
        assert_no_sql!(session);
        // A deletion and a new row make it possible.
        session.rollback().unwrap();
        session.delete(off).unwrap();
        session[on].is_on = false;
        session.add(switch(3, true));
        session.commit().unwrap();
        let rows = db.rows("switches", "id, is_on");
        assert_eq!(rows.len(), 2);
        assert!(rows[0].starts_with("1|") && rows[1].starts_with("3|"), "{rows:?}");
    }
}
