//! Benchmarks of the heartbeat's core: the body of a beat, and lists of delegations of the usual size and of
//! one that nobody should send.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use prestop::heartbeat::{Delegations, payload_json};
use prestop::{Preset, Scrubber};
use serde_json::json;

const SIZES: [usize; 2] = [50, 10_000];

fn main() {
    divan::main();
}

/// A list as the platform sends it, newest first.
fn rows(count: usize) -> Vec<u8> {
    let row = |number: usize| {
        json!({
            "id": format!("3f2504e0-4f89-41d3-9a0c-{number:012x}"),
            "type": "delegate_result",
            "source_id": "ws-1",
            "target_id": "0305e82c-3301-4d3e-8c22-6f1c2a0b9d17",
            "delegation_id": format!("9a0c0305-e82c-4301-b1f2-{number:012x}"),
            "status": "completed",
            "summary": "Run the integration tests of the billing service and say which of them fail",
            "response_preview": "All 214 tests pass after the fixture was loaded before the schema; two were slow. ".repeat(3),
            "created_at": "2026-11-20T10:00:00Z",
        })
    };
    serde_json::Value::from((0..count).rev().map(row).collect::<Vec<_>>()).to_string().into_bytes()
}

#[divan::bench]
fn payload(bencher: Bencher) {
    let scrubber = Scrubber::new(Preset::Strict);
    let state = json!({
        "workspace_id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "error_count": 1,
        "request_count": 40,
        "sample_error": "ReadTimeout: the model gave no answer in 120 s",
        "active_tasks": 1,
        "current_task": "Run the integration tests of the billing service",
        "uptime_seconds": 86_400,
        "runtime_metadata": {
            "capabilities": {"heartbeat": true, "scheduler": false, "session": true, "status_mgmt": false, "retry": true},
            "idle_timeout_seconds": 900,
        },
    });
    let state = state.to_string().into_bytes();
    bencher.bench_local(|| payload_json(black_box(&state), &scrubber));
}

/// Every row is new: it is parsed, scrubbed and prepared for delivery.
#[divan::bench(args = SIZES, sample_count = 20)]
fn ingest_new(bencher: Bencher, count: usize) {
    let (scrubber, rows) = (Scrubber::new(Preset::Strict), rows(count));
    bencher.counter(ItemsCount::new(count)).with_inputs(|| Delegations::new("ws-1")).bench_local_values(
        |mut delegations| {
            let ingested = delegations.ingest_json(black_box(&rows), 1.0, &scrubber);
            (delegations, ingested)
        },
    );
}

/// Every row is known already, as in almost every list.
#[divan::bench(args = SIZES, sample_count = 20)]
fn ingest_known(bencher: Bencher, count: usize) {
    let (scrubber, rows) = (Scrubber::new(Preset::Strict), rows(count));
    let mut delegations = Delegations::new("ws-1");
    let ingested = delegations.ingest_json(&rows, 1.0, &scrubber).expect("rows are JSON");
    let confirmed = delegations.confirm(ingested.results.iter().map(|result| &result.delegation_id));
    assert_eq!(confirmed, count);
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| delegations.ingest_json(black_box(&rows), 1.0, &scrubber));
}
