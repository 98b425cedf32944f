//! The names that HTML gives to the signs of ASCII.

/// Each name without its `&`, with its `;`; of several for one sign the usual one stands first.
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

/// The sign that the name at the beginning of `text`, which stood behind a `&`, is for, and the length of the name with its `;`.
pub(super) fn named(text: &[u8]) -> Option<(u8, usize)> {
    // Whatever is no short word is none of the names.
    let end = text.iter().take(18).position(|byte| !byte.is_ascii_alphabetic())?;
    let name = text.get(..=end).filter(|name| name.last() == Some(&b';'))?;
    NAMES.iter().find(|(other, _)| *other == name).map(|(_, sign)| (*sign, name.len()))
}

/// Of the names of a sign, each with its `;`, the one of this number, or the last.
pub(super) fn name_of(sign: char, number: usize) -> Option<&'static str> {
    let names = NAMES.iter().filter(|(_, other)| char::from(*other) == sign);
    let (name, _) = names.take(number + 1).last()?;
    std::str::from_utf8(name).ok()
}
