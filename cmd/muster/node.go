package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"muster/call/alarm"
	"muster/call/canary"
	"muster/call/drill"
	"muster/call/partner"
	"muster/call/rota"
	"muster/call/shift"
	"muster/call/wire"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/inbound"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/identity/sso"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/checkpoint"
	support "muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/presence"
	"muster/letin/staff"
	"muster/letin/visit"
	"muster/letin/witness"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/roster/forget"
	"muster/seal"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/told"
	"muster/timer"
	"muster/turn"
)

// database is the flag that every command on a database has.
type database struct {
	DB  string `name:"db" env:"MUSTER_DB" required:"" placeholder:"sqlite:PATH|postgres://…" help:"The database."`
	Key string `name:"key" env:"MUSTER_KEY" placeholder:"KEY" help:"Master key that seals secrets; without it a key file beside the SQLite database, or a key in the PostgreSQL database itself."`

	serves      bool        `kong:"-"` // this process is the one that serves a SQLite file
	staffSignOn sso.Setting `kong:"-"` // the zero one: staff sign in as everybody
}

// node is the rooms of one process, opened.
type node struct {
	store *store.Store
	keys  *seal.Keys
	gate  *identity.Gate
	book  *ledger.Book
	log   *slog.Logger
	url   *url.URL
	door  *inbound.Door // nil: no mail comes in

	wide      int    // how many organisations news reach before a second person has to release them
	outage    string // folder from which customers are told of our own outage; empty: none
	witnesses witness.Office

	mailing []email.Option     // what every mail relay has beside itself
	board   *switchboard.Board // nil: what would leave is kept

	readiness readiness
	lasting   []func() // what runs beside the engines and ends after them, each ended by its function
}

// open opens the database and what stands on it. public is where people reach
// the installation.
func (d database) open(ctx context.Context, log *slog.Logger, public string) (*node, error) {
	if !strings.HasPrefix(d.DB, "sqlite:") && !strings.HasPrefix(d.DB, "postgres://") && !strings.HasPrefix(d.DB, "postgresql://") {
		return nil, wrong("--db", "must be sqlite:PATH or postgres://…")
	}
	u, err := url.Parse(public)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, wrong("--url", "must be an address such as https://muster.example")
	}
	s, err := store.Open(ctx, d.DB, store.Options{Log: log, Sole: d.serves})
	if err != nil {
		return nil, err
	}
	n := &node{store: s, log: log, url: u}
	if n.keys, err = d.keys(ctx, s, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if n.book, err = ledger.Open(ctx, s, n.keys); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	n.gate = identity.New(s, identity.Config{URL: public, Name: "Muster", Keys: n.keys, Log: log, Staff: visit.Vouch, SignOn: d.staffSignOn})
	return n, nil
}

// within does something with one organisation, and closes behind it.
func (d database) within(ctx context.Context, organisation string, do func(*node, id.Org) error) error {
	n, err := d.open(ctx, newLog(), "http://localhost")
	if err != nil {
		return err
	}
	org, err := n.organisation(ctx, organisation)
	if err == nil {
		err = do(n, org)
	}
	return errors.Join(err, n.close())
}

// organisation reads the flag --organisation: an id that is there. The
// provider's own book has one too.
func (n *node) organisation(ctx context.Context, text string) (id.Org, error) {
	org, err := id.Parse[id.Org](text)
	if err != nil {
		return "", wrong("--organisation", "must be an organisation's id (org_…)")
	}
	if org == identity.Provider {
		return org, nil
	}
	err = n.store.View(ctx, org, func(tx *store.Tx) error {
		_, err := roster.Get(tx)
		return err
	})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return "", wrong("--organisation", "there is no organisation %s", org)
	}
	return org, err
}

func (n *node) close() error {
	for _, end := range n.lasting {
		end()
	}
	n.gate.Close()
	if n.door != nil {
		_ = n.door.Close() // unless serving has closed it
	}
	return n.store.Close()
}

// keys finds the master key: given, in a file beside the database file, or, so
// that a first try needs nothing, in the PostgreSQL database itself, where it
// protects backups of other tables but not against whoever reads this one.
func (d database) keys(ctx context.Context, s *store.Store, log *slog.Logger) (*seal.Keys, error) {
	if d.Key != "" {
		k, err := seal.Parse(d.Key)
		if err != nil {
			return nil, wrong("MUSTER_KEY", "%v", err)
		}
		return k, nil
	}
	if path, ok := strings.CutPrefix(d.DB, "sqlite:"); ok {
		return seal.LoadOrCreate(path + ".key")
	}
	log.Warn("secrets are sealed with a key that lies in the same database; set MUSTER_KEY to keep it apart")
	text, err := s.Installation(ctx, "seal.master", func() ([]byte, error) { return []byte(seal.Generate(1)), nil })
	if err != nil {
		return nil, err
	}
	return seal.Parse(string(text))
}

// aftermath is what follows when no way is left for a message, or an address is
// dead.
var aftermath = deliver.Aftermath{Failed: unheard, Dead: contact.Bounced}

// reported takes what carriers report about messages on a channel.
func (n *node) reported(channel string) func(context.Context, deliver.Report) error {
	return func(ctx context.Context, r deliver.Report) error {
		return aftermath.Apply(ctx, n.store, channel, r)
	}
}

// engines run until ctx ends: timers fire, messages leave, auditors look.
func (n *node) engines(ctx context.Context, channels map[string]deliver.Channel, w *wires, at watching, bird *canary.Keeper) (wait func()) {
	var wg sync.WaitGroup
	handlers := map[string]timer.Handler{
		shift.TimerKind: shift.Fire, alarm.TimerKind: alarm.Fire,
		partner.TimerKind: partner.Fire, alarm.HandoverTimer: partner.HandOver,
		drill.PlanTimer: drill.Fire, drill.EndTimer: drill.End,
		grant.TimerKind: grant.Fire, presence.TimerKind: presence.Fire,
		wire.PollKind: w.polls.Fire, wire.WatchKind: wire.Missed,
		canary.BeginTimer: canary.Rest, canary.JudgeTimer: canary.Rest,
		staff.TimerKind: staff.Fire, staff.ProofTimer: staff.FireProof, notice.TimerKind: n.notices().Fire,
		duty.TimerKind: duty.Fire,
	}
	if bird != nil {
		handlers[canary.BeginTimer], handlers[canary.JudgeTimer] = bird.Begin, bird.Judge
		wg.Go(func() { bird.Watch(ctx, at.Heartbeat) })
	}
	if err := staff.Watch(ctx, n.store); err != nil {
		n.log.Error("the reviews of the staff could not be set", "err", err)
	}
	fire := timer.NewEngine(n.store, n.log, handlers)
	send := &deliver.Engine{
		Store: n.store, Channels: channels, Keys: n.keys, URL: n.url, Aftermath: aftermath, Log: n.log,
		Replies: n.door != nil, Files: support.Desk{Store: n.store, Keys: n.keys}.Files,
	}
	across := &partner.Engine{Store: n.store, Log: n.log}
	wg.Go(func() { fire.Run(ctx) })
	wg.Go(func() { across.Run(ctx) })
	wg.Go(func() { n.grants().Run(ctx) })
	wg.Go(func() { told.Office{Store: n.store, Log: n.log}.Run(ctx) })
	wg.Go(func() { visit.House{Store: n.store, Gate: n.gate, Grants: n.grants()}.Run(ctx, n.log) })
	wg.Go(func() { send.Run(ctx) })
	if n.board != nil {
		wg.Go(func() { n.board.Run(ctx) })
	}
	if n.door != nil {
		wg.Go(func() { n.door.Serve(ctx) })
	}
	wg.Go(func() { w.run(ctx) })
	wg.Go(func() { rota.Watch(ctx, n.store, n.log) })
	wg.Go(func() { n.gate.Run(ctx) })
	wg.Go(func() { n.audit(ctx) })
	wg.Go(func() { account.Run(ctx, n.store, n.log) })
	wg.Go(func() { n.adopt(ctx) })
	wg.Go(func() { n.afloat(ctx) })
	wg.Go(func() { checkpoint.Post{Store: n.store, Sign: n.witnesses.Cosign, Log: n.log}.Run(ctx) })
	wg.Go(func() { n.witnesses.Run(ctx) })
	wg.Go(func() { forget.Run(ctx, n.store, n.log) })
	return wg.Wait
}

// adopt puts on the ladder whoever was given a duty by a program without one,
// also by one that still runs beside this.
func (n *node) adopt(ctx context.Context) {
	turn.Run(ctx, n.store, nil, time.Hour, func(ctx context.Context) error { return duty.Adopt(ctx, n.store) }, func(err error) {
		n.log.Error("not everybody who has a duty is asked to confirm it", "err", err)
	})
}

// notices is where news about the service are written.
func (n *node) notices() notice.Office {
	return notice.Office{Store: n.store, Log: n.log, Wide: n.wide, Mail: staff.Mail}
}

// grants is where leave to enter is given.
func (n *node) grants() grant.Office {
	return grant.Office{Store: n.store, Book: n.book, Log: n.log, Known: support.Known}
}

// unheard is what follows when no way is left for a message: for its alarm, for
// the line that did not take it, and for the news that it carried.
func unheard(tx *store.Tx, m deliver.Message) error {
	return errors.Join(wire.Unheard(tx, m), alarm.Unheard(tx, m), told.Unheard(tx, m))
}

const (
	auditEvery = 30 * time.Second
	auditGrace = 10 * time.Second
)

// audit looks, apart from the engines, for anything that should have moved and
// did not.
func (n *node) audit(ctx context.Context) {
	tick := time.NewTicker(auditEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		overdue, _, err := timer.Audit(ctx, n.store, auditGrace)
		shifts, err2 := shift.Audit(ctx, n.store)
		alarms, err3 := alarm.Audit(ctx, n.store)
		err4 := n.store.SweepOnce(ctx)
		err5 := shift.Protect(ctx, n.store)
		if err := errors.Join(err, err2, err3, err4, err5); err != nil && ctx.Err() == nil {
			n.log.Error("the auditor cannot look", "err", err)
		}
		if overdue+shifts+alarms > 0 {
			n.log.Error("AUDIT: something should have moved and did not", "timers_overdue", overdue,
				"shifts_without_timer", shifts, "alarms_without_timer", alarms)
		}
	}
}

func newLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}
