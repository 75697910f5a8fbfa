package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"muster/lang"
)

// words are the template functions for one reader.
type words struct {
	tag    lang.Tag
	zone   *time.Location
	assets *assets
}

func (w words) funcs(set *template.Template) template.FuncMap {
	return template.FuncMap{
		"t":        w.text,
		"has":      w.tag.Has,
		"asset":    w.assets.url,
		"icon":     w.icon,
		"dict":     dict,
		"number":   w.tag.Number,
		"duration": w.tag.Duration,
		"minutes":  func(n int) string { return w.tag.Duration(time.Duration(n) * time.Minute) },
		"when":     w.when,
		"at":       w.at,
		"ago":      w.ago,
		"until":    w.counter("until"),
		"since":    w.counter("since"),
		"field":    w.field,
		"tel":      tel,
		"phone":    phone,
		"script":   w.script,
		"percent":  func(part, whole float64) int { return int(math.Round(100 * part / max(whole, 1))) },
		"coord":    func(f float64) string { return fmt.Sprintf("%.5f", f) },
		"metres":   func(f float64) string { return w.tag.Number(int(math.Round(f))) },
		"unixms":   func(t time.Time) int64 { return t.UnixMilli() },
		"join":     strings.Join,
		"query":    url.QueryEscape,
		"include": func(name string, data any) (template.HTML, error) {
			html, err := execute(set, name, data)
			return template.HTML(html), err
		},
	}
}

// text is {{t "key" "Name" value …}}.
func (w words) text(key string, pairs ...any) (string, error) {
	args, err := dict(pairs...)
	if err != nil {
		return "", fmt.Errorf("text %s: %w", key, err)
	}
	return w.tag.Text(key, args), nil
}

// dict makes arguments for a part of a page from name, value, name, value …
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// icon refers to one picture of the sprite. Icons always stand beside words,
// so they are hidden from those who listen.
func (w words) icon(name string) (template.HTML, error) {
	sprite, err := w.assets.url("icons.svg")
	if err != nil {
		return "", err
	}
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + sprite + `#` + name + `"/></svg>`), nil
}

// at writes a time in one of the styles of package lang, without markup.
func (w words) at(style string, t time.Time) string { return w.tag.Time(t, w.zone, lang.Style(style)) }

// when writes a time in one of the styles, with the exact one on hovering.
func (w words) when(style string, t time.Time) template.HTML {
	return w.element("", t, w.at(style, t))
}

// labelled puts a label before a text, with the colon as the language sets it.
func labelled(tag lang.Tag, label, text string) string {
	return tag.Text("web.form.wrong_at", map[string]any{"Field": label, "Text": text})
}

// ago writes the time of day, which the countdown island turns into an age
// that keeps growing. Without scripts the time of day stays, and is true.
func (w words) ago(t time.Time) template.HTML { return w.element(" data-ago", t, w.at("clock", t)) }

// counter writes a time of day that the countdown island turns into a clock
// that counts up or down to it.
func (w words) counter(kind string) func(time.Time) template.HTML {
	return func(t time.Time) template.HTML {
		return w.element(` class="count" data-`+kind, t, w.at("clock", t))
	}
}

func (w words) element(attributes string, t time.Time, text string) template.HTML {
	if t.IsZero() {
		return template.HTML(`<span class="none">` + template.HTMLEscapeString(w.tag.Text("web.never", nil)) + `</span>`)
	}
	return template.HTML(fmt.Sprintf(`<time%s datetime="%s" title="%s">%s</time>`, attributes,
		t.UTC().Format("2006-01-02T15:04:05Z"), template.HTMLEscapeString(w.at("exact", t)), template.HTMLEscapeString(text)))
}

// field gathers what the input partials need: the frame for what is wrong,
// and name, value … pairs.
func (w words) field(f *Frame, name string, pairs ...any) (map[string]any, error) {
	m, err := dict(pairs...)
	if err != nil {
		return nil, err
	}
	m["Name"], m["ID"] = name, "f-"+strings.ReplaceAll(name, ".", "-")
	if p := m["Prefix"]; p != nil {
		m["ID"] = fmt.Sprint(p, "-", name)
	}
	m["Error"] = f.Wrong(name)
	if label, ok := m["Label"].(string); ok {
		f.place(name, spot{m["ID"].(string), label})
	}
	for _, k := range []string{"Value", "Hint", "Type", "Autocomplete", "Inputmode", "Placeholder"} {
		if m[k] == nil {
			m[k] = ""
		}
	}
	return m, nil
}

// tel makes a telephone link out of a number as people write it.
func tel(number string) template.URL {
	keep := func(r rune) rune {
		if r == '+' || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}
	return template.URL("tel:" + strings.Map(keep, number))
}

// phone writes a number in groups, as people read it out. What is no number
// stays as it is.
func phone(number string) string {
	if !strings.HasPrefix(number, "+") {
		return number
	}
	n, err := phonenumbers.Parse(number, "")
	if err != nil {
		return number
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

// script is what the islands need of the catalogues, as one JSON value.
func (w words) script() (string, error) {
	texts := map[string]string{}
	hole := map[string]any{"N": "{n}", "Long": "{x}", "Time": "{x}", "Name": "{x}", "Count": "{n}"}
	for short, key := range islandTexts {
		texts[short] = w.tag.Text(key, hole)
	}
	b, err := json.Marshal(texts)
	return string(b), err
}

// islandTexts are the texts that scripts show, by the name they have there.
var islandTexts = map[string]string{
	"s": "time.unit.seconds", "min": "time.unit.minutes", "h": "time.unit.hours", "d": "time.unit.days",
	"ago": "time.ago", "now": "time.now",
	"overdue":     "web.js.overdue",
	"lost":        "web.js.lost",
	"live":        "web.js.live",
	"signedOut":   "web.js.signed_out",
	"lastEvent":   "web.js.last_event",
	"soundOn":     "web.js.sound_on",
	"soundMuted":  "web.js.sound_muted",
	"soundTest":   "web.js.sound_test",
	"helpWaits":   "web.js.help_waits",
	"checkWaits":  "web.js.check_waits",
	"refused":     "web.js.refused",
	"offline":     "web.js.offline",
	"noStart":     "web.js.offline_start",
	"positionOff": "web.js.position_off",
	"positionOn":  "web.js.position_on",
	"keyFailed":   "web.js.key_failed",
	"pushUnable":  "push.unable",
	"pushDenied":  "push.denied",
	"pushFailed":  "push.failed",

	"proven":       "visit.js.proven",
	"unproven":     "visit.js.unproven",
	"proofGood":    "visit.js.good",
	"proofBad":     "visit.js.bad",
	"proofKey":     "visit.js.key",
	"proofShorter": "visit.js.shorter",
	"proofUnable":  "visit.js.unable",
	"proofNone":    "visit.js.none",
}
