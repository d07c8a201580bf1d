//! The parts of a query: conditions, paths along relationships, scopes, groups, orders and locks.
//! Nothing here knows a session or a connection, so every statement is tested without a database.

mod borrowed_parts;
mod condition;
mod distinct_on;
mod grouping;
mod in_scope;
mod join_text;
mod keyset;
mod lock;
mod object_condition;
mod order_position;
mod order_term;
mod page_cursor;
mod path;
mod path_tree;
mod related_column;
mod relationship_condition;
mod relationship_ext;
mod relationship_scopes;
mod select_state;
mod statement_builder;

pub use condition::{Condition, InList, InListExt, ListValue, Predicate, scope};
pub use grouping::Grouping;
pub use in_scope::{ColumnsOf, ExpressionOf, HasColumn, InScope};
pub use lock::Lock;
pub use page_cursor::PageCursor;
pub use path::{IntoPath, Path};
pub use related_column::{RelatedColumn, RelatedCount};
pub use relationship_condition::RelationshipCondition;
pub use relationship_ext::RelationshipExt;

pub(crate) use condition::write_parts;
pub(crate) use join_text::{Side, write_on, write_once, write_table};
pub(crate) use keyset::{Keyset, KeysetSelect};
pub(crate) use object_condition::{find_objects, wrong_state};
pub(crate) use order_position::Position;
pub(crate) use page_cursor::CursorOwner;
pub(crate) use path::{PathStep, SameRoot};
pub(crate) use path_tree::{Node, chain, merge};
pub(crate) use relationship_scopes::Conditions;
pub(crate) use select_state::{Select, SelectState};
pub(crate) use statement_builder::{Piece, StatementBuilder, parts};
