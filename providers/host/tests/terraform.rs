//! The provider as a plug-in under the real `terraform`, where there is one.

use std::path::Path;

use situs_testbed::Terraform;

use crate::bed::Bed;

const MAIN: &str = r#"
provider "host" {
  address     = "edge"
  config_file = "HERE/edge/ssh_config"
}
variable "secret" {
  default = "first"
}
resource "host_user" "app" {
  name = "app"
}
resource "host_directory" "srv" {
  path  = "/srv/app"
  owner = host_user.app.name
}
resource "host_file" "page" {
  path    = "${host_directory.srv.path}/index.html"
  content = "hello"
}
resource "host_service" "web" {
  name              = "web"
  command           = ["busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", host_directory.srv.path]
  working_directory = host_directory.srv.path
  secrets           = { TOKEN = var.secret }
  ready             = { command = ["nc", "-z", "127.0.0.1", "8080"] }
  depends_on        = [host_file.page]
}
"#;

#[tokio::test]
async fn terraform_plans_applies_changes_imports_and_destroys_it() {
    let Some(bed) = Bed::up().await else { return };
    let text = MAIN.replace("HERE", bed.directory().to_str().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-host"));
    let Some(terraform) = Terraform::with("host", program, &text) else {
        return;
    };
    terraform.says(
        &["apply", "-auto-approve", "-no-color"],
        0,
        &["4 added, 0 changed, 0 destroyed"],
    );
    let plan = ["plan", "-detailed-exitcode", "-no-color"];
    terraform.says(&plan, 0, &["No changes"]);
    assert_eq!(bed.there("curl -s http://127.0.0.1:8080"), "hello");
    bed.there("echo other > /srv/app/index.html");
    terraform.says(&plan, 2, &["0 to add, 1 to change, 0 to destroy"]);
    let other = ["apply", "-auto-approve", "-no-color", "-var", "secret=second"];
    terraform.says(&other, 0, &["0 added, 2 changed, 0 destroyed"]);
    assert!(bed.there("cat /etc/sv/web/secrets").contains("second"));
    terraform.says(&["state", "rm", "host_file.page"], 0, &["Successfully removed"]);
    terraform.says(
        &["import", "-no-color", "host_file.page", "/srv/app/index.html"],
        0,
        &["Import successful"],
    );
    terraform.says(&["destroy", "-auto-approve", "-no-color"], 0, &["4 destroyed"]);
    assert_eq!(
        bed.there("ls -d /etc/sv/web /srv/app 2>/dev/null; id app 2>/dev/null"),
        ""
    );
}
