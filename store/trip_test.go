package store_test

import (
	"errors"
	"slices"
	"testing"

	"muster/id"
	"muster/mustertest"
	"muster/store"
)

var tripProbe = store.Query("test.trip", `insert into timer (org, kind, subject, due) values ($1, 'trip', $2, 1)
	on conflict (org, kind, subject) do nothing`)

func TestTripAnswersForTheDatabaseAtEveryStep(t *testing.T) {
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": mustertest.SQLite, "postgres": mustertest.Postgres} {
		t.Run(name, func(t *testing.T) {
			var steps []string
			at, gone := "", errors.New("gone")
			s, err := store.Open(t.Context(), dsn(t), store.Options{NoSync: true, Trip: func(step string) error {
				steps = append(steps, step)
				if step == at {
					return gone
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			org := id.New[id.Org]()
			write := func(subject string) (rows int64, err error) {
				err = s.Do(t.Context(), org, func(tx *store.Tx) error {
					rows, err = tx.Exec(tripProbe, subject)
					return err
				})
				return rows, err
			}
			for _, at = range []string{"begin", "test.trip", "commit", "committed"} {
				if _, err := write("x"); !errors.Is(err, gone) {
					t.Errorf("at %s: got %v, want the error that was asked for", at, err)
				}
			}
			at, steps = "", nil
			if rows, err := write("x"); err != nil || rows != 0 {
				t.Errorf("the unit whose answer was lost is not there: %d rows, %v", rows, err)
			}
			if want := []string{"begin", "test.trip", "commit", "committed"}; !slices.Equal(steps, want) {
				t.Errorf("asked at %v, want %v", steps, want)
			}
			at = "commit"
			if _, err := write("y"); err == nil {
				t.Error("the unit went through")
			}
			at = ""
			if rows, err := write("y"); err != nil || rows != 1 {
				t.Errorf("the unit that did not commit left something: %d rows, %v", rows, err)
			}
		})
	}
}
