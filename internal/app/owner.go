package app

import (
	"errors"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/fault"
)

// handOver gives restored files to whom the data folder belongs, which on an
// installed box is the service's own user. A new folder at the service's place
// is given to that user first: root's files there could not be opened.
func (c Config) handOver(names []string) error {
	var st unix.Stat_t
	if err := unix.Stat(c.Data, &st); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", c.Data, err.Error()).With(err)
	}
	uid, gid := int(st.Uid), int(st.Gid)
	if os.Geteuid() != 0 {
		return nil // they are ours already
	}
	if service, err := user.Lookup("toride"); err == nil && uid == 0 && c.Data == Default().Data {
		uid, _ = strconv.Atoi(service.Uid) // decimal on Unix
		gid, _ = strconv.Atoi(service.Gid)
		names = append(names, "")
	}
	var err error
	for _, name := range names {
		err = errors.Join(err, os.Lchown(c.path(name), uid, gid))
	}
	return err
}
