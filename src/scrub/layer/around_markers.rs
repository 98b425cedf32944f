//! Views of the text around markers with the markers left out: a marker that was already in a text must not
//! hide a secret that it divides.

use super::View;

/// How much of the text on each side of a marker is read, in bytes.
const AROUND: usize = 512;

/// Calls `look` with every stretch of `text` around `markers` (in order), without them. `longest` is the
/// length of the longest value that may be there, which is read on both sides. Text between two stretches is
/// read at most twice, since a stretch begins after the markers of the one before.
pub(crate) fn each(text: &[u8], markers: &[(usize, usize)], longest: usize, mut look: impl FnMut(&View)) {
    let around = AROUND.max(longest);
    let mut at = 0;
    let mut behind = 0;
    while let Some(&(from, _)) = markers.get(at) {
        let mut view = View::new(from.saturating_sub(around).max(behind));
        while let Some(&(from, to)) = markers.get(at)
            && view.edits.last().is_none_or(|edit| from <= edit.to + around)
            // The markers of one view are bounded; the next view begins after the last of them.
            && view.edits.len() < 64
        {
            view.replace(text, from, to, &[]);
            behind = to;
            at += 1;
        }
        let next = markers.get(at).map_or(text.len(), |&(from, _)| from);
        view.copy(text, text.len().min(behind + around).min(next));
        look(&view);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(text: &str) -> Vec<(String, Vec<usize>)> {
        let markers: Vec<_> = text.match_indices("[M]").map(|(at, marker)| (at, at + marker.len())).collect();
        let mut all = Vec::new();
        each(text.as_bytes(), &markers, 0, |view| {
            let origins = (0..view.text.len()).map(|at| view.origin(at, at + 1).0).collect();
            all.push((String::from_utf8_lossy(&view.text).into_owned(), origins));
        });
        all
    }

    #[test]
    fn the_sides_of_a_marker_stand_together() {
        assert_eq!(views("ab[M]cd[M][M]e"), [("abcde".to_owned(), vec![0, 1, 5, 6, 13])]);
        assert!(views("no marker").is_empty());
        let far = "-".repeat(4 * AROUND);
        let all = views(&format!("a[M]b{far}c[M]d"));
        assert_eq!(all.len(), 2);
        assert!(all[0].0.starts_with("ab-") && all[1].0.ends_with("-cd"));
    }

    #[test]
    fn what_goes_over_a_marker_is_told_from_what_stands_beside_it() {
        each(b"ab[M]cd", &[(2, 5)], 0, |view| {
            assert!(view.spans_edit(1, 3) && !view.spans_edit(0, 2) && !view.spans_edit(2, 4));
            assert_eq!(view.origin(1, 3), (1, 6));
        });
    }
}
