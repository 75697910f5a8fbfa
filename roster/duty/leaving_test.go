package duty_test

import (
	"fmt"
	"sync"
	"testing"

	"muster/call/shift"
	"muster/fault"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/duty"
	"muster/store"
)

// BS4: somebody who leaves at the moment in which another node gives them a duty
// either has it and stays, or leaves and does not get it.
func TestBS4NobodyWhoLeavesIsLeftWithADuty(t *testing.T) {
	address := mustertest.Postgres(t)
	nodes := [2]*store.Store{}
	for i := range nodes {
		s, err := store.Open(t.Context(), address, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		nodes[i] = s
	}
	tw := town.New(t, nodes[0])
	o := tw.Organisation("North")
	tw.Stop()
	for n := range 20 {
		m := o.Monitor(fmt.Sprintf("Monitor %d", n))
		begin := make(chan struct{})
		var given, left error
		var both sync.WaitGroup
		both.Go(func() {
			<-begin
			given = duty.Assign(t.Context(), nodes[0], o.Admin.Actor, duty.Technical, m.Person.Person, "")
		})
		both.Go(func() {
			<-begin
			left = shift.RemovePerson(t.Context(), nodes[1], o.Admin.Actor, m.Person.Person)
		})
		close(begin)
		both.Wait()
		if (given == nil) == (left == nil) {
			t.Fatalf("%d: given %v, left %v", n, given, left)
		}
		if given != nil && fault.From(given).Code != "not_on_roster" || left != nil && fault.From(left).Code != "holds_duty" {
			t.Fatalf("%d: given %v, left %v", n, given, left)
		}
	}
}
