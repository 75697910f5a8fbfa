package inbound_test

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/deliver"
	"muster/deliver/email/dkim"
	"muster/deliver/email/inbound"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// names is the DNS of one test, of TXT records alone.
type names map[string]string

func (n names) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text, ok := n[strings.ToLower(strings.TrimSuffix(name, "."))]; ok {
		if text == "SERVFAIL" {
			return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
		}
		return []string{text}, nil
	}
	return nil, nobody(name)
}

func (names) LookupMX(_ context.Context, name string) ([]*net.MX, error) { return nil, nobody(name) }

func (names) LookupIPAddr(_ context.Context, name string) ([]net.IPAddr, error) {
	return nil, nobody(name)
}

func (names) LookupAddr(_ context.Context, name string) (names []string, err error) {
	return nil, nobody(name)
}

func nobody(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// told is an alarm about Aino, and what Mika was told of it by mail.
type told struct {
	*house
	aino, mika town.Member
	alarm      id.Alarm
	message    deliver.Message
	to         string // where an answer goes
}

func alarmed(t *testing.T, s *store.Store) *told {
	t.Helper()
	c := &told{house: open(t, s, "smtp://127.0.0.1:0?domain=in.muster.test")}
	c.aino, c.mika = c.org.Worker("Aino"), c.org.Monitor("Mika")
	c.do(func(tx *store.Tx) error {
		a, err := alarm.Raise(tx, c.aino.Actor, alarm.Cause{Worker: c.aino.Person.Person, Workspace: c.org.Workspace, Kind: alarm.Help, Due: tx.Now()})
		c.alarm = a.ID
		return err
	})
	c.message = c.messages("alarm_raised")[0]
	c.to = c.door.Addresses().For(c.message.AttemptID())
	c.door.DNS = names{"good.test": "v=spf1 ip4:192.0.2.1 -all", "_dmarc.good.test": "v=DMARC1; p=reject"}
	return c
}

// messages are those of a purpose that Mika was sent about the alarm.
func (c *told) messages(purpose string) (found []deliver.Message) {
	c.Helper()
	c.do(func(tx *store.Tx) error {
		all, err := deliver.About(tx, string(c.alarm), 100)
		found = nil
		for _, m := range all {
			if m.Person == c.mika.Person.Person && m.Purpose == purpose {
				found = append(found, m)
			}
		}
		return err
	})
	return found
}

func (c *told) state() (state alarm.State) {
	c.Helper()
	c.do(func(tx *store.Tx) error {
		a, err := alarm.Read(tx, c.alarm)
		state = a.State
		return err
	})
	return state
}

// notes are what was written about the alarm.
func (c *told) notes() (all []string) {
	c.Helper()
	c.do(func(tx *store.Tx) error {
		page, err := ledger.List(tx, ledger.Filter{Subject: string(c.alarm), Kind: "alarm.noted"})
		all = nil
		for _, r := range page {
			all = append(all, r.Personal["Note"])
		}
		return err
	})
	return all
}

func (c *told) email() string { return c.mika.First("email") }

var mails atomic.Int64

// written is a mail from somebody, come through a system of ours that had it
// from the address ip.
func written(ip, from, words string, header ...string) string {
	return "Received: from mx.good.test (mx.good.test [" + ip + "])\r\n\tby mail.muster.test (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 14:05:00 +0200\r\n" +
		"From: " + from + "\r\nTo: x\r\nSubject: Re: HELP\r\nMessage-ID: <" + strconv.FormatInt(mails.Add(1), 10) + "@good.test>\r\n" +
		strings.Join(append(header, ""), "\r\n") + "\r\n" + words + "\r\n"
}

// bring takes a mail to the door, and gives the protocol's answer.
func (c *told) bring(sender, to, mail string) (code int, said string) {
	c.Helper()
	client, err := smtp.Dial(c.door.Addr().String())
	if err != nil {
		c.Fatal(err)
	}
	defer client.Close()
	err = client.Mail(sender)
	if err == nil {
		err = client.Rcpt(to)
	}
	if err == nil {
		w, e := client.Data()
		if e != nil {
			c.Fatal(e)
		}
		fmt.Fprint(w, mail)
		err = w.Close()
	}
	if no, ok := err.(*textproto.Error); ok {
		return no.Code, no.Msg
	}
	if err != nil {
		c.Fatal(err)
	}
	return 250, ""
}

const (
	own      = "192.0.2.1" // the address from which good.test sends
	stranger = "203.0.113.9"
)

func TestOA2AReplyByMailTakesCharge(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := alarmed(t, s)
		mail := written(own, "Mika <"+strings.ToUpper(c.email()[:1])+c.email()[1:]+">", "OK, on my way\r\n\r\nOn Sun, 22 Nov 2026 at 14:05, Muster <m@muster.test> wrote:\r\n> HELP")
		for range 2 { // the other side did not hear that it was taken
			if code, said := c.bring(c.email(), c.to, mail); code != 250 {
				t.Fatalf("%d %s", code, said)
			}
		}
		if c.state() != alarm.Acknowledged {
			t.Errorf("the alarm is %s", c.state())
		}
		back := c.messages("mail_reply")
		if len(back) != 1 || back[0].Route[0].Channel != "email" || !strings.EqualFold(back[0].Route[0].Address, c.email()) ||
			!strings.Contains(back[0].Facts["Text"].(string), "You have taken charge of Aino") || back[0].Thread != c.message.Thread {
			t.Errorf("written back: %+v", back)
		}
		if c.messages("alarm_raised")[0].State != deliver.Answered {
			t.Error("the message is not answered")
		}
		// Later ones hear how it stands, and harm nothing.
		if code, _ := c.bring(c.email(), c.to, written(own, c.email(), "ok")); code != 250 || c.state() != alarm.Acknowledged {
			t.Error("a second reply")
		}
	})
}

func TestWordsThatAreNoCommandAreKeptAndAnswered(t *testing.T) {
	c := alarmed(t, mustertest.Store(t))
	if code, said := c.bring(c.email(), c.to, written(own, c.email(), "I cannot come, call Noora\r\n\r\n-- \r\nMika")); code != 250 {
		t.Fatalf("%d %s", code, said)
	}
	if notes := c.notes(); len(notes) != 1 || notes[0] != "I cannot come, call Noora" {
		t.Errorf("notes %q", notes)
	}
	if back := c.messages("mail_reply"); c.state() != alarm.Raised || len(back) != 1 || !strings.Contains(back[0].Facts["Text"].(string), "noted with the alarm") {
		t.Errorf("%s, written back: %+v", c.state(), back)
	}
	// Somebody, or something, that writes on and on is heard and no longer answered.
	for i := range 10 {
		if code, said := c.bring(c.email(), c.to, written(own, c.email(), fmt.Sprint("and ", i))); code != 250 {
			t.Fatalf("%d %s", code, said)
		}
	}
	if notes, back := c.notes(), c.messages("mail_reply"); len(notes) != 11 || len(back) != 5 {
		t.Errorf("%d notes, %d answers", len(notes), len(back))
	}
}

// Whatever a message was about, a reply to it is taken or refused for good: a
// mail system that is told to come again does so for days, and its sender
// hears nothing meanwhile.
func TestAReplyToWhatIsNoAlarmIsTakenAndAnswered(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := alarmed(t, s)
		for what, about := range map[string]string{
			"a grant": string(id.New[id.Grant]()), "the organisation": string(c.org.ID), "a person": string(c.mika.Person.Person), "a request": string(id.New[id.Request]()),
			"an alarm that was erased": string(id.New[id.Alarm]()), "nothing": "",
		} {
			var m deliver.Message
			c.do(func(tx *store.Tx) (err error) {
				m.ID, err = deliver.Queue(tx, deliver.Message{
					Purpose: "account_phase", Lane: deliver.Notice, Person: c.mika.Person.Person, Lang: c.message.Lang, About: about, Valid: time.Hour,
					Facts: map[string]any{"Text": "You are live.", "Link": "/let-in", "Org": "Harbour Works"}, Route: []deliver.Stop{{Channel: "email", Address: c.email()}},
				})
				return err
			})
			to := c.door.Addresses().For(m.AttemptID())
			for _, words := range []string{"OK", "Thank you!"} {
				if code, said := c.bring(c.email(), to, written(own, c.email(), words)); code != 250 {
					t.Errorf("%q about %s: %d %s", words, what, code, said)
				}
			}
			var back []deliver.Message
			c.do(func(tx *store.Tx) error {
				all, err := deliver.Latest(tx, 2)
				back = all
				return err
			})
			for _, one := range back {
				if one.Purpose != "mail_reply" || !strings.Contains(one.Facts["Text"].(string), "nothing was done") {
					t.Errorf("about %s is written back: %+v", what, one)
				}
			}
		}
		if c.state() != alarm.Raised {
			t.Errorf("the alarm is %s", c.state())
		}
	})
}

func TestNobodyAnswersForAnother(t *testing.T) {
	c := alarmed(t, mustertest.Store(t))
	keys, err := dkim.Make(filepath.Join(t.TempDir(), "keys.pem"), "evil.test", "m")
	if err != nil {
		t.Fatal(err)
	}
	dns := names{"evil.test": "v=spf1 +all", "shut.test": "SERVFAIL"}
	for name, text := range c.door.DNS.(names) {
		dns[name] = text
	}
	for _, r := range keys.Records() {
		dns[r.Name] = strings.Join(r.Value, "")
	}
	c.door.DNS = dns
	signed, err := keys.Sign([]byte(written(stranger, c.email(), "OK")))
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		sender, to, mail string
		code             int
		says             string
	}{
		"from elsewhere":           {c.email(), c.to, written(stranger, c.email(), "OK"), 550, "https://muster.test"},
		"signed by another":        {"x@evil.test", c.to, string(signed), 550, "SPF nor DKIM"},
		"another's own mail":       {"x@evil.test", c.to, written(stranger, "x@evil.test", "OK"), 550, "from the address"},
		"the worker herself":       {c.aino.First("email"), c.to, written(own, c.aino.First("email"), "OK"), 550, "from the address"},
		"no author":                {c.email(), c.to, written(own, "", "OK"), 550, "SPF nor DKIM"},
		"an address of nobody":     {c.email(), "muster+aaaa@in.muster.test", "", 550, "Nobody reads"},
		"a forged address":         {c.email(), strings.Replace(c.to, c.to[10:14], "aaaa", 1), "", 550, "Nobody reads"},
		"another domain":           {c.email(), strings.Replace(c.to, "@in.", "@out.", 1), "", 550, "Nobody reads"},
		"in a circle":              {c.to, c.to, "", 554, "circle"},
		"the DNS is away":          {"x@shut.test", c.to, written(own, "x@shut.test", "OK"), 451, "later"},
		"many hops":                {c.email(), c.to, strings.Repeat("Received: from a by b\r\n", 40) + written(own, c.email(), "OK"), 554, "circle"},
		"too large":                {c.email(), c.to, written(own, c.email(), strings.Repeat("OK OK OK OK OK OK OK OK OK OK OK OK OK\r\n", 80_000)), 552, ""},
		"not a mail":               {c.email(), c.to, "nothing of the sort\r\n\r\nOK", 554, "cannot be read"},
		"from a line that is ours": {c.email(), c.to, "Authentication-Results: mail.muster.test; dmarc=pass\r\n" + written(stranger, c.email(), "OK"), 550, "SPF nor DKIM"},
		"a name that lies":         {c.email(), c.to, strings.Replace(written(stranger, c.email(), "OK"), "from mx.good.test", "from x(x[192.0.2.1])", 1), 550, "SPF nor DKIM"},
	} {
		t.Run(name, func(t *testing.T) {
			c := *c
			h := *c.house
			h.T = t
			c.house = &h
			if code, said := c.bring(one.sender, one.to, one.mail); code != one.code || !strings.Contains(said, one.says) {
				t.Errorf("%d %s", code, said)
			}
		})
	}
	if c.state() != alarm.Raised || len(c.notes()) != 0 || len(c.messages("mail_reply")) != 0 {
		t.Errorf("%s, notes %q", c.state(), c.notes())
	}
}

// What programs write takes charge of nothing and gets no answer, whatever it
// says; it is kept with the try.
func TestMachinesAreNotAnswered(t *testing.T) {
	c := alarmed(t, mustertest.Store(t))
	var said []deliver.Report
	report := c.door.Report
	c.door.Report = func(_ context.Context, r deliver.Report) error {
		said = append(said, r)
		return nil
	}
	defer func() { c.door.Report = report }()
	n := 0
	for name, one := range map[string]struct {
		sender string
		header []string
	}{
		"holiday":       {c.email(), []string{"Auto-Submitted: auto-replied (vacation)"}},
		"null sender":   {"", nil},
		"precedence":    {c.email(), []string{"Precedence: Bulk"}},
		"a list":        {c.email(), []string{"List-Id: <all.good.test>"}},
		"Exchange":      {c.email(), []string{"X-Auto-Response-Suppress: All"}},
		"our own mail":  {c.email(), []string{"X-Muster-Message: msg_1"}},
		"read receipt":  {c.email(), []string{"Content-Type: multipart/report; report-type=disposition-notification; boundary=b"}},
		"another's own": {"", []string{"Content-Type: multipart/report; report-type=feedback-report; boundary=b"}},
	} {
		n++
		if code, text := c.bring(one.sender, c.to, written(own, c.email(), "OK", one.header...)); code != 250 {
			t.Errorf("%s: %d %s", name, code, text)
		}
		if len(said) != n || said[n-1].State != "" || !strings.Contains(said[n-1].Detail, "automatic reply: Re: HELP") {
			t.Errorf("%s: %+v", name, said)
		}
	}
	if c.state() != alarm.Raised || len(c.notes()) != 0 || len(c.messages("mail_reply")) != 0 {
		t.Errorf("%s, notes %q", c.state(), c.notes())
	}
}

// A report that carries the envelope id of another mail was sent to a wrong
// address; one with an id that is not ours was made by a system on the way.
func TestAReportIsAboutItsOwnMail(t *testing.T) {
	c := alarmed(t, mustertest.Store(t))
	var said []deliver.Report
	c.door.Report = func(_ context.Context, r deliver.Report) error {
		said = append(said, r)
		return nil
	}
	other, _, _ := strings.Cut(strings.TrimPrefix(c.door.Addresses().For(id.New[id.Attempt]()), "muster+"), "@")
	mine, _, _ := strings.Cut(strings.TrimPrefix(c.to, "muster+"), "@")
	for envid, state := range map[string]deliver.State{mine: deliver.Failed, "QQ314159": deliver.Failed, other: ""} {
		said = nil
		mail := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
			"Reporting-MTA: dns; mx\r\nOriginal-Envelope-Id: " + envid + "\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
		if code, text := c.bring("", c.to, mail); code != 250 || len(said) != 1 || said[0].State != state || said[0].ProviderID != string(c.message.AttemptID()) {
			t.Errorf("%s: %d %s, %+v", envid, code, text, said)
		}
	}
	// No mail system tries for longer than a week.
	for age, state := range map[time.Duration]deliver.State{6 * 24 * time.Hour: deliver.Failed, 8 * 24 * time.Hour: ""} {
		said = nil
		old := id.Attempt(fmt.Sprintf("att_%012x", time.Now().Add(-age).UnixMilli()) + string(c.message.AttemptID()[len("att_")+12:]))
		mail := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
			"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
		if code, _ := c.bring("", c.door.Addresses().For(old), mail); code != 250 || len(said) != 1 || said[0].State != state {
			t.Errorf("a report after %v: %d, %+v", age, code, said)
		}
	}
	c.door.Report = func(context.Context, deliver.Report) error { return context.DeadlineExceeded }
	if code, _ := c.bring("", c.to, "Auto-Submitted: auto-replied\r\n\r\nx"); code != 451 {
		t.Errorf("what cannot be taken now was answered with %d", code)
	}
	// Staff who test a relay send mail that is nobody's message.
	c.door.Report = func(context.Context, deliver.Report) error { return fault.New(fault.NotFound, "not_found") }
	if code, text := c.bring("", c.to, "Auto-Submitted: auto-replied\r\n\r\nx"); code != 250 {
		t.Errorf("what is about no message was answered with %d %s, and comes again and again", code, text)
	}
}

func TestStrangersAreShownOut(t *testing.T) {
	c := alarmed(t, mustertest.Store(t))
	client, err := smtp.Dial(c.door.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Mail("x@evil.test"); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		err = client.Rcpt(fmt.Sprintf("guess%d@in.muster.test", i))
	}
	if no, ok := err.(*textproto.Error); !ok || no.Code != 421 {
		t.Errorf("the fifth guess: %v", err)
	}
	for client.Noop() == nil { // until the connection ends
	}
}

func TestTheSettingIsChecked(t *testing.T) {
	for setting, rule := range map[string]string{
		"":                                               "must begin with smtp:// or lmtp:",
		"http://127.0.0.1:25?domain=a.test":              "must begin with",
		"smtp://127.0.0.1?domain=a.test":                 "port",
		"smtp://127.0.0.1:25":                            "option domain",
		"smtp://127.0.0.1:25?domain=a%20b":               "option domain",
		"smtp://127.0.0.1:25?secret=x":                   "unknown option",
		"smtp://127.0.0.1:25?domain=a.test&tls=/none":    "option tls",
		"smtp://127.0.0.1:25?domain=a.test&dns=resolver": "option dns",
		"lmtp://192.0.2.1:24?domain=a.test":              "private network",
		"lmtp:?domain=a.test":                            "port",
		"smtp://u:secret@127.0.0.1:25?domain=a.test":     "must look like",
	} {
		_, err := inbound.Open(t.Context(), setting, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "MUSTER_MAIL_IN ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", setting, err)
		}
	}
	socket := filepath.Join(t.TempDir(), "in")
	for range 2 { // what a process that died has left is in nobody's way
		d, err := inbound.Open(t.Context(), "lmtp:"+socket+"?domain=a.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Addr()
	}
}
