//! A host for one test, and a provider that is configured for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use situs_sdk::trial::{Made, Trial};
use situs_value::{Value, implied};

/// A host that is up.
pub struct Bed {
    name: String,
    pub directory: PathBuf,
    pub trial: Trial,
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/testbed")
}

fn have(program: &str) -> bool {
    let found = Command::new("sh")
        .arg("-c")
        .arg(format!("command -v {program}"))
        .stdout(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

/// Whether there can be one.
pub fn possible() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let all = ["/usr/sbin/sshd", "ssh", "runsvdir", "ip", "nsenter", "nc"]
        .iter()
        .all(|p| have(p));
    if !(root && all) {
        eprintln!("skipped: no sshd or no runit, or not root");
    }
    root && all
}

impl Bed {
    /// One; nothing where that cannot be.
    pub async fn up() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !possible() {
            return None;
        }
        let name = format!(
            "sh{}x{}",
            std::process::id() % 100_000,
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let directory = std::env::temp_dir().join(&name);
        script(&name, &directory, ". ./lib.sh; wan_up; ./host up edge 21");
        let trial = begin(&directory, "").await.unwrap();
        Some(Self { name, directory, trial })
    }

    /// Makes something, and looks at it from all sides.
    pub async fn make(&self, type_name: &str, config: &str) -> Made {
        self.trial.create(type_name, &text(config)).await.unwrap()
    }

    /// Runs something there by another way.
    pub fn there(&self, command: &str) -> String {
        let done = Command::new("ssh")
            .arg("-F")
            .arg(self.directory.join("edge/ssh_config"))
            .args(["edge", command])
            .output()
            .unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

/// A provider for the host in a directory.
pub async fn begin(directory: &Path, rest: &str) -> Result<Trial, Vec<String>> {
    let config = directory.join("edge/ssh_config");
    let config = text(&format!(
        r#"{{"address": "edge", "config_file": "{}"{rest}}}"#,
        config.display()
    ));
    Trial::begin(situs_host::provider(), config, directory.to_str().unwrap()).await
}

impl Drop for Bed {
    fn drop(&mut self) {
        script(
            &self.name,
            &self.directory,
            "./host down edge; . ./lib.sh; wan_down; rm -rf $SITUS_TB_DIR",
        );
    }
}

pub fn script(name: &str, directory: &Path, command: &str) -> String {
    let done = Command::new("bash")
        .args(["-euc", command])
        .current_dir(scripts())
        .env("SITUS_TB", name)
        .env("SITUS_TB_DIR", directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command}: {said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// A configuration, as JSON.
pub fn text(json: &str) -> Value {
    implied(&serde_json::from_str(json).unwrap())
}
