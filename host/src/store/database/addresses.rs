//! The `address` table.

use super::{Database, Error};
use crate::store::addresses::{Address, parse_network};
use ipnet::IpNet;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

impl Database {
    /// All rows. What is no address (Kamailio also takes host names) is left out with a warning.
    pub async fn addresses(&self) -> Result<Vec<Address>, Error> {
        self.run(|pool| async move {
            let rows = sqlx::query("SELECT * FROM address").fetch_all(&pool).await?;
            Ok(rows.iter().filter_map(read).collect())
        })
        .await
    }

    /// Adds a row; false where it is there already.
    pub async fn add_address(&self, group: i32, network: IpNet, port: u16) -> Result<bool, Error> {
        self.run(move |pool| async move {
            let statement = "INSERT INTO address (grp, ip_addr, mask, port) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS \
                             (SELECT 1 FROM address WHERE grp = ?1 AND ip_addr = ?2 AND mask = ?3 AND port = ?4)";
            let done = sqlx::query(statement)
                .bind(group)
                .bind(network.addr().to_string())
                .bind(network.prefix_len())
                .bind(port)
                .execute(&pool)
                .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    /// Removes a row; false where there was none.
    pub async fn remove_address(&self, group: i32, network: IpNet, port: u16) -> Result<bool, Error> {
        self.run(move |pool| async move {
            let statement = "DELETE FROM address WHERE grp = ? AND ip_addr = ? AND mask = ? AND port = ?";
            let done = sqlx::query(statement)
                .bind(group)
                .bind(network.addr().to_string())
                .bind(network.prefix_len())
                .bind(port)
                .execute(&pool)
                .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Option<Address> {
    let text: String = row.try_get("ip_addr").ok()?;
    let mask: i64 = row.try_get("mask").unwrap_or(i64::from(u8::MAX));
    let network = parse_network(text.trim_matches(['[', ']'])).ok().and_then(|net| {
        let longest = net.max_prefix_len();
        // A host with the column's default of 32 is meant as a host, IPv6 too
        let default = mask == 32 && longest == 128;
        let length = if default {
            longest
        } else {
            u8::try_from(mask).ok()?.min(longest)
        };
        IpNet::new(net.addr(), length).ok().map(|n| n.trunc())
    });
    if network.is_none() {
        tracing::warn!(
            ip_addr = text,
            mask,
            "a row of the address table is no network; left out"
        );
    }
    Some(Address {
        group: row.try_get("grp").unwrap_or(1),
        network: network?,
        port: row
            .try_get::<i64, _>("port")
            .ok()
            .and_then(|p| u16::try_from(p).ok())
            .unwrap_or(0),
        tag: row.try_get("tag").ok().flatten(),
    })
}
