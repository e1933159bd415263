//! Debian's Kamailio with the routing script of the conformance tests.

use super::support::component::root;
use super::support::proxy::free_port;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Kamailio {
    pub address: SocketAddr,
    child: Child,
    _folder: TempDir,
}

impl Kamailio {
    /// None where it is not installed or does not start, which is said.
    pub fn start() -> Option<Kamailio> {
        let version = Command::new("kamailio").arg("-v").stdout(Stdio::null()).status();
        if !version.is_ok_and(|status| status.success()) {
            println!("calls: Kamailio is not installed, kemist alone (apt-get install kamailio)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let scripts = root().join("tests/conformance/kamailio");
        let part = |name: &str| fs::read_to_string(scripts.join(name)).expect("a file of the repository");
        let config = folder.path().join("kamailio.cfg");
        let text = format!(
            "#!KAMAILIO\n{}\nalias=\"localhost\"\n{}",
            part("common.cfg"),
            part("proxy.cfg")
        );
        fs::write(&config, text).expect("our folder");
        let log = fs::File::create(folder.path().join("log")).expect("our folder");
        let child = Command::new("kamailio")
            .arg("-f")
            .arg(&config)
            .args([
                "-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-m", "2048", "-M", "16", "-n", "2", "-N", "1",
            ])
            .args(["-l", &format!("udp:{address}")])
            .arg("-Y")
            .arg(folder.path())
            .arg("-P")
            .arg(folder.path().join("pid"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .ok()?;
        let mut server = Kamailio {
            address,
            child,
            _folder: folder,
        };
        let until = Instant::now() + Duration::from_secs(20);
        while !super::support::client::Phone::new(address).ping() {
            if server.child.try_wait().is_ok_and(|ended| ended.is_some()) || Instant::now() > until {
                println!("calls: Kamailio did not start, kemist alone");
                return None;
            }
        }
        Some(server)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status();
        if !sent.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}
