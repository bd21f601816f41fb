//! `situs logs`

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use situs_value::Value;

use crate::base::diagnostic::did_you_mean;
use crate::base::{Addr, Code, Diagnostic};
use crate::front::cli::args::{Spec, optional, switch, value};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::{Session, address};
use crate::front::render::paint::{Style, safe_lines};
use crate::run::state::Snapshot;

/// A service without logs.
pub const NO_LOG: Code = Code::new("E509", "a service that has no log here");

/// The command.
pub static SPEC: Spec = Spec {
    name: "logs",
    about: "Show what services wrote",
    more: "Shows the last lines that the processes of a service wrote to standard output and standard error. Of several processes each line says \
           from which it is.",
    operands: &[optional(
        "SERVICE",
        "`triage`, `service.triage@munich`, or an address as `situs state list` lists them; without one, all.",
    )],
    flags: &[&[
        switch("f", "Follow: go on until Ctrl-C."),
        value("n", "LINES", "So many lines of each (default 50)."),
    ]],
    run,
};

/// No more than so many bytes are read from the end of a log.
const TAIL: u64 = 1024 * 1024;
/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(250);

fn run(session: &Session) -> Exit {
    let lines = match session.number("n", 50) {
        Ok(lines) => lines,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    let snapshot = match super::show::snapshot(session) {
        Ok(snapshot) => snapshot,
        Err(exit) => return exit,
    };
    let mut logs = match chosen(
        &snapshot,
        session.given.operands().first().copied(),
        session.world.path(),
    ) {
        Ok(logs) => logs,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    match show(session, &mut logs, lines) {
        // Whoever read it went away.
        Ok(()) | Err(_) => Exit::Done,
    }
}

fn show(session: &Session, logs: &mut [Log], lines: usize) -> std::io::Result<()> {
    for log in &mut *logs {
        let text = log.tail(lines);
        session.terminal.said(&log.marked(&text, session))?;
    }
    while session.given.switch("f", false) {
        std::thread::sleep(PAUSE);
        for log in &mut *logs {
            let text = log.more();
            session.terminal.said(&log.marked(&text, session))?;
        }
    }
    Ok(())
}

/// One log, and how far it was shown.
struct Log {
    name: Option<String>,
    path: PathBuf,
    seen: u64,
}

/// The logs of what was asked for.
fn chosen(snapshot: &Snapshot, asked: Option<&str>, root: &Path) -> Result<Vec<Log>, Box<Diagnostic>> {
    let wanted = asked
        .map(|text| {
            if text.contains('.') {
                address(text)
            } else {
                address(&format!("service.{text}"))
            }
        })
        .transpose()?;
    let all: BTreeMap<&Addr, &str> = snapshot
        .objects
        .iter()
        .filter_map(|(addr, record)| Some((addr, record.value.get("log").and_then(Value::as_str)?)))
        .collect();
    let found: Vec<_> = all
        .iter()
        .filter(|(addr, _)| wanted.as_ref().is_none_or(|w| w.covers(addr)))
        .collect();
    if found.is_empty() {
        return Err(Box::new(no_log(&all, asked)));
    }
    let several = found.len() > 1;
    Ok(found
        .iter()
        .map(|(addr, path)| Log {
            name: several.then(|| short(addr)),
            path: root.join(path),
            seen: 0,
        })
        .collect())
}

fn no_log(all: &BTreeMap<&Addr, &str>, asked: Option<&str>) -> Diagnostic {
    let names: Vec<String> = all
        .keys()
        .filter_map(|a| a.parts().placed.as_ref().map(|p| p.thing().to_string()))
        .collect();
    let title = match asked {
        Some(asked) => format!("nothing that is managed here as `{asked}` has a log"),
        None => "nothing that is managed here has a log".to_owned(),
    };
    Diagnostic::error(NO_LOG, title)
        .help_some(
            asked
                .and_then(|asked| did_you_mean(asked.trim_start_matches("service."), names.iter().map(String::as_str))),
        )
        .help("`situs state list` lists what is managed; a service has a log after its first apply")
}

/// `triage@munich[0]`
fn short(addr: &Addr) -> String {
    let parts = addr.parts();
    let key = parts
        .resource
        .as_ref()
        .and_then(|r| r.key.as_ref())
        .map(ToString::to_string)
        .unwrap_or_default();
    match &parts.placed {
        Some(placed) => format!(
            "{}{}{key}",
            placed.thing(),
            placed.site.as_ref().map(|s| format!("@{s}")).unwrap_or_default()
        ),
        None => addr.to_string(),
    }
}

impl Log {
    /// The last lines.
    fn tail(&mut self, lines: usize) -> String {
        let size = std::fs::metadata(&self.path).map_or(0, |m| m.len());
        self.seen = size.saturating_sub(TAIL);
        let text = self.more();
        let start = text
            .trim_end_matches('\n')
            .rmatch_indices('\n')
            .nth(lines - 1)
            .map_or(0, |(at, _)| at + 1);
        text.get(start..).unwrap_or("").to_owned()
    }

    /// What was written since. A log that is shorter than what was seen was begun anew.
    fn more(&mut self) -> String {
        let Ok(mut file) = File::open(&self.path) else {
            return String::new();
        };
        let size = file.metadata().map_or(0, |m| m.len());
        if size < self.seen {
            self.seen = 0;
        }
        let mut bytes = Vec::new();
        if size == self.seen
            || file
                .seek(SeekFrom::Start(self.seen))
                .and_then(|_| file.read_to_end(&mut bytes))
                .is_err()
        {
            return String::new();
        }
        self.seen += bytes.len() as u64;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The lines, each with where it is from where there are several.
    fn marked(&self, text: &str, session: &Session) -> String {
        let head = self
            .name
            .as_ref()
            .map(|name| session.terminal.out.paint(Style::Cyan, format!("{name} | ")))
            .unwrap_or_default();
        text.lines()
            .map(|line| format!("{head}{}\n", safe_lines(line)))
            .collect()
    }
}
