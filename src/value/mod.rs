//! Values to values: the walk over JSON-like trees.
