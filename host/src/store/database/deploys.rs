//! `kemist_deploys` and `kemist_modules`: what was put in charge of routing, and the components to go back to.

use super::{Database, Error};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

/// Entries that are kept of those that were done, and of those that were refused: neither drives the other out.
const ENTRIES: i64 = 1000;

/// One line of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number: later ones have higher numbers. 0 where it is not written yet.
    pub id: i64,
    /// Milliseconds since 1970.
    pub time: i64,
    /// What was asked for: `start`, `deploy`, `canary`, `promote`, `rollback`, `return`.
    pub action: String,
    /// SHA-256 of the component that it is about, in hexadecimal.
    pub digest: String,
    /// The file as whoever asked named it.
    pub name: String,
    /// Who asked.
    pub who: String,
    /// The way that it came: `socket`, a peer's address, `SIGHUP`, `start`.
    pub origin: String,
    /// Was it done? If not, [`Entry::step`] and [`Entry::reason`] say why.
    pub done: bool,
    /// The share of new dialogs that a canary gets.
    pub percent: Option<u8>,
    /// The step that failed.
    pub step: String,
    /// Why it failed, or why it was done where nobody asked.
    pub reason: String,
    /// SHA-256 of the component that `[routing] module` was or gave at that time, in hexadecimal.
    pub file: String,
}

impl Database {
    /// Writes an entry and, where it has one, its component, in one transaction. Components that are none of
    /// the last `keep` versions' are removed, but those of `held` stay (digests).
    pub async fn record(
        &self,
        tenant: &str,
        entry: Entry,
        component: Option<Vec<u8>>,
        keep: usize,
        held: Vec<String>,
    ) -> Result<(), Error> {
        let tenant = tenant.to_owned();
        self.run(move |pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            if let Some(component) = component {
                sqlx::query(
                    "INSERT OR IGNORE INTO kemist_modules (digest, size, added, component) VALUES (?, ?, ?, ?)",
                )
                .bind(&entry.digest)
                .bind(i64::try_from(component.len()).unwrap_or(i64::MAX))
                .bind(entry.time)
                .bind(component)
                .execute(&mut *tx)
                .await?;
            }
            insert(&mut tx, &tenant, &entry).await?;
            prune(&mut tx, &tenant, entry.done, keep, &held).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The last entries, the oldest first; `done` leaves out what was refused.
    pub async fn deploys(&self, tenant: &str, done: bool, count: u32) -> Result<Vec<Entry>, Error> {
        let tenant = tenant.to_owned();
        self.run(move |pool| async move {
            let statement = "SELECT * FROM kemist_deploys WHERE tenant = ? AND done >= ? ORDER BY id DESC LIMIT ?";
            let rows = sqlx::query(statement)
                .bind(tenant)
                .bind(done)
                .bind(count)
                .fetch_all(&pool)
                .await?;
            rows.iter().rev().map(read).collect()
        })
        .await
    }

    /// A component by its digest in hexadecimal, where it is kept.
    pub async fn module(&self, digest: &str) -> Result<Option<Vec<u8>>, Error> {
        let digest = digest.to_owned();
        self.run(move |pool| async move {
            let row = sqlx::query("SELECT component FROM kemist_modules WHERE digest = ?")
                .bind(digest)
                .fetch_optional(&pool)
                .await?;
            Ok(row.map(|row| row.try_get(0)).transpose()?)
        })
        .await
    }

    /// Is this component kept?
    pub async fn has_module(&self, digest: &str) -> Result<bool, Error> {
        let digest = digest.to_owned();
        self.run(move |pool| async move {
            let row = sqlx::query("SELECT 1 FROM kemist_modules WHERE digest = ?")
                .bind(digest)
                .fetch_optional(&pool)
                .await?;
            Ok(row.is_some())
        })
        .await
    }

    /// The digests of a tenant's kept components: what others have deployed is not told.
    pub async fn modules(&self, tenant: &str) -> Result<Vec<String>, Error> {
        let tenant = tenant.to_owned();
        self.run(|pool| async move {
            let statement = "SELECT digest FROM kemist_modules WHERE digest IN \
                             (SELECT digest FROM kemist_deploys WHERE tenant = ? AND done = 1) ORDER BY added";
            let rows = sqlx::query(statement).bind(tenant).fetch_all(&pool).await?;
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })
        .await
    }
}

async fn insert(tx: &mut Transaction<'_, Sqlite>, tenant: &str, entry: &Entry) -> Result<(), Error> {
    let statement = "INSERT INTO kemist_deploys \
                     (tenant, time, action, digest, name, who, origin, done, percent, step, reason, file) \
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(statement)
        .bind(tenant)
        .bind(entry.time)
        .bind(&entry.action)
        .bind(&entry.digest)
        .bind(&entry.name)
        .bind(&entry.who)
        .bind(&entry.origin)
        .bind(entry.done)
        .bind(entry.percent)
        .bind(&entry.step)
        .bind(&entry.reason)
        .bind(&entry.file)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes what is too old of a tenant's history, and components that are none of anybody's last versions any more: of
/// this tenant's alone can any have become so, and the history of others is looked at for those only.
async fn prune(
    tx: &mut Transaction<'_, Sqlite>,
    tenant: &str,
    done: bool,
    keep: usize,
    held: &[String],
) -> Result<(), Error> {
    let last = "SELECT id FROM kemist_deploys WHERE tenant = ? AND done = ? ORDER BY id DESC LIMIT 1 OFFSET ?";
    let row = sqlx::query(last)
        .bind(tenant)
        .bind(done)
        .bind(ENTRIES)
        .fetch_optional(&mut **tx)
        .await?;
    let old: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    let keep = i64::try_from(keep).unwrap_or(i64::MAX);
    let beyond = if done {
        beyond(tx, tenant, keep, old).await?
    } else {
        Vec::new()
    };
    if old > 0 {
        sqlx::query("DELETE FROM kemist_deploys WHERE tenant = ? AND done = ? AND id <= ?")
            .bind(tenant)
            .bind(done)
            .bind(old)
            .execute(&mut **tx)
            .await?;
    }
    for digest in beyond.iter().filter(|digest| !held.contains(digest)) {
        if !is_another_s(tx, tenant, digest, keep).await? {
            sqlx::query("DELETE FROM kemist_modules WHERE digest = ?")
                .bind(digest)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// The components that are kept and none of a tenant's last versions, however often one of those came and went; `old`:
/// the entries up to this one are about to go.
async fn beyond(tx: &mut Transaction<'_, Sqlite>, tenant: &str, keep: i64, old: i64) -> Result<Vec<String>, Error> {
    let statement = "SELECT digest FROM (SELECT digest, max(id) AS last, row_number() OVER (ORDER BY max(id) DESC) AS place \
                     FROM kemist_deploys WHERE tenant = ? AND done = 1 GROUP BY digest) \
                     WHERE (place > ? OR last <= ?) AND digest IN (SELECT digest FROM kemist_modules)";
    let rows = sqlx::query(statement)
        .bind(tenant)
        .bind(keep)
        .bind(old)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Is a component one of the last versions of anybody else's?
async fn is_another_s(tx: &mut Transaction<'_, Sqlite>, tenant: &str, digest: &str, keep: i64) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM kemist_deploys AS mine WHERE digest = ?1 AND done = 1 AND tenant <> ?2 AND \
                     (SELECT count(DISTINCT digest) FROM kemist_deploys AS later WHERE later.tenant = mine.tenant AND \
                     later.done = 1 AND later.id > mine.id AND later.digest <> ?1) < ?3 LIMIT 1";
    let row = sqlx::query(statement)
        .bind(digest)
        .bind(tenant)
        .bind(keep)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

fn read(row: &SqliteRow) -> Result<Entry, Error> {
    Ok(Entry {
        id: row.try_get("id")?,
        time: row.try_get("time")?,
        action: row.try_get("action")?,
        digest: row.try_get("digest")?,
        name: row.try_get("name")?,
        who: row.try_get("who")?,
        origin: row.try_get("origin")?,
        done: row.try_get("done")?,
        percent: row.try_get("percent")?,
        step: row.try_get("step")?,
        reason: row.try_get("reason")?,
        file: row.try_get("file")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database(folder: &std::path::Path) -> Database {
        let url = format!("sqlite:{}", folder.join("k.db").display());
        Database::open(&url, tokio::runtime::Handle::current()).await.unwrap()
    }

    fn entry(digest: &str, time: i64) -> Entry {
        Entry {
            time,
            action: "deploy".to_owned(),
            digest: digest.to_owned(),
            done: true,
            ..Entry::default()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn entries_come_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        for n in 0..5 {
            let mut entry = entry(&format!("d{n}"), n);
            entry.done = n != 2;
            entry.percent = (n == 3).then_some(5);
            database.record("", entry, None, 10, vec![]).await.unwrap();
        }
        database.record("acme", entry("x", 9), None, 10, vec![]).await.unwrap();
        let digests = |rows: Vec<Entry>| rows.into_iter().map(|row| row.digest).collect::<Vec<_>>();
        let all = database.deploys("", false, 4).await.unwrap();
        assert_eq!(all[2].percent, Some(5));
        assert_eq!(digests(all), ["d1", "d2", "d3", "d4"]);
        assert_eq!(
            digests(database.deploys("", true, 10).await.unwrap()),
            ["d0", "d1", "d3", "d4"]
        );
        assert_eq!(digests(database.deploys("acme", true, 10).await.unwrap()), ["x"]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn the_last_versions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        for (time, digest) in ["a", "b", "c", "b", "c", "d", "e"].into_iter().enumerate() {
            let component = Some(digest.as_bytes().to_vec());
            database
                .record(
                    "",
                    entry(digest, i64::try_from(time).unwrap()),
                    component,
                    3,
                    vec!["a".to_owned()],
                )
                .await
                .unwrap();
        }
        let mut kept = database.modules("").await.unwrap();
        kept.sort();
        assert_eq!(kept, ["a", "c", "d", "e"], "the last three and what is held");
        assert_eq!(database.module("c").await.unwrap().as_deref(), Some(&b"c"[..]));
        assert_eq!(database.module("b").await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn what_another_tenant_may_go_back_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        let deploy = async |tenant: &str, digest: &str| {
            let component = Some(digest.as_bytes().to_vec());
            let done = database.record(tenant, entry(digest, 1), component, 2, vec![]).await;
            done.unwrap();
        };
        deploy("a", "shared").await;
        deploy("b", "shared").await;
        for digest in ["a1", "a2"] {
            deploy("a", digest).await;
        }
        deploy("b", "b1").await;
        assert!(database.has_module("shared").await.unwrap(), "b may go back to it");
        deploy("b", "b2").await;
        assert!(!database.has_module("shared").await.unwrap());
        assert!(database.has_module("a1").await.unwrap() && database.has_module("b1").await.unwrap());
        // what leaves the history takes its component with it
        deploy("c", "c1").await;
        for _ in 0..=ENTRIES {
            deploy("c", "c2").await;
        }
        assert!(!database.has_module("c1").await.unwrap());
        assert!(database.has_module("c2").await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn refusals_drive_nothing_out() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        database
            .record("", entry("a", 1), Some(vec![1]), 1, vec![])
            .await
            .unwrap();
        for n in 0..ENTRIES + 20 {
            let refused = Entry {
                done: false,
                ..entry("bad", n)
            };
            database.record("", refused, None, 1, vec![]).await.unwrap();
        }
        assert!(database.has_module("a").await.unwrap());
        let all = database.deploys("", false, 5000).await.unwrap();
        assert_eq!(all.len(), usize::try_from(ENTRIES).unwrap() + 1);
        assert_eq!(all[0].digest, "a");
    }
}
