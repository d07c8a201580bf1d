//! Compares the objects in memory and the rows of all tables with the model.

use super::*;

/// Returns the state of an object in memory. For a reference whose target is not in memory it uses
/// the model.
fn said(session: &Session, handle: Handle<Staff>, model: &Known) -> Known {
    let person = &session[handle.upcast::<Person>()];
    let mut said = Known { name: person.name.clone(), ..model.clone() };
    let person_number = |it: Handle<Person>| number(&session[it].name);
    if let Ok(company) = person.company.handle(session) {
        said.company = company.map(|it| number(&session[it].name));
    }
    said.kind = match &session[handle] {
        Staff::Person(_) => PersonKind::Person,
        Staff::Engineer(engineer) => {
            said.status.clone_from(&engineer.status);
            said.language.clone_from(&engineer.language);
            if let Ok(manager) = engineer.manager.handle(session) {
                said.manager = manager.map(|it| person_number(it.upcast()));
            }
            PersonKind::Engineer
        }
        Staff::Manager(manager) => {
            said.status.clone_from(&manager.status);
            PersonKind::Manager
        }
        Staff::Boss(boss) => {
            said.status.clone_from(&boss.status);
            said.golf = boss.golf;
            PersonKind::Boss
        }
        Staff::Temp(temp) => {
            said.agency.clone_from(&temp.agency);
            if let Ok(mentor) = temp.mentor.handle(session) {
                said.mentor = mentor.map(person_number);
            }
            PersonKind::Temp
        }
    };
    said
}

/// Compares every object in memory, and every loaded collection, with the model.
pub(super) fn memory(session: &Session, model: &People) {
    let mut seen = BTreeSet::new();
    for handle in session.handles::<Staff>().into_iter().filter(|&it| is_live(session, it)) {
        let n = number(&session[handle].name);
        assert!(seen.insert(n), "p{n} is in memory twice");
        let known = model.get(&n).unwrap_or_else(|| panic!("p{n} is no longer in memory"));
        assert_eq!(&said(session, handle, known), known);
        let Some(handle) = session.downcast::<Manager>(handle) else { continue };
        let Ok(engineers) = session[handle].engineers.handles(session) else { continue };
        let mut engineers: Vec<_> = engineers.iter().map(|&it| number(&session[it].name)).collect();
        engineers.sort_unstable();
        let of = |(_, it): &(&u32, &Known)| it.manager == Some(n);
        assert_eq!(engineers, model.iter().filter(of).map(|(&n, _)| n).collect::<Vec<_>>());
    }
    for handle in session.handles::<Company>() {
        let Ok(people) = session[handle].people.handles(session) else { continue };
        let mut people: Vec<_> = people.iter().map(|&it| number(&session[it].name)).collect();
        people.sort_unstable();
        let n = number(&session[handle].name);
        let of = |(_, it): &(&u32, &Known)| it.company == Some(n);
        assert_eq!(people, model.iter().filter(of).map(|(&n, _)| n).collect::<Vec<_>>());
    }
}

/// Compares the rows of all tables with the model. An object has one row in each of its tables, and
/// none in others.
pub(super) fn rows(db: &TestDb, model: &People) {
    let ids = |table: &str| -> BTreeMap<u32, String> {
        let rows = db.rows(table, "name, id");
        let split = rows.iter().map(|row| row.split_once('|').unwrap());
        split.map(|(name, id)| (number(name), id.to_owned())).collect()
    };
    let (people, companies) = (ids("inh_person"), ids("inh_company"));
    assert_eq!(people.keys().collect::<Vec<_>>(), model.keys().collect::<Vec<_>>());
    let null = || "NULL".to_owned();
    let id = |n: Option<u32>| n.map_or_else(null, |n| people[&n].clone());
    let table = |table: &str, columns: &str, row: &dyn Fn(&Known, String) -> Option<String>| {
        let wanted = model.iter().filter_map(|(&n, known)| row(known, id(Some(n))));
        let mut wanted: Vec<String> = wanted.collect();
        let mut found = db.rows(table, columns);
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{table}");
    };
    table("inh_person", "id, name, kind, company_id, agency, mentor_id", &|it, key| {
        let company = it.company.map_or_else(null, |n| companies[&n].clone());
        let agency = if it.kind == PersonKind::Temp { it.agency.clone() } else { null() };
        let (name, kind, mentor) = (&it.name, it.kind.code(), id(it.mentor));
        Some(format!("{key}|{name}|{kind}|{company}|{agency}|{mentor}"))
    });
    table("inh_engineer", "id, status, language, manager_id", &|it, key| {
        let language = it.language.clone().unwrap_or_else(null);
        let row = format!("{key}|{}|{language}|{}", it.status, id(it.manager));
        (it.kind == PersonKind::Engineer).then_some(row)
    });
    table("inh_manager", "person_id, status", &|it, key| {
        is_manager(it.kind).then(|| format!("{key}|{}", it.status))
    });
    table("inh_boss", "person_id, golf", &|it, key| {
        (it.kind == PersonKind::Boss).then(|| format!("{key}|{}", it.golf))
    });
}
