//! Who signed a list of digests: OpenPGP, detached (RFC 9580).

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey};
use pgp::types::KeyDetails;

/// The key, of those in these armours, that signed some bytes; `Err` where none did.
pub(super) fn signer<'a>(
    armours: impl Iterator<Item = &'a str>,
    bytes: &[u8],
    signature: &[u8],
) -> Result<String, String> {
    let signature = DetachedSignature::from_bytes(signature)
        .or_else(|_| DetachedSignature::from_armor_single(signature).map(|(s, _)| s))
        .map_err(|e| format!("the signature of the digests cannot be read: {e}"))?;
    let mut known = Vec::new();
    for armour in armours {
        let Ok((key, _)) = SignedPublicKey::from_armor_single(armour.as_bytes()) else {
            continue;
        };
        // A key is what its own signatures say it is, or none.
        if key.verify_bindings().is_err() {
            continue;
        }
        let id = key.legacy_key_id().to_string().to_uppercase();
        let signed = signature.verify(&key, bytes).is_ok()
            || key
                .public_subkeys
                .iter()
                .any(|sub| signature.verify(sub, bytes).is_ok());
        if signed {
            return Ok(id);
        }
        known.push(id);
    }
    Err(match known.is_empty() {
        true => "none of the keys that should have signed the digests can be read".to_owned(),
        false => format!(
            "the digests are signed by none of the keys that should have: {}",
            known.join(", ")
        ),
    })
}
