//! What is said about a whole table: indexes, conditions, references, comments.
