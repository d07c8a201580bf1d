//! Primary keys, and the index from a key to the slot of its object.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

/// A primary key: an integer, a `String`, a `Uuid`, another natural type, or a tuple of up to four.
///
/// An [`Auto<i64>`](crate::Auto) field has the key type `i64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "not a key type",
    note = "keys are integers, bool, String, Uuid, dates, and tuples of them; a key column is never an `Option`, a float or `Deferred`"
)]
pub trait Key: Clone + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The index that finds objects by this key.
    type Index: IndexByKey<Self>;

    /// `true` if two keys belong to the same row exactly when they are equal in Rust. A database
    /// that compares keys as text may find other keys equal.
    #[doc(hidden)]
    const EXACT: bool = <Self::Index as IndexByKey<Self>>::EXACT;

    /// Returns the `n`th of the key values that no row is likely to have, or `None` if the type has
    /// no such value with at most `length` characters. If two objects swap keys in one flush, one
    /// of them has this key in between.
    fn parked(_n: u32, _length: Option<u32>) -> Option<Self> {
        None
    }

    /// Appends the key as JSON, for a list of keys that is sent as one value. Returns `false` if
    /// the type cannot be sent in this form.
    #[doc(hidden)]
    fn push_json(&self, _json: &mut String) -> bool {
        false
    }
}

/// Finds the slot of an object by its key.
pub trait IndexByKey<K>: Default + Send + Sync + 'static {
    /// The entry of a key without a slot.
    const VACANT: u32 = u32::MAX;
    /// `true` if the keys are of a type that every database compares as Rust does.
    const EXACT: bool = false;
    /// Returns the slot of the object with this key.
    fn get(&self, key: &K) -> Option<u32>;
    /// Returns the entry of a key, which is [`VACANT`](Self::VACANT) until a slot is written to it.
    fn entry(&mut self, key: &K) -> &mut u32;
    /// Adds a key with its slot, in place of an old slot.
    fn insert(&mut self, key: K, slot: u32) {
        *self.entry(&key) = slot;
    }
    /// Removes a key if its slot is `slot`. The entry of another object stays.
    fn remove(&mut self, key: &K, slot: u32);
    /// Removes all keys.
    fn clear(&mut self);
}

/// An index for any key, by its hash.
#[derive(Debug)]
pub struct HashIndex<K>(HashMap<K, u32, foldhash::fast::RandomState>);

impl<K> Default for HashIndex<K> {
    fn default() -> Self {
        HashIndex(HashMap::default())
    }
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> IndexByKey<K> for HashIndex<K> {
    fn get(&self, key: &K) -> Option<u32> {
        self.0.get(key).copied().filter(|&slot| slot != VACANT)
    }

    fn entry(&mut self, key: &K) -> &mut u32 {
        // The key is cloned only if it is new.
        if !self.0.contains_key(key) {
            self.0.insert(key.clone(), VACANT);
        }
        match self.0.get_mut(key) {
            Some(entry) => entry,
            None => unreachable!("the key has just been entered"),
        }
    }

    fn remove(&mut self, key: &K, slot: u32) {
        if self.0.get(key) == Some(&slot) {
            self.0.remove(key);
        }
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

const PAGE: usize = 512;
const VACANT: u32 = u32::MAX;
/// Pages below this number are found by position, other pages by hash. This covers keys up to half
/// a billion.
const DENSE_PAGES: i64 = 1 << 20;

/// An index for integer keys: pages of 512 slots, found by the upper bits of the key.
///
/// The keys of one table lie close together, so that an entry costs four bytes and a lookup two
/// loads.
#[derive(Debug, Default)]
pub struct PagedIndex {
    /// The first page grows when needed, because most sessions hold few objects; the other pages
    /// have their full size from the start.
    pages: Vec<Vec<u32>>,
    /// Page number → position in `pages` plus one; 0 if there is no such page.
    dense: Vec<u32>,
    sparse: HashMap<i64, u32, foldhash::fast::RandomState>,
    /// The page that was last written to, and its position plus one, because rows come in the order
    /// of keys.
    last: (i64, u32),
}

impl PagedIndex {
    #[inline]
    fn locate(&self, key: i64) -> Option<(usize, usize)> {
        let page = key >> 9;
        let at = if (0..DENSE_PAGES).contains(&page) {
            *self.dense.get(page as usize)?
        } else {
            *self.sparse.get(&page)?
        };
        (at != 0).then(|| (at as usize - 1, (key & 511) as usize))
    }

    #[inline]
    fn page_for(&mut self, page: i64) -> usize {
        if self.last.0 == page && self.last.1 != 0 {
            return self.last.1 as usize - 1;
        }
        let at = if (0..DENSE_PAGES).contains(&page) {
            let page = page as usize;
            if self.dense.len() <= page {
                self.dense.resize(page + 1, 0);
            }
            &mut self.dense[page]
        } else {
            self.sparse.entry(page).or_default()
        };
        if *at == 0 {
            let length = if self.pages.is_empty() { 0 } else { PAGE };
            self.pages.push(vec![VACANT; length]);
            *at = self.pages.len() as u32;
        }
        let at = *at;
        self.last = (page, at);
        at as usize - 1
    }
}

/// A key that is an integer to [`PagedIndex`].
#[doc(hidden)]
pub trait IntegerKey {
    fn number(&self) -> i64;
}

impl<K: IntegerKey> IndexByKey<K> for PagedIndex {
    const EXACT: bool = true;

    #[inline]
    fn get(&self, key: &K) -> Option<u32> {
        let (page, offset) = self.locate(key.number())?;
        let slot = *self.pages[page].get(offset)?;
        (slot != VACANT).then_some(slot)
    }

    #[inline]
    fn entry(&mut self, key: &K) -> &mut u32 {
        let key = key.number();
        let page = self.page_for(key >> 9);
        let (page, offset) = (&mut self.pages[page], (key & 511) as usize);
        if page.len() <= offset {
            page.resize((offset + 1).next_power_of_two(), VACANT);
        }
        &mut page[offset]
    }

    fn remove(&mut self, key: &K, slot: u32) {
        if let Some((page, offset)) = self.locate(key.number())
            && let Some(entry) = self.pages[page].get_mut(offset)
            && *entry == slot
        {
            *entry = VACANT;
        }
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

fn push_display(json: &mut String, value: &impl fmt::Display) -> bool {
    use fmt::Write;
    write!(json, "{value}").is_ok()
}

fn push_escaped(json: &mut String, c: char) {
    use fmt::Write;
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        // Writing to a String cannot fail.
        let _ = write!(json, "\\u{unit:04x}");
    }
}

macro_rules! integer_keys {
    ($($ty:ty),*) => {$(
        impl IntegerKey for $ty {
            #[inline]
            fn number(&self) -> i64 {
                i64::from(*self)
            }
        }

        impl Key for $ty {
            type Index = PagedIndex;

            fn parked(n: u32, _: Option<u32>) -> Option<Self> {
                // The smallest value means an unset `Auto`.
                <$ty>::try_from(n).ok().and_then(|n| <$ty>::MIN.checked_add(n)?.checked_add(1))
            }

            fn push_json(&self, json: &mut String) -> bool {
                push_display(json, self)
            }
        }
    )*};
}

integer_keys!(i8, i16, i32, i64);

/// Implements `Key` for integers whose smallest value can be the key of a row.
macro_rules! unsigned_keys {
    ($($ty:ty),*) => {$(
        impl IntegerKey for $ty {
            #[inline]
            fn number(&self) -> i64 {
                // Each key has a separate number: keys above `i64::MAX` become negative.
                *self as i64
            }
        }

        impl Key for $ty {
            type Index = PagedIndex;

            fn parked(n: u32, _: Option<u32>) -> Option<Self> {
                // Only one database has room for keys above this.
                let last = <$ty>::MAX.min(i64::MAX as $ty);
                <$ty>::try_from(n).ok().and_then(|n| last.checked_sub(n))
            }

            fn push_json(&self, json: &mut String) -> bool {
                push_display(json, self)
            }
        }
    )*};
}

unsigned_keys!(u8, u16, u32, u64);

impl Key for bool {
    type Index = HashIndex<Self>;
    const EXACT: bool = true;
}

impl Key for String {
    type Index = HashIndex<Self>;

    fn parked(n: u32, length: Option<u32>) -> Option<Self> {
        unused_text(n, length)
    }

    fn push_json(&self, json: &mut String) -> bool {
        json.push('"');
        for c in self.chars() {
            match c {
                '"' | '\\' => json.extend(['\\', c]),
                // SQLite ends a JSON string at a NUL, so that such a key is sent as a separate
                // value.
                '\0' => return false,
                c if c.is_control() => push_escaped(json, c),
                c => json.push(c),
            }
        }
        json.push('"');
        true
    }
}

/// Returns a string that no row is likely to have. If the column has no room for it, returns a
/// shorter one, or `None`.
pub(crate) fn unused_text(n: u32, length: Option<u32>) -> Option<String> {
    let fits = |text: &String| length.is_none_or(|length| text.len() <= length as usize);
    let long = format!("~orm~{n}");
    Some(long).filter(fits).or_else(|| Some(format!("~{}", base_36(n))).filter(fits))
}

fn base_36(mut n: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(n % 36, 36));
        n /= 36;
        if n == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(feature = "uuid")]
impl Key for uuid::Uuid {
    type Index = HashIndex<Self>;
    // A database that stores it as text parses it before it compares.
    const EXACT: bool = true;

    fn parked(n: u32, _: Option<u32>) -> Option<Self> {
        Some(Self::from_u128(u128::MAX - u128::from(n)))
    }

    fn push_json(&self, json: &mut String) -> bool {
        if !crate::backend::uuids_are_plain() {
            return false;
        }
        json.push('"');
        push_display(json, &self.hyphenated());
        json.push('"');
        true
    }
}

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
macro_rules! hashed_keys {
    ($($ty:ty),*) => {$(
        impl Key for $ty {
            type Index = HashIndex<Self>;
            const EXACT: bool = true;
        }
    )*};
}

#[cfg(feature = "chrono")]
hashed_keys!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);

#[cfg(feature = "time")]
hashed_keys!(time::Date, time::Time, time::PrimitiveDateTime, time::OffsetDateTime);

#[cfg(feature = "jiff")]
hashed_keys!(jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp);

macro_rules! tuple_keys {
    ($($name:ident),*) => {
        impl<$($name: Key),*> Key for ($($name,)*) {
            type Index = HashIndex<Self>;
            const EXACT: bool = $($name::EXACT)&&*;
        }
    };
}

tuple_keys!(A, B);
tuple_keys!(A, B, C);
tuple_keys!(A, B, C, D);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_any_integer() {
        let mut index = PagedIndex::default();
        let keys = [0_i64, 1, 511, 512, -1, i64::MAX, i64::MIN, 1 << 40];
        for (slot, key) in (0..).zip(keys) {
            index.insert(key, slot);
        }
        for (slot, key) in (0..).zip(keys) {
            assert_eq!(index.get(&key), Some(slot));
        }
        assert_eq!(index.get(&2_i64), None);
        index.remove(&511_i64, 99);
        assert_eq!(index.get(&511_i64), Some(2), "another object's entry stays");
        index.remove(&511_i64, 2);
        assert_eq!(index.get(&511_i64), None);
    }
}
