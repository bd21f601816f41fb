//! Floor 3: what follows from the shape of the intent. The shape becomes exposures and a verdict ([`residency`]), services and copies
//! find their sites ([`placement`]), and things and what joins them can be drawn ([`graph`]). Pure: everything here is computed from
//! values, and the same values give the same answer.

pub mod assignment;
pub mod graph;
pub mod placement;
pub mod residency;
