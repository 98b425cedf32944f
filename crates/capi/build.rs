//! Sets the soname of the shared library, by which programs find the version that they were built for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // cargo-c sets one itself, from the version in Cargo.toml, and a library has only one.
    let cargo_c = std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    // The number is PRESTOP_ABI_VERSION; a test compares the two.
    if !cargo_c && std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libprestop.so.1");
    }
}
