package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"muster/call/wire"
	"muster/deliver/dc09"
)

const (
	handOvers    = 20
	handOverGoal = 15 * time.Second
)

// benchKey encrypts the frames of this row.
var benchKey = strings.Repeat("5A", 16)

// centre is a pair of DC-09 receivers: a primary that is reached and says
// nothing, and a secondary that takes what comes.
type centre struct {
	primary, secondary net.Listener
	stop               func()

	mu    sync.Mutex
	first map[string]int       // sequence number as the primary heard it, by content
	taken map[string]time.Time // when the secondary took it, by what it says
	wrong int                  // taken under another number than the primary heard
	all   chan struct{}        // one for each taken
}

func newCentre(ctx context.Context) (*centre, error) {
	c := &centre{first: map[string]int{}, taken: map[string]time.Time{}, all: make(chan struct{}, handOvers*4)}
	var err, err2 error
	c.primary, err = net.Listen("tcp", "127.0.0.1:0")
	c.secondary, err2 = net.Listen("tcp", "127.0.0.1:0")
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(c.listen)
	running.Go(func() {
		(&dc09.Receiver{Desk: c, Now: time.Now, Log: slog.New(slog.DiscardHandler)}).Serve(ctx, c.secondary, nil)
	})
	c.stop = func() { cancel(); _ = c.primary.Close(); running.Wait() }
	return c, nil
}

// listen hears what comes to the primary, and answers nothing.
func (c *centre) listen() {
	for {
		conn, err := c.primary.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			s := bufio.NewScanner(conn)
			s.Split(dc09.Split)
			for s.Scan() {
				c.hear(s.Bytes())
			}
		}()
	}
}

func (c *centre) hear(raw []byte) {
	key, err := dc09.ParseKey(benchKey)
	f, err2 := dc09.Parse(raw)
	if errors.Join(err, err2) != nil {
		return
	}
	if f, err = f.Open(key); err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.first[f.Extras(dc09.Text)] = f.Seq
	}
}

// Sender is the one account there is.
func (c *centre) Sender(context.Context, string, string, string) (dc09.Sender, error) {
	key, err := dc09.ParseKey(benchKey)
	return dc09.Sender{Key: key}, err
}

// Take notes when a frame came.
func (c *centre) Take(_ context.Context, a dc09.Arrival) error {
	if a.Refused != "" || a.Frame.ID == dc09.Null {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	what := a.Frame.Extras(dc09.Text)
	if c.first[what] != a.Frame.Seq {
		c.wrong++
	}
	if _, twice := c.taken[what]; !twice {
		c.taken[what] = time.Now()
		c.all <- struct{}{}
	}
	return nil
}

// dc09Row is how long it takes from pressing help until a monitoring centre's
// secondary receiver has acknowledged the alarm, when its primary is dead in
// the worst way: reached, and silent.
func dc09Row(r *run) (err error) {
	c, err := newCentre(r.ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	n := r.n(handOvers)
	s, err := r.stage(1, n, func(w *world) error { return r.connect(w, c) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	app, err := dial(r.ctx, s.server.address)
	if err != nil {
		return err
	}
	defer app.close()
	pressed := map[string]time.Time{}
	for _, w := range s.workers {
		pressed[w.name] = time.Now()
		if err := app.ask("/shifts/"+string(w.shift)+"/help", w.token); err != nil {
			return err
		}
	}
	limit := time.After(2 * handOverGoal)
	for range n {
		select {
		case <-c.all:
		case <-limit:
			r.lost("of %d alarms, %d reached the secondary receiver", n, len(c.taken))
			return nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrong > 0 {
		r.lost("%d of %d frames came to the secondary under another number", c.wrong, n)
	}
	var took spread
	for name, began := range pressed {
		for what, at := range c.taken {
			if strings.Contains(what, name) {
				took = append(took, at.Sub(began).Seconds())
				break
			}
		}
	}
	worst := took.at(1)
	r.report(line{
		what: fmt.Sprintf("DC-09: help pressed → secondary receiver's ACK, primary silent (n = %d)", len(took)),
		got:  fmt.Sprintf("p50 %.2f, worst %.2f s; same sequence number", took.median(), worst),
		raw:  "two waits of 3 s for the primary: 6 s", goal: "≤ 15 s",
		met: judge(worst <= handOverGoal.Seconds() && len(took) == n, handOverGoal.Seconds()/worst),
	})
	return nil
}

// connect gives the world's organisation a wire to the centre.
func (r *run) connect(w *world, c *centre) error {
	m, err := r.open()
	if err != nil {
		return err
	}
	_, _, err = wire.Office{Store: m.store, Keys: m.keys}.Add(r.ctx, boss(w.orgs[0].org), wire.Wire{
		Name: "Centre", Kind: wire.DC09, Active: true, Own: true,
		Settings: wire.Settings{Hosts: []string{c.primary.Addr().String(), c.secondary.Addr().String()}, Account: "1234"},
	}, wire.Secret{Key: &benchKey})
	return errors.Join(err, m.close())
}
