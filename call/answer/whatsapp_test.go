package answer_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/deliver/whatsapp"
	"muster/deliver/wording"
	"muster/lang"
	"muster/mustertest/cloud"
	"muster/roster/contact"
	"muster/store"
)

// byWhatsApp is the town with a WhatsApp number, and Mika told of the alarm
// there.
func (c *call) byWhatsApp() (*cloud.API, cloud.Message) {
	c.Helper()
	api := cloud.New()
	c.Cleanup(api.Close)
	channel, err := whatsapp.New(api.Setting(), whatsapp.Deps{
		Store: c.town.Store, Keys: c.town.Keys, Home: "https://muster.test", Answered: c.desk.Take,
		Reported: func(ctx context.Context, r deliver.Report) error {
			return deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced}.Apply(ctx, c.town.Store, "whatsapp", r)
		},
		Written: func(context.Context, whatsapp.Text) error { return nil },
	})
	if err != nil {
		c.Fatal(err)
	}
	front := httptest.NewServer(channel.Events())
	c.Cleanup(front.Close)
	api.Hook(front.URL)
	for _, t := range wording.Templates(lang.English) {
		body, err := whatsapp.Submission(t, "https://muster.test")
		if err != nil {
			c.Fatal(err)
		}
		api.Submit(c, body)
	}
	c.town.Stop()
	c.town.More = append(c.town.More, channel)
	c.town.Start()
	c.do(func(tx *store.Tx) error {
		_, err := deliver.Queue(tx, deliver.Message{
			Purpose: "alarm_raised", Lane: deliver.SOS, Person: c.mika.Person.Person, Lang: lang.English, About: string(c.alarm), Valid: 30 * time.Minute,
			Facts: map[string]any{"Who": "Aino", "Kind": "help", "At": tx.Now(), "Org": "Harbour Works", "Link": wording.Act},
			Route: []deliver.Stop{{Channel: "whatsapp", Address: c.mika.Phone()}},
		})
		return err
	})
	return api, api.Wait(c, c.mika.Phone(), 0)
}

func TestOA6ATapInWhatsAppTakesChargeAndCloses(t *testing.T) {
	onBoth(t, func(c *call) {
		api, m := c.byWhatsApp()
		if !strings.Contains(m.Text, "Aino called for help") || m.Buttons[2].URL != "https://muster.test/board" {
			c.Errorf("%+v", m)
		}
		api.Tap(c, m, "I take charge")
		if now := c.now(); now.State != alarm.Acknowledged || now.Ack.Name != "Mika" || now.Ack.Door != actor.Chat {
			c.Fatalf("after the tap: %s %+v", now.State, now.Ack)
		}
		reply := api.Wait(c, c.mika.Phone(), 1)
		if reply.Template != "" || !strings.Contains(reply.Text, "Aino") {
			c.Errorf("the reply: %+v", reply)
		}
		api.Tap(c, m, "I take charge") // again, which is the same
		api.Tap(c, m, "It is over")
		if now := c.now(); now.State != alarm.Resolved || now.Closed.Name != "Mika" {
			c.Errorf("after the second: %s %+v", now.State, now.Closed)
		}
		if errs := api.Settle(); errs != nil {
			c.Error(errs)
		}
	})
}

func TestADoubleOfTheSameTapIsAnsweredOnce(t *testing.T) {
	onBoth(t, func(c *call) {
		api, m := c.byWhatsApp()
		tap := api.Tap(c, m, "I take charge")
		api.Again()
		api.Again()
		replies := 0
		c.do(func(tx *store.Tx) error {
			all, err := deliver.About(tx, tap, 10)
			replies = len(all)
			return err
		})
		if errs := api.Settle(); errs != nil || replies != 1 {
			c.Errorf("%d replies, %v", replies, errs)
		}
	})
}

func TestAReadMessageIsNotAnAnswer(t *testing.T) {
	onBoth(t, func(c *call) {
		api, m := c.byWhatsApp()
		api.Status(m, "read", 0)
		if errs := api.Settle(); errs != nil {
			c.Error(errs)
		}
		if now := c.now(); now.State != alarm.Raised {
			c.Errorf("the alarm is %s", now.State)
		}
		if m := c.told(c.mika); m.State != deliver.Delivered || m.Route[0].Channel != "whatsapp" {
			c.Errorf("the message is %s", m.State)
		}
	})
}
