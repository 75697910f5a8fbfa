// Package procedure says who is called when, while nobody answers an alarm.
//
// A procedure belongs to the organisation, to one workspace or to one worker;
// the most specific one that is switched on counts, and where there is none a
// built-in ladder does: the monitors of the workspace, then everybody. Each
// change is a new version that never changes again, so that an alarm can keep
// the one it began with.
//
// A procedure that reaches fewer than two people, apart from the worker, whose
// addresses are verified cannot be switched on. Since people, addresses and
// duties change afterwards, the same gate is asked again for every shift.
package procedure
