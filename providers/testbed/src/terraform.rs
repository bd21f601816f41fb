//! A provider of ours under the real `terraform`.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A configuration, and the program that is the provider `situs/NAME` in it. What was made is destroyed when this is dropped.
pub struct Terraform(TempDir);

impl Terraform {
    /// One in a directory of its own; nothing where there is no `terraform`.
    pub fn with(name: &str, program: &Path, text: &str) -> Option<Self> {
        if !super::have("terraform") {
            eprintln!("nothing is tested: there is no terraform");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let built = program.parent().unwrap().display();
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"situs/{name}\" = \"{built}\"\n  }}\n  direct {{}}\n}}\n"
        );
        let head =
            format!("terraform {{\n  required_providers {{\n    {name} = {{ source = \"situs/{name}\" }}\n  }}\n}}\n");
        fs::write(directory.path().join("rc"), settings).unwrap();
        fs::write(directory.path().join("main.tf"), head + text).unwrap();
        Some(Self(directory))
    }

    /// Where the configuration is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command: it ends so, and says all of this.
    pub fn says(&self, words: &[&str], code: i32, expected: &[&str]) {
        let (ended, text) = self.run(words);
        assert_eq!(ended, Some(code), "{words:?}: {text}");
        for part in expected {
            assert!(text.contains(part), "{words:?} does not say `{part}`: {text}");
        }
    }

    fn run(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = Command::new("terraform")
            .args(words)
            .current_dir(self.0.path())
            .env("TF_CLI_CONFIG_FILE", self.0.path().join("rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    }
}

impl Drop for Terraform {
    fn drop(&mut self) {
        self.run(&["destroy", "-auto-approve", "-no-color"]);
    }
}
