//! From files to a configuration.
