//! The same work in one table, with keys that change, versions, and references to a subtype and to
//! the enum.

use std::collections::{BTreeMap, BTreeSet};

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, on_all_databases};

use super::model::*;
use super::{is_live, number, pick};
use crate::{again, seeds};

/// The model of an animal. Its number is in its name, which is its key and may grow.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    name: String,
    parent: Option<u32>,
    own: Own,
}

#[derive(Clone, Debug, PartialEq)]
enum Own {
    Dog { good: bool },
    Cat { lives: i32, chases: Option<u32> },
}

#[derive(Default)]
struct Model {
    now: BTreeMap<u32, Known>,
    committed: BTreeMap<u32, Known>,
    next: u32,
}

impl Model {
    fn any(&self, random: &mut Random) -> Option<u32> {
        pick(random, &self.now.keys().copied().collect::<Vec<_>>())
    }

    fn dog(&self, random: &mut Random) -> Option<u32> {
        pick(random, &self.dogs().into_iter().collect::<Vec<_>>())
    }

    fn dogs(&self) -> BTreeSet<u32> {
        let dogs = self.now.iter().filter(|(_, it)| matches!(it.own, Own::Dog { .. }));
        dogs.map(|(&n, _)| n).collect()
    }
}

fn object(session: &mut Session, model: &Model, n: u32) -> Result<Handle<AnyAnimal>> {
    let live = session.handles::<AnyAnimal>().into_iter().filter(|&it| is_live(session, it));
    match live.into_iter().find(|&it| number(&session[it].name) == n) {
        Some(found) => Ok(found),
        None => session.get_one::<AnyAnimal>(model.now[&n].name.clone()),
    }
}

fn animal(known: &Known) -> AnyAnimal {
    let animal = Animal::builder().name(&*known.name).build();
    match known.own {
        Own::Dog { good } => Dog::builder().animal(animal).good(good).build().into(),
        Own::Cat { lives, .. } => Cat::builder().animal(animal).lives(lives).build().into(),
    }
}

fn add(session: &mut Session, model: &mut Model, random: &mut Random) {
    model.next += 1;
    let own = match random.percent(50) {
        true => Own::Dog { good: random.percent(50) },
        false => Own::Cat { lives: 9, chases: None },
    };
    let known = Known { name: format!("a{}", model.next), parent: None, own };
    session.add(animal(&known));
    model.now.insert(model.next, known);
}

fn change(session: &mut Session, model: &mut Model, n: u32) -> Result<()> {
    let handle = object(session, model, n)?;
    let known = model.now.get_mut(&n).unwrap();
    match (&mut session[handle], &mut known.own) {
        (AnyAnimal::Dog(dog), Own::Dog { good }) => {
            *good = !*good;
            dog.good = *good;
        }
        (AnyAnimal::Cat(cat), Own::Cat { lives, .. }) => {
            *lives -= 1;
            cat.lives = *lives;
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

fn refer(session: &mut Session, model: &mut Model, random: &mut Random, n: u32) -> Result<()> {
    let handle = object(session, model, n)?;
    let parent = model.any(random).filter(|_| random.percent(70));
    let target = parent.map(|it| object(session, model, it)).transpose()?;
    session[handle].parent = target.map(Into::into);
    let dog = model.dog(random).filter(|_| random.percent(70));
    let target = dog.map(|it| object(session, model, it)).transpose()?;
    let target = target.and_then(|it| session.downcast::<Dog>(it));
    let known = model.now.get_mut(&n).unwrap();
    known.parent = parent;
    if let Own::Cat { chases, .. } = &mut known.own {
        let cat = session.downcast::<Cat>(handle).unwrap();
        session[cat].chases = target.map(Into::into);
        *chases = dog;
    }
    Ok(())
}

/// Removes the references to an animal.
fn free(session: &mut Session, model: &mut Model, n: u32) -> Result<()> {
    for other in model.now.keys().copied().collect::<Vec<_>>() {
        let handle = object(session, model, other)?;
        let known = model.now.get_mut(&other).unwrap();
        if known.parent == Some(n) {
            known.parent = None;
            session[handle].parent = None;
        }
        if let Own::Cat { chases, .. } = &mut known.own
            && *chases == Some(n)
        {
            *chases = None;
            let cat = session.downcast::<Cat>(handle).unwrap();
            session[cat].chases = None;
        }
    }
    Ok(())
}

/// Deletes an animal. Another of its subtype may take over its row.
fn delete(session: &mut Session, model: &mut Model, random: &mut Random, n: u32) -> Result<()> {
    free(session, model, n)?;
    let handle = object(session, model, n)?;
    match random.percent(50) {
        true => session.delete(handle)?,
        false => session.delete(handle.upcast::<Animal>())?,
    }
    let mut known = model.now.remove(&n).unwrap();
    if random.percent(30) {
        known.parent = None;
        match &mut known.own {
            Own::Dog { good } => *good = !*good,
            Own::Cat { lives, chases } => (*lives, *chases) = (1, None),
        }
        session.add(animal(&known));
        model.now.insert(n, known);
    }
    Ok(())
}

fn query(session: &mut Session, model: &Model, random: &mut Random) -> Result<()> {
    let (dogs, all) = (model.dogs().len(), model.now.len());
    match random.below(0..4) {
        0 => assert_eq!(session.query::<AnyAnimal>().eager(animal::parent).all()?.len(), all),
        1 => assert_eq!(session.query::<Animal>().eager(cat::chases.joined()).all()?.len(), all),
        2 => assert_eq!(session.query::<Dog>().populate_existing().all()?.len(), dogs),
        _ => assert_eq!(session.query::<Cat>().eager(cat::chases).all()?.len(), all - dogs),
    }
    Ok(())
}

fn step(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<&'static str> {
    let n = model.any(random);
    Ok(match (random.below(0..12), n) {
        (0..=1, _) | (_, None) => {
            add(session, model, random);
            "add"
        }
        (2..=3, Some(n)) => change(session, model, n).map(|()| "change")?,
        (4..=5, Some(n)) => refer(session, model, random, n).map(|()| "refer")?,
        (6..=7, Some(n)) => delete(session, model, random, n).map(|()| "delete")?,
        (8, _) => session.flush().map(|()| "flush")?,
        (9, _) => query(session, model, random).map(|()| "query")?,
        // MySQL does not propagate a key within one table.
        (10, Some(n)) if session.dialect() != Dialect::Mysql => {
            session.query::<AnyAnimal>().all()?;
            let handle = object(session, model, n)?;
            session[handle].name.push('!');
            model.now.get_mut(&n).unwrap().name.push('!');
            session.flush().map(|()| "another key")?
        }
        (_, Some(n)) => {
            let handle = object(session, model, n)?;
            session.flush()?;
            session.refresh(&[handle]).map(|()| "refresh")?
        }
    })
}

fn any_step(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<String> {
    Ok(match random.below(0..16) {
        0..=1 => commit(session, model).map(|()| "commit")?.to_owned(),
        2 => {
            session.rollback()?;
            model.now.clone_from(&model.committed);
            "rollback".to_owned()
        }
        3 => {
            commit(session, model)?;
            session.clear();
            "clear".to_owned()
        }
        4 => {
            commit(session, model)?;
            let Some(n) = model.any(random) else { return Ok("nothing".to_owned()) };
            let handle = object(session, model, n)?;
            let out = session.detach(handle)?;
            let back = session.merge(out)?;
            assert_eq!(session.state(back), ObjectState::Persistent);
            change(session, model, n).map(|()| "detach, merge and change")?.to_owned()
        }
        5..=6 => {
            let (before, kept) = (model.now.clone(), random.percent(50));
            let mut done = Vec::new();
            let outcome = session.savepoint(|session| {
                for _ in 0..random.below(1..5) {
                    done.push(step(session, model, random)?);
                }
                if kept { Ok(()) } else { Err(Error::Configuration("taken back".to_owned())) }
            });
            match outcome {
                Err(Error::Configuration(_)) if !kept => model.now = before,
                outcome => outcome?,
            }
            format!("savepoint {done:?} {}", if kept { "kept" } else { "taken back" })
        }
        _ => step(session, model, random)?.to_owned(),
    })
}

fn commit(session: &mut Session, model: &mut Model) -> Result<()> {
    session.commit()?;
    model.committed.clone_from(&model.now);
    Ok(())
}

fn check_memory(session: &Session, model: &BTreeMap<u32, Known>) {
    let mut seen = BTreeSet::new();
    for handle in session.handles::<AnyAnimal>().into_iter().filter(|&it| is_live(session, it)) {
        let object = &session[handle];
        let n = number(&object.name);
        assert!(seen.insert(n), "a{n} is in memory twice");
        let known = model.get(&n).unwrap_or_else(|| panic!("a{n} is no longer in memory"));
        let mut said = Known { name: object.name.clone(), ..known.clone() };
        if let Ok(parent) = object.parent.handle(session) {
            said.parent = parent.map(|it| number(&session[it].name));
        }
        match (object, &mut said.own) {
            (AnyAnimal::Dog(dog), Own::Dog { good }) => *good = dog.good,
            (AnyAnimal::Cat(cat), Own::Cat { lives, chases }) => {
                *lives = cat.lives;
                if let Ok(dog) = cat.chases.handle(session) {
                    *chases = dog.map(|it| number(&session[it].name));
                }
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(&said, known);
    }
}

fn check_rows(db: &TestDb, session: &Session, model: &BTreeMap<u32, Known>) {
    let null = || "NULL".to_owned();
    let name = |n: Option<u32>| n.map_or_else(null, |n| model[&n].name.clone());
    let columns = "name, kind, parent_id, lives, chases_id";
    let mut found = db.rows("inh_animal", columns);
    found.sort_unstable();
    let row = |known: &Known| {
        let parent = name(known.parent);
        match known.own {
            Own::Dog { .. } => format!("{}|D|{parent}|NULL|NULL", known.name),
            Own::Cat { lives, chases } => {
                format!("{}|C|{parent}|{lives}|{}", known.name, name(chases))
            }
        }
    };
    let mut wanted: Vec<String> = model.values().map(row).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let is_good = |known: &&Known| known.own == Own::Dog { good: true };
    let good = model.values().filter(is_good).count();
    assert_eq!(db.rows("inh_animal WHERE good", "name").len(), good);
    let bad = model.values().filter(|it| it.own == Own::Dog { good: false }).count();
    assert_eq!(db.rows("inh_animal WHERE NOT good", "name").len(), bad);
    for handle in session.handles::<AnyAnimal>().into_iter().filter(|&it| is_live(session, it)) {
        let animal = &session[handle];
        let stored = db.rows(&format!("inh_animal WHERE name = '{}'", animal.name), "version");
        assert_eq!(stored, [animal.version.to_string()], "the version of {}", animal.name);
    }
}

on_all_databases! {
    #[allow(clippy::print_stdout, reason = "a failing test shows what it did")]
    fn memory_and_rows_of_one_table_are_what_a_model_says(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        for seed in seeds(db, 30, 5, 20) {
            let mut random = Random::new(seed);
            let mut model = Model::default();
            let mut done = Vec::new();
            println!("{}", again(seed));
            for _ in 0..30 {
                let step = any_step(&mut session, &mut model, &mut random);
                done.push(step.unwrap_or_else(|error| panic!("{done:#?}: {error}")));
                println!("{}", done[done.len() - 1]);
                check_memory(&session, &model.now);
                if matches!(&*done[done.len() - 1], "commit" | "rollback" | "clear") {
                    check_rows(db, &session, &model.committed);
                }
            }
            commit(&mut session, &mut model).unwrap();
            check_rows(db, &session, &model.committed);
            session.query::<AnyAnimal>().update(animal::parent_id.eq(None::<String>)).unwrap();
            session.query::<Cat>().delete().unwrap();
            session.query::<Animal>().delete().unwrap();
            session.commit().unwrap();
        }
    }
}
