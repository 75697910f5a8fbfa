package web

import (
	"context"
	"net/http"
	"time"

	"muster/fault"
	"muster/lang"
	"muster/tell/outage"
)

// outageView is how ready the provider is to tell customers of its own outage:
// how old the snapshot is, when that was tried out last, and what was told
// beside the database.
type outageView struct {
	Frame
	Trouble  string // empty: none
	Kept     []outage.Kept
	Newest   time.Time
	Stale    bool
	Drilled  time.Time
	Overdue  bool // the drill
	Held     []outage.Held
	CanDrill bool
}

func (s *site) outageRoutes(staff func(string, handler)) {
	staff("GET "+outage.Page, s.outage)
	staff("POST "+outage.Page+"/drill", s.drillOutage)
}

func (s *site) outage(w http.ResponseWriter, r *http.Request, v *visit) error {
	state, err := outage.Look(r.Context(), s.Store, v.who)
	if err != nil {
		return err
	}
	view := &outageView{Frame: s.provided(w, r, v, "outage.page.title", noticesPage)}
	view.fill(state)
	view.CanDrill = s.Drill != nil && outage.MayDrill(v.who) == nil
	return s.show(w, r, "outage", view)
}

func (view *outageView) fill(state outage.State) {
	view.Kept, view.Held, view.Newest, view.Drilled = state.Kept, state.Held, state.Newest(), state.Drilled()
	view.Trouble = troubleText(view.Lang, state.Trouble(view.Now))
	view.Stale = view.Now.Sub(view.Newest) > outage.Overdue
	view.Overdue = view.Now.Sub(view.Drilled) > outage.DrillDue
}

// drillOutage holds a drill: a word to whoever presses, and nobody else.
func (s *site) drillOutage(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := outage.MayDrill(v.who); err != nil {
		return err
	}
	if s.Drill == nil {
		return fault.New(fault.NotFound, "not_found")
	}
	if err := s.Drill(r.Context(), v.who); err != nil {
		return err
	}
	s.say(w, said{Key: "outage.page.drilled"})
	return see(w, r, outage.Page)
}

// outageTrouble is what stands on the page of notices while customers might not
// be told of our own outage; empty: nothing.
func (s *site) outageTrouble(ctx context.Context, v *visit, now time.Time) (string, error) {
	state, err := outage.Look(ctx, s.Store, v.who)
	return troubleText(v.tag, state.Trouble(now)), err
}

func troubleText(tag lang.Tag, t outage.Trouble) string {
	if t == "" {
		return ""
	}
	return tag.Text("outage.trouble."+string(t), nil)
}
