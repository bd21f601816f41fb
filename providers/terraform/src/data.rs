//! `terraform_data`: a value that is kept in the state, with an id that changes when its triggers do.

use situs_provider::attributes::{attribute, get, path, schema, with};
use situs_provider::schema::{Mode, Schema};
use situs_provider::{Apply, Plan, Planned};
use situs_value::{Type, Value};
use uuid::Uuid;

/// Its name.
pub const NAME: &str = "terraform_data";

/// What it looks like.
pub fn describe() -> Schema {
    schema(
        "A value that is kept in the state, and an occasion to replace what depends on it.",
        [
            attribute("id", Type::String, Mode::Computed, "made up when it is created"),
            attribute("input", Type::Dynamic, Mode::Optional, "what it keeps"),
            attribute(
                "output",
                Type::Dynamic,
                Mode::Computed,
                "its `input`, known once it is applied",
            ),
            attribute(
                "triggers_replace",
                Type::Dynamic,
                Mode::Optional,
                "a change of it makes a new one",
            ),
        ],
    )
}

/// What it will be: the id of a new one and the output of a new input are known after apply.
pub fn plan(request: &Plan) -> Planned {
    let (prior, config) = (&request.prior, &request.config);
    let input = get(config, "input");
    let new = prior.is_null();
    let mut state = request.proposed.clone();
    if new {
        state = with(&state, "id", Value::unknown_not_null(Type::String));
    }
    if new && input.is_null() {
        state = with(&state, "output", Value::Null);
    } else if new || input != get(prior, "input") {
        state = with(&state, "output", Value::unknown(input.type_of()));
    }
    let triggers = get(config, "triggers_replace");
    let replaced = !new && triggers != get(prior, "triggers_replace");
    Planned::new(
        state,
        replaced.then(|| path("triggers_replace")).into_iter().collect(),
        request.private.clone(),
    )
}

/// What it is, once it is applied.
pub fn apply(request: &Apply) -> Value {
    finished(&request.planned, &request.key)
}

/// The planned object with what only applying tells. The id comes of the key of the change: the same change makes the same object.
pub fn finished(planned: &Value, key: &str) -> Value {
    if planned.is_null() {
        return Value::Null;
    }
    let mut state = planned.clone();
    if !get(&state, "id").is_known() {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes());
        state = with(&state, "id", Value::string(id.to_string()));
    }
    if !get(&state, "output").is_wholly_known() {
        state = with(&state, "output", get(planned, "input").clone());
    }
    state
}

/// One that Situs did not make.
pub fn import(id: &str) -> Value {
    let nothing = ["input", "output", "triggers_replace"].map(|name| (name, Value::Null));
    Value::object([("id", Value::string(id))].into_iter().chain(nothing))
}
