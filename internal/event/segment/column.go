package segment

import (
	"encoding/json"

	"github.com/parquet-go/parquet-go"
)

// schema is the order, the names and the encodings of the columns. Version 1.
// Columns may be added at the end; none is ever renamed, retyped or taken away.
// All are required: an entry that does not say has an empty string or 0.
type schema struct {
	Epoch    uint32 `parquet:"epoch,dict"`
	Seq      uint64 `parquet:"seq,delta"`
	Index    uint32 `parquet:"index,delta"`
	Received int64  `parquet:"received,delta,timestamp(microsecond)"`
	Time     int64  `parquet:"time,delta,timestamp(microsecond)"`
	Offset   int32  `parquet:"zone_offset,dict"`
	Flags    uint32 `parquet:"flags,dict"`

	SourcePort uint32 `parquet:"source_port,delta"`
	DestPort   uint32 `parquet:"destination_port,dict"`
	Bytes      uint64 `parquet:"network_bytes,delta"`

	Source     string `parquet:"toride_source,dict"`
	Peer       string `parquet:"toride_peer,dict"`
	Dataset    string `parquet:"event_dataset,dict"`
	Product    string `parquet:"log_product,dict"`
	Service    string `parquet:"log_service,dict"`
	Category   string `parquet:"log_category,dict"`
	Host       string `parquet:"host_name,dict"`
	Code       string `parquet:"event_code,dict"`
	Provider   string `parquet:"event_provider,dict"`
	Action     string `parquet:"event_action,dict"`
	Outcome    string `parquet:"event_outcome,dict"`
	Severity   string `parquet:"log_level,dict"`
	User       string `parquet:"user_name,dict"`
	Domain     string `parquet:"user_domain,dict"`
	SourceIP   string `parquet:"source_ip,dict"`
	DestIP     string `parquet:"destination_ip,dict"`
	SourceHost string `parquet:"source_domain,dict"`
	Process    string `parquet:"process_executable,dict"`
	Unread     string `parquet:"toride_unread,dict"`
	Shape      string `parquet:"fields_shape,dict"`

	Key         []byte          `parquet:"toride_key"`
	CommandLine string          `parquet:"process_command_line"`
	File        string          `parquet:"file_path"`
	Message     string          `parquet:"message"`
	Fields      json.RawMessage `parquet:"fields,json"`
	Text        string          `parquet:"event_text"`
	Original    []byte          `parquet:"event_original"`
}

// Column is a column of the schema. Its number is its place in the file and
// never changes.
type Column uint8

// The columns. Those from ColEpoch to ColBytes hold numbers; those from
// ColSource to ColShape hold few different strings, by a dictionary; those from
// ColKey on hold long strings.
const (
	ColEpoch Column = iota
	ColSeq
	ColIndex
	ColReceived // microseconds since 1970
	ColTime     // microseconds since 1970
	ColOffset   // seconds east of UTC
	ColFlags    // flagSkew, flagBackfill, flagFull
	ColSourcePort
	ColDestPort
	ColBytes
	ColSource
	ColPeer
	ColDataset
	ColProduct
	ColService
	ColCategory
	ColHost
	ColCode
	ColProvider
	ColAction
	ColOutcome
	ColSeverity
	ColUser
	ColDomain
	ColSourceIP
	ColDestIP
	ColSourceHost
	ColProcess
	ColUnread
	ColShape
	ColKey
	ColCommandLine
	ColFile
	ColMessage
	ColFields
	ColText
	ColOriginal
	columns // how many there are
)

const (
	firstDict = ColSource
	firstWide = ColKey
	dicts     = int(firstWide - firstDict)
	wides     = int(columns - firstWide)
)

// IsNumber says whether the column holds numbers.
func (c Column) IsNumber() bool { return c < firstDict }

// IsDict says whether the column's values are numbered by a dictionary in each
// row group.
func (c Column) IsDict() bool { return c >= firstDict && c < firstWide }

// IsWide says whether the column holds long strings, in slices of its own.
func (c Column) IsWide() bool { return c >= firstWide && c < columns }

// bounded says for which columns Parquet's page index tells other readers the
// least and greatest value of each page.
func (c Column) bounded() bool { return c == ColReceived || c == ColTime }

// numberDict says which columns of numbers have a dictionary of their own.
func (c Column) numberDict() bool {
	return c == ColEpoch || c == ColOffset || c == ColFlags || c == ColDestPort
}

// The bits of ColFlags.
const (
	flagSkew     = 1 << iota // Event.Skew
	flagBackfill             // Event.Backfill
	flagNoText               // Event.Text is empty although the original is not
)

// Sizes. A block is the rows that one page of a narrow column holds; a slice is
// the rows that one page of a wide column holds. Each begins and ends at the same
// rows in every such column, so that readers never need half a page.
const (
	blockRows  = 8192
	sliceRows  = 2048
	sliceBytes = 2 << 20   // of the wide columns together
	groupRows  = 122_880   // default of Options.GroupRows
	groupBytes = 160 << 20 // of the wide columns together
	dictBytes  = 48 << 20  // of all dictionaries together
)

func parquetSchema() *parquet.Schema {
	return parquet.NewSchema("event", parquet.SchemaOf(new(schema)))
}

// row is one event, flat, as it stands in the columns. Strings and bytes belong
// to whoever made it.
type row struct {
	epoch, index     uint32
	seq              uint64
	received, time   int64
	offset           int32
	flags            uint32
	srcPort, dstPort uint32
	bytes            uint64
	dict             [dicts]string
	wide             [wides][]byte

	// looked says that extra lists the long values that do not stand in the text
	// as they are; otherwise nobody has looked.
	looked bool
	extra  [][]byte
}

func (r *row) str(c Column) *string  { return &r.dict[c-firstDict] }
func (r *row) long(c Column) *[]byte { return &r.wide[c-firstWide] }

// size is what the row weighs in slices and blocks.
func (r *row) size() int {
	n := 0
	for _, w := range r.wide {
		n += len(w)
	}
	return n
}

// number gives the value of a column of numbers as it is stored.
func (r *row) number(c Column) int64 {
	switch c {
	case ColEpoch:
		return int64(r.epoch)
	case ColSeq:
		return int64(r.seq)
	case ColIndex:
		return int64(r.index)
	case ColReceived:
		return r.received
	case ColTime:
		return r.time
	case ColOffset:
		return int64(r.offset)
	case ColFlags:
		return int64(r.flags)
	case ColSourcePort:
		return int64(r.srcPort)
	case ColDestPort:
		return int64(r.dstPort)
	}
	return int64(r.bytes)
}

// setNumber is the opposite of number.
func (r *row) setNumber(c Column, v int64) {
	switch c {
	case ColEpoch:
		r.epoch = uint32(v)
	case ColSeq:
		r.seq = uint64(v)
	case ColIndex:
		r.index = uint32(v)
	case ColReceived:
		r.received = v
	case ColTime:
		r.time = v
	case ColOffset:
		r.offset = int32(v)
	case ColFlags:
		r.flags = uint32(v)
	case ColSourcePort:
		r.srcPort = uint32(v)
	case ColDestPort:
		r.dstPort = uint32(v)
	case ColBytes:
		r.bytes = uint64(v)
	}
}
