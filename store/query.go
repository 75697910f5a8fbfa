package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// SQL is one registered statement. The same text serves both databases, in
// the portable subset, with $n placeholders.
type SQL struct {
	name   string
	text   string // as written
	pg     string // PostgreSQL's own wording, empty when the text serves
	across bool   // crosses organisations
	free   bool   // writes telemetry: needs no entry in the book of its own
	lock   bool   // reads in order to write: FOR UPDATE where there is such a thing
	writes string // the table it writes; empty for reads

	once   sync.Once
	reads  bool   // PostgreSQL changes nothing by it
	sqlite string // text as SQLite wants it
	postgr string // text as PostgreSQL wants it
}

var (
	registryMu sync.Mutex
	registry   []*SQL
)

var writing = regexp.MustCompile(`(?is)^\s*(?:insert\s+into|update|delete\s+from)\s+(\w+)`)

// Query registers a tenant statement. Its $1 is the organisation and is
// passed by the unit itself; the caller's arguments begin at $2.
func Query(name, text string) *SQL { return register(&SQL{name: name, text: text}) }

// Across registers a statement over all organisations, or on tables that
// belong to none. Only an AcrossTx runs it.
func Across(name, text string) *SQL { return register(&SQL{name: name, text: text, across: true}) }

// PG gives PostgreSQL its own wording, for the few cases (claims, arrays)
// where no common text exists. A test counts these.
func (q *SQL) PG(text string) *SQL {
	q.pg = text
	return q
}

// Lock makes a read hold its rows until the unit ends. SQLite needs nothing
// for that: it has one writer.
func (q *SQL) Lock() *SQL {
	q.lock = true
	return q
}

// Telemetry marks a write to a booked table that needs no entry of its own,
// since what it writes is digested into the entry that closes the thing.
func (q *SQL) Telemetry() *SQL {
	q.free = true
	return q
}

// Name is the name the statement was registered under.
func (q *SQL) Name() string { return q.name }

// Statements lists every registered statement, for tests that hold all of
// them to a law.
func Statements() []*SQL {
	registryMu.Lock()
	defer registryMu.Unlock()
	return slices.Clone(registry)
}

// Tenant tells whether the statement is bound to one organisation; Override
// whether PostgreSQL has its own wording; Table which table it writes.
func (q *SQL) Tenant() bool   { return !q.across }
func (q *SQL) Override() bool { return q.pg != "" }
func (q *SQL) Table() string  { return q.writes }

// Text is the statement as it was written.
func (q *SQL) Text() string { return q.text }

func register(q *SQL) *SQL {
	if m := writing.FindStringSubmatch(q.text); m != nil {
		q.writes = strings.ToLower(m[1])
	}
	registryMu.Lock()
	defer registryMu.Unlock()
	for _, other := range registry {
		if other.name == q.name {
			panic("store: two statements are named " + q.name)
		}
	}
	registry = append(registry, q)
	return q
}

var changing = regexp.MustCompile(`(?is)\b(?:insert\s+into|delete\s+from|update\s+\w+\s+(?:\w+\s+)?set)\b`)

var placeholder = regexp.MustCompile(`\$(\d+)`)

// bareLimit finds a limit that is a parameter. SQLite plans by its value, and
// so compiles the statement anew each time; it lets a sum be.
var bareLimit = regexp.MustCompile(`(?i)\blimit \?\d+`)

func (q *SQL) prepare() {
	q.once.Do(func() {
		q.sqlite = bareLimit.ReplaceAllString(placeholder.ReplaceAllString(q.text, "?$1"), "$0 + 0")
		q.postgr = q.text
		if q.pg != "" {
			q.postgr = q.pg
		}
		q.reads = !changing.MatchString(q.postgr)
		if q.lock {
			q.postgr += " for update"
		}
	})
}

func (q *SQL) forSQLite() string   { q.prepare(); return q.sqlite }
func (q *SQL) forPostgres() string { q.prepare(); return q.postgr }

// unbooked names the tables whose writes need no entry in the book: the
// floor's own machinery, and telemetry that is digested into the entry which
// closes its shift or message.
var unbooked = map[string]string{
	"timer":             "machinery: what fires writes its own entry",
	"message":           "digested into the entry that closes what it was about",
	"attempt":           "digested with its message",
	"attempt_part":      "digested with its message",
	"check_in":          "telemetry: digested into the entry that ends the shift",
	"position":          "telemetry: digested into the entry that ends the shift",
	"once":              "machinery: keys of requests already carried out",
	"roster_import":     "an upload waiting for its go-ahead; applying it is booked",
	"ledger_entry":      "the book itself",
	"ledger_value":      "the book itself",
	"ledger_head":       "the book itself",
	"ledger_tile":       "the book itself",
	"ledger_hash":       "the book itself",
	"ledger_checkpoint": "the book itself",
	"principal":         "copy of the roster for sign-in, written in the roster's own booked unit",
	"session":           "machinery: signing in and out is booked where an organisation is concerned",
	"carrier_tally":     "telemetry: figures of the provider's own carriers, kept for a day",
	"outage_snapshot":   "telemetry: how old the snapshots for our own outage are",
	"api_token_use":     "machinery: when a token was last used",
}

func (q *SQL) mustBook() bool {
	if q.across || q.free || q.writes == "" {
		return false
	}
	_, free := unbooked[q.writes]
	return !free
}

func (q *SQL) String() string { return fmt.Sprintf("%s: %s", q.name, q.text) }
