package pass

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/circumstance"
	"muster/letin/product"
	"muster/letin/setting"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// MostQuestions is how many can be asked at once.
const MostQuestions = 100

// perUnit is how many questions share a unit, and with it one entry in the
// book for each guest and product. An entry has room for that many.
const perUnit = 100

// patience is how long a unit may take.
const patience = 5 * time.Second

// queues gather questions by organisation: while one unit is under way, those
// that arrive wait for the next, together.
type queues struct {
	mu      sync.Mutex
	waiting map[id.Org][]*asked // there is a key while somebody works on it
}

// asked is one question under way.
type asked struct {
	ctx    context.Context // of whoever waits for the answer
	token  string
	q      Question
	claims Claims          // of the pass that is the subject
	on     setting.Setting // what is to be configured
	answer Answer
	err    error
	done   chan struct{}
}

// Decide answers a product's questions in their order. An error means that
// there is no answer, which is no yes: the token is refused, a question is none,
// or the database cannot be asked. What a pass does not cover is answered no.
func (o *Office) Decide(ctx context.Context, token string, questions []Question) ([]Answer, error) {
	if len(questions) == 0 || len(questions) > MostQuestions {
		return nil, fault.New(fault.Invalid, "out_of_range").At("evaluations").With("Min", 1).With("Max", MostQuestions)
	}
	if err := o.admit(ctx, token); err != nil {
		return nil, err
	}
	all := make([]*asked, len(questions))
	for i, q := range questions {
		if err := q.check(); err != nil {
			return nil, err
		}
		all[i] = &asked{ctx: ctx, token: token, q: q, done: make(chan struct{})}
		org, err := o.place(ctx, all[i])
		if err != nil && !errors.Is(err, errPass) {
			return nil, err
		}
		if org == "" { // nobody's: there is no book that it could go into
			all[i].answer = Answer{Code: "pass_refused"}
			close(all[i].done)
			continue
		}
		o.queue(org, all[i])
	}
	answers := make([]Answer, len(all))
	for i, a := range all {
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, fault.New(fault.Unavailable, "unavailable").Wrap(ctx.Err())
		}
		if a.err != nil {
			return nil, a.err
		}
		answers[i] = a.answer
	}
	return answers, nil
}

// admit turns away whoever is no product before anything is done for them. A
// token that was good a moment ago passes: the unit that decides asks again.
func (o *Office) admit(ctx context.Context, token string) error {
	key, now := string(digest(token)), o.store.Now()
	if until, ok := o.admitted.Load(key); ok && now.Before(until.(time.Time)) {
		return nil
	}
	o.admitted.Delete(key)
	if err := o.Known(ctx, token); err != nil {
		return err
	}
	o.admitted.Store(key, now.Add(admittedFor))
	return nil
}

// admittedFor is how long a good token is let through to the unit unasked.
const admittedFor = 5 * time.Second

// place finds whose book a question belongs into: that of the pass or, for a
// staff member, of the resource.
func (o *Office) place(ctx context.Context, a *asked) (id.Org, error) {
	if a.q.Subject.Type != "pass" {
		return id.Parse[id.Org](string(a.q.Resource.Org))
	}
	var err error
	a.claims, err = o.read(ctx, a.q.Subject.ID, 0)
	return a.claims.Org, err
}

// queue has a question answered with the next unit of its organisation.
func (o *Office) queue(org id.Org, a *asked) {
	o.queues.mu.Lock()
	defer o.queues.mu.Unlock()
	_, working := o.queues.waiting[org]
	o.queues.waiting[org] = append(o.queues.waiting[org], a)
	if !working {
		go o.work(org)
	}
}

// work answers the questions of one organisation until there are none.
func (o *Office) work(org id.Org) {
	for {
		o.queues.mu.Lock()
		waiting := o.queues.waiting[org]
		if len(waiting) == 0 {
			delete(o.queues.waiting, org)
			o.queues.mu.Unlock()
			return
		}
		batch := waiting[:min(perUnit, len(waiting))]
		o.queues.waiting[org] = waiting[len(batch):]
		o.queues.mu.Unlock()
		o.answer(org, batch)
	}
}

// answer answers a batch in one unit, with its entries in the book. What fails
// is an answer to nobody. Who has gone meanwhile is not answered: after the
// database was away, those who still wait would come after all who do not.
func (o *Office) answer(org id.Org, batch []*asked) {
	batch = slices.DeleteFunc(slices.Clone(batch), func(a *asked) bool { return a.ctx.Err() != nil })
	if len(batch) == 0 {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	err := o.store.Across().Do(ctx, func(tx *store.AcrossTx) error { return o.unit(tx, org, batch) })
	for _, a := range batch {
		if err != nil {
			a.err = err
		}
		close(a.done)
	}
}

// unit decides a batch. It may run again from its beginning.
func (o *Office) unit(tx *store.AcrossTx, org id.Org, batch []*asked) error {
	products := map[string]Product{}
	subjects := map[subject]*standing{}
	var order []*standing
	for _, a := range batch {
		a.answer, a.err = Answer{}, nil
		p, known := products[a.token]
		if !known {
			var err error
			if p, err = caller(tx, a.token); err != nil && !errors.Is(err, errToken) {
				return err
			}
			products[a.token] = p
		}
		if p.ID == "" {
			a.err = errToken
			continue
		}
		key := subject{p.ID, a.claims.Pass(), id.Staff(a.q.Subject.ID)}
		if key.pass != "" {
			key.staff = ""
		}
		st, met := subjects[key]
		if !met {
			var err error
			if st, err = o.standing(tx, p, org, key); err != nil {
				return err
			}
			subjects[key] = st
			order = append(order, st)
		}
		var err error
		if a.on, err = catalogued(tx, p, a.q); err != nil {
			return err
		}
		st.asked = append(st.asked, a)
	}
	if len(order) == 0 {
		return nil
	}
	err := tx.For(org, func(tx *store.Tx) error {
		if _, err := roster.Get(tx); err != nil {
			return err // a book is written only where there is somebody to read it
		}
		for _, st := range order {
			if err := st.decide(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errNothing) { // no such organisation
		for _, st := range order {
			for _, a := range st.asked {
				a.answer = Answer{Code: "not_found"}
			}
		}
		return nil
	}
	return err
}

// subject is who wants to do something in which product.
type subject struct {
	product id.Product
	pass    id.Pass
	staff   id.Staff
}

// standing is a subject as it is at this instant, and what is asked about it.
type standing struct {
	product Product
	who     actor.Actor // a guest; or staff outside, who may do nothing there
	mode    Mode
	had     bool                       // the customer has the product
	refused string                     // code: the pass does not hold
	now     *circumstance.Circumstance // nil until something asks
	asked   []*asked
}

// standing finds out how a subject stands. A pass that does not hold is no
// error: the answer is no, and the customer sees it.
func (o *Office) standing(tx *store.AcrossTx, p Product, org id.Org, of subject) (*standing, error) {
	st := &standing{product: p, mode: Configure}
	if of.pass == "" {
		var err error
		if st.had, err = product.Has(tx, org, p.ID); err != nil {
			return nil, err
		}
		return st, o.member(tx, st, org, of.staff)
	}
	v, err := store.One(tx, passByID, scanStay, of.pass)
	if err == nil {
		st.mode, st.had = v.Mode, v.had
		st.who, err = o.holds(tx, v, p.ID)
	}
	if err = passRefused(err); errors.Is(err, errPass) {
		st.who = actor.Actor{Kind: actor.Staff, Staff: v.Staff, Door: door}
		st.refused, err = errPass.Code, nil
	}
	return st, err
}

// member is a staff member who is asked about by name: as a guest, if they are
// inside the organisation now, otherwise as staff outside.
func (o *Office) member(tx *store.AcrossTx, st *standing, org id.Org, who id.Staff) error {
	visits, err := o.gate.Visits(tx, who, org)
	if err != nil {
		return err
	}
	for _, s := range visits {
		st.who, _, err = o.gate.Inside(tx, s.ID)
		if fault.KindOf(err) == fault.Unauthenticated {
			continue
		}
		if s.Person != "" {
			st.mode = ViewAs
		}
		st.who.Door = door
		return err
	}
	m, err := staff.Find(tx, who)
	if errors.Is(err, errNothing) {
		st.refused, err = errNothing.Code, nil
	}
	st.who = actor.Actor{Kind: actor.Staff, Staff: who, Name: m.Name, Door: door}
	return err
}

// decide answers what is asked about one subject and books it.
func (st *standing) decide(tx *store.Tx) error {
	questions, answers := make([]Question, len(st.asked)), make([]Answer, len(st.asked))
	var one string // the rule, where there is only one
	for i, a := range st.asked {
		var err error
		if a.answer, err = st.answer(tx, a); err != nil {
			return err
		}
		questions[i], answers[i] = a.q, a.answer
		if a.q.Subject.Type == "pass" {
			questions[i].Subject.ID = "" // a pass is a secret
		}
		if one = a.answer.Rule; i > 0 && one != answers[0].Rule {
			one = ""
		}
	}
	s := sum(questions, answers)
	return ledger.Append(tx, st.who, ledger.Entry{
		Kind: "pass.decided", Subject: string(st.who.Grant), About: st.who.Person, Rule: one,
		Facts: map[string]any{"Product": st.product.Name, "Yes": s.yes, "No": s.no, "Decisions": s.lines},
	})
}

// answer is policy's, about the guest at this instant. What a question is about
// belongs to the organisation whose book this is; where the product names
// another, it does not exist.
func (st *standing) answer(tx *store.Tx, a *asked) (Answer, error) {
	q := a.q
	if q.Resource.Org != "" && q.Resource.Org != tx.Org() {
		return Answer{Code: "not_found"}, nil
	}
	if st.refused != "" {
		return Answer{Code: st.refused}, nil
	}
	action, on := "lookInProduct", policy.Resource{Type: "Pass", Org: tx.Org(), Facts: having(st.had)}
	switch {
	case q.Action == actConfigure && st.mode != Configure: // the leave may be for more, the pass is not
		return Answer{Rule: "floor-guest", Code: "refused"}, nil
	case q.Action == actConfigure && q.Resource.Type == "setting" && st.who.Guest():
		return st.configure(tx, a.on)
	case q.Action == actConfigure:
		action = "changeInProduct"
	case q.Action == actViewAs:
		action, on.Person = "viewAsInProduct", st.who.Person
	}
	rule, err := policy.Check(st.who, action, on)
	if f := fault.From(err); f != nil && (f.Kind == fault.Forbidden || f.Kind == fault.NotFound) {
		refusing, _ := f.Args["rule"].(string)
		return Answer{Rule: refusing, Code: f.Code}, nil
	}
	return Answer{Allowed: err == nil, Rule: rule}, err
}
