//! Tenants: their numbers, and the definitions of those that were added while kemist ran.

use super::{Database, Error};
use crate::store::TenantId;
use sqlx::Row;
use std::collections::HashSet;

impl Database {
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
            TenantId::try_from(id).map_err(|_| Error::Refused("kemist_tenants: a number is out of range".to_owned()))
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
