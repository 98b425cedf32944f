//! Sizes and durations for people to read.

/// Formats a size in decimal units: `512 B`, `14.2 KB`, `3.0 MB`.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn size(bytes: u64) -> String {
    let units = ["KB", "MB", "GB", "TB", "PB", "EB"];
    let mut amount = bytes as f64;
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut unit = "B";
    for next in units {
        if amount < 999.95 {
            break;
        }
        (amount, unit) = (amount / 1000.0, next);
    }
    format!("{amount:.1} {unit}")
}

/// Formats a duration in whole units of the largest one that fits: `4 seconds`, `3 minutes`, `2 hours`, `5
/// days`.
pub fn duration(seconds: u64) -> String {
    let (amount, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    counted(amount, unit)
}

/// Formats a number with its noun: `1 line`, `2 lines`.
pub fn counted(amount: u64, noun: &str) -> String {
    format!("{amount} {noun}{}", if amount == 1 { "" } else { "s" })
}

/// Which of several files, from 1: `the second file`.
pub fn nth_file(number: usize) -> String {
    const WORDS: [&str; 9] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
    match WORDS.get(number.wrapping_sub(1)) {
        Some(word) => format!("the {word} file"),
        None => format!("file {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_and_a_unit() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (139_820, "139.8 KB"),
            (999_950, "1.0 MB"),
            (67_108_864, "67.1 MB"),
        ];
        for (bytes, said) in cases {
            assert_eq!(size(bytes), said);
        }
        assert_eq!(size(u64::MAX), "18.4 EB");
    }

    #[test]
    fn durations_are_whole() {
        let cases =
            [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7200, "2 hours"), (200_000, "2 days")];
        for (seconds, said) in cases {
            assert_eq!(duration(seconds), said);
        }
    }
}
