package api

import (
	"net/http"
	"testing"
)

// Quiet hours are set by whoever they are for, and read back as they were set;
// a weekday that there is not is said, and nothing of it kept.
func TestQuietHoursAreSetAndRead(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		mikko := harbour.Monitor("Mikko Laine")
		path, self := "/people/"+string(mikko.Person.Person), o.as(harbour, mikko)
		set := self.post(path+"/quiet-hours", map[string]any{"quiet_from": "22:00", "quiet_till": "06:30", "days": []int{1, 5}})
		for _, s := range []said{set, self.get(path)} {
			got, _ := s.body["quiet_hours"].(map[string]any)
			if s.status != http.StatusOK || got["quiet_from"] != "22:00" || got["quiet_till"] != "06:30" || len(got["days"].([]any)) != 2 {
				t.Errorf("%s: %d %s", s.what, s.status, s.raw)
			}
		}
		self.post(path+"/quiet-hours", map[string]any{"quiet_from": "21:00", "quiet_till": "06:30", "days": []int{7}}).refused(http.StatusUnprocessableEntity, "out_of_range")
		self.post(path+"/quiet-hours", map[string]any{"quiet_from": "9 pm", "quiet_till": "06:30"}).refused(http.StatusUnprocessableEntity, "clock_form")
	})
}
