//! The `location` table.

use super::{Database, Error};
use crate::store::location::{Change, Changes, Due};
use crate::store::{Binding, OPERATOR};
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqlitePool, Transaction};

/// The Julian day of 1970-01-01 00:00 UTC.
const UNIX_EPOCH_DAY: f64 = 2_440_587.5;

/// Columns written, in the order of the bound values; some may be absent in an older table.
const COLUMNS: [&str; 19] = [
    "ruid",
    "username",
    "domain",
    "contact",
    "received",
    "path",
    "expires",
    "q",
    "callid",
    "cseq",
    "last_modified",
    "flags",
    "cflags",
    "user_agent",
    "socket",
    "methods",
    "instance",
    "reg_id",
    "connection_id",
];

/// Values bound to one statement, far below SQLite's limit.
const MOST_BOUND: usize = 500;

/// A row: of whom, and the binding.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The user.
    pub user: Vec<u8>,
    /// The domain, empty where the row has none.
    pub domain: Vec<u8>,
    /// The binding.
    pub binding: Binding,
}

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'d> {
    /// All.
    All,
    /// Those of these domains, in lower case.
    Of(&'d [&'d [u8]]),
}

/// What the table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationCounts {
    /// Addresses of record with a contact that has not expired.
    pub users: i64,
    /// Contacts that have not expired.
    pub contacts: i64,
    /// Contacts that have.
    pub expired: i64,
}

impl Database {
    /// Counts what is in the table.
    pub async fn count_location(&self) -> Result<LocationCounts, Error> {
        self.run(|pool| async move {
            let live = format!(
                "coalesce({} > CAST(strftime('%s', 'now') AS INTEGER), 0)",
                unix_seconds("expires")
            );
            let statement = format!(
                "SELECT count(DISTINCT CASE WHEN {live} THEN username || '@' || coalesce(domain, '') END), \
                 coalesce(sum({live}), 0), coalesce(sum(NOT {live}), 0) FROM location"
            );
            let row = sqlx::query(AssertSqlSafe(statement)).fetch_one(&pool).await?;
            Ok(LocationCounts {
                users: row.try_get(0)?,
                contacts: row.try_get(1)?,
                expired: row.try_get(2)?,
            })
        })
        .await
    }

    /// Bindings as the table has them.
    pub async fn location(&self, which: Rows<'_>) -> Result<Vec<Row>, Error> {
        let select = format!(
            "SELECT *, {} AS kemist_expires, {} AS kemist_modified FROM location",
            unix_seconds("expires"),
            unix_seconds("last_modified")
        );
        let parts: Vec<Vec<String>> = match which {
            Rows::All => vec![Vec::new()],
            Rows::Of(domains) => domains
                .chunks(MOST_BOUND)
                .map(|part| part.iter().map(|domain| text(domain)).collect())
                .collect(),
        };
        self.run(move |pool| async move {
            let mut rows = Vec::new();
            for part in parts {
                let places = vec!["?"; part.len()].join(", ");
                let statement = match part.is_empty() {
                    true => select.clone(),
                    false => format!("{select} WHERE lower(domain) IN ({places})"),
                };
                let query = sqlx::query(AssertSqlSafe(statement));
                let query = part.into_iter().fold(query, |query, domain| query.bind(domain));
                rows.extend(query.fetch_all(&pool).await?.iter().map(read));
            }
            Ok(rows)
        })
        .await
    }

    /// Writes changed bindings in one transaction, after any such write under way; how many.
    pub(in crate::store) async fn write_location(&self, due: Due, use_domain: bool) -> Result<usize, Error> {
        let writer = self.writer.clone();
        self.run(move |pool| async move {
            // Held by this task, not by the caller, who may be dropped while it runs
            let _turn = writer.lock_owned().await;
            let changes = due.take();
            if changes.is_empty() {
                return Ok(0);
            }
            let count = changes.len();
            match write(&pool, &changes, use_domain).await {
                Ok(()) => Ok(count),
                Err(error) => {
                    due.put_back(changes);
                    Err(error)
                }
            }
        })
        .await
    }
}

async fn write(pool: &SqlitePool, changes: &Changes, use_domain: bool) -> Result<(), Error> {
    let statement = upsert(pool).await?;
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    for (ruid, change) in changes {
        match change {
            Change::Delete => {
                let delete = sqlx::query("DELETE FROM location WHERE ruid = ?");
                delete.bind(text(ruid)).execute(&mut *tx).await?;
            }
            Change::Put(tenant, aor, binding) => {
                let with_domain = use_domain || *tenant != OPERATOR;
                put(&mut tx, &statement, aor, binding, with_domain).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// A time column in whole seconds since 1970: Julian days (Kamailio's driver), text, or seconds.
/// The eighth of a second keeps half a second less, as Kamailio writes it, from being a tie.
fn unix_seconds(column: &str) -> String {
    format!(
        "CASE WHEN typeof({column}) = 'text' THEN CAST(strftime('%s', {column}) AS INTEGER) \
         WHEN {column} < 10000000 THEN CAST(round(({column} - {UNIX_EPOCH_DAY:?}) * 86400.0 + 0.125) AS INTEGER) \
         ELSE CAST({column} AS INTEGER) END"
    )
}

/// Kamailio writes half a second less than the time and adds it again when it reads, without
/// rounding; a quarter less comes out right in both.
fn julian_day(unix: u64) -> f64 {
    (unix as f64 - 0.25) / 86_400.0 + UNIX_EPOCH_DAY
}

/// The statement for the columns that the table has. A row of the same `ruid` is replaced in place.
async fn upsert(pool: &SqlitePool) -> Result<String, Error> {
    let rows = sqlx::query("SELECT name FROM pragma_table_info('location')")
        .fetch_all(pool)
        .await?;
    let existing = rows
        .iter()
        .map(|r| r.try_get::<String, _>(0))
        .collect::<Result<Vec<_>, _>>()?;
    let places = COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, c)| existing.iter().any(|e| e.eq_ignore_ascii_case(c)));
    let (names, values): (Vec<_>, Vec<_>) = places.map(|(i, c)| (c.to_string(), format!("?{}", i + 1))).unzip();
    let sets: Vec<_> = names
        .iter()
        .filter(|n| *n != "ruid")
        .map(|n| format!("{n} = excluded.{n}"))
        .collect();
    Ok(format!(
        "INSERT INTO location ({}) VALUES ({}) ON CONFLICT (ruid) DO UPDATE SET {}",
        names.join(", "),
        values.join(", "),
        sets.join(", ")
    ))
}

async fn put(
    tx: &mut Transaction<'_, Sqlite>,
    statement: &str,
    aor: &[u8],
    b: &Binding,
    with_domain: bool,
) -> Result<(), Error> {
    let at = if with_domain { memchr::memrchr(b'@', aor) } else { None };
    let (user, domain) = match at {
        Some(at) => (&aor[..at], Some(&aor[at + 1..])),
        None => (aor, None),
    };
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .bind(text(&b.ruid))
        .bind(text(user))
        .bind(domain.map(text))
        .bind(text(&b.contact))
        .bind(b.received.as_deref().map(text))
        .bind(b.path.as_deref().map(text))
        .bind(julian_day(b.expires))
        .bind(if b.q < 0 { -1.0 } else { f64::from(b.q) / 1000.0 })
        .bind(text(&b.call_id))
        .bind(b.cseq)
        .bind(julian_day(b.last_modified))
        .bind(b.flags)
        .bind(b.cflags)
        .bind(text(&b.user_agent))
        .bind(b.socket.as_deref().map(text))
        // "Any" is a null, as an int column of Kamailio cannot hold our mask
        .bind((b.methods != u32::MAX).then_some(b.methods))
        .bind(b.instance.as_deref().map(text))
        .bind(b.reg_id)
        // Connections end with the process; Kamailio's word for none
        .bind(-1)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The columns are text; what a phone sends may be anything.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read(row: &SqliteRow) -> Row {
    let number = |column| row.try_get_unchecked::<Option<i64>, _>(column).ok().flatten();
    let seconds = |column| number(column).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let word = |column| number(column).unwrap_or(0) as u32;
    let q = row
        .try_get_unchecked::<Option<f64>, _>("q")
        .ok()
        .flatten()
        .unwrap_or(-1.0);
    let binding = Binding {
        contact: bytes(row, "contact").unwrap_or_default(),
        received: bytes(row, "received").filter(|r| !r.is_empty()),
        path: bytes(row, "path").filter(|p| !p.is_empty()),
        expires: seconds("kemist_expires"),
        q: if (0.0..=1.0).contains(&q) {
            (q * 1000.0).round() as i16
        } else {
            -1
        },
        call_id: bytes(row, "callid").unwrap_or_default(),
        cseq: word("cseq"),
        user_agent: bytes(row, "user_agent").unwrap_or_default(),
        socket: bytes(row, "socket").filter(|s| !s.is_empty()),
        methods: number("methods").map_or(u32::MAX, |m| m as u32),
        instance: bytes(row, "instance").filter(|i| !i.is_empty()),
        reg_id: word("reg_id"),
        ruid: bytes(row, "ruid").unwrap_or_default(),
        flags: word("flags"),
        cflags: word("cflags"),
        last_modified: seconds("kemist_modified"),
        connection: None,
        source: None,
    };
    Row {
        user: bytes(row, "username").unwrap_or_default().to_vec(),
        domain: bytes(row, "domain").unwrap_or_default().to_vec(),
        binding,
    }
}

fn bytes(row: &SqliteRow, column: &str) -> Option<Bytes> {
    row.try_get_unchecked::<Option<Vec<u8>>, _>(column)
        .ok()
        .flatten()
        .map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::Configs;
    use crate::store::{OPERATOR, Owner, Store, unix_now};
    use std::path::Path;
    use std::sync::Arc;
    use tokio::runtime::Handle;

    async fn open(file: &Path) -> Store {
        let url = format!("sqlite:{}", file.display());
        Store::open(&url, &Configs::default(), Handle::current())
            .await
            .expect("opens")
    }

    fn binding(ruid: &'static str, expires: u64) -> Binding {
        Binding {
            contact: Bytes::from_static(b"sip:alice@192.0.2.1:5062"),
            received: Some(Bytes::from_static(b"sip:203.0.113.9:5062")),
            expires,
            q: 500,
            call_id: Bytes::from_static(b"call-1"),
            cseq: 7,
            user_agent: Bytes::from_static(b"phone"),
            socket: Some(Bytes::from_static(b"udp:127.0.0.1:5060")),
            instance: Some(Bytes::from_static(b"<urn:uuid:1>")),
            reg_id: 1,
            ruid: Bytes::from_static(ruid.as_bytes()),
            cflags: 64,
            last_modified: unix_now(),
            ..Binding::default()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn what_was_flushed_is_there_without_a_shutdown() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("k.db");
        let (now, expires) = (unix_now(), unix_now() + 600);
        let store = open(&file).await;
        let kept = binding("r1", expires);
        store
            .location
            .update(OPERATOR, b"alice", now, |b| b.push(Arc::new(kept.clone())));
        store
            .location
            .update(OPERATOR, b"bob", now, |b| b.push(Arc::new(binding("r2", expires))));
        assert_eq!(store.flush().await.expect("written"), 2);
        assert_eq!(store.flush().await.expect("nothing"), 0);
        store.location.remove(OPERATOR, b"bob");
        store.location.update(OPERATOR, b"alice", now, |b| {
            b[0] = Arc::new(Binding {
                cseq: 8,
                ..kept.clone()
            })
        });
        assert_eq!(store.flush().await.expect("written"), 2);
        // Not flushed any more: as after kill -9
        store
            .location
            .update(OPERATOR, b"carol", now, |b| b.push(Arc::new(binding("r3", expires))));
        let again = open(&file).await;
        assert_eq!(again.location.len(), 1);
        assert_eq!(
            *again.location.bindings(OPERATOR, b"alice", now)[0],
            Binding { cseq: 8, ..kept }
        );
        assert_eq!(
            again.flush().await.expect("nothing"),
            0,
            "what was loaded is not written again"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_database_of_kamailio_is_used_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kamailio.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("opens");
        let expires = unix_now() + 600;
        // Other columns, another order, Julian days with Kamailio's half second, a password in clear
        let day = (expires as f64 - 0.5) / 86_400.0 + UNIX_EPOCH_DAY;
        for statement in [
            "CREATE TABLE version (table_name VARCHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL)".to_owned(),
            "CREATE TABLE subscriber (id INTEGER PRIMARY KEY, username TEXT, domain TEXT, password TEXT, \
             email_address TEXT DEFAULT '' NOT NULL, ha1 TEXT DEFAULT '', ha1b TEXT DEFAULT '', rpid TEXT)".to_owned(),
            "INSERT INTO subscriber (username, domain, password) VALUES ('alice', 'example.com', 'pw')".to_owned(),
            "CREATE TABLE location (id INTEGER PRIMARY KEY, username VARCHAR(64), domain VARCHAR(64), ruid VARCHAR(64) \
             UNIQUE, contact VARCHAR(255), expires DATETIME, q REAL, callid VARCHAR(255), cseq INTEGER, \
             last_modified DATETIME, flags INTEGER, cflags INTEGER, user_agent VARCHAR(255), methods INTEGER)".to_owned(),
            format!("INSERT INTO location (ruid, username, contact, expires, q, callid, cseq, last_modified) VALUES \
             ('uloc-1', 'alice', 'sip:a@192.0.2.1', {day:?}, -1.0, 'c', 3, '2026-01-01 00:00:00')"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&pool).await.expect("done");
        }
        pool.close().await;
        let store = open(&file).await;
        let found = store.location.bindings(OPERATOR, b"alice", unix_now());
        assert_eq!(
            (found[0].expires, found[0].q, found[0].methods),
            (expires, -1, u32::MAX)
        );
        assert_eq!(found[0].last_modified, 1_767_225_600);
        let account = store
            .accounts
            .load(OPERATOR, "subscriber", b"alice", b"", false, std::time::Instant::now())
            .await
            .expect("read");
        let account = account.expect("known");
        assert_eq!(
            (account.password.as_str(), account.ha1.as_str(), account.domain.as_str()),
            ("pw", "", "example.com")
        );
        assert!(
            store
                .accounts
                .load(OPERATOR, "x;y", b"alice", b"", false, std::time::Instant::now())
                .await
                .is_err()
        );
        let changed = Binding {
            ruid: Bytes::from_static(b"uloc-1"),
            ..binding("", expires + 1)
        };
        store
            .location
            .update(OPERATOR, b"alice", unix_now(), |b| b[0] = Arc::new(changed));
        assert_eq!(store.flush().await.expect("columns that are absent are left out"), 1);
        let again = open(&file).await;
        assert_eq!(
            again.location.bindings(OPERATOR, b"alice", unix_now())[0].expires,
            expires + 1
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn an_unreadable_file_is_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("text.db");
        std::fs::write(
            &file,
            "this is no database, however long one makes the text that stands in it",
        )
        .expect("written");
        let url = format!("sqlite:{}", file.display());
        let error = Database::open(&url, Handle::current())
            .await
            .expect_err("no database")
            .to_string();
        assert!(
            error.starts_with(&url) && !error.contains('\n') && error.contains("not a database"),
            "{error}"
        );
    }

    fn owner(id: u32, name: &str, domains: &[&str]) -> Owner {
        Owner {
            id,
            name: name.into(),
            domains: domains.iter().map(|d| d.as_bytes().into()).collect(),
        }
    }

    fn all(store: &Store) -> Vec<String> {
        let mut all = Vec::new();
        store.location.for_each(|tenant, aor, bindings| {
            for b in bindings {
                let (aor, ruid) = (String::from_utf8_lossy(aor), String::from_utf8_lossy(&b.ruid));
                all.push(format!("{tenant} {aor} {ruid}"));
            }
        });
        all.sort();
        all
    }

    async fn open_with(file: &Path, owners: Vec<Owner>, use_domain: bool) -> Store {
        let url = format!("sqlite:{}", file.display());
        let mut modules = Configs::default();
        modules.usrloc.use_domain = use_domain;
        let store = Store::open_unregistered(&url, &modules, Handle::current()).await;
        let store = store.expect("opens");
        store.begin_with(owners).await.expect("written");
        store.load_location().await.expect("loaded");
        store
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn rows_are_their_domains_tenants_whatever_use_domain_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("k.db");
        let (now, expires) = (unix_now(), unix_now() + 600);
        let acme = || owner(7, "acme", &["acme.example"]);
        let umbra = || owner(8, "umbra", &["umbra.example"]);
        let store = open_with(&file, vec![acme(), umbra()], false).await;
        for (tenant, aor, ruid) in [
            (OPERATOR, "alice", "r0"),
            (7, "alice@acme.example", "r7"),
            (8, "alice@umbra.example", "r8"),
        ] {
            store.location.update(tenant, aor.as_bytes(), now, |b| {
                b.push(Arc::new(binding(ruid, expires)))
            });
        }
        assert_eq!(store.flush().await.expect("written"), 3);
        let everybody = ["0 alice r0", "7 alice@acme.example r7", "8 alice@umbra.example r8"];
        assert_eq!(all(&store), everybody);
        assert_eq!(all(&open_with(&file, vec![acme(), umbra()], false).await), everybody);
        assert_eq!(all(&open_with(&file, vec![acme(), umbra()], true).await), everybody);

        // what is not written yet is, before it leaves memory
        store.location.update(7, b"bob@acme.example", now, |b| {
            b.push(Arc::new(binding("r9", expires)))
        });
        store.settle(vec![umbra()]).await.expect("settled");
        assert_eq!(all(&store), ["0 alice r0", "8 alice@umbra.example r8"]);
        assert_eq!(store.location.bindings_of(7), 0);
        // nor do they become the operator's alice and bob at the next start
        assert_eq!(
            all(&open_with(&file, vec![umbra()], false).await),
            ["0 alice r0", "8 alice@umbra.example r8"]
        );

        let again = owner(9, "acme", &["acme.example"]);
        store.settle(vec![umbra(), again]).await.expect("settled");
        let back = [
            "0 alice r0",
            "8 alice@umbra.example r8",
            "9 alice@acme.example r7",
            "9 bob@acme.example r9",
        ];
        assert_eq!(all(&store), back);
        // a domain that goes from one to the other takes its registrations along
        store
            .settle(vec![
                owner(8, "umbra", &["acme.example"]),
                owner(9, "acme", &["umbra.example"]),
            ])
            .await
            .expect("settled");
        let swapped = [
            "0 alice r0",
            "8 alice@acme.example r7",
            "8 bob@acme.example r9",
            "9 alice@umbra.example r8",
        ];
        assert_eq!(all(&store), swapped);
        assert_eq!(store.flush().await.expect("nothing"), 0, "no row was touched");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_domain_of_the_operator_that_becomes_a_tenant_s_goes_with_its_registrations() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("k.db");
        let (now, expires) = (unix_now(), unix_now() + 600);
        let store = open_with(&file, Vec::new(), true).await;
        for (aor, ruid) in [("alice@acme.example", "r1"), ("alice@localhost", "r2")] {
            store.location.update(OPERATOR, aor.as_bytes(), now, |b| {
                b.push(Arc::new(binding(ruid, expires)))
            });
        }
        store
            .settle(vec![owner(3, "acme", &["acme.example"])])
            .await
            .expect("settled");
        assert_eq!(all(&store), ["0 alice@localhost r2", "3 alice@acme.example r1"]);
    }
}
