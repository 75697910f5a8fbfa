package mustertest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muster/store"
)

// Stores runs a test once on each database, on a fresh store with the newest
// schema.
func Stores(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Store(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgresStore(t)) })
}

// Store opens a fresh SQLite store with the newest schema, in a file that goes
// with the test. It waits for no disk: tests kill processes, but cut no power.
// Inside a synctest bubble it belongs to the bubble.
func Store(t testing.TB) *store.Store {
	t.Helper()
	return open(t, SQLite(t), store.Options{NoSync: true})
}

// SQLite returns the address of a database file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	// Not t.TempDir: it is called after the test, and the "#01" of a test that
	// runs twice means something else in an address.
	dir, err := os.MkdirTemp("", "muster-sqlite-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the test's database: %v", err)
		}
	})
	return "sqlite:" + filepath.Join(dir, "muster.db")
}

// PostgresStore opens a fresh PostgreSQL store with the newest schema.
func PostgresStore(t testing.TB) *store.Store {
	t.Helper()
	if err := newest(); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return open(t, database(t, "newest"), store.Options{NoMigrate: true})
}

// newest makes the database that those of PostgresStore are copied from:
// copying is several times quicker than migrating.
var newest = sync.OnceValue(func() error {
	s, err := server()
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := s.create(ctx, "newest", "template0"); err != nil {
		return err
	}
	st, err := store.Open(ctx, s.dsn("muster", "newest"), store.Options{NoListen: true})
	if err != nil {
		return err
	}
	return st.Close()
})

func open(t testing.TB, dsn string, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, opt)
	if err != nil {
		t.Fatalf("open %s: %v", dsn, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close %s: %v", dsn, err)
		}
	})
	return s
}
