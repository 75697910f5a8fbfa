package dc09

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// What the ID of a frame may be.
const (
	CID  = "ADM-CID" // Contact ID, SIA DC-05
	SIA  = "SIA-DCS" // SIA DC-03
	Null = "NULL"    // supervision poll

	Ack = "ACK" // taken
	Nak = "NAK" // the time was not right; a NAK has the receiver's
	Duh = "DUH" // well formed, but nothing that can be handled
)

// Extra is one block of extra data: a letter that says what, and the value.
type Extra struct {
	ID    byte
	Value string
}

// The extra data that Muster writes or reads.
const (
	Occurred  = 'H' // when it happened, in the form of the frame's own time
	Text      = 'I' // what happened, in words
	Verify    = 'V' // where there is more to see
	Longitude = 'X'
	Latitude  = 'Y'
)

// Frame is one frame of DC-09.
type Frame struct {
	ID        string
	Encrypted bool
	Seq       int    // 0 to 9999
	Receiver  string // 1 to 6 hexadecimal digits; empty: the frame has no R
	Line      string // 1 to 6 hexadecimal digits
	Account   string // 3 to 16 hexadecimal digits; empty in some answers
	Data      string // between the brackets, with the account that it repeats
	Extra     []Extra
	At        time.Time // UTC, seconds; zero: the frame says none

	sealed string // what Open opens
}

// Bounds of the standard: the length has three hexadecimal digits.
const (
	maxBody  = 0xfff
	overhead = len("\nCCCC0LLL\r")
	maxSeq   = 9999
)

// stamp is how a frame writes a time.
const stamp = "15:04:05,01-02-2006"

// ErrFrame is the kind of every error about bytes that are no frame.
var ErrFrame = errors.New("not a DC-09 frame")

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFrame, fmt.Sprintf(format, args...))
}

// crcTable is of CRC-16/ARC: polynomial 0x8005 reflected, from zero.
var crcTable = func() (table [256]uint16) {
	for i := range table {
		c := uint16(i)
		for range 8 {
			if c&1 == 1 {
				c = c>>1 ^ 0xa001
			} else {
				c >>= 1
			}
		}
		table[i] = c
	}
	return table
}()

func crc(body []byte) uint16 {
	var sum uint16
	for _, b := range body {
		sum = sum>>8 ^ crcTable[byte(sum)^b]
	}
	return sum
}

// wrap makes a frame of a body.
func wrap(body []byte) []byte {
	return fmt.Appendf(nil, "\n%04X0%03X%s\r", crc(body), len(body), body)
}

// unwrap takes the body out of a frame that is whole: from LF to CR, with the
// checksum and the length that it says.
func unwrap(raw []byte) ([]byte, error) {
	if len(raw) < overhead || raw[0] != '\n' || raw[len(raw)-1] != '\r' {
		return nil, broken("it does not go from LF to CR")
	}
	body := raw[9 : len(raw)-1]
	sum, ok := hex16(raw[1:5])
	if !ok {
		return nil, broken("the checksum is no number")
	}
	length, ok := hex16(raw[5:9])
	if !ok || raw[5] != '0' || int(length) != len(body) {
		return nil, broken("the length is not that of the body")
	}
	if crc(body) != sum {
		return nil, broken("the checksum is wrong")
	}
	return body, nil
}

// hex16 reads four hexadecimal digits.
func hex16(digits []byte) (n uint16, ok bool) {
	for _, d := range digits {
		switch {
		case d >= '0' && d <= '9':
			n = n<<4 | uint16(d-'0')
		case d >= 'A' && d <= 'F':
			n = n<<4 | uint16(d-'A'+10)
		default:
			return 0, false
		}
	}
	return n, len(digits) == 4
}

// Split is a bufio.SplitFunc that finds frames in a stream, however its bytes
// are cut or joined. What stands between frames is passed over; a beginning
// that never comes to its end is given up at the next LF, or with ErrFrame
// when it is longer than any frame.
func Split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start := bytes.IndexByte(data, '\n')
	if start < 0 {
		return len(data), nil, nil
	}
	end := bytes.IndexByte(data[start:], '\r')
	part := data[start:]
	if end >= 0 {
		part = part[:end+1]
	}
	if again := bytes.LastIndexByte(part, '\n'); again > 0 {
		return start + again, nil, nil
	}
	if len(part) > maxBody+overhead {
		return 0, nil, broken("it is longer than a frame can be")
	}
	if end >= 0 {
		return start + end + 1, part, nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return start, nil, nil // the rest is to come
}

// Parse reads one frame, from LF to CR, strictly. Of an encrypted frame it
// reads the head; Open reads the rest.
func Parse(raw []byte) (Frame, error) {
	body, err := unwrap(raw)
	if err != nil {
		return Frame{}, err
	}
	for _, b := range body {
		if b < 0x20 || b == 0x7f {
			return Frame{}, broken("it has control characters")
		}
	}
	f, rest, err := head(string(body))
	if err != nil {
		return Frame{}, err
	}
	if f.Encrypted {
		f.sealed = rest
		return f, nil
	}
	return f, f.content(rest)
}

// head reads from the ID to the bracket that opens the data.
func head(body string) (f Frame, rest string, err error) {
	rest, ok := strings.CutPrefix(body, `"`)
	if !ok {
		return f, "", broken("there is no ID")
	}
	f.ID, rest, ok = strings.Cut(rest, `"`)
	f.ID, f.Encrypted = strings.CutPrefix(f.ID, "*")
	if !ok || f.ID == "" || len(f.ID) > 8 || strings.Trim(f.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return f, "", broken("the ID is not one")
	}
	if len(rest) < 4 || strings.Trim(rest[:4], "0123456789") != "" {
		return f, "", broken("the sequence number has not four digits")
	}
	f.Seq, _ = strconv.Atoi(rest[:4])
	rest = rest[4:]
	if f.ID == Nak { // R0L0A0, which receivers write in more than one order
		numbers, data, ok := strings.Cut(rest, "[")
		if !ok || strings.Trim(numbers, "RLA#0123456789BCDEF") != "" {
			return f, "", broken("this is no NAK")
		}
		f.Receiver, f.Line = "0", "0"
		return f, data, nil
	}
	if r, ok := strings.CutPrefix(rest, "R"); ok {
		if f.Receiver, rest = digits(r); len(f.Receiver) < 1 || len(f.Receiver) > 6 {
			return f, "", broken("the receiver number is not one")
		}
	}
	line, ok := strings.CutPrefix(rest, "L")
	if f.Line, rest = digits(line); !ok || len(f.Line) < 1 || len(f.Line) > 6 {
		return f, "", broken("the line number is not one")
	}
	if a, ok := strings.CutPrefix(rest, "#"); ok {
		if f.Account, rest = digits(a); len(f.Account) < 3 || len(f.Account) > 16 {
			return f, "", broken("the account is not one")
		}
	}
	if rest, ok = strings.CutPrefix(rest, "["); !ok {
		return f, "", broken("there are no data")
	}
	return f, rest, nil
}

// digits takes the hexadecimal digits that s begins with.
func digits(s string) (number, rest string) {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] >= 'A' && s[n] <= 'F') {
		n++
	}
	return s[:n], s[n:]
}

// content reads from behind the bracket that opens the data to the end.
func (f *Frame) content(rest string) error {
	var ok bool
	if f.Data, rest, ok = strings.Cut(rest, "]"); !ok || strings.Contains(f.Data, "[") {
		return broken("the data have no end")
	}
	for strings.HasPrefix(rest, "[") {
		var block string
		if block, rest, ok = strings.Cut(rest[1:], "]"); !ok || block == "" || strings.Contains(block, "[") {
			return broken("a block of extra data is not one")
		}
		f.Extra = append(f.Extra, Extra{ID: block[0], Value: block[1:]})
	}
	if rest == "" {
		return nil
	}
	if rest[0] != '_' {
		return broken("something stands behind the data")
	}
	if f.At, ok = moment(rest[1:]); !ok {
		return broken("the time is not one")
	}
	return nil
}

// moment reads a time as a frame writes it. What the comma parts is read
// apart, since package time takes a comma behind seconds for a fraction.
func moment(s string) (time.Time, bool) {
	if len(s) != len(stamp) || s[len("15:04:05")] != ',' {
		return time.Time{}, false
	}
	at, err := time.Parse("15:04:05 01-02-2006", strings.Replace(s, ",", " ", 1))
	return at, err == nil && at.Year() > 0
}

// Extras is the first extra data with the letter; empty where there is none.
func (f Frame) Extras(letter byte) string {
	for _, x := range f.Extra {
		if x.ID == letter {
			return x.Value
		}
	}
	return ""
}

// Bytes writes the frame, under a key if it is to be encrypted.
func (f Frame) Bytes(key []byte) ([]byte, error) {
	inner := f.inner()
	if f.Encrypted {
		sealed, err := encrypt(key, inner)
		if err != nil {
			return nil, err
		}
		inner = sealed
	}
	body := f.outer(inner)
	if len(body) > maxBody {
		return nil, fmt.Errorf("a frame of %d bytes is longer than the standard allows", len(body))
	}
	return wrap(body), nil
}

// inner is what stands behind the bracket that opens the data.
func (f Frame) inner() string {
	var b strings.Builder
	b.WriteString(f.Data)
	b.WriteByte(']')
	for _, x := range f.Extra {
		b.WriteString("[" + string([]byte{x.ID}) + x.Value + "]")
	}
	if !f.At.IsZero() {
		b.WriteString("_" + f.At.UTC().Format(stamp))
	}
	return b.String()
}

// outer puts the head before it.
func (f Frame) outer(inner string) []byte {
	b := []byte{'"'}
	if f.Encrypted {
		b = append(b, '*')
	}
	b = fmt.Appendf(b, `%s"%04d`, f.ID, f.Seq)
	if f.Receiver != "" {
		b = append(b, "R"+f.Receiver...)
	}
	b = append(b, "L"+f.Line...)
	switch {
	case f.Account != "":
		b = append(b, "#"+f.Account...)
	case f.ID == Nak:
		b = append(b, "A0"...)
	}
	return append(append(b, '['), inner...)
}

// newScanner finds frames in a stream.
func newScanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 512), maxBody+overhead+1)
	s.Split(Split)
	return s
}
