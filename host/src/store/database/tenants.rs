//! Tenants: their numbers, and the definitions of those that were added while kemist ran.

use super::{Database, Error};
use crate::store::TenantId;
use sqlx::Row;

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
