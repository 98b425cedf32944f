//! Whatever the file contains, the result is a document, the previous one or none, and never a panic.

use std::fs;

use prestop::snapshot::Source;
use proptest::prelude::*;

use crate::support::*;

/// JSON that a writer may produce, as text.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
        "-?[1-9][0-9]{0,60}",
        r#""([^"\\\x00-\x1f]|\\[nrtbf"/\\]|\\u[0-9a-f]{4}){0,12}""#,
    ];
    let space = "[ \n\t\r]{0,2}";
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let key = r#""([a-z]|\\ud[89a-f][0-9]{2}){0,3}""#;
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..6), space)
                .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(&format!("{space},")))),
            (prop::collection::vec((key, inner), 0..6), space).prop_map(|(members, space)| {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| format!("{key}{space}:{space}{value}")).collect();
                format!("{{{space}{}{space}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(text in json()) {
        let place = Place::new();
        place.write(text.as_bytes()).unwrap();
        let restored = place.read().unwrap().unwrap();
        prop_assert_eq!(&restored.bytes, text.as_bytes());
        prop_assert_eq!(restored.verified, Some(true));
    }

    #[test]
    fn a_beginning_of_an_object_is_never_a_document(cut in 0_usize..200) {
        let place = Place::new();
        place.generation(1);
        place.generation(2);
        fs::write(&place.path, &document(2)[..cut]).unwrap();
        let restored = place.read().unwrap().unwrap();
        prop_assert_eq!((restored.bytes, restored.source), (document(1), Source::Previous));
        prop_assert_eq!(place.read().unwrap().unwrap().bytes, document(1));
    }

    #[test]
    fn a_flipped_bit_under_an_unchanged_time_is_always_found(at in 0_usize..200, bit in 0_u8..8) {
        let place = Place::new();
        place.generation(1);
        place.generation(2);
        let before = fs::metadata(&place.path).unwrap().modified().unwrap();
        let mut bytes = document(2);
        bytes[at] ^= 1 << bit;
        fs::write(&place.path, &bytes).unwrap();
        fs::OpenOptions::new().write(true).open(&place.path).unwrap().set_modified(before).unwrap();
        let restored = place.read().unwrap().unwrap();
        prop_assert_eq!((restored.bytes, restored.source), (document(1), Source::Previous));
        place.assert_private();
    }

    #[test]
    fn garbage_is_never_a_panic(
        current in prop::collection::vec(any::<u8>(), 0..300),
        previous in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
        recovery in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
        attribute in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let place = Place::new();
        fs::write(&place.path, &current).unwrap();
        if let Some(previous) = &previous {
            fs::write(place.beside("prev"), previous).unwrap();
        }
        if let Some(recovery) = &recovery {
            fs::write(place.beside("recover"), recovery).unwrap();
        }
        for name in ["user.prestop.v1", "user.prestop.pending"] {
            rustix::fs::setxattr(&place.path, name, &attribute, rustix::fs::XattrFlags::empty()).unwrap();
        }
        let first = place.read().unwrap().map(|restored| restored.bytes);
        let valid = |bytes: &Vec<u8>| prestop::json::check(bytes).is_ok();
        let expected = if valid(&current) { Some(current) } else { previous.filter(valid) };
        prop_assert_eq!(&first, &expected);
        prop_assert_eq!(place.read().unwrap().map(|restored| restored.bytes), first);
        place.write(b"{}").unwrap();
        prop_assert_eq!(place.read().unwrap().unwrap().bytes, b"{}");
    }
}

pub fn any_json() -> impl Strategy<Value = String> {
    json()
}
