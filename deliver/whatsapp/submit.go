package whatsapp

import (
	"encoding/json"
	"strings"

	"muster/deliver"
)

// How long Meta keeps trying to deliver what was sent by a template, in
// seconds: as long as a call to an alarm is worth something, and the most that
// it allows for the rest.
const (
	alarmTime = 30 * 60
	otherTime = 12 * 60 * 60
)

// Submission is a template as Meta takes it for approval, at
// POST /WHATSAPP_BUSINESS_ACCOUNT_ID/message_templates: a JSON object. Its
// links begin with home, the public address of this installation.
func Submission(t *deliver.Template, home string) ([]byte, error) {
	home = strings.TrimSuffix(home, "/")
	var buttons []map[string]any
	for _, title := range []string{t.Take, t.Close} {
		if title != "" {
			buttons = append(buttons, map[string]any{"type": "QUICK_REPLY", "text": title})
		}
	}
	buttons = append(buttons, map[string]any{"type": "URL", "text": t.Open, "url": home + "/{{1}}", "example": []string{home + "/board"}})
	valid := otherTime
	if t.Alarm {
		valid = alarmTime
	}
	return json.MarshalIndent(map[string]any{
		"name": t.Name, "language": string(t.Lang), "category": "UTILITY", "message_send_ttl_seconds": valid,
		"components": []map[string]any{
			{"type": "BODY", "text": t.Body, "example": map[string]any{"body_text": [][]string{t.Values}}},
			{"type": "BUTTONS", "buttons": buttons},
		},
	}, "", "  ")
}
