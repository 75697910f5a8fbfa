package calendar

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
func difficult() []event {
	from := time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC)
	return []event{
		{uid: "rta_1-a@muster", revision: 7, from: from, to: from.Add(23 * time.Hour), summary: "Mäkinen, Öhman; Lefèvre \\ Çelik", note: "First line\nSecond: a;b,c"},
		{uid: "rta_1-b@muster", revision: 7, from: from.Add(23 * time.Hour), to: from.Add(47 * time.Hour), summary: strings.Repeat("Äijänsuo 🦺 ", 30), note: ""},
		{uid: "rta_1-c@muster", revision: 8, from: from.Add(47 * time.Hour), to: from.Add(48 * time.Hour), summary: "BEGIN:VEVENT\r\nSUMMARY:forged", note: "END:VCALENDAR"},
	}
}

// want is what a reader should find for each event.
func want(e event) [5]string {
	one := func(s string) string {
		return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	}
	return [5]string{e.uid, e.from.Format(time.RFC3339), e.to.Format(time.RFC3339), one(e.summary), one(e.note)}
}

func TestTwoForeignParsersReadBackWhatWasWritten(t *testing.T) {
	events := difficult()
	raw := write("Yöpäivystys", "fi", time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC), events)
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

func readByNode(t *testing.T, raw []byte, events []event) {
	t.Helper()
	web, err := filepath.Abs("../../../web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules", "ical.js")); err != nil {
		t.Fatalf("not read by ical.js, which is not installed: %v", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("not read by ical.js: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", reader)
	cmd.Dir, cmd.Stdin = web, strings.NewReader(string(raw))
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
		if e.Row != want(events[i]) || e.Sequence != events[i].revision {
			t.Errorf("got  %q %d\nwant %q", e.Row, e.Sequence, want(events[i]))
		}
	}
}

// Whatever names and notes say: lines of at most 75 octets that end in CRLF,
// whole characters, and no line but ours begins a component.
func TestNoTextBreaksOutOfItsLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := difficult()[0]
		e.summary, e.note = rapid.String().Draw(t, "summary"), rapid.String().Draw(t, "note")
		raw := string(write(rapid.String().Draw(t, "name"), "en", e.from, []event{e}))
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
		}, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.summary))
		if got := cal.Events()[0].GetProperty(ics.ComponentPropertySummary).Value; got != clean {
			t.Fatalf("summary %q read back as %q", clean, got)
		}
	})
}
