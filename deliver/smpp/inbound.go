package smpp

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/lang/gsm"
	"muster/seal"
	"muster/store"
)

// Text is one text message that somebody sent to us.
type Text struct {
	ID   string // the same when it comes again
	From string // number in E.164 form
	Body string
}

// segment is a text that came in, or a part of one.
type segment struct {
	from, to string
	ref      int // -1 for a text that came in one
	n, of    int
	body     string
}

// segment reads a message. ok is false when it holds no text of a person who
// can be known.
func (c config) segment(m message) (s segment, ok bool) {
	raw := m.body()
	s = segment{to: m.dest.digits, ref: -1, n: 1, of: 1}
	if m.class&esmHeader != 0 {
		if raw, ok = s.header(raw); !ok {
			return s, false
		}
	}
	if ref, there := m.option(tagSarRef); there && s.ref < 0 {
		total, _ := m.option(tagSarTotal)
		part, _ := m.option(tagSarPart)
		if len(ref) == 2 && len(total) == 1 && len(part) == 1 {
			s.ref, s.of, s.n = int(binary.BigEndian.Uint16(ref)), int(total[0]), int(part[0])
		}
	}
	if s.n < 1 || s.n > s.of {
		return s, false
	}
	s.body, ok = decode(m.coding, raw)
	s.from = c.number(m.source)
	return s, ok && s.from != ""
}

// header reads the user data header and gives back what follows it. Texts to
// ports are for programs.
func (s *segment) header(raw []byte) (rest []byte, ok bool) {
	if len(raw) == 0 || len(raw) <= int(raw[0]) {
		return nil, false
	}
	elements, rest := raw[1:1+int(raw[0])], raw[1+int(raw[0]):]
	for len(elements) >= 2 {
		kind, n := elements[0], int(elements[1])
		if len(elements) < 2+n {
			return nil, false
		}
		v := elements[2 : 2+n]
		switch {
		case kind == 0 && n == 3:
			s.ref, s.of, s.n = int(v[0]), int(v[1]), int(v[2])
		case kind == 8 && n == 4:
			s.ref, s.of, s.n = int(binary.BigEndian.Uint16(v)), int(v[2]), int(v[3])
		case kind == 4, kind == 5:
			return nil, false
		}
		elements = elements[2+n:]
	}
	return rest, true
}

// decode reads a text in its coding (§5.2.19; from 0xc0 on TS 23.038 §4).
func decode(coding byte, raw []byte) (string, bool) {
	switch {
	case coding == codingDefault, coding >= 0xc0 && coding <= 0xdf, coding >= 0xf0 && coding&4 == 0:
		return gsm.Decode(raw), true
	case coding == codingUnicode, coding&0xf0 == 0xe0:
		return gsm.DecodeUnicode(raw), true
	case coding == codingASCII, coding == codingLatin1:
		var b strings.Builder
		for _, c := range raw {
			b.WriteRune(rune(c))
		}
		return b.String(), true
	}
	return "", false
}

// number is where a text came from, in E.164 form; empty when that cannot be
// known. Centres often leave the type of number open. A name may be anything
// that its sender likes, somebody's number included; a number of the network's
// own, or a short one, is not the same abroad.
func (c config) number(a address) string {
	if a.ton > 2 {
		return ""
	}
	digits := strings.TrimPrefix(a.digits, "+")
	if rest, ok := strings.CutPrefix(digits, "00"); ok && a.ton != 2 {
		digits = rest
	}
	if a.ton == 2 || a.ton == 0 && strings.HasPrefix(digits, "0") {
		if c.country == "" {
			return ""
		}
		digits = c.country + strings.TrimLeft(digits, "0")
	}
	if number := "+" + digits; e164.MatchString(number) {
		return number
	}
	return ""
}

// How long what came in is kept: a whole text so that it counts once when the
// centre brings it again on another connection, a part of one until the others must have come. What
// is still incomplete by then is taken as it is: it may be a call for help.
const (
	keptWhole = time.Minute
	keptParts = 10 * time.Minute
	waitParts = 30 * time.Second
	sweepTime = 5 * time.Second
)

// maxBody bounds one text, in octets: ten parts.
const maxBody = 1600

const textPurpose = "smpp.text"

// group is the key under which the parts of one text are kept.
func (s segment) group(keys *seal.Keys) string {
	what := strconv.Itoa(s.ref) + "/" + strconv.Itoa(s.of)
	if s.of == 1 {
		what = s.body
	}
	return hex.EncodeToString(keys.MAC(textPurpose, s.from, s.to, what)[:16])
}

// kept is a part as it lies in the database, where nobody reads along.
type kept struct {
	n, of  int
	sealed []byte
	came   time.Time
	done   bool
}

type content struct{ From, Body string }

// settled are the texts in one that were taken lately on one connection, by
// their groups. While it lives our answer reaches the centre, which then has no
// cause to bring the text again: whoever sends the same word twice within a
// minute, END and START and END, means it. On another connection it may be one
// whose answer got lost.
type settled struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (t *settled) add(group string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.at, func(_ string, at time.Time) bool { return now.Sub(at) > keptWhole })
	if t.at == nil {
		t.at = map[string]time.Time{}
	}
	t.at[group] = now
}

// remove tells whether the text was there. What comes of it this time has yet
// to be seen: until then it may be brought again.
func (t *settled) remove(group string) (there bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, there = t.at[group]
	delete(t.at, group)
	return there
}

// hear takes a text or a part of one that came on a connection, and passes on
// what is whole. It is safe to call it again with the same, until it is settled
// there.
func (c *Channel) hear(ctx context.Context, s segment, on *settled) error {
	group := s.group(c.doors.Keys)
	plain, err := json.Marshal(content{s.from, s.body})
	if err != nil {
		return err
	}
	sealed, err := c.doors.Keys.Seal(textPurpose, plain)
	if err != nil {
		return err
	}
	anew := on.remove(group)
	err = c.doors.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		if anew {
			if err := tx.Write(forgetText, group); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.Write(forgetParts, tx.Now().Add(-keptWhole), tx.Now().Add(-keptParts)),
			tx.Write(addSegment, group, s.n, s.of, sealed, tx.Now()))
	})
	if err != nil {
		if anew {
			on.add(group, c.doors.Store.Now())
		}
		return err
	}
	// Parts come side by side, and until they are committed none sees the others.
	parts, err := c.parts(ctx, group)
	if err != nil || len(parts) < s.of {
		return err
	}
	if err = c.pass(ctx, group, parts); err == nil && s.of == 1 {
		on.add(group, c.doors.Store.Now())
	}
	return err
}

// parts are those of a text that have come, in their order.
func (c *Channel) parts(ctx context.Context, group string) (parts []kept, err error) {
	err = c.doors.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		parts, err = store.All(tx, segmentsOf, scanKept, group)
		return err
	})
	return parts, err
}

// pass hands on what of a text has not been handed on yet. A part that comes
// when the others were given up is a text of its own: it may be the one that
// says help.
func (c *Channel) pass(ctx context.Context, group string, parts []kept) error {
	t, first, next := Text{}, time.Time{}, 1
	var body strings.Builder
	for _, p := range parts {
		if p.done {
			continue
		}
		if first.IsZero() || p.came.Before(first) {
			first = p.came
		}
		plain, err := c.doors.Keys.Open(textPurpose, p.sealed)
		if err != nil {
			return err
		}
		var said content
		if err := json.Unmarshal(plain, &said); err != nil {
			return err
		}
		if p.n != next {
			body.WriteString(" … ") // a part is missing
		}
		next = p.n + 1
		t.From = said.From
		body.WriteString(said.Body)
	}
	if first.IsZero() {
		return nil
	}
	t.ID = fmt.Sprintf("%s-%d", group, first.UnixMicro())
	t.Body = body.String()
	if len(t.Body) > maxBody {
		t.Body = strings.ToValidUTF8(t.Body[:maxBody], "")
	}
	if err := c.doors.Heard(ctx, t); err != nil {
		return err
	}
	return c.doors.Store.Across().Do(ctx, func(tx *store.AcrossTx) error { return tx.Write(partsDone, group) })
}

// sweep passes on what has waited for its other parts long enough.
func (c *Channel) sweep(ctx context.Context) error {
	groups, err := c.partsBefore(ctx, c.doors.Store.Now().Add(-waitParts))
	if err != nil {
		return err
	}
	for _, group := range groups {
		err = errors.Join(err, c.passGroup(ctx, group))
	}
	return err
}

// partsBefore are the texts of which a part came before an instant and that
// were not passed on.
func (c *Channel) partsBefore(ctx context.Context, at time.Time) (groups []string, err error) {
	err = c.doors.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		groups, err = store.All(tx, partsWaiting, store.Scalar[string], at)
		return err
	})
	return groups, err
}

func (c *Channel) passGroup(ctx context.Context, group string) error {
	parts, err := c.parts(ctx, group)
	if err != nil {
		return err
	}
	return c.pass(ctx, group, parts)
}

func scanKept(r store.Row) (k kept, err error) {
	err = r.Scan(&k.n, &k.of, &k.sealed, store.Time(&k.came), &k.done)
	return k, err
}
