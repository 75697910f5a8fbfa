package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/id"
	"muster/mustertest"
	"muster/store"
)

func TestPostgresRowSecurityHidesWhatAStatementForgets(t *testing.T) {
	s := mustertest.PostgresStore(t)
	a, b := id.New[id.Org](), id.New[id.Org]()
	add(t, s, a, "mine", time.UnixMicro(1))
	err := s.Do(t.Context(), b, func(tx *store.Tx) error {
		rows, err := store.All(tx, careless, store.Scalar[string])
		if err == nil && len(rows) != 0 {
			t.Errorf("a statement that forgot its organisation saw %v", rows)
		}
		_, err = tx.Exec(forged, string(a))
		if err == nil {
			t.Error("a row was written for another organisation")
		}
		return err
	})
	if err == nil {
		t.Error("the unit with the forged row committed")
	}
}

var (
	careless = store.Query("conformance.careless", `select subject from timer where $1 <> ''`)
	forged   = store.Query("conformance.forged", `insert into timer (org, kind, subject, due) select $2, 'c', $1, 1`)
)

func TestPostgresChangesReachOtherNodes(t *testing.T) {
	dsn := mustertest.Postgres(t)
	one, two := open(t, dsn), open(t, dsn)
	org := id.New[id.Org]()
	heard := make(chan store.Change, 16)
	stop := two.Watch(func(c store.Change) {
		if c.Org == org || c.Org == "" {
			heard <- c
		}
	})
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond) // until the other node listens
	defer tick.Stop()
	for {
		select {
		case c := <-heard:
			if c.Org == org && c.Topics[0] == "board" {
				return
			}
		case <-tick.C:
			if err := one.Do(ctx, org, func(tx *store.Tx) error { tx.Touch("board"); return nil }); err != nil {
				t.Fatal(err)
			}
		case <-ctx.Done():
			t.Fatal("the other node heard nothing")
		}
	}
}

func TestSQLitePathIsTakenAsItIs(t *testing.T) {
	dir := t.TempDir()
	name := "what? 100%20 #1.db"
	s := open(t, "sqlite:"+dir+"/"+name)
	add(t, s, id.New[id.Org](), "x", time.UnixMicro(1))
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
