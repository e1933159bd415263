//! `KSR.auth_db`: digest authentication against the subscriber table.
//!
//! An account that was asked for lately is in memory, and the check then waits for nothing.

use crate::route::digest::{Algorithm, Denied, Found};
use crate::route::text::from_guest;
use crate::route::{Route, core};
use crate::store::{Account, OPERATOR};
use kemist_bindings::kemi::ksr::auth_db::Host;
use kemist_sip::Message;
use kemist_sip::message::HeaderId;
use kemist_sip::message::uri::Uri;
use smallvec::SmallVec;
use std::sync::Arc;

/// The table that tenants' scripts may name.
const SUBSCRIBER: &str = "subscriber";

/// `is_subscriber`: compare the domain, whatever is configured.
const USE_DOMAIN: i32 = 1;

impl Host for Route {
    async fn auth_check(&mut self, srealm: String, stable: String, iflags: i32) -> i32 {
        if self.is_unchallengeable() {
            return 1;
        }
        if srealm.is_empty() {
            return Denied::Error.code();
        }
        let header = self.credentials_header();
        match self.authenticate(header, &from_guest(&srealm), &stable, iflags).await {
            Ok(()) => 1,
            Err(denied) => denied.code(),
        }
    }

    /// A user that is none of ours is -3, as an unknown one in `auth_check`.
    async fn is_subscriber(&mut self, suri: String, stable: String, iflags: i32) -> i32 {
        let uri = from_guest(&suri).into_owned();
        let Ok(uri) = Uri::parse(&uri) else {
            return Denied::Error.code();
        };
        let Some(user) = uri.user else {
            return Denied::Error.code();
        };
        match self.account(&stable, user, uri.host, iflags & USE_DOMAIN != 0).await {
            Ok(_) => 1,
            Err(denied) => denied.code(),
        }
    }

    async fn www_authenticate(&mut self, realm: String, table: String) -> i32 {
        if self.is_unchallengeable() {
            return 1;
        }
        if realm.is_empty() {
            return Denied::Error.code();
        }
        match self
            .authenticate(HeaderId::Authorization, &from_guest(&realm), &table, 0)
            .await
        {
            Ok(()) => 1,
            Err(denied) => denied.code(),
        }
    }
}

impl Route {
    /// Checks the credentials for a realm against their account, and then whose they are.
    async fn authenticate(&mut self, header: HeaderId, realm: &[u8], table: &str, checks: i32) -> Result<(), Denied> {
        // the run's message stays where it is while the database is asked
        let msg: Arc<Message> = self.msg.clone();
        let found = self.find_credentials(&msg, header, realm)?;
        let (user, domain) = found.user();
        let account = self
            .account(table, user, domain.unwrap_or(found.credentials.realm), false)
            .await?;
        let ha1 = ha1(&account, &found).ok_or(Denied::WrongPassword)?;
        self.accept_credentials(&found, &ha1, &msg)?;
        self.check_identity(user, checks)
    }

    /// The account of a user; without waiting where it was asked for in the last seconds.
    async fn account(
        &self,
        table: &str,
        user: &[u8],
        domain: &[u8],
        with_domain: bool,
    ) -> Result<Arc<Account>, Denied> {
        let (shared, now) = core::with(|core| (core.shared.clone(), core.now));
        let tenant = self.tenant;
        if tenant != OPERATOR {
            self.check_own(table, domain)?;
        }
        let with_domain = with_domain || shared.modules.auth_db.use_domain || tenant != OPERATOR;
        let accounts = &shared.store.accounts;
        let found = match accounts.cached(tenant, table, user, domain, with_domain, now) {
            Some(found) => found,
            None => accounts
                .load(tenant, table, user, domain, with_domain, now)
                .await
                .map_err(|error| {
                    tracing::error!(blame = "host", %error, "an account could not be read");
                    Denied::Error
                })?,
        };
        found.ok_or(Denied::UnknownUser)
    }
}

impl Route {
    /// A tenant is its domains: accounts of others are unknown to it, and of the tables of the database it
    /// may name one.
    fn check_own(&self, table: &str, domain: &[u8]) -> Result<(), Denied> {
        if table != SUBSCRIBER {
            self.script_error(format_args!(
                "auth_db: table {table:?} is not a tenant's; name {SUBSCRIBER}"
            ));
            return Err(Denied::Error);
        }
        match self.owner().has_domain(domain) {
            true => Ok(()),
            false => Err(Denied::UnknownUser),
        }
    }
}

/// The HA1 that fits credentials. The table has MD5 hashes of `user` (column `ha1`) and of
/// `user@domain` (`ha1b`), `kemist_credentials` SHA-256 ones; where a password is kept, it makes all.
fn ha1(account: &Account, found: &Found<'_>) -> Option<SmallVec<[u8; 64]>> {
    let stored = match (found.algorithm, found.user().1) {
        (Algorithm::Md5, None) => account.ha1.as_str(),
        (Algorithm::Md5, Some(_)) => account.ha1b.as_str(),
        (Algorithm::Sha256, None) => account.ha1_sha256.as_deref().unwrap_or_default(),
        _ => "",
    };
    if !stored.is_empty() {
        return Some(SmallVec::from_slice(stored.as_bytes()));
    }
    let credentials = &found.credentials;
    let computed = || {
        found
            .algorithm
            .ha1(credentials.username, credentials.realm, account.password.as_bytes())
    };
    (!account.password.is_empty()).then(|| SmallVec::from_slice(computed().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::config::{AuthDb, Configs};
    use crate::route::{Kind, testing};
    use crate::store::database::{AccountName, NewAccount};
    use crate::store::{Accounts, Database};

    const REALM: &str = "localhost";

    fn register(authorization: &str, method: &str) -> Route {
        let text = format!(
            "{method} sip:localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKr\r\n\
             From: <sip:alice@localhost>;tag=1\r\nTo: <sip:alice@localhost>\r\nCall-ID: r1\r\n\
             CSeq: 1 {method}\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        testing::route(Kind::Request, &text)
    }

    /// A core whose store has alice, with the password `secret`.
    fn with_alice(io: &tokio::runtime::Runtime) {
        testing::install();
        let hash = |algorithm: Algorithm, user: &str| {
            algorithm
                .ha1(user.as_bytes(), REALM.as_bytes(), b"secret")
                .as_str()
                .to_owned()
        };
        let alice = NewAccount {
            name: AccountName {
                username: "alice".into(),
                domain: REALM.into(),
            },
            ha1: hash(Algorithm::Md5, "alice"),
            ha1b: hash(Algorithm::Md5, "alice@localhost"),
            ha1_sha256: Some(hash(Algorithm::Sha256, "alice")),
        };
        let accounts = io.block_on(async {
            let database = Database::open("sqlite::memory:", io.handle().clone())
                .await
                .expect("a database in memory");
            database.add_accounts(vec![alice], false).await.expect("an account");
            Accounts::new(&AuthDb::default(), database)
        });
        core::with(|core| {
            let shared = Arc::get_mut(&mut core.shared).expect("nobody else has it yet");
            shared.store.accounts = accounts;
            shared.modules = Configs::default();
        });
    }

    fn nonce() -> String {
        core::with(|core| {
            let secret = *core.shared.modules.auth.secret(&core.shared.secret);
            let key = crate::route::digest::NonceKey {
                secret: &secret,
                tenant: 0,
                realm: REALM.as_bytes(),
            };
            String::from_utf8_lossy(&key.nonce(core.unix + 60)).into_owned()
        })
    }

    fn answer(header: &str, method: &str, user: &str, password: &str) -> String {
        answer_with(Algorithm::Md5, header, method, user, password)
    }

    fn answer_with(hash: Algorithm, header: &str, method: &str, user: &str, password: &str) -> String {
        let nonce = nonce();
        let ha1 = hash.ha1(user.as_bytes(), REALM.as_bytes(), password.as_bytes());
        let ha2 = hash.hash(&[method.as_bytes(), b"sip:localhost"]);
        let response = hash.hash(&[ha1.as_bytes(), nonce.as_bytes(), ha2.as_bytes()]);
        format!(
            "{header}: Digest username=\"{user}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:localhost\", \
             algorithm={}, response=\"{}\"\r\n",
            hash.name(),
            response.as_str()
        )
    }

    #[test]
    fn credentials_are_checked_against_the_table() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        with_alice(&io);
        let check = |user: &str, password: &str, flags: i32| {
            let mut route = register(&answer("Authorization", "REGISTER", user, password), "REGISTER");
            io.block_on(route.auth_check(REALM.into(), "subscriber".into(), flags))
        };
        assert_eq!(check("alice", "secret", 1), 1);
        assert_eq!(check("alice@localhost", "secret", 1), 1, "by ha1b");
        assert_eq!(check("alice", "wrong", 1), -2);
        assert_eq!(check("mallory", "secret", 1), -3);
        let mut route = register("", "REGISTER");
        assert_eq!(io.block_on(route.auth_check(REALM.into(), "subscriber".into(), 0)), -5);
        assert_eq!(io.block_on(route.auth_check(String::new(), "subscriber".into(), 0)), -1);
        let mut route = register("", "ACK");
        assert_eq!(io.block_on(route.auth_check(REALM.into(), "subscriber".into(), 0)), 1);
    }

    #[test]
    fn proxies_look_at_their_own_header_and_identity_is_checked() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        with_alice(&io);
        let mut route = register(&answer("Authorization", "INVITE", "alice", "secret"), "INVITE");
        assert_eq!(io.block_on(route.auth_check(REALM.into(), "subscriber".into(), 1)), -5);
        assert_eq!(
            io.block_on(route.www_authenticate(REALM.into(), "subscriber".into())),
            1
        );
        let mut route = register(&answer("Proxy-Authorization", "INVITE", "alice", "secret"), "INVITE");
        assert_eq!(
            testing::block_on(route.auth_check(REALM.into(), "subscriber".into(), 1)),
            1,
            "cached by now: no waiting"
        );
        assert_eq!(
            testing::block_on(route.is_subscriber("sip:alice@elsewhere".into(), "subscriber".into(), 0)),
            1
        );
        assert_eq!(
            io.block_on(route.is_subscriber("sip:alice@elsewhere".into(), "subscriber".into(), 1)),
            -3
        );
        assert_eq!(
            io.block_on(route.is_subscriber("nonsense".into(), "subscriber".into(), 1)),
            -1
        );
        let other = answer("Proxy-Authorization", "INVITE", "alice", "secret");
        let mut route = register(&other, "INVITE");
        let text = String::from_utf8_lossy(route.msg.bytes()).replace("From: <sip:alice@", "From: <sip:bob@");
        route = testing::route(Kind::Request, &text);
        assert_eq!(
            testing::block_on(route.auth_check(REALM.into(), "subscriber".into(), 1)),
            -8
        );
    }

    #[test]
    fn sha_256_is_checked_where_it_is_on_offer() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        with_alice(&io);
        let check = |password: &str| {
            let answer = answer_with(Algorithm::Sha256, "Authorization", "REGISTER", "alice", password);
            let mut route = register(&answer, "REGISTER");
            io.block_on(route.auth_check(REALM.into(), "subscriber".into(), 1))
        };
        assert_eq!(check("secret"), -5, "only MD5 is on offer");
        core::with(|core| {
            let shared = Arc::get_mut(&mut core.shared).expect("no run has it");
            shared.modules.auth.algorithm.0 = vec![Algorithm::Sha256, Algorithm::Md5];
        });
        assert_eq!(check("secret"), 1);
        assert_eq!(check("wrong"), -2);
    }

    #[test]
    fn a_tenant_knows_the_accounts_of_its_domains_alone() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        with_alice(&io);
        let account = |user: &str, domain: &str| NewAccount {
            name: AccountName {
                username: user.into(),
                domain: domain.into(),
            },
            ha1: "0".repeat(32),
            ha1b: "0".repeat(32),
            ha1_sha256: None,
        };
        let accounts = vec![account("alice", "acme.example"), account("carol", "umbra.example")];
        let database = core::with(|core| core.shared.store.accounts.database().clone());
        io.block_on(database.add_accounts(accounts, false)).expect("accounts");
        let is = |id, name: &str, user: &str, table: &str| {
            let mut route = match id {
                0 => register("", "REGISTER"),
                _ => testing::of_tenant(register("", "REGISTER"), id, name),
            };
            io.block_on(route.is_subscriber(format!("sip:{user}"), table.into(), 0))
        };
        assert_eq!(
            is(0, "", "carol@umbra.example", "subscriber"),
            1,
            "the operator's reads all"
        );
        for (id, name, user, code) in [
            (1, "acme", "alice@acme.example", 1),
            (1, "acme", "alice@localhost", -3),
            (1, "acme", "carol@umbra.example", -3),
            (1, "acme", "carol@acme.example", -3),
            (2, "umbra", "carol@UMBRA.example", -3),
            (2, "umbra", "carol@umbra.example", 1),
            (2, "umbra", "alice@acme.example", -3),
        ] {
            assert_eq!(is(id, name, user, "subscriber"), code, "{name}: {user}");
        }
        for table in ["kemist_credentials", "subscriber2", "Subscriber", "", "location"] {
            assert_eq!(is(1, "acme", "alice@acme.example", table), -1, "{table}");
        }
        // nor by credentials for another's realm, with the right password and a nonce of its own
        let text = answer("Authorization", "REGISTER", "alice", "secret");
        let mut route = testing::of_tenant(register(&text, "REGISTER"), 1, "acme");
        let key = core::with(|core| core.shared.modules.auth.secret(&core.shared.secret).to_vec());
        assert!(!key.is_empty());
        assert!(io.block_on(route.auth_check(REALM.into(), "subscriber".into(), 0)) < 0);
    }
}
