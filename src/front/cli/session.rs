//! What a command works with: what was typed, the directory, the clock, the terminal, and the engine's ports made of these.

use std::fs::File;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::base::event::{Silent, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics, Sources};
use crate::engine::{self, Loaded, Ports};
use crate::front::builtins;
use crate::front::ports::{Directory, MachineClock};
use crate::lang::config::blocks::DEPENDS;
use crate::lang::config::settings;
use crate::lang::config::{Given, NOT_GIVEN, Request};
use crate::run::lower::NO_PROVIDER;
use crate::run::provider::plugin::Plugins;
use crate::run::provider::plugin::log::{Level, Logs, Writer};
use crate::run::state::{Act, Fault, Holder};

use super::args::{Arguments, Spec, WRONG_ARGUMENT};
use super::exit::Exit;
use super::prompt;
use super::terminal::{Colour, Terminal};
use super::workspace::Home;

/// A directory that cannot be worked in.
pub const NO_DIRECTORY: Code = Code::new("E503", "a directory that cannot be worked in");

/// What a command works with.
pub struct Session {
    /// The command.
    pub spec: &'static Spec,
    /// What was given to it.
    pub given: Arguments,
    /// Where text goes.
    pub terminal: Terminal,
    /// The directory of the configuration.
    pub world: Arc<Directory>,
    /// The clock.
    pub clock: Arc<MachineClock>,
    home: OnceLock<(Home, Sources, Diagnostics)>,
    settings: OnceLock<(Arc<Plugins>, Sources, Diagnostics)>,
}

impl Session {
    /// The session of a command in a directory; the present one where none is given.
    pub fn new(spec: &'static Spec, given: Arguments, directory: Option<&Path>) -> Result<Self, Box<Diagnostic>> {
        let terminal = Terminal::new(colour(&given)?);
        let directory = directory.unwrap_or(Path::new("."));
        let world = Directory::new(directory).map_err(|error| Box::new(no_directory(directory, &error)))?;
        Ok(Self {
            spec,
            given,
            terminal,
            world: Arc::new(world),
            clock: Arc::new(MachineClock),
            home: OnceLock::new(),
            settings: OnceLock::new(),
        })
    }

    /// Whether the answer is for a program.
    pub fn json(&self) -> bool {
        self.given.switch("json", false)
    }

    /// Whether a wrapper runs us: hints at what to type next are left out.
    pub fn in_automation(&self) -> bool {
        ["SITUS_IN_AUTOMATION", "TF_IN_AUTOMATION"]
            .iter()
            .any(|name| self.env(name).is_some_and(|v| !v.is_empty()))
    }

    /// Whether somebody may be asked.
    pub fn may_ask(&self) -> bool {
        let refused = |v: String| matches!(v.as_str(), "0" | "false");
        let never = ["SITUS_INPUT", "TF_INPUT"]
            .iter()
            .any(|name| self.env(name).is_some_and(refused));
        self.given.switch("input", !never) && !self.json()
    }

    /// A variable of the environment.
    pub fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// Where the states of the configuration are; what is wrong with what is said of them ends the command.
    pub fn home(&self) -> Result<&Home, Exit> {
        let (home, sources, said) = self.found_home();
        self.sound(sources, said)?;
        let (_, sources, said) = self.found_plugins();
        self.sound(sources, said)?;
        Ok(home)
    }

    /// That what is said is no error; else it is told.
    fn sound(&self, sources: &Sources, said: &Diagnostics) -> Result<(), Exit> {
        if !said.has_errors() {
            return Ok(());
        }
        self.terminal.tell(said, sources);
        Err(Exit::of(said))
    }

    /// What is said of the user's settings, and their text.
    pub fn settings(&self) -> (&Diagnostics, &Sources) {
        let (_, sources, said) = self.found_plugins();
        (said, sources)
    }

    /// The plug-ins of the configuration, by the user's settings; what is wrong with these is told with the home.
    fn found_plugins(&self) -> &(Arc<Plugins>, Sources, Diagnostics) {
        self.settings.get_or_init(|| {
            let mut sources = Sources::new();
            let (settings, said) = settings::read(&*self.world, &mut sources);
            (
                Arc::new(Plugins::new(self.world.clone(), settings, logs())),
                sources,
                said,
            )
        })
    }

    fn found_home(&self) -> &(Home, Sources, Diagnostics) {
        self.home.get_or_init(|| Home::find(&self.world))
    }

    /// The engine's ways out, with this listener.
    pub fn ports(&self, sink: Arc<dyn Sink>) -> Ports {
        // What is wrong with it is told where a state is opened.
        let (home, ..) = self.found_home();
        let (plugins, ..) = self.found_plugins();
        Ports {
            world: self.world.clone(),
            clock: self.clock.clone(),
            registry: builtins::registry().with_plugins(plugins.clone()),
            sink,
            state: home.state(),
            workspace: home.name.clone(),
            holder: Holder::new(who(), std::process::id(), self.spec.name),
            fault: self.fault(),
        }
    }

    /// The same, with nobody listening.
    pub fn quiet(&self) -> Ports {
        self.ports(Arc::new(Silent))
    }

    /// What the flags say of variables.
    pub fn request(&self) -> Result<Request, Box<Diagnostic>> {
        let given = self.given.in_order(&["var", "var-file"]);
        let given = given.into_iter().map(|(flag, text)| {
            if flag == "var" {
                variable(text)
            } else {
                Ok(Given::File(text.to_owned()))
            }
        });
        Ok(Request {
            given: given.collect::<Result<_, _>>()?,
            ..Request::default()
        })
    }

    /// A hook for tests: where the process is to end as if it were killed.
    fn fault(&self) -> Option<Fault> {
        let at = self.env("SITUS_TEST_KILL_AT").filter(|_| cfg!(debug_assertions))?;
        Some(Fault::new(at.parse().ok()?, Act::Abort))
    }

    /// Reads the configuration; what is wrong with it is told, and ends the command where it is an error.
    pub fn load(&self, ports: &Ports) -> Result<Loaded, Exit> {
        let request = self.request().map_err(|d| self.fail(&(*d).into()))?;
        self.home()?;
        let (said, sources) = self.settings();
        self.terminal.tell_aside(said, sources);
        let (loaded, diagnostics) = match io::stdin().is_terminal() {
            true => self.read(ports, request, &|text| self.terminal.warn(text)),
            false => engine::load(ports, request),
        };
        self.terminal.tell_aside(&diagnostics, &loaded.sources);
        if diagnostics.has_errors() {
            Err(Exit::of(&diagnostics))
        } else {
            Ok(loaded)
        }
    }

    /// Reads the configuration, and asks for the values that nothing gives, where somebody may be asked.
    pub fn read(&self, ports: &Ports, request: Request, say: &dyn Fn(&str)) -> (Loaded, Diagnostics) {
        let (loaded, said) = engine::load(ports, request.clone());
        if loaded.config.missing.is_empty() || !self.may_ask() {
            return (loaded, said);
        }
        match prompt::ask(&loaded.config.missing, self.terminal.out, say) {
            Some(answers) => {
                let given = request.given.into_iter().chain(answers).collect();
                engine::load(ports, Request { given, ..request })
            }
            None => (loaded, said),
        }
    }

    /// The same for those who need no value and no provider: what lacks one is no mistake.
    pub fn load_without_values(&self, ports: &Ports) -> Result<Loaded, Exit> {
        let request = self.request().map_err(|d| self.fail(&(*d).into()))?;
        self.home()?;
        let ports = Ports {
            registry: ports.registry.without_plugins(),
            ..ports.clone()
        };
        let (loaded, diagnostics) = engine::load(&ports, request);
        let open = !loaded.config.missing.is_empty();
        let follows = |d: &Diagnostic| {
            let of_values = open && (d.code == NOT_GIVEN || d.code == DEPENDS);
            of_values || d.code == NO_PROVIDER
        };
        let said: Diagnostics = diagnostics.into_iter().filter(|d| !follows(d)).collect();
        self.terminal.tell_aside(&said, &loaded.sources);
        match said.has_errors() {
            true => Err(Exit::of(&said)),
            false => Ok(loaded),
        }
    }

    /// Tells what has no place in a text, and how the command ends.
    pub fn fail(&self, diagnostics: &Diagnostics) -> Exit {
        self.terminal.tell(diagnostics, &Sources::new());
        Exit::of(diagnostics)
    }

    /// The addresses that a flag names.
    pub fn addresses(&self, flag: &str) -> Result<Vec<Addr>, Box<Diagnostic>> {
        self.given.values(flag).iter().map(|text| address(text)).collect()
    }

    /// A number that a flag gives.
    pub fn number(&self, flag: &str, otherwise: usize) -> Result<usize, Box<Diagnostic>> {
        let Some(text) = self.given.value(flag) else {
            return Ok(otherwise);
        };
        let wrong = || {
            Box::new(Diagnostic::error(
                WRONG_ARGUMENT,
                format!("`-{flag}` is a number from 1, not `{text}`"),
            ))
        };
        text.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)
    }

    /// A duration that a flag gives: `30s`, `5m`.
    pub fn duration(&self, flag: &str) -> Result<Duration, Box<Diagnostic>> {
        let text = self.given.value(flag).unwrap_or("0s");
        let wrong = || {
            Box::new(Diagnostic::error(
                WRONG_ARGUMENT,
                format!("`-{flag}` is a duration like `30s` or `5m`, not `{text}`"),
            ))
        };
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
        let millis = units.iter().find_map(|(unit, factor)| {
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(*factor)
        });
        millis.map(Duration::from_millis).ok_or_else(wrong)
    }
}

/// `NAME=VALUE`
fn variable(text: &str) -> Result<Given, Box<Diagnostic>> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        let title = format!("`-var` needs a name and a value, not `{text}`");
        Box::new(Diagnostic::error(WRONG_ARGUMENT, title).help("write `-var 'NAME=VALUE'`"))
    })?;
    Ok(Given::Variable {
        name: name.trim().to_owned(),
        text: value.to_owned(),
    })
}

/// Runs a piece of work that waits for providers or the state.
pub fn block_on<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // A thread that waits for an answer nobody gives must not keep the process.
    runtime.shutdown_background();
    Ok(done)
}

/// An address as it is typed.
pub fn address(text: &str) -> Result<Addr, Box<Diagnostic>> {
    let told = |what: String| {
        Diagnostic::error(WRONG_ARGUMENT, what)
            .help("an address is like `service.triage@munich.local_process.main[0]`; `situs state list` shows all")
    };
    text.parse().map_err(|what| Box::new(told(what)))
}

/// Who wants the logs of providers: `TF_LOG_PROVIDER` or `TF_LOG` says from which level on, `TF_LOG_PATH` in which file they are, and the
/// same with `SITUS_` in front.
fn logs() -> Option<Logs> {
    let variable = |name: &str| {
        let both = [format!("SITUS_{name}"), format!("TF_{name}")];
        both.iter()
            .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()))
    };
    let from = variable("LOG_PROVIDER").or_else(|| variable("LOG"))?;
    let from = match Level::parse(&from) {
        Some(level) => level,
        None if ["off", "0"].contains(&from.to_lowercase().as_str()) => return None,
        // As the peers have it: what is no level is the lowest.
        None => Level::Trace,
    };
    let file = variable("LOG_PATH").and_then(|path| File::options().create(true).append(true).open(path).ok());
    let to: Writer = match file {
        Some(file) => Arc::new(move |line: &str| drop(writeln!(&file, "{line}"))),
        None => Arc::new(|line: &str| drop(writeln!(io::stderr(), "{line}"))),
    };
    Some(Logs { from, to })
}

fn colour(given: &Arguments) -> Result<Colour, Box<Diagnostic>> {
    if given.switch("no-color", false) {
        return Ok(Colour::Never);
    }
    let Some(text) = given.value("color") else {
        return Ok(Colour::Auto);
    };
    let wrong = || {
        Diagnostic::error(
            WRONG_ARGUMENT,
            format!("`-color` is `always`, `never` or `auto`, not `{text}`"),
        )
    };
    Colour::parse(text).ok_or_else(|| Box::new(wrong()))
}

fn no_directory(directory: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        NO_DIRECTORY,
        format!("`{}` cannot be worked in: {}", directory.display(), plainly(error)),
    )
    .help("name a directory that holds `.situs` files with `-chdir=DIR`")
}

/// What the system says, without its numbers.
pub fn plainly(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be used".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error
            .to_string()
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_lowercase(),
    }
}

/// `user@host`, for those who wait for the state.
fn who() -> String {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let user = named.or_else(account).unwrap_or_else(|| "unknown".to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host
        .map(|h| h.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").ok());
    format!("{user}@{}", host.as_deref().unwrap_or("unknown"))
}

/// The account that this process runs as, where the environment does not say.
fn account() -> Option<String> {
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").ok()?).to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let own = accounts
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|f| f.get(2) == Some(&uid.as_str()));
    own.and_then(|fields| fields.first().map(|name| (*name).to_owned()))
        .or(Some(format!("uid {uid}")))
}
