package address

import (
	"strings"

	"golang.org/x/net/idna"

	"muster/fault"
)

// Lengths from RFC 5321 §4.5.3.1; 254 is what fits a forward path.
const (
	maxEmail = 254
	maxLocal = 64
)

// Email checks an e-mail address and returns it in lower case, with the
// domain in ASCII. The part before the @ is lowered too: no provider in use
// tells addresses apart by case, and people write theirs in all of them.
//
// Only what can be mailed anywhere is taken: a dot-atom, an @ and a domain
// with at least one dot. "Aino <aino@huolto.example>" and "mailto:" as office
// programs paste them are understood. Faults: email_missing, email_form.
func Email(s string) (string, error) {
	bad := fault.New(fault.Invalid, "email_form")
	if Unreadable(s) {
		return "", bad
	}
	s = strings.ToLower(Line(s))
	if open := strings.LastIndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		s = s[open+1 : len(s)-1]
	}
	s = strings.TrimPrefix(s, "mailto:")
	if s == "" {
		return "", fault.New(fault.Invalid, "email_missing")
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > maxEmail || !dotAtom(local) {
		return "", bad
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !hostName(domain) || len(local)+1+len(domain) > maxEmail {
		return "", bad
	}
	return local + "@" + domain, nil
}

// dotAtom is the unquoted local part of RFC 5322 §3.2.3, in lower case.
func dotAtom(s string) bool {
	if s == "" || len(s) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			if !lowerOrDigit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) {
				return false
			}
		}
	}
	return true
}

func hostName(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, r := range l {
			if !lowerOrDigit(r) && r != '-' {
				return false
			}
		}
	}
	// A last label of digits would be an IP address, not a name.
	return strings.ContainsFunc(labels[len(labels)-1], func(r rune) bool { return r >= 'a' })
}

func lowerOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
