package whatsapp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/fault"
	"muster/lang"
)

const (
	maxEvents = 3 << 20 // Meta's own limit of one post
	maxText   = 4096    // of a message
	atOnce    = 16      // statuses of one post that are taken at the same time
)

// Text is what somebody wrote to our number.
type Text struct {
	ID   string // Meta's own: the same when it comes again
	From string // number in E.164 form
	Body string
	At   time.Time
}

// Events is where Meta posts what happens, and where it asks, by GET, whether
// the address is ours: that answers, and changes nothing. What could not be
// taken is asked for again; Meta repeats for days.
func (c *Channel) Events() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			c.challenge(w, r)
		case http.MethodPost:
			c.take(w, r)
		default:
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "only GET and POST", http.StatusMethodNotAllowed)
		}
	})
}

// challenge proves to Meta that we know the word.
func (c *Channel) challenge(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	given, word := sha256.Sum256([]byte(q.Get("hub.verify_token"))), sha256.Sum256([]byte(c.config.verify))
	if q.Get("hub.mode") != "subscribe" || subtle.ConstantTimeCompare(given[:], word[:]) != 1 {
		http.Error(w, "the word is not right", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, clip(q.Get("hub.challenge")))
}

func (c *Channel) take(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvents))
	if err != nil {
		http.Error(w, "too long, or cut off", http.StatusBadRequest)
		return
	}
	if !c.signed(raw, r.Header.Get("X-Hub-Signature-256")) {
		http.Error(w, "the signature is not right", http.StatusForbidden)
		return
	}
	var e events
	if err := json.Unmarshal(raw, &e); err != nil {
		http.Error(w, "not what was expected", http.StatusBadRequest)
		return
	}
	if err := c.all(r.Context(), e); err != nil {
		http.Error(w, "try again", http.StatusServiceUnavailable)
	}
}

// signed checks X-Hub-Signature-256: HMAC-SHA256 over the body as it came.
func (c *Channel) signed(raw []byte, header string) bool {
	text, ok := strings.CutPrefix(header, "sha256=")
	given, err := hex.DecodeString(text)
	if !ok || err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(c.config.secret))
	mac.Write(raw)
	return hmac.Equal(given, mac.Sum(nil))
}

// events is one post.
type events struct {
	Entry []struct {
		Changes []struct {
			Field string `json:"field"`
			Value value  `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type value struct {
	Metadata struct {
		Number string `json:"phone_number_id"`
	} `json:"metadata"`
	Statuses []status  `json:"statuses"`
	Messages []inbound `json:"messages"`

	// Of a template: what became of it.
	Event string `json:"event"`
	Name  string `json:"message_template_name"`
	Lang  string `json:"message_template_language"`
	Why   string `json:"reason"`
}

type status struct {
	ID     string    `json:"id"`
	Status string    `json:"status"`
	To     string    `json:"recipient_id"`
	Opaque string    `json:"biz_opaque_callback_data"`
	Errors []problem `json:"errors"`
}

type inbound struct {
	ID     string `json:"id"`
	From   string `json:"from"`
	At     string `json:"timestamp"` // Unix seconds
	Type   string `json:"type"`
	Button struct {
		Payload string `json:"payload"`
	} `json:"button"` // of a template
	Interactive struct {
		Reply struct {
			ID string `json:"id"`
		} `json:"button_reply"`
	} `json:"interactive"` // of a conversation
	Text struct {
		Body string `json:"body"`
	} `json:"text"`
}

// all takes everything in a post. It fails when any of it should come again.
func (c *Channel) all(ctx context.Context, e events) error {
	var mu sync.Mutex
	var failed []error
	note := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failed = append(failed, err)
	}
	var group sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, entry := range e.Entry {
		for _, change := range entry.Changes {
			v := change.Value
			if change.Field == "message_template_status_update" {
				note(c.templateChanged(ctx, v))
				continue
			}
			if change.Field != "messages" || v.Metadata.Number != c.config.number {
				continue // of another number of the same account
			}
			for _, m := range v.Messages {
				note(c.came(ctx, m))
			}
			for _, s := range v.Statuses {
				room <- struct{}{}
				group.Go(func() {
					defer func() { <-room }()
					note(c.fared(ctx, s))
				})
			}
		}
	}
	group.Wait()
	return errors.Join(failed...)
}

// fared reports on one message. What is not ours, and what nobody knows, is
// let be: it would only come again.
func (c *Channel) fared(ctx context.Context, s status) error {
	state := stateOf(s.Status)
	if state == "" || s.ID == "" || len(s.ID) > 200 || !strings.HasPrefix(s.Opaque, "att_") {
		return nil
	}
	r := deliver.Report{ProviderID: s.ID, State: state, Detail: clip(s.Status)}
	if state == deliver.Failed && len(s.Errors) > 0 {
		p := s.Errors[0]
		r.Code, r.Detail, r.Dead = strconv.Itoa(p.Code), clip(s.Status+" "+p.words()), dead.WhatsApp(p.Code)
		if sortOf(p.Code) == closed {
			if err := c.over(ctx, "+"+s.To); err != nil {
				return err
			}
		}
	}
	if err := c.Reported(ctx, r); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return nil
}

// templateChanged remembers what Meta decided about one of our templates.
func (c *Channel) templateChanged(ctx context.Context, v value) error {
	if !strings.HasPrefix(v.Name, "muster_") || len(v.Name) > 512 || len(v.Lang) > 20 || v.Event == "" {
		return nil
	}
	return c.judge(ctx, v.Name, lang.Tag(v.Lang), v.Event+" "+v.Why, usable(v.Event))
}

// came takes what a person did: whatever it is, any text may go to them now.
func (c *Channel) came(ctx context.Context, m inbound) error {
	from := "+" + strings.TrimPrefix(m.From, "+")
	if !e164.MatchString(from) || m.ID == "" || len(m.ID) > 200 {
		return nil
	}
	seconds, err := strconv.ParseInt(m.At, 10, 64)
	if err != nil {
		return nil
	}
	at := time.Unix(seconds, 0).UTC()
	if err := c.heard(ctx, from, at); err != nil {
		return err
	}
	payload := m.Button.Payload + m.Interactive.Reply.ID // of which there is one at most
	if act, message, ok := c.tapped(payload, from); ok {
		said, err := c.Answered(ctx, deliver.Answer{Message: message, Channel: c.Name(), From: from, Act: act, At: at})
		if err != nil {
			return permanent(err)
		}
		return c.say(ctx, from, m.ID, said)
	}
	if m.Type != "text" || m.Text.Body == "" {
		return nil
	}
	body := m.Text.Body
	if len(body) > maxText {
		body = strings.ToValidUTF8(body[:maxText], "")
	}
	return permanent(c.Written(ctx, Text{ID: m.ID, From: from, Body: body, At: at}))
}

// permanent lets be what would fail again in the same way.
func permanent(err error) error {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return err
	}
	return nil
}
