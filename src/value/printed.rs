//! Commands and what they printed, each in a field of its own: what goes of the output is what goes of it in a terminal.

use super::lines::Part;
use crate::Scrubber;

/// Of a longer command its end, which is what was run last.
const COMMAND: usize = 1 << 10;
/// The longest output that is looked at, in bytes and in lines: what prints a secret prints little else.
const OUTPUT: usize = 1 << 12;
const LINES: usize = 3;

/// Whether what a command printed may be a secret and little else: cheap, and most outputs are longer.
pub(crate) fn may_be_secret(output: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let output = output.trim_ascii();
    (SHORTEST..=OUTPUT).contains(&output.len()) && memchr::memchr_iter(b'\n', output).count() < LINES
}

/// The parts of the output that go because of the command, in order.
pub(crate) fn secrets_in_output(command: &[u8], output: &[u8], scrubber: &Scrubber) -> Vec<Part> {
    if !may_be_secret(output) {
        return Vec::new();
    }
    let command = &command[command.len().saturating_sub(COMMAND)..];
    let text = [b"$ ", command.trim_ascii(), b"\n", output, b"\n"].concat();
    let start = text.len() - 1 - output.len();
    let findings = scrubber.findings(&text).into_iter();
    findings
        .filter(|found| found.end > start)
        .map(|found| {
            let part = found.start.max(start) - start..found.end.min(start + output.len()) - start;
            (part, found.label)
        })
        .filter(|(part, _)| !part.is_empty())
        .collect()
}

/// Whether a member of this name holds a command.
pub(crate) fn holds_command(key: &[u8]) -> bool {
    matches!(
        key,
        b"command" | b"cmd" | b"script" | b"command_line" | b"commandLine" | b"arguments" | b"CommandLine"
    )
}

/// Whether a member of this name holds nothing but what a command printed.
pub(crate) fn holds_output(key: &[u8]) -> bool {
    matches!(
        key,
        b"stdout"
            | b"output"
            | b"result"
            | b"aggregated_output"
            | b"aggregatedOutput"
            | b"formatted_output"
            | b"combined_output"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn what_a_command_prints_is_what_goes_behind_it_in_a_terminal() {
        let scrubber = Scrubber::new(Preset::Balanced);
        let secret = "x9Kq2Lw7ZtB4vN8r";
        for (command, output) in [
            ("gcloud auth print-access-token", format!("{secret}\n")),
            ("{\"command\":\"vault kv get -field=password secret/db\"}", secret.to_owned()),
            ("cd /app && echo $DB_PASSWORD", format!("{secret}\r\n")),
        ] {
            let parts = secrets_in_output(command.as_bytes(), output.as_bytes(), &scrubber);
            assert!(
                matches!(&parts[..], [(part, _)] if output[part.clone()] == *secret),
                "{command}: {parts:?}"
            );
        }
        for (command, output) in [
            ("ls", secret),
            ("gcloud auth print-access-token", "ERROR: (gcloud) no account"),
            ("gh auth token", ""),
        ] {
            assert!(
                secrets_in_output(command.as_bytes(), output.as_bytes(), &scrubber).is_empty(),
                "{command}"
            );
        }
    }
}
