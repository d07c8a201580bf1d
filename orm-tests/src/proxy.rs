//! A connection to a server that a test can cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Where the next connection loss happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    /// Nowhere.
    Never = 0,
    /// When the client sends COMMIT: the server never receives it.
    BeforeCommit = 1,
    /// When the server has replied to COMMIT: the client never receives the reply.
    AfterCommit = 2,
}

/// A proxy between a session and its server, on its own port.
///
/// A cut happens once and closes every open connection. Later connections are not cut.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    cut: AtomicU8,
    /// Cut after this number of bytes from the server. Zero means never.
    limit: AtomicU64,
    /// COMMIT has been sent, and its reply must be held back.
    committing: AtomicBool,
    cuts: AtomicU64,
    stopped: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Starts to forward connections to the server of a URL.
    ///
    /// # Panics
    /// If no port is available, or the URL has no host and port.
    pub fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = host_and_port(url).to_owned();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) else {
                    continue;
                };
                pass(client, server, &shared);
            }
        });
        Proxy { port, state }
    }

    /// Returns the URL of the proxy. It is without TLS, because the proxy must be able to read the
    /// protocol.
    pub fn url(&self, url: &str) -> String {
        let through = url.replacen(host_and_port(url), &format!("127.0.0.1:{}", self.port), 1);
        let plain = match url.starts_with("mysql") {
            true => "ssl_mode=disabled",
            false => "sslmode=disable&gssencmode=disable",
        };
        let more = if through.contains('?') { '&' } else { '?' };
        format!("{through}{more}{plain}")
    }

    /// Sets where to cut next.
    pub fn cut(&self, cut: Cut) {
        self.state.cut.store(cut as u8, Ordering::SeqCst);
    }

    /// Cuts the connection in the middle of the server's output, after this number of bytes.
    pub fn cut_after_bytes(&self, bytes: u64) {
        self.state.limit.store(bytes, Ordering::SeqCst);
    }

    /// Returns the number of cuts.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        self.state.close();
        // This wakes the thread in `accept`.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn close(&self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn cut_now(&self) {
        self.cut.store(Cut::Never as u8, Ordering::SeqCst);
        self.limit.store(0, Ordering::SeqCst);
        self.committing.store(false, Ordering::SeqCst);
        self.cuts.fetch_add(1, Ordering::SeqCst);
        self.close();
    }

    /// Returns `true` if the client's bytes are forwarded to the server.
    fn passes_to_server(&self, bytes: &[u8]) -> bool {
        if !bytes.windows(6).any(|word| word == b"COMMIT") {
            return true;
        }
        match self.cut.load(Ordering::SeqCst) {
            1 => {
                self.cut_now();
                false
            }
            2 => {
                self.committing.store(true, Ordering::SeqCst);
                true
            }
            _ => true,
        }
    }

    /// Returns how many of the server's bytes are forwarded to the client. If not all of them are,
    /// the connection ends.
    fn passes_to_client(&self, bytes: usize) -> usize {
        if self.committing.load(Ordering::SeqCst) {
            return 0;
        }
        let limit = self.limit.load(Ordering::SeqCst);
        if limit == 0 {
            return bytes;
        }
        let left = limit.saturating_sub(bytes as u64);
        self.limit.store(left, Ordering::SeqCst);
        if left > 0 { bytes } else { usize::try_from(limit).unwrap_or(bytes) }
    }
}

/// Forwards both directions, each on a thread.
fn pass(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    let (Ok(client_in), Ok(server_in)) = (client.try_clone(), server.try_clone()) else { return };
    if let (Ok(client), Ok(server)) = (client.try_clone(), server.try_clone()) {
        let mut open = state.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.extend([client, server]);
    }
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        // A thread of a failed test must not wait forever.
        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    }
    let up = Arc::clone(state);
    thread::spawn(move || {
        copy(client_in, server, |bytes| if up.passes_to_server(bytes) { bytes.len() } else { 0 });
    });
    let down = Arc::clone(state);
    thread::spawn(move || {
        copy(server_in, client, |bytes| {
            let passed = down.passes_to_client(bytes.len());
            if passed < bytes.len() && down.committing.load(Ordering::SeqCst) {
                down.cut_now();
            }
            passed
        });
    });
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut allow: impl FnMut(&[u8]) -> usize) {
    let mut buffer = [0; 16 << 10];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        let passed = allow(&buffer[..read]);
        if to.write_all(&buffer[..passed]).is_err() || passed < read {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn host_and_port(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_in_a_url() {
        assert_eq!(host_and_port("postgres://orm@127.0.0.1:5432/db?a=b"), "127.0.0.1:5432");
        assert_eq!(host_and_port("mysql://orm:secret@localhost:3306/db"), "localhost:3306");
    }
}
