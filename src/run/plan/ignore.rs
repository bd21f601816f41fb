//! `ignore_changes`: what the configuration says is set aside for what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::schema::Block;
use situs_value::Value;

use crate::lang::eval::instance::Ignore;

/// The Configuration with what `ignore_changes` names taken from the Prior State.
pub(crate) fn ignore_changes(block: &Block, config: &Value, prior: &Value, ignore: &Ignore) -> Value {
    match ignore {
        Ignore::Nothing => config.clone(),
        _ if prior.is_null() => config.clone(),
        Ignore::All => all_from(block, config, prior),
        Ignore::Paths(paths) => paths.iter().fold(config.clone(), |config, path| match prior.at(path) {
            Some(value) => config.with(path, value),
            None => config,
        }),
    }
}

/// Everything that may be configured, as it was: what only the provider sets is no part of a configuration.
fn all_from(block: &Block, config: &Value, prior: &Value) -> Value {
    let (Some(config), Some(prior)) = (config.attributes(), prior.attributes()) else {
        return config.clone();
    };
    let kept = |name: &Arc<str>| match block.attributes.get(name) {
        Some(attribute) => attribute.mode.is_configurable() && !attribute.write_only,
        None => true,
    };
    let merged: BTreeMap<Arc<str>, Value> = config
        .iter()
        .map(|(name, value)| match prior.get(name).filter(|_| kept(name)) {
            Some(was) => (name.clone(), was.clone()),
            None => (name.clone(), value.clone()),
        })
        .collect();
    Value::Object(Arc::new(merged))
}
