package origin_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	crand "crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"muster/deliver/email/dkim"
	"muster/deliver/email/origin"
	"muster/deliver/email/part"
)

// names is the DNS of one test: "TYPE name" to answers. SERVFAIL stands for a
// server that does not answer.
type names map[string][]string

func (n names) find(kind, name string) ([]string, error) {
	found, ok := n[kind+" "+strings.ToLower(strings.TrimSuffix(name, "."))]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	if found[0] == "SERVFAIL" {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return found, nil
}

func (n names) LookupTXT(_ context.Context, name string) ([]string, error) {
	return n.find("TXT", name)
}

func (n names) LookupMX(_ context.Context, name string) (all []*net.MX, err error) {
	found, err := n.find("MX", name)
	for _, host := range found {
		all = append(all, &net.MX{Host: host, Pref: 10})
	}
	return all, err
}

func (n names) LookupIPAddr(_ context.Context, host string) (all []net.IPAddr, err error) {
	found, err := n.find("A", host)
	for _, ip := range found {
		all = append(all, net.IPAddr{IP: net.ParseIP(ip)})
	}
	return all, err
}

func (n names) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return n.find("PTR", addr)
}

// signer makes keys for a domain and puts them into its DNS.
func signer(t *testing.T, domain string, dns names) *dkim.Keys {
	t.Helper()
	k, err := dkim.Make(filepath.Join(t.TempDir(), "keys.pem"), domain, "m1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range k.Records() {
		dns["TXT "+r.Name] = []string{strings.Join(r.Value, "")}
	}
	return k
}

func sign(t *testing.T, k *dkim.Keys, mail string) string {
	t.Helper()
	out, err := k.Sign([]byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func letter(from string) string {
	return strings.ReplaceAll("From: "+from+"\nTo: muster+x@in.example\nSubject: Re: HELP\nDate: Sun, 22 Nov 2026 14:05:00 +0200\nMessage-ID: <1@b.example>\n\nOK\n", "\n", "\r\n")
}

var (
	good = netip.MustParseAddr("192.0.2.1")
	evil = netip.MustParseAddr("203.0.113.9")
)

func check(t *testing.T, dns names, v origin.Visit, mail string) origin.Verdict {
	t.Helper()
	m, err := part.Read([]byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	return origin.Check(t.Context(), dns, v, []byte(mail), &m)
}

func TestOnlyTheDomainItselfStandsForItsMail(t *testing.T) {
	dns := names{
		"TXT b.example": {"v=spf1 ip4:192.0.2.1 -all"}, "TXT _dmarc.b.example": {"v=DMARC1; p=reject"},
		"TXT mail.b.example": {"v=spf1 ip4:192.0.2.1 -all"},
		"TXT evil.example":   {"v=spf1 +all"},
		"TXT strict.example": {"v=spf1 -all"}, "TXT _dmarc.strict.example": {"v=DMARC1; p=reject; adkim=s; aspf=s"},
		"TXT mail.strict.example": {"v=spf1 ip4:192.0.2.1 -all"},
		"TXT shut.example":        {"SERVFAIL"},
	}
	own, other := signer(t, "b.example", dns), signer(t, "evil.example", dns)
	below := signer(t, "mail.strict.example", dns)
	for name, c := range map[string]struct {
		visit   origin.Visit
		mail    string
		aligned bool
		later   bool
	}{
		"sent by its own system":                 {origin.Visit{good, "b.example", "a@b.example"}, letter("Aino <a@b.example>"), true, false},
		"sent by a stranger":                     {origin.Visit{evil, "b.example", "a@b.example"}, letter("a@b.example"), false, false},
		"signed":                                 {origin.Visit{evil, "x", "list@evil.example"}, sign(t, own, letter("a@b.example")), true, false},
		"signed, system not known":               {origin.Visit{}, sign(t, own, letter("a@b.example")), true, false},
		"signed by another":                      {origin.Visit{evil, "x", "x@evil.example"}, sign(t, other, letter("a@b.example")), false, false},
		"signed by both":                         {origin.Visit{}, sign(t, other, sign(t, own, letter("a@b.example"))), true, false},
		"changed after signing":                  {origin.Visit{}, strings.Replace(sign(t, own, letter("a@b.example")), "\r\n\r\nOK", "\r\n\r\nNO", 1), false, false},
		"From added after signing":               {origin.Visit{}, "From: z@evil.example\r\n" + sign(t, own, letter("a@b.example")), false, false},
		"envelope sender of another":             {origin.Visit{good, "evil.example", "x@evil.example"}, letter("a@b.example"), false, false},
		"envelope sender below":                  {origin.Visit{good, "x", "bounce@mail.b.example"}, letter("a@b.example"), true, false},
		"null sender, own name":                  {origin.Visit{good, "mail.b.example", ""}, letter("a@b.example"), true, false},
		"strict, sender below":                   {origin.Visit{good, "x", "bounce@mail.strict.example"}, letter("a@strict.example"), false, false},
		"strict, signed below":                   {origin.Visit{}, sign(t, below, letter("a@strict.example")), false, false},
		"strict, signed and from below":          {origin.Visit{}, sign(t, below, letter("a@mail.strict.example")), true, false},
		"two authors":                            {origin.Visit{good, "b.example", "a@b.example"}, letter("a@b.example, z@b.example"), false, false},
		"no author":                              {origin.Visit{good, "b.example", "a@b.example"}, letter("undisclosed:;"), false, false},
		"another's header is believed by nobody": {origin.Visit{evil, "x", "a@b.example"}, "Authentication-Results: mx.test; dkim=pass header.d=b.example; dmarc=pass\r\n" + letter("a@b.example"), false, false},
		"the DNS does not answer":                {origin.Visit{good, "x", "a@shut.example"}, letter("a@shut.example"), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(t, dns, c.visit, c.mail)
			if got.Aligned != c.aligned || got.Later != c.later {
				t.Errorf("%+v", got)
			}
		})
	}
}

// usually signs a mail as many systems do: each field as often as it is there.
func usually(t *testing.T, domain string, dns names, mail string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dns["TXT u1._domainkey."+domain] = []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}
	var out bytes.Buffer
	err = msgauth.Sign(&out, strings.NewReader(mail), &msgauth.SignOptions{
		Domain: domain, Selector: "u1", Signer: private, HeaderKeys: []string{"From", "To", "Subject", "Date"},
		HeaderCanonicalization: msgauth.CanonicalizationRelaxed, BodyCanonicalization: msgauth.CanonicalizationRelaxed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A colleague's own mail is signed by the same domain. Nothing that can be done
// to it makes it the mail of somebody else there.
func TestAColleaguesSignatureStandsForTheColleagueOnly(t *testing.T) {
	dns := names{}
	mail := usually(t, "b.example", dns, letter("carol@b.example"))
	if got := check(t, dns, origin.Visit{}, mail); !got.Aligned || got.From != "carol@b.example" {
		t.Fatalf("her own: %+v", got)
	}
	renamed := func(field string) string {
		return "From: a@b.example\r\n" + strings.Replace(mail, "\r\nFrom:", "\r\n"+field, 1)
	}
	for name, mail := range map[string]string{
		"a From in front":              "From: a@b.example\r\n" + mail,
		"a From behind":                strings.Replace(mail, "\r\n\r\nOK", "\r\nFrom: a@b.example\r\n\r\nOK", 1),
		"hers with a space":            renamed("From :"),
		"hers with a tab":              renamed("From\t:"),
		"hers folded":                  renamed("From\r\n :"),
		"hers behind a page break":     renamed("\fFrom:"),
		"hers behind a hard space":     renamed("\u00a0From:"),
		"hers behind an end of header": "From: a@b.example\r\nSubject: Re: HELP\r\n\r\r\nOK\r\n" + mail,
		"hers behind bare line ends":   "From: a@b.example\n\nOK\n" + mail,
		"hers behind nothing":          "From: a@b.example\r\n\r\nOK\r\n\r\n" + mail,
	} {
		if _, err := part.Read([]byte(mail)); err != nil {
			continue // the door takes no such mail
		}
		if got := check(t, dns, origin.Visit{}, mail); got.Aligned && got.From != "carol@b.example" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// verdict is what mailauth says of a mail.
type verdict struct {
	SPF     string
	DKIM    []string
	DMARC   string
	Aligned bool
}

// oracle runs mailauth.
func oracle(t *testing.T) func(names, origin.Visit, string) verdict {
	t.Helper()
	dir, err := filepath.Abs("../../../mustertest/peer")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "mailauth")); err != nil {
		t.Fatal("mailauth is not installed; `make peers` does that")
	}
	cmd := exec.CommandContext(t.Context(), "node", "mailauth.cjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := bufio.NewReader(out)
	return func(dns names, v origin.Visit, mail string) (said verdict) {
		t.Helper()
		ip := ""
		if v.IP.IsValid() {
			ip = v.IP.String()
		}
		if err := json.NewEncoder(in).Encode(map[string]any{"raw": []byte(mail), "ip": ip, "helo": v.Helo, "sender": v.Sender, "dns": dns}); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatal(err)
		}
		return said
	}
}

// Hundreds of mails made by chance: who sends, who signs, what the domains
// publish. Ours and others' verdict must be the same.
func TestOthersComeToTheSameVerdict(t *testing.T) {
	ask := oracle(t)
	dns := names{}
	domains := []string{"b.example", "mail.b.example", "evil.example", "b.co.uk", "x.b.co.uk", "c.co.uk"}
	keys := map[string]*dkim.Keys{}
	for _, d := range domains {
		keys[d] = signer(t, d, dns)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[rnd.IntN(len(from))] }
	const n = 400
	aligned := 0
	for i := range n {
		view := names{}
		for k, v := range dns {
			view[k] = v
		}
		for _, d := range domains {
			if r := pick("v=spf1 ip4:192.0.2.1 -all", "v=spf1 a:relay.example ~all", "v=spf1 mx ?all", "v=spf1 include:b.example -all", "v=spf1 +all", ""); r != "" {
				view["TXT "+d] = []string{r}
			}
			if r := pick("v=DMARC1; p=none", "v=DMARC1; p=reject; adkim=s", "v=DMARC1; p=quarantine; aspf=s; sp=none", "v=DMARC1; p=reject; adkim=s; aspf=s"); i%2 == 0 || !strings.HasPrefix(d, "mail.") {
				view["TXT _dmarc."+d] = []string{r}
			}
			view["MX "+d] = []string{"relay.example"}
		}
		view["A relay.example"] = []string{"192.0.2.7"}
		from := pick(domains...)
		mail := letter("a@" + from)
		for range rnd.IntN(3) {
			mail = sign(t, keys[pick(from, pick(domains...))], mail)
		}
		switch rnd.IntN(5) {
		case 0:
			mail = strings.Replace(mail, "\r\nOK", "\r\nNO", 1)
		case 1:
			mail = strings.Replace(mail, "Subject: Re:", "Subject:  re:", 1)
		}
		v := origin.Visit{
			IP: netip.MustParseAddr(pick("192.0.2.1", "192.0.2.7", "203.0.113.9")), Helo: "relay.example",
			Sender: pick("a@"+from, "a@"+pick(domains...)),
		}
		ours, theirs := check(t, view, v, mail), ask(view, v, mail)
		var signed []string
		for _, one := range theirs.DKIM {
			signed = append(signed, strings.Fields(one)[0])
		}
		mine := strings.Fields(ours.DKIM)
		slices.Sort(mine)
		if ours.SPF != theirs.SPF || !slices.Equal(mine, signed) || ours.Aligned != (theirs.DMARC == "pass") && view["TXT _dmarc."+from] != nil {
			t.Errorf("mail %d, %+v: ours %+v, theirs %+v; %q", i, v, ours, theirs, view["TXT _dmarc."+from])
		}
		if ours.Aligned {
			aligned++
		}
	}
	if aligned < n/5 || aligned > n*4/5 {
		t.Errorf("%d of %d aligned: this tests little", aligned, n)
	}
}

// What we sign, others find good, with both keys, and changes are found out.
func TestOthersVerifyWhatWeSign(t *testing.T) {
	ask := oracle(t)
	dns := names{"TXT _dmarc.b.example": {"v=DMARC1; p=reject; adkim=s"}}
	k := signer(t, "b.example", dns)
	for name, mail := range map[string]string{
		"plain":  letter("a@b.example"),
		"folded": strings.ReplaceAll("From: =?utf-8?q?H=C3=A4lytys?= <a@b.example>\nSubject: a\n b\n\tc\nTo: x@y.example\nDate: Sun, 22 Nov 2026 14:05:00 +0200\n\n line \t with  spaces \n\n\n.\n..dots\n\n\n\n", "\n", "\r\n"),
		"empty":  "From: a@b.example\r\n\r\n",
	} {
		signed := sign(t, k, mail)
		if got := ask(dns, origin.Visit{}, signed); fmt.Sprint(got.DKIM) != "[b.example ed25519-sha256 b.example rsa-sha256]" || got.DMARC != "pass" {
			t.Errorf("%s: %+v", name, got)
		}
		for _, change := range [][2]string{{"a@b.example", "z@b.example"}, {"\r\n\r\n", "\r\nReply-To: z@evil.example\r\n\r\n"}, {"\r\n\r\n", "\r\n\r\nmore "}} {
			changed := strings.Replace(signed, change[0], change[1], 1)
			if !strings.Contains(changed, change[1]) || bytes.Equal([]byte(changed), []byte(signed)) {
				t.Fatal("nothing was changed")
			}
			if got := ask(dns, origin.Visit{}, changed); len(got.DKIM) != 0 {
				t.Errorf("%s, changed to %q: %+v", name, change[1], got)
			}
		}
	}
}
