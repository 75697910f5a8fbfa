package ingest

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// bucket allows burst acts at once, then one more each interval.
type bucket struct {
	burst int
	every time.Duration
}

// A phone that was without a network all night sends its queue one by one.
// Tokens cannot be guessed, so what is counted by address only spares the
// database whoever tries; a phone that is known passes for what others in its
// network do.
var (
	perDevice = bucket{2000, 200 * time.Millisecond}
	perWrong  = bucket{60, 5 * time.Second}
)

// knownFor is how long a token that was right passes unasked.
const knownFor = 24 * time.Hour

// mostPaced bounds the memory; beyond it everything is counted anew.
const mostPaced = 50_000

// pace keeps senders from sending too often, on this node, in memory.
type pace struct {
	mu      sync.Mutex
	devices map[[32]byte]time.Time // when a right token's bucket is full again
	wrong   map[netip.Prefix]time.Time
	known   map[[32]byte]time.Time
}

func newPace() *pace {
	p := &pace{}
	p.forget()
	return p
}

func (p *pace) forget() {
	p.devices, p.wrong, p.known = map[[32]byte]time.Time{}, map[netip.Prefix]time.Time{}, map[[32]byte]time.Time{}
}

// wait says how long the sender has to wait, usually not at all.
func (p *pace) wait(token string, from netip.Addr, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	if at, ok := p.known[key]; ok && now.Sub(at) < knownFor {
		return perDevice.over(p.devices[key], now)
	}
	return perWrong.over(p.wrong[network(from)], now)
}

// came counts a report of a device that is ours.
func (p *pace) came(token string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound()
	key := sha256.Sum256([]byte(token))
	p.known[key] = now
	p.devices[key] = perDevice.next(p.devices[key], now)
}

// wrongToken counts against a network.
func (p *pace) wrongToken(from netip.Addr, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound()
	net := network(from)
	p.wrong[net] = perWrong.next(p.wrong[net], now)
}

func (p *pace) bound() {
	if len(p.devices)+len(p.wrong)+len(p.known) > mostPaced {
		p.forget()
	}
}

// next is when the bucket is full again after one more act.
func (b bucket) next(full, now time.Time) time.Time {
	if full.Before(now) {
		full = now
	}
	return full.Add(b.every)
}

// over is how long until one more act is allowed.
func (b bucket) over(full, now time.Time) time.Duration {
	return max(0, b.next(full, now).Sub(now)-time.Duration(b.burst)*b.every)
}

// network is what one sender is assumed to control.
func network(ip netip.Addr) netip.Prefix {
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	net, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return net
}
