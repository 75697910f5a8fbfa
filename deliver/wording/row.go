package wording

import (
	htmltemplate "html/template"
	"time"

	"muster/lang"
)

// rows are the facts below the first sentence, those that are there, always
// in the same order. Times carry date, seconds and offset here, while the
// sentences say only the time of day.
func rows(tag lang.Tag, facts map[string]any) []row {
	var out []row
	add := func(name, value string, href htmltemplate.URL) {
		if value != "" {
			label := tag.Text("message.fact."+name, nil)
			if name == "who" && (facts["Address"] != nil || facts["Reference"] != nil || facts["Contact"] != nil) {
				label = tag.Text("message.fact.person", nil) // who has a dead address or asks something of support, working alone or not
			}
			line := tag.Text("message.row", map[string]any{"Label": label, "Value": value})
			out = append(out, row{name, label, value, line, href})
		}
	}
	loc := zone(facts)
	exact := func(name string) string {
		at, ok := moment(facts[name])
		if !ok {
			return ""
		}
		return tag.Time(at, loc, lang.Exact)
	}
	add("who", line(facts["Who"]), "")
	add("staff", line(facts["Staff"]), "")
	add("reason", reason(tag, facts), "")
	add("request", line(facts["Request"]), "")
	if seconds, ok := facts["Lasts"].(float64); ok { // as JSON has numbers
		add("lasts", tag.Duration(time.Duration(seconds)*time.Second), "")
	}
	if phone := line(facts["Phone"]); facts["Kind"] != "duress" { // somebody else may answer
		add("phone", phone, htmltemplate.URL("tel:"+dialled(phone)))
	}
	add("forward", line(facts["Forward"]), "")
	add("workspace", line(facts["Workspace"]), "")
	add("place", line(facts["Place"]), "")
	add("rota", line(facts["Rota"]), "")
	add("wire", line(facts["Wire"]), "")
	add("began", exact("Began"), "")
	add("from", exact("From"), "")
	add("till", exact("Till"), "")
	add("more_gaps", line(facts["More"]), "")
	add("note", line(facts["Note"]), "")
	add("by", line(facts["By"]), "")
	add("at", exact("At"), "")
	add("since", exact("Since"), "")
	add("until", exact("Until"), "")
	add("next", exact("Next"), "")
	return out
}
