//! Who may write. A lease has a holder, a token that only ever grows, and a time at which it runs out unless it is renewed. A holder on
//! this machine whose process is gone has lost its lease at once; one on another machine when its time is over.

use std::fmt;
use std::fs;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a lease holds without being renewed.
pub const HOLDS: Duration = Duration::from_secs(30);
/// How often it is renewed.
pub const RENEWED: Duration = Duration::from_secs(10);

/// A run that holds the state, as the others are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// `user@host`
    pub who: String,
    /// Its process.
    pub pid: u32,
    /// What it does: `apply`, `destroy`.
    pub operation: String,
    /// Since when, in milliseconds since 1970. Set when the lease is taken.
    #[serde(default)]
    pub since_millis: u64,
    /// Tells its process from every other that had the same number; absent where this machine does not tell. Set when the lease is
    /// taken.
    #[serde(default)]
    pub process: Option<String>,
}

/// A lease that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Grows with every lease: an older one can no longer write.
    pub token: u64,
}

/// The answer to whoever wants a lease.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// It is theirs.
    Yours(Lease),
    /// Another holds it.
    Held(Lease, Box<Holder>),
}

impl Holder {
    /// A holder.
    pub fn new(who: impl Into<String>, pid: u32, operation: impl Into<String>) -> Self {
        Self {
            who: who.into(),
            pid,
            operation: operation.into(),
            since_millis: 0,
            process: None,
        }
    }

    /// The same, from now on.
    #[must_use]
    pub(super) fn since(mut self, now_millis: u64) -> Self {
        self.since_millis = now_millis;
        self.process = process(self.pid);
        self
    }

    /// Whether its process ran on this machine, since it was started last, and is gone.
    pub(super) fn is_gone(&self) -> bool {
        let (Some(own), Some(machine)) = (&self.process, machine()) else {
            return false;
        };
        own.starts_with(&machine) && process(self.pid).as_ref() != Some(own)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, process {}, `{}`, since {}",
            self.who,
            self.pid,
            self.operation,
            instant(self.since_millis)
        )
    }
}

/// This machine since it was started, and the space in which its process numbers count.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {} ", boot.trim(), space.display()))
}

/// A process of this machine: the machine and when the process was started.
fn process(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything; the start time is the twentieth word after it, and a dead process is a `Z`.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    let started = match words.next()? {
        "Z" | "X" => return None,
        _ => words.nth(18)?,
    };
    Some(format!("{}{started}", machine()?))
}

/// `2026-11-25T00:28:52Z`
fn instant(millis: u64) -> String {
    let seconds = millis / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// The day that is so many days after 1970-01-01, by eras of 400 years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}
