//! `host_directory`: a directory.

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought};

use crate::host::{Host, check_mode, check_path, mode};

/// A directory on the host.
#[derive(Clone, Debug, Default, Object)]
pub struct Directory {
    /// where it is; what leads there is made too
    #[attr(required, replace)]
    path: Field<String>,
    /// who may do what with it
    #[attr(default = "0755")]
    mode: Field<String>,
    /// whose it is
    #[attr(optional)]
    owner: Field<String>,
    /// and whose group's
    #[attr(optional)]
    group: Field<String>,
    /// whether it is removed with all that is in it; else it has to be empty then
    #[attr(default = false)]
    recursive: Field<bool>,
    /// its path
    #[attr(computed)]
    id: Field<String>,
}

/// The resource type.
pub struct Directories;

const READ: &str = r#"
if [ ! -e "$1" ]; then echo gone; exit; fi
if [ ! -d "$1" ]; then echo other; exit; fi
stat -L -c 'directory %a %U %G' -- "$1""#;

const MAKE: &str = r#"
set -e
mkdir -p -- "$1"
[ -z "$3$4" ] || chown -- "$3${4:+:$4}" "$1"
chmod -- "$2" "$1""#;

const REMOVE: &str = r#"
[ -e "$1" ] || exit 0
if [ "$2" = true ]; then rm -rf -- "$1"; else rmdir -- "$1"; fi"#;

async fn make(host: &Host, planned: Directory) -> Result<Directory, Failure<Directory>> {
    let path = planned.path.text();
    let arguments = [path, planned.mode.text(), planned.owner.text(), planned.group.text()];
    host.ask(&format!("make the directory `{path}`"), MAKE, &arguments)
        .await?;
    Ok(planned)
}

#[async_trait]
impl Resource for Directories {
    type Client = Host;
    type State = Directory;

    fn validate(&self, config: &Directory, check: &mut Check) {
        check_path(check, "path", &config.path);
        check_mode(check, &config.mode);
    }

    async fn plan(&self, _: &Host, _: Planning<'_, Directory>, planned: &mut Directory) -> Result<(), Problems> {
        planned.id = planned.path.clone();
        Ok(())
    }

    async fn create(
        &self,
        host: &Host,
        planned: Directory,
        _: Ask<'_, Directory>,
    ) -> Result<Directory, Failure<Directory>> {
        make(host, planned).await
    }

    async fn read(&self, host: &Host, current: Directory) -> Result<Option<Directory>, Problems> {
        let path = current.path.text();
        let said = host.ask(&format!("read the directory `{path}`"), READ, &[path]).await?;
        let words: Vec<&str> = said.trim_end().split(' ').collect();
        match words.as_slice() {
            ["directory", is, owner, group] => Ok(Some(Directory {
                mode: mode(&current.mode, is),
                owner: current.owner.as_seen(*owner),
                group: current.group.as_seen(*group),
                ..current
            })),
            ["gone"] => Ok(None),
            _ => {
                let title = format!("`{path}` is there and is no directory");
                Err(vec![Problem::error(
                    title,
                    "Remove it, or give the directory another path.",
                )])
            }
        }
    }

    async fn update(
        &self,
        host: &Host,
        _: Directory,
        planned: Directory,
        _: Ask<'_, Directory>,
    ) -> Result<Directory, Failure<Directory>> {
        make(host, planned).await
    }

    async fn delete(&self, host: &Host, prior: Directory) -> Result<(), Problems> {
        let path = prior.path.text();
        let all = prior.recursive.get().to_string();
        host.ask(&format!("remove the directory `{path}`"), REMOVE, &[path, &all])
            .await?;
        Ok(())
    }

    async fn import(&self, _: &Host, id: &str) -> Result<Option<Directory>, Problems> {
        Ok(Some(Directory {
            path: id.into(),
            id: id.into(),
            recursive: false.into(),
            ..Directory::default()
        }))
    }

    async fn lookup(&self, host: &Host, sought: Sought<Directory>) -> Result<Looked<Directory>, Problems> {
        let Some(known) = sought.planned.or(sought.prior) else {
            return Ok(Looked::CannotTell);
        };
        let found = self.read(host, known).await?;
        Ok(found.map_or(Looked::Nothing, |directory| Looked::Object(Box::new(directory))))
    }
}
