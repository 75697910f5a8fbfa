package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	inside "muster/letin/visit"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// insidePage is where staff see what they have open.
const insidePage = providerPages + "inside"

// guestBar is what stands around every page that a guest opens: whose
// organisation, with whose eyes, why, until when. Its texts are in the guest's
// own language, whatever that of the page is, and finished.
type guestBar struct {
	Lang                      lang.Tag
	Label, Title, As, Why     string
	Left, LeaveText, EyesText string
	Until                     time.Time
	Mark                      string // grant, name and time: on every picture and print
	Switch                    bool   // may borrow somebody else's eyes here
	Doors                     []choice
	Session, Mode             string // what a product is told that is opened from here
	Ask                       string // where the customer is asked to watch; empty: they do, or it is somebody's eyes
	AskText, AskWords, Path   string
	Present                   string // that they watch
}

// mirrored is one guest, as the administrators see them on every page.
type mirrored struct {
	ID, Name, Text, Page string
	Since, Until         time.Time
}

// insideRoutes are what belongs to being inside.
func (s *site) insideRoutes(in, staff func(string, handler)) {
	staff("GET "+insidePage, s.whereInside)
	staff("POST "+insidePage+"/{visit}/leave", s.leaveFrom)
	staff("POST "+providerPages+"grants/{grant}/enter", s.comeIn)
	in("GET /view-as", s.viewAs)
	in("POST /leave", s.goOut)
}

func (s *site) house() inside.House {
	return inside.House{Store: s.Store, Gate: s.Gate, Grants: s.Grants}
}

// closedToGuests are pages that are about whoever is signed in, and whom they
// are signed in as is not their own.
var closedToGuests = []string{"/account", "/channels", "/settings/tokens"}

// belt is what a guest's request passes beside policy: nothing is changed but
// by leaving. What policy would refuse as well is refused here by its address,
// so that a page that forgot to ask is closed all the same.
func (s *site) belt(mux *router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.asGuest(r) {
			mux.ServeHTTP(w, r)
			return
		}
		v := s.visitOf(r)
		err := s.recognise(r, v)
		switch {
		case err != nil && fault.KindOf(err) == fault.Unauthenticated && signsIn(r.URL.Path):
			s.setCookie(w, s.guestCookie(), "", 0)
			mux.ServeHTTP(w, r)
			return
		case err != nil && fault.KindOf(err) == fault.Unauthenticated:
			err = s.over(w, r, v)
		case err == nil:
			_, v.route = mux.Handler(r)
			if err = s.letsGuest(r, v); err == nil {
				v.mark = v.guestMark(s.Store.Now())
				w.Header().Set("Muster-Visit", string(v.who.Grant)+" "+s.Store.Now().Format(time.RFC3339))
				mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
			}
		}
		if err != nil {
			s.fail(w, r, v, err)
		}
	})
}

// letsGuest tells whether a guest's request may go on to its page.
func (s *site) letsGuest(r *http.Request, v *visit) error {
	setting, configures := configurable[v.route]
	configures = configures && v.who.Support.Configure
	open, why := reads(r) || v.route == "POST /leave" || configures, "policy."+guestRule
	if v.who.Support.Configure { // to whom the rule's own sentence would say that the access is too small
		why = "visit.not_open"
	}
	for _, closed := range closedToGuests {
		if r.URL.Path == closed || strings.HasPrefix(r.URL.Path, closed+"/") {
			open, why = false, "visit.owners_only"
		}
	}
	switch {
	case open && configures:
		return setting.open(v.who)
	case open:
		return nil
	}
	return fault.New(fault.Forbidden, "refused").With("rule", guestRule).With("why", why)
}

// reads tells whether a request asks for a page and sends nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// guestRule is the rule of policy that the belt stands for.
const guestRule = "floor-guest"

// asGuest tells whether a request is made with a guest's session: the
// provider's own pages are not, nor is what every browser gets.
func (s *site) asGuest(r *http.Request) bool {
	p := r.URL.Path
	return cookie(r, s.guestCookie()) != "" && !outside(p) && !strings.HasPrefix(p, "/static/") && p != "/sw.js"
}

// outside tells whether an address knows the browser's owner as staff, though
// they are inside: the provider's pages, and what the frame of those can do.
func outside(path string) bool {
	return strings.HasPrefix(path, providerPages) || path+"/" == providerPages || path == "/sign-out" || path == "/theme" || path == "/language"
}

// signsIn tells whether a page is on the way in, which stays open to whoever
// comes with the cookie of a visit that is over.
func signsIn(path string) bool {
	return strings.HasPrefix(path, "/sign-in") || strings.HasPrefix(path, "/passkey/")
}

// noteLook writes down that a guest is about to see a page; a page that cannot
// be noted is not shown. The page that is open already may read its own regions
// anew; of any other a region is a look like the whole.
func (s *site) noteLook(r *http.Request, v *visit) error {
	if !v.who.Guest() || r.URL.Path == "/feed" || v.route == "POST /leave" { // who leaves is shown nothing
		return nil
	}
	p := inside.NewPage(r.Pattern, r.PathValue)
	if r.URL.Query().Get("region") != "" && v.guest.Shows(p) {
		return nil
	}
	return s.house().Note(r.Context(), v.who, p)
}

// noteRefusal writes down what a guest was refused, and by which rule.
func (s *site) noteRefusal(r *http.Request, v *visit, f *fault.Fault) {
	rule, _ := f.Args["rule"].(string)
	if !v.who.Guest() || f.Code != "refused" || rule == "" {
		return
	}
	p := inside.Page{Path: v.route, Of: pathForLog(r.URL.Path)}
	if err := s.house().Refuse(r.Context(), v.who, p, rule); err != nil {
		s.Log.ErrorContext(r.Context(), "what a guest was refused was not written down", "reference", v.ref, "error", err)
	}
}

// comeIn lets a staff member in by a grant of theirs.
func (s *site) comeIn(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := id.Parse[id.Grant](r.PathValue("grant"))
	if err != nil {
		return err
	}
	eyes := id.Person(r.PostFormValue("eyes"))
	if eyes != "" {
		if eyes, err = id.Parse[id.Person](string(eyes)); err != nil {
			return err
		}
	}
	in, err := s.house().Enter(r.Context(), v.who, inside.Entry{Cookie: v.cookie, Grant: g, Eyes: eyes, From: v.from})
	if err != nil {
		return err
	}
	s.setCookie(w, s.guestCookie(), in.Cookie, in.Until.Sub(s.Store.Now()))
	return see(w, r, "/")
}

// goOut is the guest's way out.
func (s *site) goOut(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.leaveVisit(w, r); err != nil {
		return err
	}
	s.say(w, said{Key: "visit.said.left", Args: map[string]any{"Org": v.org.Name}})
	return see(w, r, insidePage)
}

// leaveVisit ends the visit of this browser, if there is one.
func (s *site) leaveVisit(w http.ResponseWriter, r *http.Request) error {
	c := cookie(r, s.guestCookie())
	if c == "" {
		return nil
	}
	who, _, err := s.Gate.SessionActor(r.Context(), c)
	if err == nil {
		who.IP = address(r)
		err = s.house().Leave(r.Context(), who)
	}
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	s.setCookie(w, s.guestCookie(), "", 0)
	return nil
}

func (s *site) leaveFrom(w http.ResponseWriter, r *http.Request, v *visit) error {
	visit, err := id.Parse[id.Visit](r.PathValue("visit"))
	if err != nil {
		return err
	}
	if err := s.house().LeaveFrom(r.Context(), v.who, visit); err != nil {
		return err
	}
	return see(w, r, insidePage)
}

// whereInsideView is what the staff member has open.
type whereInsideView struct {
	Frame
	Visits []whereRow
}

type whereRow struct {
	ID, Grant, Org, As, Why, Page string
	Here                          bool // this browser is the one that is inside
	Since, Until                  time.Time
	Pages                         int
}

func (s *site) whereInside(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.house().Mine(r.Context(), v.who)
	if err != nil {
		return err
	}
	view := &whereInsideView{Frame: s.provided(w, r, v, "visit.provider.title", insidePage)}
	here := id.Session("")
	if c := cookie(r, s.guestCookie()); c != "" {
		if _, session, err := s.Gate.SessionActor(r.Context(), c); err == nil {
			here = session.ID
		} else {
			s.setCookie(w, s.guestCookie(), "", 0) // of a visit that is over
		}
	}
	for _, at := range all {
		row := whereRow{
			ID: string(at.ID), Grant: string(at.Grant), As: asWhom(v.tag, at.Visit), Why: whyInside(v.tag, at.Visit), Page: pageName(v.tag, at.Page),
			Since: at.Began, Until: at.Until, Pages: at.Pages, Here: here != "" && at.Session == here,
		}
		err := s.Store.View(r.Context(), at.Org, func(tx *store.Tx) error {
			org, err := roster.Get(tx)
			row.Org = org.Name
			return err
		})
		if err != nil {
			return err
		}
		view.Visits = append(view.Visits, row)
	}
	return s.show(w, r, "inside", view)
}

// viewAsView lets a guest choose whose eyes to borrow.
type viewAsView struct {
	Frame
	Grant  string
	Query  string
	People []eyesRow
	Whose  string // whose they are now; empty: an administrator's
}

type eyesRow struct{ ID, Name, Roles string }

const mostEyes = 200

func (s *site) viewAs(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.who.Guest() {
		return fault.New(fault.NotFound, "not_found")
	}
	view := &viewAsView{Grant: string(v.who.Grant), Query: r.URL.Query().Get("q"), Whose: v.guest.Whose}
	f, err := s.framed(w, r, v, "visit.eyes.title", "")
	if err != nil {
		return err
	}
	view.Frame = f
	// The list is what an administrator sees: with somebody else's eyes there is
	// none, and the way leads back first.
	if v.who.Person == "" {
		if _, err := policy.Check(v.who, "seeRoster", policy.Resource{Type: "Roster", Org: v.who.Org}); err != nil {
			return err
		}
		err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
			people, err := roster.List(tx, roster.Filter{Text: view.Query, Limit: mostEyes})
			for _, p := range people {
				view.People = append(view.People, eyesRow{string(p.Person), p.Name, rolesText(v.tag, p.Roles)})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.show(w, r, "view-as", view)
}

func rolesText(tag lang.Tag, roles []actor.Membership) string {
	var out []string
	for _, m := range roles {
		if text := tag.Text("web.role."+string(m.Role), nil); len(out) == 0 || out[len(out)-1] != text {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}
