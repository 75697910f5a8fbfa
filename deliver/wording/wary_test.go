package wording_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/deliver/wording"
	"muster/lang"
)

func TestFactsSurviveJSON(t *testing.T) {
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		_, want, _, _ := wording.Render(tag, purpose, facts, "email")
		data, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]any
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if _, got, _, _ := wording.Render(tag, purpose, back, "email"); got != want {
			t.Errorf("%s: after a round through JSON (-want +got):\n%s", name, cmp.Diff(want, got))
		}
	})
}

func TestWhatPeopleWroteCannotBreakOut(t *testing.T) {
	f := facts(lang.English, "alarm_raised")
	f["Who"] = "Eve\r\nBcc: all@example.org\u202e<script>alert(1)</script>\x00"
	f["Link"] = "javascript:alert(1)"
	subject, text, html, err := wording.Render(lang.English, "alarm_raised", f, "email")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(subject, "\r\n\x00\u202e") {
		t.Errorf("subject %q", subject)
	}
	if strings.Contains(text, "\nBcc") || strings.Contains(text, "\u202e") {
		t.Errorf("text %q", text)
	}
	if strings.Contains(html, "<script>") || strings.Contains(html, `href="javascript`) {
		t.Errorf("html %s", html)
	}
	_, short, _, _ := wording.Render(lang.English, "alarm_raised", f, "sms")
	if strings.ContainsAny(short, "\r\n\x00\u202e") {
		t.Errorf("short %q", short)
	}
}

// A fact may be forgotten by whoever raises an alarm; the message goes out.
func TestMissingFactsDoNotKeepAMessageBack(t *testing.T) {
	for _, p := range purposes {
		for _, channel := range []string{"email", "sms", "whatsapp", "webpush"} {
			for _, f := range []map[string]any{nil, {"Who": 7, "At": "yesterday", "Zone": "Nowhere", "Kind": "x", "Drill": "y"}} {
				_, text, _, err := wording.Render(lang.English, p, f, channel)
				if err != nil || text == "" {
					t.Errorf("%s %s: %q, %v", p, channel, text, err)
				}
			}
		}
	}
}

func TestUnknownPurposeOrChannelIsAnError(t *testing.T) {
	for _, c := range [][2]string{{"nonsense", "email"}, {"test", "pigeon"}} {
		if _, _, _, err := wording.Render(lang.English, c[0], nil, c[1]); err == nil {
			t.Errorf("%v: no error", c)
		}
	}
}
