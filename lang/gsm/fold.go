package gsm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainer swaps typographic characters for ones of the 7-bit alphabet that say
// the same.
var plainer = strings.NewReplacer(
	"\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2011", "-",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`,
	"–", "-", "—", "-", "−", "-", "…", "...",
)

// Plain swaps quotation marks, dashes and spaces that the 7-bit alphabet lacks
// for its own: a single curly quote makes a text cost double.
func Plain(text string) string { return plainer.Replace(text) }

// spelled are letters that are written otherwise where the alphabet has no
// such, as passports and timetables write them. Greek is written in capitals,
// which the alphabet has.
var spelled = map[rune]string{
	'Œ': "OE", 'œ': "oe", 'Þ': "Th", 'þ': "th", 'Ð': "D", 'ð': "d", 'Đ': "D", 'đ': "d", 'Ł': "L", 'ł': "l",
	'ı': "i", 'Ħ': "H", 'ħ': "h", 'Ŧ': "T", 'ŧ': "t", 'Ŋ': "N", 'ŋ': "n", 'ẞ': "SS", 'ə': "e", 'Ə': "E", 'ç': "c",
	'À': "A", 'Ÿ': "Y",

	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i",
	'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
	'є': "ie", 'і': "i", 'ї': "i", 'ґ': "g", 'ў': "u", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz",
	'ѓ': "g", 'ќ': "k", 'ѕ': "dz",

	'Α': "A", 'Β': "B", 'Ε': "E", 'Ζ': "Z", 'Η': "H", 'Ι': "I", 'Κ': "K", 'Μ': "M", 'Ν': "N", 'Ο': "O", 'Ρ': "P",
	'Τ': "T", 'Υ': "Y", 'Χ': "X", 'ς': "Σ",
}

// Fold writes a text in the 7-bit alphabet as well as that goes: without the
// accents that it lacks, Cyrillic in Latin letters, Greek in capitals. What
// cannot be written so (signs, pictures, other scripts) is left out.
func Fold(text string) string {
	text = Plain(norm.NFC.String(text))
	if Fits(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		b.WriteString(folded(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// folded is how one character is written in the alphabet, or nothing.
func folded(r rune) string {
	if _, ok := codeFor(r); ok {
		return string(r)
	}
	if s, ok := spelled[r]; ok {
		return s
	}
	if low := unicode.ToLower(r); low != r {
		if s, ok := spelled[low]; ok {
			return capital(s)
		}
	}
	if up := unicode.ToUpper(r); up != r && unicode.Is(unicode.Greek, r) {
		return folded(up)
	}
	if unicode.IsSpace(r) {
		return " "
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if part != r && !unicode.Is(unicode.Mn, part) {
			b.WriteString(folded(part))
		}
	}
	return b.String()
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
