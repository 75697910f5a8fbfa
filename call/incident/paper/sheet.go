package paper

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/call/incident"
	"muster/lang"
	"muster/ledger"
)

// Sheet is a record in words, ready to be drawn.
type Sheet struct {
	Lang         lang.Tag
	Organisation string
	Title        string
	Number       string // of the incident, with its word
	Made         time.Time
	Facts        []Pair
	Closing      string // the sentence it was closed with
	ClosedBy     string
	Parts        []Part
	Proof        []Pair
	ProofText    string
	Checkpoint   string // as it was signed, to be drawn line by line
	Printed      string
	page         string // a text with two holes: which page, and of how many
}

// Pair is a fact with its name.
type Pair struct{ Name, Value string }

// Part is one table of the record.
type Part struct {
	Title string
	Note  string // stands where there are no rows
	Head  []string
	Width []float64 // shares of the line
	Rows  []Row
}

// Row is one line of a table, with what belongs under it.
type Row struct {
	Cells []string
	Under []string // below the last cell, each on a line of its own
}

// Print is who takes the record out of the house, when, and what the book says
// about itself at that time.
type Print struct {
	By         string
	At         time.Time
	Checkpoint string // a signed note
	Key        string // the public key that verifies it
}

// Of words a record.
func Of(rd Reader, r incident.Record, p Print) Sheet {
	t := func(key string, pairs ...any) string {
		args := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			args[pairs[i].(string)] = pairs[i+1]
		}
		return rd.Tag.Text(key, args)
	}
	s := Sheet{
		Lang: rd.Tag, Organisation: r.Organisation, Made: p.At,
		Title: t("web.incident.of", "Name", r.Alarm.WorkerName), Number: Number(rd.Tag, r),
		Facts: rd.facts(r), Closing: r.Alarm.Closing, ClosedBy: r.Alarm.Closed.Name,
		Printed: t("incident.printed_by", "Name", p.By, "At", rd.at(p.At, lang.Exact)),
		page:    t("incident.page", "Page", "%d", "Of", pagesAlias),
	}
	s.Parts = []Part{rd.people(r), rd.ticks(r), rd.story(r), rd.trail(r)}
	s.ProofText = t("incident.proof_text")
	s.Proof = []Pair{
		{t("incident.proof_entries"), numbers(r.Entries)},
		{t("incident.proof_key"), p.Key},
		{t("incident.proof_checkpoint"), ""},
	}
	s.Checkpoint = p.Checkpoint
	return s
}

// Number names the incident by its number.
func Number(tag lang.Tag, r incident.Record) string {
	if name := r.Name(); name != "" {
		return tag.Text("incident.number", map[string]any{"Number": name})
	}
	return tag.Text("web.incident.record", nil)
}

func (rd Reader) facts(r incident.Record) []Pair {
	a, resp := r.Alarm, r.Response()
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	worker := a.WorkerName
	if r.PIN != "" {
		worker += " (" + r.PIN + ")"
	}
	late := ""
	if a.Late >= time.Second {
		late = " (" + rd.Tag.Text("incident.late", map[string]any{"Late": a.Late}) + ")"
	}
	facts := []Pair{
		{t("web.col.cause"), rd.Kind(a.Kind)},
		{t("web.incident.outcome"), rd.Outcome(a.Outcome)},
		{t("web.col.worker"), worker},
		{t("web.board.workspace"), cmp.Or(r.Workspace, "–")},
		{t("incident.raised"), rd.at(a.Raised, lang.Exact) + late},
		{t("incident.handed"), rd.after(r, resp.Handed)},
		{t("incident.reached"), rd.after(r, resp.Reached)},
		{t("incident.answered"), rd.by(r, resp.Answered, resp.By)},
		{t("web.incident.resolved"), rd.by(r, a.Closed.At, a.Closed.Name)},
	}
	if a.Note != "" {
		facts = append(facts, Pair{t("incident.note"), a.Note})
	}
	if !a.Place.At.IsZero() {
		facts = append(facts, Pair{t("incident.place"), rd.placed(a.Place.Lat, a.Place.Lon, a.Place.Accuracy, a.Place.At)})
	}
	return facts
}

func (rd Reader) placed(lat, lon float64, accuracy int, at time.Time) string {
	return place(lat, lon) + " (±" + strconv.Itoa(accuracy) + " m), " + rd.at(at, lang.Exact)
}

// by is after how long, when and by whom something was done.
func (rd Reader) by(r incident.Record, at time.Time, name string) string {
	if at.IsZero() {
		return rd.Tag.Text("web.never", nil)
	}
	return rd.after(r, at) + ", " + rd.at(at, lang.Seconds) + ", " + name
}

func (rd Reader) people(r incident.Record) Part {
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	p := Part{
		Title: t("incident.people"), Note: t("incident.nobody_told"), Width: []float64{.26, .16, .14, .14, .15, .15},
		Head: []string{t("web.col.name"), t("incident.over"), t("incident.told_at"), t("incident.handed_at"), t("incident.delivered_at"), t("incident.answered_at")},
	}
	clock := func(at time.Time) string {
		if at.IsZero() {
			return "–"
		}
		return rd.at(at, lang.Seconds)
	}
	for _, one := range r.Told() {
		p.Rows = append(p.Rows, Row{Cells: []string{
			rd.Somebody(one.Name), rd.Channels(one.Channels), clock(one.First), clock(one.HandedAt), clock(one.Delivered), clock(one.Answered),
		}})
	}
	return p
}

func (rd Reader) ticks(r incident.Record) Part {
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	p := Part{
		Title: t("incident.ticks"), Note: t("incident.no_ticks"), Width: []float64{.6, .25, .15},
		Head: []string{t("incident.instruction"), t("incident.done_by"), t("web.col.when")},
	}
	for _, one := range r.Ticks() {
		p.Rows = append(p.Rows, Row{Cells: []string{one.Text, rd.Somebody(one.By), rd.at(one.At, lang.Seconds)}})
	}
	return p
}

func (rd Reader) story(r incident.Record) Part {
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	p := Part{
		Title: t("web.incident.story"), Note: t("web.alarm.timeline_empty"), Width: []float64{.13, .09, .78},
		Head: []string{t("web.col.when"), t("web.book.number"), t("web.book.what")},
	}
	day := ""
	for _, c := range r.Chapters() {
		when, no, text := rd.at(c.At, lang.Seconds), "", t("incident.also_sent")
		if d := rd.at(c.At, lang.Day); d != day {
			day, when = d, d+"\n"+when
		}
		if c.Entry != nil {
			no, text = strconv.FormatInt(c.Entry.Seq, 10), Sentence(rd.Tag, *c.Entry)
			if note := c.Entry.Personal["Note"]; note != "" && !strings.Contains(text, note) {
				text += "\n" + t("incident.note") + ": " + note
			}
			if c.Entry.Actor.IP != "" {
				text += " [" + c.Entry.Actor.IP + "]"
			}
		}
		row := Row{Cells: []string{when, no, text}}
		for _, call := range c.Calls {
			line := rd.Call(call)
			if to := Addresses(call); to != "" {
				line += " [" + to + "]"
			}
			row.Under = append(row.Under, line)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (rd Reader) trail(r incident.Record) Part {
	t := func(key string) string { return rd.Tag.Text(key, nil) }
	p := Part{
		Title: t("incident.positions"), Note: t("incident.no_positions"), Width: []float64{.28, .28, .12, .12, .2},
		Head: []string{t("web.col.when"), t("incident.place"), t("incident.accuracy"), t("incident.battery"), t("incident.source")},
	}
	for _, point := range r.Trail {
		battery := "–"
		if point.Battery >= 0 {
			battery = fmt.Sprintf("%d %%", point.Battery)
		}
		p.Rows = append(p.Rows, Row{Cells: []string{
			rd.at(point.At, lang.Day) + ", " + rd.at(point.At, lang.Seconds), place(point.Lat, point.Lon), fmt.Sprintf("±%d m", point.Accuracy), battery, cmp.Or(point.Source, "–"),
		}})
	}
	return p
}

// numbers lists the places of entries in the book; neighbours as a span.
func numbers(entries []ledger.Record) string {
	var out []string
	for i := 0; i < len(entries); {
		j := i
		for j+1 < len(entries) && entries[j+1].Seq == entries[j].Seq+1 {
			j++
		}
		from, to := strconv.FormatInt(entries[i].Seq, 10), strconv.FormatInt(entries[j].Seq, 10)
		switch j - i {
		case 0:
			out = append(out, from)
		case 1:
			out = append(out, from, to)
		default:
			out = append(out, from+"–"+to)
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}
