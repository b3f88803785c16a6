//! The service definition of `sotto.v1` and its generated types.
