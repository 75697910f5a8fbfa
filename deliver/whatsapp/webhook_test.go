package whatsapp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"muster/deliver"
	"muster/mustertest"
	"muster/mustertest/cloud"
	"muster/seal"
	"muster/store"
)

func TestOnlyWhatMetaHasSignedIsTaken(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		post := func(body, signature string) int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.hook, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Hub-Signature-256", signature)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp.StatusCode
		}
		body := `{"object":"whatsapp_business_account","entry":[]}`
		good := cloud.Signature([]byte(body))
		for signature, want := range map[string]int{
			good: 200, "": 403, "sha256=": 403, strings.TrimPrefix(good, "sha256="): 403, "sha256=zz": 403, "sha1=" + good[7:]: 403, good[:len(good)-2] + "00": 403, strings.ToUpper(good[7:]): 403,
		} {
			if got := post(body, signature); got != want {
				t.Errorf("signature %q: %d, want %d", signature, got, want)
			}
		}
		if got := post(body+" ", good); got != 403 {
			t.Errorf("another body: %d", got)
		}
		if got := post("nonsense", cloud.Signature([]byte("nonsense"))); got != 400 {
			t.Errorf("nonsense: %d", got)
		}
		long := strings.Repeat(" ", maxEvents+1)
		if got := post(long, cloud.Signature([]byte(long))); got != 400 {
			t.Errorf("too long: %d", got)
		}
	})
}

func TestMetaIsToldTheWordAndNobodyElseIs(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		ask := func(method, mode, word string) (int, string) {
			q := url.Values{"hub.mode": {mode}, "hub.verify_token": {word}, "hub.challenge": {"1158201444"}}
			req, err := http.NewRequestWithContext(t.Context(), method, w.hook+"?"+q.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			said, _ := io.ReadAll(resp.Body)
			return resp.StatusCode, string(said)
		}
		if code, said := ask(http.MethodGet, "subscribe", cloud.Word); code != 200 || said != "1158201444" {
			t.Errorf("%d %s", code, said)
		}
		for _, c := range [][3]string{{"GET", "subscribe", "x"}, {"GET", "subscribe", ""}, {"GET", "", cloud.Word}, {"GET", "unsubscribe", cloud.Word}, {"PUT", "subscribe", cloud.Word}} {
			if code, said := ask(c[0], c[1], c[2]); code == 200 || strings.Contains(said, "1158201444") {
				t.Errorf("%v: %d %s", c, code, said)
			}
		}
	})
}

func FuzzEvents(f *testing.F) {
	f.Add(`{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"106540352242922"},"messages":[{"id":"a","from":"358401234567","timestamp":"1","type":"text","text":{"body":"x"}}]}}]}]}`)
	f.Add(`{"entry":[{"changes":[{"field":"message_template_status_update","value":{"event":"PAUSED","message_template_name":"muster_x","message_template_language":"en"}}]}]}`)
	w := &world{}
	s, err := store.Open(f.Context(), "sqlite:"+f.TempDir()+"/f.db", store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		f.Fatal(err)
	}
	c := &Channel{Deps: Deps{
		Store: s, Keys: keys,
		Reported: func(context.Context, deliver.Report) error { return nil },
		Answered: func(context.Context, deliver.Answer) (deliver.Said, error) { return w.answered, nil },
		Written: func(_ context.Context, x Text) error {
			if !e164.MatchString(x.From) || x.ID == "" || len(x.Body) > maxText {
				return errors.New("a text that is none")
			}
			return nil
		},
	}, config: config{secret: "cloud-app-secret-of-tests", number: "106540352242922"}}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Hub-Signature-256", cloud.Signature([]byte(body)))
		rec := httptest.NewRecorder()
		c.Events().ServeHTTP(rec, r)
		if rec.Code != 200 && rec.Code != 400 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}
