package account

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/lang"
	"muster/policy"
)

// Section is one part of the policy as it is read.
type Section struct {
	Name      string // of the topic
	Title     string
	Sentences []string
}

// The numbers that the policy names. Whoever enforces one is held to it by a
// test.
const (
	UsualGrant   = 8 * time.Hour
	LongestGrant = 14 * 24 * time.Hour
	Pending      = 4 * 24 * time.Hour // a request that nobody answers
	Emergency    = time.Hour          // break-glass
	Proof        = time.Minute        // of presence
)

// topics are the parts of the policy in the order in which they are read: the
// rules whose names begin so, and those that are named.
var topics = []struct {
	name  string
	parts []string
	rules []string
}{
	{"people", []string{"staff"}, []string{"floor-staff-outside"}},
	{"account", []string{"account"}, []string{"floor-create-organisation"}},
	{"grant", []string{"grant", "letin"}, nil},
	{"inside", []string{"visit"}, []string{"floor-guest", "floor-wall"}},
	{"settings", []string{"configure"}, nil},
	{"requests", []string{"desk", "request"}, nil},
	{"products", []string{"pass"}, nil},
}

// Policy is the policy for support access in the reader's language: the
// sentences of the very rules that decide, and the numbers they stand on.
func Policy(tag lang.Tag) (sections []Section) {
	for _, t := range topics {
		s := Section{Name: t.name, Title: tag.Text("account.topic."+t.name, nil)}
		for _, r := range policy.Rules() {
			part, _, _ := strings.Cut(r.ID, "-")
			if slices.Contains(t.parts, part) || slices.Contains(t.rules, r.ID) {
				s.Sentences = append(s.Sentences, tag.Text("policy."+r.ID, nil))
			}
		}
		if len(s.Sentences) > 0 {
			sections = append(sections, s)
		}
	}
	return append(sections, Section{Name: "numbers", Title: tag.Text("account.topic.numbers", nil), Sentences: numbers(tag)})
}

func numbers(tag lang.Tag) (all []string) {
	for _, n := range []struct {
		name string
		span time.Duration
	}{
		{"usual", UsualGrant},
		{"longest", LongestGrant},
		{"pending", Pending},
		{"emergency", Emergency},
		{"proof", Proof},
		{"read", readWithin},
	} {
		all = append(all, tag.Text("account.number."+n.name, map[string]any{"Span": tag.Duration(n.span)}))
	}
	return all
}

// Version names the text of the policy, in all its languages: whatever word of
// it changes, administrators are asked again.
var Version = sync.OnceValue(func() string {
	h := sha256.New()
	for _, tag := range lang.Supported() {
		for _, s := range Policy(tag) {
			h.Write([]byte(s.Title + "\n" + strings.Join(s.Sentences, "\n") + "\n"))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
})
