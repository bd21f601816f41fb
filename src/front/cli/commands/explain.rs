//! `situs explain`

use crate::base::Diagnostic;
use crate::front::cli::args::{Spec, optional};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::Session;
use crate::front::explain::{NO_PAGE, find, near, text};

/// The command.
pub static SPEC: Spec = Spec {
    name: "explain",
    about: "Say what a message, a block, an attribute or a function means",
    more: "For the code of a message (`E042`): what it means, an example that gives it, and what to do. For a word of the language \
           (`residency`, `service.calls`, `service.image`): what it is and what stands in it. For a resource type (`local_file`): its \
           attributes. For a function (`cidrsubnet`): its \
           parameters and an example. Without an argument, all that there is to ask for.",
    operands: &[optional("WORD", "A code, a block, an attribute or a function.")],
    flags: &[],
    run,
};

fn run(session: &Session) -> Exit {
    let paint = session.terminal.out;
    let Some(word) = session.given.operands().first().copied() else {
        session.terminal.say(&text::list(paint));
        return Exit::Done;
    };
    let topics = find(word);
    if topics.is_empty() {
        return session.fail(&no_page(word).into());
    }
    let pages: Vec<String> = topics.iter().map(|topic| text::topic(topic, paint)).collect();
    session.terminal.say(&pages.join("\n"));
    Exit::Done
}

fn no_page(word: &str) -> Diagnostic {
    Diagnostic::error(NO_PAGE, format!("there is no page for `{word}`"))
        .help_some(near(word))
        .help("`situs explain` lists the codes, blocks and functions that have one")
}
