package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/deliver"
	"muster/deliver/webpush"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// channelsView is how the person who looks is reached.
type channelsView struct {
	Frame
	Channels channelList
	Quiet    quietView
	Push     string // key for alerts on this device; empty: there are none
}

// channelList is how one person is reached, on the person's page and on their
// own.
type channelList struct {
	F          *Frame
	Page       string // where the list stands
	Base       string // where its forms lead
	Own        bool
	Everywhere bool // no address is chosen for alarms
	Rows       []channelRow
	Kinds      []choice // for the address to be added
	Address    string
	Alarms     bool
}

type channelRow struct {
	pointRow
	Alarms         bool
	Earlier, Later bool // can be moved there
	Asking         bool // the code that was sent is asked for
	Absent         bool // nothing can leave on its channel now
	Test           string
	TestAt         time.Time
	TestWhy        string // the carrier's words, where it said no
}

// has tells whether messages can leave on a channel.
func (d Deps) has(channel string) bool { return d.Has == nil || d.Has(channel) }

func (s *site) channels(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.channelsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "channels", view)
}

func (s *site) channelsView(w http.ResponseWriter, r *http.Request, v *visit) (*channelsView, error) {
	f, err := s.framed(w, r, v, "web.channel.mine", "")
	if err != nil {
		return nil, err
	}
	if !watches(v.who) {
		f.Kind, f.Watching = "worker", false
	}
	view := &channelsView{Frame: f, Push: s.Push}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err := roster.Find(tx, v.who.Person)
		if err != nil {
			return err
		}
		if view.Channels, err = s.channelsOf(tx, r, v, p); err != nil {
			return err
		}
		view.Quiet = quietOf(r, v.tag, p, v.org.TimeZone)
		return nil
	})
	view.Channels.F, view.Channels.Own, view.Quiet.F = &view.Frame, true, &view.Frame
	view.Channels.Page, view.Channels.Base = "/channels", "/channels"
	return view, err
}

// channelsOf reads a person's addresses; the page they stand on is up to the
// caller.
func (s *site) channelsOf(tx *store.Tx, r *http.Request, v *visit, p roster.Person) (channelList, error) {
	list := channelList{Everywhere: len(p.Points) > 0, Address: r.PostFormValue("address")}
	list.Alarms = list.Address == "" || r.PostFormValue("alarms") != ""
	for _, channel := range contact.Kinds() {
		if !s.has(channel) {
			continue
		}
		list.Kinds = append(list.Kinds, choice{Value: channel, Text: v.tag.Text("web.contact."+channel, nil), Chosen: r.PostFormValue("channel") == channel})
	}
	asked := r.URL.Query().Get("code")
	if _, typed := r.PostForm["code"]; typed {
		asked = r.PathValue("contact")
	}
	for i, c := range p.Points {
		row := channelRow{
			pointRow: pointOf(v.tag, c), Alarms: c.Alarms,
			Earlier: i > 0, Later: i+1 < len(p.Points), Asking: !c.Sure() && asked == string(c.ID),
		}
		row.CanUp, row.Absent = i > 1, !s.has(c.Channel)
		list.Everywhere = list.Everywhere && !c.Alarms
		if err := row.tested(tx, v.tag, c.ID); err != nil {
			return list, err
		}
		list.Rows = append(list.Rows, row)
	}
	return list, nil
}

// tested says how the newest test message to the address fares.
func (row *channelRow) tested(tx *store.Tx, tag lang.Tag, c id.Contact) error {
	m, err := contact.LastTest(tx, c)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	row.Test, row.TestAt = tag.Text("web.test."+string(m.State), nil), m.Made
	if m.State != deliver.Failed && m.State != deliver.Expired && (m.State != deliver.Queued || m.Tries == 0) {
		return nil
	}
	tries, err := deliver.AttemptsAbout(tx, string(c), 100)
	for _, a := range tries {
		if a.Message == m.ID {
			row.TestWhy = a.Detail
		}
	}
	return err
}

// channelActs are what can be done about one address; each says which sentence
// tells that it was done.
var channelActs = map[string]struct {
	done string
	do   func(s *site, r *http.Request, v *visit, p roster.Person, at int) error
}{
	"verify": {"web.contact.sent", func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		return contact.StartVerification(r.Context(), s.Store, s.Keys, v.who, p.Person, p.Points[at].ID)
	}},
	"confirm": {"web.channel.confirmed", func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		return contact.Confirm(r.Context(), s.Store, s.Keys, v.who, p.Person, p.Points[at].ID, r.PostFormValue("code"))
	}},
	"test": {"web.channel.test_sent", func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		return contact.SendTest(r.Context(), s.Store, v.who, p.Person, p.Points[at].ID)
	}},
	"remove": {"web.channel.removed", func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		return contact.Remove(r.Context(), s.Store, v.who, p.Person, p.Points[at].ID)
	}},
	"first":   {"web.person.saved", moving(func(int, int) int { return 0 })},
	"earlier": {"web.person.saved", moving(func(at, _ int) int { return max(at-1, 0) })},
	"later":   {"web.person.saved", moving(func(at, last int) int { return min(at+1, last) })},
	"alarms": {"web.person.saved", func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		settings := settingsOf(p)
		settings[at].Alarms = r.PostFormValue("alarms") == "yes"
		return contact.Arrange(r.Context(), s.Store, v.who, p.Person, settings)
	}},
}

func settingsOf(p roster.Person) []contact.Setting {
	settings := make([]contact.Setting, len(p.Points))
	for i, c := range p.Points {
		settings[i] = contact.Setting{ID: c.ID, Alarms: c.Alarms}
	}
	return settings
}

// moving gives an address another place in the order.
func moving(to func(at, last int) int) func(*site, *http.Request, *visit, roster.Person, int) error {
	return func(s *site, r *http.Request, v *visit, p roster.Person, at int) error {
		settings := settingsOf(p)
		moved := settings[at]
		settings = slices.Insert(slices.Delete(settings, at, at+1), to(at, len(settings)-1), moved)
		return contact.Arrange(r.Context(), s.Store, v.who, p.Person, settings)
	}
}

// reached is whose addresses a form is about: the person in its path, or
// whoever sends it.
func (s *site) reached(r *http.Request, v *visit) (p roster.Person, err error) {
	if err = r.ParseForm(); err != nil {
		return p, fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	person := v.who.Person
	if named := r.PathValue("person"); named != "" {
		if person, err = id.Parse[id.Person](named); err != nil {
			return p, err
		}
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		p, err = roster.Find(tx, person)
		return err
	})
	return p, err
}

// changeChannel does something about one address, and says so.
func (s *site) changeChannel(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, ok := channelActs[r.PathValue("act")]
	p, err := s.reached(r, v)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(p.Points, func(c roster.Point) bool { return string(c.ID) == r.PathValue("contact") })
	if at < 0 || !ok {
		return fault.New(fault.NotFound, "not_found")
	}
	if err := act.do(s, r, v, p, at); err != nil {
		return s.channelsAgain(w, r, v, err)
	}
	ask := ""
	if r.PathValue("act") == "verify" {
		ask = "?code=" + string(p.Points[at].ID)
	}
	s.say(w, said{Key: act.done, Args: map[string]any{"Address": p.Points[at].Address}})
	return see(w, r, channelsPage(r)+ask)
}

func (s *site) addChannel(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.reached(r, v)
	if err != nil {
		return err
	}
	added, err := contact.Add(r.Context(), s.Store, v.who, p.Person, r.PostFormValue("channel"), r.PostFormValue("address"), r.PostFormValue("alarms") == "yes")
	if err != nil {
		return s.channelsAgain(w, r, v, err)
	}
	s.say(w, said{Key: "web.channel.added", Args: map[string]any{"Address": added.Address}})
	return see(w, r, channelsPage(r))
}

// addThisDevice has alerts shown by the browser that asks.
func (s *site) addThisDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	if s.Push == "" {
		return fault.New(fault.NotFound, "not_found")
	}
	sub, err := webpush.ParseSubscription(r.PostFormValue("endpoint"), r.PostFormValue("key"), r.PostFormValue("auth"))
	if err == nil {
		_, err = contact.Subscribe(r.Context(), s.Store, s.Keys, s.Networks, v.who, v.who.Person, device(r.UserAgent()), sub)
	}
	if err != nil {
		return s.channelsAgain(w, r, v, err)
	}
	s.say(w, said{Key: "push.on"})
	return see(w, r, "/channels")
}

// channelsPage is where the form came from.
func channelsPage(r *http.Request) string {
	if person := r.PathValue("person"); person != "" {
		return "/people/" + person + "/edit"
	}
	return "/channels"
}

func (s *site) channelsAgain(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	if f := fault.From(cause); f.Field == "code" && f.Kind == fault.Expired {
		cause = fault.New(fault.Invalid, f.Code).At("code") // said beside the field, where a new one can be asked for
	}
	if r.PathValue("person") != "" {
		return s.personAgain(w, r, v, cause)
	}
	view, err := s.channelsView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "channels", view, cause)
}

// seenView is the page behind the link of a test message.
type seenView struct {
	Frame
	Action, Address, Name string
	Problem               string
	Challenge             *challenge
	Done                  bool
}

// seen is the page behind a test message's link. Only a deliberate act says
// that it arrived: mail programs open links by themselves.
func (s *site) seen(w http.ResponseWriter, r *http.Request, v *visit, l linked) error {
	f := s.bare(r, v, "public")
	f.Title = v.tag.Text("web.seen.title", nil)
	view := &seenView{Frame: f, Action: r.URL.Path, Name: l.person.Name, Address: addressOf(l.message)}
	status := http.StatusOK
	if r.Method == http.MethodPost {
		cause := s.exam.mark(r.PathValue("token"), r.PostFormValue("challenge"), r.PostForm["n"], s.Store.Now())
		if cause == nil {
			cause = contact.Seen(r.Context(), s.Store, l.org, l.message.ID, v.from.IP)
		}
		if cause == nil {
			view.Done = true
			return s.send(w, http.StatusOK, "seen", view)
		}
		f := fault.From(cause)
		if f.Kind == fault.Internal || f.Kind == fault.Expired {
			return s.outside(w, r, v, cause)
		}
		text, why := sentence(v.tag, f)
		view.Problem, status = strings.TrimSpace(text+" "+why), statusOf[f.Kind]
	}
	view.Challenge = s.exam.ask(r.PathValue("token"), s.Store.Now())
	return s.send(w, status, "seen", view)
}

// addressOf is where a message went first.
func addressOf(m deliver.Message) string {
	if len(m.Route) == 0 {
		return ""
	}
	return m.Route[0].Address
}
