// Names as they are searched: without case, accents and what cannot be seen; hubbub/short_text.py does the same.

const ASCII = /^[\x21-\x7e]*$/
const ACCENT = new RegExp("[\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u0640"
  + "\\u064b-\\u065f\\u0670\\u06d6-\\u06ed\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f\\u00ad\\u061c\\u115f\\u1160"
  + "\\u180b-\\u180f\\u200b-\\u200f\\u2060-\\u2064\\u2800\\ufe00-\\ufe0f\\ufeff\\u{e0100}-\\u{e01ef}]", "gu")
/** @type {Record<string, string>} */
const LETTERS = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", ß: "ss", æ: "ae", œ: "oe", ı: "i", ħ: "h", ŧ: "t", ς: "σ", ی: "ي", ک: "ك", "’": "'" }
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g")

/** Return a text as it is searched. @param {string} text */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase()
  const bare = text.normalize("NFKD").replace(ACCENT, "").toLowerCase().replace(LETTER, letter => LETTERS[letter])
  return bare.trim().replace(/\s+/g, " ")
}
