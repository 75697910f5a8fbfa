package sip

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/id"
)

// exchange is SIPp as a trunk that lets everything ring, and keeps a trace.
type exchange struct {
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
	n    int // how often it was started
}

func (x *exchange) start() {
	x.t.Helper()
	scenario, err := filepath.Abs(filepath.Join("testdata", "holds.xml"))
	if err != nil {
		x.t.Fatal(err)
	}
	x.n++
	x.cmd = exec.Command("sipp", "-sf", scenario, "-i", them, "-p", fmt.Sprint(x.port), "-nostdin", "-nd", "-trace_msg", "-message_file", filepath.Join(x.dir, fmt.Sprintf("%d.trace", x.n)))
	x.cmd.Dir = x.dir
	if err := x.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	listening(x.t, "udp", x.port)
}

func (x *exchange) stop() {
	_ = x.cmd.Process.Kill()
	_ = x.cmd.Wait()
}

var invite = regexp.MustCompile(`(?s)INVITE sip:(\+\d+)@.*?branch=([^;\s]+).*?Call-ID: (\S+)`)

// taken reads the trace: every call once, however often it was asked for.
func (x *exchange) taken() (all []conformance.Taken) {
	seen := map[string]bool{}
	for n := 1; n <= x.n; n++ {
		raw, err := os.ReadFile(filepath.Join(x.dir, fmt.Sprintf("%d.trace", n)))
		if err != nil && !os.IsNotExist(err) {
			x.t.Error(err)
		}
		for _, m := range invite.FindAllSubmatch(raw, -1) {
			if branch := string(m[2]); !seen[branch] {
				seen[branch] = true
				all = append(all, conformance.Taken{To: string(m[1]), Attempt: id.Attempt(m[3]), ID: branch})
			}
		}
	}
	return all
}

func TestCallsOverSIPKeepThePromisesOfEveryChannel(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		x := &exchange{t: t, dir: t.TempDir(), port: free()}
		x.start()
		t.Cleanup(x.stop)
		l := dial(t, x.port, "ring=100&lines=40")
		l.trunk.Desk.Report = take
		return conformance.Rig{
			Channel: l.trunk, Refused: "+358409999999",
			Address: func(n int) string { return fmt.Sprintf("+35840%07d", n) },
			Taken:   x.taken, Stop: x.stop, Start: x.start,
		}
	})
}
