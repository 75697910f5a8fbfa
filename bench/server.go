package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// server is muster serve, as a process of its own.
type server struct {
	address string
	cmd     *exec.Cmd
	log     *bytes.Buffer
	ended   chan error
	of      database
}

const (
	readyTime = 60 * time.Second
	stopTime  = 30 * time.Second
)

// serve starts a server on the row's database, with the sink as its carrier.
func (r *run) serve(s *sink) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	args := []string{"serve"}
	if r.profiles != "" {
		args = []string{"bench", "--node", filepath.Join(r.profiles, r.name+"."+r.db.kind+".pprof")}
	}
	c := &server{address: address, cmd: exec.Command(self, args...), log: &bytes.Buffer{}, ended: make(chan error, 1), of: r.db}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "MUSTER_") {
			c.cmd.Env = append(c.cmd.Env, e)
		}
	}
	c.cmd.Env = append(c.cmd.Env, "MUSTER_DB="+r.db.dsn, "MUSTER_KEY="+r.db.key, "MUSTER_LISTEN="+address,
		"MUSTER_URL=http://"+address, "MUSTER_TWILIO="+s.setting(),
		"MUSTER_WEBHOOK_NETWORKS=127.0.0.0/8") // where the bench's own alarm centre listens
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.ended <- c.cmd.Wait() }()
	if err := c.ready(r.ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *server) ready(ctx context.Context) error {
	tick, end := time.NewTicker(20*time.Millisecond), time.After(readyTime)
	defer tick.Stop()
	for {
		if res, err := http.Get("http://" + c.address + "/healthz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-c.ended:
			c.ended <- err
			return fmt.Errorf("the server ended: %w\n%s", err, c.log)
		case <-end:
			return fmt.Errorf("the server is not ready after %s\n%s", readyTime, c.log)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// stop ends it as an operator does.
func (c *server) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-c.ended:
		c.ended <- err
		return err
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("the server did not stop within %s", stopTime), c.cmd.Process.Kill())
	}
}

// used is the processor time of the server, and of the database's own
// processes.
func (c *server) used() (itself, database time.Duration) {
	return processor(c.cmd.Process.Pid), processor(c.of.server...)
}

// resides is how much memory the server holds.
func (c *server) resides() int64 {
	p, err := readProcess(c.cmd.Process.Pid)
	if err != nil {
		return 0
	}
	return p.resides
}
