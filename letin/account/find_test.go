package account_test

import (
	"errors"
	"slices"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/letin/account"
	"muster/mustertest"
	"muster/store"
)

// Lists name a customer to whom their work needs it, and no page tells that
// there are others; whoever else knows the whole name or the reference finds
// that one, once onboarding has begun.
func TestListsNameCustomersToWhomTheirWorkNeedsThem(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		sini := hire(t, s, "sini", actor.SuccessManager)
		for name, deal := range map[string]account.Deal{
			"Saimaa": d.contract(),
			"Inari":  {Reference: "C-9 Inari", Signed: d.contract().Signed, Manager: sini.Staff},
			"Oulu":   {Reference: "C-10", Signed: d.contract().Signed, Manager: sini.Staff},
		} {
			n := d.customer(name)
			n.Deal = deal
			org, err := d.Create(t.Context(), d.director, n)
			if err == nil && name != "Oulu" {
				err = errors.Join(account.Acknowledge(t.Context(), s, d.administrator(org), account.Version()), d.Begin(t.Context(), d.director, org))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		head := hire(t, s, "henrik", actor.Head)
		for name, c := range map[string]struct {
			who    actor.Actor
			text   string
			listed []string
			finds  string // code; empty: it is found
		}{
			"director, all":                 {d.director, "", []string{"Inari", "Oulu", "Saimaa"}, "required"},
			"manager, her own":              {d.manager, "", []string{"Saimaa"}, "required"},
			"head, what has begun":          {head, "", []string{"Inari", "Saimaa"}, "required"},
			"agent, none":                   {d.agent, "", nil, "required"},
			"agent, by part of a name":      {d.agent, "nari", nil, "unknown_customer"},
			"agent, by the name":            {d.agent, " inari ", []string{"Inari"}, ""},
			"agent, by the reference":       {d.agent, "c-9  Inari", []string{"Inari"}, ""},
			"agent, before it has begun":    {d.agent, "Oulu", nil, "unknown_customer"},
			"agent, its reference":          {d.agent, "C-10", nil, "unknown_customer"},
			"agent, by what stands for any": {d.agent, "%", nil, "unknown_customer"},
			"agent, no text at all":         {d.agent, "a\x00\xff", nil, "unknown_customer"},
		} {
			err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
				all, last, err := account.List(tx, c.who, account.Filter{Text: c.text})
				if err != nil {
					return err
				}
				var names []string
				for _, a := range all {
					names = append(names, a.Name)
				}
				if !slices.Equal(names, c.listed) || last.Org != "" {
					t.Errorf("%s: %q and more: %q, want %q", name, names, last.Name, c.listed)
				}
				_, err = account.Seek(tx, c.who, c.text)
				if got := code(err); got != c.finds {
					t.Errorf("%s: found: %q, want %q", name, got, c.finds)
				}
				if c.finds != "" && fault.From(err).Field != "organisation" {
					t.Errorf("%s: said at %q", name, fault.From(err).Field)
				}
				one, next, err := account.List(tx, c.who, account.Filter{Limit: 1})
				if len(one) > 1 || c.text == "" && (next.Org != "") != (len(c.listed) > 1) {
					t.Errorf("%s: %d on a page of one, and more: %q", name, len(one), next.Name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
