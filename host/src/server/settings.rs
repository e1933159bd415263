//! What a server is started with, and how a configuration becomes that.

use crate::build;
use crate::config::{self, Config};
use crate::deploy::Module;
use crate::modules;
use crate::route::Sending;
use crate::tenant::Tenant;
use crate::transport::buffers::Buffers;
use crate::transport::tcp;
use crate::wasm::{CompileLimits, Compiler, Limits, Options};
use crate::worker::OverloadLimits;
use anyhow::anyhow;
use kemist_sip::{Protocol, transaction};
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 asks for a free one.
    pub listen: Vec<(Protocol, SocketAddr)>,
    /// Names that count as ourselves, in lower case.
    pub aliases: HashSet<Vec<u8>>,
    /// Threads that handle messages.
    pub workers: u16,
    /// The database's URL, such as `sqlite:kemist.db`.
    pub database: String,
    /// The operator's routing module.
    pub routing: Module,
    /// What the engine is told.
    pub engine: Options,
    /// Parameters of the modules.
    pub modules: modules::Configs,
    /// Timers and limits of transactions.
    pub transactions: transaction::Config,
    /// When workers refuse new requests.
    pub overload: OverloadLimits,
    /// Limits of stream connections.
    pub streams: tcp::Limits,
    /// Names to addresses.
    pub dns: config::Dns,
    /// Buffers of datagram sockets.
    pub buffers: Buffers,
    /// How messages leave.
    pub sending: Sending,
    /// Where the operator's requests come in.
    pub admin: config::Admin,
    /// The `Server` header of our replies.
    pub server_header: Option<String>,
    /// Key of tags, branches and nonces; None draws one at every start.
    pub secret: Option<[u8; 16]>,
    /// How long open transactions may take after SIGTERM.
    pub drain: Duration,
    /// What holds for every tenant.
    pub tenants: config::Tenants,
    /// The tenants of the file.
    pub tenant: BTreeMap<String, config::Tenant>,
    /// How long this process goes on after a handover, at most.
    pub linger: Duration,
}

impl Settings {
    /// What a configuration asks for.
    ///
    /// # Errors
    /// Where it names no routing module.
    pub fn new(config: Config) -> anyhow::Result<Settings> {
        let workers = u16::try_from(config.worker_count()).unwrap_or(u16::MAX);
        let routing = config.routing.ok_or_else(|| {
            anyhow!("[routing] module: missing; name a component, such as one made by `kemist build`")
        })?;
        let server_header = Some(config.server_header).filter(|header| !header.is_empty());
        let tenanted = config.tenants.is_some() || !config.tenant.is_empty();
        let engine = Options {
            trusted: !tenanted,
            ..Options::default()
        };
        let limits = Limits {
            deadline: routing.deadline,
            memory: routing.memory,
            instances: instances(engine.instances, workers),
            ..Limits::default()
        };
        Ok(Settings {
            listen: config
                .listen
                .iter()
                .map(|listen| (listen.protocol, listen.address))
                .collect(),
            aliases: config
                .alias
                .iter()
                .map(|name| name.to_ascii_lowercase().into_bytes())
                .collect(),
            workers,
            database: config.database.url,
            engine: Options {
                max_memory: engine.max_memory.max(limits.memory),
                shared: Some(build::shared),
                ..engine
            },
            routing: Module {
                tenant: Tenant::operator().clone(),
                path: routing.module,
                limits,
                policy: routing.policy.into(),
                compiler: Arc::new(Compiler::new(None, routing.cache, compile(&routing.compile))),
                scenarios: routing.scenarios,
                trust: routing.trust,
                keep: routing.keep,
                drain: routing.drain,
                canary: routing.canary,
            },
            transactions: transactions(&config.modules.tm, server_header.clone()),
            modules: config.modules,
            overload: overload(config.overload),
            streams: streams(&config.tcp),
            dns: config.dns,
            buffers: Buffers {
                receive: config.udp.receive_buffer,
                send: config.udp.send_buffer,
            },
            sending: Sending {
                onsend_route_reply: config.onsend_route_reply,
                mtu: usize::from(config.udp.mtu),
                mtu_try_proto: config.udp.mtu_try_proto.0,
                icmp: config.udp.icmp,
            },
            admin: config.admin,
            server_header,
            secret: None,
            drain: config.restart.drain,
            tenants: config.tenants.unwrap_or_default(),
            tenant: config.tenant,
            linger: config.restart.linger,
        })
    }
}

fn compile(limits: &config::Compile) -> CompileLimits {
    CompileLimits {
        size: limits.size,
        functions: limits.functions,
        time: limits.time,
        memory: limits.memory,
        cache: limits.cache_size as u64,
    }
}

/// Callbacks that one worker may have under way, waiting ones among them: nine tenths of the engine's pool.
/// The rest is for nested callbacks and for the transactions of an earlier version.
fn instances(pool: u32, workers: u16) -> u32 {
    (pool / 10 * 9 / u32::from(workers.max(1))).max(16)
}

fn transactions(tm: &modules::config::Tm, server: Option<String>) -> transaction::Config {
    transaction::Config {
        t1: tm.retr_timer1,
        t2: tm.retr_timer2,
        fr_timer: tm.fr_timer,
        fr_inv_timer: tm.fr_inv_timer,
        wt_timer: Some(tm.wt_timer).filter(|time| !time.is_zero()),
        max_inv_lifetime: Some(tm.max_inv_lifetime).filter(|time| !time.is_zero()),
        max_noninv_lifetime: Some(tm.max_noninv_lifetime).filter(|time| !time.is_zero()),
        auto_inv_100: tm.auto_inv_100,
        auto_inv_100_reason: tm.auto_inv_100_reason.clone(),
        server,
        merged_requests: tm.merged_requests,
        announce: tm.announce(),
        max_transactions: u32::try_from(tm.max_transactions).unwrap_or(u32::MAX),
        ..transaction::Config::default()
    }
}

fn overload(overload: config::Overload) -> OverloadLimits {
    OverloadLimits {
        enabled: overload.enabled,
        target: overload.target,
        refusals: overload.refusals,
        // an hour at most
        retry_after: u32::try_from(overload.retry_after.as_secs()).unwrap_or(u32::MAX),
    }
}

fn streams(tcp: &config::Tcp) -> tcp::Limits {
    tcp::Limits {
        message: tcp.max_message,
        connections: tcp.max_connections,
        idle: tcp.idle,
        connect: tcp.connect,
        ..tcp::Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::Policy;
    use std::path::Path;

    fn settings(text: &str) -> anyhow::Result<Settings> {
        let config = Config::parse(text, Path::new("kemist.toml"), |_| None).expect("the text is right");
        Settings::new(config)
    }

    #[test]
    fn a_configuration_without_a_module_says_so() {
        let error = settings("").expect_err("it names no module").to_string();
        assert!(error.starts_with("[routing] module"), "{error}");
    }

    #[test]
    fn overload_has_one_set_of_defaults() {
        assert_eq!(overload(config::Overload::default()), OverloadLimits::default());
    }

    #[test]
    fn what_is_configured_arrives() {
        let text = "onsend_route_reply = true\nlisten = [\"udp:127.0.0.1:5070\"]\nalias = [\"Example.COM\"]\nworkers = 3\n\
                    [routing]\nmodule = \"a.wasm\"\npolicy = \"fresh\"\ndeadline = \"70ms\"\n\
                    [tcp]\nidle = \"5s\"\n[udp]\nmtu = 1300\nmtu_try_proto = \"tcp\"\nicmp = false\nreceive_buffer = \"256KiB\"\n[modules.tm]\nfr_timer = 2000\n";
        let settings = settings(text).expect("it is complete");
        assert_eq!(
            settings.listen,
            [(Protocol::Udp, "127.0.0.1:5070".parse().expect("an address"))]
        );
        assert!(settings.aliases.contains(&b"example.com"[..]));
        assert_eq!((settings.workers, settings.routing.policy), (3, Policy::Fresh));
        assert_eq!(settings.routing.limits.deadline, Duration::from_millis(70));
        assert_eq!(settings.streams.idle, Duration::from_secs(5));
        assert_eq!(settings.transactions.fr_timer, Duration::from_secs(2));
        assert_eq!(settings.transactions.wt_timer, None);
        let sending = Sending {
            onsend_route_reply: true,
            mtu: 1300,
            mtu_try_proto: Protocol::Tcp,
            icmp: false,
        };
        assert_eq!(settings.sending, sending);
        let buffers = Buffers {
            receive: 256 << 10,
            ..Buffers::default()
        };
        assert_eq!(settings.buffers, buffers);
    }
}
