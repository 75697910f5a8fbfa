package wording_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/deliver/wording"
	"muster/lang"
	"muster/lang/gsm"
)

// awkward are names that a short text has to bear.
var awkward = []string{
	"Hélène de Beauséjour-Crête",
	"Екатерина Константиновна Преображенская",
	"Δημήτρης Παπαδημητρακόπουλος",
	"👷🏽 Aino 🇫🇮 Virtanen",
	"👷🏽👷🏽👷🏽",
	"王小明",
	"Maria del Pilar Sanchez de las Heras y Fernandez-Villaverde",
	"Hubert Blaine Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
	"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
	"[~^{|}~] €€€€€€€€€€€€€€€€€€€€€€€€",
}

// urgent tells whether a text calls somebody to help.
func urgent(purpose string) bool {
	return strings.HasPrefix(purpose, "alarm_") || strings.HasPrefix(purpose, "case_")
}

// Messages of alarms with names that are too long, or too dear, as they leave.
func TestMessagesOfAlarmsWithAwkwardNames(t *testing.T) {
	for _, tag := range lang.Supported() {
		var b strings.Builder
		each(func(name string, of lang.Tag, purpose string, facts map[string]any) {
			if of != tag || !urgent(purpose) {
				return
			}
			for _, who := range awkward[:8] {
				facts["Who"] = who
				text := render(t, tag, purpose, facts)
				fmt.Fprintf(&b, "%s\n%s\n", strings.TrimSuffix(name, "."+string(tag)), text)
			}
		})
		golden(t, "awkward."+string(tag)+".sms.txt", b.String())
	}
}

func render(t testing.TB, tag lang.Tag, purpose string, facts map[string]any) string {
	t.Helper()
	_, text, _, err := wording.Render(tag, purpose, facts, "sms")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Whatever people are called, whoever is called to an alarm gets one part with
// the whole link and something to know the worker by.
func TestOA4AlarmFitsOnePartWhateverTheNames(t *testing.T) {
	names := rapid.OneOf(
		rapid.SampledFrom(awkward),
		rapid.StringN(1, 200, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("абвгдежзийклмнопрстуфхцчшщъыьэюяЩЖЮ іїєґ-")), 1, 120, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("aäö êçœłđß€[]{}😀👷🏽'’-. ")), 1, 200, -1),
	)
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		if !urgent(purpose) {
			return
		}
		rapid.Check(t, func(t *rapid.T) {
			for _, fact := range []string{"Who", "By", "Org"} {
				if facts[fact] != nil {
					facts[fact] = names.Draw(t, fact)
				}
			}
			_, text, _, err := wording.Render(tag, purpose, facts, "sms")
			if err != nil {
				t.Fatal(err)
			}
			if size := gsm.Measure(text); size.Parts != 1 {
				t.Errorf("%s: %+v: %s", name, size, text)
			}
			if link := facts["Link"].(string); !strings.Contains(text, link) {
				t.Errorf("%s: the link is not whole: %s", name, text)
			}
			if strings.Contains(text, "message.") {
				t.Errorf("%s: a text is missing: %s", name, text)
			}
		})
	})
}

// A name is spelled as it is where that costs nothing.
func TestAShortTextKeepsTheSpellingThatItCanAfford(t *testing.T) {
	facts := map[string]any{"Text": "Здравствуйте, êç"}
	if text := render(t, lang.English, "text_reply", facts); text != facts["Text"] {
		t.Errorf("%q", text)
	}
}
