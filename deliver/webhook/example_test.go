package webhook

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/deliver"
)

var update = flag.Bool("update", false, "write the examples of the document anew")

// TestTheDocumentShowsWhatIsSent holds docs/deliver/webhooks.md to the code:
// whoever writes a program by it gets what it shows.
func TestTheDocumentShowsWhatIsSent(t *testing.T) {
	raised := time.Date(2026, 11, 22, 7, 59, 59, 0, time.UTC)
	news := deliver.News{
		Type: deliver.AlarmRaised, At: raised, Organisation: "Northfield Care", Alarm: "alm_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Kind: "help",
		Raised: raised, Worker: "Margaret Atkinson", Phone: "+447700900123", Note: "Third floor",
		Position: &deliver.NewsPosition{Latitude: 60.1695, Longitude: 24.9354, Accuracy: 12, At: raised.Add(-time.Minute)},
		Link:     "https://muster.example.org/alarms/alm_01936a7c5d0e7b3f9a4c2e1d0f8b7a65",
	}
	taken, over := news, news
	taken.Type, taken.At, taken.By = deliver.AlarmAcknowledged, raised.Add(40*time.Second), "Jonathan Whitfield"
	over.Type, over.At, over.By, over.Outcome, over.Note = deliver.AlarmResolved, raised.Add(12*time.Minute), "Jonathan Whitfield", "real", "Ankle; taken to hospital"
	var text strings.Builder
	for _, one := range []struct {
		when string
		news deliver.News
	}{
		{"an alarm is raised, and again when it gets graver", news},
		{"somebody has taken charge", taken},
		{"it is over; `outcome` is `real`, `false`, `precautionary` or `drill`", over},
		{"an administrator sends a test", deliver.News{Type: deliver.LinkTested, At: raised, Organisation: "Northfield Care", Zone: 999}},
	} {
		raw, err := json.MarshalIndent(body{one.news.Type, one.news.At, &one.news}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString("**`" + one.news.Type + "`**: " + one.when + ".\n\n```json\n" + string(raw) + "\n```\n\n")
	}
	path := filepath.Join("..", "..", "docs", "deliver", "webhooks.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := bytes.Index(page, []byte("**`alarm.raised`**")), bytes.Index(page, []byte("## Where your program may be"))
	if begin < 0 || end < begin {
		t.Fatal("the document has no examples any more")
	}
	if *update {
		page = append(append(bytes.Clone(page[:begin]), text.String()...), page[end:]...)
		if err := os.WriteFile(path, page, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(page[begin:end]) != text.String() {
		t.Errorf("the examples differ from what is sent (go test ./deliver/webhook -update):\n%s", text.String())
	}
}
