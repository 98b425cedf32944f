//! `prestop rules list`: lists every rule.

use serde_json::{Value, json};

use crate::failure::{Failure, Status};
use crate::screen::{FAINT, NAME, Screen};
use crate::scrubbing::Scrubbing;
use crate::visible::line;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let rules = args.scrubbing.for_text(false)?.rules();
    if args.json {
        let rules: Vec<Value> = rules
            .iter()
            .map(|rule| json!({"id": &*rule.id, "label": &*rule.label, "description": rule.description}))
            .collect();
        screen.json(&Value::from(rules))?;
        return Ok(Status::Done);
    }
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let id = widest(&mut rules.iter().map(|rule| rule.id.len()));
    let label = widest(&mut rules.iter().map(|rule| rule.label.len()));
    for rule in &rules {
        let name = screen.paint(NAME, format_args!("{:<id$}", rule.id));
        let says = screen.paint(FAINT, line(rule.description.as_bytes()));
        screen.line(format_args!("{name}  {:<label$}  {says}", rule.label))?;
    }
    Ok(Status::Done)
}
