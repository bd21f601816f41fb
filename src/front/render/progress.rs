//! What happens, line by line as it happens, for people.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use crate::base::event::{Action, Event, Sink};
use crate::base::{Diagnostic, Severity, Sources};

use super::human;
use super::paint::{Paint, Style, safe};
use super::time::{duration, elapsed};

/// Writes a line for every event that is worth one.
pub struct Progress {
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
    sources: Mutex<Sources>,
    paint: Paint,
}

impl Progress {
    /// Progress goes to `out`, errors go to `err`.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, paint: Paint) -> Self {
        Self {
            out: Mutex::new(out),
            err: Mutex::new(err),
            sources: Mutex::default(),
            paint,
        }
    }

    /// Says which texts the places of diagnostics point into.
    pub fn knows(&self, sources: Sources) {
        *self.sources.lock().unwrap_or_else(PoisonError::into_inner) = sources;
    }

    fn tell(&self, diagnostic: &Diagnostic) {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let text = human::diagnostic(diagnostic, &sources, self.paint);
        let to = if diagnostic.severity == Severity::Error {
            &self.err
        } else {
            &self.out
        };
        write(to, &format!("\n{text}\n"));
    }
}

impl Sink for Progress {
    fn emit(&self, event: Event) {
        if let Event::Diagnostic { diagnostic } = &event {
            return self.tell(diagnostic);
        }
        if let Some(text) = line(&event, self.paint) {
            write(&self.out, &(text + "\n"));
        }
    }
}

/// A reader that went away is no reason to stop the work.
fn write(to: &Mutex<Box<dyn Write + Send>>, text: &str) {
    let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

/// The words of an action: while it runs, for the heartbeat, and when it is done.
fn words(action: Action) -> [&'static str; 3] {
    match action {
        Action::Create | Action::DeleteCreate | Action::CreateDelete => {
            ["Creating...", "creating", "Creation complete"]
        }
        Action::Update => ["Modifying...", "modifying", "Modifications complete"],
        Action::Delete => ["Destroying...", "destroying", "Destruction complete"],
        Action::Open => ["Opening...", "opening", "Opening complete"],
        Action::Read => ["Reading...", "reading", "Read complete"],
        Action::Forget => ["Forgetting...", "forgetting", "Forgotten"],
        Action::NoOp => ["Looking...", "looking", "Nothing to do"],
    }
}

/// The line of an event, where it has one.
pub fn line(event: &Event, paint: Paint) -> Option<String> {
    let of = |addr: &crate::base::Addr, says: String| paint.bold(format!("{}:", safe(&addr.to_string()))) + " " + &says;
    Some(match event {
        Event::LockWait { holder } => {
            format!(
                "Acquiring state lock. This may take a few moments... (held by {})",
                safe(holder)
            )
        }
        Event::ApplyStart { addr, action } => of(addr, words(*action)[0].to_owned()),
        Event::ApplyProgress {
            addr,
            action,
            elapsed_seconds,
        } => of(
            addr,
            format!("Still {}... [{} elapsed]", words(*action)[1], elapsed(*elapsed_seconds)),
        ),
        Event::ApplyComplete {
            addr,
            action,
            elapsed_millis,
            id,
        } => {
            let id = id
                .as_deref()
                .map(|id| format!(" [id={}]", safe(id)))
                .unwrap_or_default();
            let done = paint.paint(Style::Green, words(*action)[2]);
            of(addr, format!("{done} after {}{id}", duration(elapsed_millis / 1000)))
        }
        Event::ApplyErrored {
            addr,
            action,
            elapsed_millis,
        } => {
            let failed = paint.paint(Style::Red, format!("Error while {}", words(*action)[1]));
            of(addr, format!("{failed} after {}", duration(elapsed_millis / 1000)))
        }
        Event::Retry {
            addr,
            attempt,
            wait_millis,
            reason,
        } => {
            let wait = duration(wait_millis.div_ceil(1000));
            of(addr, format!("{} (try {attempt} in {wait})", safe(reason)))
        }
        Event::ProvisionStart { addr, provisioner } => {
            of(addr, format!("Provisioning with '{}'...", safe(provisioner)))
        }
        Event::ProvisionProgress {
            addr,
            provisioner,
            output,
        } => {
            let who = format!("{} ({}):", safe(&addr.to_string()), safe(provisioner));
            format!("{} {}", paint.bold(who), safe(output))
        }
        Event::Recovered { addr, how } => of(addr, format!("An interrupted run had begun here: {}", recovered(how))),
        Event::Interrupted => format!(
            "\n{}\nWhat is in flight is finished and saved; nothing more is started. A second interrupt stops at once.\n\nStopping operation...",
            paint.paint(Style::Yellow, "Interrupt received.")
        ),
        // What was not tried is told at the end, in one list.
        Event::RefreshStart { .. }
        | Event::RefreshComplete { .. }
        | Event::ProvisionComplete { .. }
        | Event::ProvisionErrored { .. }
        | Event::Skipped { .. }
        | Event::Diagnostic { .. } => {
            return None;
        }
    })
}

fn recovered(how: &str) -> String {
    match how {
        "adopted" => "what it made was found and taken over".to_owned(),
        "gone" => "it came to nothing".to_owned(),
        "repeated" => "it is done again".to_owned(),
        other => safe(other).into_owned(),
    }
}
