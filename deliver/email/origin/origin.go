// Package origin finds out where a mail truly comes from: whether the domain in
// its From has signed it (DKIM, RFC 6376) or lets the system send that brought
// it (SPF, RFC 7208), in the way that DMARC asks for (RFC 7489). What a header
// of the mail says about that is not believed: anybody can write one.
package origin

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/mail"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"muster/deliver/email/part"
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver = spf.DNSResolver

// Visit is how a mail came.
type Visit struct {
	IP     netip.Addr // of the system that brought it; the zero value if that is not known
	Helo   string     // how it named itself
	Sender string     // envelope sender, empty for the null one
}

// Verdict is where a mail comes from.
type Verdict struct {
	From    string // the address in its From, empty if there is not exactly one
	Aligned bool   // the domain of From stands for the mail
	Later   bool   // the DNS did not answer: nothing is known yet
	SPF     string // result by RFC 7208 for the envelope sender, empty if not asked
	DKIM    string // domains whose signatures are good, with spaces between
	Policy  string // what the domain asks of receivers: none, quarantine, reject; empty if it says nothing
}

// Signatures beyond this number are not looked at; each costs a look-up.
const maxSignatures = 5

// Check judges a mail of which the raw text and the parts are given.
func Check(ctx context.Context, dns Resolver, v Visit, raw []byte, m *part.Part) Verdict {
	var out Verdict
	var domain string
	if !plain(raw) {
		return out
	}
	if out.From, domain = author(m); domain == "" {
		return out
	}
	rule, later := policy(ctx, dns, domain)
	out.Later = later
	out.Policy = string(rule.Policy)

	signed, later := signatures(ctx, dns, raw)
	out.DKIM, out.Later = strings.Join(signed, " "), out.Later || later
	for _, by := range signed {
		out.Aligned = out.Aligned || aligned(domain, by, rule.DKIMAlignment)
	}
	if v.IP.IsValid() {
		// Without a sender the system's own name counts (RFC 7208 §2.4).
		sender := v.Sender
		if sender == "" {
			sender = "postmaster@" + v.Helo
		}
		_, by, _ := strings.Cut(sender, "@")
		result, _ := spf.CheckHostWithSender(net.IP(v.IP.Unmap().AsSlice()), v.Helo, sender, spf.WithContext(ctx), spf.WithResolver(dns))
		out.SPF = string(result)
		out.Later = out.Later || result == spf.TempError
		out.Aligned = out.Aligned || result == spf.Pass && aligned(domain, by, rule.SPFAlignment)
	}
	out.Later = out.Later && !out.Aligned
	return out
}

// plain tells whether every reader finds the same fields in the header of a
// mail. A name with a space behind it, or a line that ends in a way of its own,
// is a field or an end to some and not to others: a From that is signed could
// stand beside one that is read.
func plain(raw []byte) bool {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for i, line := range bytes.Split(header, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n") {
			return false
		}
		if i > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			continue // of the field before
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return false
		}
	}
	return true
}

// author is the one address that the mail says it is from, and its domain as
// the DNS knows it. A mail with none or several is by nobody (RFC 7489 §6.6.1).
func author(m *part.Part) (address, domain string) {
	all := m.Header.Values("From")
	if len(all) != 1 {
		return "", ""
	}
	list, err := mail.ParseAddressList(all[0])
	if err != nil || len(list) != 1 {
		return "", ""
	}
	address = list[0].Address
	domain, err = idna.Lookup.ToASCII(address[strings.LastIndexByte(address, '@')+1:])
	if err != nil {
		return "", ""
	}
	return address, strings.ToLower(domain)
}

// signatures are the domains whose signature on the mail is good.
func signatures(ctx context.Context, dns Resolver, raw []byte) (domains []string, later bool) {
	all, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return dns.LookupTXT(ctx, name) },
		MaxVerifications: maxSignatures,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return nil, false
	}
	for _, one := range all {
		if one.Err == nil {
			domains = append(domains, strings.ToLower(one.Domain))
		}
		later = later || dkim.IsTempFail(one.Err)
	}
	return domains, later
}

// policy is what a domain asks for, or else the organisation that it belongs
// to; one that says nothing is taken to mean the usual alignment.
func policy(ctx context.Context, dns Resolver, domain string) (rule dmarc.Record, later bool) {
	ask := &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) { return dns.LookupTXT(ctx, name) }}
	usual := dmarc.Record{DKIMAlignment: dmarc.AlignmentRelaxed, SPFAlignment: dmarc.AlignmentRelaxed}
	for _, at := range []string{domain, organisation(domain)} {
		found, err := dmarc.LookupWithOptions(at, ask)
		if err == nil {
			return *found, false
		}
		if dmarc.IsTempFail(err) {
			return usual, true
		}
	}
	return usual, false
}

// aligned tells whether what stands for a mail belongs to the domain in its
// From (RFC 7489 §3.1).
func aligned(from, by string, mode dmarc.AlignmentMode) bool {
	by, err := idna.Lookup.ToASCII(strings.TrimSuffix(by, "."))
	if err != nil || by == "" {
		return false
	}
	if strings.EqualFold(from, by) {
		return true
	}
	return mode != dmarc.AlignmentStrict && organisation(from) == organisation(strings.ToLower(by))
}

// organisation is the domain under which an organisation registers its own:
// one label below what the public suffix list has.
func organisation(domain string) string {
	if own, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return own
	}
	return domain
}
