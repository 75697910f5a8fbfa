package dc09

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How far a frame's time may be from ours; what is further away is answered
// with NAK and our time.
const (
	windowPast   = 40 * time.Second
	windowFuture = 20 * time.Second
)

// Limits of the receiver. Whoever is slow on purpose, or sends what is none of
// ours, must not keep others out.
const (
	maxConns     = 1024
	maxPerHost   = 32
	maxAtOnce    = 128              // datagrams worked on at the same time
	frameTime    = 60 * time.Second // from one frame's answer to that of the next
	takeTime     = 10 * time.Second // until what a frame says is safe
	maxUnheard   = 5                // frames without an answer before a connection is closed
	datagramSize = maxBody + overhead + 1
)

// Sender is who may send frames under an account.
type Sender struct {
	Ref string // what the desk calls it
	Key []byte // empty: its frames come plain
}

// Why a frame is not taken.
const (
	PlainOnKeyed = "plain"   // the account has a key, the frame was not encrypted
	NoKey        = "no_key"  // the other way round
	BadKey       = "bad_key" // it does not open with the account's key
	OutOfTime    = "time"
	NoSense      = "content" // well formed, but nothing that can be handled
	Replayed     = "replay"  // what is encrypted came before, under another head
)

// Arrival is one frame of a known sender.
type Arrival struct {
	Sender  Sender
	From    netip.Addr
	Raw     string // as it came
	Frame   Frame
	Sealed  string  // stands for what is encrypted in it; empty in a plain one
	Events  []Event // none in a poll
	Refused string  // empty: it is to be taken
}

// ErrNotHandled is what a desk answers to events that it can do nothing with.
var ErrNotHandled = errors.New("nothing can be done with this event")

// ErrReplayed is what a desk answers to a frame whose encrypted part it has
// seen under another head. The frame is not answered.
var ErrReplayed = errors.New("what is encrypted came before, under another head")

// Desk is what a receiver works for.
type Desk interface {
	// Sender finds who may send under an account. Any error means that the
	// frame is not answered.
	Sender(ctx context.Context, receiver, line, account string) (Sender, error)
	// Take takes a frame in, or takes note of a refused one. That it returns
	// nil means that what the frame says is safe: the sender may forget it.
	Take(ctx context.Context, a Arrival) error
}

// Receiver takes frames over TCP and UDP.
type Receiver struct {
	Desk Desk
	Now  func() time.Time
	Log  *slog.Logger

	mu    sync.Mutex
	conns map[net.Conn]netip.Addr
	hosts map[netip.Addr]int
}

// Serve answers on both until ctx ends, and returns when the last frame under
// way is answered. Either may be nil.
func (r *Receiver) Serve(ctx context.Context, tcp net.Listener, udp net.PacketConn) {
	var wg sync.WaitGroup
	if tcp != nil {
		wg.Go(func() { r.accept(ctx, tcp) })
	}
	if udp != nil {
		wg.Go(func() { r.datagrams(ctx, udp) })
	}
	wg.Wait()
}

func (r *Receiver) accept(ctx context.Context, l net.Listener) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer context.AfterFunc(ctx, func() {
		_ = l.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		for c := range r.conns {
			_ = c.SetReadDeadline(time.Unix(1, 0)) // a frame under way is still answered
		}
	})()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = c.Close()
			}
			return
		}
		if err != nil {
			r.Log.Warn("DC-09: a connection could not be accepted", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		if !r.admit(c) {
			_ = c.Close()
			continue
		}
		wg.Go(func() {
			defer r.leave(c)
			r.converse(ctx, c)
		})
	}
}

// admit lets a connection in if there is room for it.
func (r *Receiver) admit(c net.Conn) bool {
	host := hostOf(c.RemoteAddr())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		r.conns, r.hosts = map[net.Conn]netip.Addr{}, map[netip.Addr]int{}
	}
	if len(r.conns) >= maxConns || r.hosts[host] >= maxPerHost {
		return false
	}
	r.conns[c] = host
	r.hosts[host]++
	return true
}

func (r *Receiver) leave(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	host := r.conns[c]
	delete(r.conns, c)
	if r.hosts[host]--; r.hosts[host] == 0 {
		delete(r.hosts, host)
	}
}

// converse answers the frames of one connection, one after the other.
func (r *Receiver) converse(ctx context.Context, c net.Conn) {
	from, unheard := hostOf(c.RemoteAddr()), 0
	limit := time.AfterFunc(frameTime, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer limit.Stop()
	s := newScanner(c)
	for ctx.Err() == nil && unheard < maxUnheard && s.Scan() {
		reply := r.answer(ctx, s.Bytes(), from)
		if reply == nil {
			unheard++
			continue
		}
		unheard = 0
		if _, err := c.Write(reply); err != nil {
			return
		}
		limit.Reset(frameTime)
	}
}

// datagrams answers frames that come by UDP, each in a datagram of its own.
func (r *Receiver) datagrams(ctx context.Context, p net.PacketConn) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer context.AfterFunc(ctx, func() { _ = p.SetReadDeadline(time.Unix(1, 0)) })()
	room := make(chan struct{}, maxAtOnce)
	buf := make([]byte, datagramSize)
	for ctx.Err() == nil {
		n, addr, err := p.ReadFrom(buf)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) && ctx.Err() == nil {
				continue
			}
			break
		}
		raw := append([]byte(nil), buf[:n]...)
		select {
		case room <- struct{}{}:
			wg.Go(func() {
				defer func() { <-room }()
				if reply := r.answer(ctx, raw, hostOf(addr)); reply != nil {
					_, _ = p.WriteTo(reply, addr)
				}
			})
		default: // the sender repeats what is not answered
		}
	}
	wg.Wait()
	_ = p.Close()
}

// answer is what a frame is answered with; nil is silence.
func (r *Receiver) answer(ctx context.Context, raw []byte, from netip.Addr) []byte {
	f, err := Parse(raw)
	if err != nil || f.Account == "" || f.ID == Ack || f.ID == Nak || f.ID == Duh {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTime)
	defer cancel()
	sender, err := r.Desk.Sender(ctx, f.Receiver, f.Line, f.Account)
	if err != nil {
		return nil
	}
	a := Arrival{Sender: sender, From: from, Raw: string(raw), Frame: f}
	a.read(r.Now())
	err = r.Desk.Take(ctx, a)
	switch {
	case a.Refused == OutOfTime:
		return r.reply(Nak, a)
	case a.Refused == NoSense || errors.Is(err, ErrNotHandled):
		return r.reply(Duh, a)
	case errors.Is(err, ErrReplayed):
		return nil
	case err != nil:
		r.Log.Error("DC-09: a frame could not be taken", "account", f.Account, "err", err)
		return nil // the sender keeps it and tries again
	case a.Refused != "":
		return nil
	}
	return r.reply(Ack, a)
}

// read opens a frame and finds what speaks against it.
func (a *Arrival) read(now time.Time) {
	keyed := len(a.Sender.Key) > 0
	switch {
	case keyed && !a.Frame.Encrypted:
		a.Refused = PlainOnKeyed
		return
	case !keyed && a.Frame.Encrypted:
		a.Refused = NoKey
		return
	}
	f, err := a.Frame.Open(a.Sender.Key)
	if err != nil {
		a.Refused = BadKey
		return
	}
	if f.Encrypted {
		sum := sha256.Sum256([]byte(strings.ToUpper(a.Frame.sealed)))
		a.Sealed = hex.EncodeToString(sum[:])
	}
	a.Frame = f
	if !f.At.IsZero() && (f.At.Before(now.Add(-windowPast)) || f.At.After(now.Add(windowFuture))) {
		a.Refused = OutOfTime
		return
	}
	if f.ID == Null {
		// A poll says nothing. The ID stands outside of what is encrypted: who
		// wrote NULL over an alarm's would get an ACK for what was never read.
		if f.Data != "" && f.Data != "#"+f.Account+"|" {
			a.Refused = NoSense
		}
		return
	}
	if a.Events, err = f.Events(); err != nil {
		a.Refused = NoSense
	}
}

// reply answers a frame as it came: encrypted if it was. A NAK never is.
func (r *Receiver) reply(id string, a Arrival) []byte {
	f := Frame{ID: id, Seq: a.Frame.Seq, Receiver: a.Frame.Receiver, Line: a.Frame.Line, Account: a.Frame.Account}
	now := r.Now().UTC().Truncate(time.Second)
	switch {
	case id == Nak:
		f = Frame{ID: Nak, Receiver: "0", Line: "0", At: now}
	case a.Frame.Encrypted:
		f.Encrypted, f.At = true, now
	}
	raw, err := f.Bytes(a.Sender.Key)
	if err != nil {
		r.Log.Error("DC-09: no answer can be written", "err", err)
		return nil
	}
	return raw
}

func hostOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
