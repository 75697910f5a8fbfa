package alarm_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/procedure"
	"muster/deliver"
	"muster/id"
	"muster/roster"
	"muster/roster/contact"
)

// byText makes alarms go to a person's telephone, and to their mail only when
// that fails.
func (c *crew) byText(t *testing.T, i int) {
	t.Helper()
	p := c.people[i]
	var order []contact.Setting
	for _, point := range p.Points {
		order = append(order, contact.Setting{ID: point.ID, Alarms: point.Channel == roster.SMS})
	}
	slices.SortFunc(order, func(a, b contact.Setting) int {
		if a.Alarms == b.Alarms {
			return 0
		}
		return map[bool]int{true: -1, false: 1}[a.Alarms]
	})
	if err := contact.Arrange(t.Context(), c.w.Store, c.Admin.Actor, p.Person.Person, order); err != nil {
		t.Fatal(err)
	}
}

// A step whose only person cannot be reached is not waited for; one false
// address among several is.
func TestOA1WhereNobodyHearsTheNextPersonIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.byText(t, 0)
		c.byText(t, 1)
		c.follow(t,
			procedure.Step{Whom: procedure.Somebody, ID: string(c.people[0].Person.Person), Wait: 10 * time.Minute, When: procedure.Always},
			procedure.Step{Whom: procedure.Somebody, ID: string(c.people[1].Person.Person), Wait: 10 * time.Minute, When: procedure.Always},
		)
		c.w.Mail.Fail(100, deliver.Refused("550", "no such mailbox"))
		a := c.help(t)
		time.Sleep(50 * time.Second)
		synctest.Wait()
		bo, cai := c.people[0].Person.Person, c.people[1].Person.Person
		told := c.told(t, a)
		if !slices.Equal(told[0], []id.Person{bo}) || !slices.Equal(told[30*time.Second], []id.Person{bo, cai}) {
			t.Errorf("told %v; Bo is %s, Cai %s", told, bo, cai)
		}
		c.w.Stop()
	})
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.byText(t, 0)
		c.follow(t,
			procedure.Step{Whom: procedure.Monitors, Wait: 10 * time.Minute, When: procedure.Always},
			procedure.Step{Whom: procedure.Everyone, Wait: 10 * time.Minute, When: procedure.Always},
		)
		c.w.SMS.Fail(1, deliver.Refused("30005", "unknown number"))
		a := c.help(t)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if told := c.told(t, a); len(told) != 1 {
			t.Errorf("told %v although others may have heard", told)
		}
		c.w.Stop()
	})
}
