package procedure_test

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/call/procedure"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

func calls(whom procedure.Whom, which id.Person) procedure.Step {
	return procedure.Step{Whom: whom, ID: string(which), Wait: time.Minute, When: procedure.Always}
}

// verify lets somebody confirm their first address, by the link that is sent
// to it.
func verify(t testing.TB, w *town.Town, o *town.Organisation, m town.Member) {
	t.Helper()
	err := contact.StartVerification(t.Context(), w.Store, w.Keys, o.Admin.Actor, m.Person.Person, m.Points[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var sent []deliver.Message
	err = w.Store.View(t.Context(), o.ID, func(tx *store.Tx) (err error) {
		sent, err = deliver.Latest(tx, 1)
		return err
	})
	if err == nil {
		err = contact.ConfirmByLink(t.Context(), w.Store, o.ID, sent[0].ID, netip.Addr{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The gate against an oracle that knows the roster from having made it: whom
// it lets through reaches two people who are there, verified and not the
// worker.
func TestTheGateEqualsAnOracle(t *testing.T) {
	w := town.New(t, mustertest.Store(t))
	open, shut := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		o := w.Organisation("Harbour Works")
		type somebody struct {
			town.Member
			monitor, verified, gone bool
		}
		var people []somebody
		for i, name := range []string{"Anna", "Bo", "Cai", "Dora"} {
			p := somebody{monitor: rapid.Bool().Draw(r, name+" watches"), verified: rapid.Bool().Draw(r, name+" verified"), gone: i > 0 && rapid.IntRange(0, 4).Draw(r, name+" leaves") == 0}
			if p.monitor = p.monitor && i > 0; p.monitor {
				p.Member = o.Monitor(name)
			} else {
				p.Member = o.Worker(name)
			}
			if p.verified {
				verify(t, w, o, p.Member)
			}
			people = append(people, p)
		}
		worker := people[0]
		var d procedure.Draft
		d.Name = "Nights"
		wanted := map[int]bool{}
		for range rapid.IntRange(1, 3).Draw(r, "steps") {
			if n := rapid.IntRange(0, len(people)).Draw(r, "whom"); n < len(people) {
				d.Steps = append(d.Steps, calls(procedure.Somebody, people[n].Person.Person))
				wanted[n] = true
				continue
			}
			d.Steps = append(d.Steps, calls(procedure.Monitors, ""))
			for i, p := range people {
				wanted[i] = wanted[i] || p.monitor
			}
		}
		p, err := procedure.Create(t.Context(), w.Store, o.Admin.Actor, procedure.Subject{Worker: worker.Person.Person}, d)
		if err != nil {
			r.Fatal(err)
		}
		sure := 0
		for i, one := range people {
			if one.gone {
				err := w.Store.Do(t.Context(), o.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, o.Admin.Actor, one.Person.Person) })
				if err != nil {
					r.Fatal(err)
				}
			}
			if wanted[i] && i > 0 && one.verified && !one.gone {
				sure++
			}
		}
		_, err = procedure.Switch(t.Context(), w.Store, o.Admin.Actor, p.ID, true)
		if got := err == nil; got != (sure >= 2) {
			r.Fatalf("%d are there, verified and not the worker; switched on: %v", sure, err)
		}
		if err != nil && fault.From(err).Code != "procedure_unsafe" {
			r.Fatal(err)
		}
		if err == nil {
			open++
		} else {
			shut++
		}
	})
	if open == 0 || shut == 0 {
		t.Errorf("the gate was open %d times and shut %d times: one side was never tried", open, shut)
	}
}

func TestTheMostSpecificProcedureThatIsSwitchedOnCounts(t *testing.T) {
	w := town.New(t, mustertest.Store(t))
	o := w.Organisation("Harbour Works")
	anna, bo, cai := o.Worker("Anna"), o.Monitor("Bo"), o.Monitor("Cai")
	verify(t, w, o, bo)
	verify(t, w, o, cai)
	for _, subject := range []procedure.Subject{{}, {Workspace: o.Workspace}, {Worker: anna.Person.Person}} {
		d := procedure.Draft{Name: "For " + subject.Key() + ".", Steps: []procedure.Step{calls(procedure.Somebody, bo.Person.Person), calls(procedure.Somebody, cai.Person.Person)}}
		p, err := procedure.Create(t.Context(), w.Store, o.Admin.Actor, subject, d)
		if err != nil {
			t.Fatal(err)
		}
		before := inForce(t, w, o, anna)
		if _, err := procedure.Switch(t.Context(), w.Store, o.Admin.Actor, p.ID, true); err != nil {
			t.Fatal(err)
		}
		if got := inForce(t, w, o, anna); got.Procedure != p.ID || before.Procedure == p.ID {
			t.Errorf("%v switched on: %q counts, before that %q", subject, got.Name, before.Name)
		}
		if _, err := procedure.Create(t.Context(), w.Store, o.Admin.Actor, subject, d); fault.From(err).Code != "taken" {
			t.Errorf("a second one for %v: %v, want taken", subject, err)
		}
		// A version never changes: who holds the first sees the first.
		d.Name = "Another"
		if _, err := procedure.Revise(t.Context(), w.Store, o.Admin.Actor, p.ID, 1, d); err != nil {
			t.Fatal(err)
		}
		if _, err := procedure.Revise(t.Context(), w.Store, o.Admin.Actor, p.ID, 1, d); fault.From(err).Code != "conflict" {
			t.Errorf("revised from a version that is not the latest: %v", err)
		}
		if got := inForce(t, w, o, anna); got.Name != "Another" {
			t.Errorf("%q counts after it was revised", got.Name)
		}
		err = w.Store.View(t.Context(), o.ID, func(tx *store.Tx) error {
			first, err := procedure.Kept(tx, o.Workspace, p.ID, 1)
			if first.Name != "For "+subject.Key()+"." {
				t.Errorf("version 1 is called %q now", first.Name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := inForce(t, w, o, anna)
	if _, err := procedure.Switch(t.Context(), w.Store, o.Admin.Actor, all.Procedure, false); err != nil {
		t.Fatal(err)
	}
	if got := inForce(t, w, o, anna); got.Subject.Workspace != o.Workspace {
		t.Errorf("the worker's own switched off: %q counts, want the workspace's", got.Name)
	}
	ws := roster.Workspace{ID: o.Workspace, Name: "Harbour Works", Instructions: "Ring twice"}
	if err := roster.UpdateWorkspace(t.Context(), w.Store, o.Admin.Actor, ws); err != nil {
		t.Fatal(err)
	}
	if got := inForce(t, w, o, anna); got.Instructions != ws.Instructions {
		t.Errorf("the workspace says %q, the ladder %q", ws.Instructions, got.Instructions)
	}
}

// inForce asks in a unit, for it is units that remember.
func inForce(t *testing.T, w *town.Town, o *town.Organisation, m town.Member) (l procedure.Ladder) {
	t.Helper()
	err := w.Store.Do(t.Context(), o.ID, func(tx *store.Tx) (err error) {
		l, err = procedure.For(tx, m.Person.Person, o.Workspace)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestADraftSaysAllThatIsWrongWithIt(t *testing.T) {
	w := town.New(t, mustertest.Store(t))
	o := w.Organisation("Harbour Works")
	d := procedure.Draft{Steps: []procedure.Step{{Whom: "nobody"}, {Whom: procedure.Somebody}, {Whom: procedure.Everyone, Wait: 3 * time.Hour, When: "sometimes", Channels: []string{"smoke"}}}}
	_, err := procedure.Create(t.Context(), w.Store, o.Admin.Actor, procedure.Subject{}, d)
	fields := map[string]bool{}
	for _, f := range fault.All(err) {
		fields[f.Field] = true
	}
	for _, want := range []string{"name", "steps.1.whom", "steps.2.whom", "steps.3.wait_seconds", "steps.3.when", "steps.3.channels"} {
		if !fields[want] {
			t.Errorf("nothing is said of %s: %v", want, err)
		}
	}
	bo := o.Monitor("Bo")
	_, err = procedure.Create(t.Context(), w.Store, bo.Actor, procedure.Subject{}, procedure.Draft{Name: "Mine", Steps: []procedure.Step{calls(procedure.Everyone, "")}})
	if fault.KindOf(err) != fault.Forbidden {
		t.Errorf("written by a monitor: %v", err)
	}
}
