//! The host: who it is, what cares for its services, and how something is asked of it.

use std::path::PathBuf;

use situs_sdk::async_trait;
use situs_sdk::kit::{Check, Client, Field, Object, Place, Problem, Problems};
use situs_ssh::{Address, Connection, Wrong};

/// A host that is reached over SSH.
#[derive(Clone, Debug, Default, Object)]
pub struct Config {
    /// the host, as `ssh` would be told: a name, an address, or what the user's configuration calls it
    #[attr(required)]
    address: Field<String>,
    /// who logs in
    #[attr(optional)]
    user: Field<String>,
    /// the port
    #[attr(optional)]
    port: Field<u64>,
    /// the file with the key
    #[attr(optional)]
    identity_file: Field<String>,
    /// the hosts on the way: `jump.example`, `ops@a,ops@b:2222`
    #[attr(optional)]
    jump: Field<String>,
    /// the configuration of `ssh`, instead of the user's
    #[attr(optional)]
    config_file: Field<String>,
    /// whether commands are run as root by `sudo -n`
    #[attr(optional)]
    sudo: Field<bool>,
}

/// What cares for services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// systemd.
    Systemd,
    /// runit, and the directory of what it runs.
    Runit(String),
    /// Nothing that is known here.
    None,
}

/// A host that is connected to.
pub struct Host {
    connection: Connection,
    name: String,
    sudo: bool,
    /// What cares for its services.
    pub manager: Manager,
    /// What relative paths of this machine start from.
    pub directory: PathBuf,
}

/// What every script starts with: messages that can be read, and programs where root has them.
const HEAD: &str = "LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin; export LC_ALL PATH\n";

/// What cares for services here.
const MANAGER: &str = r#"
if [ -d /run/systemd/system ]; then echo systemd; exit; fi
if command -v sv >/dev/null; then
  for d in /etc/service /run/service /var/service /service; do
    if [ -d "$d" ]; then echo "runit $d"; exit; fi
  done
fi
echo none"#;

#[async_trait]
impl Client for Host {
    type Config = Config;

    fn validate(config: &Config, check: &mut Check) {
        if let Field::Known(address) = &config.address {
            let sound = Address::new(address).is_ok();
            check.that(
                sound,
                "address",
                format!("`{address}` names no host"),
                "a name or an address, and no option",
            );
        }
        let port = config.port.known().is_none_or(|n| (1..=65_535).contains(n));
        check.that(port, "port", "there is no such port", "1 to 65535");
        let jump = config.jump.known().is_none_or(|j| !j.starts_with('-') && !j.is_empty());
        check.that(
            jump,
            "jump",
            "this names no host",
            "a name or an address, and no option",
        );
    }

    async fn connect(config: Config, place: Place) -> Result<Self, Problems> {
        let name = match &config.address {
            Field::Known(name) => name,
            Field::Null => return Err(vec![Problem::error("there is no `address`", "Name the host.")]),
            Field::Unknown => {
                let why = "It depends on something that is made first.";
                return Err(vec![Problem::error("the address of the host is not known yet", why)]);
            }
        };
        let away = |why: String| vec![Problem::error(format!("the host `{name}` cannot be reached"), why)];
        let file = |field: &Field<String>| field.known().map(|path| place.directory.join(path));
        let mut address = Address::new(name).map_err(away)?;
        if let Field::Known(user) = &config.user {
            address.user = Some(user.clone());
        }
        address.port = config.port.known().and_then(|port| u16::try_from(*port).ok());
        address.identity = file(&config.identity_file);
        address.jump = config.jump.known().cloned();
        address.config = file(&config.config_file);
        let connection = Connection::open(&address).await.map_err(away)?;
        let mut host = Self {
            connection,
            name: name.clone(),
            sudo: config.sudo.get(),
            manager: Manager::None,
            directory: place.directory,
        };
        let said = host.ask("look around on it", MANAGER, &[]).await?;
        host.manager = match said.trim().split_once(' ') {
            Some(("runit", directory)) => Manager::Runit(directory.to_owned()),
            _ if said.trim() == "systemd" => Manager::Systemd,
            _ => Manager::None,
        };
        Ok(host)
    }
}

impl Host {
    /// Runs a script there, with an input: what it says.
    pub async fn run(&self, script: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Wrong> {
        let text = format!("{HEAD}{script}");
        let shell: &[&str] = if self.sudo {
            &["sudo", "-n", "sh", "-c"]
        } else {
            &["sh", "-c"]
        };
        let script: Vec<&str> = shell.iter().copied().chain([text.as_str(), "situs"]).collect();
        self.connection.run(&script, arguments, input).await
    }

    /// The same with words for what could not be done.
    pub async fn give(&self, what: &str, script: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Problems> {
        self.run(script, arguments, input)
            .await
            .map_err(|wrong| self.cannot(what, wrong))
    }

    /// The same without an input, and the answer as text.
    pub async fn ask(&self, what: &str, script: &str, arguments: &[&str]) -> Result<String, Problems> {
        let said = self.give(what, script, arguments, b"").await?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// What could not be done, and why.
    pub fn cannot(&self, what: &str, wrong: Wrong) -> Problems {
        match wrong {
            Wrong::Away(why) => {
                let title = format!("the host `{}` cannot be reached any more", self.name);
                vec![Problem::error(title, why).passing(1000)]
            }
            Wrong::Failed(code, why) => {
                let why = if why.is_empty() {
                    format!("It ended with {code}.")
                } else {
                    why
                };
                vec![Problem::error(format!("cannot {what} on `{}`", self.name), why)]
            }
        }
    }
}

/// That a path is one: absolute, and no more than that.
pub fn check_path(check: &mut Check, name: &str, path: &Field<String>) {
    if let Field::Known(path) = path {
        let sound = path.starts_with('/') && path.len() > 1 && !path.contains('\0');
        check.that(
            sound,
            name,
            format!("`{path}` is no path of a host"),
            "it starts with `/`",
        );
    }
}

/// That a mode is one.
pub fn check_mode(check: &mut Check, mode: &Field<String>) {
    if let Field::Known(mode) = mode {
        let octal = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
        check.that(
            octal,
            "mode",
            format!("`{mode}` is no mode"),
            "three or four octal digits: `0644`",
        );
    }
}

/// A mode as it is, written as it was set where it is the same.
pub fn mode(set: &Field<String>, is: &str) -> Field<String> {
    let number = |text: &str| u32::from_str_radix(text, 8).ok();
    match set.known() {
        Some(set) if number(set) == number(is) => set.clone().into(),
        _ => format!("{is:0>4}").into(),
    }
}
