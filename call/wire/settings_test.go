package wire_test

import (
	"errors"
	"testing"
	"time"

	"muster/call/wire"
	"muster/deliver/dc09"
	"muster/fault"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

func TestWiresAndPanelsAreTheAdministratorsAlone(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		w := n.wire(wire.Wire{Name: "Centre", Kind: wire.DC09, Settings: wire.Settings{Hosts: []string{"arc.example:7000"}, Account: "1234"}}, key)
		p, _ := n.panel("1234", "", 0)
		other := n.Organisation("South")
		ctx := t.Context()
		for _, who := range []town.Member{n.mikko, n.aino, other.Admin} {
			want := fault.Forbidden
			if who.Actor.Org != n.org.ID {
				want = fault.NotFound
			}
			_, _, err1 := n.office.Change(ctx, who.Actor, w, wire.Secret{})
			_, err2 := n.office.Test(ctx, who.Actor, w.ID)
			_, err3 := n.office.Frames(ctx, who.Actor, w.ID, "", 10)
			_, err4 := n.office.ChangePanel(ctx, who.Actor, p, wire.Secret{})
			_, _, err5 := n.office.Panel(ctx, who.Actor, p.ID, 10)
			for i, err := range []error{err1, err2, err3, err4, err5, n.office.Remove(ctx, who.Actor, w.ID), n.office.RemovePanel(ctx, who.Actor, p.ID)} {
				if fault.KindOf(err) != want {
					t.Errorf("%s, %d: %v, want %s", who.Name, i, err, want)
				}
			}
		}
		if _, err := n.office.AddPanel(ctx, other.Admin.Actor, wire.Panel{Name: "x", Account: "1234", Person: other.Admin.Person.Person}, wire.Secret{}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the same account twice: %v", err)
		}
		if err := errors.Join(n.office.Remove(ctx, n.org.Admin.Actor, w.ID), n.office.RemovePanel(ctx, n.org.Admin.Actor, p.ID)); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatCannotBeAWireIsRefusedByItsField(t *testing.T) {
	n := open(t, mustertest.Store(t))
	good := wire.Settings{Hosts: []string{"arc.example:7000"}, Account: "1234"}
	change := func(fn func(*wire.Settings)) wire.Settings {
		s := good
		fn(&s)
		return s
	}
	bad := "0011"
	for field, row := range map[string]struct {
		w wire.Wire
		s wire.Secret
	}{
		"name":     {w: wire.Wire{Kind: wire.DC09, Settings: good}},
		"kind":     {w: wire.Wire{Name: "x", Kind: "fax", Settings: good}},
		"hosts":    {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Hosts = []string{"arc.example"} })}},
		"account":  {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Account = "12" })}},
		"line":     {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Line = "G" })}},
		"receiver": {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Receiver = "1234567" })}},
		"format":   {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Format = "XYZ" })}},
		"poll":     {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Poll = time.Second })}},
		"codes":    {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Dialect.Codes = map[string]dc09.Code{"help": {CID: "12"}} })}},
		"without":  {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: change(func(s *wire.Settings) { s.Dialect.Without = "Q" })}},
		"key":      {w: wire.Wire{Name: "x", Kind: wire.DC09, Settings: good}, s: wire.Secret{Key: &bad}},
		"url":      {w: wire.Wire{Name: "x", Kind: wire.Webhook, Settings: wire.Settings{URL: "http://partner.example/"}}},
	} {
		_, _, err := n.office.Add(t.Context(), n.org.Admin.Actor, row.w, row.s)
		if f := fault.From(err); f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
