package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"muster/fault"
)

// Length of a password in characters. Twelve, because sign-in is throttled
// and a second way in by mail exists; no rule about kinds of character, since
// such rules make passwords worse (NIST SP 800-63B-4 §3.1.1).
const (
	passwordLeast = 12
	passwordMost  = 200
)

// leftover is how many characters must remain of a password when everything
// that a guesser tries first is taken out of it.
const leftover = 5

// commonWords are the stems that guessers begin with, in the languages we
// speak. What people hang on to them (digits, years, marks, letters written
// as digits, doubling) is undone before the comparison, so that one stem
// stands for thousands of listed passwords.
var commonWords = longestFirst(strings.Fields(`
	password passwort passwrd passw0rd passphrase motdepasse salasana losenord haslo parol contrasena senha wachtwoord
	admin administrator administrateur root user guest test testing demo default system server login master secret
	welcome bienvenue tervetuloa willkommen bonjour hello hallo letmein changeme changeit access enter opensesame
	iloveyou loveyou lovely love forever always angel baby darling sweetheart jetaime rakastan princess princesse
	sunshine soleil aurinko rainbow flower butterfly summer winter spring autumn kesa talvi syksy kevat ete hiver
	dragon monkey tiger panther eagle wolf bear lion horse dog cat kissa koira chien chat
	football baseball basketball hockey soccer jaakiekko jalkapallo fotball champion liverpool chelsea arsenal barcelona
	superman batman starwars pokemon naruto minecraft matrix trustno whatever freedom shadow killer hunter ranger
	michael jordan jennifer jessica michelle charlie thomas robert daniel andrew joshua matthew ashley nicole anthony
	computer internet samsung iphone google facebook windows microsoft apple
	january february march april june july august september october november december
	monday tuesday wednesday thursday friday saturday sunday
	correcthorsebatterystaple correct horse battery staple muster alarm
	helsinki finland suomi france paris london berlin
	perkele saatana vittu merde fuck fucker fuckyou asshole bitch
	company office work business support helpdesk temporary temp
`))

// rows are the paths fingers take over keyboards, and counting.
var rows = []string{
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm",
	"qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "abcdefghijklmnopqrstuvwxyz",
	"01234567890123456789",
}

// asLetters undoes the writing of letters as digits and marks.
var asLetters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b",
	"@", "a", "$", "s", "!", "i", "€", "e", "|", "l", "+", "t")

// checkPassword holds a new password to the rules. about are the owner's
// names and mail address, which a guesser also knows.
func checkPassword(password string, about ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || n > passwordMost:
		return fault.New(fault.Invalid, "too_long").With("Max", passwordMost).At("password")
	case n < passwordLeast:
		return fault.New(fault.Invalid, "too_short").With("Min", passwordLeast).At("password")
	}
	if few(password) || guessable(password, personal(about)) {
		return fault.New(fault.Invalid, "password_too_easy").At("password")
	}
	return nil
}

// few tells whether a text is made of fewer than five different characters.
func few(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5
}

// guessable takes out of a password what a guesser tries first and tells
// whether too little remains.
func guessable(password string, own []string) bool {
	plain := fold(password)
	for _, form := range []string{plain, fold(asLetters.Replace(strings.ToLower(password)))} {
		rest := form
		for _, w := range own {
			rest = strings.ReplaceAll(rest, w, " ")
		}
		for _, w := range commonWords {
			rest = strings.ReplaceAll(rest, w, " ")
		}
		rest = strings.TrimFunc(withoutRuns(withoutRows(rest)), func(r rune) bool { return !unicode.IsLetter(r) })
		if utf8.RuneCountInString(strings.ReplaceAll(rest, " ", "")) < leftover {
			return true
		}
	}
	return false
}

// withoutRows takes out stretches of four and more along a keyboard row or of
// counting, forwards and backwards.
func withoutRows(s string) string {
	var out strings.Builder
	for s != "" {
		n := 0
		for _, row := range rows {
			for _, way := range []string{row, backwards(row)} {
				for k := len(s); k >= 4 && k > n; k-- {
					if k <= len(way) && strings.Contains(way, s[:k]) {
						n = k
					}
				}
			}
		}
		if n > 0 {
			out.WriteByte(' ')
			s = s[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		out.WriteString(s[:size])
		s = s[size:]
	}
	return out.String()
}

// withoutRuns makes one of each run of the same character, and one of a text
// that is only itself repeated.
func withoutRuns(s string) string {
	var out []rune
	for _, r := range s {
		if len(out) == 0 || out[len(out)-1] != r {
			out = append(out, r)
		}
	}
	for size := 1; size <= len(out)/2; size++ {
		if unit := string(out[:size]); strings.ReplaceAll(string(out), unit, "") == "" {
			return unit
		}
	}
	return string(out)
}

// longestFirst keeps "admin" from breaking "administrator".
func longestFirst(words []string) []string {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// personal splits names and addresses into the words a guesser would try.
func personal(about []string) []string {
	var words []string
	for _, a := range about {
		for _, w := range strings.FieldsFunc(fold(a), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			if utf8.RuneCountInString(w) >= 3 {
				words = append(words, w)
			}
		}
	}
	return longestFirst(words)
}

// fold lowers the case and takes accents off, so that "Élise" meets "elise".
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

func backwards(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
