//! The options of a pool and its sessions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{SessionListener, SessionOptions};
use crate::backend::{
    NewConnection, NewConnections, OnReturn, OutgoingStatement, PoolSettings, Reuse, Rewriter,
    SessionObserver,
};
use crate::error::{Error, Result};

/// The options of a [`SessionFactory`](crate::SessionFactory).
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The maximum number of connections that are kept. With 0, each session opens a connection and
    /// closes it, up to [`overflow`](Self::overflow) at once. Default: 10.
    pub size: u32,
    /// How many connections may be open in addition if all are in use. They are closed when nobody
    /// waits for them. Default: 0.
    pub overflow: u32,
    /// How many connections are kept ready for sessions. A thread opens them. Default: 0.
    pub min_idle: u32,
    /// How long to wait for a connection if all are in use. Default: 30 seconds.
    pub timeout: Duration,
    /// How long a connection must have been idle to be checked before it is used: with zero, each
    /// time; with `None`, never. A connection that the server has closed and that is not checked is
    /// [`Error::Disconnected`] at the first statement. Default: half a second.
    pub check_after: Option<Duration>,
    /// The age at which a connection is replaced, even if it works. Default: 30 minutes.
    pub lifetime: Option<Duration>,
    /// How long a connection stays idle before it is closed, unless
    /// [`min_idle`](Self::min_idle) needs it. Default: 10 minutes.
    pub idle_timeout: Option<Duration>,
    /// Which of several idle connections is used next. Default: the one that came back last.
    pub reuse: Reuse,
    /// What happens to a connection when a session returns it. Default: [`OnReturn::Rollback`].
    pub on_return: OnReturn,
    /// The options of the sessions.
    pub session: SessionOptions,
    /// The function that creates the listeners of each session. Default: none; see
    /// [`listen`](Self::listen).
    pub listeners: NewListeners,
    /// The observers of all sessions. Default: none; see [`observe`](Self::observe).
    pub observers: Observers,
    /// The hooks that may change the text of statements. Default: none; see
    /// [`rewrite_statements`](Self::rewrite_statements).
    pub rewriters: Rewriters,
    /// What is done with each new connection. Default: nothing; see
    /// [`on_connect`](Self::on_connect).
    pub new_connections: NewConnections,
}

impl PoolOptions {
    /// Adds an [observer](SessionObserver) of every session and of the pool. It is called in the
    /// threads of all sessions.
    pub fn observe(&mut self, observer: impl SessionObserver + 'static) {
        self.observers.0.push(Arc::new(observer));
    }

    /// Adds a [listener](SessionListener) to every session. The closure creates a separate listener
    /// for each session.
    ///
    /// ```
    /// # use orm_runtime::{Session, SessionFactory, events::SessionListener};
    /// struct Greeter;
    ///
    /// impl SessionListener for Greeter {
    ///     fn after_commit(&mut self, _: &mut Session) {
    ///         println!("stored");
    ///     }
    /// }
    ///
    /// # fn main() -> orm_runtime::Result<()> {
    /// let url = "sqlite://greeter?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| {
    ///     options.listen(|| Greeter);
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn listen<L: SessionListener + 'static>(
        &mut self,
        make: impl Fn() -> L + Send + Sync + 'static,
    ) {
        self.listeners.0.push(Arc::new(move || Box::new(make())));
    }

    /// Adds a hook to every session that sees the text of each statement before it is sent, and may
    /// return another text; see
    /// [`Session::rewrite_statements`](crate::Session::rewrite_statements).
    ///
    /// ```
    /// # use orm_runtime::{Session, SessionFactory};
    /// # fn main() -> orm_runtime::Result<()> {
    /// let url = "sqlite://commented?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| {
    ///     options.rewrite_statements(|statement| Some(format!("/* shop */ {}", statement.sql)));
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn rewrite_statements(
        &mut self,
        hook: impl Fn(&OutgoingStatement<'_>) -> Option<String> + Send + Sync + 'static,
    ) {
        self.rewriters.0.push(Arc::new(hook));
    }

    /// Adds a function that is called with each new connection, after the connection was set up,
    /// and again after its settings were reset ([`OnReturn::ResetSettings`]). If the function
    /// returns an error, the connection is closed, and the call that needs it returns the error.
    ///
    /// ```
    /// # use orm_runtime::SessionFactory;
    /// # fn main() -> orm_runtime::Result<()> {
    /// let url = "sqlite://on-connect?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| {
    ///     options.on_connect(|connection| connection.batch("PRAGMA cache_size = -20000"));
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn on_connect(
        &mut self,
        hook: impl Fn(&mut NewConnection<'_>) -> Result<()> + Send + Sync + 'static,
    ) {
        self.new_connections.add(hook);
    }

    /// Checks that the options fit together.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = if self.size.saturating_add(self.overflow) == 0 {
            "the pool may have no connection; set PoolOptions::size or PoolOptions::overflow to 1 at \
             least"
        } else if self.min_idle > self.size {
            "PoolOptions::min_idle is greater than PoolOptions::size, the most connections that are \
             kept"
        } else {
            return Ok(());
        };
        Err(Error::Configuration(wrong.to_owned()))
    }

    pub(super) fn settings(&self) -> PoolSettings {
        PoolSettings {
            size: self.size,
            overflow: self.overflow,
            min_idle: self.min_idle,
            timeout: self.timeout,
            check_after: self.check_after,
            lifetime: self.lifetime,
            idle_timeout: self.idle_timeout,
            reuse: self.reuse,
            on_return: self.on_return,
            on_connect: self.new_connections.clone(),
        }
    }
}

impl Default for PoolOptions {
    fn default() -> Self {
        PoolOptions {
            size: 10,
            overflow: 0,
            min_idle: 0,
            timeout: Duration::from_secs(30),
            check_after: Some(Duration::from_millis(500)),
            lifetime: Some(Duration::from_secs(30 * 60)),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            reuse: Reuse::default(),
            on_return: OnReturn::default(),
            session: SessionOptions::default(),
            listeners: NewListeners::default(),
            observers: Observers::default(),
            rewriters: Rewriters::default(),
            new_connections: NewConnections::default(),
        }
    }
}

/// Creates the listeners of each session of a [`SessionFactory`](crate::SessionFactory); see
/// [`PoolOptions::listen`].
#[derive(Clone, Default)]
pub struct NewListeners(Vec<Arc<dyn Fn() -> Box<dyn SessionListener> + Send + Sync>>);

impl NewListeners {
    /// Creates the listeners of a session.
    pub(super) fn make(&self) -> Vec<Box<dyn SessionListener>> {
        self.0.iter().map(|make| make()).collect()
    }
}

impl fmt::Debug for NewListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners", self.0.len())
    }
}

/// The observers of all sessions of a [`SessionFactory`](crate::SessionFactory); see
/// [`PoolOptions::observe`].
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn SessionObserver>>);

impl Observers {
    pub(super) fn all(&self) -> impl Iterator<Item = Arc<dyn SessionObserver>> {
        self.0.iter().map(Arc::clone)
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observers", self.0.len())
    }
}

/// The hooks of each session of a [`SessionFactory`](crate::SessionFactory); see
/// [`PoolOptions::rewrite_statements`].
#[derive(Clone, Default)]
pub struct Rewriters(Vec<Rewriter>);

impl Rewriters {
    pub(super) fn all(&self) -> impl Iterator<Item = Rewriter> {
        self.0.iter().cloned()
    }
}

impl fmt::Debug for Rewriters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rewriters", self.0.len())
    }
}
