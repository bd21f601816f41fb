//! `situs console`

use std::io::{self, BufRead, IsTerminal};
use std::rc::Rc;

use crate::base::{Code, Diagnostic, Diagnostics, Sources};
use crate::engine::{self, Console, Loaded, Ports, is_open};
use crate::front::cli::args::{Spec, switch};
use crate::front::cli::editor::Lines;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on, plainly};
use crate::front::render::hcl;
use crate::lang::config::NO_CONFIGURATION;

/// A terminal that cannot be read from.
pub const NO_LINES: Code = Code::new("E471", "lines that cannot be read, or a history that cannot be kept");

const HELP: &str = "\
An expression is worked out with the configuration's variables and locals, its sites, services and datasets, and the objects that the
state holds; nothing is changed. Lines go on while a bracket is open; the tabulator completes names, attributes and functions.

  local.NAME   var.NAME   TYPE.NAME.ATTRIBUTE   service.NAME.endpoint   cidrsubnet(\"10.0.0.0/8\", 8, 1)

`exit` or Ctrl-D ends it.
";

/// The command.
pub static SPEC: Spec = Spec {
    name: "console",
    about: "Work expressions out, one at a time",
    more: "Asks for expressions and answers with their values, worked out with the configuration and what the state holds. Nothing is \
           changed, and no provider is asked. What comes through a pipe is worked out line by line. An expression goes on over lines while \
           a bracket is open. Sensitive values are not shown. What was typed is forgotten at the end, since it may hold secrets, unless \
           -history keeps it.",
    operands: &[],
    flags: &[
        VARIABLES,
        &[switch(
            "history",
            "Keep what is typed in `.situs/console_history`, for the next time.",
        )],
    ],
    run,
};

fn run(session: &Session) -> Exit {
    let ports = session.quiet();
    let loaded = match load(session, &ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let Ok((console, said)) = block_on(engine::console(&ports, &loaded)) else {
        return Exit::Error;
    };
    let errors: Diagnostics = said.into_iter().filter(Diagnostic::is_error).collect();
    session.terminal.tell(&errors, &loaded.sources);
    let Some(console) = console else {
        return Exit::of(&errors);
    };
    let asked = Asked {
        session,
        console: Rc::new(console),
        sources: loaded.sources,
    };
    let ended = if io::stdin().is_terminal() {
        asked.by_a_person()
    } else {
        asked.through_a_pipe()
    };
    ended.unwrap_or_else(|error| session.fail(&no_lines(&error).into()))
}

/// Reads the configuration; a directory without one is good for expressions all the same.
fn load(session: &Session, ports: &Ports) -> Result<Loaded, Exit> {
    let request = session.request().map_err(|d| session.fail(&(*d).into()))?;
    session.home()?;
    let (loaded, said) = match io::stdin().is_terminal() {
        true => session.read(ports, request, &|text| session.terminal.say(text)),
        false => engine::load(ports, request),
    };
    let errors: Diagnostics = said
        .into_iter()
        .filter(|d| d.is_error() && d.code != NO_CONFIGURATION)
        .collect();
    session.terminal.tell(&errors, &loaded.sources);
    if errors.is_empty() {
        Ok(loaded)
    } else {
        Err(Exit::of(&errors))
    }
}

/// A console at work.
struct Asked<'a> {
    session: &'a Session,
    console: Rc<Console>,
    sources: Sources,
}

impl Asked<'_> {
    fn by_a_person(mut self) -> io::Result<Exit> {
        let kept = self.session.given.switch("history", false);
        let history = kept.then(|| self.session.world.path().join(".situs/console_history"));
        let console = self.console.clone();
        let mut lines = Lines::new(Box::new(move |text| console.complete(text)), is_open, history)?;
        while let Some(text) = lines.next("> ")? {
            match text.trim() {
                "exit" | "quit" => break,
                "help" => self.session.terminal.say(HELP),
                text => {
                    self.answer(text);
                }
            }
        }
        lines.close()?;
        Ok(Exit::Done)
    }

    /// A line that leaves a bracket open is read together with the next. What is wrong is told, and the rest worked out.
    fn through_a_pipe(mut self) -> io::Result<Exit> {
        let mut exit = Exit::Done;
        let mut text = String::new();
        for line in io::stdin().lock().lines() {
            let line = line?;
            if text.is_empty() && matches!(line.trim(), "exit" | "quit") {
                return Ok(exit);
            }
            text.push_str(&line);
            text.push('\n');
            if !is_open(text.trim_end()) {
                exit = exit.min(self.answer(&text));
                text.clear();
            }
        }
        Ok(exit.min(self.answer(&text)))
    }

    fn answer(&mut self, text: &str) -> Exit {
        let text = text.trim();
        if text.is_empty() {
            return Exit::Done;
        }
        let (value, said) = self.console.answer(text, &mut self.sources);
        self.session.terminal.tell(&said, &self.sources);
        if !said.has_errors() {
            self.session.terminal.say(&format!("{}\n", hcl::text(&value)));
        }
        Exit::of(&said)
    }
}

fn no_lines(error: &io::Error) -> Diagnostic {
    Diagnostic::error(NO_LINES, format!("the console cannot go on: {}", plainly(error))).help(
        "send expressions through a pipe as text in UTF-8, or take `-history` out where `.situs` cannot be written",
    )
}
