package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/letin/staff"
)

// Mate is one of the provider's staff, as the sign-in links need them.
type Mate struct {
	ID   id.Staff
	What string // for whom the link is
}

// mates are the provider's people: every department and every position.
var mates = []struct {
	name, what string // for whom a link is printed
	department actor.Department
	positions  []actor.Position
	unchecked  bool // the background check is still to come
}{
	{"Aino Mäkelä", "support agent", actor.FirstLine, nil, false},
	{"Selma Lindqvist", "second line", actor.SecondLine, nil, false},
	{"Sami Rautio", "success manager", actor.CustomerSuccess, []actor.Position{actor.SuccessManager}, false},
	{"Hugo Martin", "head of support", actor.FirstLine, []actor.Position{actor.Head}, false},
	{"Dana Whitfield", "director", actor.CustomerSuccess, []actor.Position{actor.Director}, false},
	{"Oskar Niemi", "onboarding manager", actor.Onboarding, []actor.Position{actor.OnboardingManager}, false},
	{"Priya Kapoor", "services manager", actor.Development, []actor.Position{actor.ServicesManager}, false},
	{"Delphine Roche", "director’s delegate", actor.Sales, []actor.Position{actor.Delegate}, false},
	{"Alma Virta", "accounting", actor.Accounting, nil, true},
}

// hire gives the provider its staff, once, with their proofs on record.
func (w *World) hire(ctx context.Context) error {
	office := staff.Office{Store: w.store}
	director := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Muster demonstration", Door: actor.Command, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	kept, err := w.store.Installation(ctx, "demo.staff", func() ([]byte, error) {
		now := w.store.Now()
		for _, m := range mates {
			first, last, _ := strings.Cut(strings.ToLower(strings.NewReplacer("ä", "a").Replace(m.name)), " ")
			draft := staff.Draft{Name: m.name, Email: first + "." + last + "@provider.example", Department: m.department, Positions: m.positions, Delegate: now.AddDate(0, 3, 0)}
			made, err := office.Add(ctx, director, draft)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			proofs := map[staff.Proof]staff.Span{
				staff.Agreement:  {Since: now.AddDate(-1, 0, 0)},
				staff.Background: {Since: now.AddDate(0, -5, 0), Until: now.AddDate(1, 7, 0).Truncate(24 * time.Hour)},
			}
			if m.unchecked {
				delete(proofs, staff.Background)
			}
			for p, span := range proofs {
				if err := office.Record(ctx, director, made.ID, p, span); err != nil {
					return nil, fmt.Errorf("%s: %w", m.name, err)
				}
			}
			w.Staff = append(w.Staff, Mate{made.ID, m.what})
		}
		return json.Marshal(w.Staff)
	})
	if err != nil {
		return fmt.Errorf("set up the staff of the demonstration: %w", err)
	}
	if err := json.Unmarshal(kept, &w.Staff); err != nil {
		return err
	}
	for i := range w.Staff {
		w.Staff[i].What = mates[i].what // an earlier start may have called them otherwise
	}
	return nil
}
