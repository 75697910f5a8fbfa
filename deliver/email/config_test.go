package email

import (
	"strings"
	"testing"
)

func TestCertificatesAreCheckedWhereItMatters(t *testing.T) {
	for raw, checked := range map[string]bool{
		"smtp://u:p@mail.example.org":             true,
		"smtps://mail.example.org":                true,
		"smtp://mail.example.org?tls=required":    true,
		"smtp://mail.example.org":                 false, // any TLS is better than none
		"smtps://u:p@127.0.0.1":                   false,
		"smtp://u:p@localhost":                    false,
		"smtp://u:p@[::1]:25":                     false,
		"smtp://u:p@127.0.0.1.nip.io":             true,
		"smtp://u:p@localhost.evil.example":       true,
		"smtps://u:p@mail.example.org?from=a@b.c": true,
	} {
		c, err := parse(raw, "muster.example.org")
		if err != nil {
			t.Fatal(err)
		}
		if got := !c.tls().InsecureSkipVerify; got != checked {
			t.Errorf("%s: checked %t, want %t", raw, got, checked)
		}
		if c.user != "" && !c.local() && !c.implicitTLS && !c.requireTLS {
			t.Errorf("%s: the password may travel without TLS", raw)
		}
	}
}

func TestSettingIsCheckedByKeyAndRule(t *testing.T) {
	for raw, rule := range map[string]string{
		"":                                     "must begin with smtp://",
		"http://mail.example.org":              "must begin with smtp://",
		"smtp://":                              "must name a host",
		"smtp://mail.example.org:0":            "port",
		"smtp://mail.example.org:99999":        "port",
		"smtp://mail.example.org:x":            "must look like",
		"smtp://u@mail.example.org":            "both user and password",
		"smtp://u:s3cret@mail.example.org/x":   "nothing between",
		"smtp://mail.example.org?from=x":       "from",
		"smtp://mail.example.org?tls=no":       "tls",
		"smtp://mail.example.org?connections=": "connections",
		"smtp://u:s3cret@mail.example.org?a=b": "unknown option",
		"smtp://u:s3cret@[::1":                 "must look like",
	} {
		_, err := New(raw, "muster.example.org")
		if err == nil || !strings.HasPrefix(err.Error(), "MUSTER_SMTP ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	c, err := parse("smtps://u:p@mail.example.org?from=Alarm+%3Ca@b.example%3E&connections=3", "127.0.0.1")
	if err != nil || c.port != "465" || !c.implicitTLS || !c.requireTLS || c.from.String() != `"Alarm" <a@b.example>` ||
		c.connections != 3 || c.domain != "localhost" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := parse("smtp://[::1]:2525", "muster.example.org"); err != nil || c.address() != "[::1]:2525" || c.from.Address != "muster@muster.example.org" || c.requireTLS {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzMailbox(f *testing.F) {
	for _, s := range []string{"a@b.test", "ä@bücher.test", `"a b"@c.test`, "a@[127.0.0.1]", "a@b\r\nRCPT TO:<x@y>", "<a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, utf8, err := mailbox(s)
		if err != nil {
			if !final(err) {
				t.Errorf("%q: %v is not final", s, err)
			}
			return
		}
		if strings.ContainsAny(a, "\r\n<> \x00") || !strings.Contains(a, "@") {
			t.Errorf("%q became %q", s, a)
		}
		if !utf8 && strings.ContainsFunc(a, func(r rune) bool { return r > 127 }) {
			t.Errorf("%q became %q, which needs SMTPUTF8", s, a)
		}
	})
}
