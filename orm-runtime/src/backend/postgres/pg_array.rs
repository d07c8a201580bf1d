//! Many values as one bind: PostgreSQL's binary arrays, and the rows of COPY.

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, BindCollector};
use diesel::result::Error::SerializationError;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;

/// Collects values in the format that array elements and the fields of a COPY row share: the length
/// in four bytes, -1 for NULL, then the bytes.
#[doc(hidden)]
#[derive(Debug)]
pub struct PgArray {
    scratch: RawBytesBindCollector<Pg>,
    bytes: Vec<u8>,
    len: usize,
    has_null: bool,
    /// The types of the elements and of the array.
    oids: Option<(u32, u32)>,
}

impl PgArray {
    pub(crate) fn new() -> Self {
        PgArray {
            scratch: RawBytesBindCollector::new(),
            bytes: Vec::new(),
            len: 0,
            has_null: false,
            oids: None,
        }
    }

    pub(crate) fn push<ST, U>(
        &mut self,
        value: &U,
        lookup: &mut (dyn PgMetadataLookup + 'static),
    ) -> QueryResult<()>
    where
        Pg: HasSqlType<ST>,
        U: ToSql<ST, Pg> + ?Sized,
    {
        // Only Diesel's collector can run a conversion, into a separate buffer for each value.
        self.scratch.push_bound_value(value, lookup)?;
        let metadata = self.scratch.metadata.pop();
        if self.oids.is_none()
            && let Some(metadata) = metadata
        {
            let oid = metadata.oid().map_err(|error| SerializationError(error.into()))?;
            let array = metadata.array_oid().map_err(|error| SerializationError(error.into()))?;
            self.oids = Some((oid, array));
        }
        match self.scratch.binds.pop().flatten() {
            Some(bytes) => {
                let length = i32::try_from(bytes.len()).map_err(|_| {
                    SerializationError("a value is longer than PostgreSQL allows".into())
                })?;
                self.bytes.extend_from_slice(&length.to_be_bytes());
                self.bytes.extend_from_slice(&bytes);
            }
            None => {
                self.has_null = true;
                self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
            }
        }
        self.len += 1;
        Ok(())
    }

    /// Appends bytes between values.
    pub(crate) fn push_raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the bytes that were pushed so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Removes the bytes that were pushed so far.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Returns the whole array as a value, with the type of the array.
    fn finish(self) -> QueryResult<(u32, Vec<u8>)> {
        let (element, array) = self
            .oids
            .ok_or_else(|| SerializationError("an empty list of values has no type".into()))?;
        let len = i32::try_from(self.len)
            .map_err(|_| SerializationError("too many values for one statement".into()))?;
        let mut bytes = Vec::with_capacity(20 + self.bytes.len());
        for word in [1, i32::from(self.has_null), element.cast_signed(), len, 1] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes.extend_from_slice(&self.bytes);
        Ok((array, bytes))
    }
}

/// Binds what `collect` pushes as one array, or writes its placeholder.
pub(crate) fn bind_array<'b>(
    pass: &mut AstPass<'_, 'b, Pg>,
    collect: impl FnOnce(&mut PgArray, &mut (dyn PgMetadataLookup + 'static)) -> QueryResult<()>,
) -> QueryResult<()> {
    use diesel::internal::derives::multiconnection::AstPassHelper;
    let Some((collector, lookup)) = pass.bind_collector() else {
        // In the pass that writes text, any value produces the placeholder.
        return pass.push_bind_param::<diesel::sql_types::Text, str>("");
    };
    let mut array = PgArray::new();
    collect(&mut array, lookup)?;
    let (oid, bytes) = array.finish()?;
    collector.metadata.push(diesel::pg::PgTypeMetadata::new(oid, 0));
    collector.binds.push(Some(bytes));
    Ok(())
}
