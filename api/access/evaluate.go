package access

import (
	"encoding/json"
	"net/http"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/pass"
)

// evaluation is one question in the shape of AuthZEN. What an item of a batch
// leaves out is that of the whole.
type evaluation struct {
	Subject  *entity `json:"subject"`
	Action   *action `json:"action"`
	Resource *entity `json:"resource"`
	Context  *circum `json:"context"`
}

type entity struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Properties struct {
		Organisation id.Org `json:"organisation"`
	} `json:"properties"`
}

type action struct {
	Name string `json:"name"`
}

// circum is the only circumstance that is believed a product: in which language
// its user reads. All others are looked up here.
type circum struct {
	Language string `json:"language"`
}

// decision is the answer. Context says why, and what would have to be there.
type decision struct {
	Decision bool   `json:"decision"`
	Context  reason `json:"context"`
}

type reason struct {
	Rule    string   `json:"rule,omitempty"`
	Code    string   `json:"code,omitempty"`
	Reason  string   `json:"reason"`
	Missing [][]need `json:"missing,omitempty"` // of each list, all of it would make a yes
}

// need is something that would have to be there.
type need struct {
	Need string `json:"need"`
	Text string `json:"text"`
}

// over is the question with what it leaves out taken from another.
func (e evaluation) over(whole evaluation) evaluation {
	if e.Subject == nil {
		e.Subject = whole.Subject
	}
	if e.Action == nil {
		e.Action = whole.Action
	}
	if e.Resource == nil {
		e.Resource = whole.Resource
	}
	if e.Context == nil {
		e.Context = whole.Context
	}
	return e
}

func (e evaluation) question() (pass.Question, error) {
	if e.Subject == nil || e.Action == nil || e.Resource == nil {
		return pass.Question{}, fault.New(fault.Invalid, "bad_question")
	}
	return pass.Question{
		Subject: pass.Thing{Type: e.Subject.Type, ID: e.Subject.ID}, Action: e.Action.Name,
		Resource: pass.Thing{Type: e.Resource.Type, ID: e.Resource.ID, Org: e.Resource.Properties.Organisation},
	}, nil
}

func (e evaluation) language(r *http.Request) lang.Tag {
	if e.Context == nil {
		return language(r, "")
	}
	return language(r, e.Context.Language)
}

// worded puts an answer into the reader's language.
func worded(tag lang.Tag, a pass.Answer) decision {
	d := decision{Decision: a.Allowed, Context: reason{Rule: a.Rule, Code: a.Code}}
	switch {
	case a.Rule != "":
		d.Context.Reason = tag.Text("policy."+a.Rule, nil)
	case a.Code != "":
		d.Context.Reason = tag.Text("fault."+a.Code, nil)
	}
	for _, way := range a.Ways {
		var all []need
		for _, n := range way {
			all = append(all, need{string(n), tag.Text("setting.need."+string(n), nil)})
		}
		d.Context.Missing = append(d.Context.Missing, all)
	}
	return d
}

func (d *door) evaluation(w http.ResponseWriter, r *http.Request) {
	var in evaluation
	err := read(r, &in)
	var q pass.Question
	if err == nil {
		q, err = in.question()
	}
	var answers []pass.Answer
	if err == nil {
		answers, err = d.Office.Decide(r.Context(), bearer(r), []pass.Question{q})
	}
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	answer(w, worded(in.language(r), answers[0]))
}

// The three ways in which a batch can be meant.
const (
	executeAll         = "execute_all"
	denyOnFirstDeny    = "deny_on_first_deny"
	permitOnFirstAllow = "permit_on_first_permit"
)

// evaluations answers several questions at once. All are decided and booked,
// whatever is meant: of those after the one that settles it nothing is told.
func (d *door) evaluations(w http.ResponseWriter, r *http.Request) {
	var in struct {
		evaluation
		Evaluations []evaluation `json:"evaluations"`
		Options     struct {
			Semantic string `json:"evaluations_semantic"`
		} `json:"options"`
	}
	if err := read(r, &in); err != nil {
		d.refuse(w, r, err)
		return
	}
	switch in.Options.Semantic {
	case "":
		in.Options.Semantic = executeAll
	case executeAll, denyOnFirstDeny, permitOnFirstAllow:
	default:
		d.refuse(w, r, fault.New(fault.Invalid, "bad_format").At("evaluations_semantic"))
		return
	}
	if len(in.Evaluations) == 0 { // then the whole is one question, as AuthZEN has it
		in.Evaluations = []evaluation{{}}
	}
	if len(in.Evaluations) > pass.MostQuestions {
		d.refuse(w, r, fault.New(fault.Invalid, "out_of_range").At("evaluations").With("Min", 1).With("Max", pass.MostQuestions))
		return
	}
	questions := make([]pass.Question, len(in.Evaluations))
	for i, e := range in.Evaluations {
		in.Evaluations[i] = e.over(in.evaluation)
		var err error
		if questions[i], err = in.Evaluations[i].question(); err != nil {
			d.refuse(w, r, err)
			return
		}
	}
	answers, err := d.Office.Decide(r.Context(), bearer(r), questions)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	out := make([]decision, 0, len(answers))
	for i, a := range answers {
		out = append(out, worded(in.Evaluations[i].language(r), a))
		if in.Options.Semantic == denyOnFirstDeny && !a.Allowed || in.Options.Semantic == permitOnFirstAllow && a.Allowed {
			break
		}
	}
	answer(w, map[string]any{"evaluations": out})
}

// events takes what support did in the product.
func (d *door) events(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Pass   string `json:"pass"`
		Events []struct {
			ID       string    `json:"id"`
			At       time.Time `json:"at"`
			Action   string    `json:"action"`
			Type     string    `json:"type"`
			Resource string    `json:"resource"`
			Record   string    `json:"record"`
			Changed  bool      `json:"changed"`
			Words    string    `json:"words"`
		} `json:"events"`
	}
	if err := read(r, &in); err != nil {
		d.refuse(w, r, err)
		return
	}
	events := make([]pass.Event, len(in.Events))
	for i, e := range in.Events {
		events[i] = pass.Event(e)
	}
	n, err := d.Office.Take(r.Context(), bearer(r), in.Pass, events)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	answer(w, map[string]int{"recorded": n})
}

// writeTime is how long a reader of the stream may take.
const writeTime = 10 * time.Second

// revocations is the stream of what ended. It tells within a second, and gives a
// sign of life every second or so.
func (d *door) revocations(w http.ResponseWriter, r *http.Request) {
	if err := d.Office.Known(r.Context(), bearer(r)); err != nil {
		d.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // or proxies would keep it back
	control := http.NewResponseController(w)
	say := func(event string) error {
		// Not every writer can set a deadline; the next sign of life finds the dead.
		_ = control.SetWriteDeadline(d.Office.Now().Add(writeTime))
		if _, err := w.Write([]byte(event)); err != nil {
			return err
		}
		return control.Flush()
	}
	err := d.Office.Listen(r.Context(), bearer(r), func(p id.Pass) error {
		data, err := json.Marshal(map[string]id.Pass{"pass": p})
		if err != nil {
			return err
		}
		return say("event: ended\ndata: " + string(data) + "\n\n")
	}, func() error { return say("event: alive\ndata: 1\n\n") })
	if err != nil && fault.KindOf(err) != fault.Unauthenticated && r.Context().Err() == nil {
		d.Log.Warn("access: a stream of revocations broke off", "err", err)
	}
}
