package pass

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// over knows which passes were taken back, and whether that is still heard.
type over struct {
	mu    sync.Mutex
	ended map[string]chan struct{} // by pass; closed: it is over
	when  map[string]time.Time     // when it ended, for forgetting
	heard time.Time                // the last sign of life of the stream
}

func newOver() over {
	return over{ended: map[string]chan struct{}{}, when: map[string]time.Time{}}
}

// Muster gives a sign of life every two seconds. After silence passes are
// checked one by one.
const (
	silence  = 5 * time.Second
	forget   = time.Hour // a pass lasts five minutes at most
	tryAgain = 250 * time.Millisecond
	slowest  = 5 * time.Second
)

func (o *over) hears(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return now.Sub(o.heard) < silence
}

func (o *over) alive(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = now
	for id, at := range o.when {
		if now.Sub(at) > forget {
			delete(o.when, id)
			delete(o.ended, id)
		}
	}
}

func (o *over) deaf() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = time.Time{}
}

// bell is closed when the pass is over.
func (o *over) bell(id string) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended[id] == nil {
		o.ended[id] = make(chan struct{})
	}
	return o.ended[id]
}

func (o *over) end(id string, now time.Time) {
	bell := o.bell(id)
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, done := o.when[id]; !done {
		close(bell)
		o.when[id] = now
	}
}

func (o *over) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, done := o.when[id]
	return done
}

// Over is closed when the visit has ended, so that open pages can be.
func (c *Client) Over(p Pass) <-chan struct{} { return c.over.bell(p.ID) }

// listen keeps the stream of revocations open.
func (c *Client) listen(ctx context.Context) {
	pause := tryAgain
	for ctx.Err() == nil {
		began := time.Now()
		err := c.stream(ctx)
		c.over.deaf()
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > slowest {
			pause = tryAgain
		}
		c.log.Warn("pass: revocations are not heard; every request is checked with Muster", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, slowest)
	}
}

// stream reads events (text/event-stream) until it breaks or falls silent.
func (c *Client) stream(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.at+"/access/v1/revocations", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "text/event-stream")
	watchdog := time.AfterFunc(silence, stop)
	defer watchdog.Stop()
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %d", res.StatusCode)
	}
	// What ended while nobody listened is not told again.
	c.recheck(ctx)
	lines := bufio.NewScanner(res.Body)
	event := ""
	for lines.Scan() {
		watchdog.Reset(silence)
		c.over.alive(time.Now())
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "":
			event = ""
		case name == "event":
			event = value
		case name == "data" && event == "ended":
			var ended struct{ Pass string }
			if err := json.Unmarshal([]byte(value), &ended); err != nil {
				return err
			}
			c.over.end(ended.Pass, time.Now())
			c.log.Info("pass: a visit has ended", "pass", ended.Pass)
		}
	}
	return errors.Join(errors.New("the stream broke off"), lines.Err())
}

// recheck asks about every visit under way.
func (c *Client) recheck(ctx context.Context) {
	for _, p := range c.visits.all() {
		if err := c.holds(ctx, p); errors.Is(err, ErrRevoked) {
			c.over.end(p.ID, time.Now())
		}
	}
}
