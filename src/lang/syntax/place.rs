//! Places in a tree that is kept apart from its text: seen from the start of the item that they are in, so that an item that did not change is
//! the same tree wherever it stands.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::SourceId;
use crate::base::span::Span;

thread_local! {
    /// The source and the first byte of the item that is written or read on this thread.
    static ITEM: Cell<(SourceId, u32)> = const { Cell::new((SourceId(0), 0)) };
}

/// Does some work on the item that starts there.
pub(super) fn within<T>(source: SourceId, start: u32, work: impl FnOnce() -> T) -> T {
    let before = ITEM.replace((source, start));
    let done = work();
    ITEM.set(before);
    done
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
pub(super) fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    let (_, base) = ITEM.get();
    let place = (span.start.wrapping_sub(base), span.end.wrapping_sub(span.start));
    place.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let (source, base) = ITEM.get();
    let (start, length) = <(u32, u32)>::deserialize(deserializer)?;
    let start = base.wrapping_add(start);
    Ok(Span::new(source, start, start.wrapping_add(length)))
}
