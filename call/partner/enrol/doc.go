// Package enrol keeps what a monitoring partner is to know of each worker, and
// sees to it that the partner has really taken it in.
//
// An enrolment belongs to the organisation. Every change of one (a worker who
// joins, is changed, leaves) has a number of its own on each connection, and
// stays pending until the partner confirms or rejects it, row by row. Until the
// first is confirmed the worker is not monitored, and is shown so.
package enrol
