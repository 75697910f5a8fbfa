package proof

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build compiles the program as it is delivered, or takes the one that
// MUSTER_BINARY names.
func build(t *testing.T) string {
	t.Helper()
	if made := os.Getenv("MUSTER_BINARY"); made != "" {
		return made
	}
	binary := filepath.Join(t.TempDir(), "muster")
	cmd := exec.Command("go", "build", "-o", binary, "../cmd/muster")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// node is one running process.
type node struct {
	listen, url string
	cmd         *exec.Cmd
	log         bytes.Buffer
	ended       chan struct{}
	once        sync.Once
}

// serve starts a node and waits until it is ready. One on an address that was
// used before takes the place of that one.
func (s *storm) serve(listen string) *node {
	s.t.Helper()
	n := &node{listen: listen, url: "http://" + listen, cmd: exec.Command(s.binary, "serve", "--listen", listen), ended: make(chan struct{})}
	n.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MUSTER_") }),
		"MUSTER_DB="+s.dsn, "MUSTER_KEY="+s.key, "MUSTER_URL="+n.url, "MUSTER_TWILIO="+s.texts.Setting())
	n.cmd.Dir = s.t.TempDir()
	n.cmd.Stdout, n.cmd.Stderr = &n.log, &n.log
	must(s.t, n.cmd.Start())
	go func() { _ = n.cmd.Wait(); close(n.ended) }()
	s.t.Cleanup(func() {
		n.kill()
		if s.t.Failed() {
			log := n.log.Bytes()
			s.t.Logf("%s said:\n%s", n.listen, log[max(0, len(log)-2000):])
		}
	})
	s.mu.Lock()
	if i := slices.IndexFunc(s.nodes, func(o *node) bool { return o.listen == listen }); i >= 0 {
		s.nodes[i] = n
	} else {
		s.nodes = append(s.nodes, n)
	}
	s.mu.Unlock()
	tick, end := time.NewTicker(10*time.Millisecond), time.After(patient)
	defer tick.Stop()
	for {
		if res, err := http.Get(n.url + "/healthz"); err == nil {
			res.Body.Close()
			return n
		}
		select {
		case <-n.ended:
			s.t.Fatalf("muster serve ended by itself:\n%s", &n.log)
		case <-end:
			s.t.Fatalf("muster serve does not answer within %v", patient)
		case <-tick.C:
		}
	}
}

// kill ends the node as a power cut does, and waits until it is gone.
func (n *node) kill() {
	n.once.Do(func() { _ = n.cmd.Process.Kill() }) // one that has ended needs none
	<-n.ended
}

// stop tells the node to finish.
func (n *node) stop() {
	_ = n.cmd.Process.Signal(syscall.SIGTERM) // one that has ended needs none
	<-n.ended
}
