package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/carrier"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
	"muster/store"
)

// served is a server with nothing but a database and the carriers of its
// environment, and a browser
// provider's staff.
type served struct {
	*node
	t      *testing.T
	url    string
	org    id.Org
	staff  *http.Client
	queued int
}

func serveAlone(t *testing.T, environment map[string]string) *served {
	t.Helper()
	for _, key := range []string{"MUSTER_SMTP", "MUSTER_SMPP", "MUSTER_SIP", "MUSTER_TWILIO", "MUSTER_WHATSAPP"} {
		t.Setenv(key, environment[key])
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, url: "http://" + at, org: id.New[id.Org](), staff: &http.Client{Jar: jar}}
	s.node, err = database{DB: "sqlite:" + filepath.Join(t.TempDir(), "m.db"), serves: true}.open(t.Context(), slog.New(slog.DiscardHandler), s.url)
	if err != nil {
		t.Fatal(err)
	}
	channels, err := s.carriers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, serving{Listen: at}, channels, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	s.until("it serves", func() bool {
		resp, err := http.Get(s.url + "/healthz")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
	link, _, err := s.gate.InitProvider(t.Context(), "Olga Operator", "olga@provider.example")
	if err != nil {
		t.Fatal(err)
	}
	s.ask(http.MethodPost, strings.TrimPrefix(link, s.url), url.Values{}, http.StatusOK)
	return s
}

// until waits for something that takes a moment.
func (s *served) until(what string, done func() bool) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("not within a minute: %s; %+v", what, s.board.States("sms"))
		}
	}
}

// ask gives the page where it ended, and its text.
func (s *served) ask(method, path string, form url.Values, status int) (at, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.staff.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		s.t.Fatalf("%s %s: %s, want %d (%v)\n%s", method, path, resp.Status, status, err, text)
	}
	return resp.Request.URL.Path, string(text)
}

// enter enters a carrier on the page, from what the environment would have.
func (s *served) enter(kind, name, setting string) (at string) {
	s.t.Helper()
	u, err := url.Parse(setting)
	if err != nil {
		s.t.Fatal(err)
	}
	pass, _ := u.User.Password()
	form := url.Values{"kind": {kind}, "name": {name}, "active": {"yes"}, "user": {u.User.Username()}, "password": {pass}, "server": {u.Host}}
	if kind == carrier.Twilio {
		form.Set("server", "http://"+u.Host)
	}
	for option, values := range u.Query() {
		form.Set(option, strings.Replace(values[0], " ", "+", 1))
	}
	at, body := s.ask(http.MethodPost, "/provider/carriers", form, http.StatusOK)
	if strings.Contains(body, pass) || !strings.Contains(body, name) {
		s.t.Errorf("the page shows the password, or not the name")
	}
	s.until(name+" is open", func() bool {
		for _, st := range s.board.States("sms") {
			if st.Name == name && st.Use != switchboard.Broken && st.Sort == "" {
				return true
			}
		}
		return false
	})
	return at
}

// text queues n text messages.
func (s *served) text(n int) {
	s.t.Helper()
	for range n {
		s.queued++
		err := s.store.Do(s.t.Context(), s.org, func(tx *store.Tx) error {
			_, err := deliver.Queue(tx, deliver.Message{
				Purpose: "alarm_raised", Lane: deliver.Duty, Lang: lang.English, Person: id.New[id.Person](), About: "alm_test", Valid: time.Hour,
				Route: []deliver.Stop{{Channel: "sms", Address: fmt.Sprintf("+35840%07d", s.queued)}},
				Facts: map[string]any{
					"Org": "Harbour Works", "Zone": "Europe/Helsinki", "Who": "Aino Virtanen", "Phone": "+358401234567", "Kind": "help",
					"At": tx.Now(), "Since": tx.Now(), "Link": "/board", "Resolve": "/board",
				},
			})
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// arrived waits until all that was queued is delivered, as the carriers said.
func (s *served) arrived() {
	s.t.Helper()
	s.until("all have arrived", func() bool {
		n := 0
		err := s.store.View(s.t.Context(), s.org, func(tx *store.Tx) error {
			all, err := deliver.Latest(tx, 1000)
			for _, m := range all {
				if m.State == deliver.Delivered {
					n++
				}
			}
			return err
		})
		return err == nil && n == s.queued
	})
}

// moody is a carrier that can be told to take nothing.
func moody(t *testing.T) (c *mustertest.Twilio, down *atomic.Bool) {
	t.Helper()
	c, down = mustertest.NewTwilio(), &atomic.Bool{}
	c.Fate = func(mustertest.TextMessage) mustertest.Fate {
		if down.Load() {
			return mustertest.Fate{Status: http.StatusServiceUnavailable}
		}
		return mustertest.Arrives
	}
	t.Cleanup(c.Close)
	return c, down
}

// All of it through the pages, with carriers by others where there are any.
func TestOA4OA6CarriersAreEnteredAndChangeOverWhileTheServerRuns(t *testing.T) {
	s := serveAlone(t, nil)
	if at, _ := s.ask(http.MethodGet, "/", nil, http.StatusOK); at != "/provider/accounts" {
		t.Errorf("staff begin at %s", at)
	}
	first, down := moody(t)
	at := s.enter(carrier.Twilio, "Twilio", first.Setting())
	s.text(5)
	s.arrived()
	if len(first.Messages()) != 5 || !strings.Contains(first.Messages()[0].Callback, "/carrier/car_") {
		t.Fatalf("%+v", first.Messages())
	}
	second := mustertest.NewCentre(t, map[string]any{"hex": true})
	centre := s.enter(carrier.SMPP, "Centre", second.Setting(""))
	down.Store(true)
	s.text(20)
	s.arrived()
	s.until("the second is in use", func() bool { st, ok := s.board.Standing("sms"); return ok && st.Second })
	if n := len(first.Messages()); n != 5 {
		t.Errorf("%d at the first", n)
	}
	third, _ := moody(t) // counts its messages as the first does
	other := s.enter(carrier.Twilio, "Other", third.Setting())
	s.ask(http.MethodPost, other+"/lead", url.Values{}, http.StatusOK)
	s.until("it leads", func() bool { all := s.board.States("sms"); return all[0].Name == "Other" })
	s.text(5)
	s.arrived()
	if n := len(third.Messages()); n != 5 {
		t.Errorf("%d at the third", n)
	}
	s.ask(http.MethodPost, at+"/remove", url.Values{}, http.StatusOK)
	down.Store(false)
	s.text(5)
	s.arrived()
	centred := 0
	for _, said := range second.All() {
		if said.Submit != nil {
			centred++
		}
	}
	if n := len(first.Messages()) + len(third.Messages()) + centred; n != s.queued || len(first.Messages()) != 5 {
		t.Errorf("%d messages went out for %d: %d, %d, %d", n, s.queued, len(first.Messages()), centred, len(third.Messages()))
	}
	for _, c := range []*mustertest.Twilio{first, third} {
		if failed := c.Settle(); len(failed) != 0 {
			t.Error(failed)
		}
	}
	for _, carrier := range []string{other, strings.TrimSuffix(centre, "/")} {
		_, talk := s.ask(http.MethodPost, carrier+"/test", url.Values{"to": {"+358409999999"}, "channel": {"sms"}, "language": {"fi"}}, http.StatusOK)
		if !strings.Contains(talk, "358409999999</pre>") && !strings.Contains(talk, "358409999999, data_coding") && !strings.Contains(talk, "358409999999\n") || !strings.Contains(talk, "class=\"talk\"") || strings.Contains(talk, "carrier-token") || strings.Contains(talk, "s3cret") {
			t.Errorf("the conversation with %s: %s", carrier, talk)
		}
	}
	if failed := third.Settle(); len(failed) != 0 {
		t.Errorf("what the carrier says of a test is not taken: %v", failed)
	}
	_, page := s.ask(http.MethodGet, "/provider/carriers", nil, http.StatusOK)
	if strings.Contains(page, "+35840") || strings.Contains(page, "carrier-token") || strings.Contains(page, "s3cret") {
		t.Error("the page shows an address or a secret")
	}
	var health strings.Builder
	s.carried(&health)
	if !strings.Contains(health.String(), "sms: well") || !strings.Contains(health.String(), "email: not set up") {
		t.Errorf("%s", health.String())
	}
}

// A server that is given a message centre sends over it, hears what became of
// it, and takes in the texts that it brings.
func TestACentreOfTheEnvironmentWorksBothWays(t *testing.T) {
	centre := mustertest.NewCentre(t, map[string]any{})
	s := serveAlone(t, map[string]string{"MUSTER_SMPP": centre.Setting("")})
	s.text(2)
	s.arrived()
	centre.Order(t, map[string]any{"from": "358400000001", "text": "OK"})
	got := centre.Expect(t, "an answer to a text", func(c mustertest.CentreSaid) bool { return c.TextAnswered != nil })
	if *got.TextAnswered != 0 {
		t.Errorf("a text is answered with %#x", *got.TextAnswered)
	}
}
