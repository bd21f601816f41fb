//! Pictures: things and what joins them, as text for Graphviz ([`dot`]) and for Mermaid ([`mermaid`]). A [`Graph`] is plain data, so
//! that whoever has nodes and edges can draw them; [`of_intent`] makes one of a placement, with sites as clusters.

mod intent;
mod write;

pub use intent::of_intent;
pub use write::{dot, mermaid};

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// What holds nodes.
    pub clusters: Vec<Cluster>,
    /// What is drawn as a box.
    pub nodes: Vec<Node>,
    /// What joins them.
    pub edges: Vec<Edge>,
}

/// A frame around nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name, which nodes give.
    pub id: String,
    /// What is written on it.
    pub label: String,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, which edges give: an address.
    pub id: String,
    /// What is written in it.
    pub label: String,
    /// How it looks.
    pub look: Look,
    /// The cluster it is in.
    pub cluster: Option<String>,
}

/// How a node looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// A box: a resource.
    #[default]
    Box,
    /// A rounded box: a service.
    Rounded,
    /// A drum: a dataset.
    Drum,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// From which node.
    pub from: String,
    /// To which node.
    pub to: String,
    /// What is written on it; may be empty.
    pub label: String,
    /// How it is drawn.
    pub line: Line,
}

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// As a line.
    #[default]
    Solid,
    /// As dashes: nothing that anybody wrote as a flow of its own.
    Dashed,
}
