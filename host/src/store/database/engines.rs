//! `kemist_engines`: modules that components import and do not hold. A program brings those of its own version; the
//! versions to go back to may need those of an earlier one. They are few, and stay.

use super::{Database, Error};
use sqlx::Row;

impl Database {
    /// A module by its digest in hexadecimal, where it is kept.
    pub async fn engine(&self, digest: &str) -> Result<Option<Vec<u8>>, Error> {
        let digest = digest.to_owned();
        self.run(move |pool| async move {
            let row = sqlx::query("SELECT module FROM kemist_engines WHERE digest = ?")
                .bind(digest)
                .fetch_optional(&pool)
                .await?;
            Ok(row.map(|row| row.try_get(0)).transpose()?)
        })
        .await
    }

    /// Is this module kept?
    pub async fn has_engine(&self, digest: &str) -> Result<bool, Error> {
        let digest = digest.to_owned();
        self.run(move |pool| async move {
            let row = sqlx::query("SELECT 1 FROM kemist_engines WHERE digest = ?")
                .bind(digest)
                .fetch_optional(&pool)
                .await?;
            Ok(row.is_some())
        })
        .await
    }

    /// Keeps a module.
    pub async fn keep_engine(&self, digest: &str, module: Vec<u8>) -> Result<(), Error> {
        let digest = digest.to_owned();
        self.run(move |pool| async move {
            sqlx::query("INSERT OR IGNORE INTO kemist_engines (digest, size, module) VALUES (?, ?, ?)")
                .bind(digest)
                .bind(i64::try_from(module.len()).unwrap_or(i64::MAX))
                .bind(module)
                .execute(&pool)
                .await?;
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn engines_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("k.db").display());
        let database = Database::open(&url, tokio::runtime::Handle::current()).await.unwrap();
        assert!(!database.has_engine("aa").await.unwrap());
        assert_eq!(database.engine("aa").await.unwrap(), None);
        for _ in 0..2 {
            database.keep_engine("aa", vec![1, 2]).await.unwrap();
        }
        assert!(database.has_engine("aa").await.unwrap());
        assert_eq!(database.engine("aa").await.unwrap(), Some(vec![1, 2]));
    }
}
