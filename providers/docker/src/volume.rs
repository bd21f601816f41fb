//! `docker_volume`: data that outlives containers.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{Volume as Live, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptions, RemoveVolumeOptions};
use situs_sdk::async_trait;
use situs_sdk::kit::{Ask, Check, Failure, Field, Looked, Object, Problems, Resource, Sought};

use crate::engine::{Engine, KEY, cannot, found};
use crate::seen;

/// Data that outlives containers. Destroying it destroys the data.
#[derive(Clone, Debug, Default, Object)]
pub struct Volume {
    /// what it is called
    #[attr(required, replace)]
    name: Field<String>,
    /// what keeps it
    #[attr(default = "local", replace)]
    driver: Field<String>,
    /// what that is told
    #[attr(optional, replace)]
    driver_options: Field<BTreeMap<String, String>>,
    /// notes on it
    #[attr(optional, replace)]
    labels: Field<BTreeMap<String, String>>,
    /// its name
    #[attr(computed)]
    id: Field<String>,
    /// where the engine has it
    #[attr(computed)]
    mountpoint: Field<String>,
}

/// The resource type.
pub struct Volumes;

fn as_it_is(set: &Volume, live: &Live) -> Volume {
    Volume {
        name: live.name.clone().into(),
        driver: live.driver.clone().into(),
        driver_options: seen::map(&set.driver_options, Some(&live.options)),
        labels: seen::map(&set.labels, Some(&live.labels)),
        id: live.name.clone().into(),
        mountpoint: live.mountpoint.clone().into(),
    }
}

#[async_trait]
impl Resource for Volumes {
    type Client = Engine;
    type State = Volume;

    fn validate(&self, config: &Volume, check: &mut Check) {
        check_name(check, &config.name);
    }

    async fn create(&self, engine: &Engine, planned: Volume, ask: Ask<'_, Volume>) -> Result<Volume, Failure<Volume>> {
        // An engine gives the volume of that name where there is one: it is not ours to take.
        let name = planned.name.text();
        let there =
            found(engine.api.inspect_volume(name).await).map_err(cannot(format!("look for the volume `{name}`")))?;
        if there.is_some_and(|live| live.labels.get(KEY).map(String::as_str) != Some(ask.key)) {
            return Err(taken("volume", name).into());
        }
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            driver: planned.driver.known().cloned(),
            driver_opts: seen::table(&planned.driver_options),
            labels: seen::labelled(&planned.labels, ask.key),
            ..VolumeCreateRequest::default()
        };
        let live = engine.api.create_volume(request).await;
        let live = live.map_err(cannot(format!("make the volume `{name}`")))?;
        Ok(as_it_is(&planned, &live))
    }

    async fn read(&self, engine: &Engine, current: Volume) -> Result<Option<Volume>, Problems> {
        let name = current.name.text();
        let live = found(engine.api.inspect_volume(name).await).map_err(cannot(format!("read the volume `{name}`")))?;
        Ok(live.map(|live| as_it_is(&current, &live)))
    }

    async fn delete(&self, engine: &Engine, prior: Volume) -> Result<(), Problems> {
        let name = prior.name.text();
        let removed = engine.api.remove_volume(name, None::<RemoveVolumeOptions>).await;
        found(removed).map_err(cannot(format!("remove the volume `{name}`")))?;
        Ok(())
    }

    async fn import(&self, engine: &Engine, id: &str) -> Result<Option<Volume>, Problems> {
        let live = found(engine.api.inspect_volume(id).await).map_err(cannot(format!("read the volume `{id}`")))?;
        Ok(live.map(|live| {
            let all = Volume {
                driver_options: seen::all(Some(&live.options)),
                labels: seen::all(Some(&live.labels)),
                ..Volume::default()
            };
            as_it_is(&all, &live)
        }))
    }

    async fn lookup(&self, engine: &Engine, sought: Sought<Volume>) -> Result<Looked<Volume>, Problems> {
        let options = ListVolumesOptions {
            filters: Some(by_key(&sought.key)),
        };
        let all = engine
            .api
            .list_volumes(Some(options))
            .await
            .map_err(cannot("look for a volume"))?;
        let (Some(live), Some(planned)) = (all.volumes.unwrap_or_default().into_iter().next(), sought.planned) else {
            return Ok(Looked::Nothing);
        };
        Ok(Looked::Object(Box::new(as_it_is(&planned, &live))))
    }
}

/// The filter that finds what a change made.
pub fn by_key(key: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{KEY}={key}")])])
}

/// Something else has the name.
pub fn taken(kind: &str, name: &str) -> Problems {
    let title = format!("there is a {kind} `{name}` already");
    let what = "It was not made here. Give this one another name, or take that one over with an `import` block.";
    vec![situs_sdk::kit::Problem::error(title, what)]
}

/// Names that every engine takes: they are also parts of addresses.
pub fn check_name(check: &mut Check, name: &Field<String>) {
    if let Field::Known(name) = name {
        let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        let wanted = "letters, digits, `_`, `.` and `-`, a letter or a digit first";
        check.that(
            first && rest,
            "name",
            format!("`{name}` is no name that an engine takes"),
            wanted,
        );
    }
}
