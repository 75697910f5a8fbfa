// Package reply reads what people write back to a mail: their own words,
// without the mail that they quote, and whether these say that they take
// charge.
//
// Who is taken for one who goes while they do not harms; who is asked once more
// loses a minute. So only a short first line that says it and nothing else
// counts.
package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"muster/deliver/email/part"
	"muster/lang"
)

// maxWords bounds what is kept of a reply, in bytes.
const maxWords = 1000

// Words is what the writer of a mail wrote: up to the first line that quotes,
// or that begins a signature.
func Words(m *part.Part) string { return Own(m, maxWords) }

// Own is Words of at most so many bytes, for mail that is not an answer only.
func Own(m *part.Part, most int) string {
	text := ""
	if p, ok := m.Find("text/plain"); ok {
		text = p.Text()
	} else if p, ok := m.Find("text/html"); ok {
		text = plain(p.Text())
	}
	var own []string
	size := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRightFunc(strings.ReplaceAll(line, "\u00a0", " "), unicode.IsSpace)
		if quotes(line) || size > most {
			break
		}
		own = append(own, line)
		size += len(line)
	}
	words := strings.TrimSpace(strings.Join(own, "\n"))
	if len(words) > most {
		words = words[:most]
	}
	return strings.ToValidUTF8(clean(words), "")
}

// introduces matches the line with which programs introduce a quotation: a
// year and a time of day behind one of the words with which such lines begin or
// before a colon at the end, an address before such a colon, or rulers and
// header fields as Outlook has them.
var introduces = regexp.MustCompile(`(?i)^((on|le|ma|ti|ke|to|pe|la|su|am|il|w dniu)\b.*\b20\d\d\b.*\b\d?\d[.:h]\d\d\b.*|.*\b20\d\d\b.*\b\d?\d[.:h]\d\d\b.*:|.*<[^<>\s]+@[^<>\s]+>.*:|-{2,} ?\S.*\S ?-{2,}|_{8,}|(from|de|lähettäjä|von|da|od|от) ?: .*)$`)

func quotes(line string) bool {
	return strings.HasPrefix(line, ">") || line == "--" || line == "-- " || introduces.MatchString(line)
}

// plain takes the text out of HTML. What a program marks as the mail that is
// answered is left out with all that follows.
func plain(page string) string {
	var b strings.Builder
	hidden := 0
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(strings.Join(strings.Fields(string(tokens.Text())), " "))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, attributes := tokens.TagName()
			switch string(name) {
			case "style", "script", "head", "title":
				if kind == html.StartTagToken {
					hidden++
				} else if kind == html.EndTagToken {
					hidden = max(0, hidden-1)
				}
			case "blockquote":
				return b.String()
			case "br", "p", "div", "tr", "li", "hr":
				b.WriteByte('\n')
			}
			for attributes && kind == html.StartTagToken {
				var key, value []byte
				key, value, attributes = tokens.TagAttr()
				if k, v := string(key), string(value); k == "id" && (v == "divRplyFwdMsg" || v == "appendonsend") || k == "class" && strings.Contains(v, "gmail_quote") {
					return b.String()
				}
			}
		}
	}
}

// clean drops what could make a text read differently from what it is.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufffd') {
			return -1
		}
		return r
	}, s)
}

// TakesCharge tells whether somebody's words say clearly, in their language or
// in English, that they take charge: the first line is one of the catalogue's
// phrases, perhaps with a further one behind, and nothing else.
func TakesCharge(tag lang.Tag, words string) bool { return says(tag, "mail_in.phrases", words) }

// Consents tells in the same way whether they consent.
func Consents(tag lang.Tag, words string) bool { return says(tag, "grant.consent.phrases", words) }

// Confirms tells in the same way whether they confirm, in any of our languages,
// what somebody asked for in their name.
func Confirms(words string) bool {
	return slices.ContainsFunc(lang.Supported(), func(tag lang.Tag) bool { return says(tag, "request.confirm.phrases", words) })
}

func says(tag lang.Tag, phrases, words string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	known := map[string]bool{}
	for _, t := range []lang.Tag{lang.English, tag} {
		for phrase := range strings.SplitSeq(t.Text(phrases, nil), ";") {
			known[normal(phrase)] = true
		}
	}
	if known[normal(first)] {
		return true // a comma may stand within a phrase: "Yes, I consent"
	}
	said := false
	for clause := range strings.FieldsFuncSeq(first, func(r rune) bool { return strings.ContainsRune(".,!;:–—", r) }) {
		if clause = normal(clause); clause == "" {
			continue
		}
		if !known[clause] {
			return false
		}
		said = true
	}
	return said
}

// normal is how phrases are compared: small letters, single spaces, one kind
// of apostrophe, no signs around.
func normal(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "’", "'"))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\'' && r != '?'
	}), " ")
}
