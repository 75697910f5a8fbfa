package smpp

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

// listener is a channel that no centre is bound to; what it hears is kept.
type listener struct {
	*Channel
	t  *testing.T
	mu sync.Mutex
	in []Text
}

func listen(t *testing.T, s *store.Store) *listener {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t}
	l.Channel, err = New("smpp://user:pass@127.0.0.1:1?from=12345", Doors{
		Store: s, Keys: keys, Log: slog.New(slog.DiscardHandler),
		Heard: func(_ context.Context, x Text) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.in = append(l.in, x)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *listener) part(n, of int, body string) {
	l.t.Helper()
	if err := l.hear(l.t.Context(), segment{from: "+358401234567", to: "1", ref: 7, n: n, of: of, body: body}, &settled{}); err != nil {
		l.t.Error(err)
	}
}

// giveUp passes on what is incomplete, as a sweep does that comes late enough.
func (l *listener) giveUp() (groups int) {
	l.t.Helper()
	all, err := l.partsBefore(l.t.Context(), l.doors.Store.Now().Add(keptParts))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, group := range all {
		if err := l.passGroup(l.t.Context(), group); err != nil {
			l.t.Error(err)
		}
	}
	return len(all)
}

// Parts of one text that come at the same moment see each other only once they
// are committed: the last of them must not wait for the sweep.
func TestPartsThatComeSideBySideAreHeardAtOnce(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	var commits atomic.Int32
	s, err := store.Open(t.Context(), mustertest.Postgres(t), store.Options{Trip: func(step string) error {
		if step == "commit" && commits.Add(1) <= 2 {
			both.Done()
			both.Wait()
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	l := listen(t, s)
	var wg sync.WaitGroup
	wg.Go(func() { l.part(1, 2, "HELP, I am ") })
	wg.Go(func() { l.part(2, 2, "in two parts") })
	wg.Wait()
	if len(l.in) == 0 {
		t.Fatal("both parts are there, and nothing was heard")
	}
	for _, x := range l.in { // twice at worst, under one id
		if x.Body != "HELP, I am in two parts" || x.ID != l.in[0].ID {
			t.Errorf("%+v", l.in)
		}
	}
}

// A part that comes when its text was given up is heard, once, and is then
// done with.
func TestAPartThatComesTooLateIsHeard(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		l := listen(t, s)
		l.part(2, 3, "I am down")
		l.giveUp()
		l.part(1, 3, "HELP ")
		l.giveUp()
		l.part(3, 3, " in the shaft")
		if n := l.giveUp(); n > 0 {
			t.Errorf("%d texts are waited for without end", n)
		}
		if len(l.in) != 3 || l.in[0].Body != " … I am down" || l.in[1].Body != "HELP " || l.in[2].Body != " …  in the shaft" || l.in[0].ID == l.in[1].ID {
			t.Errorf("%+v", l.in)
		}
	})
}
