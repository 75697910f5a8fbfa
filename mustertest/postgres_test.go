package mustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestPostgresGivesEachTestItsOwnDatabaseAndAPlainRole(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	if first == second {
		t.Fatalf("two calls gave the same database %s", first)
	}
	for _, dsn := range []string{first, second} {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		var super, bypass bool
		err = conn.QueryRow(t.Context(), sqlPowers).Scan(&super, &bypass)
		if err != nil {
			t.Fatal(err)
		}
		if super || bypass {
			t.Errorf("the role is superuser=%t bypassrls=%t, want neither", super, bypass)
		}
		// The same table in both: they would collide if they were one.
		if _, err := conn.Exec(t.Context(), `create table here (id text)`); err != nil {
			t.Errorf("the role does not own its database: %v", err)
		}
	}
}

const sqlPowers = `select rolsuper, rolbypassrls from pg_roles where rolname = current_user`

// The server must go when the tests go, however they went.
func TestPostgresEndsWithTheProcessEvenByPanic(t *testing.T) {
	if out := os.Getenv("MUSTER_TEST_PANIC"); out != "" {
		Postgres(t)
		s, err := server()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(out, []byte(s.dir), 0o600); err != nil {
			t.Fatal(err)
		}
		panic("the end")
	}
	said := filepath.Join(t.TempDir(), "dir")
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "MUSTER_TEST_PANIC="+said)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: the end") {
		t.Fatalf("the process should have panicked: %v\n%s", err, out)
	}
	dir, err := os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	gone := func() bool {
		_, err := os.Stat(string(dir))
		return os.IsNotExist(err)
	}
	tick, end := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !gone() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s is still there 30 s after the process has ended", dir)
		}
	}
}
