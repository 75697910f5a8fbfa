package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"muster/deliver"
	"muster/deliver/outbox"
	"muster/demo"
	"muster/id"
	"muster/identity"
	"muster/web"
)

type demoCmd struct {
	serving
	Data    string `default:"var" type:"path" help:"Folder for the demonstration's database."`
	Freight string `default:"127.0.0.1:8421" placeholder:"HOST:PORT" help:"Address of the demonstration's other product, which lets support in with a pass; by default 127.0.0.1:8421. Empty: it is not there."`
}

// Run serves the demonstration.
func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	public, err := c.public()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	n, err := database{DB: "sqlite:" + filepath.Join(c.Data, "muster.db"), serves: true}.open(ctx, log, public)
	if err != nil {
		return err
	}
	world, err := demo.Open(ctx, n.store, n.keys)
	if err == nil {
		err = world.LetIn(ctx, n.gate, n.grants(), n.url.String())
	}
	if err == nil {
		n.wide = min(c.Wide, fewNews)
		err = world.Tell(ctx, n.gate, n.notices())
	}
	if err == nil {
		err = n.invite(ctx, s, world)
	}
	if err != nil {
		// What was cut off half-way does not go on from there.
		return errors.Join(fmt.Errorf("%w (without the folder %s the demonstration begins anew)", err, c.Data), n.close())
	}
	box := outbox.New(n.store)
	channels := map[string]deliver.Channel{"email": box.Channel("email"), "sms": box.Channel("sms"), "whatsapp": box.Channel("whatsapp")}
	living, stop := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() { world.Live(living, log); close(gone) }()
	if err = n.freight(living, s, c.Freight, world, log); err == nil {
		err = n.serve(ctx, c.serving, channels, func() []web.Sent { return sent(box) })
	}
	stop()
	<-gone
	return errors.Join(err, n.close())
}

// fewNews is how many of the demonstration's organisations news reach before a
// second person has to release them: there are few.
const fewNews = 2

// sent is the outbox as the pages show it.
func sent(box *outbox.Box) []web.Sent {
	kept := box.Latest()
	all := make([]web.Sent, len(kept))
	for i, k := range kept {
		all[i] = web.Sent{ID: string(k.Message), Channel: k.Channel, To: k.To, Subject: k.Subject, Text: k.Text, At: k.At}
	}
	return all
}

// inviteValid is how long a demonstration's links work.
const inviteValid = 7 * 24 * time.Hour

// invite prints a way in for each kind of person.
func (n *node) invite(ctx context.Context, s *streams, w *demo.World) error {
	fmt.Fprintf(s.out, "\nMuster demonstration on %s (Ctrl-C stops it)\n", n.url)
	for _, o := range w.Orgs {
		fmt.Fprintf(s.out, "\n%s\n", o.Name)
		for _, p := range []struct {
			what   string
			person id.Person
		}{{"monitor (board)", o.Watching()}, {"worker (phone)", o.Visitor().Person}, {"administrator", o.Administrator}} {
			link, err := n.gate.MakeLink(ctx, operator(), identity.LinkSpec{Org: o.ID, Person: p.person, Valid: inviteValid, Many: true})
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "  %-16s %s\n", p.what, link)
		}
	}
	fmt.Fprintf(s.out, "\n%s (monitoring partner)\n", w.House.Name)
	for _, p := range []struct {
		what   string
		person id.Person
	}{{"operator (desk)", w.House.Operators[0]}, {"administrator", w.House.Administrator}} {
		link, err := n.gate.MakeLink(ctx, operator(), identity.LinkSpec{Org: w.House.ID, Person: p.person, Valid: inviteValid, Many: true})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "  %-16s %s\n", p.what, link)
	}
	fmt.Fprintf(s.out, "\nThe provider's staff\n")
	for _, m := range w.Staff {
		link, err := n.gate.MakeLink(ctx, operator(), identity.LinkSpec{Staff: m.ID, Valid: inviteValid, Many: true})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "  %-19s %s\n", m.What, link)
	}
	_, err := fmt.Fprintf(s.out, "\nEvery message that would have gone out: %s\n\n", n.url.JoinPath("outbox"))
	return err
}
