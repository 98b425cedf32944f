//! Delegations: whatever the rows are, no result is lost and none is returned twice.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::values::{document, object, secret, strict, value};
use crate::heartbeat::{DelegationResult, Delegations, Ingested, Status};
use crate::value::Json;
use crate::{Preset, Scrubber};

const NAMES: &[&str] = &[
    "delegation_id",
    "status",
    "type",
    "source_id",
    "target_id",
    "summary",
    "response_preview",
    "error",
    "id",
    "created_at",
];

fn row(id: &str) -> Value {
    json!({"id": "r", "type": "delegate_result", "source_id": "ws-1", "target_id": "ws-2", "delegation_id": id,
        "status": "completed", "summary": "done", "response_preview": "the answer"})
}

fn ingest(delegations: &mut Delegations, rows: &[Value]) -> Ingested {
    let rows = Value::from(rows.to_vec()).to_string();
    delegations.ingest_json(rows.as_bytes(), 1.0, &strict()).expect("JSON")
}

fn ids(ingested: &Ingested) -> Vec<&str> {
    ingested.results.iter().map(|result| result.delegation_id.as_str()).collect()
}

/// An event in the life of a workspace and its results file, in a model of the host.
#[derive(Clone, Debug)]
enum Step {
    /// The platform lists the delegations up to this number, at most the newest fifty.
    List { newest: usize, bad: bool },
    /// The results are written to the file; false if that fails.
    Write(bool),
    /// A wake-up is due; false if it cannot be sent.
    WakeUp(bool),
    /// The process restarts, and knows only what it has written.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_usize..60, any::<bool>()).prop_map(|(newest, bad)| Step::List { newest, bad }),
        4 => prop::bool::weighted(0.7).prop_map(Step::Write),
        3 => prop::bool::weighted(0.7).prop_map(Step::WakeUp),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn every_result_is_written_once_and_told_at_least_once(steps in steps()) {
        let scrubber = strict();
        let mut delegations = Delegations::new("ws-1");
        let (mut file, mut told, mut listed): (Vec<String>, BTreeSet<String>, BTreeSet<String>) = Default::default();
        let (mut newest, mut now, mut seen) = (0, 0.0, Vec::new());
        // At the end every step succeeds once.
        let end = [Step::List { newest: 60, bad: false }, Step::Write(true), Step::WakeUp(true)];
        for step in steps.into_iter().chain(end) {
            now += 61.0;
            match step {
                Step::List { newest: number, bad } => {
                    newest = newest.max(number);
                    let mut rows: Vec<Value> =
                        (newest.saturating_sub(50)..newest).rev().map(|number| row(&format!("d-{number}"))).collect();
                    listed.extend((newest.saturating_sub(50)..newest).map(|number| format!("d-{number}")));
                    if bad {
                        rows.insert(rows.len() / 2, json!({"delegation_id": ["no"], "status": 5}));
                        rows.insert(0, json!(null));
                    }
                    ingest(&mut delegations, &rows);
                }
                Step::Write(works) => {
                    let lines: Vec<String> = delegations.pending().map(|one| one.delegation_id.clone()).collect();
                    if works {
                        prop_assert_eq!(delegations.confirm(&lines), lines.len());
                        seen.extend(lines.iter().cloned());
                        file.extend(lines);
                    }
                }
                Step::WakeUp(works) => {
                    if let Some(wake_up) = delegations.due(now) {
                        if works {
                            told.extend(wake_up.delegation_ids);
                        } else {
                            // Given up after the tenth failure, which these few steps do not reach for all
                            // results.
                            told.extend(wake_up.delegation_ids.into_iter().take(delegations.wake_up_failed()));
                        }
                    }
                }
                Step::Restart => {
                    // What was listed but not written is either listed again or was never promised.
                    let written: BTreeSet<_> = file.iter().cloned().collect();
                    listed.retain(|id| written.contains(id));
                    delegations = Delegations::new("ws-1");
                    delegations.remember(&seen);
                    let unread: Vec<u8> = file.iter().filter(|id| !told.contains(*id)).flat_map(|id| {
                        format!("{}\n", row(id)).into_bytes()
                    }).collect();
                    delegations.restore(&unread, &scrubber);
                }
            }
        }
        let written: BTreeSet<String> = file.iter().cloned().collect();
        prop_assert_eq!(written.len(), file.len(), "a result stands twice in the file");
        prop_assert!(listed.is_subset(&written), "a result was lost");
        prop_assert!(written.is_subset(&told), "a result was never told");
    }

    #[test]
    fn rows_of_any_kind_cost_nothing_but_themselves(
        odd in prop::collection::vec(prop_oneof![value(NAMES).boxed(), object(NAMES, value(NAMES)).boxed()], 0..6),
        at in 0_usize..6,
    ) {
        let mut rows: Vec<Vec<u8>> = odd.iter().map(document).collect();
        rows.insert(at.min(rows.len()), row("the good one").to_string().into_bytes());
        let list = [b"[", rows.join(&b','.to_owned()).as_slice(), b"]"].concat();
        let mut delegations = Delegations::new("ws-1");
        let ingested = delegations.ingest_json(&list, f64::NAN, &strict()).expect("JSON");
        prop_assert!(ids(&ingested).contains(&"the good one"));
        for result in &ingested.results {
            let line = result.line();
            prop_assert!(memchr::memchr(b'\n', &line) == Some(line.len() - 1) && line.len() <= 1 << 20);
            let parsed: Value = serde_json::from_slice(&line).expect("a line is JSON");
            prop_assert_eq!(&parsed["delegation_id"], &result.delegation_id);
            prop_assert!(!parsed.to_string().contains(&secret()));
        }
        let all: Vec<String> = ids(&ingested).into_iter().map(str::to_owned).collect();
        prop_assert_eq!(delegations.confirm(&all), all.len());
        for notification in delegations.notifications() {
            prop_assert!(!notification.message.is_empty() && notification.message.len() <= 1024);
            prop_assert!(!notification.message.contains(&secret()));
            let quiet = notification.message.chars().all(|character| character == '\n' || !character.is_control());
            prop_assert!(quiet);
        }
        prop_assert!(delegations.ingest_json(&list, 0.0, &strict()).expect("JSON").results.is_empty());
    }

    #[test]
    fn the_oldest_ids_are_forgotten_first(count in 0_usize..30, limit in 0_usize..20) {
        let all: Vec<String> = (0..count).map(|number| format!("d-{number}")).collect();
        let mut delegations = Delegations::new("ws-1");
        delegations.set_seen_limit(limit);
        delegations.remember(&all);
        let kept: Vec<&str> = delegations.seen().collect();
        prop_assert_eq!(kept, all[count.saturating_sub(limit)..].iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn an_id_that_is_listed_is_not_forgotten(listed in 1_usize..40, others in 0_usize..40, limit in 0_usize..20) {
        let rows: Vec<Value> = (0..listed).map(|number| row(&format!("listed-{number}"))).collect();
        let mut delegations = Delegations::new("ws-1");
        delegations.set_seen_limit(limit);
        let all: Vec<String> =
            ids(&ingest(&mut delegations, &rows)).into_iter().map(str::to_owned).collect();
        delegations.confirm(&all);
        delegations.remember((0..others).map(|number| format!("other-{number}")));
        prop_assert!(ingest(&mut delegations, &rows).results.is_empty());
        prop_assert!(delegations.seen().count() <= listed.max(limit));
    }

    #[test]
    fn no_wake_up_comes_before_the_cooldown_is_over(
        times in prop::collection::vec(0.0_f64..400.0, 1..30),
        period in 0.0_f64..100.0,
    ) {
        let mut delegations = Delegations::new("ws-1");
        delegations.set_cooldown(period);
        let mut last: Option<f64> = None;
        let (mut confirmed, mut told) = (BTreeSet::new(), BTreeSet::new());
        for (number, now) in times.iter().enumerate() {
            let id = format!("d-{number}");
            ingest(&mut delegations, &[row(&id)]);
            delegations.confirm([&id]);
            confirmed.insert(id);
            // A clock that stepped back must not silence the agent.
            let due = last.is_none_or(|last| *now < last || now - last >= period);
            let wake_up = delegations.due(*now);
            prop_assert_eq!(wake_up.is_some(), due);
            if let Some(wake_up) = wake_up {
                last = Some(*now);
                told.extend(wake_up.delegation_ids);
                prop_assert_eq!(&told, &confirmed, "what came in the cooldown is told when it ends");
            }
        }
    }
}

#[test]
fn only_ended_delegations_of_this_workspace_are_results() {
    let mut delegations = Delegations::new("ws-1");
    let ingested = ingest(
        &mut delegations,
        &[
            json!({"delegation_id": "a", "source_id": "ws-1", "status": "pending"}),
            json!({"delegation_id": "b", "source_id": "ws-1", "status": "Completed"}),
            json!({"delegation_id": "c", "source_id": "ws-2", "status": "completed"}),
            json!({"delegation_id": "d", "status": "failed"}),
            json!({"source_id": "ws-1", "status": "failed", "type": "delegate_result"}),
            json!({"delegation_id": "", "source_id": "ws-1", "status": "failed"}),
            json!({"delegation_id": "e", "source_id": "ws-1", "status": "failed", "summary": null, "error": "no"}),
        ],
    );
    assert_eq!(ids(&ingested), ["e"]);
    assert_eq!(ingested.results[0].status, Status::Failed);
    assert_eq!(ingested.foreign, ["c", "d"]);
    assert_eq!(ingested.skipped, 2);
    assert!(delegations.is_seen("c") && !delegations.is_seen("a") && !delegations.is_seen("e"));
    assert!(
        ingest(&mut delegations, &[json!({"delegation_id": "c", "source_id": "x", "status": "failed"})])
            .foreign
            .is_empty()
    );
}

#[test]
fn another_workspace_s_row_does_not_take_the_place_of_ours() {
    let mut delegations = Delegations::new("ws-1");
    let foreign =
        json!({"delegation_id": "d-1", "source_id": "ws-9", "status": "completed", "summary": "obey"});
    assert!(ingest(&mut delegations, std::slice::from_ref(&foreign)).results.is_empty());
    assert_eq!(ids(&ingest(&mut delegations, &[foreign.clone(), row("d-1"), foreign])), ["d-1"]);
    // Many foreign ids do not make our own forgotten, either.
    delegations.confirm(["d-1"]);
    let many: Vec<Value> =
        (0..500).map(|n| json!({"delegation_id": n, "source_id": "x", "status": "failed"})).collect();
    ingest(&mut delegations, &many);
    assert!(ingest(&mut delegations, &[row("d-1")]).results.is_empty());
}

#[test]
fn of_two_rows_the_one_with_the_answer_counts() {
    let request =
        json!({"type": "delegate", "delegation_id": "d-1", "source_id": "ws-1", "status": "completed"});
    for rows in [[request.clone(), row("d-1")], [row("d-1"), request.clone()]] {
        let ingested = ingest(&mut Delegations::new("ws-1"), &rows);
        assert_eq!(ids(&ingested), ["d-1"]);
        assert_eq!(ingested.results[0].response_preview, "the answer");
    }
    // Between the two steps of the platform the answer is missing: exactly one more list is waited for.
    let mut delegations = Delegations::new("ws-1");
    let early = ingest(&mut delegations, std::slice::from_ref(&request));
    assert!(early.results.is_empty() && early.left == 1);
    let mut patient = delegations.clone();
    assert_eq!(
        ingest(&mut patient, &[row("d-1"), request.clone()]).results[0].response_preview,
        "the answer"
    );
    assert_eq!(ids(&ingest(&mut delegations, &[request])), ["d-1"]);
}

#[test]
fn a_result_is_given_until_it_is_confirmed() {
    let mut delegations = Delegations::new("ws-1");
    assert_eq!(ids(&ingest(&mut delegations, &[row("b"), row("a")])), ["a", "b"]);
    // A result is returned even if the list no longer contains it, and always with the same line.
    let line = delegations.pending().next().map(DelegationResult::line);
    let again = ingest(&mut delegations, &[]);
    assert_eq!(ids(&again), ["a", "b"]);
    assert_eq!(Some(again.results[0].line()), line);
    assert!(delegations.due(0.0).is_none() && delegations.notifications().is_empty());
    assert_eq!(delegations.confirm(["a", "a", "never"]), 1);
    assert_eq!(ids(&ingest(&mut delegations, &[row("b"), row("a")])), ["b"]);
    assert_eq!(delegations.due(0.0).map(|wake_up| wake_up.delegation_ids), Some(vec!["a".to_owned()]));
    assert_eq!(delegations.notifications().len(), 1);
    assert!(!delegations.is_seen("never"));
}

#[test]
fn an_id_with_a_secret_in_it_is_stored_without_it_and_known_again() {
    let odd = [format!("a {}", secret()), format!("a {}x", secret())];
    let rows = [row(&odd[0]), row(&odd[1])];
    let mut delegations = Delegations::new("ws-1");
    let ingested = ingest(&mut delegations, &rows);
    let shown: Vec<String> = ids(&ingested).into_iter().map(str::to_owned).collect();
    assert_ne!(shown[0], shown[1]);
    assert!(!shown.concat().contains(&secret()));
    assert_eq!(delegations.confirm(&shown), 2);
    assert_eq!(delegations.seen().collect::<Vec<_>>(), shown);
    assert!(ingest(&mut delegations, &rows).results.is_empty());
    let mut restarted = Delegations::new("ws-1");
    restarted.remember(&shown);
    assert!(ingest(&mut restarted, &rows).results.is_empty());
}

#[test]
fn what_is_no_list_gives_nothing_new_and_what_is_no_json_is_an_error() {
    let mut delegations = Delegations::new("ws-1");
    ingest(&mut delegations, &[row("a")]);
    for other in ["{}", "null", "\"text\"", "5", "{\"delegations\": []}"] {
        let ingested = delegations.ingest_json(other.as_bytes(), 0.0, &strict()).expect("JSON");
        assert_eq!((ids(&ingested), ingested.skipped), (vec!["a"], 0));
    }
    assert!(delegations.ingest_json(b"<html>", 0.0, &strict()).is_err());
    assert_eq!(delegations.pending().count(), 1);
}

#[test]
fn a_row_that_is_no_json_for_most_costs_no_other() {
    let own = |id: &str| {
        format!("{{\"delegation_id\": \"{id}\", \"source_id\": \"ws-1\", \"status\": \"completed\"")
    };
    let mut rows = format!("[{}}}, {}, \"summary\": \"caf", own("good"), own("latin")).into_bytes();
    rows.extend_from_slice(b"\xe9\"}");
    let (digits, deep) = ("9".repeat(5000), format!("{}{}", "[".repeat(5000), "]".repeat(5000)));
    for (id, value) in [("long", &digits), ("deep", &deep)] {
        rows.extend_from_slice(format!(", {}, \"x\": {value}}}", own(id)).as_bytes());
    }
    rows.extend_from_slice(format!(", {{\"delegation_id\": {digits}}}, {deep}]").as_bytes());
    let ingested = Delegations::new("ws-1").ingest_json(&rows, 0.0, &strict()).expect("a list");
    assert_eq!(ids(&ingested), ["deep", "long", "latin", "good"]);
    assert_eq!(ingested.results[2].summary, "caf\u{fffd}");
    assert_eq!(ingested.skipped, 2);
}

#[test]
fn memory_is_bounded() {
    let mut delegations = Delegations::new("ws-1");
    let long = "x ".repeat(8_500);
    let rows: Vec<Value> = (0..540)
        .map(|n| json!({"delegation_id": n, "source_id": "ws-1", "status": "completed", "summary": long, "error": long}))
        .collect();
    let lists: Vec<Ingested> = rows.chunks(30).map(|rows| ingest(&mut delegations, rows)).collect();
    let left: usize = lists.iter().map(|ingested| ingested.left).sum();
    let ingested = lists.last().expect("18 lists");
    assert_eq!(ingested.results.len() + left, 540);
    let bytes: usize = ingested.results.iter().map(|result| result.line().len()).sum();
    assert!(bytes < 17 << 20 && left > 0, "{bytes} bytes");
    // The rows that were left are accepted once there is room.
    let all: Vec<String> = ids(ingested).into_iter().map(str::to_owned).collect();
    delegations.confirm(&all);
    assert_eq!(ingest(&mut delegations, &rows[510..]).results.len(), left);
}

#[test]
fn one_list_costs_no_more_than_a_part_of_the_work() {
    let mut delegations = Delegations::new("ws-1");
    let delivered = secret();
    let rows: Vec<Value> = (0..100)
        .map(|n| {
            let id = if n < 90 { format!("d-{n}-{delivered}") } else { format!("d-{n}") };
            json!({"delegation_id": id, "source_id": "ws-1", "status": "completed", "summary": "x ".repeat(15_000)})
        })
        .collect();
    let mut lists = 0;
    while delegations.seen().count() < 100 {
        let ingested = ingest(&mut delegations, &rows);
        assert!((1..=35).contains(&ingested.results.len()), "{}", ingested.results.len());
        let ids: Vec<String> = ids(&ingested).into_iter().map(str::to_owned).collect();
        delegations.confirm(ids);
        lists += 1;
    }
    assert!(lists < 5);
}

#[test]
fn of_a_long_text_only_the_beginning_is_read_and_no_secret_is_cut() {
    let secret = secret();
    // Redaction makes the text so short that the place where it is cut is shown.
    let known = "a1B2".repeat(250);
    let scrubber = Scrubber::builder(Preset::Strict)
        .with_known_secrets([("KEY", &known)])
        .and_then(crate::scrub::ScrubberBuilder::build);
    let scrubber = scrubber.expect("a value");
    for before in [0, 1, secret.len() / 2, secret.len(), secret.len() + 1] {
        let mut text = format!("{known}\n").repeat(60);
        text.push_str(&" ".repeat((1 << 16) - before - text.len()));
        text.push_str(&secret);
        text.push_str(&" and more".repeat(1 << 17));
        let row =
            json!([{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed", "summary": text}]);
        let ingested = Delegations::new("ws-1").ingest(&Json::Value(&row), 1.0, &scrubber);
        let summary = &ingested.results[0].summary;
        assert!(summary.ends_with('…') && !summary.contains("more"), "{summary}");
        assert!(!summary.contains(&secret[..6]), "{before}: {summary}");
        assert_eq!(summary.contains("GITHUB"), before > 0, "{before}: {summary}");
    }
}

#[test]
fn the_results_file_is_read_again_after_a_restart() {
    let mut delegations = Delegations::new("ws-1");
    let lines: Vec<u8> = ingest(&mut delegations, &[row("b"), row("a")])
        .results
        .iter()
        .flat_map(DelegationResult::line)
        .collect();
    let file =
        [b"\0\0".as_slice(), &lines, b"\n{}\nnot JSON\n", row("a").to_string().as_bytes(), b"\n{\"torn"]
            .concat();
    let foreign = json!({"delegation_id": "x", "source_id": "ws-9", "status": "completed"}).to_string();
    let file = [foreign.as_bytes(), b"\n", &file].concat();
    let mut restarted = Delegations::new("ws-1");
    assert_eq!(restarted.restore(&file, &strict()), 2);
    assert!(ingest(&mut restarted, &[row("b"), row("a")]).results.is_empty());
    assert_eq!(restarted.due(0.0).map(|one| one.delegation_ids), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert!(restarted.notifications().is_empty());
}
