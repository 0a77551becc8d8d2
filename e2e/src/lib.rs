//! Tests of the product; see `tests/`.
