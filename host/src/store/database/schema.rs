//! The tables, created where they are missing; an existing one stays as it is.

use super::Error;
use sqlx::{Row, SqlitePool};

/// Name, Kamailio's version number (0 for our own), statements.
const TABLES: [(&str, i64, &[&str]); 9] = [
    (
        "subscriber",
        7,
        &[
            "CREATE TABLE subscriber (id INTEGER PRIMARY KEY NOT NULL, username VARCHAR(64) DEFAULT '' NOT NULL, \
             domain VARCHAR(64) DEFAULT '' NOT NULL, password VARCHAR(64) DEFAULT '' NOT NULL, \
             ha1 VARCHAR(128) DEFAULT '' NOT NULL, ha1b VARCHAR(128) DEFAULT '' NOT NULL, \
             CONSTRAINT subscriber_account_idx UNIQUE (username, domain))",
            "CREATE INDEX subscriber_username_idx ON subscriber (username)",
        ],
    ),
    (
        "location",
        9,
        &[
            "CREATE TABLE location (id INTEGER PRIMARY KEY NOT NULL, ruid VARCHAR(64) DEFAULT '' NOT NULL, \
             username VARCHAR(64) DEFAULT '' NOT NULL, domain VARCHAR(64) DEFAULT NULL, \
             contact VARCHAR(512) DEFAULT '' NOT NULL, received VARCHAR(128) DEFAULT NULL, \
             path VARCHAR(512) DEFAULT NULL, \
             expires TIMESTAMP WITHOUT TIME ZONE DEFAULT '2030-05-28 21:32:15' NOT NULL, q REAL DEFAULT 1.0 NOT NULL, \
             callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL, cseq INTEGER DEFAULT 1 NOT NULL, \
             last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL, \
             flags INTEGER DEFAULT 0 NOT NULL, cflags INTEGER DEFAULT 0 NOT NULL, \
             user_agent VARCHAR(255) DEFAULT '' NOT NULL, socket VARCHAR(64) DEFAULT NULL, \
             methods INTEGER DEFAULT NULL, instance VARCHAR(255) DEFAULT NULL, reg_id INTEGER DEFAULT 0 NOT NULL, \
             server_id INTEGER DEFAULT 0 NOT NULL, connection_id INTEGER DEFAULT 0 NOT NULL, \
             keepalive INTEGER DEFAULT 0 NOT NULL, partition INTEGER DEFAULT 0 NOT NULL, \
             CONSTRAINT location_ruid_idx UNIQUE (ruid))",
            "CREATE INDEX location_account_contact_idx ON location (username, domain, contact)",
            "CREATE INDEX location_expires_idx ON location (expires)",
            "CREATE INDEX location_connection_idx ON location (server_id, connection_id)",
        ],
    ),
    (
        "address",
        6,
        &[
            "CREATE TABLE address (id INTEGER PRIMARY KEY NOT NULL, grp INTEGER DEFAULT 1 NOT NULL, \
           ip_addr VARCHAR(50) NOT NULL, mask INTEGER DEFAULT 32 NOT NULL, port SMALLINT DEFAULT 0 NOT NULL, \
           tag VARCHAR(64))",
        ],
    ),
    (
        "kemist_credentials",
        0,
        &[
            "CREATE TABLE kemist_credentials (username VARCHAR(64) NOT NULL, domain VARCHAR(64) NOT NULL, \
           algorithm VARCHAR(16) NOT NULL, ha1 VARCHAR(128) NOT NULL, PRIMARY KEY (username, domain, algorithm))",
        ],
    ),
    (
        "kemist_modules",
        0,
        &[
            "CREATE TABLE kemist_modules (digest VARCHAR(64) PRIMARY KEY NOT NULL, size INTEGER NOT NULL, \
           added INTEGER NOT NULL, component BLOB NOT NULL)",
        ],
    ),
    (
        "kemist_engines",
        0,
        &[
            "CREATE TABLE kemist_engines (digest VARCHAR(64) PRIMARY KEY NOT NULL, size INTEGER NOT NULL, \
           module BLOB NOT NULL)",
        ],
    ),
    (
        "kemist_deploys",
        0,
        &[
            "CREATE TABLE kemist_deploys (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \
           tenant VARCHAR(64) DEFAULT '' NOT NULL, time INTEGER NOT NULL, action VARCHAR(16) NOT NULL, \
           digest VARCHAR(64) NOT NULL, name VARCHAR(255) NOT NULL, who VARCHAR(128) NOT NULL, \
           origin VARCHAR(128) NOT NULL, done INTEGER NOT NULL, percent INTEGER, step VARCHAR(16) DEFAULT '' NOT NULL, \
           reason VARCHAR(1024) DEFAULT '' NOT NULL, file VARCHAR(64) DEFAULT '' NOT NULL)",
            "CREATE INDEX kemist_deploys_done_idx ON kemist_deploys (tenant, done, id)",
        ],
    ),
    (
        "kemist_tenants",
        0,
        // a number is never given twice
        &[
            "CREATE TABLE kemist_tenants (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \
           name VARCHAR(64) UNIQUE NOT NULL, definition TEXT DEFAULT NULL)",
        ],
    ),
    (
        "kemist_domains",
        0,
        &["CREATE TABLE kemist_domains (domain VARCHAR(253) PRIMARY KEY NOT NULL)"],
    ),
];

/// Indexes of our own tables that earlier versions did not make.
const INDEXES: [&str; 1] =
    ["CREATE INDEX IF NOT EXISTS kemist_deploys_digest_idx ON kemist_deploys (digest, done, tenant, id)"];

const VERSION: &str = "CREATE TABLE version (id INTEGER PRIMARY KEY NOT NULL, table_name VARCHAR(32) NOT NULL, \
     table_version INTEGER DEFAULT 0 NOT NULL, CONSTRAINT version_table_name_idx UNIQUE (table_name))";

/// Creates what is missing, in one transaction: two processes may start at once.
pub(super) async fn create(pool: &SqlitePool) -> Result<(), Error> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    let rows = sqlx::query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        .fetch_all(&mut *tx)
        .await?;
    let existing = rows
        .iter()
        .map(|r| r.try_get::<String, _>(0))
        .collect::<Result<Vec<_>, _>>()?;
    let exists = |name: &str| existing.iter().any(|e| e.eq_ignore_ascii_case(name));
    if !exists("version") {
        sqlx::query(VERSION).execute(&mut *tx).await?;
    }
    for (name, version, statements) in TABLES {
        if exists(name) {
            continue;
        }
        for statement in statements {
            sqlx::query(*statement).execute(&mut *tx).await?;
        }
        if version > 0 {
            sqlx::query("INSERT OR REPLACE INTO version (table_name, table_version) VALUES (?, ?)")
                .bind(name)
                .bind(version)
                .execute(&mut *tx)
                .await?;
        }
    }
    for statement in INDEXES {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
