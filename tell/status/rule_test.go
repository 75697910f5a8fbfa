package status_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/status"
	"muster/tell/told"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// said makes a word that was let go.
func said(which id.Notice, n int, kind notice.Kind, state notice.State, phrase string, at time.Time, parts ...id.Component) notice.Word {
	return notice.Word{
		Notice: which, N: n, State: state, Phrase: phrase, Words: "secret of customer-1", ByName: "Olga", Released: at,
		After: notice.Notice{Kind: kind, Components: parts, OwnerName: "Olga", Phone: "+358401"},
	}
}

func maintenance(n int, state notice.State, phrase string, at, from, till time.Time) notice.Word {
	w := said("ntc_0192f4d8c3a07b6e9d21a4b5c6d7e8f9", n, notice.Maintenance, state, phrase, at, "cmp_a")
	w.After.From, w.After.Till = from, till
	return w
}

var board = []component.Component{{ID: "cmp_a", Name: "Board", Public: true}, {ID: "cmp_b", Parent: "cmp_a", Name: "Only for Nordwerk"}}

// What everybody sees is of public parts and approved sentences, whatever else
// was said.
func TestNotice10NothingButPublicPartsAndApprovedSentencesIsPublic(t *testing.T) {
	words := []notice.Word{
		said("ntc_1", 1, notice.Incident, notice.Investigating, "slow", noon.Add(-time.Hour), "cmp_a", "cmp_b"),
		said("ntc_1", 2, notice.Incident, notice.Identified, "known", noon, "cmp_b"),
		said("ntc_2", 1, notice.Incident, notice.Investigating, "slow", noon, "cmp_b"),
	}
	all := status.Public(board, words)
	if len(all) != 1 || len(all[0].Words) != 2 || !all[0].Over() {
		t.Fatalf("%+v", all)
	}
	shown := fmt.Sprintf("%+v", all)
	for _, secret := range []string{"Nordwerk", "cmp_b", "secret", "Olga", "+358"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is public: %s", secret, shown)
		}
	}
	sheet, err := status.Lay(board, status.Shown(board), all, noon, time.UTC)
	if err != nil || len(sheet.Parts) != 1 || sheet.Parts[0].Level != status.Well || sheet.Parts[0].Bad != 1 || len(sheet.Past) != 1 {
		t.Errorf("%+v %v", sheet, err)
	}
}

// A public part below one that is not shown does not name it.
func TestNotice10WhatContainsAPublicPartIsNotNamed(t *testing.T) {
	known := []component.Component{{ID: "cmp_x", Name: "Nordwerk"}, {ID: "cmp_y", Parent: "cmp_x", Name: "Mail", Public: true}}
	if shown := status.Shown(known); len(shown) != 1 || shown[0].Path != "Mail" {
		t.Errorf("%+v", shown)
	}
}

// Notices row 10: in any world of 500 organisations, what one of them sees in
// its page and in each of its feeds names nothing of another.
func TestBS5Notice10AnOrganisationSeesNothingOfAnother(t *testing.T) {
	const many = 500
	known := []component.Component{{ID: "cmp_all", Name: "Shared"}}
	for i := range many {
		known = append(known, component.Component{ID: id.Component(fmt.Sprint("cmp_", i)), Parent: "cmp_all", Name: fmt.Sprintf("Machine<%d>", i)})
	}
	rapid.Check(t, func(t *rapid.T) {
		var words []notice.Word
		for n := range rapid.IntRange(1, 6).Draw(t, "notices") {
			var parts []id.Component
			for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(-1, many-1), 1, 10, rapid.ID[int]).Draw(t, "parts") {
				part := id.Component("cmp_all")
				if p >= 0 {
					part = id.Component(fmt.Sprint("cmp_", p))
				}
				parts = append(parts, part)
			}
			words = append(words, said(id.Notice(fmt.Sprint("ntc_", n)), 1, notice.Incident, notice.Investigating, "slow", noon, parts...))
		}
		me := rapid.IntRange(0, many-1).Draw(t, "me")
		own := id.Component(fmt.Sprint("cmp_", me))
		var heard []told.Told
		concerned := 0
		for _, w := range words {
			if slices.Contains(w.After.Components, own) || slices.Contains(w.After.Components, id.Component("cmp_all")) {
				concerned++
				heard = append(heard, told.Told{Notice: w.Notice, N: 1})
			}
		}
		all, err := status.Own(known, []component.Installation{{Component: own}}, heard, words)
		if err != nil || len(all) != concerned {
			t.Fatalf("%d of %d: %v", len(all), concerned, err)
		}
		seen := fmt.Sprintf("%+v", all)
		for format := range status.Formats {
			body, _, _, err := feed(all).As(format)
			if err != nil {
				t.Fatal(err)
			}
			seen += string(body)
		}
		for i := range many {
			if i != me && (strings.Contains(seen, fmt.Sprintf("Machine<%d>", i)) || strings.Contains(seen, fmt.Sprintf("Machine&lt;%d&gt;", i))) {
				t.Fatalf("organisation %d sees machine %d: %s", me, i, seen)
			}
		}
	})
}

// What an organisation was not told does not stand on its page.
func TestBS5Notice10WhatWasNotToldIsNotShown(t *testing.T) {
	words := []notice.Word{said("ntc_1", 1, notice.Incident, notice.Investigating, "slow", noon, "cmp_a")}
	all, err := status.Own(board, []component.Installation{{Component: "cmp_a"}}, nil, words)
	if err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

// Notices row 12: a promise that is late shows as overdue.
func TestNotice12ABrokenPromiseShowsAsOverdue(t *testing.T) {
	w := said("ntc_1", 1, notice.Incident, notice.Investigating, "slow", noon, "cmp_a")
	w.After.Promised = noon.Add(time.Hour)
	i := status.Public(board, []notice.Word{w})[0]
	if i.Overdue(w.After.Promised.Add(notice.Late - 1)) {
		t.Error("overdue too early")
	}
	if !i.Overdue(w.After.Promised.Add(notice.Late)) {
		t.Error("not overdue")
	}
}

func feed(all []status.Item) status.Feed {
	return status.Feed{
		Title: "Ärger & <Muster>", Self: "https://muster.example/status/feed.x", Home: "https://muster.example/status", Language: lang.English, Items: all,
		Link: func(n id.Notice) string { return "https://muster.example/status#" + string(n) },
	}
}

// reader prints what parsers of others find: two of calendars, one of feeds.
const reader = `
import ICAL from "ical.js"; import ical from "node-ical"; import { parseFeed } from "feedsmith";
const [calendars, atom, json] = JSON.parse(await new Response(process.stdin).text());
const iso = (d) => new Date(d).toISOString().replace(".000Z", "Z");
const a = calendars.map((raw) => new ICAL.Component(ICAL.parse(raw)).getAllSubcomponents("vevent").map((c) => {
  const e = new ICAL.Event(c);
  return [e.uid, String(e.sequence), iso(e.startDate.toJSDate()), iso(e.endDate.toJSDate()), c.getFirstPropertyValue("status")]; }));
const b = calendars.map((raw) => Object.values(ical.sync.parseICS(raw)).filter((e) => e.type === "VEVENT")
  .map((e) => [e.uid, String(e.sequence), iso(e.start), iso(e.end), e.status]));
const f = parseFeed(atom), j = parseFeed(json);
console.log(JSON.stringify({ a, b, atom: [f.format, f.feed.title?.value ?? f.feed.title, String(f.feed.entries.length), f.feed.entries[0].id], json: [j.format, j.feed.title, String(j.feed.items.length), j.feed.items[0].id] }));`

// Notices rows 13 and 27: the same entry moves and is called off in two calendar
// programs by others, and a reader by others reads both feeds.
func TestNotice13And27ProgramsOfOthersReadWhatIsSent(t *testing.T) {
	from, till := noon.Add(48*time.Hour), noon.Add(50*time.Hour)
	words := []notice.Word{
		maintenance(1, notice.Planned, "off", noon, from, till),
		maintenance(2, notice.Planned, "moved", noon.Add(time.Hour), from.Add(24*time.Hour), till.Add(24*time.Hour)),
		maintenance(3, notice.Cancelled, "cancelled", noon.Add(2*time.Hour), from.Add(24*time.Hour), till.Add(24*time.Hour)),
	}
	sent := []any{}
	var calendars []string
	for n := range words {
		body, _, _, err := feed(status.Public(board, words[:n+1])).As("ics")
		if err != nil {
			t.Fatal(err)
		}
		calendars = append(calendars, string(body))
	}
	sent = append(sent, calendars)
	for _, format := range []string{"atom", "json"} {
		body, _, changed, err := feed(status.Public(board, words)).As(format)
		if err != nil || !changed.Equal(noon.Add(2*time.Hour)) {
			t.Fatal(changed, err)
		}
		sent = append(sent, string(body))
	}
	in, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	peers, err := filepath.Abs("../../mustertest/peer")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", reader)
	cmd.Dir, cmd.Stdin = peers, bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node and the packages of mustertest/peer are needed (make peers): %v\n%s", err, out)
	}
	var read struct {
		A, B       [][][5]string
		Atom, JSON [4]string
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	stamp := func(at time.Time) string { return at.Format(time.RFC3339) }
	uid, day := "ntc_0192f4d8c3a07b6e9d21a4b5c6d7e8f9@muster", 24*time.Hour
	want := [][][5]string{
		{{uid, "1", stamp(from), stamp(till), "CONFIRMED"}},
		{{uid, "2", stamp(from.Add(day)), stamp(till.Add(day)), "CONFIRMED"}},
		{{uid, "3", stamp(from.Add(day)), stamp(till.Add(day)), "CANCELLED"}},
	}
	for name, got := range map[string][][][5]string{"ical.js": read.A, "node-ical": read.B} {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s read %v\nwant %v", name, got, want)
		}
	}
	urn := "urn:uuid:0192f4d8-c3a0-7b6e-9d21-a4b5c6d7e8f9"
	if read.Atom != [4]string{"atom", "Ärger & <Muster>", "1", urn} || read.JSON != [4]string{"json", "Ärger & <Muster>", "1", urn} {
		t.Errorf("feeds were read as %v and %v", read.Atom, read.JSON)
	}
}
