//! Allows the tables of any entities in one query, whatever modules and crates they are from.
//!
//! Diesel has to know of each pair of tables that they are different, by a macro that names all of
//! them. A derive sees one struct. So the table of each entity has a number, as a type that
//! consists of digits, and the compiler finds out that two numbers differ. For tables with the same
//! number nothing changes: a query over both needs Diesel's macro.

use std::marker::PhantomData;

/// A table that has a number.
///
/// `Seen` is the other table in the query. It belongs to the crate that compiles the query; only
/// then does the compiler accept that no other crate numbers a type that has no number here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the table of an entity",
    note = "a query over a table of an entity and one of `diesel::table!` needs \
            `diesel::allow_tables_to_appear_in_same_query!` with both"
)]
pub trait Numbered<Seen> {
    /// The digits, each nested in the one before it.
    type Number;
}

/// The tables that a query for an entity reads: the tables of the entity and of its bases.
pub trait Reads<Table> {}

/// A number that differs from `Other`.
#[diagnostic::on_unimplemented(
    message = "two tables in this query cannot be distinguished",
    note = "two entities of a crate that have the same name and the same fields, in different modules, need \
            `diesel::allow_tables_to_appear_in_same_query!` with the tables of both"
)]
pub trait Differs<Other, Seen> {}

/// The end of a number.
#[derive(Debug)]
pub struct End;

macro_rules! digits {
    ([$($less:ident)*] $digit:ident $($greater:ident)*) => {
        /// A digit, followed by the rest of the number.
        #[derive(Debug)]
        pub struct $digit<Rest>(PhantomData<Rest>);

        #[diagnostic::do_not_recommend]
        impl<A: Differs<B, Seen>, B, Seen> Differs<$digit<B>, Seen> for $digit<A> {}

        digits!(@ $digit differs from $($less)* $($greater)*);
        digits!([$($less)* $digit] $($greater)*);
    };
    (@ $digit:ident differs from $($other:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<A, B, Seen> Differs<$other<B>, Seen> for $digit<A> {}
    )*};
    ([$($less:ident)*]) => {};
}

digits!([] D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 DA DB DC DD DE DF);
