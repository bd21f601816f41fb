//! Modules from elsewhere: a repository of this machine, and a server that is a registry and holds archives.

mod providers;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// A working directory.
struct Work(tempfile::TempDir);

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

impl Work {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn situs(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        fs::create_dir_all(self.at("work")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_situs"));
        command
            .args(words)
            .current_dir(self.at("work"))
            .env("NO_COLOR", "1")
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .env_remove("HTTP_PROXY")
            .env_remove("HTTPS_PROXY")
            .env("SITUS_CLI_CONFIG_FILE", "/dev/null")
            .env_remove("TF_CLI_CONFIG_FILE");
        command
    }

    /// What it says, with these in the environment.
    fn with(&self, env: &[(&str, &PathBuf)], words: &[&str]) -> String {
        let mut command = self.command(words);
        text(&command.envs(env.iter().copied()).output().unwrap())
    }

    fn done(&self, words: &[&str]) -> String {
        let output = self.situs(words);
        assert!(output.status.success(), "{words:?}: {}", text(&output));
        text(&output)
    }

    fn fails(&self, words: &[&str]) -> String {
        let output = self.situs(words);
        assert!(!output.status.success(), "{words:?}: {}", text(&output));
        text(&output)
    }
}

fn git(at: &Path, words: &[&str]) -> String {
    let names = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ];
    let done = Command::new("git")
        .args(names)
        .args(words)
        .current_dir(at)
        .output()
        .unwrap();
    assert!(done.status.success(), "{words:?}: {}", text(&done));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A repository with a module in `net`, which calls one beside it; the tags `v1` and `v2` differ in what it gives.
fn repository(work: &Work) -> String {
    let outlet = |text: &str| {
        format!(
            "output \"said\" {{\n  value = \"{text} ${{module.inner.said}}\"\n}}\nmodule \"inner\" {{\n  source = \"../inner\"\n}}\n"
        )
    };
    work.write("repo/inner/main.tf", "output \"said\" {\n  value = path.module\n}\n");
    work.write("repo/net/main.tf", &outlet("one"));
    let repo = work.at("repo");
    git(&repo, &["init", "-q"]);
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "1"]);
    git(&repo, &["tag", "v1"]);
    work.write("repo/net/main.tf", &outlet("two"));
    git(&repo, &["commit", "-q", "-a", "-m", "2"]);
    git(&repo, &["tag", "v2"]);
    format!("git::file://{}", repo.display())
}

fn call(name: &str, source: &str, more: &str) -> String {
    format!(
        "module \"{name}\" {{\n  source = \"{source}\"\n{more}}}\noutput \"{name}\" {{\n  value = module.{name}.said\n}}\n"
    )
}

#[test]
fn a_repository_is_fetched_at_its_tag_and_locked() {
    let work = Work::new();
    let url = repository(&work);
    let (one, two) = (format!("{url}//net?ref=v1"), format!("{url}//net?ref=v2"));
    work.write(
        "work/main.tf",
        &(call("a", &one, "") + &call("b", &two, "") + &call("c", &one.replace("net", "inner"), "")),
    );
    let missing = work.fails(&["plan"]);
    assert!(
        missing.contains("error[E137]") && missing.contains("run `situs init`"),
        "{missing}"
    );
    let said = work.done(&["init"]);
    assert_eq!(
        said.matches(" in .situs/modules/").count(),
        2,
        "each package once: {said}"
    );
    let planned = work.done(&["plan"]);
    assert!(planned.contains("+ a = \"one .situs/modules/"), "{planned}");
    assert!(planned.contains("+ b = \"two .situs/modules/"), "{planned}");
    assert!(planned.contains("/inner\""), "{planned}");
    let lock = fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap();
    assert!(lock.contains(&git(&work.at("repo"), &["rev-parse", "v1"])), "{lock}");
    assert!(!work.done(&["init"]).contains("Modules:"), "nothing is fetched twice");
    let modules = work.done(&["modules", "-json"]);
    let modules: serde_json::Value = serde_json::from_str(&modules).unwrap();
    assert_eq!(modules["modules"][1]["key"], "a.inner");

    // Another machine gets the same, and the lock file stays as it is.
    fs::remove_dir_all(work.at("work/.situs")).unwrap();
    work.done(&["init", "-lockfile=readonly"]);
    assert_eq!(fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap(), lock);
    let plan = work.done(&["plan", "-out=p.plan"]);
    assert!(plan.contains("+ b = \"two"), "{plan}");
    // A plan that is kept needs no module.
    fs::remove_dir_all(work.at("work/.situs/modules")).unwrap();
    work.done(&["apply", "p.plan"]);

    // What is not called any more leaves the lock file.
    work.write("work/main.tf", &call("a", &one, ""));
    work.done(&["get"]);
    let less = fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap();
    assert_eq!(less.matches("\nmodule ").count(), 1, "{less}");
    assert!(work.fails(&["init", "-lockfile=writable"]).contains("`readonly`"));
}

#[test]
fn a_tag_that_was_moved_is_told_and_taken_only_on_request() {
    let work = Work::new();
    let url = repository(&work);
    work.write("work/main.tf", &call("a", &format!("{url}//net?ref=v1"), ""));
    work.done(&["init"]);
    let lock = fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap();
    git(&work.at("repo"), &["tag", "-f", "v1", "v2"]);
    // The commit that is locked is still there, so it is that which is fetched.
    fs::remove_dir_all(work.at("work/.situs")).unwrap();
    work.done(&["init"]);
    assert!(work.done(&["plan"]).contains("+ a = \"one"));
    assert_eq!(fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap(), lock);
    work.done(&["init", "-upgrade"]);
    assert!(work.done(&["plan"]).contains("+ a = \"two"));
    // A lock file that was tampered with.
    let tampered = fs::read_to_string(work.at("work/.situs.lock.hcl")).unwrap();
    let digest = tampered
        .split("blake3:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    work.write("work/.situs.lock.hcl", &tampered.replace(&digest, &"0".repeat(64)));
    let said = work.fails(&["init"]);
    assert!(
        said.contains("error[E511]") && said.contains("locked   blake3:0000"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_fetched_says_why() {
    let work = Work::new();
    let url = repository(&work);
    for (source, why) in [
        (format!("{url}//net?ref=v9"), "`v9` is not in the repository"),
        (format!("{url}//nowhere?ref=v1"), "there is no module in"),
        (format!("{url}//../x?ref=v1"), "lies in the package"),
        ("git::ext::sh -c touch% owned".to_owned(), "is no address"),
        ("git::ext::sh".to_owned(), "is not the address of a repository"),
        ("git::-uupload".to_owned(), "is not the address of a repository"),
        (
            "s3::https://bucket/x.zip".to_owned(),
            "addresses of the kind `s3::` are not supported",
        ),
        (
            "https://example.com/x.git".to_owned(),
            "write `git::https://example.com/x.git`",
        ),
        ("net".to_owned(), "write `./DIRECTORY`"),
    ] {
        work.write("work/main.tf", &call("a", &source, ""));
        let said = work.fails(&["init"]);
        assert!(said.contains(why), "{source}: {said}");
        assert!(said.contains("main.tf:") && !said.contains("E100"), "{said}");
    }
    work.write("work/main.tf", &call("a", &url, "  version = \"1.0\"\n"));
    assert!(
        work.fails(&["init"])
            .contains("only modules of a registry have versions")
    );
    let frozen = work.at("work/main.tf");
    fs::write(frozen, call("a", &format!("{url}//net"), "")).unwrap();
    assert!(work.fails(&["init", "-lockfile=readonly"]).contains("error[E512]"));
}

/// A server that answers what stands in a table: path, status, headers, body.
type Answer = (&'static str, Vec<u8>);

fn serve(answers: impl Fn(&str, u16) -> Option<Answer> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            std::thread::spawn(move || answer(stream, port, &*answers));
        }
    });
    port
}

fn answer(stream: TcpStream, port: u16, answers: &dyn Fn(&str, u16) -> Option<Answer>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or("").to_owned();
    let (head, body) = answers(&path, port).map_or_else(
        || ("HTTP/1.1 404 Not Found".to_owned(), Vec::new()),
        |(more, body)| {
            (
                format!("HTTP/1.1 200 OK\r\n{more}").replace("PORT", &port.to_string()),
                body,
            )
        },
    );
    let head = format!(
        "{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        head.trim_end(),
        body.len()
    );
    let mut stream = stream;
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let work = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = work.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let done = Command::new("tar")
        .args(["-C"])
        .arg(work.path())
        .args(["-czf", "-", "."])
        .output()
        .unwrap();
    assert!(done.status.success());
    done.stdout
}

/// A tar archive, not compressed, with one file of any name.
fn with_name(name: &str) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(b"00000000001");
    header[156] = b'0';
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = header.to_vec();
    archive.extend([b'x'].iter().chain([0_u8; 511].iter()).chain([0_u8; 1024].iter()));
    archive
}

fn server() -> u16 {
    let archive = packed(&[
        (
            "top/net/main.tf",
            "output \"said\" {\n  value = \"from an archive\"\n}\n",
        ),
        ("top/README", ""),
    ]);
    let evil = with_name("../../evil.tf");
    serve(move |path, _| {
        let json = |text: &str| Some(("Content-Type: application/json", text.as_bytes().to_vec()));
        match path {
            "/.well-known/terraform.json" => json(r#"{"modules.v1": "/m/"}"#),
            "/m/acme/net/cloud/versions" => json(
                r#"{"modules": [{"versions": [{"version": "1.0.0"}, {"version": "1.9.0"}, {"version": "1.10.1"}, {"version": "2.0.0"}, {"version": "2.1.0-rc1"}]}]}"#,
            ),
            "/m/acme/net/cloud/1.10.1/download" => Some(("X-Terraform-Get: /a.tgz//*/net", Vec::new())),
            "/m/acme/net/cloud/2.0.0/download" => json(r#"{"location": "../../../../../a.tgz//top/net"}"#),
            "/a.tgz" => Some(("Content-Type: application/gzip", archive.clone())),
            "/named?terraform-get=1" => Some(("X-Terraform-Get: http://127.0.0.1:PORT/a.tgz//top", Vec::new())),
            "/evil.tar" => Some(("Content-Type: application/x-tar", evil.clone())),
            _ => None,
        }
    })
}

#[test]
fn a_registry_gives_the_newest_version_that_will_do() {
    let work = Work::new();
    let port = server();
    let source = format!("localhost:{port}/acme/net/cloud");
    work.write("work/main.tf", &call("a", &source, "  version = \"~> 1.2\"\n"));
    let said = work.done(&["init"]);
    assert!(
        said.contains(&format!("{source} 1.10.1 in .situs/modules/localhost-")),
        "{said}"
    );
    assert!(work.done(&["plan"]).contains("+ a = \"from an archive\""));
    let modules = work.done(&["modules"]);
    assert_eq!(modules, format!("a  {source} 1.10.1\n"));
    work.write("work/main.tf", &call("a", &source, ""));
    assert!(work.done(&["init"]).contains(&format!("{source} 2.0.0")));
    work.write("work/main.tf", &call("a", &source, "  version = \"> 5\"\n"));
    let none = work.fails(&["init"]);
    assert!(
        none.contains("error[E510]") && none.contains("none of its 5 versions satisfies `> 5`"),
        "{none}"
    );
}

#[test]
fn an_archive_is_unpacked_and_nothing_leaves_its_directory() {
    let work = Work::new();
    let port = server();
    let base = format!("http://127.0.0.1:{port}");
    work.write(
        "work/main.tf",
        &(call("a", &format!("{base}/a.tgz//top/net"), "") + &call("b", &format!("{base}/named//net"), "")),
    );
    work.done(&["init"]);
    let planned = work.done(&["plan"]);
    assert_eq!(planned.matches("\"from an archive\"").count(), 2, "{planned}");
    work.write("work/main.tf", &call("a", &format!("{base}/evil.tar"), ""));
    let evil = work.fails(&["init"]);
    assert!(evil.contains("would leave its directory"), "{evil}");
    assert!(!work.at("work/.situs/evil.tf").exists() && !work.at("work/.situs/modules/evil.tf").exists());
    work.write("work/main.tf", &call("a", &format!("{base}/nothing.zip"), ""));
    assert!(work.fails(&["init"]).contains("it is not there (404)"));
}

#[test]
fn a_zip_is_an_archive_too() {
    let work = Work::new();
    let mut zip = Vec::new();
    // `zip` is not everywhere, `python3` neither: an archive that is stored, written out.
    let (name, content) = ("main.tf", "output \"said\" {\n  value = \"zipped\"\n}\n");
    let sum = {
        let mut crc = flate2::Crc::new();
        crc.update(content.as_bytes());
        crc.sum()
    };
    let size = u32::try_from(content.len()).unwrap();
    let head = |signature: &[u8], zip: &mut Vec<u8>, central: bool| {
        zip.extend(signature);
        if central {
            zip.extend(20_u16.to_le_bytes());
        }
        for half in [20_u16, 0, 0, 0, 0] {
            zip.extend(half.to_le_bytes());
        }
        for word in [sum, size, size] {
            zip.extend(word.to_le_bytes());
        }
        zip.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        zip.extend(0_u16.to_le_bytes());
    };
    head(b"PK\x03\x04", &mut zip, false);
    zip.extend(name.as_bytes());
    zip.extend(content.as_bytes());
    let central = zip.len();
    head(b"PK\x01\x02", &mut zip, true);
    zip.extend([0; 2 + 2 + 2 + 4 + 4]);
    zip.extend(name.as_bytes());
    let size = zip.len() - central;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(u32::try_from(size).unwrap().to_le_bytes());
    zip.extend(u32::try_from(central).unwrap().to_le_bytes());
    zip.extend([0, 0]);
    let port = serve(move |path, _| (path == "/m.zip").then(|| ("Content-Type: application/zip", zip.clone())));
    work.write(
        "work/main.tf",
        &call("a", &format!("http://127.0.0.1:{port}/m.zip"), ""),
    );
    work.done(&["init"]);
    assert!(work.done(&["plan"]).contains("+ a = \"zipped\""));
}

#[test]
fn a_lock_file_that_is_none_is_told() {
    let work = Work::new();
    work.write("work/main.tf", "output \"x\" {\n  value = 1\n}\n");
    for wrong in [
        "module \"a\" {\n}\n",
        "module \"a\" {\n  directory = \"../x\"\n  digest = \"d\"\n}\n",
        "x = 1\n",
    ] {
        work.write("work/.situs.lock.hcl", wrong);
        let said = work.fails(&["plan"]);
        assert!(
            said.contains("error[E138]") && said.contains(".situs.lock.hcl:1:"),
            "{said}"
        );
    }
}
