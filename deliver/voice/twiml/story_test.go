package twiml

import (
	"net/url"
	"strings"
	"testing"

	"muster/deliver/conformance"
)

func TestTheConversationThatOrdersACallHasNoToken(t *testing.T) {
	w := newWorld(t)
	w.carrier.Hold = true
	u, err := url.Parse(w.carrier.Setting())
	if err != nil {
		t.Fatal(err)
	}
	token, _ := u.User.Password()
	ctx, said := conformance.Overhear(t, token, u.User.Username()+":"+token)
	if _, err := w.channel.Send(ctx, outgoing()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/Calls.json\n", "> Authorization: Basic •••\n", "> To=+358401234567\n", "< HTTP/1.1 201 Created\n"} {
		if got := said(); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
