//! The URLs of MySQL and MariaDB servers.

use crate::backend::connect_options::refused;
use crate::backend::url::{DatabaseUrl, UrlForm, options};
use crate::backend::{ConnectOptions, Dialect};
use crate::error::Result;

pub(super) const URL: UrlForm = UrlForm { schemes: &["mysql", "mariadb"], read, join };

/// The options of a MySQL URL that Diesel supports. It ignores all others.
const MYSQL_OPTIONS: &[&str] = &["ssl_ca", "ssl_cert", "ssl_key", "ssl_mode", "unix_socket"];

fn read(_url: &str, rest: &str) -> Result<DatabaseUrl> {
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    options("MySQL", query, MYSQL_OPTIONS)?;
    Ok(DatabaseUrl::server(Dialect::Mysql, format!("mysql://{rest}")))
}

/// Writes a URL in which everything is escaped that Diesel decodes.
fn join(parts: &ConnectOptions) -> Result<DatabaseUrl> {
    if !parts.options.keys().all(|name| MYSQL_OPTIONS.contains(&&**name)) {
        let known = MYSQL_OPTIONS.join(", ");
        return Err(refused(&format!("one is not known; the options of MySQL are {known}")));
    }
    let host = parts.host.as_deref().unwrap_or("localhost");
    let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
    if !is_address && !host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
        return Err(refused("the host is not a name or an address"));
    }
    let database = parts.database.as_deref().unwrap_or_default();
    if !database.chars().all(|c| c.is_ascii_alphanumeric() || "_-$".contains(c)) {
        // Diesel does not decode it.
        return Err(refused(
            "the name of the database has a character that Diesel cannot pass on to MySQL; use \
             letters, digits, `_`, `-` and `$`",
        ));
    }
    let mut url = "mysql://".to_owned();
    if let Some(user) = &parts.user {
        url.push_str(&escaped(user));
        if let Some(password) = &parts.password {
            url.push_str(&format!(":{}", escaped(password)));
        }
        url.push('@');
    } else if parts.password.is_some() {
        return Err(refused("a password needs a user; call user()"));
    }
    url.push_str(&if is_address { format!("[{host}]") } else { host.to_owned() });
    if let Some(port) = parts.port {
        url.push_str(&format!(":{port}"));
    }
    url.push_str(&format!("/{database}"));
    for (n, (name, value)) in parts.options.iter().enumerate() {
        url.push(if n == 0 { '?' } else { '&' });
        url.push_str(&format!("{name}={}", escaped(value)));
    }
    let variables: Vec<String> =
        parts.settings_sql().map(|(name, value)| format!("SESSION {name} = {value}")).collect();
    let first_batch = (!variables.is_empty()).then(|| format!("SET {}", variables.join(", ")));
    Ok(DatabaseUrl { first_batch, ..DatabaseUrl::server(Dialect::Mysql, url) })
}

/// Escapes a part of a URL.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped_that_diesel_decodes() {
        let parts = ConnectOptions::mysql()
            .host("::1")
            .port(3307)
            .user("a@b")
            .password("p:/?#[]@ +%é'\"")
            .database("shop")
            .option("ssl_ca", "/etc/my ca.pem");
        let url = join(&parts).expect("valid parts");
        assert_eq!(
            url.target,
            "mysql://a%40b:p%3A%2F%3F%23%5B%5D%40%20%2B%25%C3%A9%27%22@[::1]:3307/shop\
             ?ssl_ca=%2Fetc%2Fmy%20ca.pem"
        );
        let set = ConnectOptions::mysql().setting("sql_mode", "ANSI,TRADITIONAL");
        let set = join(&set).expect("valid parts").first_batch;
        assert_eq!(set.as_deref(), Some("SET SESSION sql_mode = 'ANSI,TRADITIONAL'"));
        for wrong in [
            ConnectOptions::mysql().password("alone"),
            ConnectOptions::mysql().host("a/b"),
            ConnectOptions::mysql().database("a/b"),
            ConnectOptions::mysql().option("connect_timeout", "3"),
        ] {
            assert!(join(&wrong).is_err(), "{wrong:?}");
        }
    }
}
