package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/status"
	"muster/tell/told"
)

// Where the status is: the provider's page for everybody, an organisation's own,
// and where staff say what everybody sees.
const (
	statusPage     = "/status"
	ownStatusPage  = newsPage + "/status"
	keepStatusPage = "/provider/status"
)

// statusView is how everything is doing, for everybody or for an organisation.
type statusView struct {
	Frame
	sheetView
	Own    bool
	Name   string
	Feeds  []choice // of the public page
	Fresh  []choice // addresses that were just made
	Listed []addressRow
}

// sheetView is a sheet in the reader's words.
type sheetView struct {
	Level             string
	Parts             []partRow
	Open, Plans, Past []itemRow
}

// partRow is one component and its last days, drawn as a strip.
type partRow struct {
	Name, Level string
	Depth, Bad  int
	Strip       []stripe
}

// stripe is all days of one level, as the outline of an SVG path.
type stripe struct{ Level, Path string }

type itemRow struct {
	ID, Parts, Kind, State, Text, Words string
	Over, Overdue                       bool
	Began, From, Till, Promised, At     time.Time
	Earlier                             []itemRow // what was said before, the newest first
}

// addressRow is a secret address; Foreign is somebody else's.
type addressRow struct {
	ID      string
	Made    time.Time
	Foreign bool
}

// keepStatusView is what staff say of the public page.
type keepStatusView struct {
	Frame
	Shown    bool
	IsShown  bool // before what was typed
	PageName string
	Parts    []choice
	Address  string
}

func (s *site) statusRoutes(m *router) {
	anyone := func(pattern string, h handler) { m.Handle(pattern, s.anybody(h)) }
	anyone("GET "+statusPage, s.publicStatus)
	for format := range status.Formats {
		anyone("GET "+statusPage+"/feed."+format, s.publicFeed)
	}
	anyone("GET "+statusPage+"/own/{name}", s.ownFeed)
}

func (s *site) ownStatusRoutes(in func(string, handler)) {
	in("GET "+ownStatusPage, s.ownStatus)
	in("POST "+ownStatusPage+"/addresses", s.makeStatusFeed)
	in("POST "+ownStatusPage+"/addresses/{feed}/close", s.closeStatusFeed)
}

func (s *site) keepStatusRoutes(staff func(string, handler)) {
	staff("GET "+keepStatusPage, s.keepStatus)
	staff("POST "+keepStatusPage, s.saveStatus)
}

// levelNames are the levels as texts and styles name them.
var levelNames = map[status.Level]string{status.Well: "well", status.Serviced: "serviced", status.Watched: "watched", status.Disturbed: "disturbed"}

func sheetViewOf(tag lang.Tag, sheet status.Sheet, now time.Time) sheetView {
	v := sheetView{Level: levelNames[sheet.Level]}
	for _, p := range sheet.Parts {
		v.Parts = append(v.Parts, partRow{Name: p.Name, Level: levelNames[p.Level], Depth: p.Depth, Bad: p.Bad, Strip: stripOf(p.Days)})
	}
	rows := func(all []status.Item) (out []itemRow) {
		for _, i := range all {
			out = append(out, itemRowOf(tag, i, now))
		}
		return out
	}
	v.Open, v.Plans, v.Past = rows(sheet.Now), rows(sheet.Coming), rows(sheet.Past)
	return v
}

// stripOf draws the days: the worse, the taller.
func stripOf(days [status.Days]status.Level) (out []stripe) {
	heights := map[status.Level]int{status.Well: 10, status.Serviced: 15, status.Watched: 19, status.Disturbed: 24}
	for level := status.Well; level <= status.Disturbed; level++ {
		var path strings.Builder
		for i, d := range days {
			if d == level {
				fmt.Fprintf(&path, "M%d 24v-%dh3v%dz", i*4, heights[level], heights[level])
			}
		}
		if path.Len() > 0 {
			out = append(out, stripe{levelNames[level], path.String()})
		}
	}
	return out
}

func itemRowOf(tag lang.Tag, i status.Item, now time.Time) itemRow {
	row := toldRowOf(tag, i, i.Last())
	row.Over, row.Overdue = i.Over(), i.Overdue(now)
	for n := len(i.Words) - 2; n >= 0; n-- {
		row.Earlier = append(row.Earlier, toldRowOf(tag, i, i.Words[n]))
	}
	return row
}

func toldRowOf(tag lang.Tag, i status.Item, w status.Word) itemRow {
	row := itemRow{
		ID: string(i.Notice), Parts: w.Names(), Kind: string(i.Kind), State: tag.Text("notice.state."+string(w.State), nil),
		Text: i.Text(tag, w), Words: w.Words, Began: w.Since, From: w.From, Till: w.Till, At: w.At,
		Promised: w.State.Word(w.Promised),
	}
	return row
}

// statusCache keeps the public page as it was rendered, for each way of looking
// at it, until something changes or the minute is over.
type statusCache struct {
	mu    sync.Mutex
	made  string
	pages map[string][]byte
}

// page gives what was rendered for a look, or renders it.
func (c *statusCache) page(made, look string, render func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if c.made != made {
		c.made, c.pages = made, map[string][]byte{}
	}
	html, ok := c.pages[look]
	c.mu.Unlock()
	if ok {
		return html, nil
	}
	html, err := render()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == made {
		c.pages[look] = html
	}
	return html, nil
}

// publicStatus is the page for everybody.
func (s *site) publicStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	version, err := s.Status.Version(r.Context())
	if err != nil {
		return err
	}
	html, err := s.statusCache.page(version, string(v.tag)+themeOf(r), func() ([]byte, error) {
		page, sheet, err := s.Status.PublicSheet(r.Context())
		if err != nil {
			return nil, err
		}
		if !page.Shown {
			return nil, fault.New(fault.NotFound, "not_found")
		}
		// Whoever asks, the next one gets the same: nothing of the visit but its
		// language and look may be on it.
		now := s.Store.Now()
		view := &statusView{Name: page.Name, sheetView: sheetViewOf(v.tag, sheet, now), Frame: Frame{
			Kind: "status", Lang: v.tag, Zone: "UTC", Theme: themeOf(r), Now: now, Title: page.Name, Path: statusPage,
		}}
		view.Feeds = feedChoices(v.tag, strings.TrimSuffix(s.URL, "/")+statusPage+"/feed")
		return s.page("status", view)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	return fresh(w, r, html, `"`+version+"-"+string(v.tag)+themeOf(r)+`"`, time.Time{})
}

// fresh answers with what may be kept as long as it is asked each time whether
// it still holds (RFC 9110, 13).
func fresh(w http.ResponseWriter, r *http.Request, body []byte, tag string, changed time.Time) error {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", changed, strings.NewReader(string(body)))
	return nil
}

func feedChoices(tag lang.Tag, base string) (out []choice) {
	for _, format := range []string{"atom", "json", "ics"} {
		out = append(out, choice{Value: format, Text: tag.Text("status.feed."+format, nil), Href: base + "." + format})
	}
	return out
}

// publicFeed is the page for programs.
func (s *site) publicFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, all, err := s.Status.Public(r.Context())
	if err == nil && !page.Shown {
		err = fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return err
	}
	home := strings.TrimSuffix(s.URL, "/") + statusPage
	w.Header().Set("Vary", "Accept-Language, Cookie")
	return s.feedOf(w, r, status.Feed{
		Title: page.Name, Home: home, Language: v.tag, Items: all, Link: func(n id.Notice) string { return home + "#" + string(n) },
	})
}

// ownFeed is what stands at a secret address.
func (s *site) ownFeed(w http.ResponseWriter, r *http.Request, _ *visit) error {
	name, format, ok := strings.Cut(r.PathValue("name"), ".")
	if _, known := status.Formats[format]; !ok || !known {
		return fault.New(fault.NotFound, "feed_closed")
	}
	all, tag, org, err := s.Status.Read(r.Context(), name)
	if err != nil {
		return err
	}
	root := strings.TrimSuffix(s.URL, "/")
	return s.feedOf(w, r, status.Feed{
		Title: tag.Text("status.feed.own", map[string]any{"Org": org}), Home: root + ownStatusPage, Language: tag, Items: all,
		Link: func(n id.Notice) string { return root + told.Address(n) },
	})
}

func (s *site) feedOf(w http.ResponseWriter, r *http.Request, f status.Feed) error {
	format := r.URL.Path[strings.LastIndexByte(r.URL.Path, '.')+1:]
	f.Self = strings.TrimSuffix(s.URL, "/") + r.URL.Path
	body, digest, changed, err := f.As(format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", status.Formats[format])
	w.Header().Set("Content-Disposition", `inline; filename="status.`+format+`"`)
	return fresh(w, r, body, `"`+digest+`"`, changed.Truncate(time.Second))
}

func (s *site) ownStatusView(w http.ResponseWriter, r *http.Request, v *visit) (*statusView, error) {
	f, err := s.framed(w, r, v, "status.own.title", ownStatusPage)
	if err != nil {
		return nil, err
	}
	zone, err := lang.Zone(v.zone)
	if err != nil {
		zone = time.UTC
	}
	sheet, err := s.Status.Sheet(r.Context(), v.who, zone)
	if err != nil {
		return nil, err
	}
	view := &statusView{Frame: f, Own: true, sheetView: sheetViewOf(v.tag, sheet, f.Now)}
	all, err := s.Status.Addresses(r.Context(), v.who)
	for _, a := range all {
		view.Listed = append(view.Listed, addressRow{ID: string(a.ID), Made: a.Made, Foreign: a.By != v.who.Person})
	}
	return view, err
}

func (s *site) ownStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.ownStatusView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "status", view)
}

// makeStatusFeed answers with the page itself and not 303: the address is on it
// once.
func (s *site) makeStatusFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	name, err := s.Status.Make(r.Context(), v.who)
	if err != nil {
		return err
	}
	view, err := s.ownStatusView(w, r, v)
	if err != nil {
		return err
	}
	view.Fresh = feedChoices(v.tag, strings.TrimSuffix(s.URL, "/")+statusPage+"/own/"+name)
	return s.show(w, r, "status", view)
}

func (s *site) closeStatusFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Feed](r.PathValue("feed"))
	if err != nil {
		return err
	}
	if err := s.Status.Close(r.Context(), v.who, which); err != nil {
		return err
	}
	s.say(w, said{Key: "status.own.closed"})
	return see(w, r, ownStatusPage)
}

func (s *site) keepStatusView(w http.ResponseWriter, r *http.Request, v *visit) (*keepStatusView, error) {
	known, err := component.List(r.Context(), s.Store, v.who)
	if err != nil {
		return nil, err
	}
	page, err := s.Status.Page(r.Context())
	if err != nil {
		return nil, err
	}
	view := &keepStatusView{
		Frame: s.provided(w, r, v, "status.keep.title", keepStatusPage), Shown: page.Shown, IsShown: page.Shown, PageName: page.Name,
		Address: strings.TrimSuffix(s.URL, "/") + statusPage,
	}
	if view.PageName == "" {
		view.PageName = v.tag.Text("status.public.title", nil)
	}
	for _, c := range component.Paths(known) {
		view.Parts = append(view.Parts, choice{Value: string(c.ID), Text: c.Path, Chosen: c.Public})
	}
	return view, nil
}

func (s *site) keepStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.keepStatusView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "status-keep", view)
}

func (s *site) saveStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.keepStatusView(w, r, v)
	if err != nil {
		return err
	}
	view.Shown, view.PageName = r.PostFormValue("shown") != "", r.PostFormValue("name")
	var public []id.Component
	chosen := map[string]bool{}
	for _, c := range r.PostForm["components"] {
		public, chosen[c] = append(public, id.Component(c)), true
	}
	for i := range view.Parts {
		view.Parts[i].Chosen = chosen[view.Parts[i].Value]
	}
	if err := s.Status.Keep(r.Context(), v.who, status.Page{Shown: view.Shown, Name: view.PageName}, public); err != nil {
		return s.again(w, r, "status-keep", view, err)
	}
	s.say(w, said{Key: "status.keep.saved"})
	return see(w, r, keepStatusPage)
}
