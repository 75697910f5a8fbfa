package account_test

import (
	"slices"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/letin/account"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

var fly = store.Across("account_test.fly", `insert into canary_flight (org, id, shift, deadline, failed) values ($1, $2, $3, 0, false)`)

// A list of customers has nobody on it who is none: no monitoring partner that
// has signed nothing, and not the house where the canary flies.
func TestListsNameNobodyWhoIsNoCustomer(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		who := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
		for name, kind := range map[string]roster.Kind{"Canary house": roster.Customer, "Older customer": roster.Customer, "Watch centre": roster.Partner} {
			first := roster.NewPerson{Name: "First " + name, Email: string(id.New[id.Message]()) + "@house.test"}
			org, err := roster.CreateOrganisation(t.Context(), s, d.Keys, who, roster.Organisation{
				Name: name, Kind: kind, Country: "FI", TimeZone: "UTC", Language: "en",
			}, "Home", &first)
			if err == nil && name == "Canary house" {
				err = s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
					return tx.Write(fly, org, id.New[id.Flight](), id.New[id.Shift]())
				})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		n := d.customer("Partners")
		n.Kind = roster.Partner
		if _, err := d.Create(t.Context(), d.director, n); err != nil {
			t.Fatal(err)
		}
		err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
			all, _, err := account.List(tx, d.director, account.Filter{})
			var names []string
			for _, a := range all {
				names = append(names, a.Name)
			}
			if !slices.Equal(names, []string{"Older customer", "Partners"}) {
				t.Errorf("%q", names)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
