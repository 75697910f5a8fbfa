package answer_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/answer"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/lang/gsm"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// call is an alarm about Aino that Mika and the administrator were told of.
type call struct {
	*testing.T
	town              *town.Town
	org               *town.Organisation
	aino, mika, noora town.Member
	alarm             id.Alarm
	desk              answer.Desk
}

func onBoth(t *testing.T, test func(c *call)) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := &call{T: t, town: town.New(t, s)}
		c.desk = answer.Desk{Store: s, Keys: c.town.Keys}
		c.org = c.town.Organisation("Harbour Works")
		c.aino, c.mika, c.noora = c.org.Worker("Aino"), c.org.Monitor("Mika"), c.org.Monitor("Noora")
		c.do(func(tx *store.Tx) error {
			a, err := alarm.Raise(tx, c.aino.Actor, alarm.Cause{Worker: c.aino.Person.Person, Workspace: c.org.Workspace, Kind: alarm.Help, Due: tx.Now()})
			c.alarm = a.ID
			return err
		})
		test(c)
	})
}

func (c *call) do(fn func(tx *store.Tx) error) {
	c.Helper()
	if err := c.town.Store.Do(c.Context(), c.org.ID, fn); err != nil {
		c.Fatal(err)
	}
}

func (c *call) now() (a alarm.Alarm) {
	c.Helper()
	c.do(func(tx *store.Tx) (err error) {
		a, err = alarm.Read(tx, c.alarm)
		return err
	})
	return a
}

// told is the newest message about the alarm to somebody.
func (c *call) told(who town.Member) (m deliver.Message) {
	c.Helper()
	c.do(func(tx *store.Tx) error {
		all, err := deliver.About(tx, string(c.alarm), 100)
		for _, one := range all {
			if one.Person == who.Person.Person && one.Purpose == "alarm_raised" {
				m = one
			}
		}
		return err
	})
	return m
}

func (c *call) takes(a deliver.Answer) deliver.Said {
	c.Helper()
	said, err := c.desk.Take(c.Context(), a)
	if err != nil {
		c.Fatal(err)
	}
	return said
}

func (c *call) code(who town.Member) string {
	return deliver.Message{About: string(c.alarm)}.ReplyCode(c.town.Keys, who.Phone())
}

func (c *call) byCode(who town.Member, code string, act deliver.Act) deliver.Answer {
	return deliver.Answer{Code: code, Channel: "sms", From: who.Phone(), Act: act}
}

func TestOA2AnAnswerOverItsOwnChannelIsThePersonsAct(t *testing.T) {
	onBoth(t, func(c *call) {
		m := c.told(c.mika)
		a := deliver.Answer{Attempt: m.AttemptID(), Channel: m.Route[0].Channel, From: m.Route[0].Address, Act: deliver.Acknowledge}
		for range 2 { // a carrier may bring it twice
			said := c.takes(a)
			if said.What != deliver.Done || said.Person != c.mika.Person.Person || !strings.Contains(said.Text, "Aino") {
				c.Fatalf("%+v", said)
			}
		}
		if now := c.now(); now.State != alarm.Acknowledged || now.Ack.Name != "Mika" || now.Ack.Door != map[string]actor.Door{"email": actor.Mail, "sms": actor.Text}[a.Channel] {
			c.Errorf("%+v", now.Ack)
		}
		if m := c.told(c.mika); m.State != deliver.Answered {
			c.Errorf("the message is %s", m.State)
		}
		other := c.told(c.noora)
		said := c.takes(deliver.Answer{Message: other.ID, Channel: other.Route[0].Channel, From: other.Route[0].Address, Act: deliver.Acknowledge})
		if said.What != deliver.Taken || said.By != "Mika" {
			c.Errorf("the second gets %+v", said)
		}
		a.Act = deliver.Resolve
		for range 2 {
			if said := c.takes(a); said.What != deliver.Done {
				c.Errorf("%+v", said)
			}
		}
		if now := c.now(); now.State != alarm.Resolved || now.Outcome != alarm.Real {
			c.Errorf("%+v", now)
		}
		if said := c.takes(c.byCode(c.noora, c.code(c.noora), deliver.Acknowledge)); said.What != deliver.Over || said.By != "Mika" {
			c.Errorf("after the end: %+v", said)
		}
	})
}

func TestOnlyTheAddressThatWasToldAnswers(t *testing.T) {
	onBoth(t, func(c *call) {
		m := c.told(c.mika)
		for _, a := range []deliver.Answer{
			{Message: m.ID, Channel: "email", From: "mallory@evil.test"},
			{Message: m.ID, Channel: "voice", From: m.Route[0].Address},
			{Message: id.New[id.Message](), Channel: "email", From: m.Route[0].Address},
			{Attempt: "att_x", Channel: "email", From: m.Route[0].Address},
			{Channel: "email", From: m.Route[0].Address},
			c.byCode(c.mika, c.code(c.noora), ""),
			{Code: c.code(c.mika), Channel: "sms", From: "+358409999999"},
		} {
			a.Act = deliver.Acknowledge
			if said := c.takes(a); said.What != deliver.Unknown {
				c.Errorf("%+v: %+v", a, said)
			}
		}
		if now := c.now(); now.State != alarm.Raised {
			c.Errorf("the alarm is %s", now.State)
		}
	})
}

func TestOA2NobodyAnswersForTheirOwnAlarm(t *testing.T) {
	onBoth(t, func(c *call) {
		var m id.Message
		c.do(func(tx *store.Tx) (err error) {
			m, err = deliver.Queue(tx, deliver.Message{
				Purpose: "alarm_raised", Lane: deliver.SOS, Person: c.aino.Person.Person, Lang: "en", About: string(c.alarm), Valid: 1e12,
				Route: []deliver.Stop{{Channel: "sms", Address: c.aino.Phone()}},
			})
			return err
		})
		a := deliver.Answer{Message: m, Channel: "sms", From: c.aino.Phone(), Act: deliver.Acknowledge}
		if said := c.takes(a); said.What != deliver.NotAllowed || said.Text == "" {
			c.Errorf("%+v", said)
		}
		if now := c.now(); now.State != alarm.Raised {
			c.Errorf("the alarm is %s", now.State)
		}
	})
}

func TestACodeAnswersAndCannotBeGuessed(t *testing.T) {
	onBoth(t, func(c *call) {
		wrong := 0
		for _, sign := range "ACDEF" {
			code := string(sign) + "7KK"
			if code == c.code(c.mika) {
				continue
			}
			wrong++
			if said := c.takes(c.byCode(c.mika, code, deliver.Acknowledge)); said.What != deliver.Unknown || said.Text == "" {
				c.Fatalf("%s: %+v", code, said)
			}
		}
		if wrong < 5 {
			c.takes(c.byCode(c.mika, "H7KK", deliver.Acknowledge))
		}
		if said := c.takes(c.byCode(c.mika, c.code(c.mika), deliver.Acknowledge)); said.What != deliver.Limited {
			c.Errorf("the sixth try, a right one: %+v", said)
		}
		other := c.noora // others are not kept from answering
		if said := c.takes(c.byCode(other, c.code(other), deliver.Acknowledge)); said.What != deliver.Done {
			c.Errorf("%+v", said)
		}
	})
}

// However many codes come at a time, no more than five are weighed.
func TestCodesThatComeSideBySideAreCounted(t *testing.T) {
	onBoth(t, func(c *call) {
		var weighed atomic.Int32
		var running sync.WaitGroup
		for _, sign := range "ACDEFHJKMNPQRTUW" {
			code := string(sign) + "7KK"
			if code == c.code(c.mika) {
				continue
			}
			running.Go(func() {
				said, err := c.desk.Take(context.Background(), c.byCode(c.mika, code, deliver.Acknowledge))
				if err != nil {
					c.Error(err)
				}
				if said.What != deliver.Limited {
					weighed.Add(1)
				}
			})
		}
		running.Wait()
		if n := weighed.Load(); n != 5 {
			c.Errorf("%d codes were weighed, want 5", n)
		}
	})
}

func TestALinkClosesWithWhatTheFormSays(t *testing.T) {
	onBoth(t, func(c *call) {
		m := c.told(c.mika)
		err := c.desk.Do(c.Context(), c.mika.Actor, m, deliver.Answer{Act: deliver.Resolve})
		if fault.From(err).Code != "unknown_outcome" {
			c.Errorf("without an outcome: %v", err)
		}
		if err := c.desk.Do(c.Context(), c.mika.Actor, m, deliver.Answer{Act: deliver.Resolve, Outcome: "false", Note: "pocket"}); err != nil {
			c.Fatal(err)
		}
		if now := c.now(); now.Outcome != alarm.False || now.Closing != "pocket" {
			c.Errorf("%+v", now)
		}
	})
}

func TestWhatIsSaidBackFitsOnePart(t *testing.T) {
	for _, tag := range lang.Supported() {
		for _, key := range []string{"acknowledge", "resolve", "taken", "over", "not_allowed", "unknown", "limited"} {
			text := tag.Text("answer."+key, map[string]any{"Who": "Aleksandra Kowalska-Nowak", "By": "Bartholomew Featherstone"})
			if size := gsm.Measure(gsm.Plain(text)); size.Parts != 1 || size.Unicode {
				t.Errorf("%s %s: %+v: %s", tag, key, size, text)
			}
		}
	}
}
