// Package e2e tests Muster from outside: the compiled program on a real
// database, real mail through Postfix, and people in real browsers.
package e2e
