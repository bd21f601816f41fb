//! Programs: what goes into one, and its lines as they come.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::base::Addr;
use crate::base::event::{Event, Sink};

/// A line is passed on in pieces of so many bytes.
const LONGEST: usize = 8 * 1024;
/// So many lines are told again where it fails.
const LAST: usize = 10;
/// So long is waited for more lines when the program has ended and something that it started still holds its output.
const GRACE: Duration = Duration::from_secs(1);

/// Why a provisioner failed.
pub(super) struct Why {
    text: String,
    /// Whether it may hold what is in the configuration.
    quotes: bool,
}

impl Why {
    /// A reason in which there is nothing to hide.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, quotes: false }
    }
}

impl From<String> for Why {
    fn from(text: String) -> Self {
        Self { text, quotes: true }
    }
}

/// Who says what a provisioner prints.
pub(super) struct Voice<'a> {
    sink: &'a dyn Sink,
    addr: &'a Addr,
    name: &'a str,
    hidden: bool,
    last: Mutex<VecDeque<String>>,
    told: Mutex<bool>,
}

impl<'a> Voice<'a> {
    pub fn new(sink: &'a dyn Sink, addr: &'a Addr, name: &'a str, hidden: bool) -> Self {
        Self {
            sink,
            addr,
            name,
            hidden,
            last: Mutex::default(),
            told: Mutex::default(),
        }
    }

    pub fn emit(&self, event: Event) {
        self.sink.emit(event);
    }

    /// A line of the engine's own, in which there is nothing to hide.
    pub fn say(&self, output: &str) {
        self.emit(Event::ProvisionProgress {
            addr: self.addr.clone(),
            provisioner: self.name.to_owned(),
            output: output.to_owned(),
        });
    }

    /// A line that may hold what is in the configuration.
    pub fn pass_on(&self, line: &str) {
        if self.hidden {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut *told, true) {
                self.say("(output is not shown: something in the configuration is sensitive or ephemeral)");
            }
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LAST {
            last.pop_front();
        }
        last.push_back(line.to_owned());
        drop(last);
        self.say(line);
    }

    /// A reason, as far as it may be seen.
    pub fn reason(&self, why: Why) -> String {
        match self.hidden && why.quotes {
            true => "the reason is not shown: something in the configuration is sensitive or ephemeral".to_owned(),
            false => why.text,
        }
    }

    /// The last lines.
    pub fn tail(&self) -> Vec<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect()
    }
}

/// Runs a program to its end; `Err` says why it could not be started.
pub(super) async fn run(mut command: Command, input: Option<&[u8]>, voice: &Voice<'_>) -> Result<ExitStatus, Why> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|e| format!("`{program}` cannot be started: {e}"))?;
    let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A program that does not read to the end is no reason to stop.
            let _ = stdin.write_all(input).await;
        }
    };
    let listen = async {
        tokio::join!(lines(out, voice), lines(err, voice), feed);
    };
    let mut listen = std::pin::pin!(listen);
    let status = tokio::select! {
        status = child.wait() => Some(status),
        () = &mut listen => None,
    };
    let status = match status {
        Some(status) => {
            let _ = timeout(GRACE, listen).await;
            status
        }
        None => child.wait().await,
    };
    status.map_err(|e| format!("`{program}` cannot be waited for: {e}").into())
}

/// That all went well, or what an exit status says.
pub(super) fn good(status: ExitStatus) -> Result<(), Why> {
    match status.success() {
        true => Ok(()),
        false => Err(Why::plain(status.to_string())),
    }
}

async fn lines(from: Option<impl AsyncRead + Unpin>, voice: &Voice<'_>) {
    let Some(from) = from else { return };
    let mut from = BufReader::with_capacity(LONGEST, from);
    let mut line = Vec::new();
    loop {
        let (used, ended) = match from.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(bytes) => match bytes.iter().position(|b| *b == b'\n') {
                Some(at) => {
                    line.extend(bytes.iter().take(at));
                    (at + 1, true)
                }
                None => {
                    line.extend(bytes);
                    (bytes.len(), line.len() >= LONGEST)
                }
            },
        };
        from.consume(used);
        if ended {
            tell(&mut line, voice);
        }
    }
    if !line.is_empty() {
        tell(&mut line, voice);
    }
}

fn tell(line: &mut Vec<u8>, voice: &Voice<'_>) {
    voice.pass_on(String::from_utf8_lossy(line).trim_end_matches('\r'));
    line.clear();
}
