//! What a plug-in offers: its schema as it sent it, with the types that its values are sent under.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use prost::Message;
use situs_protocol::wire::tfplugin6::get_provider_schema::Response;
use situs_protocol::{said, schema};
use situs_provider::{ProviderSchema, Severity};
use situs_value::Type;

/// What a plug-in offers.
pub(super) struct Offered {
    /// Its schema.
    pub schema: Arc<ProviderSchema>,
    /// Whether it can do without being asked for its schema first.
    pub schema_is_optional: bool,
    /// Whether it wants to be asked before something is destroyed.
    pub plans_destruction: bool,
    types: RwLock<HashMap<Kind, HashMap<String, Arc<Type>>>>,
}

/// What kind of thing has a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The provider's configuration.
    Provider,
    /// A resource.
    Resource,
    /// A data source.
    Data,
    /// What is opened and never kept.
    Ephemeral,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Provider => "provider configuration",
            Kind::Resource => "resource type",
            Kind::Data => "data source",
            Kind::Ephemeral => "ephemeral resource type",
        })
    }
}

impl Offered {
    /// Understands an answer; else says all that is wrong with it.
    pub fn of(answer: &Response) -> Result<Self, Vec<String>> {
        let said = said::problems(&answer.diagnostics);
        let errors: Vec<String> = said
            .into_iter()
            .filter(|p| p.severity == Severity::Error)
            .flat_map(|p| [p.summary, p.detail])
            .filter(|line| !line.is_empty())
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let can = answer.server_capabilities.unwrap_or_default();
        Ok(Self {
            schema: Arc::new(schema::provider(answer)?),
            schema_is_optional: can.get_provider_schema_optional,
            plans_destruction: can.plan_destroy,
            types: RwLock::default(),
        })
    }

    /// The same from the bytes of an answer that was kept.
    pub fn recalled(bytes: &[u8]) -> Option<Self> {
        Self::of(&Response::decode(bytes).ok()?).ok()
    }

    /// The type that values of something are sent under.
    pub fn ty(&self, kind: Kind, name: &str) -> Option<Arc<Type>> {
        let types = self.types.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ty) = types.get(&kind).and_then(|of| of.get(name)) {
            return Some(ty.clone());
        }
        drop(types);
        let all = match kind {
            Kind::Provider => return Some(Arc::new(self.schema.provider.ty())),
            Kind::Resource => &self.schema.resources,
            Kind::Data => &self.schema.data_sources,
            Kind::Ephemeral => &self.schema.ephemeral,
        };
        let ty = Arc::new(all.get(name)?.block.ty());
        let mut types = self.types.write().unwrap_or_else(PoisonError::into_inner);
        types.entry(kind).or_default().insert(name.to_owned(), ty.clone());
        Some(ty)
    }
}
