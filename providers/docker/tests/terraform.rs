//! The provider as a plug-in under the real `terraform`, where there is one.

use std::path::Path;

use situs_testbed::Terraform;

use crate::bed::Bed;

const MAIN: &str = r#"
provider "docker" {
  host = "unix://HERE/a/docker.sock"
}
variable "token" {
  default = "first"
}
resource "docker_image" "box" {
  name    = "localhost/box:1"
  archive = "HERE/box.tar"
}
resource "docker_volume" "data" {
  name = "data"
}
resource "docker_container" "web" {
  name         = "web"
  image        = docker_image.box.id
  stop_timeout = 0
  environment  = { A = "1" }
  secrets      = { TOKEN = var.token }
  ports        = [{ container = 80 }]
  mounts       = [{ source = docker_volume.data.name, target = "/data" }]
  ready        = { command = ["true"] }
}
"#;

#[tokio::test]
async fn terraform_plans_applies_changes_imports_and_destroys_it() {
    let Some(bed) = Bed::up().await else { return };
    let text = MAIN.replace("HERE", bed.directory().to_str().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-docker"));
    let Some(terraform) = Terraform::with("docker", program, &text) else {
        return;
    };
    terraform.says(
        &["apply", "-auto-approve", "-no-color"],
        0,
        &["3 added, 0 changed, 0 destroyed"],
    );
    let plan = ["plan", "-detailed-exitcode", "-no-color"];
    terraform.says(&plan, 0, &["No changes"]);
    assert!(bed.asks("GET", "/containers/web/json", "").contains("TOKEN=first"));
    bed.asks("POST", "/containers/web/kill", "");
    terraform.says(&plan, 2, &["0 to add, 1 to change, 0 to destroy"]);
    let other = ["apply", "-auto-approve", "-no-color", "-var", "token=second"];
    terraform.says(&other, 0, &["1 added, 0 changed, 1 destroyed"]);
    assert!(bed.asks("GET", "/containers/web/json", "").contains("TOKEN=second"));
    terraform.says(&["state", "rm", "docker_volume.data"], 0, &["Successfully removed"]);
    terraform.says(
        &["import", "-no-color", "docker_volume.data", "data"],
        0,
        &["Import successful"],
    );
    terraform.says(
        &["plan", "-detailed-exitcode", "-no-color", "-var", "token=second"],
        0,
        &["No changes"],
    );
    terraform.says(&["destroy", "-auto-approve", "-no-color"], 0, &["3 destroyed"]);
    assert_eq!(bed.asks("GET", "/containers/json?all=1", "").trim(), "[]");
}
