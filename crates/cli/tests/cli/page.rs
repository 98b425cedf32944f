//! `prestop show --html`: the page as it is written, and as a browser shows it.

use std::io::ErrorKind;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{place, prestop, put, text, token};

/// Returns a snapshot whose texts all try to break out of the page and to contact a port of this machine.
fn hostile(port: u16) -> String {
    let evil = format!(
        "</pre></title><script>document.title='taken'</script><img src=http://127.0.0.1:{port}/ onerror=\"document.title='taken'\">"
    );
    serde_json::json!({
        "workspace_id": evil, "session_id": evil, "current_task": evil, "timestamp": evil,
        "transcript_lines": [
            {"role": "user", "timestamp": "2026-01-01T00:00:01Z", "content": "the first apple"},
            {"role": "assistant", "timestamp": "2026-01-01T00:00:02Z", "content": format!("a pear, {}", token())},
            {"role": format!("\"><b onclick=x>{evil}"), "timestamp": evil, "content": evil},
            "</script><style>*{display:none}</style>",
        ],
    })
    .to_string()
}

#[test]
fn the_page_is_one_file_that_asks_for_nothing() {
    let (place, path) = place();
    put(&path, hostile(9));
    let file = place.path().join("page.html");
    prestop(["show", text(&path), "--html", text(&file)]).status(0).has("page.html: ").hides(&token());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(!page.contains(&token()) && page.contains("[REDACTED:<b>GITHUB_PAT</b>]"));
    assert!(page.contains("default-src 'none'") && !page.contains("<img") && !page.contains("<link"));
    let links = page.match_indices(" href=\"").all(|(at, found)| page[at + found.len()..].starts_with('#'));
    assert!(links && page.matches("<script").count() == 1 && page.matches("<style").count() == 1);
    // The nonce cannot be predicted, so the page differs every time.
    let ran = prestop(["show", text(&path), "--html", "-"]).status(0);
    assert!(ran.out.starts_with("<!doctype html>") && ran.out != page);
}

#[test]
fn a_page_that_cannot_be_written_leaves_nothing() {
    let (place, path) = place();
    put(&path, "{}");
    let taken = place.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    prestop(["show", text(&path), "--html", text(&taken)])
        .status(1)
        .says("cannot write the page to")
        .says("name a file in it");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
    let nowhere = place.path().join("nowhere/page.html");
    prestop(["show", text(&path), "--html", text(&nowhere)])
        .status(1)
        .says("cannot write the page to that path")
        .says("make the directory first");
}

#[test]
fn a_browser_shows_it_searches_it_and_is_not_taken_over() {
    let Some(browser) = browser() else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED the page in a browser: there is no chromium here (apt-get install chromium)"
        );
        return;
    };
    let (place, path) = place();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    put(&path, hostile(listener.local_addr().unwrap().port()));
    let file = place.path().join("page.html");
    prestop(["show", text(&path), "--html", text(&file)]).status(0);
    let open = |after: &str, how: &str| {
        let url = format!("file://{}{after}", text(&file));
        let mut command = Command::new(&browser);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
        command.arg(format!("--user-data-dir={}", text(&place.path().join("profile"))));
        output(command.args([how, &url]), &place.path().join("out"))
    };

    let whole = open("", "--dump-dom");
    assert!(whole.contains("4 of 4"), "the script does not run: {whole}");
    let title = whole.split("</title>").next().unwrap_or_default();
    assert!(title.contains("<title>Snapshot of &lt;/pre"), "{title}");
    assert!(!whole.contains("<img") && !whole.contains("<b onclick"), "{whole}");
    assert_eq!(listener.accept().map(|_| ()).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));

    let visible = |page: &str| {
        let entries = page.split("<li class=\"entry").skip(1);
        let shown = |entry: &str| !entry.split('>').next().unwrap_or_default().contains("hidden");
        entries.map(shown).collect::<Vec<bool>>()
    };
    assert_eq!(visible(&whole), [true; 4]);
    let found = open("#search=FIRST%20apple", "--dump-dom");
    assert!(found.contains("1 of 4"), "{found}");
    assert_eq!(visible(&found), [true, false, false, false]);
    let by_label = open("#labels=GITHUB_PAT", "--dump-dom");
    assert_eq!(visible(&by_label), [false, true, false, false]);
    let by_speaker = open("#who=user&search=pear", "--dump-dom");
    assert_eq!(visible(&by_speaker), [false; 4]);

    let picture = place.path().join("page.png");
    open("", &format!("--screenshot={}", text(&picture)));
    assert!(std::fs::read(&picture).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG") && bytes.len() > 4096));
}

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|candidate| candidate.is_file())
}

/// Returns what a command prints; a command that does not end by itself is killed.
fn output(command: &mut Command, to: &Path) -> String {
    let out = std::fs::File::create(to).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(out).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read_to_string(to).unwrap()
}
