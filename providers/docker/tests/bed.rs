//! A container engine for one test, and a provider that is configured for it.

use std::path::{Path, PathBuf};

use situs_sdk::trial::{Made, Trial};
pub use situs_testbed::text;
use situs_testbed::{HOST, PODMAN};

/// The image that every bed has.
pub const BOX: &str = "localhost/box:1";

/// An engine that runs.
pub struct Bed {
    pub trial: Trial,
    pub bed: situs_testbed::Bed,
}

impl Bed {
    /// One; nothing where that cannot be.
    pub async fn up() -> Option<Self> {
        let config = |directory: &Path| format!(r#"{{"host": "unix://{}/a/docker.sock"}}"#, directory.display());
        Self::below(&std::env::temp_dir(), &[PODMAN], "", "./podman down a", config).await
    }

    /// One that is reached over SSH: both sides see the same shared memory, and its sockets with it.
    pub async fn over_ssh() -> Option<Self> {
        let config = |directory: &Path| {
            let here = directory.display();
            format!(r#"{{"host": "ssh://b{here}/a/docker.sock", "ssh_config_file": "{here}/b/ssh_config"}}"#)
        };
        let (up, down) = ("; ./host up b 12", "./host down b; ./podman down a");
        Self::below(Path::new("/dev/shm"), &[PODMAN, HOST], up, down, config).await
    }

    /// One beside a registry that has the image, under the digest that is given back; the engine itself has none.
    pub async fn with_registry() -> Option<(Self, String)> {
        let config = |directory: &Path| format!(r#"{{"host": "unix://{}/a/docker.sock"}}"#, directory.display());
        let needs = [PODMAN, &["docker-registry"]];
        let (up, down) = ("; ./registry up", "./registry down; ./podman down a");
        let bed = Self::below(&std::env::temp_dir(), &needs, up, down, config).await?;
        let engine = "curl -s --unix-socket $SITUS_TB_DIR/a/docker.sock -X POST";
        bed.bed.script(&format!(
            "{engine} -H 'Content-Type: application/x-tar' -T $SITUS_TB_DIR/box.tar http://d/v1.41/images/load"
        ));
        let digest = bed.push(BOX);
        bed.asks("DELETE", &format!("/images/{BOX}"), "");
        Some((bed, digest))
    }

    /// Has the engine push one of its images as `box:1`: the digest under which the registry has it.
    pub fn push(&self, image: &str) -> String {
        self.asks(
            "POST",
            &format!("/images/{image}/tag?repo=10.213.0.20:5000/box&tag=1"),
            "",
        );
        self.bed.script(
            "curl -s --unix-socket $SITUS_TB_DIR/a/docker.sock -X POST -H 'X-Registry-Auth: e30=' http://d/v1.41/images/10.213.0.20:5000/box:1/push",
        );
        self.asks("DELETE", "/images/10.213.0.20:5000/box:1", "");
        let accept = "application/vnd.docker.distribution.manifest.v2+json,application/vnd.oci.image.manifest.v1+json";
        let head = format!("curl -sI -H 'Accept: {accept}' http://10.213.0.20:5000/v2/box/manifests/1");
        let head = self.inside(&head);
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
        line.unwrap().trim().to_owned()
    }

    async fn below(
        base: &Path,
        needs: &[&[&str]],
        more: &str,
        down: &'static str,
        config: impl Fn(&Path) -> String,
    ) -> Option<Self> {
        let up = format!("./podman up a 11; ./image $SITUS_TB_DIR/box.tar {BOX}{more}");
        let bed = situs_testbed::Bed::up(base, needs, &up, down)?;
        let config = text(&config(&bed.directory));
        let here = bed.directory.to_str().unwrap();
        let trial = Trial::begin(situs_docker::provider(), config, here).await.unwrap();
        Some(Self { trial, bed })
    }

    /// One whose engine has the image.
    pub async fn with_image() -> Option<(Self, Made)> {
        let bed = Self::up().await?;
        let image = format!(r#"{{"name": "{BOX}", "archive": "box.tar"}}"#);
        let image = bed.make("docker_image", &image).await;
        Some((bed, image))
    }

    /// Makes something, and looks at it from all sides.
    pub async fn make(&self, type_name: &str, config: &str) -> Made {
        self.trial.create(type_name, &text(config)).await.unwrap()
    }

    /// Asks the engine by another way.
    pub fn asks(&self, method: &str, path: &str, body: &str) -> String {
        self.bed.engine("a", method, path, body)
    }

    /// Runs something in the site's network.
    pub fn inside(&self, command: &str) -> String {
        self.bed.script(&format!(". ./lib.sh; in_site a {command}"))
    }

    /// Where its files are.
    pub fn directory(&self) -> &PathBuf {
        &self.bed.directory
    }
}
