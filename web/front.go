package web

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/identity"
	"muster/lang"
	"muster/letin/desk/picture"
	"muster/letin/pass"
	inside "muster/letin/visit"
	"muster/roster"
	"muster/store"
)

// handler is one page or one act. An error becomes a page, or a text beside
// the field it is about, in one place: fail.
type handler func(w http.ResponseWriter, r *http.Request, v *visit) error

// visit is who asks, and how they want to be answered.
type visit struct {
	who     actor.Actor
	session identity.Session
	cookie  string
	org     roster.Organisation
	from    identity.Visit
	tag     lang.Tag // of the page
	own     lang.Tag // that whoever asks has chosen; a guest reads pages in somebody else's
	zone    string
	ref     string         // of this request, for the log and the error page
	route   string         // the pattern of the route, where the belt has looked
	mark    string         // on everything that a guest takes along
	guest   *inside.Visit  // set for support that was let in
	doors   []pass.Product // to which a guest can go over
	inside  []inside.Visit // of whom an administrator sees that they are inside
	waits   int            // what an administrator has to decide about support's access
}

// visitKey is where the belt leaves the visit of a request that it has looked
// at.
type visitKey struct{}

// Bounds of what a browser may send, in bytes.
const (
	maxForm  = 64 << 10
	maxSheet = 16 << 20
	maxReply = picture.Most*picture.MostBytes + maxForm // an answer with its pictures
)

// policyFor is the content security policy: nothing from anywhere else but
// the operator's own map tiles, and nothing inline.
func policyFor(tiles string) string {
	images := "'self' data:"
	if u, err := url.Parse(tiles); err == nil && u.Host != "" {
		images += " " + u.Scheme + "://" + strings.ReplaceAll(u.Host, "{s}", "*")
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src " + images +
		"; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// front is what every request passes: headers, size, and where it came from.
func (s *site) front(mux *router) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.anybody(func(http.ResponseWriter, *http.Request, *visit) error {
		return fault.New(fault.Forbidden, "other_site")
	}))
	guarded := cross.Handler(s.belt(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=()")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, roomFor(r.URL.Path))
		guarded.ServeHTTP(w, r)
	})
}

// roomFor is how much may be sent to an address.
func roomFor(path string) int64 {
	switch {
	case slices.Contains([]string{rosterIntake.upload, contactIntake.upload, "/enrolment/import", componentImport}, path):
		return maxSheet
	case strings.HasPrefix(path, supportPage+"/") && strings.HasSuffix(path, "/reply"):
		return maxReply
	}
	return maxForm
}

// anybody serves a page to whoever asks.
func (s *site) anybody(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visitOf(r)
		if err := h(w, r, v); err != nil {
			s.fail(w, r, v, err)
		}
	})
}

// signedIn serves a page to whoever has a session in an organisation.
func (s *site) signedIn(h handler) http.Handler {
	return s.anybody(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if err := s.recognise(r, v); err != nil {
			return err
		}
		if v.who.Org == "" {
			return s.choose(w, r, v)
		}
		if err := s.noteLook(r, v); err != nil {
			return err
		}
		return h(w, r, v)
	})
}

func (s *site) visitOf(r *http.Request) *visit {
	if known, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return known
	}
	v := &visit{zone: cmp.Or(s.Zone, "UTC"), ref: reference(), from: identity.Visit{IP: address(r), Agent: r.UserAgent()}}
	v.tag = lang.Match(cookie(r, languageCookie), r.Header.Get("Accept-Language"))
	v.own = v.tag
	return v
}

// recognise finds out whose session it is, and how its owner reads.
func (s *site) recognise(r *http.Request, v *visit) error {
	if v.who.Kind != "" {
		return nil // the belt has
	}
	v.cookie = s.ownCookie(r)
	if v.cookie == "" {
		return fault.New(fault.Unauthenticated, "unauthenticated")
	}
	var err error
	if v.who, v.session, err = s.Gate.SessionActor(r.Context(), v.cookie); err != nil {
		return err
	}
	if v.who.Guest() && !s.asGuest(r) {
		v.who = actor.Actor{}
		return fault.New(fault.Unauthenticated, "unauthenticated") // in the cookie of staff it would pass the belt by
	}
	v.who.IP, v.who.Door = v.from.IP, actor.Board
	v.who.Looking = v.who.Guest() && reads(r)
	if v.who.Org == "" {
		return nil
	}
	if v.who.Guest() && s.Passes != nil {
		if v.doors, err = s.Passes.Doors(r.Context(), v.who); err != nil {
			return err
		}
	}
	return s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		if v.org, err = roster.Get(tx); err != nil {
			return err
		}
		v.zone = v.org.TimeZone
		if err := v.around(tx); err != nil || v.who.Person == "" {
			return err // a guest may borrow nobody's eyes
		}
		p, err := roster.Find(tx, v.who.Person)
		if err != nil {
			return err
		}
		v.tag = lang.Match(cookie(r, languageCookie), string(p.Language), r.Header.Get("Accept-Language"))
		if v.guest != nil { // who sees what the person sees reads what the person reads
			v.tag = lang.Match(string(p.Language))
		}
		return nil
	})
}

// address is where the request came from. A proxy in front is expected to be
// on this machine, and is then believed about whom it speaks for.
func address(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, _ := netip.ParseAddr(host)
	if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" && ip.IsLoopback() {
		last := forwarded[strings.LastIndex(forwarded, ",")+1:]
		if behind, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil {
			return behind
		}
	}
	return ip
}

func reference() string { return strings.ToLower(rand.Text()[:8]) }

// see sends the browser on after an act, and from pages that have moved.
func see(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// back is where a form of the frame wants to return to: a page of ours, and
// nothing else.
func back(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/"
	}
	return to
}

// Names of the cookies beside the session's.
const (
	languageCookie = "muster-language"
	themeCookie    = "muster-theme"
	flashCookie    = "muster-flash"
	nonceCookie    = "muster-nonce"
)

// sessionCookie is bound to this one host where the connection is safe.
func (s *site) sessionCookie() string { return s.ownHost("muster") }

// ownHost is the name of a cookie that says who somebody is, or is about to be:
// no other host of the same domain can set one, and so begin a sign-in of its own
// choice in somebody's browser (RFC 6265bis, 4.1.3.2).
func (s *site) ownHost(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie for so long; 0 takes it away.
func (s *site) setCookie(w http.ResponseWriter, name, value string, lasts time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(lasts.Seconds())}
	if lasts == 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// said is a flash on its way to the next page: a catalogue key with arguments.
type said struct {
	Key  string         `json:"k"`
	Args map[string]any `json:"a,omitempty"`
	Warn bool           `json:"w,omitempty"`
}

// say puts a sentence on the page that comes next.
func (s *site) say(w http.ResponseWriter, f said) {
	b, err := json.Marshal(f)
	if err != nil {
		return
	}
	s.setCookie(w, flashCookie, base64.RawURLEncoding.EncodeToString(b), time.Minute)
}

func (s *site) takeFlash(w http.ResponseWriter, r *http.Request, tag lang.Tag) *flash {
	raw, err := base64.RawURLEncoding.DecodeString(cookie(r, flashCookie))
	if err != nil || len(raw) == 0 {
		return nil
	}
	s.setCookie(w, flashCookie, "", 0)
	var f said
	if json.Unmarshal(raw, &f) != nil || !lang.English.Has(f.Key) {
		return nil
	}
	for k, v := range f.Args {
		if n, ok := v.(float64); ok {
			f.Args[k] = int(n)
		}
	}
	out := &flash{Kind: "done", Text: tag.Text(f.Key, f.Args)}
	if f.Warn {
		out.Kind = "warn"
	}
	return out
}
