//! `situs version`

use serde_json::json;

use crate::front::cli::VERSION;
use crate::front::cli::args::{Spec, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::Session;

/// The command.
pub static SPEC: Spec = Spec {
    name: "version",
    about: "Say which version this is",
    more: "Says which version of Situs this is, and for which kind of machine it was built. Providers ship with it, so none is selected apart.",
    operands: &[],
    flags: &[&[switch("json", "As JSON.")]],
    run,
};

fn run(session: &Session) -> Exit {
    if session.json() {
        session.terminal.say(&format!(
            "{:#}\n",
            json!({ "situs_version": VERSION, "platform": platform(), "provider_selections": {} })
        ));
    } else {
        session.terminal.say(&text());
    }
    Exit::Done
}

/// `Situs 0.1.0 on linux_x86_64`
pub fn text() -> String {
    format!("Situs {VERSION} on {}\n", platform())
}

fn platform() -> String {
    format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH)
}
