//! Floor 4: what is done about it. Runtimes make resources of what is placed ([`lower`]), providers are brought up ([`provider`]), what is
//! known of their objects is kept ([`state`]), the difference to the configuration becomes a value ([`plan`]), and that value is
//! carried out ([`apply`]), with what is to be done beside it on a host ([`provision`]), until somebody wishes to stop ([`cancel`]). What
//! Terraform manages can be taken over ([`adopt`]), modules come from elsewhere ([`fetch`]).

pub mod adopt;
pub mod apply;
pub mod cancel;
pub mod fetch;
pub mod lower;
pub mod plan;
pub mod provider;
pub mod provision;
pub mod state;

pub use cancel::Cancel;
