//! Layout of a tree as text.
