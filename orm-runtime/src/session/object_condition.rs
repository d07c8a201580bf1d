//! Objects in conditions: a handle stands for the key of its object, which the session puts in its place
//! when it sends the statement.

use std::cell::{Cell, OnceCell};
use std::rc::{Rc, Weak};

use diesel::QueryResult;

use super::Session;
use super::path::Path;
use super::relationship_condition::RelationshipCondition;
use super::statement_builder::StatementBuilder;
use crate::backend::{SqlFragment, SqlWriter};
use crate::error::Result;
use crate::handle::Handle;
use crate::mapping::{Entity, EntityMeta, ForeignKey, Mapped};

/// A reference that a condition compares with: a handle of an object, or a key.
pub(super) type To<T> = ForeignKey<T, <T as Mapped>::Key>;

thread_local! {
    /// The objects in conditions of this thread whose keys have not been looked up. Conditions never
    /// leave their thread, for they hold expressions that need not be `Send`.
    static WAITING: Cell<Vec<Weak<dyn Wanted>>> = const { Cell::new(Vec::new()) };
    /// Set while a statement is walked to see which of them are in it.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// An object whose key a condition wants.
trait Wanted {
    /// Whether it is in the statement that is being looked at.
    fn is_met(&self) -> bool;
    /// Looks its key up.
    fn find(&self, session: &Session) -> Result<()>;
}

/// A key, as it was given or as it is found.
struct WantedKey<T: Entity> {
    handle: Option<Handle<T>>,
    met: Cell<bool>,
    key: OnceCell<T::Key>,
}

impl<T: Entity> WantedKey<T> {
    fn of(to: &To<T>) -> Rc<Self> {
        let handle = to.raw_handle().map(Handle::from_raw);
        let key = match (handle, to.key()) {
            (None, Some(key)) => OnceCell::from(key.clone()),
            _ => OnceCell::new(),
        };
        let wanted = Rc::new(WantedKey { handle, met: Cell::new(false), key });
        if handle.is_some() {
            let weak: Weak<dyn Wanted> = Rc::downgrade(&(Rc::clone(&wanted) as Rc<dyn Wanted>));
            change_waiting(|waiting| waiting.push(weak));
        }
        wanted
    }

    /// The key, or `None` while it is only being looked which objects there are.
    fn get(&self) -> QueryResult<Option<&T::Key>> {
        const UNKNOWN: &str = "a condition has the handle of an object in it, and this statement is not sent by \
             the session that has the object: put its key there";
        match self.key.get() {
            Some(key) => Ok(Some(key)),
            None if LOOKING.get() => {
                self.met.set(true);
                Ok(None)
            }
            None => Err(diesel::result::Error::QueryBuilderError(UNKNOWN.into())),
        }
    }
}

impl<T: Entity> Wanted for WantedKey<T> {
    fn is_met(&self) -> bool {
        self.met.replace(false)
    }

    fn find(&self, session: &Session) -> Result<()> {
        let Some(handle) = self.handle else { return Ok(()) };
        session.map.expect(handle)?;
        match session.map.stored_key(handle).or_else(|| session.map.key(handle)) {
            Some(key) => {
                // Nobody else sets it: it is found once.
                let _ = self.key.set(key);
                Ok(())
            }
            None => {
                let reason = "the database makes its key, and has not yet: flush it before";
                Err(session.wrong_state(handle, "compared with in a condition", reason))
            }
        }
    }
}

fn change_waiting<A>(change: impl FnOnce(&mut Vec<Weak<dyn Wanted>>) -> A) -> A {
    let mut waiting = WAITING.take();
    let answer = change(&mut waiting);
    WAITING.set(waiting);
    answer
}

impl Session {
    /// Looks up the keys of the objects in the conditions of a statement that is to be sent next. Costs
    /// nothing where no condition has an object in it.
    pub(super) fn find_objects(&self, statement: &dyn SqlFragment) -> Result<()> {
        if change_waiting(|waiting| waiting.is_empty()) {
            return Ok(());
        }
        LOOKING.set(true);
        let looked = self.connection.text(statement);
        LOOKING.set(false);
        looked?;
        let (mut met, mut others) = (Vec::new(), Vec::new());
        for wanted in WAITING.take() {
            match wanted.upgrade() {
                Some(one) if one.is_met() => met.push((one, wanted)),
                Some(_) => others.push(wanted),
                None => {}
            }
        }
        let mut result = Ok(());
        for (one, wanted) in met {
            let found = one.find(self);
            if found.is_err() {
                others.push(wanted);
                result = result.and(found);
            }
        }
        WAITING.set(others);
        result
    }
}

/// That columns, which refer to objects of `T` or are their key, have one of these keys.
pub(super) struct IsOneOf<T: Entity> {
    columns: (&'static EntityMeta, &'static [usize]),
    keys: Vec<Rc<WantedKey<T>>>,
}

impl<T: Entity> IsOneOf<T> {
    fn new(
        columns: (&'static EntityMeta, &'static [usize]),
        to: impl IntoIterator<Item = To<T>>,
    ) -> Box<Self> {
        let keys = to.into_iter().map(|to| WantedKey::of(&to)).collect();
        Box::new(IsOneOf { columns, keys })
    }

    fn column(&self, part: usize, before: &str, pass: &mut SqlWriter<'_, '_>) {
        let mut sql = StatementBuilder::new(pass.dialect(), before);
        sql.text().column_of(None, self.columns.0, self.columns.1[part]);
        pass.push_sql(sql.text().as_str());
    }
}

impl<T: Entity> SqlFragment for IsOneOf<T> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let parts = 0..self.columns.1.len();
        match &self.keys[..] {
            [] => {
                pass.push_sql("1 = 0");
                return Ok(());
            }
            [_] => {}
            several if parts.len() == 1 => {
                self.column(0, "", pass);
                for (n, key) in several.iter().enumerate() {
                    pass.push_sql(if n == 0 { " IN (" } else { ", " });
                    if let Some(key) = key.get()? {
                        T::bind_key(key, 0, pass)?;
                    }
                }
                pass.push_sql(")");
                return Ok(());
            }
            _ => {}
        }
        for (n, key) in self.keys.iter().enumerate() {
            let key = key.get()?;
            for part in parts.clone() {
                let before = match (n, part) {
                    (0, 0) => "",
                    (_, 0) => " OR ",
                    _ => " AND ",
                };
                self.column(part, before, pass);
                pass.push_sql(" = ");
                if let Some(key) = key {
                    T::bind_key(key, part, pass)?;
                }
            }
        }
        Ok(())
    }
}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// Whether a path of references leads to an object, or to the row with a key. See
    /// [`RelationshipExt::eq`](crate::query::RelationshipExt::eq).
    pub fn eq(self, to: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([to.into()], false)
    }

    /// Whether a path of references leads elsewhere, or nowhere.
    pub fn ne(self, to: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([to.into()], true)
    }

    /// Whether a path of references leads to one of some objects, or of the rows with some keys.
    pub fn in_list<R: Into<To<T>>>(
        self,
        to: impl IntoIterator<Item = R>,
    ) -> RelationshipCondition<'q, S> {
        self.leads_to(to.into_iter().map(Into::into), false)
    }

    /// Whether an object, or the row with a key, is at the end of the path. See
    /// [`RelationshipExt::contains`](crate::query::RelationshipExt::contains).
    pub fn contains(self, object: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([object.into()], false)
    }

    fn leads_to(
        mut self,
        to: impl IntoIterator<Item = To<T>>,
        negated: bool,
    ) -> RelationshipCondition<'q, S> {
        // A reference without more has the key of the object in its own columns.
        let plain = self.steps.pop_if(|step| step.is_to_one() && step.filters.is_empty());
        let columns = match &plain {
            Some(step) => {
                let relationship = step.relationship;
                ((relationship.source)(), relationship.way().source_columns)
            }
            None => (T::META, T::META.key),
        };
        let condition = IsOneOf::<T>::new(columns, to);
        let nullable = plain.filter(|_| self.steps.is_empty());
        let not_null = nullable.is_some_and(|step| step.relationship.made_by().1.nullable);
        self.condition(Some(condition), negated).where_set(not_null.then_some(columns))
    }
}
