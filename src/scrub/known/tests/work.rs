//! The cost of searching for a value that seems to begin at many places.

use proptest::prelude::*;

use super::*;

#[test]
fn each_byte_of_hostile_text_is_compared_so_often_and_no_more() {
    let (quotes, long) = (format!("{}q", "'".repeat(300)), "ab".repeat(LONGEST / 2));
    let lines = "q7Rk2mXw\n".repeat(4_000);
    let slashed = format!("{}k", "\\".repeat(64));
    let shapes = [
        ("Tr0ub4dor3xyz", "\\"),
        (" Tr0ub4dor3xyz", "\\"),
        ("\\Tr0ub4dor", "\\"),
        (&slashed, "\\"),
        (&quotes, r"'\''"),
        (&quotes, "'"),
        (&quotes, r#"'"'"'"#),
        (&long, "ab"),
        (&long, "6162"),
        (&long, "YWJhYmFi"),
        (&long, "%61%62"),
        (&long, "ab\n>>>>>"),
        (&long, "ab\n"),
        (&long, "a\n"),
        (&long, "YWJhYmFi\n> "),
        (&long, "YWJh\n"),
        (&lines, "q7Rk2mXw\n12: "),
        (&lines, "q7Rk2mXw "),
        (&quotes, r#"'"'"'"'"'"'"'"'"'"#),
        ("%%%%%%%%%%%%%%%%q", "%25"),
        ("&&&&&&&&&&&&&&&&q", "&amp;"),
        ("0000000000000000", "0"),
        (&long, "ab<b>"),
        (&long, "abababab<b><b>"),
        (&long, "abababab<b "),
        (&long, "abababab\" + \""),
        (&long, "| abababab |\n"),
        (&long, "abababab=\n"),
        ("<<<<<<<<<<<<<<<<<<<<<<<<<q", "<b>"),
    ];
    for (value, shape) in shapes {
        let known = KnownValues::new([("NAME", value)]).expect("the value is long enough");
        for size in [1 << 10, 1 << 12] {
            let text = shape.repeat(size / shape.len());
            let count = crate::scrub::work::counted(|| known.find(text.as_bytes(), &mut Vec::new()));
            assert!(count <= 256 * size, "{value:.20} in {shape}: {count} of {size}");
        }
    }
}

proptest! {
    /// A reading of overlapping occurrences at once finds what separate readings find.
    #[test]
    fn values_that_overlap_are_found_as_one_by_one(
        unit in "[ab]{1,3}", times in 3..40_usize, end in "[abc]{0,2}",
        pieces in prop::collection::vec(("[ab]{1,3}|%61|%62|c|\\\\u0061", 1..60_usize), 1..4), whole: bool,
    ) {
        let value = format!("{}{end}", unit.repeat(times));
        let mut text: String = pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect();
        if whole {
            text.push_str(&unit.repeat(9));
            text.push_str(&value);
        }
        text.push_str(" x");
        let known = Known::new("NAME".into(), value.as_bytes().into(), Priority::Current);
        let spelled = Text::new(text.as_bytes());
        let mut found = Vec::new();
        let mut reach = 0;
        for at in 0..text.len() {
            if at >= reach {
                reach = reading::read_all(&known, &spelled, at, |start, end| found.push(start..end)).max(at + 1);
            }
            if let Some(end) = reading::read(&known, &spelled, at).end {
                let covered = found.iter().any(|hit| hit.start <= at && end <= hit.end);
                prop_assert!(covered, "{}..{} of {:?} with {:?}: {:?}", at, end, text, value, found);
            }
        }
        if !text.contains(['%', '\\']) {
            prop_assert!(found.iter().all(|hit| text[hit.clone()] == value));
        }
    }
}
