//! The database: an SQLite file with Kamailio's table layouts, used as it is found.
//!
//! | table | whose | what |
//! |---|---|---|
//! | `version` | Kamailio | the version numbers of the tables |
//! | `subscriber` (7) | Kamailio | accounts: `ha1`, `ha1b`; `password` is left empty |
//! | `location` (9) | Kamailio | registrations |
//! | `address` (6) | Kamailio | trusted sources |
//! | `kemist_credentials` | kemist | hashes of other algorithms: `username`, `domain`, `algorithm` (`SHA-256`), `ha1` |
//! | `kemist_deploys` | kemist | what was put in charge of routing, or refused: when, by whom, with what outcome |
//! | `kemist_tenants` | kemist | the tenants' numbers, and the definitions of those that rpc has added |
//! | `kemist_domains` | kemist | domains that are a tenant's, or were |
//! | `kemist_engines` | kemist | what components share and import (the JavaScript engine), by the SHA-256 of its bytes |
//! | `kemist_modules` | kemist | the components of the last versions, by the SHA-256 of their bytes |
//!
//! Times are Julian days, as Kamailio's SQLite driver writes them; text and Unix seconds are read too.
//! Statements run on the I/O runtime (and SQLite's own threads there), never on a worker: a caller
//! only awaits the answer.

mod accounts;
mod addresses;
mod deploys;
mod engines;
mod location;
mod schema;
mod tenants;

pub use accounts::{AccountName, NewAccount};
pub use deploys::Entry;
pub use location::{LocationCounts, Row, Rows};
pub use tenants::TenantRow;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// How long a statement waits for another process that writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the database did not do it, in one line.
#[derive(Debug)]
pub enum Error {
    /// No database is configured.
    None,
    /// The URL names something we cannot use; what to do.
    Url(String),
    /// The file cannot be opened.
    Open(String, sqlx::Error),
    /// A statement failed.
    Sql(sqlx::Error),
    /// The runtime that runs statements has ended.
    Stopped,
    /// What was asked for cannot be; why.
    Refused(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::None => write!(f, "no database is configured; set [database] url"),
            Error::Url(what) => write!(f, "{what}"),
            Error::Open(url, error) => {
                write!(
                    f,
                    "{url}: cannot be opened: {}; check the path and its permissions",
                    reason(error)
                )
            }
            Error::Sql(error) => write!(f, "database: {}", reason(error)),
            Error::Stopped => write!(f, "database: shutting down"),
            Error::Refused(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Sql(error)
    }
}

fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string().replace('\n', " "),
    }
}

/// A handle on the database; clones share it. The default has none: everything fails with [`Error::None`].
#[derive(Clone, Debug, Default)]
pub struct Database {
    open: Option<Open>,
    // Whoever writes the location table back
    writer: Arc<Mutex<()>>,
}

#[derive(Clone, Debug)]
struct Open {
    pool: SqlitePool,
    io: Handle,
}

impl Database {
    /// Opens the database of a URL (`sqlite:FILE`), creating file and tables where they are missing.
    /// Statements run on `io`.
    pub async fn open(url: &str, io: Handle) -> Result<Database, Error> {
        let options = sqlite_options(url)?;
        // An in-memory database belongs to its connection
        let connections = if is_memory(url) { 1 } else { 4 };
        let text = url.to_owned();
        let connecting = async move {
            let pool = SqlitePoolOptions::new()
                .max_connections(connections)
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .acquire_timeout(BUSY_TIMEOUT)
                .connect_with(options)
                .await
                .map_err(|e| Error::Open(text.clone(), e))?;
            schema::create(&pool).await.map_err(|e| match e {
                Error::Sql(e) => Error::Open(text, e),
                other => other,
            })?;
            Ok::<_, Error>(pool)
        };
        let pool = io.spawn(connecting).await.map_err(|_| Error::Stopped)??;
        Ok(Database {
            open: Some(Open { pool, io }),
            writer: Arc::default(),
        })
    }

    /// Is there one?
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Closes it: whatever was written is in the file, and later statements fail.
    pub async fn close(&self) {
        if let Some(open) = &self.open {
            let pool = open.pool.clone();
            // A runtime that is gone has closed it already
            let _ = open.io.spawn(async move { pool.close().await }).await;
        }
    }

    /// Runs statements on the I/O runtime.
    async fn run<T, F>(&self, statements: impl FnOnce(SqlitePool) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let open = self.open.as_ref().ok_or(Error::None)?;
        let pool = open.pool.clone();
        open.io.spawn(statements(pool)).await.map_err(|_| Error::Stopped)?
    }
}

fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, Error> {
    let scheme = url.split(':').next().unwrap_or_default();
    let file = match scheme {
        "sqlite" => url["sqlite:".len()..].trim_start_matches("//"),
        "postgres" | "postgresql" | "mysql" | "mariadb" => {
            let what = format!("[database] url: {scheme}:// is not supported yet; use sqlite:FILE");
            return Err(Error::Url(what));
        }
        _ => return Err(Error::Url("[database] url: not a database; use sqlite:FILE".to_owned())),
    };
    // `sqlite:///abs` is absolute, and so is what `trim_start_matches` would have eaten of it
    let file = if url.starts_with("sqlite:///") {
        &url["sqlite://".len()..]
    } else {
        file
    };
    let options = match file {
        "" => return Err(Error::Url("[database] url: names no file; use sqlite:FILE".to_owned())),
        ":memory:" => SqliteConnectOptions::new().in_memory(true).shared_cache(false),
        file => SqliteConnectOptions::new().filename(file),
    };
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL a killed process loses nothing; a power cut may lose the last transactions
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY_TIMEOUT))
}

fn is_memory(url: &str) -> bool {
    url.ends_with(":memory:")
}

/// A table or column name from the configuration or a script, as it may stand in a statement.
fn identifier(name: &str) -> Result<&str, Error> {
    let fits = !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits {
        Ok(name)
    } else {
        Err(Error::Refused(format!("{name:?} is no name of a table or column")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let filename = |url: &str| sqlite_options(url).map(|o| o.get_filename().to_owned()).expect(url);
        assert_eq!(filename("sqlite:kemist.db").to_str(), Some("kemist.db"));
        assert_eq!(filename("sqlite://kemist.db").to_str(), Some("kemist.db"));
        assert_eq!(filename("sqlite:/var/lib/k.db").to_str(), Some("/var/lib/k.db"));
        assert_eq!(filename("sqlite:///var/lib/k.db").to_str(), Some("/var/lib/k.db"));
        for (url, what) in [
            (
                "postgres://u@h/db",
                "[database] url: postgres:// is not supported yet; use sqlite:FILE",
            ),
            ("kemist.db", "[database] url: not a database; use sqlite:FILE"),
            ("sqlite:", "[database] url: names no file; use sqlite:FILE"),
        ] {
            assert_eq!(sqlite_options(url).map(|_| ()).expect_err(url).to_string(), what);
        }
    }

    #[test]
    fn names_cannot_carry_statements() {
        assert!(identifier("subscriber").is_ok());
        for bad in ["", "a b", "a;drop", "a]", "\"a\"", "é"] {
            assert!(identifier(bad).is_err(), "{bad}");
        }
    }
}
