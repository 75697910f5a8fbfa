package mustertest

import (
	"testing"

	"muster/store"
)

func TestStoresGivesAFreshMigratedStoreOfEachKind(t *testing.T) {
	var kinds []string
	for range 2 {
		Stores(t, func(t *testing.T, s *store.Store) {
			kinds = append(kinds, s.Kind())
			made := 0
			fresh := func() ([]byte, error) { made++; return []byte("x"), nil }
			if _, err := s.Installation(t.Context(), "trace", fresh); err != nil {
				t.Fatal(err)
			}
			if made != 1 {
				t.Error("the store remembers another test")
			}
		})
	}
	if len(kinds) != 4 || kinds[0] != "sqlite" || kinds[1] != "postgres" {
		t.Errorf("ran on %v, want each database, twice", kinds)
	}
}
