//! `host_user`: somebody who can log in, or own something.

use std::collections::BTreeSet;

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problems, Resource, Sought};

use crate::host::Host;

/// A user of the host.
#[derive(Clone, Debug, Default, Object)]
pub struct User {
    /// the name
    #[attr(required, replace)]
    name: Field<String>,
    /// the number
    #[attr(optional, computed, replace)]
    uid: Field<u64>,
    /// the main group, which is there; else one of the user's name
    #[attr(optional, computed)]
    group: Field<String>,
    /// more groups, which are there
    #[attr(optional)]
    groups: Field<BTreeSet<String>>,
    /// the home directory
    #[attr(optional, computed)]
    home: Field<String>,
    /// what is run when the user logs in
    #[attr(default = "/bin/sh")]
    shell: Field<String>,
    /// who that is
    #[attr(optional)]
    comment: Field<String>,
    /// whether it is nobody but a program: then it has no home of its own
    #[attr(default = false, replace)]
    system: Field<bool>,
    /// the keys that open the door, all of them: lines of `authorized_keys`
    #[attr(optional)]
    keys: Field<Vec<String>>,
    /// the name
    #[attr(computed)]
    id: Field<String>,
}

/// The resource type.
pub struct Users;

/// Lines: of the table of users, the main group, all groups, and then the keys.
const READ: &str = r#"
getent passwd -- "$1" || exit 0
id -gn -- "$1"
id -Gn -- "$1"
h=$(getent passwd -- "$1" | cut -d: -f6)
if [ -f "$h/.ssh/authorized_keys" ]; then cat -- "$h/.ssh/authorized_keys"; fi"#;

/// The lines of `authorized_keys` come in; the options of `useradd` and `usermod` are the arguments.
const CHANGE: &str = r#"
set -e
tool=$1; name=$2; keys=$3; shift 3
command -v "$tool" >/dev/null || { echo "there is no \`$tool\`, of the package that is called \`passwd\` or \`shadow\`" >&2; exit 1; }
"$tool" "$@" -- "$name"
if [ "$keys" = true ]; then
  umask 077
  h=$(getent passwd -- "$name" | cut -d: -f6)
  g=$(id -gn -- "$name")
  mkdir -p -- "$h/.ssh"
  cat > "$h/.ssh/authorized_keys"
  chown -R -- "$name:$g" "$h/.ssh"
fi"#;

const REMOVE: &str = r#"
getent passwd -- "$1" >/dev/null || exit 0
userdel -r -- "$1" 2>/dev/null || userdel -- "$1""#;

async fn change(host: &Host, tool: &str, planned: &User, own: Vec<String>) -> Result<User, Problems> {
    let name = planned.name.text();
    let keys = (!planned.keys.is_null()).to_string();
    let mut arguments = vec![tool.to_owned(), name.to_owned(), keys];
    arguments.extend(own);
    let mut option = |flag: &str, value: Option<String>| {
        arguments.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
    };
    option("-u", planned.uid.known().map(ToString::to_string));
    option("-g", planned.group.known().cloned());
    let groups = planned
        .groups
        .known()
        .map(|all| all.iter().cloned().collect::<Vec<_>>().join(","));
    option("-G", groups);
    option("-d", planned.home.known().cloned());
    option("-s", planned.shell.known().cloned());
    option("-c", planned.comment.known().cloned());
    let lines: String = planned.keys.all().iter().map(|key| format!("{key}\n")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let what = if tool == "useradd" { "make" } else { "change" };
    host.give(
        &format!("{what} the user `{name}`"),
        CHANGE,
        &arguments,
        lines.as_bytes(),
    )
    .await?;
    let made = read(host, planned).await?;
    Ok(made.unwrap_or_else(|| planned.clone()))
}

async fn read(host: &Host, set: &User) -> Result<Option<User>, Problems> {
    let name = set.name.text();
    let said = host.ask(&format!("read the user `{name}`"), READ, &[name]).await?;
    let mut lines = said.lines();
    let Some(entry) = lines.next() else { return Ok(None) };
    let parts: Vec<&str> = entry.split(':').collect();
    let [_, _, uid, _, comment, home, shell] = parts.as_slice() else {
        return Ok(None);
    };
    let group = lines.next().unwrap_or_default().to_owned();
    let all = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let groups: BTreeSet<String> = all.filter(|one| *one != group && !one.is_empty()).collect();
    let keys: Vec<String> = lines
        .map(str::to_owned)
        .filter(|line| !line.trim().is_empty())
        .collect();
    Ok(Some(User {
        uid: uid.parse::<u64>().ok().into(),
        group: group.into(),
        groups: set.groups.as_seen(groups),
        home: (*home).into(),
        shell: (*shell).into(),
        comment: set.comment.as_seen(*comment),
        keys: set.keys.as_seen(keys),
        ..set.clone()
    }))
}

#[async_trait]
impl Resource for Users {
    type Client = Host;
    type State = User;

    fn validate(&self, config: &User, check: &mut Check) {
        if let Field::Known(name) = &config.name {
            let first = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
            let rest = name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
            let wanted = "small letters, digits, `_` and `-`, a letter or `_` first, 32 at most";
            let sound = first && rest && name.len() <= 32;
            check.that(sound, "name", format!("`{name}` is no name of a user"), wanted);
        }
        let line = |text: &String| !text.contains(['\n', ':']);
        let sound = [&config.comment, &config.home, &config.shell]
            .iter()
            .all(|f| f.known().is_none_or(line));
        check.that(
            sound,
            "comment",
            "the table of users has no room for `:`",
            "take it out",
        );
        let keys = config.keys.all().iter().all(|key| !key.contains('\n'));
        check.that(keys, "keys", "a key is one line", "give each as an element of its own");
    }

    async fn plan(&self, _: &Host, _: Planning<'_, User>, planned: &mut User) -> Result<(), Problems> {
        planned.id = planned.name.clone();
        Ok(())
    }

    async fn create(&self, host: &Host, planned: User, _: Ask<'_, User>) -> Result<User, Failure<User>> {
        let own = match planned.system.get() {
            true => vec!["-r".to_owned()],
            false => vec!["-m".to_owned()],
        };
        Ok(change(host, "useradd", &planned, own).await?)
    }

    async fn read(&self, host: &Host, current: User) -> Result<Option<User>, Problems> {
        read(host, &current).await
    }

    async fn update(&self, host: &Host, prior: User, planned: User, _: Ask<'_, User>) -> Result<User, Failure<User>> {
        // A home that is another one moves.
        let moved = planned.home.known().is_some() && prior.home != planned.home;
        let own = if moved { vec!["-m".to_owned()] } else { Vec::new() };
        Ok(change(host, "usermod", &planned, own).await?)
    }

    async fn delete(&self, host: &Host, prior: User) -> Result<(), Problems> {
        let name = prior.name.text();
        host.ask(&format!("remove the user `{name}`"), REMOVE, &[name]).await?;
        Ok(())
    }

    async fn import(&self, host: &Host, id: &str) -> Result<Option<User>, Problems> {
        let set = User {
            name: id.into(),
            id: id.into(),
            system: false.into(),
            ..User::default()
        };
        read(host, &set).await
    }

    async fn lookup(&self, host: &Host, sought: Sought<User>) -> Result<Looked<User>, Problems> {
        let Some(known) = sought.planned.or(sought.prior) else {
            return Ok(Looked::CannotTell);
        };
        let found = read(host, &known).await?;
        Ok(found.map_or(Looked::Nothing, |user| Looked::Object(Box::new(user))))
    }
}
