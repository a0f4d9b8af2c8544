// Package view reads what a message of SS-MIX2 says about a patient into types
// a chart can show: the patient, allergies, diagnoses, movements, drugs,
// injections, what was given, laboratory results, examinations, meals and
// vital signs. It is a reading of the message, never a replacement for it.
//
// # Words
//
// A View is one message, read. A value in it (Text, Coded, Time, Quantity,
// Person, Place, Value) keeps its Origin, the place in the message it came
// from, and its Raw text as the sender wrote it; its State tells absent, empty,
// explicitly none and present apart, and an absent value is the zero value.
// Units are never converted and codes never replaced.
//
// A Life says what became of an item: deleted, cancelled and mistaken items
// stay in the lists. A Computed is what this package worked out and nobody
// sent: it carries the name of the Rule and Doubts, the reasons why it may be
// wrong, and has to be shown as computed. A Note is a code with arguments;
// texts for people belong to the caller.
//
// A File is a View with the name of its file. The merging functions (Stays,
// Problems, Allergies, Labs, Orders) bring the files of one patient together
// by the newest-valid rule; they are pure, give the same result whatever the
// order of their input, and drop nothing that held.
//
// # Reading
//
//	v, err := view.Read("OMP-01", message)
//	for _, drug := range v.Prescription {
//		show(drug.Drug.Display, drug.Drug.Raw, drug.Life)
//		end := drug.End() // label it as computed, with end.Rule
//	}
//
// # Time and memory
//
// A View's strings are parts of the message's text and keep it in memory. Who
// reads thousands of laboratory results makes rows of his own of each message,
// keeps View.Slim of it and lets LabPlaces say which rows hold.
// Reading takes time proportional to the message; the allocations are the lists
// and, where there are escapes, the texts (a laboratory result with twenty items
// takes about eighty). There is no clock: who asks whether something
// holds gives the day.
//
// # Sources
//
// HL7 version 2.5; SS-MIX2 standardised storage 1.2 as quoted in the public
// documents of the National Hospital Organization; JAHIS and JAMI code tables as
// published with JP Core. What no source states (the span of a prescription
// taken every second day, which of two lists of diagnoses wins) is said where it
// is decided.
package view
