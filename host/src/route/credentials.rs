//! Digest checks of a run: what `auth` and `auth_db` do with [`super::digest`].

use super::digest::{self, Algorithm, Challenge, Denied, Found, NonceKey};
use super::{Route, core};
use kemist_sip::message::HeaderId;
use kemist_sip::message::uri::Uri;
use kemist_sip::{Message, Method};

/// Challenge flags of `auth_challenge`.
mod flag {
    pub const QOP_AUTH: i32 = 1;
    pub const QOP_AUTH_INT: i32 = 2;
    pub const NO_500: i32 = 4;
    pub const STALE: i32 = 16;
}

/// Identity checks of `auth_check`.
mod check {
    pub const IDENTITY: i32 = 1;
    pub const SKIP_FORWARD: i32 = 2;
}

/// No challenge could be written.
const NOT_WRITTEN: i32 = -2;
/// The challenge could not be sent.
const NOT_SENT: i32 = -3;
/// Neither could the 500.
const NOTHING_SENT: i32 = -4;

impl Route {
    /// Is this a request that cannot be challenged? An ACK is never answered, and a CANCEL has the
    /// CSeq of its INVITE, which a second one with credentials could not have (RFC 3261 22.1).
    pub fn is_unchallengeable(&self) -> bool {
        matches!(self.msg.method(), Method::Ack | Method::Cancel)
    }

    /// The header that holds the credentials for us: those of a registrar or of a proxy.
    pub fn credentials_header(&self) -> HeaderId {
        match self.msg.method() {
            Method::Register => HeaderId::Authorization,
            _ => HeaderId::ProxyAuthorization,
        }
    }

    /// Finds credentials for a realm whose nonce is ours and in force. `msg` is the run's message.
    ///
    /// # Errors
    /// As Kamailio's codes have it.
    pub fn find_credentials<'m>(&self, msg: &'m Message, header: HeaderId, realm: &[u8]) -> Result<Found<'m>, Denied> {
        if !msg.is_request() {
            return Err(Denied::Error);
        }
        core::with(|core| {
            let config = &core.shared.modules.auth;
            let found = digest::credentials(msg, header, realm, config.algorithms())?;
            let key = NonceKey {
                secret: config.secret(&core.shared.secret),
                tenant: self.tenant,
                realm: found.credentials.realm,
            };
            found.check_nonce(&key, core.unix)?;
            Ok(found)
        })
    }

    /// Checks the response against an HA1 and notes which header had it.
    ///
    /// # Errors
    /// `WrongPassword`.
    pub fn accept_credentials(&mut self, found: &Found<'_>, ha1: &[u8], msg: &Message) -> Result<(), Denied> {
        if !found.verify(ha1, msg) {
            return Err(Denied::WrongPassword);
        }
        self.credentials = Some(found.line);
        Ok(())
    }

    /// Is the user of the credentials the one that the request is from (check 1)? For REGISTER and
    /// PUBLISH that is the user of To, and From must name the same; a PUBLISH must be for that user
    /// too, unless check 2 lets it be for another.
    ///
    /// # Errors
    /// `UserMismatch`, or `Error` where a URI cannot be read.
    pub fn check_identity(&self, user: &[u8], checks: i32) -> Result<(), Denied> {
        if checks & check::IDENTITY == 0 {
            return Ok(());
        }
        let msg = &self.msg;
        let from = msg
            .from()
            .and_then(|from| from.parsed_uri().ok())
            .ok_or(Denied::Error)?;
        let same = |uri: &Uri<'_>| uri.user == from.user && uri.host.eq_ignore_ascii_case(from.host);
        if from.user != Some(user) {
            return Err(Denied::UserMismatch);
        }
        let publish =
            msg.method() == Method::Other && msg.method_name() == b"PUBLISH" || msg.method() == Method::Publish;
        if msg.method() == Method::Register || publish {
            let to = msg.to().and_then(|to| to.parsed_uri().ok()).ok_or(Denied::Error)?;
            if !same(&to) {
                return Err(Denied::UserMismatch);
            }
        }
        if publish && checks & check::SKIP_FORWARD == 0 {
            let target = Uri::parse(self.request_uri()).map_err(|_| Denied::Error)?;
            if !same(&target) {
                return Err(Denied::UserMismatch);
            }
        }
        Ok(())
    }

    /// Challenges the sender: 401 or 407 with one header line for each algorithm, `stale=true` where
    /// the last nonce was ours and has expired.
    pub fn challenge(&mut self, realm: &[u8], flags: i32, status: i32) -> i32 {
        let proxy = status == 407;
        let (header, reason) = if proxy {
            ("Proxy-Authenticate", "Proxy Authentication Required")
        } else {
            ("WWW-Authenticate", "Unauthorized")
        };
        let quotable = !realm.is_empty() && realm.iter().all(|b| *b >= b' ' && !matches!(b, b'"' | b'\\' | 0x7f));
        if !quotable {
            return self.no_challenge(flags, NOT_WRITTEN);
        }
        let answers = if proxy {
            HeaderId::ProxyAuthorization
        } else {
            HeaderId::Authorization
        };
        let msg = self.msg.clone();
        let expired = self.find_credentials(&msg, answers, realm).err() == Some(Denied::StaleNonce);
        let mut lines = Vec::with_capacity(160);
        core::with(|core| {
            let config = &core.shared.modules.auth;
            let key = NonceKey {
                secret: config.secret(&core.shared.secret),
                tenant: self.tenant,
                realm,
            };
            let nonce = key.nonce(core.unix.saturating_add(config.nonce_expire.as_secs()));
            let qop = match flags {
                f if f & flag::QOP_AUTH_INT != 0 => "auth-int",
                f if f & flag::QOP_AUTH != 0 => "auth",
                _ => "",
            };
            let stale = expired || flags & flag::STALE != 0;
            Challenge {
                header,
                realm,
                nonce: &nonce,
                qop,
                stale,
            }
            .write(config.algorithms(), &mut lines);
        });
        match self.send_reply_with(status, reason, &lines) {
            1 => 1,
            _ => self.no_challenge(flags, NOT_SENT),
        }
    }

    fn no_challenge(&mut self, flags: i32, code: i32) -> i32 {
        if flags & flag::NO_500 != 0 {
            return code;
        }
        match self.send_reply(500, "Internal Server Error") {
            1 => code,
            _ => NOTHING_SENT,
        }
    }

    /// A digest check against a password, or an HA1 in hexadecimal, that the script has.
    ///
    /// # Errors
    /// As Kamailio's codes have it.
    pub fn check_password(
        &mut self,
        header: HeaderId,
        realm: &[u8],
        password: &[u8],
        is_ha1: bool,
    ) -> Result<Vec<u8>, Denied> {
        let msg = self.msg.clone();
        let found = self.find_credentials(&msg, header, realm)?;
        let user = found.credentials.username;
        let computed;
        let ha1 = if is_ha1 {
            password
        } else {
            computed = found.algorithm.ha1(user, found.credentials.realm, password);
            computed.as_bytes()
        };
        self.accept_credentials(&found, ha1, &msg)?;
        Ok(found.user().0.to_vec())
    }

    /// The algorithms on offer, the best first.
    pub fn offered_algorithms(&self) -> Vec<Algorithm> {
        core::with(|core| core.shared.modules.auth.algorithms().to_vec())
    }
}
