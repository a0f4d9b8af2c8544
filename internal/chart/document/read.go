package document

import (
	"context"
	"errors"
	"io"
)

// Read makes a Doc of an original, by what Sniff says of its first bytes. ok is
// false where it is none to be read (PDF, images, files of other programs):
// Look then says how to offer it; an image's head is looked into, see Measure.
// files are the names of the document's files.
// The errors are the context's, the reader's and ErrTooLarge.
func Read(ctx context.Context, name string, in io.Reader, files []string) (d *Doc, look Look, ok bool, err error) {
	head := make([]byte, HeadSize)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, Look{}, false, err
	}
	head = head[:n]
	look = Sniff(name, head)
	if !look.Readable {
		look, _, _ = measure(look, head, in)
		return nil, look, false, nil
	}
	rest, err := io.ReadAll(io.LimitReader(in, MaxData+1-int64(n)))
	if err != nil {
		return nil, look, false, err
	}
	d, err = Of(ctx, look.Media, append(head, rest...), files)
	return d, look, err == nil, err
}

// Of makes a Doc of data of a known medium (model.Item.Media): cda, html, xml,
// fhir; anything else is read as text.
func Of(ctx context.Context, media string, data []byte, files []string) (*Doc, error) {
	switch media {
	case "cda":
		return CDA(ctx, data, files)
	case "html":
		return HTML(ctx, data, files)
	case "xml":
		return XML(ctx, data)
	case "fhir":
		return JSON(ctx, data)
	}
	return Text(ctx, data)
}
