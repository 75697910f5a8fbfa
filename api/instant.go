package api

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/fault"
)

// Instant is a time as the API writes it: RFC 3339, UTC, with microseconds;
// null where there is none.
type Instant struct{ time.Time }

const instantForm = "2006-01-02T15:04:05.000000Z"

// MarshalJSON implements json.Marshaler.
func (t Instant) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(instantForm)+2)
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, instantForm)
	return append(b, '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler. The schema has made sure of the
// form already.
func (t *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	text, err := strconv.Unquote(string(b))
	if err != nil {
		return fault.New(fault.Invalid, "bad_time").Wrap(err)
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fault.New(fault.Invalid, "bad_time").Wrap(err)
	}
	t.Time = at.UTC().Truncate(time.Microsecond)
	return nil
}

// Schema describes it.
func (Instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "date-time", Nullable: true, Examples: []any{"2026-11-22T04:20:00.000000Z"},
	}
}

func at(t time.Time) Instant { return Instant{t} }

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// span is a length of time that somebody asked for. What does not fit is
// brought to a value that every rule refuses.
func span(seconds int64) time.Duration {
	const most = int64(1 << 32)
	return time.Duration(min(max(seconds, -most), most)) * time.Second
}
