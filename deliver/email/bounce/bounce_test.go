package bounce_test

import (
	"strings"
	"testing"

	"muster/deliver"
	"muster/deliver/email/bounce"
	"muster/deliver/email/part"
)

// dsn is a report as mail systems write it, with the fields given.
func dsn(fields string) string {
	return crlf(`From: MAILER-DAEMON@mx.example
To: muster+abc@in.example
Subject: Delivery report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

This is for people. Action: delivered is a lie here.
--b
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered. Status: 2.0.0
--b
Content-Type: message/delivery-status

` + fields + `
--b
Content-Type: text/rfc822-headers

Message-ID: <att_1@example>
--b--
`)
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestReportsAreReadByTheirStructure(t *testing.T) {
	const head = "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: env1\n\n"
	for name, c := range map[string]struct {
		mail   string
		state  deliver.State
		code   string
		detail string
		dead   bool
	}{
		"unknown user": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nOriginal-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; b.example\nDiagnostic-Code: smtp; 550 5.1.1 <a@b.example>: no such user\n"),
			deliver.Failed, "5.1.1", "failed 550 5.1.1 <a@b.example>: no such user (b.example)", true,
		},
		"full for good": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: FAILED (permanently)\nStatus: 5.2.2 (mailbox full)\n"),
			deliver.Failed, "5.2.2", "failed (mx.example)", false,
		},
		"gave up": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 4.4.7\n"),
			deliver.Failed, "4.4.7", "failed (mx.example)", false,
		},
		"will go on trying": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Tue, 24 Nov 2026 10:00:00 +0000\n"),
			deliver.HandedOver, "4.4.1", "delayed (mx.example) until Tue, 24 Nov 2026 10:00:00 +0000", false,
		},
		"in the mailbox": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 Saved\n"),
			deliver.Delivered, "", "delivered 250 2.0.0 Saved (mx.example)", false,
		},
		"passed on": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: relayed\nStatus: 2.1.9\n"),
			deliver.Relayed, "", "relayed (mx.example)", false,
		},
		"a list": {
			dsn(head + "Final-Recipient: rfc822; all@b.example\nAction: expanded\nStatus: 2.0.0\n"),
			deliver.Relayed, "", "expanded (mx.example)", false,
		},
		"one of two reached": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; c@b.example\nAction: delivered\nStatus: 2.0.0\n"),
			deliver.Delivered, "", "delivered (mx.example)", false,
		},
		"one of two not dead": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; c@b.example\nAction: failed\nStatus: 5.2.2\n"),
			deliver.Failed, "5.2.2", "failed (mx.example)", false,
		},
		"says more in the reply": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp;550 5.1.1 unknown\n"),
			deliver.Failed, "5.1.1", "failed 550 5.1.1 unknown (mx.example)", true,
		},
		"without a status": {
			dsn(head + "Final-Recipient: rfc822; a@b.example\nAction: failed\n"),
			deliver.Failed, "5.0.0", "failed (mx.example)", false,
		},
		"in base64": {
			crlf("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n" +
				"UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlCgpGaW5hbC1SZWNpcGllbnQ6IHV0Zi04O2FA\nYi5leGFtcGxlCkFjdGlvbjogZmFpbGVkClN0YXR1czogNS42LjcK\n--b--\n"),
			deliver.Failed, "5.6.7", "failed (mx.example)", true,
		},
		"qmail": {
			crlf("From: MAILER-DAEMON@q.example\n\nHi. This is the qmail-send program at q.example.\nI'm afraid I wasn't able to deliver your message.\n\n<a@b.example>:\n192.0.2.1 does not like recipient.\nRemote host said: no such user. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nSubject: x\n"),
			deliver.Failed, "5.1.1", "192.0.2.1 does not like recipient. Remote host said: no such user. (#5.1.1)", true,
		},
		"exim": {
			crlf("From: Mailer-Daemon@e.example\nX-Failed-Recipients: a@b.example\nAuto-Submitted: auto-replied\n\nThis message was created automatically.\n"),
			deliver.Failed, "5.0.0", "failed", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := part.Read([]byte(c.mail))
			if err != nil {
				t.Fatal(err)
			}
			r, ok := bounce.Read(&m)
			if !ok {
				t.Fatal("not taken for a report")
			}
			if strings.Contains(c.mail, "env1") && r.Envelope != "env1" {
				t.Errorf("envelope %q", r.Envelope)
			}
			state, code, detail := r.Verdict()
			if state != c.state || code != c.code || detail != c.detail {
				t.Errorf("%s %q %q, want %s %q %q", state, code, detail, c.state, c.code, c.detail)
			}
			if s, _ := bounce.ParseStatus(code); s.Dead() != c.dead {
				t.Errorf("dead %t", s.Dead())
			}
		})
	}
}

func TestWordsAreNoReport(t *testing.T) {
	for name, mail := range map[string]string{
		"only words":         "From: MAILER-DAEMON@x\nSubject: Undelivered Mail\n\nAction: failed\nStatus: 5.1.1\n550 no such user\n",
		"not a report":       "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n--b--\n",
		"only about itself":  dsn("Reporting-MTA: dns; mx.example\n"),
		"an action of words": dsn("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: perhaps\nStatus: 5.1.1\n"),
		"read receipt":       "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nDisposition: automatic-action; deleted\n--b--\n",
		"qmail, quoted":      "From: a@b.example\n\n> Hi. This is the qmail-send program\n<a@b.example>:\nno\n\n--- Below\n",
	} {
		t.Run(name, func(t *testing.T) {
			m, err := part.Read([]byte(crlf(strings.ReplaceAll(mail, "\r\n", "\n"))))
			if err != nil {
				t.Fatal(err)
			}
			if r, ok := bounce.Read(&m); ok {
				t.Errorf("taken for a report: %+v", r)
			}
		})
	}
}

func TestStatusCodes(t *testing.T) {
	for text, want := range map[string]bounce.Status{
		"5.1.1": {5, 1, 1}, " 4.2.2 full": {4, 2, 2}, "2.0.0\nok": {2, 0, 0}, "5.7.26: no": {5, 7, 26},
		"": {}, "550 no": {}, "3.1.1": {}, "5.1": {}, "5.1.1.1": {}, "5.-1.1": {}, "5.1.1000": {}, "five": {},
	} {
		got, ok := bounce.ParseStatus(text)
		if want != got && ok || ok != (want != bounce.Status{}) {
			t.Errorf("%q: %v %t, want %v", text, got, ok, want)
		}
	}
	for text, dead := range map[string]bool{"5.1.1": true, "5.1.10": true, "5.2.1": true, "5.1.7": false, "5.1.8": false, "5.2.2": false, "5.7.1": false, "4.1.1": false} {
		if s, _ := bounce.ParseStatus(text); s.Dead() != dead {
			t.Errorf("%s: dead %t", text, s.Dead())
		}
	}
}

// Whatever comes in, reading it ends, and says nothing that a report cannot.
func FuzzRead(f *testing.F) {
	f.Add([]byte(dsn("Reporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.1.1\n")))
	f.Add([]byte(crlf("\n\nHi. This is the qmail-send program at x\n<a@b>:\nno (#5.1.1)\n\n--- Below\n")))
	f.Add([]byte("X-Failed-Recipients: ,,a@b\r\n\r\n"))
	f.Add([]byte("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\r\n\r\nAction:"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := part.Read(raw)
		if err != nil {
			return
		}
		r, ok := bounce.Read(&m)
		if !ok {
			return
		}
		state, code, detail := r.Verdict()
		switch state {
		case deliver.Failed, deliver.HandedOver:
			if _, ok := bounce.ParseStatus(code); !ok {
				t.Errorf("code %q", code)
			}
		case deliver.Delivered, deliver.Relayed:
		default:
			t.Errorf("state %q", state)
		}
		if len(detail) > 2000 {
			t.Errorf("detail of %d bytes", len(detail))
		}
	})
}
