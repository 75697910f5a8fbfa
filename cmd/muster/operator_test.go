package main

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"muster/roster"
)

// The operator gives an organisation that is there its first token, exports
// its book and takes in its sheets; an organisation that is not there is said
// to be missing.
func TestOperatorReachesAnOrganisation(t *testing.T) {
	db := database{DB: "sqlite:" + filepath.Join(t.TempDir(), "m.db")}
	n, err := db.open(t.Context(), slog.New(slog.DiscardHandler), "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	org, err := roster.CreateOrganisation(t.Context(), n.store, n.keys, operator(),
		roster.Organisation{Name: "Turva Oy", Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if got := run([]string{"token", "--db", db.DB, "--organisation", string(org), "--role", "administrator"}, &out, io.Discard); got != 0 {
		t.Errorf("token: status %d", got)
	}
	if !strings.HasPrefix(out.String(), "mst_") {
		t.Errorf("token printed %q", out.String())
	}
	if got := run([]string{"export", "--db", db.DB, "--organisation", string(org)}, &out, io.Discard); got != 0 {
		t.Errorf("export: status %d", got)
	}
}
