// Package proof holds what is proved of the whole engine and of no room alone:
//
//   - in virtual time, thousands of shifts go on for days while phones send
//     late, twice and out of order, carriers fail, and the process is killed
//     between any two statements; what must then have happened is said by a
//     model that was written from the requirements and shares no code with the
//     rooms;
//   - in real time, the real binary is killed with -9 again and again in a
//     storm of alarms, on both databases, alone and as one of two nodes.
//
// It has tests only.
package proof
