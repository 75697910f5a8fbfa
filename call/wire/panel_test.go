package wire_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/wire"
	"muster/deliver/dc09"
	"muster/mustertest"
	"muster/store"
	"muster/timer"
)

func TestAPanelRaisesAnAlarmOnceHoweverOftenItsFrameComes(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		made, p := n.panel("5a5a", key, 0)
		now := s.Now()
		raw := p.frame(dc09.CID, "#5A5A|1120 01 007", 4711, now, dc09.Extra{ID: 'I', Value: "Hall 3"}, dc09.Extra{ID: 'X', Value: "024E56.1270"}, dc09.Extra{ID: 'Y', Value: "60N10.1712"})
		for i := range 3 {
			if got := p.ask(raw); got != dc09.Ack {
				t.Fatalf("time %d: %q", i, got)
			}
		}
		if got := p.ask(p.frame(dc09.CID, "#5A5A|1120 01 007", 4711, now.Add(5*time.Second))); got != dc09.Ack {
			t.Errorf("with a new time: %q", got)
		}
		all := n.open()
		if len(all) != 1 || all[0].Kind != alarm.Panel || all[0].Worker != n.aino.Person.Person || all[0].Shift != "" || !strings.Contains(all[0].Note, "Depot: 120 1/7 Hall 3") {
			t.Fatalf("%+v", all)
		}
		if pl := all[0].Place; pl.Lat < 60.1695 || pl.Lat > 60.1696 || pl.Lon < 24.9354 || pl.Lon > 24.9356 {
			t.Errorf("%+v", pl)
		}
		if book := n.kinds(); strings.Count(book, "alarm.raised ") != 1 || strings.Contains(book, "alarm.again") {
			t.Errorf("the book has %s", book)
		}
		n.SMS.Phone(t, n.mikko.First("sms")).Expect("ALARM!")

		for name, row := range map[string]struct {
			raw    []byte
			answer string
		}{
			"other content": {p.frame(dc09.SIA, "#5A5A|Nri1/PA008", 4712, s.Now()), dc09.Ack},
			"test":          {p.frame(dc09.CID, "#5A5A|1602 00 000", 4713, s.Now()), dc09.Ack},
			"restore":       {p.frame(dc09.CID, "#5A5A|3120 01 007", 4714, s.Now()), dc09.Ack},
			"poll":          {p.frame(dc09.Null, "", 0, s.Now()), dc09.Ack},
			"old":           {p.frame(dc09.CID, "#5A5A|1120 01 007", 4715, s.Now().Add(-time.Hour)), dc09.Nak},
			"plain":         {panel{t: t, acc: p.acc}.frame(dc09.CID, "#5A5A|1120 01 007", 4716, s.Now()), ""},
			"no sense":      {p.frame(dc09.CID, "#5A5A|what", 4717, s.Now()), dc09.Duh},
		} {
			if got := p.ask(row.raw); got != row.answer {
				t.Errorf("%s: %q, want %q", name, got, row.answer)
			}
		}
		book := n.kinds()
		for kind, want := range map[string]int{"alarm.raised ": 1, "alarm.again ": 1, "panel.tested ": 1, "panel.reported ": 1} {
			if got := strings.Count(book, kind); got != want {
				t.Errorf("%d of %s in %s", got, kind, book)
			}
		}
		got, frames, err := n.office.Panel(t.Context(), n.org.Admin.Actor, made.ID, 50)
		if err != nil || got.Heard.IsZero() {
			t.Fatal(got, err)
		}
		refused := map[string]int{}
		for _, f := range frames {
			refused[f.Verdict] += f.Count
		}
		if refused[""] != 4 || refused["time"] != 1 || refused["plain"] != 1 || refused["content"] != 1 {
			t.Errorf("the records have %v", refused)
		}
	})
}

func TestAPanelThatFallsSilentIsMissed(t *testing.T) {
	n := open(t, mustertest.Store(t))
	_, p := n.panel("77AB", "", 10*time.Second)
	if got := p.ask(p.frame(dc09.Null, "", 0, n.Store.Now())); got != dc09.Ack {
		t.Fatal(got)
	}
	var which wire.Panel
	all, err := n.office.Panels(t.Context(), n.org.Admin.Actor)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	which = all[0]
	n.do(func(tx *store.Tx) error { return timer.Set(tx, wire.WatchKind, string(which.ID), tx.Now()) })
	n.until("the panel to be missed", func() bool { return strings.Contains(n.kinds(), "panel.lost ") })
	n.Mail.Phone(t, n.org.Admin.First("email")).Expect("No answer: Depot")
	if got := p.ask(p.frame(dc09.Null, "", 0, n.Store.Now())); got != dc09.Ack {
		t.Fatal(got)
	}
	n.until("the panel to be back", func() bool { return strings.Contains(n.kinds(), "panel.back ") })
}

// Who has recorded a poll cannot have it acknowledged under the number of an
// alarm that is on its way: the panel would believe that the alarm has arrived.
func TestARecordedPollIsNotAcknowledgedUnderAnotherNumber(t *testing.T) {
	n := open(t, mustertest.Store(t))
	_, p := n.panel("77AC", "000102030405060708090A0B0C0D0E0F", 0)
	poll := p.frame(dc09.Null, "", 0, n.Store.Now())
	if got := p.ask(poll); got != dc09.Ack {
		t.Fatalf("a poll is answered %q", got)
	}
	body := bytes.Replace(poll[9:len(poll)-1], []byte(`"0000`), []byte(`"0042`), 1)
	var sum uint16
	for _, b := range body {
		sum ^= uint16(b)
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0xa001
			} else {
				sum >>= 1
			}
		}
	}
	if got := p.ask(fmt.Appendf(nil, "\n%04X0%03X%s\r", sum, len(body), body)); got != "" {
		t.Errorf("the same under another number is answered %q", got)
	}
	if got := p.ask(poll); got != dc09.Ack {
		t.Errorf("the poll once more is answered %q", got)
	}
	if got := p.ask(p.frame(dc09.Null, "", 0, n.Store.Now())); got != dc09.Ack {
		t.Errorf("the next poll is answered %q", got)
	}
}

// panel sends frames as one would.
type panel struct {
	t    *testing.T
	addr string
	key  []byte
	acc  string
}

// ask sends a frame and gives the answer's ID, and its whole text.
func (p panel) ask(raw []byte) (answer string) {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := c.Write(raw); err != nil {
		p.t.Fatal(err)
	}
	s := bufio.NewScanner(c)
	s.Split(dc09.Split)
	if !s.Scan() {
		return ""
	}
	f, err := dc09.Parse(s.Bytes())
	if err != nil {
		p.t.Fatal(err)
	}
	return f.ID
}

func (p panel) frame(format, data string, seq int, at time.Time, extra ...dc09.Extra) []byte {
	p.t.Helper()
	raw, err := dc09.Frame{
		ID: format, Encrypted: len(p.key) > 0, Seq: seq, Receiver: "0", Line: "0", Account: p.acc, Data: data, Extra: extra, At: at.UTC().Truncate(time.Second),
	}.Bytes(p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

func (n *node) panel(account, hexKey string, poll time.Duration) (wire.Panel, panel) {
	n.t.Helper()
	made, err := n.office.AddPanel(n.t.Context(), n.org.Admin.Actor, wire.Panel{
		Name: "Depot", Account: account, Person: n.aino.Person.Person, Poll: poll, Active: true,
	}, wire.Secret{Key: &hexKey})
	if err != nil {
		n.t.Fatal(err)
	}
	k, err := dc09.ParseKey(hexKey)
	if err != nil {
		n.t.Fatal(err)
	}
	return made, panel{t: n.t, addr: n.addr, key: k, acc: made.Account}
}
