// Package cloud is a simulator of the WhatsApp Cloud API. There is no public
// peer to test against, so it follows the shapes and rules that Meta documents
// (messages, templates, webhooks, error codes), and is no more than that: what
// Meta does otherwise than it writes, no test here will find.
//
// It listens on this machine and sends nothing anywhere.
package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the simulator goes by.
const (
	number  = "106540352242922"  // our phone number id
	account = "102290129340398"  // the business account's
	token   = "cloud-test-token" // ours
	secret  = "cloud-app-secret-of-tests"

	// Word is the webhook's verify token.
	Word = "cloud-verify-word"
)

// API is the simulator.
type API struct {
	// Fate decides what becomes of a message; nil is Arrives for all. Set it
	// before the first message.
	Fate func(Message) Fate

	server  *httptest.Server
	reports sync.WaitGroup

	mu        sync.Mutex
	hook      string
	templates map[string]*Template // by name and language
	spoke     map[string]time.Time // who wrote last when
	shift     time.Duration        // how far its clock is ahead
	messages  []Message
	made      int
	arrived   chan struct{} // closed and made anew at each arrival
	last      []byte        // what somebody sent last, as it was posted
	failed    []error       // posts that were not taken
}

// Message is one message as the API took it.
type Message struct {
	ID, To   string // To in E.164 form
	Template string // its name and language, like hello_1/en; empty in a conversation
	Text     string // as its reader sees it
	Buttons  []Button
	Opaque   string // biz_opaque_callback_data
}

// Button is one button below a message.
type Button struct{ Title, Payload, URL string }

// Fate is what becomes of a message. With a Code it is refused. Else it is
// taken, and States are reported in that order, however strange; those that
// are "failed" with ErrorCode.
type Fate struct {
	Code      int
	States    []string
	ErrorCode int
}

// Arrives is the fate of a message in a good world.
var Arrives = Fate{States: []string{"sent", "delivered"}}

// New starts a simulator. It must be closed.
func New() *API {
	a := &API{arrived: make(chan struct{}), templates: map[string]*Template{}, spoke: map[string]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v23.0/"+number+"/messages", a.take)
	mux.HandleFunc("POST /v23.0/"+account+"/message_templates", a.submit)
	a.server = httptest.NewServer(a.authorized(mux))
	return a
}

// Close waits for posts under way and stops the simulator.
func (a *API) Close() {
	a.reports.Wait()
	a.server.Close()
}

// Setting is the value of MUSTER_WHATSAPP that leads here.
func (a *API) Setting() string {
	return "http://" + number + ":" + token + "@" + strings.TrimPrefix(a.server.URL, "http://") + "/v23.0?secret=" + secret + "&verify=" + Word
}

// Hook tells the simulator where to post what happens.
func (a *API) Hook(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hook = address
}

// Pass lets time pass by on its clock.
func (a *API) Pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shift += d
}

func (a *API) now() time.Time { return time.Now().Add(a.shift) }

// Messages are all messages that were taken, oldest first.
func (a *API) Messages() []Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.messages)
}

// Wait gives the nth message (from 0) to a number, and waits for it to come.
func (a *API) Wait(t testing.TB, to string, n int) Message {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		a.mu.Lock()
		arrived, left := a.arrived, n
		for _, m := range a.messages {
			if m.To != to {
				continue
			}
			if left == 0 {
				a.mu.Unlock()
				return m
			}
			left--
		}
		a.mu.Unlock()
		select {
		case <-arrived:
		case <-limit:
			t.Fatalf("message %d to %s did not come within 30 s", n, to)
		}
	}
}

func (a *API) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			refuse(w, http.StatusUnauthorized, 190, "Invalid OAuth access token")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		next.ServeHTTP(w, r)
	})
}

// request is a message as it is posted.
type request struct {
	Product string `json:"messaging_product"`
	To      string `json:"to"`
	Type    string `json:"type"`
	Text    struct {
		Body string `json:"body"`
	} `json:"text"`
	Interactive struct {
		Type string `json:"type"`
		Body struct {
			Text string `json:"text"`
		} `json:"body"`
		Action struct {
			Buttons []struct {
				Reply struct{ ID, Title string } `json:"reply"`
			} `json:"buttons"`
		} `json:"action"`
	} `json:"interactive"`
	Template struct {
		Name     string                `json:"name"`
		Language struct{ Code string } `json:"language"`
		Parts    []part                `json:"components"`
	} `json:"template"`
	Opaque string `json:"biz_opaque_callback_data"`
}

type part struct {
	Type       string `json:"type"`
	SubType    string `json:"sub_type"`
	Index      string `json:"index"`
	Parameters []struct {
		Type, Text, Payload string
	} `json:"parameters"`
}

var digits = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

func (a *API) take(w http.ResponseWriter, r *http.Request) {
	var q request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Product != "whatsapp" {
		refuse(w, http.StatusBadRequest, 100, "Invalid parameter")
		return
	}
	to := strings.TrimPrefix(q.To, "+")
	if !digits.MatchString(to) || len(q.Opaque) > 512 {
		refuse(w, http.StatusBadRequest, 131009, "Parameter value is not valid")
		return
	}
	a.mu.Lock()
	m, code, why := a.read(q)
	a.made++
	m.ID, m.To, m.Opaque = fmt.Sprintf("wamid.TEST%020d", a.made), "+"+to, q.Opaque
	a.mu.Unlock()
	fate := Arrives
	if a.Fate != nil {
		fate = a.Fate(m)
	}
	if code == 0 && fate.Code != 0 {
		code, why = fate.Code, "as the test wants"
	}
	if code != 0 {
		status := http.StatusBadRequest
		if code == 130429 || code == 131056 || code == 131048 {
			status = http.StatusTooManyRequests
		}
		refuse(w, status, code, why)
		return
	}
	a.mu.Lock()
	a.messages = append(a.messages, m)
	close(a.arrived)
	a.arrived = make(chan struct{})
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messaging_product": "whatsapp",
		"contacts":          []map[string]string{{"input": q.To, "wa_id": to}},
		"messages":          []map[string]string{{"id": m.ID, "message_status": "accepted"}},
	})
	a.reports.Go(func() { a.report(m, fate) })
}

// read makes of a request what its reader would see, or says why not.
func (a *API) read(q request) (m Message, code int, why string) {
	if q.Type == "template" {
		return a.fill(q)
	}
	if spoke, ever := a.spoke["+"+strings.TrimPrefix(q.To, "+")]; !ever || a.now().Sub(spoke) >= 24*time.Hour {
		return m, 131047, "More than 24 hours have passed since the recipient last replied"
	}
	switch q.Type {
	case "text":
		m.Text = q.Text.Body
	case "interactive":
		m.Text = q.Interactive.Body.Text
		for _, b := range q.Interactive.Action.Buttons {
			if n := len([]rune(b.Reply.Title)); n == 0 || n > 20 || b.Reply.ID == "" || len(b.Reply.ID) > 256 {
				return m, 131009, "Button title or id is not valid"
			}
			m.Buttons = append(m.Buttons, Button{Title: b.Reply.Title, Payload: b.Reply.ID})
		}
		if n := len(m.Buttons); q.Interactive.Type != "button" || n == 0 || n > 3 || len([]rune(m.Text)) > 1024 {
			return m, 131009, "Interactive message is not valid"
		}
	default:
		return m, 131051, "Unsupported message type"
	}
	if m.Text == "" || len([]rune(m.Text)) > 4096 {
		return m, 100, "Text is not valid"
	}
	return m, 0, ""
}

func refuse(w http.ResponseWriter, status, code int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": fmt.Sprintf("(#%d) %s", code, why), "type": "OAuthException", "code": code,
		"error_data": map[string]string{"messaging_product": "whatsapp", "details": why}, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
	}})
}
