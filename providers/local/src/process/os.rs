//! Who is who in `/proc`. A process is named by the boot of the machine, its number and when it started, so that another one
//! that got the same number later is never taken for it.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// One process, and no other one ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The boot of the machine that it belongs to.
    pub boot: String,
    /// Its number.
    pub pid: i32,
    /// When it started, in clock ticks since the boot.
    pub start: u64,
}

/// What `/proc/PID/stat` says, as far as it matters here.
struct Stat {
    state: char,
    parent: i32,
    start: u64,
}

impl Identity {
    /// The process that has this number now.
    pub fn of(pid: i32) -> Option<Self> {
        let start = stat(pid)?.start;
        Some(Self {
            boot: boot_id().to_owned(),
            pid,
            start,
        })
    }

    /// This process.
    pub fn own() -> Option<Self> {
        Self::of(own_pid())
    }

    /// Whether it runs; one that ended and waits to be collected does not.
    pub fn is_alive(&self) -> bool {
        self.boot == boot_id() && stat(self.pid).is_some_and(|s| s.start == self.start && !matches!(s.state, 'Z' | 'X'))
    }

    /// Sends it a signal; says whether it was there to get it. Between the look and the signal nobody can take its number.
    pub fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return false;
        };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => self.is_alive() && pidfd_send_signal(fd, signal).is_ok(),
            Err(rustix::io::Errno::NOSYS) => self.is_alive() && kill_process(pid, signal).is_ok(),
            Err(_) => false,
        }
    }

    /// Sends a signal to the process group that it leads.
    pub fn signal_group(&self, signal: Signal) -> bool {
        self.is_alive() && signal_group(self.pid, signal)
    }
}

/// Sends a signal to a process group.
pub fn signal_group(leader: i32, signal: Signal) -> bool {
    Pid::from_raw(leader).is_some_and(|pid| kill_process_group(pid, signal).is_ok())
}

/// The number of this process.
pub fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_pid()
}

/// Names the boot of the machine.
fn boot_id() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(|| {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        id.trim().to_owned()
    })
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// The program's name stands in brackets and may hold anything, brackets too: what counts begins behind the last one.
fn parse_stat(line: &str) -> Option<Stat> {
    let (_, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

/// The numbers of all processes.
fn all() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).collect()
}

/// The processes that this one is the parent of.
pub fn children() -> Vec<Identity> {
    let own = own_pid();
    let mine = |pid: &i32| stat(*pid).is_some_and(|s| s.parent == own && s.state != 'Z');
    all().into_iter().filter(mine).filter_map(Identity::of).collect()
}

/// The processes that hold this file open, or carry this `NAME=value` in the environment that they were started with.
pub fn holders(file: &Path, mark: &str) -> Vec<Identity> {
    let own = own_pid();
    let holds = |pid: &i32| *pid != own && (has_open(*pid, file) || carries(*pid, mark));
    all().into_iter().filter(holds).filter_map(Identity::of).collect()
}

fn has_open(pid: i32, file: &Path) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    open.filter_map(|fd| fs::read_link(fd.path()).ok()).any(|to| to == file)
}

fn carries(pid: i32, mark: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|b| *b == 0).any(|entry| entry == mark.as_bytes())
}

/// Who listens on a TCP port, as `PID (name)`.
pub fn listener(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| listening(&fs::read_to_string(table).unwrap_or_default(), port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let owns = |pid: &i32| inodes.iter().any(|inode| has_open(*pid, Path::new(inode)));
    let pid = all().into_iter().find(owns)?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(format!("process {pid} ({})", name.trim()))
}

/// The inodes of the sockets that listen on a port, from a table like `/proc/net/tcp`.
fn listening(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let fits = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == LISTEN;
        fits.then(|| fields.get(9).map(|i| (*i).to_owned())).flatten()
    };
    table.lines().skip(1).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let line = "42 (a) b) (c) S 7 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 1 2 3";
        let stat = parse_stat(line).unwrap();
        assert_eq!((stat.state, stat.parent, stat.start), ('S', 7, 12345));
        assert!(parse_stat("42 (half").is_none());
    }

    #[test]
    fn another_start_is_another_process() {
        let own = Identity::own().unwrap();
        assert!(own.is_alive());
        assert!(
            !Identity {
                start: own.start + 1,
                ..own.clone()
            }
            .is_alive()
        );
        assert!(
            !Identity {
                boot: "another".to_owned(),
                ..own
            }
            .is_alive()
        );
    }

    #[test]
    fn the_table_of_sockets() {
        let table = "  sl local rem st\n 0: 0100007F:21FD 00000000:0000 0A 0:0 0:0 0 0 0 777 1\n 1: 0100007F:21FD 0:0 01 0:0 0:0 0 0 0 778 1\n";
        assert_eq!(listening(table, 0x21FD), vec!["777".to_owned()]);
    }
}
