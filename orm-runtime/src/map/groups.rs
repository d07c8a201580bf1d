//! Objects grouped by a key.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use foldhash::fast::RandomState;

use super::graph::IdentityMap;
use crate::handle::Handle;
use crate::mapping::Entity;

/// Objects grouped by a key, in the order in which the keys first appear; see
/// [`IdentityMap::group_by`].
pub struct Groups<K, T> {
    groups: Vec<(K, Vec<Handle<T>>)>,
    places: HashMap<K, usize, RandomState>,
}

impl<K: Eq + Hash + Clone, T> Groups<K, T> {
    /// Returns the objects with this key, or an empty slice if there is no such group.
    pub fn get(&self, key: &K) -> &[Handle<T>] {
        self.places.get(key).map_or(&[], |&place| &self.groups[place].1)
    }

    /// Returns the keys and their objects, in the order in which the keys first appear.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &[Handle<T>])> {
        self.groups.iter().map(|(key, handles)| (key, handles.as_slice()))
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Returns `true` if there are no groups.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

impl<K: fmt::Debug, T> fmt::Debug for Groups<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.groups.iter().map(|(key, group)| (key, group.len()))).finish()
    }
}

impl IdentityMap {
    /// Groups objects by a key in one pass, to look up objects many times without a search through
    /// all of them. Leaves out handles whose objects are gone. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Sale { id: Auto<i64>, shop: String, amount: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # let sales = session.add_all([("a", 1), ("b", 2), ("a", 3)].map(|(shop, amount)| {
    /// #     Sale::builder().shop(shop).amount(amount).build()
    /// # }));
    /// let by_shop = session.group_by(&sales, |sale| sale.shop.clone());
    /// let total = |shop: &str| -> i64 {
    ///     by_shop.get(&shop.to_owned()).iter().map(|&sale| session[sale].amount).sum()
    /// };
    /// assert_eq!((total("a"), total("b"), total("c")), (4, 2, 0));
    /// # Ok(()) }
    /// ```
    pub fn group_by<T: Entity, K: Eq + Hash + Clone>(
        &self,
        handles: &[Handle<T>],
        key: impl Fn(&T) -> K,
    ) -> Groups<K, T> {
        let objects = self.objects::<T>();
        let mut groups = Groups { groups: Vec::new(), places: HashMap::default() };
        for &handle in handles {
            let Some(object) = objects.get(handle) else { continue };
            let place = *groups.places.entry(key(object)).or_insert(groups.groups.len());
            if place == groups.groups.len() {
                groups.groups.push((key(object), Vec::new()));
            }
            groups.groups[place].1.push(handle);
        }
        groups
    }
}
