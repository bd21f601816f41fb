//! Provisioners on a real host: an `sshd` of this machine on a port of its own. Without `sshd` they are skipped, which `tests/run` says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const SSHD: &str = "/usr/sbin/sshd";

struct Host {
    directory: tempfile::TempDir,
    port: u16,
    sshd: Child,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}

fn keygen(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

impl Host {
    /// A host that lets a key in; nothing where this machine has no `sshd`.
    fn up() -> Option<Self> {
        if !Path::new(SSHD).exists() {
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        keygen(&at("host"));
        keygen(&at("user"));
        fs::copy(at("user.pub"), at("authorized")).unwrap();
        // Where it is root it wants this one.
        let _ = fs::create_dir_all("/run/sshd");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPidFile none\n\
             PasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\nAllowTcpForwarding yes\n",
            at("host").display(),
            at("authorized").display()
        );
        fs::write(at("sshd_config"), config).unwrap();
        let sshd = Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { directory, port, sshd })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    /// Applies a configuration in which `CONNECTION` stands for how this host is reached.
    fn apply(&self, text: &str) -> Output {
        self.applies(text).output().unwrap()
    }

    fn applies(&self, text: &str) -> Command {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let connection = format!(
            "type = \"ssh\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\nprivate_key = file(\"{}\")\nagent = false",
            self.port,
            String::from_utf8(user).unwrap().trim(),
            self.at("user").display(),
        );
        fs::create_dir_all(self.at("work")).unwrap();
        let text = text
            .replace("CONNECTION", &connection)
            .replace("DIR", &self.directory.path().display().to_string());
        fs::write(self.at("work/main.tf"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_situs"));
        command
            .args(["apply", "-auto-approve", "-no-color"])
            .current_dir(self.at("work"));
        command
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn scripts_and_files_reach_a_host() {
    let Some(host) = Host::up() else { return };
    fs::create_dir_all(host.at("work/tree/inner")).unwrap();
    fs::write(host.at("work/tree/inner/leaf"), "green").unwrap();
    fs::write(host.at("work/one.sh"), "#!/usr/bin/perl\nprint \"from perl\\n\";").unwrap();
    fs::set_permissions(host.at("work/one.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(host.at("whole")).unwrap();
    let output = host.apply(
        r#"
        resource "terraform_data" "host" {
          input = "it's here"
          connection {
            CONNECTION
          }
          provisioner "file" {
            content     = self.output
            destination = "DIR/it's"
          }
          provisioner "file" {
            source      = "tree"
            destination = "DIR/whole"
          }
          provisioner "file" {
            source      = "tree/"
            destination = "DIR/inside"
          }
          provisioner "remote-exec" {
            inline = ["set -e", "cat \"DIR/it's\"; echo", "cat DIR/whole/tree/inner/leaf DIR/inside/inner/leaf; echo"]
          }
          provisioner "remote-exec" {
            scripts = ["one.sh"]
            connection {
              script_path = "DIR/script-%RAND%.pl"
            }
          }
        }"#,
    );
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    for line in [
        "(remote-exec): it's here",
        "(remote-exec): greengreen",
        "(remote-exec): from perl",
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert_eq!(host.read("it's"), "it's here");
    let left: Vec<_> = fs::read_dir(host.directory.path()).unwrap().flatten().collect();
    assert!(
        !left
            .iter()
            .any(|e| e.file_name().to_string_lossy().starts_with("script-")),
        "{left:?}"
    );
}

#[test]
fn a_host_is_known_by_its_key_and_may_stand_behind_another() {
    let Some(host) = Host::up() else { return };
    let key = host.read("host.pub");
    let text_of = |host_key: &str| {
        format!(
            r#"
            resource "terraform_data" "host" {{
              provisioner "remote-exec" {{
                inline = ["echo through"]
                connection {{
                  CONNECTION
                  timeout             = "4s"
                  host_key            = "{}"
                  bastion_host        = "127.0.0.1"
                  bastion_port        = {}
                  bastion_private_key = file("DIR/user")
                  bastion_user        = trimspace(file("DIR/me"))
                }}
              }}
            }}"#,
            host_key.trim(),
            host.port
        )
    };
    let me = Command::new("id").arg("-un").output().unwrap().stdout;
    fs::write(host.at("me"), me).unwrap();
    let through = host.apply(&text_of(&key));
    assert!(text(&through).contains("(remote-exec): through"), "{}", text(&through));
    keygen(&host.at("other"));
    let other = host.read("other.pub");
    let refused = host.apply(&text_of(&other).replace("\"host\"", "\"second\""));
    let said = text(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("no connection in 4 s"), "{said}");
    assert!(said.contains("Host key verification failed"), "{said}");
}

#[test]
fn a_host_that_comes_up_late_is_waited_for_and_a_failing_script_is_told() {
    let Some(mut host) = Host::up() else { return };
    let _ = host.sshd.kill();
    let _ = host.sshd.wait();
    let config = host.at("sshd_config");
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    });
    let output = host.apply(
        r#"
        resource "terraform_data" "host" {
          provisioner "remote-exec" {
            inline = ["echo before", "exit 9"]
            connection {
              CONNECTION
            }
          }
        }"#,
    );
    host.sshd = late.join().unwrap();
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("(remote-exec): before"), "{said}");
    assert!(said.contains("failed: exit status: 9"), "{said}");
}

#[test]
fn what_would_say_more_to_ssh_than_a_word_is_refused() {
    let Some(host) = Host::up() else { return };
    for (wrong, why) in [
        (
            r#"host = "-oProxyCommand=touch${"$"}{IFS}owned""#,
            "`host` is not one word",
        ),
        (r#"host = "a\n  ProxyCommand touch owned""#, "`host` is not one word"),
        (
            r#"host = "127.0.0.1"
            user = "a b""#,
            "`user` is not one word",
        ),
        (
            r#"host = "127.0.0.1"
            type = "winrm""#,
            "type `winrm` is not supported",
        ),
        (
            r#"host = "127.0.0.1"
            port = 70000"#,
            "`port` lies between",
        ),
        ("user = \"a\"", "has no `host`"),
    ] {
        let output = host.apply(&format!(
            "resource \"terraform_data\" \"host\" {{\n provisioner \"remote-exec\" {{\n inline = [\"true\"]\n connection {{\n {wrong}\n }}\n }}\n}}"
        ));
        let said = text(&output);
        assert!(!output.status.success() && said.contains(why), "{wrong}: {said}");
    }
    assert!(!host.at("work/owned").exists());
}

#[test]
fn a_certificate_lets_in() {
    let Some(mut host) = Host::up() else { return };
    keygen(&host.at("authority"));
    keygen(&host.at("guest"));
    let _ = host.sshd.kill();
    let _ = host.sshd.wait();
    let config = host.read("sshd_config") + &format!("TrustedUserCAKeys {}\n", host.at("authority.pub").display());
    fs::write(host.at("sshd_config"), config).unwrap();
    host.sshd = Command::new(SSHD)
        .args(["-D", "-e", "-f"])
        .arg(host.at("sshd_config"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let me = Command::new("id").arg("-un").output().unwrap().stdout;
    let signed = Command::new("ssh-keygen")
        .args(["-q", "-I", "guest", "-n", String::from_utf8(me).unwrap().trim(), "-s"])
        .args([host.at("authority"), host.at("guest.pub")])
        .status();
    assert!(signed.unwrap().success());
    let with = |certificate: &str| {
        host.apply(&format!(
            r#"
            resource "terraform_data" "host" {{
              connection {{
                CONNECTION
                timeout = "5s"
              }}
              provisioner "remote-exec" {{
                inline = ["echo let in"]
                connection {{
                  private_key = file("DIR/guest")
                  {certificate}
                }}
              }}
            }}"#
        ))
    };
    let without = with("");
    assert!(text(&without).contains("no connection in 5 s"), "{}", text(&without));
    let output = with("certificate = file(\"DIR/guest-cert.pub\")");
    assert!(text(&output).contains("(remote-exec): let in"), "{}", text(&output));
}

#[test]
fn what_is_sensitive_in_a_connection_is_not_told() {
    let Some(host) = Host::up() else { return };
    fs::write(host.at("name"), "not-to-be-told").unwrap();
    let output = host.apply(
        r#"
        resource "terraform_data" "host" {
          connection {
            CONNECTION
          }
          provisioner "file" {
            source      = sensitive(file("DIR/name"))
            destination = "DIR/there"
          }
        }"#,
    );
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("failed: the reason is not shown"), "{said}");
    assert!(
        !said.contains("not-to-be-told") && !said.contains("Connecting to"),
        "{said}"
    );
}

#[test]
fn an_interrupt_ends_the_waiting_for_a_host() {
    let Some(mut host) = Host::up() else { return };
    let _ = host.sshd.kill();
    let _ = host.sshd.wait();
    let mut applying = host
        .applies(
            r#"
            resource "terraform_data" "host" {
              provisioner "remote-exec" {
                inline = ["true"]
                connection {
                  CONNECTION
                  timeout = "1h"
                }
              }
            }"#,
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(applying.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Connecting to") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut out, &mut line).unwrap() > 0,
            "it ended"
        );
    }
    let id = applying.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    let ended = applying.wait_with_output().unwrap();
    let said = rest + &String::from_utf8_lossy(&ended.stderr);
    assert!(
        said.contains("it waited for its host when it was interrupted"),
        "{said}"
    );
    assert_eq!(ended.status.code(), Some(1), "{said}");
}
