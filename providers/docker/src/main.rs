//! The provider `docker` as a program, for Situs, Terraform and OpenTofu.

use std::process::ExitCode;

fn main() -> ExitCode {
    situs_sdk::serve(situs_docker::provider())
}
