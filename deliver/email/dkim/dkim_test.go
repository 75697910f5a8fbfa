package dkim_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	own "muster/deliver/email/dkim"
)

func TestKeysAreMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dkim.pem")
	made, err := own.Make(path, "Example.org", "m2026")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.Make(path, "example.org", "m2026"); err == nil || !strings.Contains(err.Error(), "never written over") {
		t.Errorf("made again: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	read, err := own.Open(own.Setting(path, "example.org", "m2026"))
	if err != nil {
		t.Fatal(err)
	}
	records := map[string][]string{}
	for i, r := range read.Records() {
		if r.String() != made.Records()[i].String() {
			t.Error("other records after reading")
		}
		for _, piece := range r.Value {
			if len(piece) > 255 {
				t.Errorf("a piece of %d octets", len(piece))
			}
		}
		records[r.Name] = []string{strings.Join(r.Value, "")}
	}
	if len(records) != 2 || records["m2026-rsa._domainkey.example.org"] == nil || records["m2026-ed25519._domainkey.example.org"] == nil {
		t.Fatalf("%v", records)
	}
	text := []byte("From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n")
	signed, err := read.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(signed, text) {
		t.Error("the mail itself was changed")
	}
	all, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return records[name], nil }})
	if err != nil || len(all) != 2 || all[0].Err != nil || all[1].Err != nil {
		t.Errorf("%v %v", all, err)
	}
	for address, covers := range map[string]bool{
		"a@example.org": true, "a@EXAMPLE.org": true, "a@alarm.example.org": true, "a@badexample.org": false, "a@example.com": false,
	} {
		if read.Covers(address) != covers {
			t.Errorf("%s: %t", address, read.Covers(address))
		}
	}
}

func TestTheSettingIsChecked(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if _, err := own.Make(good, "example.org", "m"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, mode); err != nil {
			t.Fatal(err)
		}
		return "file:" + path + "?domain=example.org&selector=m"
	}
	first, _, _ := bytes.Cut(text, []byte("-----END PRIVATE KEY-----\n"))
	for setting, rule := range map[string]string{
		"":             "must look like file:/PATH",
		"http://x/y":   "must look like",
		"file:" + good: "options domain and selector",
		"file:" + good + "?domain=example.org&selector=m&x=1":                     "no others",
		"file:" + good + "?domain=example&selector=m":                             "option domain",
		"file:" + good + "?domain=example.org&selector=A.b":                       "option selector",
		"file:" + dir + "/none?domain=example.org&selector=m":                     "cannot be read",
		"file:" + dir + "?domain=example.org&selector=m":                          "no key file",
		write("open", text, 0o644):                                                "mode 0644",
		write("empty", nil, 0o600):                                                "must hold an RSA key",
		write("half", append(first, "-----END PRIVATE KEY-----\n"...), 0o600):     "must hold an RSA key",
		write("odd", bytes.Replace(text, []byte("MII"), []byte("MIA"), 1), 0o600): "cannot be read; it must be PKCS #8",
	} {
		_, err := own.Open(setting)
		if err == nil || !strings.HasPrefix(err.Error(), "MUSTER_DKIM ") || !strings.Contains(err.Error(), rule) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", setting, err, rule)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	k, err := own.Make(filepath.Join(b.TempDir(), "k"), "example.org", "m")
	if err != nil {
		b.Fatal(err)
	}
	text := []byte("From: a@example.org\r\nSubject: x\r\n\r\n" + strings.Repeat("a line of some length, as mails have it\r\n", 100))
	for b.Loop() {
		if _, err := k.Sign(text); err != nil {
			b.Fatal(err)
		}
	}
}
