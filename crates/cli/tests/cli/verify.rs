//! `prestop verify`.

use crate::support::{command, fed, place, prestop, put, text, token};

#[test]
fn a_clean_one_is_fine() {
    let (_place, path) = place();
    put(&path, r#"{"adapter": {"transcript_lines": ["DEPLOY_PASSWORD=[REDACTED:DEPLOY_PASSWORD]"]}}"#);
    let ran = prestop(["verify", text(&path)]).status(0).has("ok    integrity").has("ok    mode");
    ran.has("none left").has("preset strict");
    let json = prestop(["verify", "--json", text(&path)]).status(0).json();
    assert_eq!((&json["ok"], &json["source"]), (&true.into(), &"current".into()));
}

#[test]
fn a_secret_that_is_left_is_found_wherever_it_stands() {
    let (place, path) = place();
    put(&path, serde_json::json!({"a": {"b": [format!("see {}", token())]}}).to_string());
    prestop(["verify", text(&path)])
        .status(1)
        .hides(&token())
        .has("BAD   secrets")
        .has("left: GITHUB_PAT 1 (preset strict)");
    let balanced = prestop(["verify", "--preset", "balanced", "--json", text(&path)]).status(1).json();
    assert_eq!(balanced["preset"], "balanced");
    put(&path, "{}");
    for beside in [".snapshot.json.prev", ".snapshot.json.corrupt-1", ".snapshot.json.tmp.0123456789abcdef"] {
        let beside = place.path().join(beside);
        put(&beside, format!("{{broken {}", token()));
        let ran = prestop(["verify", text(&path)]).status(1).hides(&token());
        ran.has("left: GITHUB_PAT 1").has(beside.file_name().unwrap().to_str().unwrap());
        std::fs::remove_file(beside).unwrap();
    }
    prestop(["verify", text(&path)]).status(0);
}

#[test]
fn what_stands_beside_it_and_was_not_looked_at_is_not_in_order() {
    let (place, path) = place();
    put(&path, "{}");
    let beside = place.path().join(".snapshot.json.corrupt-1");
    put(&beside, "");
    // A sparse file, which needs no disk space.
    std::fs::File::options().write(true).open(&beside).unwrap().set_len((64 << 20) + 4096).unwrap();
    let ran = prestop(["verify", text(&path)]).status(1);
    ran.has("BAD   .snapshot.json.corrupt-1  cannot be read, or is too large to");
}

#[test]
fn what_to_do_fits_what_was_found() {
    use std::os::unix::fs::PermissionsExt;
    let (place, path) = place();
    put(&path, "{broken");
    prestop(["verify", text(&path)]).status(1).has("sets it aside");
    put(&path, "{}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    prestop(["verify", text(&path)]).status(1).has("`chmod 600 PATH`");
    put(&path, serde_json::json!({"a": [{"source": "sandbox"}]}).to_string());
    prestop(["verify", text(&path)]).status(1).has("`prestop write PATH --from PATH`");
    put(&path, "{}");
    put(&place.path().join(".snapshot.json.prev"), token());
    prestop(["verify", text(&path)]).status(1).has("twice");
}

#[test]
fn a_value_of_the_environment_is_found() {
    let (_place, path) = place();
    let secret = format!("{}-{}", "correct", "horse7battery");
    put(&path, serde_json::json!({"a": secret}).to_string());
    prestop(["verify", text(&path)]).status(0);
    let ran = fed(command().env("DB_PASSWORD", &secret).args(["verify", text(&path)]), b"");
    ran.status(1).hides(&secret).has("left: DB_PASSWORD 1");
}

#[test]
fn what_others_can_read_is_bad() {
    use std::os::unix::fs::PermissionsExt;
    let (_place, path) = place();
    put(&path, "{}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    prestop(["verify", text(&path)]).status(1).has("BAD   mode       others can read it (0640)");
}

#[test]
fn a_damaged_one_is_bad_and_left_alone() {
    let (_place, path) = place();
    put(&path, format!("{{\"broken {}", token()));
    let ran = prestop(["verify", "--json", text(&path)]).status(1).hides(&token());
    assert_eq!(ran.json()["checks"][0]["ok"], false);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("{\"broken"));
    prestop(["verify", "/nonexistent/snapshot.json"]).status(1).says("there is no snapshot at that path");
}
