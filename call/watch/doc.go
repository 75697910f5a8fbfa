// Package watch keeps what an organisation watches for beside check-ins: how
// long a phone may be silent, when a battery is low, and how long somebody may
// be out of coverage.
package watch
