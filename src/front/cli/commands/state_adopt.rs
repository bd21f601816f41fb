//! `situs state adopt`

use std::fs;
use std::io::{self, Read};

use crate::base::Diagnostic;
use crate::engine;
use crate::front::cli::args::{Spec, optional, switch, value};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on, plainly};
use crate::front::render::human::plural;
use crate::front::render::paint::{Style, safe};
use crate::run::adopt::{Adopted, NO_TERRAFORM_STATE};
use crate::run::state::record::Status;

/// Where Terraform keeps a state unless it is told otherwise.
const USUAL: &str = "terraform.tfstate";
/// Where Terraform keeps which backend it uses.
const BACKEND: &str = ".terraform/terraform.tfstate";

/// The command.
pub static SPEC: Spec = Spec {
    name: "state adopt",
    about: "Take over what Terraform manages here",
    more: "Reads a state of Terraform and makes a state of Situs that holds the same objects, outputs and providers; values that are kept \
           out of sight stay so. The file is only read. The state of Situs must hold nothing yet. From then on let only one of the two work \
           on these objects.",
    operands: &[optional(
        "PATH",
        "A state of Terraform (default `terraform.tfstate`), or `-`: what `terraform state pull` gives.",
    )],
    flags: &[
        &[
            switch("dry-run", "Only show what would be taken over."),
            value(
                "lock-timeout",
                "DURATION",
                "Wait so long for another run to end (default 0s).",
            ),
        ],
        VARIABLES,
    ],
    run,
};

fn run(session: &Session) -> Exit {
    adopt(session).unwrap_or_else(|exit| exit)
}

fn adopt(session: &Session) -> Result<Exit, Exit> {
    let fail = |said: Box<Diagnostic>| session.fail(&(*said).into());
    let name = session.given.operands().first().copied().unwrap_or(USUAL);
    let text = read(session, name).map_err(fail)?;
    let (request, wait) = (
        session.request().map_err(fail)?,
        session.duration("lock-timeout").map_err(fail)?,
    );
    session.home()?;
    let ports = session.quiet();
    let (adopted, said) = block_on(engine::look(&ports, request, &text)).map_err(|_| Exit::Error)?;
    session.terminal.tell(&said, &crate::base::Sources::new());
    let adopted = adopted.ok_or_else(|| Exit::of(&said))?;
    session.terminal.say(&listed(&adopted));
    let what = counted(&adopted, name);
    if session.given.switch("dry-run", false) {
        session
            .terminal
            .say(&format!("{what} would be taken over. Nothing was changed.\n"));
        return Ok(Exit::Done);
    }
    let done = block_on(engine::adopt(&ports, &adopted, wait)).map_err(|_| Exit::Error)?;
    done.map_err(|errors| session.fail(&errors))?;
    let success = session.terminal.out.paint(Style::BoldGreen, "Adopted!");
    session
        .terminal
        .say(&format!("{success} {what} are in the state of Situs.\n"));
    if !session.in_automation() {
        session.terminal.say(
            "\nThe state of Terraform is as it was: from now on let only one of the two work here.\n`situs plan` shows whether anything differs.\n",
        );
    }
    Ok(Exit::Done)
}

fn read(session: &Session, name: &str) -> Result<String, Box<Diagnostic>> {
    if name == "-" {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        return read
            .map(|_| text)
            .map_err(|e| Box::new(unreadable("standard input", &e)));
    }
    let path = session.world.path().join(name);
    fs::read_to_string(path).map_err(|e| {
        let elsewhere = name == USUAL && session.world.path().join(BACKEND).exists();
        let said = unreadable(&format!("`{name}`"), &e);
        Box::new(if elsewhere {
            said.help("Terraform keeps its state in a backend here: run `terraform state pull | situs state adopt -`")
        } else {
            said.help("name the file: `situs state adopt PATH`")
        })
    })
}

fn unreadable(what: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        NO_TERRAFORM_STATE,
        format!("the state of Terraform in {what} cannot be read: {}", plainly(error)),
    )
}

/// Every object, one a line.
fn listed(adopted: &Adopted) -> String {
    let line = |(addr, key, record): &(crate::base::Addr, Option<String>, crate::run::state::Record)| {
        let aside = key.as_ref().map(|key| format!("deposed object {}", safe(key)));
        let tainted = (record.status == Status::Tainted).then(|| "tainted".to_owned());
        let notes: Vec<String> = aside.into_iter().chain(tainted).collect();
        let notes = if notes.is_empty() {
            String::new()
        } else {
            format!(" ({})", notes.join(", "))
        };
        format!("  {}{notes}\n", safe(&addr.to_string()))
    };
    let lines: String = adopted.objects.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("{lines}\n") }
}

/// `3 objects and 2 outputs of `terraform.tfstate` (serial 7)`
fn counted(adopted: &Adopted, name: &str) -> String {
    let objects = plural(adopted.objects.len(), "object");
    let outputs = plural(adopted.outputs.len(), "output");
    let again = match adopted.data {
        0 => String::new(),
        n => format!("; {} read again instead", plural(n, "data source")),
    };
    format!(
        "{objects} and {outputs} of `{}` (serial {}{again})",
        safe(name),
        adopted.serial
    )
}
