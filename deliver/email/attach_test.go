package email

import (
	"bytes"
	"strings"
	"testing"

	"muster/deliver/email/part"
)

// FL12: what goes with an answer is in its mail, whole and by its name, and the
// text stays what a mail program shows first.
func TestFL12AMailTakesItsPicturesAlong(t *testing.T) {
	c, err := parse("smtp://127.0.0.1", "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	out := outgoing("a@good.test")
	raw := bytes.Repeat([]byte{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', '.', '\r', '\n'}, 5000)
	files := map[string][]byte{"R-2026-000001-1.png": raw, "R-2026-000001-2.jpg": {0xff, 0xd8}}
	out.Files = &files
	text, err := letter(&c, out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := part.Read(text)
	if err != nil || m.Type != "multipart/mixed" || len(m.Parts) != 3 {
		t.Fatalf("%s with %d parts: %v", m.Type, len(m.Parts), err)
	}
	if first := m.Parts[0].Type; first != "multipart/alternative" && first != "text/plain" {
		t.Errorf("it begins with %s", first)
	}
	for i, kind := range []string{"image/png", "image/jpeg"} {
		p := m.Parts[i+1]
		said := p.Header.Get("Content-Disposition")
		name := []string{"R-2026-000001-1.png", "R-2026-000001-2.jpg"}[i]
		if p.Type != kind || !strings.HasPrefix(said, "attachment") || !strings.Contains(said, name) || !bytes.Equal(p.Body, files[name]) {
			t.Errorf("%s, %s, %d bytes", p.Type, said, len(p.Body))
		}
	}
}
