//! Which names are sensitive, by their words and how they end.

use super::*;
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    let lists =
        [PASSES, CODES, EITHER, ROUNDS, SALTS, SECRET_KEYS, OPEN, QUALIFIERS, &FOREIGN_PASSWORDS].concat();
    let others = [
        "phrase",
        "verifier",
        "backup",
        "recovery",
        "otp",
        "seed",
        "conn",
        "connection",
        "string",
        "snmp",
        "community",
        "pat",
        "pass",
        "pw",
        "PWD",
        "user",
        "jwt",
        "cookie",
        "creds",
        "auth",
        "tok",
        "tokens",
        "key",
        "access",
        "api",
        "kennwort",
        "wachtwoord",
        "motdepasse",
        "contrasena",
        "claves",
        "senha",
        "пароль",
        "密码",
        "contraseña",
        "hasło",
        "code",
        "salt",
    ];
    prop_oneof![
        prop::sample::select(lists).prop_map(str::to_owned),
        prop::sample::select(others.to_vec()).prop_map(str::to_owned),
        "[a-zA-Z]{1,6}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn a_name_that_is_sensitive_has_a_stem_in_it(words in prop::collection::vec(word(), 1..4), between in prop::sample::select(vec!["", "_", "-", " ", "."])) {
        let name = words.join(between);
        prop_assert!(sensitive(name.as_bytes()).is_none() || may_name(name.as_bytes()), "{}", name);
    }
}

#[test]
fn what_may_be_either_is_sensitive_in_a_tree() {
    for key in
        ["current_pass", "textPass", "x_pw", "db1_pw", "PRICING_API_KEY", "price_token", "cost_center_secret"]
    {
        assert!(sensitive_label(key.as_bytes()).is_some(), "{key}");
    }
    for key in ["input_cost_per_audio_token", "glob_pat", "3p1Pw", "shadowPass"] {
        assert_eq!(sensitive_label(key.as_bytes()), None, "{key}");
    }
}

#[test]
fn names_are_judged_by_how_they_end() {
    for (name, label) in [
        ("password", "PASSWORD"),
        ("DB_PASSWORD", "PASSWORD"),
        ("smtpPass", "PASSWORD"),
        ("MY_API_KEY", "API_KEY"),
        ("apiKey", "API_KEY"),
        ("X-Api-Key", "API_KEY"),
        ("stripeapikey", "API_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
        ("clientSecret", "SECRET"),
        ("GITHUB_TOKEN_2", "TOKEN"),
        ("refreshToken", "TOKEN"),
        ("accessTokens", "TOKEN"),
        ("Authorization", "AUTHORIZATION"),
        ("Set-Cookie", "COOKIE"),
        ("STRIPE_KEY", "KEY"),
        ("password_hash", "PASSWORD"),
        ("token", "TOKEN"),
        ("secret_id", "SECRET"),
        ("connectionString", "CONNECTION_STRING"),
        ("adminpwd", "PASSWORD"),
        ("snmp_community", "PASSWORD"),
        ("contraseña", "PASSWORD"),
        ("Contraseña2", "PASSWORD"),
        ("db_contrasena", "PASSWORD"),
        ("senha", "PASSWORD"),
        ("mot_de_passe", "PASSWORD"),
        ("motDePasse", "PASSWORD"),
        ("hasło", "PASSWORD"),
        ("HASŁO", "PASSWORD"),
        ("пароль", "PASSWORD"),
        ("Пароль", "PASSWORD"),
        ("db_пароль", "PASSWORD"),
        ("密码", "PASSWORD"),
        ("用户密码", "PASSWORD"),
        ("Passwort", "PASSWORD"),
        ("비밀번호", "PASSWORD"),
        ("パスワード", "PASSWORD"),
        ("คำรหัสผ่าน", "PASSWORD"),
        ("كلمة المرور", "PASSWORD"),
        ("длина пароля", ""),
        ("hasłowy", ""),
        ("passe", ""),
        ("año", ""),
        ("密码长度", ""),
        ("community_string", "PASSWORD"),
        ("OLDPWD", ""),
        ("RenderPass", ""),
        ("--recv-keys", ""),
        ("community", ""),
        ("max_tokens", ""),
        ("token_count", ""),
        ("input_tokens", ""),
        ("tokenizer", ""),
        ("session_id", ""),
        ("public_key", ""),
        ("sort_key", ""),
        ("key", ""),
        ("monkey", ""),
        ("author", ""),
        ("token_type", ""),
        ("passwordField", ""),
    ] {
        let expected = (!label.is_empty()).then_some(label);
        assert_eq!(sensitive_label(name.as_bytes()), expected, "{name}");
    }
}

/// Whether a name is one of those that the comment of the ambiguous stems excepts: it is found in a tree and
/// not in text.
fn is_excepted(name: &str) -> bool {
    let mut words = Words::default();
    words.split(name.as_bytes());
    let words = words.to_vec();
    let is_qualifier = |word: &&&str| QUALIFIERS.contains(*word) || is_number(word);
    let count = words.iter().rev().take_while(is_qualifier).count();
    let last = words.iter().rev().nth(count).copied().unwrap_or_default();
    last == "keys" || count > 0 && (words::AMBIGUOUS_STEMS.contains(&last) || last.ends_with("key"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn a_name_that_is_sensitive_has_a_trigger(
        words in prop::collection::vec(word(), 1..4),
        between in prop::sample::select(vec!["", "_", "-"]),
    ) {
        let name = words.join(between);
        let lower = format!("{name}=").to_ascii_lowercase();
        prop_assert!(
            !name.is_ascii()
                || sensitive_label(name.as_bytes()).is_none()
                || is_excepted(&name)
                || triggers().any(|trigger| lower.contains(&trigger)),
            "{}",
            name
        );
    }
}

#[test]
fn each_separator_leads_from_an_ambiguous_name_to_its_value() {
    let value = ["q7Rk2mXw9Tb4", "Zc6Vn8Ls3Yd5"].concat();
    for name in ["x_pass", "x_pw", "x_key", "x_auth", "auth_salt", "x_psk", "x_pepper", "x_pat"] {
        for assigned in ["=", ": ", " = ", " : ", "=\"", "\": \"", "': '"] {
            let text = format!("{name}{assigned}{value}\"");
            let scrubbed = crate::Scrubber::new(crate::Preset::Strict).scrub_text(&text).into_owned();
            assert!(!scrubbed.contains(&value), "{scrubbed}");
        }
    }
    for text in ["pepper = ", "psk : ", "pw : ", "key : ", "auth: ", "salt : "] {
        let text = format!("{text}{value}");
        let scrubbed = crate::Scrubber::new(crate::Preset::Balanced).scrub_text(&text).into_owned();
        assert!(!scrubbed.contains(&value), "{scrubbed}");
    }
}

#[test]
fn words_for_a_password_without_their_letters_are_found_in_text() {
    let scrubber = crate::Scrubber::new(crate::Preset::Balanced);
    let texts = ["SIFRE=", "DB_SIFRE=", "haslo=", "HASLO = ", "jelszo=", "Jelszo: ", "SMTPPASS_PROD="];
    for name in texts {
        let text = format!("{name}{}", "Walnut85x");
        assert_eq!(scrubber.scrub_text(&text), format!("{name}[REDACTED:PASSWORD]"));
    }
    for name in FOREIGN_PASSWORDS {
        assert!(!scrubber.scrub_text(&format!("{name}=Walnut85x")).contains("Walnut"), "{name}");
    }
}

#[test]
fn no_trigger_is_in_another() {
    // Whole words are in others with a word before them, or in the plural.
    let is_word = |word: &str| FOREIGN_PASSWORDS.contains(&word) || PASSES.contains(&word);
    let all: Vec<String> = triggers().filter(|trigger| !is_word(trigger)).collect();
    for (at, one) in all.iter().enumerate() {
        assert!(one.len() >= 3 && *one == one.to_ascii_lowercase(), "{one}");
        let within = all.iter().enumerate().find(|(other, text)| *other != at && text.contains(one.as_str()));
        assert!(within.is_none(), "{one} in {within:?}");
    }
}
