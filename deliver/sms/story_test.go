package sms

import (
	"net/url"
	"strings"
	"testing"

	"muster/deliver/conformance"
	"muster/mustertest"
)

func TestTheConversationWithTheCarrierIsWholeAndHasNoToken(t *testing.T) {
	w := newWorld(t)
	u, err := url.Parse(w.carrier.Setting())
	if err != nil {
		t.Fatal(err)
	}
	token, _ := u.User.Password()
	w.carrier.Fate = func(m mustertest.TextMessage) mustertest.Fate {
		if m.To == "+358409999999" {
			return mustertest.Fate{Code: 21211}
		}
		return mustertest.Fate{}
	}
	told := func(to string) (string, error) {
		ctx, said := conformance.Overhear(t, token, u.User.Username()+":"+token)
		_, err := w.channel.Send(ctx, outgoing(to))
		return said(), err
	}
	got, err := told("+358401234567")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"> POST /2010-04-01/Accounts/" + u.User.Username() + "/Messages.json\n", "> Authorization: Basic •••\n", "> To=+358401234567\n",
		"> Body=" + outgoing("").Text + "\n", "> StatusCallback=" + w.address, "< HTTP/1.1 201 Created\n", `"sid": "SM`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got, err := told("+358409999999"); err == nil || !strings.Contains(got, "< HTTP/1.1 400 Bad Request\n") || !strings.Contains(got, "21211") {
		t.Errorf("%v\n%s", err, got)
	}
	w.carrier.Close()
	if got, err := told("+358401234567"); err == nil || !strings.Contains(got, "> (no answer: ") {
		t.Errorf("%v\n%s", err, got)
	}
}
