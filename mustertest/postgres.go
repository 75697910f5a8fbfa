package mustertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the address of a fresh, empty database on a PostgreSQL
// server that this test process started for itself; the first call starts it.
// The database belongs to a role that is neither superuser nor able to bypass
// row security, since Muster refuses anything else. It is dropped when the
// test ends, and the server when the process ends, even by a panic.
//
// Writes are flushed to disk as in real use. MUSTER_TEST_FSYNC=off trades that
// for speed.
//
// Call it outside of a synctest bubble: the server lives longer than one.
func Postgres(t testing.TB) string {
	t.Helper()
	return database(t, "template0")
}

func database(t testing.TB, template string) string {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("t%d", s.made.Add(1))
	if err := s.create(t.Context(), name, template); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context is over by now.
		if err := s.drop(context.WithoutCancel(t.Context()), name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.dsn("muster", name)
}

// cluster is a running PostgreSQL server. It listens on a Unix socket in its
// own folder and on nothing else, so two of them never meet.
type cluster struct {
	dir   string
	alive io.Closer // the server stops when this is closed, or garbage
	made  atomic.Int64

	mu    sync.Mutex // one statement at a time over admin
	admin *pgx.Conn
}

var server = sync.OnceValues(start)

// serve runs initdb and then the server, until standard input ends. $1 is the
// folder of the programs, $2 the cluster's own, $3 on or off for fsync.
const serve = `
exec >>"$2/log" 2>&1
umask 077
if "$1/initdb" --pgdata="$2/data" --username=postgres --auth=trust \
	--encoding=UTF8 --locale=C --no-sync --no-instructions
then
	"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync="$3" \
		-c max_connections=200 -c max_wal_size=2GB -c log_min_messages=fatal </dev/null &
	read -r _
	kill -INT $!
	wait
else
	: >"$2/failed"
	read -r _
fi
cd /
rm -rf "$2"
`

func start() (*cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	fsync := "on"
	if os.Getenv("MUSTER_TEST_FSYNC") == "off" {
		fsync = "off"
	}
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	s := &cluster{dir: dir}
	if s.alive, err = keep(dir, serve, bin, dir, fsync); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.settle(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w\n%s", err, bytes.TrimSpace(log)), s.alive.Close())
	}
	return s, nil
}

// folder makes the cluster's own folder. A socket's path may have no more than
// 107 bytes, so a long TMPDIR has to yield.
func folder() (string, error) {
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	return os.MkdirTemp(base, "muster-postgres-")
}

// settle waits until the server answers, and makes the role that owns the
// databases of the tests.
func (s *cluster) settle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(s.dir, "failed")); err == nil {
			return errors.New("initdb failed")
		}
		conn, err := pgx.Connect(ctx, s.dsn("postgres", "postgres"))
		if err == nil {
			s.admin = conn
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
	return s.tell(ctx, sqlRole)
}

func (s *cluster) dsn(role, database string) string {
	return "postgres://" + role + "@/" + database + "?host=" + s.dir + "&sslmode=disable"
}

func (s *cluster) create(ctx context.Context, name, template string) error {
	return s.tell(ctx, fmt.Sprintf(sqlCreate, name, template))
}

func (s *cluster) drop(ctx context.Context, name string) error {
	return s.tell(ctx, fmt.Sprintf(sqlDrop, name))
}

// tell runs one statement as superuser. The names in it are this package's
// own, never input.
func (s *cluster) tell(ctx context.Context, statement string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.admin.Exec(ctx, statement)
	return err
}

// programs finds the folder of PostgreSQL's server programs, the newest
// version first. Debian keeps them out of PATH.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// version reads the major version out of …/VERSION/bin/initdb.
func version(initdb string) int {
	v, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return v
}
