package bench

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sink is a text message carrier that takes everything at once and says
// nothing more about it. It notes when each message came.
type sink struct {
	address string
	server  *http.Server
	made    atomic.Int64
	bulk    atomic.Int64 // messages about nobody of ours

	mu       sync.Mutex
	came     map[string]time.Time // worker's name: when the first message about them came
	attempts map[string]int       // how often each attempt came
	last     time.Time
	expect   map[string]chan time.Time
}

// named finds the worker's name in a text.
var named = regexp.MustCompile(`W[0-9]{6}`)

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: l.Addr().String(), expect: map[string]chan time.Time{}}
	s.forget()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: askTime}
	go s.server.Serve(l)
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

// setting leads a server here.
func (s *sink) setting() string {
	return "http://AC0:token@" + s.address + "?from=%2B358457000000"
}

// forget begins a new round.
func (s *sink) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came, s.attempts = map[string]time.Time{}, map[string]int{}
}

// ServeHTTP takes a message.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	raw, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	s.note(form, at)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"sid":"SM%032x","status":"queued"}`, s.made.Add(1))
}

func (s *sink) note(form url.Values, at time.Time) {
	who := named.FindString(form.Get("Body"))
	if who == "" {
		s.bulk.Add(1)
		return
	}
	_, attempt, _ := strings.Cut(form.Get("StatusCallback"), "attempt=")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[attempt]++
	s.last = at
	if _, known := s.came[who]; known {
		return
	}
	s.came[who] = at
	if waits, ok := s.expect[who]; ok {
		waits <- at
		delete(s.expect, who)
	}
}

// wait gives the instant at which the first message about a worker will come.
// It must be asked for before.
func (s *sink) wait(who string) <-chan time.Time {
	ch := make(chan time.Time, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expect[who] = ch
	return ch
}

// count is how many workers and attempts a message came for, and how many
// came more than once.
func (s *sink) count() (workers, attempts, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.attempts {
		twice += n - 1
	}
	return len(s.came), len(s.attempts), twice
}
