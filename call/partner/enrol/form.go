package enrol

import (
	"strings"
	"unicode/utf8"

	"muster/fault"
	"muster/roster/address"
)

// Field is one thing that the organisation wants its partner to know of each
// worker beside the usual: a password, a registration plate (SS6).
type Field struct {
	Key      string   `json:"key"`   // how facts and sheets refer to it; made of the label
	Label    string   `json:"label"` // as people read it
	Required bool     `json:"required,omitempty"`
	Choices  []string `json:"choices,omitempty"` // nothing else may stand there
}

// settleForm checks the fields that an organisation defines, and gives those
// that are new their key. Faults at fields.N.
func settleForm(in []Field) (out []Field, err error) {
	if len(in) > mostFields {
		return nil, fault.New(fault.Invalid, "too_many").At("fields").With("Max", mostFields)
	}
	taken := map[string]bool{}
	for _, f := range in {
		if f.Label = address.Line(f.Label); f.Label == "" {
			continue
		}
		if utf8.RuneCountInString(f.Label) > 80 {
			return nil, fault.New(fault.Invalid, "too_long").At("fields").With("Max", 80)
		}
		f = f.Keyed()
		if f.Key == "" || taken[f.Key] {
			return nil, fault.New(fault.Conflict, "taken").At("fields")
		}
		taken[f.Key] = true
		var choices []string
		for _, c := range f.Choices {
			if c = address.Line(c); c != "" && utf8.RuneCountInString(c) <= 80 && len(choices) < 100 {
				choices = append(choices, c)
			}
		}
		f.Choices = choices
		out = append(out, f)
	}
	return out, nil
}

// Keyed is the field with a key, made of its label where it has none.
func (f Field) Keyed() Field {
	if f.Key == "" {
		f.Key = keyOf(f.Label)
	}
	return f
}

// keyOf makes a key of a label: "Kennzeichen" is kennzeichen.
func keyOf(label string) string {
	k := folded(label)
	if r := []rune(k); len(r) > 40 {
		k = string(r[:40])
	}
	return k
}

// fields checks what stands in the organisation's own fields. What is in none of
// them is not kept.
func fields(in map[string]string, form []Field) (map[string]string, error) {
	out := map[string]string{}
	var errs []error
	for _, f := range form {
		v := strings.TrimSpace(in[f.Key])
		at := "fields." + f.Key
		switch {
		case v == "" && f.Required:
			errs = append(errs, fault.New(fault.Invalid, "required").At(at))
		case v == "":
		case utf8.RuneCountInString(v) > maxField:
			errs = append(errs, fault.New(fault.Invalid, "too_long").At(at).With("Max", maxField))
		case len(f.Choices) > 0:
			chosen := ""
			for _, c := range f.Choices {
				if folded(c) == folded(v) {
					chosen = c
				}
			}
			if chosen == "" {
				errs = append(errs, fault.New(fault.Invalid, "not_a_choice").At(at))
			}
			out[f.Key] = chosen
		default:
			out[f.Key] = v
		}
	}
	if len(out) == 0 {
		return nil, fault.Join(errs...)
	}
	return out, fault.Join(errs...)
}
