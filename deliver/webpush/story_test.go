package webpush

import (
	"net/url"
	"regexp"
	"testing"

	"muster/deliver/conformance"
	"muster/mustertest"
)

func TestTheConversationWithAPushServiceKeepsTheDevicesAddress(t *testing.T) {
	s := serve(t)
	c := s.channel(mustertest.Store(t), here)
	device := s.Device("phone")
	at, err := url.Parse(device.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	ctx, said := conformance.Overhear(t, at.Path, string(device.Auth))
	if _, err := c.Send(ctx, alert("phone")); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?s)^> POST •••\n> Host: ` + at.Host + `\n.*> Authorization: vapid •••\n.*> Ttl: 1800\n.*> Urgency: high\n.*> \(\d+ bytes that only the recipient can read\)\n< HTTP/1.1 201 Created`)
	if got := said(); !want.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}
