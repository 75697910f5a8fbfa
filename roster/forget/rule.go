package forget

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/fault"
	"muster/ledger"
	"muster/roster"
)

// Word stands where a value was erased and something has to stand.
const Word = "[…]"

// Reason is why a person is erased. It is one of a few words, since whatever is
// written freely may name somebody, and this stays in the book for good.
type Reason string

// The reasons there are.
const (
	Asked Reason = "asked" // the person asked for it (GDPR, article 17)
	Kept  Reason = "kept"  // there is no ground to keep it any longer
	Wrong Reason = "wrong" // it should never have been recorded
)

// Reasons are all of them, likeliest first.
func Reasons() []Reason { return []Reason{Asked, Kept, Wrong} }

// Plan is what erasing a person takes away, and what stands in the way.
type Plan struct {
	Name string

	Alarms, Shifts, Positions, Messages, Devices, Enrolments, Requests int
	Entries                                                            int // of the book that lose something
	Partners                                                           int // partners that hold something
	Namesake                                                           bool
	Erased                                                             time.Time // when it was done; zero: not yet
	Scrubbed                                                           time.Time // since when no old bytes are in the files either

	Obstacle *fault.Fault // why it cannot be done now; nil: it can

	open, out, namesakes int
	leaving              int // messages about their alarms, here and at partners
	words                []string
	cases                []held
}

// A round cleans the files in the night (UTC) after an erasure, at scrubFrom
// o'clock, when least is written; where that fails it is done the night after.
const (
	scrubFrom = 2
	scrubTill = 4
)

// CleanBy is until when no old bytes of somebody erased are in the files of the
// database either.
func CleanBy(erased time.Time) time.Time {
	end := time.Date(erased.Year(), erased.Month(), erased.Day(), scrubTill, 0, 0, 0, time.UTC)
	if !end.After(erased.Add(time.Hour)) {
		end = end.AddDate(0, 0, 1)
	}
	return end
}

// quiet tells whether it is an hour to clean the files.
func quiet(at time.Time) bool { return at.UTC().Hour() >= scrubFrom && at.UTC().Hour() < scrubTill }

// obstacle is what stands in the way, the nearest first.
func (p *Plan) obstacle(active bool) *fault.Fault {
	why := ""
	switch {
	case !p.Erased.IsZero():
		why = "forget_done"
	case active:
		why = "forget_on_roster"
	case p.open > 0:
		why = "forget_alarm_open"
	case p.out > 0:
		why = "on_shift"
	case slices.ContainsFunc(p.cases, func(h held) bool { return h.state != "" && h.state != "closed" }):
		why = "forget_case_open"
	case p.leaving > 0: // it would say nothing, or what was erased
		why = "forget_leaving"
	default:
		return nil
	}
	return fault.New(fault.Conflict, why)
}

// confirmed holds what was typed to the person's name: whoever erases the wrong
// one cannot take it back.
func (p *Plan) confirmed(typed string) error {
	if strings.Join(strings.Fields(typed), " ") != p.Name {
		return fault.New(fault.Invalid, "forget_name").At("name")
	}
	return nil
}

var (
	mailForm  = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)
	phoneForm = regexp.MustCompile(`^\+[0-9][0-9 ]{6,20}$`)
)

// wordsIn are the person's names and addresses as entries about them have them,
// since who has left has none on the roster any more.
func wordsIn(r ledger.Record) (names, addresses []string) {
	for field, v := range r.Personal {
		switch {
		case mailForm.MatchString(v), phoneForm.MatchString(v):
			addresses = append(addresses, v)
		case strings.HasPrefix(r.Kind, "person.") && (field == "Name" || field == "OldName" || field == "NewName"):
			names = append(names, v)
		}
	}
	return names, addresses
}

// telling tells whether a name says who is meant, so that it can be looked for
// in what others wrote. Of one word alone it cannot be known.
func telling(name string) bool {
	return len(name) >= 5 && strings.Contains(name, " ")
}

// spellings are the ways in which a word stands in columns: as it is, in small
// and in capital letters, and each as JSON has it.
func spellings(word string) (all []string) {
	for _, w := range []string{word, strings.ToLower(word), strings.ToUpper(word)} {
		all = append(all, w)
		if quoted, err := json.Marshal(w); err == nil {
			all = append(all, string(quoted[1:len(quoted)-1]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func like(word string) string { return "%" + likeEscaper.Replace(word) + "%" }

// mentions tells whether bytes that are kept for a while hold one of the words.
func mentions(body []byte, words []string) bool {
	text := strings.ToLower(string(body))
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.ContainsFunc(spellings(w), func(s string) bool { return strings.Contains(text, strings.ToLower(s)) })
	})
}

// known are a person's names and addresses, each once.
type known struct{ names, addresses []string }

func (k *known) add(names, addresses []string) {
	k.names, k.addresses = append(k.names, names...), append(k.addresses, addresses...)
}

func (k *known) person(p roster.Person) {
	k.names = append(k.names, p.Name)
	for _, x := range p.Points {
		if x.Channel != roster.WebPush {
			k.addresses = append(k.addresses, x.Address)
		}
	}
}

func unique(all []string) []string {
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" || s == Word })
}
