package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/mustertest"
)

// A storm of a thousand calls for help, and a node killed in the middle of it.
const storm = 1000

// catchUp is how long after the last call the last message may leave: what a
// killed node had claimed comes up after its lease, 4 seconds, on a machine
// that may be busy.
const catchUp = 20 * time.Second

func TestKillInAStormLosesNothing(t *testing.T) {
	binary := build(t)
	for _, c := range []struct {
		name  string
		db    func(testing.TB) string
		nodes int
	}{
		{"sqlite", mustertest.SQLite, 1},
		{"postgres", mustertest.Postgres, 1},
		{"two nodes on one postgres", mustertest.Postgres, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &disaster{installation: install(t, binary, c.db(t))}
			d.everybodyGoesOut()
			if c.nodes == 1 {
				d.callWhile(d.first, d.first)
				d.first = d.serve(strings.TrimPrefix(d.url, "http://"))
				d.callAgain(d.first)
			} else {
				second := d.serve(freeAddress(t))
				d.callWhile(second, d.first, second)
				d.callAgain(d.first)
			}
			d.eachHasOneAlarm()
			d.eachAlarmWasSent()
			d.bookHasEach()
		})
	}
}

// disaster is many people who need help at once.
type disaster struct {
	*installation
	org     string
	shifts  []string
	workers map[string]bool
	heard   []bool // whose call was answered
}

const monitorsPhone = "+358401234567"

func (d *disaster) everybodyGoesOut() {
	d.t.Helper()
	d.org, _ = d.call(http.MethodPost, "/organisations", map[string]any{
		"name": "Harbour Works", "country": "FI", "time_zone": "Europe/Helsinki", "language": "en",
		"repeat_seconds": 86400, "administrator": map[string]any{"name": "Olavi Salo", "email": "olavi@good.test", "mobile": "+358405550000"},
	})["id"].(string)
	d.token = strings.TrimSpace(d.muster("token", "--organisation", d.org, "--role", "administrator", "--role", "monitor", "--role", "worker"))
	d.call(http.MethodPost, "/organisations/"+d.org+"/people", map[string]any{
		"name": "Mikko Laine", "email": "mikko@good.test", "mobile": monitorsPhone, "roles": []string{"monitor"},
	})
	d.shifts, d.heard, d.workers = make([]string, storm), make([]bool, storm), map[string]bool{}
	var mu sync.Mutex
	var wrong error
	crowd(storm, func(i int) {
		worker, err := d.made("/organisations/"+d.org+"/people", map[string]any{
			"name": fmt.Sprintf("Worker %04d", i), "email": fmt.Sprintf("worker%d@good.test", i),
			"mobile": fmt.Sprintf("+35850%07d", i), "pin": fmt.Sprintf("%06d", 100000+i), "roles": []string{"worker"},
		}, fmt.Sprintf("worker-%d", i))
		if err == nil {
			d.shifts[i], err = d.made("/organisations/"+d.org+"/shifts", map[string]any{"worker_id": worker, "check_in_seconds": 86400}, fmt.Sprintf("shift-%d", i))
		}
		mu.Lock()
		defer mu.Unlock()
		if d.workers[worker] = true; err != nil {
			wrong = err
		}
	})
	if wrong != nil {
		d.t.Fatal(wrong)
	}
}

// crowd does n things, 32 at a time.
func crowd(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	all.Wait()
}

// made posts something new and returns its id.
func (d *disaster) made(path string, body any, key string) (string, error) {
	status, said, err := d.ask(d.url, http.MethodPost, path, key, body)
	if err != nil {
		return "", err
	}
	var thing struct{ ID string }
	if err := json.Unmarshal(said, &thing); err != nil || thing.ID == "" {
		return "", fmt.Errorf("%d %s", status, said)
	}
	return thing.ID, nil
}

// callWhile lets everybody press help on some of the nodes, and kills the
// victim when a third have been answered.
func (d *disaster) callWhile(victim *node, nodes ...*node) {
	d.t.Helper()
	var answered atomic.Int64
	var killed sync.WaitGroup
	crowd(storm, func(i int) {
		if d.heard[i] = d.help(nodes[i%len(nodes)], i); d.heard[i] && answered.Add(1) == storm/3 {
			killed.Go(func() {
				if err := victim.kill(); err != nil {
					d.t.Errorf("kill: %v", err)
				}
			})
		}
	})
	killed.Wait()
	if n := answered.Load(); n < storm/3 || n == storm {
		d.t.Fatalf("%d of %d calls were answered: the kill missed the storm", n, storm)
	}
	d.t.Logf("%d of %d calls were answered before and around the kill", answered.Load(), storm)
}

// callAgain does what an app does that got no answer: the same call, under the
// same key, until there is one.
func (d *disaster) callAgain(n *node) {
	d.t.Helper()
	crowd(storm, func(i int) {
		if !d.heard[i] && !d.help(n, i) {
			d.t.Errorf("call %d is not answered after the kill either", i)
		}
	})
}

func (d *disaster) help(n *node, i int) bool {
	status, _, err := d.ask(n.url, http.MethodPost, "/shifts/"+d.shifts[i]+"/help", fmt.Sprintf("help-%d", i), map[string]any{})
	// Conflict says that it took effect and only the answer was lost.
	return err == nil && (status < 300 || status == http.StatusConflict)
}

func (d *disaster) eachHasOneAlarm() {
	d.t.Helper()
	alarms, _ := d.call(http.MethodGet, "/organisations/"+d.org+"/board", nil)["alarms"].([]any)
	seen := map[string]int{}
	for _, a := range alarms {
		worker, _ := a.(map[string]any)["worker"].(map[string]any)
		id, _ := worker["id"].(string)
		seen[id]++
	}
	lost, doubled := 0, 0
	for worker := range d.workers {
		switch n := seen[worker]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	if lost+doubled > 0 || len(alarms) != storm {
		d.t.Errorf("%d alarms for %d calls: %d lost, %d doubled", len(alarms), storm, lost, doubled)
	}
}

// eachAlarmWasSent waits until the carrier has had every message. One that was
// on its way when the node was killed may come twice, under the same attempt.
func (d *disaster) eachAlarmWasSent() {
	d.t.Helper()
	began := time.Now()
	tick, end := time.NewTicker(50*time.Millisecond), time.After(catchUp)
	defer tick.Stop()
	attempts := d.attempts()
	for len(attempts) < storm {
		select {
		case <-tick.C:
			attempts = d.attempts()
		case <-end:
			d.t.Fatalf("%d of %d messages reached the carrier within %s of the last call", len(attempts), storm, catchUp)
		}
	}
	twice := 0
	for attempt, n := range attempts {
		if n > 2 {
			d.t.Errorf("attempt %s reached the carrier %d times", attempt, n)
		}
		twice += n - 1
	}
	failed := d.texts.Settle()
	d.t.Logf("%d messages handed over %s after the last call, %d of them twice under the same attempt; %d reports met no node",
		len(attempts), time.Since(began).Round(time.Millisecond), twice, len(failed))
}

// attempts counts what the carrier had, by the attempt that its report will
// name.
func (d *disaster) attempts() map[string]int {
	d.t.Helper()
	attempts := map[string]int{}
	for _, m := range d.texts.Messages() {
		back, err := url.Parse(m.Callback)
		if err != nil {
			d.t.Fatal(err)
		}
		if m.To == monitorsPhone {
			attempts[back.Query().Get("attempt")]++
		}
	}
	return attempts
}

func (d *disaster) bookHasEach() {
	d.t.Helper()
	export := filepath.Join(d.t.TempDir(), "book")
	d.muster("export", "--organisation", d.org, "--out", export)
	d.muster("verify", export)
	raw, err := os.ReadFile(export)
	if err != nil {
		d.t.Fatal(err)
	}
	if n := bytes.Count(raw, []byte(`"alarm.raised"`)); n != storm {
		d.t.Errorf("the book has %d alarms raised, want %d", n, storm)
	}
}
