//! Rows that default scopes hide, and relationships with a filter.

use orm_runtime::prelude::*;
use orm_runtime::query::IntoPath;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "blogs")]
pub struct Blog {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = blog)]
    pub posts: HasMany<Post>,
    #[entity(inverse = blog, filter = long)]
    pub long_posts: HasMany<Post>,
}

/// Its row is kept when it is deleted.
#[derive(Entity, Debug)]
#[entity(table = "posts")]
pub struct Post {
    pub id: Auto<i64>,
    pub title: String,
    #[entity(soft_delete)]
    pub removed: Option<chrono::DateTime<chrono::Utc>>,
    pub blog: ForeignKey<Blog>,
    #[entity(inverse = post)]
    pub comments: HasMany<Comment>,
}

fn long() -> Condition<'static, Post> {
    Condition::all().and(post::title.like("_____"))
}

#[derive(Entity, Debug)]
#[entity(table = "comments")]
pub struct Comment {
    pub id: Auto<i64>,
    pub post: ForeignKey<Post>,
}

/// Stores a blog with a post and a deleted post, each with a comment.
fn blog(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Blog, Post, Comment]);
    let blog = session.add(Blog::builder().name("b").build());
    for title in ["seen", "hidden"] {
        let post = session.add(Post::builder().title(title).blog(blog).build());
        session.add(Comment::builder().post(post).build());
    }
    session.commit().unwrap();
    let hidden = session.query::<Post>().filter(post::title.eq("hidden")).one().unwrap();
    session.delete(hidden).unwrap();
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn titles(session: &Session, blog: Handle<Blog>) -> Vec<&str> {
    session[blog].posts.iter(session).unwrap().map(|post| &*post.title).collect()
}

on_all_databases! {
    fn what_is_hidden_is_asked_for_once(db: &TestDb) {
        let mut session = blog(db);
        let comments = session.query::<Comment>().all().unwrap();
        assert_eq!(comments.len(), 2);
        session.take_log();
        for _ in 0..2 {
            for &comment in &comments {
                session.load(comment, comment::post).unwrap();
            }
        }
        assert_sql!(session, "S posts");
        // After a commit it may exist.
        session.commit().unwrap();
        session.take_log();
        session.load(comments[0], comment::post).unwrap();
        assert_sql!(session, "S posts");
        // Without the scope it is found, and after an eviction it is not.
        let hidden = session.query::<Post>().unscoped_all().filter(post::title.eq("hidden"));
        let hidden = hidden.one().unwrap();
        let loaded = |session: &Session| {
            comments.iter().filter(|&&it| session[it].post.is_loaded(session)).count()
        };
        assert_eq!(loaded(&session), 2);
        session.evict(hidden).unwrap();
        session.take_log();
        session.load_all(&comments, comment::post).unwrap();
        assert_sql!(session, "S posts");
        assert_eq!(loaded(&session), 1);
    }

    fn what_is_deleted_and_kept_is_in_no_collection(db: &TestDb) {
        let mut session = blog(db);
        let found = session.query::<Blog>().eager(blog::posts).one().unwrap();
        assert_sql!(session, "S blogs; S posts");
        assert_eq!(titles(&session, found), ["seen"]);
        session.clear();
        let found = session.query::<Blog>().eager(blog::posts.joined()).one().unwrap();
        assert_eq!(titles(&session, found), ["seen"]);
        session.clear();
        let found = session.query::<Blog>().one().unwrap();
        session.load(found, blog::posts).unwrap();
        assert_eq!(titles(&session, found), ["seen"]);
        assert_eq!(session.related(found, blog::posts).unwrap().count().unwrap(), 1);
    }

    fn a_reference_to_a_hidden_row_finds_nothing_in_memory(db: &TestDb) {
        let mut session = blog(db);
        for path in [comment::post.into_path(), comment::post.joined()] {
            session.clear();
            let found =
                session.query::<Comment>().eager(path).order_by(comment::id).all().unwrap();
            let seen = found.iter().map(|&it| session[it].post.is_loaded(&session));
            assert_eq!(seen.collect::<Vec<_>>(), [true, false]);
        }
    }

    fn conditions_and_columns_pass_over_what_is_hidden(db: &TestDb) {
        let mut session = blog(db);
        let hidden = blog::posts.has_any(post::title.eq("hidden"));
        assert_eq!(session.query::<Blog>().filter(hidden).count().unwrap(), 0);
        let seen = comment::post.has(post::title.ne(""));
        assert_eq!(session.query::<Comment>().filter(seen).count().unwrap(), 1);
        let counts: Vec<i64> = session.query::<Blog>().select(blog::posts.count()).load().unwrap();
        assert_eq!(counts, [1]);
        let titles: Vec<Option<String>> = session
            .query::<Comment>()
            .order_by(comment::id)
            .select(comment::post.column(post::title))
            .load()
            .unwrap();
        assert_eq!(titles, [Some("seen".to_owned()), None]);
    }

    fn a_condition_of_the_relationship_is_a_part_of_it(db: &TestDb) {
        let mut session = blog(db);
        let found = session.query::<Blog>().one().unwrap();
        for title in ["short", "longer"] {
            session.add(Post::builder().title(title).blog(found).build());
        }
        session.flush().unwrap();
        let titles = |session: &Session| -> Vec<String> {
            let posts = session[found].long_posts.iter(session).unwrap();
            posts.map(|post| post.title.clone()).collect()
        };
        session.load(found, blog::long_posts).unwrap();
        assert_eq!(titles(&session), ["short"]);
        assert_eq!(session.related(found, blog::long_posts).unwrap().count().unwrap(), 1);
        session.commit().unwrap();
        session.query::<Blog>().eager(blog::long_posts.joined()).one().unwrap();
        assert_eq!(titles(&session), ["short"]);
        let counted: Vec<(i64, i64)> = session
            .query::<Blog>()
            .select((blog::long_posts.count(), blog::posts.count()))
            .load()
            .unwrap();
        assert_eq!(counted, [(1, 3)]);
        let seen = blog::long_posts.has_any(post::title.eq("seen"));
        assert_eq!(session.query::<Blog>().filter(seen).count().unwrap(), 0);
    }
}
