//! Tenants: their numbers, and the definitions of those that were added while kemist ran.

use super::{Database, Error};
use crate::store::TenantId;
use sqlx::Row;
use std::collections::HashSet;

/// A tenant as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRow {
    /// Its number.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// What rpc has given it; None for one that a configuration names.
    pub definition: Option<String>,
}

impl Database {
    /// All tenants that have a number.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn all_tenants(&self) -> Result<Vec<TenantRow>, Error> {
        if !self.is_open() {
            return Ok(Vec::new());
        }
        self.run(|pool| async move {
            let rows = sqlx::query("SELECT id, name, definition FROM kemist_tenants ORDER BY id");
            let rows = rows.fetch_all(&pool).await?;
            let row = |row: &sqlx::sqlite::SqliteRow| {
                let id: i64 = row.try_get(0)?;
                let id = TenantId::try_from(id).map_err(|_| out_of_range())?;
                Ok(TenantRow {
                    id,
                    name: row.try_get(1)?,
                    definition: row.try_get(2)?,
                })
            };
            rows.iter().map(row).collect()
        })
        .await
    }

    /// Gives tenants the numbers that they have in another process. Those that are here already stay as
    /// they are.
    ///
    /// # Errors
    /// Where a number or a name is another's here: the two processes have different databases.
    pub async fn adopt_tenants(&self, rows: Vec<TenantRow>) -> Result<(), Error> {
        let known = self.all_tenants().await?;
        let differs = |row: &TenantRow| known.iter().any(|k| (k.id == row.id) != (k.name == row.name));
        if let Some(TenantRow { id, name, .. }) = rows.iter().find(|row| differs(row)) {
            let text =
                format!("tenant {name} has number {id} in the running process, and another here: use its database");
            return Err(Error::Refused(text));
        }
        let new: Vec<_> = rows
            .into_iter()
            .filter(|row| !known.iter().any(|k| k.id == row.id))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        self.run(|pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            for row in new {
                let statement = sqlx::query("INSERT INTO kemist_tenants (id, name, definition) VALUES (?, ?, ?)");
                statement
                    .bind(row.id)
                    .bind(row.name)
                    .bind(row.definition)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The number of a tenant, given at first sight. `definition` is kept for the next start; None for one
    /// that the configuration names.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn tenant(&self, name: &str, definition: Option<String>) -> Result<TenantId, Error> {
        let name = name.to_owned();
        self.run(move |pool| async move {
            let statement = "INSERT INTO kemist_tenants (name, definition) VALUES (?1, ?2) \
                             ON CONFLICT (name) DO UPDATE SET definition = ?2 RETURNING id";
            let row = sqlx::query(statement)
                .bind(name)
                .bind(definition)
                .fetch_one(&pool)
                .await?;
            let id: i64 = row.try_get(0)?;
            TenantId::try_from(id).map_err(|_| out_of_range())
        })
        .await
    }

    /// Name and definition of those that rpc has added.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn tenants(&self) -> Result<Vec<(String, String)>, Error> {
        if !self.is_open() {
            return Ok(Vec::new());
        }
        self.run(|pool| async move {
            let statement = "SELECT name, definition FROM kemist_tenants WHERE definition IS NOT NULL ORDER BY id";
            let rows = sqlx::query(statement).fetch_all(&pool).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
        .await
    }

    /// Notes that these domains are tenants': what is kept of them is never the operator's by mistake.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn remember_domains(&self, domains: &[&[u8]]) -> Result<(), Error> {
        let domains: Vec<String> = domains
            .iter()
            .map(|d| String::from_utf8_lossy(d).into_owned())
            .collect();
        self.run(|pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            for domain in domains {
                let statement = sqlx::query("INSERT OR IGNORE INTO kemist_domains (domain) VALUES (?)");
                statement.bind(domain).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Domains that are a tenant's, or were.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn given_up_domains(&self) -> Result<HashSet<Vec<u8>>, Error> {
        self.run(|pool| async move {
            let rows: Vec<String> = sqlx::query_scalar("SELECT domain FROM kemist_domains")
                .fetch_all(&pool)
                .await?;
            Ok(rows.into_iter().map(String::into_bytes).collect())
        })
        .await
    }

    /// Forgets a tenant. Its number is not given again.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn remove_tenant(&self, name: &str) -> Result<(), Error> {
        if !self.is_open() {
            return Ok(());
        }
        let name = name.to_owned();
        self.run(move |pool| async move {
            sqlx::query("DELETE FROM kemist_tenants WHERE name = ?")
                .bind(name)
                .execute(&pool)
                .await?;
            Ok(())
        })
        .await
    }
}

fn out_of_range() -> Error {
    Error::Refused("kemist_tenants: a number is out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Handle;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn numbers_are_those_of_the_other_process_or_nobody_s() {
        let open = || Database::open("sqlite::memory:", Handle::current());
        let (old, new) = (open().await.expect("opens"), open().await.expect("opens"));
        old.tenant("gone", None).await.expect("a number");
        old.remove_tenant("gone").await.expect("removed");
        let acme = old.tenant("acme", Some("{}".to_owned())).await.expect("a number");
        assert_eq!(acme, 2);
        let rows = old.all_tenants().await.expect("rows");
        new.adopt_tenants(rows.clone()).await.expect("adopted");
        new.adopt_tenants(rows.clone()).await.expect("they are there");
        assert_eq!(new.all_tenants().await.expect("rows"), rows);
        assert_eq!(new.tenant("umbra", None).await.expect("a number"), 3);
        let other = open().await.expect("opens");
        other.tenant("acme", None).await.expect("a number");
        let refused = other.adopt_tenants(rows).await.expect_err("another number");
        assert!(refused.to_string().contains("tenant acme has number 2"), "{refused}");
    }
}
