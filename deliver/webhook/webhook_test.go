package webhook

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
)

// book is a directory of one endpoint.
type book struct{ end Endpoint }

func (b book) Endpoint(context.Context, id.Org, string) (Endpoint, error) { return b.end, nil }

// The example of the standard's own specification.
func TestSignatureIsThatOfStandardWebhooks(t *testing.T) {
	got, err := Sign([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	secret := NewSecret()
	both, err := Sign([]string{secret, NewSecret()}, "msg_1", time.Unix(1, 0), []byte("x"))
	one, err2 := Sign([]string{secret}, "msg_1", time.Unix(1, 0), []byte("x"))
	if err != nil || err2 != nil || !strings.HasPrefix(both, one+" v1,") {
		t.Errorf("%s does not begin with %s: %v %v", both, one, err, err2)
	}
	for _, bad := range [][]string{nil, {"whsec_???"}, {"whsec_AAAA"}, {secret, secret, secret}} {
		if _, err := Sign(bad, "m", time.Unix(1, 0), nil); err == nil {
			t.Errorf("%v signs", bad)
		}
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestAProgramIsToldOfAnAlarm(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for status, want := range map[int]deliver.State{204: deliver.Delivered, 200: deliver.Delivered, 410: "refused", 500: "again", 302: "again", 400: "again"} {
		var header http.Header
		var raw []byte
		peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			header = r.Header
			raw, _ = io.ReadAll(r.Body)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		}))
		secrets := []string{NewSecret(), NewSecret()}
		c := New(book{Endpoint{peer.URL + "/hook", secrets}}, func() time.Time { return at }, loopback)
		news := &deliver.News{Type: deliver.AlarmRaised, At: at.Add(-time.Second), Organisation: "North", Alarm: "alm_1", Kind: "help", Worker: "Aino", Position: &deliver.NewsPosition{Latitude: 60.1}}
		r, err := c.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: news})
		got := r.State
		if err != nil {
			if got = "again"; strings.Contains(err.Error(), "refused by carrier") {
				got = "refused"
			}
		}
		if got != want {
			t.Errorf("%d: %s, %v, want %s", status, got, err, want)
		}
		signature, _ := Sign(secrets, "msg_1", at, raw)
		if header.Get("Webhook-Id") != "msg_1" || header.Get("Webhook-Timestamp") != "1795334400" || header.Get("Webhook-Signature") != signature {
			t.Errorf("%d: %v, want the signature %s", status, header, signature)
		}
		var b struct {
			Type, Timestamp string
			Data            map[string]any
		}
		if err := json.Unmarshal(raw, &b); err != nil || b.Type != "alarm.raised" || b.Timestamp != "2026-11-22T07:59:59Z" || b.Data["worker"] != "Aino" || b.Data["alarm_id"] != "alm_1" {
			t.Errorf("%d: %s, %v", status, raw, err)
		}
		if _, there := b.Data["outcome"]; there {
			t.Errorf("%d: what is not known is said: %s", status, raw)
		}
		peer.Close()
	}
}

func TestNoRequestReachesAPrivateNetwork(t *testing.T) {
	asked := false
	peer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer peer.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(peer.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"} {
		c := New(book{Endpoint{"http://" + host + ":" + port, []string{NewSecret()}}}, time.Now, nil)
		if _, err := c.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: &deliver.News{}}); err == nil || asked {
			t.Errorf("%s was reached: %v", host, err)
		}
	}
}
