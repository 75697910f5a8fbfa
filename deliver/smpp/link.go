package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"muster/deliver/transcript"
)

// link keeps one connection to the centre bound, in one direction or both.
type link struct {
	config  config
	command uint32 // which bind
	tls     *tls.Config
	take    func(*session, pdu)
	log     *slog.Logger

	mu      sync.Mutex
	now     *session      // nil while there is none
	changed chan struct{} // closed, and made anew, when now changes
	why     error         // why there is none

	asked, answered string // the latest bind and its answer, in words
}

// pauses before another attempt to bind; the last one repeats. A random part
// of each is added, so that nodes do not come all at once. A centre that lets
// us bind and then cuts us off has not had us: whoever comes back ten times a
// second is shut out.
var pauses = []time.Duration{100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second}

// dialTime is how long a connection and its bind may take.
const dialTime = 10 * time.Second

// run keeps the link up until ctx ends, and then unbinds.
func (l *link) run(ctx context.Context) {
	for failures := 0; ; {
		s, err := l.open(ctx)
		if err == nil {
			l.set(s, nil)
			l.log.Info("bound to the message centre", "host", l.config.host)
			if err = l.serve(ctx, s); s.useful() {
				failures = 0
			}
		}
		l.set(nil, err)
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("not bound to the message centre; trying again", "host", l.config.host, "err", err)
		pause := pauses[min(failures, len(pauses)-1)]
		failures++
		select {
		case <-time.After(pause + rand.N(pause)):
		case <-ctx.Done():
			return
		}
	}
}

func (l *link) open(ctx context.Context) (s *session, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var conn net.Conn
	if l.config.tls {
		d := tls.Dialer{Config: l.tls}
		conn, err = d.DialContext(ctx, "tcp", l.config.address)
	} else {
		var d net.Dialer
		conn, err = d.DialContext(ctx, "tcp", l.config.address)
	}
	if err != nil {
		return nil, fmt.Errorf("smpp: %w", err)
	}
	s = newSession(conn, l.take)
	l.note(l.bindWords(), "")
	go func() { _ = s.follow() }()
	p, err := s.ask(ctx, l.command, bind(l.config))
	if err == nil {
		l.note(l.bindWords(), p.answerWords(l.command, ""))
	}
	if err == nil && p.status != okay {
		err = fmt.Errorf("smpp: the message centre does not let us bind: %s", statusText(p.status))
	}
	if err != nil {
		s.end(err)
		return nil, err
	}
	return s, nil
}

// serve watches a session until it ends. When ctx ends, the centre is told.
func (l *link) serve(ctx context.Context, s *session) error {
	go s.watch(l.config.enquire)
	select {
	case <-s.ended:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.why
	case <-ctx.Done():
	}
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = s.ask(bye, unbind, nil) // it is over either way
	s.end(context.Cause(ctx))
	<-s.ended
	return context.Cause(ctx)
}

// note keeps the latest bind, for whoever asks what was said.
func (l *link) note(asked, answered string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked, l.answered = asked, answered
}

func (l *link) set(s *session, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now, l.why = s, why
	close(l.changed)
	l.changed = make(chan struct{})
}

// patience is how long a message waits for a link that is down. Whoever sends
// it has other ways to go.
const patience = 2 * time.Second

var errDown = errors.New("there is no connection to the message centre")

// session is the bound session, as soon as there is one.
func (l *link) session(ctx context.Context) (*session, error) {
	var over <-chan time.Time
	log := transcript.From(ctx)
	for {
		l.mu.Lock()
		s, changed, why := l.now, l.changed, l.why
		l.mu.Unlock()
		if s != nil && !s.over() {
			if over != nil {
				l.recount(log, nil)
			}
			return s, nil
		}
		if over == nil {
			log.Note("there is no connection to the message centre at this moment")
			t := time.NewTimer(patience)
			defer t.Stop()
			over = t.C
		}
		select {
		case <-changed:
			continue
		case <-over:
		case <-ctx.Done():
		}
		l.recount(log, why)
		return nil, errors.Join(errDown, why)
	}
}
