package partner_test

import (
	"slices"
	"testing"
	"time"

	"muster/actor"
	"muster/call/partner/enrol"
	"muster/call/rota"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/mustertest/town"
)

// nightly is a rota of the customer's that changes each day at noon, from today
// on.
func (p *place) nightly(teams ...town.Member) rota.Rota {
	p.t.Helper()
	var order []plan.Team
	for _, one := range teams {
		order = append(order, plan.Team{one.Person.Person})
	}
	r, err := rota.Create(p.t.Context(), p.Store, p.customer.Admin.Actor, rota.Rota{Name: "Nights", Pattern: plan.Pattern{
		Kind: plan.Rotating, Start: civil.Of(p.Store.Now(), time.UTC), Handover: 12 * 60, Days: 1, Order: order,
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// A rota stands in for contacts, so that whoever is put on it, or taken off, is
// news for the partner: a numbered change for each worker who relies on it,
// late where it counts within three days.
func TestSS7AnEditInsideARotaIsANumberedChange(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		one, two := p.customer.Monitor("One"), p.customer.Monitor("Two")
		bea := p.customer.Worker("Bea")
		r := p.nightly(one, two)
		if _, err := p.put(p.aino, enrol.Draft{Rota: r.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.put(bea, enrol.Draft{Contacts: []enrol.Contact{{Name: "A", Phone: "+358401110001"}, {Name: "B", Phone: "+358401110002"}}}); err != nil {
			t.Fatal(err)
		}
		p.settle()
		p.confirmAll()
		admin := p.customer.Admin.Actor
		news := func(what string, late bool, from time.Time) {
			t.Helper()
			p.settle()
			list := p.inbox()
			if len(list) != 1 {
				t.Fatalf("%s: %d changes wait, want 1", what, len(list))
			}
			c := list[0]
			if c.Worker != p.aino.Person.Person || !slices.Equal(c.Fields, []string{"rota"}) || c.Kind != enrol.Alter || c.By != actor.Engine().Name {
				t.Errorf("%s: %+v", what, c.Change)
			}
			if c.Late != late || !c.Effective.Equal(from) {
				t.Errorf("%s: late %v, from %v; want %v, %v", what, c.Late, c.Effective, late, from)
			}
			if w := p.word(p.aino); w != enrol.Stale {
				t.Errorf("%s: the worker is %s", what, w)
			}
			p.confirmAll()
		}
		quiet := func(what string) {
			t.Helper()
			p.settle()
			if list := p.inbox(); len(list) != 0 {
				t.Fatalf("%s: %+v", what, list)
			}
		}
		day := func(n int) time.Time { return civil.At(r.Start+civil.Day(n), r.Handover, helsinki) }

		cover, err := rota.AddCover(t.Context(), p.Store, admin, r.ID, plan.Cover{From: day(10), To: day(11), Out: one.Person.Person, In: two.Person.Person})
		if err != nil {
			t.Fatal(err)
		}
		news("a cover", false, day(10))
		if err := rota.RemoveCover(t.Context(), p.Store, admin, r.ID, cover.ID); err != nil {
			t.Fatal(err)
		}
		news("it is taken back", false, day(10))
		if _, err := rota.AddCover(t.Context(), p.Store, admin, r.ID, plan.Cover{From: day(2), To: day(3), Out: plan.Everyone, In: two.Person.Person}); err != nil {
			t.Fatal(err)
		}
		news("a cover that is late", true, day(2))
		swap, err := rota.Swap(t.Context(), p.Store, one.Actor, r.ID,
			rota.Slot{Person: one.Person.Person, From: day(14), To: day(15)}, rota.Slot{Person: two.Person.Person, From: day(13), To: day(14)})
		if err != nil {
			t.Fatal(err)
		}
		quiet("a swap that waits for a yes")
		if err := rota.Answer(t.Context(), p.Store, two.Actor, r.ID, swap.ID, true); err != nil {
			t.Fatal(err)
		}
		news("a swap", false, day(13))

		r.Name = "Late nights"
		if err := rota.Update(t.Context(), p.Store, admin, r); err != nil {
			t.Fatal(err)
		}
		quiet("another name")
		r.Order = append(r.Order, plan.Team{p.customer.Admin.Person.Person})
		if err := rota.Update(t.Context(), p.Store, admin, r); err != nil {
			t.Fatal(err)
		}
		news("a third one in the order", false, day(3)) // on the second day there is a cover
		if err := rota.Close(t.Context(), p.Store, admin, r.ID); err != nil {
			t.Fatal(err)
		}
		p.settle()
		if list := p.inbox(); len(list) != 1 || !list[0].Late {
			t.Fatalf("the rota is closed: %+v", list)
		}
	})
}

var helsinki = func() *time.Location {
	at, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic(err)
	}
	return at
}()
