// Package shelf opens the copies that charts are read from, and gives all of
// them as one.
//
// A Root is what a person names: a folder, a ZIP, a TAR, or a vault, of which a
// generation is chosen and opened with a key. In it stand one or several
// sources (SS-MIX2, archives, FHIR). A Shelf holds all Roots: it finds a patient
// by number straight from paths, reads him from every source and merges what
// they say, opens originals, and keeps the index beside them.
//
// A Root that is gone (unplugged, a share that is away) is said, never passed
// over: what the others give says that it is not all. It is opened again when it
// is there again.
//
// Nothing here can write to a Root: folders are opened through os.Root for
// reading only, archives with a handle for reading, vaults with their Reader.
package shelf
