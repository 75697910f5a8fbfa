package rota

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/actor"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
)

// Rota is one list of who is on duty.
type Rota struct {
	Org       id.Org
	ID        id.Rota
	Workspace id.Workspace // empty: of the whole organisation
	Name      string
	plan.Pattern
	Version int64 // counts changes of the rota and of its covers
	Made    time.Time
	Closed  time.Time // zero while it is in use

	before []plan.Turn // of the time to come, before the unit changes the rota
}

// Create makes a rota. Faults are at name, workspace and those of the pattern:
// kind, start, handover, days, order, spans.
func Create(ctx context.Context, s *store.Store, who actor.Actor, r Rota) (Rota, error) {
	r.ID = id.New[id.Rota]()
	err := s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r.Org, r.Version, r.Made, r.Closed = tx.Org(), 1, tx.Now(), time.Time{}
		rule, err := r.may(who, "manageRota")
		if err != nil {
			return err
		}
		all, err := store.All(tx, open, scan, mostRotas)
		if err != nil {
			return err
		}
		if len(all) == mostRotas {
			return fault.New(fault.Limited, "rotas_full").With("Max", mostRotas)
		}
		if err := r.settle(tx, plan.Pattern{}); err != nil {
			return err
		}
		err = tx.Write(add, r.ID, r.Workspace, r.Name, r.Kind, int(r.Start), r.Handover, r.Days, r.turns(), r.Need, tx.Now())
		if err != nil {
			return err
		}
		return r.changed(tx, who, ledger.Entry{Kind: "rota.made", Rule: rule, Facts: r.facts()})
	})
	return r, err
}

// mostRotas bounds how many rotas an organisation has in use.
const mostRotas = 200

// Update gives a rota another name and pattern; its workspace stays.
func Update(ctx context.Context, s *store.Store, who actor.Actor, r Rota) error {
	return change(ctx, s, who, r.ID, func(tx *store.Tx, old Rota, rule string) error {
		next := old
		next.Name, next.Pattern = r.Name, r.Pattern
		if err := next.settle(tx, old.Pattern); err != nil {
			return err
		}
		err := tx.Write(save, next.ID, next.Name, next.Kind, int(next.Start), next.Handover, next.Days, next.turns(), next.Need)
		if err != nil {
			return err
		}
		return next.changed(tx, who, ledger.Entry{Kind: "rota.changed", Rule: rule, Facts: next.facts()})
	})
}

// Close takes a rota out of use. Whatever still refers to it finds nobody on
// duty.
func Close(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota) error {
	return change(ctx, s, who, rota, func(tx *store.Tx, r Rota, rule string) error {
		r.Closed = tx.Now()
		if err := tx.Write(end, r.ID, r.Closed); err != nil {
			return err
		}
		return r.changed(tx, who, ledger.Entry{Kind: "rota.closed", Rule: rule, Facts: map[string]any{"Rota": r.Name}})
	})
}

// change holds a rota in use that the actor may manage.
func change(ctx context.Context, s *store.Store, who actor.Actor, rota id.Rota, do func(*store.Tx, Rota, string) error) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, err := inUse(tx, rota)
		if err != nil {
			return err
		}
		rule, err := r.may(who, "manageRota")
		if err != nil {
			return err
		}
		return do(tx, r, rule)
	})
}

func inUse(tx *store.Tx, rota id.Rota) (Rota, error) {
	r, err := store.One(tx, hold, scan, rota)
	if err == nil && !r.Closed.IsZero() {
		err = fault.New(fault.NotFound, "not_found")
	}
	if err == nil {
		r.before, err = r.turnsToCome(tx)
	}
	return r, err
}

// may asks policy about the rota.
func (r Rota) may(who actor.Actor, action string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Rota", ID: string(r.ID), Org: r.Org, Workspace: r.Workspace})
}

// changed books what was done, tells who watches, notes from when somebody else
// is on duty than before, and looks for gaps.
func (r Rota) changed(tx *store.Tx, who actor.Actor, e ledger.Entry) error {
	tx.Touch("rota")
	tx.Touch(string(r.ID))
	e.Subject = string(r.ID)
	if err := ledger.Append(tx, who, e); err != nil {
		return err
	}
	now, err := r.turnsToCome(tx)
	if err != nil {
		return err
	}
	if at, differs := plan.Differ(r.before, now); differs {
		if err := tx.Write(turn, r.ID, at); err != nil {
			return err
		}
	}
	return look(tx, r)
}

// toCome is how far ahead a change of who is on duty counts as one.
const toCome = 366 * 24 * time.Hour

func (r Rota) turnsToCome(tx *store.Tx) ([]plan.Turn, error) {
	if !r.Closed.IsZero() {
		return nil, nil
	}
	p, err := planOf(tx, r, tx.Now(), tx.Now().Add(toCome))
	return p.Between(tx.Now(), tx.Now().Add(toCome)), err
}

func (r Rota) facts() map[string]any {
	f := map[string]any{"Rota": r.Name, "Workspace": string(r.Workspace), "Pattern": string(r.Kind), "Turns": r.turns(), "Need": string(r.Need)}
	if r.Kind == plan.Rotating {
		f["Start"], f["Handover"], f["Days"] = r.Start.String(), r.Handover, r.Days
	}
	return f
}

// settle checks the rota and tidies it. Who stood in the pattern before may
// stay, whatever has become of them: a gap tells of that.
func (r *Rota) settle(tx *store.Tx, before plan.Pattern) error {
	var errs []error
	var err error
	if r.Name, err = address.Name(r.Name); err != nil {
		errs = append(errs, fault.From(err).At("name"))
	}
	if r.Workspace != "" {
		if err := exists(tx, r.Workspace); err != nil {
			errs = append(errs, err)
		}
	}
	next, err := r.Settled()
	if err != nil {
		return fault.Join(append(errs, err)...)
	}
	known := map[id.Person]bool{}
	for _, p := range before.People() {
		known[p] = true
	}
	for _, p := range next.People() {
		if known[p] {
			continue
		}
		known[p] = true
		if err := fit(tx, p); err != nil {
			errs = append(errs, err)
		}
	}
	r.Pattern = next
	return fault.Join(errs...)
}

func exists(tx *store.Tx, ws id.Workspace) error {
	all, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.ID == ws {
			return nil
		}
	}
	return fault.New(fault.Invalid, "workspace_unknown").At("workspace")
}

// fit checks that somebody can be put on duty: on the roster, and allowed to
// answer an alarm.
func fit(tx *store.Tx, person id.Person) error {
	p, err := roster.Find(tx, person)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err != nil || !p.Active || !(p.Has(actor.Monitor) || p.Has(actor.Administrator)) {
		return fault.New(fault.Invalid, "rota_person_unfit").At("people").With("Who", p.Name)
	}
	return nil
}

// stored is the JSON of the pattern's turns.
type stored struct {
	Order []plan.Team `json:"order,omitempty"`
	Spans []plan.Span `json:"spans,omitempty"`
}

func (r Rota) turns() string {
	b, err := json.Marshal(stored{r.Order, r.Spans})
	if err != nil {
		panic("rota: " + err.Error()) // texts and numbers only
	}
	return string(b)
}

func scan(r store.Row) (rota Rota, err error) {
	var start int
	var turns string
	err = r.Scan(&rota.Org, &rota.ID, &rota.Workspace, &rota.Name, &rota.Kind, &start, &rota.Handover, &rota.Days,
		&turns, &rota.Need, &rota.Version, store.Time(&rota.Made), store.Time(&rota.Closed))
	if err != nil {
		return rota, err
	}
	var kept stored
	if err := json.Unmarshal([]byte(turns), &kept); err != nil {
		return rota, fmt.Errorf("turns of %s: %w", rota.ID, err)
	}
	rota.Start, rota.Order, rota.Spans = civil.Day(start), kept.Order, kept.Spans
	return rota, nil
}
