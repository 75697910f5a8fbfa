package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/call/look"
	"muster/call/shift"
	"muster/call/watch"
	"muster/fault"
	"muster/policy"
	"muster/store"
)

// phoneMarks are what is worth a word about a worker's phone.
type phoneMarks struct {
	Away  time.Time // out of coverage until then
	Quiet time.Time // silent since then
	Low   bool      // its battery
}

func marksOf(s shift.Shift) phoneMarks {
	return phoneMarks{Away: s.Away, Quiet: s.QuietSince(), Low: s.Low}
}

// looksView is who looked at the worker.
type looksView struct {
	Frame
	Looks []look.Look
	Words []wordLook
}

func (s *site) looks(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := look.Mine(r.Context(), s.Store, v.who)
	if err != nil {
		return err
	}
	words, err := s.wordLooks(r.Context(), v)
	if err != nil {
		return err
	}
	return s.show(w, r, "looks-at-me", &looksView{Frame: s.workerFrame(w, r, v, "web.look.title"), Looks: all, Words: words})
}

// lookedInAlarm records that an alarm's page shows where somebody is. That it
// cannot be recorded keeps nobody from seeing an alarm: somebody may be lying
// there.
func (s *site) lookedInAlarm(ctx context.Context, v *visit, a alarm.Alarm, p *position) {
	if p == nil {
		return
	}
	l := look.Look{Worker: a.Worker, Workspace: a.Workspace, Why: look.Alarm, Alarm: a.ID}
	if err := look.Note(ctx, s.Store, v.who, l); err != nil {
		s.Log.ErrorContext(ctx, "a look at a position was not recorded", "alarm", a.ID, "error", err)
	}
}

// aways are the lengths of time that the worker may be out of coverage.
func (s *site) aways(ctx context.Context, v *visit, running shift.Shift, now time.Time) ([]choice, error) {
	var rules watch.Rules
	err := s.Store.View(ctx, v.who.Org, func(tx *store.Tx) (err error) {
		rules, err = watch.Get(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	most := rules.Away
	if !running.End.IsZero() {
		most = min(most, running.End.Sub(now))
	}
	var offered []time.Duration
	for _, d := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour} {
		if d <= most {
			offered = append(offered, d)
		}
	}
	return spans(v.tag, "", 0, offered...), nil
}

func (s *site) away(w http.ResponseWriter, r *http.Request, v *visit) error {
	lasts, err := seconds(r, "seconds")
	if err != nil {
		return s.mine(w, r, v, err)
	}
	sh, err := s.ownShift(r, v)
	if err == nil {
		_, err = s.desk.Leave(r.Context(), v.who, sh, s.Store.Now().Add(lasts))
	}
	return s.afterShift(w, r, v, err, "web.watch.away_done")
}

// watchingView is what the organisation watches for beside check-ins.
type watchingView struct {
	Frame
	Tabs []choice
	Form struct{ Silence, Battery, Longest string }
}

func (s *site) watchingView(w http.ResponseWriter, r *http.Request, v *visit) (*watchingView, error) {
	if _, err := policy.Check(v.who, "updateOrganisation", policy.Resource{Type: "Organisation", ID: string(v.who.Org), Org: v.who.Org}); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.watch.title", "/settings")
	if err != nil {
		return nil, err
	}
	view := &watchingView{Frame: f, Tabs: settingsTabsOf(v.tag, "/settings/watch")}
	if r.Method == http.MethodPost {
		view.Form.Silence, view.Form.Battery, view.Form.Longest = r.PostFormValue("silence"), r.PostFormValue("battery"), r.PostFormValue("longest")
		return view, nil
	}
	return view, s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		rules, err := watch.Get(tx)
		view.Form.Silence, view.Form.Battery, view.Form.Longest = minutesOf(rules.Silence), strconv.Itoa(rules.LowBattery), minutesOf(rules.Away)
		return err
	})
}

func (s *site) watching(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.watchingView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "watching", view)
}

func (s *site) saveWatching(w http.ResponseWriter, r *http.Request, v *visit) error {
	var rules watch.Rules
	var err1, err2, err3 error
	rules.Silence, err1 = minutesFrom(r.PostFormValue("silence"), "silence")
	rules.Away, err2 = minutesFrom(r.PostFormValue("longest"), "longest")
	if rules.LowBattery, err3 = strconv.Atoi(strings.TrimSpace(r.PostFormValue("battery"))); err3 != nil {
		err3 = fault.New(fault.Invalid, "bad_format").At("battery")
	}
	err := fault.Join(err1, err2, err3)
	if err == nil {
		lengths := []length{{field: "silence", api: "silence_seconds"}, {field: "longest", api: "longest_away_seconds"}}
		err = inMinutes(watch.Set(r.Context(), s.Store, v.who, rules), lengths)
	}
	if err == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/settings/watch")
	}
	view, verr := s.watchingView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "watching", view, err)
}
