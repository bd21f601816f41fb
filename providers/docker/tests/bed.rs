//! A container engine for one test, and a provider that is configured for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use situs_sdk::trial::{Made, Trial};
use situs_value::{Value, implied};

/// The image that every bed has.
pub const BOX: &str = "localhost/box:1";

/// An engine that runs.
pub struct Bed {
    name: String,
    directory: PathBuf,
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
    let all = ["podman", "runc", "ip", "nsenter", "curl", "busybox"]
        .iter()
        .all(|p| have(p));
    if !(root && all) {
        eprintln!("skipped: no Podman, or not root");
    }
    root && all
}

impl Bed {
    /// One; nothing where that cannot be.
    pub async fn up() -> Option<Self> {
        Self::below(&std::env::temp_dir(), "", |directory| {
            format!(r#"{{"host": "unix://{}/a/docker.sock"}}"#, directory.display())
        })
        .await
    }

    /// One that is reached over SSH: both sides see the same shared memory, and its sockets with it.
    pub async fn over_ssh() -> Option<Self> {
        let config = |directory: &Path| {
            let here = directory.display();
            format!(r#"{{"host": "ssh://b{here}/a/docker.sock", "ssh_config_file": "{here}/b/ssh_config"}}"#)
        };
        let all = ["/usr/sbin/sshd", "ssh", "runsvdir", "nc"].iter().all(|p| have(p));
        match all {
            true => Self::below(Path::new("/dev/shm"), "./host up b 12", config).await,
            false => None,
        }
    }

    async fn below(base: &Path, more: &str, config: impl Fn(&Path) -> String) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !possible() {
            return None;
        }
        let name = format!(
            "sd{}x{}",
            std::process::id() % 100_000,
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let directory = base.join(&name);
        let up = ". ./lib.sh; wan_up; ./podman up a 11; ./image $SITUS_TB_DIR/box.tar localhost/box:1";
        script(&name, &directory, &format!("{up}; {more}"));
        let config = text(&config(&directory));
        let here = directory.to_str().unwrap();
        let trial = Trial::begin(situs_docker::provider(), config, here).await.unwrap();
        Some(Self { name, directory, trial })
    }

    /// One whose engine has the image.
    pub async fn with_image() -> Option<(Self, Made)> {
        let bed = Self::up().await?;
        let image = bed
            .make("docker_image", &format!(r#"{{"name": "{BOX}", "archive": "box.tar"}}"#))
            .await;
        Some((bed, image))
    }

    /// Makes something, and looks at it from all sides.
    pub async fn make(&self, type_name: &str, config: &str) -> Made {
        self.trial.create(type_name, &text(config)).await.unwrap()
    }

    /// Asks the engine by another way.
    pub fn asks(&self, method: &str, path: &str, body: &str) -> String {
        let socket = self.directory.join("a/docker.sock");
        let answer = Command::new("curl")
            .args([
                "-s",
                "-X",
                method,
                "-H",
                "Content-Type: application/json",
                "-d",
                body,
                "--unix-socket",
            ])
            .arg(socket)
            .arg(format!("http://d/v1.41{path}"))
            .output()
            .unwrap();
        String::from_utf8_lossy(&answer.stdout).into_owned()
    }

    /// Runs something in the site's network.
    pub fn inside(&self, command: &str) -> String {
        script(&self.name, &self.directory, &format!(". ./lib.sh; in_site a {command}"))
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        script(
            &self.name,
            &self.directory,
            "./podman down a; [ ! -d $SITUS_TB_DIR/b ] || ./host down b; . ./lib.sh; wan_down; rm -rf $SITUS_TB_DIR",
        );
    }
}

fn script(name: &str, directory: &Path, command: &str) -> String {
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
