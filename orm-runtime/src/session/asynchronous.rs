//! Sessions in asynchronous code: what is awaited is a unit of work, which runs on a thread of the
//! runtime that may block. A future that is dropped stops its work (`backend/stop_flag.rs`).

mod async_calls;
mod async_factory;
mod async_query;
mod async_session;
mod async_stream;
mod work;

pub use async_factory::AsyncSessionFactory;
pub use async_query::AsyncQuery;
pub use async_session::{AsyncSession, Settled};
pub use async_stream::{AsyncStream, StreamSender};
