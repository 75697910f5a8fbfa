package staff_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

// house is a provider with its staff.
type house struct {
	staff.Office
	t    *testing.T
	gate *identity.Gate
	olga staff.Member // the first of all, a director
}

func open(t *testing.T, s *store.Store) *house {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Office: staff.Office{Store: s}, t: t, gate: identity.New(s, identity.Config{URL: "https://muster.example", Name: "Muster", Keys: keys, Staff: staff.Vouch})}
	t.Cleanup(h.gate.Close)
	if _, _, err := h.gate.InitProvider(t.Context(), "Olga Operator", "olga@provider.example"); err != nil {
		t.Fatal(err)
	}
	h.olga = h.named("Olga Operator")
	return h
}

func onBoth(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	mustertest.Stores(t, func(t *testing.T, s *store.Store) { test(t, open(t, s)) })
}

func (h *house) named(name string) staff.Member {
	h.t.Helper()
	var all []staff.Member
	err := h.Store.Across().View(h.t.Context(), func(tx *store.AcrossTx) (err error) {
		all, err = staff.List(tx)
		return err
	})
	i := slices.IndexFunc(all, func(m staff.Member) bool { return m.Name == name })
	if err != nil || i < 0 {
		h.t.Fatalf("%s: %v", name, err)
	}
	return all[i]
}

// as is a member as the actor of a request, with every proof.
func (h *house) as(m staff.Member) actor.Actor {
	m = h.named(m.Name)
	is := m.Support(h.Store.Now())
	is.Stands = true
	return actor.Actor{Kind: actor.Staff, Staff: m.ID, Name: m.Name, Door: actor.Board, Support: is}
}

func draft(name string, d actor.Department, positions ...actor.Position) staff.Draft {
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@provider.example"
	return staff.Draft{Name: name, Email: email, Department: d, Positions: positions}
}

func (h *house) hire(by staff.Member, d staff.Draft) staff.Member {
	h.t.Helper()
	m, err := h.Add(h.t.Context(), h.as(by), d)
	if err != nil {
		h.t.Fatalf("%s: %v", d.Name, err)
	}
	return h.named(m.Name)
}

// in signs a member in as a demonstration does, which counts as proved.
func (h *house) in(m staff.Member) string {
	h.t.Helper()
	shell := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
	link, err := h.gate.MakeLink(h.t.Context(), shell, identity.LinkSpec{Staff: m.ID, Many: true})
	if err != nil {
		h.t.Fatal(err)
	}
	in, err := h.gate.SignInWithLink(h.t.Context(), link[strings.LastIndex(link, "/")+1:], identity.Visit{})
	if err != nil {
		h.t.Fatal(err)
	}
	return in.Cookie
}

func (h *house) stands(cookie string) bool {
	h.t.Helper()
	who, _, err := h.gate.SessionActor(h.t.Context(), cookie)
	return err == nil && who.Support.Stands
}

// prove puts both proofs on record that people keep.
func (h *house) prove(by, m staff.Member) {
	h.t.Helper()
	for _, p := range []staff.Proof{staff.Agreement, staff.Background} {
		if err := h.Record(h.t.Context(), h.as(by), m.ID, p, staff.Span{Since: h.Store.Now().Add(-time.Hour)}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	f := fault.From(err)
	if f.Code == "refused" {
		return f.Args["rule"].(string)
	}
	return f.Code
}

func (h *house) refused(what, want string, err error) {
	h.t.Helper()
	if code(err) != want {
		h.t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestWK8EveryStaffMemberHasTheirOwnAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		aino := h.hire(h.olga, draft("Aino Agent", actor.FirstLine))
		d := draft("Another Aino", actor.FirstLine)
		d.Email = "AINO.agent@provider.example"
		_, err := h.Add(t.Context(), h.as(h.olga), d)
		h.refused("an address for the second time", "taken", err)
		bad := staff.Draft{Name: "", Email: "none", Department: "moon", Positions: []actor.Position{"emperor"}}
		_, err = h.Add(t.Context(), h.as(h.olga), bad)
		if len(fault.All(err)) < 3 {
			t.Errorf("what is wrong is said at once: %v", err)
		}
		cookie := h.in(aino)
		moved := draft("Aino Agent", actor.SecondLine)
		moved.Email = "aino@provider.example"
		if err := h.Change(t.Context(), h.as(h.olga), aino.ID, moved); err != nil {
			t.Fatal(err)
		}
		if m := h.named("Aino Agent"); m.ID != aino.ID || m.Email != moved.Email || m.Department != actor.SecondLine || m.Is(actor.Director) {
			t.Errorf("%+v", m)
		}
		if _, _, err := h.gate.SessionActor(t.Context(), cookie); err == nil {
			t.Error("a session of the old address goes on")
		}
	})
}

func TestWK9NobodyKeepsThemselvesAndHeadsOnlyTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		head := h.hire(h.olga, draft("Hanna Head", actor.FirstLine, actor.Head))
		agent := h.hire(head, draft("Aino Agent", actor.FirstLine))
		other := h.hire(h.olga, draft("Otso Other", actor.SecondLine))

		_, err := h.Add(ctx, h.as(agent), draft("Eve", actor.FirstLine))
		h.refused("an agent adds somebody", "staff-director", err)
		_, err = h.Add(ctx, h.as(head), draft("Eve", actor.SecondLine))
		h.refused("a head adds to another department", "staff-director", err)
		for _, p := range []actor.Position{actor.Director, actor.Head} {
			_, err = h.Add(ctx, h.as(head), draft("Eve", actor.FirstLine, p))
			h.refused("a head makes a "+string(p), "staff-director", err)
			h.refused("a head makes an agent a "+string(p), "staff-director", h.Change(ctx, h.as(head), agent.ID, draft("Aino Agent", actor.FirstLine, p)))
		}
		h.refused("a head takes another's", "staff-director", h.Deactivate(ctx, h.as(head), other.ID))
		h.refused("a head moves somebody elsewhere", "staff-director", h.Change(ctx, h.as(head), agent.ID, draft("Aino Agent", actor.Sales)))
		h.refused("a head gives what heads may give", "", h.Change(ctx, h.as(head), agent.ID, draft("Aino Agent", actor.FirstLine, actor.SuccessManager)))

		now := h.Store.Now()
		for who, m := range map[string]staff.Member{"a director": h.olga, "a head": head} {
			h.refused(who+" gives themselves a position", "staff-not-oneself", h.Change(ctx, h.as(m), m.ID, draft(m.Name, m.Department, actor.Director, actor.ServicesManager)))
			h.refused(who+" records their own proof", "staff-not-oneself", h.Record(ctx, h.as(m), m.ID, staff.Agreement, staff.Span{Since: now}))
			h.refused(who+" confirms themselves", "staff-not-oneself", h.Confirm(ctx, h.as(m), m.ID))
			h.refused(who+" unties themselves", "staff-not-oneself", h.Untie(ctx, h.as(m), m.ID))
		}
		person := actor.Actor{Kind: actor.Person, Org: id.New[id.Org](), Person: id.New[id.Person](), Roles: []actor.Membership{{Role: actor.Administrator}}}
		if _, err := h.All(ctx, person); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a customer's administrator reads the staff: %v", err)
		}
	})
}

func TestADirectorIsAlwaysLeftAndADelegateEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		d := draft("Dora Delegate", actor.CustomerSuccess, actor.Delegate)
		_, err := h.Add(ctx, h.as(h.olga), d)
		h.refused("a delegate without an end", "staff_delegate_end", err)
		d.Delegate = h.Store.Now().Add(2 * 366 * 24 * time.Hour)
		_, err = h.Add(ctx, h.as(h.olga), d)
		h.refused("a delegate for years", "staff_delegate_span", err)
		d.Delegate = h.Store.Now().Add(time.Hour)
		dora := h.hire(h.olga, d)
		if !dora.Is(actor.Delegate) || !dora.Adds() {
			t.Fatalf("%+v", dora)
		}
		h.refused("the last director goes", "staff_last_director", h.Deactivate(ctx, h.as(dora), h.olga.ID))
		h.refused("the last director is none any more", "staff_last_director", h.Change(ctx, h.as(dora), h.olga.ID, draft("Olga Operator", actor.Sales)))
		second := h.hire(dora, draft("Second Director", actor.CustomerSuccess, actor.Director))
		h.refused("one of two goes", "", h.Deactivate(ctx, h.as(second), h.olga.ID))
	})
}

// Access N10, WK8, FL2: each of the four proofs flipped takes effect with the
// very next request.
func TestAccessN10EachProofCountsAtTheNextRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		aino := h.hire(h.olga, draft("Aino Agent", actor.FirstLine))
		cookie := h.in(aino)
		if h.stands(cookie) {
			t.Fatal("stands without a proof on record")
		}
		h.prove(h.olga, aino)
		if !h.stands(cookie) {
			t.Fatal("does not stand with all four")
		}
		for _, p := range []staff.Proof{staff.Agreement, staff.Background} {
			if err := h.TakeBack(ctx, h.as(h.olga), aino.ID, p); err != nil {
				t.Fatal(err)
			}
			if h.stands(cookie) {
				t.Errorf("stands without %s", p)
			}
			h.prove(h.olga, aino)
			if !h.stands(cookie) {
				t.Fatalf("%s came back and does not count", p)
			}
		}
		// The other two are proved by signing in, for that session.
		shell := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
		link, err := h.gate.MakeLink(ctx, shell, identity.LinkSpec{Staff: aino.ID})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := h.gate.SignInWithLink(ctx, link[strings.LastIndex(link, "/")+1:], identity.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		if h.stands(plain.Cookie) || !h.stands(cookie) {
			t.Error("a sign-in without single sign-on and second factor stands, or spoils another")
		}
		if err := h.Deactivate(ctx, h.as(h.olga), aino.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.gate.SessionActor(ctx, cookie); err == nil {
			t.Error("who was deactivated is still in")
		}
		if err := h.Reactivate(ctx, h.as(h.olga), aino.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.gate.SessionActor(ctx, cookie); err == nil {
			t.Error("a session rises from the dead")
		}
	})
}

// What the book of the provider says, and that nothing there names a proof's
// owner but by what can be erased.
func TestEverythingAboutStaffIsInTheProvidersBook(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		aino := h.hire(h.olga, draft("Aino Agent", actor.FirstLine))
		h.prove(h.olga, aino)
		ctx := t.Context()
		h.refused("taken back", "", h.TakeBack(ctx, h.as(h.olga), aino.ID, staff.Agreement))
		h.refused("confirmed", "", h.Confirm(ctx, h.as(h.olga), aino.ID))
		h.refused("ended", "", h.Deactivate(ctx, h.as(h.olga), aino.ID))
		var kinds []string
		err := h.Store.View(ctx, identity.Provider, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Limit: 50})
			for _, e := range all {
				if strings.HasPrefix(e.Kind, "staff.") {
					kinds = append(kinds, e.Kind+" "+e.Rule)
				}
			}
			return err
		})
		want := "staff.deactivated staff-director, staff.confirmed staff-director, staff.proof_withdrawn staff-director, staff.proof_recorded staff-director, staff.proof_recorded staff-director, staff.added staff-director"
		if err != nil || strings.Join(kinds, ", ") != want {
			t.Errorf("%v\n%s", err, strings.Join(kinds, ", "))
		}
	})
}

// mailed are the addresses and purposes of what waits to leave.
func (h *house) mailed() (out []string) {
	h.t.Helper()
	err := h.Store.View(h.t.Context(), identity.Provider, func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 100)
		for _, m := range all {
			out = append(out, fmt.Sprint(m.Purpose, " ", m.Facts["Staff"], " to ", m.Route[0].Address))
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// Access A11: each member is confirmed again every six months; a fortnight
// before, they, their head and the directors are told, and once it is overdue
// nothing is changed at any customer's.
func TestAccessA11ReviewsEverySixMonths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, mustertest.Store(t))
		ctx := t.Context()
		// until lets time pass, and then whatever is due by then happen.
		until := func(at time.Time) {
			time.Sleep(time.Until(at))
			running, stop := context.WithCancel(ctx)
			defer stop()
			done := make(chan struct{})
			engine := timer.NewEngine(h.Store, slog.New(slog.DiscardHandler), map[string]timer.Handler{staff.TimerKind: staff.Fire})
			go func() { engine.Run(running); close(done) }()
			synctest.Wait()
			stop()
			<-done
		}

		head := h.hire(h.olga, draft("Hanna Head", actor.FirstLine, actor.Head))
		h.hire(h.olga, draft("Otso Other", actor.SecondLine, actor.Head))
		time.Sleep(24 * time.Hour)
		aino := h.hire(head, draft("Aino Agent", actor.FirstLine))
		begun := h.Store.Now()
		due := begun.AddDate(0, 6, 0)
		for _, m := range []staff.Member{head, h.named("Otso Other")} {
			if err := h.Confirm(ctx, h.as(h.olga), m.ID); err != nil {
				t.Fatal(err)
			}
		}
		if !aino.ReviewDue().Equal(due) {
			t.Fatalf("due %v, want %v", aino.ReviewDue(), due)
		}
		only := func() string {
			var of []string
			for _, m := range h.mailed() {
				if strings.Contains(m, "Aino Agent") {
					of = append(of, m)
				}
			}
			return strings.Join(of, ", ")
		}
		until(due.Add(-14*24*time.Hour - time.Minute))
		if got := only(); got != "" {
			t.Errorf("told too early: %s", got)
		}
		until(due.Add(-14 * 24 * time.Hour))
		want := "staff_review Aino Agent to aino.agent@provider.example, staff_review Aino Agent to hanna.head@provider.example, staff_review Aino Agent to olga@provider.example"
		if got := only(); got != want {
			t.Errorf("a fortnight before: %s", got)
		}
		if h.named("Aino Agent").Overdue(h.Store.Now()) {
			t.Error("overdue already")
		}
		until(due)
		if got := only(); strings.Count(got, "staff_overdue") != 3 {
			t.Errorf("on the day: %s", got)
		}
		m := h.named("Aino Agent")
		if !m.Overdue(h.Store.Now()) || m.Configures(h.Store.Now()) {
			t.Error("not overdue, or configures all the same")
		}
		h.refused("Aino confirms herself", "staff-not-oneself", h.Confirm(ctx, h.as(aino), aino.ID))
		h.refused("her head does", "", h.Confirm(ctx, h.as(head), aino.ID))
		if m := h.named("Aino Agent"); m.Overdue(h.Store.Now()) || !m.Configures(h.Store.Now()) {
			t.Error("overdue although confirmed")
		}
		until(due.AddDate(0, 0, 14))
		if got := only(); strings.Count(got, "staff_") != 6 {
			t.Errorf("told although confirmed: %s", got)
		}
	})
}

// Whoever was there before there were reviews gets one when the server starts,
// once.
func TestAccessA11WhoWasThereBeforeIsReviewedToo(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for range 2 {
			if err := staff.Watch(t.Context(), h.Store); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		err := h.Store.View(t.Context(), identity.Provider, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Kind: "staff.review_set", Limit: 10})
			n = len(all)
			return err
		})
		if err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}
