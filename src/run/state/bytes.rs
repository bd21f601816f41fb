//! Bytes in JSON: text where they are text, else hexadecimal digits behind `hex:`.

use serde::{Deserialize, Deserializer, Serializer};

const HEX: &str = "hex:";

/// Writes bytes.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with(HEX) => serializer.serialize_str(text),
        _ => {
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            serializer.collect_str(&format_args!("{HEX}{digits}"))
        }
    }
}

/// Reads bytes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.strip_prefix(HEX) {
        None => Ok(text.into_bytes()),
        Some(digits) => digits
            .as_bytes()
            .chunks(2)
            .map(byte)
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| serde::de::Error::custom("bytes that are not hexadecimal digits")),
    }
}

fn byte(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|t| t.len() == 2)?;
    u8::from_str_radix(text, 16).ok()
}
