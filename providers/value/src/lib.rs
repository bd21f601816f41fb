//! Values, types and their codecs.
