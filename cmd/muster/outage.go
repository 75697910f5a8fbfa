package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	"muster/carrier"
	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/dkim"
	"muster/deliver/smpp"
	"muster/deliver/sms"
	"muster/deliver/standby"
	"muster/deliver/twilio"
	"muster/fault"
	"muster/lang"
	"muster/seal"
	"muster/tell/notice"
	"muster/tell/outage"
)

// outageCmd is what can be done while the database is down. But for adopt,
// nothing here opens one.
type outageCmd struct {
	Show     outageShowCmd     `cmd:"" help:"Show how old the snapshot is, what it holds and which runs there were."`
	Tell     outageTellCmd     `cmd:"" help:"Tell customers of an incident from the snapshot alone; asks for what is not said by flags, and shows whom before anything leaves."`
	Continue outageContinueCmd `cmd:"" help:"Go on with a run that was interrupted."`
	Drill    outageDrillCmd    `cmd:"" help:"Try it out: a word from the snapshot to your own people alone."`
	Adopt    outageAdoptCmd    `cmd:"" help:"Take journals into the books, now that the database is back; muster serve does so by itself with those in its folder."`
}

// lifeboat is the flags of what works from a snapshot.
type lifeboat struct {
	Folder string `arg:"" type:"path" help:"Where the snapshot lies."`
	File   string `name:"key-file" type:"path" help:"Key of the snapshot; default: the file key beside it."`
	Master string `name:"key" env:"MUSTER_KEY" help:"Master key of the installation, if it is at hand: bounces are then told apart by message. Nothing else needs it."`
}

// errUnsaid makes the exit status tell that somebody was not told.
var errUnsaid = errors.New("not everybody was told")

// open reads the snapshot, and warns of one that is old.
func (c lifeboat) open(s *streams) (outage.Folder, outage.Snapshot, *outage.Keys, error) {
	f := outage.Folder(c.Folder)
	snap, keys, err := f.Read(c.File)
	if err != nil {
		return f, snap, nil, err
	}
	age := snap.Age(time.Now())
	fmt.Fprintf(s.out, "Snapshot of %s, taken %s (%s old).\n", snap.URL, snap.Taken.Format(time.RFC3339), lang.English.Duration(age))
	if age > outage.Overdue {
		fmt.Fprintf(s.errs, "WARNING: the snapshot is %s old. Who came, left or changed an address since is not in it.\n", lang.English.Duration(age))
	}
	return f, snap, keys, nil
}

// lines are the channels that a snapshot's carriers serve, and how to close
// them. A carrier that cannot be used is said and passed over.
func (c lifeboat) lines(snap outage.Snapshot, errs io.Writer) (map[string]deliver.Channel, func(), error) {
	u, err := url.Parse(snap.URL)
	if err != nil {
		return nil, nil, err
	}
	var options []email.Option
	if len(snap.Signing.Keys) > 0 {
		keys, err := dkim.Restore(snap.Signing.Domain, snap.Signing.Selector, snap.Signing.Keys)
		if err != nil {
			return nil, nil, err
		}
		options = append(options, email.Signed(keys))
	}
	if snap.Back != "" && c.Master != "" {
		keys, err := seal.Parse(c.Master)
		if err != nil {
			return nil, nil, wrong("MUSTER_KEY", "%v", err)
		}
		options = append(options, email.Answered(email.Addresses{Domain: snap.Back, Keys: keys}))
	}
	all, closers := map[string][]deliver.Channel{}, []func(){}
	for _, one := range snap.Carriers {
		ch, end, err := lineOf(one, u.Hostname(), options)
		switch {
		case err != nil:
			fmt.Fprintf(errs, "WARNING: carrier %s cannot be used: %v\n", one.Name, err)
		case ch != nil:
			all[ch.Name()], closers = append(all[ch.Name()], ch), append(closers, end)
		}
	}
	out := map[string]deliver.Channel{}
	for name, found := range all {
		out[name] = found[0]
		if len(found) > 1 {
			out[name] = standby.New(found[0], found[1], time.Now)
		}
	}
	return out, func() {
		for _, end := range closers {
			end()
		}
	}, nil
}

// lineOf opens one carrier; nil: it serves nothing that works without the
// database.
func lineOf(one outage.Carrier, host string, options []email.Option) (deliver.Channel, func(), error) {
	switch one.Kind {
	case carrier.SMTP:
		ch, err := email.New(one.Setting, host, options...)
		if err != nil {
			return nil, nil, err
		}
		return ch, ch.Close, nil
	case carrier.Twilio:
		if err := twilio.Check(one.Setting); err != nil {
			return nil, nil, err
		}
		ch, err := sms.New(one.Setting, "")
		if err != nil {
			return nil, nil, err
		}
		return ch, ch.Close, nil
	case carrier.SMPP:
		// What the centre brings is left with it: it comes again when the
		// installation is there to hear it.
		later := func(context.Context, deliver.Report) error { return fault.New(fault.Unavailable, "unavailable") }
		ch, err := smpp.New(one.Setting, smpp.Doors{Reported: later, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { ch.Run(ctx) })
		return ch, func() { cancel(); running.Wait() }, nil
	}
	return nil, nil, nil
}

// send hands over what a journal says, and prints how it goes.
func (c lifeboat) send(ctx context.Context, s *streams, snap outage.Snapshot, j *outage.Journal) error {
	channels, end, err := c.lines(snap, s.errs)
	if err != nil {
		return err
	}
	defer end()
	u, err := url.Parse(snap.URL)
	if err != nil {
		return err
	}
	sender := outage.Sender{Channels: channels, Compose: (&deliver.Engine{URL: u}).Compose, Now: time.Now, Progress: progress(s.out)}
	t, err := sender.Send(ctx, j)
	result(s.out, j.Path, t)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintf(s.errs, "Interrupted. Go on with: muster outage continue %s %s\n", c.Folder, j.Path)
		return errUnsaid
	case err != nil:
		return err
	case t.Out < t.Letters || t.Missing+t.Silent > 0:
		return errUnsaid
	}
	return nil
}

// progress prints a line now and then.
func progress(out io.Writer) func(outage.Tally) {
	last := time.Now()
	return func(t outage.Tally) {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(out, "  %d of %d are with a carrier, %d are lost, %d wait\n", t.Out, t.Letters, t.Lost, t.Waiting)
		}
	}
}

func result(out io.Writer, path string, t outage.Tally) {
	fmt.Fprintf(out, "Messages: %d. With a carrier: %d. Lost: %d. Waiting: %d. Possibly twice: %d.\n", t.Letters, t.Out, t.Lost, t.Waiting, t.Twice)
	if t.Missing+t.Silent > 0 {
		fmt.Fprintf(out, "Without an address that counts: %d people. Organisations where nobody was told: %d; call them.\n", t.Missing, t.Silent)
	}
	fmt.Fprintf(out, "Journal: %s\n", path)
}

type outageShowCmd struct{ lifeboat }

// Run shows what there is.
func (c *outageShowCmd) Run(s *streams) error {
	f, snap, keys, err := c.open(s)
	if err != nil {
		return err
	}
	people := 0
	for _, one := range snap.Customers {
		people += len(one.People)
	}
	fmt.Fprintf(s.out, "Organisations: %d. Contact persons: %d. Parts: %d. Who may write: %d.\n", len(snap.Customers), people, len(snap.Components), len(snap.Staff))
	for _, one := range snap.Carriers {
		fmt.Fprintf(s.out, "Carrier: %s (%s)\n", one.Name, one.Kind)
	}
	for _, n := range snap.Open {
		fmt.Fprintf(s.out, "Open: %s, %s, %s\n", n.ID, n.Kind, n.State)
	}
	return eachJournal(f, keys, func(j *outage.Journal) error {
		state := "everything has an end"
		switch {
		case !j.Given.IsZero():
			state = "in the books"
		case j.Over.IsZero():
			state = "not finished"
		}
		fmt.Fprintf(s.out, "Run %s: %s.\n", j.Run.ID, state)
		return nil
	})
}

// eachJournal reads the journals of a folder, the oldest first.
func eachJournal(f outage.Folder, keys *outage.Keys, do func(*outage.Journal) error) error {
	all, err := f.Journals()
	if err != nil {
		return err
	}
	slices.Sort(all)
	for _, path := range all {
		j, err := outage.OpenJournal(keys, path)
		if err == nil {
			err = errors.Join(do(j), j.Close())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type outageContinueCmd struct {
	lifeboat
	Journal string `arg:"" type:"existingfile" help:"The run's journal."`
}

// Run goes on.
func (c *outageContinueCmd) Run(ctx context.Context, s *streams) error {
	_, snap, keys, err := c.open(s)
	if err != nil {
		return err
	}
	j, err := outage.OpenJournal(keys, c.Journal)
	if err != nil {
		return err
	}
	return errors.Join(c.send(ctx, s, snap, j), j.Close())
}

type outageDrillCmd struct {
	lifeboat
	By string   `required:"" help:"Mail address of whoever holds the drill: one of the provider's people."`
	To []string `help:"To whom, mail addresses or numbers beginning with +; default: whoever holds it."`
}

// Run holds a drill.
func (c *outageDrillCmd) Run(ctx context.Context, s *streams) error {
	f, snap, keys, err := c.open(s)
	if err != nil {
		return err
	}
	by, ok := snap.Person(c.By)
	if !ok {
		return wrong("--by", "%s is nobody of the provider's who may write news", c.By)
	}
	if len(c.To) == 0 {
		c.To = []string{by.Email}
	}
	now := time.Now().UTC()
	run, err := snap.Drill(by, c.To, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "A word on everything would reach %d people of %d organisations. The drill goes to %d.\n", run.Would, run.WouldOrgs, run.People())
	run.ID = outage.Name(now, []byte(run.After.ID))
	j, err := f.Begin(keys, run)
	if err != nil {
		return err
	}
	return errors.Join(c.send(ctx, s, snap, j), j.Close())
}

type outageAdoptCmd struct {
	database
	Folder  string   `arg:"" type:"path" help:"Where the key lies; its journals are taken in."`
	Journal []string `type:"existingfile" help:"Journals elsewhere."`
}

// Run takes journals in.
func (c *outageAdoptCmd) Run(ctx context.Context, s *streams) error {
	log := newLog()
	n, err := c.open(ctx, log, "http://localhost")
	if err != nil {
		return err
	}
	k, err := n.lifeboat(ctx, c.Folder)
	if err != nil {
		return errors.Join(err, n.close())
	}
	all, err := k.Folder.Journals()
	for _, path := range append(all, c.Journal...) {
		h, failed := k.Adopt(ctx, path)
		if err = errors.Join(err, failed); failed == nil {
			fmt.Fprintf(s.out, "%s: %d messages, %d with a carrier, %d possibly twice.\n", h.Run, h.Tally.Letters, h.Tally.Out, h.Tally.Twice)
		}
	}
	return errors.Join(err, n.close())
}

// earlier are the notices that a word may go on with: those that were open when
// the snapshot was taken, as later runs left them.
func earlier(f outage.Folder, snap outage.Snapshot, keys *outage.Keys, errs io.Writer) ([]notice.Notice, error) {
	open := slices.Clone(snap.Open)
	err := eachJournal(f, keys, func(j *outage.Journal) error {
		if j.Run.Drill || !j.Given.IsZero() {
			return nil
		}
		if j.Over.IsZero() {
			fmt.Fprintf(errs, "WARNING: run %s is not finished; see muster outage continue.\n", j.Run.ID)
		}
		open = slices.DeleteFunc(open, func(n notice.Notice) bool { return n.ID == j.Run.After.ID })
		open = append(open, j.Run.After)
		return nil
	})
	return open, err
}

// stdin is where answers come from.
var stdin = bufio.NewReader(os.Stdin)
