package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-vcard"
	"golang.org/x/text/encoding/ianaindex"

	"muster/fault"
)

// Address books come as vCard, in three versions: 2.1 of the telephones, 3.0
// (RFC 2426) and 4.0 (RFC 6350). A card becomes a row of a table with the
// columns below, so that everything that holds for a row holds for it (BS8).
var cardHeader = []string{"Name", "E-mail", "Mobile", "Language"}

var beginCard = []byte("BEGIN:VCARD")

// isCards tells whether a file is an address book.
func isCards(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(data) >= len(beginCard) && bytes.EqualFold(data[:len(beginCard)], beginCard)
}

func readCards(data []byte, o Options) (*Sheet, error) {
	text, encoding := decode(data, o.Language)
	r := newReader(o)
	r.sheet.Encoding = encoding
	if err := r.row(0, cardHeader); err != nil {
		return nil, err
	}
	d := vcard.NewDecoder(bytes.NewReader(modern(text)))
	for n := 1; ; n++ {
		c, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return r.done()
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "card_broken").With("Card", n).Wrap(err)
		}
		if err := r.row(n, cells(c)); err != nil {
			return nil, err
		}
	}
}

// cells is a card as a row.
func cells(c vcard.Card) []string {
	return []string{
		cardName(c),
		preferred(c[vcard.FieldEmail], ""),
		strings.TrimPrefix(preferred(c[vcard.FieldTelephone], "cell"), "tel:"),
		preferred(c[vcard.FieldLanguage], ""),
	}
}

// cardName is the name as it is written, or made of its parts.
func cardName(c vcard.Card) string {
	if name := preferred(c[vcard.FieldFormattedName], ""); name != "" {
		return name
	}
	parts := strings.Split(preferred(c[vcard.FieldName], ""), ";")
	if len(parts) > 1 {
		return strings.TrimSpace(parts[1] + " " + parts[0])
	}
	return parts[0]
}

// preferred is the value that its owner prefers, among those of a kind if there
// are any: PREF counts from 1 (RFC 6350 §5.3), before that "pref" was a type.
func preferred(all []*vcard.Field, kind string) (best string) {
	least := 1 << 30
	for i, f := range all {
		rank := 1000 + i
		if f.Params.HasType("pref") {
			rank = i
		}
		if n, err := strconv.Atoi(f.Params.Get("PREF")); err == nil && n > 0 && n <= 100 {
			rank = n
		}
		if kind != "" && !f.Params.HasType(kind) {
			rank += 1 << 20
		}
		if rank < least {
			best, least = strings.TrimSpace(f.Value), rank
		}
	}
	return best
}

// modern writes the lines of version 2.1 as later versions do: parameters with
// their name, values in plain UTF-8 and not in quoted-printable, whose lines go
// on behind a "=".
func modern(text []byte) []byte {
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, MaxBytes+1)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		head, value, ok := strings.Cut(line, ":")
		params := strings.Split(head, ";")
		if !ok || len(params) == 1 || strings.ContainsAny(head, "\"") || strings.HasPrefix(line, " ") {
			out.WriteString(line + "\r\n")
			continue
		}
		coded, charset := false, ""
		kept := params[:1]
		for _, p := range params[1:] {
			name, v, named := strings.Cut(p, "=")
			switch {
			case strings.EqualFold(p, "QUOTED-PRINTABLE"), strings.EqualFold(name, "ENCODING") && strings.EqualFold(v, "QUOTED-PRINTABLE"):
				coded = true
			case strings.EqualFold(name, "CHARSET"):
				charset = v
			case !named:
				kept = append(kept, "TYPE="+p)
			default:
				kept = append(kept, p)
			}
		}
		if coded {
			for strings.HasSuffix(value, "=") && lines.Scan() {
				value = strings.TrimSuffix(value, "=") + strings.TrimRight(lines.Text(), "\r")
			}
			value = plain(value, charset)
		}
		out.WriteString(strings.Join(kept, ";") + ":" + value + "\r\n")
	}
	return out.Bytes()
}

// plain undoes quoted-printable. Line breaks in a value are written as the
// later versions write them.
func plain(value, charset string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
	if err != nil {
		return value
	}
	if charset != "" && !slices.Contains([]string{"UTF-8", "US-ASCII"}, strings.ToUpper(charset)) {
		if e, err := ianaindex.IANA.Encoding(charset); err == nil && e != nil {
			raw = decodeAs(e, raw)
		}
	}
	return strings.NewReplacer("\r\n", "\\n", "\n", "\\n", "\r", "\\n").Replace(string(raw))
}
