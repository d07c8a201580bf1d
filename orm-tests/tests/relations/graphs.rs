//! Random graphs of objects, added in any order: the statements are the same, no reference ever
//! blocks another, and a failure or a rollback undoes every reference.

use orm_runtime::prelude::*;
use orm_runtime::{Dialect, ObjectState};
use orm_tests::{Random, TestDb, trace};

use crate::flush_order::{Ball, Person};
use crate::model::{Address, Item, Node, Order, OrderItem, Seat, Tag, Ticket, User, UserTag, user};

/// The objects and their references, by number.
#[derive(Debug, Default)]
struct Graph {
    users: usize,
    addresses: Vec<Option<usize>>,
    nodes: Vec<Option<usize>>,
    tags: usize,
    tagged: Vec<(usize, usize)>,
    persons: Vec<[Option<usize>; 2]>,
    balls: Vec<usize>,
    seats: usize,
    tickets: Vec<(usize, Option<usize>)>,
}

/// The objects of a graph in a session.
#[derive(Debug, Default)]
struct Objects {
    users: Vec<Handle<User>>,
    addresses: Vec<Handle<Address>>,
    nodes: Vec<Handle<Node>>,
    tags: Vec<Handle<Tag>>,
    persons: Vec<Handle<Person>>,
    balls: Vec<Handle<Ball>>,
    seats: Vec<Handle<Seat>>,
    tickets: Vec<Handle<Ticket>>,
}

impl Graph {
    fn new(random: &mut Random) -> Self {
        let [users, tags, seats] = [0; 3].map(|_| random.below(1..6));
        let nodes = random.below(0..16);
        // Now and then a chain, which is deeper than the other graphs.
        let is_chain = random.percent(20);
        let any = |random: &mut Random, of: usize| {
            (of > 0 && random.percent(70)).then(|| random.below(0..of))
        };
        let mut graph = Graph { users, tags, seats, ..Graph::default() };
        graph.addresses = (0..random.below(0..8)).map(|_| any(random, users)).collect();
        graph.nodes = (0..nodes)
            .map(|n| if is_chain { n.checked_sub(1) } else { any(random, nodes) })
            .collect();
        for user in 0..users {
            graph.tagged.extend((0..tags).filter(|_| random.percent(30)).map(|tag| (user, tag)));
        }
        let persons = random.below(1..6);
        graph.balls = (0..random.below(0..6)).map(|_| random.below(0..persons)).collect();
        let balls = graph.balls.len();
        graph.persons = (0..persons).map(|_| [0; 2].map(|_| any(random, balls))).collect();
        let taken = random.below(0..seats + 1);
        graph.tickets = (0..taken).map(|seat| (seat, any(random, seats))).collect();
        graph
    }

    /// Adds the objects in some order, and then sets their references.
    fn add(&self, session: &mut Session, random: &mut Random) -> Objects {
        let counts = [
            self.users,
            self.addresses.len(),
            self.nodes.len(),
            self.tags,
            self.persons.len(),
            self.balls.len(),
            self.seats,
            self.tickets.len(),
        ];
        let mut order: Vec<usize> =
            counts.iter().enumerate().flat_map(|(kind, &n)| std::iter::repeat_n(kind, n)).collect();
        for n in (1..order.len()).rev() {
            order.swap(n, random.below(0..n + 1));
        }
        let mut all = Objects::default();
        for kind in order {
            match kind {
                0 => {
                    let name = format!("user {}", all.users.len());
                    all.users.push(session.add(User::builder().name(name).build()));
                }
                1 => all.addresses.push(session.add(Address::builder().email("a").build())),
                2 => all.nodes.push(session.add(Node::builder().name("n").build())),
                3 => {
                    let name = format!("tag {}", all.tags.len());
                    all.tags.push(session.add(Tag::builder().name(name).build()));
                }
                4 => all.persons.push(session.add(Person::builder().name("p").build())),
                5 => all.balls.push(session.add(Ball::builder().build())),
                6 => {
                    let number = all.seats.len() as i32;
                    all.seats.push(session.add(Seat::builder().line("A").number(number).build()));
                }
                _ => all.tickets.push(session.add(Ticket::builder().build())),
            }
        }
        self.connect(session, &all);
        all
    }

    fn connect(&self, session: &mut Session, all: &Objects) {
        for (&address, user) in all.addresses.iter().zip(&self.addresses) {
            session[address].user = user.map(|user| all.users[user].into());
        }
        for (&node, parent) in all.nodes.iter().zip(&self.nodes) {
            session[node].parent = parent.map(|parent| all.nodes[parent].into());
        }
        for (&person, balls) in all.persons.iter().zip(&self.persons) {
            session[person].favorite = balls[0].map(|ball| all.balls[ball].into());
            session[person].second = balls[1].map(|ball| all.balls[ball].into());
        }
        for (&ball, &person) in all.balls.iter().zip(&self.balls) {
            session[ball].person = all.persons[person].into();
        }
        for (&ticket, &(seat, old)) in all.tickets.iter().zip(&self.tickets) {
            session[ticket].seat = all.seats[seat].into();
            session[ticket].old = old.map(|seat| all.seats[seat].into());
        }
        for &(user, tag) in &self.tagged {
            session.link(all.users[user], user::tags, all.tags[tag]).unwrap();
        }
    }
}

impl Objects {
    /// Returns every reference that does not agree with its object.
    fn stale_keys(&self, session: &Session) -> Vec<String> {
        let mut stale = Vec::new();
        let mut check = |what: &str, key: Option<String>, target: Option<String>| {
            if key != target {
                stale.push(format!("{what}: {key:?} for {target:?}"));
            }
        };
        let shown = |key: Option<i64>| key.map(|key| key.to_string());
        for &it in &self.addresses {
            if let Some(user) = &session[it].user {
                let target = session.key(user.handle(session).unwrap());
                check("address", shown(user.key().copied()), shown(target));
            }
        }
        for &it in &self.nodes {
            if let Some(parent) = &session[it].parent {
                let target = session.key(parent.handle(session).unwrap());
                check("node", shown(parent.key().copied()), shown(target));
            }
        }
        for &it in &self.persons {
            for ball in [&session[it].favorite, &session[it].second].into_iter().flatten() {
                let target = session.key(ball.handle(session).unwrap());
                check("person", shown(ball.key().copied()), shown(target));
            }
        }
        for &it in &self.balls {
            let person = &session[it].person;
            let target = session.key(person.handle(session).unwrap());
            check("ball", shown(person.key().copied()), shown(target));
        }
        for row in session.handles::<UserTag>() {
            let user = &session[row].user;
            let target = session.key(user.handle(session).unwrap());
            check("tag", shown(user.key().copied()), shown(target));
        }
        stale
    }

    /// Returns the visible state of the graph, by handles.
    fn seen(&self, session: &Session) -> Vec<String> {
        let mut seen = Vec::new();
        for &it in &self.users {
            let user = &session[it];
            let addresses = user.addresses.handles(session).map_err(|error| error.to_string());
            let tags = user.tags.len(session).map_err(|error| error.to_string());
            seen.push(format!("{:?} {addresses:?} {tags:?}", session.state(it)));
        }
        for &it in &self.nodes {
            let node = &session[it];
            let children = node.children.handles(session).map_err(|error| error.to_string());
            seen.push(format!("{:?} {:?} {children:?}", session.state(it), node.parent));
        }
        for &it in &self.persons {
            let person = &session[it];
            let balls = (&person.favorite, &person.second, person.version);
            seen.push(format!("{:?} {balls:?}", session.state(it)));
        }
        for &it in &self.addresses {
            seen.push(format!("{:?} {:?}", session.state(it), session[it].user));
        }
        seen
    }

    fn states_of_new(&self, session: &Session) -> bool {
        self.users.iter().all(|&it| session.state(it) == ObjectState::Pending)
            && self.nodes.iter().all(|&it| session.state(it) == ObjectState::Pending)
            && self.users.iter().all(|&it| session.key(it).is_none())
            && self.nodes.iter().all(|&it| session.key(it).is_none())
            && self.balls.iter().all(|&it| session.key(it).is_none())
    }
}

fn tables() -> orm_runtime::Schema {
    schema![User, Address, Order, Item, OrderItem, Tag, UserTag, Node, Seat, Ticket, Person, Ball]
}

const NAMES: [&str; 8] =
    ["user_tag", "addresses", "nodes", "balls", "tickets", "persons", "users", "tags"];

/// Opens an empty database, and a session that has used the tables in one order.
fn open(db: &TestDb) -> Session {
    db.execute("UPDATE persons SET favorite_id = NULL, second_id = NULL");
    db.execute("UPDATE nodes SET parent_id = NULL");
    for table in NAMES.iter().chain(&["seats"]) {
        db.execute(&format!("DELETE FROM {table}"));
    }
    let mut session = db.session();
    session.query::<User>().all().unwrap();
    session.query::<Address>().all().unwrap();
    session.query::<Node>().all().unwrap();
    session.query::<Tag>().all().unwrap();
    session.query::<UserTag>().all().unwrap();
    session.query::<Person>().all().unwrap();
    session.query::<Ball>().all().unwrap();
    session.query::<Seat>().all().unwrap();
    session.query::<Ticket>().all().unwrap();
    session.rollback().unwrap();
    session.take_log();
    session
}

fn count(db: &TestDb, table: &str) -> usize {
    db.rows(table, "count(*)")[0].parse().unwrap()
}

/// Checks that all rows of a graph are stored.
fn check_stored(db: &TestDb, graph: &Graph, all: &Objects, session: &Session) {
    assert_eq!(all.stale_keys(session), Vec::<String>::new(), "{graph:?}");
    assert_eq!(count(db, "users"), graph.users);
    assert_eq!(count(db, "user_tag"), graph.tagged.len());
    let led = |edges: &[Option<usize>]| edges.iter().flatten().count();
    assert_eq!(count(db, "nodes WHERE parent_id IS NOT NULL"), led(&graph.nodes), "{graph:?}");
    assert_eq!(count(db, "addresses WHERE user_id IS NOT NULL"), led(&graph.addresses));
    let favorites: Vec<_> = graph.persons.iter().map(|balls| balls[0]).collect();
    assert_eq!(count(db, "persons WHERE favorite_id IS NOT NULL"), led(&favorites));
    for (&it, parent) in all.nodes.iter().zip(&graph.nodes) {
        let row = format!("nodes WHERE id = {}", session.key(it).unwrap());
        let parent = parent.map(|parent| session.key(all.nodes[parent]).unwrap().to_string());
        let parent = parent.unwrap_or_else(|| "NULL".to_owned());
        assert_eq!(db.rows(&row, "parent_id"), [parent]);
    }
}

#[test]
fn r07_the_statements_do_not_depend_on_the_order_of_adding() {
    TestDb::with(Dialect::Sqlite, |db| {
        drop(db.session_for(tables()));
        let mut random = Random::from_env(7);
        for _ in 0..12 {
            let graph = Graph::new(&mut random);
            let mut first = None;
            for _ in 0..6 {
                let mut session = open(db);
                let all = graph.add(&mut session, &mut random);
                session.take_log();
                session.flush().unwrap_or_else(|error| panic!("{error}: {graph:?}"));
                let log = trace(&session.take_log());
                session.commit().unwrap();
                check_stored(db, &graph, &all, &session);
                let first = first.get_or_insert_with(|| log.clone());
                assert_eq!(*first, log, "{graph:?}");
            }
        }
    });
}

fn fail_at(db: &TestDb, table: &str, row: usize, how: &str) {
    db.execute(&format!(
        "CREATE TRIGGER fault BEFORE INSERT ON {table} WHEN (SELECT count(*) FROM {table}) = {row} \
         BEGIN SELECT RAISE({how}, 'injected'); END"
    ));
}

#[test]
fn r05_a_failed_flush_leaves_no_key() {
    TestDb::with(Dialect::Sqlite, |db| {
        drop(db.session_for(tables()));
        let mut random = Random::from_env(5);
        let mut failed = 0;
        for _ in 0..60 {
            let graph = Graph::new(&mut random);
            let mut session = open(db);
            let all = graph.add(&mut session, &mut random);
            let table = NAMES[random.below(0..NAMES.len())];
            fail_at(db, table, random.below(0..3), "ABORT");
            let result = session.flush();
            if result.is_ok() {
                session.rollback().unwrap();
            }
            db.execute("DROP TRIGGER fault");
            assert_eq!(all.stale_keys(&session), Vec::<String>::new(), "{graph:?}");
            if result.is_err() {
                failed += 1;
                assert!(all.states_of_new(&session), "{graph:?}");
                session.rollback().unwrap();
                session = open(db);
                let all = graph.add(&mut session, &mut random);
                session.commit().unwrap();
                check_stored(db, &graph, &all, &session);
            }
        }
        assert!(failed > 20, "{failed} failed");
    });
}

#[test]
fn r05_a_lost_transaction_leaves_no_key() {
    TestDb::with(Dialect::Sqlite, |db| {
        drop(db.session_for(tables()));
        let mut random = Random::from_env(14);
        for _ in 0..30 {
            let graph = Graph::new(&mut random);
            let mut session = open(db);
            fail_at(db, "addresses", graph.addresses.len(), "ROLLBACK");
            let all = graph.add(&mut session, &mut random);
            session.flush().unwrap();
            let before = session.key(all.users[0]);
            assert!(before.is_some());
            let more = session.add(Address::builder().email("b").user(all.users[0]).build());
            session.flush().unwrap_err();
            assert!(all.states_of_new(&session), "{graph:?}");
            assert_eq!(all.stale_keys(&session), Vec::<String>::new(), "{graph:?}");
            session.delete(more).unwrap();
            db.execute("DROP TRIGGER fault");
            // The loss is reported once.
            assert!(matches!(session.commit(), Err(Error::TransactionLost(_))));
            session.commit().unwrap_or_else(|error| panic!("{error}: {graph:?}"));
            check_stored(db, &graph, &all, &session);
        }
    });
}

#[test]
fn r12_what_was_deleted_and_rolled_back_is_attached_again() {
    TestDb::with(Dialect::Sqlite, |db| {
        drop(db.session_for(tables()));
        let mut random = Random::from_env(12);
        for _ in 0..40 {
            let graph = Graph::new(&mut random);
            let mut session = open(db);
            let all = graph.add(&mut session, &mut random);
            session.commit().unwrap();
            let before = all.seen(&session);
            for &it in &all.users {
                if random.percent(50) {
                    session.delete(it).unwrap();
                }
            }
            for &it in &all.nodes {
                if random.percent(30) {
                    session.delete(it).unwrap();
                }
            }
            for &it in &all.balls {
                session.delete(it).unwrap();
            }
            for &it in &all.persons {
                session.delete(it).unwrap();
            }
            session.flush().unwrap_or_else(|error| panic!("{error}: {graph:?}"));
            session.rollback().unwrap();
            assert_eq!(before, all.seen(&session), "{graph:?}");
            assert_eq!(all.stale_keys(&session), Vec::<String>::new());
            session.take_log();
            session.flush().unwrap();
            assert_eq!(trace(&session.take_log()), "");
            check_stored(db, &graph, &all, &session);
        }
    });
}
