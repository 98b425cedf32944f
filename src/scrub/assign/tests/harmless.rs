//! What stands behind a sensitive name and is none of what it says.

use super::balanced;

fn stays(texts: &[&str]) {
    for text in texts {
        assert_eq!(balanced(text), *text);
    }
}

#[test]
fn keys_of_a_keyboard() {
    stays(&["<a href=\"index.html\" accesskey=\"n\" rel=\"next\">", "passwd  => '$',"]);
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
