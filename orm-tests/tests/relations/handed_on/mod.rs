//! Unique values that go from one row to another in one flush.

mod cases;
mod model;
mod random;
mod tables;
