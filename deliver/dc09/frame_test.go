package dc09

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var (
	key128 = []byte("0123456789:;<=>?")
	key256 = []byte("0123456789:;<=>?@ABCDEFGHIJKLMNO")
	then   = time.Date(2026, 1, 31, 1, 2, 3, 0, time.UTC)
)

// golden are frames that foreign senders and receivers agree on.
var golden = []struct {
	raw   string
	frame Frame
	key   []byte
}{
	{
		raw:   "\nADEE003D\"ADM-CID\"0001R0L0#1234[#1234|1102 00 001]_01:02:03,01-31-2026\r",
		frame: Frame{ID: CID, Seq: 1, Receiver: "0", Line: "0", Account: "1234", Data: "#1234|1102 00 001", At: then},
	}, {
		raw: "\n5D300057\"SIA-DCS\"0002R0L0#1234[#1234|Nri0/PA001][X004E53.4000][Y52N22.2000]_01:02:03,01-31-2026\r",
		frame: Frame{
			ID: SIA, Seq: 2, Receiver: "0", Line: "0", Account: "1234", Data: "#1234|Nri0/PA001",
			Extra: []Extra{{Longitude, "004E53.4000"}, {Latitude, "52N22.2000"}}, At: then,
		},
	}, {
		raw:   "\n8C740029\"NULL\"0000R0L0#1234[]_01:02:03,01-31-2026\r",
		frame: Frame{ID: Null, Receiver: "0", Line: "0", Account: "1234", At: then},
	}, {
		raw:   "\nDBE70014\"ACK\"0001R0L0#1234[]\r",
		frame: Frame{ID: Ack, Seq: 1, Receiver: "0", Line: "0", Account: "1234"},
	}, {
		raw:   "\nAB3F0014\"DUH\"0001R0L0#1234[]\r",
		frame: Frame{ID: Duh, Seq: 1, Receiver: "0", Line: "0", Account: "1234"},
	}, {
		raw:   "\n9E000025\"NAK\"0000R0L0A0[]_01:02:03,01-31-2026\r",
		frame: Frame{ID: Nak, Receiver: "0", Line: "0", At: then},
	}, {
		raw:   "\nFFEA0078\"*ADM-CID\"0001R0L0#1234[A6442D163ED95D6EC9FB4E3B14FF5B099E480DCC4A9B77E8133511896835D8A657DD9356366AE276872902C0F7273163\r",
		frame: Frame{ID: CID, Encrypted: true, Seq: 1, Receiver: "0", Line: "0", Account: "1234", Data: "#1234|1102 00 001", At: then},
		key:   key128,
	}, {
		raw:   "\n3B080078\"*ADM-CID\"0001R0L0#1234[CD1CE1975FE986D5F9145C69BFF37B5EAE1CAC154FA0E60014482939F71EC58023F2C145DAAE937C42F23FB8FEDD75AC\r",
		frame: Frame{ID: CID, Encrypted: true, Seq: 1, Receiver: "0", Line: "0", Account: "1234", Data: "#1234|1102 00 001", At: then},
		key:   key256,
	},
}

var sameFrame = cmp.Options{cmpopts.IgnoreUnexported(Frame{}), cmpopts.EquateEmpty()}

func read(t interface{ Fatalf(string, ...any) }, raw, key []byte) Frame {
	f, err := Parse(raw)
	if err == nil {
		f, err = f.Open(key)
	}
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return f
}

func TestGoldenFramesAreReadAndWritten(t *testing.T) {
	for _, g := range golden {
		f := read(t, []byte(g.raw), g.key)
		if diff := cmp.Diff(g.frame, f, sameFrame); diff != "" {
			t.Errorf("%q:\n%s", g.raw, diff)
		}
		if g.key != nil {
			continue // its padding was another's choice
		}
		if raw, err := g.frame.Bytes(nil); err != nil || string(raw) != g.raw {
			t.Errorf("%q is written %q, %v", g.raw, raw, err)
		}
	}
}

// The padding of the golden frames is nine times P: with the same, the same
// bytes come out.
func TestEncryptionIsThatOfTheStandard(t *testing.T) {
	for _, g := range golden {
		if g.key == nil {
			continue
		}
		sealed, err := seal(g.key, strings.Repeat("P", 9)+"|"+g.frame.inner())
		if err != nil || string(wrap(g.frame.outer(sealed))) != g.raw {
			t.Errorf("%q: %v, %s", g.raw, err, sealed)
		}
	}
}

// As iobroker.sia writes it: small digits, zeros before, PKCS #7 behind.
func TestAnAnswerWithPaddingBehindIsRead(t *testing.T) {
	raw := "\nEEF70074\"*ACK\"0099R0L0#AB12[a6cc41ce72e5d1b0ebb6562bdb2579e2fae2d8f4f7c661c561b6410984f9eae3ec9448a18accab9ee4499e844af2c3ce\r"
	want := Frame{ID: Ack, Encrypted: true, Seq: 99, Receiver: "0", Line: "0", Account: "AB12", At: time.Date(2026, 11, 22, 7, 59, 37, 0, time.UTC)}
	if diff := cmp.Diff(want, read(t, []byte(raw), key128), sameFrame); diff != "" {
		t.Error(diff)
	}
}

func TestChecksumIsCRC16ARC(t *testing.T) {
	if got := crc([]byte("123456789")); got != 0xbb3d {
		t.Errorf("%04X, want BB3D", got)
	}
}

func TestWhatIsNoFrameIsRefused(t *testing.T) {
	body := func(s string) string { return string(wrap([]byte(s))) }
	for _, bad := range []string{
		"", "\n\r", "\nADEE003D\r", "hello",
		strings.Replace(golden[0].raw, "ADEE", "ADEF", 1), // checksum
		strings.Replace(golden[0].raw, "ADEE", "adee", 1), // small letters
		strings.Replace(golden[0].raw, "003D", "003E", 1), // length
		strings.Replace(golden[0].raw, "003D", "103D", 1),
		strings.Replace(golden[0].raw, "\n", "", 1),
		body(``), body(`ACK"0001L0[]`), body(`"ACK0001L0[]`), body(`""0001L0[]`), body(`"ack"0001L0[]`),
		body(`"ACK"001L0[]`), body(`"ACK"00a1L0[]`), body(`"ACK"0001[]`), body(`"ACK"0001L[]`), body(`"ACK"0001RL0[]`),
		body(`"ACK"0001L1234567[]`), body(`"ACK"0001L0#12[]`), body(`"ACK"0001L0#12345678901234567[]`), body(`"ACK"0001L0#12G4[]`),
		body(`"ACK"0001L0#1234`), body(`"ACK"0001L0#1234[`), body(`"ACK"0001L0#1234[[]`), body(`"ACK"0001L0#1234[]x`),
		body(`"ACK"0001L0#1234[]_`), body(`"ACK"0001L0#1234[]_25:00:00,01-31-2026`), body(`"ACK"0001L0#1234[]_01:02:03,02-30-2026`),
		body(`"ACK"0001L0#1234[]_01:02:03,01-31-2026x`), body(`"ACK"0001L0#1234[][]`), body("\"ACK\"0001L0#1234[\x00]"),
	} {
		if f, err := Parse([]byte(bad)); !errors.Is(err, ErrFrame) {
			t.Errorf("%q was read as %+v, %v", bad, f, err)
		}
	}
}

func TestAWrongKeyOpensNothing(t *testing.T) {
	f, err := Parse([]byte(golden[6].raw))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		key := bytes.Clone(key128)
		key[i%16] ^= byte(i/16 + 1)
		if got, err := f.Open(key); err == nil {
			t.Fatalf("opened as %+v", got)
		}
	}
	if _, err := f.Open(nil); err == nil {
		t.Error("opened without a key")
	}
	untimed, err := Frame{ID: CID, Encrypted: true, Line: "0", Account: "1234", Data: "#1234|1102 00 001"}.Bytes(key128)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = Parse(untimed); err != nil {
		t.Fatal(err)
	}
	if _, err = f.Open(key128); !errors.Is(err, ErrFrame) {
		t.Errorf("an encrypted frame without a time: %v", err)
	}
}

// frames draws any frame that can be written.
func frames() *rapid.Generator[Frame] {
	return rapid.Custom(func(t *rapid.T) Frame {
		words := rapid.StringMatching(`[ -Z^-~]{0,40}`)
		f := Frame{
			ID: rapid.SampledFrom([]string{CID, SIA, Null, Ack, Duh}).Draw(t, "id"), Encrypted: rapid.Bool().Draw(t, "encrypted"),
			Seq: rapid.IntRange(0, maxSeq).Draw(t, "seq"), Receiver: rapid.StringMatching(`[0-9A-F]{0,6}`).Draw(t, "receiver"),
			Line: rapid.StringMatching(`[0-9A-F]{1,6}`).Draw(t, "line"), Account: rapid.StringMatching(`[0-9A-F]{3,16}`).Draw(t, "account"),
			Data: words.Draw(t, "data"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "extras") {
			f.Extra = append(f.Extra, Extra{rapid.SampledFrom([]byte("HIVXYZ")).Draw(t, "letter"), words.Draw(t, "value")})
		}
		if f.Encrypted || rapid.Bool().Draw(t, "timed") {
			f.At = then.Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "at")) * time.Second)
		}
		return f
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	keys := [][]byte{key128, []byte("0123456789:;<=>?@ABCDEFG"), key256}
	rapid.Check(t, func(t *rapid.T) {
		f := frames().Draw(t, "frame")
		key := rapid.SampledFrom(keys).Draw(t, "key")
		raw, err := f.Bytes(key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, read(t, raw, key), sameFrame); diff != "" {
			t.Fatalf("%q:\n%s", raw, diff)
		}
		again, err := f.Bytes(key)
		if err != nil || f.Encrypted == bytes.Equal(raw, again) {
			t.Fatalf("written twice: %q and %q, %v", raw, again, err)
		}
	})
}

// piecemeal reads from a stream whose bytes come in the pieces given.
type piecemeal struct{ pieces [][]byte }

func (p *piecemeal) Read(b []byte) (int, error) {
	for len(p.pieces) > 0 && len(p.pieces[0]) == 0 {
		p.pieces = p.pieces[1:]
	}
	if len(p.pieces) == 0 {
		return 0, errEnd
	}
	n := copy(b, p.pieces[0])
	p.pieces[0] = p.pieces[0][n:]
	return n, nil
}

var errEnd = errors.New("end of the stream")

func scan(pieces ...[]byte) (found []string) {
	s := newScanner(&piecemeal{pieces})
	for s.Scan() {
		found = append(found, s.Text())
	}
	return found
}

func TestFramesCutAndJoinedAtEveryByte(t *testing.T) {
	var stream []byte
	var want []string
	for _, g := range golden {
		stream = append(stream, g.raw...)
		want = append(want, g.raw)
	}
	cuts := 0
	for i := range len(stream) + 1 {
		if got := scan(bytes.Clone(stream[:i]), bytes.Clone(stream[i:])); !cmp.Equal(got, want) {
			t.Fatalf("cut at %d: %q", i, got)
		}
		cuts++
	}
	single := make([][]byte, len(stream))
	for i := range stream {
		single[i] = []byte{stream[i]}
	}
	if got := scan(single...); !cmp.Equal(got, want) {
		t.Fatalf("byte by byte: %q", got)
	}
	t.Logf("%d frames in a stream of %d bytes, cut at %d places and at all of them", len(want), len(stream), cuts)
}

func TestRubbishBetweenFramesCostsNoFrame(t *testing.T) {
	whole := golden[0].raw
	for name, stream := range map[string]string{
		"before": "GET / HTTP/1.1\r\n\r" + whole, "behind": whole + "xyz", "between": whole + "\x00\xff" + whole,
		"cut off": whole[:20] + whole, "only LF": "\n\n\n" + whole, "CR alone": "\r\r" + whole,
	} {
		good := 0
		for _, raw := range scan([]byte(stream)) {
			if _, err := Parse([]byte(raw)); err == nil {
				good++
			}
		}
		if want := strings.Count(stream, whole); good != want {
			t.Errorf("%s: %d frames, want %d", name, good, want)
		}
	}
}

func TestWhatNeverEndsIsGivenUp(t *testing.T) {
	s := newScanner(&piecemeal{[][]byte{append([]byte{'\n'}, bytes.Repeat([]byte("A"), 100_000)...)}})
	for s.Scan() {
		t.Errorf("found %q", s.Text())
	}
	if err := s.Err(); !errors.Is(err, ErrFrame) && !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("%v", err)
	}
}

// mangle changes a few bytes of a good frame, and mostly mends checksum and
// length afterwards, so that what is behind them is reached.
func mangle(r *rand.Rand, raw []byte) []byte {
	const alphabet = "\"*[]|#_^/LRN0123456789ABCDEFadmcid-,: \r\n\x00\xff"
	body := bytes.Clone(raw[9 : len(raw)-1])
	for range r.IntN(4) {
		switch at := r.IntN(len(body) + 1); r.IntN(4) {
		case 0:
			if at < len(body) {
				body[at] = alphabet[r.IntN(len(alphabet))]
			}
		case 1:
			body = append(body[:at:at], body[min(at+r.IntN(8), len(body)):]...)
		case 2:
			body = append(body[:at:at], append([]byte{alphabet[r.IntN(len(alphabet))]}, body[at:]...)...)
		case 3:
			body = append(body[:at:at], append(bytes.Clone(body[r.IntN(at+1):at]), body[at:]...)...)
		}
	}
	if len(body) > maxBody {
		body = body[:maxBody]
	}
	if r.IntN(10) > 0 {
		return wrap(body)
	}
	out := bytes.Clone(raw)
	out[r.IntN(len(out))] ^= byte(1 << r.IntN(8))
	return out
}

func TestAMillionMangledFramesDoNoHarm(t *testing.T) {
	const frames = 1_000_000
	r := rand.New(rand.NewPCG(7, 9)) //nolint:gosec // the same frames each time
	began, parsed, events := time.Now(), 0, 0
	for i := range frames {
		g := golden[i%len(golden)]
		if swallow(t, mangle(r, []byte(g.raw)), g.key, &events) {
			parsed++
		}
	}
	if parsed < frames/20 || parsed == frames || events == 0 {
		t.Errorf("%d of %d were read, with %d events: that tries too little", parsed, frames, events)
	}
	t.Logf("%d frames in %s: %d read, %d events", frames, time.Since(began).Round(time.Millisecond), parsed, events)
}

// swallow does with bytes all that a receiver does, and checks that what was
// read is written and read as the same.
func swallow(t interface{ Fatalf(string, ...any) }, raw, key []byte, events *int) bool {
	f, err := Parse(raw)
	if err != nil {
		return false
	}
	if f, err = f.Open(key); err != nil {
		return false
	}
	all, err := f.Events()
	if err == nil {
		*events += len(all)
		for _, e := range all {
			if e.Placed && !(math.Abs(e.Lat) <= 90 && math.Abs(e.Lon) <= 180) {
				t.Fatalf("%q is at %f, %f", raw, e.Lat, e.Lon)
			}
		}
	}
	if f.Encrypted {
		return true // its padding is another's choice
	}
	if again, err := f.Bytes(nil); err != nil || string(again) != string(raw) && f.Account != "" && f.ID != Nak {
		t.Fatalf("%q is written again as %q, %v", raw, again, err)
	}
	return true
}

func FuzzParse(f *testing.F) {
	for _, g := range golden {
		f.Add([]byte(g.raw))
		f.Add([]byte(g.raw[9 : len(g.raw)-1]))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		events := 0
		swallow(t, raw, key128, &events)
		if len(raw) <= maxBody {
			swallow(t, wrap(raw), key128, &events)
		}
		_ = scan(raw)
	})
}

func ExampleDialect() {
	d := Dialect{Codes: map[string]Code{"missed_check_in": {CID: "101", SIA: "QA"}}, Decimal: true, Without: "H"}
	f, _ := d.say(occurrence{Kind: "missed_check_in", Zone: 7, Text: "No sign of life", Placed: true, Lat: 60.16952, Lon: 24.93545}, CID, "1234")
	f.Seq, f.Receiver, f.Line = 12, "0", "0"
	raw, _ := f.Bytes(nil)
	fmt.Printf("%q\n", raw)
	// Output: "\n1AD50051\"ADM-CID\"0012R0L0#1234[#1234|1101 00 007][INo sign of life][X24.93545][Y60.16952]\r"
}
