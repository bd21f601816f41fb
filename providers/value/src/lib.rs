//! What the engine, its providers and its state speak with: exact [`Number`]s, [`Quantity`]s with units, [`Date`]s, [`Type`]s, and
//! [`Value`]s that can be unknown or sensitive; conversion between types, and the codecs.

pub mod convert;
pub mod date;
pub mod json;
pub mod number;
pub mod path;
pub mod quantity;
pub mod record;
pub mod types;
pub mod units;
pub mod value;

pub use convert::{ConvertError, convert, unify};
pub use date::Date;
pub use json::{from_json, implied, to_json};
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use quantity::{Quantity, QuantityError};
pub use types::{ObjectType, Type};
pub use units::{Dimension, UnitError};
pub use value::{Marks, Refinements, Tri, Unknown, Value};
