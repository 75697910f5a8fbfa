package api

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"muster/fault"
	"muster/mustertest"
)

func TestEachKindOfFaultHasItsStatus(t *testing.T) {
	for kind, want := range map[fault.Kind]int{
		fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.Expired: 410, fault.Limited: 429, fault.Unavailable: 503, fault.Internal: 500,
	} {
		if got := statuses[kind]; got != want {
			t.Errorf("%s is %d, want %d", kind, got, want)
		}
	}
}

func TestRefusalsSayWhatIsWrongInTheReadersLanguage(t *testing.T) {
	o := open(t, mustertest.Store(t))
	harbour := o.Organisation("Harbour Works")
	admin := o.as(harbour, harbour.Admin)
	people := orgPath(harbour.ID, "/people")

	p := admin.ask(http.MethodPost, people, map[string]any{"name": "", "email": "nonsense", "roles": []string{"worker"}}, "Accept-Language", "fi").
		refused(http.StatusUnprocessableEntity, "invalid")
	if ct := p.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type %q", ct)
	}
	if p.text("title") != "Pyyntö rikkoo sääntöä" || p.text("type") != "urn:muster:problem:invalid" || p.at("status") != 422.0 {
		t.Errorf("the problem is %s", p.raw)
	}
	fields := map[string]string{}
	for _, e := range p.list("errors") {
		m := e.(map[string]any)
		fields[m["field"].(string)] = m["code"].(string)
	}
	if fields["name"] == "" || fields["email"] == "" {
		t.Errorf("fields %v", fields)
	}

	for _, c := range []struct {
		body   string
		status int
		code   string
		field  string
	}{
		{`{"name":`, 400, "bad_json", ""},
		{`[]`, 422, "not_object", ""},
		{``, 400, "body_required", ""},
		{`{"name":"A","shoe_size":43}`, 422, "unknown_field", "shoe_size"},
		{`{"name":4}`, 422, "not_text", "name"},
		{`{"email":"a@b.example"}`, 422, "required", "name"},
		{`{"name":"A","roles":"worker"}`, 422, "not_list", "roles"},
		{`{"name":"A","roles":["captain"]}`, 422, "role_unknown", "roles"},
		{`{"name":"` + strings.Repeat("a", 501) + `"}`, 422, "too_long", "name"},
		{`{"name":"` + strings.Repeat("a", 70_000) + `"}`, 413, "body_too_large", ""},
	} {
		got := admin.ask(http.MethodPost, people, c.body)
		if got.status != c.status || got.body["code"] != c.code {
			t.Errorf("%.60s: %d %v, want %d %s", c.body, got.status, got.body["code"], c.status, c.code)
			continue
		}
		if c.field != "" && got.text("errors", 0, "field") != c.field {
			t.Errorf("%.60s: at %v, want %s", c.body, got.at("errors", 0, "field"), c.field)
		}
		if d := got.text("detail"); d == "" || strings.Contains(d, "fault.") {
			t.Errorf("%.60s: detail %q", c.body, d)
		}
	}

	admin.ask(http.MethodPost, people, "<a/>", "Content-Type", "application/xml").refused(http.StatusUnsupportedMediaType, "bad_media_type")
	wrong := admin.ask(http.MethodDelete, people, nil).refused(http.StatusMethodNotAllowed, "bad_method")
	if allow := wrong.header.Get("Allow"); allow != "GET, POST" {
		t.Errorf("Allow %q", allow)
	}
	admin.get("/nothing").refused(http.StatusNotFound, "not_found")
	admin.get(people+"?limit=0").refused(http.StatusUnprocessableEntity, "too_small")
	admin.get(people+"?limit=many").refused(http.StatusUnprocessableEntity, "bad_format")
	admin.get(people+"?colour=red").refused(http.StatusUnprocessableEntity, "bad_format")
	admin.get(people+"?cursor=xyz").refused(http.StatusUnprocessableEntity, "bad_cursor")

	worker := o.as(harbour, harbour.Worker("Aino Virtanen"))
	no := worker.ask(http.MethodPost, people, map[string]any{"name": "X"}, "Accept-Language", "fr-CH").refused(http.StatusForbidden, "refused")
	if no.text("rule") != "roster-manage" || no.text("why") == "" || !strings.Contains(no.text("detail"), no.text("why")) {
		t.Errorf("the refusal is %s", no.raw)
	}
}

func TestWhoAsksIsToldByTheTokenAlone(t *testing.T) {
	o := open(t, mustertest.Store(t))
	harbour := o.Organisation("Harbour Works")
	admin := o.as(harbour, harbour.Admin)
	board := orgPath(harbour.ID, "/board")
	for _, token := range []string{"mst_", "mst_" + strings.Repeat("x", 43), "Basic", strings.TrimPrefix(admin.token, "mst_")} {
		s := caller{o, token}.get(board).refused(http.StatusUnauthorized, "token_refused")
		if s.header.Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
	}
	s := caller{o, ""}.ask(http.MethodGet, board+"?access_token="+admin.token, nil, "Cookie", "session="+admin.token)
	s.refused(http.StatusUnauthorized, "token_missing")

	ok := admin.ask(http.MethodGet, board, nil, "X-Request-Id", "abc-123").want(http.StatusOK)
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Request-Id": "abc-123", "Content-Type": "application/json",
	} {
		if got := ok.header.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	odd := admin.ask(http.MethodGet, board, nil, "X-Request-Id", "a\"b").want(http.StatusOK)
	if got := odd.header.Get("X-Request-Id"); len(got) != 24 {
		t.Errorf("request id %q", got)
	}

	list := admin.get(orgPath(harbour.ID, "/tokens")).want(http.StatusOK)
	admin.ask(http.MethodDelete, "/tokens/"+list.text("items", 0, "id"), nil).want(http.StatusOK)
	admin.get(board).refused(http.StatusUnauthorized, "token_refused")
}

func TestOurOwnFailuresSayNothingAndAreInTheLog(t *testing.T) {
	o := open(t, mustertest.Store(t))
	f := o.api.(*front)
	f.mux.HandleFunc("GET "+prefix+"/broken", func(http.ResponseWriter, *http.Request) { panic(errors.New("secret matter")) })
	s := o.staff.get("/broken").refused(http.StatusInternalServerError, "internal")
	if strings.Contains(string(s.raw), "secret") {
		t.Errorf("told the caller %s", s.raw)
	}
	if ref := s.text("reference"); ref == "" || !strings.Contains(o.log.String(), ref) || !strings.Contains(o.log.String(), "secret matter") {
		t.Errorf("reference %q is not in the log:\n%s", ref, o.log)
	}
}

func TestNullIsTheSameAsNothing(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  ": "", "null": "", "{}": "{}", `{"a":null}`: "{}", `{"a":{"b":null,"c":1.50}}`: `{"a":{"c":1.50}}`,
		`{"list":[{"x":null},null]}`: `{"list":[{},null]}`, `{"note":"null"}`: `{"note":"null"}`,
	} {
		got, err := withoutNulls([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s became %s, want %s (%v)", in, got, want, err)
		}
	}
	o := open(t, mustertest.Store(t))
	harbour := o.Organisation("Harbour Works")
	o.as(harbour, harbour.Admin).post(orgPath(harbour.ID, "/people"),
		`{"name":"Mikko Laine","email":"mikko@good.test","mobile":null,"roles":["monitor"],"language":null,"pin":null}`).want(http.StatusCreated)
}

func FuzzWithoutNulls(f *testing.F) {
	for _, seed := range []string{"null", `{"a":null}`, `[null,{"b":[null]}]`, `{"a":1e400}`, "nullnull", `{"\u0000":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		once, err := withoutNulls(body)
		if err != nil {
			return
		}
		twice, err := withoutNulls(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q became %q, then %q (%v)", body, once, twice, err)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("book", "17")
	f.Add("people", "per_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d")
	f.Fuzz(func(t *testing.T, kind, at string) {
		if strings.Contains(kind, " ") || kind == "" {
			return
		}
		got, err := Page{Cursor: cursor(kind, at)}.place(kind)
		if err != nil || got != at {
			t.Errorf("%q came back as %q (%v)", at, got, err)
		}
		// Whatever a caller makes up is a place or a refusal, and never more.
		for _, made := range []string{kind, at} {
			if n, err := (Page{Cursor: made}).number("book"); err == nil && n < 0 {
				t.Errorf("%q is place %d", made, n)
			}
		}
	})
}
