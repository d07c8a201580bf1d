//! The URLs of MySQL and MariaDB servers.

use crate::backend::Dialect;
use crate::backend::url::{DatabaseUrl, UrlForm, options};
use crate::error::Result;

pub(super) const URL: UrlForm = UrlForm { schemes: &["mysql", "mariadb"], read };

/// The options of a MySQL URL that Diesel supports. It ignores all others.
const MYSQL_OPTIONS: &[&str] = &["ssl_ca", "ssl_cert", "ssl_key", "ssl_mode", "unix_socket"];

fn read(_url: &str, rest: &str) -> Result<DatabaseUrl> {
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    options("MySQL", query, MYSQL_OPTIONS)?;
    Ok(DatabaseUrl::server(Dialect::Mysql, format!("mysql://{rest}")))
}
