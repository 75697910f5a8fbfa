package access_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/lang"
	support "muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/setting"
	"muster/mustertest"
	"muster/mustertest/guest"
	"muster/store"
)

// caller is a product that speaks HTTP by itself.
type caller struct {
	t     *testing.T
	w     *guest.World
	token string
}

func (c caller) send(method, path, kind, body string, header ...string) (*http.Response, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.w.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		c.t.Fatalf("%s %s: %d %q: %v", method, path, res.StatusCode, raw, err)
	}
	return res, out
}

func (c caller) ask(path, body string, status int, header ...string) map[string]any {
	c.t.Helper()
	res, out := c.send(http.MethodPost, path, "application/json", body, header...)
	if res.StatusCode != status {
		c.t.Fatalf("%s: %d, want %d: %v", path, res.StatusCode, status, out)
	}
	return out
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAProductFindsOutWhereEverythingIs(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	c := caller{t, w, ""}
	_, out := c.send(http.MethodGet, "/.well-known/authzen-configuration", "", "")
	if out["policy_decision_point"] != w.URL || out["access_evaluation_endpoint"] != w.URL+"/access/v1/evaluation" || out["access_evaluations_endpoint"] != w.URL+"/access/v1/evaluations" {
		t.Errorf("configuration: %v", out)
	}
	if _, out := c.send(http.MethodGet, "/access/v1/jwks.json", "", ""); text(t, out) != `{"keys":[]}` {
		t.Errorf("keys before any pass: %v", out)
	}
}

func TestDecisionsHaveTheShapeOfAuthZEN(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", "http://127.0.0.1:8421")
	c := caller{t, w, token}
	held := w.Pass(p, token, w.Visit(grant.View), pass.View)
	subject := `"subject":{"type":"pass","id":"` + held + `"}`

	out := c.ask("/access/v1/evaluation", `{`+subject+`,"action":{"name":"view"},"resource":{"type":"page","id":"orders"},"unknown":1}`, 200, "X-Request-Id", "q-1")
	if text(t, out) != `{"context":{"reason":"Support that was let in may look, in the provider’s other products too.","rule":"pass-look"},"decision":true}` {
		t.Errorf("yes: %v", text(t, out))
	}
	out = c.ask("/access/v1/evaluation", `{`+subject+`,"action":{"name":"configure"},"resource":{"type":"page","id":"orders"},"context":{"language":"fr"}}`, 200)
	if out["decision"] != false || !strings.Contains(text(t, out), `"rule":"floor-guest"`) || !strings.Contains(text(t, out), "support") {
		t.Errorf("no: %v", text(t, out))
	}

	batch := `{` + subject + `,"resource":{"type":"page","id":"orders"},"evaluations":[{"action":{"name":"view"}},{"action":{"name":"configure"}},{"action":{"name":"view"},"resource":{"type":"page","id":"bills"}}]`
	decisions := func(out map[string]any) (list []bool) {
		for _, one := range out["evaluations"].([]any) {
			list = append(list, one.(map[string]any)["decision"].(bool))
		}
		return list
	}
	for semantic, want := range map[string]string{
		"": "[true,false,true]", "execute_all": "[true,false,true]", "deny_on_first_deny": "[true,false]", "permit_on_first_permit": "[true]",
	} {
		body := batch + `,"options":{"evaluations_semantic":"` + semantic + `"}}`
		if got := text(t, decisions(c.ask("/access/v1/evaluations", body, 200))); got != want {
			t.Errorf("%s: %s, want %s", semantic, got, want)
		}
	}
	single := `{` + subject + `,"action":{"name":"view"},"resource":{"type":"page","id":"orders"}}`
	if got := text(t, decisions(c.ask("/access/v1/evaluations", single, 200))); got != "[true]" {
		t.Errorf("a batch of none: %s", got)
	}

	for _, bad := range []struct {
		path, body string
		status     int
	}{
		{"evaluation", `{`, 400},
		{"evaluation", `{}`, 400},
		{"evaluation", `{` + subject + `,"action":{"name":"view"}}`, 400},
		{"evaluation", `{` + subject + `,"action":{"name":"delete"},"resource":{"type":"page","id":"orders"}}`, 400},
		{"evaluation", `{"subject":{"type":"user","id":"alice"},"action":{"name":"view"},"resource":{"type":"page","id":"orders"}}`, 400},
		{"evaluations", batch + `,"options":{"evaluations_semantic":"maybe"}}`, 400},
		{"evaluations", `{"evaluations":[` + strings.Repeat(`{},`, 100) + `{}]}`, 400},
		{"evaluation", strings.Repeat(" ", 300<<10), 413},
		{"token", `{}`, 403},
		{"events", `{"pass":"x","events":[]}`, 400},
		{"nothing", `{}`, 404},
	} {
		c.ask("/access/v1/"+bad.path, bad.body, bad.status)
	}
	if res, _ := c.send(http.MethodPost, "/access/v1/evaluation", "text/plain", single); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", res.StatusCode)
	}
	for _, token := range []string{"", "mpt_wrong", token + "x"} {
		res, out := caller{t, w, token}.send(http.MethodPost, "/access/v1/evaluation", "application/json", single)
		if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" || out["code"] != "token_refused" {
			t.Errorf("token %q: %d %v", token, res.StatusCode, out)
		}
	}
}

func TestIntrospectionSaysNothingOfWhatDoesNotHold(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", "http://127.0.0.1:8421")
	_, other := w.Product("Invoices", "http://127.0.0.1:8422")
	s := w.Visit(grant.View)
	held := w.Pass(p, token, s, pass.View)
	form := url.Values{"token": {held}}.Encode()
	introspect := func(token string) string {
		_, out := caller{t, w, token}.send(http.MethodPost, "/access/v1/introspect", "application/x-www-form-urlencoded", form)
		return text(t, out)
	}
	if got := introspect(token); !strings.Contains(got, `"active":true`) || !strings.Contains(got, `"org":"`+string(w.Org.ID)+`"`) {
		t.Errorf("a pass that holds: %s", got)
	}
	if got := introspect(other); got != `{"active":false}` {
		t.Errorf("another product's pass: %s", got)
	}
	w.Revoke(s)
	if got := introspect(token); got != `{"active":false}` {
		t.Errorf("a pass that was taken back: %s", got)
	}
}

func TestAccessN8WithoutTheDatabaseThereIsNoYes(t *testing.T) {
	s, err := store.Open(t.Context(), mustertest.SQLite(t), store.Options{NoSync: true}) // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	w := guest.New(t, s)
	p, token := w.Product("Freight Desk", "http://127.0.0.1:8421")
	held := w.Pass(p, token, w.Visit(grant.View), pass.View)
	c := caller{t, w, token}
	body := `{"subject":{"type":"pass","id":"` + held + `"},"action":{"name":"view"},"resource":{"type":"page","id":"orders"}}`
	if out := c.ask("/access/v1/evaluation", body, 200); out["decision"] != true {
		t.Fatalf("before: %v", out)
	}
	w.Stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ path, kind, body string }{
		{"evaluation", "application/json", body},
		{"evaluations", "application/json", body},
		{"introspect", "application/x-www-form-urlencoded", url.Values{"token": {held}}.Encode()},
		{"token", "application/json", `{"pass":"` + held + `"}`},
		{"events", "application/json", `{"pass":"` + held + `","events":[{"id":"e1","at":"2026-11-22T12:00:00Z","action":"view","type":"page","resource":"orders"}]}`},
	} {
		res, out := c.send(http.MethodPost, "/access/v1/"+one.path, one.kind, one.body)
		if res.StatusCode < 500 || out["decision"] == true || out["active"] == true {
			t.Errorf("%s without a database: %d %v", one.path, res.StatusCode, out)
		}
	}
}

// FL8, FL10: over HTTP a product is told of each of its settings whether it may
// be changed now, by which rule, and what would make it a yes.
func TestFL8AProductsSettingsAreDecidedByTheCatalogue(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := guest.New(t, s)
		p, token := w.Product("Freight Desk", "http://127.0.0.1:8421")
		c := caller{t, w, token}
		for key, class := range map[string]setting.Class{"password": setting.Secret, "bank": setting.High, "numbering": setting.Medium, "notices": setting.Medium, "fields": setting.Other, "orders": setting.Data} {
			names := map[lang.Tag]string{lang.English: key, lang.Finnish: key, lang.French: key}
			if _, err := setting.Add(t.Context(), s, w.Director.Actor, setting.Setting{Of: p.ID, Key: key, Class: class, Names: names}); err != nil {
				t.Fatal(err)
			}
		}
		held := w.Pass(p, token, w.Visit(grant.Configure), pass.Configure)
		wish := support.Wanted{Kind: support.Setting, Setting: "Freight Desk/numbering", Subject: "Orders", Words: "Please begin with 1000."}
		if _, err := (support.Desk{Store: s, Keys: w.Keys}).Ask(t.Context(), w.Org.Admin.Actor, wish); err != nil {
			t.Fatal(err)
		}
		const request = `{"need":"request","text":"a request in writing from an address on file"}`
		const watched = `{"need":"watched","text":"a remote session that an administrator watches"}`
		const exception = `{"need":"exception","text":"an exception by the head of the department"}`
		for key, want := range map[string]string{
			"password":   `false configure-secret null`,
			"bank":       `false configure-alone [[` + watched + `],[` + exception + `]]`,
			"notices":    `false configure-request [[` + request + `],[` + watched + `],[` + exception + `]]`,
			"numbering":  `true configure-requested null`,
			"fields":     `true configure-other null`,
			"orders":     `false configure-data null`,
			"unheard-of": `false setting_unknown null`,
		} {
			out := c.ask("/access/v1/evaluation", `{"subject":{"type":"pass","id":"`+held+`"},"action":{"name":"configure"},"resource":{"type":"setting","id":"`+key+`"}}`, 200)
			why := out["context"].(map[string]any)
			rule, _ := why["rule"].(string)
			if rule == "" {
				rule, _ = why["code"].(string)
			}
			if got := fmt.Sprint(out["decision"], " ", rule, " ", text(t, why["missing"])); got != want {
				t.Errorf("%s: %s, want %s", key, got, want)
			}
			if said, _ := why["reason"].(string); len(said) < 20 {
				t.Errorf("%s: said %q", key, said)
			}
		}
	})
}
