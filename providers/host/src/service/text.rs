//! What systemd and runit are told about a service.
//!
//! Sources: systemd.exec(5) and systemd.service(5) (quoting, specifiers, `EnvironmentFile`), runsv(8) (`run`, `finish` and its arguments).

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Service;

/// What a manager is told.
pub(super) struct Told {
    /// The unit, or `run`.
    pub main: String,
    /// `finish` of runit; empty for systemd.
    pub finish: String,
}

/// A unit of systemd.
pub(super) fn systemd(service: &Service) -> Told {
    let mut unit = format!(
        "[Unit]\nDescription={0}\nAfter=network-online.target\n\n[Service]\n",
        service.name.text()
    );
    let words: Vec<String> = service.command.all().iter().map(|word| unit_word(word, true)).collect();
    let _ = writeln!(unit, "ExecStart={}", words.join(" "));
    for (name, value) in service.environment.known().into_iter().flatten() {
        let _ = writeln!(unit, "Environment={}", unit_word(&format!("{name}={value}"), false));
    }
    let _ = writeln!(unit, "EnvironmentFile=-/etc/situs/{}.secrets", service.name.text());
    let _ = writeln!(
        unit,
        "WorkingDirectory={}",
        service.working_directory.text().replace('%', "%%")
    );
    if let Some(user) = service.user.known() {
        let _ = writeln!(unit, "User={user}");
    }
    let _ = writeln!(
        unit,
        "Restart={}\n\n[Install]\nWantedBy=multi-user.target",
        service.restart.text()
    );
    Told {
        main: unit,
        finish: String::new(),
    }
}

/// A word of a unit: in double quotes; `%` is a specifier, and `$` a variable in commands.
fn unit_word(word: &str, command: bool) -> String {
    let word = word.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%");
    let word = if command { word.replace('$', "$$") } else { word };
    format!("\"{word}\"")
}

/// The secrets as systemd reads them.
pub(super) fn environment_file(secrets: &BTreeMap<String, String>) -> String {
    let escaped = |value: &str| {
        let special = |c| matches!(c, '\\' | '"' | '$' | '`');
        value
            .chars()
            .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
            .collect::<String>()
    };
    secrets
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"\n", escaped(value)))
        .collect()
}

/// The scripts of runit.
pub(super) fn runit(service: &Service) -> Told {
    let mut run = "#!/bin/sh\nexec 2>&1\n".to_owned();
    let environment = service.environment.known().cloned().unwrap_or_default();
    run.push_str(&exports(&environment));
    run.push_str("[ ! -f ./secrets ] || . ./secrets\n");
    let _ = writeln!(run, "cd {} || exit 111", shell_word(service.working_directory.text()));
    let user = service
        .user
        .known()
        .map(|user| format!("chpst -u {} ", shell_word(user)));
    let words: Vec<String> = service.command.all().iter().map(|word| shell_word(word)).collect();
    let _ = writeln!(run, "exec {}{}", user.unwrap_or_default(), words.join(" "));
    let end = match service.restart.text() {
        "always" => "",
        "no" => "sv down . >/dev/null\n",
        _ => "[ \"$1\" != 0 ] || sv down . >/dev/null\n",
    };
    Told {
        main: run,
        finish: format!("#!/bin/sh\n{end}exit 0\n"),
    }
}

/// Variables as a shell reads them.
pub(super) fn exports(variables: &BTreeMap<String, String>) -> String {
    variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", shell_word(value)))
        .collect()
}

fn shell_word(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{Service, environment_file, runit, systemd};

    fn service() -> Service {
        Service {
            name: "web".into(),
            command: vec!["/bin/app".to_owned(), "it's 100% $HOME".to_owned()].into(),
            environment: [("A".to_owned(), "x\"y %h".to_owned())]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>()
                .into(),
            working_directory: "/srv".into(),
            user: "app".into(),
            restart: "on-failure".into(),
            ..Service::default()
        }
    }

    #[test]
    fn what_systemd_is_told() {
        let expected = "[Unit]\nDescription=web\nAfter=network-online.target\n\n[Service]\nExecStart=\"/bin/app\" \"it's 100%% $$HOME\"\n\
            Environment=\"A=x\\\"y %%h\"\nEnvironmentFile=-/etc/situs/web.secrets\nWorkingDirectory=/srv\nUser=app\nRestart=on-failure\n\n\
            [Install]\nWantedBy=multi-user.target\n";
        assert_eq!(systemd(&service()).main, expected);
        let secrets = [("K".to_owned(), "a\"b$c".to_owned())].into();
        assert_eq!(environment_file(&secrets), "K=\"a\\\"b\\$c\"\n");
    }

    #[test]
    fn what_runit_is_told() {
        let told = runit(&service());
        let expected = "#!/bin/sh\nexec 2>&1\nexport A='x\"y %h'\n[ ! -f ./secrets ] || . ./secrets\ncd '/srv' || exit 111\n\
            exec chpst -u 'app' '/bin/app' 'it'\\''s 100% $HOME'\n";
        assert_eq!(told.main, expected);
        assert_eq!(
            told.finish,
            "#!/bin/sh\n[ \"$1\" != 0 ] || sv down . >/dev/null\nexit 0\n"
        );
    }
}
