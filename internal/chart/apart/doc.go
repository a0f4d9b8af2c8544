// Package apart looks whether the box that reads the emergency chart would fall
// together with what it must outlive: the hospital's directory, its hypervisor,
// the records system, Toride's own main box, a share that an attacker
// encrypts. A Finding is one such tie, with a Level and how it was seen. What
// cannot be seen from inside (which room, which power supply, who has the
// administrator's password) is asked of people in the locker's list.
package apart
