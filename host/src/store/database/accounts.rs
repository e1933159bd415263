//! The `subscriber` table and our `kemist_credentials` beside it.

use super::{Database, Error, identifier};
use crate::modules::config::AuthDb;
use crate::store::Account;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

/// Who: a user of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName {
    /// The user.
    pub username: String,
    /// The domain.
    pub domain: String,
}

/// The hashes of an account as they are stored; the password itself is not.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Whose.
    pub name: AccountName,
    /// MD5 of `user:domain:password` in hex.
    pub ha1: String,
    /// MD5 of `user@domain:domain:password` in hex.
    pub ha1b: String,
    /// SHA-256 of `user:domain:password` in hex, where that algorithm is configured.
    pub ha1_sha256: Option<String>,
}

impl Database {
    /// Reads one account by the column names of auth_db; `domain` None: any domain's.
    pub async fn account(
        &self,
        table: &str,
        user: &str,
        domain: Option<&str>,
        columns: &AuthDb,
    ) -> Result<Option<Account>, Error> {
        let table = identifier(table)?;
        let user_column = identifier(&columns.user_column)?;
        // Brackets: a double-quoted name that does not exist would be taken as text by SQLite
        let mut statement = format!("SELECT * FROM [{table}] WHERE [{user_column}] = ?");
        if domain.is_some() {
            statement += &format!(" AND [{}] = ?", identifier(&columns.domain_column)?);
        }
        statement += " LIMIT 1";
        let (user, domain) = (user.to_owned(), domain.map(str::to_owned));
        let columns = columns.clone();
        self.run(move |pool| async move {
            let mut query = sqlx::query(AssertSqlSafe(statement)).bind(user);
            if let Some(domain) = domain {
                query = query.bind(domain);
            }
            let Some(row) = query.fetch_optional(&pool).await? else {
                return Ok(None);
            };
            let mut account = read(&row, &columns);
            account.ha1_sha256 = sqlx::query_scalar(
                "SELECT ha1 FROM kemist_credentials WHERE username = ? AND domain = ? AND algorithm = 'SHA-256'",
            )
            .bind(&account.username)
            .bind(&account.domain)
            .fetch_optional(&pool)
            .await?;
            Ok(Some(account))
        })
        .await
    }

    /// Adds accounts in one transaction. One that exists is an error, unless `replace`, and then
    /// nothing is added.
    pub async fn add_accounts(&self, accounts: Vec<NewAccount>, replace: bool) -> Result<usize, Error> {
        self.run(move |pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            for account in &accounts {
                add(&mut tx, account, replace).await?;
            }
            tx.commit().await?;
            Ok(accounts.len())
        })
        .await
    }

    /// Gives an account other hashes; false where there is none.
    pub async fn change_account(&self, account: NewAccount) -> Result<bool, Error> {
        self.run(move |pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            let found = update(&mut tx, &account).await?;
            tx.commit().await?;
            Ok(found)
        })
        .await
    }

    /// Removes an account; false where there is none.
    pub async fn remove_account(&self, name: AccountName) -> Result<bool, Error> {
        self.run(move |pool| async move {
            let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
            let mut gone = 0;
            for statement in [
                "DELETE FROM kemist_credentials WHERE username = ? AND domain = ?",
                "DELETE FROM subscriber WHERE username = ? AND domain = ?",
            ] {
                let done = sqlx::query(statement)
                    .bind(&name.username)
                    .bind(&name.domain)
                    .execute(&mut *tx)
                    .await?;
                gone = done.rows_affected();
            }
            tx.commit().await?;
            Ok(gone > 0)
        })
        .await
    }

    /// All accounts, in order.
    pub async fn accounts(&self) -> Result<Vec<AccountName>, Error> {
        self.run(|pool| async move {
            let rows = sqlx::query("SELECT username, domain FROM subscriber ORDER BY domain, username");
            let rows = rows.fetch_all(&pool).await?;
            let name = |row: &SqliteRow| AccountName {
                username: text(row, "username"),
                domain: text(row, "domain"),
            };
            Ok(rows.iter().map(name).collect())
        })
        .await
    }
}

fn read(row: &SqliteRow, columns: &AuthDb) -> Account {
    // With calculate_ha1 the column holds passwords; its name is only right where it was set
    let ha1_default = columns.password_column == AuthDb::default().password_column;
    let (ha1, password) = match (columns.calculate_ha1, ha1_default) {
        (true, true) => (String::new(), text(row, "password")),
        (true, false) => (String::new(), text(row, &columns.password_column)),
        (false, _) => (text(row, &columns.password_column), text(row, "password")),
    };
    Account {
        username: text(row, &columns.user_column),
        domain: text(row, &columns.domain_column),
        ha1,
        ha1b: text(row, &columns.password_column_2),
        password,
        ha1_sha256: None,
    }
}

/// A text column, empty where it is absent or null.
fn text(row: &SqliteRow, column: &str) -> String {
    row.try_get::<Option<String>, _>(column)
        .ok()
        .flatten()
        .unwrap_or_default()
}

async fn add(tx: &mut Transaction<'_, Sqlite>, account: &NewAccount, replace: bool) -> Result<(), Error> {
    let name = &account.name;
    let done = sqlx::query(
        "INSERT INTO subscriber (username, domain, password, ha1, ha1b) SELECT ?1, ?2, '', ?3, ?4 \
         WHERE NOT EXISTS (SELECT 1 FROM subscriber WHERE username = ?1 AND domain = ?2)",
    )
    .bind(&name.username)
    .bind(&name.domain)
    .bind(&account.ha1)
    .bind(&account.ha1b)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() > 0 {
        return credentials(tx, account).await;
    }
    if !replace {
        let text = format!(
            "{}@{}: exists already; use passwd to change it",
            name.username, name.domain
        );
        return Err(Error::Refused(text));
    }
    update(tx, account).await.map(|_| ())
}

async fn update(tx: &mut Transaction<'_, Sqlite>, account: &NewAccount) -> Result<bool, Error> {
    let statement = "UPDATE subscriber SET password = '', ha1 = ?, ha1b = ? WHERE username = ? AND domain = ?";
    let done = sqlx::query(statement)
        .bind(&account.ha1)
        .bind(&account.ha1b)
        .bind(&account.name.username)
        .bind(&account.name.domain)
        .execute(&mut **tx)
        .await?;
    let found = done.rows_affected() > 0;
    if found {
        credentials(tx, account).await?;
    }
    Ok(found)
}

/// Hashes of the old password must not outlive it, so the row goes where there is no new one.
async fn credentials(tx: &mut Transaction<'_, Sqlite>, account: &NewAccount) -> Result<(), Error> {
    let AccountName { username, domain } = &account.name;
    match &account.ha1_sha256 {
        Some(ha1) => {
            let statement = "INSERT OR REPLACE INTO kemist_credentials (username, domain, algorithm, ha1) \
                             VALUES (?, ?, 'SHA-256', ?)";
            sqlx::query(statement)
                .bind(username)
                .bind(domain)
                .bind(ha1)
                .execute(&mut **tx)
                .await?;
        }
        None => {
            let statement = "DELETE FROM kemist_credentials WHERE username = ? AND domain = ?";
            sqlx::query(statement)
                .bind(username)
                .bind(domain)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}
