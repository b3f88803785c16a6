//! N-API face of the client half of `lattice`.
