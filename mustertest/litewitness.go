package mustertest

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Litewitness is a real witness on this machine: torchwood's litewitness. It
// cosigns the logs that it was told of.
type Litewitness struct {
	URL string
	Key string // its verifier key, as it says it itself

	t  testing.TB
	db string
}

// litewitness builds the witness and the reader of cosignatures, once.
var litewitness = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "muster-litewitness-"); err != nil {
		return "", err
	}
	_, here, _, _ := runtime.Caller(0)
	for name, of := range map[string]string{"litewitness": "filippo.io/torchwood/cmd/litewitness", "read": "."} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(dir, name), of)
		cmd.Dir, cmd.Stderr = filepath.Join(filepath.Dir(here), "peer", "litewitness"), os.Stderr
		if err := cmd.Run(); err != nil {
			return "", err
		}
	}
	return dir, nil
})

func litewitnessAt(t testing.TB) string {
	t.Helper()
	dir, err := litewitness()
	if err != nil {
		t.Fatalf("litewitness cannot be built (its module is in mustertest/peer/litewitness): %v", err)
	}
	return dir
}

// NewLitewitness starts a witness of that name.
func NewLitewitness(t testing.TB, name string) *Litewitness {
	t.Helper()
	program := litewitnessAt(t)
	dir := t.TempDir()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	socket := keeps(t, filepath.Join(dir, "agent"), private)
	known, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	_ = free.Close()
	w := &Litewitness{URL: "http://" + at, t: t, db: filepath.Join(dir, "witness.db")}
	cmd := exec.Command(filepath.Join(program, "litewitness"), "-name", name, "-db", w.db, "-ssh-agent", socket,
		"-listen", at, "-key", ssh.FingerprintSHA256(known))
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(said)
	for w.Key == "" && lines.Scan() {
		if _, key, ok := strings.Cut(lines.Text(), "vkey="); ok {
			w.Key = strings.Trim(key, `"`)
		}
	}
	if w.Key == "" {
		t.Fatal("litewitness does not start")
	}
	go func() {
		for lines.Scan() { // or it would be held up
		}
	}()
	for {
		c, err := net.Dial("tcp", at)
		if err == nil {
			_ = c.Close()
			return w
		}
		if t.Context().Err() != nil {
			t.Fatal("litewitness does not listen")
		}
	}
}

// keeps runs an agent that signs with a key, and returns its socket.
func keeps(t testing.TB, socket string, private ed25519.PrivateKey) string {
	t.Helper()
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: &private}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	return socket
}

// Knows tells the witness of a log and its key.
func (w *Litewitness) Knows(origin, key string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.db+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	for _, q := range [][]any{{sqlWitnessLog}, {sqlWitnessKey}, {sqlWitnessAdd, origin}, {sqlWitnessWith, origin, key}} {
		if _, err := db.Exec(q[0].(string), q[1:]...); err != nil {
			w.t.Fatal(err)
		}
	}
}

// ReadCosigned is what another's implementation reads of a cosigned checkpoint:
// the log's name, its size, and when it was cosigned. It fails where one of the
// two signatures does not hold.
func ReadCosigned(t testing.TB, signed, log, witness string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(litewitnessAt(t), "read"), log, witness)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(signed), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s\n%s", err, errs.String(), signed)
	}
	return strings.TrimSpace(out.String())
}
