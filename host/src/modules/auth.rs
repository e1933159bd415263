//! `KSR.auth`: digest challenges and credentials (RFC 3261 section 22, RFC 8760).

use crate::route::text::from_guest;
use crate::route::{Route, digest};
use kemist_bindings::kemi::ksr::auth::Host;
use kemist_sip::Method;
use kemist_sip::message::HeaderId;

/// The password given is an HA1 in hexadecimal.
const PASSWORD_IS_HA1: i32 = 1;

impl Host for Route {
    /// The header that the last successful check has used.
    fn consume_credentials(&mut self) -> i32 {
        let Some((start, end)) = self.credentials.take() else {
            return -1;
        };
        self.edits.delete(start, end.saturating_sub(start));
        1
    }

    fn auth_challenge(&mut self, realm: String, flags: i32) -> i32 {
        let status = if self.msg.method() == Method::Register {
            401
        } else {
            407
        };
        self.challenge(&from_guest(&realm), flags, status)
    }

    fn www_challenge(&mut self, realm: String, flags: i32) -> i32 {
        self.challenge(&from_guest(&realm), flags, 401)
    }

    fn proxy_challenge(&mut self, realm: String, flags: i32) -> i32 {
        self.challenge(&from_guest(&realm), flags, 407)
    }

    fn pv_auth_check(&mut self, srealm: String, spasswd: String, vflags: i32, vchecks: i32) -> i32 {
        if self.is_unchallengeable() {
            return 1;
        }
        let header = self.credentials_header();
        let user = match self.pv_authenticate(header, &srealm, &spasswd, vflags) {
            Ok(user) => user,
            Err(denied) => return denied.code(),
        };
        match self.check_identity(&user, vchecks) {
            Ok(()) => 1,
            Err(denied) => denied.code(),
        }
    }

    fn pv_proxy_authenticate(&mut self, realm: String, passwd: String, flags: i32) -> i32 {
        self.pv_authenticate_only(HeaderId::ProxyAuthorization, &realm, &passwd, flags)
    }

    fn pv_www_authenticate(&mut self, realm: String, passwd: String, flags: i32) -> i32 {
        self.pv_authenticate_only(HeaderId::Authorization, &realm, &passwd, flags)
    }

    fn has_credentials(&mut self, srealm: String) -> i32 {
        let realm = from_guest(&srealm);
        let offered = self.offered_algorithms();
        let has = |header| digest::credentials(&self.msg, header, &realm, &offered).is_ok();
        if has(HeaderId::Authorization) || has(HeaderId::ProxyAuthorization) {
            1
        } else {
            -1
        }
    }
}

impl Route {
    fn pv_authenticate_only(&mut self, header: HeaderId, realm: &str, password: &str, flags: i32) -> i32 {
        if self.is_unchallengeable() {
            return 1;
        }
        match self.pv_authenticate(header, realm, password, flags) {
            Ok(_) => 1,
            Err(denied) => denied.code(),
        }
    }

    fn pv_authenticate(
        &mut self,
        header: HeaderId,
        realm: &str,
        password: &str,
        flags: i32,
    ) -> Result<Vec<u8>, digest::Denied> {
        if realm.is_empty() || password.is_empty() {
            return Err(digest::Denied::Error);
        }
        let is_ha1 = flags & PASSWORD_IS_HA1 != 0;
        self.check_password(header, &from_guest(realm), &from_guest(password), is_ha1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::digest::Algorithm;
    use crate::route::{core, testing};

    const REALM: &str = "localhost";

    /// A REGISTER of alice, with an Authorization line.
    fn register(authorization: &str) -> String {
        format!(
            "REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKr\r\n\
             From: <sip:alice@localhost>;tag=1\r\nTo: <sip:alice@localhost>\r\nCall-ID: r1\r\nCSeq: 1 REGISTER\r\n\
             {authorization}Content-Length: 0\r\n\r\n"
        )
    }

    /// The nonce of the challenge just sent, and the challenge.
    fn challenged() -> (String, String) {
        let reply = testing::sent().pop().expect("a reply");
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        let nonce = text
            .split("nonce=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a nonce");
        (nonce.to_owned(), text)
    }

    fn answer(nonce: &str, user: &str, password: &str) -> String {
        let md5 = Algorithm::Md5;
        let ha1 = md5.ha1(user.as_bytes(), REALM.as_bytes(), password.as_bytes());
        let ha2 = md5.hash(&[b"REGISTER", b"sip:localhost"]);
        let response = md5.hash(&[ha1.as_bytes(), nonce.as_bytes(), ha2.as_bytes()]);
        format!(
            "Authorization: Digest username=\"{user}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:localhost\", \
             response=\"{}\"\r\n",
            response.as_str()
        )
    }

    fn check(route: &mut Route, password: &str) -> i32 {
        route.pv_www_authenticate(REALM.into(), password.into(), 0)
    }

    #[test]
    fn a_challenge_is_answered_and_its_header_consumed() {
        let mut route = testing::request(&register(""));
        assert_eq!(check(&mut route, "secret"), -5);
        assert_eq!(route.auth_challenge(REALM.into(), 0), 1);
        let (nonce, text) = challenged();
        assert!(text.starts_with("SIP/2.0 401 Unauthorized\r\n"), "{text}");
        assert!(!text.contains("stale"), "{text}");
        let mut route = testing::route(
            crate::route::Kind::Request,
            &register(&answer(&nonce, "alice", "secret")),
        );
        assert_eq!(route.has_credentials(REALM.into()), 1);
        assert_eq!(route.has_credentials("elsewhere".into()), -1);
        assert_eq!(route.consume_credentials(), -1, "nothing was checked yet");
        assert_eq!(check(&mut route, "wrong"), -2);
        assert_eq!(check(&mut route, "secret"), 1);
        assert_eq!(route.pv_auth_check(REALM.into(), "secret".into(), 0, 1), 1);
        let ha1 = Algorithm::Md5.ha1(b"alice", b"localhost", b"secret");
        assert_eq!(route.pv_www_authenticate(REALM.into(), ha1.as_str().into(), 1), 1);
        assert_eq!(route.consume_credentials(), 1);
        assert!(route.apply_changes());
        assert_eq!(route.has_credentials(REALM.into()), -1);
    }

    #[test]
    fn an_expired_nonce_is_stale_and_a_forged_one_is_not() {
        let mut route = testing::request(&register(""));
        route.www_challenge(REALM.into(), 0);
        let (nonce, _) = challenged();
        let mut route = testing::route(
            crate::route::Kind::Request,
            &register(&answer(&nonce, "alice", "secret")),
        );
        core::with(|core| core.unix += 100_000);
        assert_eq!(check(&mut route, "secret"), -4);
        assert_eq!(route.www_challenge(REALM.into(), 0), 1);
        assert!(challenged().1.contains("stale=true"));
        let forged = nonce.replace(|c: char| c.is_ascii_digit(), "f");
        let mut route = testing::route(
            crate::route::Kind::Request,
            &register(&answer(&forged, "alice", "secret")),
        );
        assert_eq!(check(&mut route, "secret"), -1);
        assert_eq!(route.www_challenge(REALM.into(), 0), 1);
        assert!(!challenged().1.contains("stale"));
    }

    #[test]
    fn another_user_than_that_of_the_request_does_not_fit() {
        let mut route = testing::request(&register(""));
        route.www_challenge(REALM.into(), 0);
        let (nonce, _) = challenged();
        let mut route = testing::route(crate::route::Kind::Request, &register(&answer(&nonce, "bob", "secret")));
        assert_eq!(route.pv_auth_check(REALM.into(), "secret".into(), 0, 1), -8);
        assert_eq!(route.pv_auth_check(REALM.into(), "secret".into(), 0, 0), 1);
    }

    #[test]
    fn proxies_challenge_with_407_and_nobody_challenges_an_ack() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.auth_challenge(REALM.into(), 1), 1);
        let (_, text) = challenged();
        assert!(text.starts_with("SIP/2.0 407 "), "{text}");
        assert!(
            text.contains("Proxy-Authenticate: Digest realm=\"localhost\"") && text.contains("qop=\"auth\""),
            "{text}"
        );
        assert_eq!(route.auth_challenge("a\"b".into(), 4), -2);
        let mut ack = testing::request(&testing::INVITE.replace("INVITE", "ACK"));
        assert_eq!(ack.pv_auth_check(REALM.into(), "x".into(), 0, 0), 1);
        assert_eq!(ack.auth_challenge(REALM.into(), 0), -4);
        assert_eq!(ack.auth_challenge(REALM.into(), 4), -3);
    }
}
