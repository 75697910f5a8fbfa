package pass

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// Acts wait here until Muster has them.
const (
	mostActs = 1000
	perPost  = 50
	lastTry  = 5 * time.Second
)

type acts struct{ waiting chan recorded }

type recorded struct {
	token string
	act   event
}

// event is an act as it is sent.
type event struct {
	ID       string `json:"id"`
	At       string `json:"at"`
	Action   string `json:"action"`
	Type     string `json:"type"`
	Resource string `json:"resource"`
	Record   string `json:"record,omitempty"`
	Changed  bool   `json:"changed"`
	Words    string `json:"words,omitempty"`
}

func newActs() acts { return acts{make(chan recorded, mostActs)} }

// Record has an act written into the customer's book, before long. An error
// means that it will not be, and then it must not be done: so record first.
func (c *Client) Record(p Pass, a Act) error {
	at := a.At
	if at.IsZero() {
		at = time.Now()
	}
	select {
	case c.acts.waiting <- recorded{p.token, event{
		ID: cmp.Or(a.ID, rand.Text()), At: at.UTC().Format(time.RFC3339Nano), Action: a.Name, Type: a.Resource.Type, Resource: a.Resource.ID,
		Record: a.Record, Changed: a.Changed, Words: a.Words,
	}}:
		return nil
	default:
		return ErrFull
	}
}

// deliver sends acts as long as ctx lasts, and what waits then once more.
func (c *Client) deliver(ctx context.Context) {
	var held []recorded
	for {
		if len(held) == 0 {
			select {
			case <-ctx.Done():
				c.last(nil)
				return
			case one := <-c.acts.waiting:
				held = append(held, one)
			}
		}
		held = c.gather(held)
		rest, err := c.post(ctx, held)
		if held = rest; err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			c.last(held)
			return
		case <-time.After(time.Second):
		}
	}
}

// gather adds what waits, up to one post.
func (c *Client) gather(held []recorded) []recorded {
	for len(held) < perPost {
		select {
		case one := <-c.acts.waiting:
			held = append(held, one)
		default:
			return held
		}
	}
	return held
}

// post sends the acts of the first visit among those held and gives the others.
// What Muster refuses is dropped and said: it would be refused for ever.
func (c *Client) post(ctx context.Context, held []recorded) (rest []recorded, err error) {
	token := held[0].token
	var send []event
	for _, one := range held {
		if one.token == token {
			send = append(send, one.act)
		} else {
			rest = append(rest, one)
		}
	}
	var out struct {
		Recorded int `json:"recorded"`
	}
	err = c.ask(ctx, "/access/v1/events", map[string]any{"pass": token, "events": send}, &out)
	if errors.Is(err, ErrUnreachable) {
		return held, err
	}
	if err != nil {
		c.log.Error("pass: acts were refused and are not in the customer's book", "count", len(send), "err", err)
	}
	return rest, nil
}

// last sends what is left when the product stops.
func (c *Client) last(held []recorded) {
	ctx, stop := context.WithTimeout(context.Background(), lastTry)
	defer stop()
	for held = c.gather(held); len(held) > 0; held = c.gather(held) {
		rest, err := c.post(ctx, held)
		if err != nil {
			c.log.Error("pass: acts could not be recorded", "count", len(held)+len(c.acts.waiting), "err", err)
			return
		}
		held = rest
	}
}
