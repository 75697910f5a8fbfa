// Package push is a push service with devices behind it that read what they
// get, as RFC 8030 and RFC 8291 have it, and sends nothing anywhere. It is
// written apart from package webpush, and knows nothing of it.
package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Service is the push service. Its devices are made when they are first named.
type Service struct {
	server *httptest.Server

	mu       sync.Mutex
	devices  map[string]*device
	answers  map[string]int
	down     bool
	received []Message
	problems []error
}

// Message is one message as a device has read it.
type Message struct {
	To     string
	Header http.Header
	Plain  []byte
}

// Device is what a device says of itself when it subscribes.
type Device struct {
	Endpoint  string
	Key, Auth []byte
}

type device struct {
	key  *ecdh.PrivateKey
	auth []byte
}

// New starts a service. It must be closed.
func New() *Service {
	s := &Service{devices: map[string]*device{}, answers: map[string]int{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.take))
	return s
}

// Close stops the service.
func (s *Service) Close() { s.server.Close() }

// URL is where the service listens; no message may say so to anybody.
func (s *Service) URL() string { return s.server.URL }

// Device subscribes the device of that name, always with the same keys.
func (s *Service) Device(name string) Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[name]
	if d == nil {
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			panic(err) // the system's source of chance is gone
		}
		d = &device{key: key, auth: make([]byte, 16)}
		rand.Read(d.auth)
		s.devices[name] = d
	}
	return Device{Endpoint: s.server.URL + "/" + name, Key: d.key.PublicKey().Bytes(), Auth: d.auth}
}

// Answer is what the service says from now on to messages to a device; 0 is
// that it takes them.
func (s *Service) Answer(name string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[name] = status
}

// Down makes the service take nothing, or take messages again.
func (s *Service) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Received is everything that devices have read, oldest first, and what they
// could not.
func (s *Service) Received() ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received), errors.Join(s.problems...)
}

func (s *Service) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to := strings.TrimPrefix(r.URL.Path, "/")
	status := s.answers[to]
	if s.down {
		status = http.StatusServiceUnavailable
	}
	d := s.devices[to]
	if d == nil && status == 0 {
		status = http.StatusNotFound
	}
	if status != 0 {
		w.Header().Set("Location", s.server.URL+"/elsewhere")
		w.WriteHeader(status)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	m := Message{To: to, Header: r.Header}
	if err == nil {
		m.Plain, err = d.read(body)
	}
	if err != nil {
		s.problems = append(s.problems, fmt.Errorf("%s cannot read its message: %w", to, err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.received = append(s.received, m)
	w.WriteHeader(http.StatusCreated)
}

// read takes a body apart: salt, record size, key, and one sealed record.
func (d *device) read(body []byte) ([]byte, error) {
	if len(body) < 86+17 || len(body) > 4096 || body[20] != 65 {
		return nil, fmt.Errorf("%d bytes, or another form of key", len(body))
	}
	theirs, err := ecdh.P256().NewPublicKey(body[21:86])
	if err != nil {
		return nil, err
	}
	secret, err := d.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	var errs []error
	derive := func(secret, salt []byte, info string, n int) []byte {
		prk, err1 := hkdf.Extract(sha256.New, secret, salt)
		out, err2 := hkdf.Expand(sha256.New, prk, info, n)
		errs = append(errs, err1, err2)
		return out
	}
	input := derive(secret, d.auth, "WebPush: info\x00"+string(d.key.PublicKey().Bytes())+string(body[21:86]), 32)
	block, err := aes.NewCipher(derive(input, body[:16], "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, derive(input, body[:16], "Content-Encoding: nonce\x00", 12), body[86:], nil)
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	plain = []byte(strings.TrimRight(string(plain), "\x00"))
	if len(plain) == 0 || plain[len(plain)-1] != 2 {
		return nil, errors.New("this is not the last record")
	}
	return plain[:len(plain)-1], nil
}
