package web

import (
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	answering "muster/call/answer"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	naming "muster/roster/address"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/told"
)

// actView is the tiny page behind a link in a message.
type actView struct {
	Frame
	State      string // open, over
	Act        string // acknowledge, resolve
	Action     string
	Drill      bool
	Cause      string
	Name       string
	Place      string
	Activity   string
	Raised     time.Time
	Position   *position
	Phone      string
	Problem    string
	Done, Over string
	Challenge  *challenge
	Outcomes   []choice
	Sentence   string
	Shared     bool   // several people read the address: asks who
	By         string // what was typed there
	OtherHref  string
	BoardHref  string
}

// confirmView confirms that an address belongs to somebody.
type confirmView struct {
	Frame
	Action, Address, Name string
	Problem               string
	Challenge             *challenge
	Done                  bool
	Still                 bool   // asks a contact person whether all still holds
	Home                  string // the organisation they stand for
	Shared                bool   // several people read the address: asks who
	By                    string
	Known                 *knownContact // what is known of the contact person
	HandedTo              string        // who has the duty now
}

// outsideView says to somebody who is not signed in why there is nothing.
type outsideView struct {
	Frame
	Text, Reference string
	BoardHref       string
}

// linked is what a message's link is about, and whose act it would be.
type linked struct {
	org     id.Org
	message deliver.Message
	person  roster.Person
	home    roster.Organisation
	shared  bool // several people read what comes to that person
	known   *knownContact
}

// follow reads what a link stands for. It changes nothing.
func (s *site) follow(r *http.Request, v *visit) (l linked, err error) {
	if l.message, err = deliver.Follow(r.Context(), s.Store, s.Keys, r.PathValue("token")); err != nil {
		return l, err
	}
	l.org = l.message.Org
	err = s.Store.View(r.Context(), l.org, func(tx *store.Tx) (err error) {
		if l.person, err = roster.Find(tx, l.message.Person); err != nil {
			return err
		}
		if l.home, err = roster.Get(tx); err != nil {
			return err
		}
		if l.shared, err = duty.Shared(tx, l.message.Person); err == nil && l.message.Purpose == duty.Purpose {
			l.known, err = knownOf(tx, lang.Match(cookie(r, languageCookie), string(l.person.Language)), l.person)
		}
		return err
	})
	if err != nil {
		return l, err
	}
	if !l.person.Active {
		return l, fault.New(fault.Expired, "link_expired") // who left acts no more
	}
	v.tag, v.zone, v.org = lang.Match(cookie(r, languageCookie), string(l.person.Language)), l.home.TimeZone, l.home
	v.who = actor.Actor{Kind: actor.Person, Org: l.org, Person: l.person.Person, Name: l.person.Name, Roles: l.person.Roles, Door: actor.Link, IP: v.from.IP}
	return l, nil
}

// act is the page behind a link. GET and HEAD only look.
func (s *site) act(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := s.follow(r, v)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	if l.message.Purpose == "test" {
		return s.seen(w, r, v, l)
	}
	if told.Is(l.message) {
		return s.newsBehind(w, r, v, l)
	}
	if !strings.HasPrefix(l.message.About, "alm_") {
		return s.send(w, http.StatusOK, "confirm", s.confirmOf(r, v, l))
	}
	view, err := s.actOf(r, v, l)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	return s.send(w, http.StatusOK, "act", view)
}

func (s *site) confirmOf(r *http.Request, v *visit, l linked) *confirmView {
	f := s.bare(r, v, "public")
	f.Title = v.tag.Text("web.confirm.title", nil)
	view := &confirmView{Frame: f, Action: "/a/" + r.PathValue("token"), Name: l.person.Name, Address: addressOf(l.message)}
	view.Challenge = s.exam.ask(r.PathValue("token"), s.Store.Now())
	view.By, view.Home, view.Shared = r.PostFormValue("by"), l.home.Name, l.shared
	if view.Still = l.message.Purpose == duty.Purpose; view.Still {
		view.Title = v.tag.Text("contact.confirm.title", nil)
		view.Known = l.known
	}
	return view
}

func (s *site) actOf(r *http.Request, v *visit, l linked) (*actView, error) {
	a, err := alarm.Get(r.Context(), s.Store, v.who, id.Alarm(l.message.About))
	if err != nil {
		return nil, err
	}
	ws, err := s.workspace(r.Context(), v, a.Workspace)
	if err != nil {
		return nil, err
	}
	token := r.PathValue("token")
	f := s.bare(r, v, "public")
	f.Title = a.WorkerName + " – " + v.tag.Text("web.cause."+causeKey(a.Kind), nil)
	view := &actView{
		Frame: f, State: "open", Act: "acknowledge", Action: "/a/" + token, Drill: a.Drill, Cause: string(a.Kind), Name: a.WorkerName, Place: ws.Name, Activity: a.Note, Raised: a.Raised,
		Position: positionOf(a.Place, ""), BoardHref: "/alarms/" + string(a.ID), OtherHref: "/a/" + token + "?act=resolve", Outcomes: outcomeChoices(v.tag, a.Drill, r.PostFormValue("outcome")),
	}
	view.Shared, view.By = l.shared, r.PostFormValue("by")
	if a.Kind != alarm.Duress {
		view.Phone = a.WorkerPhone
	}
	if r.URL.Query().Get("act") == "resolve" {
		view.Act, view.Action, view.OtherHref = "resolve", "/a/"+token+"?act=resolve", "/a/"+token
	}
	s.standing(v, view, a)
	if view.State == "open" {
		view.Challenge = s.exam.ask(token, s.Store.Now())
	}
	return view, nil
}

// standing says how far the alarm is, and takes away what is no longer to be
// done.
func (s *site) standing(v *visit, view *actView, a alarm.Alarm) {
	zone, err := time.LoadLocation(v.zone)
	if err != nil {
		zone = time.UTC
	}
	at := func(t time.Time) string { return v.tag.Time(t, zone, lang.Clock) }
	switch {
	case a.State == alarm.Resolved:
		view.State, view.OtherHref = "over", ""
		view.Over = v.tag.Text("web.act.over", map[string]any{"Name": a.Closed.Name, "Time": at(a.Closed.At)})
	case a.State == alarm.Acknowledged:
		view.Over = v.tag.Text("web.act.taken", map[string]any{"Name": a.Ack.Name, "Time": at(a.Ack.At)})
		view.Act, view.Action, view.OtherHref = "resolve", "/a/"+strings.TrimSuffix(strings.TrimPrefix(view.Action, "/a/"), "?act=resolve")+"?act=resolve", ""
	}
}

// doAct is the deliberate act: the person chose what was asked for.
func (s *site) doAct(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := s.follow(r, v)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	if l.message.Purpose == "test" {
		return s.seen(w, r, v, l)
	}
	if told.Is(l.message) {
		return s.newsRead(w, r, v, l)
	}
	if !strings.HasPrefix(l.message.About, "alm_") {
		return s.confirm(w, r, v, l)
	}
	act := "acknowledge"
	if r.URL.Query().Get("act") == "resolve" {
		act = "resolve"
	}
	cause := s.exam.mark(r.PathValue("token"), r.PostFormValue("challenge"), r.PostForm["n"], s.Store.Now())
	if cause == nil && l.shared {
		cause = v.named(r.PostFormValue("by"))
	}
	if cause == nil {
		cause = s.carryOut(r, v, l, act)
	}
	view, err := s.actOf(r, v, l)
	if err != nil {
		return s.outside(w, r, v, err)
	}
	if cause == nil {
		view.Done, view.Over, view.Challenge = v.tag.Text("web.act.done_"+act, nil), "", nil
		if act == "resolve" {
			view.OtherHref = ""
		} else {
			view.Act, view.OtherHref = "acknowledge", "/a/"+r.PathValue("token")+"?act=resolve"
		}
		return s.send(w, http.StatusOK, "act", view)
	}
	f := fault.From(cause)
	if f.Kind == fault.Internal {
		return s.outside(w, r, v, cause)
	}
	text, why := sentence(v.tag, f)
	view.Problem, view.Sentence = strings.TrimSpace(text+" "+why), r.PostFormValue("sentence")
	return s.send(w, statusOf[f.Kind], "act", view)
}

// named notes who of those that read a shared mailbox acts (notices row 33).
func (v *visit) named(by string) error {
	name, err := naming.Name(by)
	if err != nil {
		return fault.From(err).At("by")
	}
	v.who.Name += " (" + name + ")"
	return nil
}

// notTheirs refuses a link that was passed on to the person whom the alarm is
// about, as far as the browser says who that is.
func (s *site) notTheirs(r *http.Request, v *visit, act string, which id.Alarm) error {
	who, _, err := s.Gate.SessionActor(r.Context(), cookie(r, s.sessionCookie()))
	if err != nil {
		if fault.KindOf(err) == fault.Unauthenticated {
			return nil // nobody is signed in here, as on most telephones
		}
		return err
	}
	a, err := alarm.Get(r.Context(), s.Store, v.who, which)
	if err != nil || who.Person != a.Worker {
		return err
	}
	_, err = policy.Check(who, act, policy.Resource{Type: "Alarm", ID: string(a.ID), Org: a.Org, Workspace: a.Workspace, Person: a.Worker})
	return err
}

// carryOut does in the recipient's name what the link is for, and records
// that the message was answered.
func (s *site) carryOut(r *http.Request, v *visit, l linked, act string) error {
	if err := s.notTheirs(r, v, act, id.Alarm(l.message.About)); err != nil {
		return err
	}
	desk := answering.Desk{Store: s.Store, Keys: s.Keys}
	return desk.Do(r.Context(), v.who, l.message, deliver.Answer{
		Act: deliver.Act(act), Outcome: r.PostFormValue("outcome"), Note: r.PostFormValue("sentence"),
	})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request, v *visit, l linked) error {
	view := s.confirmOf(r, v, l)
	cause := s.exam.mark(r.PathValue("token"), r.PostFormValue("challenge"), r.PostForm["n"], s.Store.Now())
	switch {
	case cause != nil:
	case view.Still && r.PostFormValue("act") == "hand-over":
		cause = l.link(s, v).HandOver(r.Context(), duty.Duty(r.PostFormValue("duty")), id.Person(r.PostFormValue("person")), view.By)
		view.HandedTo = view.Known.nameOf(r.PostFormValue("person"))
	case view.Still:
		cause = l.link(s, v).Confirm(r.Context(), view.By)
	default:
		cause = contact.ConfirmByLink(r.Context(), s.Store, l.org, l.message.ID, v.from.IP)
	}
	if cause != nil {
		f := fault.From(cause)
		if f.Kind == fault.Internal {
			return s.outside(w, r, v, cause)
		}
		view.Problem = lang.Fault(v.tag, f)
		return s.send(w, statusOf[f.Kind], "confirm", view)
	}
	view.Done, view.Challenge = true, nil
	return s.send(w, http.StatusOK, "confirm", view)
}

// outside is what somebody sees whose link leads nowhere.
func (s *site) outside(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	f := fault.From(cause)
	if f.Kind == fault.Internal {
		s.Log.ErrorContext(r.Context(), "a link failed", "reference", v.ref, "error", cause)
	}
	view := &outsideView{Frame: s.bare(r, v, "public"), Text: lang.Fault(v.tag, f), Reference: v.ref, BoardHref: "/board"}
	view.Title = v.tag.Text("web.error.title."+f.Kind.String(), nil)
	if f.Kind == fault.NotFound || f.Kind == fault.Expired {
		view.Title, view.Text = v.tag.Text("web.act.expired_title", nil), v.tag.Text("web.act.expired_text", nil)
	}
	return s.send(w, statusOf[f.Kind], "outside", view)
}

// send answers with a public page: without a referrer, so that the link's
// token stays here.
func (s *site) send(w http.ResponseWriter, status int, page string, view framed) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	html, err := s.page(page, view)
	if err != nil {
		return err
	}
	send(w, status, html)
	return nil
}
