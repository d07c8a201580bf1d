//! Enums whose variants are stored as codes.

use orm_runtime::prelude::*;
use orm_runtime::{
    column::UnknownCode,
    error::DatabaseErrorKind,
    metadata::{Code, EnumStorage},
};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    #[db_enum(code = "P", label = "Part Time")]
    PartTime,
    #[db_enum(code = "F", label = "Full Time", alias = "FT", alias = "full")]
    FullTime,
    #[db_enum(code = "C")]
    Contractor,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[db_enum(check)]
pub enum Mood {
    Happy,
    VerySad,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    #[db_enum(code = 'a')]
    Best,
    #[db_enum(code = 'ü')]
    Good,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Low = -1,
    High = 10,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    #[db_enum(code = 1)]
    Small,
    #[db_enum(code = 100_000, alias = 7)]
    Large,
}

#[derive(Entity, Debug, Clone)]
struct Employee {
    id: Auto<i64>,
    kind: Kind,
    earlier: Option<Kind>,
    mood: Mood,
    grade: Grade,
    level: Option<Level>,
    size: Size,
    notes: Deferred<Option<Kind>>,
}

#[derive(Entity, Debug, Clone)]
struct Wage {
    #[entity(primary_key)]
    kind: Kind,
    #[entity(primary_key)]
    level: Level,
    amount: i32,
}

#[derive(Entity, Debug, Clone)]
struct KindInfo {
    #[entity(primary_key)]
    kind: Kind,
    text: String,
}

fn employee(kind: Kind) -> Employee {
    Employee::builder().kind(kind).mood(Mood::Happy).grade(Grade::Good).size(Size::Large).build()
}

#[test]
fn an_enum_knows_its_codes_and_labels() {
    assert_eq!(Kind::PartTime.code(), "P");
    assert_eq!(Kind::PartTime.label(), "Part Time");
    assert_eq!(Kind::Contractor.label(), "Contractor");
    assert_eq!(Mood::VerySad.code(), "very_sad");
    assert_eq!(Mood::VerySad.label(), "Very Sad");
    assert_eq!(Grade::Good.code(), 'ü');
    assert_eq!(Level::Low.code(), -1);
    assert_eq!(Kind::all().collect::<Vec<_>>(), [Kind::PartTime, Kind::FullTime, Kind::Contractor]);
    assert_eq!(
        Kind::choices().collect::<Vec<_>>(),
        [("P", "Part Time"), ("F", "Full Time"), ("C", "Contractor")]
    );
    assert_eq!(Kind::from_code("full"), Ok(Kind::FullTime));
    assert_eq!(Level::from_code(10), Ok(Level::High));
    assert_eq!(Kind::META.storage, EnumStorage::Native);
    assert_eq!(Mood::META.storage, EnumStorage::Text(8));
    assert_eq!(Level::META.storage, EnumStorage::SmallInt);
    assert_eq!(Size::META.storage, EnumStorage::Integer);
    assert_eq!(Size::META.codes().last(), Some(Code::Integer(7)));
    assert_eq!(Kind::FullTime.position(), 1);
}

#[test]
fn an_enum_is_text_in_both_directions() {
    for kind in Kind::all() {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    assert_eq!("ü".parse(), Ok(Grade::Good));
    assert_eq!("-1".parse(), Ok(Level::Low));
    let error: UnknownCode = "X".parse::<Kind>().unwrap_err();
    assert_eq!(error.to_string(), "`X` is not a code of Kind; it has `P`, `F`, `C`");
    assert_eq!("ten".parse::<Level>().unwrap_err().code(), "ten");
    assert!("üü".parse::<Grade>().is_err());
}

#[test]
fn an_enum_is_serialised_as_its_code() {
    let kinds = serde_json::to_string(&(Kind::FullTime, Grade::Good, Level::Low)).unwrap();
    assert_eq!(kinds, r#"["F","ü",-1]"#);
    let read: (Kind, Grade, Level) = serde_json::from_str(r#"["full","a",10]"#).unwrap();
    assert_eq!(read, (Kind::FullTime, Grade::Best, Level::High));
    let error = serde_json::from_str::<Kind>(r#""Q""#).unwrap_err();
    assert!(error.to_string().contains("it has `P`, `F`, `C`"), "{error}");
}

on_all_databases! {
    fn an_enum_is_stored_as_its_code(db: &TestDb) {
        let mut session = db.session_for(schema![Employee]);
        let mut ada = employee(Kind::FullTime);
        ada.earlier = Some(Kind::PartTime);
        ada.level = Some(Level::Low);
        let ada = session.add(ada);
        let grace = session.add(employee(Kind::Contractor));
        session.commit().unwrap();
        assert_eq!(
            db.rows("employee", "id, kind, earlier, mood, grade, level, size"),
            ["1|F|P|happy|ü|-1|100000", "2|C|NULL|happy|ü|NULL|100000"]
        );
        session.clear();
        let read = session.query::<Employee>().order_by(employee::id.asc()).all().unwrap();
        assert_eq!(session[read[0]].kind, Kind::FullTime);
        assert_eq!(session[read[0]].earlier, Some(Kind::PartTime));
        assert_eq!(session[read[0]].level, Some(Level::Low));
        assert_eq!(session[read[1]].grade, Grade::Good);
        assert!(session.try_get(ada).is_none() && session.try_get(grace).is_none());
    }

    fn an_enum_stands_in_conditions(db: &TestDb) {
        let mut session = db.session_for(schema![Employee]);
        let kinds = [Kind::FullTime, Kind::PartTime, Kind::Contractor, Kind::PartTime];
        let all = session.add_all(kinds.map(employee));
        session[all[2]].earlier = Some(Kind::FullTime);
        session[all[2]].level = Some(Level::High);
        session.commit().unwrap();
        let mut ids = |condition: Condition<'_, Employee>| -> Vec<i64> {
            let query = session.query::<Employee>().filter(condition).order_by(employee::id.asc());
            query.select(employee::id).load().unwrap()
        };
        let all_of = || Condition::<Employee>::all();
        assert_eq!(ids(all_of().and(employee::kind.eq(Kind::PartTime))), [2, 4]);
        assert_eq!(ids(all_of().and(employee::kind.ne(Kind::PartTime))), [1, 3]);
        assert_eq!(ids(all_of().and(employee::kind.eq_any([Kind::FullTime, Kind::Contractor]))), [1, 3]);
        assert_eq!(ids(all_of().and(employee::kind.in_list(Kind::all()))), [1, 2, 3, 4]);
        assert_eq!(ids(all_of().and(employee::earlier.eq(Kind::FullTime))), [3]);
        assert_eq!(ids(all_of().and(employee::earlier.is_null())), [1, 2, 4]);
        assert_eq!(ids(all_of().and(employee::level.gt(Level::Low))), [3]);
        assert_eq!(ids(all_of().and(employee::level.in_list([Level::High]))), [3]);
        assert_eq!(ids(all_of().and(employee::grade.eq(&Grade::Good))), [1, 2, 3, 4]);
        let of: Vec<(Kind, i64)> = session
            .query::<Employee>()
            .group_by(employee::kind)
            .order_by(employee::kind.asc())
            .select((employee::kind, diesel::dsl::count_star()))
            .load()
            .unwrap();
        // A native enumeration is ordered as it is declared, and text alphabetically.
        let mut expected = vec![(Kind::PartTime, 2), (Kind::FullTime, 1), (Kind::Contractor, 1)];
        if db.dialect() == Dialect::Sqlite {
            expected.sort_by_key(|(kind, _)| kind.code());
        }
        assert_eq!(of, expected);
        let ordered: Vec<Kind> = session
            .query::<Employee>()
            .order_by((employee::kind.declared_order(), employee::id.asc()))
            .select(employee::kind)
            .load()
            .unwrap();
        assert_eq!(ordered, [Kind::PartTime, Kind::PartTime, Kind::FullTime, Kind::Contractor]);
        let levels = session
            .query::<Employee>()
            .filter(employee::level.declared_order().eq(1))
            .count();
        assert_eq!(levels.unwrap(), 1);
    }

    fn an_enum_is_a_key(db: &TestDb) {
        let mut session = db.session_for(schema![Wage, KindInfo]);
        for kind in Kind::all() {
            for level in Level::all() {
                session.add(Wage { kind, level, amount: 1 });
            }
            session.add(KindInfo { kind, text: kind.label().to_owned() });
        }
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let wage = session.get_one::<Wage>((Kind::FullTime, Level::High)).unwrap();
        assert_eq!(session[wage].amount, 1);
        assert_eq!(session.get::<Wage>((Kind::FullTime, Level::High)).unwrap(), Some(wage));
        assert_sql!(session, "S wage");
        let infos = session.get_many::<KindInfo>(Kind::all()).unwrap();
        assert_sql!(session, "S kind_info");
        for info in infos.into_iter().flatten() {
            session[info].text.push('!');
        }
        let taken = session.get_one::<Wage>((Kind::Contractor, Level::Low)).unwrap();
        session.delete(taken).unwrap();
        session.flush().unwrap();
        session[wage].kind = Kind::Contractor;
        session[wage].level = Level::Low;
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U wage[kind,level] x1");
        assert_eq!(
            db.rows("kind_info", "text, kind"),
            ["Contractor!|C", "Full Time!|F", "Part Time!|P"]
        );
        assert_eq!(db.count("wage"), 5);
    }

    fn many_rows_change_their_enums_in_one_statement(db: &TestDb) {
        let mut session = db.session_for(schema![Employee]);
        let all = session.add_all((0..30).map(|_| employee(Kind::PartTime)));
        session.commit().unwrap();
        session.take_log();
        for &handle in &all {
            session[handle].kind = Kind::FullTime;
            session[handle].earlier = Some(Kind::PartTime);
        }
        session.commit().unwrap();
        assert_sql!(session, "U employee[kind,earlier] x30");
        session[all[3]].kind = Kind::FullTime;
        session.flush().unwrap();
        assert_no_sql!(session);
        assert_eq!(db.rows("employee", "kind, earlier")[7], "F|P");
        session.bulk_insert((0..5).map(|_| employee(Kind::Contractor))).unwrap();
        session.commit().unwrap();
        let changed = session
            .query::<Employee>()
            .filter(employee::kind.eq(Kind::Contractor))
            .update(employee::kind.eq(Kind::FullTime))
            .unwrap();
        assert_eq!(changed, 5);
    }

    fn a_code_of_earlier_times_is_read(db: &TestDb) {
        let mut session = db.session_for(schema![Employee]);
        session.add(employee(Kind::PartTime));
        session.commit().unwrap();
        db.execute("UPDATE employee SET kind = 'full', size = 7");
        session.clear();
        let read = session.query::<Employee>().one().unwrap();
        assert_eq!(session[read].kind, Kind::FullTime);
        assert_eq!(session[read].size, Size::Large);
        session[read].kind = Kind::Contractor;
        session.commit().unwrap();
        assert_eq!(db.rows("employee", "kind, size"), ["C|7"]);
    }

    fn an_unknown_code_is_an_error_that_names_row_column_and_code(db: &TestDb) {
        // A table that the program did not create, whose column accepts any value.
        db.execute("CREATE TABLE kind_info (kind VARCHAR(10) PRIMARY KEY, text VARCHAR(20))");
        db.execute("INSERT INTO kind_info VALUES ('P', 'a'), ('F ', 'b'), ('Q', 'c')");
        db.execute("CREATE TABLE wage (kind VARCHAR(9), level INTEGER, amount INTEGER)");
        db.execute("INSERT INTO wage VALUES ('P', 10, 1), ('P', 11, 2)");
        #[derive(Entity, Debug)]
        #[entity(table = "kind_info")]
        struct Info {
            #[entity(primary_key)]
            text: String,
            kind: Kind,
        }
        let mut session = db.session();
        let error = session.query::<Info>().order_by(info::text.asc()).all().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Info", key, column, .. }
            if key.as_deref() == Some("\"c\"") && column == "kind");
        assert!(error.to_string().contains("`Q` is not a code of Kind"), "{error}");
        session.rollback().unwrap();
        let info = session.query::<Info>().filter(info::text.eq("b")).one().unwrap();
        assert_eq!(session[info].kind, Kind::FullTime, "a column of fixed width adds spaces");
    }

    fn the_database_refuses_other_codes(db: &TestDb) {
        let mut session = db.session_for(schema![Employee]);
        session.add(employee(Kind::PartTime));
        session.commit().unwrap();
        for change in ["kind = 'Q'", "mood = 'Q'", "grade = 'Q'", "level = 99", "size = 2"] {
            let refused = session
                .execute(diesel::sql_query(format!("UPDATE employee SET {change}")))
                .unwrap_err();
            assert_matches!(refused.database().map(|error| error.kind),
                Some(DatabaseErrorKind::Check | DatabaseErrorKind::Value | DatabaseErrorKind::Other));
            session.rollback().unwrap();
        }
    }
}
