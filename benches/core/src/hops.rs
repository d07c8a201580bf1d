//! Following references from object to object: W12.

use orm_runtime::prelude::*;

use crate::harness::{Arm, Bench, Comparison, Line, Result, Watch, grouped};
use crate::model::{self, Author, Comment, Post, comment, plain, post};

/// Repetitions in a round, few enough that most rounds are not interrupted.
const TIMES: usize = 2;

/// Measures W12: comment → post → user, over comments in random order. The time to reach the
/// comments is measured separately and is not part of a hop.
pub fn chain(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let tables = [("users", rows / 100), ("posts", rows / 10), ("comments", rows)];
    let order: Vec<usize> =
        model::shuffled(rows, rows).into_iter().map(|key| key as usize - 1).collect();

    let mut session = model::session(&tables)?;
    let eager = comment::post.then(post::user);
    let handles = session.query::<Comment>().eager(eager).order_by(comment::id).all()?;
    let handles: Vec<Handle<Comment>> = order.iter().map(|&place| handles[place]).collect();
    let map: &IdentityMap = &session;
    let (comments, posts, authors) =
        (map.objects::<Comment>(), map.objects::<Post>(), map.objects::<Author>());
    let of = plain_rows(&tables)?;
    // Rounds are short.
    let bench = &Bench { rounds: 10 * bench.rounds, ..*bench };

    let arms = Comparison::session(|watch| {
        let age =
            |&handle: &Handle<Comment>| i64::from(authors[&posts[&comments[handle].post].user].age);
        sums(watch, || handles.iter().map(age).sum())
    })
    .peer("ForeignKey::get", |watch| {
        let age = |&handle: &Handle<Comment>| {
            Ok(i64::from(comments[handle].post.get(map)?.user.get(map)?.age))
        };
        let sum = || handles.iter().map(age).sum::<orm_runtime::Result<i64>>();
        sums(watch, || sum().unwrap_or_default())
    })
    .peer("index chain", |watch| {
        let age = |&place: &usize| {
            let post = &of.posts[of.comments[place].post_id as usize - 1];
            i64::from(of.users[post.user_id as usize - 1].age)
        };
        sums(watch, || order.iter().map(age).sum())
    })
    .run(bench)?;
    let starts = Comparison::session(|watch| {
        let key = |&handle: &Handle<Comment>| comments[handle].post.key().copied().unwrap_or(0);
        sums(watch, || handles.iter().map(key).sum())
    })
    .peer("Vec<Comment>", |watch| {
        sums(watch, || order.iter().map(|&place| of.comments[place].post_id).sum())
    })
    .run(bench)?;

    let ([of_views, of_get, of_vecs], [start, start_of_vecs]) = (&arms[..], &starts[..]) else {
        return Ok(());
    };
    let ns = |arm: &Arm| arm.min().as_secs_f64() * 1e9 / (rows * TIMES) as f64;
    let plain = (ns(of_vecs) - ns(start_of_vecs)) / 2.0;
    for (how, arm) in [("posts[&comment.post]", of_views), ("post.get(&session)", of_get)] {
        let hop = (ns(arm) - ns(start)) / 2.0;
        let whole = format!("the whole chain {:.1} and {:.1} ns", ns(arm), ns(of_vecs));
        Line::new("W12", format!("{} comments, {how}", grouped(rows)))
            .note(format!("{hop:.2} ns a hop, index chain {plain:.2} ns; {whole}"))
            .at_most("ns more a hop", hop - plain, 2.0)
            .at_most("allocations", arm.allocations() as f64, 0.0)
            .print(bench);
    }
    Ok(())
}

fn sums(watch: &mut Watch, sum: impl Fn() -> i64) -> Result<u64> {
    Ok(watch.time(|| (0..TIMES).map(|_| std::hint::black_box(sum())).sum::<i64>()) as u64)
}

/// The same rows, each at the index of its key.
struct PlainRows {
    users: Vec<plain::User>,
    posts: Vec<plain::Post>,
    comments: Vec<plain::Comment>,
}

fn plain_rows(tables: &[(&str, usize)]) -> Result<PlainRows> {
    let connection = model::rusqlite(tables)?;
    let all = |sql: &str| connection.prepare(&format!("{sql} ORDER BY id"));
    let mut users = all(model::USERS)?;
    let mut posts = all(model::POSTS)?;
    let mut comments = all(model::COMMENTS)?;
    Ok(PlainRows {
        users: users.query_map([], plain::User::from_rusqlite)?.collect::<Result<_, _>>()?,
        posts: posts.query_map([], plain::Post::from_rusqlite)?.collect::<Result<_, _>>()?,
        comments: comments
            .query_map([], plain::Comment::from_rusqlite)?
            .collect::<Result<_, _>>()?,
    })
}
