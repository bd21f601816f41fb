//! The provider as a plug-in under the real `terraform`, where there is one: over TLS that terraform insists on.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MAIN: &str = r#"
terraform {
  required_providers {
    local = { source = "situs/local" }
  }
}
variable "content" {
  default = "hello"
}
resource "local_file" "a" {
  path    = "a.txt"
  content = var.content
}
resource "local_directory" "d" {
  path = "made"
}
resource "local_process" "p" {
  name    = "sleeper"
  command = ["sleep", "1000"]
  secrets = { TOKEN = "s3cr3t" }
}
data "local_file" "b" {
  path       = local_file.a.path
  depends_on = [local_file.a]
}
output "read" {
  value = data.local_file.b.content
}
"#;

struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Self {
        let work = Self(tempfile::tempdir().unwrap());
        let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-local"));
        let directory = program.parent().unwrap().display();
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"situs/local\" = \"{directory}\"\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(work.0.path().join("rc"), settings).unwrap();
        fs::write(work.0.path().join("main.tf"), MAIN).unwrap();
        work
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new("terraform")
            .args(words)
            .current_dir(self.0.path())
            .env("TF_CLI_CONFIG_FILE", self.0.path().join("rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap()
    }

    fn says(&self, words: &[&str], code: i32, expected: &[&str]) {
        let output = self.run(words);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
        for part in expected {
            assert!(text.contains(part), "{words:?} does not say `{part}`: {text}");
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.run(&["destroy", "-auto-approve", "-no-color"]);
    }
}

#[test]
fn terraform_plans_applies_changes_imports_and_destroys_it() {
    if Command::new("terraform").arg("version").output().is_err() {
        eprintln!("there is no `terraform`: left out");
        return;
    }
    let work = Work::new();
    let yes = ["-auto-approve", "-no-color"];
    work.says(
        &["plan", "-no-color"],
        0,
        &["Plan: 3 to add, 0 to change, 0 to destroy."],
    );
    work.says(&["apply", yes[0], yes[1]], 0, &["3 added", "read = \"hello\""]);
    assert_eq!(fs::read_to_string(work.0.path().join("a.txt")).unwrap(), "hello");
    let state = fs::read_to_string(work.0.path().join("terraform.tfstate")).unwrap();
    assert!(!state.contains("s3cr3t"), "what is write-only is not kept");
    work.says(&["plan", "-no-color", "-detailed-exitcode"], 0, &["No changes."]);
    work.says(
        &["apply", yes[0], yes[1], "-var=content=other"],
        0,
        &["1 changed", "read = \"other\""],
    );
    // What somebody else changed is seen.
    fs::write(work.0.path().join("a.txt"), "touched").unwrap();
    work.says(
        &["plan", "-no-color", "-detailed-exitcode", "-var=content=other"],
        2,
        &["1 to change"],
    );
    work.says(&["state", "rm", "local_directory.d"], 0, &[]);
    work.says(
        &["import", "-no-color", "local_directory.d", "made"],
        0,
        &["Import successful!"],
    );
    work.says(
        &["import", "-no-color", "local_directory.x", "made"],
        1,
        &["does not exist"],
    );
    work.says(&["plan", "-no-color", "-var=content=/"], 0, &["1 to change"]);
    fs::write(
        work.0.path().join("wrong.tf"),
        "resource \"local_file\" \"w\" {\n  path = \"\"\n  content = \"\"\n}\n",
    )
    .unwrap();
    work.says(&["validate", "-no-color"], 1, &["Error:", "wrong.tf line 2"]);
    fs::remove_file(work.0.path().join("wrong.tf")).unwrap();
    work.says(&["destroy", yes[0], yes[1]], 0, &["3 destroyed"]);
    assert!(!work.0.path().join("a.txt").exists() && !work.0.path().join("made").exists());
}

#[test]
fn nobody_starts_it_by_hand() {
    let output = Command::new(env!("CARGO_BIN_EXE_terraform-provider-local"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Situs, Terraform and OpenTofu start it"), "{said}");
}
