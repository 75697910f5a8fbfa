package transcript

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
)

// Struck stands where a secret was.
const Struck = "•••"

// leastSecret is how long a secret must be for its occurrences to be told from
// chance.
const leastSecret = 4

// disguises are the forms in which a secret may travel.
func disguises(secret string) []string {
	if len(secret) < leastSecret {
		return nil
	}
	forms := []string{secret}
	add := func(form string) {
		if len(form) >= leastSecret && form != secret {
			forms = append(forms, form)
		}
	}
	add(url.QueryEscape(secret))
	add(url.PathEscape(secret))
	add(hex.EncodeToString([]byte(secret)))
	add(strings.ToUpper(hex.EncodeToString([]byte(secret))))
	for before := range 3 {
		core := within(secret, before)
		add(core)
		add(strings.NewReplacer("+", "-", "/", "_").Replace(core))
	}
	return forms
}

// within is the part of a base64 text that a secret alone decides, when it
// stands behind so many other bytes (modulo three), as it does behind a user's
// name.
func within(secret string, before int) string {
	whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
	from := []int{0, 2, 3}[before] // characters with bits of what stands before
	if (before+len(secret))%3 != 0 {
		whole = whole[:len(whole)-1] // has bits of what follows
	}
	return whole[min(from, len(whole)):]
}

// shapes are secrets that show by how they are written: the header fields that
// carry them, the words of SMTP's AUTH, and the answer to a challenge.
var shapes = []struct {
	is     *regexp.Regexp
	remain string
}{
	{regexp.MustCompile(`(?im)^((?:proxy-)?authorization:[ \t]*(?:[a-z0-9-]+[ \t]+)?).*$`), "${1}" + Struck},
	{regexp.MustCompile(`(?im)^((?:set-)?cookie:[ \t]*).*$`), "${1}" + Struck},
	{regexp.MustCompile(`(?im)^(auth[ \t]+[a-z0-9-]+)[ \t]+.*$`), "${1} " + Struck},
	{regexp.MustCompile(`(?i)\b(c?nonce|response)="[^"]*"`), `${1}="` + Struck + `"`},
}

func strike(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, Struck)
	}
	for _, s := range shapes {
		text = s.is.ReplaceAllString(text, s.remain)
	}
	return text
}
