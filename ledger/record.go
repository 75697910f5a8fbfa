package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
)

// Record is an entry as it is read back.
type Record struct {
	Seq      int64 // place in the log; the first is 0
	At       time.Time
	Kind     string
	Subject  string
	About    id.Person
	Actor    Actor
	Rule     string
	Facts    map[string]any    // whole numbers are int64
	Personal map[string]string // without what was erased
	Erased   bool              // some personal value is gone
}

// Actor is who acted, as far as it was not erased.
type Actor struct {
	Kind actor.Kind
	ID   string
	Name string // empty when erased
	IP   string // empty when erased, or when there was none
	Door actor.Door
	Via  string // token or session that was used
}

// Sentences are the catalogue keys of the record's sentence, the most
// particular first: a kind of alarm or an outcome may have one of its own, and
// so may what people do about themselves, which names them once.
func (r Record) Sentences() []string {
	var keys []string
	for _, fact := range []string{"Outcome", "Kind"} {
		if v, ok := r.Facts[fact].(string); ok {
			keys = append(keys, "book."+r.Kind+"."+v)
		}
	}
	if r.About != "" && r.Actor.ID == string(r.About) {
		keys = append(keys, "book."+r.Kind+".own")
	}
	return append(keys, "book."+r.Kind)
}

// Args are the values for the sentence: Actor, Subject, and each fact and
// personal value under its own name. A fact like "AfterSeconds" or
// "AfterMilliseconds" is also there as a length of time, "After"; one whose
// name is the unit alone as "Time".
func (r Record) Args() map[string]any {
	args := make(map[string]any, len(r.Facts)+len(r.Personal)+2)
	for k, v := range r.Facts {
		args[k] = v
		if n, ok := v.(int64); ok {
			spans(args, k, n)
		}
	}
	for k, v := range r.Personal {
		args[k] = v
	}
	args["Subject"] = r.Subject
	if r.Actor.Name != "" {
		args["Actor"] = r.Actor.Name
	}
	return args
}

func spans(args map[string]any, name string, n int64) {
	unit := time.Millisecond
	stem, ok := strings.CutSuffix(name, "Milliseconds")
	if !ok {
		unit = time.Second
		if stem, ok = strings.CutSuffix(name, "Seconds"); !ok {
			return
		}
	}
	if stem == "" {
		stem = "Time"
	}
	args[stem] = time.Duration(n) * unit
}

// record is the leaf with what is left of its values, for reading.
func (l *leaf) record(open []value) (Record, error) {
	facts, err := decodeFacts(l.facts)
	if err != nil {
		return Record{}, fmt.Errorf("ledger: entry %d: %w", l.seq, err)
	}
	r := Record{
		Seq: l.seq, At: time.UnixMicro(l.at).UTC(), Kind: l.kind, Subject: l.subject,
		About: id.Person(l.about), Actor: l.actor, Rule: l.rule, Facts: facts,
		Erased: len(open) < len(l.personal), Personal: make(map[string]string, len(open)),
	}
	if l.actor.Kind == actor.System {
		r.Actor.Name = actor.Engine().Name
	}
	for _, v := range open {
		switch v.field {
		case actorIP:
			r.Actor.IP = v.text
		case actorName:
			r.Actor.Name = v.text
		default:
			r.Personal[v.field] = v.text
		}
	}
	return r, nil
}

// decodeFacts reads facts; whole numbers become int64.
func decodeFacts(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var facts map[string]any
	if err := dec.Decode(&facts); err != nil {
		return nil, err
	}
	for k, v := range facts {
		facts[k] = whole(v)
	}
	return facts, nil
}

func whole(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = whole(v[k])
		}
	}
	return v
}
