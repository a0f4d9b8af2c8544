package evtx

import "errors"

// Sizes that the format fixes, in bytes.
const (
	// ChunkSize is the size of a chunk.
	ChunkSize = 65536
	// HeaderSize is the size of the file header that stands before the
	// first chunk.
	HeaderSize = 4096

	chunkHeader  = 512 // records begin here in a chunk
	recordHeader = 24  // signature, size, number, time
	recordMin    = recordHeader + 4
)

// Limits that this package sets itself. Each is several times what any real
// file was seen to need.
const (
	// MaxDepth is how deep elements and nested documents may stand in one
	// another. Windows itself stops far earlier.
	MaxDepth = 64
	// MaxRecordText is how many bytes of text one record may give, all
	// values together, in each of UTF-8 and lower case. A record's own bytes
	// are at most 65,024, but a hostile template can name one value many
	// times.
	MaxRecordText = 2 << 20
	// MaxFields is how many fields a shape may have.
	MaxFields = 4096
	// MaxTemplates is how many distinct templates a Cache keeps. Records
	// with further templates are read too, but slower.
	MaxTemplates = 16384
	// MaxShapes is how many shapes a Cache keeps. Records beyond get shapes
	// of their own, with Shape.ID -1.
	MaxShapes = 32768
	// MaxDamage is how many damages a Reader lists one by one.
	MaxDamage = 10000

	maxName      = 256      // UTF-16 units in an element's or attribute's name
	maxNodes     = 8192     // elements, attributes and texts of one template
	maxProgram   = 1 << 18  // bytes of one template, names written out
	maxValues    = 4096     // values of one template instance
	maxInstances = 64       // template instances in one record
	maxCacheSize = 64 << 20 // bytes of all templates and shapes in a cache, about
)

// ErrNotEventLog reports that an input holds neither the header of an event
// log nor a single chunk of one.
var ErrNotEventLog = errors.New("evtx: the input is not a Windows event log: no file header and no chunk was found")
