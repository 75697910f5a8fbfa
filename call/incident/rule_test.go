package incident

import (
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/ledger"
)

func TestOA8TicksStandUntilTheyAreTakenBack(t *testing.T) {
	var r Record
	tick := func(kind, by string, step, line int64) {
		r.Entries = append(r.Entries, ledger.Record{
			Kind: kind, At: t0.Add(time.Duration(len(r.Entries)) * time.Second), Actor: ledger.Actor{Name: by},
			Facts: map[string]any{"Step": step, "Line": line}, Personal: map[string]string{"Instruction": "Call the worker"},
		})
	}
	tick("alarm.ticked", "Aino", 1, 1)
	tick("alarm.ticked", "Eero", 2, 1) // the same words in another step
	tick("alarm.unticked", "Ida", 1, 1)
	if got := r.Ticks(); len(got) != 1 || got[0].By != "Eero" || got[0].Text != "Call the worker" {
		t.Errorf("%+v", got)
	}
	tick("alarm.ticked", "Ida", 1, 1)
	if got := r.Ticks(); len(got) != 2 || got[1].By != "Ida" {
		t.Errorf("%+v", got)
	}
}

func TestMessagesStandWithTheEntryThatSentThem(t *testing.T) {
	r := Record{
		Names: map[id.Person]string{"per_a": "Aino"},
		Entries: []ledger.Record{
			{Seq: 3, At: t0, Kind: "shift.high_risk"}, {Seq: 4, At: t0, Kind: "alarm.raised"}, {Seq: 9, At: t0.Add(time.Minute), Kind: "alarm.repeated"},
		},
		Messages: []deliver.Message{
			{ID: "msg_1", Person: "per_a", Made: t0}, {ID: "msg_2", Made: t0.Add(time.Minute)}, {ID: "msg_3", Person: "per_a", Made: t0.Add(2 * time.Minute)},
		},
		Attempts: []deliver.Attempt{
			{Message: "msg_1", Channel: "sms", State: deliver.Failed, At: t0.Add(time.Second)},
			{Message: "msg_1", Channel: "email", State: deliver.Delivered, At: t0.Add(2 * time.Second), Updated: t0.Add(4 * time.Second)},
		},
	}
	got := r.Chapters()
	if len(got) != 4 || len(got[0].Calls) != 0 || len(got[1].Calls) != 1 || len(got[1].Calls[0].Tries) != 2 || len(got[2].Calls) != 1 || got[3].Entry != nil || len(got[3].Calls) != 1 {
		t.Fatalf("%+v", got)
	}
	told := r.Told()
	if len(told) != 1 || told[0].Messages != 2 || len(told[0].Channels) != 2 || !told[0].HandedAt.Equal(t0.Add(2*time.Second)) || !told[0].Delivered.Equal(t0.Add(4*time.Second)) {
		t.Errorf("told %+v", told)
	}
}
