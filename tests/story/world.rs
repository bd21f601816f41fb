//! A directory with a configuration, and the real binary run in it. Whatever is started is stopped when it is dropped.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A small cloud: three sites, two jurisdictions, two datasets, three services that call each other. Ports are the engine's to choose.
pub const CLINIC: &str = include_str!("clinic.situs");

/// A directory of its own.
pub struct World {
    directory: tempfile::TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What it printed, results first.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Asserts the exit code, and shows what was printed where it is another.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// Asserts that it said this.
    pub fn says(self, what: &str) -> Self {
        assert!(self.all().contains(what), "no `{what}` in:\n{}", self.all());
        self
    }

    /// Asserts that it did not say this.
    pub fn does_not_say(self, what: &str) -> Self {
        assert!(!self.all().contains(what), "`{what}` in:\n{}", self.all());
        self
    }
}

impl World {
    /// The small cloud.
    pub fn clinic() -> Self {
        Self::with(CLINIC)
    }

    /// This configuration.
    pub fn with(text: &str) -> Self {
        let world = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        world.write("main.situs", text);
        world.write("app.pl", include_str!("../../examples/quickstart/services/app.pl"));
        world
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Replaces a part of the configuration, which must be there.
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("main.situs");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "no `{from}` in the configuration");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_situs"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .envs([
                ("PATH", std::env::var("PATH").unwrap()),
                ("TERM", "dumb".into()),
                ("USER", "tester".into()),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.finish(self.command(args))
    }

    pub fn finish(&self, mut command: Command) -> Ran {
        ran(command.spawn().unwrap())
    }

    /// Runs with an answer on standard input.
    pub fn answer(&self, args: &[&str], answer: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        ran(child)
    }

    pub fn apply(&self) -> Ran {
        self.run(&["apply", "-auto-approve"])
    }

    /// The process ids of the services that run, by the mark that the runtime puts into their environment.
    pub fn services(&self) -> Vec<(String, u32)> {
        let own = format!("SITUS_TEST_DIRECTORY={}", self.path().display());
        let mut found: Vec<(String, u32)> = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
                continue;
            };
            let Ok(environ) = fs::read(entry.path().join("environ")) else {
                continue;
            };
            let vars: Vec<String> = environ
                .split(|b| *b == 0)
                .map(|v| String::from_utf8_lossy(v).into_owned())
                .collect();
            let get = |name: &str| {
                vars.iter()
                    .find_map(|v| v.strip_prefix(&format!("{name}=")).map(str::to_owned))
            };
            if vars.contains(&own)
                && let (Some(service), Some(site)) = (get("SITUS_SERVICE"), get("SITUS_SITE"))
            {
                found.push((format!("{service}@{site}"), pid));
            }
        }
        // A service that is answering has a child of its own for that.
        let pids: Vec<u32> = found.iter().map(|(_, pid)| *pid).collect();
        found.retain(|(_, pid)| parent(*pid).is_some_and(|parent| !pids.contains(&parent)));
        found.sort();
        found
    }

    /// The services that run, by name and site.
    pub fn running(&self) -> Vec<String> {
        self.services().into_iter().map(|(name, _)| name).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.path().join(".situs").exists() {
            // A test that fails in the middle must not leave services behind, whatever state it left.
            let _ = self.run(&["destroy", "-auto-approve"]);
        }
    }
}

/// The process that started another one, while that lives.
fn parent(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|l| l.strip_prefix("PPid:"))?
        .trim()
        .parse()
        .ok()
}

/// Waits for a child and takes all it printed.
pub fn ran(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What an address answers over HTTP.
pub fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Waits until something holds, for a minute at most.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A copy of a directory, without what `situs` keeps in it.
pub fn copy(from: &Path, to: &Path) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_name() == ".situs" {
        } else if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
    to.to_owned()
}

impl World {
    /// Kills a service and what watches over it, as a crash of the machine would.
    pub fn stop_for_good(&self, name: &str) {
        let (_, pid) = self.services().into_iter().find(|(n, _)| n == name).unwrap();
        for pid in [parent(pid).unwrap(), pid] {
            assert!(
                Command::new("kill")
                    .args(["-KILL", &pid.to_string()])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        until("the service is gone", || !self.running().iter().any(|n| n == name));
    }
}
