package sms

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/deliver"
	"muster/mustertest"
)

// What we send, and what the carrier of the tests answers, is as Twilio's own
// description has it: npm Prism looks at both.
func TestOA1OurTextsAreAsTwilioDescribesThem(t *testing.T) {
	t.Parallel()
	carrier := mustertest.NewTwilio()
	t.Cleanup(carrier.Close)
	setting := carrier.Described(t)
	c, err := New(setting, "https://muster.example.org/callback")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	receipt, err := c.Send(t.Context(), outgoing("+358401234567"))
	if err != nil || receipt.State != deliver.HandedOver || len(carrier.Messages()) != 1 || receipt.ProviderID != carrier.Messages()[0].SID {
		t.Errorf("%+v, %v, %d messages", receipt, err, len(carrier.Messages()))
	}
	carrier.Fate = func(mustertest.TextMessage) mustertest.Fate { return mustertest.Fate{Code: 21211} }
	if _, err := c.Send(t.Context(), outgoing("+358401234567")); err == nil || !strings.Contains(err.Error(), "21211") {
		t.Errorf("refused with %v", err)
	}
	// A request that is not as described does not come through, or this test
	// could not fail.
	u, err := url.Parse(setting)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery, u.Path = "", "/2010-04-01/Accounts/"+u.User.Username()+"/Messages.json"
	res, err := http.PostForm(u.String(), url.Values{"Body": {"to nobody"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a text to nobody is answered with %s", res.Status)
	}
}
