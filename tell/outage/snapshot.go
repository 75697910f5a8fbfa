// Package outage tells customers of our own outage: what has to be known for
// that is kept in a file that travels, and a program that has nothing but that
// file tells them, writes down what it did, and hands it in when the database
// is back (notices row 31).
package outage

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/notice"
)

// How often a snapshot is taken, from which age on one is warned of, and how long
// a drill counts.
const (
	Every    = 15 * time.Minute
	Overdue  = Every + 5*time.Minute
	DrillDue = 90 * 24 * time.Hour
)

// Snapshot is what was known at an instant.
type Snapshot struct {
	Taken      time.Time
	URL        string // of the installation
	Wide       int    // how many organisations news reach before two people answer for them; zero: however many
	Components []component.Component
	Customers  []notice.Customer
	Open       []notice.Notice // of which something is still promised
	// Sentences are the approved phrases, by language, kind, state and name.
	Sentences map[lang.Tag]map[notice.Kind]map[notice.State]map[string]string
	Staff     []Member // who writes news
	Carriers  []Carrier
	Signing   Signing // zero: mail leaves unsigned
	Back      string  // domain to which bounces come; empty: to the sender
}

// Member is one of the provider's people who may write news.
type Member struct {
	ID       id.Staff
	Name     string
	Email    string
	Language lang.Tag
}

// Carrier is who takes messages to people, in the order of use.
type Carrier struct {
	Kind    string
	Name    string
	Setting string // secrets and all
}

// Signing is what mail is signed with.
type Signing struct {
	Domain, Selector string
	Keys             []byte // PEM
}

// Person finds somebody of the provider by their address.
func (s Snapshot) Person(email string) (Member, bool) {
	for _, m := range s.Staff {
		if strings.EqualFold(m.Email, strings.TrimSpace(email)) {
			return m, true
		}
	}
	return Member{}, false
}

// Age is how old it is.
func (s Snapshot) Age(now time.Time) time.Duration { return max(0, now.Sub(s.Taken)) }

// purposes keep what is sealed here apart.
const (
	filePurpose    = "seal.outage.snapshot"
	journalPurpose = "seal.outage.journal"
)

// mostBytes bounds a snapshot, packed and unpacked.
const mostBytes = 512 << 20

// envelope is the file. What stands open says how old it is, and is signed with
// the rest.
type envelope struct {
	Version   int       `json:"muster_outage"`
	Taken     time.Time `json:"taken"`
	URL       string    `json:"url"`
	Sealed    []byte    `json:"sealed"`
	Signature []byte    `json:"signature"`
}

const version = 1

func (e envelope) signed() []byte {
	return append(fmt.Appendf(nil, "muster outage %d\n%s\n%s\n", e.Version, e.Taken.UTC().Format(time.RFC3339Nano), e.URL), e.Sealed...)
}

// Seal makes a snapshot's file: packed, sealed, and signed by the installation.
func (k *Keys) Seal(s Snapshot) ([]byte, error) {
	if k.sign == nil {
		return nil, errors.New("outage: this key only opens snapshots")
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := errors.Join(json.NewEncoder(z).Encode(s), z.Close()); err != nil {
		return nil, err
	}
	sealed, err := k.seal.Seal(filePurpose, packed.Bytes())
	if err != nil {
		return nil, err
	}
	e := envelope{Version: version, Taken: s.Taken, URL: s.URL, Sealed: sealed}
	e.Signature = ed25519.Sign(k.sign, e.signed())
	return json.Marshal(e)
}

// errChanged is the answer to every file that is not as the installation wrote
// it.
var errChanged = errors.New("this snapshot was changed, or is not of the installation that this key belongs to; nothing in it is used")

// Open reads a snapshot's file.
func (k *Keys) Open(file []byte) (s Snapshot, err error) {
	var e envelope
	if err := json.Unmarshal(file, &e); err != nil {
		return s, errChanged
	}
	if e.Version != version {
		return s, fmt.Errorf("this snapshot is of version %d, and this program reads version %d", e.Version, version)
	}
	if !ed25519.Verify(k.public, e.signed(), e.Signature) {
		return s, errChanged
	}
	packed, err := k.seal.Open(filePurpose, e.Sealed)
	if err != nil {
		return s, errChanged
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return s, errChanged
	}
	if err := json.NewDecoder(io.LimitReader(z, mostBytes)).Decode(&s); err != nil || !s.Taken.Equal(e.Taken) {
		return s, errChanged
	}
	return s, nil
}
