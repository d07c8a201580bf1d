//! The memory of objects: chunks of slots, each slot with its generation, state and age.

use super::states::{Event, State};

/// What is known of a slot besides the object, in eight bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotHeader {
    generation: u32,
    /// The age in the upper 26 bits, `KNOWN`, `CREATED_HERE`, `TOUCHED`, then the state in three
    /// bits.
    stamp: u32,
}

const STATE: u32 = 0b0111;
const TOUCHED: u32 = 0b0_1000;
const CREATED_HERE: u32 = 0b1_0000;
const KNOWN: u32 = 0b10_0000;
const AGE_SHIFT: u32 = 6;
/// The last age. The map starts again from the first before it is reached.
pub(crate) const MAX_AGE: u32 = u32::MAX >> AGE_SHIFT;

impl SlotHeader {
    pub(crate) const VACANT: Self = SlotHeader { generation: 0, stamp: 0 };

    /// Returns how often the slot has been vacated.
    #[inline]
    pub(crate) fn generation(self) -> u32 {
        self.generation
    }

    #[inline]
    pub(crate) fn state(self) -> State {
        match self.stamp & STATE {
            1 => State::Transient,
            2 => State::Pending,
            3 => State::Persistent,
            4 => State::DeletePending,
            5 => State::Deleted,
            _ => State::Vacant,
        }
    }

    /// Changes the state by an event. Returns the new state, or `None` if the event changes
    /// nothing.
    #[inline]
    pub(super) fn apply(&mut self, event: Event) -> Option<State> {
        let state = self.state().after(event)?;
        self.stamp = self.stamp & !STATE | state as u32;
        Some(state)
    }

    /// Returns `true` if the object has a row that is not marked for deletion.
    #[inline]
    pub(crate) fn is_stored(self) -> bool {
        self.state().is_stored()
    }

    #[inline]
    pub(crate) fn is_pending(self) -> bool {
        self.state().is_pending()
    }

    /// Returns `true` if the object may differ from its row, because it was accessed mutably since
    /// the last flush.
    #[inline]
    pub(crate) fn touched(self) -> bool {
        self.stamp & TOUCHED != 0
    }

    #[inline]
    pub(crate) fn set_touched(&mut self, touched: bool) {
        self.stamp = if touched { self.stamp | TOUCHED } else { self.stamp & !TOUCHED };
    }

    /// Returns `true` if the object was created in this session, so that all objects that reference
    /// it were too.
    #[inline]
    pub(crate) fn created_here(self) -> bool {
        self.stamp & CREATED_HERE != 0
    }

    #[inline]
    pub(crate) fn set_created_here(&mut self, created_here: bool) {
        let both = CREATED_HERE | KNOWN;
        self.stamp = if created_here { self.stamp | both } else { self.stamp & !both };
    }

    /// Returns `true` if all objects that reference this one are in memory, as of its age: it was
    /// created in this session, and its row has not been read since.
    #[inline]
    pub(crate) fn known(self) -> bool {
        self.stamp & KNOWN != 0
    }

    #[inline]
    pub(crate) fn forget_known(&mut self) {
        self.stamp &= !KNOWN;
    }

    /// Returns the age at which the object was last read or written. The object is stale if the
    /// horizon of the map is later.
    #[inline]
    pub(crate) fn age(self) -> u32 {
        self.stamp >> AGE_SHIFT
    }

    #[inline]
    pub(crate) fn set_age(&mut self, age: u32) {
        self.stamp = self.stamp & (STATE | TOUCHED | CREATED_HERE | KNOWN) | age << AGE_SHIFT;
    }
}

/// A slot as long as the same object is in it. A list holds slot references, because objects may
/// leave the slots without an update of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotRef {
    slot: u32,
    generation: u32,
}

const CHUNK: usize = 1024;

/// Objects of one type in chunks that never move, so that growth copies nothing.
///
/// The headers are separate from the objects. Whether an object is current is read far more often
/// than the object, and eight bytes for each object fit in a cache that is too small for the
/// objects.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    chunks: Vec<Chunk<T>>,
    vacant: Vec<u32>,
    len: usize,
}

#[derive(Debug)]
struct Chunk<T> {
    slots: Vec<SlotHeader>,
    objects: Vec<Option<T>>,
}

/// The chunks of an arena, for many reads in a row.
#[derive(Debug)]
pub(crate) struct Chunks<'m, T>(&'m [Chunk<T>]);

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Chunks<'_, T> {}

impl<T> Default for Chunks<'_, T> {
    fn default() -> Self {
        Chunks(&[])
    }
}

impl<'m, T> Chunks<'m, T> {
    #[inline]
    pub(crate) fn object(self, at: u32) -> Option<&'m T> {
        self.0.get(at as usize / CHUNK)?.objects.get(at as usize % CHUNK)?.as_ref()
    }

    /// Returns the object if the slot still has the generation of the handle.
    #[inline]
    pub(crate) fn live(self, at: u32, generation: u32) -> Option<&'m T> {
        let chunk = self.0.get(at as usize / CHUNK)?;
        let offset = at as usize % CHUNK;
        if chunk.slots.get(offset)?.generation != generation {
            return None;
        }
        chunk.objects.get(offset)?.as_ref()
    }
}

impl SlotRef {
    #[inline]
    pub(crate) fn slot(self) -> u32 {
        self.slot
    }

    #[inline]
    pub(crate) fn generation(self) -> u32 {
        self.generation
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { chunks: Vec::new(), vacant: Vec::new(), len: 0 }
    }
}

impl<T> Slots<T> {
    /// Returns the number of objects.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn header(&self, at: u32) -> Option<&SlotHeader> {
        self.chunks.get(at as usize / CHUNK)?.slots.get(at as usize % CHUNK)
    }

    #[inline]
    pub(crate) fn header_mut(&mut self, at: u32) -> Option<&mut SlotHeader> {
        self.chunks.get_mut(at as usize / CHUNK)?.slots.get_mut(at as usize % CHUNK)
    }

    #[inline]
    pub(crate) fn chunks(&self) -> Chunks<'_, T> {
        Chunks(&self.chunks)
    }

    #[inline]
    pub(crate) fn object(&self, at: u32) -> Option<&T> {
        self.chunks().object(at)
    }

    #[inline]
    pub(crate) fn object_mut(&mut self, at: u32) -> Option<&mut T> {
        self.chunks.get_mut(at as usize / CHUNK)?.objects.get_mut(at as usize % CHUNK)?.as_mut()
    }

    /// Returns the object if the slot still has the generation of the handle.
    #[inline]
    pub(crate) fn live(&self, at: u32, generation: u32) -> Option<&T> {
        self.chunks().live(at, generation)
    }

    /// Returns a reference to the object in a slot.
    #[inline]
    pub(crate) fn slot_ref(&self, slot: u32) -> SlotRef {
        SlotRef { slot, generation: self.header(slot).map_or(0, |header| header.generation) }
    }

    /// Returns `true` if the object is still in its slot.
    pub(crate) fn is_taken(&self, slot_ref: SlotRef) -> bool {
        self.live(slot_ref.slot, slot_ref.generation).is_some()
    }

    /// Returns `true` if the object is still in its slot, and its row is deleted.
    pub(crate) fn is_deleted(&self, slot_ref: SlotRef) -> bool {
        self.is_taken(slot_ref)
            && self.header(slot_ref.slot).is_some_and(|m| m.state() == State::Deleted)
    }

    /// Puts an object in a vacant slot, or in a new one.
    #[inline]
    pub(crate) fn insert(&mut self, object: T, state: State, age: u32) -> u32 {
        self.len += 1;
        let slot = SlotHeader { generation: 0, stamp: state as u32 | age << AGE_SHIFT };
        if let Some(at) = self.vacant.pop()
            && let Some(chunk) = self.chunks.get_mut(at as usize / CHUNK)
        {
            let offset = at as usize % CHUNK;
            chunk.slots[offset].stamp = slot.stamp;
            chunk.objects[offset] = Some(object);
            return at;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.slots.len() == CHUNK) {
            self.push_chunk();
        }
        let last = self.chunks.len() - 1;
        let chunk = &mut self.chunks[last];
        let offset = chunk.slots.len();
        chunk.slots.push(slot);
        chunk.objects.push(Some(object));
        (last * CHUNK + offset) as u32
    }

    #[cold]
    fn push_chunk(&mut self) {
        // The first chunk grows when needed, because most sessions hold few objects.
        let capacity = if self.chunks.is_empty() { 4 } else { CHUNK };
        self.chunks.push(Chunk {
            slots: Vec::with_capacity(capacity),
            objects: Vec::with_capacity(capacity),
        });
    }

    /// Removes an object. Its handles find nothing from now on.
    pub(crate) fn remove(&mut self, at: u32) -> Option<T> {
        let chunk = self.chunks.get_mut(at as usize / CHUNK)?;
        let offset = at as usize % CHUNK;
        let object = chunk.objects.get_mut(offset)?.take()?;
        let generation = chunk.slots[offset].generation.wrapping_add(1);
        chunk.slots[offset] = SlotHeader { generation, ..SlotHeader::VACANT };
        self.vacant.push(at);
        self.len -= 1;
        Some(object)
    }

    /// Returns the numbers and headers of all slots that hold an object, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, SlotHeader)> {
        let slots = self.chunks.iter().flat_map(|chunk| &chunk.slots);
        slots
            .zip(0_u32..)
            .filter_map(|(slot, at)| (slot.state() != State::Vacant).then_some((at, *slot)))
    }

    /// Calls a function with the header of every slot that holds an object.
    pub(crate) fn for_each_slot(&mut self, mut change: impl FnMut(&mut SlotHeader)) {
        for slot in self.chunks.iter_mut().flat_map(|chunk| &mut chunk.slots) {
            if slot.state() != State::Vacant {
                change(slot);
            }
        }
    }
}
