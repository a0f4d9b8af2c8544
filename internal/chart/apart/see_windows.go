package apart

import (
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// See looks at the box that the program runs on.
func See() Host {
	h := Host{Read: true}
	var name *uint16
	var status uint32
	if err := windows.NetGetJoinInformation(nil, &name, &status); err != nil {
		h.Read = false
	} else {
		if status == windows.NetSetupDomainName {
			h.Domain, h.DomainBy = windows.UTF16PtrToString(name), "NetGetJoinInformation"
		}
		if err := windows.NetApiBufferFree((*byte)(unsafe.Pointer(name))); err != nil {
			h.Read = false
		}
	}
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\BIOS`, registry.QUERY_VALUE)
	if err != nil {
		return h
	}
	defer key.Close()
	maker, _, _ := key.GetStringValue("SystemManufacturer")
	product, _, _ := key.GetStringValue("SystemProductName")
	h.Virtual = hypervisor(maker + " " + product)
	return h
}

// Stand says where a folder lies.
func Stand(dir string) Place {
	p := Place{Path: dir}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return p
	}
	volume := filepath.VolumeName(abs)
	if strings.HasPrefix(volume, `\\`) {
		p.Net = "smb"
		return p
	}
	p.Device = strings.ToUpper(volume)
	if root, err := windows.UTF16PtrFromString(volume + `\`); err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		p.Net = "smb"
	}
	return p
}
