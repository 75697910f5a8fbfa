package dc09

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/deliver"
	"muster/id"
)

// centre is a desk that remembers what it took.
type centre struct {
	mu      sync.Mutex
	keys    map[string][]byte // by account
	taken   []Arrival
	refused []string
	err     error
}

func (c *centre) Sender(_ context.Context, _, _, account string) (Sender, error) {
	key, ok := c.keys[account]
	if !ok {
		return Sender{}, errors.New("unknown")
	}
	return Sender{Ref: account, Key: key}, nil
}

func (c *centre) Take(_ context.Context, a Arrival) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Refused != "" {
		c.refused = append(c.refused, a.Refused)
		return nil
	}
	if c.err == nil {
		c.taken = append(c.taken, a)
	}
	return c.err
}

func (c *centre) arrivals() []Arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.taken)
}

// open starts a receiver, and gives its address by TCP and by UDP.
func open(t testing.TB, c *centre, now func() time.Time) (tcp, udp string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Receiver{Desk: c, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	done := make(chan struct{})
	go func() { defer close(done); r.Serve(ctx, l, p) }()
	t.Cleanup(func() { cancel(); <-done })
	return l.Addr().String(), p.LocalAddr().String()
}

var accounts = map[string][]byte{"1234": nil, "AB12": key128, "AB24": []byte("0123456789:;<=>?@ABCDEFG"), "AB32": key256}

func TestBothEndsAgreeOnEveryForm(t *testing.T) {
	c := &centre{keys: accounts}
	tcp, udp := open(t, c, time.Now)
	seq := 0
	for account, key := range accounts {
		for _, format := range []string{CID, SIA} {
			for _, decimal := range []bool{false, true} {
				for network, addr := range map[string]string{"tcp": tcp, "udp": udp} {
					l := Link{UDP: network == "udp", Receivers: []string{addr}, Receiver: "0", Line: "7", Account: account, Key: key, Dialect: Dialect{Decimal: decimal}}
					f, ok := l.Dialect.say(occurrence{Kind: "help", Zone: 12, Text: "Äiti [x] | 1/2 ✓", At: then, Placed: true, Lat: -33.85678, Lon: 151.21530}, format, account)
					if !ok {
						t.Fatal("no code for help")
					}
					seq++
					f.Seq = seq
					out := Transmitter{Now: time.Now}.Hand(t.Context(), l, f)
					if out.Verdict != Taken || len(out.Exchanges) != 1 || out.Exchanges[0].Got == "" {
						t.Fatalf("%s %s %s: %+v", account, format, network, out)
					}
					all := c.arrivals()
					got := all[len(all)-1]
					want := Event{Format: format, Account: account, Code: map[string]string{CID: "120", SIA: "PA"}[format], Zone: 12, Text: "Äiti -x- - 1-2", At: then, Placed: true}
					e := got.Events[0]
					if d := max(e.Lat+33.85678, -e.Lat-33.85678, e.Lon-151.21530, 151.21530-e.Lon); d > 0.00001 {
						t.Errorf("the place is %f, %f", e.Lat, e.Lon)
					}
					e.Lat, e.Lon = 0, 0
					if diff := cmp.Diff(want, e); diff != "" || got.Frame.Seq != seq || got.Frame.Encrypted != (key != nil) {
						t.Errorf("%s %s %s: %s", account, format, network, diff)
					}
				}
			}
		}
	}
}

// dead are receivers that do not take frames, each in its own way.
func dead(t *testing.T) map[string]string {
	t.Helper()
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = refusing.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	return map[string]string{"refuses": refusing.Addr().String(), "silent": silent.Addr().String()}
}

func TestTheSecondaryTakesOverUnderTheSameNumber(t *testing.T) {
	c := &centre{keys: accounts}
	tcp, _ := open(t, c, time.Now)
	for how, primary := range dead(t) {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			l := Link{Receivers: []string{primary, tcp}, Receiver: "0", Line: "0", Account: "AB12", Key: key128}
			f, _ := l.Dialect.say(occurrence{Kind: "help"}, CID, l.Account)
			f.Seq = 77
			began := time.Now()
			out := Transmitter{Now: time.Now}.Hand(t.Context(), l, f)
			took := time.Since(began)
			if out.Verdict != Taken || took > 15*time.Second {
				t.Fatalf("%+v after %s", out, took)
			}
			for _, x := range out.Exchanges {
				sent := read(t, []byte(x.Sent), key128)
				if sent.Seq != 77 || sent.Data != f.Data {
					t.Errorf("%s was sent %+v", x.Receiver, sent)
				}
			}
			if last := out.Exchanges[len(out.Exchanges)-1]; last.Receiver != tcp || out.Exchanges[0].Receiver != primary {
				t.Errorf("%+v", out.Exchanges)
			}
			t.Logf("the secondary's ACK after %s, in %d tries", took.Round(time.Millisecond), len(out.Exchanges))
		})
	}
}

// reply is a receiver of one frame at a time that answers as it is told.
func reply(t *testing.T, answers ...func(Frame) []byte) (addr string, got func() []Frame) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var mu sync.Mutex
	var frames []Frame
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s := newScanner(c)
			for s.Scan() {
				f, err := Parse(s.Bytes())
				if err == nil {
					f, err = f.Open(key128)
				}
				if err != nil {
					continue
				}
				mu.Lock()
				n := len(frames)
				frames = append(frames, f)
				mu.Unlock()
				_, _ = c.Write(answers[min(n, len(answers)-1)](f))
			}
			_ = c.Close()
		}
	}()
	return l.Addr().String(), func() []Frame {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(frames)
	}
}

func ack(f Frame) []byte {
	r := Frame{ID: Ack, Seq: f.Seq, Receiver: "0", Line: "0", Account: f.Account}
	if f.Encrypted {
		r.Encrypted, r.At = true, f.At
	}
	raw, _ := r.Bytes(key128)
	return raw
}

func plain(id string, f Frame) []byte {
	raw, _ := Frame{ID: id, Seq: f.Seq, Receiver: "0", Line: "0", Account: f.Account}.Bytes(nil)
	return raw
}

func TestAWrongClockIsSetByTheReceiver(t *testing.T) {
	for _, off := range []time.Duration{-3 * time.Hour, 50 * time.Second, 400 * 24 * time.Hour} {
		c := &centre{keys: accounts}
		theirs := func() time.Time { return time.Now().Add(off) }
		tcp, _ := open(t, c, theirs)
		l := Link{Receivers: []string{tcp}, Receiver: "0", Line: "0", Account: "AB12", Key: key128}
		f, _ := l.Dialect.say(occurrence{Kind: "help"}, SIA, l.Account)
		f.Seq = 5
		out := Transmitter{Now: time.Now}.Hand(t.Context(), l, f)
		if out.Verdict != Taken || len(out.Exchanges) != 2 || out.Exchanges[0].Verdict != WrongTime || (out.Skew-off).Abs() > 2*time.Second {
			t.Fatalf("off by %s: %+v", off, out)
		}
		if a := c.arrivals(); len(a) != 1 || a[0].Frame.Seq != 5 {
			t.Errorf("off by %s: %+v", off, a)
		}
		l.Skew = out.Skew
		f.Seq = 6
		if out = (Transmitter{Now: time.Now}).Hand(t.Context(), l, f); len(out.Exchanges) != 1 || out.Verdict != Taken {
			t.Errorf("off by %s, the second time: %+v", off, out)
		}
	}
}

func TestAnswersThatProveNothingAreNotBelieved(t *testing.T) {
	for name, answer := range map[string]func(Frame) []byte{
		"plain on a keyed link": func(f Frame) []byte { return plain(Ack, f) },
		"another number":        func(f Frame) []byte { f.Seq++; return ack(f) },
		"another account":       func(f Frame) []byte { f.Account = "9999"; return ack(f) },
		"old":                   func(f Frame) []byte { f.At = f.At.Add(-time.Hour); return ack(f) },
		"no frame":              func(Frame) []byte { return []byte("NAK") },
		"time after time": func(Frame) []byte {
			raw, _ := Frame{ID: Nak, Receiver: "0", Line: "0", At: then}.Bytes(nil)
			return raw
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, got := reply(t, answer)
			l := Link{Receivers: []string{addr}, Receiver: "0", Line: "0", Account: "AB12", Key: key128}
			f, _ := l.Dialect.say(occurrence{Kind: "help"}, CID, l.Account)
			f.Seq = 9
			out := Transmitter{Now: time.Now, Wait: 300 * time.Millisecond}.Hand(t.Context(), l, f)
			if out.Verdict == Taken || out.Verdict == NotHandled || len(got()) != tries {
				t.Errorf("%+v", out)
			}
		})
	}
}

// Who takes a message back while the receiver thinks has not found it silent.
func TestAFrameThatIsBrokenOffSaysNothingOfTheReceiver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	addr, got := reply(t, func(Frame) []byte { cancel(); return []byte("no frame") })
	out := Transmitter{Now: time.Now}.Hand(ctx, Link{Receivers: []string{addr, addr}, Receiver: "0", Line: "0", Account: "AB12", Key: key128}, Frame{ID: Null, Account: "AB12", Seq: 3})
	if out.Verdict != BrokenOff || len(out.Exchanges) != 1 || len(got()) != 1 {
		t.Errorf("%+v", out)
	}
}

// shelf is a book of one link.
type shelf struct {
	link Link
	kept []Outcome
	seq  map[string]int
}

func (b *shelf) Begin(_ context.Context, _ id.Org, _ string, m id.Message, part int) (Link, int, error) {
	key := fmt.Sprint(m, part)
	if b.seq == nil {
		b.seq = map[string]int{}
	}
	if b.seq[key] == 0 {
		b.seq[key] = len(b.seq) + 1
	}
	return b.link, b.seq[key], nil
}

func (b *shelf) Keep(_ context.Context, _ id.Org, _ string, _ id.Message, out Outcome) error {
	b.kept = append(b.kept, out)
	return nil
}

func TestWhatIsNotHandledIsSaidInTheOtherFormatOnce(t *testing.T) {
	for name, row := range map[string]struct {
		fallback bool
		answers  []func(Frame) []byte
		formats  []string
		refused  bool
	}{
		"taken at once": {true, []func(Frame) []byte{ack}, []string{CID}, false},
		"other format":  {true, []func(Frame) []byte{func(f Frame) []byte { return plain(Duh, f) }, ack}, []string{CID, SIA}, false},
		"neither":       {true, []func(Frame) []byte{func(f Frame) []byte { return plain(Duh, f) }}, []string{CID, SIA}, true},
		"no other":      {false, []func(Frame) []byte{func(f Frame) []byte { return plain(Duh, f) }}, []string{CID}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, got := reply(t, row.answers...)
			second, unasked := reply(t, ack)
			b := &shelf{link: Link{Receivers: []string{addr, second}, Receiver: "0", Line: "0", Account: "AB12", Key: key128, Format: CID, Fallback: row.fallback}}
			ch := &Channel{Book: b, Transmitter: Transmitter{Now: time.Now}}
			r, err := ch.Send(t.Context(), deliver.Outgoing{Message: "msg_1", News: &deliver.News{Type: deliver.AlarmRaised, Kind: "help", Worker: "Aino"}})
			var formats []string
			for _, f := range got() {
				formats = append(formats, f.ID)
			}
			if !slices.Equal(formats, row.formats) || len(unasked()) > 0 || len(b.kept) != len(row.formats) {
				t.Errorf("%s was sent, the second receiver %d, kept %d", formats, len(unasked()), len(b.kept))
			}
			if row.refused != (err != nil && strings.Contains(err.Error(), "refused by carrier")) || !row.refused && r.State != deliver.Delivered {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// TestFramesGoNowhereThatIsNotAllowed holds the guard to every connection: an
// administrator who names an address inside the house reaches nothing there.
func TestFramesGoNowhereThatIsNotAllowed(t *testing.T) {
	c := &centre{keys: accounts}
	tcp, udp := open(t, c, time.Now)
	var asked []string
	guard := func(_ context.Context, _, address string, _ syscall.RawConn) error {
		asked = append(asked, address)
		return errors.New("not of the open network")
	}
	f := Frame{ID: CID, Seq: 1, Account: "1234", Data: "#1234|1120 00 001"}
	for _, l := range []Link{{Receivers: []string{tcp}}, {UDP: true, Receivers: []string{udp}}} {
		l.Line, l.Account, asked = "0", "1234", nil
		out := Transmitter{Now: time.Now, Guard: guard}.Hand(t.Context(), l, f)
		if out.Verdict != Unreachable || !slices.Equal(asked, l.Receivers) || len(c.arrivals()) != 0 {
			t.Errorf("%v: %+v, asked of %v", l.Receivers, out, asked)
		}
	}
}
