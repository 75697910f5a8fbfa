package visit_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/letin/desk"
	"muster/letin/desk/insist"
	"muster/letin/grant"
	"muster/letin/setting"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/policy"
	"muster/store"
)

// rule is what policy says of a guest's act at this request: "+rule" or "-rule".
func (c *scene) rule(cookie, action, thing string) string {
	c.Helper()
	who, err := c.guest(cookie)
	if err != nil {
		c.Fatal(err)
	}
	rule, err := policy.Check(who, action, policy.Resource{Type: thing, Org: c.org.ID})
	if err != nil {
		refused, _ := fault.From(err).Args["rule"].(string)
		return "-" + refused
	}
	return "+" + rule
}

func (c *scene) want(cookie string, rules map[string]string) {
	c.Helper()
	things := map[string]string{"manageRota": "Rota", "manageOffice": "Office", "setRoles": "Member", "addWorkspace": "Workspace"}
	for action, want := range rules {
		if got := c.rule(cookie, action, things[action]); got != want {
			c.Errorf("%s: %s, want %s", action, got, want)
		}
	}
}

func (c *scene) desk() desk.Desk { return desk.Desk{Store: c.Store, Keys: c.Keys} }

// asks is a request of the administrator's for one of Muster's settings.
func (c *scene) asks(key string) desk.Request {
	c.Helper()
	q, err := c.desk().Ask(c.Context(), c.org.Admin.Actor, desk.Wanted{
		Kind: desk.Setting, Setting: setting.Muster + "/" + key, Subject: "The rota", Words: "Please add the night shift.",
	})
	if err != nil {
		c.Fatal(err)
	}
	return q
}

// FL10: what a request asks for that counts is open to a guest who may
// configure, and nothing else; from the next request on it is closed when the
// request is, and when it counts no more.
func TestFL10ARequestThatCountsOpensWhatItAsksForAndNothingElse(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.Configure)
		cookie, first := c.enter(""), c.Staff("Fanny First", actor.FirstLine)
		closed := map[string]string{
			"manageRota": "-configure-request", "manageOffice": "-configure-request", "setRoles": "-configure-alone", "addWorkspace": "+configure-other",
		}
		c.want(cookie, closed)

		_, err := c.desk().Note(t.Context(), first.Actor, desk.Noted{
			Org: c.org.ID, Channel: desk.Phone, Name: "Somebody",
			Wanted: desk.Wanted{Kind: desk.Setting, Setting: "Muster/manageOffice", Subject: "Holidays", Words: "We close over Christmas."},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.want(cookie, map[string]string{"manageOffice": "-configure-phone", "manageRota": "-configure-request"})

		q, high := c.asks("manageRota"), c.asks("setRoles")
		c.want(cookie, map[string]string{
			"manageRota": "+configure-requested", "manageOffice": "-configure-phone", "setRoles": "-configure-alone", "addWorkspace": "+configure-other",
		})
		err = errors.Join(c.desk().Take(t.Context(), first.Actor, q.ID), c.desk().Take(t.Context(), first.Actor, high.ID),
			c.desk().Close(t.Context(), first.Actor, q.ID, desk.Done, "The night shift is there."))
		if err != nil {
			t.Fatal(err)
		}
		c.want(cookie, map[string]string{"manageRota": "-configure-request"})

		q = c.asks("manageRota")
		c.want(cookie, map[string]string{"manageRota": "+configure-requested"})
		if err := errors.Join(c.desk().Take(t.Context(), first.Actor, q.ID), c.desk().Classify(t.Context(), first.Actor, q.ID, desk.Look, "")); err != nil {
			t.Fatal(err)
		}
		c.want(cookie, map[string]string{"manageRota": "-configure-request"})
	})
}

// excepted asks for an exception because of a request, which the head allows
// for an hour.
func (c *scene) excepted(q desk.Request, agent, head town.Colleague, scope string) insist.Exception {
	c.Helper()
	o := insist.Office{Desk: c.desk()}
	if err := o.Ask(c.Context(), agent.Actor, q.ID, scope, "They cannot do it before Tuesday.", []string{q.Setting}); err != nil {
		c.Fatal(err)
	}
	var all []insist.Exception
	err := c.Store.View(c.Context(), c.org.ID, func(tx *store.Tx) (err error) {
		all, err = insist.Of(tx, q.ID)
		return err
	})
	at := slices.IndexFunc(all, func(e insist.Exception) bool { return e.State == insist.Asked })
	if err != nil || at < 0 {
		c.Fatal(err, all)
	}
	if err := o.Decide(c.Context(), head.Actor, q.ID, all[at].ID, true, c.Store.Now().Add(time.Hour), "This once, they signed for it."); err != nil {
		c.Fatal(err)
	}
	return all[at]
}

// FL14: an exception counts for its class or setting until its end, to the
// second, and not after the customer has given it back.
func TestFL14AnExceptionCountsUntilItsEndToTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, mustertest.Store(t), grant.Configure)
		agent, head := c.Staff("Fanny First", actor.FirstLine), c.Staff("Heli Head", actor.FirstLine, actor.Head)
		cookie, q := c.enter(""), c.asks("setRoles")
		if err := c.desk().Take(t.Context(), agent.Actor, q.ID); err != nil {
			t.Fatal(err)
		}
		closed := map[string]string{"setRoles": "-configure-alone", "manageRota": "-configure-request"}
		c.want(cookie, closed)
		c.excepted(q, agent, head, "class:medium")
		c.want(cookie, map[string]string{"setRoles": "-configure-alone", "manageRota": "+configure-exception"})
		time.Sleep(time.Hour - time.Microsecond)
		c.want(cookie, map[string]string{"manageRota": "+configure-exception"})
		time.Sleep(time.Microsecond)
		c.want(cookie, closed)

		e := c.excepted(q, agent, head, "Muster/setRoles")
		c.want(cookie, map[string]string{"setRoles": "+configure-exception", "manageRota": "-configure-request"})
		if err := (insist.Office{Desk: c.desk()}).End(t.Context(), c.org.Admin.Actor, q.ID, e.ID); err != nil {
			t.Fatal(err)
		}
		c.want(cookie, closed)
	})
}
