package mustertest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// Centre is a message centre that speaks SMPP: npm smpp, a program by others.
// It listens on this machine and sends nothing anywhere.
type Centre struct {
	Port int

	in    io.Writer
	lines chan CentreSaid

	mu  sync.Mutex
	all []CentreSaid
}

// CentreSaid is one thing that the centre says; what is not said is zero.
type CentreSaid struct {
	Port            int
	Bound           string
	Version         int
	Type            string
	Refused         bool
	Unbound         bool
	Closed          bool
	Enquired        bool
	NoReceiver      bool
	ReceiptRefused  int
	ReceiptAnswered string
	TextAnswered    *int
	Submit          *CentreText
	Sums            *struct{ Taken, Throttled, Came int }
}

// CentreText is one message as the centre got it.
type CentreText struct {
	ID, From, To, Text                  string
	FromTon, Ton, Npi                   int
	Coding, Class, Priority, Registered int
	Minutes                             int
	UDH                                 string
	Sar                                 []int
	Payload                             bool
}

// NewCentre starts a centre; options are those that mustertest/peer/smsc.cjs
// names.
func NewCentre(t testing.TB, options map[string]any) *Centre {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "peer")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "smpp")); err != nil {
		t.Fatal("npm smpp is not installed; `make peers` does that")
	}
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "smsc.cjs", string(text))
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("there is no Node.js to run npm smpp: %v", err)
	}
	c := &Centre{in: in, lines: make(chan CentreSaid, 10000)}
	t.Cleanup(func() {
		_ = in.Close()
		for range c.lines { // read to the end, so that it can end
		}
		_ = cmd.Wait()
	})
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var one CentreSaid
			if json.Unmarshal(s.Bytes(), &one) == nil {
				c.mu.Lock()
				c.all = append(c.all, one)
				c.mu.Unlock()
				c.lines <- one
			}
		}
	}()
	c.Port = c.Expect(t, "port", func(s CentreSaid) bool { return s.Port > 0 }).Port
	return c
}

// Setting is the value of MUSTER_SMPP that leads here, with further options.
func (c *Centre) Setting(options string) string {
	return fmt.Sprintf("smpp://muster:s3cret@127.0.0.1:%d?from=%%2B358457000000%s", c.Port, options)
}

// All is everything that the centre has said, whoever was waiting for it.
func (c *Centre) All() []CentreSaid {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// Order gives the centre one order.
func (c *Centre) Order(t testing.TB, order map[string]any) {
	t.Helper()
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c.in, "%s\n", text); err != nil {
		t.Fatal(err)
	}
}

// Expect passes over what the centre says until it is what is wanted.
func (c *Centre) Expect(t testing.TB, what string, wanted func(CentreSaid) bool) CentreSaid {
	t.Helper()
	limit := time.After(60 * time.Second)
	for {
		select {
		case one, ok := <-c.lines:
			if !ok {
				t.Fatalf("the message centre has ended; %s was expected", what)
			}
			if wanted(one) {
				return one
			}
		case <-limit:
			t.Fatalf("the message centre did not say: %s", what)
		}
	}
}

// Text waits for the next message.
func (c *Centre) Text(t testing.TB) CentreText {
	t.Helper()
	return *c.Expect(t, "a message", func(s CentreSaid) bool { return s.Submit != nil }).Submit
}
