//! `situs state mv`, `rm`, `replace-provider`, `push`, `pull`; `situs taint` and `untaint`

use std::io::Read;

use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::engine::Options;
use crate::engine::edit::{self, Edit};
use crate::front::cli::args::{Flag, Operand, Spec, operand, operands, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::LOCK_TIMEOUT;
use crate::front::cli::session::{Session, address, block_on, plainly};
use crate::front::render::human::plural;
use crate::front::render::paint::safe;
use crate::run::state::{Snapshot, Status};

/// A file with a state that cannot be read.
pub const NO_FILE: Code = Code::new("E515", "a file with a state that cannot be read");

const DRY: &[Flag] = &[switch("dry-run", "Only say what would be done.")];
const MISSING: &[Flag] = &[switch(
    "allow-missing",
    "It is no mistake where the state does not hold it.",
)];
const ADDRESS: &[Operand] = &[operand("ADDR", "An address, as `situs state list` lists them.")];

/// `situs state mv`
pub static MV: Spec = Spec {
    name: "state mv",
    about: "Give what is managed here another address",
    more: "Moves an instance, all of a resource, or a module with all that is in it. Nothing is changed but the state. A `moved` block does the \
           same for everybody who applies the configuration.",
    operands: &[
        operand("FROM", "What it is called in the state."),
        operand("TO", "What it is to be called."),
    ],
    flags: &[DRY, LOCK_TIMEOUT],
    run: mv,
};

/// `situs state rm`
pub static RM: Spec = Spec {
    name: "state rm",
    about: "Forget something, and leave it where it is",
    more: "What lies at or below the addresses is managed by nobody from then on. A `removed` block does the same for everybody.",
    operands: &[operands(1, "ADDR", "What is forgotten, with all that is below it.")],
    flags: &[DRY, LOCK_TIMEOUT],
    run: rm,
};

/// `situs state replace-provider`
pub static REPLACE_PROVIDER: Spec = Spec {
    name: "state replace-provider",
    about: "Say that objects of one provider are those of another",
    more: "For a provider that is found elsewhere now, or a fork of one: the objects stay as they are.",
    operands: &[
        operand("FROM", "The source that the state has."),
        operand("TO", "The source that it is to have."),
    ],
    flags: &[DRY, LOCK_TIMEOUT],
    run: replace_provider,
};

/// `situs state pull`
pub static PULL: Spec = Spec {
    name: "state pull",
    about: "Write the whole state to standard output",
    more: "As JSON, with all that is sensitive in it: keep it as carefully as the state itself.",
    operands: &[],
    flags: &[],
    run: pull,
};

/// `situs state push`
pub static PUSH: Spec = Spec {
    name: "state push",
    about: "Put a whole state in the place of this one",
    more: "Takes what `situs state pull` wrote. A state of another lineage, or an older one, is refused.",
    operands: &[operand("FILE", "The file; `-` is standard input.")],
    flags: &[
        &[switch("force", "Also one of another lineage, or an older one.")],
        LOCK_TIMEOUT,
    ],
    run: push,
};

/// `situs taint`
pub static TAINT: Spec = Spec {
    name: "taint",
    about: "Have the next apply make something anew",
    more: "Marks an object as half-made. `situs plan -replace=ADDR` does the same for one plan, and shows it first.",
    operands: ADDRESS,
    flags: &[MISSING, LOCK_TIMEOUT],
    run: |session| mark(session, Status::Tainted),
};

/// `situs untaint`
pub static UNTAINT: Spec = Spec {
    name: "untaint",
    about: "Count something as whole that is marked as half-made",
    more: "So that the next apply leaves it as it is.",
    operands: ADDRESS,
    flags: &[MISSING, LOCK_TIMEOUT],
    run: |session| mark(session, Status::Ready),
};

fn mv(session: &Session) -> Exit {
    done(addresses(session).and_then(|given| {
        let [from, to] = given.as_slice() else {
            return Err(Exit::Error);
        };
        let kinds = |a: &Addr| (a.parts().resource.is_some(), a.parts().placed.is_some());
        let types = |a: &Addr| a.parts().resource.as_ref().map(|r| (r.mode, r.type_name.clone()));
        if kinds(from) != kinds(to) || types(from) != types(to) {
            let title = format!("`{from}` cannot become `{to}`");
            let said = Diagnostic::error(edit::NOT_CHANGED, title);
            return Err(session.fail(
                &said
                    .help("a resource moves to one of the same type, a module to a module")
                    .into(),
            ));
        }
        let moved = changed(session, |now| edit::relocated(now, from, to))?;
        let lines = moved
            .iter()
            .map(|(from, to)| format!("  {} to {}\n", shown(from), shown(to)));
        tell(session, "moved", moved.len(), &lines.collect::<String>());
        Ok(())
    }))
}

fn rm(session: &Session) -> Exit {
    done(addresses(session).and_then(|given| {
        let gone = changed(session, |now| edit::forgotten(now, &given))?;
        let lines: String = gone.iter().map(|addr| format!("  {}\n", shown(addr))).collect();
        tell(session, "forgotten", gone.len(), &lines);
        Ok(())
    }))
}

fn replace_provider(session: &Session) -> Exit {
    let given = session.given.operands();
    let (from, to) = (
        given.first().copied().unwrap_or(""),
        given.get(1).copied().unwrap_or(""),
    );
    done(changed(session, |now| edit::given_to(now, from, to)).map(|objects| {
        let lines: String = objects.iter().map(|addr| format!("  {}\n", shown(addr))).collect();
        tell(session, "given to another provider", objects.len(), &lines);
    }))
}

fn pull(session: &Session) -> Exit {
    done(super::show::snapshot(session).map(|snapshot| {
        let text = serde_json::to_string_pretty(&snapshot).unwrap_or_default();
        session.terminal.say(&format!("{text}\n"));
    }))
}

fn push(session: &Session) -> Exit {
    let name = session.given.operands().first().copied().unwrap_or_default();
    done(text_of(session, name).and_then(|text| {
        let force = session.given.switch("force", false);
        let count = changed(session, |now| edit::replaced(now, &text, force))?;
        session
            .terminal
            .say(&format!("The state holds {} now.\n", plural(count, "object")));
        Ok(())
    }))
}

fn mark(session: &Session, status: Status) -> Exit {
    done(addresses(session).and_then(|given| {
        let Some(addr) = given.first() else {
            return Err(Exit::Error);
        };
        let lenient = session.given.switch("allow-missing", false);
        let new = changed(session, |now| match now.objects.contains_key(addr) || !lenient {
            true => edit::marked(now, addr, status),
            false => Ok((Vec::new(), false)),
        })?;
        let text = match (new, status) {
            (true, Status::Tainted) => "is marked as half-made: the next apply makes it anew",
            (true, Status::Ready) => "counts as whole",
            (false, _) => "stays as it is",
        };
        session.terminal.say(&format!("{} {text}.\n", shown(addr)));
        Ok(())
    }))
}

/// Changes the state, or with `-dry-run` only says what would come of it.
fn changed<T>(session: &Session, work: impl FnOnce(&Snapshot) -> Edit<T>) -> Result<T, Exit> {
    session.home()?;
    let ports = session.quiet();
    let lock_timeout = session
        .duration("lock-timeout")
        .map_err(|d| session.fail(&(*d).into()))?;
    let options = Options {
        lock_timeout,
        ..Options::default()
    };
    let done: Result<T, Diagnostics> = if session.given.switch("dry-run", false) {
        let snapshot = super::show::snapshot(session)?;
        work(&snapshot).map(|(_, said)| said)
    } else {
        block_on(edit::edit(&ports, &options, work)).map_err(|_| Exit::Error)?
    };
    done.map_err(|errors| session.fail(&errors))
}

fn tell(session: &Session, what: &str, count: usize, lines: &str) {
    let would = if session.given.switch("dry-run", false) {
        "would be "
    } else {
        ""
    };
    session
        .terminal
        .say(&format!("{lines}{} {would}{what}.\n", plural(count, "object")));
}

fn done(result: Result<(), Exit>) -> Exit {
    result.err().unwrap_or(Exit::Done)
}

fn addresses(session: &Session) -> Result<Vec<Addr>, Exit> {
    let given: Result<Vec<Addr>, _> = session.given.operands().into_iter().map(address).collect();
    given.map_err(|d| session.fail(&(*d).into()))
}

fn shown(addr: &Addr) -> String {
    safe(&addr.to_string()).into_owned()
}

fn text_of(session: &Session, name: &str) -> Result<String, Exit> {
    let mut text = String::new();
    let read = match name {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop),
        name => std::fs::read_to_string(session.world.path().join(name)).map(|whole| text = whole),
    };
    read.map(|()| text).map_err(|error| {
        let title = format!("`{name}` cannot be read: {}", plainly(&error));
        let said = Diagnostic::error(NO_FILE, title);
        session.fail(
            &said
                .help("name a file that `situs state pull` wrote, or `-` for standard input")
                .into(),
        )
    })
}
