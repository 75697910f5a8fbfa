package api

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"muster/actor"
)

func figure(s said, path ...any) float64 {
	n, _ := s.at(path...).(float64)
	return n
}

func TestOA3StatisticsAndListByWhen(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		g := furnish(t, o)
		monitor, program := o.as(g.org, g.org.Monitor("Salla Salo")), o.program(g.org, actor.Administrator)
		before := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		monitor.post("/alarms/"+g.ids["alarms"]+"/acknowledge", nil).want(http.StatusOK)
		monitor.post("/alarms/"+g.ids["alarms"]+"/resolve", map[string]any{"outcome": "false"}).want(http.StatusOK)
		for who, c := range map[string]caller{"monitor": monitor, "program": program} {
			s := c.get(orgPath(g.org.ID, "/statistics?from="+url.QueryEscape(before))).want(http.StatusOK)
			if figure(s, "all", "alarms") != 1 || figure(s, "all", "kinds", "help") != 1 || figure(s, "all", "outcomes", "false") != 1 || figure(s, "all", "false_share") != 1 ||
				figure(s, "all", "answered", "within_30_seconds") != 1 || figure(s, "workers", 0, "alarms") != 1 || s.text("workers", 0, "name") != "Aino Virtanen" || len(s.list("months")) != 1 {
				t.Errorf("by a %s: %s", who, s.raw)
			}
			none := c.get(orgPath(g.org.ID, "/statistics?until="+url.QueryEscape(before))).want(http.StatusOK)
			if figure(none, "all", "alarms") != 0 || none.at("all", "false_share") != nil || none.at("all", "answered", "median_seconds") != nil {
				t.Errorf("before there was any, by a %s: %s", who, none.raw)
			}
		}
		for query, want := range map[string]int{
			"&from=" + url.QueryEscape(before): 1, "&until=" + url.QueryEscape(before): 0, "&name=virta": 1, "&name=nobody": 0, "&kind=help": 1, "&kind=panel": 0,
		} {
			s := monitor.get(orgPath(g.org.ID, "/alarms?state=resolved"+query)).want(http.StatusOK)
			if n := len(s.list("items")); n != want {
				t.Errorf("%s lists %d, want %d", query, n, want)
			}
		}
		monitor.get(orgPath(g.org.ID, "/statistics?from=yesterday")).want(http.StatusUnprocessableEntity)
	})
}
