package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"muster/lang"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/quiet"
)

// quietView is the hours in which a person is not to be disturbed.
type quietView struct {
	F          *Frame
	On         bool
	From, Till string
	Days       []choice // from Monday on
	Zone       string
}

// quietOf shows the hours as they are kept, or as they were just typed.
func quietOf(r *http.Request, tag lang.Tag, p roster.Person, zone string) quietView {
	h := p.Quiet
	v := quietView{On: !h.None(), Zone: zone}
	if v.On {
		v.From, v.Till = quiet.Clock(h.From), quiet.Clock(h.Till)
	}
	typed := r.PostForm.Has("quiet_from")
	if typed {
		v.From, v.Till = r.PostFormValue("quiet_from"), r.PostFormValue("quiet_till")
		h.Days = [7]bool{}
		for _, d := range weekdaysIn(r) {
			h.Days[d] = true
		}
	}
	for i := 1; i <= 7; i++ {
		d := time.Weekday(i % 7)
		v.Days = append(v.Days, choice{
			Value: strconv.Itoa(int(d)), Text: tag.Text(fmt.Sprintf("time.weekday.%d", d), nil), Chosen: h.Days[d] || h.None() && !typed,
		})
	}
	return v
}

func weekdaysIn(r *http.Request) (days []time.Weekday) {
	for _, text := range r.PostForm["quiet_day"] {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 7 {
			days = append(days, time.Weekday(n))
		}
	}
	return days
}

// setQuiet keeps the hours that the person who looks wants, or none.
func (s *site) setQuiet(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.reached(r, v)
	if err != nil {
		return err
	}
	from, till, done := r.PostFormValue("quiet_from"), r.PostFormValue("quiet_till"), "web.quiet.saved"
	if r.PostForm.Has("off") {
		from, till = "", ""
	}
	if from == "" && till == "" {
		done = "web.quiet.none"
	}
	h, err := quiet.New(from, till, weekdaysIn(r))
	if err == nil {
		err = contact.Rest(r.Context(), s.Store, v.who, p.Person, h)
	}
	if err != nil {
		return s.channelsAgain(w, r, v, err)
	}
	s.say(w, said{Key: done})
	return see(w, r, "/channels")
}
