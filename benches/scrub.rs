//! Benchmarks of the presets from Rust, without the cost of Python: clean text, a secret every 2 KB, short
//! texts, and a copy for comparison.

use std::path::Path;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use prestop::{Preset, Scrubber};

const PRESETS: [Preset; 3] = [Preset::Strict, Preset::Balanced, Preset::Molecule];

fn main() {
    divan::main();
}

/// Pieces of `size` bytes of the transcripts, cut without regard to lines, in which `scrubber` finds nothing.
fn clean(scrubber: &Scrubber, size: usize) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../shared/data/transcripts.jsonl");
    let path = if shared.exists() { shared } else { root.join("demo/transcript.jsonl") };
    let data = std::fs::read(path).expect("the transcript of the demo is part of the repository");
    data.chunks_exact(size).filter(|piece| scrubber.findings(piece).is_empty()).map(<[u8]>::to_vec).collect()
}

fn run(bencher: Bencher, scrubber: &Scrubber, texts: &[Vec<u8>]) {
    let size: usize = texts.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        for text in texts {
            black_box(scrubber.scrub_bytes(black_box(text)));
        }
    });
}

#[divan::bench(args = PRESETS, sample_count = 20)]
fn clean_2k(bencher: Bencher, preset: Preset) {
    let scrubber = Scrubber::new(preset);
    run(bencher, &scrubber, &clean(&scrubber, 2048));
}

#[divan::bench(args = PRESETS, sample_count = 20)]
fn secret_every_2k(bencher: Bencher, preset: Preset) {
    let scrubber = Scrubber::new(preset);
    let mut texts = clean(&scrubber, 2048);
    for (n, text) in texts.iter_mut().enumerate() {
        // All tokens differ, and none looks made up.
        let noise = (n as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let token = format!(" {}{noise:032x}{:04x} ", "ghp_", noise & 0xFFFF);
        let place = text.len() / 2;
        text.splice(place..place, token.into_bytes());
        assert!(!scrubber.findings(text).is_empty(), "the secret that was put there is found");
    }
    run(bencher, &scrubber, &texts);
}

#[divan::bench(args = PRESETS, sample_count = 20)]
fn clean_100_bytes(bencher: Bencher, preset: Preset) {
    let scrubber = Scrubber::new(preset);
    let mut texts = clean(&scrubber, 100);
    texts.truncate(4000);
    run(bencher, &scrubber, &texts);
}

#[divan::bench(sample_count = 20)]
fn copy(bencher: Bencher) {
    let data = clean(&Scrubber::new(Preset::Molecule), 2048).concat();
    let mut target = data.clone();
    bencher.counter(BytesCount::of_slice(&data)).bench_local(|| target.copy_from_slice(black_box(&data)));
}
