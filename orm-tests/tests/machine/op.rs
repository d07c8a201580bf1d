//! The operations of the machine, and how they are chosen. A choice among objects is a number
//! modulo the number of objects at that time, so that a step still has a meaning when earlier steps
//! are left out.

use orm_runtime::transaction::Lazy;
use orm_tests::Random;

use crate::collections::{COLLECTIONS, Way};
use crate::tables::Table;

/// A number to choose by.
pub(crate) type Pick = u16;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Add(Table, [Pick; 2]),
    Edit(Pick, Pick, Pick),
    Touch(Pick),
    Rekey(Pick),
    Delete(Pick),
    Flush,
    Commit,
    Rollback,
    Begin,
    Savepoint(Vec<Op>, Keep),
    Get(Pick),
    GetMany(Table),
    Query(Table),
    Eager(usize, Way),
    Load(usize, Pick),
    LoadAll(usize),
    Link(usize, Pick, Pick),
    Unlink(usize, Pick, Pick),
    Replace(usize, Pick, [Pick; 2]),
    Refresh(Pick),
    Expire(Pick),
    ExpireOnly(usize, Pick),
    ExpireAll,
    Evict(Pick),
    /// An object is detached and merged, changed or not.
    Leave(Pick, bool),
    /// An object is detached and attached as stored.
    Attach(Pick),
    Clear,
    Bulk(Table, [Pick; 2]),
    Update(Pick, Pick),
    Remove(Pick),
    /// A statement that the session does not know about.
    Raw(Pick),
    /// An operation that is refused.
    Break(Pick, Pick),
    /// Ends the causes of failing flushes.
    Mend,
    Count(Table),
    Related(usize, Pick),
    /// Rows are written over existing ones, or are new.
    Upsert(Pick, Pick),
    /// A graph is copied or detached, and is merged.
    Graph(Pick, bool),
    /// Rows are read one by one, or in batches.
    Read(Table, bool),
    /// A deferred column is loaded or unloaded.
    Defer(Pick, Pick),
    /// A row of an entity with soft deletes is purged.
    Purge(Pick),
    /// An object whose INSERT was rolled back is added again.
    Again(Pick),
}

/// How a savepoint ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Keep {
    Kept,
    Undone,
    Panic,
}

/// An operation in one of the sessions. Before it the other session ends its transaction, by COMMIT
/// or ROLLBACK.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) who: usize,
    pub(crate) other_commits: bool,
    pub(crate) op: Op,
}

/// How the two sessions of a sequence behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) autoflush: bool,
    pub(crate) expire: bool,
    pub(crate) lazy: Lazy,
}

/// A whole sequence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sequence {
    pub(crate) options: [Options; 2],
    pub(crate) steps: Vec<Step>,
}

impl Sequence {
    /// Returns the sequence of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let options = [(), ()].map(|()| Options {
            autoflush: random.percent(80),
            expire: random.percent(75),
            lazy: [Lazy::Cohort, Lazy::Cohort, Lazy::One, Lazy::Raise][random.below(0..4)],
        });
        // A sequence uses a few tables, because otherwise operations would rarely concern the same
        // objects.
        let mut tables: Vec<Table> = Table::ALL.to_vec();
        let few = random.below(2..6);
        while tables.len() > few {
            let first = usize::from(tables[0] == Table::Org && random.percent(95));
            tables.remove(random.below(first..tables.len()));
        }
        let mut steps = Vec::new();
        let mut who = random.below(0..2);
        let step = |who, other_commits, op| Step { who, other_commits, op };
        for &table in &tables {
            for _ in 0..random.below(0..4) {
                steps.push(step(who, true, Op::Add(table, [pick(random), pick(random)])));
            }
        }
        steps.push(step(who, true, Op::Commit));
        let length = random.below(5..40);
        for _ in 0..length {
            if random.percent(25) {
                who = 1 - who;
            }
            steps.push(step(who, random.percent(75), op(random, &tables, 3)));
        }
        Sequence { options, steps }
    }
}

fn pick(random: &mut Random) -> Pick {
    u16::try_from(random.below(0..1 << 16)).unwrap()
}

fn op(random: &mut Random, tables: &[Table], depth: u32) -> Op {
    let table = tables[random.below(0..tables.len())];
    let collections = COLLECTIONS
        .iter()
        .enumerate()
        .filter(|(_, it)| tables.contains(&it.owner) && tables.contains(&it.members));
    let collections: Vec<usize> = collections.map(|(n, _)| n).collect();
    let collection = match collections.len() {
        0 => 0,
        len => collections[random.below(0..len)],
    };
    let (a, b, c) = (pick(random), pick(random), pick(random));
    match random.below(0..134) {
        0..14 => Op::Add(table, [a, b]),
        14..30 => Op::Edit(a, b, c),
        30..32 => Op::Touch(a),
        32..34 => Op::Rekey(a),
        34..39 => Op::Delete(a),
        39..45 => Op::Flush,
        45..53 => Op::Commit,
        53..57 => Op::Rollback,
        57 => Op::Begin,
        58..63 if depth > 0 => {
            let length = random.below(1..6);
            let ops = (0..length).map(|_| op(random, tables, depth - 1)).collect();
            let keep = match random.below(0..5) {
                0 | 1 => Keep::Kept,
                2 | 3 => Keep::Undone,
                _ => Keep::Panic,
            };
            Op::Savepoint(ops, keep)
        }
        58..66 => Op::Get(a),
        66 => Op::GetMany(table),
        67..71 => Op::Query(table),
        71..75 => {
            Op::Eager(collection, [Way::Eager, Way::Joined, Way::Populate][usize::from(a % 3)])
        }
        75..79 => Op::Load(collection, a),
        79..81 => Op::LoadAll(collection),
        81..86 => Op::Link(collection, a, b),
        86..90 => Op::Unlink(collection, a, b),
        90..93 => Op::Replace(collection, a, [b, c]),
        93..95 => Op::Refresh(a),
        95..97 => Op::Expire(a),
        97 => Op::ExpireAll,
        98..100 => Op::Evict(a),
        100..102 => Op::Leave(a, b % 2 == 0),
        102 => Op::Clear,
        103..105 => Op::Bulk(table, [a, b]),
        105..107 => Op::Update(a, b),
        107 => Op::Remove(a),
        108..110 => Op::Raw(a),
        110..112 => Op::Break(a, b),
        112..115 => Op::Mend,
        115 => Op::Count(table),
        116..118 => Op::Related(collection, a),
        118..120 => Op::ExpireOnly(collection, a),
        120..122 => Op::Attach(a),
        122..124 => Op::Upsert(a, b),
        124..126 => Op::Graph(a, b % 2 == 0),
        126..128 => Op::Read(table, a % 2 == 0),
        128..130 => Op::Defer(a, b),
        130 => Op::Purge(a),
        _ => Op::Again(a),
    }
}
