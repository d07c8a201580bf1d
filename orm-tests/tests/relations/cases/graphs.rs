//! J, and whole graphs: the metadata of a mapping, walks over reachable objects, and copies of
//! graphs that are merged back.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, metadata::RelationshipKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use serde::{Deserialize, Serialize};

use super::fx::{self, Address, Order, User, id, ids, order, user};

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "lists")]
struct List {
    id: Auto<i64>,
    title: String,
    #[entity(delete_orphan, order_by = place)]
    entries: HasMany<Entry>,
    #[entity(through = "list_label", order_by = name)]
    labels: ManyToMany<Label, String>,
    cover: HasOne<Cover>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "entries")]
struct Entry {
    id: Auto<i64>,
    place: i32,
    text: String,
    #[entity(on_delete = cascade)]
    #[serde(default)]
    list: ForeignKey<List>,
    #[entity(order_by = id)]
    notes: HasMany<Note>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "notes")]
struct Note {
    id: Auto<i64>,
    text: String,
    #[entity(on_delete = nullify)]
    entry: Option<ForeignKey<Entry>>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "labels")]
struct Label {
    #[entity(primary_key, length = 30)]
    name: String,
    #[entity(inverse = labels, order_by = id)]
    #[serde(default)]
    lists: ManyToMany<List>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "covers")]
struct Cover {
    id: Auto<i64>,
    color: String,
    #[entity(on_delete = nullify, unique)]
    list: Option<ForeignKey<List>>,
}

fn entry(place: i32, text: &str) -> Entry {
    Entry::builder().place(place).text(text).build()
}

/// Stores a list with three entries, one of which has notes, two labels and a cover. All of them
/// are in memory.
fn shopping(db: &TestDb) -> (Session, Handle<List>) {
    let mut session = db.session_for(schema![List, Entry, Note, Label, ListLabel, Cover]);
    let noted = Entry::builder()
        .place(2)
        .text("eggs")
        .notes(["ten", "brown"].map(|text| Note::builder().text(text).build()))
        .build();
    let list = List::builder()
        .title("shopping")
        .entries([entry(1, "bread"), noted, entry(3, "milk")])
        .labels(["food", "home"].map(|name| Label::builder().name(name).build()))
        .cover(Cover::builder().color("red").build())
        .build();
    session.add(list);
    session.commit().unwrap();
    session.clear();
    let list = whole(&mut session);
    session.take_log();
    (session, list)
}

fn whole(session: &mut Session) -> Handle<List> {
    let query = session.query::<List>().eager(list::entries.then(entry::notes));
    query.eager(list::labels).eager(list::cover).one().unwrap()
}

/// Returns the stored rows as text.
fn stored(db: &TestDb) -> Vec<String> {
    let tables = [
        ("lists", "title"),
        ("entries", "place, text"),
        ("notes", "text"),
        ("list_label", "label_id"),
        ("covers", "color, list_id IS NULL"),
    ];
    tables.iter().flat_map(|(table, columns)| db.rows(table, columns)).collect()
}

on_all_databases! {
    fn a_copy_of_a_graph_belongs_to_no_session(db: &TestDb) {
        let (session, list) = shopping(db);
        let copy = session.copy_graph(list).unwrap();
        assert_no_sql_in(session);
        assert_eq!((copy.title.as_str(), copy.entries.pending().len()), ("shopping", 3));
        assert_eq!((copy.labels.pending().len(), copy.cover.pending().len()), (2, 1));
        let texts: Vec<_> = copy
            .entries
            .pending()
            .iter()
            .map(|related| match related {
                orm_runtime::relationship::Related::New(entry) => (entry.text.clone(), entry.notes.pending().len()),
                orm_runtime::relationship::Related::Existing(_) => panic!("a copy has handles"),
             _ => unreachable!("a database without tests"), })
            .collect();
        let expected = [("bread", 0), ("eggs", 2), ("milk", 0)];
        assert_eq!(texts, expected.map(|(text, notes)| (text.to_owned(), notes)));
    }

    fn a_graph_that_comes_back_unchanged_writes_nothing(db: &TestDb) {
        let (session, list) = shopping(db);
        let copy = session.copy_graph(list).unwrap();
        let before = stored(db);
        let mut other = db.session();
        other.merge_graph(copy).unwrap();
        let sent = orm_tests::trace(&other.take_log());
        assert!(sent.split("; ").all(|statement| statement.starts_with("S ")), "{sent}");
        other.flush().unwrap();
        assert_no_sql!(other);
        other.commit().unwrap();
        assert_eq!(stored(db), before);
    }

    fn a_graph_travels_as_json(db: &TestDb) {
        let (mut session, list) = shopping(db);
        let json = serde_json::to_string(&session.copy_graph(list).unwrap()).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["entries"][1]["notes"][0]["text"], "ten");
        assert_eq!(value["labels"][0]["name"], "food");

        // The data of a submitted form: one entry is changed, one removed, and one new; a label is
        // removed, and the cover is another one.
        value["title"] = "today".into();
        value["entries"][1]["text"] = "many eggs".into();
        value["entries"].as_array_mut().unwrap().remove(2);
        value["entries"].as_array_mut().unwrap().push(serde_json::json!({
            "id": null, "place": 4, "text": "butter", "notes": [{"id": null, "text": "salted", "entry": null}]
        }));
        value["labels"].as_array_mut().unwrap().remove(0);
        let back: List = serde_json::from_value(value).unwrap();
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let merged = session.merge_graph(back).unwrap();
        session.commit().unwrap();
        assert_eq!(session[merged].title, "today");
        let expected = [
            "today", "1|bread", "2|many eggs", "4|butter", "brown", "salted", "ten", "home",
        ];
        let mut found = stored(db);
        assert!(found.pop().unwrap().starts_with("red|"));
        assert_eq!(found, expected);
        assert_eq!(db.count("labels"), 2);
        session.clear();
        let again = whole(&mut session);
        let entries: Vec<_> =
            session[again].entries.iter(&session).unwrap().map(|it| it.text.as_str()).collect();
        assert_eq!(entries, ["bread", "many eggs", "butter"]);
        assert!(session[again].cover.get(&session).unwrap().is_some());
        let labels: Vec<_> =
            session[again].labels.iter(&session).unwrap().map(|it| it.name.as_str()).collect();
        assert_eq!(labels, ["home"]);
    }

    // Fields that the struct does not contain stay unchanged.
    fn a_part_of_a_graph_changes_no_more_than_itself(db: &TestDb) {
        let (mut session, list) = shopping(db);
        let json = serde_json::json!({
            "id": id(&session, list), "title": "later", "entries": null, "labels": null, "cover": null
        });
        match serde_json::from_value::<List>(json) {
            Ok(part) => {
                session.merge_graph(part).unwrap();
            }
            Err(error) => panic!("{error}"),
        }
        session.commit().unwrap();
        assert_eq!((db.count("entries"), db.count("list_label"), db.count("covers")), (3, 2, 1));
        assert_eq!(db.rows("lists", "title"), ["later"]);
    }

    fn a_new_graph_is_added_as_a_whole(db: &TestDb) {
        let (mut session, list) = shopping(db);
        let mut copy = session.copy_graph(list).unwrap();
        copy.id = Auto::default();
        copy.entries = [entry(1, "paint")].into_iter().collect();
        copy.labels = [Label::builder().name("home").build()].into_iter().collect();
        copy.cover = HasOne::new();
        let new = session.merge_graph(copy).unwrap();
        assert_ne!(new, list);
        session.commit().unwrap();
        assert_eq!((db.count("lists"), db.count("entries"), db.count("list_label")), (2, 4, 3));
        assert_eq!(db.count("labels"), 2);
    }

    fn j08_a_mapping_can_be_asked(db: &TestDb) {
        let of: Vec<_> = User::META.columns.iter().map(|column| column.name).collect();
        assert_eq!((User::META.table, of), ("users", vec!["id", "name"]));
        assert_eq!(User::META.key_columns().map(|column| column.name).collect::<Vec<_>>(), ["id"]);
        let relationships: Vec<_> = User::META
            .relationships
            .iter()
            .map(|it| {
                let target = (it.target)();
                let foreign_key = &target.foreign_keys[it.foreign_key];
                (it.name, it.kind, target.name, target.columns[foreign_key.columns[0]].name)
            })
            .collect();
        let expected = [
            ("addresses", RelationshipKind::OneToMany, "Address", "user_id"),
            ("orders", RelationshipKind::OneToMany, "Order", "user_id"),
        ];
        assert_eq!(relationships, expected);

        let mut session = fx::shop(db);
        let query = session.query::<User>().filter(user::id.eq(7));
        let jack = query.eager(user::addresses).eager(user::orders).one().unwrap();
        session.take_log();
        assert!(session[jack].addresses.is_loaded(&session));
        let reached = session.reachable(jack).unwrap();
        let names: Vec<_> = reached.iter().map(|it| it.meta().name).collect();
        assert_eq!(names, ["User", "Address", "Order", "Order", "Order"]);
        let orders: Vec<_> = reached.iter().filter_map(|it| it.downcast::<Order>()).collect();
        assert_eq!(ids(&session, &orders), [1, 3, 5]);
        let first = reached[1].downcast::<Address>().unwrap();
        assert!(!session[orders[0]].items.is_loaded(&session));

        session[first].user = Some(ForeignKey::to_key(8));
        let changes = session.changes(first).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].field, changes[0].old.as_str(), changes[0].new.as_str()), ("user_id", "Some(7)", "Some(8)"));
        let states = [
            session.state(jack),
            { let new = session.add(fx::named("new")); session.state(new) },
        ];
        assert_eq!(states, [ObjectState::Persistent, ObjectState::Pending]);
        assert_no_sql!(session);
        // The walk follows the current references: the address no longer belongs to jack, but two
        // of his orders reference it.
        let names: Vec<_> = session.reachable(jack).unwrap().iter().map(|it| it.meta().name).collect();
        assert_eq!(names, ["User", "Order", "Order", "Order", "Address"]);
    }

    // J09: three relationships do not compile: one that does not say which of two references it
    // uses, one to an entity without a reference back, and one to a type that is not an entity.
    // orm-tests/ui has the messages.
    fn j09_a_relationship_says_which_reference_it_means(db: &TestDb) {
        let mut session = db.session_for(schema![Customer, Bill]);
        let [a, b] = ["a", "b"].map(|name| session.add(Customer::builder().name(name).build()));
        session.add(Bill::builder().payer(a).receiver(b).build());
        session.add(Bill::builder().payer(a).receiver(a).build());
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let query = session.query::<Customer>().order_by(customer::id);
        let both = query.eager(customer::paid).eager(customer::received).all().unwrap();
        assert_sql!(session, "S customers; S bills; S bills");
        let counts: Vec<_> = both
            .iter()
            .map(|&it| {
                let customer = &session[it];
                (customer.paid.len(&session).unwrap(), customer.received.len(&session).unwrap())
            })
            .collect();
        assert_eq!(counts, [(2, 1), (0, 1)]);
    }

    fn objects_are_grouped_by_what_they_refer_to(db: &TestDb) {
        let mut session = fx::shop(db);
        let all = session.query::<Order>().order_by(order::id).all().unwrap();
        session.take_log();
        let by_user = session.group_by(&all, |order| order.user.key().copied());
        assert_eq!(by_user.len(), 2);
        assert_eq!(ids(&session, by_user.get(&Some(7))), [1, 3, 5]);
        assert_eq!(ids(&session, by_user.get(&Some(9))), [2, 4]);
        assert!(by_user.get(&None).is_empty());
        assert_no_sql!(session);
    }

    fn a_walk_over_a_handle_that_is_gone_is_an_error(db: &TestDb) {
        let (mut session, list) = shopping(db);
        session.evict(list).unwrap();
        assert_matches!(session.reachable(list), Err(Error::InvalidHandle { .. }));
        assert_matches!(session.copy_graph(list), Err(Error::InvalidHandle { .. }));
    }
}

fn assert_no_sql_in(session: Session) {
    assert_no_sql!(session);
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "customers")]
struct Customer {
    id: Auto<i64>,
    name: String,
    #[entity(inverse = payer, order_by = id)]
    paid: HasMany<Bill>,
    #[entity(inverse = receiver, order_by = id)]
    received: HasMany<Bill>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "bills")]
struct Bill {
    id: Auto<i64>,
    payer: ForeignKey<Customer>,
    receiver: ForeignKey<Customer>,
}
