package ssmix2

import (
	"slices"
	"strings"
)

// Code is the stable name of something that is not as it should be. Texts for
// people belong to the caller.
type Code string

// The codes, with their arguments.
const (
	NameFields      Code = "name.fields"           // how many fields the name has
	NamePadded      Code = "name.padded"           // blanks around fields
	NameTime        Code = "name.time"             // a time that has not 17 digits; its digits
	NameExtension   Code = "name.extension"        // the extension
	NameUnreadable  Code = "name.unreadable"       // not a name of SS-MIX2 at all
	NamePatient     Code = "name.patient"          // the name's patient, the folder's
	NameDate        Code = "name.date"             // the name's date, the folder's
	NameKind        Code = "name.kind"             // the name's data type, the folder's
	NameEncoding    Code = "name.encoding"         // the name as it should read
	PathPrefix      Code = "path.prefix"           // the patient's folder stands under other prefixes than its name
	LinkRefused     Code = "link.refused"          // a symbolic link or a special file
	DirUnreadable   Code = "dir.unreadable"        // the system's reason
	DirTooLarge     Code = "dir.too_large"         // how many entries were read
	DirUnknown      Code = "dir.unknown"           // a folder or file where there should be none
	TooDeep         Code = "path.too_deep"         // limits were reached before all was seen
	FileUnreadable  Code = "file.unreadable"       // the system's reason
	FileEmpty       Code = "file.empty"            //
	FileTooLarge    Code = "file.too_large"        // the limit in bytes
	FileNotHL7      Code = "file.not_hl7"          // the first bytes in hexadecimal
	FileDamaged     Code = "file.damaged"          // what hl7 found, how often
	TwoValid        Code = "version.two_valid"     // how many; the newest is shown
	NoneValid       Code = "version.none_valid"    // the newest superseded one is shown
	NewerDeleted    Code = "version.newer_invalid" // an invalid version is newer than the valid one; both times
	PatientTwice    Code = "patient.ambiguous"     // the IDs that fit
	MessagePatient  Code = "message.patient"       // PID-3, the path's ID: a possible mix-up
	MessageNobody   Code = "message.no_patient"    //
	MessageTrigger  Code = "message.trigger"       // MSH-9, the data type
	MessageOrder    Code = "message.order"         // ORC-2, the name's order
	TransactionHead Code = "transaction.header"    // the header line
	TransactionVoid Code = "transaction.orphan"    // a deletion of what was never inserted
	TransactionLong Code = "transaction.too_large" // the limit in bytes
	TransactionJunk Code = "transaction.junk"      // how many bytes before the first header
	IndexColumns    Code = "index.columns"         // the columns that are missing
	BadIndexRow     Code = "index.row"             // the row's number
	DocumentEmpty   Code = "document.empty"        // a content folder without files
	DocumentGuess   Code = "document.guess"        // the main document was chosen by its kind; its name
)

// Codes lists every code, sorted: a caller's texts are complete if they have
// these.
func Codes() []Code {
	all := []Code{NameFields, NamePadded, NameTime, NameExtension, NameUnreadable, NamePatient, NameDate, NameKind, NameEncoding, PathPrefix, LinkRefused,
		DirUnreadable, DirTooLarge, DirUnknown, TooDeep, FileUnreadable, FileEmpty, FileTooLarge, FileNotHL7, FileDamaged, TwoValid, NoneValid, NewerDeleted,
		PatientTwice, MessagePatient, MessageNobody, MessageTrigger, MessageOrder, TransactionHead, TransactionVoid, TransactionLong, TransactionJunk,
		IndexColumns, BadIndexRow, DocumentEmpty, DocumentGuess}
	slices.Sort(all)
	return all
}

// Lint is one thing in a store that is not as it should be. Reading goes on.
type Lint struct {
	Code Code
	Path string   // in the store's file system; "" where it is about no file
	Args []string // as the code's comment says
}

// Error says the lint in English for a technician's log.
func (l Lint) Error() string {
	s := "ssmix2: " + string(l.Code)
	if len(l.Args) > 0 {
		s += " (" + strings.Join(l.Args, ", ") + ")"
	}
	if l.Path != "" {
		s += ": " + l.Path
	}
	return s
}

// maxLints is how many lints one list may hold. A store with more of the same
// is understood by then.
const maxLints = 2000

type lints []Lint

func (l *lints) add(code Code, path string, args ...string) {
	if len(*l) < maxLints {
		*l = append(*l, Lint{code, path, args})
	}
}
