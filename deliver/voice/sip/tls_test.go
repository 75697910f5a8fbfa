package sip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/deliver"
	"muster/mustertest"
)

// Over TLS the trunk's certificate must be of its name, and of an authority
// that the machine trusts; here one that SSL_CERT_FILE adds.
func TestTheTrunksCertificateIsChecked(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	known, stranger := mustertest.NewAuthority(t), mustertest.NewAuthority(t)
	t.Setenv("SSL_CERT_FILE", known.File) // read once, at the first check in this process
	for name, c := range map[string]struct {
		by    *mustertest.Authority
		of    string
		wrong string // what Send says; empty: it rings
	}{
		"its own":         {known, them, ""},
		"another's":       {known, "192.0.2.99", "certificate is valid for 192.0.2.99, not " + them},
		"of nobody known": {stranger, them, "certificate signed by unknown authority"},
	} {
		port := free()
		t.Run(name, func(t *testing.T) {
			cert, key := c.by.Certificate(t, c.of)
			file := filepath.Join(t.TempDir(), "trunk.pem")
			if err := os.WriteFile(file, []byte(cert+key), 0o600); err != nil {
				t.Fatal(err)
			}
			p := ringUp(t, port, nil, "sip_certificate "+file)
			listening(t, "tcp", port+1) // where baresip speaks TLS
			l := dial(t, port+1, "transport=tls")
			_, err := l.place()
			switch {
			case c.wrong != "":
				if err == nil || final(err) || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("final %t: %v", err != nil && final(err), err)
				}
			case err != nil:
				t.Error(err)
			default:
				p.press("1")
				l.until("the report", func() bool { return len(l.reports) == 1 })
				l.ends(deliver.Delivered, "")
				p.do("hangup", "")
			}
		})
	}
}
