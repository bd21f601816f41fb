//! The provider as a plug-in under the real `terraform`, where there is one: over TLS that terraform insists on.

use std::fs;
use std::path::Path;
use std::process::Command;

use situs_testbed::Terraform;

const MAIN: &str = r#"
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

#[test]
fn terraform_plans_applies_changes_imports_and_destroys_it() {
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-local"));
    let Some(work) = Terraform::with("local", program, MAIN) else {
        return;
    };
    let yes = ["-auto-approve", "-no-color"];
    work.says(
        &["plan", "-no-color"],
        0,
        &["Plan: 3 to add, 0 to change, 0 to destroy."],
    );
    work.says(&["apply", yes[0], yes[1]], 0, &["3 added", "read = \"hello\""]);
    assert_eq!(fs::read_to_string(work.path().join("a.txt")).unwrap(), "hello");
    let state = fs::read_to_string(work.path().join("terraform.tfstate")).unwrap();
    assert!(!state.contains("s3cr3t"), "what is write-only is not kept");
    work.says(&["plan", "-no-color", "-detailed-exitcode"], 0, &["No changes."]);
    work.says(
        &["apply", yes[0], yes[1], "-var=content=other"],
        0,
        &["1 changed", "read = \"other\""],
    );
    // What somebody else changed is seen.
    fs::write(work.path().join("a.txt"), "touched").unwrap();
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
        work.path().join("wrong.tf"),
        "resource \"local_file\" \"w\" {\n  path = \"\"\n  content = \"\"\n}\n",
    )
    .unwrap();
    work.says(&["validate", "-no-color"], 1, &["Error:", "wrong.tf line 2"]);
    fs::remove_file(work.path().join("wrong.tf")).unwrap();
    work.says(&["destroy", yes[0], yes[1]], 0, &["3 destroyed"]);
    assert!(!work.path().join("a.txt").exists() && !work.path().join("made").exists());
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
