//! `DynamicValue`: a value with its codec. Written as MessagePack always, for some servers look at nothing else; read as either.

use situs_value::{Type, Value};

use crate::wire::tfplugin6::DynamicValue;
use crate::{Wrong, json, msgpack};

/// A value of a type, ready to be sent.
pub fn pack(value: &Value, ty: &Type) -> Result<Option<DynamicValue>, Wrong> {
    Ok(Some(DynamicValue {
        msgpack: msgpack::encode(value, ty)?,
        json: Vec::new(),
    }))
}

/// The value that was sent; nothing where none was.
pub fn unpack(sent: Option<&DynamicValue>, ty: &Type) -> Result<Option<Value>, Wrong> {
    match sent {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty).map(Some),
        Some(value) if !value.json.is_empty() => json::decode(&value.json, ty).map(Some),
        _ => Ok(None),
    }
}
