package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	answerTime = 10 * time.Second // for enquire_link's answer, after which the line counts as dead
	writeTime  = 10 * time.Second
	bufferSize = 32 << 10
)

// errLost is what became of a message that was under way when its connection
// ended: it may have been taken.
var errLost = errors.New("smpp: the connection ended before the answer; the message may have been taken")

// session is one connection that is bound.
type session struct {
	conn net.Conn
	in   *bufio.Reader
	take func(*session, pdu) // given what the centre asks of us; must not block

	writing sync.Mutex
	busy    bool   // somebody is sending
	out     []byte // what is to be sent next
	spare   []byte // room for more

	mu      sync.Mutex
	last    uint32
	waiting map[uint32]chan pdu
	ended   chan struct{} // closed when nothing more comes
	why     error
	passed  int // answers and messages that have come

	settled settled // of what the centre has brought

	heard atomic.Bool // something came since the line was last looked at
}

func newSession(conn net.Conn, take func(*session, pdu)) *session {
	return &session{
		conn: conn, in: bufio.NewReaderSize(conn, bufferSize), take: take,
		waiting: map[uint32]chan pdu{}, ended: make(chan struct{}),
	}
}

// write sends one data unit. Whoever finds the line free sends for all who come
// meanwhile; those learn from the session's end that it failed.
func (s *session) write(p pdu) error {
	s.writing.Lock()
	s.out = p.append(s.out)
	if s.busy {
		s.writing.Unlock()
		return nil
	}
	s.busy = true
	s.writing.Unlock()
	runtime.Gosched() // whoever is about to write may come along
	err := s.flush()
	if err != nil {
		s.end(fmt.Errorf("smpp: %w", err))
		return errLost
	}
	return nil
}

// flush sends until nothing is left.
func (s *session) flush() error {
	over := time.AfterFunc(writeTime, func() { _ = s.conn.Close() })
	defer over.Stop()
	s.writing.Lock()
	defer s.writing.Unlock()
	for len(s.out) > 0 {
		batch := s.out
		s.out = s.spare[:0]
		s.writing.Unlock()
		over.Reset(writeTime)
		_, err := s.conn.Write(batch)
		s.writing.Lock()
		s.spare = batch
		if err != nil {
			return err // still busy: nobody else need try
		}
	}
	s.busy = false
	return nil
}

// ask sends a request and waits for its answer.
func (s *session) ask(ctx context.Context, command uint32, body []byte) (pdu, error) {
	came := make(chan pdu, 1)
	s.mu.Lock()
	s.last = s.last%0x7fffffff + 1
	sequence := s.last
	s.waiting[sequence] = came
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, sequence)
		s.mu.Unlock()
	}()
	if err := s.write(pdu{command: command, sequence: sequence, body: body}); err != nil {
		return pdu{}, err
	}
	select {
	case p := <-came:
		return p, nil
	case <-s.ended:
	case <-ctx.Done():
		return pdu{}, fmt.Errorf("smpp: no answer in time; the message may have been taken: %w", context.Cause(ctx))
	}
	select {
	case p := <-came: // both were there
		return p, nil
	default:
		return pdu{}, errLost
	}
}

// answer answers a request of the centre.
func (s *session) answer(p pdu, status uint32) {
	back := pdu{command: p.command | answer, status: status, sequence: p.sequence}
	if p.command == deliverSM {
		back.body = []byte{0} // message_id, unused (§4.6.2)
	}
	_ = s.write(back) // the reader finds out what is wrong with the line
}

// end closes the connection, for the reason given first.
func (s *session) end(why error) {
	s.mu.Lock()
	if s.why == nil {
		s.why = why
	}
	s.mu.Unlock()
	_ = s.conn.Close()
}

// useful tells whether anything has passed on the connection since its bind was
// answered.
func (s *session) useful() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passed > 1
}

// over tells whether the connection has ended.
func (s *session) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// follow reads until the connection ends, and says why it did.
func (s *session) follow() error {
	defer close(s.ended)
	for {
		p, err := read(s.in)
		if errors.Is(err, errLength) {
			_ = s.write(pdu{command: genericNack, status: badLength, sequence: p.sequence})
		}
		if err != nil {
			s.end(fmt.Errorf("smpp: %w", err))
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.why
		}
		s.heard.Store(true)
		s.handle(p)
	}
}

// errUnbound is the end of a session that the centre has asked for.
var errUnbound = errors.New("smpp: the message centre has unbound us")

func (s *session) handle(p pdu) {
	switch {
	case p.command&answer != 0:
		s.mu.Lock()
		came := s.waiting[p.sequence]
		delete(s.waiting, p.sequence)
		s.passed++
		s.mu.Unlock()
		if came != nil {
			came <- p
		}
	case p.command == enquireLink:
		s.answer(p, okay)
	case p.command == unbind:
		s.answer(p, okay)
		s.end(errUnbound)
	case p.command == deliverSM:
		s.mu.Lock()
		s.passed++
		s.mu.Unlock()
		s.take(s, p)
	case p.command == alertNotice, p.command == outbind:
		// Neither has an answer, and neither tells us anything.
	default:
		_ = s.write(pdu{command: genericNack, status: badCommand, sequence: p.sequence})
	}
}

// watch tries the line whenever nothing came for a while, and ends a session
// that does not answer.
func (s *session) watch(pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-tick.C:
		}
		if s.heard.Swap(false) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		_, err := s.ask(ctx, enquireLink, nil)
		cancel()
		if err != nil {
			s.end(errors.New("smpp: the message centre is silent"))
			return
		}
	}
}
