//! `host_package`: a package of the system: apt, dnf or apk, whichever is there.

use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Planning, Problem, Problems, Resource, Sought};

use crate::host::Host;

/// A package of the host's system.
#[derive(Clone, Debug, Default, Object)]
pub struct Package {
    /// its name
    #[attr(required, replace)]
    name: Field<String>,
    /// its version, where that is not to be the newest; whatever is there when it is not written is left alone
    #[attr(optional)]
    version: Field<String>,
    /// whether it stays when this is destroyed
    #[attr(default = false)]
    keep: Field<bool>,
    /// its name
    #[attr(computed)]
    id: Field<String>,
}

/// The resource type.
pub struct Packages;

/// The version that is there, or nothing.
const READ: &str = r#"
if command -v dpkg-query >/dev/null; then
  dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p'
elif command -v rpm >/dev/null; then
  rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | grep -v 'not installed' || true
elif command -v apk >/dev/null; then
  apk info -e -v "$1" | sed "s/^$1-//"
else
  echo 'there is neither dpkg nor rpm nor apk' >&2; exit 1
fi"#;

const INSTALL: &str = r#"
set -e
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  wanted="$1${2:+=$2}"
  apt-get install -y -q --allow-downgrades "$wanted" >/dev/null 2>&1 || { apt-get update -q >/dev/null; apt-get install -y -q --allow-downgrades "$wanted"; } >/dev/null
elif command -v dnf >/dev/null; then dnf install -y -q "$1${2:+-$2}"
elif command -v apk >/dev/null; then apk add -q "$1${2:+=$2}"
else echo 'there is neither apt-get nor dnf nor apk' >&2; exit 1
fi"#;

const REMOVE: &str = r#"
if command -v apt-get >/dev/null; then DEBIAN_FRONTEND=noninteractive apt-get remove -y -q "$1" >/dev/null
elif command -v dnf >/dev/null; then dnf remove -y -q "$1"
elif command -v apk >/dev/null; then apk del -q "$1"
fi"#;

async fn installed(host: &Host, name: &str) -> Result<Option<String>, Problems> {
    let said = host
        .ask(&format!("look for the package `{name}`"), READ, &[name])
        .await?;
    Ok(said
        .lines()
        .next()
        .map(str::to_owned)
        .filter(|version| !version.is_empty()))
}

async fn install(host: &Host, planned: Package) -> Result<Package, Failure<Package>> {
    let (name, version) = (planned.name.text(), planned.version.text());
    let there = installed(host, name).await?;
    if there.is_none()
        || planned
            .version
            .known()
            .is_some_and(|version| there.as_ref() != Some(version))
    {
        host.ask(&format!("install the package `{name}`"), INSTALL, &[name, version])
            .await?;
    }
    match installed(host, name).await? {
        Some(_) => Ok(planned),
        None => Err(Problem::error(format!("the package `{name}` is not there after all"), "").into()),
    }
}

#[async_trait]
impl Resource for Packages {
    type Client = Host;
    type State = Package;

    fn validate(&self, config: &Package, check: &mut Check) {
        for (name, field) in [("name", &config.name), ("version", &config.version)] {
            let sound =
                |text: &String| !text.starts_with('-') && !text.contains(|c: char| c.is_whitespace() || c == '=');
            let right = field.known().is_none_or(|text| !text.is_empty() && sound(text));
            check.that(
                right,
                name,
                format!("`{}` is none", field.text()),
                "a word that is no option",
            );
        }
    }

    async fn plan(&self, _: &Host, _: Planning<'_, Package>, planned: &mut Package) -> Result<(), Problems> {
        planned.id = planned.name.clone();
        Ok(())
    }

    async fn create(&self, host: &Host, planned: Package, _: Ask<'_, Package>) -> Result<Package, Failure<Package>> {
        install(host, planned).await
    }

    async fn read(&self, host: &Host, current: Package) -> Result<Option<Package>, Problems> {
        let there = installed(host, current.name.text()).await?;
        Ok(there.map(|version| Package {
            version: current.version.as_seen(version),
            ..current
        }))
    }

    async fn update(
        &self,
        host: &Host,
        _: Package,
        planned: Package,
        _: Ask<'_, Package>,
    ) -> Result<Package, Failure<Package>> {
        install(host, planned).await
    }

    async fn delete(&self, host: &Host, prior: Package) -> Result<(), Problems> {
        let name = prior.name.text();
        if !prior.keep.get() && installed(host, name).await?.is_some() {
            host.ask(&format!("remove the package `{name}`"), REMOVE, &[name])
                .await?;
        }
        Ok(())
    }

    async fn import(&self, _: &Host, id: &str) -> Result<Option<Package>, Problems> {
        Ok(Some(Package {
            name: id.into(),
            id: id.into(),
            keep: false.into(),
            ..Package::default()
        }))
    }

    async fn lookup(&self, host: &Host, sought: Sought<Package>) -> Result<Looked<Package>, Problems> {
        let Some(known) = sought.planned.or(sought.prior) else {
            return Ok(Looked::CannotTell);
        };
        let found = self.read(host, known).await?;
        Ok(found.map_or(Looked::Nothing, |package| Looked::Object(Box::new(package))))
    }
}
