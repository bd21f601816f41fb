//! Workspaces: several states of one configuration. The one that is worked in is named by the environment, else by a file beside the state;
//! else it is `default`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::{Code, Diagnostic, Diagnostics, Sources};
use crate::front::ports::Directory;
use crate::lang::config::backend::{self, Backend};

/// A workspace that is not there, or may not be taken.
pub const NO_WORKSPACE: Code = Code::new("E513", "a workspace that is not there, or may not be taken");
/// The one that is always there.
pub const DEFAULT: &str = "default";
/// The file that names the one that is worked in.
const CURRENT: &str = ".situs/workspace";
/// Variables of the environment that name it.
const VARIABLES: [&str; 2] = ["SITUS_WORKSPACE", "TF_WORKSPACE"];

/// Where the states of a configuration are.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
    backend: Backend,
    /// The workspace that is worked in.
    pub name: String,
    /// The variable of the environment that says so.
    pub forced: Option<&'static str>,
}

impl Home {
    /// The states of the configuration in this directory, and what is wrong with what is said of them.
    pub fn find(world: &Directory) -> (Self, Sources, Diagnostics) {
        let mut sources = Sources::new();
        let (backend, mut said) = backend::find(world, &mut sources);
        let root = world.path().to_path_buf();
        let of_environment = VARIABLES
            .into_iter()
            .find_map(|v| Some((v, std::env::var(v).ok().filter(|n| !n.is_empty())?)));
        let kept = || fs::read_to_string(root.join(CURRENT)).ok();
        let (forced, name) = match of_environment {
            Some((variable, name)) => (Some(variable), name),
            None => (None, kept().map_or_else(|| DEFAULT.to_owned(), |n| n.trim().to_owned())),
        };
        said.extend(wrong_name(&name));
        let home = Self {
            root,
            backend,
            name,
            forced,
        };
        (home, sources, said)
    }

    /// The file of a workspace's state.
    pub fn state_of(&self, name: &str) -> PathBuf {
        match name {
            DEFAULT => self.root.join(&self.backend.path),
            name => self.directory_of(name).join("state.db"),
        }
    }

    /// The file of the state that is worked on.
    pub fn state(&self) -> PathBuf {
        self.state_of(&self.name)
    }

    fn directory_of(&self, name: &str) -> PathBuf {
        self.root.join(&self.backend.workspaces).join(name)
    }

    /// All workspaces, sorted; the one that is worked in is among them, also where it holds nothing yet.
    pub fn all(&self) -> io::Result<Vec<String>> {
        let mut names = vec![DEFAULT.to_owned(), self.name.clone()];
        match fs::read_dir(self.root.join(&self.backend.workspaces)) {
            Ok(entries) => {
                let directories = entries.flatten().filter(|e| e.path().is_dir());
                names.extend(directories.map(|e| e.file_name().to_string_lossy().into_owned()));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Makes one, that holds nothing.
    pub fn make(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(self.directory_of(name))
    }

    /// Takes one away, with its state.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_dir_all(self.directory_of(name))
    }

    /// Works in this one from now on.
    pub fn select(&self, name: &str) -> io::Result<()> {
        let path = self.root.join(CURRENT);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        write_whole(&path, name)
    }
}

/// Writes a file in one move.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    fs::write(&aside, format!("{text}\n"))?;
    fs::rename(aside, path)
}

/// What is wrong with a name, which is that of a directory too.
pub fn wrong_name(name: &str) -> Option<Diagnostic> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let good = !name.is_empty() && !name.starts_with('.') && name.len() <= 90 && name.chars().all(fits);
    (!good).then(|| {
        Diagnostic::error(NO_WORKSPACE, format!("`{name}` is no name for a workspace"))
            .help("a name has letters, digits, `.`, `_` and `-`, and does not start with a `.`")
    })
}
