//! Unique values that move from one row to another in one flush.

mod cases;
mod model;
mod random;
mod tables;
