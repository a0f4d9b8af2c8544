// Package plan holds what is thought out before an incident: the first day
// hour by hour, the tasks of the five BCP phases, the few steps of the light
// track, the slots of the contact tree and the cards of the first-hour folder.
// A Course is a list of steps that an incident copies as tasks when it is
// declared; the copy lives on when a later edition changes the course.
//
// Everything here is data packs with source and edition (see package pack).
// A step's minutes count from time zero; Basis says whether they are what
// happened in Osaka in 2022, what a text asks for, or only this product's
// proposal.
package plan
