//! `docker_network`: what containers talk over.

use std::collections::BTreeMap;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest, NetworkInspect as Live};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions};
use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Problem, Problems, Resource, Sought};

use crate::engine::{Engine, cannot, found};
use crate::seen;
use crate::volume::{by_key, check_name, taken};

/// What containers talk over.
#[derive(Clone, Debug, Default, Object)]
pub struct Network {
    /// what it is called
    #[attr(required, replace)]
    name: Field<String>,
    /// what makes it
    #[attr(default = "bridge", replace)]
    driver: Field<String>,
    /// what that is told
    #[attr(optional, replace)]
    options: Field<BTreeMap<String, String>>,
    /// whether nothing outside is reached from it
    #[attr(default = false, replace)]
    internal: Field<bool>,
    /// the addresses that it gives out, where the engine is not to choose
    #[attr(optional, replace)]
    subnets: Field<Vec<Subnet>>,
    /// notes on it
    #[attr(optional, replace)]
    labels: Field<BTreeMap<String, String>>,
    /// what the engine calls it
    #[attr(computed)]
    id: Field<String>,
}

/// Addresses of a network.
#[derive(Clone, Debug, Default, Object)]
struct Subnet {
    /// all of them: `10.9.0.0/24`
    #[attr(required)]
    cidr: Field<String>,
    /// the one of the engine, where it is not to choose
    #[attr(optional)]
    gateway: Field<String>,
}

/// The resource type.
pub struct Networks;

fn as_it_is(set: &Network, live: &Live) -> Network {
    let configs = live.ipam.as_ref().and_then(|ipam| ipam.config.as_ref());
    Network {
        name: live.name.clone().into(),
        driver: live.driver.clone().into(),
        options: seen::map(&set.options, live.options.as_ref()),
        internal: live.internal.unwrap_or_default().into(),
        subnets: match &set.subnets {
            Field::Known(set) => Field::Known(subnets(set, configs.map(Vec::as_slice).unwrap_or_default())),
            _ => Field::Null,
        },
        labels: seen::map(&set.labels, live.labels.as_ref()),
        id: live.id.clone().into(),
    }
}

fn subnets(set: &[Subnet], is: &[IpamConfig]) -> Vec<Subnet> {
    let one = |(i, is): (usize, &IpamConfig)| Subnet {
        cidr: is.subnet.clone().into(),
        gateway: set
            .get(i)
            .map_or(Field::Null, |set| set.gateway.as_seen(is.gateway.clone())),
    };
    is.iter().enumerate().map(one).collect()
}

async fn by_name(engine: &Engine, name: &str) -> Result<Option<Live>, Problems> {
    let live = engine.api.inspect_network(name, None::<InspectNetworkOptions>).await;
    found(live).map_err(cannot(format!("read the network `{name}`")))
}

#[async_trait]
impl Resource for Networks {
    type Client = Engine;
    type State = Network;

    fn validate(&self, config: &Network, check: &mut Check) {
        check_name(check, &config.name);
    }

    async fn create(
        &self,
        engine: &Engine,
        planned: Network,
        ask: Ask<'_, Network>,
    ) -> Result<Network, Failure<Network>> {
        let name = planned.name.text();
        // Docker takes a second network of the same name.
        if by_name(engine, name).await?.is_some() {
            return Err(taken("network", name).into());
        }
        let subnet = |subnet: &Subnet| IpamConfig {
            subnet: subnet.cidr.known().cloned(),
            gateway: subnet.gateway.known().cloned(),
            ..IpamConfig::default()
        };
        let ipam = planned.subnets.known().map(|all| Ipam {
            config: Some(all.iter().map(subnet).collect()),
            ..Ipam::default()
        });
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: planned.driver.known().cloned(),
            options: seen::table(&planned.options),
            internal: planned.internal.known().copied(),
            ipam,
            labels: seen::labelled(&planned.labels, ask.key),
            ..NetworkCreateRequest::default()
        };
        let made = engine.api.create_network(request).await;
        made.map_err(cannot(format!("make the network `{name}`")))?;
        match by_name(engine, name).await? {
            Some(live) => Ok(as_it_is(&planned, &live)),
            None => Err(Problem::error(
                format!("the network `{name}` is gone again"),
                "Something else removed it.",
            )
            .into()),
        }
    }

    async fn read(&self, engine: &Engine, current: Network) -> Result<Option<Network>, Problems> {
        let live = by_name(engine, current.name.text()).await?;
        Ok(live.map(|live| as_it_is(&current, &live)))
    }

    async fn delete(&self, engine: &Engine, prior: Network) -> Result<(), Problems> {
        let name = prior.name.text();
        let removed = engine.api.remove_network(name).await;
        found(removed).map_err(cannot(format!("remove the network `{name}`")))?;
        Ok(())
    }

    async fn import(&self, engine: &Engine, id: &str) -> Result<Option<Network>, Problems> {
        let live = by_name(engine, id).await?;
        Ok(live.map(|live| {
            let all = Network {
                options: seen::all(live.options.as_ref()),
                labels: seen::all(live.labels.as_ref()),
                ..Network::default()
            };
            as_it_is(&all, &live)
        }))
    }

    async fn lookup(&self, engine: &Engine, sought: Sought<Network>) -> Result<Looked<Network>, Problems> {
        let options = ListNetworksOptions {
            filters: Some(by_key(&sought.key)),
        };
        let all = engine
            .api
            .list_networks(Some(options))
            .await
            .map_err(cannot("look for a network"))?;
        let (Some(one), Some(planned)) = (all.into_iter().next(), sought.planned) else {
            return Ok(Looked::Nothing);
        };
        let live = by_name(engine, &one.name.unwrap_or_default()).await?;
        Ok(live.map_or(Looked::Nothing, |live| {
            Looked::Object(Box::new(as_it_is(&planned, &live)))
        }))
    }
}
