//! A row whose values are checked while Diesel builds a tuple or a struct from it.

use std::cell::Cell;
#[cfg(feature = "postgres")]
use std::cell::OnceCell;
use std::marker::PhantomData;
use std::ops::Range;

use diesel::backend::Backend;
use diesel::deserialize::FromSqlRow;
use diesel::internal::derives::multiconnection::{PartialRow, RowSealed};
use diesel::row::{Field, Row, RowIndex};
use diesel::sql_types::{self, Nullable};

use super::*;

/// The types of a query's columns, column by column.
#[diagnostic::on_unimplemented(
    message = "it is not known what a column of the SQL type `{Self}` holds",
    label = "not known to be an SQL type",
    note = "write `impl orm_runtime::column::HasColumnType for {Self}` for an SQL type of your own"
)]
#[doc(hidden)]
pub trait SelectedTypes {
    /// The number of columns.
    const WIDTH: usize;
    /// Returns what a column holds.
    fn holds(column: usize) -> Holds;
}

#[diagnostic::do_not_recommend]
impl<ST: HasColumnType> SelectedTypes for ST {
    const WIDTH: usize = 1;

    #[inline(always)]
    fn holds(_column: usize) -> Holds {
        ST::HOLDS
    }
}

/// Diesel's types that have no column type here; their own conversions check the value.
macro_rules! others {
    ($($(#[$cfg:meta])? $ty:ty: $holds:ident;)*) => {$(
        $(#[$cfg])?
        others!(@ $ty, $holds);
        $(#[$cfg])?
        others!(@ Nullable<$ty>, $holds);
    )*};
    (@ $ty:ty, $holds:ident) => {
        impl SelectedTypes for $ty {
            const WIDTH: usize = 1;

            fn holds(_column: usize) -> Holds {
                Holds::$holds
            }
        }
    };
}

others! {
    sql_types::TinyInt: Any;
    sql_types::Numeric: Any;
    sql_types::Interval: Any;
    sql_types::Json: Any;
    sql_types::Jsonb: Any;
    #[cfg(feature = "sqlite")]
    sql_types::TimestamptzSqlite: Instant;
    #[cfg(feature = "postgres")]
    sql_types::CChar: Any;
    #[cfg(feature = "postgres")]
    sql_types::Cidr: Any;
    #[cfg(feature = "postgres")]
    sql_types::Citext: Any;
    #[cfg(feature = "postgres")]
    sql_types::Inet: Any;
    #[cfg(feature = "postgres")]
    sql_types::MacAddr: Any;
    #[cfg(feature = "postgres")]
    sql_types::MacAddr8: Any;
    #[cfg(feature = "postgres")]
    sql_types::Money: Any;
    #[cfg(feature = "postgres")]
    sql_types::Oid: Any;
    #[cfg(feature = "postgres")]
    sql_types::PgLsn: Any;
    #[cfg(feature = "postgres")]
    sql_types::Uuid: Uuid;
    #[cfg(feature = "mysql")]
    sql_types::Datetime: DateTime;
    #[cfg(feature = "mysql")]
    sql_types::Unsigned<sql_types::TinyInt>: Any;
    #[cfg(feature = "mysql")]
    sql_types::Unsigned<sql_types::SmallInt>: Any;
    #[cfg(feature = "mysql")]
    sql_types::Unsigned<sql_types::Integer>: Any;
    #[cfg(feature = "mysql")]
    sql_types::Unsigned<sql_types::BigInt>: Any;
}

#[cfg(feature = "postgres")]
impl<ST: 'static> SelectedTypes for sql_types::Multirange<ST> {
    const WIDTH: usize = 1;

    fn holds(_column: usize) -> Holds {
        Holds::Any
    }
}

#[cfg(feature = "postgres")]
impl<ST: 'static> SelectedTypes for sql_types::Record<ST> {
    const WIDTH: usize = 1;

    fn holds(_column: usize) -> Holds {
        Holds::Any
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        tuples!(@ $($name)+);
    };
    (@ $($name:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: SelectedTypes),+> SelectedTypes for ($($name,)+) {
            const WIDTH: usize = 0 $(+ $name::WIDTH)+;

            #[inline(always)]
            fn holds(column: usize) -> Holds {
                let mut first = 0;
                $(
                    if column < first + $name::WIDTH {
                        return $name::holds(column - first);
                    }
                    first += $name::WIDTH;
                )+
                let _ = first;
                Holds::Any
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name: SelectedTypes),+> SelectedTypes for Nullable<($($name,)+)>
        where
            ($($name,)+): diesel::sql_types::SqlType,
        {
            const WIDTH: usize = <($($name,)+)>::WIDTH;

            #[inline(always)]
            fn holds(column: usize) -> Holds {
                <($($name,)+)>::holds(column)
            }
        }
    };
}

/// Implements the traits for tuples of every length up to the number of names.
macro_rules! all_tuples {
    ($first:ident $($rest:ident)*) => {
        all_tuples!(@ [$first] $($rest)*);
    };
    (@ [$($name:ident)+]) => {
        tuples!($($name)+);
    };
    (@ [$($name:ident)+] $next:ident $($rest:ident)*) => {
        tuples!($($name)+);
        all_tuples!(@ [$($name)+ $next] $($rest)*);
    };
}

all_tuples!(
    T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17 T18 T19 T20 T21 T22 T23 T24
    T25 T26 T27 T28 T29 T30 T31
);

// Longer tuples, if Diesel supports them.
#[cfg(any(feature = "64-column-tables", feature = "128-column-tables"))]
all_tuples!(@ [
    T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17 T18 T19 T20 T21 T22 T23 T24
    T25 T26 T27 T28 T29 T30 T31 T32
]
    T33 T34 T35 T36 T37 T38 T39 T40 T41 T42 T43 T44 T45 T46 T47 T48 T49 T50 T51 T52 T53 T54
    T55 T56 T57 T58 T59 T60 T61 T62 T63
);

#[cfg(feature = "128-column-tables")]
all_tuples!(@ [
    T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17 T18 T19 T20 T21 T22 T23 T24
    T25 T26 T27 T28 T29 T30 T31 T32 T33 T34 T35 T36 T37 T38 T39 T40 T41 T42 T43 T44 T45 T46
    T47 T48 T49 T50 T51 T52 T53 T54 T55 T56 T57 T58 T59 T60 T61 T62 T63 T64
]
    T65 T66 T67 T68 T69 T70 T71 T72 T73 T74 T75 T76 T77 T78 T79 T80 T81 T82 T83 T84 T85 T86
    T87 T88 T89 T90 T91 T92 T93 T94 T95 T96 T97 T98 T99 T100 T101 T102 T103 T104 T105 T106
    T107 T108 T109 T110 T111 T112 T113 T114 T115 T116 T117 T118 T119 T120 T121 T122 T123 T124
    T125 T126 T127
);

/// Why a row could not be read, and the column at which reading stopped.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unread {
    pub(crate) column: Option<usize>,
    pub(crate) error: BoxError,
}

/// The row, and what was found in it.
struct Looked<'r, R, ST> {
    row: &'r R,
    /// The column that was read last.
    last: Cell<Option<usize>>,
    /// The first value that does not fit: Diesel's field access cannot return an error.
    unfit: Cell<Option<Unread>>,
    types: PhantomData<fn() -> ST>,
}

impl<R, ST> RowSealed for Looked<'_, R, ST> {}

impl<I, R: RowIndex<I>, ST> RowIndex<I> for Looked<'_, R, ST> {
    fn idx(&self, idx: I) -> Option<usize> {
        self.row.idx(idx)
    }
}

impl<'r, R, ST> Looked<'r, R, ST> {
    fn at(row: &'r R) -> Self {
        Looked { row, last: Cell::new(None), unfit: Cell::new(None), types: PhantomData }
    }

    #[cold]
    fn note(&self, column: usize, error: BoxError) {
        let first = self.unfit.take().unwrap_or(Unread { column: Some(column), error });
        self.unfit.set(Some(first));
    }

    /// Returns what was built from the row, unless a value in it does not fit.
    fn judge<U>(self, built: Result<U, BoxError>) -> Result<U, Unread> {
        match (self.unfit.into_inner(), built) {
            (Some(unfit), _) => Err(unfit),
            (None, Ok(built)) => Ok(built),
            (None, Err(error)) => Err(Unread { column: self.last.get(), error }),
        }
    }
}

/// A field whose value is checked when Diesel reads it.
struct LookedField<'f, F, L> {
    field: F,
    row: &'f L,
    column: usize,
    /// A number converted to the width of its field.
    #[cfg(feature = "postgres")]
    converted: OnceCell<crate::backend::postgres::postgres_holds::Converted>,
}

impl<F, R, ST: SelectedTypes> LookedField<'_, F, Looked<'_, R, ST>> {
    #[inline(always)]
    fn holds(&self) -> Holds {
        ST::holds(self.column)
    }
}

macro_rules! looked {
    ($feature:literal, $db:path, $build:ident, $field:ident => $value:expr) => {
        #[cfg(feature = $feature)]
        impl<'a, R: Row<'a, $db>, ST: SelectedTypes> Row<'a, $db> for Looked<'_, R, ST> {
            type Field<'f>
                = LookedField<'f, R::Field<'f>, Self>
            where
                'a: 'f,
                Self: 'f;
            type InnerPartialRow = Self;

            fn field_count(&self) -> usize {
                self.row.field_count()
            }

            #[inline]
            fn get<'b, I>(&'b self, idx: I) -> Option<Self::Field<'b>>
            where
                'a: 'b,
                Self: RowIndex<I>,
            {
                let column = self.idx(idx)?;
                self.last.set(Some(column));
                Some(LookedField {
                    field: self.row.get(column)?,
                    row: self,
                    column,
                    #[cfg(feature = "postgres")]
                    converted: OnceCell::new(),
                })
            }

            fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
                PartialRow::new(self, range)
            }
        }

        #[cfg(feature = $feature)]
        impl<'f, F: Field<'f, $db>, R, ST: SelectedTypes> Field<'f, $db>
            for LookedField<'f, F, Looked<'_, R, ST>>
        {
            fn field_name(&self) -> Option<&str> {
                self.field.field_name()
            }

            fn is_null(&self) -> bool {
                self.field.is_null()
            }

            #[inline]
            fn value(&self) -> Option<<$db as Backend>::RawValue<'_>> {
                let $field = self;
                $value
            }
        }

        /// Builds a Diesel value from a row, and checks what the row holds.
        #[cfg(feature = $feature)]
        pub(in crate::backend) fn $build<'a, ST, U, R>(row: &R) -> Result<U, Unread>
        where
            ST: SelectedTypes,
            U: FromSqlRow<ST, $db>,
            R: Row<'a, $db>,
        {
            let looked = Looked::<R, ST>::at(row);
            let built = U::build_from_row(&looked);
            looked.judge(built)
        }
    };
}

looked!("sqlite", diesel::sqlite::Sqlite, row_sqlite, it => {
    let mut value = it.field.value()?;
    if let Err(unfit) = it.holds().check_sqlite(&mut value) {
        it.row.note(it.column, unfit);
    }
    Some(value)
});

looked!("postgres", diesel::pg::Pg, row_pg, it => {
    let value = it.field.value()?;
    match it.holds().look_pg(&value) {
        Ok(None) => Some(value),
        Ok(Some(converted)) => Some(it.converted.get_or_init(|| converted).value()),
        Err(unfit) => {
            it.row.note(it.column, unfit);
            Some(value)
        }
    }
});

looked!("mysql", diesel::mysql::Mysql, row_mysql, it => {
    let value = it.field.value()?;
    if let Err(unfit) = it.holds().check_mysql(&value) {
        it.row.note(it.column, unfit);
    }
    Some(value)
});
