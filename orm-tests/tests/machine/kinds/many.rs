//! Steps that work on several objects at once, and steps that read.

use super::*;

/// Changes the rows of a condition with one statement.
pub(super) fn set(session: &mut Session, model: &mut Model, random: &mut Random) -> Result<()> {
    model.has_set = true;
    let bound = i32::try_from(random.below(0..12)).unwrap();
    match random.below(0..4) {
        0 => {
            let query = session.query::<Boss>().filter(boss::golf.lt(bound));
            query.update(boss::golf.eq(boss::golf + 1))?;
            let change = |it: &&mut Known| it.kind == PersonKind::Boss && it.golf < bound;
            model.now.values_mut().filter(change).for_each(|it| it.golf += 1);
        }
        1 => {
            let query = session.query::<Manager>().filter(person::company_id.is_null());
            query.update(manager::status.eq("set"))?;
            let change = |it: &&mut Known| is_manager(it.kind) && it.company.is_none();
            model.now.values_mut().filter(change).for_each(|it| it.status = "set".to_owned());
        }
        2 => {
            session
                .query::<Temp>()
                .filter(temp::mentor_id.is_not_null())
                .update(temp::agency.eq("set"))?;
            let change = |it: &&mut Known| it.mentor.is_some();
            model.now.values_mut().filter(change).for_each(|it| it.agency = "set".to_owned());
        }
        _ => {
            let query = session.query::<Engineer>().filter(engineer::language.is_null());
            query.update(person::company_id.eq(None::<i64>))?;
            let change = |it: &&mut Known| it.kind == PersonKind::Engineer && it.language.is_none();
            model.now.values_mut().filter(change).for_each(|it| it.company = None);
        }
    }
    Ok(())
}

/// Queries every level of the hierarchy, with eager loads.
pub(super) fn query(session: &mut Session, model: &Model, random: &mut Random) -> Result<()> {
    fn are<T: orm_runtime::inheritance::SubtypeOf<Staff>>(
        session: &Session,
        found: &[Handle<T>],
        model: BTreeSet<u32>,
    ) {
        let said = found.iter().map(|it| number(&session[it.upcast::<Staff>()].name));
        assert_eq!(said.collect::<BTreeSet<_>>(), model);
        assert_eq!(found.len(), model.len());
    }
    let eager = random.percent(60);
    match random.below(0..7) {
        0 => {
            let mut query = session.query::<Staff>();
            if eager {
                query = query
                    .eager(person::company)
                    .eager(engineer::manager.then(person::notes))
                    .eager(manager::engineers);
            }
            let found = query.all()?;
            are(session, &found, model.of(|_| true));
        }
        1 => {
            let mut query = session.query::<Person>();
            if eager {
                query = query.eager(temp::mentor.joined()).eager(engineer::manager.joined());
            }
            let found = query.all()?;
            are(session, &found, model.of(|_| true));
        }
        2 => {
            let mut query = session.query::<Manager>();
            if eager {
                query = query.eager(manager::engineers.then(person::company));
            }
            let found = query.all()?;
            are(session, &found, model.of(|it| is_manager(it.kind)));
        }
        3 => {
            let mut query = session.query::<Boss>();
            if eager {
                query = query.eager(manager::engineers.joined()).eager(person::company);
            }
            let found = query.all()?;
            are(session, &found, model.of(|it| it.kind == PersonKind::Boss));
        }
        4 => {
            let query = session
                .query::<Engineer>()
                .filter(engineer::manager.has(manager::status.eq("set")));
            let found = query.all()?;
            let of_set = |n: &u32| model.now[n].status == "set";
            are(session, &found, model.of(|it| it.manager.as_ref().is_some_and(of_set)));
        }
        5 => {
            let query =
                session.query::<Staff>().filter(boss::golf.gt(5).or(temp::mentor_id.is_not_null()));
            let found = query.populate_existing().all()?;
            let fits =
                |it: &Known| it.mentor.is_some() || it.kind == PersonKind::Boss && it.golf > 5;
            are(session, &found, model.of(fits));
        }
        _ => {
            let found = session
                .query::<Person>()
                .filter(person::company.has(company::name.eq("c1")))
                .all()?;
            are(session, &found, model.of(|it| it.company == Some(1)));
            let company = company(session, 1)?;
            session.load(company, company::people)?;
        }
    }
    Ok(())
}

/// Gets an object by its key, as its own type and as a different one.
pub(super) fn get(session: &mut Session, model: &Model, n: u32) -> Result<()> {
    let staff = object(session, model, n)?;
    let Some(key) = session.key(staff) else { return Ok(()) };
    let kind = model.now[&n].kind;
    assert_eq!(session.get::<Staff>(key)?, Some(staff));
    assert_eq!(session.get::<Person>(key)?, Some(staff.upcast::<Person>()));
    assert_eq!(session.get::<Manager>(key)?.map(Handle::upcast), is_manager(kind).then_some(staff));
    assert_eq!(
        session.get::<Temp>(key)?.map(Handle::upcast),
        (kind == PersonKind::Temp).then_some(staff)
    );
    let [found] = session.get_many::<Boss>([key])?[..] else { panic!("one key, one answer") };
    assert_eq!(found.map(Handle::upcast), (kind == PersonKind::Boss).then_some(staff));
    Ok(())
}

pub(super) fn leave_and_return(session: &mut Session, model: &mut Model, n: u32) -> Result<()> {
    let staff = object(session, model, n)?;
    let mut out = session.detach(staff)?;
    let known = model.known(n);
    known.golf += 7;
    known.status.push('m');
    known.agency.push('m');
    change_in(&mut out, known);
    let back = session.merge(out)?;
    assert!(is_live(session, back));
    Ok(())
}
