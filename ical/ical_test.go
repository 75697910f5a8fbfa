package ical

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"
)

// difficult is what a calendar has to carry through unharmed.
func difficult() []Event {
	from := time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC)
	return []Event{
		{UID: "rta_1-a@muster", Revision: 7, From: from, To: from.Add(23 * time.Hour), Summary: "Mäkinen, Öhman; Lefèvre \\ Çelik", Note: "First line\nSecond: a;b,c"},
		{UID: "rta_1-b@muster", Revision: 7, From: from.Add(23 * time.Hour), To: from.Add(47 * time.Hour), Summary: strings.Repeat("Äijänsuo 🦺 ", 30), Note: ""},
		{UID: "rta_1-c@muster", Revision: 8, From: from.Add(47 * time.Hour), To: from.Add(48 * time.Hour), Summary: "BEGIN:VEVENT\r\nSUMMARY:forged", Note: "END:VCALENDAR"},
	}
}

// want is what a reader should find for each event.
func want(e Event) [5]string {
	one := func(s string) string {
		return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	}
	return [5]string{e.UID, e.From.Format(time.RFC3339), e.To.Format(time.RFC3339), one(e.Summary), one(e.Note)}
}

func TestTwoForeignParsersReadBackWhatWasWritten(t *testing.T) {
	events := difficult()
	raw := Calendar{Name: "Yöpäivystys", Of: "Rota", Language: "fi", At: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC), Events: events}.Bytes()
	t.Run("golang-ical", func(t *testing.T) {
		cal, err := ics.ParseCalendar(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		got := cal.Events()
		if len(got) != len(events) {
			t.Fatalf("%d events, want %d", len(got), len(events))
		}
		for i, e := range got {
			from, err := e.GetStartAt()
			if err != nil {
				t.Fatal(err)
			}
			to, err := e.GetEndAt()
			if err != nil {
				t.Fatal(err)
			}
			value := func(p ics.ComponentProperty) string {
				if v := e.GetProperty(p); v != nil {
					return strings.TrimSpace(v.Value)
				}
				return ""
			}
			have := [5]string{e.Id(), from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), value(ics.ComponentPropertySummary), value(ics.ComponentPropertyDescription)}
			if have != want(events[i]) {
				t.Errorf("got  %q\nwant %q", have, want(events[i]))
			}
		}
	})
	t.Run("ical.js", func(t *testing.T) { readByNode(t, raw, events) })
}

// reader prints what ical.js finds, as JSON.
const reader = `
import ICAL from "ical.js";
const cal = new ICAL.Component(ICAL.parse(await new Response(process.stdin).text()));
console.log(JSON.stringify({
  name: cal.getFirstPropertyValue("name"),
  events: cal.getAllSubcomponents("vevent").map((c) => {
    const e = new ICAL.Event(c);
    const at = (t) => t.toJSDate().toISOString().replace(".000Z", "Z");
    return { row: [e.uid, at(e.startDate), at(e.endDate), e.summary, e.description ?? ""], sequence: e.sequence };
  }),
}));`

func readByNode(t *testing.T, raw []byte, events []Event) {
	t.Helper()
	peers, err := filepath.Abs("../mustertest/peer")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(peers, "node_modules", "ical.js")); err != nil {
		t.Fatalf("not read by ical.js, which is not installed (make peers): %v", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("not read by ical.js: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", reader)
	cmd.Dir, cmd.Stdin = peers, strings.NewReader(string(raw))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ical.js: %v", err)
	}
	var read struct {
		Name   string
		Events []struct {
			Row      [5]string
			Sequence int64
		}
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if read.Name != "Yöpäivystys" || len(read.Events) != len(events) {
		t.Fatalf("read %+v", read)
	}
	for i, e := range read.Events {
		e.Row[3], e.Row[4] = strings.TrimSpace(e.Row[3]), strings.TrimSpace(e.Row[4])
		if e.Row != want(events[i]) || e.Sequence != events[i].Revision {
			t.Errorf("got  %q %d\nwant %q", e.Row, e.Sequence, want(events[i]))
		}
	}
}

// Whatever names and notes say: lines of at most 75 octets that end in CRLF,
// whole characters, and no line but ours begins a component.
func TestNoTextBreaksOutOfItsLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := difficult()[0]
		e.Summary, e.Note = rapid.String().Draw(t, "summary"), rapid.String().Draw(t, "note")
		raw := string(Calendar{Name: rapid.String().Draw(t, "name"), Of: "Rota", Language: "en", At: e.From, Events: []Event{e}}.Bytes())
		if !strings.HasSuffix(raw, "END:VCALENDAR\r\n") || strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\r") || strings.Count(raw, "\n") != strings.Count(raw, "\r\n") {
			t.Fatalf("line ends: %q", raw)
		}
		begins := 0
		for line := range strings.SplitSeq(raw, "\r\n") {
			if len(line) > lineOctets || !utf8.ValidString(line) {
				t.Fatalf("%d octets: %q", len(line), line)
			}
			if strings.HasPrefix(line, "BEGIN:") {
				begins++
			}
		}
		if begins != 2 {
			t.Fatalf("%d components:\n%s", begins, raw)
		}
		cal, err := ics.ParseCalendar(strings.NewReader(raw))
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		clean := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' {
				return -1
			}
			return r
		}, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Summary))
		if got := cal.Events()[0].GetProperty(ics.ComponentPropertySummary).Value; got != clean {
			t.Fatalf("summary %q read back as %q", clean, got)
		}
	})
}
