use prestop::{Preset, Scrubber};
use std::panic;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let seconds: u64 = a[1].parse().unwrap();
    let mut seed: u64 = a[2].parse().unwrap();
    let mut rnd = move |n: usize| { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; (seed % n as u64) as usize };
    let mut texts: Vec<String> = Vec::new();
    for f in &a[3..] {
        for line in std::fs::read_to_string(f).unwrap().lines() {
            if let Ok(v) = serde_json::from_str::<serde_json::Value>(line) { let mut o = vec![]; walk(&v, &mut o); texts.extend(o.into_iter().filter(|t| t.len() > 8 && t.len() < 3000)); }
        }
    }
    eprintln!("{} texts", texts.len());
    let scrubbers = [Scrubber::new(Preset::Strict), Scrubber::new(Preset::Balanced)];
    let limits = [8usize, 16, 24, 32, 48, 64, 96, 112, 128, 160, 200, 256, 320, 400, 512, 640, 1024, 1536, 2048, 3072, 4096, 4096, 4096, 6144, 8192, 16384, 65536];
    let fill = [" ", "a", ")", "\"", "\\", "\n", ",", "|", "\t", "-", "=", "<", "9", "é", "│", "\\n", ": ", "a,", "a b ", "{", "[", "'", "x=", "\r\n", "A9", "\u{200b}", "%41", "+", "_", ".", "/", "#", "\\\"", "\\\\n", "- ", "a|b|"];
    let start = std::time::Instant::now(); let mut n = 0u64; let mut seen = std::collections::HashSet::new();
    panic::set_hook(Box::new(|_| {}));
    let last = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let l2 = last.clone();
    panic::set_hook(Box::new(move |i| { *l2.lock().unwrap() = i.to_string(); }));
    while start.elapsed().as_secs() < seconds {
        let mut t = texts[rnd(texts.len())].clone();
        if rnd(4) == 0 { let o = texts[rnd(texts.len())].clone(); t = if rnd(2) == 0 { format!("{t}\n{o}") } else { format!("{o} {t}") }; }
        if rnd(4) == 0 { t = serde_json::json!({"content": t}).to_string(); }
        for _ in 0..1 + rnd(2) {
            let mut at = rnd(t.len() + 1); while !t.is_char_boundary(at) { at -= 1; }
            let f = fill[rnd(fill.len())]; let l = limits[rnd(limits.len())]; let room = rnd(40);
            let room = if rnd(2) == 0 { room.min(4) } else { room };
            let want = (l + 4).saturating_sub(if rnd(3) == 0 { room + rnd(at.min(400) + 1) } else { room });
            let mut s = f.repeat(want / f.len() + 1); let mut w = want.min(s.len()); while !s.is_char_boundary(w) { w -= 1; } s.truncate(w);
            t.insert_str(at, &s);
        }
        if rnd(3) == 0 { let mut at = rnd(t.len() + 1); while !t.is_char_boundary(at) { at -= 1; } t.truncate(at); }
        n += 1;
        for sc in &scrubbers {
            let r = panic::catch_unwind(panic::AssertUnwindSafe(|| { let once = sc.scrub_text(&t).into_owned(); if rnd(3) == 0 { let twice = sc.scrub_text(&once).into_owned(); (once == twice, once, twice) } else { (true, String::new(), String::new()) } }));
            match r {
                Err(_) => { let m = last.lock().unwrap().clone(); let key: String = m.lines().next().unwrap_or("").to_string(); if seen.insert(key.clone()) { let f = format!("/tmp/stress_{}_{}.txt", std::process::id(), seen.len()); std::fs::write(&f, &t).unwrap(); println!("PANIC {} {}", m.replace('\n', " "), f); } }
                Ok((false, ..)) => { if seen.len() < 60 { let key = format!("idem {n}"); seen.insert(key); let f = format!("/tmp/stress_{}_{}.txt", std::process::id(), seen.len()); std::fs::write(&f, &t).unwrap(); println!("IDEM {:?} {}", sc.preset(), f); } }
                _ => {}
            }
        }
    }
    println!("{n} runs");
}
fn walk(v: &serde_json::Value, out: &mut Vec<String>) { match v { serde_json::Value::String(s) => out.push(s.clone()), serde_json::Value::Array(a) => a.iter().for_each(|v| walk(v, out)), serde_json::Value::Object(o) => o.values().for_each(|v| walk(v, out)), _ => {} } }
