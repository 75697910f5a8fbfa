package wording

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/lang"
)

// Template is a message as WhatsApp takes it: a text that Meta has approved,
// with values in it, or the whole text where a conversation is going on.
type Template struct {
	Name    string // empty: there is none, the text goes out in conversations only
	Lang    lang.Tag
	Body    string    // what is approved, with {{1}}, {{2}}, … where values go
	Values  []string  // those: none is empty, each is one line
	Text    string    // body and values in one, with the link
	Take    string    // button by which the reader takes charge of the alarm; empty: none
	Close   string    // button by which the reader closes it
	Open    string    // button that leads to Link
	Link    string    // the board where there are buttons to act, else the message's own link
	Alarm   bool      // somebody may be in danger: worth nothing when it is late
	Instead *Template // in another language, where this one is not approved; nil: nothing
}

// Limits of WhatsApp: of a body with its values, in characters, and of the
// facts that stand in one line of it.
const (
	bodyMost    = 1024
	valueMost   = 120
	detailsMost = 350
)

// editions number the templates whose approved text has changed since it was
// first published: what is approved under a name cannot be made another text,
// so the changed one needs a name of its own. All others are the first.
var editions = map[string]int{}

// conversational are the purposes that have no template: answers are only
// given to who has just written, sign-in codes go out by other ways, since Meta
// wants those in words of its own, and what is said about requests to support
// goes by mail.
var conversational = map[string]bool{
	"sign_in_code": true, "text_reply": true, "mail_reply": true,
	"request_received": true, "request_reply": true, "request_done": true, "request_refused": true, "request_stranger": true,
	"request_new": true, "request_heard": true, "request_insisted": true, "request_exception": true, "request_decided": true,
	"request_approval": true, "director_verify": true, "director_agree": true, "director_replaced": true,
}

// WhatsApp writes a message of a known purpose for WhatsApp. Instead is the
// same in English, for when the reader's language is not approved.
func WhatsApp(tag lang.Tag, purpose string, facts map[string]any) *Template {
	w := purposes[purpose]
	kind := ""
	if w.byKind {
		kind = alarmKind(facts)
	}
	t := template(tag, purpose, kind, facts)
	if tag != lang.English {
		t.Instead = template(lang.English, purpose, kind, facts)
	}
	return t
}

// Templates are all templates in a language, to be submitted for approval,
// those of alarms first. Their values are examples.
func Templates(tag lang.Tag) []*Template {
	var alarms, rest []*Template
	for _, purpose := range slices.Sorted(maps.Keys(purposes)) {
		kinds := []string{""}
		if purposes[purpose].byKind {
			kinds = []string{"help", "missed_check_in", "not_back", "silence", "high_risk", "panel", "duress"}
		}
		for _, kind := range kinds {
			switch t := template(tag, purpose, kind, example(purpose)); {
			case t.Name == "":
			case t.Alarm:
				alarms = append(alarms, t)
			default:
				rest = append(rest, t)
			}
		}
	}
	return append(alarms, rest...)
}

// example is what a message of the purpose could be about.
func example(purpose string) map[string]any {
	at := time.Date(2026, 11, 22, 12, 5, 0, 0, time.UTC)
	facts := map[string]any{
		"Org": "Northfield Care", "Who": "Margaret Atkinson", "By": "Jonathan Whitfield", "Phone": "+44 7700 900123", "At": at,
		"Percent": "14", "Outcome": "false", "Kind": "missed_check_in", "Since": at,
	}
	switch topic, _, _ := strings.Cut(purpose, "_"); topic {
	case "alarm":
		facts["Workspace"], facts["Back"] = "Depot 2", at
	case "rota":
		facts["Rota"], facts["From"], facts["Till"] = "Night duty", at, at.Add(8*time.Hour)
	case "request", "director":
		facts["Reference"], facts["Subject"] = "R-2026-000123", "Numbering of invoices"
	case "wire":
		facts["Wire"] = "Centre 1"
	case "grant":
		facts["Staff"], facts["Reason"], facts["News"], facts["Stage"], facts["Until"] = "Oliver Bennett", "support", "approved", "open", at.Add(8*time.Hour)
	case "staff":
		facts["Staff"], facts["Till"], facts["Proof"], facts["Address"] = "Oliver Bennett", at.AddDate(0, 0, 14), "background", "m…@example.org"
	case "address":
		facts["Address"], facts["Why"] = "m…@example.org", "unknown"
	case "shift", "contact", "sign":
		facts["Until"] = at
	}
	return facts
}

func template(tag lang.Tag, purpose, kind string, facts map[string]any) *Template {
	w := purposes[purpose]
	t := &Template{Name: purpose, Lang: tag, Alarm: w.alarm, Link: line(facts["Link"])}
	key := "message." + purpose
	if kind != "" {
		key, t.Name = key+"."+kind, t.Name+"_"+kind
	}
	t.Name = "muster_" + t.Name + "_" + strconv.Itoa(max(1, editions[t.Name]))
	if conversational[purpose] {
		t.Name, t.Text = "", tag.Text(key+".short", arguments(tag, facts, lang.Clock))
		return t
	}
	if w.act {
		t.Take, t.Close = tag.Text("whatsapp.take", nil), tag.Text("whatsapp.close", nil)
		t.Open, t.Link = tag.Text("whatsapp.board", nil), line(facts["Board"])
	} else {
		t.Open = tag.Text("whatsapp.open", nil)
	}
	values := arguments(tag, facts, lang.Clock)
	if drill, _ := facts["Drill"].(bool); drill {
		values["Org"] = tag.Text("message.drill.short", map[string]any{"Text": orDash(values["Org"])})
	}
	t.fill(frame(tag, key, w.next), values, details(tag, facts))
	t.say(tag)
	return t
}

// mark stands where a value goes until it has its number. No text that people
// have written comes near it: it only meets the catalogue.
var mark = regexp.MustCompile("\x02([A-Za-z]+)\x03")

// frame is the text with its marks. It neither begins nor ends with a value,
// and has words enough around them, or Meta would refuse it.
func frame(tag lang.Tag, key string, next bool) string {
	marks := map[string]any{}
	for _, name := range [...]string{
		"Org", "Who", "By", "Rota", "Text", "Wire", "Percent", "At", "Since", "Until", "Back", "From", "Till", "What", "Outcome", "Address", "Why", "Details",
		"Staff", "Reason", "News", "Standing", "Proof",
	} {
		marks[name] = "\x02" + name + "\x03"
	}
	parts := []string{
		tag.Text("whatsapp.head", marks) + "\n*" + strings.TrimSpace(tag.Text(key+".lead", marks)) + "*",
		tag.Text("whatsapp.details", marks),
	}
	if next {
		parts = append(parts, tag.Text(key+".next", marks))
	}
	return strings.Join(append(parts, tag.Text("whatsapp.end", nil)), "\n\n")
}

// fill numbers the marks in their order and puts down what stands there.
func (t *Template) fill(frame string, values map[string]any, details string) {
	last, room := -1, bodyMost-utf8.RuneCountInString(frame)
	t.Body = mark.ReplaceAllStringFunc(frame, func(m string) string {
		name := mark.FindStringSubmatch(m)[1]
		value := clipped(orDash(values[name]), valueMost)
		if name == "Details" {
			last, value = len(t.Values), details
		} else {
			room -= utf8.RuneCountInString(value)
		}
		t.Values = append(t.Values, value)
		return "{{" + strconv.Itoa(len(t.Values)) + "}}"
	})
	if last >= 0 {
		t.Values[last] = clipped(orDash(details), max(1, min(room, detailsMost)))
	}
}

var numbered = regexp.MustCompile(`\{\{[0-9]+\}\}`)

// say writes the whole text: the body without what nobody knows, and where to
// go.
func (t *Template) say(tag lang.Tag) {
	n := 0
	text := numbered.ReplaceAllStringFunc(t.Body, func(string) string {
		n++
		return t.Values[n-1]
	})
	parts := strings.Split(text, "\n\n")
	unknown := tag.Text("whatsapp.details", map[string]any{"Details": nil})
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == unknown || p == tag.Text("whatsapp.end", nil) })
	if t.Link != "" {
		parts = append(parts, tag.Text("message.row", map[string]any{"Label": t.Open, "Value": t.Link}))
	}
	t.Text = strings.Join(parts, "\n\n")
}

// details are the facts below the first sentence, in one line.
func details(tag lang.Tag, facts map[string]any) string {
	var all []string
	for _, r := range rows(tag, facts) {
		if r.name != "who" && r.name != "by" {
			all = append(all, r.Line)
		}
	}
	return strings.Join(all, " · ")
}

func orDash(v any) string {
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	return "–"
}

var spaces = regexp.MustCompile(` {2,}`)

// clipped is a value as Meta takes it: one line, without runs of spaces, and
// no longer than there is room.
func clipped(s string, most int) string {
	s = spaces.ReplaceAllString(s, " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
