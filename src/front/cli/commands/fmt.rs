//! `situs fmt`

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::base::{Code, Diagnostic, Sources};
use crate::front::cli::args::{Spec, operands, switch, unless};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::{Session, plainly};
use crate::front::render::diff::unified;
use crate::lang::format::format;

/// A file that cannot be read or written.
pub const NO_FILE: Code = Code::new("E505", "a file that cannot be read or written");

/// The command.
pub static SPEC: Spec = Spec {
    name: "fmt",
    about: "Lay files out as everybody does",
    more: "Lays out `.situs`, `.tf`, `.tfvars` and `.tftest.hcl` files: margins, blanks, aligned `=`. Meaning and comments stay. Names the files that it changed.",
    operands: &[operands(
        0,
        "PATH",
        "Files or directories; without one, the working directory. `-` reads from standard input and writes to standard output.",
    )],
    flags: &[&[
        switch("check", "Change nothing; exit code 3 where something would be changed."),
        switch("diff", "Show what is changed."),
        switch("recursive", "Directories below, too (not those that start with a dot)."),
        unless("write", "Write no file; only name those that would be changed."),
        unless("list", "Name no files."),
    ]],
    run,
};

const ENDINGS: [&str; 4] = [".situs", ".tf", ".tfvars", ".tftest.hcl"];

fn run(session: &Session) -> Exit {
    let targets = session.given.operands();
    let targets = if targets.is_empty() { vec!["."] } else { targets };
    let mut exit = Exit::Done;
    for target in targets {
        let done = match target {
            "-" => piped(session),
            path => below(session, path),
        };
        exit = exit.min(done.unwrap_or_else(|diagnostic| session.fail(&(*diagnostic).into())));
    }
    exit
}

/// From standard input to standard output.
fn piped(session: &Session) -> Result<Exit, Box<Diagnostic>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|e| no_file("-", &e))?;
    let before = utf8("-", bytes)?;
    let Some(after) = laid_out(session, "<stdin>", &before) else {
        return Ok(Exit::Error);
    };
    let (check, diff) = (
        session.given.switch("check", false),
        session.given.switch("diff", false),
    );
    if diff && before != after {
        session
            .terminal
            .say(&unified("<stdin>", &before, &after, session.terminal.out));
    } else if !check && !diff {
        session.terminal.say(&after);
    }
    Ok(if check && before != after {
        Exit::Unformatted
    } else {
        Exit::Done
    })
}

/// A file, or the files of a directory.
fn below(session: &Session, path: &str) -> Result<Exit, Box<Diagnostic>> {
    let whole = session.world.path().join(path);
    if whole.is_file() {
        return file(session, path, &whole);
    }
    let mut exit = Exit::Done;
    for (name, whole) in files(&whole, path, session.given.switch("recursive", false))? {
        exit = exit.min(file(session, &name, &whole).unwrap_or_else(|d| session.fail(&(*d).into())));
    }
    Ok(exit)
}

/// The files of a directory, by name, sorted.
fn files(directory: &Path, name: &str, recursive: bool) -> Result<Vec<(String, PathBuf)>, Box<Diagnostic>> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|e| no_file(name, &e))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let own = entry.file_name().to_string_lossy().into_owned();
        let shown = if name == "." {
            own.clone()
        } else {
            format!("{}/{own}", name.trim_end_matches('/'))
        };
        let path = entry.path();
        // A link to a directory could lead in a circle.
        let is_directory = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_directory && recursive && !own.starts_with('.') {
            found.extend(files(&path, &shown, true)?);
        } else if !is_directory && ENDINGS.iter().any(|ending| shown.ends_with(ending)) {
            found.push((shown, path));
        }
    }
    Ok(found)
}

fn file(session: &Session, name: &str, path: &Path) -> Result<Exit, Box<Diagnostic>> {
    let before = utf8(name, fs::read(path).map_err(|e| no_file(name, &e))?)?;
    let Some(after) = laid_out(session, name, &before) else {
        return Ok(Exit::Error);
    };
    if before == after {
        return Ok(Exit::Done);
    }
    let check = session.given.switch("check", false);
    if session.given.switch("list", true) {
        session
            .terminal
            .say(&format!("{}\n", crate::front::render::paint::safe(name)));
    }
    if session.given.switch("diff", false) {
        session
            .terminal
            .say(&unified(name, &before, &after, session.terminal.out));
    }
    if !check && session.given.switch("write", true) {
        replace(path, &after).map_err(|e| no_file(name, &e))?;
    }
    Ok(if check { Exit::Unformatted } else { Exit::Done })
}

/// The text laid out; where it cannot be read, that is told and there is none.
fn laid_out(session: &Session, name: &str, text: &str) -> Option<String> {
    let mut sources = Sources::new();
    let (after, diagnostics) = format(sources.add(name, text), text);
    session.terminal.tell(&diagnostics, &sources);
    (!diagnostics.has_errors()).then_some(after)
}

/// Writes beside the file and puts it in its place, so that a cut-off write loses nothing. Links and permissions stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = path.canonicalize()?;
    let mut beside = target.clone().into_os_string();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&target)?.permissions()))
        .and_then(|()| fs::rename(&beside, &target));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    let not_text = |_| Diagnostic::error(NO_FILE, format!("`{name}` is not text in UTF-8")).help("save it as UTF-8");
    String::from_utf8(bytes).map_err(|e| Box::new(not_text(e)))
}

fn no_file(name: &str, error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(NO_FILE, format!("`{name}` cannot be laid out: {}", plainly(error)));
    Box::new(diagnostic.help("name a file or a directory that is there and may be written"))
}
