//! What Diesel and the session require of the user's own types.

/// Implements what Diesel and the session require of a user's own type `$ty`, besides the
/// conversions: it is an expression, can be selected, is compared for changes, and is a key if it
/// can be one.
#[doc(hidden)]
#[macro_export]
macro_rules! __own_type {
    ($ty:ty, $sql:ty, index = $index:ty, parked = $parked:expr, json = $json:expr) => {
        $crate::__own_expression!($ty, $sql, $ty);
        $crate::__own_expression!($ty, $sql, &'__a $ty);

        impl<DB: $crate::__private::diesel::backend::Backend>
            $crate::__private::diesel::serialize::ToSql<
                $crate::__private::diesel::sql_types::Nullable<$sql>,
                DB,
            > for $ty
        where
            $ty: $crate::__private::diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut $crate::__private::diesel::serialize::Output<'b, '_, DB>,
            ) -> $crate::__private::diesel::serialize::Result {
                $crate::__private::diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }

        impl<ST, DB> $crate::__private::diesel::deserialize::Queryable<ST, DB> for $ty
        where
            DB: $crate::__private::diesel::backend::Backend,
            ST: $crate::__private::diesel::sql_types::SingleValue,
            $ty: $crate::__private::diesel::deserialize::FromSql<ST, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> $crate::__private::diesel::deserialize::Result<Self> {
                ::core::result::Result::Ok(row)
            }
        }

        impl $crate::__private::ColumnValue for $ty {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }

        impl $crate::query::ListValue for $ty {
            fn push_json(&self, json: &mut ::std::string::String) -> bool {
                let push: fn(&Self, &mut ::std::string::String) -> bool = $json;
                push(self, json)
            }
        }

        // The bound holds for every lifetime or for none. So a type without order and hash is not
        // an error here; it is not a key.
        impl $crate::__private::Key for $ty
        where
            for<'__a> $ty: $crate::__private::KeyBounds<'__a>,
        {
            type Index = $index;

            fn parked(n: u32, length: ::core::option::Option<u32>) -> ::core::option::Option<Self> {
                let parked: fn(u32, ::core::option::Option<u32>) -> ::core::option::Option<Self> =
                    $parked;
                parked(n, length)
            }

            fn push_json(&self, json: &mut ::std::string::String) -> bool {
                let push: fn(&Self, &mut ::std::string::String) -> bool = $json;
                push(self, json)
            }
        }
    };
}

/// Makes `$ty` an expression, for Diesel's `eq` and similar methods.
#[doc(hidden)]
#[macro_export]
macro_rules! __own_expression {
    ($own:ty, $sql:ty, $ty:ty) => {
        $crate::__own_expression!(@ $own, $sql, $ty);
        $crate::__own_expression!(
            @ $own, $crate::__private::diesel::sql_types::Nullable<$sql>, $ty
        );
    };
    (@ $own:ty, $sql:ty, $ty:ty) => {
        impl<'__a> $crate::__private::diesel::expression::AsExpression<$sql> for $ty {
            type Expression = $crate::__private::Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                $crate::__private::Bound::new(self)
            }
        }
    };
}

/// The bounds of a type whose values are keys.
#[doc(hidden)]
pub trait KeyBounds<'a>: Clone + Eq + Ord + std::hash::Hash + std::fmt::Debug + Send {}

impl<T: Clone + Eq + Ord + std::hash::Hash + std::fmt::Debug + Send> KeyBounds<'_> for T {}
