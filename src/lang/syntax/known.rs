//! Items that did not change since they were read last: their trees are kept by a digest of their text, and so are the same whatever stands
//! around them. What says how a tree is made of a text is part of the digest.

use std::sync::OnceLock;

use crate::base::SourceId;
use crate::base::digest::Digest;
use crate::base::ports::{Memory, MemoryKey};

use super::ast::Item;
use super::place::within;

/// Shorter texts are read as fast as they are looked up.
const WORTH_IT: usize = 64 * 1024;

/// Longer items are read each time: their trees may be so deep that walking them takes more stack than there is.
const LONGEST: usize = 1024;

/// The memory, for a text that is long enough.
pub(super) fn worth<'a>(memory: Option<&'a dyn Memory>, text: &str) -> Option<&'a dyn Memory> {
    memory.filter(|_| text.len() >= WORTH_IT)
}

/// The digest of an item; nothing where it is not remembered.
pub(super) fn key(text: &str) -> Option<MemoryKey> {
    let digest = || Digest::of_parts([fingerprint().as_slice(), text.as_bytes()]).half();
    (text.len() <= LONGEST).then(digest)
}

/// What trees depend on beside the text.
fn fingerprint() -> &'static [u8; 16] {
    static PRINT: OnceLock<[u8; 16]> = OnceLock::new();
    PRINT.get_or_init(|| {
        let parts = [
            include_str!("../../../grammar/situs.pest"),
            include_str!("ast.rs"),
            include_str!("build.rs"),
            include_str!("expr.rs"),
            include_str!("template.rs"),
            include_str!("place.rs"),
        ];
        Digest::of_parts(parts).half()
    })
}

/// The trees of an item that starts there, where they are known.
pub(super) fn recall(memory: &dyn Memory, key: &MemoryKey, source: SourceId, start: usize) -> Option<Vec<Item>> {
    let bytes = memory.recall(key)?;
    let start = u32::try_from(start).ok()?;
    within(source, start, || postcard::from_bytes(bytes)).ok()
}

/// Remembers the trees of an item that starts there.
pub(super) fn keep(memory: &dyn Memory, key: MemoryKey, source: SourceId, start: usize, items: &[Item]) {
    let Ok(start) = u32::try_from(start) else { return };
    if let Ok(bytes) = within(source, start, || postcard::to_stdvec(items)) {
        memory.keep(key, bytes);
    }
}
