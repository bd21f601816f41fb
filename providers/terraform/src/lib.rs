//! The provider that every Terraform configuration has without asking for it, `terraform.io/builtin/terraform`: the resource
//! `terraform_data` (`data`) and the data source `terraform_remote_state` (`remote`). Nothing of it lives outside of the state.

mod data;
mod provider;
mod remote;

use std::sync::Arc;

use situs_provider::Provider;

/// Where configurations say that it comes from.
pub const SOURCE: &str = "terraform.io/builtin/terraform";

/// The provider.
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(provider::Terraform::default())
}
