//! `prestop rules explain`: describes one rule.

use prestop::scrub::{RuleDetail, marker};
use prestop::{Preset, Scrubber};
use serde_json::{Value, json};

use crate::failure::{Failure, Status};
use crate::screen::Screen;
use crate::scrubbing::Scrubbing;
use crate::visible::line;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rule's id, as `prestop rules list` has it
    #[arg(value_name = "ID")]
    id: String,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let scrubber = args.scrubbing.for_text(false)?;
    let others = [Preset::Strict, Preset::Molecule].map(Scrubber::new);
    let detail = scrubber.rule(&args.id).or_else(|| others.iter().find_map(|other| other.rule(&args.id)));
    let Some(detail) = detail else {
        return Err(unknown(&args.id, [&scrubber].into_iter().chain(&others)));
    };
    if args.json {
        screen.json(&as_json(&detail))?;
        return Ok(Status::Done);
    }
    screen.field("rule", &detail.info.id)?;
    screen.field("finds", line(detail.info.description.as_bytes()))?;
    screen.field("marker", marker(&detail.info.label))?;
    screen.field("presets", names(&detail).join(", "))?;
    if !detail.keywords.is_empty() {
        let keywords: Vec<String> = detail.keywords.iter().map(|keyword| line(keyword.as_bytes())).collect();
        screen.field("keywords", keywords.join("  "))?;
    }
    match &detail.pattern {
        Some(pattern) => screen.field("pattern", line(pattern.as_bytes()))?,
        None => screen.field("pattern", "none: this rule is code")?,
    }
    if let Some(bits) = detail.entropy {
        screen.field("entropy", format_args!("at least {bits} bits a byte"))?;
    }
    if let Some(check) = detail.check {
        screen.field("check", check)?;
    }
    if let Some(longest) = detail.longest {
        let block = if detail.block { ", as a block of lines" } else { "" };
        screen.field("reach", format_args!("at most {longest} bytes{block}"))?;
    }
    if !detail.source.is_empty() {
        screen.field("source", line(detail.source.as_bytes()))?;
    }
    Ok(Status::Done)
}

/// Returns the failure for an unknown id. If the text is a label out of a marker, the failure names the rules
/// with that label; the text itself is not repeated.
fn unknown<'s>(given: &str, scrubbers: impl Iterator<Item = &'s Scrubber>) -> Failure {
    let label = given.trim_start_matches(marker::OPEN).trim_end_matches(']');
    let mut ids = Vec::new();
    for rule in scrubbers.flat_map(Scrubber::rules) {
        if *rule.label == *label && !ids.contains(&rule.id) {
            ids.push(rule.id);
        }
    }
    let failure = Failure::misuse("no rule has that id");
    if ids.is_empty() {
        return failure.with_next("`prestop rules list` names every rule");
    }
    let ids: Vec<_> = ids.iter().map(AsRef::as_ref).collect();
    failure.with_next(format!("it is the label of: {}", ids.join(", ")))
}

fn names(detail: &RuleDetail) -> Vec<&'static str> {
    detail.presets.iter().map(|preset| preset.name()).collect()
}

fn as_json(detail: &RuleDetail) -> Value {
    json!({
        "id": &*detail.info.id,
        "label": &*detail.info.label,
        "description": detail.info.description,
        "presets": names(detail),
        "keywords": detail.keywords,
        "pattern": detail.pattern,
        "entropy": detail.entropy,
        "check": detail.check,
        "longest": detail.longest,
        "block": detail.block,
        "source": detail.source,
    })
}
