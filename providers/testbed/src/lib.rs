//! For tests: real container engines and SSH hosts in network namespaces, by the scripts in `tests/testbed`, and a real `terraform`.
//!
//! Where something is missing that they need there is none, and whoever asks says that it tests nothing.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that fails panics")]

mod terraform;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use situs_value::{Value, implied};

pub use terraform::Terraform;

/// What a container engine needs.
pub const PODMAN: &[&str] = &["podman", "runc", "ip", "nsenter", "curl", "busybox"];
/// What a host needs.
pub const HOST: &[&str] = &["/usr/sbin/sshd", "ssh", "runsvdir", "ip", "nsenter", "nc"];

/// Sites in network namespaces of their own. What `up` did `down` undoes, when this is dropped.
pub struct Bed {
    name: String,
    /// Where its files are.
    pub directory: PathBuf,
    down: &'static str,
}

/// Whether a program is there.
pub fn have(program: &str) -> bool {
    let looked = Command::new("sh")
        .arg("-c")
        .arg(format!("command -v {program}"))
        .stdout(Stdio::null())
        .status();
    looked.is_ok_and(|status| status.success())
}

/// Whether network namespaces can be made: some sandboxes forbid it even to root.
fn may() -> bool {
    let probe = Command::new("unshare")
        .args(["-n", "-m", "true"])
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}

impl Bed {
    /// Runs a script that brings sites up, in the directory of the scripts; nothing where a program is missing, or we are not root.
    pub fn up(base: &Path, needs: &[&[&str]], up: &str, down: &'static str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
        let missing: Vec<&str> = needs.concat().into_iter().filter(|program| !have(program)).collect();
        if !root || !missing.is_empty() {
            eprintln!("nothing is tested: not root, or there is no {}", missing.join(", "));
            return None;
        }
        if !may() {
            eprintln!("nothing is tested: no network namespace can be made here");
            return None;
        }
        let own = (std::process::id() % 100_000, NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("s{}x{}", own.0, own.1);
        let directory = base.join(&name);
        let bed = Self { name, directory, down };
        bed.script(&format!(". ./lib.sh; wan_up; {up}"));
        Some(bed)
    }

    /// Runs a script; what it prints.
    pub fn script(&self, command: &str) -> String {
        let done = Command::new("bash")
            .args(["-euc", command])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/testbed"))
            .env("SITUS_TB", &self.name)
            .env("SITUS_TB_DIR", &self.directory)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command}: {said}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Asks the engine of a site, past the provider.
    pub fn engine(&self, site: &str, method: &str, path: &str, body: &str) -> String {
        let answer = Command::new("curl")
            .args(["-s", "-X", method, "-H", "Content-Type: application/json", "-d", body])
            .arg("--unix-socket")
            .arg(self.directory.join(site).join("docker.sock"))
            .arg(format!("http://d/v1.41{path}"))
            .output()
            .unwrap();
        String::from_utf8_lossy(&answer.stdout).into_owned()
    }

    /// Runs something on a host, past the provider.
    pub fn host(&self, site: &str, command: &str) -> String {
        let done = Command::new("ssh")
            .arg("-F")
            .arg(self.directory.join(site).join("ssh_config"))
            .args([site, command])
            .output()
            .unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.script(&format!("{}; . ./lib.sh; wan_down; rm -rf $SITUS_TB_DIR", self.down));
    }
}

/// A configuration, as JSON.
pub fn text(json: &str) -> Value {
    implied(&serde_json::from_str(json).unwrap())
}
