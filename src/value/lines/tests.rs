use super::*;

fn part(range: Range<usize>) -> Part {
    (range, "A".into())
}

#[test]
fn overlapping_parts_give_one_marker() {
    let mut tally = Tally::default();
    assert_eq!(replace(b"0123456789", vec![part(0..10)], &mut tally), b"[REDACTED:A]");
    let parts = vec![part(2..4), part(3..5), part(7..8)];
    assert_eq!(replace(b"0123456789", parts, &mut tally), b"01[REDACTED:A]56[REDACTED:A]89");
    assert_eq!(tally.redactions().get("A"), Some(&3));
}

#[test]
fn a_window_knows_where_its_items_stand() {
    let texts = ["a", "bc\n", "", "d"];
    let (window, _) = Window::around(&texts, 1);
    assert_eq!(window.joined, b"a\nbc\nd".to_vec());
    assert_eq!(window.places, vec![0..1, 2..5, 5..5, 5..6]);
    assert_eq!((window.first, window.end(), window.opener_at), (0, 4, 2));
    assert_eq!(window.index_at(3), 2);
}

#[test]
fn a_window_is_bounded_on_both_sides() {
    let line = "x".repeat(1 << 15);
    let texts = vec![line.as_str(); 200];
    let (window, next) = Window::around(&texts, 100);
    assert_eq!(window.first, 99);
    assert!(window.joined.len() <= WINDOW + BEFORE + (1 << 16));
    assert!(window.end() < 200);
    assert!(next > 100 && next < window.end());
}

#[test]
fn a_token_is_followed_as_far_as_it_may_go() {
    let scrubber = Scrubber::new(crate::Preset::Balanced);
    let begun = ["ghp_", "Ab1Cd2Ef3G"].concat();
    let ends = |texts: &[&str]| {
        let (window, next) = Window::of_tokens(texts, 1, &scrubber);
        (window.first, window.end(), next)
    };
    let mut texts = vec!["plain"; 3 * ITEMS];
    texts[1] = &begun;
    assert_eq!(ends(&texts), (1, 2 + ITEMS, 2 + ITEMS));
    texts[ITEMS] = &begun;
    assert_eq!(ends(&texts), (1, 1 + 2 * ITEMS, 1 + 2 * ITEMS));
    texts[9] = "-----BEGIN PRIVATE KEY-----";
    assert_eq!(ends(&texts), (1, 9, 9));
    assert_eq!(ends(&texts[..5]), (1, 5, 5));
}

#[test]
fn a_token_in_pieces_goes_from_every_item() {
    let scrubber = Scrubber::new(crate::Preset::Balanced);
    let token = ["ghp_", &"Ab1Cd2Ef3Gh4Ij5Kl6".repeat(2)].concat();
    let before = vec!["plain".to_owned(); 5 * ITEMS];
    for size in [10, 14, 20] {
        let pieces = token.as_bytes().chunks(size);
        let pieces = pieces.map(|piece| String::from_utf8_lossy(piece).into_owned());
        let texts: Vec<String> = before.iter().cloned().chain(pieces).chain(before.clone()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let parts = split_parts(&texts, &scrubber, None);
        let items: Vec<usize> = parts.iter().map(|(index, _)| *index).collect();
        let wanted = before.len()..before.len() + token.len().div_ceil(size);
        assert_eq!(items, wanted.collect::<Vec<_>>(), "{size}");
    }
}
