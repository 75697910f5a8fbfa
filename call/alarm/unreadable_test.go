package alarm_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/procedure"
	"muster/store"
)

var (
	scramble = store.Query("test.scramble", `update procedure_version set steps = 'not what it was' where org = $1`).Telemetry()
	// What is remembered of it would be readable.
	outdate = store.Query("test.outdate", `update organisation set version = version + 1 where org = $1`).Telemetry()
)

// However a procedure came to be unreadable: whoever needs help is heard by
// everybody, at once when it begins and at the next step when it happens
// meanwhile.
func TestAnUnreadableProcedureKeepsNobodyFromBeingCalled(t *testing.T) {
	for _, when := range []string{"before", "meanwhile"} {
		synctest.Test(t, func(t *testing.T) {
			c := newCrew(t)
			bo, cai := c.people[0], c.people[1]
			c.follow(t,
				procedure.Step{Whom: procedure.Somebody, ID: string(bo.Person.Person), Wait: time.Minute, When: procedure.Always},
				procedure.Step{Whom: procedure.Somebody, ID: string(bo.Person.Person), Wait: time.Minute, When: procedure.Always})
			s := c.start(t)
			spoil := func() {
				if err := c.w.Store.Do(t.Context(), c.ID, func(tx *store.Tx) error { return errors.Join(tx.Write(scramble), tx.Write(outdate)) }); err != nil {
					t.Fatal(err)
				}
			}
			if when == "before" {
				spoil()
			}
			c.press(t, s)
			if when == "meanwhile" {
				synctest.Wait()
				spoil()
				time.Sleep(time.Minute)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			c.w.SMS.Phone(t, cai.First("sms")).Expect("Aino")
			c.w.SMS.Phone(t, bo.First("sms")).Expect("Aino")
		})
	}
}
