//! The command line: [`args`] reads what was typed, [`help`] explains it, [`session`] is what a command works with, [`commands`] are the
//! commands, [`exit`] is how they end. `clap` is used here only.

pub mod args;
pub mod commands;
pub mod editor;
pub mod exit;
pub mod help;
pub mod interrupt;
pub mod operate;
pub mod prompt;
pub mod session;
pub mod terminal;
pub mod voice;
pub mod workspace;

use std::path::Path;

use crate::base::diagnostic::did_you_mean;
use crate::base::{Diagnostic, Sources};

use args::{Arguments, Spec, UNKNOWN_COMMAND};
use commands::{COMMANDS, version};
use exit::Exit;
use session::Session;
use terminal::{Colour, Terminal};

/// The version of Situs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs what was typed behind the program's name; answers the exit code.
pub fn main(arguments: &[String]) -> u8 {
    let plain = Terminal::new(colour_of(arguments));
    match Typed::read(arguments).and_then(|typed| typed.run(plain)) {
        Ok(code) => code,
        Err(diagnostic) => {
            plain.tell(&(*diagnostic).into(), &Sources::new());
            Exit::Error.code(false)
        }
    }
}

/// `-color` and `-no-color` anywhere, for what is said before a command is known.
fn colour_of(arguments: &[String]) -> Colour {
    let given = arguments
        .iter()
        .map(|a| a.trim_start_matches('-'))
        .find_map(|a| match a {
            "no-color" | "json" => Some(Colour::Never),
            other => other.strip_prefix("color=").and_then(Colour::parse),
        });
    given.unwrap_or_default()
}

/// What was typed, taken apart.
#[derive(Debug, Default)]
struct Typed {
    directory: Option<String>,
    help: bool,
    version: bool,
    rest: Vec<String>,
}

impl Typed {
    /// Takes what stands before the verb, and `-help` anywhere before `--`.
    fn read(arguments: &[String]) -> Result<Self, Box<Diagnostic>> {
        let mut typed = Self::default();
        let mut left = arguments.iter();
        while let Some(argument) = left.next() {
            let flag = argument.strip_prefix('-').map(|f| f.strip_prefix('-').unwrap_or(f));
            match flag {
                Some("help" | "h") => typed.help = true,
                Some("version" | "v") => typed.version = true,
                Some("chdir") => typed.directory = left.next().cloned(),
                Some(flag) if flag.starts_with("chdir=") => {
                    typed.directory = flag.split_once('=').map(|(_, d)| d.to_owned());
                }
                Some("no-color") => {}
                Some(flag) if flag.starts_with("color=") => {}
                Some(flag) => return Err(Box::new(before_verb(flag))),
                None => {
                    typed.rest = std::iter::once(argument).chain(left).cloned().collect();
                    break;
                }
            }
        }
        let end = typed.rest.iter().position(|a| a == "--").unwrap_or(typed.rest.len());
        let asks = |a: &String| matches!(a.as_str(), "-help" | "--help" | "-h");
        typed.help |= typed.rest.iter().take(end).any(asks);
        if typed.rest.first().is_some_and(|verb| verb == "help") {
            typed.help = true;
            typed.rest.remove(0);
        }
        Ok(typed)
    }

    fn run(&self, terminal: Terminal) -> Result<u8, Box<Diagnostic>> {
        if self.version && !self.help {
            terminal.say(&version::text());
            return Ok(0);
        }
        if self.rest.is_empty() {
            terminal.say(&help::main(terminal.out));
            return Ok(if self.help { 0 } else { Exit::Error.code(false) });
        }
        let (spec, behind) = self.command()?;
        if self.help {
            terminal.say(&help::command(spec, terminal.out));
            return Ok(0);
        }
        let arguments: Vec<String> = from_environment(spec)
            .into_iter()
            .chain(behind.iter().cloned())
            .collect();
        let given = args::read(spec, &arguments)?;
        let session = Session::new(spec, given, self.directory.as_deref().map(Path::new))?;
        let exit = (spec.run)(&session);
        session.world.remember();
        Ok(exit.code(session.given.switch("detailed-exitcode", false)))
    }

    /// The command of one or two words, and what stands behind it.
    fn command(&self) -> Result<(&'static Spec, &[String]), Box<Diagnostic>> {
        for words in [2, 1] {
            let Some(head) = self.rest.get(..words) else { continue };
            if let Some(spec) = COMMANDS.iter().find(|c| c.name == head.join(" ")) {
                return Ok((spec, self.rest.get(words..).unwrap_or_default()));
            }
        }
        Err(Box::new(unknown_command(&self.rest)))
    }
}

fn before_verb(flag: &str) -> Diagnostic {
    let name = flag.split('=').next().unwrap_or(flag);
    Diagnostic::error(
        args::UNKNOWN_FLAG,
        format!("`-{name}` does not stand before the command"),
    )
    .help_some(did_you_mean(&format!("-{name}"), ["-chdir", "-help", "-version"]))
    .help("before the command stand `-chdir=DIR`, `-help` and `-version`; the flags of a command stand behind it")
}

fn unknown_command(rest: &[String]) -> Diagnostic {
    let verb = rest.first().map_or("", String::as_str);
    let below: Vec<&str> = COMMANDS
        .iter()
        .filter_map(|c| c.name.strip_prefix(verb)?.strip_prefix(' '))
        .collect();
    let names = COMMANDS.iter().map(|c| c.name.split(' ').next().unwrap_or(c.name));
    match (below.is_empty(), rest.get(1)) {
        (true, _) => Diagnostic::error(UNKNOWN_COMMAND, format!("there is no command `{verb}`"))
            .help_some(did_you_mean(verb, names))
            .help("`situs -help` lists all commands"),
        (false, Some(word)) => Diagnostic::error(UNKNOWN_COMMAND, format!("there is no command `{verb} {word}`"))
            .help_some(did_you_mean(word, below.iter().copied()))
            .help(format!("behind `{verb}` stands {}", either(&below))),
        (false, None) => Diagnostic::error(UNKNOWN_COMMAND, format!("`{verb}` is no command by itself"))
            .help(format!("behind it stands {}", either(&below))),
    }
}

/// `` `list` or `show` ``
fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    quoted.join(" or ")
}

/// `SITUS_CLI_ARGS` and `SITUS_CLI_ARGS_plan` (`TF_…` too) stand before what was typed.
fn from_environment(spec: &Spec) -> Vec<String> {
    let own = spec.name.replace(' ', "_");
    let names = [
        "TF_CLI_ARGS".to_owned(),
        "SITUS_CLI_ARGS".to_owned(),
        format!("TF_CLI_ARGS_{own}"),
        format!("SITUS_CLI_ARGS_{own}"),
    ];
    names
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .flat_map(|line| args::words(&line))
        .collect()
}

/// What was given, for tests of the table.
pub fn parse(name: &str, rest: &[&str]) -> Option<Result<Arguments, Box<Diagnostic>>> {
    let spec = COMMANDS.iter().find(|c| c.name == name)?;
    let rest: Vec<String> = rest.iter().map(|a| (*a).to_owned()).collect();
    Some(args::read(spec, &rest))
}
