//! Parameters of the modules, with Kamailio's modparam names and defaults.

use crate::route::digest::Algorithm;
use std::collections::BTreeMap;
use std::time::Duration;

/// One table a module.
#[derive(Clone, Debug, Default)]
pub struct Configs {
    /// registrar
    pub registrar: Registrar,
    /// auth
    pub auth: Auth,
    /// auth_db
    pub auth_db: AuthDb,
    /// rr
    pub rr: Rr,
    /// usrloc
    pub usrloc: Usrloc,
    /// pike
    pub pike: Pike,
    /// htable
    pub htable: Htable,
}

macro_rules! config {
    ($name:ident { $($field:ident: $type:ty = $default:expr),+ $(,)? }) => {
        #[allow(missing_docs)]
        #[derive(Clone, Debug)]
        pub struct $name { $(pub $field: $type,)+ }
        impl Default for $name {
            fn default() -> Self { $name { $($field: $default,)+ } }
        }
    };
}

config!(Registrar {
    default_expires: Duration = Duration::from_secs(3600),
    min_expires: Duration = Duration::from_secs(60),
    max_expires: Duration = Duration::from_secs(3600),
    max_contacts: u32 = 0,
    use_path: bool = true,
    method_filtering: bool = true,
    append_branches: bool = true,
    received_avp: Option<String> = None,
});
config!(Auth { nonce_expire: Duration = Duration::from_secs(300) });
config!(AuthDb {
    user_column: String = "username".into(),
    domain_column: String = "domain".into(),
    password_column: String = "ha1".into(),
    password_column_2: String = "ha1b".into(),
    calculate_ha1: bool = false,
    use_domain: bool = false,
});
config!(Rr { append_fromtag: bool = true, enable_double_rr: bool = true });
config!(Usrloc { use_domain: bool = false, db_mode: u8 = 2, timer_interval: Duration = Duration::from_secs(10) });
config!(Pike {
    sampling_time_unit: Duration = Duration::from_secs(2),
    reqs_density_per_unit: u32 = 30,
    remove_latency: Duration = Duration::from_secs(120),
});
config!(Htable { table: BTreeMap<String, HtableTable> = BTreeMap::new(), max_items: usize = 1_000_000 });

/// One table.
#[allow(missing_docs)]
#[derive(Clone, Debug, Default)]
pub struct HtableTable {
    pub autoexpire: u64,
    pub initval: Option<i64>,
    pub updateexpire: bool,
}

impl Auth {
    /// One challenge each, best first.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        vec![Algorithm::Md5]
    }

    /// The key of the nonces.
    pub fn secret(&self, fallback: &[u8; 16]) -> [u8; 16] {
        *fallback
    }
}
