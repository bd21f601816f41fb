//! `situs provider check`

use std::path::Path;
use std::sync::Arc;

use situs_sdk::suite::{self, Came, Finding};

use crate::base::{Diagnostic, Diagnostics};
use crate::engine::{self, Loaded, Ports};
use crate::front::cli::args::{Spec, operand, switch};
use crate::front::cli::commands::providers;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::paint::safe;
use crate::run::provider::Registry;
use crate::run::provider::plugin::Missing;
use crate::run::provider::pool::NO_PROVIDER;
use crate::run::provider::registry::Available;

/// The command.
pub static SPEC: Spec = Spec {
    name: "provider check",
    about: "Run a provider through what holds of every provider",
    more: "Starts a program that is a provider of the Terraform plug-in protocol, in the clear and over TLS, and looks at what it offers, what \
           it says to configurations that are empty, unknown and made up, and what it plans. With `-samples` everything that the \
           configuration here declares is made by it, looked at from all sides, and removed again: real objects, in no state.",
    operands: &[operand("PROGRAM", "The program: `./terraform-provider-mine`.")],
    flags: &[
        VARIABLES,
        &[switch(
            "samples",
            "Make what the configuration here declares, and remove it again.",
        )],
    ],
    run: |session| run(session).unwrap_or_else(|exit| exit),
};

fn run(session: &Session) -> Result<Exit, Exit> {
    let operands = session.given.operands();
    let given = operands.first().copied().unwrap_or_default();
    let ports = session.quiet();
    let root = ports.world.root();
    let program = Path::new(&root).join(given);
    let Some(plugins) = ports.registry.plugins() else {
        return Err(Exit::Error);
    };
    let has = |missing: Missing| {
        let title = format!("`{}` is no provider that can be checked", safe(given));
        session.fail(&missing.tell(Diagnostic::error(NO_PROVIDER, title)).into())
    };
    let found = plugins.program(&program, given, false).map_err(has)?;
    let sealed = plugins.program(&program, given, true);
    session.terminal.say(&head(&found));
    let mut findings = vec![over_tls(&found, sealed)];
    let sampled = match session.given.switch("samples", false) {
        true => Some(samples(session, &ports, &program)?),
        false => None,
    };
    let make = found.make.clone();
    let ran = block_on(async {
        findings.extend(suite::bare(&*make, &root).await);
        let mut said = Diagnostics::new();
        if let Some((ports, loaded)) = &sampled {
            findings.extend(said.take(engine::samples(ports, loaded).await));
        }
        ports.registry.ended().await;
        said
    });
    let said = ran.map_err(|_| Exit::Error)?;
    if said.has_errors() {
        return Err(session.fail(&said));
    }
    let (text, exit) = listed(&findings);
    session.terminal.say(&text);
    Ok(exit)
}

fn head(found: &Available) -> String {
    let schema = &found.schema;
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{}: {}, {}, {}\n\n",
        safe(&found.name),
        count(schema.resources.len(), "resource type"),
        count(schema.data_sources.len(), "data source"),
        count(schema.functions.len(), "function")
    )
}

fn over_tls(clear: &Available, sealed: Result<Arc<Available>, Missing>) -> Finding {
    let what = "starts and ends, in the clear and over TLS";
    match sealed {
        Ok(sealed) if sealed.schema == clear.schema => Finding::new(what, Ok(())),
        Ok(_) => Finding::new(what, Err(vec!["offers something else over TLS".to_owned()])),
        Err(missing) => Finding::new(what, Err(missing.lines())),
    }
}

/// Every provider of the configuration that does not ship with the engine is the program.
fn samples(session: &Session, ports: &Ports, program: &Path) -> Result<(Ports, Loaded), Exit> {
    let loaded = session.load_without_values(ports)?;
    let own: Vec<Available> = ports.registry.builtins().map(|b| (**b).clone()).collect();
    let sources = providers::sources(&loaded.config);
    let others = sources.iter().filter(|source| own.iter().all(|b| b.source != **source));
    let program = |source: &String| Some((*ports.registry.plugins()?.program(program, source, false).ok()?).clone());
    let others: Vec<Available> = others.filter_map(program).collect();
    let registry: Registry = ports.registry.with_builtins(own.into_iter().chain(others));
    let ports = Ports {
        registry,
        ..ports.clone()
    };
    let loaded = session.load(&ports)?;
    Ok((ports, loaded))
}

fn listed(findings: &[Finding]) -> (String, Exit) {
    let mut text = String::new();
    for finding in findings {
        let (word, lines) = match &finding.came {
            Came::Holds => ("ok", Vec::new()),
            Came::Fails(faults) => ("FAILED", faults.clone()),
            Came::Skipped(why) => ("skipped", vec![why.clone()]),
        };
        text.push_str(&format!("  {word:<8} {}\n", safe(&finding.what)));
        lines
            .iter()
            .for_each(|line| text.push_str(&format!("           it {}\n", safe(line.trim_start_matches("it ")))));
    }
    let failed = findings.iter().filter(|f| matches!(f.came, Came::Fails(_))).count();
    let skipped = findings.iter().filter(|f| matches!(f.came, Came::Skipped(_))).count();
    let left = if skipped == 0 {
        String::new()
    } else {
        format!(", {skipped} skipped")
    };
    match failed {
        0 => (format!("{text}\nAll of it holds{left}.\n"), Exit::Done),
        n => (
            format!("{text}\n{n} of {} do not hold{left}.\n", findings.len()),
            Exit::Error,
        ),
    }
}
