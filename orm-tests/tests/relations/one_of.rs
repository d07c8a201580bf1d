//! Enums of references: an object that belongs to exactly one of several others.

use orm_runtime::prelude::*;
use orm_runtime::{Schema, metadata::OnDelete};
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

/// The object that a comment is about.
#[derive(OneOf, Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Subject {
    #[entity(on_delete = cascade)]
    Post(ForeignKey<Post>),
    Photo(ForeignKey<Photo>),
    Page(ForeignKey<Page, String>),
}

#[derive(Entity, Clone, Debug, serde::Serialize, serde::Deserialize)]
#[entity(table = "comments")]
pub struct Comment {
    pub id: Auto<i64>,
    pub text: String,
    #[entity(one_of)]
    pub subject: Subject,
}

#[derive(Entity, Clone, Debug, serde::Serialize, serde::Deserialize)]
#[entity(table = "posts")]
pub struct Post {
    pub id: Auto<i64>,
    #[entity(inverse = subject_post, order_by = id)]
    pub comments: HasMany<Comment>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "photos")]
pub struct Photo {
    pub id: Auto<i64>,
    #[entity(order_by = id)]
    pub comments: HasMany<Comment>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "pages")]
pub struct Page {
    #[entity(primary_key, length = 30)]
    pub name: String,
    pub comments: HasMany<Comment>,
}

fn schema() -> Schema {
    schema![Post, Photo, Page, Comment]
}

fn comment(text: &str, subject: impl Into<Subject>) -> Comment {
    Comment::builder().text(text).subject(subject).build()
}

fn texts(session: &Session, comments: &HasMany<Comment>) -> Vec<String> {
    comments.iter(session).unwrap().map(|comment| comment.text.clone()).collect()
}

#[test]
fn each_variant_is_a_reference() {
    let columns: Vec<_> = Comment::META.columns.iter().map(|it| (it.name, it.nullable)).collect();
    let expected = [
        ("id", false),
        ("text", false),
        ("subject_post_id", true),
        ("subject_photo_id", true),
        ("subject_page_id", true),
    ];
    assert_eq!(columns, expected);
    let keys = Comment::META.foreign_keys;
    let fields: Vec<_> = keys.iter().map(|it| (it.field, it.one_of, it.on_delete)).collect();
    let expected = [
        (Some("subject_post"), Some("subject"), OnDelete::Cascade),
        (Some("subject_photo"), Some("subject"), OnDelete::Restrict),
        (Some("subject_page"), Some("subject"), OnDelete::Restrict),
    ];
    assert_eq!(fields, expected);
    assert!(keys.iter().all(|key| !key.nullable), "one of them is always set");
    let names: Vec<_> = Comment::META.relationships.iter().map(|it| it.name).collect();
    assert_eq!(names, ["subject_post", "subject_photo", "subject_page"]);
    let _ = comment::subject_page_id;
}

/// Returns the references of the comments, in the order of their keys.
fn subjects(db: &TestDb) -> Vec<String> {
    db.rows("comments", "id, subject_post_id, subject_photo_id, subject_page_id")
}

on_all_databases! {
    fn an_object_is_of_one_of_several(db: &TestDb) {
        let schema = schema();
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), [], "the created tables are the declared ones");
        let post = session.add(Post::builder().build());
        let photo = session.add(Photo::builder().build());
        let page = session.add(Page::builder().name("home").build());
        session.add(comment("a", post));
        session.add(comment("b", photo));
        session.add(comment("c", Subject::Page("home".into())));
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "I posts x1; I photos x1; I pages x1; I comments x3");
        assert_eq!(subjects(db), ["1|1|NULL|NULL", "2|NULL|1|NULL", "3|NULL|NULL|home"]);
        session.clear();

        let all = session.query::<Comment>().order_by(comment::id).all().unwrap();
        let said: Vec<_> = all
            .iter()
            .map(|&it| match &session[it].subject {
                Subject::Post(post) => format!("post {}", post.key().unwrap()),
                Subject::Photo(photo) => format!("photo {}", photo.key().unwrap()),
                Subject::Page(page) => format!("page {}", page.key().unwrap()),
            })
            .collect();
        assert_eq!(said, ["post 1", "photo 1", "page home"]);
        let _ = page;
    }

    fn another_variant_is_one_update(db: &TestDb) {
        let mut session = db.session_for(schema());
        let post = session.add(Post::builder().build());
        let photo = session.add(Photo::builder().build());
        let a = session.add(comment("a", post));
        session.commit().unwrap();
        assert_eq!(texts(&session, &session[post].comments), ["a"]);
        session.take_log();
        session[a].subject = photo.into();
        assert_eq!(texts(&session, &session[post].comments), [""; 0]);
        assert_eq!(texts(&session, &session[photo].comments), ["a"]);
        session.flush().unwrap();
        assert_sql!(session, "U comments[subject_post_id,subject_photo_id,subject_page_id] x1");
        session.rollback().unwrap();
        assert_eq!(session[a].subject, Subject::from(post));
        assert_eq!(texts(&session, &session[post].comments), ["a"]);

        // The same object by key is not a change.
        session.take_log();
        session[a].subject = Subject::Post(1.into());
        session.flush().unwrap();
        assert_no_sql!(session);
        // A new owner is inserted first.
        let new = session.add(Photo::builder().build());
        session[a].subject = new.into();
        session.commit().unwrap();
        assert_eq!(subjects(db), ["1|NULL|2|NULL"]);
    }

    fn collections_are_of_one_variant_each(db: &TestDb) {
        let mut session = db.session_for(schema());
        let of = |text: &str| Comment::builder().text(text).build();
        let post = session.add(Post::builder().comments([of("a"), of("b")]).build());
        let photo = session.add(Photo::builder().comments([of("c")]).build());
        let page = session.add(Page::builder().name("home").comments([of("d")]).build());
        session.commit().unwrap();
        let expected = ["1|1|NULL|NULL", "2|1|NULL|NULL", "3|NULL|1|NULL", "4|NULL|NULL|home"];
        assert_eq!(subjects(db), expected);

        // To link is to move, from whichever owner it had.
        let c = session[photo].comments.handles(&session).unwrap()[0];
        session.link(post, post::comments, c).unwrap();
        assert_eq!(texts(&session, &session[post].comments), ["a", "b", "c"]);
        assert_eq!(texts(&session, &session[photo].comments), [""; 0]);
        session.commit().unwrap();
        assert_eq!(subjects(db)[2], "3|1|NULL|NULL");

        let error = session.unlink(post, post::comments, c).unwrap_err().to_string();
        assert!(error.contains("its reference cannot be NULL"), "{error}");
        session.clear();
        session.take_log();

        let posts = session.query::<Post>().eager(post::comments).all().unwrap();
        assert_sql!(session, "S posts; S comments");
        assert_eq!(texts(&session, &session[posts[0]].comments), ["a", "b", "c"]);
        let page = session.get_one::<Page>("home").unwrap_or(page);
        session.load(page, page::comments).unwrap();
        assert_eq!(texts(&session, &session[page].comments), ["d"]);
    }

    fn what_it_is_of_is_loaded_by_variant(db: &TestDb) {
        let mut session = db.session_for(schema());
        let post = session.add(Post::builder().build());
        let photo = session.add(Photo::builder().build());
        session.add(Page::builder().name("home").build());
        session.add(comment("a", post));
        session.add(comment("b", photo));
        session.add(comment("c", Subject::Page("home".into())));
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let all = session
            .query::<Comment>()
            .eager(comment::subject_post)
            .eager(comment::subject_photo.joined())
            .eager(comment::subject_page)
            .order_by(comment::id)
            .all()
            .unwrap();
        assert_eq!(session.take_log().iter().filter(|it| it.sql.starts_with("SELECT")).count(), 3);
        for &it in &all {
            match &session[it].subject {
                Subject::Post(post) => assert_eq!(post.get(&session).unwrap().id, 1),
                Subject::Photo(photo) => assert_eq!(photo.get(&session).unwrap().id, 1),
                Subject::Page(page) => assert_eq!(page.get(&session).unwrap().name, "home"),
            }
        }
        assert_no_sql!(session);

        let mut found = |condition: Condition<'static, Comment>| -> Vec<String> {
            let texts = session.query::<Comment>().filter(condition).order_by(comment::id);
            texts.select(comment::text).load().unwrap()
        };
        let all = || Condition::<Comment>::all();
        assert_eq!(found(all().and(comment::subject_post.exists())), ["a"]);
        assert_eq!(found(all().and(comment::subject_post.not_exists())), ["b", "c"]);
        assert_eq!(found(all().and(comment::subject_page.has(page::name.eq("home")))), ["c"]);
        assert_eq!(found(all().and(comment::subject_photo_id.eq(1))), ["b"]);
        let posts = session.query::<Post>().filter(post::comments.has_any(comment::text.eq("a")));
        assert_eq!(posts.count().unwrap(), 1);
        let posts = session.query::<Post>().filter(post::comments.has_any(comment::text.eq("b")));
        assert_eq!(posts.count().unwrap(), 0);
    }

    fn deleting_follows_each_variant(db: &TestDb) {
        let mut session = db.session_for(schema());
        let post = session.add(Post::builder().build());
        let photo = session.add(Photo::builder().build());
        let a = session.add(comment("a", post));
        session.add(comment("b", photo));
        session.commit().unwrap();
        session.delete(post).unwrap();
        session.commit().unwrap();
        assert!(session.try_get(a).is_none());
        assert_eq!(subjects(db), ["2|NULL|1|NULL"]);
        session.delete(photo).unwrap();
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("foreign key violation"), "{error}");
        session.rollback().unwrap();

        // An unset variant neither blocks a deletion nor is part of a cascade.
        let post = session.add(Post::builder().build());
        let b = session.query::<Comment>().one().unwrap();
        session[b].subject = post.into();
        session.delete(photo).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("comments", "id, subject_photo_id"), ["2|NULL"]);
        db.execute("DELETE FROM posts");
        assert_eq!(subjects(db), [""; 0], "the database cascades as well");
    }

    fn nothing_is_of_none(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(Comment::builder().text("a").build());
        session.take_log();
        let error = session.flush().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Comment", field: "subject_post", .. }));
        let error = error.to_string();
        assert!(error.contains("neither do the other references of the field"), "{error}");
        assert_no_sql!(session);
        session.rollback().unwrap();

        let post = session.add(Post::builder().build());
        let a = session.add(comment("a", post));
        session.commit().unwrap();
        session[a].subject = Subject::Photo(ForeignKey::unset());
        session.take_log();
        let error = session.flush().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Comment", .. }), "{error}");
        assert_no_sql!(session);
        session.rollback().unwrap();

        // Outside the session the database refuses it.
        let set = |sql: &str| format!("UPDATE comments SET {sql}");
        let refused = |sql: String| db.oracle().try_execute(&sql).is_err();
        assert!(refused(set("subject_post_id = NULL")));
        db.execute("INSERT INTO photos VALUES (7)");
        assert!(refused(set("subject_photo_id = 7")));
        assert!(!refused(set("subject_post_id = NULL, subject_photo_id = 7")));
    }
    fn a_new_natural_key_is_passed_on(db: &TestDb) {
        let mut session = db.session_for(schema());
        let page = session.add(Page::builder().name("home").build());
        let a = session.add(comment("a", page));
        session.commit().unwrap();
        session[page].name = "start".into();
        let flushed = session.flush();
        // MySQL does not cascade to a column in a CHECK constraint.
        if db.dialect() == Dialect::Mysql {
            let error = flushed.unwrap_err().to_string();
            assert!(error.contains("foreign key violation"), "{error}");
            return;
        }
        flushed.unwrap();
        assert_eq!(session[a].subject, Subject::Page("start".into()));
        session.commit().unwrap();
        assert_eq!(subjects(db), ["1|NULL|NULL|start"]);
    }

    fn graphs_leave_and_come_back(db: &TestDb) {
        let mut session = db.session_for(schema());
        let of = |text: &str| Comment::builder().text(text).build();
        let post = session.add(Post::builder().comments([of("a"), of("b")]).build());
        session.commit().unwrap();
        let copy = session.copy_graph(post).unwrap();
        assert_eq!(copy.comments.pending().len(), 2);
        let json = serde_json::to_value(&copy).unwrap();
        assert_eq!(json["comments"][0]["subject"]["Post"], 1, "{json}");
        let same: Post = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(session.merge_graph(same).unwrap(), post);
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);

        // A comment that belonged to a photo when it was edited belongs to the post whose
        // collection contains it.
        let mut json = json;
        json["comments"][1]["subject"] = serde_json::json!({ "Photo": 5 });
        session.clear();
        let post = session.merge_graph::<Post>(serde_json::from_value(json).unwrap()).unwrap();
        session.commit().unwrap();
        assert_eq!(subjects(db), ["1|1|NULL|NULL", "2|1|NULL|NULL"]);
        let copy = session.detach_graph(post).unwrap();
        assert_eq!(copy.comments.pending().len(), 2);
        assert!(session.handles::<Comment>().is_empty(), "they were deleted with it");
    }

    fn rows_are_written_past_the_session(db: &TestDb) {
        let mut session = db.session_for(schema());
        let photo = session.add(Photo::builder().build());
        session.flush().unwrap();
        session.bulk_insert([comment("a", photo), comment("b", Subject::Photo(1.into()))]).unwrap();
        session.commit().unwrap();
        assert_eq!(subjects(db), ["1|NULL|1|NULL", "2|NULL|1|NULL"]);
        session.load(photo, photo::comments).unwrap();
        assert_eq!(texts(&session, &session[photo].comments), ["a", "b"]);
    }

    fn an_object_moved_to_another_variant_is_not_an_orphan(db: &TestDb) {
        let mut session = db.session_for(schema![Wall, Door, Sign]);
        let wall = session.add(Wall::builder().signs([Sign::builder().build()]).build());
        let door = session.add(Door::builder().signs([Sign::builder().build()]).build());
        session.commit().unwrap();
        let on_door = session[door].signs.handles(&session).unwrap()[0];
        let on_wall = session[wall].signs.handles(&session).unwrap()[0];
        session[on_wall].place = door.into();
        session.unlink(door, door::signs, on_door).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("signs", "id, place_wall_id, place_door_id"), ["1|NULL|1"]);
        assert!(session.try_get(on_door).is_none());
    }

    fn a_row_of_two_is_an_error_that_says_so(db: &TestDb) {
        let mut session = db.session_for(schema());
        let photo = session.add(Photo::builder().build());
        session.add(comment("a", photo));
        session.commit().unwrap();
        session.clear();
        let sql = "SELECT id, text, subject_photo_id AS subject_post_id, subject_photo_id, subject_page_id FROM comments";
        let error = session.from_sql::<Comment>(sql).all().unwrap_err().to_string();
        assert!(error.contains("another column of the same `one_of`"), "{error}");
        let sql = "SELECT id, text, subject_post_id, subject_post_id AS subject_photo_id, subject_page_id FROM comments";
        let error = session.from_sql::<Comment>(sql).all().unwrap_err().to_string();
        assert!(error.contains("so are the other columns"), "{error}");
    }
}

/// The place of a sign. A sign that is taken out of its collection is deleted.
#[derive(OneOf, Clone, Debug)]
pub enum Place {
    Wall(ForeignKey<Wall>),
    Door(ForeignKey<Door>),
}

#[derive(Entity, Debug)]
#[entity(table = "signs")]
pub struct Sign {
    pub id: Auto<i64>,
    #[entity(one_of)]
    pub place: Place,
}

#[derive(Entity, Debug)]
#[entity(table = "walls")]
pub struct Wall {
    pub id: Auto<i64>,
    #[entity(delete_orphan)]
    pub signs: HasMany<Sign>,
}

#[derive(Entity, Debug)]
#[entity(table = "doors")]
pub struct Door {
    pub id: Auto<i64>,
    #[entity(delete_orphan)]
    pub signs: HasMany<Sign>,
}
