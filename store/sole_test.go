package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"muster/store"
)

func TestOneFileBearsOneServer(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "m.db")
	first, err := store.Open(t.Context(), dsn, store.Options{Sole: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), dsn, store.Options{Sole: true}); err == nil || !strings.Contains(err.Error(), "another server already serves") {
		t.Errorf("a second server: %v", err)
	}
	beside, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatalf("a command beside the server: %v", err)
	}
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	again, err := store.Open(t.Context(), dsn, store.Options{Sole: true})
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
