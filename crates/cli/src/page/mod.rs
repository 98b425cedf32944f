//! A snapshot as one self-contained page for a browser: it loads nothing, and everything from the snapshot is
//! escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use prestop::scrub::marker::{self, OPEN};
use prestop_agent::outside::random;

use crate::transcript::Entry;
use crate::view::View;
use crate::{document, visible};
use crate::{numbers, report};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The number of colour classes in the style sheet.
const COLOURS: u32 = 12;
/// The largest JSON of an entry that is shown, in bytes.
const MAX_RAW: usize = 256 << 10;

/// What the page says about the file, besides its content.
pub struct About {
    /// Its path, as it may be shown.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it is intact, in words.
    pub state: &'static str,
    /// Whether that is as it should be.
    pub fine: bool,
}

/// Returns the page.
pub fn page(view: &View, about: &About) -> String {
    // Only scripts and styles with this nonce run; whoever wrote into the snapshot could not know it.
    let nonce = format!("{:016x}{:016x}", random(), random());
    let workspace = view.workspace.as_deref().unwrap_or("unknown");
    let mut out = String::new();
    push(
        &mut out,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'nonce-{nonce}'; \
             script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Snapshot of {}</title>\n<style nonce=\"{nonce}\">\n{STYLE}</style>\n</head>\n<body>\n",
            text(workspace)
        ),
    );
    head(&mut out, view, about);
    labels(&mut out, &view.redacted);
    timeline(&mut out, &view.entries);
    push(
        &mut out,
        format_args!(
            "<footer>Made by prestop {}. The page holds what the snapshot holds, scrubbed once more; it asks \
             nothing of any network.</footer>\n</main>\n<script nonce=\"{nonce}\">\n{SCRIPT}</script>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        ),
    );
    out
}

fn head(out: &mut String, view: &View, about: &About) {
    let class = if about.fine { "good" } else { "bad" };
    let plain = |given: &Option<String>| given.as_deref().map_or_else(|| "-".to_owned(), marked);
    let age =
        view.age.map_or_else(String::new, |age| format!(" ({} before this page)", numbers::duration(age)));
    let task = if view.task.is_empty() { "-".to_owned() } else { marked(&view.task) };
    let uptime = view.uptime.map_or_else(|| "-".to_owned(), numbers::duration);
    let lines = numbers::counted(view.entries.len() as u64, "line");
    let title = text(view.workspace.as_deref().unwrap_or("unknown"));
    push(out, format_args!("<header>\n<h1>Snapshot of {title}</h1>\n<dl>\n"));
    let file = format!(
        "{}, {}, <span class=\"{class}\">{}</span>",
        text(&about.path),
        numbers::size(about.bytes),
        text(about.state)
    );
    for (name, value) in [
        ("File", file),
        ("Saved", plain(&view.saved) + &age),
        ("Session", plain(&view.session)),
        ("Task", task),
        ("Active tasks", plain(&view.active)),
        ("Uptime", uptime),
        ("Transcript", lines),
    ] {
        push(out, format_args!("<dt>{name}</dt><dd>{value}</dd>\n"));
    }
    out.push_str("</dl>\n</header>\n<main>\n");
}

/// Adds the list of labels, each with the number of its redactions.
fn labels(out: &mut String, redacted: &BTreeMap<String, u64>) {
    let sum = redacted.values().sum();
    push(
        out,
        format_args!("<h2>Redacted: {}</h2>\n<ul class=\"labels\">\n", numbers::counted(sum, "marker")),
    );
    for (label, count) in report::most_frequent_first(redacted) {
        let colour = colour(label);
        push(
            out,
            format_args!(
                "<li><button disabled data-key=\"labels\" data-value=\"{label}\" aria-pressed=\"false\">\
                 <mark class=\"c{colour}\">{label}</mark> {count}</button></li>\n"
            ),
        );
    }
    out.push_str("</ul>\n");
}

fn timeline(out: &mut String, entries: &[Entry]) {
    let speakers: BTreeSet<&str> = entries.iter().map(|entry| entry.who.as_str()).collect();
    out.push_str("<h2>Transcript</h2>\n<div class=\"bar\" hidden>\n");
    out.push_str("<input id=\"search\" type=\"search\" placeholder=\"Search the transcript\" aria-label=\"Search the transcript\">\n");
    for who in speakers.iter().filter(|who| !who.is_empty()).take(12) {
        let who = text(who);
        push(
            out,
            format_args!(
                "<button disabled data-key=\"who\" data-value=\"{who}\" aria-pressed=\"false\">{who}</button>\n"
            ),
        );
    }
    out.push_str("<output id=\"shown\" aria-live=\"polite\"></output>\n</div>\n<ol>\n");
    let mut day = String::new();
    for (index, entry) in entries.iter().enumerate() {
        let (date, time) = moment(entry);
        if !date.is_empty() && date != day {
            push(out, format_args!("<li class=\"day\">{}</li>\n", text(&date)));
            day = date;
        }
        show(out, index + 1, entry, &time);
    }
    out.push_str("</ol>\n");
}

fn show(out: &mut String, number: usize, entry: &Entry, time: &str) {
    let raw = entry.raw.as_deref().filter(|raw| raw.len() <= MAX_RAW && *raw != entry.text);
    let labels = document::labels(raw.unwrap_or(&entry.text));
    let class = if labels.is_empty() { "entry" } else { "entry marked" };
    let labels: Vec<&str> = labels.keys().map(String::as_str).collect();
    push(
        out,
        format_args!(
            "<li class=\"{class}\" id=\"e{number}\" data-who=\"{}\" data-labels=\"{}\">\
             <div class=\"head\"><time>{}</time><b>{}</b><a href=\"#e{number}\">{number}</a></div><pre>{}</pre>",
            text(&entry.who),
            labels.join("\n"),
            text(time),
            text(&entry.who),
            marked(&entry.text)
        ),
    );
    if let Some(raw) = raw {
        push(out, format_args!("<details><summary>as JSON</summary><pre>{}</pre></details>", marked(raw)));
    }
    out.push_str("</li>\n");
}

/// Returns the date and the time of day of an entry; without a date if its time has another form.
fn moment(entry: &Entry) -> (String, String) {
    let when = entry.when.as_deref().unwrap_or_default();
    match when.split_once(['T', ' ']) {
        Some((date, time)) if is_date(date) => (date.to_owned(), time.to_owned()),
        _ => (String::new(), when.to_owned()),
    }
}

/// Whether a text has the form of an RFC 3339 date.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Returns text from outside as HTML, with its markers highlighted.
fn marked(given: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (range, label) in marker::in_text(given) {
        out.push_str(&text(&given[at..range.start]));
        let colour = colour(label);
        push(&mut out, format_args!("<mark class=\"c{colour}\">{OPEN}<b>{label}</b>]</mark>"));
        at = range.end;
    }
    out + &text(&given[at..])
}

/// Escapes text from outside for HTML, as content and in quoted attributes.
fn text(given: &str) -> String {
    let mut out = String::with_capacity(given.len());
    for letter in visible::lines(given.as_bytes()).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// Returns the colour of a label, which is the same on every page.
fn colour(label: &str) -> u32 {
    label.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % COLOURS
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn about() -> About {
        About { path: "snapshot.json".into(), bytes: 1, state: "whole", fine: true }
    }

    /// Returns the names of the tags in a page, in order.
    fn tags(page: &str) -> Vec<String> {
        let name = |rest: &str| rest.chars().take_while(|letter| !" >\n".contains(*letter)).collect();
        page.split('<').skip(1).map(name).collect()
    }

    fn entry(who: &str, text: &str) -> Entry {
        let raw = Some(serde_json::json!({"who": who, "text": text}).to_string());
        Entry { when: Some(text.to_owned()), who: who.to_owned(), text: text.to_owned(), raw }
    }

    fn view(given: &str) -> View {
        View {
            workspace: Some(given.to_owned()),
            session: Some(given.to_owned()),
            task: given.to_owned(),
            active: Some(given.to_owned()),
            saved: Some(given.to_owned()),
            entries: vec![entry(given, given)],
            ..View::default()
        }
    }

    proptest! {
        #[test]
        fn nothing_in_a_snapshot_makes_a_tag(given in "[<>&\"'=/ a-z\\[\\]:\u{202e}\n-]{1,40}") {
            let plain = page(&view("x"), &about());
            let hostile = page(&view(&given), &about());
            prop_assert_eq!(tags(&hostile), tags(&plain));
            let turned = hostile.contains('\u{202e}');
            prop_assert!(!turned);
        }

        #[test]
        fn quotes_and_angles_do_not_survive(given in any::<String>()) {
            prop_assert!(!text(&given).contains(['<', '>', '"', '\'']));
        }
    }

    #[test]
    fn markers_are_highlighted_by_label() {
        let html = marked("a <b> [REDACTED:TOKEN] [REDACTED:<i>]");
        let colour = colour("TOKEN");
        let mark = format!("<mark class=\"c{colour}\">[REDACTED:<b>TOKEN</b>]</mark>");
        assert_eq!(html, format!("a &lt;b&gt; {mark} [REDACTED:&lt;i&gt;]"));
    }
}
