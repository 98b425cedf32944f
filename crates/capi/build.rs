//! Gives the shared library its soname, by which programs find the version that they were built for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // cargo-c gives it one itself, from the version in Cargo.toml, and a library has one.
    let cargo_c = std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    // The number is PRESTOP_ABI_VERSION: a test compares them.
    if !cargo_c && std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libprestop.so.1");
    }
}
