package web

import (
	"html/template"
	"time"

	"muster/lang"
)

// Frame is what every page has around its own content. Each view embeds it.
type Frame struct {
	Page  string // template name, also the class of the body
	Kind  string // "" console, "worker", "door" (sign-in and its like), "public"
	Title string // finished text; the browser's tab shows it
	Main  template.HTML

	Lang  lang.Tag
	Zone  string // IANA name of the reader's time zone
	Theme string // "", light, dark, dim
	Now   time.Time
	Path  string // where a form of the frame returns to

	Org      string
	Orgs     []choice // more than one: a switcher
	Person   string
	Nav      []navItem
	Search   string
	Pulse    pulse
	Flash    *flash
	Errors   []fieldError
	Map      bool     // the page shows a map
	Scripts  []string // islands that only this page needs
	Staff    bool     // the page is for the provider's staff
	Watching bool     // the page renews itself; the feed must be alive
	Feed     string   // where a page of the provider's listens that renews itself
	Tiles    string
	Demo     bool // the outbox is there
	Worker   bool // the person may work alone: offer the worker page

	Guest    *guestBar  // the page is opened by support that was let in
	Mirrored bool       // the reader is an administrator, who sees on every page who is inside
	Inside   []mirrored // those
	Unread   bool       // an administrator who has not read the policy for support access
	Keeps    bool       // the reader is an administrator, who sees on every page whom the provider cannot reach
	Duties   []choice   // duties that nobody can be relied on for: Value is the duty, Text why
}

// pulse is what the top bar says about alarms on every page.
type pulse struct {
	Alarms, Unacknowledged int
	Newest                 string // address of the newest unacknowledged alarm
	LastEvent              time.Time
}

type navItem struct {
	Href, Icon, Text string
	Group            string // heading above it, when it begins a group
	Current          bool
	Bottom           bool // stands in the bottom bar of phones
	Badge            int
	Calm             bool // the badge is about something that waits, and not about people in alarm
}

// choice is one entry of a select, a switcher or a row of filters.
type choice struct {
	Value, Text string
	Href        string
	Count       int
	Chosen      bool
}

// flash is said once after an act: what was done and, where there is one, the
// way back.
type flash struct {
	Text     string
	Kind     string // "done" or "warn"
	UndoHref string // POST address
	UndoText string
}

// fieldError is one thing wrong with what was sent.
type fieldError struct {
	Field string // empty: about the whole
	Text  string
	at    *spot // where the page has the field; nil: not rendered yet, or it has none
}

// spot is where a page has a field, and what it calls it.
type spot struct{ ID, Label string }

// At is where the page has the field; nil where it does not say.
func (e fieldError) At() *spot { return e.at }

func (f *Frame) frame() *Frame { return f }

func (f *Frame) reader() reader { return reader{f.Lang, f.Zone} }

func (f *Frame) kind() string {
	if f.Kind == "" {
		return "console"
	}
	return f.Kind
}

// Self is the frame, for templates whose view embeds it.
func (f *Frame) Self() *Frame { return f }

// Wrong is the text for a field, empty when there is nothing wrong with it.
func (f *Frame) Wrong(field string) string {
	for _, e := range f.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// place notes where the page has a field. The summary of what is wrong, which
// stands before the form and is written after it, leads there.
func (f *Frame) place(field string, at spot) {
	for i := range f.Errors {
		if f.Errors[i].Field == field && f.Errors[i].at == nil {
			f.Errors[i].at = &at
		}
	}
}

// Themes are the looks somebody can choose; "" follows the device.
func (f *Frame) Themes() []string { return []string{"", "light", "dark", "dim"} }

// Languages are offered under the names they have themselves.
func (f *Frame) Languages() []lang.Tag { return lang.Supported() }
