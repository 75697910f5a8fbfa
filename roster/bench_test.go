package roster_test

import (
	"fmt"
	"testing"

	"muster/actor"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

// Responders stands between a missed check-in and the first message, so what
// it costs in an organisation of a thousand is worth knowing.
func BenchmarkResponders(b *testing.B) {
	for name, s := range map[string]*store.Store{"sqlite": mustertest.Store(b), "postgres": mustertest.PostgresStore(b)} {
		b.Run(name, func(b *testing.B) {
			admin := actor.Actor{Kind: actor.System, Door: actor.Command}
			org, err := roster.CreateOrganisation(b.Context(), s, nil, admin, roster.Organisation{
				Name: "Huolto", Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi",
			}, "", nil)
			if err != nil {
				b.Fatal(err)
			}
			admin.Org = org
			for i := range 1000 {
				n := worker("P", fmt.Sprintf("p%d@huolto.example", i), "0401234567")
				if i%100 == 0 {
					n.Roles[0].Role = actor.Monitor
				}
				if _, err := roster.AddPerson(b.Context(), s, nil, admin, n); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				err := s.View(b.Context(), org, func(tx *store.Tx) error {
					all, err := roster.Responders(tx, "wsp_other")
					if err == nil && len(all) != 10 {
						b.Fatalf("%d responders", len(all))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
