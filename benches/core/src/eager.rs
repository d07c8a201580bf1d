//! Objects together with their related objects: W13 to W15, W18.

use std::collections::HashMap;
use std::fmt::Write;

use orm_runtime::prelude::*;

use crate::harness::{Bench, Comparison, Digest, Line, Result, Watch, grouped};
use crate::model::{self, Author, Comment, Digested, Post, author, comment, plain, post};
use crate::peak;

/// Measures W13: users together with their posts.
pub fn posts(bench: &Bench) -> Result {
    let users = bench.size(10_000);
    let tables = [("users", users), ("posts", 10 * users)];
    let mut session = model::session(&tables)?;
    let connection = model::rusqlite(&tables)?;
    connection.execute_batch("BEGIN")?;
    let arms = Comparison::session(|watch| with_posts(&mut session, watch))
        .peer("rusqlite, two queries", |watch| {
            Ok(digest_users(&watch.time(|| users_with_posts(&connection))?))
        })
        .run(bench)?;
    Line::new("W13", format!("eager {} users x 10 posts", grouped(users)))
        .ratio(&arms, 1.15)
        .exactly("statements", arms[0].statements() as f64, 2.0)
        .allocations(&arms[0], 11 * users)
        .print(bench);
    Ok(())
}

/// Loads users together with their posts through a session.
pub fn with_posts(session: &mut Session, watch: &mut Watch) -> Result<u64> {
    session.clear();
    let before = session.statements();
    let found = watch.time(|| session.query::<Author>().eager(author::posts).all())?;
    watch.statements = session.statements() - before;
    let mut digest = Digest::new();
    for author in found {
        session[author].digest(&mut digest);
        for post in session[author].posts.iter(session)? {
            post.digest(&mut digest);
        }
    }
    Ok(digest.value())
}

fn users_with_posts(
    connection: &rusqlite::Connection,
) -> rusqlite::Result<Vec<(plain::User, Vec<plain::Post>)>> {
    let mut users = connection.prepare_cached(model::USERS)?;
    let users = users
        .query_map([], plain::User::from_rusqlite)?
        .collect::<rusqlite::Result<Vec<plain::User>>>()?;
    let mut posts = connection.prepare_cached(&in_list(model::POSTS, "user_id"))?;
    let keys = json(users.iter().map(|user| user.id));
    let posts = posts.query_map([keys], plain::Post::from_rusqlite)?;
    group(users, |user| user.id, posts, |post| post.user_id)
}

/// Returns a query with all keys in one parameter, so that the statement is prepared once.
fn in_list(select: &str, column: &str) -> String {
    format!("{select} WHERE {column} IN (SELECT value FROM json_each(?))")
}

fn json(keys: impl Iterator<Item = i64>) -> String {
    let mut text = String::from("[");
    for key in keys {
        // Writing to a String cannot fail.
        let _ = write!(text, "{key},");
    }
    text.pop();
    text + "]"
}

/// Groups objects by owner. Most objects of one owner are adjacent.
pub fn group<P, C, E>(
    owners: Vec<P>,
    key: impl Fn(&P) -> i64,
    members: impl Iterator<Item = Result<C, E>>,
    owner: impl Fn(&C) -> i64,
) -> Result<Vec<(P, Vec<C>)>, E> {
    let places: HashMap<i64, usize> =
        owners.iter().enumerate().map(|(place, owner)| (key(owner), place)).collect();
    let mut groups: Vec<(P, Vec<C>)> =
        owners.into_iter().map(|owner| (owner, Vec::new())).collect();
    let mut last = None;
    for member in members {
        let member = member?;
        let key = owner(&member);
        let place = match last {
            Some((known, place)) if known == key => place,
            _ => places[&key],
        };
        last = Some((key, place));
        groups[place].1.push(member);
    }
    Ok(groups)
}

/// Returns the checksum of the result that was assembled by hand.
pub fn digest_users(found: &[(plain::User, Vec<plain::Post>)]) -> u64 {
    let mut digest = Digest::new();
    for (user, posts) in found {
        user.digest(&mut digest);
        posts.iter().for_each(|post| post.digest(&mut digest));
    }
    digest.value()
}

/// Measures W14: users, their posts, and the comments on the posts.
pub fn comments(bench: &Bench) -> Result {
    let users = bench.size(1_000);
    let tables = [("users", users), ("posts", 10 * users), ("comments", 100 * users)];
    let mut session = model::session(&tables)?;
    let connection = model::rusqlite(&tables)?;
    connection.execute_batch("BEGIN")?;
    let arms = Comparison::session(|watch| with_comments(&mut session, watch))
        .peer("rusqlite, three queries", |watch| {
            let found = watch.time(|| users_with_comments(&connection))?;
            let mut digest = Digest::new();
            for (user, posts) in &found {
                user.digest(&mut digest);
                for (post, comments) in posts {
                    post.digest(&mut digest);
                    comments.iter().for_each(|comment| comment.digest(&mut digest));
                }
            }
            Ok(digest.value())
        })
        .run(bench)?;
    Line::new("W14", format!("eager {} users x 10 posts x 10 comments", grouped(users)))
        .ratio(&arms, 1.20)
        .exactly("statements", arms[0].statements() as f64, 3.0)
        .allocations(&arms[0], 111 * users)
        .print(bench);
    Ok(())
}

fn with_comments(session: &mut Session, watch: &mut Watch) -> Result<u64> {
    session.clear();
    let before = session.statements();
    let path = author::posts.then(post::comments);
    let found = watch.time(|| session.query::<Author>().eager(path).all())?;
    watch.statements = session.statements() - before;
    let mut digest = Digest::new();
    for author in found {
        session[author].digest(&mut digest);
        for post in session[author].posts.iter(session)? {
            post.digest(&mut digest);
            for comment in post.comments.iter(session)? {
                comment.digest(&mut digest);
            }
        }
    }
    Ok(digest.value())
}

type PostWithComments = (plain::Post, Vec<plain::Comment>);

fn users_with_comments(
    connection: &rusqlite::Connection,
) -> rusqlite::Result<Vec<(plain::User, Vec<PostWithComments>)>> {
    let mut users = connection.prepare_cached(model::USERS)?;
    let users = users
        .query_map([], plain::User::from_rusqlite)?
        .collect::<rusqlite::Result<Vec<plain::User>>>()?;
    let mut posts = connection.prepare_cached(&in_list(model::POSTS, "user_id"))?;
    let keys = json(users.iter().map(|user| user.id));
    let posts = posts
        .query_map([keys], plain::Post::from_rusqlite)?
        .collect::<rusqlite::Result<Vec<plain::Post>>>()?;
    let mut comments = connection.prepare_cached(&in_list(model::COMMENTS, "post_id"))?;
    let keys = json(posts.iter().map(|post| post.id));
    let comments = comments.query_map([keys], plain::Comment::from_rusqlite)?;
    let posts = group(posts, |post| post.id, comments, |comment| comment.post_id)?;
    group(users, |user| user.id, posts.into_iter().map(Ok), |(post, _)| post.user_id)
}

/// Measures W15: the posts of each user loaded in a loop, against an eager load of users and posts.
pub fn lazy(bench: &Bench) -> Result {
    /// The number of owners that share a statement.
    const BATCH: usize = 16_384;
    let users = bench.size(10_000);
    let tables = [("users", users), ("posts", 10 * users)];
    let (mut session, mut eager) = (model::session(&tables)?, model::session(&tables)?);
    let arms = Comparison::session(|watch| {
        session.clear();
        let before = session.statements();
        let bytes = watch.time(|| {
            let found = session.query::<Author>().all()?;
            let mut bytes = 0;
            for author in found {
                session.load(author, author::posts)?;
                bytes += bytes_of_posts(&session, author)?;
            }
            Ok::<_, orm_runtime::Error>(bytes)
        })?;
        watch.statements = session.statements() - before;
        Ok(bytes as u64)
    })
    .peer("eager", |watch| {
        eager.clear();
        let bytes: orm_runtime::Result<usize> = watch.time(|| {
            let found = eager.query::<Author>().eager(author::posts).all()?;
            found.into_iter().map(|author| bytes_of_posts(&eager, author)).sum()
        });
        Ok(bytes? as u64)
    })
    .run(bench)?;
    Line::new("W15", format!("load the posts of {} users in a loop", grouped(users)))
        .ratio(&arms, 1.10)
        .at_most("statements", arms[0].statements() as f64, 1.0 + users.div_ceil(BATCH) as f64)
        .allocations(&arms[0], 11 * users)
        .print(bench);
    Ok(())
}

fn bytes_of_posts(map: &IdentityMap, author: Handle<Author>) -> orm_runtime::Result<usize> {
    Ok(map[author].posts.iter(map)?.map(|post| post.body.len()).sum())
}

/// Measures W18: comments in batches, each with its post, against a stream of the same rows.
pub fn batches(bench: &Bench) -> Result {
    let rows = bench.size(1_000_000);
    // `items` have no references. Comments are about as short, and ten share a post.
    let tables = [("users", rows / 100), ("posts", rows / 10), ("comments", rows)];
    let (mut session, mut streaming) = (model::session(&tables)?, model::session(&tables)?);
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        let mut bytes = 0;
        watch.time(|| {
            let comments = session.query::<Comment>().eager(comment::post);
            comments.batches(1_000, |session, batch| {
                let (comments, posts) = (session.objects::<Comment>(), session.objects::<Post>());
                for &handle in batch {
                    let comment = &comments[handle];
                    bytes +=
                        comment.body.len() + usize::from(posts[&comment.post].title.is_empty());
                }
                Ok::<_, orm_runtime::Error>(())
            })
        })?;
        watch.statements = session.statements() - before;
        Ok(bytes as u64)
    })
    .peer("stream", |watch| {
        let bytes = watch.time(|| {
            let bodies = streaming.query::<Comment>().stream()?.map(|row| Ok(row?.body.len()));
            bodies.sum::<orm_runtime::Result<usize>>()
        })?;
        Ok(bytes as u64)
    })
    .run(bench)?;
    drop((session, streaming));
    let file = model::File::new("batches")?;
    file.fill(&tables)?;
    let (few, all) =
        (peak::growth("batches", &file, 10_000)?, peak::growth("batches", &file, rows)?);
    Line::new("W18", format!("batches of {} comments with their posts", grouped(rows)))
        .ratio(&arms, 2.50)
        .counts(&arms[0], rows)
        .at_most("MB more at the peak than for 10,000", (all - few) / 1e3, 10.0)
        .print(bench);
    Ok(())
}
