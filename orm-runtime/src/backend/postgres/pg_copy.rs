//! `COPY … FROM STDIN` in PostgreSQL's binary format: the fastest way to insert many rows.

use std::cell::RefCell;
use std::io::Write;

use diesel::pg::{CopyFormat, Pg, PgConnection, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::AstPass;
use diesel::result::Error;
use diesel::{ExecuteCopyFromDsl, QueryResult};

use super::PgArray;
use crate::backend::SqlWriter;

/// How many bytes are passed to the client library at a time.
const BUFFER: usize = 64 << 10;

thread_local! {
    /// The table and columns of the COPY that this thread is about to send.
    static TARGET: RefCell<String> = const { RefCell::new(String::new()) };
}

// Diesel requires a table type; the name of the table is in TARGET.
diesel::table! {
    copied_table (id) {
        id -> Integer,
    }
}

/// Diesel takes the target of a COPY from a type, without a value that could contain the name of a
/// table. The thread-local `TARGET` passes the name.
struct Target;

impl diesel::pg::CopyTarget for Target {
    type Table = copied_table::table;
    type SqlType = diesel::sql_types::Integer;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        TARGET.with_borrow(|target| pass.push_sql(target));
        Ok(())
    }
}

/// Sends rows with this many fields to `target`, which is a table with its columns in parentheses.
pub(crate) fn copy_rows<'b>(
    connection: &mut PgConnection,
    target: String,
    fields: usize,
    rows: &[u32],
    bind: &dyn Fn(u32, &mut SqlWriter<'_, 'b>) -> QueryResult<()>,
) -> QueryResult<usize> {
    let fields = i16::try_from(fields).map_err(|error| Error::SerializationError(error.into()))?;
    TARGET.set(target);
    diesel::copy_from(copied_table::table)
        .from_raw_data(Target, |out: &mut dyn Write| write_rows(out, fields, rows, bind))
        .with_format(CopyFormat::Binary)
        .execute(connection)
}

fn write_rows<'b>(
    out: &mut dyn Write,
    fields: i16,
    rows: &[u32],
    bind: &dyn Fn(u32, &mut SqlWriter<'_, 'b>) -> QueryResult<()>,
) -> QueryResult<()> {
    let failed = |error: std::io::Error| Error::SerializationError(error.into());
    out.write_all(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0").map_err(failed)?;
    let mut array = PgArray::new();
    for &row in rows {
        array.push_raw(&fields.to_be_bytes());
        bind(row, &mut SqlWriter::PgArray { array: &mut array, lookup: &mut NoLookup })?;
        if array.bytes().len() >= BUFFER {
            out.write_all(array.bytes()).map_err(failed)?;
            array.clear();
        }
    }
    array.push_raw(&(-1_i16).to_be_bytes());
    out.write_all(array.bytes()).map_err(failed)
}

/// The connection is busy with the COPY and cannot look up types. None is needed: the bytes of a
/// row do not name their types.
pub(in crate::backend) struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _name: &str, _schema: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}
