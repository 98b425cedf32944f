//! `include/prestop.h` is generated from the sources. `PRESTOP_UPDATE=1` writes it.

#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn the_committed_header_is_fresh() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.join("../../include/prestop.h");
    let mut written = Vec::new();
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    cbindgen::Builder::new().with_crate(here).with_config(config).generate().unwrap().write(&mut written);
    if std::env::var_os("PRESTOP_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &written).unwrap();
    }
    let committed = std::fs::read(&path).unwrap_or_default();
    assert!(committed == written, "include/prestop.h is stale: make header");
}
