//! A core on the test's thread whose resolver does what the test says: the functions that send to a
//! name wait for it, so that their callbacks are suspended.

use crate::route::{ListenSocket, Resolve, Shared, Stats, core, testing};
use kemist_sip::Protocol;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

struct Hook<F>(F);

type Addresses = Vec<(Protocol, SocketAddr)>;

impl<F: Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync> Resolve for Hook<F> {
    fn lookup(
        &self,
        _: String,
        _: Option<u16>,
        _: Option<Protocol>,
    ) -> Pin<Box<dyn Future<Output = Addresses> + Send>> {
        let wait = (self.0)();
        Box::pin(async move {
            wait.await;
            Vec::new()
        })
    }
}

/// Each name costs one future of `hook`, and has no address.
pub fn hook_resolver(hook: impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static) {
    core::install(Some(testing::core_with(Shared {
        sockets: vec![ListenSocket::new(Protocol::Udp, "127.0.0.1:5060".parse().unwrap())],
        domains: Default::default(),
        aliases: Default::default(),
        modules: Default::default(),
        store: Default::default(),
        resolver: Box::new(Hook(hook)),
        failover: Default::default(),
        sending: Default::default(),
        secret: [7; 16],
        server_header: None,
        stats: Stats::default(),
        started: 0,
    })));
}
