//! The `location` table.

use super::{Database, Error};
use crate::store::Binding;
use crate::store::location::{Change, Changes};
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, SqlitePool, Transaction};

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

impl Database {
    /// All bindings with their address of record.
    pub async fn location(&self, use_domain: bool) -> Result<Vec<(Bytes, Binding)>, Error> {
        self.run(move |pool| async move {
            let statement = format!(
                "SELECT *, {} AS kemist_expires, {} AS kemist_modified FROM location",
                unix_seconds("expires"),
                unix_seconds("last_modified")
            );
            let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&pool).await?;
            Ok(rows.iter().map(|row| read(row, use_domain)).collect())
        })
        .await
    }

    /// Writes changed bindings in one transaction.
    pub async fn write_location(&self, changes: Changes, use_domain: bool) -> Result<(), Error> {
        self.run(move |pool| async move {
            let statement = upsert(&pool).await?;
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            for (ruid, change) in changes {
                match change {
                    Change::Delete => {
                        let delete = sqlx::query("DELETE FROM location WHERE ruid = ?");
                        delete.bind(text(&ruid)).execute(&mut *tx).await?;
                    }
                    Change::Put(_, aor, binding) => put(&mut tx, &statement, &aor, &binding, use_domain).await?,
                }
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// A time column in whole seconds since 1970: Julian days (Kamailio's driver), text, or seconds.
fn unix_seconds(column: &str) -> String {
    format!(
        "CASE WHEN typeof({column}) = 'text' THEN CAST(strftime('%s', {column}) AS INTEGER) \
         WHEN {column} < 10000000 THEN CAST(round(({column} - {UNIX_EPOCH_DAY:?}) * 86400.0) AS INTEGER) \
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
    use_domain: bool,
) -> Result<(), Error> {
    let at = if use_domain { memchr::memrchr(b'@', aor) } else { None };
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

fn read(row: &SqliteRow, use_domain: bool) -> (Bytes, Binding) {
    let mut aor = bytes(row, "username").unwrap_or_default().to_vec();
    if let Some(domain) = bytes(row, "domain").filter(|d| use_domain && !d.is_empty()) {
        aor.push(b'@');
        aor.extend_from_slice(&domain);
    }
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
    (Bytes::from(aor), binding)
}

fn bytes(row: &SqliteRow, column: &str) -> Option<Bytes> {
    row.try_get_unchecked::<Option<Vec<u8>>, _>(column)
        .ok()
        .flatten()
        .map(Bytes::from)
}
