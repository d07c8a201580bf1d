//! Random work on hierarchies in one session: after every step a plain model, the objects in memory
//! and the rows of all tables agree. A sequence ends at its first wrong step, and the steps before
//! it are printed.

use std::collections::{BTreeMap, BTreeSet};

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, on_all_databases};

use self::model::*;
use crate::{again, seeds};

mod animals;
mod check;
mod many;
#[allow(dead_code, reason = "the tests of hierarchies use the rest of it")]
#[path = "../relations/inheritance/model.rs"]
mod model;

/// The model of an employee. A name is a number, which never changes, and exclamation marks.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    kind: PersonKind,
    name: String,
    company: Option<u32>,
    status: String,
    language: Option<String>,
    manager: Option<u32>,
    golf: i32,
    agency: String,
    mentor: Option<u32>,
}

type People = BTreeMap<u32, Known>;

#[derive(Default)]
struct Model {
    now: People,
    committed: People,
    next: u32,
    /// Whether rows were changed by statements that are not committed. What was read from them is
    /// stale after a rollback, and is read again.
    has_set: bool,
}

const ALL: [PersonKind; 5] = [
    PersonKind::Person,
    PersonKind::Engineer,
    PersonKind::Manager,
    PersonKind::Boss,
    PersonKind::Temp,
];

const COMPANIES: u32 = 2;

fn is_manager(kind: PersonKind) -> bool {
    matches!(kind, PersonKind::Manager | PersonKind::Boss)
}

/// Returns the number in a name such as `p12!!`.
fn number(name: &str) -> u32 {
    name.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

fn pick<T: Copy>(random: &mut Random, of: &[T]) -> Option<T> {
    (!of.is_empty()).then(|| of[random.below(0..of.len())])
}

impl Model {
    fn any(&self, random: &mut Random, is: impl Fn(PersonKind) -> bool) -> Option<u32> {
        let fit = self.now.iter().filter(|(_, known)| is(known.kind));
        pick(random, &fit.map(|(&number, _)| number).collect::<Vec<_>>())
    }

    fn of(&self, is: impl Fn(&Known) -> bool) -> BTreeSet<u32> {
        self.now.iter().filter(|(_, known)| is(known)).map(|(&number, _)| number).collect()
    }

    fn known(&mut self, number: u32) -> &mut Known {
        self.now.get_mut(&number).unwrap()
    }
}

fn is_live<T: Entity>(session: &Session, handle: Handle<T>) -> bool {
    matches!(session.state(handle), ObjectState::Pending | ObjectState::Persistent)
}

/// Returns the object with a number, which is loaded if it is not in memory.
fn object(session: &mut Session, model: &Model, n: u32) -> Result<Handle<Staff>> {
    let live = session.handles::<Staff>().into_iter().filter(|&it| is_live(session, it));
    match live.into_iter().find(|&it| number(&session[it].name) == n) {
        Some(found) => Ok(found),
        None => session.query::<Staff>().filter(person::name.eq(&model.now[&n].name)).one(),
    }
}

fn manager(session: &mut Session, model: &Model, n: u32) -> Result<Handle<Manager>> {
    let staff = object(session, model, n)?;
    Ok(session.downcast::<Manager>(staff).unwrap())
}

fn company(session: &mut Session, n: u32) -> Result<Handle<Company>> {
    session.query::<Company>().filter(company::name.eq(format!("c{n}"))).one()
}

/// Creates a new employee of some subtype, without references.
fn new(model: &mut Model, random: &mut Random) -> (u32, Staff) {
    model.next += 1;
    let n = model.next;
    let known = Known {
        kind: ALL[random.below(0..ALL.len())],
        name: format!("p{n}"),
        company: None,
        status: format!("status {n}"),
        language: random.percent(50).then(|| "rust".to_owned()),
        manager: None,
        golf: i32::try_from(n).unwrap(),
        agency: format!("agency {n}"),
        mentor: None,
    };
    let person = Person::builder().name(&*known.name).build();
    let manager = |person| Manager::builder().person(person).status(&*known.status).build();
    let staff = match known.kind {
        PersonKind::Person => person.into(),
        PersonKind::Engineer => Engineer::builder()
            .person(person)
            .status(&*known.status)
            .maybe_language(known.language.clone())
            .build()
            .into(),
        PersonKind::Manager => manager(person).into(),
        PersonKind::Boss => {
            Boss::builder().manager(manager(person)).golf(known.golf).build().into()
        }
        PersonKind::Temp => Temp::builder().person(person).agency(&*known.agency).build().into(),
    };
    model.now.insert(n, known);
    (n, staff)
}

/// Adds an employee, as the enum or as the subtype.
fn add(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<()> {
    let (n, staff) = new(model, random);
    match staff {
        Staff::Boss(boss) if random.percent(50) => drop(session.add(boss)),
        Staff::Engineer(engineer) if random.percent(50) => drop(session.add(engineer)),
        Staff::Temp(temp) if random.percent(50) => drop(session.add(temp)),
        staff => drop(session.add(staff)),
    }
    refer(session, model, random, n)
}

/// Sets the references of an employee to objects, which may be new, to keys, or to `None`.
fn refer(session: &mut Session, model: &mut Model, random: &mut Random, n: u32) -> Result<()> {
    let staff = object(session, model, n)?;
    if random.percent(40) {
        let to = random.percent(70).then(|| u32::try_from(random.below(0..2)).unwrap() % COMPANIES);
        let target = to.map(|to| company(session, to)).transpose()?;
        session[staff.upcast::<Person>()].company = target.map(Into::into);
        model.known(n).company = to;
    }
    if let Some(engineer) = session.downcast::<Engineer>(staff) {
        let to = model.any(random, is_manager).filter(|_| random.percent(70));
        let target = to.map(|to| manager(session, model, to)).transpose()?;
        let by_key = target.and_then(|it| session.key(it)).filter(|_| random.percent(30));
        session[engineer].manager = match by_key {
            Some(key) => Some(ForeignKey::to_key(key)),
            None => target.map(Into::into),
        };
        model.known(n).manager = to;
    }
    if let Some(temp) = session.downcast::<Temp>(staff) {
        let to = model.any(random, |_| true).filter(|_| random.percent(70));
        let target = to.map(|to| object(session, model, to)).transpose()?;
        session[temp].mentor = target.map(|it| it.upcast::<Person>().into());
        model.known(n).mentor = to;
    }
    Ok(())
}

/// Changes columns of the base and of the subtype, through one of its handles.
fn change(session: &mut Session, model: &mut Model, random: &mut Random, n: u32) -> Result<()> {
    let staff = object(session, model, n)?;
    let known = model.known(n);
    if random.percent(40) && known.name.len() < 30 {
        known.name.push('!');
        match random.below(0..2) {
            0 => session[staff].name.push('!'),
            _ => session[staff.upcast::<Person>()].name.push('!'),
        }
    }
    known.status.push('?');
    known.golf += 1;
    known.agency.push('?');
    known.language = random.percent(50).then(|| format!("{}", random.below(0..100)));
    if random.percent(50) {
        change_in(&mut session[staff], known);
        return Ok(());
    }
    if let Some(manager) = session.downcast::<Manager>(staff) {
        session[manager].status.clone_from(&known.status);
    }
    if let Some(boss) = session.downcast::<Boss>(staff) {
        session[boss].golf = known.golf;
    }
    if let Some(engineer) = session.downcast::<Engineer>(staff) {
        session[engineer].status.clone_from(&known.status);
        session[engineer].language.clone_from(&known.language);
    }
    if let Some(temp) = session.downcast::<Temp>(staff) {
        session[temp].agency.clone_from(&known.agency);
    }
    Ok(())
}

/// Changes the columns of the subtype.
fn change_in(staff: &mut Staff, known: &Known) {
    match staff {
        Staff::Person(_) => {}
        Staff::Engineer(engineer) => {
            engineer.status.clone_from(&known.status);
            engineer.language.clone_from(&known.language);
        }
        Staff::Manager(manager) => manager.status.clone_from(&known.status),
        Staff::Boss(boss) => {
            boss.status.clone_from(&known.status);
            boss.golf = known.golf;
        }
        Staff::Temp(temp) => temp.agency.clone_from(&known.agency),
    }
}

/// Deletes an employee after all references to it have been removed.
fn delete(session: &mut Session, model: &mut Model, random: &mut Random, n: u32) -> Result<()> {
    for engineer in model.of(|it| it.manager == Some(n)) {
        let engineer_object = object(session, model, engineer)?;
        let engineer_object = session.downcast::<Engineer>(engineer_object).unwrap();
        session[engineer_object].manager = None;
        model.known(engineer).manager = None;
    }
    for temp in model.of(|it| it.mentor == Some(n)) {
        let temp_object = object(session, model, temp)?;
        let temp_object = session.downcast::<Temp>(temp_object).unwrap();
        session[temp_object].mentor = None;
        model.known(temp).mentor = None;
    }
    let staff = object(session, model, n)?;
    match random.below(0..3) {
        0 => session.delete(staff)?,
        1 => session.delete(staff.upcast::<Person>())?,
        _ => {
            let name = model.now[&n].name.clone();
            assert_eq!(session.query::<Person>().filter(person::name.eq(name)).delete()?, 1);
        }
    }
    model.now.remove(&n);
    Ok(())
}

fn commit(session: &mut Session, model: &mut Model) -> Result<()> {
    session.commit()?;
    model.has_set = false;
    model.committed.clone_from(&model.now);
    Ok(())
}

fn read_again(session: &mut Session, model: &Model) -> Result<()> {
    if model.has_set {
        session.query::<Staff>().all()?;
    }
    Ok(())
}

/// Does one step that is also allowed in a savepoint.
fn step(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<&'static str> {
    let n = model.any(random, |_| true);
    Ok(match (random.below(0..13), n) {
        (0..=1, _) | (_, None) => add(session, model, random).map(|()| "add")?,
        (2..=3, Some(n)) => change(session, model, random, n).map(|()| "change")?,
        (4..=5, Some(n)) => refer(session, model, random, n).map(|()| "refer")?,
        (6, Some(n)) => delete(session, model, random, n).map(|()| "delete")?,
        (7, _) => session.flush().map(|()| "flush")?,
        (8, _) => many::set(session, model, random).map(|()| "set")?,
        (9..=10, _) => many::query(session, model, random).map(|()| "query")?,
        (11, Some(n)) => many::get(session, model, n).map(|()| "get")?,
        (_, Some(n)) => {
            let staff = object(session, model, n)?;
            session.flush()?;
            match random.percent(50) {
                true => session.refresh(&[staff]).map(|()| "refresh")?,
                false => {
                    session.expire_all();
                    "expire"
                }
            }
        }
    })
}

/// Does one step of any kind.
fn any_step(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<String> {
    let n = model.any(random, |_| true);
    let done = match (random.below(0..20), n) {
        (0..=1, _) => commit(session, model).map(|()| "commit")?,
        (2, _) => {
            session.rollback()?;
            model.now.clone_from(&model.committed);
            read_again(session, model)?;
            model.has_set = false;
            "rollback"
        }
        (3, _) => {
            commit(session, model)?;
            session.clear();
            "clear"
        }
        (4, Some(n)) => {
            commit(session, model)?;
            let staff = object(session, model, n)?;
            session.evict(staff).map(|()| "evict")?
        }
        (5, Some(n)) => {
            commit(session, model)?;
            many::leave_and_return(session, model, n).map(|()| "detach and merge")?
        }
        (6, _) => {
            let rows: Vec<_> = (0..4).map(|_| new(model, random).1).collect();
            assert_eq!(session.bulk_insert(rows)?, 4);
            // Otherwise a rollback would leave objects whose rows were never committed.
            commit(session, model).map(|()| "bulk")?
        }
        (7..=8, _) => return nested(session, model, random),
        _ => step(session, model, random)?,
    };
    Ok(done.to_owned())
}

/// Does steps in a savepoint, which is released or rolled back.
fn nested(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<String> {
    let before = model.now.clone();
    let kept = random.percent(50);
    let mut done = Vec::new();
    let outcome = session.savepoint(|session| {
        for _ in 0..random.below(1..5) {
            done.push(step(session, model, random)?);
        }
        if kept { Ok(()) } else { Err(Error::Configuration("taken back".to_owned())) }
    });
    match outcome {
        Err(Error::Configuration(_)) if !kept => {
            model.now = before;
            read_again(session, model)?;
        }
        outcome => outcome?,
    }
    Ok(format!("savepoint {done:?} {}", if kept { "kept" } else { "taken back" }))
}

on_all_databases! {
    #[allow(clippy::print_stdout, reason = "a failing test shows what it did")]
    fn memory_and_rows_of_kinds_are_what_a_model_says(db: &TestDb) {
        let mut session = db.session_for(schema![Company, Staff, Note]);
        for n in 0..COMPANIES {
            session.add(Company::builder().name(format!("c{n}")).build());
        }
        session.commit().unwrap();
        for seed in seeds(db, 30, 5, 20) {
            let mut random = Random::new(seed);
            let mut model = Model::default();
            let mut done = Vec::new();
            println!("{}", again(seed));
            for _ in 0..30 {
                let step = any_step(&mut session, &mut model, &mut random);
                done.push(step.unwrap_or_else(|error| panic!("{done:#?}: {error}")));
                println!("{}", done[done.len() - 1]);
                check::memory(&session, &model.now);
                if matches!(&*done[done.len() - 1], "commit" | "rollback" | "clear" | "bulk") {
                    check::rows(db, &model.committed);
                }
            }
            commit(&mut session, &mut model).unwrap();
            check::rows(db, &model.committed);
            session.clear();
            session.query::<Staff>().all().unwrap();
            check::memory(&session, &model.now);
            session.query::<Temp>().update(temp::mentor_id.eq(None::<i64>)).unwrap();
            session.query::<Staff>().delete().unwrap();
            session.commit().unwrap();
        }
    }
}
