package status

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"html"
	"slices"
	"strings"
	"time"

	"muster/ical"
	"muster/id"
	"muster/lang"
	"muster/tell/notice"
)

// Feed is items as programs read them.
type Feed struct {
	Title    string
	Self     string // its own address
	Home     string // of the page of the same
	Language lang.Tag
	Items    []Item
	Link     func(id.Notice) string // where an item stands
}

// mostEntries is how many items a feed has, the newest.
const mostEntries = 100

// Formats are what a feed can be had as, by how its address ends, with the
// media type of each.
var Formats = map[string]string{
	"atom": "application/atom+xml; charset=utf-8",
	"json": "application/feed+json; charset=utf-8",
	"ics":  "text/calendar; charset=utf-8",
}

// As is the feed in a format, its digest, and when it changed last; zero if
// nothing was ever said. What is unchanged is the same to the byte.
func (f Feed) As(format string) (body []byte, digest string, changed time.Time, err error) {
	f.Items = slices.Clone(f.Items)
	slices.SortStableFunc(f.Items, func(a, b Item) int { return cmp.Or(b.Last().At.Compare(a.Last().At), cmp.Compare(a.Notice, b.Notice)) })
	f.Items = f.Items[:min(len(f.Items), mostEntries)]
	if len(f.Items) > 0 {
		changed = f.Items[0].Last().At
	}
	switch format {
	case "atom":
		body, err = f.atom(changed)
	case "json":
		body, err = f.json()
	default:
		body = f.calendar(changed)
	}
	sum := sha256.Sum256(body)
	return body, hex.EncodeToString(sum[:12]), changed, err
}

func (f Feed) title(i Item) string {
	return i.Last().Names() + " – " + f.Language.Text("notice.state."+string(i.Last().State), nil)
}

// line says when and how far it was.
func (f Feed) line(w Word) string {
	out := f.Language.Time(w.At, time.UTC, lang.Short) + " · " + f.Language.Text("notice.state."+string(w.State), nil)
	if !w.From.IsZero() {
		out += " · " + f.Language.Time(w.From, time.UTC, lang.Short) + " – " + f.Language.Time(w.Till, time.UTC, lang.Short)
	}
	return out
}

// paragraphs are an item's words, the newest first.
func (f Feed) paragraphs(i Item) (out [][]string) {
	for _, w := range slices.Backward(i.Words) {
		p := []string{f.line(w), i.Text(f.Language, w)}
		if w.Words != "" {
			p = append(p, w.Words)
		}
		out = append(out, p)
	}
	return out
}

// urn names a thing for ever (RFC 9562, 4): ids are UUIDs.
func urn(one string) string {
	_, hexes, _ := strings.Cut(one, "_")
	if len(hexes) != 32 {
		return "urn:muster:" + one
	}
	return "urn:uuid:" + strings.Join([]string{hexes[:8], hexes[8:12], hexes[12:16], hexes[16:20], hexes[20:]}, "-")
}

// Atom, RFC 4287.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Link      atomLink `xml:"link"`
	Category  struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Content struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"content"`
}

func (f Feed) atom(changed time.Time) ([]byte, error) {
	if changed.IsZero() {
		changed = time.Unix(0, 0)
	}
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	out := atomFeed{
		Lang: string(f.Language), ID: f.Self, Title: f.Title, Updated: stamp(changed), Author: atomAuthor{f.Title},
		Links: []atomLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Home}},
	}
	for _, i := range f.Items {
		e := atomEntry{
			ID: urn(string(i.Notice)), Title: f.title(i), Published: stamp(i.Words[0].At), Updated: stamp(i.Last().At),
			Link: atomLink{"alternate", "text/html", f.Link(i.Notice)},
		}
		e.Category.Term = string(i.Kind)
		e.Content.Type = "html"
		for _, p := range f.paragraphs(i) {
			e.Content.Text += "<p><strong>" + html.EscapeString(p[0]) + "</strong><br>" + html.EscapeString(strings.Join(p[1:], "\n")) + "</p>"
		}
		out.Entries = append(out.Entries, e)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	if err := enc.Encode(out); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// JSON Feed 1.1.
type jsonFeed struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	Home     string     `json:"home_page_url"`
	Self     string     `json:"feed_url"`
	Language string     `json:"language"`
	Items    []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	Text      string   `json:"content_text"`
	Published string   `json:"date_published"`
	Modified  string   `json:"date_modified"`
	Tags      []string `json:"tags"`
}

func (f Feed) json() ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home, Self: f.Self, Language: string(f.Language), Items: []jsonItem{},
	}
	for _, i := range f.Items {
		var text []string
		for _, p := range f.paragraphs(i) {
			text = append(text, strings.Join(p, "\n"))
		}
		out.Items = append(out.Items, jsonItem{
			ID: urn(string(i.Notice)), URL: f.Link(i.Notice), Title: f.title(i), Text: strings.Join(text, "\n\n"),
			Published: i.Words[0].At.UTC().Format(time.RFC3339), Modified: i.Last().At.UTC().Format(time.RFC3339),
			Tags: []string{string(i.Kind), string(i.Last().State)},
		})
	}
	return json.Marshal(out)
}

// calendar is the maintenance: one entry each, which moves when it is moved and
// says so when it does not take place (RFC 5546, 3.2.1).
func (f Feed) calendar(changed time.Time) []byte {
	if changed.IsZero() {
		changed = time.Unix(0, 0)
	}
	c := ical.Calendar{Name: f.Title, Of: "Maintenance", Language: string(f.Language), At: changed}
	for _, i := range f.Items {
		last := i.Last()
		if i.Kind != notice.Maintenance || last.From.IsZero() {
			continue
		}
		e := ical.Event{
			UID: string(i.Notice) + "@muster", Revision: int64(last.N), Changed: last.At, From: last.From, To: last.Till,
			Summary: f.Language.Text("status.feed.maintenance", map[string]any{"Parts": last.Names()}), Link: f.Link(i.Notice),
			Note: i.Text(f.Language, last), Cancelled: last.State == notice.Cancelled,
		}
		if last.Words != "" {
			e.Note += "\n" + last.Words
		}
		switch {
		case last.State == notice.Overrun && last.Promised.After(e.To):
			e.To = last.Promised
		case last.State == notice.Done && i.ended().After(e.From):
			e.To = i.ended()
		}
		c.Events = append(c.Events, e)
	}
	return c.Bytes()
}

// ended is when it was first over.
func (i Item) ended() time.Time {
	for _, w := range i.Words {
		if w.State.Over() {
			return w.At
		}
	}
	return time.Time{}
}
