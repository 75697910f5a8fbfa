package web

import (
	"net/http"

	"muster/actor"
	"muster/call/alarm"
	"muster/id"
	"muster/roster"
	"muster/store"
)

// bare is the frame of a page that belongs to nobody who is signed in.
func (s *site) bare(r *http.Request, v *visit, kind string) Frame {
	f := Frame{Kind: kind, Lang: v.tag, Zone: v.zone, Theme: themeOf(r), Now: s.Store.Now(), Path: r.URL.RequestURI(), Org: v.org.Name, Tiles: s.Tiles, Demo: s.Outbox != nil}
	v.surround(&f)
	return f
}

// framed is the frame of a console page: the rail as far as the person may
// go, and what the top bar says about alarms.
func (s *site) framed(w http.ResponseWriter, r *http.Request, v *visit, title, current string) (f Frame, err error) {
	f = s.bare(r, v, "")
	f.Title, f.Person, f.Watching = v.tag.Text(title, nil), v.who.Name, true
	f.Flash = s.takeFlash(w, r, v.tag)
	f.Worker = holds(v.who, actor.Worker)
	f.Nav = s.nav(v, current)
	if f.Orgs, err = s.elsewhere(r, v); err != nil {
		return f, err
	}
	if v.org.Kind == roster.Partner {
		f.Pulse, err = s.deskPulse(r.Context(), v)
		f.Pulse.LastEvent = s.feed.last(v.who.Org)
		return f, err
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		if f.Unread, err = s.unread(tx, v.who); err != nil {
			return err
		}
		if err := f.duties(tx, v); err != nil {
			return err
		}
		open, err := alarm.Open(tx, v.who)
		f.Pulse = pulseOf(unhidden(v.who, open))
		return err
	})
	f.Pulse.LastEvent = s.feed.last(v.who.Org)
	for i := range f.Nav {
		if f.Nav[i].Href == "/board" {
			f.Nav[i].Badge = f.Pulse.Alarms
		}
	}
	return f, err
}

// elsewhere are the organisations between which somebody can switch, if there
// are several. A guest is where the grant is.
func (s *site) elsewhere(r *http.Request, v *visit) (out []choice, err error) {
	if v.guest != nil {
		return nil, nil
	}
	places, err := s.Gate.Places(r.Context(), v.cookie)
	if len(places) < 2 {
		return nil, err
	}
	for _, p := range places {
		out = append(out, choice{Value: string(p.Org), Text: p.Name, Chosen: p.Org == v.who.Org})
	}
	return out, nil
}

func pulseOf(open []alarm.Alarm) pulse {
	var p pulse
	for _, a := range open {
		if a.Drill {
			continue // nobody is in alarm
		}
		p.Alarms++
		if a.State == alarm.Raised {
			if p.Newest == "" {
				p.Newest = "/alarms/" + string(a.ID)
			}
			p.Unacknowledged++
		}
	}
	return p
}

func (s *site) nav(v *visit, current string) []navItem {
	if !watches(v.who) {
		return nil
	}
	t := func(key string) string { return v.tag.Text(key, nil) }
	if v.org.Kind == roster.Partner {
		return s.deskNav(v, current)
	}
	items := []navItem{
		{Href: "/board", Icon: "layout-list", Text: t("web.nav.board"), Group: t("web.nav.call"), Bottom: true},
		{Href: "/incidents", Icon: "clipboard-list", Text: t("web.nav.incidents"), Bottom: true},
		{Href: "/procedures", Icon: "list-details", Text: t("web.nav.procedures")},
		{Href: rotaPage, Icon: "calendar-event", Text: t("web.nav.rotas")},
	}
	people := navItem{Href: "/roster", Icon: "users", Text: t("web.nav.roster"), Group: t("web.nav.roster"), Bottom: true}
	if !v.who.Has(actor.Administrator, "") {
		items = append(items, people)
	} else {
		items = append(items,
			navItem{Href: partnerPage, Icon: "plug-connected", Text: t("web.nav.partners")},
			navItem{Href: letinPage, Icon: "eye", Text: t("visit.title"), Group: t("visit.title"), Badge: v.waits, Calm: true},
			navItem{Href: contactsPage, Icon: "speakerphone", Text: t("web.contacts.title"), Group: t("web.nav.tell")},
			navItem{Href: newsPage, Icon: "bell", Text: t("notice.news.title")},
			navItem{Href: ownStatusPage, Icon: "heartbeat", Text: t("status.own.title")},
			people,
			navItem{Href: "/book", Icon: "book", Text: t("web.nav.book"), Group: t("web.nav.book"), Bottom: true},
			navItem{Href: "/settings", Icon: "settings", Text: t("web.nav.settings"), Bottom: true})
	}
	if s.Outbox != nil {
		items = append(items, navItem{Href: "/outbox", Icon: "inbox", Text: t("web.nav.outbox")})
	}
	for i := range items {
		items[i].Current = items[i].Href == current
	}
	return items
}

// holds tells whether somebody has the role anywhere.
func holds(who actor.Actor, role actor.Role) bool {
	for _, m := range who.Roles {
		if m.Role == role {
			return true
		}
	}
	return false
}

// watches tells whether the console is for this person; a worker who is
// nothing else has a page of their own.
func watches(who actor.Actor) bool {
	return holds(who, actor.Monitor) || holds(who, actor.Administrator) || holds(who, actor.Operator)
}

// show answers with the page, or with one region of it for a page that is
// open already.
func (s *site) show(w http.ResponseWriter, r *http.Request, page string, view framed) error {
	return s.showAs(w, r, http.StatusOK, page, view)
}

func (s *site) showAs(w http.ResponseWriter, r *http.Request, status int, page string, view framed) error {
	region := r.URL.Query().Get("region")
	var html []byte
	var err error
	switch {
	case region == "frame.pulse" || region == "frame.inside" || region == "frame.duties":
		html, err = s.part(region, view.frame(), view.frame())
	case region != "" && s.hasRegion(page, region):
		html, err = s.region(page, region, view)
	default:
		html, err = s.page(page, view)
	}
	if err != nil {
		return err
	}
	send(w, status, html)
	return nil
}

// again shows a form once more when the error is about what was typed;
// otherwise it hands the error on.
func (s *site) again(w http.ResponseWriter, r *http.Request, page string, view framed, cause error) error {
	f := view.frame()
	if !f.wrongInput(cause) {
		return cause
	}
	return s.showAs(w, r, http.StatusUnprocessableEntity, page, view)
}

// nameOf maps workspaces to their names.
type nameOf map[id.Workspace]string

func themeOf(r *http.Request) string {
	switch t := cookie(r, themeCookie); t {
	case "light", "dark", "dim":
		return t
	}
	return ""
}
