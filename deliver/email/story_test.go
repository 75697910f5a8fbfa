package email

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/deliver/conformance"
)

func TestTheConversationWithARelayIsWholeAndHasNoPassword(t *testing.T) {
	const pass = "s3cret/pass+word"
	s := newServer(t)
	c, err := New("smtp://anna:"+url.QueryEscape(pass)+"@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	told := func(to string) (string, error) {
		ctx, said := conformance.Overhear(t, pass, "\x00anna\x00"+pass)
		_, err := c.Send(ctx, outgoing(to))
		return said(), err
	}
	first, err := told("a@good.test")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?s)> \(connected to .*< 220 .*> EHLO muster\.example\.org.*< 250 .*> \(signing in as anna.*> •••.*< 235 .*` +
		`> MAIL FROM:<muster@muster\.example\.org>.*> RCPT TO:<a@good\.test>.*> DATA.*< 250 .*< 250 .*< 354 .*> Subject:.*> \(and \d+ bytes of text\).*> \.\n< 250 `)
	if !want.MatchString(first) {
		t.Errorf("the conversation lacks something:\n%s", first)
	}
	if strings.Contains(first, outgoing("a@good.test").Text) {
		t.Errorf("the text of the mail is kept:\n%s", first)
	}
	second, err := told("550@good.test")
	if err == nil || !regexp.MustCompile(`(?s)^> \(over a connection that was open already\)\n> MAIL FROM.*< 550 .*as the test wants.*> RSET\n< 250 `).MatchString(second) {
		t.Errorf("%v; the second:\n%s", err, second)
	}
	s.stop()
	c.Close()
	if gone, err := told("a@good.test"); err == nil || !strings.Contains(gone, "refused") {
		t.Errorf("%v; without a relay:\n%s", err, gone)
	}
}

func TestWhyARelayDoesNotLetUsInIsShown(t *testing.T) {
	s := newServer(t)
	c, err := New("smtp://anna:wrong@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, said := conformance.Overhear(t, "wrong", "\x00anna\x00wrong")
	if _, err := c.Send(ctx, outgoing("a@good.test")); err == nil || !strings.Contains(said(), "\n< 535 ") {
		t.Errorf("%v\n%s", err, said())
	}
}
