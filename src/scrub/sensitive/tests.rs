//! Which names are sensitive, by their words and how they end.

use super::*;
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    let lists = [PASSES, CODES, EITHER, ROUNDS, SALTS, SECRET_KEYS, OPEN, QUALIFIERS, TRIGGERS].concat();
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

#[test]
fn every_sensitive_name_has_a_trigger() {
    for name in [
        "password",
        "user_pass",
        "api_key",
        "apiKey",
        "x-api-key",
        "clientSecret",
        "authToken",
        "credentials",
        "Authorization",
        "npm_auth",
        "Cookie",
        "connectionString",
        "jwt",
        "STRIPE_KEY",
        "accountKey",
    ] {
        let lower = name.to_ascii_lowercase();
        assert!(TRIGGERS.iter().any(|trigger| format!("{lower}=").contains(trigger)), "{name}");
    }
}
