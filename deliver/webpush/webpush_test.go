package webpush

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/push"
	"muster/seal"
	"muster/store"
)

// service is a push service, and where the channel finds its devices.
type service struct {
	*testing.T
	*push.Service
}

// pushed is one message as its device has it.
type pushed struct {
	to     string
	header http.Header
	notification
}

func serve(t *testing.T) *service {
	t.Helper()
	s := &service{T: t, Service: push.New()}
	t.Cleanup(s.Close)
	return s
}

func (s *service) Subscription(_ context.Context, _ id.Org, address string) (Subscription, error) {
	if address == "nobody" {
		return Subscription{}, fault.New(fault.NotFound, "not_found")
	}
	return Subscription(s.Device(address)), nil
}

// unlinked tells whether the device itself is given up.
func unlinked(err error) bool {
	r, ok := errors.AsType[interface {
		error
		Dead() dead.Why
	}](err)
	return ok && r.Dead() == dead.Unlinked
}

func (s *service) all() (all []pushed) {
	s.Helper()
	received, err := s.Received()
	for _, m := range received {
		p := pushed{to: m.To, header: m.Header}
		err = errors.Join(err, json.Unmarshal(m.Plain, &p.notification))
		all = append(all, p)
	}
	if err != nil {
		s.Error(err)
	}
	return all
}

// here is where the services of these tests are.
var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func (s *service) channel(db *store.Store, allowed []netip.Prefix) *Channel {
	s.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		s.Fatal(err)
	}
	signer, err := NewSigner(s.Context(), db, keys, "mailto:ops@example.org")
	if err != nil {
		s.Fatal(err)
	}
	c := New(s, signer, keys, db.Now, allowed)
	s.Cleanup(c.Close)
	return c
}

func alert(to string) deliver.Outgoing {
	return deliver.Outgoing{
		Org: "org_1", Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: to, Lang: "en", Thread: "alm_1", Urgent: true, Valid: 30 * time.Minute,
		Subject: "HELP: Aino Virtanen, 14:05", Text: "Aino Virtanen called for help at 14:05.", Link: "https://muster.example.org/a/x",
	}
}

func TestOA1AnAlertReachesTheDeviceUnreadByOthers(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, db *store.Store) {
		s := serve(t)
		c := s.channel(db, here)
		out := alert("phone")
		receipt, err := c.Send(t.Context(), out)
		if err != nil || receipt.State != deliver.HandedOver || receipt.ProviderID != string(out.Attempt) {
			t.Fatalf("%+v, %v", receipt, err)
		}
		got := s.all()[0]
		want := notification{Title: out.Subject, Body: out.Text, Link: out.Link, Topic: "alm_1", Lang: "en", Urgent: true, Shown: got.Shown}
		if got.notification != want {
			t.Errorf("%+v, want %+v", got.notification, want)
		}
		h := got.header
		if h.Get("Ttl") != "1800" || h.Get("Urgency") != "high" || h.Get("Content-Encoding") != "aes128gcm" || len(h.Get("Topic")) != 32 {
			t.Errorf("%v", h)
		}
		other := alert("phone")
		other.Thread, other.Urgent, other.Valid = "alm_2", false, 90*24*time.Hour
		if _, err := c.Send(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if second := s.all()[1].header; second.Get("Topic") == h.Get("Topic") || second.Get("Urgency") != "normal" || second.Get("Ttl") != "2419200" {
			t.Errorf("%v", second)
		}
		proveSender(t, c, h.Get("Authorization"), s.URL())
		again, err := NewSigner(t.Context(), db, c.keys, "https://muster.example.org")
		if err != nil || again.Public() != c.signer.Public() {
			t.Errorf("the key changes: %v", err)
		}
	})
}

// proveSender checks a token as a push service does (RFC 8292, section 2).
func proveSender(t *testing.T, c *Channel, header, origin string) {
	t.Helper()
	token, key, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 || key != c.signer.Public() {
		t.Fatalf("%s", header)
	}
	signature, sum := unbase64(t, parts[2]), sha256.Sum256([]byte(parts[0]+"."+parts[1]))
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unbase64(t, key))
	if err != nil || len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Errorf("the signature is not right: %v", err)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(unbase64(t, parts[1]), &claims); err != nil || claims.Aud != origin || claims.Sub != "mailto:ops@example.org" {
		t.Errorf("%+v, %v", claims, err)
	}
	if left := time.Unix(claims.Exp, 0).Sub(c.now()); left < 5*time.Hour || left > 24*time.Hour {
		t.Errorf("the token is good for %s", left)
	}
}

func TestWhatPushServicesSayIsToldApart(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, db *store.Store) {
		s := serve(t)
		c := s.channel(db, here)
		for status, want := range map[int]string{
			404: "gone", 410: "gone", 400: "refused", 413: "refused", 401: "again", 403: "again", 429: "again", 500: "again", 502: "again", 503: "again", 301: "again", 307: "again",
		} {
			s.Answer("phone", status)
			_, err := c.Send(t.Context(), alert("phone"))
			got := "again"
			if err == nil {
				got = "sent"
			} else if strings.Contains(err.Error(), "refused by carrier") {
				if got = "refused"; unlinked(err) {
					got = "gone"
				}
			}
			if got != want || err != nil && strings.Contains(err.Error(), s.URL()) {
				t.Errorf("%d: %s, want %s: %v", status, got, want, err)
			}
		}
		if _, err := c.Send(t.Context(), alert("nobody")); !unlinked(err) {
			t.Errorf("a device that is not there: %v", err)
		}
	})
}

func TestNoPushReachesAPrivateNetwork(t *testing.T) {
	s := serve(t)
	c := s.channel(mustertest.Store(t), nil)
	if _, err := c.Send(t.Context(), alert("phone")); err == nil || !strings.Contains(err.Error(), "not of the open network") || len(s.all()) != 0 {
		t.Errorf("%v, %d arrived", err, len(s.all()))
	}
}

func TestALongAlertLosesItsEnd(t *testing.T) {
	s := serve(t)
	c := s.channel(mustertest.Store(t), here)
	for _, sign := range []string{"x", "ä", "\"", "\x01", "漢", "😀"} {
		out := alert("phone")
		out.Subject, out.Text = strings.Repeat(sign, 3000), strings.Repeat(sign, 9000)
		if _, err := c.Send(t.Context(), out); err != nil {
			t.Errorf("%q: %v", sign, err)
		}
	}
	out := alert("phone")
	out.Link = strings.Repeat("x", 5000)
	if _, err := c.Send(t.Context(), out); err == nil {
		t.Error("a link of 5,000 characters was cut")
	}
}

func TestOnlyTheDeviceItselfSaysThatAnAlertIsShown(t *testing.T) {
	s := serve(t)
	c := s.channel(mustertest.Store(t), here)
	out := alert("phone")
	if _, err := c.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	var trouble error
	var reports []deliver.Report
	front := c.Shown(func(_ context.Context, r deliver.Report) error {
		reports = append(reports, r)
		return trouble
	})
	say := func(body string) int {
		w := httptest.NewRecorder()
		front.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		return w.Code
	}
	shown := s.all()[0].Shown
	for _, forged := range []string{
		"", "x", "{}", `{"shown":""}`, `{"shown":"` + string(out.Attempt) + `"}`, `{"shown":"` + string(out.Attempt) + `."}`,
		`{"shown":"` + string(id.New[id.Attempt]()) + shown[strings.Index(shown, "."):] + `"}`, `{"shown":"` + strings.Repeat("a", 2000) + `"}`,
	} {
		if code := say(forged); code != 400 && code != 403 || len(reports) > 0 {
			t.Errorf("%s: %d, %v", forged, code, reports)
		}
	}
	for range 2 {
		if code := say(`{"shown":"` + shown + `"}`); code != 204 {
			t.Errorf("%d", code)
		}
	}
	for _, r := range reports {
		if r.State != deliver.Delivered || r.ProviderID != string(out.Attempt) {
			t.Errorf("%+v", r)
		}
	}
	for cause, want := range map[fault.Kind]int{fault.NotFound: 404, fault.Unavailable: 503} {
		if trouble = fault.New(cause, "x"); say(`{"shown":"`+shown+`"}`) != want {
			t.Errorf("%v", cause)
		}
	}
}

func TestASubscriptionIsChecked(t *testing.T) {
	const key, auth = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg"
	for _, good := range [][2]string{{key, auth}, {key + "=", auth + "=="}, {strings.NewReplacer("-", "+", "_", "/").Replace(key), auth}} {
		if s, err := ParseSubscription("https://push.example/x", good[0], good[1]); err != nil || len(s.Key) != 65 || len(s.Auth) != 16 {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][2]string{{"", ""}, {key, ""}, {"", auth}, {key[:80], auth}, {key, auth[:10]}, {auth, auth}, {key, key}, {"B" + key[1:70] + strings.Repeat("A", 17), auth}, {strings.Repeat("A", 500), auth}} {
		if _, err := ParseSubscription("https://push.example/x", bad[0], bad[1]); fault.From(err).Code != "push_keys" {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestTheContactIsCheckedWithoutBeingQuoted(t *testing.T) {
	s, keys := mustertest.Store(t), &seal.Keys{}
	for _, bad := range []string{"", "ops@example.org", "mailto:", "http://example.org", "https://", "x:%zz", "mailto:" + strings.Repeat("a", 300)} {
		if _, err := NewSigner(t.Context(), s, keys, bad); err == nil || !strings.HasPrefix(err.Error(), Key+" ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWebPushKeepsThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		s := serve(t)
		s.Answer("refused", http.StatusGone)
		c := s.channel(mustertest.Store(t), here)
		front := c.Shown(take)
		return conformance.Rig{
			Channel: c, Refused: "refused", Reports: []deliver.State{deliver.Delivered},
			Report: func(t *testing.T, of conformance.Taken, _ deliver.State) {
				for _, p := range s.all() {
					if attempt, _, _ := strings.Cut(p.Shown, "."); attempt == of.ID {
						w := httptest.NewRecorder()
						front.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"shown":"`+p.Shown+`"}`)))
						if w.Code != http.StatusNoContent {
							t.Errorf("a report was answered with %d", w.Code)
						}
					}
				}
			},
			Address: func(n int) string { return fmt.Sprint("phone-", n) },
			Stop:    func() { s.Down(true) },
			Start:   func() { s.Down(false) },
			Taken: func() (all []conformance.Taken) {
				for _, p := range s.all() {
					attempt, _, _ := strings.Cut(p.Shown, ".")
					all = append(all, conformance.Taken{To: p.to, Attempt: id.Attempt(attempt), ID: attempt})
				}
				return all
			},
		}
	})
}
