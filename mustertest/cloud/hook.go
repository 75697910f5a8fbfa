package cloud

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Tap lets the reader of a message tap the button with that title. It gives
// the id of what this sends to us.
func (a *API) Tap(t testing.TB, m Message, title string) string {
	t.Helper()
	i := slices.IndexFunc(m.Buttons, func(b Button) bool { return b.Title == title && b.Payload != "" })
	if i < 0 {
		t.Fatalf("there is no button %q to tap: %+v", title, m.Buttons)
	}
	body := map[string]any{"type": "interactive", "interactive": map[string]any{
		"type": "button_reply", "button_reply": map[string]string{"id": m.Buttons[i].Payload, "title": title},
	}}
	if m.Template != "" {
		body = map[string]any{"type": "button", "button": map[string]string{"payload": m.Buttons[i].Payload, "text": title}}
	}
	body["context"] = map[string]string{"from": "15550783881", "id": m.ID}
	return a.come(m.To, body)
}

// Write lets somebody write to us.
func (a *API) Write(from, text string) string {
	return a.come(from, map[string]any{"type": "text", "text": map[string]string{"body": text}})
}

// come posts what somebody sent to us.
func (a *API) come(from string, body map[string]any) string {
	a.mu.Lock()
	a.made++
	id, at := fmt.Sprintf("wamid.CAME%020d", a.made), a.now()
	a.spoke[from] = at
	a.mu.Unlock()
	body["id"], body["from"], body["timestamp"] = id, strings.TrimPrefix(from, "+"), strconv.FormatInt(at.Unix(), 10)
	a.post("messages", map[string]any{
		"messaging_product": "whatsapp", "metadata": metadata, "messages": []any{body},
		"contacts": []any{map[string]any{"profile": map[string]string{"name": "Somebody"}, "wa_id": body["from"]}},
	})
	return id
}

var metadata = map[string]string{"display_phone_number": "15550783881", "phone_number_id": number}

// Status posts how a message fares, whatever is true.
func (a *API) Status(m Message, state string, code int) {
	one := map[string]any{
		"id": m.ID, "status": state, "timestamp": strconv.FormatInt(time.Now().Unix(), 10), "recipient_id": strings.TrimPrefix(m.To, "+"),
		"biz_opaque_callback_data": m.Opaque,
	}
	if code != 0 {
		one["errors"] = []any{map[string]any{
			"code": code, "title": "As the test wants", "message": "As the test wants", "error_data": map[string]string{"details": "details"},
		}}
	}
	a.post("messages", map[string]any{"messaging_product": "whatsapp", "metadata": metadata, "statuses": []any{one}})
}

func (a *API) report(m Message, fate Fate) {
	for _, state := range fate.States {
		code := 0
		if state == "failed" {
			code = fate.ErrorCode
		}
		a.Status(m, state, code)
	}
}

// post tells us something, signed, and keeps what went wrong with it.
func (a *API) post(field string, value map[string]any) {
	a.mu.Lock()
	hook := a.hook
	a.mu.Unlock()
	if hook == "" {
		return
	}
	body, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{
		map[string]any{"id": account, "changes": []any{map[string]any{"field": field, "value": value}}},
	}})
	if err == nil {
		err = send(hook, body)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if value["messages"] != nil {
		a.last = body
	}
	if err != nil {
		a.failed = append(a.failed, fmt.Errorf("%s: %w", body, err))
	}
}

// Again posts what somebody sent last once more, as Meta does now and then.
func (a *API) Again() {
	a.mu.Lock()
	hook, body := a.hook, a.last
	a.mu.Unlock()
	if err := send(hook, body); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.failed = append(a.failed, err)
	}
}

func send(hook string, body []byte) error {
	req, err := http.NewRequest(http.MethodPost, hook, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", Signature(body))
	client := http.Client{Timeout: 15 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered with %s", resp.Status)
	}
	return nil
}

// Settle waits until everything has been posted, and tells what was not taken.
func (a *API) Settle() []error {
	a.reports.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.failed)
}

// Signature signs a post as Meta does.
func Signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
