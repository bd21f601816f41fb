//! What differs from run to run: the time and chance, asked of the world that a configuration is read from. All but `plantimestamp`
//! differ from call to call as well, so that a plan does not know them.

use std::sync::Arc;

use situs_value::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::base::ports::World;
use crate::lang::eval::scope::Scope;

use super::date::written;
use super::{Arity, Function, Param, index, text};

/// How much work `bcrypt` makes where nothing is said: 2 to the power of this.
const COST: u32 = 10;
/// More would keep a machine busy for minutes.
const MOST_COST: i64 = 20;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "bcrypt",
        params: &[Param::Text, Param::Number],
        arity: Arity::OptionalLast,
        doc: "The bcrypt hash of a password, with new salt at each call and so known only at apply; the second argument is the cost, \
              4 to 20, 10 where nothing is given.",
        example: ("substr(bcrypt(\"hunter2\", 4), 0, 7)", "\"$2a$04$\""),
        run: bcrypt,
    },
    Function {
        name: "plantimestamp",
        params: &[],
        arity: Arity::Exact,
        doc: "The point in time that the plan was made at, in UTC; the same when the plan is applied.",
        example: ("length(plantimestamp())", "20"),
        run: |_, scope| Ok(written_at(world(scope)?.planned_at_millis())),
    },
    Function {
        name: "timestamp",
        params: &[],
        arity: Arity::Exact,
        doc: "The point in time of the call, in UTC, known only at apply.",
        example: ("length(timestamp())", "20"),
        run: |_, scope| Ok(written_at(world(scope)?.now_millis())),
    },
    Function {
        name: "uuid",
        params: &[],
        arity: Arity::Exact,
        doc: "A random UUID, another one at each call, known only at apply.",
        example: ("length(uuid())", "36"),
        run: |_, scope| {
            let bytes = random(scope)?;
            let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
            Ok(Uuid::to_string(&uuid).into())
        },
    },
];

/// Whether a function differs from call to call.
pub fn differs(name: &str) -> bool {
    matches!(name, "bcrypt" | "timestamp" | "uuid")
}

fn world(scope: &Scope) -> Result<&Arc<dyn World>, String> {
    scope
        .world()
        .ok_or_else(|| "there is neither a clock nor chance here".to_owned())
}

fn random(scope: &Scope) -> Result<[u8; 16], String> {
    let bytes = world(scope)?.random();
    bytes.map_err(|e| format!("the machine gives no random bytes: {e}"))
}

fn written_at(millis: u64) -> Value {
    let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    written(&at)
}

fn bcrypt(values: &[Value], scope: &Scope) -> Result<Value, String> {
    let cost = match values.get(1) {
        Some(_) => index(values, 1)?,
        None => COST.into(),
    };
    let cost = u32::try_from(cost)
        .ok()
        .filter(|_| (4..=MOST_COST).contains(&cost))
        .ok_or_else(|| format!("the cost lies between 4 and {MOST_COST}, and this is {cost}"))?;
    let hashed = bcrypt::non_truncating_hash_with_salt(text(values, 0), cost, random(scope)?);
    let hashed = hashed.map_err(|_| "a password for bcrypt has at most 72 bytes, and no zero among them".to_owned())?;
    Ok(hashed.format_for_version(bcrypt::Version::TwoA).into())
}
