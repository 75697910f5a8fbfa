package dc09

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Link is how one centre is reached, and what it wants to hear.
type Link struct {
	UDP       bool     // TCP otherwise
	Receivers []string // HOST:PORT, the primary first
	Receiver  string   // R, the receiver's number; empty: none is sent
	Line      string   // L, the line's number
	Account   string
	Key       []byte // empty: plain
	Format    string // CID or SIA
	Fallback  bool   // say it in the other format where the centre cannot handle this one
	Dialect   Dialect
	Skew      time.Duration // how far the centre's clock is ahead of ours
}

// How long a hand-over may take. With the primary dead the secondary has the
// frame after usualWait × tries, and the secondary has had its tries before the
// engine's own limit of one send.
const (
	usualWait = 3 * time.Second
	tries     = 2 // at one receiver
)

// Verdict is what came back for one frame.
type Verdict string

// The verdicts. Only Taken means that the centre has it.
const (
	Taken       Verdict = "ack"
	WrongTime   Verdict = "nak"
	NotHandled  Verdict = "duh"
	Silent      Verdict = "silent"      // nothing that answers the frame came in time
	Unreachable Verdict = "unreachable" // it could not even leave
	BrokenOff   Verdict = "broken_off"  // we stopped waiting: it says nothing of the receiver
)

// Exchange is one frame that left, and what came back.
type Exchange struct {
	Receiver string // HOST:PORT
	At       time.Time
	Took     time.Duration
	Sent     string
	Got      string // empty: nothing
	Verdict  Verdict
	Problem  string // in words, for who looks into it
}

// Outcome is what came of handing one frame over.
type Outcome struct {
	Verdict   Verdict
	Skew      time.Duration // as learned
	Exchanges []Exchange
}

// Transmitter hands frames over.
type Transmitter struct {
	Now  func() time.Time
	Wait time.Duration // for a connection and the answer on it; zero: 3 s
	// Guard is asked before each connection, as a net.Dialer's ControlContext:
	// whoever sets a wire must not reach through it what only this machine can.
	// nil lets everything pass.
	Guard func(ctx context.Context, network, address string, conn syscall.RawConn) error
}

// Hand gives a frame to the first receiver that takes it, always under the
// same sequence number. A receiver that says our clock is wrong gets the frame
// once more with its own time; one that cannot handle it is not asked again,
// nor is the other: it is the same centre.
func (t Transmitter) Hand(ctx context.Context, l Link, f Frame) Outcome {
	out := Outcome{Verdict: Unreachable, Skew: l.Skew}
	for _, receiver := range l.Receivers {
		corrected := false
		for try := 0; try < tries && ctx.Err() == nil; try++ {
			x, skew := t.exchange(ctx, l, receiver, f, out.Skew)
			out.Exchanges = append(out.Exchanges, x)
			out.Verdict = x.Verdict
			if x.Verdict == Taken || x.Verdict == NotHandled {
				return out
			}
			if x.Verdict == WrongTime && !corrected {
				out.Skew, corrected = skew, true
				try--
				continue
			}
			if x.Verdict != Silent {
				break // it will say the same again
			}
		}
	}
	return out
}

// Poll tells every receiver that we are there, and asks whether it is.
func (t Transmitter) Poll(ctx context.Context, l Link) []Outcome {
	var all []Outcome
	for _, receiver := range l.Receivers {
		one := l
		one.Receivers = []string{receiver}
		out := t.Hand(ctx, one, Frame{ID: Null, Account: l.Account})
		l.Skew = out.Skew
		all = append(all, out)
	}
	return all
}

// exchange sends one frame to one receiver and waits for its answer. A receiver
// that had no time to answer, for the message was taken back meanwhile, has not
// fallen silent.
func (t Transmitter) exchange(ctx context.Context, l Link, receiver string, f Frame, skew time.Duration) (x Exchange, learned time.Duration) {
	began, whole := t.Now(), ctx
	x = Exchange{Receiver: receiver, At: began, Verdict: Unreachable}
	defer func() {
		x.Took = t.Now().Sub(began)
		if errors.Is(whole.Err(), context.Canceled) && (x.Verdict == Silent || x.Verdict == Unreachable) {
			x.Verdict, x.Problem = BrokenOff, "the message was taken back before the answer"
		}
	}()
	f.Receiver, f.Line = l.Receiver, l.Line
	f.Encrypted, f.At = len(l.Key) > 0, began.Add(skew).Truncate(time.Second).UTC()
	raw, err := f.Bytes(l.Key)
	if err != nil {
		x.Problem = err.Error()
		return x, skew
	}
	x.Sent = string(raw)
	wait := t.Wait
	if wait == 0 {
		wait = usualWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := (&net.Dialer{ControlContext: t.Guard}).DialContext(ctx, l.network(), receiver)
	if err != nil {
		x.Problem = err.Error()
		if ctx.Err() != nil {
			x.Verdict = Silent
		}
		return x, skew
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(raw); err != nil {
		x.Problem = err.Error()
		return x, skew
	}
	return t.answer(conn, l, f, x, skew)
}

func (l Link) network() string {
	if l.UDP {
		return "udp"
	}
	return "tcp"
}

// answer reads until the frame's answer comes or the time is over. Answers to
// other frames, late ones of an earlier try among them, are passed over.
func (t Transmitter) answer(conn net.Conn, l Link, f Frame, x Exchange, skew time.Duration) (Exchange, time.Duration) {
	x.Verdict = Silent
	s := newScanner(conn)
	for s.Scan() {
		x.Got = s.Text()
		reply, err := l.reply(s.Bytes(), f, t.Now().Add(skew))
		if err != nil {
			x.Problem = err.Error()
			continue
		}
		x.Problem = ""
		switch reply.ID {
		case Ack:
			x.Verdict = Taken
		case Duh:
			x.Verdict = NotHandled
		case Nak:
			if reply.At.IsZero() {
				x.Problem = "the receiver refuses the frame and does not say its time"
				x.Verdict = Unreachable
				return x, skew
			}
			x.Verdict = WrongTime
			return x, reply.At.Sub(t.Now().Truncate(time.Second))
		}
		return x, skew
	}
	if x.Problem == "" {
		x.Problem = "no answer"
		if err := s.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			x.Problem += ": " + err.Error()
		}
	}
	return x, skew
}

// answerAge is how far from the receiver's time an encrypted answer may be.
const answerAge = time.Minute

// reply reads the answer to a frame. On a link with a key only an encrypted
// ACK counts: whoever stands between could write a plain one. NAK is plain by
// the standard, and DUH in practice.
func (l Link) reply(raw []byte, f Frame, theirs time.Time) (Frame, error) {
	r, err := Parse(raw)
	if err != nil {
		return r, err
	}
	if r, err = r.Open(l.Key); err != nil {
		return r, err
	}
	if r.ID == Nak {
		return r, nil
	}
	if r.ID != Ack && r.ID != Duh {
		return r, fmt.Errorf("%s is no answer", r.ID)
	}
	if r.Seq != f.Seq || r.Account != f.Account {
		return r, fmt.Errorf("the answer is to frame %04d of account %s", r.Seq, r.Account)
	}
	if r.ID == Ack && f.Encrypted && !r.Encrypted {
		return r, errors.New("the answer is not encrypted: anybody could have written it")
	}
	if r.Encrypted && r.At.Sub(theirs).Abs() > answerAge {
		return r, errors.New("the answer is of another time")
	}
	return r, nil
}
