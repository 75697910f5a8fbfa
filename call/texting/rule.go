package texting

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"muster/call/word"
	"muster/deliver"
)

// said is one text message, read.
type said struct {
	verb    word.Verb // empty when nothing was understood
	loose   []string  // what else there is: PIN and minutes, in capitals
	written time.Duration
	timed   bool   // the message names its own time of day, written after midnight
	note    string // for help: the text itself
	words   []string
}

var clock = regexp.MustCompile(`\b([01]?[0-9]|2[0-3])[:.hH]([0-5][0-9])\b`)

// fillers are words that say nothing.
var fillers = map[string]bool{
	"pin": true, "min": true, "mins": true, "minute": true, "minutes": true, "minuuttia": true, "minuutti": true, "klo": true,
	"at": true, "please": true, "kiitos": true, "merci": true, "the": true, "my": true, "svp": true, "m": true, "a": true,
	"thanks": true, "thank": true, "you": true, "thx": true, "hi": true, "hello": true, "hei": true, "moi": true, "bonjour": true,
}

// mostWords bounds a message that is a command; a call for help may be as long
// as it likes.
const mostWords = 8

// read takes a text apart. Case, accents, spaces, punctuation and the order of
// words do not matter. A word of help anywhere makes it a call for help; any
// other verb must be all that the message says beside PIN, minutes and time.
func read(text string) said {
	s := said{note: strings.TrimSpace(text)}
	rest := text
	if m := clock.FindStringSubmatchIndex(text); m != nil {
		hour, _ := strconv.Atoi(text[m[2]:m[3]])
		minute, _ := strconv.Atoi(text[m[4]:m[5]])
		s.written, s.timed = time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute, true
		rest = text[:m[0]] + " " + text[m[1]:]
	}
	tokens := strings.FieldsFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) })
	tokens = apart(tokens)
	s.words = tokens
	at, n, verb := find(tokens, func(v word.Verb) bool { return v == word.Help })
	if n > 0 {
		s.verb, s.loose = verb, candidates(slices.Delete(slices.Clone(tokens), at, at+n))
		return s
	}
	if len(tokens) > mostWords {
		return s
	}
	at, n, verb = find(tokens, func(word.Verb) bool { return true })
	if n == 0 {
		return s
	}
	for _, t := range slices.Delete(slices.Clone(tokens), at, at+n) {
		if fillers[word.Fold(t)] {
			continue
		}
		if !looksLikePIN(t) {
			return s
		}
		s.loose = append(s.loose, strings.ToUpper(t))
	}
	if len(s.loose) <= 2 {
		s.verb = verb
	}
	return s
}

// find looks for the longest run of words that is a verb of the wanted kind.
func find(tokens []string, wanted func(word.Verb) bool) (at, n int, verb word.Verb) {
	for n = min(word.Longest, len(tokens)); n > 0; n-- {
		for at = 0; at+n <= len(tokens); at++ {
			if v, ok := word.Of(strings.Join(tokens[at:at+n], "")); ok && wanted(v) {
				return at, n, v
			}
		}
	}
	return 0, 0, ""
}

// apart parts what was written together: "1234ok", "start60".
func apart(tokens []string) (out []string) {
	for _, t := range tokens {
		word1 := strings.TrimFunc(t, unicode.IsDigit)
		at := strings.Index(t, word1)
		if _, verb := word.Of(word1); word1 == "" || word1 == t || !verb {
			out = append(out, t)
			continue
		}
		for _, part := range []string{t[:at], word1, t[at+len(word1):]} {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// asks is what a text that carries the code of a message wants done about it,
// if it says nothing else; ok is false for every other text.
func (s said) asks() (a deliver.Answer, ok bool) {
	if a.Code, ok = deliver.CodeLike(s.words); !ok || s.verb == word.Help {
		return a, false
	}
	rest := slices.DeleteFunc(slices.Clone(s.words), func(w string) bool {
		return strings.EqualFold(w, a.Code) || fillers[word.Fold(w)]
	})
	verb, known := word.Of(strings.Join(rest, ""))
	switch {
	case len(rest) == 0, known && verb == word.OK:
		a.Act = deliver.Acknowledge
	case known && verb == word.End:
		a.Act = deliver.Resolve
	default:
		return a, false
	}
	return a, true
}

// candidates are the few words that may be a PIN in a longer text: those with
// a digit in them.
func candidates(tokens []string) (out []string) {
	for _, t := range tokens {
		if strings.ContainsFunc(t, unicode.IsDigit) && looksLikePIN(t) && len(out) < 3 {
			out = append(out, strings.ToUpper(t))
		}
	}
	return out
}

// looksLikePIN tells a PIN or a number: see roster/address.PIN.
func looksLikePIN(t string) bool {
	return len(t) <= 12 && !strings.ContainsFunc(t, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// minutes is the length that stands beside a verb: none, or one number of up
// to a day's minutes. ok is false when there is anything else.
func minutes(rest []string) (d time.Duration, ok bool) {
	switch len(rest) {
	case 0:
		return 0, true
	case 1:
		n, err := strconv.Atoi(rest[0])
		return time.Duration(n) * time.Minute, err == nil && n > 0 && n <= 24*60
	}
	return 0, false
}

// takesMinutes are the verbs that a number may follow.
func takesMinutes(v word.Verb) bool {
	return v == word.Start || v == word.HighRisk || v == word.Away
}

// made is when a message was written: when it came at the latest, and by what
// it says itself in the reader's zone if that is earlier. A time of day that
// has not come yet was yesterday's.
func (s said) made(came time.Time, zone *time.Location) time.Time {
	if !s.timed {
		return came
	}
	local := came.In(zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	at := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), int(s.written/time.Hour), int(s.written%time.Hour/time.Minute), 0, 0, zone)
	}
	if t := at(day); !t.After(came) {
		return t.UTC()
	}
	return at(day.AddDate(0, 0, -1)).UTC()
}

// Bounds on guessing: so many wrong PINs from one person's number in so long,
// and nothing but help is heard for as long again.
const (
	mostWrong = 5
	wrongFor  = 15 * time.Minute
	kept      = 7 * 24 * time.Hour // how long a message is known, for carriers that send it again
	usualRisk = 10 * time.Minute   // of a high-risk countdown that names no length
	usualAway = time.Hour          // out of coverage, likewise
)
