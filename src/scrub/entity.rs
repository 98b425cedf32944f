//! Entities of HTML: the named ones of ASCII characters, and numeric ones.

/// Each name without `&` and with `;`. Of several names for a character, the usual one is first.
const NAMES: &[(&[u8], u8)] = &[
    (b"quot;", b'"'),
    (b"amp;", b'&'),
    (b"apos;", b'\''),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"nbsp;", b' '),
    (b"excl;", b'!'),
    (b"num;", b'#'),
    (b"dollar;", b'$'),
    (b"percnt;", b'%'),
    (b"lpar;", b'('),
    (b"rpar;", b')'),
    (b"ast;", b'*'),
    (b"midast;", b'*'),
    (b"plus;", b'+'),
    (b"comma;", b','),
    (b"period;", b'.'),
    (b"sol;", b'/'),
    (b"colon;", b':'),
    (b"semi;", b';'),
    (b"equals;", b'='),
    (b"quest;", b'?'),
    (b"commat;", b'@'),
    (b"lsqb;", b'['),
    (b"lbrack;", b'['),
    (b"bsol;", b'\\'),
    (b"rsqb;", b']'),
    (b"rbrack;", b']'),
    (b"Hat;", b'^'),
    (b"lowbar;", b'_'),
    (b"UnderBar;", b'_'),
    (b"grave;", b'`'),
    (b"DiacriticalGrave;", b'`'),
    (b"lcub;", b'{'),
    (b"lbrace;", b'{'),
    (b"verbar;", b'|'),
    (b"vert;", b'|'),
    (b"VerticalLine;", b'|'),
    (b"rcub;", b'}'),
    (b"rbrace;", b'}'),
    (b"Tab;", b'\t'),
    (b"NewLine;", b'\n'),
    (b"QUOT;", b'"'),
    (b"AMP;", b'&'),
    (b"LT;", b'<'),
    (b"GT;", b'>'),
    (b"NonBreakingSpace;", b' '),
];

/// The most digits of a numeric entity, with the `x` of hexadecimal ones.
const DIGITS: usize = 8;

/// Returns the code that the numeric entity at the beginning of `text` (`&#8203;`, `&#x200b;`) stands for, and
/// its length.
pub(super) fn number(text: &[u8]) -> Option<(u32, usize)> {
    let rest = text.strip_prefix(b"&#")?;
    let digits = &rest[..memchr::memchr(b';', &rest[..rest.len().min(DIGITS + 1)])?];
    let (base, number) = match digits {
        [b'x' | b'X', digits @ ..] => (16, digits),
        digits => (10, digits),
    };
    // A sign would be read as part of the number.
    let number = std::str::from_utf8(number).ok().filter(|number| !number.starts_with('+'))?;
    Some((u32::from_str_radix(number, base).ok()?, digits.len() + 3))
}

/// Returns the character that the entity name at the beginning of `text`, after the `&`, stands for, and the
/// length of the name with its `;`.
pub(super) fn named(text: &[u8]) -> Option<(u8, usize)> {
    // Only a short word can be one of the names.
    let end = text.iter().take(18).position(|byte| !byte.is_ascii_alphabetic())?;
    let name = text.get(..=end).filter(|name| name.last() == Some(&b';'))?;
    NAMES.iter().find(|(other, _)| *other == name).map(|(_, sign)| (*sign, name.len()))
}

/// The name number `number` of a character, counted from 0, with its `;`; the last one if it has fewer.
pub(super) fn name_of(sign: char, number: usize) -> Option<&'static str> {
    let names = NAMES.iter().filter(|(_, other)| char::from(*other) == sign);
    let (name, _) = names.take(number + 1).last()?;
    std::str::from_utf8(name).ok()
}
