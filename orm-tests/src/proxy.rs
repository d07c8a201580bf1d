//! A connection to a server that can be cut where a test wants it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Where the next connection loss is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    /// Nowhere.
    Never = 0,
    /// When the client sends COMMIT: the server never sees it.
    BeforeCommit = 1,
    /// When the server has answered COMMIT: the client never sees the answer.
    AfterCommit = 2,
}

/// Stands between a session and its server, on a port of its own.
///
/// A cut happens once and closes every connection that is open; those made later pass.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    cut: AtomicU8,
    /// Cut after so many more bytes of the server's; zero is never.
    limit: AtomicU64,
    /// COMMIT is on its way, and its answer is to be held back.
    committing: AtomicBool,
    cuts: AtomicU64,
    stopped: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Begins to pass connections on to the server of a URL.
    ///
    /// # Panics
    /// When no port can be had, or the URL names no host and port.
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

    /// The URL that leads through the proxy, which has to be able to read what passes: without TLS.
    pub fn url(&self, url: &str) -> String {
        let through = url.replacen(host_and_port(url), &format!("127.0.0.1:{}", self.port), 1);
        let plain = match url.starts_with("mysql") {
            true => "ssl_mode=disabled",
            false => "sslmode=disable&gssencmode=disable",
        };
        let more = if through.contains('?') { '&' } else { '?' };
        format!("{through}{more}{plain}")
    }

    /// Says where to cut next.
    pub fn cut(&self, cut: Cut) {
        self.state.cut.store(cut as u8, Ordering::SeqCst);
    }

    /// Cuts when the server has sent so many more bytes, in the middle of them.
    pub fn cut_after_bytes(&self, bytes: u64) {
        self.state.limit.store(bytes, Ordering::SeqCst);
    }

    /// How often it has cut.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        self.state.close();
        // Wakes the thread that waits for a connection.
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

    /// What of the client's bytes goes on to the server.
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

    /// How many of the server's bytes go on to the client; fewer than all end the connection.
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

/// Passes both directions on, each on a thread.
fn pass(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    let (Ok(client_in), Ok(server_in)) = (client.try_clone(), server.try_clone()) else { return };
    if let (Ok(client), Ok(server)) = (client.try_clone(), server.try_clone()) {
        let mut open = state.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.extend([client, server]);
    }
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        // A thread of a test that failed is not to wait for ever.
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
