//! Build, encode and keep the snapshot: the durable file.
