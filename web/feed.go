package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/letin/grant"
	inside "muster/letin/visit"
	"muster/store"
)

// How the feed beats. A page that hears nothing for two and a half beats
// says loudly that it is no longer true.
const (
	beat      = 10 * time.Second
	writeTime = 15 * time.Second // a reader slower than this comes again
	kept      = 512              // changes to replay from, per process
	mostOpen  = 2000             // open feeds of one organisation
)

// feed hands changes on to open pages. It is the one place that does.
type feed struct {
	boot  string // tells this process's numbers from another's
	store *store.Store

	mu      sync.Mutex
	seq     int64
	log     []entry
	open    map[id.Org]map[chan entry]bool
	changed map[id.Org]time.Time
}

// entry is one change, as pages hear of it.
type entry struct {
	seq    int64
	org    id.Org // empty: everybody
	topics []string
}

// concerns tells whether pages of an organisation hear of the change. Those of
// the provider's people hear of leave to enter, wherever it is.
func (e entry) concerns(org id.Org) bool {
	return e.org == "" || e.org == org || org == identity.Provider && slices.Contains(e.topics, grant.Topic)
}

func newFeed(s *store.Store) *feed {
	f := &feed{boot: reference(), store: s, open: map[id.Org]map[chan entry]bool{}, changed: map[id.Org]time.Time{}}
	s.Watch(f.take)
	return f
}

// take hears of a commit. It must not wait: a page that does not keep up is
// told to renew everything instead.
func (f *feed) take(c store.Change) {
	var topics []string
	for _, t := range c.Topics {
		if t == "*" || t == "board" || t == "roster" || t == "outbox" || t == "rota" || t == "office" || t == "desk" || t == "partner" || t == inside.Topic || t == grant.Topic || strings.HasPrefix(t, "cas_") || strings.HasPrefix(t, "alm_") || strings.HasPrefix(t, "shf_") {
			topics = append(topics, t)
		}
	}
	if len(topics) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	e := entry{f.seq, c.Org, topics}
	f.log = append(f.log, e)
	if len(f.log) > 2*kept {
		f.log = slices.Clone(f.log[kept:])
	}
	f.changed[c.Org] = f.store.Now()
	for org, pages := range f.open {
		if !e.concerns(org) {
			continue
		}
		for page := range pages {
			select {
			case page <- e:
			default: // full: it will renew everything that it shows
			}
		}
	}
}

// last is when something last changed in the organisation, as far as this
// process knows.
func (f *feed) last(org id.Org) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed[org]
}

func (f *feed) join(org id.Org) (chan entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.open[org]) >= mostOpen {
		return nil, fault.New(fault.Limited, "limited")
	}
	if f.open[org] == nil {
		f.open[org] = map[chan entry]bool{}
	}
	page := make(chan entry, 64)
	f.open[org][page] = true
	return page, nil
}

func (f *feed) part(org id.Org, page chan entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open[org], page)
	if len(f.open[org]) == 0 {
		delete(f.open, org)
	}
}

// since is what a page missed that last heard lastID. What is not known any
// more is everything.
func (f *feed) since(org id.Org, lastID string) []string {
	if lastID == "" {
		return nil
	}
	boot, number, _ := strings.Cut(lastID, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || boot != f.boot || len(f.log) > 0 && f.log[0].seq > seq+1 {
		return []string{"*"}
	}
	var topics []string
	for _, e := range f.log {
		if e.seq > seq && e.concerns(org) {
			topics = append(topics, e.topics...)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// hears tells which topics a person's page is told of. Who only works alone
// hears that something changed, and never of an alarm by name: one raised
// under duress must not show on the phone that somebody else may hold (OA10).
func hears(who actor.Actor, topics []string) []string {
	if who.Kind == actor.Staff && who.Org == "" {
		return slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return t != grant.Topic && t != "*" })
	}
	if watches(who) {
		return topics
	}
	if slices.Contains(topics, "board") || slices.Contains(topics, "*") {
		return []string{"board"}
	}
	return nil
}

// providerFeed is where the pages of the provider's people listen.
const providerFeed = providerPages + "feed"

// serveFeed is the stream of an open page.
func (s *site) serveFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	org := v.who.Org
	if org == "" {
		org = identity.Provider
	}
	page, err := s.feed.join(org)
	if err != nil {
		return err
	}
	defer s.feed.part(org, page)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or proxies would keep it back
	out := &stream{w: w, control: http.NewResponseController(w)}
	out.beat(s.Store.Now())
	if missed := hears(v.who, s.feed.since(org, r.Header.Get("Last-Event-ID"))); len(missed) > 0 {
		out.change("", missed)
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	doubt, done := s.vouching(v)
	defer done()
	for out.err == nil {
		select {
		case <-r.Context().Done():
			return nil
		case <-doubt:
			if s.goes(r, v, out) {
				return nil
			}
		case <-ticker.C:
			// A session that was ended hears nothing more.
			if _, _, err := s.Gate.SessionActor(r.Context(), v.cookie); err != nil {
				return nil
			}
			out.beat(s.Store.Now())
		case e := <-page:
			if v.who.Guest() && s.goes(r, v, out) {
				return nil
			}
			topics := e.topics
			if len(page) == cap(page)-1 { // it was full: something may be lost
				topics = []string{"*"}
			}
			if topics = hears(v.who, topics); len(topics) > 0 {
				out.change(fmt.Sprintf("%s-%d", s.feed.boot, e.seq), topics)
			}
		}
	}
	return nil
}

// vouchEvery is how often it is asked whether a guest may still be inside. What
// ends a visit may be a row of the provider's or the time, of which nothing is
// heard: an open page must be gone within a second all the same (access A7).
const vouchEvery = 400 * time.Millisecond

// goes tells whether a guest may not be inside any more, and tells the page so.
func (s *site) goes(r *http.Request, v *visit, out *stream) bool {
	_, _, err := s.Gate.SessionActor(r.Context(), v.cookie)
	if err != nil {
		out.write(overEvent, s.Store.Now())
	}
	return err != nil
}

// vouching ticks for guests, and never for others.
func (s *site) vouching(v *visit) (doubt <-chan time.Time, done func()) {
	if !v.who.Guest() {
		return nil, func() {}
	}
	t := time.NewTicker(vouchEvery)
	return t.C, t.Stop
}

// stream writes events until the reader is gone.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (o *stream) beat(now time.Time) {
	o.write(fmt.Sprintf("event: beat\ndata: %d\n\n", now.UnixMilli()), now)
}

func (o *stream) change(id string, topics []string) {
	event := "event: change\ndata: " + strings.Join(topics, " ") + "\n\n"
	if id != "" {
		event = "id: " + id + "\n" + event
	}
	o.write(event, time.Time{})
}

func (o *stream) write(event string, now time.Time) {
	if o.err != nil {
		return
	}
	if !now.IsZero() {
		// Not every writer can set a deadline; the beat finds the dead ones then.
		_ = o.control.SetWriteDeadline(now.Add(beat + writeTime))
	}
	if _, o.err = o.w.Write([]byte(event)); o.err == nil {
		o.err = o.control.Flush()
	}
}
