package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"muster/fault"
)

// cost is what one argon2id hash takes. It stands in each hash, so that it can
// be raised: a hash of another cost is made anew at the next sign-in.
type cost struct {
	memory uint32 // KiB
	time   uint32 // passes
	lanes  uint8
}

// OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
var costNow = cost{memory: 19 * 1024, time: 2, lanes: 1}

// A stored hash may not ask for more than this, whoever wrote it.
var costMost = cost{memory: 256 * 1024, time: 10, lanes: 8}

const (
	saltBytes = 16
	hashBytes = 32
	// hashQueue is how many may wait for their turn. Beyond it the answer is
	// "busy" at once: memory stays bounded whatever arrives.
	hashQueue = 256
)

// hasher works out password hashes, a few at a time.
type hasher struct {
	running chan struct{}
	waiting chan struct{}
	decoy   func() string // a hash that no password matches
}

func newHasher() *hasher {
	h := &hasher{
		running: make(chan struct{}, min(runtime.GOMAXPROCS(0), 4)),
		waiting: make(chan struct{}, hashQueue),
	}
	h.decoy = sync.OnceValue(func() string { return encodeHash(costNow, random(saltBytes), random(hashBytes)) })
	return h
}

// turn waits for leave to use the memory of one hash.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, fault.New(fault.Unavailable, "sign_in_busy")
	}
	defer func() { <-h.waiting }()
	select {
	case h.running <- struct{}{}:
		return func() { <-h.running }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes the text to store for a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := random(saltBytes)
	return encodeHash(costNow, salt, derive(password, salt, costNow, hashBytes)), nil
}

// check tells whether password made stored, and whether stored should be made
// anew at today's cost. An empty stored hash costs the same as a wrong
// password and matches none.
func (h *hasher) check(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	if stored == "" {
		stored = h.decoy()
	}
	c, salt, want, err := decodeHash(stored)
	if err != nil {
		return false, false, err
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	got := derive(password, salt, c, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, c != costNow, nil
}

// derive hashes the NFKC form, so that the same keys pressed on another
// system give the same password (RFC 8265, NIST SP 800-63B-4).
func derive(password string, salt []byte, c cost, size uint32) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.time, c.memory, c.lanes, size)
}

// encodeHash writes the PHC string format.
func encodeHash(c cost, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		c.memory, c.time, c.lanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// decodeHash reads what encodeHash wrote, and nothing that would cost more
// than costMost to check.
func decodeHash(s string) (c cost, salt, sum []byte, err error) {
	bad := func(why string) (cost, []byte, []byte, error) {
		return cost{}, nil, nil, fmt.Errorf("stored password hash: %s", why)
	}
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return bad("not argon2id")
	}
	number := strings.Split(part[3], ",")
	if len(number) != 3 {
		return bad("cost")
	}
	for i, name := range []string{"m=", "t=", "p="} {
		text, ok := strings.CutPrefix(number[i], name)
		n, err := strconv.ParseUint(text, 10, 32)
		if !ok || err != nil || n == 0 || n > uint64([]uint32{costMost.memory, costMost.time, uint32(costMost.lanes)}[i]) {
			return bad("cost " + name)
		}
		switch i {
		case 0:
			c.memory = uint32(n)
		case 1:
			c.time = uint32(n)
		case 2:
			c.lanes = uint8(n)
		}
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return bad("salt")
	}
	if sum, err = b64.DecodeString(part[5]); err != nil || len(sum) < 16 || len(sum) > 64 {
		return bad("sum")
	}
	return c, salt, sum, nil
}

// random returns n bytes that nobody can guess; crypto/rand never fails.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
