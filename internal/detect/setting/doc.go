// Package setting is the catalogue of log settings: what must be switched on,
// where and by which command, before a device writes the entries that rules
// look for.
//
// A Setting has an ID that rules name in their block "needs", the place in the
// device's own menus (the Group Policy path in Japanese and in English), the
// command that does the same, what it costs in volume, and its Signs. A sign is
// a kind of entry that arrives only when the setting is on; that is how Toride
// knows, from the entries alone, that it is on. A setting whose entries are
// written only when something rare happens (a cleared log) is Rare: that none
// came proves nothing.
//
// The catalogue is data (settings.json), restated from the makers' public
// documentation; audit categories are named by their GUIDs in commands, because
// their names differ between the languages of Windows. What it does not say is
// that a setting is right for a server: vendors of medical systems decide for
// theirs, and the page that shows it says so.
package setting
