package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/mail"
	"net/netip"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// How long things live. OWASP ASVS 5.0: 6.5.5 out-of-band codes at most ten
// minutes, 7.3.1 and 7.3.2 an idle and an absolute end for each session.
const (
	sessionIdle     = 12 * time.Hour
	sessionAbsolute = 30 * 24 * time.Hour
	CodeValid       = 10 * time.Minute // also of the cookie with the nonce
	codeTries       = 5
	linkValid       = 30 * time.Minute
	linkLongest     = 7 * 24 * time.Hour
	ceremonyValid   = 5 * time.Minute
	// recent is how fresh a sign-in must be to change how one signs in.
	recent = 15 * time.Minute
)

// tokenPrefix marks an API token, so that leak scanners can find one.
const tokenPrefix = "mst_"

// Provider stands in place of an organisation for what concerns the provider
// itself: the messages to its staff and its own book.
const Provider id.Org = "org_00000000000000000000000000000000"

// hash is what we keep of a secret that is too long to guess.
type hash = [sha256.Size]byte

// newSecret makes 256 random bits as text and the hash to keep of them.
func newSecret() (text string, kept hash) {
	text = base64.RawURLEncoding.EncodeToString(random(32))
	return text, sha256.Sum256([]byte(text))
}

// newCode makes six digits, each of the million equally likely.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand's reader never fails
	}
	return fmt.Sprintf("%06d", n)
}

// readCode forgives what people type around six digits.
func readCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(s))
}

// readEmail checks a mail address and returns it as written, without spaces
// around it, and folded for comparison. Case is folded in both halves: mail
// systems that tell them apart are rarer than people who type both.
func readEmail(s string) (email, folded string, err error) {
	email = strings.TrimSpace(s)
	a, perr := mail.ParseAddress(email)
	if perr != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, "\"<> ") {
		return "", "", fault.New(fault.Invalid, "bad_email").At("email")
	}
	return email, strings.ToLower(email), nil
}

// ended tells whether a session is over: too long unused, or too old.
func ended(seen, created, now time.Time) bool {
	return now.Sub(seen) >= sessionIdle || now.Sub(created) >= sessionAbsolute
}

// limit is a bucket: burst acts at once, then one more each interval.
type limit struct {
	purpose string
	burst   int
	every   time.Duration
}

// Limits by account guard against guessing; those by address against one
// guesser with many accounts, and are wide enough for an office behind one
// address. Signing in by another way stays possible while one is exhausted.
var (
	passwordByAccount = limit{"password.account", 10, time.Minute}
	passwordByAddress = limit{"password.address", 60, 5 * time.Second}
	codeByAccount     = limit{"code.account", 5, 10 * time.Minute}
	codeByAddress     = limit{"code.address", 30, 20 * time.Second}
	tryByAddress      = limit{"try.address", 60, 5 * time.Second}
	signOnByAddress   = limit{"sso.address", 60, 5 * time.Second}
	passkeyByAddress  = limit{"passkey.address", 60, 5 * time.Second}
)

// take counts one act against a bucket that is full again at the instant
// full (zero when it never was used), and returns the new instant. When the
// bucket is empty, wait says how long until one act is allowed; nothing is
// counted then, so that who keeps trying is not kept out longer for it.
//
// This is the generic cell rate algorithm (ITU-T I.371): one instant a bucket.
func (l limit) take(full, now time.Time) (next time.Time, wait time.Duration) {
	if full.Before(now) {
		full = now
	}
	next = full.Add(l.every)
	if over := next.Sub(now) - time.Duration(l.burst)*l.every; over > 0 {
		return full, over
	}
	return next, 0
}

// network is what one guesser is assumed to control: an IPv4 address, or an
// IPv6 /64, which is the least that anybody is given.
func network(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// limited is the one answer to too many tries. Seconds is how long to wait.
func limited(wait time.Duration) *fault.Fault {
	return fault.New(fault.Limited, "limited").With("Seconds", int64((wait+time.Second-1)/time.Second))
}

// storedRole is one membership as it stands in the database.
type storedRole struct {
	Workspace id.Workspace `json:"w,omitempty"`
	Role      actor.Role   `json:"r"`
}

func writeRoles(roles []actor.Membership) (string, error) {
	out := make([]storedRole, len(roles))
	for i, m := range roles {
		out[i] = storedRole{m.Workspace, m.Role}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func readRoles(text string) ([]actor.Membership, error) {
	var in []storedRole
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("stored roles: %w", err)
	}
	out := make([]actor.Membership, len(in))
	for i, m := range in {
		out[i] = actor.Membership{Workspace: m.Workspace, Role: m.Role}
	}
	return out, nil
}

// checkRoles holds the roles wanted for a token to those that exist.
func checkRoles(roles []actor.Membership) error {
	for _, m := range roles {
		switch m.Role {
		case actor.Worker, actor.Monitor, actor.Administrator, actor.Operator:
		default:
			return fault.New(fault.Invalid, "role_unknown").With("Role", string(m.Role)).At("roles")
		}
	}
	return nil
}

// cut keeps a text that a browser sent us to a length worth keeping.
func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
