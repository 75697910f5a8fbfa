package ledger

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"muster/actor"
)

// Everything that is hashed or exported has exactly one spelling: fixed order
// of fields, no spaces, and only what must be escaped is. Reading is therefore
// a matter of following the text, and writing what was read gives the same
// bytes or something was changed.

// appendTo writes the leaf's canonical bytes.
func (l *leaf) appendTo(b []byte) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendInt(b, l.seq, 10)
	b = append(b, `,"at":`...)
	b = strconv.AppendInt(b, l.at, 10)
	b = appendField(b, `,"kind":`, l.kind)
	b = appendField(b, `,"subject":`, l.subject)
	b = appendField(b, `,"about":`, l.about)
	b = appendField(b, `,"actor":{"kind":`, string(l.actor.Kind))
	b = appendField(b, `,"id":`, l.actor.ID)
	b = appendField(b, `,"door":`, string(l.actor.Door))
	b = appendField(b, `,"via":`, l.actor.Via)
	b = appendField(b, `},"rule":`, l.rule)
	b = append(b, `,"facts":`...)
	b = append(b, l.facts...)
	b = append(b, `,"personal":{`...)
	for i, c := range l.personal {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, c.field)
		b = appendField(b, ":", c.mac)
	}
	return append(b, "}}"...)
}

func parseLeaf(text []byte) (*leaf, error) {
	c := cursor{rest: text}
	l := c.leaf()
	if c.bad || len(c.rest) > 0 {
		return nil, errSpelling
	}
	return l, nil
}

func (c *cursor) leaf() *leaf {
	l := &leaf{}
	c.literal(`{"seq":`)
	l.seq = c.number()
	c.literal(`,"at":`)
	l.at = c.number()
	l.kind = c.field(`,"kind":`)
	l.subject = c.field(`,"subject":`)
	l.about = c.field(`,"about":`)
	l.actor.Kind = actor.Kind(c.field(`,"actor":{"kind":`))
	l.actor.ID = c.field(`,"id":`)
	l.actor.Door = actor.Door(c.field(`,"door":`))
	l.actor.Via = c.field(`,"via":`)
	l.rule = c.field(`},"rule":`)
	c.literal(`,"facts":`)
	l.facts = c.object()
	c.literal(`,"personal":{`)
	for !c.bad && !c.next('}') {
		if len(l.personal) > 0 {
			c.literal(",")
		}
		field := c.text()
		l.personal = append(l.personal, commitment{field, c.field(":")})
	}
	c.literal("}")
	return l
}

// appendValues writes what opens a leaf's commitments.
func appendValues(b []byte, all []value) []byte {
	b = append(b, '{')
	for i, v := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, v.field)
		if v.gone {
			b = append(b, ":null"...)
			continue
		}
		b = appendField(b, ":[", v.salt)
		b = appendField(b, ",", v.text)
		b = append(b, ']')
	}
	return append(b, '}')
}

func parseValues(text []byte) ([]value, error) {
	c := cursor{rest: text}
	all := c.values()
	if c.bad || len(c.rest) > 0 {
		return nil, errSpelling
	}
	return all, nil
}

func (c *cursor) values() (all []value) {
	c.literal("{")
	for !c.bad && !c.next('}') {
		if len(all) > 0 {
			c.literal(",")
		}
		v := value{field: c.text()}
		c.literal(":")
		if v.gone = c.next('n'); v.gone {
			c.literal("ull")
		} else {
			v.salt = c.field("[")
			v.text = c.field(",")
			c.literal("]")
		}
		all = append(all, v)
	}
	return all
}

// appendLine writes one record of an export.
func appendLine(b, leaf []byte, h tlog.Hash, all []value) []byte {
	b = append(b, `{"entry":`...)
	b = append(b, leaf...)
	b = append(b, `,"hash":"`...)
	b = base64.StdEncoding.AppendEncode(b, h[:])
	b = append(b, `","values":`...)
	b = appendValues(b, all)
	return append(b, "}\n"...)
}

// appendField writes what comes before a text, and the text.
func appendField(b []byte, before, text string) []byte {
	return appendString(append(b, before...), text)
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string. Only quote, backslash and control
// characters are escaped, the end of a line as \n.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := range len(s) {
		ch := s[i]
		if ch >= 0x20 && ch != '"' && ch != '\\' {
			continue
		}
		b = append(b, s[done:i]...)
		switch {
		case ch == '\n':
			b = append(b, `\n`...)
		case ch < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[ch>>4], hexDigits[ch&15])
		default:
			b = append(b, '\\', ch)
		}
		done = i + 1
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

var errSpelling = errors.New("ledger: not spelt as the book spells it")

// cursor follows canonical text. After the first surprise it is bad and
// returns nothing more.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) literal(want string) {
	if c.bad || len(c.rest) < len(want) || string(c.rest[:len(want)]) != want {
		c.bad = true
		return
	}
	c.rest = c.rest[len(want):]
}

// next takes ch if it comes next.
func (c *cursor) next(ch byte) bool {
	if c.bad || len(c.rest) == 0 || c.rest[0] != ch {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

func (c *cursor) field(before string) string {
	c.literal(before)
	return c.text()
}

func (c *cursor) number() int64 {
	end := 0
	for end < len(c.rest) && (c.rest[end] >= '0' && c.rest[end] <= '9' || end == 0 && c.rest[0] == '-') {
		end++
	}
	n, err := strconv.ParseInt(string(c.rest[:end]), 10, 64)
	if c.bad = c.bad || err != nil; c.bad {
		return 0
	}
	c.rest = c.rest[end:]
	return n
}

// text reads one string.
func (c *cursor) text() string {
	raw, escaped := c.quoted()
	if c.bad {
		return ""
	}
	if !escaped {
		s := string(raw[1 : len(raw)-1])
		c.bad = !utf8.ValidString(s)
		return s
	}
	var s string
	c.bad = json.Unmarshal(raw, &s) != nil
	return s
}

// quoted takes one string as it stands, quotes and all.
func (c *cursor) quoted() (raw []byte, escaped bool) {
	if c.bad || len(c.rest) == 0 || c.rest[0] != '"' {
		c.bad = true
		return nil, false
	}
	for i := 1; i < len(c.rest); i++ {
		switch ch := c.rest[i]; {
		case ch == '"':
			raw, c.rest = c.rest[:i+1], c.rest[i+1:]
			return raw, escaped
		case ch == '\\':
			escaped = true
			i++
		case ch < 0x20:
			c.bad = true
			return nil, false
		}
	}
	c.bad = true
	return nil, false
}

// object takes one JSON object as it stands, without looking inside.
func (c *cursor) object() []byte {
	whole, depth := c.rest, 0
	for !c.bad && len(c.rest) > 0 {
		switch c.rest[0] {
		case '"':
			c.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.rest = c.rest[1:]
		if depth == 0 {
			break
		}
	}
	raw := whole[:len(whole)-len(c.rest)]
	c.bad = c.bad || depth != 0 || len(raw) < 2 || raw[0] != '{' || raw[len(raw)-1] != '}'
	return raw
}
