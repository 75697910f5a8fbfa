package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"muster/deliver/wording"
	"muster/id"
	"muster/seal"
	"muster/store"
)

// How many sends a lane has under way at once on one node.
var hands = map[Lane]int{SOS: 32, Duty: 8, Notice: 8, Bulk: 4}

// A claim hides a message for a short while and is renewed for as long as the
// send is under way: what a slow carrier keeps is not sent twice, and what a
// node held that died comes up again within seconds.
const (
	sendTime  = 20 * time.Second // longest that one send may take
	leaseTime = 4 * time.Second
	renewal   = 1500 * time.Millisecond
)

// Engine sends what is queued. Any number of engines may run on one database.
type Engine struct {
	Store     *store.Store
	Channels  map[string]Channel
	Keys      *seal.Keys
	URL       *url.URL // where people reach this installation
	Aftermath Aftermath
	Log       *slog.Logger
	Replies   bool // whether somebody reads what people answer to a mail
	// Files, which may be nil, reads what a mail takes along, by name.
	Files func(context.Context, Message) (map[string][]byte, error)
}

// Run sends until ctx ends, and returns when the last send under way is
// recorded.
func (e *Engine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	d := doorsOf(e.Store)
	quiet := &silence{e: e, wake: make(chan struct{}, 1)}
	wg.Go(func() { quiet.run(ctx) })
	for _, name := range lanes() {
		l := newLane(e, name, quiet)
		d.hang(name, l)
		wg.Go(func() { l.run(ctx) })
	}
	wg.Wait()
}

// send makes one try; later tells the channel if the message is taken back once
// it has left. It touches no database but for what a mail takes
// along. A panic is a failure of this try:
// the message goes the next way, and one that no channel bears does not take
// every node with it that claims it.
func (e *Engine) send(ctx context.Context, m Message, later *returns) (o outcome) {
	o = outcome{message: m, stop: m.Route[min(m.Stop, len(m.Route)-1)]}
	defer func() {
		if p := recover(); p != nil {
			o.err = fmt.Errorf("panic: %v", p)
			e.Log.Error("a channel panics", "channel", o.stop.Channel, "message", m.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	left := m.Expires.Sub(e.Store.Now())
	if left <= 0 {
		o.err = errors.New("its validity passed before it could leave")
		return o
	}
	ch, ok := e.Channels[o.stop.Channel]
	if !ok {
		o.err = fmt.Errorf("no %s channel is set up", o.stop.Channel)
		return o
	}
	out, err := e.render(m, o.stop)
	if err != nil {
		o.err = err
		return o
	}
	out.Valid = left
	out.Recalled = later
	ctx, cancel := context.WithTimeout(ctx, min(sendTime, left))
	defer cancel()
	if e.Files != nil && o.stop.Channel == "email" {
		files, err := e.Files(ctx, m)
		if o.err = err; err != nil {
			return o
		}
		if len(files) > 0 {
			out.Files = &files
		}
	}
	o.receipt, o.err = ch.Send(ctx, out)
	return o
}

func (e *Engine) render(m Message, stop Stop) (Outgoing, error) {
	facts := maps.Clone(m.Facts)
	if facts == nil {
		facts = map[string]any{}
	}
	if len(m.Sealed) > 0 {
		plain, err := e.Keys.Open(sealPurpose, m.Sealed)
		if err != nil {
			return Outgoing{}, err
		}
		if err := json.Unmarshal(plain, &facts); err != nil {
			return Outgoing{}, err
		}
	}
	if link, _ := facts["Link"].(string); strings.HasPrefix(link, wording.Act) && strings.HasPrefix(m.About, "alm_") {
		facts["Reply"] = m.ReplyCode(e.Keys, stop.Address)
		facts["Replies"] = e.Replies
	}
	if m.Consents() {
		facts["Replies"] = e.Replies
	}
	for name, value := range facts {
		if text, ok := value.(string); ok && (name == "Link" || name == "Resolve") && text != "" {
			facts[name] = e.link(m.ID, text)
		}
	}
	out := Outgoing{
		Org: m.Org, Message: m.ID, Attempt: m.AttemptID(), To: stop.Address, Lang: m.Lang,
		Thread: m.Thread, Urgent: m.Lane == SOS, Asks: wording.Asks(m.Purpose),
	}
	var err error
	if m.Purpose == Handover {
		out.News, err = newsIn(facts)
		return out, err
	}
	out.Link, _ = facts["Link"].(string)
	if stop.Channel == "whatsapp" {
		facts["Board"] = e.link(m.ID, "/board")
	}
	if out.Subject, out.Text, out.HTML, err = wording.Render(m.Lang, m.Purpose, facts, stop.Channel); err != nil {
		return out, err
	}
	if stop.Channel == "whatsapp" {
		out.Template = wording.WhatsApp(m.Lang, m.Purpose, facts)
	}
	return out, nil
}

// link is what the facts Link and Resolve stand for: the message's own action
// link, or a page of this installation.
func (e *Engine) link(m id.Message, path string) string {
	if rest, ok := strings.CutPrefix(path, wording.Act); ok {
		path = "/a/" + token(e.Keys, m) + rest
	}
	if u, err := e.URL.Parse(path); err == nil {
		return u.String()
	}
	return e.URL.String()
}

// refusedBy finds a carrier's final no in err.
func refusedBy(err error) (*refusal, bool) { return errors.AsType[*refusal](err) }
