//! Where a PostgreSQL server is. libpq refuses options that it does not know.

use crate::backend::connect_options::refused;
use crate::backend::url::{DatabaseUrl, UrlForm};
use crate::backend::{ConnectOptions, Dialect};
use crate::error::Result;

pub(super) const URL: UrlForm = UrlForm {
    schemes: &["postgres", "postgresql"],
    read: |url, _| Ok(DatabaseUrl::server(Dialect::Postgres, url.to_owned())),
    join,
};

/// Writes libpq's keywords and values.
fn join(parts: &ConnectOptions) -> Result<DatabaseUrl> {
    const OWN: [&str; 5] = ["host", "port", "user", "password", "dbname"];
    if parts.options.keys().any(|name| OWN.contains(&&**name)) {
        return Err(refused(
            "host, port, user, password and database have methods of their own; call these instead \
             of option()",
        ));
    }
    let is_keyword = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !parts.options.keys().all(is_keyword) {
        return Err(refused("an option of libpq has a name of letters, digits and `_`"));
    }
    let mut options = parts.options.clone();
    for (name, value) in &parts.settings {
        // The server splits the text at spaces that have no backslash.
        let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
        let all = options.entry("options".to_owned()).or_default();
        all.push_str(&format!(" -c {name}={value}"));
    }
    let port = parts.port.map(|port| port.to_string());
    let own = [&parts.host, &port, &parts.user, &parts.password, &parts.database];
    let own = OWN.into_iter().zip(own).filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let others = options.iter().map(|(name, value)| (&**name, value));
    let keywords: Vec<String> = own
        .chain(others)
        .map(|(name, value)| {
            format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
        })
        .collect();
    Ok(DatabaseUrl::server(Dialect::Postgres, keywords.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_libpq_reads_them() {
        let parts = ConnectOptions::postgres()
            .host("/run/postgresql")
            .user("me")
            .password(r"it's a \ pass")
            .option("sslmode", "require")
            .setting("search_path", "a, b");
        let url = join(&parts).expect("valid parts");
        assert_eq!(
            url.target,
            r"host='/run/postgresql' user='me' password='it\'s a \\ pass' options=' -c search_path=a,\\ b' sslmode='require'"
        );
        for wrong in ["password", "ssl mode"] {
            assert!(join(&ConnectOptions::postgres().option(wrong, "x")).is_err());
        }
    }
}
