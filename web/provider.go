package web

import (
	"net/http"

	"muster/actor"
	"muster/fault"
)

// providerPages is where the pages of the provider's staff begin. There the
// browser is a staff member outside every organisation, whatever else it is.
const providerPages = "/provider/"

// providerNav lists the pages of the provider's staff, in the order of the
// rail.
var providerNav = []navItem{
	{Href: grantsPage, Icon: "door-enter", Text: "grant.page.title", Bottom: true},
	{Href: insidePage, Icon: "eye", Text: "visit.provider.title", Bottom: true},
	{Href: accountsPage, Icon: "building", Text: "account.page.nav", Bottom: true},
	{Href: supportPage, Icon: "lifebuoy", Text: "request.page.desk", Bottom: true},
	{Href: noticesPage, Icon: "speakerphone", Text: "notice.page.title"},
	{Href: componentsPage, Icon: "hierarchy", Text: "component.page.title"},
	{Href: keepStatusPage, Icon: "heartbeat", Text: "status.keep.title"},
	{Href: staffPage, Icon: "users", Text: "staff.page.title"},
	{Href: catalogPage, Icon: "adjustments", Text: "setting.page.nav"},
	{Href: carriersPage, Icon: "send", Text: "web.carrier.title", Bottom: true},
	{Href: productsPage, Icon: "plug-connected", Text: "pass.page.title"},
}

// providerHome is where staff come in: whoever answers customers at what they
// have asked, everybody else at the customers.
func (v *visit) providerHome() string {
	if s := v.who.Support; s.Stands && (s.Department == actor.FirstLine || s.Department == actor.SecondLine) {
		return supportPage
	}
	return accountsPage
}

// providerRoutes are the pages of the provider's staff.
func (s *site) providerRoutes(m *router) {
	staff := func(pattern string, h handler) { m.Handle(pattern, s.staffed(h)) }
	staff("GET "+providerFeed, s.serveFeed)
	staff("GET /provider", s.goHome)
	staff("GET "+providerPages+"{$}", s.goHome)
	s.accountRoutes(staff)
	s.grantRoutes(staff)
	s.staffRoutes(staff)
	s.catalogRoutes(staff)
	s.carrierRoutes(staff)
	s.insideRoutes(func(pattern string, h handler) { m.Handle(pattern, s.signedIn(h)) }, staff)
	s.supportRoutes(staff)
	s.productRoutes(staff)
	s.noticeRoutes(staff)
	s.componentRoutes(staff)
	s.outageRoutes(staff)
	s.keepStatusRoutes(staff)
}

// staffed serves a page to the provider's staff, outside every organisation.
// What somebody may do there is asked of policy by the command they give.
func (s *site) staffed(h handler) http.Handler {
	return s.anybody(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if err := s.recognise(r, v); err != nil {
			return err
		}
		if v.who.Kind != actor.Staff || v.who.Org != "" {
			return fault.New(fault.NotFound, "not_found")
		}
		return h(w, r, v)
	})
}

// provided is the frame of a page for the provider's staff. current is the
// page of the rail that it belongs to.
func (s *site) provided(w http.ResponseWriter, r *http.Request, v *visit, title, current string) Frame {
	f := s.bare(r, v, "")
	f.Title, f.Person, f.Staff = v.tag.Text(title, nil), v.who.Name, true
	f.Org, f.Flash = v.tag.Text("web.carrier.provider", nil), s.takeFlash(w, r, v.tag)
	for _, item := range providerNav {
		if item.Href == carriersPage && s.Carriers == nil || item.Href == productsPage && s.Passes == nil {
			continue
		}
		item.Text, item.Current = v.tag.Text(item.Text, nil), item.Href == current
		if item.Group != "" {
			item.Group = v.tag.Text(item.Group, nil)
		}
		f.Nav = append(f.Nav, item)
	}
	return f
}

// ownCookie is the session that a request is made with. A browser whose owner
// is inside an organisation has two: the provider's pages know them as staff,
// all others as a guest.
func (s *site) ownCookie(r *http.Request) string {
	if !outside(r.URL.Path) {
		if inside := cookie(r, s.guestCookie()); inside != "" {
			return inside
		}
	}
	return cookie(r, s.sessionCookie())
}

// guestCookie is the session by which staff are inside an organisation.
func (s *site) guestCookie() string { return s.sessionCookie() + "-inside" }
