//! Tests of the presets `strict` and `balanced`, by the sentences of their contract.

mod lengths;
mod properties;

use super::*;

fn strict(text: &str) -> String {
    Scrubber::new(Preset::Strict).scrub_text(text).into_owned()
}

fn balanced(text: &str) -> String {
    Scrubber::new(Preset::Balanced).scrub_text(text).into_owned()
}

#[test]
fn key_names_and_delimiters_stay_in_balanced() {
    for (text, scrubbed) in [
        ("OPENAI_API_KEY=abcd1234", "OPENAI_API_KEY=[REDACTED:API_KEY]"),
        ("MY_API_KEY=\"part one part two\"", "MY_API_KEY=\"[REDACTED:API_KEY]\""),
        (r#"{"api_key": "s3cr3t"}"#, r#"{"api_key": "[REDACTED:API_KEY]"}"#),
        (r#"{"password": 12345, "keep": 1}"#, r#"{"password": "[REDACTED:PASSWORD]", "keep": 1}"#),
        (r#"{"a": "{\"password\": 12345}"}"#, r#"{"a": "{\"password\": \"[REDACTED:PASSWORD]\"}"}"#),
        ("x-api-key: v8h3n2k1", "x-api-key: [REDACTED:API_KEY]"),
        ("Authorization: Bearer abc123.def456", "Authorization: Bearer [REDACTED:BEARER_TOKEN]"),
        ("authorization: basic dXNlcjpwYXNz", "authorization: basic [REDACTED:BASIC_AUTH]"),
        ("Cookie: sid=abc; csrf=def\nHost: x", "Cookie: [REDACTED:COOKIE]\nHost: x"),
        ("GH_TOKEN=abc4; x", "GH_TOKEN=[REDACTED:TOKEN]; x"),
        ("https://a/b?access_token=a1b2c3d4&keep=1", "https://a/b?access_token=[REDACTED:TOKEN]&keep=1"),
        ("MY_TOKEN=\nPATH=/usr/bin", "MY_TOKEN=\nPATH=/usr/bin"),
        (r#""password"\u003a "hunter2""#, r#""password"\u003a "[REDACTED:PASSWORD]""#),
        ("password%3Dhunter2&keep=1", "password%3D[REDACTED:PASSWORD]&keep=1"),
        ("const LOG_AUTH: c_int = 4 << 3;", "const LOG_AUTH: c_int = 4 << 3;"),
        ("pub const NO_AUTH_TOKEN: u32 = 32u32;", "pub const NO_AUTH_TOKEN: u32 = 32u32;"),
        ("type DB_CREDENTIALS = Option<unsafe fn()>;", "type DB_CREDENTIALS = Option<unsafe fn()>;"),
        ("use_token: Token![use],", "use_token: Token![use],"),
        ("\"Cookie\": \"http.cookies\"", "\"Cookie\": \"http.cookies\""),
        ("<apiToken>\n  v8h3n2k1q9\n</apiToken>", "<apiToken>\n  [REDACTED:TOKEN]\n</apiToken>"),
        ("deploy --password hunter2 now", "deploy --password [REDACTED:PASSWORD] now"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=[REDACTED:PASSWORD]"),
        ("const githubToken: string = \"a8f3k2m9x7\";", "const githubToken: string = \"[REDACTED:TOKEN]\";"),
        (
            "\\\"clientSecret\\\": \\\"a8f3\\\\nk2\\\", \\\"b\\\": 1",
            "\\\"clientSecret\\\": \\\"[REDACTED:SECRET]\\\", \\\"b\\\": 1",
        ),
    ] {
        assert_eq!(balanced(text), scrubbed);
    }
}

#[test]
fn the_name_of_a_service_takes_no_key_s_own_label() {
    let (id, key) = (format!("AK{}", "IAQRSTUVWXYZ234567"), "q7Rk2mXw9Tb4Zc6V".repeat(3)[..40].to_owned());
    let text = format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={key}\nclockify = {}\n", &key[..32]);
    let found = balanced(&text);
    let labels: Vec<&str> = found.lines().filter_map(|line| line.split("[REDACTED:").nth(1)).collect();
    assert_eq!(labels, ["AWS_ACCESS_KEY]", "AWS_SECRET_KEY]", "API_KEY]"]);
}

#[test]
fn a_value_with_a_sign_inside_is_none_of_a_service_s() {
    for text in
        ["sslmate = '4RCKoI9YgcI43rpDbh?YpGdHtNaG1DLcwEYR'", "thinkific = 'f1f44cfa99889926$0f3ca8929460f63'"]
    {
        assert_eq!(balanced(text), text);
    }
    for text in [
        "sslmate = '4RCKoI9YgcI43rpDbh5YpGdHtNaG1DLcwEYR'",
        "is sslmate:4RCKoI9YgcI43rpDbh5YpGdHtNaG1DLcwEYR?",
    ] {
        assert!(!balanced(text).contains("4RCKoI"), "{text}");
    }
}

#[test]
fn ordinary_text_stays_in_balanced() {
    for text in [
        "/home/agent/projects/molecule/workspace/lib/pre_stop.py",
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "task-management-system-design and risk-assessment-of-the-whole-project",
        "The Bearer of this letter",
        "if my_token == expected",
        "{\"max_tokens\": 4096, \"token_count\": 17}",
        "password = getpass.getpass()",
        "token=${{ secrets.TOKEN }}",
        "api_key = os.environ[\"API_KEY\"]",
        "API_KEY=<your-api-key>",
        "def login(username, password=None):",
        "self.token = next_token",
        "interface Login { password: string; token: string | null }",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(balanced(text), text);
    }
}

/// `length` pseudo-random base64 characters, reproducible.
fn data(length: usize) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        alphabet[usize::try_from(state % 64).expect("it is small")]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn what_transcripts_of_agents_are_full_of_stays() {
    let hex = "0a3f9c27e81b46d5";
    let item = format!("{hex}{hex}{hex}");
    for text in [
        "Environment Variables:\n  OPENAI_API_KEY:    ...9doi\n  ANTHROPIC_API_KEY: ...CQAA",
        "access-control-allow-credentials: '**REDACTED**'",
        "anthropic-ratelimit-tokens-reset:\n- '2025-05-13T14:20:04Z'",
        "\"anthropic-beta\": \"max-tokens-3-5-sonnet-2024-07-15, prompt-caching-2024-07-31\"",
        "the filename was incorrectly identified as \"<source>python\"",
        "{\"token\":\"\\u2581Bed\",\"logprob\":-1.97}",
        "\"PyJWT\": \"2.9.0\"",
        "\"storage_key\":\"c108269c-cf1e-4ac6-a7e4-5a456cc9fdb7/8a72d3a2-42fc-4128-b145-a6d9ae98cd94.jpg\"",
        "WHERE username = 'admin' AND password = 'pwd'",
        "curl -H \"Authorization: Bearer fc-YOUR_API_KEY\"",
        "X-Amz-Cf-Id:\n- he2uQjzPlfF-cAZIY7kK2yUNYtXOVf8iUy8fJaBdL5hdlDILKQPQiQ==",
        "![logo](https://x.example/logo.png?w=9&auto=format&s=16111530672bf976cb54ef2143478342)",
        "edit /private/var/folders/49/kxrdwwbx0h9bchx99397477c0000gn/T/tmpydbp7adp/notes.txt",
        &format!("{{\"type\":\"function_call\",\"id\":\"fc_{item}\",\"call_id\":\"call_x\"}}"),
        &format!("{{\"encrypted_index\": \"{}\"}}", data(80).replace(['+', '/'], "a")),
    ] {
        assert_eq!(balanced(text), text);
        // The documented patterns match these.
        assert!(text.contains("Bearer") || text.contains("Cf-Id") || strict(text) == text, "{text}");
    }
}

/// Digests in listings, beside names and behind words for what they belong to; what helps, settings and
/// tools say of secrets.
#[test]
fn listings_helps_and_settings_are_left_alone() {
    let digest = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678a1b2c3d4e5f60718293a4b5c";
    let (md5, sha1) = (&digest[..32], &digest[..40]);
    let listings = [
        format!("{sha1} Remove hard-coded secret\n{sha1} Bump version\n"),
        format!("{md5}  usr/bin/passwd\n{md5}  usr/lib/x\n"),
        format!("{digest}  include/AliasAnalysis.h\n{digest}\tinclude/tkScrollbar.h\n"),
        format!("$ git rev-parse feature/token\n{sha1}\n"),
        format!("$ git rev-parse origin/feature/datadog\n{sha1}\n"),
        format!("tests/test_01\ncbb5{}  tests/test_02\n", &digest[4..]),
        format!("src/ser.rs\nbd75{}  src/de.rs\n", &digest[4..]),
        format!("Deploying clerk at {sha1}"),
        format!("INFO argocd app synced to {sha1}"),
        format!("cloudflare zone {md5}"),
        format!("datadog trace {md5}"),
        "circleci workflow 8f3a1c2d-4b5e-6f70-8192-a3b4c5d6e7f8".to_owned(),
        format!("checksum = \"4b1d{}\"", &digest[4..]),
    ];
    let others = [
        "  -W, --password           force password prompt",
        "      --ask-password      prompt for passwords",
        "  --show-password          reveal the password",
        "msgstr \"  -w, --no-password        fråga aldrig efter lösenord\"",
        "       --private-key=DATEI         Datei mit dem privaten Schlüssel",
        "Die Option --ask-password wird nicht gebraucht.",
        "SIGNAL_TYPE_NO_ROOT_PASSWORD: Represents if a database has no password",
        "ADDITIONAL_CLOUD_CREDENTIALS: T1098.001",
        "--private-key=FILE --load-cookies=FILE --credentials=PATH --password=WORD|HASH|NAME",
        "Use --password together with --user",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:MyDatabase-a1b2c3d4",
        "PASS: pr26580-1",
        "PASS: libpr26580-1.so",
        "private_key: \"~/.ssh/id_rsa\"",
        "PRIVATE_KEY=\"$HOME/.ssh/id_rsa2\"",
        r"PRIVATE_KEY=C:\keys\x1.pfx",
        "JWT_ACCESS_TOKEN_TTL=15m",
        "refreshToken: '7d'",
        "\"secret\":\"30d\"",
        "jwt: \"RS256\"",
        "password: \"bcrypt\"",
        "/usr/include/c++/12/bits/algorithmfwd.h",
    ];
    let plain = listings.iter().map(String::as_str).chain(others);
    for text in plain {
        let json = serde_json::to_string(text).expect("text is JSON");
        for text in [text, &json] {
            assert_eq!(balanced(text), text);
        }
    }
    let bars = format!(" src/a.rs | 120 {}---", "+".repeat(60));
    let symbols = "0000 T _ZN5polly4Scop11simplifySCoPEbRN4llvm12AAResults1E";
    let paths = "/usr/share/go-1.19/src/go/doc/testdata/issue12839.golden x/crypto/chacha20poly1305/xchacha20poly1305.go";
    let local = "V _ZZN4llvm3pdb18SymbolDenseMapInfo15getTombstoneKeyEvE9Tombstone@@LLVM_14";
    for text in [
        bars.as_str(),
        paths,
        local,
        symbols,
        "/usr/include/c++/12/bits/algorithmfwd.h",
        &listings[0],
        &listings[1],
    ] {
        assert_eq!(Scrubber::new(Preset::Strict).scrub_text(text), text);
    }
    // What a name is assigned goes, and so does what only resembles a listing.
    for text in [
        format!("clerk_secret:\n{sha1}\n"),
        format!("datadog api key\n{md5}\n"),
        format!("--password {}", ["hunter", "2x4y"].concat()),
        format!("API_TOKEN={}", ["15m", "Kx93vQ"].concat()),
    ] {
        assert_ne!(balanced(&text), text);
    }
}

#[test]
fn what_stands_in_a_picture_by_chance_stays_and_a_token_behind_a_space_goes() {
    for begin in ["EAA", "cio", "IGQ", "deepl", "pwd/"] {
        let picture = format!(
            "data:image/png;base64,iVBORw0KGgo{}/{begin}{}==",
            data(400),
            data(200).replace(['+', '/'], "a")
        );
        assert_eq!(balanced(&picture), picture);
    }
    let token = format!("EA{}{}", "A", data(90).replace(['+', '/'], "a"));
    assert!(!balanced(&format!("{} {token}", data(400))).contains(&token[..40]));
}

#[test]
fn strict_redacts_what_the_documented_patterns_cover() {
    let key = format!("{}{}", "sk-", "proj-ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890");
    assert_eq!(strict(&format!("OPENAI_API_KEY={key}")), "[REDACTED:API_KEY]");
    assert_eq!(strict(&format!("key: {key}")), "key: [REDACTED:SK_TOKEN]");
    assert_eq!(strict("X_TOKEN=a&keep=1;b"), "[REDACTED:TOKEN]");
    assert_eq!(strict("MY_TOKEN=\nPATH=/usr/bin"), "MY_TOKEN=\nPATH=/usr/bin");
    assert_eq!(strict(r#"["Bearer abc123", "keep"]"#), r#"["[REDACTED:BEARER_TOKEN]", "keep"]"#);
    assert_eq!(strict(r#"{"a": "X_TOKEN=abc\nnext"}"#), r#"{"a": "[REDACTED:TOKEN]\nnext"}"#);
}

fn built(builder: ScrubberBuilder) -> Scrubber {
    builder.build().expect("the options are good")
}

#[test]
fn known_values_are_named_whatever_else_hits_them() {
    let value = "Zx9-known-value-77";
    for preset in [Preset::Balanced, Preset::Strict, Preset::Molecule] {
        let builder =
            Scrubber::builder(preset).with_known_secrets([("deploy key", value)]).expect("long enough");
        let scrubbed = built(builder).scrub_text(&format!("X_TOKEN={value} and {value}.")).into_owned();
        assert!(scrubbed.ends_with(" and [REDACTED:DEPLOY_KEY]."), "{scrubbed}");
        assert!(!scrubbed.contains("known"), "{scrubbed}");
    }
}

#[test]
fn a_rule_of_ones_own_finds_and_a_disabled_one_does_not() {
    let toml = r#"
[[rule]]
id = "acme"
label = "ACME"
description = "Acme's token"
keywords = ["acme-"]
pattern = 'acme-[0-9]{6,}'
"#;
    let own = built(Scrubber::builder(Preset::Balanced).with_rules(toml).expect("the rule is good"));
    assert_eq!(own.scrub_text("acme-123456"), "[REDACTED:ACME]");
    assert_eq!(own.scrub_text("[REDACTED:ACME]"), "[REDACTED:ACME]");
    let none = Scrubber::builder(Preset::Balanced).with_disabled(["sensitive-name"]);
    assert_eq!(built(none).scrub_text("password=hunter2"), "password=hunter2");
    let pat = format!("gh{}{}", "p_", "0123456789abcdefghijABCDEFGHIJ456789");
    let none = Scrubber::builder(Preset::Balanced).with_disabled(["github-personal-token"]);
    assert_eq!(built(none).scrub_text(&pat), pat);
}

#[test]
fn what_is_allowed_stays() {
    let allowed = || ["hunter2"];
    let balanced = built(Scrubber::builder(Preset::Balanced).with_allowed(allowed()));
    assert_eq!(
        balanced.scrub_text("password=hunter2 password=hunter3"),
        "password=hunter2 password=[REDACTED:PASSWORD]"
    );
    let strict = built(Scrubber::builder(Preset::Strict).with_allowed(allowed()));
    assert_eq!(strict.scrub_text("MY_TOKEN=hunter2"), "MY_TOKEN=hunter2");
}

#[test]
fn no_rule_takes_the_closing_quote_of_the_string_around_it() {
    let text = r#"{"m": "curl --user kevin:'pRf7vG2h1L8nQkW9", "z": 1}"#;
    for preset in [Preset::Strict, Preset::Balanced] {
        let scrubbed = Scrubber::new(preset).scrub_text(text).into_owned();
        assert!(scrubbed.ends_with(r#"", "z": 1}"#) && !scrubbed.contains("pRf7"), "{scrubbed}");
    }
}

#[test]
fn no_rule_takes_half_of_an_escape_or_of_a_character() {
    let id = format!("14606394810-{}.apps.{}usercontent.com", "a1b2c3d4e5f6g7h8".repeat(2), "google");
    for text in
        [format!("client_id: 6\\ud83d\\ude00{id}"), format!("client_id: 6\\u2014{id}"), format!("id%20{id}")]
    {
        let json = format!("{{\"c\": \"{text}\"}}");
        for out in [strict(&json), balanced(&json)] {
            let value: serde_json::Value = serde_json::from_str(&out).expect("it stays JSON");
            assert!(!out.contains("a1b2") && value["c"].is_string(), "{out}");
        }
    }
    let text = format!("bindpw {}{}", "q7Rk2mXw9T", "\u{e9}".repeat(60));
    for preset in [Preset::Strict, Preset::Balanced] {
        let out = Scrubber::new(preset).scrub_bytes(text.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(out).as_deref(), Ok("bindpw [REDACTED:PASSWORD]"));
    }
}

#[test]
fn bad_options_are_named() {
    let message = |builder: ScrubberBuilder| builder.build().expect_err("the option is bad").to_string();
    assert_eq!(
        message(Scrubber::builder(Preset::Strict).with_disabled(["x"])),
        "disable: entry 0 is the id of no rule"
    );
    assert_eq!(
        message(Scrubber::builder(Preset::Strict).with_disabled(["jwt", "known-value"])),
        "disable: entry 1 is known-value, and known values are always redacted"
    );
    assert!(message(Scrubber::builder(Preset::Strict).with_allowed([""])).starts_with("allow"));
    assert!(message(Scrubber::builder(Preset::Molecule).with_allowed(["x"])).contains("molecule"));
    assert!(Scrubber::builder(Preset::Strict).with_rules("[[rule]]\nid = 'x'").is_err());
}

#[test]
fn every_rule_has_one_id() {
    for preset in [Preset::Molecule, Preset::Strict, Preset::Balanced] {
        let rules = Scrubber::new(preset).rules();
        let ids: HashSet<_> = rules.iter().map(|rule| rule.id.clone()).collect();
        assert_eq!(ids.len(), rules.len(), "{preset:?}");
    }
}

#[test]
fn what_nobody_sees_hides_nothing() {
    let token = format!("{}{}", "sk-", "ant1api03a5b6c7d8e9f0g1h2i3j4k5");
    for unseen in ["\u{200b}", "\x1b[31m", r"\u200b", r"\u001b[1;31m"] {
        let text = format!("key {}{unseen}{} end", &token[..9], &token[9..]);
        assert_eq!(strict(&text), "key [REDACTED:SK_TOKEN] end");
        assert_eq!(balanced(&text), "key [REDACTED:SK_TOKEN] end");
    }
}

#[test]
fn rules_of_ones_own_and_exceptions_have_a_name_of_their_own() {
    let plain = Scrubber::new(Preset::Balanced).rule_set();
    let with = |id: &str| {
        let builder = Scrubber::builder(Preset::Balanced).with_disabled([id]);
        builder.build().expect("it is the id of a rule").rule_set()
    };
    let names = [plain.clone(), with("bearer-token"), with("jwt")];
    assert!(names.iter().all(|name| name.len() <= 64 && name.starts_with(&plain)));
    assert!(names[0] != names[1] && names[1] != names[2]);
    assert_eq!(with("jwt"), names[2]);
    let own = |label: &str| {
        let rule = format!(
            "[[rule]]\nid = \"own\"\nlabel = \"{label}\"\nkeywords = [\"acme-\"]\npattern = 'acme-[0-9]{{9}}'\n"
        );
        let builder = Scrubber::builder(Preset::Balanced).with_rules(&rule).expect("it is a rule");
        builder.build().expect("nothing else is asked for").rule_set()
    };
    assert!(own("ONE") == own("ONE") && own("ONE") != own("TWO") && own("ONE") != plain);
}

#[test]
fn a_secret_in_the_pieces_of_a_streamed_answer_goes_and_every_event_parses() {
    let token = format!("{}{}", "gh", "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let known = "correct horse-battery:staple";
    let builder = Scrubber::builder(Preset::Balanced).with_known_secrets([("DB", known)]);
    let scrubber = builder.and_then(ScrubberBuilder::build).expect("one known value");
    for secret in [token.as_str(), known] {
        for length in [1, 3, 4, 9] {
            let letters: Vec<char> = secret.chars().collect();
            let pieces: Vec<String> = letters.chunks(length).map(|piece| piece.iter().collect()).collect();
            let event = |piece: &String| {
                let event = serde_json::json!({"choices": [{"index": 0, "delta": {"content": piece}}], "object": "chunk"});
                format!("data: {event}\n\n")
            };
            let stream = format!(
                "{}{}{}",
                event(&"is ".into()),
                pieces.iter().map(event).collect::<String>(),
                event(&" now".into())
            );
            let twice = serde_json::json!({ "log": stream }).to_string();
            let once = scrubber.scrub_text(&stream).into_owned();
            let log: serde_json::Value =
                serde_json::from_str(&scrubber.scrub_text(&twice)).expect("it stays JSON");
            for out in [once.as_str(), log["log"].as_str().expect("it stays a string")] {
                assert_eq!(out.lines().count(), stream.lines().count());
                let said = out.lines().filter_map(|line| line.strip_prefix("data: ")).map(|event| {
                    let event: serde_json::Value = serde_json::from_str(event).expect("every event parses");
                    event["choices"][0]["delta"]["content"].as_str().expect("it is a string").to_owned()
                });
                let said: String = said.collect();
                assert!(said.starts_with("is [REDACTED:") && said.ends_with("] now"), "{said}");
                let parts = said.split(['[', ']']).filter(|part| !part.starts_with("REDACTED:"));
                assert_eq!(parts.collect::<String>(), "is  now", "{length}");
                assert_eq!(scrubber.scrub_text(out), out);
            }
        }
    }
}

#[test]
fn a_wrapped_token_behind_an_escaped_line_break_goes_at_every_layer() {
    let token = format!("{}{}", "gh", "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let mut text = format!("see\n{}\n{}\nend", &token[..22], &token[22..]);
    for _ in 0..3 {
        text = serde_json::Value::from(text).to_string();
        let out = balanced(&text);
        assert!(out.contains("[REDACTED:GITHUB_PAT]") && !out.contains(&token[4..12]), "{out}");
        assert!(!out.contains(&token[30..]), "{out}");
    }
}

fn with_known(preset: Preset, name: &str, value: &str) -> Scrubber {
    let builder = Scrubber::builder(preset).with_known_secrets([(name, value)]);
    builder.and_then(ScrubberBuilder::build).expect("the value is long enough")
}

/// Whether eight characters in a row of `secret` are in `text`.
fn shows(text: &str, secret: &str) -> bool {
    secret.as_bytes().windows(8).any(|run| memchr::memmem::find(text.as_bytes(), run).is_some())
}

#[test]
fn a_marker_inside_a_long_known_value_hides_none_of_it() {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from(state >> 59).unwrap_or_default() % 26)
    };
    for length in [700, 5_000, 60_000] {
        let value: String = std::iter::repeat_with(&mut next).take(length).collect();
        let scrubber = with_known(Preset::Balanced, "LONG", &value);
        for at in [10, 300, length / 2, length - 10] {
            let text = format!("see {}[REDACTED:API_KEY]{} there", &value[..at], &value[at..]);
            let out = scrubber.scrub_text(&text);
            assert!(!shows(&out, &value), "{length}, {at}: {} of {}", out.len(), text.len());
        }
    }
}

#[test]
fn a_character_without_width_hides_nothing_however_it_is_spelled() {
    let token = format!("{}_{}", "ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let value = "correct-horse-battery-staple";
    for preset in [Preset::Strict, Preset::Balanced] {
        let scrubber = with_known(preset, "DEPLOY", value);
        for spelling in [
            "%E2%80%8B",
            "%C2%AD",
            "%D8%9C",
            "\\xe2\\x80\\x8b",
            "&#x61c;",
            "&#847;",
            "&#8203;",
            "&#x200b;",
            "&shy;",
            "\\u200b",
            "\\u{200b}",
            "\u{200b}",
            "\u{34f}",
            "\\U0000200b",
        ] {
            for secret in [&token, value] {
                for at in [8, 20] {
                    let text = format!("see {}{spelling}{} there", &secret[..at], &secret[at..]);
                    let out = scrubber.scrub_text(&text);
                    assert!(!shows(&out, secret), "{preset:?}, {spelling}: {out}");
                }
            }
        }
    }
}

#[test]
fn a_known_value_counts_outside_of_its_markers_only() {
    let scrubber = with_known(Preset::Strict, "DB", "correct-horse-battery");
    assert!(scrubber.holds_known(b"see correct-horse-battery"));
    assert!(scrubber.holds_known(b"[REDACTED:DB] and Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"));
    assert!(!scrubber.holds_known(b"see [REDACTED:DB]"));
    assert!(!Scrubber::new(Preset::Strict).holds_known(b"see correct-horse-battery"));
}
