package inbound_test

import (
	"context"
	"strings"
	"testing"

	"muster/deliver/email/inbound"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
)

// wished is a door that remembers what support was written.
func wished(t *testing.T) (c *told, all *[]inbound.Wish) {
	t.Helper()
	c = alarmed(t, mustertest.Store(t))
	all = &[]inbound.Wish{}
	c.door.Support = func(_ context.Context, w inbound.Wish) error {
		*all = append(*all, w)
		return nil
	}
	return c, all
}

const everybody = "support@in.muster.test"

func TestFL10MailToSupportSaysWhetherItsAuthorIsProved(t *testing.T) {
	c, all := wished(t)
	mail := written(own, `"Salo, Mika" <`+c.email()+">", "Please switch the numbering.\r\n\r\nOn Sun, 22 Nov 2026 at 14:05, Muster <m@muster.test> wrote:\r\n> secret", "References: <a@x> <b@y>", "In-Reply-To: <b@y>")
	for to, org := range map[string]id.Org{
		everybody:                       "",
		"Support@IN.muster.test":        "",
		c.door.SupportAddress(c.org.ID): c.org.ID,
		"support+guess@in.muster.test":  "",
	} {
		*all = nil
		if code, said := c.bring(c.email(), to, mail); code != 250 {
			t.Fatalf("%s: %d %s", to, code, said)
		}
		w := (*all)[0]
		if len(*all) != 1 || w.Org != org || !w.Proved || w.From != c.email() || w.Name != "Salo, Mika" || w.Words != "Please switch the numbering." ||
			w.Subject != "Re: HELP" || len(w.Refs) != 3 || len(w.Digest) != 64 || !strings.HasSuffix(w.ID, "@good.test>") {
			t.Errorf("%s: %+v", to, w)
		}
	}
	// What nothing proves is handed on as that, and refused: its sender's own
	// system says so.
	*all = nil
	code, said := c.bring(c.email(), everybody, written(stranger, c.email(), "Please switch the numbering."))
	if code != 550 || !strings.Contains(said, "https://muster.test/let-in/requests") || len(*all) != 1 || (*all)[0].Proved {
		t.Errorf("%d %s, %+v", code, said, *all)
	}
}

func TestWhatProgramsWriteToSupportIsNothing(t *testing.T) {
	c, all := wished(t)
	for sender, header := range map[string]string{
		c.email(): "Auto-Submitted: auto-replied", "": "X-Nothing: 1", "x@good.test": "List-Id: <all.good.test>",
	} {
		if code, said := c.bring(sender, everybody, written(own, c.email(), "I am away", header)); code != 250 {
			t.Errorf("%s: %d %s", header, code, said)
		}
	}
	if code, _ := c.bring(everybody, everybody, ""); code != 554 {
		t.Errorf("support wrote to itself: %d", code)
	}
	if len(*all) != 0 {
		t.Errorf("%+v", *all)
	}
}

func TestSupportThatIsBusySaysSoToTheOtherSide(t *testing.T) {
	c, _ := wished(t)
	for want, err := range map[int]error{452: fault.New(fault.Limited, "limited"), 451: context.DeadlineExceeded} {
		c.door.Support = func(context.Context, inbound.Wish) error { return err }
		if code, said := c.bring(c.email(), everybody, written(own, c.email(), "Please help")); code != want {
			t.Errorf("%d %s, want %d", code, said, want)
		}
	}
	c.door.Support = nil
	if code, _ := c.bring(c.email(), everybody, ""); code != 550 {
		t.Errorf("nobody reads it, and the answer is %d", code)
	}
	if code, said := c.bring(c.email(), everybody, written(own, "a@good.test, b@good.test", "x")); code != 550 {
		t.Errorf("two authors: %d %s", code, said)
	}
}
