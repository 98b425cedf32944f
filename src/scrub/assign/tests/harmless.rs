//! What follows a sensitive name and is no secret.

use super::balanced;

fn stays(texts: &[&str]) {
    for text in texts {
        assert_eq!(balanced(text), *text);
    }
}

#[test]
fn markup_is_no_value() {
    for text in [
        "api_token = \"<xsd:element name=\"Code\" type=\"clm83339:CodeContentType\"/>\"\n",
        "password = \"<input name='x2' type='text'\"\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn keys_of_a_keyboard() {
    stays(&["<a href=\"index.html\" accesskey=\"n\" rel=\"next\">", "passwd  => '$',"]);
}

#[test]
fn a_key_of_parts_that_are_put_in() {
    stays(&[
        "azure_base_key = f\"_ACME_AZURE_AI_API_BASE_{p['id'].upper()}\"",
        "cache_key = f\"u_{user[\\\"id\\\"]}_x1\"",
    ]);
}

#[test]
fn the_neighbours_of_a_name_in_a_tuple_or_a_list() {
    stays(&[
        "{token.FLOAT, \"0x12efp-123\", \"0x12efp-123\", \"\"},",
        "[\"svcntd\",\"svcntd_pat\",\"svcntp_b16\",\"svcntp_b32\",\"svcntp_b64\"]",
    ]);
}

#[test]
fn commits_of_a_vendor() {
    let commit = "9a110a6b509f44cfd359211094a6f609f47bd2c1";
    stays(&[
        &format!("([9a110a6](https://github.com/googleapis/google-auth-library-python/commit/{commit}))"),
        "https://github.com/googleapis/google-auth-library-python/compare/v0.1.1...v0.2.0",
    ]);
}

#[test]
fn results_of_tests_and_passes_of_compilers() {
    stays(&[
        "    --- PASS: TestWithColons/127.0.0.1:0 (0.00s)\n",
        "NoNewVars TypeErrorPass = \"nonewvars\"",
        "shadowPass: \"depth24\"",
    ]);
}

#[test]
fn the_directory_of_a_shell() {
    stays(&["[\"USER=go\", \"PWD=/tmp\"]", "PWD=dir in the environment"]);
    assert!(balanced("PWD=Wal!nut95").contains("REDACTED"));
}

#[test]
fn code_in_capitals_and_of_compilers() {
    stays(&[
        "SEC_ERROR_BAD_PASSWORD = SEC_ERROR_BASE + 15,",
        "\tSIOCGLIFTOKEN                 = -0x3f879678\n",
        "config.PrivateKey = testEd25519PrivateKey",
        "css$tokens.ColonToken = module$contents$google3$third_party$css$tokens$ColonToken;",
        "my $Token = qr/[\\x21\\x23]/;",
        "com.Token = \"// indirect; \" + text",
    ]);
}

#[test]
fn fingerprints_of_public_keys() {
    stays(&[
        "gpg --keyserver hkps://keys.openpgp.org --recv-keys 5BE8A3F6C8A5C01D106C0AD820B1A390B168D356 # x",
    ]);
}

#[test]
fn where_a_secret_is_kept() {
    stays(&[
        "gcloud x --secret=projects/my-project/secrets/my-secret/versions/1",
        "--private-key \"`cat key.pem`\"",
    ]);
}

#[test]
fn words_of_other_languages_and_sentences() {
    stays(&[
        "\"password\": \"Пароль\",",
        "\"password\": \"パスワードの変更\",",
        "login.password=\\u041f\\u0430\\u0440\\u043e\\u043b\\u044c",
        "password=Contraseña",
        "errors.password = \"Password is required\";",
    ]);
    assert!(balanced("\"password\": \"пароль2024\"").contains("REDACTED"));
}

#[test]
fn numbers_of_cookies_and_sentences_behind_a_colon() {
    stays(&[
        "\"ElementCookie\"=1000,",
        "<code>AUTHORIZATION</code>: The operation is waiting for <a href=\"x\">",
    ]);
    let header = "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20220524/us-east-1/s3/aws4_request, Signature=8f3a2b";
    assert!(!balanced(header).contains("8f3a2b"));
}

#[test]
fn captions_in_catalogues_of_translations() {
    stays(&[
        r#"{"Enter Kagi Search API Key":"أدخل مفتاح API لـ Kagi Search","Enter language":"x"}"#,
        r#"{"Enter Jupyter Password":"Įveskite Jupyter slaptažodį","New Password":"Yangi parol"}"#,
        r#"{"Client Secret":"Klienthemlighet","API Keys":"API-kulcsok"}"#,
        r#"{"modal.api.createApiKey":"crear una clave API","store.invalidApiKey":"Tu clave API no es válida."}"#,
        r#"{"generateToken": "Générer un jeton", "login": "x", "password": "Contrasenya", "trace.token": "Señal"}"#,
        "username:`nom d'utilisateur`,password:`mot de passe`,login:`Connexion`",
        "dialect+driver://USUARIO:CONTRASEÑA@SERVIDOR/base",
    ]);
}

#[test]
fn packed_code() {
    stays(&[
        r#"e[e.OpenBraceToken=19]="OpenBraceToken",e[e.CommaToken=28]="CommaToken""#,
        "this._token=-1)}cancelAndSet(e,t){if(this._isDisposed)throw new Error(1)}",
        "this.timeoutToken=-1,this.runner&&this.doRun()}",
        "static{this.defaultTokenMetadata=33587200}static createEmpty(e,t){}",
        "{id:1,existingSecretId:null!==(c=e.model_definition)&&void 0!==c?c:1}",
        "encryptionKey = this.#createEncryptionKey20(revision, passwordBytes);",
        "n.lineCommentToken=t.lineComment:(n.lineCommentToken=t.lineComment.comment,1)",
        r#"throw new Error("duplicate key: "+o));this.b=(h(),new d(t))}function g(e){return "["}"#,
        r#"const kind = mode === "secret" ? "secret" : "endpoint";"#,
        r#"doesFilterPass:"ExternalFilter",allPass:"overEvery",currentPass="translucent""#,
        r#"tokenLayer: "_tokenLayer_md8fn_152", configKey: "_configKey_14pl5_118""#,
        "~<5p0Pw;5qlJwNZt*@3p1Pw:5p/Ou!5p2JvG'!6Vye",
        r#"secret_id:"direct"===j.mode?a:b"#,
    ]);
}

#[test]
fn costs_counts_versions_and_names() {
    stays(&[
        r#"{"input_cost_per_audio_token": 1.25e-06, "output_cost_per_image_token": 0.0000003}"#,
        r#"{"salem":23471,"Password":23472,"Dig":23473}"#,
        r#"INVALID_API_KEY = "403""#,
        r#"dependencies = [("weblate_auth", "0003_fixup_teams"), ("authtoken", "0002_auto_20160226_1747")]"#,
        r#""@jupyterlab/mock-token": "^4.6.6""#,
        "  verdaccio-htpasswd: 13.0.0-next-8.29\n",
        r#""secrets": "List[V1ObjectReference]""#,
        r#""sasl_plain_password": "sasl.password", password = get(values, "api_password", "DATAFORSEO_PASSWORD")"#,
        r#"CONNECTION_STRING = "postgresql+psycopg2://hwc@localhost:5432/test3""#,
        r#"export LITELLM_MASTER_KEY="sk-$(openssl rand -hex 32)""#,
    ]);
}

#[test]
fn what_manuals_say_of_flags_headers_and_cookies() {
    stays(&[
        "    --cookies FILE       Netscape formatted file to read from\n",
        "protected by a passcode, use the --video-password option\n",
        "aider --model deepseek --api-key deepseek=<key>\n",
        "Authorization: Bearer header, matching the official SDK behavior.\n",
        "Authorization: Bearer a-token-string\n",
        "document.cookie = 'token=; Max-Age=0; path=/'",
        "document.cookie='cookietest=1; expires=Thu, 01-Jan-1970 00:00:01 GMT'",
        "    passphrase: Admin-provided passphrase\n",
        "client.get_secret_value(SecretId=\"azure-principal-release\")",
        "upload(orig_creds=s3_client, n=1)",
    ]);
}

#[test]
fn what_is_made_to_be_published() {
    let (hex, token) = ("86fdc7e2a11262cb", "e9ae5yLbRbZxk0Nue806If8trY2D6YqE");
    let spki = format!("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{}", token.repeat(2));
    stays(&[
        &format!("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk{}_live_{token}", ""),
        &format!("NEXT_PUBLIC_POSTHOG_KEY=phc{}_{token}", ""),
        &format!("SUPABASE_PUBLISHABLE_KEY=sb_publish{}able_{token}", ""),
        &format!("LANGFUSE_PUBLIC_KEY=pk-lf{}-480a76d1-a184-4432-9101-7f16ef3218cf", ""),
        &format!("RECAPTCHA_SITE_KEY={token}aAbB0123"),
        &format!("<div data-sitekey=\"0x4AAAAA{token}\">"),
        &format!("<releaseManagerKey>{hex}</releaseManagerKey>"),
        &format!("gpg_key = 0x{hex}"),
        &format!("{{\"keyid\": \"x\", \"key\": \"{spki}\"}}"),
    ]);
    let private = format!("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w{}", token.repeat(2));
    assert!(balanced(&format!("{{\"private_key\": \"{private}\"}}")).contains("REDACTED"));
}

#[test]
fn code_in_the_address_of_a_page() {
    stays(&[
        "https://play.example.org/?code=0x01+//+QNaN%0A0x02+//+Positive+Zero%0A0x04+//+Negative+Zero&edition=2024",
        "https://play.example.org/?code=if+!book_reviews.contains_key(%22Les+Mis%C3%A9rables%22)+%7B%0A++++x%0A%7D",
        "?code=fn+f(data:+u8,+key:+u8)+%7B%0A++++for+byte+in+data+%7B%0A++++++++*byte+=+byte.wrapping_add(key);",
    ]);
}

#[test]
fn variables_flags_and_formats_of_programs() {
    stays(&[
        "Added `--username` and `--password` flags",
        "creds = \" --username=\" + auth",
        "toolskey = \"VS%0.f0COMNTOOLS\"",
        "os.Setenv(\"PWD\", \"/tmp\")",
        "const ErrPwd = \"Error!\"",
        "our $exists_token = \\undef;",
        "let g:ft_ignore_pat = '\\.\\(Z\\|gz\\|bz2\\|zip\\|tgz\\)$'",
        "let raw_private_key: Curve25519SeedBin<'_> = x;",
        "{hexKey: hexPKCS1TestPKCS8Key, want: x}",
        "#define nettle_ed25519_sha512_set_private_key _nettle_ed25519_sha512_set_private_key",
        "f?this._password+=M:this._username+=M}else this._password=\"\"",
        "\"password= scmVersion= \"",
        "cvs://:pserver:anoncvs@cvs.example.org/x",
    ]);
}

#[test]
fn a_prefix_inside_a_digest() {
    let before = "qaN-";
    let rest = "htIgKUVXq8Z7wv5T4s3Kx9b2aAbBcCdDeEfF";
    stays(&[
        &format!("x.py,sha256={before}fw_{rest},984"),
        &format!("\"integrity\": \"sha512-{before}fw_{rest}{rest}==\""),
    ]);
    assert!(balanced(&format!("see fw_{rest}")).contains("REDACTED"));
}

#[test]
fn what_looks_like_them_and_is_a_secret_goes() {
    for (text, secret) in [
        (r#"{"Admin Password": "Summer2024"}"#, "Summer2024"),
        (r#"{"user": 23471, "password": 99172}"#, "99172"),
        ("document.cookie = 'session=q8Z7wv5T4s; path=/'", "q8Z7wv5T4s"),
        ("Authorization: Bearer abcdefghijkl\n", "abcdefghijkl"),
        ("tool --api-key q8Z7wv5T4s3K\n", "q8Z7wv5T4s3K"),
        ("tool --password swordfish\n", "swordfish"),
        (r#"password: "Größe-42""#, "42"),
        (r#"{"db_pass": "correct horse battery"}"#, "correct horse"),
        (r#"CONNECTION_STRING = "postgresql://bob:walnut85@localhost/x""#, "walnut85"),
        (r#"API_PASSWORD = "hello[42]""#, "hello"),
        ("DB_PASSWORD=8}kQz!93xT\n", "kQz!93"),
        ("Cookie: theme=[1]; session=q8Z7wv5T4s", "q8Z7wv5T4s"),
        ("Cookie: session=q8Z7wv5T4s; csrf=***", "q8Z7wv5T4s"),
        ("Cookie: session=q8Z7wv5T4s; theme={x}", "q8Z7wv5T4s"),
        (r#"{"Cookie": "session=q8Z7wv5T4s; csrf=***"}"#, "q8Z7wv5T4s"),
        (r#"{"cookie": "theme={x}; session=q8Z7wv5T4s"}"#, "q8Z7wv5T4s"),
        ("Cookie: session=q8Z7wv5T4s; a=****; b=1", "q8Z7wv5T4s"),
        ("db.password=12,Sommer.haus\n", "Sommer.haus"),
        ("db.password=%rT9walnut4x\n", "T9walnut"),
        ("password=q8Z7wv5T4s_...\n", "q8Z7wv5T4s"),
        ("DB_PASSWORD=q8Z7wv5T4s3****Kx9b2q8\n", "Kx9b2q8"),
        (r#"password: ")x(8Kq!2vW""#, "8Kq!2vW"),
    ] {
        assert!(!super::balanced(text).contains(secret), "{text}");
    }
}

#[test]
fn what_packed_code_makes_of_members_stays() {
    stays(&[
        "case 27:o.key=s.C0.ESC,e.altKey&&(o.key=s.C0.ESC+s.C0.ESC),o.cancel=!0",
        "o.key=e.key:65===e.keyCode&&(o.type=1);else{let t=1}",
        "r.key=s.key:s.key&&s.ctrlKey&&(s.key===t)",
        "R.multiLine=1,Q.token=132,Q.transformFlags|=4",
        "f.defines.HORIZONTAL_PASS=1;const g=new St",
        "tiles/{z}/{y}.png?api_key=`],tileSize:256}},layers:[{id:`toner`",
        "propKey = propKey$221 = null;",
        "X25519PrivateKey = hpke.X25519PrivateKey\nMLKEM768X25519PublicKey = hpke.MLKEM768X25519PublicKey",
    ]);
}

#[test]
fn what_stands_for_a_value_that_comes_later_stays() {
    stays(&[
        "query q($sessionToken: String!, $refreshToken: Refresh!) { id }",
        "login(username: String!, password: String!) { id }",
        "print(\"product=%r secret=%r%s\" % (a, b, c))",
        "password = \"0x%s\" % encoded",
        "log.debug(\"refresh_token: server=%s has none\", name)",
        "result[\"recovery_codes\"] = \"\\n\".join(codes)",
        "# Format: AWS4-HMAC-SHA256 Credential=Bearer $KEY/date",
        "Authorization=Basic%20<token>",
        "set-cookie: session=[REDACTED]; path=/; Max-Age=3600; secure",
        "Cookie: session=***; theme=<theme>",
        "try{document.cookie=`${e}=${t};${i}path=/`}catch{}",
        "headers = {\"Cookie\": \"session=${SESSION}; path=/\"}",
        "FIGMA_ACCESS_TOKEN=figd_...\nANTHROPIC_API_KEY=sk-ant-...",
        "{\"api_key\": \"sk-xxx\", \"client_secret\": \"GOCSPX-YYY\", \"password\": \"very****pass\"}",
        "\"connection_string\": \"redshift+redshift_connector://\"",
        "\"connection_string\": \"clickhousedb://localhost/default\"",
        "connection_string = 'jdbc:hsqldb:hsql://%s:%s/%s' % (h, p, d)",
        "monkeypatch.setenv('GOOGLE_API_KEY', 'test-api-key')",
        "https://example.com/view_video.php?viewkey=ph5af5fef7c2aa7",
    ]);
}

#[test]
fn names_of_substances_headers_assemblies_and_choices() {
    stays(&[
        "InChIKey: TZNIUUEXDVBAYW-HTQNQTUBVG-N",
        "HeaderAPIKey = \"X-API-Key\"",
        "\"pubkey\": [\"CE3205AEFBF19FB84FE171F385B6710B61E1B349711B524D\", \"5\"]",
        "rowkey = \"CE3205AEFBF19FB84FE171F385B6710B61E1B349\"",
        "<assemblyIdentity name=\"acme\" publicKeyToken=\"491d7dc5010ec12e\" culture=\"neutral\" />",
        "document.cookie = \"cookie_consent=accepted; path=/; max-age=31536000; SameSite=Lax\";",
        "admin_password = \"$__file{/run/secrets/admin}\"",
        "password={AES}KWZedBGYOoRpR9T+qpv1l5WfvbImtiCZnR8QrJfvSbc=",
        "sslPassword = $7$iM3PLIqDaL39XtZfBB+aPtsFwP3LAaDg1XODW5==",
        "System.Web, Version=4.0.0.0, Culture=neutral, PublicKeyToken=0b5de95a0a49e029",
    ]);
    // Sealed for a Kubernetes cluster.
    let sealed = format!("AgB{}", "5xTq9WmZ3kLp7RvY2nHd".repeat(16));
    stays(&[&format!("encryptedData:\n  password: {sealed}\n")]);
    assert_ne!(balanced(&format!("password: {}", &sealed[3..40])), format!("password: {}", &sealed[3..40]));
}
