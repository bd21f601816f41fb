//! `situs metadata functions`

use crate::front::cli::args::{Spec, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::Session;
use crate::front::render::fill::table;
use crate::front::render::schema;
use crate::lang::eval::functions::{self, signature};

/// The command.
pub static SPEC: Spec = Spec {
    name: "metadata functions",
    about: "List the functions of the language, with their parameters",
    more: "Every function, with the types of its parameters and of its result. With -json in the form that editors and other tools of \
           Terraform read.",
    operands: &[],
    flags: &[&[switch("json", "As one JSON object.")]],
    run,
};

fn run(session: &Session) -> Exit {
    let text = if session.json() {
        format!("{:#}\n", schema::functions(signature::all()))
    } else {
        let doc = |name| functions::doc(name).unwrap_or_default();
        let rows: Vec<_> = signature::all().map(|s| (s.usage(), doc(s.name))).collect();
        table(&rows)
    };
    session.terminal.say(&text);
    Exit::Done
}
