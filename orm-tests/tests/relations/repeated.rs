//! Two objects that are connected twice: a collection contains objects, so each is in it once.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use crate::model::{Tag, User, user};

#[derive(Entity, Clone, Debug)]
#[entity(table = "students")]
pub struct Student {
    pub id: Auto<i64>,
    #[entity(through = Visit, order_by = title)]
    pub courses: ManyToMany<Course>,
    #[entity(inverse = student)]
    pub visits: HasMany<Visit>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "courses")]
pub struct Course {
    pub id: Auto<i64>,
    pub title: String,
    #[entity(through = Visit)]
    pub students: ManyToMany<Student>,
}

/// A student may visit a course again.
#[derive(Entity, Clone, Debug)]
#[entity(table = "visits")]
pub struct Visit {
    pub id: Auto<i64>,
    pub year: i32,
    #[entity(on_delete = cascade)]
    pub student: ForeignKey<Student>,
    #[entity(on_delete = cascade)]
    pub course: ForeignKey<Course>,
}

/// Stores the visits: `ada` visits `art` in two years, and `law` and `zoo` once; `bob` visits `art`
/// twice.
fn school(db: &TestDb) -> (Session, [Handle<Student>; 2]) {
    let mut session = db.session_for(schema![Student, Course, Visit]);
    let students = [(); 2].map(|()| session.add(Student::builder().build()));
    let courses =
        ["art", "law", "zoo"].map(|title| session.add(Course::builder().title(title).build()));
    for (student, course, year) in
        [(0, 0, 1), (0, 0, 2), (0, 1, 1), (0, 2, 3), (1, 0, 1), (1, 0, 2)]
    {
        let visit = Visit::builder().student(students[student]).course(courses[course]).year(year);
        session.add(visit.build());
    }
    session.commit().unwrap();
    session.clear();
    let students = session.query::<Student>().order_by(student::id.asc()).all().unwrap();
    (session, [students[0], students[1]])
}

fn titles(session: &Session, student: Handle<Student>) -> Vec<String> {
    let courses = session[student].courses.iter(session).unwrap();
    courses.map(|course| course.title.clone()).collect()
}

on_all_databases! {
    fn each_object_is_in_a_collection_once(db: &TestDb) {
        for path in [student::courses.filter(course::id.gt(0)), student::courses.filter(course::id.gt(0)).joined()] {
            let (mut session, [ada, bob]) = school(db);
            let drop = |db: &TestDb| for table in ["visits", "courses", "students"] { db.execute(&format!("DROP TABLE {table}")); };
            session.query::<Student>().eager(path).all().unwrap();
            let part = |student: Handle<Student>| session[student].courses.part(&session).unwrap().count();
            assert_eq!((part(ada), part(bob)), (3, 1));
            session.query::<Student>().eager(student::courses.joined()).all().unwrap();
            assert_eq!(titles(&session, ada), ["art", "law", "zoo"]);
            assert_eq!(titles(&session, bob), ["art"]);
            assert_eq!(session[ada].courses.len(&session).unwrap(), 3);
            assert_eq!(session[bob].courses.handles(&session).unwrap().len(), 1);
            session.load_all(&[ada], student::visits).unwrap();
            assert_eq!(session[ada].visits.len(&session).unwrap(), 4);
            let copy = session.copy_graph(bob).unwrap();
            assert_eq!(copy.courses.pending().len(), 1);
            session.rollback().unwrap();
            drop(db);
        }
    }

    fn counts_and_queries_say_the_same(db: &TestDb) {
        let (mut session, [ada, bob]) = school(db);
        let counts: Vec<i64> = session
            .query::<Student>()
            .order_by(student::id.asc())
            .select(student::courses.count())
            .load()
            .unwrap();
        assert_eq!(counts, [3, 1]);
        let counts: Vec<i64> = session
            .query::<Course>()
            .order_by(course::title.asc())
            .select(course::students.then(student::courses).count())
            .load()
            .unwrap();
        assert_eq!(counts, [4, 3, 3]);
        assert_eq!(session.related(ada, student::courses).unwrap().count().unwrap(), 3);
        assert_eq!(session.related(bob, student::courses).unwrap().all().unwrap().len(), 1);
        let pairs = session.query::<Student>().join(student::courses).all().unwrap();
        assert_eq!(pairs.len(), 4);
        let pairs = session
            .query::<Student>()
            .order_by(student::id.desc())
            .limit(2)
            .join(student::courses)
            .all()
            .unwrap();
        assert_eq!(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>(), [bob, ada]);
        assert_eq!(session.query::<Student>().left_join(student::courses).all().unwrap().len(), 4);
    }

    fn a_limit_counts_objects(db: &TestDb) {
        let (mut session, [ada, bob]) = school(db);
        session.query::<Student>().eager(student::courses.limit(2)).all().unwrap();
        let part = |student: Handle<Student>| -> Vec<String> {
            let courses = session[student].courses.part(&session).unwrap();
            courses.map(|course| course.title.clone()).collect()
        };
        assert_eq!(part(ada), ["art", "law"]);
        assert_eq!(part(bob), ["art"]);
    }

    fn who_is_given_twice_is_connected_once(db: &TestDb) {
        let mut session = db.session_for(crate::model::schema());
        let red = session.add(Tag::builder().name("red").build());
        let user = session.add(User::builder().name("ada").tags([red, red]).build());
        session.commit().unwrap();
        assert_eq!(db.rows("user_tag", "tag_id"), ["red"]);
        session.load(user, user::tags).unwrap();
        assert_eq!(session[user].tags.handles(&session).unwrap(), [red]);
    }
}
