//! Words for a password, and for a secret key, in languages other than English that are not written in ASCII.

use super::{Sensitive, Strength};

/// Words for passwords and keys, in each case if the script has two. Of `mật khẩu` the part from its first
/// letter that is not ASCII.
pub(crate) const WORDS: [&str; 57] = [
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "парола",
    "Парола",
    "ПАРОЛА",
    "гасло",
    "Гасло",
    "лозинка",
    "Лозинка",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "暗証番号",
    "비밀번호",
    "암호",
    "κωδικός",
    "Κωδικός",
    "סיסמה",
    "סיסמא",
    "كلمة المرور",
    "كلمة السر",
    "رمز عبور",
    "पासवर्ड",
    "รหัสผ่าน",
    "ật khẩu",
    "密钥",
    "密鑰",
    "秘钥",
    "秘密鍵",
    "비밀키",
    "ключ доступа",
    "contraseña",
    "Contraseña",
    "CONTRASEÑA",
    "şifre",
    "Şifre",
    "ŞİFRE",
    "lösenord",
    "Lösenord",
    "LÖSENORD",
    "hasło",
    "Hasło",
    "HASŁO",
    "jelszó",
    "Jelszó",
    "JELSZÓ",
    "parolă",
    "Parolă",
    "slaptažodis",
    "clé API",
    "Clé API",
    "clé secrète",
    "Clé secrète",
    "API-Schlüssel",
    "ключ API",
];
/// Plurals, which only keys of values have.
pub(super) const PLURALS: [&str; 3] = ["contraseñas", "hasła", "пароли"];

/// Judges a name that ends in one of these words: `contraseña`, `db_пароль`, `用户密码`, `كلمة المرور`.
pub(super) fn sensitive(key: &[u8]) -> Option<Sensitive> {
    let name = std::str::from_utf8(key).ok().filter(|name| !name.is_ascii())?;
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    let last = name.rsplit(|c: char| !c.is_alphanumeric() && !is_mark(c)).next().unwrap_or(name);
    let ends = |word: &&str| {
        // `ключ доступа`
        let phrase = word.contains(' ') && name.ends_with(word);
        phrase || last == *word || last.ends_with(word) && may_end(last, word)
    };
    let found = WORDS.iter().chain(&PLURALS).any(ends);
    found.then_some(Sensitive { label: "PASSWORD", strength: Strength::Strong })
}

/// Whether `word` may end `name` without a separator before it: after ASCII letters and digits, or in a script
/// that does not separate words.
fn may_end(name: &str, word: &str) -> bool {
    let before = name.strip_suffix(word).and_then(|before| before.chars().next_back());
    let first = word.chars().next();
    before.is_some_and(|before| before.is_ascii() != first.is_some_and(|first| first.is_ascii()))
        || first.is_some_and(|first| matches!(first, '\u{2e80}'.. | '\u{e00}'..='\u{e7f}'))
}

/// Whether the character is a mark over a letter, or beside it, that belongs to it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{97f}' | '\u{e31}'..='\u{e4e}' | '\u{30fc}')
}
