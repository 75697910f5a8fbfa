package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muster/call/alarm"
	"muster/call/canary"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/timer"
)

// metrics is what an operator's monitoring reads.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(n *node, bird *canary.Keeper) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_request_seconds", Help: "How long requests took.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"door", "method", "code"}),
	}
	m.registry.MustRegister(m.requests, &state{n, bird}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// watch measures every request through one door.
func (m *metrics) watch(door string, next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.requests.MustCurryWith(prometheus.Labels{"door": door}), next)
}

// state reads, when asked, how the installation stands.
type state struct {
	n    *node
	bird *canary.Keeper // nil: it does not fly
}

var (
	timersArmed   = prometheus.NewDesc("muster_timers_armed", "Timers that wait for their time.", nil, nil)
	timersOverdue = prometheus.NewDesc("muster_timers_overdue", "Timers that should have fired and did not.", nil, nil)
	timersParked  = prometheus.NewDesc("muster_timers_parked", "Timers that failed for good; somebody must look.", nil, nil)
	queued        = prometheus.NewDesc("muster_messages_queued", "Messages that wait to leave.", []string{"lane"}, nil)
	canaryHome    = prometheus.NewDesc("muster_canary_last_home_timestamp_seconds", "When an alarm of Muster's own last came through.", nil, nil)
	canaryTook    = prometheus.NewDesc("muster_canary_seconds", "How long the parts of that alarm took.", []string{"part"}, nil)
	carrierWell   = prometheus.NewDesc("muster_carrier_well", "Whether a carrier is well, as far as this node knows: 1 or 0.", []string{"channel", "carrier", "name"}, nil)
	alarmsOpen    = prometheus.NewDesc("muster_alarms_open", "Alarms that nobody has resolved yet.", nil, nil)
)

// Describe names what there is.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{timersArmed, timersOverdue, timersParked, queued, canaryHome, canaryTook, carrierWell, alarmsOpen} {
		ch <- d
	}
}

// Collect reads it. What cannot be read is left out, which alerts by its
// absence.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	if overdue, armed, err := timer.Audit(ctx, s.n.store, auditGrace); err == nil {
		gauge(timersOverdue, overdue)
		gauge(timersArmed, armed)
	}
	if parked, err := timer.Trouble(ctx, s.n.store, 1000); err == nil {
		gauge(timersParked, len(parked))
	}
	if depths, err := deliver.Depths(ctx, s.n.store); err == nil {
		for l, n := range depths {
			gauge(queued, n, string(l))
		}
	}
	s.flight(ctx, ch)
	s.carriers(gauge)
	if open, err := alarm.CountOpen(ctx, s.n.store); err == nil {
		gauge(alarmsOpen, open)
	}
}

// carriers tells which are well.
func (s *state) carriers(gauge func(d *prometheus.Desc, v int, labels ...string)) {
	if s.n.board == nil {
		return
	}
	for _, channel := range carried {
		for _, c := range s.n.board.States(channel) {
			well := 0
			if c.Use != switchboard.Broken && c.Sort == "" {
				well = 1
			}
			gauge(carrierWell, well, channel, c.ID, c.Name)
		}
	}
}

// flight tells of the canary; what does not fly has no figures.
func (s *state) flight(ctx context.Context, ch chan<- prometheus.Metric) {
	if s.bird == nil {
		return
	}
	h, err := s.bird.Health(ctx)
	if err != nil || !h.Last.Home() {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(canaryHome, float64(h.Last.Handed.UnixMicro())/1e6)
	gauge(canaryTook, h.Last.Alarm().Seconds(), "alarm")
	gauge(canaryTook, h.Last.Message().Seconds(), "message")
}
