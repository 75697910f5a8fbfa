package switchboard

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	"muster/carrier"
	"muster/deliver"
)

// meter counts what becomes of messages at each carrier, on this node, until it
// is written down; and knows what each last said to us.
type meter struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[tally]*count
	open   map[string]*flight // by the carrier's id of a message, or of a part of one
	states map[*post]pulse
}

type tally struct {
	minute                             time.Time
	carrier, channel, what, sort, code string
}

type count struct {
	n    int
	last time.Time
}

// flight is a message of which the carrier is to report.
type flight struct {
	at    time.Time
	parts int
	heard bool // a first report came
	test  bool // somebody tried the carrier: no message of ours
	over  bool // how it ended is counted
}

// pulse is how the last tries fared.
type pulse struct {
	sort  string // why they failed; empty: they did not
	since time.Time
}

// Bounds of what is remembered of messages that were handed over.
const (
	followed = 20_000
	awaited  = 15 * time.Minute
)

func newMeter(now func() time.Time) *meter {
	return &meter{now: now, counts: map[tally]*count{}, open: map[string]*flight{}, states: map[*post]pulse{}}
}

func (m *meter) add(p *post, now time.Time, what, sort, code string) {
	t := tally{now.Truncate(time.Minute), p.station.source.ID, p.Name(), what, sort, clip(code)}
	c := m.counts[t]
	if c == nil {
		c = &count{}
		m.counts[t] = c
	}
	c.n, c.last = c.n+1, now
}

// clip bounds a carrier's code, which becomes part of a key.
func clip(code string) string {
	if len(code) > 40 {
		code = code[:40]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(code, "\x00", ""), "")
}

// sent counts a try that began at an instant.
func (m *meter) sent(p *post, at time.Time, r deliver.Receipt, err error) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	state, known := m.states[p]
	if code, final := finalCode(err); err == nil || final {
		if !known || state.sort != "" {
			m.states[p] = pulse{since: now}
		}
		if final {
			m.add(p, now, carrier.Refused, "", code)
			return
		}
	} else {
		sort := sortOf(err)
		if state.sort != sort {
			m.states[p] = pulse{sort, now}
		}
		m.add(p, now, carrier.Lost, sort, "")
		return
	}
	m.add(p, now, carrier.Taken, "", "")
	ids := r.Parts
	if len(ids) == 0 && r.ProviderID != "" {
		ids = []string{r.ProviderID}
	}
	if r.State != deliver.HandedOver || len(m.open)+len(ids) > followed {
		return
	}
	f := &flight{at: at, parts: max(1, len(ids))}
	for _, id := range ids {
		m.open[id] = f
	}
}

// tested notes that what a carrier took was a test.
func (m *meter) tested(r deliver.Receipt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range append(r.Parts, r.ProviderID) {
		if f := m.open[id]; f != nil {
			f.test = true
		}
	}
}

// isTest tells whether a report is about a test that left from here.
func (m *meter) isTest(r deliver.Report) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range []string{r.ProviderID, r.Or} {
		if f := m.open[id]; f != nil && f.test {
			return true
		}
	}
	return false
}

// heard counts a report. Of one that came back on another node than its
// message left from, how long it took is not known.
func (m *meter) heard(p *post, r deliver.Report) {
	if r.State == "" {
		return
	}
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.open[r.ProviderID]
	if f == nil {
		f = m.open[r.Or]
	}
	if f == nil {
		f = &flight{parts: 1, heard: true}
		if r.ProviderID != "" && len(m.open) < followed {
			f.at = now
			m.open[r.ProviderID] = f // the same may come again
		}
	}
	if !f.heard && (r.State != deliver.HandedOver || p.Name() == "voice") {
		f.heard = true
		m.add(p, now, carrier.After, carrier.Band(now.Sub(f.at)), "")
	}
	switch {
	case f.over:
	case r.State == deliver.Failed:
		f.over = true
		m.add(p, now, carrier.Failed, "", r.Code)
	case r.State == deliver.Delivered || r.State == deliver.Answered:
		if f.parts--; f.parts <= 0 {
			f.over = true
			m.add(p, now, carrier.Delivered, "", "")
		}
	}
}

// drain gives away what was counted, and forgets what is waited for in vain.
func (m *meter) drain() (all []carrier.Tally) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for t, c := range m.counts {
		all = append(all, carrier.Tally{
			Minute: t.minute, Carrier: t.carrier, Channel: t.channel, What: t.what, Sort: t.sort, Code: t.code, N: c.n, Last: c.last,
		})
	}
	clear(m.counts)
	for id, f := range m.open {
		if now.Sub(f.at) > awaited {
			delete(m.open, id)
		}
	}
	return all
}

// back takes in again what could not be written down.
func (m *meter) back(all []carrier.Tally) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range all {
		k := tally{t.Minute, t.Carrier, t.Channel, t.What, t.Sort, t.Code}
		c := m.counts[k]
		if c == nil {
			c = &count{last: t.Last}
			m.counts[k] = c
		}
		c.n += t.N
	}
}

func (m *meter) pulse(p *post) (pulse, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.states[p]
	return s, ok
}

// The sorts of trouble with a carrier, in our words.
const (
	Timeout     = "timeout"
	Unreachable = "unreachable"
	Certificate = "certificate"
	Login       = "login"
	Busy        = "busy"
	Other       = "other"
)

// Codes by which carriers say no to our sign-in, or to more for the moment; a
// telephone number has no such word in it.
var (
	loginCode = regexp.MustCompile(`\b(401|403|534|535|530)\b`)
	busyCode  = regexp.MustCompile(`\b429\b`)
)

// sortOf says in our words what is wrong; the carrier's own may name whom a
// message was for.
func sortOf(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	words := strings.ToLower(err.Error())
	says := func(any ...string) bool {
		for _, w := range any {
			if strings.Contains(words, w) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.As(err, &cert), says("x509", "certificate"):
		return Certificate
	case loginCode.MatchString(words), says("authenticat", "password", "bind: ", "let us bind", "does not register us", "credential", "sign in"):
		return Login
	case busyCode.MatchString(words), says("throttl", "too many", "are busy", "takes no more"):
		return Busy
	case errors.As(err, &dns), errors.As(err, &op) && !op.Timeout(), says("connection refused", "no connection", "cannot be reached", "no such host"):
		return Unreachable
	case errors.Is(err, context.DeadlineExceeded), says("timeout", "timed out", "does not answer"):
		return Timeout
	}
	return Other
}

// finalCode is the code of a carrier's final no.
func finalCode(err error) (code string, final bool) {
	f, ok := errors.AsType[interface {
		error
		Final() bool
		Code() string
	}](err)
	if !ok || !f.Final() {
		return "", false
	}
	return f.Code(), true
}
