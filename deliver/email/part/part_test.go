package part_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muster/deliver/email/part"
)

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestAMailIsTakenApart(t *testing.T) {
	m, err := part.Read([]byte(crlf(`From: a@b.example
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/alternative; boundary=i

--i
Content-Type: TEXT/Plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

V=E4in=F6 =
tulee
--i
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+VsOkaW7Dtjwv
Yj4=
--i--
--o
Content-Type: text/plain
Content-Disposition: attachment; filename=notes.txt

attached
--o
Content-Type: message/rfc822

Content-Type: multipart/mixed; boundary=x

--x
--x--
--o--
`)))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := m.Find("text/plain"); !ok || p.Text() != "Väinö tulee" {
		t.Errorf("plain text %t %q", ok, p.Text())
	}
	if p, ok := m.Find("text/html"); !ok || p.Text() != "<b>Väinö</b>" {
		t.Errorf("HTML %t %q", ok, p.Text())
	}
	if len(m.Parts) != 3 || len(m.Parts[2].Parts) != 0 || len(m.Parts[2].Body) == 0 {
		t.Errorf("a mail in the mail was looked into: %+v", m.Parts)
	}
	if _, ok := (&m.Parts[1]).Find("text/plain"); ok {
		t.Error("an attached file was taken for what the mail says")
	}
}

func TestWhatIsBrokenIsLeftOut(t *testing.T) {
	for name, mail := range map[string]string{
		"breaks off":       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\nContent-Ty",
		"unknown charset":  "Content-Type: text/plain; charset=klingon\n\nfirst\n",
		"no such encoding": "Content-Transfer-Encoding: rot13\n\nfirst\n",
		"no type at all":   "Content-Type: ;;;\n\nfirst\n",
		"broken base64":    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nZmlyc3Q=%%%%\n--b--\n",
	} {
		m, err := part.Read([]byte(crlf(mail)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p, ok := m.Find("text/plain"); !ok || strings.TrimSpace(p.Text()) != "first" {
			t.Errorf("%s: %q", name, p.Text())
		}
	}
	if _, err := part.Read([]byte("no header\r\n\r\ntext")); err == nil {
		t.Error("a mail without a header was read")
	}
}

func TestNobodyMakesItDear(t *testing.T) {
	deep, many := "x", "Content-Type: multipart/mixed; boundary=b\n\n"
	for i := range 20 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n", i, i, deep, i)
	}
	for range 1000 {
		many += "--b\n\nx\n"
	}
	for name, mail := range map[string]string{
		"deep": deep, "many": many, "long header": "Subject: " + strings.Repeat("x", 100<<10) + "\n\nx", "header only": strings.Repeat("A: b\n", 50_000),
	} {
		if _, err := part.Read([]byte(crlf(mail))); !errors.Is(err, part.ErrTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPart(f *testing.F) {
	f.Add([]byte(crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-16\n\n<p>x\n--b--\n")))
	f.Add([]byte("A: b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := part.Read(raw)
		if err != nil {
			return
		}
		if p, ok := m.Find("text/plain", "text/html"); ok {
			p.Text()
		}
		var count func(p part.Part, depth int) int
		count = func(p part.Part, depth int) int {
			if depth > 8 {
				t.Fatal("too deep")
			}
			n := 1
			for _, one := range p.Parts {
				n += count(one, depth+1)
			}
			return n
		}
		if n := count(m, 1); n > 64 {
			t.Errorf("%d parts", n)
		}
	})
}
