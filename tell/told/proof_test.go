package told_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/told"
)

// Notices row 17: who was told, when, at which address and what was reported,
// in a file that holds by itself; whole for the provider, for an organisation
// its own part and nothing of others.
func TestNotice17TheProofHoldsByItselfAndNotWithAByteChanged(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		book, err := ledger.Open(t.Context(), s, h.town.Keys)
		h.must(err)
		h.told.Book, h.office.Wide = book, 0
		p := h.say(h.down(h.database, h.mail))
		h.turn()
		ours, theirs := h.north.Admin.First("email"), h.south.Admin.First("email")
		h.town.Mail.Phone(t, ours).Expect("cannot be reached")
		h.town.Mail.Phone(t, theirs).Expect("cannot be reached")
		h.must(told.Read(t.Context(), s, h.north.Admin.Actor, p.After.ID, 1))
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "works", News: notice.News{State: notice.Resolved, Components: []id.Component{h.database, h.mail}}})
		h.turn()

		var part, whole bytes.Buffer
		h.must(h.told.Proof(t.Context(), h.north.Admin.Actor, p.After.ID, &part))
		c, err := told.CheckProof(bytes.NewReader(part.Bytes()), book.Key(h.north.ID))
		if err != nil || c.Organisation != h.north.ID || c.Subject != string(p.After.ID) || c.Entries < 4 {
			t.Fatalf("%+v, %v", c, err)
		}
		for what, want := range map[string]bool{
			ours: true, h.north.Admin.Name: true, `"read":`: true, "cannot be reached": true, `"kind":"notice.read"`: true,
			theirs: false, h.south.Admin.Name: false, string(h.south.ID): false, "Mail": false,
		} {
			if strings.Contains(part.String(), what) != want {
				t.Errorf("%q stands in the part: %t", what, !want)
			}
		}
		h.must(h.told.WholeProof(t.Context(), h.olga, p.After.ID, &whole))
		c, err = told.CheckProof(bytes.NewReader(whole.Bytes()), book.Key(identity.Provider))
		if err != nil || c.Parts != 2 || !strings.Contains(whole.String(), ours) || !strings.Contains(whole.String(), theirs) {
			t.Fatalf("%+v, %v", c, err)
		}

		for name, file := range map[string][]byte{"part": part.Bytes(), "whole": whole.Bytes()} {
			for at := 0; at < len(file); at += max(1, len(file)/150) {
				changed := bytes.Clone(file)
				changed[at] ^= 1
				if _, err := told.CheckProof(bytes.NewReader(changed), ""); fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s holds with byte %d changed: %v", name, at, err)
				}
			}
		}
		cut := bytes.LastIndex(whole.Bytes(), []byte(`{"format":`))
		for what, other := range map[string]struct {
			file []byte
			key  string
		}{
			"a part left out":          {whole.Bytes()[:cut], ""},
			"a part said again":        {append(bytes.Clone(whole.Bytes()), whole.Bytes()[cut:]...), ""},
			"another's part":           {append(bytes.Clone(whole.Bytes()[:cut]), part.Bytes()...), ""},
			"two parts and no account": {append(bytes.Clone(part.Bytes()), part.Bytes()...), ""},
			"another's key":            {part.Bytes(), book.Key(h.south.ID)},
			"cut off":                  {part.Bytes()[:part.Len()-1], ""},
			"an export":                {[]byte(`{"format":"muster-book/1"}` + "\n"), ""},
		} {
			if _, err := told.CheckProof(bytes.NewReader(other.file), other.key); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s holds: %v", what, err)
			}
		}

		if err := h.told.Proof(t.Context(), h.north.Monitor("Mika").Actor, p.After.ID, &part); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("taken by a monitor: %v", err)
		}
		if err := h.told.WholeProof(t.Context(), h.north.Admin.Actor, p.After.ID, &part); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a customer takes the whole: %v", err)
		}
		east := h.town.Organisation("East")
		if err := h.told.Proof(t.Context(), east.Admin.Actor, p.After.ID, &part); !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			t.Errorf("of another's news: %v", err)
		}
	})
}
