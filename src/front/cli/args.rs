//! Arguments in Terraform's spelling: `-flag=value` and `-flag value`, `--flag` too; `-chdir`, `-version` and `-help` before the verb. One
//! table, [`Spec`], says what a command takes: it is read from and its help page is drawn from it.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::base::diagnostic::did_you_mean;
use crate::base::{Code, Diagnostic};

use super::exit::Exit;
use super::session::Session;

/// A command that does not exist.
pub const UNKNOWN_COMMAND: Code = Code::new("E500", "a command that does not exist");
/// A flag that does not exist.
pub const UNKNOWN_FLAG: Code = Code::new("E501", "a flag that a command does not have");
/// An argument with another form than the command takes.
pub const WRONG_ARGUMENT: Code = Code::new("E502", "an argument of another form than the command takes");

/// A command.
pub struct Spec {
    /// Its words: `plan`, `state list`.
    pub name: &'static str,
    /// What it does, on one line.
    pub about: &'static str,
    /// What it does, in a few lines.
    pub more: &'static str,
    /// What stands behind the flags: `[PLANFILE]`.
    pub operands: &'static [Operand],
    /// Groups of flags.
    pub flags: &'static [&'static [Flag]],
    /// Does it.
    pub run: fn(&Session) -> Exit,
}

/// What stands behind the flags.
pub struct Operand {
    /// As the help page names it.
    pub name: &'static str,
    /// At least and at most so many.
    pub count: (usize, usize),
    /// What it is.
    pub about: &'static str,
}

/// A flag.
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it does.
    pub about: &'static str,
}

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or `=true`, `=false`; it is off where it is not given.
    Off,
    /// The same; it is on where it is not given.
    On,
    /// A value, named so on the help page.
    One(&'static str),
    /// A value each time; it can be given more than once.
    Many(&'static str),
}

/// An operand that must be given.
pub const fn operand(name: &'static str, about: &'static str) -> Operand {
    Operand {
        name,
        count: (1, 1),
        about,
    }
}

/// An operand that may be left out.
pub const fn optional(name: &'static str, about: &'static str) -> Operand {
    Operand {
        count: (0, 1),
        ..operand(name, about)
    }
}

/// Any number of operands, at least so many.
pub const fn operands(least: usize, name: &'static str, about: &'static str) -> Operand {
    Operand {
        count: (least, usize::MAX),
        ..operand(name, about)
    }
}

/// A flag that is on or off.
pub const fn switch(name: &'static str, about: &'static str) -> Flag {
    Flag {
        name,
        takes: Takes::Off,
        about,
    }
}

/// A flag that is on unless it is switched off; `about` says what that does.
pub const fn unless(name: &'static str, about: &'static str) -> Flag {
    Flag {
        name,
        takes: Takes::On,
        about,
    }
}

/// A flag with a value.
pub const fn value(name: &'static str, of: &'static str, about: &'static str) -> Flag {
    Flag {
        name,
        takes: Takes::One(of),
        about,
    }
}

/// A flag with a value that can be given more than once.
pub const fn values(name: &'static str, of: &'static str, about: &'static str) -> Flag {
    Flag {
        name,
        takes: Takes::Many(of),
        about,
    }
}

/// Flags of every command.
pub const COMMON: &[Flag] = &[
    value(
        "color",
        "WHEN",
        "Colour: `always`, `never`, or `auto` (on a terminal, unless NO_COLOR is set).",
    ),
    switch("no-color", "The same as -color=never."),
];

/// What was given to a command.
pub struct Arguments {
    matches: ArgMatches,
}

impl Arguments {
    /// Whether a switch is on; `otherwise` where it is not given.
    pub fn switch(&self, name: &str, otherwise: bool) -> bool {
        let given = self.matches.try_get_one::<bool>(name).ok().flatten();
        given.copied().unwrap_or(otherwise)
    }

    /// The value of a flag; of several, the last.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last().copied()
    }

    /// All values of a flag or of the operands (``), in order.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let given = self.matches.try_get_many::<String>(name).ok().flatten();
        given.into_iter().flatten().map(String::as_str).collect()
    }

    /// All values of several flags, in the order of the command line, each with its flag.
    pub fn in_order(&self, names: &[&'static str]) -> Vec<(&'static str, &str)> {
        let of = |name: &'static str| {
            // A command without the flag has none of it.
            let known = self.matches.try_contains_id(name).is_ok();
            let places = known
                .then(|| self.matches.indices_of(name))
                .flatten()
                .into_iter()
                .flatten();
            places
                .zip(self.values(name))
                .map(move |(place, value)| (place, name, value))
        };
        let mut all: Vec<_> = names.iter().flat_map(|name| of(name)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, name, value)| (name, value)).collect()
    }

    /// Whether a flag was given at all.
    pub fn has(&self, name: &str) -> bool {
        self.matches.try_contains_id(name).unwrap_or(false)
    }

    /// What stands behind the flags.
    pub fn operands(&self) -> Vec<&str> {
        self.values(OPERANDS)
    }
}

const OPERANDS: &str = "operands";

/// Reads what stands behind the verb.
pub fn read(spec: &Spec, rest: &[String]) -> Result<Arguments, Box<Diagnostic>> {
    let arguments = std::iter::once("situs".to_owned()).chain(dashes(rest));
    command(spec)
        .try_get_matches_from(arguments)
        .map(|matches| Arguments { matches })
        .map_err(|e| Box::new(told(spec, &e)))
}

fn flags(spec: &Spec) -> impl Iterator<Item = &'static Flag> {
    spec.flags.iter().copied().flatten().chain(COMMON)
}

fn command(spec: &Spec) -> Command {
    let mut command = Command::new(spec.name)
        .disable_help_flag(true)
        .disable_version_flag(true);
    for flag in flags(spec) {
        command = command.arg(argument(flag));
    }
    let least = spec.operands.iter().map(|o| o.count.0).sum();
    let most: usize = spec.operands.iter().map(|o| o.count.1).fold(0, usize::saturating_add);
    if most == 0 {
        return command;
    }
    command.arg(Arg::new(OPERANDS).num_args(least..=most).required(least > 0))
}

fn argument(flag: &Flag) -> Arg {
    let arg = Arg::new(flag.name);
    let arg = if flag.name.len() == 1 {
        arg.short(flag.name.chars().next())
    } else {
        arg
    };
    let arg = arg.long(flag.name);
    match flag.takes {
        Takes::Off | Takes::On => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(clap::value_parser!(bool))
            .overrides_with(flag.name),
        Takes::One(_) | Takes::Many(_) => arg.num_args(1).action(ArgAction::Append).allow_hyphen_values(false),
    }
}

/// Long flags with one dash get their second.
fn dashes(rest: &[String]) -> Vec<String> {
    let end = rest.iter().position(|a| a == "--").unwrap_or(rest.len());
    let long = |a: &String| {
        a.starts_with('-') && !a.starts_with("--") && a.chars().nth(1).is_some_and(char::is_alphabetic) && a.len() > 2
    };
    rest.iter()
        .enumerate()
        .map(|(i, a)| if i < end && long(a) { format!("-{a}") } else { a.clone() })
        .collect()
}

/// A mistake in the arguments, in our words.
fn told(spec: &Spec, error: &clap::Error) -> Diagnostic {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or("");
    let flag = single(argument.split([' ', '=', '[']).next().unwrap_or(""));
    let help = format!("see `situs {} -help`", spec.name);
    let diagnostic = match error.kind() {
        ErrorKind::UnknownArgument if flag.starts_with('-') => {
            let names: Vec<String> = flags(spec).map(|f| format!("-{}", f.name)).collect();
            Diagnostic::error(UNKNOWN_FLAG, format!("`situs {}` has no flag `{flag}`", spec.name))
                .help_some(
                    (flag == "-chdir")
                        .then(|| format!("write it before the command: `situs -chdir=DIR {}`", spec.name)),
                )
                .help_some(did_you_mean(&flag, names.iter().map(String::as_str)))
        }
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => {
            let extra = text(ContextKind::InvalidValue).unwrap_or(argument);
            Diagnostic::error(
                WRONG_ARGUMENT,
                format!("`{extra}` is one argument more than `situs {}` takes", spec.name),
            )
        }
        ErrorKind::MissingRequiredArgument | ErrorKind::TooFewValues => needs(spec),
        ErrorKind::WrongNumberOfValues if argument.contains(OPERANDS) => needs(spec),
        ErrorKind::InvalidValue if argument.contains(OPERANDS) => needs(spec),
        _ => wrong_value(&flag, text(ContextKind::InvalidValue).unwrap_or(""), spec),
    };
    diagnostic.help(help)
}

/// What stands behind the flags is missing.
fn needs(spec: &Spec) -> Diagnostic {
    let missing: Vec<&str> = spec.operands.iter().filter(|o| o.count.0 > 0).map(|o| o.name).collect();
    let title = format!("`situs {}` needs {}", spec.name, missing.join(" and "));
    Diagnostic::error(WRONG_ARGUMENT, title)
}

fn wrong_value(flag: &str, given: &str, spec: &Spec) -> Diagnostic {
    let takes = flags(spec)
        .find(|f| flag.trim_start_matches('-') == f.name)
        .map(|f| f.takes);
    let title = match (takes, given) {
        (Some(Takes::Off | Takes::On), given) => {
            format!("`{flag}` is on or off (`{flag}=true`, `{flag}=false`), not `{given}`")
        }
        (Some(Takes::One(of) | Takes::Many(of)), "") => format!("`{flag}` needs a value: `{flag}={of}`"),
        _ => format!("`{flag}` cannot be `{given}`"),
    };
    Diagnostic::error(WRONG_ARGUMENT, title)
}

/// `--flag` as our users write it.
fn single(flag: &str) -> String {
    match flag.strip_prefix("--") {
        Some(name) => format!("-{name}"),
        None => flag.to_owned(),
    }
}

/// Words of a line as a shell would split them: quotes keep blanks, a backslash keeps what follows.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
