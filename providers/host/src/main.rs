//! The provider `host` as a program, for Situs, Terraform and OpenTofu.

use std::process::ExitCode;

fn main() -> ExitCode {
    situs_sdk::serve(situs_host::provider())
}
