package dc09

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"muster/deliver"
	"muster/id"
)

// Book is where links are kept, and every frame with its answer.
type Book interface {
	// Begin gives the link that an address names, and the sequence number of
	// a message's part: the same one however often it is asked.
	Begin(ctx context.Context, org id.Org, address string, m id.Message, part int) (Link, int, error)
	// Keep records what came of a part.
	Keep(ctx context.Context, org id.Org, address string, m id.Message, out Outcome) error
}

// Channel is deliver's channel "dc09". The address of a stop names a link.
type Channel struct {
	Book        Book
	Transmitter Transmitter
}

var _ deliver.Channel = (*Channel)(nil)

// Name is "dc09".
func (*Channel) Name() string { return "dc09" }

// Send hands one occurrence over. That the centre took it counts as delivered:
// a receiver acknowledges what it has passed on to its operators. What it
// cannot handle it is told once in the other format, if the link allows that;
// then it is refused.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if out.News == nil {
		return deliver.Receipt{}, deliver.Refused("no_news", "a receiver is told of alarms only")
	}
	news := *out.News
	for part := range 2 {
		l, seq, err := c.Book.Begin(ctx, out.Org, out.To, out.Message, part)
		if err != nil {
			return deliver.Receipt{}, err
		}
		format := l.Format
		if part == 1 {
			format = otherFormat(format)
		}
		if news.Account == "" {
			news.Account = l.Account
		}
		f, ok := l.Dialect.say(happening(news), format, news.Account)
		if !ok {
			if part == 0 && l.Fallback {
				continue
			}
			return deliver.Receipt{}, deliver.Refused("no_code", fmt.Sprintf("the table has no %s code for %s", format, news.Kind))
		}
		f.Seq = seq
		got := c.Transmitter.Hand(ctx, l, f)
		if err := c.Book.Keep(context.WithoutCancel(ctx), out.Org, out.To, out.Message, got); err != nil {
			return deliver.Receipt{}, fmt.Errorf("dc09: keep frames: %w", err)
		}
		if got.Verdict == NotHandled && part == 0 && l.Fallback {
			continue
		}
		return receipt(got, seq)
	}
	return deliver.Receipt{}, deliver.Refused("duh", "the centre handles neither format")
}

// Supervise polls the receivers of a link, and keeps what they say.
func (c *Channel) Supervise(ctx context.Context, org id.Org, address string) error {
	l, _, err := c.Book.Begin(ctx, org, address, "", 0)
	if err != nil {
		return err
	}
	for _, out := range c.Transmitter.Poll(ctx, l) {
		err = errors.Join(err, c.Book.Keep(ctx, org, address, "", out))
	}
	return err
}

func otherFormat(format string) string {
	if format == CID {
		return SIA
	}
	return CID
}

// happening is the news as a frame says it.
func happening(n deliver.News) occurrence {
	o := occurrence{Kind: n.Kind, Zone: n.Zone, Link: n.Link, At: n.At}
	words := []string{n.Worker, n.Phone, n.Note, n.Warning}
	if n.Drill {
		words = append([]string{"DRILL"}, words...)
	}
	o.Text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	if p := n.Position; p != nil {
		o.Lat, o.Lon, o.Placed = p.Latitude, p.Longitude, true
	}
	if n.Drill || n.Type == deliver.LinkTested { // a receiver may show no words, so that the code itself must say it
		o.Kind = "test_manual"
	}
	o.Over = n.Type == deliver.AlarmResolved && !n.Drill // there is no word for the end of a test
	return o
}

// receipt is an outcome in the words of package deliver.
func receipt(out Outcome, seq int) (deliver.Receipt, error) {
	last := Exchange{Problem: "no receiver is set"}
	if n := len(out.Exchanges); n > 0 {
		last = out.Exchanges[n-1]
	}
	switch out.Verdict {
	case Taken:
		return deliver.Receipt{
			State: deliver.Delivered, ProviderID: fmt.Sprintf("%04d", seq),
			Detail: fmt.Sprintf("%s acknowledged frame %04d", last.Receiver, seq),
		}, nil
	case NotHandled:
		return deliver.Receipt{}, deliver.Refused("duh", last.Receiver+" cannot handle the frame")
	}
	return deliver.Receipt{}, fmt.Errorf("dc09: %s: %s: %s", last.Receiver, out.Verdict, last.Problem)
}
