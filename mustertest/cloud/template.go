package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Template is a text that was submitted.
type Template struct {
	Name, Language string
	State          string // APPROVED, PENDING, PAUSED, …
	Body           string
	Buttons        []templateButton
}

type templateButton struct {
	Type, Text, URL string
	Example         []string
}

// Submit hands in a template, as Meta takes them, and has it approved.
func (a *API) Submit(t testing.TB, template []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.server.URL+"/v23.0/"+account+"/message_templates", bytes.NewReader(template))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct{ Error struct{ Message string } }
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the template was not taken: %s %s %v\n%s", resp.Status, said.Error.Message, err, template)
	}
}

// Judge gives a template another state, and posts the news of it.
func (a *API) Judge(name, language, state string) {
	a.mu.Lock()
	if t := a.templates[name+"/"+language]; t != nil {
		t.State = state
	}
	a.mu.Unlock()
	a.post("message_template_status_update", map[string]any{
		"event": state, "message_template_id": 594425479261596, "message_template_name": name, "message_template_language": language, "reason": "NONE",
	})
}

// Forget takes all templates away, and says nothing of it.
func (a *API) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.templates)
}

var (
	nameForm = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	langForm = regexp.MustCompile(`^[a-z]{2}(_[A-Z]{2})?$`)
	place    = regexp.MustCompile(`\{\{([0-9]+)\}\}`)
)

func (a *API) submit(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Name, Language, Category string
		Seconds                  int `json:"message_send_ttl_seconds"`
		Components               []struct {
			Type, Text string
			Example    struct {
				Body [][]string `json:"body_text"`
			}
			Buttons []templateButton
		}
	}
	err := json.NewDecoder(r.Body).Decode(&q)
	t := &Template{Name: q.Name, Language: q.Language, State: "APPROVED"}
	for _, c := range q.Components {
		switch c.Type {
		case "BODY":
			t.Body = c.Text
			if n := len(place.FindAllString(t.Body, -1)); n > 0 && (len(c.Example.Body) != 1 || len(c.Example.Body[0]) != n) {
				err = fmt.Errorf("%d places and examples %v", n, c.Example.Body)
			}
		case "BUTTONS":
			t.Buttons = c.Buttons
		}
	}
	if err == nil {
		err = t.fault()
	}
	if err == nil && (q.Category != "UTILITY" || q.Seconds < 30 || q.Seconds > 43200) {
		err = fmt.Errorf("category %s, %d seconds", q.Category, q.Seconds)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, 100, err.Error())
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.templates[t.Name+"/"+t.Language] = t
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"id": strconv.Itoa(len(a.templates)), "status": t.State, "category": q.Category})
}

// fault is why Meta would not take a template.
func (t *Template) fault() error {
	if !nameForm.MatchString(t.Name) || !langForm.MatchString(t.Language) {
		return fmt.Errorf("name %q, language %q", t.Name, t.Language)
	}
	if n := len([]rune(t.Body)); n == 0 || n > 1024 || strings.HasPrefix(t.Body, "{{") || strings.HasSuffix(t.Body, "}}") {
		return fmt.Errorf("body %q", t.Body)
	}
	for i, m := range place.FindAllStringSubmatch(t.Body, -1) {
		if m[1] != strconv.Itoa(i+1) {
			return fmt.Errorf("place %d is %s", i+1, m[0])
		}
	}
	if len(t.Buttons) > 10 {
		return fmt.Errorf("%d buttons", len(t.Buttons))
	}
	for _, b := range t.Buttons {
		n := len([]rune(b.Text))
		good := b.Type == "QUICK_REPLY" || b.Type == "URL" && strings.HasPrefix(b.URL, "http") && strings.HasSuffix(b.URL, "{{1}}") && len(b.Example) == 1
		if n == 0 || n > 25 || !good {
			return fmt.Errorf("button %+v", b)
		}
	}
	return nil
}

// fill makes of a template what its reader would see, or says why not.
func (a *API) fill(q request) (m Message, code int, why string) {
	key := q.Template.Name + "/" + q.Template.Language.Code
	t := a.templates[key]
	switch {
	case t == nil:
		return m, 132001, "template name (" + q.Template.Name + ") does not exist in " + q.Template.Language.Code
	case t.State == "PAUSED":
		return m, 132015, "Template is paused due to low quality"
	case t.State == "DISABLED":
		return m, 132016, "Template is disabled"
	case t.State != "APPROVED":
		return m, 132001, "template is " + t.State
	}
	m.Template, m.Text = key, t.Body
	for _, b := range t.Buttons {
		m.Buttons = append(m.Buttons, Button{Title: b.Text})
	}
	filled := map[int]bool{}
	for _, c := range q.Template.Parts {
		if c.Type == "body" {
			if code, why = m.values(c); code != 0 {
				return m, code, why
			}
			continue
		}
		i, err := strconv.Atoi(c.Index)
		if err != nil || c.Type != "button" || i < 0 || i >= len(t.Buttons) || len(c.Parameters) != 1 {
			return m, 132012, "Parameter format does not match"
		}
		p, b := c.Parameters[0], t.Buttons[i]
		switch {
		case c.SubType == "quick_reply" && b.Type == "QUICK_REPLY" && p.Type == "payload" && p.Payload != "" && len(p.Payload) <= 128:
			m.Buttons[i].Payload = p.Payload
		case c.SubType == "url" && b.Type == "URL" && p.Type == "text" && p.Text != "":
			m.Buttons[i].URL = strings.Replace(b.URL, "{{1}}", p.Text, 1)
		default:
			return m, 132012, "Parameter format does not match"
		}
		filled[i] = true
	}
	if len(filled) != len(t.Buttons) {
		return m, 131008, "Required parameter is missing"
	}
	if place.MatchString(t.Body) && m.Text == t.Body {
		return m, 132000, "Number of parameters does not match"
	}
	return m, 0, ""
}

// values puts the values into the text.
func (m *Message) values(c part) (code int, why string) {
	if len(c.Parameters) != len(place.FindAllString(m.Text, -1)) {
		return 132000, "Number of parameters does not match the expected number of params"
	}
	n := 0
	for _, p := range c.Parameters {
		if p.Type != "text" || p.Text == "" || strings.ContainsAny(p.Text, "\n\t") || strings.Contains(p.Text, "     ") {
			return 132012, "Parameter format does not match format in the created template"
		}
	}
	m.Text = place.ReplaceAllStringFunc(m.Text, func(string) string {
		n++
		return c.Parameters[n-1].Text
	})
	if len([]rune(m.Text)) > 1024 {
		return 132005, "Translated text too long"
	}
	return 0, ""
}
