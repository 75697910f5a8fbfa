package web

import (
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/lang"
	"muster/letin/pass"
	inside "muster/letin/visit"
	"muster/roster"
	"muster/store"
)

// surround puts around a page what support's being inside adds to it: the
// guest's own bar or, for administrators, who is inside now.
func (v *visit) surround(f *Frame) {
	if v.guest != nil {
		f.Guest = v.guestBar(f.Now)
		f.Guest.Path = f.Path
		return
	}
	f.Mirrored = administers(v.who)
	for _, g := range v.inside {
		f.Inside = append(f.Inside, mirrored{
			ID: string(g.ID), Name: g.Name, Since: g.Began, Until: g.Until, Page: pageName(v.tag, g.Page),
			Text: v.tag.Text("visit.mirror", map[string]any{"Name": g.Name, "As": asWhom(v.tag, g), "Why": g.Words}),
		})
	}
}

func (v *visit) guestBar(now time.Time) *guestBar {
	g, t := v.guest, func(key string, args map[string]any) string { return v.own.Text(key, args) }
	scope := t("visit.scope."+string(g.Scope), nil)
	bar := &guestBar{
		Lang: v.own, Label: t("visit.bar.label", nil), Title: t("visit.bar.title", map[string]any{"Org": v.org.Name}),
		As: asWhom(v.own, *g) + " · " + scope, Why: whyInside(v.own, *g), Left: t("visit.bar.left", nil), Until: g.Until,
		LeaveText: t("visit.bar.leave", nil), EyesText: t("visit.bar.eyes", nil), Mark: v.guestMark(now), Switch: true,
		Session: string(g.Session), Mode: string(pass.View), AskText: t("visit.bar.ask", nil), AskWords: g.Words,
	}
	if v.who.Support.Configure && g.Eyes == "" {
		bar.Mode = string(pass.Configure)
	}
	for _, p := range v.doors {
		bar.Doors = append(bar.Doors, choice{Value: string(p.ID), Text: t("visit.bar.open", map[string]any{"Name": p.Name})})
	}
	switch {
	case v.who.Support.Online || v.who.Support.Supervised:
		bar.Present = t("visit.bar.present", nil)
	case g.Eyes == "" && (v.who.Support.Department == actor.SecondLine || v.who.Support.Department == actor.Onboarding): // who may (configure-invite)
		bar.Ask = accountsPage + "/" + string(v.org.ID) + "/presence"
	}
	return bar
}

// guestMark is what stands on everything that a guest takes along.
func (v *visit) guestMark(now time.Time) string {
	if v.guest == nil {
		return ""
	}
	return string(v.guest.Grant) + " · " + v.guest.Name + " · " + now.UTC().Format("2006-01-02 15:04:05 UTC")
}

func asWhom(tag lang.Tag, g inside.Visit) string {
	if g.Eyes == "" {
		return tag.Text("visit.as_administrator", nil)
	}
	return tag.Text("visit.as_person", map[string]any{"Name": g.Whose})
}

func whyInside(tag lang.Tag, g inside.Visit) string {
	why := labelled(tag, tag.Text("visit.reason."+string(g.Reason), nil), g.Words)
	if g.Request != "" {
		why += " (" + g.Request + ")"
	}
	return why
}

// pageName says what a page is. What is done on one is called by the page; what
// belongs to none that has a name, by its address.
func pageName(tag lang.Tag, p inside.Page) string {
	if p.Path == "" {
		return tag.Text("visit.page.none", nil)
	}
	path := p.Path
	if _, rest, act := strings.Cut(path, " "); act {
		path = rest // of what was refused, with its method
	}
	for path = strings.Trim(strings.TrimSuffix(path, "{$}"), "/"); ; path = path[:strings.LastIndex(path, "/")] {
		if key := pageKey(path); tag.Has(key) {
			return tag.Text(key, nil)
		}
		if !strings.Contains(path, "/") {
			return p.Path
		}
	}
}

// pageKey is under what a page's name stands in the catalogue.
func pageKey(path string) string {
	if path == "" {
		path = "front"
	}
	return "visit.page." + strings.NewReplacer("/", "_", "{", "", "}", "", "-", "_", ".", "_").Replace(path)
}

// visitOverView says why a guest is inside no more.
type visitOverView struct {
	Frame
	Org, Why string
	At       time.Time
	Lacks    []string
}

// over answers whoever comes with the cookie of a visit that is over: with the
// page that says how it ended, and to an open page that it must go.
func (s *site) over(w http.ResponseWriter, r *http.Request, v *visit) error {
	org, g, err := s.house().Over(r.Context(), cookie(r, s.guestCookie()))
	if err != nil {
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		s.setCookie(w, s.guestCookie(), "", 0)
		return see(w, r, insidePage)
	}
	if r.URL.Path == "/feed" {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(overEvent)) // a reader who has gone needs no answer
		return nil
	}
	view := &visitOverView{Frame: s.bare(r, v, "door"), At: g.Ended}
	err = s.Store.View(r.Context(), org, func(tx *store.Tx) error {
		o, err := roster.Get(tx)
		view.Org = o.Name
		return err
	})
	if err != nil {
		return err
	}
	view.Frame.Org = ""
	view.Title = v.tag.Text("visit.over.title", map[string]any{"Org": view.Org})
	view.Why = v.tag.Text("visit.over."+string(g.How), map[string]any{"Name": g.By, "Whose": g.Whose})
	for _, p := range g.Lacks {
		view.Lacks = append(view.Lacks, v.tag.Text("staff.proof."+string(p), nil))
	}
	if wantsJSON(r) {
		answerJSON(w, http.StatusUnauthorized, map[string]string{"error": view.Why, "code": "visit_over"})
		return nil
	}
	return s.showAs(w, r, http.StatusUnauthorized, "visit-over", view)
}

const overEvent = "event: over\ndata: 1\n\n"

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json") || r.Header.Get("Content-Type") == "application/json"
}

// around reads what stands around the page: of a guest their own visit, of an
// administrator who is inside.
func (v *visit) around(tx *store.Tx) (err error) {
	if v.who.Guest() {
		g, err := inside.Now(tx, v.who)
		if v.guest = &g; err != nil {
			return err
		}
	}
	if !v.who.Has(actor.Administrator, "") {
		return nil
	}
	if v.waits, err = waitsFor(tx); err == nil {
		v.inside, err = inside.Open(tx)
	}
	return err
}

// administers tells whether somebody of the organisation's own runs all of it.
func administers(who actor.Actor) bool {
	return who.Kind == actor.Person && who.Has(actor.Administrator, "")
}
