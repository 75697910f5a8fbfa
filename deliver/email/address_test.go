package email

import (
	"net/mail"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/deliver/email/dkim"
	"muster/id"
	"muster/seal"
)

func addresses(t testing.TB) Addresses {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	return Addresses{Domain: "in.example.org", Keys: keys}
}

func TestAnAddressNamesOneTryAndCannotBeMadeByOthers(t *testing.T) {
	a, b := addresses(t), addresses(t)
	rapid.Check(t, func(t *rapid.T) {
		attempt := id.New[id.Attempt]()
		address := a.For(attempt)
		if at := strings.IndexByte(address, '@'); at > 64 {
			t.Fatalf("%d octets before the @", at)
		}
		for _, form := range []string{address, strings.ToUpper(address)} {
			if got, ok := a.Attempt(form); !ok || got != attempt {
				t.Fatalf("%s: %s %t", form, got, ok)
			}
		}
		if _, ok := b.Attempt(address); ok {
			t.Fatal("another installation takes it")
		}
		i := rapid.IntRange(0, len(address)-1).Draw(t, "place")
		c := rapid.SampledFrom([]byte("abcxyz234567@+.-")).Draw(t, "sign")
		changed := []byte(address)
		if changed[i] == c {
			return
		}
		changed[i] = c
		if got, ok := a.Attempt(string(changed)); ok {
			t.Fatalf("%s is taken for %s", changed, got)
		}
	})
	for _, s := range []string{"", "@", "muster+@in.example.org", "in.example.org", "muster+a@in.example.org", a.For("att_x")} {
		if got, ok := a.Attempt(s); ok {
			t.Errorf("%q is taken for %s", s, got)
		}
	}
}

// What reports and replies come back by is in every mail, and reports are
// asked for where the server can be asked.
func TestOA1BouncesAndRepliesComeBack(t *testing.T) {
	back := addresses(t)
	for name, c := range map[string]struct {
		offers, mail, rcpt string
	}{
		"with reports":    {"250-hello\r\n250 DSN", " RET=HDRS ENVID=", "RCPT TO:<a+b@good.test> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a+2Bb@good.test"},
		"without reports": {"250 hello", ">", "RCPT TO:<a+b@good.test>"},
	} {
		t.Run(name, func(t *testing.T) {
			addr, heard := recite(t, "220 hello", c.offers, "250 ok", "250 ok", "550 5.7.1 not today", "250 ok")
			ch, err := New("smtp://"+addr, "muster.example.org", Answered(back))
			if err != nil {
				t.Fatal(err)
			}
			out := outgoing("a+b@good.test")
			_, err = ch.Send(t.Context(), out)
			ch.Close()
			if err == nil || !final(err) || !strings.Contains(err.Error(), "5.7.1") {
				t.Errorf("error %v", err)
			}
			said := <-heard
			address := back.For(out.Attempt)
			if !strings.HasPrefix(said[1], "MAIL FROM:<"+address+">") || !strings.Contains(said[1], c.mail) || said[2] != c.rcpt {
				t.Errorf("%q", said)
			}
			if token, _, _ := strings.Cut(address[len(addressPrefix):], "@"); strings.Contains(c.offers, "DSN") != strings.HasSuffix(said[1], "ENVID="+token) {
				t.Errorf("envelope id in %q", said[1])
			}
		})
	}
}

func TestRepliesGoToTheTrysAddressAndThePartsAreThere(t *testing.T) {
	s := newServer(t)
	back := addresses(t)
	keys, err := dkim.Make(filepath.Join(t.TempDir(), "k"), "example.org", "m")
	if err != nil {
		t.Fatal(err)
	}
	ch, err := New("smtp://"+s.addr, "muster.example.org", Answered(back), Signed(keys))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ch.Close)
	out := outgoing("a@good.test")
	if _, err := ch.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(s.taken()[0]))
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.Header.AddressList("Reply-To")
	if err != nil || len(to) != 1 || to[0].Address != back.For(out.Attempt) {
		t.Errorf("Reply-To %v %v", to, err)
	}
	if len(m.Header["Dkim-Signature"]) != 2 || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("List-Unsubscribe") != "" {
		t.Errorf("%v", m.Header)
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("content %s", m.Header.Get("Content-Type"))
	}
	if _, err := New("smtp://"+s.addr, "muster.example.com", Signed(keys)); err == nil || !strings.HasPrefix(err.Error(), "MUSTER_DKIM ") {
		t.Errorf("a signature of another domain: %v", err)
	}
}

// Mail programs put together what names the same mail as its parent (RFC 5256
// §3, RFC 5322 §3.6.4): all that one reader gets about an incident is one
// conversation, in whatever order and whatever of it comes, and nothing else
// is in it.
func TestOA4OneIncidentIsOneConversation(t *testing.T) {
	c, err := parse("smtp://127.0.0.1", "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	parent := map[string]string{} // mail → the oldest that it names, as step 1 of the rule has it
	of := map[string]string{}
	for _, one := range []struct{ thread, to string }{
		{"alm_1", "a@good.test"}, {"alm_1", "A@good.test"}, {"alm_1", "a@good.test"}, {"alm_2", "a@good.test"}, {"alm_1", "b@good.test"}, {"", "a@good.test"}, {"", "a@good.test"},
	} {
		out := outgoing(one.to)
		out.Thread = one.thread
		text, err := letter(&c, out)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		self, refs := m.Header.Get("Message-Id"), strings.Fields(m.Header.Get("References"))
		if parent[self] != "" {
			t.Fatalf("%s twice", self)
		}
		parent[self] = self
		if len(refs) > 0 {
			parent[self] = refs[0]
			if m.Header.Get("In-Reply-To") != refs[len(refs)-1] {
				t.Errorf("In-Reply-To %s, References %s", m.Header.Get("In-Reply-To"), refs)
			}
		}
		of[self] = one.thread + " " + strings.ToLower(one.to)
	}
	for a, x := range parent {
		for b, y := range parent {
			together := of[a] == of[b] && of[a][0] != ' ' || a == b
			if (x == y) != together {
				t.Errorf("%q and %q: together %t", of[a], of[b], x == y)
			}
		}
	}
}
