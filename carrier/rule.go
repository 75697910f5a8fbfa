package carrier

import (
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/deliver/setting"
	"muster/fault"
	"muster/id"
)

// Carrier is one that staff entered, without its secrets.
type Carrier struct {
	ID      id.Carrier
	Kind    string
	Name    string
	Active  bool
	Values  map[string]string // by the names of its kind's fields; never a secret one
	Kept    map[string]bool   // secrets that there are
	Made    time.Time
	Changed time.Time

	Unreadable bool // another key sealed it: it has to be entered anew

	place int64 // the lower, the sooner it is used
}

// Draft is what staff typed. A secret that is left empty stays what it was.
type Draft struct {
	Kind   string // of a new one; else it stays
	Name   string
	Active bool
	Values map[string]string
}

// Bounds of what can be typed, in characters.
const (
	longestName  = 60
	longestValue = 500
)

// hostPort is a server's name or address, with a port or without.
var hostPort = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// checked is a carrier's name and values as they are kept, or what is wrong
// with them. was are its values so far, secrets with them; nil: there is none
// yet.
func (k Kind) checked(d Draft, was map[string]string) (name string, values map[string]string, err error) {
	var wrong []error
	name = strings.TrimSpace(d.Name)
	switch {
	case name == "":
		wrong = append(wrong, fault.New(fault.Invalid, "required").At("name"))
	case utf8.RuneCountInString(name) > longestName:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").With("Max", longestName).At("name"))
	}
	values = map[string]string{}
	for _, f := range k.Fields {
		v := strings.TrimSpace(d.Values[f.Name])
		if f.Secret && v == "" {
			v = was[f.Name]
		}
		if e := f.check(v); e != nil {
			wrong = append(wrong, e)
		}
		if v != "" {
			values[f.Name] = v
		}
	}
	wrong = append(wrong, k.unbound(d, was, values)...)
	if len(wrong) == 0 {
		wrong = append(wrong, k.parse(values))
	}
	return name, values, fault.Join(wrong...)
}

// check finds what the setting's own parser would not: it sees only the whole.
func (f Field) check(v string) error {
	switch {
	case v == "" && f.Needed:
		return fault.New(fault.Invalid, "required").At(f.Name)
	case len(v) > longestValue:
		return fault.New(fault.Invalid, "too_long").With("Max", longestValue).At(f.Name)
	case strings.ContainsFunc(v, unicode.IsControl),
		f.Rule == "carrier_server" && v != "" && !hostPort.MatchString(v),
		f.Choices != nil && v != "" && !slices.Contains(f.Choices, v):
		return f.broken()
	}
	return nil
}

func (f Field) broken() *fault.Fault { return fault.New(fault.Invalid, f.Rule).At(f.Name) }

// unbound are secrets that would go elsewhere than they were given for: who
// may change where may not by that learn what.
func (k Kind) unbound(d Draft, was, values map[string]string) (wrong []error) {
	moved := slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Binds && was[f.Name] != values[f.Name] })
	if was == nil || !moved {
		return nil
	}
	for _, f := range k.Fields {
		if f.Secret && was[f.Name] != "" && strings.TrimSpace(d.Values[f.Name]) == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "carrier_again").At(f.Name))
		}
	}
	return wrong
}

// parse has the kind's own parser look at the whole, and says what it says
// about the field that it is about.
func (k Kind) parse(values map[string]string) error {
	text, err := k.compose(values)
	if err == nil {
		err = k.check(text)
	}
	if err == nil {
		return nil
	}
	about := k.Fields[0]
	if w, ok := errors.AsType[*setting.Wrong](err); ok {
		if f, known := k.Field(w.Part); known {
			about = f
		}
	}
	return about.broken() // without the cause, which may quote the setting
}

// compose writes the setting as the environment would have it.
func (k Kind) compose(values map[string]string) (string, error) {
	u := &url.URL{Host: values[setting.Server]}
	if k.scheme != nil {
		u.Scheme = k.scheme(values)
	} else {
		var err error
		if u, err = url.Parse(values[setting.Server]); err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return "", &setting.Wrong{Part: setting.Server}
		}
	}
	switch user, pass := values[setting.User], values[setting.Password]; {
	case pass != "":
		u.User = url.UserPassword(user, pass)
	case user != "":
		u.User = url.User(user)
	}
	options := url.Values{}
	for _, f := range k.Fields {
		switch v := values[f.Name]; {
		case v == "", f.Name == setting.Server, f.Name == setting.User, f.Name == setting.Password, f.Name == "tls" && v == "implicit":
		default:
			options.Set(f.Name, v)
		}
	}
	u.RawQuery = options.Encode()
	return u.String(), nil
}

// open parts values into what may be shown, and which secrets there are.
func (k Kind) open(values map[string]string) (shown map[string]string, kept map[string]bool) {
	shown, kept = maps.Clone(values), map[string]bool{}
	for _, f := range k.Fields {
		if f.Secret && values[f.Name] != "" {
			kept[f.Name] = true
			delete(shown, f.Name)
		}
	}
	return shown, kept
}
