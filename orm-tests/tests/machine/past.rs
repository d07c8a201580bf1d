//! Writes outside the objects: in bulk, by conditions, and by statements that the session does not
//! know about.

use orm_runtime::prelude::*;

use crate::calls::choose;
use crate::entities as e;
use crate::op::{Op, Pick};
use crate::pieces::{Look, Piece, To, each};
use crate::side::{Wrong, hold};
use crate::tables::*;
use crate::work::{Outcome, references};
use crate::world::{Called, Flushes, Then, World};

impl World<'_> {
    /// Does one of these operations. Pending changes are flushed first.
    pub(crate) fn past(
        &mut self,
        who: usize,
        session: &mut Session,
        op: &Op,
    ) -> Result<Option<Called>, Wrong> {
        if !self.sides[who].work.is_empty() {
            let (flushes, result) = (Flushes::Always, session.flush());
            return Ok(Some(Called { flushes, result, then: Then::Nothing }));
        }
        let mut rows = self.sides[who].found(&self.committed).rows.clone();
        let done = match *op {
            Op::Bulk(table, picks) => self.bulk(session, &mut rows, table, picks),
            Op::Update(pick, which) => self.update(session, &mut rows, pick, which),
            Op::Upsert(pick, which) => self.upsert(session, &mut rows, pick, which),
            Op::Remove(pick) => remove(session, &mut rows, pick),
            Op::Raw(pick) => {
                let pairs: Vec<u32> = rows.of(Team).into_iter().chain(rows.of(Thing)).collect();
                let Some(n) = choose(&pairs, pick) else { return Ok(None) };
                let value = self.new_value().to_string();
                let row = rows.rows.get_mut(&n).unwrap();
                let (table, Cell::Val(name)) = (row.table, &row.cells[0]) else { return Ok(None) };
                let sql =
                    format!("UPDATE {} SET data = {value} WHERE name = '{name}'", table.sql());
                row.cells[table.at("data")] = Cell::Val(value);
                self.sides[who].excused.insert(n);
                Some(session.execute(diesel::sql_query(sql)).map(|rows| (rows, 1)))
            }
            _ => None,
        };
        let Some(done) = done else { return Ok(None) };
        let (changed, wanted) = done.map_err(|error| format!("it failed: {error}"))?;
        hold!(changed == wanted, "{changed} rows were changed, and not {wanted}");
        self.sides[who].believed.clear();
        self.sides[who].write_past();
        self.see(who, session, &Outcome::of(rows))?;
        Ok(None)
    }

    fn bulk(
        &mut self,
        session: &mut Session,
        rows: &mut Rows,
        table: Table,
        picks: [Pick; 2],
    ) -> Option<Result<(usize, usize)>> {
        if table == Member {
            return None;
        }
        each!(table, T => {
            let mut objects = Vec::new();
            for pick in picks {
                let n = self.new_object();
                let mut object = T::fresh(n);
                let none = Default::default();
                let look = Look { map: session.map(), numbers: &none };
                let shown = object.cells(&look).into_iter();
                let mut cells: Vec<Cell> = shown.map(|it| it.unwrap_or(Cell::Null)).collect();
                for (column, reference) in references(table) {
                    if reference.to.len() > 1 || reference.unique {
                        continue;
                    }
                    let targets: Vec<u32> = rows.of(reference.to[0]).into_iter().collect();
                    let target = choose(&targets, pick / 3);
                    let target = target.filter(|_| reference.required || pick % 3 == 0);
                    let target = target.filter(|_| reference.kind.is_none_or(|it| n % 3 == it));
                    let Some(target) = target else { continue };
                    let key = self.sides.iter().find_map(|side| {
                        side.found(&self.committed).key(target).map(str::to_owned)
                    })?;
                    object.set(table.columns()[column].field, &To::Key(key));
                    cells[column] = Cell::Ref(target);
                }
                let unset = references(table).any(|(at, it)| it.required && cells[at] == Cell::Null);
                if unset {
                    return None;
                }
                rows.rows.insert(n, Row { table, cells });
                objects.push(object);
            }
            Some(session.bulk_insert(objects).map(|rows| (rows, 2)))
        })
    }

    fn update(
        &mut self,
        session: &mut Session,
        rows: &mut Rows,
        pick: Pick,
        which: Pick,
    ) -> Option<Result<(usize, usize)>> {
        let table = [Team, Person, Thing, Seat, Gear][usize::from(which % 5)];
        let of: Vec<u32> = rows.of(table).into_iter().collect();
        let n = choose(&of, pick)?;
        let value = self.new_value();
        let row = rows.rows.get_mut(&n)?;
        let Cell::Val(name) = row.cells[0].clone() else { return None };
        let data = table.columns().iter().position(|column| column.field == "data");
        match data {
            Some(data) => row.cells[data] = Cell::Val(value.to_string()),
            None => row.cells[Person.at("org")] = Cell::Null,
        }
        let changed = match table {
            Team => {
                let query = session.query::<e::Team>().filter(e::team::name.eq(name));
                query.update(e::team::data.eq(value))
            }
            Thing => {
                let query = session.query::<e::Thing>().filter(e::thing::name.eq(name));
                query.update(e::thing::data.eq(value))
            }
            Seat => {
                let query = session.query::<e::Seat>().filter(e::seat::name.eq(name));
                query.update(e::seat::data.eq(value))
            }
            Gear => {
                let query = session.query::<e::Gear>().filter(e::asset::name.eq(name));
                query.update(e::asset::data.eq(value))
            }
            _ => {
                let query = session.query::<e::Person>().filter(e::person::name.eq(name));
                query.update(e::person::org_id.eq(None::<i64>))
            }
        };
        Some(changed.map(|rows| (rows, 1)))
    }
}

/// Deletes a row without references to it, by a condition.
fn remove(session: &mut Session, rows: &mut Rows, pick: Pick) -> Option<Result<(usize, usize)>> {
    let tables = [Ticket, Remark, Badge, Member];
    let all: Vec<u32> = tables.into_iter().flat_map(|table| rows.of(table)).collect();
    let n = choose(&all, pick)?;
    let row = rows.rows.remove(&n)?;
    let Cell::Val(name) = row.cells[0].clone() else { return None };
    let deleted = match row.table {
        Ticket => session.query::<e::Ticket>().filter(e::ticket::name.eq(name)).delete(),
        Remark => session.query::<e::Remark>().filter(e::remark::name.eq(name)).delete(),
        Badge => session.query::<e::Badge>().filter(e::badge::name.eq(name)).delete(),
        _ => session.query::<e::Member>().filter(e::member::name.eq(name)).delete(),
    };
    Some(deleted.map(|rows| (rows, 1)))
}
