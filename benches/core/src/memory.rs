//! Objects in memory: W10, W11, W21.

use diesel::RunQueryDsl;

use crate::harness::{self, Bench, Comparison, Line, Result, allocations, grouped, live_bytes};
use crate::model::{self, User, digest, plain};
use crate::peak;

/// Measures W10: single objects by key, all of them in memory.
pub fn hits(bench: &Bench) -> Result {
    let (rows, gets) = (bench.size(100_000), bench.size(1_000_000));
    let keys = model::shuffled(rows, gets);
    let mut session = model::session(&[("users", rows)])?;
    session.query::<User>().all()?;
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        let found = watch.time(|| {
            let one = |&key: &i64| Ok(usize::from(session.get::<User>(key)?.is_some()));
            keys.iter().map(one).sum::<orm_runtime::Result<usize>>()
        })?;
        watch.statements = session.statements() - before;
        Ok(found as u64)
    })
    .run(bench)?;
    let each = arms[0].min().as_secs_f64() * 1e9 / gets as f64;
    Line::new("W10", "get by key, hit")
        .at_most("ns", each, 25.0)
        .at_most("allocations", arms[0].allocations() as f64, 0.0)
        .at_most("statements", arms[0].statements() as f64, 0.0)
        .print(bench);
    Ok(())
}

/// Measures W11: one field of all objects, through their handles.
pub fn fields(bench: &Bench) -> Result {
    const TIMES: usize = 50;
    let rows = bench.size(100_000);
    let mut session = model::session(&[("users", rows)])?;
    let handles = session.query::<User>().all()?;
    let users = plain::users::table.load::<plain::User>(&mut model::diesel(&[("users", rows)])?)?;
    let indexes: Vec<usize> = (0..users.len()).collect();
    let arms = Comparison::session(|watch| {
        let once = || handles.iter().map(|&handle| i64::from(session[handle].age)).sum::<i64>();
        let sums = watch.time(|| (0..TIMES).map(|_| std::hint::black_box(once())).sum::<i64>());
        Ok(sums as u64)
    })
    .peer("objects::<User>()", |watch| {
        let objects = session.objects::<User>();
        let once = || handles.iter().map(|&handle| i64::from(objects[handle].age)).sum::<i64>();
        let sums = watch.time(|| (0..TIMES).map(|_| std::hint::black_box(once())).sum::<i64>());
        Ok(sums as u64)
    })
    .peer("Vec<User>", |watch| {
        let once = || indexes.iter().map(|&index| i64::from(users[index].age)).sum::<i64>();
        let sums = watch.time(|| (0..TIMES).map(|_| std::hint::black_box(once())).sum::<i64>());
        Ok(sums as u64)
    })
    .run(bench)?;
    let [of_session, of_view, of_vec] = &arms[..] else { return Ok(()) };
    let reads = (rows * TIMES) as f64;
    let ns = |arm: &harness::Arm| arm.min().as_secs_f64() * 1e9 / reads;
    let plain = ns(of_vec);
    for (how, arm) in [("session[handle]", of_session), ("objects::<User>()[handle]", of_view)] {
        Line::new("W11", format!("one field of {} objects, {how}", grouped(rows)))
            .note(format!("{:.2} ns, Vec<User> {plain:.2} ns", ns(arm)))
            .at_most("ns more a read", ns(arm) - plain, 2.0)
            .print(bench);
    }
    Ok(())
}

/// Measures W21: the memory of the objects in a session.
pub fn held(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let each = |bytes: usize| bytes as f64 / rows as f64;

    let mut connection = model::diesel(&[("users", rows)])?;
    let warm = plain::users::table.load::<plain::User>(&mut connection)?;
    let expected = digest(&warm);
    drop(warm);
    let (base, before) = (live_bytes(), allocations());
    let mut users = plain::users::table.load::<plain::User>(&mut connection)?;
    let plain_allocations = allocations() - before;
    users.shrink_to_fit();
    let plain_bytes = live_bytes() - base;
    drop(users);

    let base_of_all = live_bytes();
    let mut session = model::session(&[("users", rows)])?;
    session.query::<User>().limit(1).all()?;
    session.clear();
    let (base, before) = (live_bytes(), allocations());
    let handles = session.query::<User>().all()?;
    let session_allocations = allocations() - before;
    if digest(handles.iter().map(|&handle| &session[handle])) != expected {
        return Err("the session holds other values than Diesel has read".into());
    }
    drop(handles);
    let session_bytes = live_bytes() - base;
    drop(session);
    let left = live_bytes().saturating_sub(base_of_all);

    let file = model::File::new("held")?;
    file.fill(&[("users", rows)])?;
    let peak = peak::growth("session", &file, rows)? / peak::growth("vec", &file, rows)?;
    let extra = (session_allocations as f64 - plain_allocations as f64) / rows as f64;
    Line::new("W21", format!("{} users held", grouped(rows)))
        .note(format!("{:.1} bytes each, Vec<User> {:.1}", each(session_bytes), each(plain_bytes)))
        .at_most("x the bytes of Vec<User>", session_bytes as f64 / plain_bytes as f64, 1.10)
        .at_most("x its growth at the peak", peak, 1.15)
        .at_most("allocations more each", extra, 0.01)
        .at_most("KB left after drop", left as f64 / 1e3, 0.0)
        .print(bench);
    Ok(())
}
