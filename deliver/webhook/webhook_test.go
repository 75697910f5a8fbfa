package webhook

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
)

// book is a directory of one endpoint.
type book struct {
	end   Endpoint
	tries *[]Try
}

func (b book) Endpoint(context.Context, id.Org, string, bool) (Endpoint, error) { return b.end, nil }

func (b book) Tried(_ context.Context, _ id.Org, _ string, t Try) error {
	if b.tries != nil {
		*b.tries = append(*b.tries, t)
	}
	return nil
}

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
		var tries []Try
		var raw []byte
		peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			header = r.Header
			raw, _ = io.ReadAll(r.Body)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		}))
		secrets := []string{NewSecret(), NewSecret()}
		c := New(book{Endpoint{peer.URL + "/hook", secrets}, &tries}, func() time.Time { return at }, loopback)
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
		if len(tries) != 1 || tries[0].Status != status || tries[0].Message != "msg_1" || tries[0].Kind != "alarm.raised" || tries[0].Taken() != (want == deliver.Delivered) {
			t.Errorf("%d: %+v was kept", status, tries)
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
		c := New(book{Endpoint{"http://" + host + ":" + port, []string{NewSecret()}}, nil}, time.Now, nil)
		if _, err := c.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: &deliver.News{}}); err == nil || asked {
			t.Errorf("%s was reached: %v", host, err)
		}
	}
}

// asking is what the engine asks an error.
type asking interface{ RetryAfter() time.Duration }

func TestHowLongAProgramWantsToBeLeftAlone(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		status int
		text   string
		want   time.Duration
	}{
		{503, "120", 2 * time.Minute},
		{429, "0", 0},
		{429, at.Add(time.Hour).Format(http.TimeFormat), time.Hour},
		{503, at.Add(-time.Hour).Format(http.TimeFormat), 0},
		{503, "", 0},
		{503, "soon", 0},
		{503, "-5", 0},
		{503, "99999999999999", 0},
		{500, "120", 0},
	} {
		peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", row.text)
			w.WriteHeader(row.status)
		}))
		c := New(book{end: Endpoint{peer.URL, []string{NewSecret()}}}, func() time.Time { return at }, loopback)
		_, err := c.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: &deliver.News{}})
		a, ok := err.(asking)
		if !ok || a.RetryAfter() != row.want {
			t.Errorf("%d %q: %v, want %s", row.status, row.text, err, row.want)
		}
		peer.Close()
	}
}

// A program that takes its time keeps few of the lane's hands, and no other
// program waits for it.
func TestASlowProgramKeepsFewHands(t *testing.T) {
	var inside atomic.Int32
	let, full := make(chan struct{}), make(chan struct{})
	peer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if inside.Add(1) == atOnce {
			close(full)
		}
		<-let
	}))
	defer peer.Close()
	c := New(book{end: Endpoint{peer.URL, []string{NewSecret()}}}, time.Now, loopback)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			if _, err := c.Send(t.Context(), deliver.Outgoing{Org: "org_1", To: "wir_1", News: &deliver.News{}}); err != nil {
				t.Error(err)
			}
		})
	}
	<-full
	_, err := c.Send(t.Context(), deliver.Outgoing{Org: "org_1", To: "wir_1", News: &deliver.News{}})
	if e, ok := err.(interface{ Crowded() bool }); !ok || !e.Crowded() || inside.Load() != atOnce {
		t.Errorf("one more: %v, %d inside", err, inside.Load())
	}
	close(let)
	wg.Wait()
	if _, err := c.Send(t.Context(), deliver.Outgoing{Org: "org_1", To: "wir_1", News: &deliver.News{}}); err != nil || len(c.under) != 0 {
		t.Errorf("afterwards: %v, %v", err, c.under)
	}
}
