package wording_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"muster/deliver/wording"
	"muster/lang"
)

var place = regexp.MustCompile(`\{\{(\d+)\}\}`)

// Meta refuses templates that break these rules (message template guidelines).
func TestTemplatesAreWhatMetaApproves(t *testing.T) {
	for _, tag := range lang.Supported() {
		seen := map[string]bool{}
		var all strings.Builder
		for _, m := range wording.Templates(tag) {
			if !regexp.MustCompile(`^[a-z0-9_]{1,512}$`).MatchString(m.Name) || seen[m.Name] || m.Lang != tag {
				t.Errorf("%s: name %q, language %s", tag, m.Name, m.Lang)
			}
			seen[m.Name] = true
			numbers := place.FindAllStringSubmatch(m.Body, -1)
			for i, n := range numbers {
				if n[1] != fmt.Sprint(i+1) {
					t.Errorf("%s %s: value %d stands as %s", tag, m.Name, i+1, n[0])
				}
			}
			bare := strings.TrimRight(m.Body, ".!? *")
			words := strings.Fields(place.ReplaceAllString(m.Body, " "))
			switch {
			case len(numbers) != len(m.Values):
				t.Errorf("%s %s: %d places for %d values", tag, m.Name, len(numbers), len(m.Values))
			case strings.HasPrefix(m.Body, "{{"), strings.HasSuffix(bare, "}}"), strings.Contains(m.Body, "}} {{"), strings.Contains(m.Body, "}}{{"):
				t.Errorf("%s %s: a value begins or ends it, or stands beside another: %s", tag, m.Name, m.Body)
			case len(words) < 2*len(numbers)+1:
				t.Errorf("%s %s: %d words are too few for %d values: %s", tag, m.Name, len(words), len(numbers), m.Body)
			case utf8.RuneCountInString(m.Body) > 550:
				t.Errorf("%s %s: %d characters leave too little room for values", tag, m.Name, utf8.RuneCountInString(m.Body))
			case strings.Contains(m.Body, "whatsapp."), strings.Contains(m.Body, "message."), strings.ContainsAny(m.Body, "\x02\x03"):
				t.Errorf("%s %s: something is missing: %s", tag, m.Name, m.Body)
			}
			for _, button := range []string{m.Take, m.Close, m.Open} {
				if utf8.RuneCountInString(button) > 20 {
					t.Errorf("%s %s: button %q is too long", tag, m.Name, button)
				}
			}
			if m.Open == "" || (m.Take == "") != (m.Close == "") {
				t.Errorf("%s %s: buttons %q %q %q", tag, m.Name, m.Take, m.Close, m.Open)
			}
			fmt.Fprintf(&all, "== %s: %s\n%s\n[%s] [%s] [%s]\n\n", m.Name, strings.Join(m.Values, " | "), m.Body, m.Take, m.Close, m.Open)
		}
		golden(t, "templates."+string(tag)+".whatsapp.txt", all.String())
	}
}

func TestOA6WhatsAppSaysWhatItIsAndLinksToTheBoard(t *testing.T) {
	says := map[lang.Tag]map[string]string{
		lang.English: {"help": "called for help", "missed_check_in": "did not check in"},
		lang.Finnish: {"help": "pyysi apua", "missed_check_in": "ei ole ottanut yhteyttä"},
		lang.French:  {"help": "appelé à l’aide", "missed_check_in": "n’a pas pointé"},
	}
	for _, tag := range lang.Supported() {
		for kind, words := range says[tag] {
			f := facts(tag, "alarm_raised")
			f["Kind"], f["Board"] = kind, "https://muster.example.org/board"
			m := wording.WhatsApp(tag, "alarm_raised", f)
			if !strings.Contains(m.Body, words) || !strings.Contains(m.Text, f["Board"].(string)) || m.Link != f["Board"] || !strings.HasSuffix(m.Name, kind+"_1") {
				t.Errorf("%s %s: %+v", tag, kind, m)
			}
			if !strings.Contains(m.Text, f["Who"].(string)) || m.Take == "" || m.Close == "" {
				t.Errorf("%s %s: who, or a button, is missing: %+v", tag, kind, m)
			}
			if english := m.Instead; tag != lang.English && (english == nil || english.Lang != lang.English || !strings.Contains(english.Body, says[lang.English][kind])) {
				t.Errorf("%s %s: instead %+v", tag, kind, english)
			}
		}
	}
}

func TestAValueIsWhatMetaTakes(t *testing.T) {
	f := facts(lang.English, "alarm_raised")
	f["Who"] = strings.Repeat("Eve {{3}}\n\t    x ", 50)
	f["Note"] = strings.Repeat("ä ", 2000)
	f["Drill"] = true
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []map[string]any{nil, f, {"Who": 7}, {"Facts": data}} {
		for _, p := range purposes {
			m := wording.WhatsApp(lang.French, p, given)
			long := utf8.RuneCountInString(m.Body)
			for _, v := range m.Values {
				if long += utf8.RuneCountInString(v); v == "" || strings.ContainsAny(v, "\n\t\r\x02\x03") || strings.Contains(v, "  ") {
					t.Errorf("%s: value %q", p, v)
				}
			}
			if long > 1024 || utf8.RuneCountInString(m.Text) > 1024 {
				t.Errorf("%s: %d characters, %d in all", p, long, utf8.RuneCountInString(m.Text))
			}
		}
	}
}

func TestADrillSaysSoByWhatsApp(t *testing.T) {
	f := facts(lang.Finnish, "alarm_raised")
	f["Drill"] = true
	if m := wording.WhatsApp(lang.Finnish, "alarm_raised", f); !strings.HasPrefix(m.Text, "Muster · HARJOITUS") || !strings.Contains(m.Values[0], "HARJOITUS") {
		t.Errorf("%s\n%v", m.Text, m.Values)
	}
}
