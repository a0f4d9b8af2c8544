// Package synth makes the SS-MIX2 store of a hospital that does not exist:
// patients with made-up names, the years of their diseases, stays, drugs and
// results, and on request everything that goes wrong in real stores. It is for
// tests, demonstrations and measurements of what reads such stores.
//
// # Words
//
// A Hospital holds options and tables, never patients. A course is what happened
// to one patient; it depends on the seed and the patient's place alone, so that
// any patient can be made by himself, in any order, by several goroutines. The
// model of a course is written as messages (Files, Write, FS) and told as plain
// values (Expect): what a reader should find is computed from the model, never
// from the messages.
//
// A Defect is something that is not as it should be, on purpose, with the place
// where it stands and the lint that should name it. A defect spoils a file that
// is there for nothing else, so that everything expected of a patient is true
// whether or not he has one; the exception is a lost character in the name,
// which is then expected as it stands.
//
// # Making
//
//	h, err := synth.New(synth.Small(1))
//	store := h.FS()                                // no disk: made when it is opened
//	err = h.Write(ctx, synth.Tar(out), synth.WriteOptions{Workers: 8})
//	root, err := os.OpenRoot(dir)
//	err = h.Write(ctx, &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, synth.WriteOptions{})
//	want := h.Expect(0)
//
// The same seed and options give the same bytes, on every machine. There is no
// clock: what is sent behind Options.AsOf is not in the store. Past stays may
// share a bed, present ones never do.
//
// # Codes
//
// Codes of drugs (HOT9), laboratory items (JLAC10), diseases (ICD-10, receipt
// codes), usages (JAMI) and organisms (JANIS) are those published with JP Core
// and in the official samples; everything else has local codes (99SYN, 99REC).
// No number of the MEDIS master of diseases is made up. Reference ranges are for
// making values, not for reading them.
//
// # Sources
//
// SS-MIX2 standardised storage 1.2 as quoted in the public documents of the
// National Hospital Organization, its official sample files, HL7 version 2.5.
package synth
