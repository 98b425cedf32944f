//! The possible answers of the platform, each with its own report.

use std::time::Duration;

use prestop_agent::agentapi::Outcome::{Done, Failed};

use super::platform::Manner::{self, Cut, Long, Proper, Reset, Silence, Stall, Status};
use super::world::{World, assert_phase, phase, talk};

/// Runs a stop after which the process has ended, whatever the platform did.
fn stopped(manners: &[Manner]) -> (World, prestop_agent::agentapi::Report) {
    let mut world = World::with(&talk(2));
    world.settings.deadline = Duration::from_secs(6);
    world.platform.behave(manners);
    let report = world.stop();
    assert_phase(&report, "terminate", Done, "ended");
    world.assert_ended();
    (world, report)
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    for (status, code) in [
        (400, "refused"),
        (401, "not_allowed"),
        (403, "not_allowed"),
        (404, "not_found"),
        (413, "too_large"),
        (200, "odd_answer"),
        (302, "redirected"),
    ] {
        let (world, report) = stopped(&[Status(status, "")]);
        assert_phase(&report, "upload", Failed, code);
        assert_eq!(phase(&report, "upload").http_status, Some(status));
        assert!(phase(&report, "upload").detail.contains(&status.to_string()));
        assert_eq!(world.platform.requests().len(), 1, "{status}");
        assert_eq!(report.exit_status(), 1);
    }
}

#[test]
fn the_status_counts_whatever_becomes_of_the_body() {
    for (status, code) in [(204, "delivered"), (401, "not_allowed"), (404, "not_found"), (400, "refused")] {
        let outcome = if status == 204 { Done } else { Failed };
        for manner in [Long(status), Cut(status), Stall(status)] {
            let (world, report) = stopped(&[manner]);
            assert_phase(&report, "upload", outcome, code);
            assert_eq!(phase(&report, "upload").http_status, Some(status));
            assert_eq!(world.platform.requests().len(), 1, "{status}");
        }
    }
    for first in [Long(503), Cut(503), Stall(503)] {
        let (_, report) = stopped(&[first, Proper]);
        assert_phase(&report, "upload", Done, "delivered");
    }
}

#[test]
fn what_passes_is_tried_again() {
    for first in [Status(500, ""), Status(503, "no"), Status(429, ""), Reset] {
        let (world, report) = stopped(&[first, Proper]);
        assert_phase(&report, "upload", Done, "delivered");
        assert_eq!(world.platform.requests().len(), 2);
        assert!(report.succeeded(), "{report}");
    }
}

#[test]
fn no_answer_is_told_apart_from_an_error() {
    let (_, report) = stopped(&[Silence]);
    assert_phase(&report, "upload", Failed, "no_answer");
    assert_eq!(phase(&report, "upload").http_status, None);

    let (_, report) = stopped(&[Reset]);
    assert_phase(&report, "upload", Failed, "no_answer");

    let mut world = World::with(&talk(2));
    world.settings.deadline = Duration::from_secs(5);
    world.settings.platform = Some("http://127.0.0.1:1".to_owned());
    let report = world.stop();
    assert_phase(&report, "upload", Failed, "no_answer");
    assert!(phase(&report, "upload").detail.contains("no connection"), "{report}");
}

#[test]
fn a_redirect_is_not_followed_with_the_token() {
    let (world, report) = stopped(&[Status(307, "")]);
    assert_phase(&report, "upload", Failed, "redirected");
    assert_eq!(world.platform.requests().len(), 1);
}

#[test]
fn what_cannot_be_an_address_is_said() {
    for (platform, task, code) in [
        (None, "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e", "no_platform"),
        (Some("ftp://x"), "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e", "bad_platform"),
        (Some("http://user:pass@127.0.0.1:1"), "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e", "bad_platform"),
        (Some("http://127.0.0.1:1"), "../../../users/me?x=9f7a2d3e-1b5c-4c8", "bad_task"),
        (Some("http://127.0.0.1:1"), "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9/", "bad_task"),
    ] {
        let mut world = World::with(&talk(1));
        world.settings.deadline = Duration::from_secs(5);
        world.settings.platform = platform.map(str::to_owned);
        world.settings.task = Some(task.to_owned());
        let report = world.stop();
        assert_phase(&report, "upload", Failed, code);
        assert!(!report.to_string().contains("pass@"));
    }
}
