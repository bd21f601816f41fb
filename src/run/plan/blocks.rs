//! Which parts of objects are blocks: plans are shown as they are written, and values alone do not tell a block from an attribute.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use situs_provider::schema::{Block, Nesting};

use crate::base::addr::Mode;
use crate::run::provider::Pool;

use super::change::Change;

/// The blocks in an object, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Blocks(pub BTreeMap<Arc<str>, Inner>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inner {
    /// How many there are, and how they are found.
    pub nesting: Nesting,
    /// Those in it.
    pub blocks: Blocks,
}

/// The blocks of resource types that have any, by the kind of resource and the type: `data aws_ami`.
pub type Shapes = BTreeMap<String, Blocks>;

impl Blocks {
    /// Those of a schema.
    pub fn of(block: &Block) -> Self {
        let one = |(name, nested): (&Arc<str>, &situs_provider::NestedBlock)| {
            let inner = Inner {
                nesting: nested.nesting,
                blocks: Self::of(&nested.block),
            };
            (name.clone(), inner)
        };
        Self(block.blocks.iter().map(one).collect())
    }
}

/// The key of a resource type among [`Shapes`].
pub fn key(mode: Mode, type_name: &str) -> String {
    format!("{} {type_name}", mode.word())
}

/// Those of all that changes.
pub(super) fn shapes(changes: &[Change], pool: &Pool) -> Shapes {
    let mut shapes = Shapes::new();
    for change in changes.iter().filter(|c| c.does_something()) {
        let Some(resource) = &change.addr.parts().resource else {
            continue;
        };
        let key = key(resource.mode, &resource.type_name);
        if shapes.contains_key(&key) {
            continue;
        }
        let schema = pool.schema(&change.provider);
        let all = schema.as_ref().map(|s| match resource.mode {
            Mode::Managed => &s.resources,
            Mode::Data => &s.data_sources,
            Mode::Ephemeral => &s.ephemeral,
        });
        let blocks = all
            .and_then(|all| all.get(&*resource.type_name))
            .map(|s| Blocks::of(&s.block));
        shapes.insert(key, blocks.unwrap_or_default());
    }
    shapes.retain(|_, blocks| !blocks.0.is_empty());
    shapes
}
