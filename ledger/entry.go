package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Entry is what a command writes into the book.
type Entry struct {
	Kind     string            // "alarm.acknowledged"; its sentence is "book.<Kind>" in the catalogues
	Subject  string            // identifier of the thing acted on
	About    id.Person         // whom it concerns; owner of the values in Personal
	Rule     string            // the policy rule that allowed it
	Facts    map[string]any    // what is not personal: text, yes or no, whole numbers, lists of them
	Personal map[string]string // what is: kept beside the leaf, can be erased. Without About it is the actor's
}

// The actor's own personal values; the point keeps them apart from an entry's.
const (
	actorIP   = "actor.ip"
	actorName = "actor.name"
)

// Limits of an entry. Input was checked long before it comes here, so a breach
// is our own mistake.
const (
	maxLeaf     = 64 << 10 // bytes
	maxPersonal = 64 << 10 // bytes, all values together
)

var (
	kindForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	fieldForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)
)

// leaf is what is hashed.
type leaf struct {
	seq      int64
	at       int64 // microseconds since 1970 UTC
	kind     string
	subject  string
	about    string
	actor    Actor
	rule     string
	facts    []byte // a JSON object
	personal []commitment
}

// commitment binds a field to a value without showing it.
type commitment struct {
	field string
	mac   string // base64 without padding
}

// value opens a commitment.
type value struct {
	field string
	salt  string // 16 random bytes, base64 without padding
	text  string
	gone  bool // erased
}

var b64 = base64.RawStdEncoding.Strict()

// commit is the commitment to text under salt. The field needs no part in it,
// since the leaf binds the two.
func commit(salt []byte, text string) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(text))
	var sum [sha256.Size]byte
	return b64.EncodeToString(mac.Sum(sum[:0]))
}

func (v value) opens(c commitment) bool {
	salt, err := b64.DecodeString(v.salt)
	return err == nil && hmac.Equal([]byte(commit(salt, v.text)), []byte(c.mac))
}

// owner is the person whose erasure takes the field's value along.
func (l *leaf) owner(field string) string {
	if l.about == "" || strings.HasPrefix(field, "actor.") {
		return l.actor.ID
	}
	return l.about
}

// compose makes the leaf of an entry, all but its place in the log, and the
// values that open its commitments.
func compose(who actor.Actor, e Entry, at time.Time) (*leaf, []value, error) {
	l := &leaf{
		at: at.UnixMicro(), kind: e.Kind, subject: valid(e.Subject), about: string(e.About), rule: e.Rule,
		actor: Actor{Kind: who.Kind, ID: who.ID(), Door: who.Door, Via: string(who.Token)},
	}
	if l.actor.Via == "" {
		l.actor.Via = string(who.Session)
	}
	if !kindForm.MatchString(e.Kind) {
		return nil, nil, misuse("%q is no kind of entry", e.Kind)
	}
	var err error
	if who.Guest() { // by which leave they were inside
		e.Facts = maps.Clone(e.Facts)
		if e.Facts == nil {
			e.Facts = map[string]any{}
		}
		if e.Facts["Grant"] == nil {
			e.Facts["Grant"] = string(who.Grant)
		}
	}
	if l.facts, err = encodeFacts(e.Facts); err != nil {
		return nil, nil, misuse("facts of %s: %v", e.Kind, err)
	}
	open, err := personal(who, e)
	if err != nil {
		return nil, nil, err
	}
	salts := make([]byte, 16*len(open))
	rand.Read(salts)
	l.personal = make([]commitment, len(open))
	for i := range open {
		salt := salts[16*i : 16*i+16]
		open[i].salt = b64.EncodeToString(salt)
		l.personal[i] = commitment{open[i].field, commit(salt, open[i].text)}
	}
	return l, open, nil
}

// personal gathers an entry's personal values, sorted by field.
func personal(who actor.Actor, e Entry) ([]value, error) {
	all := make([]value, 0, len(e.Personal)+2)
	for field, text := range e.Personal {
		if !fieldForm.MatchString(field) {
			return nil, misuse("%s: %q is no name of a personal value", e.Kind, field)
		}
		all = append(all, value{field: field, text: valid(text)})
	}
	// Muster itself is no person, and where it runs is nobody's address.
	if who.Kind != actor.System {
		if who.IP.IsValid() {
			all = append(all, value{field: actorIP, text: who.IP.String()})
		}
		if who.Name != "" {
			all = append(all, value{field: actorName, text: valid(who.Name)})
		}
	}
	total := 0
	for _, v := range all {
		total += len(v.text)
	}
	if total > maxPersonal {
		return nil, misuse("%s: its personal values are too long", e.Kind)
	}
	slices.SortFunc(all, func(a, b value) int { return strings.Compare(a.field, b.field) })
	return all, nil
}

// valid keeps text fit for JSON.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// encodeFacts writes facts as JSON with sorted names.
func encodeFacts(facts map[string]any) ([]byte, error) {
	if len(facts) == 0 {
		return []byte("{}"), nil
	}
	for name := range facts {
		if !fieldForm.MatchString(name) {
			return nil, fmt.Errorf("%q is no name of a fact", name)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(facts); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func misuse(format string, args ...any) error {
	return fault.New(fault.Internal, "internal").Wrap(fmt.Errorf("ledger: "+format, args...))
}
