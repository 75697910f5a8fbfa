// Package dkim signs our mail (RFC 6376) with two keys: RSA, which every
// receiver can check, and Ed25519 (RFC 8463), which some can and which no
// computer will factor soon. Either signature is enough.
package dkim

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
)

// Key is the setting that Open reads.
const Key = "MUSTER_DKIM"

// Keys sign for one domain.
type Keys struct {
	domain   string
	selector string
	pairs    [2]pair
	text     []byte // as the file has them
}

type pair struct {
	kind    string // as k= has it, and as the selector ends
	private crypto.Signer
}

// rsaBits is what RFC 8301 §3.2 asks for; a record with more no longer fits
// into what some receivers read.
const rsaBits = 2048

// maxFile bounds a key file.
const maxFile = 64 << 10

// Open reads the keys that the value of MUSTER_DKIM names:
// file:/PATH?domain=DOMAIN&selector=NAME. Errors are one line that names the
// key and the rule.
func Open(setting string) (*Keys, error) {
	bad := func(rule string, args ...any) (*Keys, error) {
		return nil, fmt.Errorf("%s %s", Key, fmt.Sprintf(rule, args...))
	}
	u, err := url.Parse(setting)
	if err != nil || u.Scheme != "file" || u.Host != "" || u.Path == "" {
		return bad("must look like file:/PATH?domain=DOMAIN&selector=NAME")
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(options) != 2 || options.Get("domain") == "" || options.Get("selector") == "" {
		return bad("must have the options domain and selector, and no others")
	}
	k := &Keys{}
	if k.domain, k.selector, err = names(options.Get("domain"), options.Get("selector")); err != nil {
		return bad("%v", err)
	}
	info, err := os.Stat(u.Path)
	if err != nil {
		return bad("names a file that cannot be read: %v", errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return bad("names something that is no key file")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return bad("names a file that others may use (mode %04o); it must have mode 0600", info.Mode().Perm())
	}
	text, err := os.ReadFile(u.Path)
	if err != nil {
		return bad("names a file that cannot be read: %v", errors.Unwrap(err))
	}
	if err := k.parse(text); err != nil {
		return bad("names a file that %v", err)
	}
	return k, nil
}

// Export gives what Restore makes the same keys of. The text is secret.
func (k *Keys) Export() (domain, selector string, text []byte) { return k.domain, k.selector, k.text }

// Restore opens keys that Export gave, where their file is not.
func Restore(domain, selector string, text []byte) (*Keys, error) {
	k := &Keys{domain: domain, selector: selector}
	return k, k.parse(text)
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$`)

func names(domain, selector string) (string, string, error) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(domain), "."))
	if err != nil || !strings.Contains(ascii, ".") {
		return "", "", errors.New("option domain must be a domain name")
	}
	if !label.MatchString(selector) {
		return "", "", errors.New("option selector must be small letters, digits and hyphens")
	}
	return ascii, selector, nil
}

// parse takes one RSA and one Ed25519 key, in PEM as PKCS #8.
func (k *Keys) parse(text []byte) error {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return errors.New("has a key that cannot be read; it must be PKCS #8")
		}
		switch private := private.(type) {
		case *rsa.PrivateKey:
			if private.N.BitLen() < rsaBits {
				return fmt.Errorf("has an RSA key of fewer than %d bits", rsaBits)
			}
			k.pairs[0] = pair{"rsa", private}
		case ed25519.PrivateKey:
			k.pairs[1] = pair{"ed25519", private}
		default:
			return errors.New("has a key that is neither RSA nor Ed25519")
		}
	}
	if k.pairs[0].private == nil || k.pairs[1].private == nil {
		return errors.New("must hold an RSA key and an Ed25519 key; muster dkim makes them")
	}
	k.text = text
	return nil
}

// Make writes new keys into a file that must not be there yet, and opens it.
func Make(path, domain, selector string) (*Keys, error) {
	if _, _, err := names(domain, selector); err != nil {
		return nil, err
	}
	slow, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	_, fast, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, private := range []any{slow, fast} {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, err
		}
		if err := pem.Encode(&text, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already, and keys are never written over", path)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return Open(Setting(path, domain, selector))
}

// Setting is the value of MUSTER_DKIM for a file.
func Setting(path, domain, selector string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"domain": {domain}, "selector": {selector}}.Encode()}
	return u.String()
}

// Record is one TXT record for the DNS.
type Record struct {
	Name  string
	Value []string // pieces of at most 255 octets, which receivers put together
}

// String is the record as zone files have it.
func (r Record) String() string {
	return fmt.Sprintf("%s. IN TXT \"%s\"", r.Name, strings.Join(r.Value, `" "`))
}

// Records are what must be in the DNS before anything is signed.
func (k *Keys) Records() []Record {
	var all []Record
	for _, p := range k.pairs {
		var public []byte
		switch key := p.private.Public().(type) {
		case ed25519.PublicKey: // bare, without the wrapping of X.509 (RFC 8463 §4.2)
			public = key
		case *rsa.PublicKey:
			public, _ = x509.MarshalPKIXPublicKey(key) // never fails for RSA
		}
		value := "v=DKIM1; k=" + p.kind + "; p=" + base64.StdEncoding.EncodeToString(public)
		r := Record{Name: k.selectorOf(p) + "._domainkey." + k.domain}
		for ; len(value) > 255; value = value[255:] {
			r.Value = append(r.Value, value[:255])
		}
		r.Value = append(r.Value, value)
		all = append(all, r)
	}
	return all
}

func (k *Keys) selectorOf(p pair) string { return k.selector + "-" + p.kind }

// Covers tells whether a signature of these keys speaks for mail from an
// address, as DMARC asks in its strictest form or with a domain below.
func (k *Keys) Covers(address string) bool {
	domain, err := idna.Lookup.ToASCII(strings.ToLower(address[strings.LastIndexByte(address, '@')+1:]))
	return err == nil && (domain == k.domain || strings.HasSuffix(domain, "."+k.domain))
}

// signed are the fields that nobody may change, and, named once more than they
// are there, none of which anybody may add (RFC 6376 §8.15).
var signed = []string{
	"From", "From", "To", "To", "Cc", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID", "Reply-To", "Reply-To",
	"In-Reply-To", "In-Reply-To", "References", "References", "MIME-Version", "MIME-Version", "Content-Type", "Content-Type",
	"Content-Transfer-Encoding", "Content-Transfer-Encoding", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
	"Content-Language", "X-Muster-Message", "Feedback-ID",
}

// Sign puts both signatures in front of a mail.
func (k *Keys) Sign(text []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(text) + 2<<10)
	for _, p := range k.pairs {
		s, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: k.domain, Selector: k.selectorOf(p), Signer: p.private, Hash: crypto.SHA256, HeaderKeys: signed,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
		if err != nil {
			return nil, fmt.Errorf("dkim: %w", err)
		}
		_, err = s.Write(text)
		if err = errors.Join(err, s.Close()); err != nil {
			return nil, fmt.Errorf("dkim: %w", err)
		}
		out.WriteString(s.Signature())
	}
	out.Write(text)
	return out.Bytes(), nil
}
