package web

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/staff"
)

// staffPage is where the provider's people are kept.
const staffPage = "/provider/staff"

// staffView is everybody of the staff.
type staffView struct {
	Frame
	Members, Gone []memberRow
	Alone         bool // nobody but the reader is there
	NoSignOn      bool // single sign-on is not set up, so nobody is let in anywhere
	CanAdd        bool
}

// memberRow is one of the staff in the list.
type memberRow struct {
	ID, Name, Email, Department string
	Positions                   []string
	Proofs                      []proofCell
	Missing                     string // in words; empty: nothing that lasts is missing
	Due                         time.Time
	Overdue, Soon               bool
}

// Href leads to the member.
func (m memberRow) Href() string { return staffPage + "/" + m.ID }

// proofCell is one of the four proofs.
type proofCell struct {
	Name, Title string
	Text        string // from when, until when, or what is missing
	Bad         bool   // missing, and it does not come by signing in
	Kept        bool   // on record, so it can be taken back
	Keeps       bool   // people keep it; else signing in proves it
}

func (s *site) staffOffice() staff.Office { return staff.Office{Store: s.Store} }

func (s *site) staffRoutes(in func(string, handler)) {
	in("GET "+staffPage, s.staff)
	in("GET "+staffPage+"/new", s.newMember)
	in("POST "+staffPage, s.addMember)
	in("GET "+staffPage+"/{staff}", s.member)
	in("POST "+staffPage+"/{staff}", s.changeMember)
	in("POST "+staffPage+"/{staff}/proofs/{proof}", s.recordProof)
	in("POST "+staffPage+"/{staff}/proofs/{proof}/withdraw", s.withdrawProof)
	in("POST "+staffPage+"/{staff}/{act}", s.actOnMember)
}

func (s *site) staff(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.staffOffice().All(r.Context(), v.who)
	if err != nil {
		return err
	}
	view := &staffView{
		Frame: s.provided(w, r, v, "staff.page.title", staffPage), Alone: len(all) == 1,
		NoSignOn: s.Gate.SignOn() == nil && v.session.How != "demo", CanAdd: staff.Adds(v.who),
	}
	now := s.Store.Now()
	for _, m := range all {
		row := rowOfMember(v.tag, m, now)
		if m.Active {
			view.Members = append(view.Members, row)
		} else {
			view.Gone = append(view.Gone, row)
		}
	}
	return s.show(w, r, "staff", view)
}

func rowOfMember(tag lang.Tag, m staff.Member, now time.Time) memberRow {
	row := memberRow{
		ID: string(m.ID), Name: m.Name, Email: m.Email, Department: tag.Text("staff.department."+string(m.Department), nil),
		Proofs: proofsOf(tag, m, now), Due: m.ReviewDue(), Overdue: m.Overdue(now), Soon: m.Overdue(now.AddDate(0, 0, 14)),
	}
	for _, p := range m.Positions {
		text := tag.Text("staff.position."+string(p), nil)
		if p == actor.Delegate {
			text = tag.Text("staff.position_until", map[string]any{"Position": text, "Until": lastDay(tag, m.Delegate)})
		}
		row.Positions = append(row.Positions, text)
	}
	var missing []string
	for _, p := range row.Proofs {
		if p.Bad {
			missing = append(missing, p.Title)
		}
	}
	if len(missing) > 0 {
		row.Missing = tag.Text("staff.missing", map[string]any{"What": strings.Join(missing, ", ")})
	}
	return row
}

// proofsOf shows the four proofs, each with its end.
func proofsOf(tag lang.Tag, m staff.Member, now time.Time) (out []proofCell) {
	m = m.Proved(m.LastProved)
	lacks := map[staff.Proof]bool{}
	for _, p := range m.Missing(now) {
		lacks[p] = true
	}
	for _, p := range staff.Proofs() {
		span := m.Standing[p]
		c := proofCell{Name: string(p), Title: tag.Text("staff.proof."+string(p), nil), Keeps: p == staff.Agreement || p == staff.Background}
		c.Kept = c.Keeps && !span.Since.IsZero()
		switch {
		case !c.Keeps && lacks[p]:
			c.Text = tag.Text("staff.proof_at_sign_in", nil)
		case !c.Keeps:
			c.Text = tag.Text("staff.proof_until", map[string]any{"Until": tag.Time(span.Until, time.UTC, lang.Short)})
		case lacks[p] && c.Kept:
			c.Bad, c.Text = true, tag.Text("staff.proof_over", map[string]any{"Until": lastDay(tag, span.Until)})
		case lacks[p]:
			c.Bad, c.Text = true, tag.Text("staff.proof_missing", nil)
		case span.Until.IsZero():
			c.Text = tag.Text("staff.proof_since", map[string]any{"Since": tag.Time(span.Since, time.UTC, lang.Day)})
		default:
			c.Text = tag.Text("staff.proof_until", map[string]any{"Until": lastDay(tag, span.Until)})
		}
		out = append(out, c)
	}
	return out
}

// lastDay writes the day on which something still holds that ends with it.
func lastDay(tag lang.Tag, end time.Time) string {
	return tag.Time(end.Add(-time.Second), time.UTC, lang.Day)
}

// memberView is one of the staff, or the form of a new one.
type memberView struct {
	Frame
	memberRow
	Draft       memberDraft
	Departments []choice
	Choices     []choice // positions
	Left        bool
	CanKeep     bool
	CanConfirm  bool
	Why         string // who may not keep the member reads why
	Tied        bool
	SignOn      string // the identity provider's name
	Confirmed   time.Time
	Since       string // what was typed for a proof
	Until       string
	About       string // the proof that it was typed for
	Young       bool   // approves nothing yet
	language    lang.Tag
}

// memberDraft is what was typed.
type memberDraft struct{ Name, Email, Delegate string }

// Languages are those in which messages can be.
func (view *memberView) Languages() []choice { return languageChoices(string(view.language)) }

// fill shows a draft as it is typed.
func (view *memberView) fill(tag lang.Tag, d staff.Draft, typed memberDraft, who actor.Actor) {
	view.Draft, view.language = typed, cmp.Or(d.Lang, tag)
	view.Departments, view.Choices = nil, nil
	for _, dep := range staff.Departments() {
		view.Departments = append(view.Departments, choice{Value: string(dep), Text: tag.Text("staff.department."+string(dep), nil), Chosen: dep == d.Department})
	}
	held := staff.Member{Positions: d.Positions}
	for _, p := range staff.Positions() {
		if !staff.Appoints(who) && (p == actor.Director || p == actor.Delegate || p == actor.Head) {
			continue
		}
		view.Choices = append(view.Choices, choice{Value: string(p), Text: tag.Text("staff.position."+string(p), nil), Chosen: held.Is(p)})
	}
}

// MayDelegate tells whether the reader can make somebody a delegate.
func (view *memberView) MayDelegate() bool {
	for _, c := range view.Choices {
		if c.Value == string(actor.Delegate) {
			return true
		}
	}
	return false
}

// memberFrom reads the form. A date that is none is said at its field.
func memberFrom(r *http.Request) (d staff.Draft, typed memberDraft, err error) {
	typed = memberDraft{strings.TrimSpace(r.PostFormValue("name")), strings.TrimSpace(r.PostFormValue("email")), r.PostFormValue("delegate")}
	d = staff.Draft{Name: typed.Name, Email: typed.Email, Lang: lang.Tag(r.PostFormValue("lang")), Department: actor.Department(r.PostFormValue("department"))}
	for _, p := range r.PostForm["position"] {
		d.Positions = append(d.Positions, actor.Position(p))
	}
	d.Delegate, err = endOf(typed.Delegate, "delegate")
	return d, typed, err
}

// endOf reads a last day, and gives the instant at which it is over.
func endOf(text, field string) (time.Time, error) {
	day, err := dayOf(text, field)
	if err != nil || day.IsZero() {
		return day, err
	}
	return day.AddDate(0, 0, 1), nil
}

func dayOf(text, field string) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fault.New(fault.Invalid, "day_form").At(field)
	}
	return day, nil
}

func (s *site) newMember(w http.ResponseWriter, r *http.Request, v *visit) error {
	view := &memberView{Frame: s.provided(w, r, v, "staff.page.add", staffPage), CanKeep: true}
	view.fill(v.tag, staff.Draft{Department: v.who.Support.Department}, memberDraft{}, v.who)
	return s.show(w, r, "member", view)
}

func (s *site) addMember(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, typed, err := memberFrom(r)
	var m staff.Member
	if err == nil {
		m, err = s.staffOffice().Add(r.Context(), v.who, d)
	}
	if err != nil {
		view := &memberView{Frame: s.provided(w, r, v, "staff.page.add", staffPage), CanKeep: true}
		view.fill(v.tag, d, typed, v.who)
		return s.again(w, r, "member", view, err)
	}
	s.say(w, said{Key: "staff.said.added", Args: map[string]any{"Name": m.Name}})
	return see(w, r, staffPage+"/"+string(m.ID))
}

func (s *site) member(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, _, err := s.memberView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "member", view)
}

func (s *site) memberView(w http.ResponseWriter, r *http.Request, v *visit) (*memberView, id.Staff, error) {
	which, err := id.Parse[id.Staff](r.PathValue("staff"))
	if err != nil {
		return nil, "", err
	}
	m, err := s.staffOffice().Get(r.Context(), v.who, which)
	if err != nil {
		return nil, which, err
	}
	view := viewOfMember(s.provided(w, r, v, "staff.page.title", staffPage), v.tag, m, v.who, s.Store.Now())
	if door := s.Gate.SignOn(); door != nil {
		view.SignOn = door.Name
	}
	return view, which, nil
}

func viewOfMember(f Frame, tag lang.Tag, m staff.Member, who actor.Actor, now time.Time) *memberView {
	view := &memberView{Frame: f, memberRow: rowOfMember(tag, m, now), Left: !m.Active, Tied: m.Tied, Confirmed: m.Confirmed, Young: m.Active && m.Young(now)}
	view.Title = m.Name
	_, no := m.Keeps(who)
	view.CanKeep = no == nil
	if no != nil {
		_, view.Why = sentence(tag, fault.From(no))
	}
	_, no = m.Reviews(who)
	view.CanConfirm = no == nil && m.Active
	typed := memberDraft{Name: m.Name, Email: m.Email}
	if m.Is(actor.Delegate) {
		typed.Delegate = m.Delegate.Add(-time.Second).Format(time.DateOnly)
	}
	view.fill(tag, staff.Draft{Lang: m.Lang, Department: m.Department, Positions: m.Positions}, typed, who)
	return view
}

func (s *site) changeMember(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, which, err := s.memberView(w, r, v)
	if err != nil {
		return err
	}
	d, typed, err := memberFrom(r)
	if err == nil {
		err = s.staffOffice().Change(r.Context(), v.who, which, d)
	}
	if err != nil {
		view.fill(v.tag, d, typed, v.who)
		return s.again(w, r, "member", view, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, view.Href())
}

func (s *site) recordProof(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, which, err := s.memberView(w, r, v)
	if err != nil {
		return err
	}
	view.Since, view.Until, view.About = r.PostFormValue("since"), r.PostFormValue("until"), r.PathValue("proof")
	since, wrongSince := dayOf(view.Since, "since")
	until, wrongUntil := endOf(view.Until, "until")
	err = fault.Join(wrongSince, wrongUntil)
	if err == nil {
		err = s.staffOffice().Record(r.Context(), v.who, which, staff.Proof(view.About), staff.Span{Since: since, Until: until})
	}
	if err != nil {
		return s.again(w, r, "member", view, err)
	}
	s.say(w, said{Key: "staff.said.recorded"})
	return see(w, r, view.Href())
}

func (s *site) withdrawProof(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Staff](r.PathValue("staff"))
	if err == nil {
		err = s.staffOffice().TakeBack(r.Context(), v.who, which, staff.Proof(r.PathValue("proof")))
	}
	if err != nil {
		return err
	}
	s.say(w, said{Key: "staff.said.withdrawn"})
	return see(w, r, staffPage+"/"+string(which))
}

// actOnMember confirms a member, ends their place or gives it back, or unties
// them from the identity provider.
func (s *site) actOnMember(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Staff](r.PathValue("staff"))
	if err != nil {
		return err
	}
	o, done := s.staffOffice(), ""
	switch r.PathValue("act") {
	case "confirm":
		done, err = "staff.said.confirmed", o.Confirm(r.Context(), v.who, which)
	case "deactivate":
		done, err = "staff.said.deactivated", o.Deactivate(r.Context(), v.who, which)
	case "reactivate":
		done, err = "staff.said.reactivated", o.Reactivate(r.Context(), v.who, which)
	case "untie":
		done, err = "staff.said.untied", o.Untie(r.Context(), v.who, which)
	default:
		err = fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return err
	}
	s.say(w, said{Key: done})
	return see(w, r, staffPage+"/"+string(which))
}
