package sip

import (
	"fmt"
	"regexp"
	"testing"

	"muster/deliver"
	"muster/deliver/conformance"
)

func TestTheConversationOfACallIsWholeAndHasNoPassword(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := free()
	l := dial(t, port, "")
	wait := func() {}
	l.ready = func(d string) {
		wait = sipp(t, "challenge", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, "CODEC", "8", "NAME", "PCMA", "WAIT", "9000", "KEYS", d)
		listening(t, "udp", port)
	}
	ctx, said := conformance.Overhear(t, "s3cret")
	if _, err := l.trunk.Send(ctx, outgoing()); err != nil {
		t.Fatal(err)
	}
	l.until("the answer", func() bool { return len(l.answers) == 1 })
	l.ends(deliver.Delivered, "")
	wait()
	got := said()
	for _, want := range []string{
		`> INVITE sip:\+358401234567@.*SIP/2\.0\n(?s:.*)> To: .*\n(?s:.*)> m=audio`, `< SIP/2\.0 401 Unauthorized`, `< WWW-Authenticate: Digest .*nonce="•••"`,
		`> Authorization: Digest •••\n`, `< SIP/2\.0 200 OK(?s:.*)< m=audio`, `> ACK\n> \(we say: This is an alarm`,
		`> \(we say: To hear this again, press 1\. To take charge, press \d\.\)\n`, `< \(key \d\)\n`, `> \(we say: You have taken charge of Aino`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is missing", want)
		}
	}
	// The answer to the challenge is thirty-two hexadecimal digits.
	if m := regexp.MustCompile(`response=|\b[0-9a-f]{32}\b`).FindString(got); m != "" || t.Failed() {
		t.Errorf("%q may not, and the rest must be in\n%s", m, got)
	}
}
